"""The day itself."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import yaml

from scripts.demonstration import cast
from scripts.demonstration.cast import Trainee, TrainingClass
from scripts.demonstration.preparing import BANK, Company, answer_to
from scripts.demonstration.stage import Client, Play, Service

# The demonstration knows the answers from the files, as a candidate who has learned; the service never sends a key.
KEYS = {
    (item["stem"].strip(), "".join(str(text).strip() for text in (item.get("options") or {}).values())): answer_to(item)
    for path in sorted((BANK / "items").glob("*.yaml"))
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))
}
# Who lays a hand on a paper gives the password again.
PASSWORD = {"password": cast.PASSWORD}
WALLED = (
    ("GET", "/api/v1/bank/versions"),
    ("GET", "/api/v1/papers"),
    ("GET", "/api/v1/sittings"),
    ("POST", "/api/v1/sittings/1/opening"),
    ("GET", "/api/v1/sittings/1/board"),
    ("GET", "/api/v1/results/classes/1/draft"),
    ("GET", "/api/v1/journal"),
)


def check_in(company: Company, training_class: TrainingClass, play: Play) -> None:
    """Both proctors scan and admit; one refuses an impostor."""
    path = f"/api/v1/sittings/{training_class.sitting_id}/scans"
    admitted = 0
    for place, person in enumerate(training_class.people):
        if person.fate in {"late", "absent"}:
            continue
        proctor = company[training_class.proctors[place % 2]]
        # Most come with the QR code; every seventh has it smudged, and the proctor types the number.
        text = person.ticket_number if place % 7 == 6 else person.ticket_code
        card = proctor.call("POST", path, {"text": text, "nonce": secrets.token_hex(8)})
        if card["name"] != person.name or not card["allowed"]:
            play.expect(f"card of {person.name}", (card["name"], card["code"]), (person.name, "allowed"))
        decision: dict[str, object] = {"admit": True}
        if person.fate == "impersonation":
            decision = {"admit": False, "reason": "impersonation", "note": "本人与照片不符"}
        proctor.call("POST", f"/api/v1/sittings/seats/{person.seat_id}/admission", decision)
        admitted += decision["admit"] is True
    expected = sum(person.fate not in {"late", "absent", "impersonation"} for person in training_class.people)
    play.expect(f"admitted before the start, {training_class.code}", admitted, expected)


def open_papers(company: Company, found: list[TrainingClass], play: Play) -> None:
    """Two proctors open each paper; one person alone cannot."""
    for place, training_class in enumerate(found):
        path = f"/api/v1/sittings/{training_class.sitting_id}/opening"
        first, second = (company[username] for username in training_class.proctors)
        first.call("POST", path, PASSWORD)
        if place == 0:
            play.expect("the same proctor twice", first.refusal("POST", path, PASSWORD), "opener_twice")
            wrong = second.refusal("POST", path, {"password": "not-the-password"})
            play.expect("the second hand with a wrong password", wrong, "wrong_password")
        opened = second.call("POST", path, PASSWORD)["opened"]
        play.expect(f"paper of {training_class.code} opened by the second hand", opened, True)


class Candidate:
    """A candidate at a machine."""

    def __init__(self, service: Service, person: Trainee) -> None:
        self.person = person
        self.client = Client(service.url, person.name)
        self.seq = 0

    def sign_in(self) -> dict[str, object]:
        body = {"ticket_number": self.person.ticket_number, "id_tail": self.person.citizen_id[-6:]}
        return dict(self.client.call("POST", "/api/v1/exam/session", body))

    def start(self) -> dict[str, list[dict[str, object]]]:
        return dict(self.client.call("POST", "/api/v1/exam/start"))

    def answer(self, questions: list[dict[str, object]]) -> None:
        """Answer these questions: the first ``wrong`` ones of the whole paper wrongly."""
        for question in questions:
            self.seq += 1
            choice = self._choice(question, right=int(str(question["position"])) > self.person.wrong)
            path = f"/api/v1/exam/answers/{question['position']}"
            saved = self.client.call("PUT", path, {"choice": choice, "flagged": False, "seq": self.seq})
            if saved["seq"] != self.seq:
                raise SystemExit(f"{self.person.name}: the save was not acknowledged: {saved}")

    @staticmethod
    def _choice(question: dict[str, object], *, right: bool) -> str:
        options: dict[str, str] = question["options"]  # type: ignore[assignment]
        # Options come in the seat's own order; their letters are the paper's.
        key = KEYS[str(question["stem"]), "".join(options[letter] for letter in sorted(options))]
        if right:
            return key
        if question["kind"] == "true_false":
            return "F" if key == "T" else "T"
        if question["kind"] == "fill_in":
            return "不知道"
        if question["kind"] == "multiple":
            return "AB" if key != "AB" else "CD"
        return next(letter for letter in options if letter != key)


def sit(service: Service, found: list[TrainingClass], play: Play) -> None:
    """Everybody works: eight at a time, each answer acknowledged; one machine dies on the way."""
    working = [
        (training_class, person)
        for training_class in found
        for person in training_class.people
        if person.fate not in {"absent", "impersonation", "machine_dies"}
    ]

    def work(entry: tuple[TrainingClass, Trainee]) -> int:
        candidate = Candidate(service, entry[1])
        candidate.sign_in()
        questions = candidate.start()["questions"]
        leaked = sum("key" in question or "explanation" in question for question in questions)
        candidate.answer(questions if entry[1].fate != "clock" else questions[:45])
        if entry[1].fate not in {"clock", "collected", "caught"}:
            candidate.client.call("POST", "/api/v1/exam/hand-in")
        return leaked

    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        leaked = sum(pool.map(work, working))
    seconds = time.perf_counter() - began
    play.expect("questions that carried a key to a candidate", leaked, 0)
    print(f"    {len(working)} candidates, about {len(working) * 50} answers saved in {seconds:.1f} s")


def machine_dies(service: Service, company: Company, training_class: TrainingClass, play: Play) -> None:
    """A machine dies in mid-exam; on another, by a proctor's leave, every answer is there."""
    person = next(person for person in training_class.people if person.fate == "machine_dies")
    first = Candidate(service, person)
    first.sign_in()
    questions = first.start()["questions"]
    first.answer(questions[:23])
    second = Candidate(service, person)
    body = {"ticket_number": person.ticket_number, "id_tail": person.citizen_id[-6:]}
    play.expect(
        "another machine without leave", second.client.refusal("POST", "/api/v1/exam/session", body), "seat_taken"
    )
    proctor = company[training_class.proctors[0]]
    proctor.call("POST", f"/api/v1/sittings/seats/{person.seat_id}/release", {"reason": "电脑死机"})
    second.seq = first.seq
    resumed = second.sign_in()
    play.expect("answers there after the move", len(resumed["answers"]), 23)  # type: ignore[arg-type]
    play.expect("the dead machine's session", first.client.refusal("GET", "/api/v1/exam"), "not_signed_in")
    second.answer(questions[23:])
    second.client.call("POST", "/api/v1/exam/hand-in")


