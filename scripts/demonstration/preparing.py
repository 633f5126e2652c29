"""Before the day: accounts, bank, programme, papers, sittings."""

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from scripts.demonstration import cast
from scripts.demonstration.cast import Officer, TrainingClass
from scripts.demonstration.stage import ROOT, Client, Play, Service

BANK = ROOT / "question_bank"
HOURS = {
    "safety_deputy": [("online", 6), ("offline_theory", 8), ("offline_theory", 1)],
    "safety_officer": [("online", 6), ("offline_theory", 8), ("offline_theory", 1)],
    "team_leader": [("online", 8), ("offline_theory", 8), ("offline_theory", 1), ("practical", 3)],
}


class Company:
    """Everybody's client, by user name."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.clients: dict[str, Client] = {}
        self.rooms: dict[str, int] = {}

    def __getitem__(self, username: str) -> Client:
        if username not in self.clients:
            client = Client(self.service.url, username)
            client.call("POST", "/api/v1/session", {"username": username, "password": cast.PASSWORD})
            self.clients[username] = client
        return self.clients[username]

    def sign_in_again(self) -> None:
        """After the clock has jumped past the life of sessions, everybody signs in anew."""
        self.clients.clear()


def staff(service: Service, company: Company, play: Play) -> None:
    """Bodies and accounts by the system administrator, duties by the security administrator."""
    words = ["create-administrators", "--bureau", "牡丹江市应急管理局（演示）"]
    for officer, option in zip(cast.ADMINISTRATORS, ("", "security-", "audit-"), strict=True):
        words += [f"--{option}name", officer.name, f"--{option}username", officer.username]
        words += [f"--{option}citizen-id", cast.citizen_id(officer.number), f"--{option}password", cast.PASSWORD]
    service.command(*words)
    admin, security = company["admin"], company["security"]
    places = {"bureau": admin.call("GET", "/api/v1/organisations")[0]["id"]}
    bodies = [
        ("hr", "hr", "牡丹江市人力资源和社会保障局（演示）", ""),
        ("institution", "institution", cast.INSTITUTION, ""),
        *((f"county:{county}", "county", f"{county}应急管理局（演示）", county) for county in cast.COUNTIES),
        *((name, "enterprise", name, county) for name, county in cast.ENTERPRISES.items()),
    ]
    for key, kind, name, county in bodies:
        body = {"kind": kind, "name": name, "county": county}
        places[key] = admin.call("POST", "/api/v1/organisations", body)["id"]
    places["enterprise"] = places[next(iter(cast.ENTERPRISES))]
    known: dict[str, str] = {}
    for officer in cast.OFFICERS:
        known[officer.username] = _open_account(admin, officer, places[officer.organisation])
        for duty in officer.duties:
            security.call("POST", f"/api/v1/accounts/{officer.account_id}/duties", {"duty": duty})
    _try_a_known_password(service, known["author"], play)
    for officer in cast.OFFICERS:
        code = security.call("POST", f"/api/v1/accounts/{officer.account_id}/activation-code")["code"]
        _choose_password(service, officer, known[officer.username], code)
    opened = len(cast.OFFICERS) + len(cast.ADMINISTRATORS)
    play.expect("accounts opened", len(admin.call("GET", "/api/v1/accounts")), opened)
    institution = next(officer for officer in cast.OFFICERS if officer.username == "institution")
    path = f"/api/v1/accounts/{institution.account_id}/duties"
    play.expect(
        "granting the institution a proctor's duty",
        security.refusal("POST", path, {"duty": "proctor"}),
        "organisation_may_not_hold",
    )
    play.expect(
        "the system administrator granting a duty", admin.refusal("POST", path, {"duty": "attend"}), "right_missing"
    )
    play.expect(
        "the security administrator opening an account",
        security.refusal("POST", "/api/v1/organisations", {"kind": "hr", "name": "另一个局"}),
        "right_missing",
    )


def _open_account(admin: Client, officer: Officer, organisation_id: int) -> str:
    """The one-time password, which the administrator knows too."""
    body = {
        "organisation_id": organisation_id,
        "name": officer.name,
        "citizen_id": cast.citizen_id(officer.number),
        "username": officer.username,
    }
    opened = admin.call("POST", "/api/v1/accounts", body)
    officer.account_id = opened["id"]
    return str(opened["one_time_password"])


def _try_a_known_password(service: Service, known: str, play: Play) -> None:
    """The system administrator comes in as the author, by the password that he was shown."""
    impostor = Client(service.url, "admin as author")
    impostor.call("POST", "/api/v1/session", {"username": "author", "password": known})
    play.expect(
        "the system administrator reading the bank as somebody else",
        impostor.refusal("GET", "/api/v1/bank/versions"),
        "password_not_chosen",
    )


def _choose_password(service: Service, officer: Officer, known: str, code: str) -> None:
    """The officer comes for the first time: chooses a password, with the code of the security administrator."""
    client = Client(service.url, officer.username)
    client.call("POST", "/api/v1/session", {"username": officer.username, "password": known})
    client.call("PUT", "/api/v1/session/password", {"password": known, "new": cast.PASSWORD, "code": code})


def bank(company: Company, play: Play) -> None:
    """The author submits the bank; another person approves it item by item."""
    author, reviewer = company["author"], company["reviewer"]
    editions = yaml.safe_load((BANK / "regulations.yaml").read_text(encoding="utf-8"))
    author.call("PUT", "/api/v1/bank/editions", [_dated(edition) for edition in editions])
    subjects = yaml.safe_load((BANK / "subjects.yaml").read_text(encoding="utf-8"))
    author.call("PUT", "/api/v1/bank/subjects", subjects)
    submitted = 0
    for edition in editions:
        items = _items_of(edition["slug"])
        if items:
            submitted += author.call("POST", "/api/v1/bank/items", items)["new"]
    waiting = reviewer.call("GET", "/api/v1/bank/versions/awaiting-review")
    path = f"/api/v1/bank/versions/{waiting[0]}/review"
    play.expect("the author reviewing an item", author.refusal("POST", path, {"approve": True}), "right_missing")
    known = {item["code"]: item for edition in editions for item in _items_of(edition["slug"])}
    codes = _codes(reviewer)
    play.expect("the reviewer seeing a key before answering", reviewer.refusal("GET", path[:-7]), "answer_first")
    for version_id in waiting:
        item = known[codes[version_id]]
        # A blank takes one of the texts that it accepts; everything else is answered by its letters.
        said = answer_to(item)
        chosen = [said] if item["kind"] == "fill_in" else list(said)
        reviewer.call("POST", f"/api/v1/bank/versions/{version_id}/answer", {"chosen": chosen})
        reviewer.call("POST", f"/api/v1/bank/versions/{version_id}/review", {"approve": True})
    play.expect("items submitted by one and approved by another person", len(waiting), submitted)
    play.expect("at least 240 items", submitted >= 240, True)


def answer_to(item: dict[str, object]) -> str:
    """What somebody who has learned answers: the letters of the key, or the first text that a blank accepts."""
    key = str(item["key"])
    return key.splitlines()[0] if item["kind"] == "fill_in" else key


def _dated(edition: dict[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in edition.items()}


def _item_files(slug: str) -> Sequence[Path]:
    return sorted((BANK / "items").glob(f"{slug}*.yaml"))


def _items_of(slug: str) -> list[dict[str, object]]:
    return [item for path in _item_files(slug) for item in _items(path, slug)]


def _codes(reviewer: Client) -> dict[int, str]:
    """The code of every version, by its number: lists do not tell a key."""
    codes: dict[int, str] = {}
    after = ""
    while True:
        found = reviewer.call("GET", f"/api/v1/bank/versions?after={after}")
        codes |= {one["id"]: one["code"] for one in found["versions"]}
        after = found["after"]
        if not after:
            return codes


def _items(path: Path, slug: str) -> list[dict[str, object]]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    cases = yaml.safe_load((BANK / "cases.yaml").read_text(encoding="utf-8"))
    texts = {case["code"]: case["text"] for case in cases}
    return [
        {
            **{name: value for name, value in item.items() if name != "id"},
            **({"case": {**item["case"], "text": texts[item["case"]["code"]]}} if "case" in item else {}),
            "code": item["id"],
            "edition": slug,
        }
        for item in found
    ]


def programme(company: Company, found: list[TrainingClass], today: date, play: Play) -> None:
    """The two years' plan, the institution and its lecturers, the classes and their rosters."""
    planner, admin = company["planner"], company["admin"]
    for year, people, percent in ((2024, 60, 60), (2025, 40, 100)):
        body = {"year": year, "people_target": people, "cumulative_percent": percent, "source": "立项建议书 二(二)"}
        planner.call("PUT", "/api/v1/programme/plans", body)
    institution = next(
        one["id"]
        for one in admin.call("GET", "/api/v1/organisations?kind=institution")
        if one["name"] == cast.INSTITUTION
    )
    profile = {"full_time_managers": 2, "has_platform": True, "practice_base": True}
    planner.call("POST", f"/api/v1/programme/institutions/{institution}/profile", profile)
    lecturers = [
        planner.call(
            "POST",
            "/api/v1/programme/lecturers",
            {**lecturer, "organisation_id": institution, "citizen_id": cast.citizen_id(950 + place), "full_time": True},
        )["id"]
        for place, lecturer in enumerate(cast.LECTURERS)
    ]
    for training_class in found:
        body = {
            "code": training_class.code,
            "name": training_class.name,
            "role": training_class.role,
            "plan_year": training_class.plan_year,
            "institution_id": institution,
            "starts_on": (today - timedelta(days=20)).isoformat(),
            "ends_on": (today - timedelta(days=3)).isoformat(),
            "lecturer_ids": lecturers,
        }
        training_class.class_id = planner.call("POST", "/api/v1/programme/classes", body)["id"]
        _import_roster(planner, training_class, play)


