"""Break-glass: two custodians of the bureau open a form outside the usual way, for a reason, within a quarter of an
hour."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from service.access.actions import administering
from service.access.actions.custody import Hand
from service.access.rules.duties import Duty
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers import queries
from service.papers.actions import opening
from service.papers.rules import breaking as rules
from service.papers.rules.breaking import BREAK_WITHIN, Begun
from service.papers.rules.states import Form, PaperState
from service.papers.tables import BreakGlass
from service.sittings import queries as sittings
from service.sittings.actions import breaking
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import OPENING_AT, PASSWORD, PREPARED_AT, STARTS_AT, World

REASON = "两名监考员途中受阻"
TICK = timedelta(microseconds=1)
AT = PREPARED_AT + timedelta(hours=1)
HAND = Begun(1, AT)


@pytest.mark.parametrize(
    ("state", "begun", "person", "reason", "at", "code"),
    [
        pytest.param(PaperState.SEALED, None, 1, REASON, AT, "allowed", id="first hand with a reason"),
        pytest.param(PaperState.SEALED, None, 1, " 急 ", AT, "reason_missing", id="first hand without a reason"),
        pytest.param(PaperState.SEALED, HAND, 2, "", AT, "allowed", id="second hand needs no reason"),
        pytest.param(PaperState.SEALED, HAND, 1, REASON, AT, "breaker_twice", id="one person twice"),
        pytest.param(PaperState.SEALED, HAND, 2, "", AT + BREAK_WITHIN - TICK, "allowed", id="in the last moment"),
        pytest.param(PaperState.SEALED, HAND, 2, "", AT + BREAK_WITHIN, "reason_missing", id="at the border: too late"),
        pytest.param(PaperState.SEALED, HAND, 1, REASON, AT + BREAK_WITHIN, "allowed", id="beginning anew"),
        pytest.param(PaperState.APPROVED, None, 1, REASON, AT, "paper_not_sealed", id="not sealed yet"),
        pytest.param(PaperState.OPENED, None, 1, REASON, AT, "paper_not_sealed", id="open already"),
    ],
)
def test_who_may_lay_a_hand_outside_the_usual_way(
    state: PaperState, begun: Begun | None, person: int, reason: str, at: datetime, code: str
) -> None:
    assert rules.may_break(state, begun, person, reason, at).code == code


def lay(
    session: Session, world: World, username: str, *, reason: str = REASON, at: datetime = AT, hand: Hand | None = None
) -> str:
    """A custodian's hand on form A: the code of the decision, or that it is open."""
    actor = world.actor(session, username)
    given = hand if hand is not None else worlds.hand(session, actor)
    decision, opened = breaking.break_open(session, actor, world.paper_id, Form.A, reason, given, now=at)
    return "opened" if opened else decision.code


def form_id(session: Session, world: World, letter: Form = Form.A) -> int:
    return queries.forms(session, world.paper_id)[letter].id or 0


def test_two_custodians_open_the_form_long_before_its_window_and_the_other_form_stays_sealed(world: World) -> None:
    with database.writing() as session:
        assert STARTS_AT - timedelta(days=1) > AT
        assert lay(session, world, "custodian1") == "allowed"
        with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
            opening.read_opened(session, form_id(session, world))
        assert lay(session, world, "custodian2", reason="") == "opened"

        assert len(opening.read_opened(session, form_id(session, world))) == 50
        assert queries.forms(session, world.paper_id)[Form.B].opened_at is None
        [(row, letter)] = queries.break_glass_openings(session, world.class_id)
        assert (row.reason, row.waiting, letter, row.opened_at) == (REASON, None, Form.A, AT)
        last = journal.about(session, f"paper:{world.paper_id}")[-1]
        assert last.event == "PAPER_BROKEN_OPEN"
        people = [world.actor(session, name).person_id for name in ("custodian1", "custodian2")]
        assert [json.loads(last.data)[one] for one in ("first", "second")] == people
        assert REASON not in last.data, "the record has its digest; the page has the words"


