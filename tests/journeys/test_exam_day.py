"""A whole exam day over HTTP, each step by the account of whoever does it, from the printed ticket to the pass rate."""

import base64
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.bank.actions import files
from service.kernel import settings
from tests.conftest import Browser, Clock
from tests.world import AFTER, CHECK_IN_AT, ENDS_AT, OPENING_AT, PASSWORD, STARTS_AT, WORKING_AT, World

PASS_RATES = "/api/v1/statistics/pass-rates"


@pytest.fixture
def running(world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The application as a server runs it: its own clock-work collects the sheets whose time is over."""
    monkeypatch.setenv("PEIKAO_SWEEP_SECONDS", "0.2")
    settings.current.cache_clear()
    thresholds = gc.get_threshold()
    with TestClient(browser.app):  # type: ignore[arg-type]
        yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.fixture(scope="module")
def learned() -> dict[tuple[str, ...], str]:
    """What a well-prepared candidate knows: the right answer to every item, by its words."""
    bank = files.read(settings.ROOT / "question_bank")
    return {(item.stem, *item.options.values()): item.key for item in bank.items}


def ok(reply: Any) -> Any:
    assert reply.status_code in {200, 201}, reply.text
    return reply.json()


def refused(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


def verify_journal() -> str:
    """What the verifier says that shares no code with the service."""
    place = settings.current().database_url.removeprefix("sqlite:///")
    script = settings.ROOT / "scripts" / "verify_journal"
    done = subprocess.run([sys.executable, str(script), place], capture_output=True, text=True, check=False)
    return done.stdout.split(":")[0] or done.stderr


class Candidate:
    """A candidate at a machine."""

    def __init__(self, browser: Browser, world: World, seat_id: int, learned: dict[tuple[str, ...], str]) -> None:
        place = world.seats.index(seat_id)
        self.client = browser.candidate(world, seat_id, world.trainees[place])
        self.learned = learned
        self.questions: list[dict[str, Any]] = []

    def start(self) -> None:
        self.questions = ok(self.client.post("/api/v1/exam/start"))["questions"]

    def answer(self, questions: list[dict[str, Any]], *, right: bool = True) -> None:
        for question in questions:
            # Every seat sees options in an order of its own; their letters are the paper's.
            key = self.learned[question["stem"], *(words for _, words in sorted(question["options"].items()))]
            body = {"choice": key if right else _another(question["kind"], key), "seq": 1}
            assert ok(self.client.put(f"/api/v1/exam/answers/{question['position']}", json=body))["seq"] == 1


def _another(kind: str, key: str) -> str:
    if kind == "true_false":
        return "F" if key == "T" else "T"
    return next(choice for choice in ("AB", "CD") if choice != key) if kind == "multiple" else "AB"[key == "A"]


def test_a_whole_exam_day(
    world: World, browser: Browser, clock: Clock, running: None, learned: dict[tuple[str, ...], str]
) -> None:
    diligent, unlucky, idle, slow, impostor, missing = world.seats
    sitting, api = f"/api/v1/sittings/{world.sitting_id}", "/api/v1/sittings/seats"
    one, two, institution = browser.of("proctor1"), browser.of("proctor2"), browser.of("institution")

    # At the door, forty minutes before the start.
    clock.set(CHECK_IN_AT)
    tickets = browser.of("arranger").get(f"{sitting}/tickets.pdf")
    assert (tickets.headers["content-type"], tickets.content[:5]) == ("application/pdf", b"%PDF-")
    for number, seat_id in enumerate((diligent, unlucky, idle, slow)):
        proctor = (one, two)[number % 2]
        text = world.codes[seat_id] if number else world.tickets[seat_id]
        card = ok(proctor.post(f"{sitting}/scans", json={"text": text, "nonce": f"tablet-{number}"}))
        assert (card["allowed"], card["seat_id"]) == (True, seat_id)
        ok(proctor.post(f"{api}/{seat_id}/admission", json={"admit": True}))
    ok(one.post(f"{api}/{impostor}/admission", json={"admit": False, "reason": "impersonation", "note": "与照片不符"}))
    early = browser.stranger().post(
        "/api/v1/exam/session",
        json={"ticket_number": world.tickets[impostor], "id_tail": world.citizen_ids[world.trainees[4]][-6:]},
    )
    assert refused(early) == (403, "not_admitted")

    # Two proctors open the paper; one alone cannot, and nobody can before its time.
    assert refused(one.post(f"{sitting}/opening", json={"password": PASSWORD})) == (409, "opening_too_early")
    clock.set(OPENING_AT)
    assert ok(one.post(f"{sitting}/opening", json={"password": PASSWORD})) == {"opened": False, "hands": 1}
    assert refused(one.post(f"{sitting}/opening", json={"password": PASSWORD})) == (403, "opener_twice")
    assert refused(institution.post(f"{sitting}/opening", json={"password": PASSWORD})) == (403, "right_missing")
    candidates = {seat_id: Candidate(browser, world, seat_id, learned) for seat_id in (diligent, unlucky, idle, slow)}
    assert refused(candidates[diligent].client.post("/api/v1/exam/start")) == (409, "not_started")
    assert ok(two.post(f"{sitting}/opening", json={"password": PASSWORD})) == {"opened": True, "hands": 2}

    # At work. One machine dies in the middle; its answers are there on another.
    clock.set(STARTS_AT + timedelta(seconds=1))
    for candidate in candidates.values():
        candidate.start()
    assert len({tuple(question["position"] for question in one_.questions) for one_ in candidates.values()}) == 4
    candidates[diligent].answer(candidates[diligent].questions)
    candidates[unlucky].answer(candidates[unlucky].questions[:30])
    clock.set(WORKING_AT)
    ok(two.post(f"{api}/{unlucky}/release", json={"reason": "电脑死机"}))
    assert refused(candidates[unlucky].client.get("/api/v1/exam")) == (401, "not_signed_in")
    elsewhere = Candidate(browser, world, unlucky, learned)
    assert len(ok(elsewhere.client.get("/api/v1/exam"))["answers"]) == 30
    elsewhere.answer(candidates[unlucky].questions[30:])
    candidates[idle].answer(candidates[idle].questions[:20], right=False)
    singles = [question for question in candidates[slow].questions if question["kind"] == "single"]
    candidates[slow].answer([question for question in candidates[slow].questions if question not in singles[:10]])
    ok(one.post(f"{sitting}/incidents", json={"seat_id": unlucky, "text": "电脑死机，已换机"}))
    board = ok(one.get(f"{sitting}/board"))
    assert {seat["seat_id"]: (seat["state"], seat["answered"]) for seat in board["seats"]} == {
        diligent: ("working", 50),
        unlucky: ("working", 50),
        idle: ("working", 20),
        slow: ("working", 40),
        impostor: ("refused", 0),
        missing: ("expected", 0),
    }

    # Handed in by hand, by a proctor, and by the clock.
    for client in (candidates[diligent].client, elsewhere.client):
        assert set(ok(client.post("/api/v1/exam/hand-in"))) == {"handed_in_at", "receipt"}
    ok(two.post(f"{api}/{idle}/collection"))
    assert refused(browser.of("confirmer").post(f"/api/v1/results/classes/{world.class_id}/confirmation")) == (
        409,
        "sitting_not_over",
    )
    clock.set(ENDS_AT)
    by = {diligent: "candidate", unlucky: "candidate", idle: "proctor", slow: "clock", impostor: None, missing: None}
    for _ in range(100):
        seats = ok(one.get(f"{sitting}/board"))["seats"]
        if {seat["seat_id"]: seat["handed_in_by"] for seat in seats} == by:
            break
        time.sleep(0.1)
    assert {seat["seat_id"]: seat["handed_in_by"] for seat in seats} == by

    # Confirmed by one person, published by another; until then nobody outside learns anything.
    clock.set(AFTER)
    results = f"/api/v1/results/classes/{world.class_id}"
    draft = ok(browser.of("confirmer").get(f"{results}/draft"))
    assert {row["seat_id"]: row["points"] for row in draft} == {diligent: 100, unlucky: 100, idle: 0, slow: 80}
    assert ok(institution.get(results)) == ok(browser.of("enterprise").get(results)) == []
    assert refused(institution.get(f"{results}/draft")) == (403, "right_missing")
    assert refused(browser.of("confirmer").post(f"{results}/confirmation")) == (409, "record_unsigned")
    for proctor in (one, two):
        assert ok(proctor.post(f"{sitting}/record/confirmation", json={"remark": ""}))["mine"]
    assert ok(browser.of("confirmer").post(f"{results}/confirmation")) == {"confirmed": 6}
    assert refused(browser.of("confirmer").post(f"{results}/publication")) == (403, "right_missing")
    assert ok(browser.of("publisher").post(f"{results}/publication")) == {"published": 6}

    # Everybody learns what is theirs, and a certificate holds for whoever asks.
    seen = {row["seat_id"]: row for row in ok(institution.get(results))}
    assert {seat_id: (row["verdict"], row["credit_hours"]) for seat_id, row in seen.items()} == {
        diligent: ("passed", 20),
        unlucky: ("passed", 20),
        idle: ("failed", 0),
        slow: ("passed", 20),
        impostor: ("refused", 0),
        missing: ("absent", 0),
    }
    assert {row["enterprise"] for row in ok(browser.of("enterprise").get(results))} == {"青松煤矿"}
    certificate = ok(browser.stranger().get(f"/api/v1/certificates/{seen[slow]['certificate']}"))
    assert (certificate["name"], certificate["hours"], certificate["passed_on"]) == (
        seen[slow]["name"],
        20,
        "2026-11-20",
    )

    # The HR bureau asks from its own program.
    registered = ok(
        browser.of("security").post(
            "/api/v1/clients", json={"organisation_id": world.organisations["hr"], "client_id": "hr-office"}
        )
    )
    basic = base64.b64encode(f"{registered['client_id']}:{registered['client_secret']}".encode()).decode()
    program = browser.stranger()
    token = ok(
        program.post(
            "/oauth2/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
        )
    )["access_token"]
    rates = ok(program.get(PASS_RATES, params={"by": "county"}, headers={"Authorization": f"Bearer {token}"}))
    # A program sees no persons: two counties of three people each are put together.
    assert [(group["key"], group["passed"], group["present"], group["enrolled"]) for group in rates["groups"]] == [
        ("small", 3, 4, 6)
    ]
    assert (rates["total"]["passed"], rates["total"]["present"], rates["total"]["pass_rate"]) == (3, 4, 75.0)

    # And the record tells it all, in order, unbroken.
    entries = ok(browser.of("auditor").get("/api/v1/journal", params={"subject": f"seat:{unlucky}"}))["entries"]
    assert [entry["event"] for entry in entries][::-1] == [
        "TICKET_SCANNED",
        "CANDIDATE_ADMITTED",
        "SEAT_SIGNED_IN",
        "SEAT_STARTED",
        "SEAT_RELEASED",
        "SEAT_SIGNED_IN",
        "INCIDENT_REPORTED",
        "SEAT_HANDED_IN",
        "SEAT_MARKED",
    ]
    attempts = ok(browser.of("auditor").get("/api/v1/journal", params={"event": "ACCESS_REFUSED"}))["entries"]
    assert sorted((json.loads(entry["data"])["method"], entry["actor"]) for entry in attempts) == sorted(
        [
            ("POST", f"account:{world.accounts['institution']}"),
            ("GET", f"account:{world.accounts['institution']}"),
            ("POST", f"account:{world.accounts['confirmer']}"),
        ]
    )
    assert verify_journal() == "OK"