def _import_roster(planner: Client, training_class: TrainingClass, play: Play) -> None:
    path = f"/api/v1/programme/classes/{training_class.class_id}/roster"
    if training_class.code == "2024-TL-01":
        faulty = {"file": ("名册.xlsx", cast.roster(training_class.people, faulty=True))}
        reply = planner.http.post(path, files=faulty, data={"keep_good": "false"})
        faults = {(fault["row"], fault["column"]) for fault in reply.json()["faults"]}
        line = len(training_class.people) + 4
        expected = {(line, "身份证号"), (line + 1, "身份证号"), (line + 2, "所属企业"), (line + 3, "手机号")}
        play.expect(
            "a roster with four bad rows is refused, nothing kept", (reply.status_code, faults), (422, expected)
        )
    report = planner.call(
        "POST",
        path,
        files={"file": ("名册.xlsx", cast.roster(training_class.people, faulty=False))},
        data={"keep_good": "false"},
    )
    play.expect(f"roster of {training_class.code}", report["kept"], len(training_class.people))
    by_name = {one["name"]: one["trainee_id"] for one in planner.call("GET", path)}
    for person in training_class.people:
        person.trainee_id = by_name[person.name]
        planner.call(
            "PUT", f"/api/v1/programme/trainees/{person.trainee_id}/photo", content=cast.portrait(person.trainee_id)
        )


