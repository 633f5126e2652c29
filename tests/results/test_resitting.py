"""Resits: on a paper that shares no item with the first, for those who failed, as often as the setting says."""

import json
from datetime import timedelta

import pytest
from sqlmodel import Session

from service.journal import queries as journal
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.results import queries
from service.results.actions import resitting
from service.results.queries import editions
from service.results.rules import Verdict
from service.results.rules import resitting as rules
from service.sittings.actions import arranging
from tests.conftest import Browser, Clock
from tests.results.exams import Fate, keys_of, publish, sit, tallied
from tests.world import AFTER, STARTS_AT, World

PASSED, FAILED, VOID, ABSENT, REFUSED = (
    Verdict.PASSED,
    Verdict.FAILED,
    Verdict.VOID,
    Verdict.ABSENT,
    Verdict.REFUSED,
)
LATER = STARTS_AT + timedelta(days=7)


@pytest.mark.parametrize(
    ("published", "seated", "resits", "code"),
    [
        pytest.param([FAILED], False, 1, "allowed", id="failed once"),
        pytest.param([ABSENT], False, 1, "allowed", id="never came"),
        pytest.param([FAILED, FAILED], False, 1, "resits_used", id="failed twice"),
        pytest.param([FAILED, FAILED], False, 2, "allowed", id="failed twice where two are allowed"),
        pytest.param([FAILED], False, 0, "resits_used", id="where none is allowed"),
        pytest.param([FAILED, PASSED], False, 2, "passed_already", id="passed the resit"),
        pytest.param([VOID], False, 1, "no_resit", id="void"),
        pytest.param([REFUSED], False, 1, "no_resit", id="turned away"),
        pytest.param([FAILED], True, 1, "exam_pending", id="seated again already"),
        pytest.param([], False, 1, "never_sat", id="no exam yet"),
    ],
)
def test_who_may_sit_again(published: list[Verdict], seated: bool, resits: int, code: str) -> None:
    assert rules.may_resit(published, seated=seated, resits=resits).code == code


@pytest.mark.parametrize(
    ("sat_before", "shared", "rehearsal", "code"),
    [
        (False, 0, False, "allowed"),
        (True, 0, False, "resit_same_paper"),
        (False, 1, False, "resit_shares_items"),
        (False, 0, True, "resit_rehearsal"),
    ],
)
def test_on_which_paper(sat_before: bool, shared: int, rehearsal: bool, code: str) -> None:
    assert rules.may_use(sat_before=sat_before, shared=shared, rehearsal=rehearsal).code == code


def first_exam(session: Session, world: World) -> None:
    """Two fail, three pass, one never comes; the results are published."""
    fates = dict(zip(world.seats, [Fate.FAILED] * 2 + [Fate.PASSED] * 3 + [Fate.ABSENT], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    publish(session, world, AFTER)


def another_sitting(session: Session, world: World, letter: Form = Form.B, *, days: int = 7) -> int:
    """A sitting of the same class a week later, on a form."""
    arranger = world.actor(session, "arranger")
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=world.class_id,
        room_id=world.room_id,
        starts_at=STARTS_AT + timedelta(days=days),
        late_minutes=30,
        letter=letter,
        part=True,
        now=AFTER,
    )
    for username in ("proctor1", "proctor2"):
        arranging.assign_proctor(session, arranger, sitting.id or 0, world.accounts[username], now=AFTER)
    return sitting.id or 0


def test_who_failed_sits_the_other_form_and_counts_once(world: World) -> None:
    with database.writing() as session:
        first_exam(session, world)
        before = tallied(session)
        first = keys_of(session, world.sitting_id)
        sitting_id = another_sitting(session, world)

        given = resitting.enrol(session, world.actor(session, "arranger"), sitting_id, now=AFTER)

        assert len(given) == 3
        told = journal.about(session, f"sitting:{sitting_id}")[-1]
        assert (told.event, json.loads(told.data)["seats"]) == ("RESITS_ENROLLED", [one.id for one in given])
        assert resitting.candidates(session, world.actor(session, "arranger"), world.class_id)[0].decision.code in {
            "exam_pending",
            "passed_already",
        }
        resit = World(**vars(world))
        resit.sitting_id = sitting_id
        fates = {one.id or 0: fate for one, fate in zip(given, (Fate.PASSED, Fate.FAILED, Fate.PASSED), strict=True)}
        sit(session, resit, fates, ("proctor1", "proctor2"))
        assert len(keys_of(session, sitting_id)) == len(first)
        after = LATER + timedelta(hours=2)
        publish(session, resit, after)

        counts = tallied(session)
        assert (before["passed"], before["present"], before["first_passed"]) == (3, 5, 3)
        found = {
            name: counts[name] for name in ("seated", "passed", "present", "first_passed", "resat", "resit_passed")
        }
        assert found == {"seated": 6, "passed": 5, "present": 6, "first_passed": 3, "resat": 3, "resit_passed": 2}
        assert [one.cause for one in editions.of_class(session, world.class_id)] == ["published", "published"]
        lines = queries.lines(session, world.class_id)
        # One of those who passed lacks the practical hours.
        assert (
            sum(one.credit is not None for one in lines)
            + sum(one.result.verdict == PASSED and one.credit is None for one in lines)
            == 5
        )
        codes = {
            one.decision.code for one in resitting.candidates(session, world.actor(session, "arranger"), world.class_id)
        }
        assert codes == {"passed_already", "resits_used"}


def test_not_on_a_paper_that_was_sat_and_not_once_it_is_over(world: World) -> None:
    with database.writing() as session:
        first_exam(session, world)
        arranger = world.actor(session, "arranger")
        first, second = another_sitting(session, world), another_sitting(session, world, days=14)
        assert len(resitting.enrol(session, arranger, first, now=AFTER)) == 3

        with pytest.raises(errors.Refused, match=r"^resit_same_paper:"):
            resitting.enrol(session, arranger, second, now=AFTER)
        with pytest.raises(errors.WrongState):
            resitting.enrol(session, arranger, first, now=LATER + timedelta(hours=3))
        with pytest.raises(errors.NotFound):
            resitting.enrol(session, arranger, 9999, now=AFTER)


@pytest.mark.parametrize("who", [None, "institution", "enterprise", "proctor1", "publisher", "auditor"])
def test_strangers_seat_nobody(world: World, browser: Browser, who: str | None) -> None:
    client = browser.of(who) if who else browser.stranger()

    told = [
        client.get(f"/api/v1/results/classes/{world.class_id}/resits").status_code,
        client.post(f"/api/v1/results/sittings/{world.sitting_id}/resits", json={}).status_code,
    ]

    assert told == [403 if who else 401] * 2


def test_over_http_nobody_is_named_before_publication(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(AFTER)
    arranger, path = browser.of("arranger"), f"/api/v1/results/classes/{world.class_id}/resits"
    assert {one["code"] for one in arranger.get(path).json()} == {"exam_pending"}
    with database.writing() as session:
        first_exam(session, world)
        sitting_id = another_sitting(session, world)

    told = arranger.get(path).json()

    assert sorted(one["code"] for one in told) == ["allowed"] * 3 + ["passed_already"] * 3
    page = arranger.get(f"/results/classes/{world.class_id}/resits").text
    assert f"/api/v1/results/sittings/{sitting_id}/resits" in page
    assert arranger.post(f"/api/v1/results/sittings/{sitting_id}/resits", json={}).json() == {"seats": 3}
    assert arranger.post(f"/api/v1/results/sittings/{sitting_id}/resits", json={}).json() == {"seats": 0}
