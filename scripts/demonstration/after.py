"""What follows from the day: signed records, a result voided by two, publication, pass rates, the record."""

import subprocess
import sys

from scripts.demonstration.cast import TrainingClass
from scripts.demonstration.preparing import Company
from scripts.demonstration.stage import ROOT, Client, Play, Service


def sign_records(company: Company, found: list[TrainingClass], play: Play) -> None:
    """Both proctors of each room confirm its record; without it nobody confirms the results."""
    for training_class in found:
        path = f"/api/v1/sittings/{training_class.sitting_id}/record"
        confirmation = f"/api/v1/results/classes/{training_class.class_id}/confirmation"
        if training_class is found[0]:
            refusal = company["confirmer"].refusal("POST", confirmation)
            play.expect("confirming results before the record is signed", refusal, "record_unsigned")
        for proctor in training_class.proctors:
            seen = company[proctor].call("GET", path)
            company[proctor].call("POST", f"{path}/confirmation", {"digest": seen["digest"], "remark": ""})
        signed = company[training_class.proctors[0]].call("GET", path)["signed"]
        play.expect(f"signatures under the record of {training_class.code}", sum(one["current"] for one in signed), 2)


def void(company: Company, training_class: TrainingClass, play: Play) -> None:
    """Somebody was caught: one person proposes that the result be void, another decides."""
    person = next(person for person in training_class.people if person.fate == "caught")
    path = f"/api/v1/results/classes/{training_class.class_id}"
    confirmer, publisher = company["confirmer"], company["publisher"]
    refusal = confirmer.refusal("POST", f"{path}/confirmation")
    play.expect("confirming while an ended exam is undecided", refusal, "void_undecided")
    review = next(one for one in confirmer.call("GET", f"{path}/voidings") if one["seat_id"] == person.seat_id)
    body = {"wanted": "void", "kind": "cheating", "reason": "夹带纸条，两名监考员当场记录"}
    body["incident_id"] = review["incidents"][0]
    made = confirmer.call("POST", f"/api/v1/results/seats/{person.seat_id}/voiding", body)
    decision = f"/api/v1/results/voidings/{made['voiding_id']}/decision"
    ruling = {"uphold": True, "note": "证据充分，同意作废"}
    play.expect("whoever proposed deciding too", confirmer.refusal("POST", decision, ruling), "deeds_exclude")
    play.expect("void by two", publisher.call("POST", decision, ruling)["verdict"], "void")


def results(company: Company, found: list[TrainingClass], play: Play) -> None:
    """Two people confirm and publish; credits go to those who attended and passed."""
    confirmer, publisher = company["confirmer"], company["publisher"]
    for training_class in found:
        path = f"/api/v1/results/classes/{training_class.class_id}"
        people = training_class.people
        play.expect(
            f"institution before publication, {training_class.code}", company["institution"].call("GET", path), []
        )
        play.expect("publishing before confirmation", publisher.refusal("POST", f"{path}/publication"), "result_state")
        confirmer.call("POST", f"{path}/confirmation")
        play.expect("the confirmer publishing", confirmer.refusal("POST", f"{path}/publication"), "deeds_exclude")
        play.expect("results published", publisher.call("POST", f"{path}/publication")["published"], len(people))
        seen = {one["trainee_id"]: one for one in company["institution"].call("GET", path)}
        passed = [one for one in people if seen[one.trainee_id]["verdict"] == "passed"]
        should = [one for one in people if one.fate not in {"fails", "absent", "impersonation", "caught"}]
        play.expect(f"passed, {training_class.code}", len(passed), len(should))
        play.expect("and they are the same people", {one.name for one in passed} == {one.name for one in should}, True)
        hours = 20 if training_class.role == "team_leader" else 15
        credited = {seen[one.trainee_id]["credit_hours"] for one in passed if one.fate != "short_hours"}
        play.expect("hours credited to them", credited, {hours})
    short = next(one for one in found[2].people if one.fate == "short_hours")
    mine = next(
        one
        for one in company["institution"].call("GET", f"/api/v1/results/classes/{found[2].class_id}")
        if one["trainee_id"] == short.trainee_id
    )
    play.expect(
        "passed without the practical hours: credit and reason",
        (mine["verdict"], mine["credit_hours"], mine["no_credit"]),
        ("passed", 0, "hours_short"),
    )


def certificate(service: Service, company: Company, training_class: TrainingClass, play: Play) -> str:
    """Anyone can verify a certificate by its code; the code."""
    seen = company["institution"].call("GET", f"/api/v1/results/classes/{training_class.class_id}")
    code = str(next(one["certificate"] for one in seen if one["certificate"]))
    stranger = Client(service.url, "stranger")
    play.expect(
        "a stranger verifies a certificate", stranger.call("GET", f"/api/v1/certificates/{code}")["valid"], True
    )
    play.expect("an invented code", stranger.refusal("GET", "/api/v1/certificates/AAAABBBBCCCC"), "certificate_unknown")
    return code


def pass_rates(service: Service, company: Company, found: list[TrainingClass], play: Play) -> tuple[str, str]:
    """The HR bureau's system asks for pass rates by its own credentials; client id and secret."""
    security = company["security"]
    hr = next(one["id"] for one in security.call("GET", "/api/v1/organisations?kind=hr"))
    client = security.call("POST", "/api/v1/clients", {"organisation_id": hr, "client_id": "hr-payments"})
    program = Client(service.url, "hr-payments")
    form = {"grant_type": "client_credentials"}
    basic = (client["client_id"], client["client_secret"])
    token = program.call("POST", "/oauth2/token", data=form, auth=basic)["access_token"]
    program.http.headers["Authorization"] = f"Bearer {token}"
    people = [person for training_class in found for person in training_class.people]
    present = sum(person.fate not in {"absent", "impersonation"} for person in people)
    passed = sum(person.fate not in {"absent", "impersonation", "fails", "caught"} for person in people)
    for by in ("class", "role", "institution", "county", "enterprise", "period"):
        total = program.call("GET", f"/api/v1/statistics/pass-rates?by={by}&plan_year=2024")["total"]
        counts = (total["enrolled"], total["present"], total["handed_in"], total["passed"])
        play.expect(
            f"pass rates by {by}: enrolled, present, handed in, passed", counts, (len(people), present, present, passed)
        )
    play.expect("the HR program at the bank", program.refusal("GET", "/api/v1/bank/versions"), "right_missing")
    return basic


def record(service: Service, play: Play) -> None:
    """Programs that share no code with the service recompute the journal, and look in it for a breach of separation."""
    chain = _apart("verify_journal", service)
    print(f"    {chain.stdout.strip()}")
    play.expect("the journal's chain, recomputed apart", chain.returncode, 0)
    last = _apart("audit_separation", service).stdout.strip().splitlines()[-1]
    play.expect("who did what, by the record alone", last, "OK: whoever trained did not test")


def _apart(program: str, service: Service) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(ROOT / "scripts" / program), str(service.database)]
    return subprocess.run(words, capture_output=True, text=True, check=False)