def attendance(company: Company, found: list[TrainingClass], today: date, play: Play) -> None:
    """The institution records who attended: full hours, but for one who left early."""
    institution = company["institution"]
    for training_class in found:
        entries = []
        for person in training_class.people:
            for place, (mode, hours) in enumerate(HOURS[training_class.role]):
                if person.fate == "short_hours" and mode == "practical":
                    continue
                day = (today - timedelta(days=10 - place)).isoformat()
                entries.append({"trainee_id": person.trainee_id, "day": day, "mode": mode, "hours": hours})
        path = f"/api/v1/programme/classes/{training_class.class_id}/attendance"
        play.expect(
            f"attendance of {training_class.code}",
            institution.call("POST", path, {"entries": entries})["recorded"],
            len(entries),
        )


def papers(company: Company, found: list[TrainingClass], exam_day: date, play: Play) -> None:
    """A blueprint per role and a paper per class, each judged by a second person, and the papers sealed."""
    assembler, approver = company["assembler"], company["approver"]
    for path in sorted((BANK / "blueprints").glob("*.yaml")):
        drafted = assembler.call("PUT", "/api/v1/papers/blueprints", yaml.safe_load(path.read_text(encoding="utf-8")))
        judgement = f"/api/v1/papers/blueprints/{drafted['id']}/judgement"
        play.expect(
            f"the assembler approving the blueprint of {drafted['role']}",
            assembler.refusal("POST", judgement, {"approve": True}),
            "right_missing",
        )
        play.expect(
            f"blueprint of {drafted['role']}", approver.call("POST", judgement, {"approve": True})["state"], "approved"
        )
    for place, training_class in enumerate(found, start=1):
        paper = assembled(assembler, training_class, seed=20240000 + place, exam_day=exam_day)
        training_class.paper_id = paper["id"]
        address = f"/api/v1/papers/{paper['id']}"
        if place == 1:
            play.expect(
                "the assembler approving the paper",
                assembler.refusal("POST", f"{address}/judgement", {"approve": True}),
                "right_missing",
            )
            play.expect(
                "items the approver reads in form A", len(approver.call("GET", f"{address}/forms/A")["items"]), 50
            )
        approver.call("POST", f"{address}/judgement", {"approve": True})
        if place == 1:
            _sign_custodians_in(company, approver, f"{address}/seal", play)
        approver.call("POST", f"{address}/seal")
        proof = paper["proof"]
        play.expect(
            f"paper of {training_class.code}: points A/B, items shared, forms within a tenth of a point of each other",
            (
                {letter: form["points"] for letter, form in proof["forms"].items()},
                proof["shared_between_forms"],
                abs(proof["difference_milli"]) <= 100,
            ),
            ({"A": 100, "B": 100}, 0, True),
        )
        play.expect("reading the sealed paper", approver.refusal("GET", f"{address}/forms/A"), "paper_is_sealed")