def arrive_late(company: Company, training_class: TrainingClass, play: Play) -> None:
    """Twelve minutes after the start somebody arrives, and is admitted."""
    person = next(person for person in training_class.people if person.fate == "late")
    proctor = company[training_class.proctors[0]]
    path = f"/api/v1/sittings/{training_class.sitting_id}/scans"
    card = proctor.call("POST", path, {"text": person.ticket_code, "nonce": secrets.token_hex(8)})
    proctor.call("POST", f"/api/v1/sittings/seats/{person.seat_id}/admission", {"admit": True})
    play.expect("late by twelve minutes", card["code"], "allowed")


def collect(company: Company, training_class: TrainingClass, play: Play) -> None:
    """A proctor collects a sheet."""
    person = next(person for person in training_class.people if person.fate == "collected")
    proctor = company[training_class.proctors[1]]
    body = {"seat_id": person.seat_id, "text": "身体不适，提前收卷"}
    proctor.call("POST", f"/api/v1/sittings/{training_class.sitting_id}/incidents", body)
    proctor.call("POST", f"/api/v1/sittings/seats/{person.seat_id}/collection")
    play.expect("collected by a proctor", _seat(company, training_class, person)["handed_in_by"], "proctor")


def catch(company: Company, training_class: TrainingClass, play: Play) -> None:
    """A proctor catches somebody with notes: the exam is ended, the sheet is marked as it is."""
    person = next(person for person in training_class.people if person.fate == "caught")
    proctor = company[training_class.proctors[0]]
    body = {"kind": "cheating", "note": "桌下夹带纸条"}
    proctor.call("POST", f"/api/v1/sittings/seats/{person.seat_id}/termination", body)
    play.expect("ended by a proctor", _seat(company, training_class, person)["state"], "terminated")


def _seat(company: Company, training_class: TrainingClass, person: Trainee) -> dict[str, object]:
    board = company[training_class.proctors[0]].call("GET", f"/api/v1/sittings/{training_class.sitting_id}/board")
    return next(seat for seat in board["seats"] if seat["seat_id"] == person.seat_id)


def run_out(service: Service, company: Company, training_class: TrainingClass, ends_at: datetime, play: Play) -> None:
    """The time runs out; the service hands in by itself."""
    person = next(person for person in training_class.people if person.fate == "clock")
    service.set_clock(ends_at + timedelta(seconds=5))
    for _ in range(100):
        if _seat(company, training_class, person)["handed_in_by"]:
            break
        time.sleep(0.1)
    play.expect("handed in by the clock", _seat(company, training_class, person)["handed_in_by"], "clock")


def wall(company: Company, play: Play) -> None:
    """The institution tries the exam's doors; each refusal is on record."""
    institution = company["institution"]
    for method, path in WALLED:
        play.expect(f"institution: {method} {path}", institution.refusal(method, path), "right_missing")
    tried = company["auditor"].call("GET", "/api/v1/journal?event=ACCESS_REFUSED")
    mine = [entry for entry in tried["entries"] if '"organisation_kind":"institution"' in entry["data"]]
    play.expect("refused attempts of the institution in the journal", len(mine), len(WALLED))
