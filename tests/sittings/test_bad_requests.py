"""One bad request never breaks a group: what no database could hold is refused at the edge, with a clear 4xx."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from service.access.shapes import cookie_name
from service.kernel import bounds, database
from service.sittings import queries
from service.sittings.rules import lockdown
from service.sittings.rules.lockdown import Lock, Machine
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import WORKING_AT, World

HUGE = 10**30
BEFORE_TIME, AFTER_TIME = "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"
BEAT: dict[str, Any] = {"made_at": WORKING_AT.isoformat(), "waiting": 0, "left": [], "after": 0}
LEFT = {"nonce": "nonce-1-2-3", "kind": "window", "seconds": 1, "made_at": WORKING_AT.isoformat()}
LATE = {"position": 1, "choice": "A", "seq": 1, "made_at": "2026-11-20T01:30:00Z", "signature": ""}
ACT = {"nonce": "nonce-1-2-3", "act": "look", "text": "260000001"}
ACTS: dict[str, Any] = {"device": "device-1-2-3", "acts": [ACT]}

FINE = {
    "a sign of life": ("heartbeat", BEAT),
    "a clock of 1970": ("heartbeat", {**BEAT, "made_at": "1970-01-01T00:00:00Z"}),
    "a leaving": ("heartbeat", {**BEAT, "left": [LEFT]}),
    "a late answer": ("late-answers", {"entries": [LATE]}),
}
BAD = {
    "a clock before the calendar begins": ("heartbeat", {**BEAT, "made_at": BEFORE_TIME}),
    "a clock after it ends": ("heartbeat", {**BEAT, "made_at": AFTER_TIME}),
    "a leaving before the calendar begins": ("heartbeat", {**BEAT, "left": [{**LEFT, "made_at": BEFORE_TIME}]}),
    "a leaving without a zone": ("heartbeat", {**BEAT, "left": [{**LEFT, "made_at": "2026-11-20T01:30:00"}]}),
    "a nonce with a zero byte": ("heartbeat", {**BEAT, "left": [{**LEFT, "nonce": "nonce\0-1-2-3"}]}),
    "the last message no number could be": ("heartbeat", {**BEAT, "after": HUGE}),
    "a late answer before the calendar begins": ("late-answers", {"entries": [{**LATE, "made_at": BEFORE_TIME}]}),
    "a late answer on no day": ("late-answers", {"entries": [{**LATE, "made_at": "2026-13-32T25:61:61Z"}]}),
}


@pytest.fixture
def candidate(world: World, browser: Browser, clock: Clock) -> TestClient:
    """A candidate at work."""
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, world.seats[0]).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    found = browser.candidate(world, world.seats[0], trainee)
    assert found.post("/api/v1/exam/start", json={}).status_code == 200
    return found


def test_what_a_machine_tells_is_heard_or_refused_at_the_edge(world: World, candidate: TestClient) -> None:
    whose = {"late-answers": {"ticket_number": world.tickets[world.seats[0]]}}

    def told(table: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, object]:
        sent = {name: (where, {**body, **whose.get(where, {})}) for name, (where, body) in table.items()}
        replies = {name: candidate.post(f"/api/v1/exam/{where}", json=body) for name, (where, body) in sent.items()}
        return {name: reply.json().get("code", reply.status_code) for name, reply in replies.items()}

    assert told(FINE) == dict.fromkeys(FINE, 200)
    groups = candidate.app.group.commits  # type: ignore[attr-defined]
    assert told(BAD) == dict.fromkeys(BAD, "malformed")
    assert candidate.app.group.commits == groups, "none of them came as far as a group"  # type: ignore[attr-defined]


@pytest.mark.parametrize("sitting", [HUGE, 2**31, 0, -1], ids=["huge", "beyond 32 bits", "zero", "negative"])
def test_the_door_of_a_sitting_that_cannot_be(world: World, browser: Browser, clock: Clock, sitting: int) -> None:
    clock.set(worlds.CHECK_IN_AT)
    stranger = browser.stranger()
    stranger.cookies.set(cookie_name(), "x")
    path, groups = f"/api/v1/sittings/{sitting}/check-ins", browser.app.group  # type: ignore[attr-defined]
    proctor = browser.of("proctor1")
    assert proctor.post(f"/api/v1/sittings/{world.sitting_id}/check-ins", json=ACTS).json()["code"] == "tablet_unknown"
    before = groups.commits
    assert before > 0, "a sitting that can be goes through a group"

    assert stranger.post(path, json=ACTS).json()["code"] == "not_signed_in"
    assert proctor.post(path, json=ACTS).json()["code"] == "malformed"
    assert groups.commits == before


@pytest.mark.parametrize("proof", ["é" * 64, "证明", "", "0" * 64], ids=["Latin", "Chinese", "none", "a wrong one"])
def test_a_proof_that_is_no_proof_is_refused_in_words(proof: str) -> None:
    decision = lockdown.may_enter(Lock(seb_config_key="a" * 64), Machine("", url="https://exam/", proof=proof))
    assert decision.code == "seb_required"


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=OFFSETS))
def test_an_instant_is_refused_or_has_a_utc(instant: datetime) -> None:
    try:
        taken = TypeAdapter[datetime](bounds.Moment).validate_python(instant)
    except ValidationError:
        assert not 1901 <= instant.year <= 2998
    else:
        assert taken.astimezone(UTC) == instant