def test_a_hand_that_nobody_followed_in_time_opens_nothing_and_its_halves_are_gone(world: World) -> None:
    with database.writing() as session:
        assert lay(session, world, "custodian1") == "allowed"
        assert lay(session, world, "custodian2", reason="", at=AT + BREAK_WITHIN) == "reason_missing"
        assert [row.waiting for row in session.exec(select(BreakGlass))] == [None]
        assert lay(session, world, "custodian2", at=AT + BREAK_WITHIN) == "allowed"
        assert lay(session, world, "custodian1", reason="", at=AT + 2 * BREAK_WITHIN - TICK) == "opened"


@pytest.mark.parametrize("username", ["proctor1", "approver", "arranger", "auditor", "institution", "administrator"])
def test_nobody_but_a_custodian_of_the_bureau_breaks_anything_open(world: World, username: str) -> None:
    with database.writing() as session, pytest.raises(errors.RightMissing):
        lay(session, world, username)


def test_a_custodian_who_assembled_or_approved_for_the_class_is_refused_on_record(world: World) -> None:
    with database.writing() as session:
        guardian = world.actor(session, "security")
        administering.grant_duty(session, guardian, world.accounts["approver"], Duty.CUSTODY, now=PREPARED_AT)
        worlds.give_key(session, "approver")
        assert lay(session, world, "approver") == "deeds_exclude"
        last = journal.about(session, f"paper:{world.paper_id}")[-1]
        assert (last.event, json.loads(last.data)["outcome"]) == ("PAPER_OPENING_ATTEMPTED", "deeds_exclude")


def test_a_wrong_password_is_counted_and_a_late_room_gets_its_whole_duration(world: World) -> None:
    late = STARTS_AT + timedelta(minutes=10)
    with database.writing() as session:
        assert lay(session, world, "custodian1", at=late, hand=Hand()) == "wrong_password"
        assert lay(session, world, "custodian1", at=late) == "allowed"
        assert lay(session, world, "custodian2", at=late) == "opened"
        sitting = sittings.sitting(session, world.sitting_id)
        assert sitting is not None and sitting.began_at == late


def test_over_http_the_intent_is_on_record_first_and_the_page_tells_what_was_done(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(OPENING_AT - timedelta(hours=5))
    path = f"/api/v1/papers/{world.paper_id}/forms/A/break-glass"
    body = {"password": PASSWORD, "reason": REASON}

    assert browser.of("custodian1").post(path, json={"password": PASSWORD}).json()["code"] == "reason_missing"
    assert browser.of("custodian1").post(path, json={"reason": REASON}).status_code == 422
    assert browser.of("proctor1").post(path, json=body).json()["code"] == "right_missing"
    assert browser.of("custodian1").post(path.replace("/A/", "/C/"), json=body).status_code == 422
    assert browser.of("custodian1").post(path, json=body).json() == {"opened": False, "hands": 1}
    page = browser.of("custodian2").get(f"/papers/{world.paper_id}").text
    assert "还需要另一位保管员在" in page and REASON in page
    assert browser.of("custodian1").post(path, json=body).json()["code"] == "breaker_twice"
    assert browser.of("custodian2").post(path, json={"password": PASSWORD}).json() == {"opened": True, "hands": 2}

    with database.reading() as session:
        events = [one.event for one in journal.about(session, f"paper:{world.paper_id}") if "OPEN" in one.event]
    assert events == [
        *("PAPER_OPENING_INTENDED", "PAPER_OPENING_ATTEMPTED"),
        *("PAPER_OPENING_INTENDED", "PAPER_OPENING_ATTEMPTED"),
        *("PAPER_OPENING_INTENDED", "PAPER_OPENING_ATTEMPTED"),
        *("PAPER_OPENING_INTENDED", "PAPER_BROKEN_OPEN"),
    ]
    shown = browser.of("approver").get(f"/papers/{world.paper_id}").text
    assert "应急启封记录" in shown and "custodian1" in shown and "custodian2" in shown
    assert "确认应急启封" not in shown, "the form is a custodian's"