def _sign_custodians_in(company: Company, approver: Client, seal: str, play: Play) -> None:
    """Nobody could open a paper sealed to nobody: who may open it signs in first, which gives them their keys."""
    refused = approver.refusal("POST", seal)
    play.expect("sealing before any custodian has signed in", refused, "custodians_not_signed_in")
    for officer in cast.OFFICERS:
        if {"proctor", "custody"} & set(officer.duties):
            company[officer.username].call("GET", "/api/v1/session")


def assembled(assembler: Client, training_class: TrainingClass, *, seed: int, exam_day: date) -> dict[str, Any]:
    """The paper of a class, once the process that assembles it has done so."""
    body = {"class_ids": [training_class.class_id], "seed": seed, "exam_on": exam_day.isoformat()}
    job = assembler.call("POST", "/api/v1/papers/jobs", body)
    while job["state"] in {"queued", "running"}:
        time.sleep(0.2)
        job = assembler.call("GET", f"/api/v1/papers/jobs/{job['code']}")
    if job["state"] != "done":
        raise SystemExit(f"assembly: {job['state']} {job['fault']}")
    paper: dict[str, Any] = assembler.call("GET", f"/api/v1/papers/{job['result']['papers'][0]}")
    return paper


def exam_points(company: Company) -> dict[str, int]:
    """Three exam points with their rooms; room ids by name."""
    arranger = company["arranger"]
    rooms: dict[str, int] = {}
    places = (("林口县", {"第一考场": 30, "第四考场": 30}), ("穆棱市", {"第二考场": 30}), ("东宁市", {"第三考场": 30}))
    for county, inside in places:
        body = {
            "name": f"{county}安全生产考试点（演示）",
            "county": county,
            "address": f"{county}（演示地址）",
            "rooms": inside,
            # Somebody may want to see the demonstration at night.
            "opens": "00:00",
            "closes": "23:59",
        }
        rooms |= {room["name"]: room["id"] for room in arranger.call("POST", "/api/v1/exam-points", body)}
    return rooms


def sitting(
    company: Company, training_class: TrainingClass, room_id: int, starts_at: datetime, play: Play, *, late: int = 30
) -> None:
    """One sitting with its proctors, its seats and its tickets."""
    arranger = company["arranger"]
    body = {
        "class_id": training_class.class_id,
        "room_id": room_id,
        "starts_at": starts_at.isoformat(),
        "late_minutes": late,
    }
    training_class.sitting_id = arranger.call("POST", "/api/v1/sittings", body)["id"]
    path = f"/api/v1/sittings/{training_class.sitting_id}"
    accounts = {officer.username: officer.account_id for officer in cast.OFFICERS}
    for proctor in training_class.proctors:
        arranger.call("POST", f"{path}/proctors", {"account_id": accounts[proctor]})
    by_trainee = {one["trainee_id"]: one for one in arranger.call("POST", f"{path}/enrolments")}
    for person in training_class.people:
        enrolled = by_trainee[person.trainee_id]
        person.seat_id, person.seat = enrolled["seat_id"], enrolled["seat"]
        person.ticket_number, person.ticket_code = enrolled["ticket_number"], enrolled["ticket_code"]
    play.expect(
        f"seats of {training_class.code}",
        sum(one["enrolled"] for one in by_trainee.values()),
        len(training_class.people),
    )
    pdf = arranger.call("GET", f"{path}/tickets.pdf")
    (ROOT / "var" / "demo" / f"tickets-{training_class.code}.pdf").write_bytes(pdf)
    play.expect(f"tickets of {training_class.code} are a PDF", pdf[:5], b"%PDF-")
