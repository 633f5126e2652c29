"""Resits: on a paper that shares no item with the first, for those who failed, as often as the setting says."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.papers.tables import PaperForm
from service.results import queries
from service.results.actions import marking, resitting, settling, voiding
from service.results.actions.voiding import Draft
from service.results.queries import editions
from service.results.rules import Standing, Verdict
from service.results.rules import resitting as rules
from service.results.rules.resitting import Exam
from service.results.tables import Result
from service.sittings.actions import arranging, checking_in, minding
from service.sittings.rules.room import IncidentKind
from service.sittings.rules.seats import RefusalReason
from service.sittings.rules.switching import SwitchReason
from service.sittings.tables import FormSwitch, PaperPrint, Sitting
from tests import world as worlds
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


NOTHING, TRAIN, UNDO = "", "重新参加培训", "由两人裁定恢复有效"
CHEATED, UNWELL, PROCTORED, CRASHED = (
    Exam(VOID, kind)
    for kind in (IncidentKind.CHEATING, IncidentKind.ILLNESS, IncidentKind.PROCTOR_ERROR, IncidentKind.SOFTWARE)
)
NOT_THEM, LATE, NO_CARD = (
    Exam(REFUSED, turned_away=why)
    for why in (RefusalReason.IMPERSONATION, RefusalReason.LATE, RefusalReason.NO_DOCUMENT)
)
ONCE = [Exam(FAILED)]


@pytest.mark.parametrize(
    ("published", "seated", "resits", "code", "says"),
    [
        pytest.param(ONCE, False, 1, "allowed", NOTHING, id="failed once"),
        pytest.param([Exam(ABSENT)], False, 1, "allowed", NOTHING, id="never came"),
        pytest.param(ONCE * 2, False, 1, "resits_used", TRAIN, id="failed twice"),
        pytest.param(ONCE * 2, False, 2, "allowed", NOTHING, id="failed twice where two are allowed"),
        pytest.param(ONCE, False, 0, "resits_used", TRAIN, id="where none is allowed"),
        pytest.param([*ONCE, Exam(PASSED)], False, 2, "passed_already", "不需要", id="passed the resit"),
        pytest.param(ONCE, True, 1, "exam_pending", "还没有发布", id="seated again already"),
        pytest.param([], False, 1, "never_sat", "正常场次", id="no exam yet"),
        # --- void: who broke the rules trains again, an error is undone, and what was nobody's fault was no exam ---
        pytest.param([CHEATED], False, 1, "resit_after_fault", TRAIN, id="void for cheating"),
        pytest.param([CHEATED], False, 1, "resit_after_fault", UNDO, id="void for cheating by error"),
        pytest.param([CHEATED], False, 9, "resit_after_fault", "“作弊”", id="void for cheating, however many resits"),
        pytest.param([Exam(VOID, IncidentKind.PHONE)], False, 1, "resit_after_fault", "手机", id="void for a phone"),
        pytest.param([*ONCE, CHEATED], False, 2, "resit_after_fault", TRAIN, id="cheated in the resit"),
        pytest.param([CHEATED, *ONCE], False, 2, "resit_after_fault", TRAIN, id="cheating found after the resit"),
        pytest.param([CHEATED, Exam(PASSED)], False, 1, "passed_already", "合格", id="passed, and cheated before"),
        pytest.param([CRASHED], False, 1, "allowed", NOTHING, id="void for a failure of the system"),
        pytest.param([CRASHED], False, 0, "allowed", NOTHING, id="the same where no resit is allowed: it was no exam"),
        pytest.param([PROCTORED], False, 1, "allowed", NOTHING, id="void for a proctor's mistake"),
        pytest.param([UNWELL], False, 1, "allowed", NOTHING, id="void for an illness"),
        pytest.param([CRASHED, *ONCE], False, 1, "allowed", NOTHING, id="no exam, then failed: the resit is left"),
        pytest.param([*ONCE, CRASHED], False, 1, "allowed", NOTHING, id="failed, and the resit was none"),
        pytest.param([*ONCE, CRASHED, *ONCE], False, 1, "resits_used", TRAIN, id="failed twice, and one was none"),
        pytest.param([Exam(VOID)], False, 1, "resit_void_elsewhere", TRAIN, id="void elsewhere"),
        # --- never held, for its paper never was opened ---
        pytest.param([Exam(VOID, held=False)] * 2, False, 0, "allowed", NOTHING, id="never held"),
        pytest.param([Exam(ABSENT, held=False), *ONCE], False, 1, "allowed", NOTHING, id="stayed away from no exam"),
        pytest.param(
            [Exam(REFUSED, None, RefusalReason.IMPERSONATION, held=False)],
            False,
            1,
            "resit_turned_away",
            TRAIN,
            id="somebody else came to no exam",
        ),
        pytest.param([Exam(ABSENT), Exam(VOID)], False, 1, "resit_void_elsewhere", UNDO, id="void elsewhere by error"),
        # --- turned away ---
        pytest.param([NOT_THEM], False, 1, "resit_turned_away", TRAIN, id="somebody else came"),
        pytest.param([LATE], False, 1, "allowed", NOTHING, id="came too late"),
        pytest.param([NO_CARD], False, 1, "allowed", NOTHING, id="came without a document"),
        pytest.param([LATE, NO_CARD], False, 1, "resits_used", TRAIN, id="turned away twice"),
    ],
)
def test_who_may_sit_again(published: list[Exam], seated: bool, resits: int, code: str, says: str) -> None:
    decision = rules.may_resit(published, seated=seated, resits=resits)

    assert decision.code == code
    assert says in decision.reason.format(**decision.values) and bool(says) is not decision.allowed


@given(st.lists(st.sampled_from([*ONCE, Exam(ABSENT), CHEATED, CRASHED, PROCTORED, LATE, NOT_THEM]), max_size=6))
def test_an_exam_that_was_none_changes_nothing_for_whoever_sat_another(published: list[Exam]) -> None:
    counted = [one for one in published if not one.was_none]

    with_it = rules.may_resit(published, seated=False, resits=1)

    if counted:
        assert with_it == rules.may_resit(counted, seated=False, resits=1)
    elif published:
        assert with_it.allowed


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


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        pytest.param(IncidentKind.CHEATING, ["resit_after_fault", "allowed"], id="cheating, and then undone"),
        pytest.param(IncidentKind.SOFTWARE, ["allowed", "allowed"], id="the system's failure"),
    ],
)
def test_the_ground_of_a_voiding_decides_and_undoing_it_gives_the_resit_back(
    world: World, clock: Clock, kind: IncidentKind, codes: list[str]
) -> None:
    clock.set(AFTER)
    with database.writing() as session:
        first_exam(session, world)
        proctor, arranger = world.actor(session, "proctor1"), world.actor(session, "arranger")
        noted = minding.report_incident(session, proctor, world.sitting_id, None, kind, "说明", now=AFTER)
        trainee_id, found = world.trainees[0], []
        for wanted in (Standing.VOID, Standing.VALID):
            draft = Draft(wanted, kind, "理由", noted.id or 0)
            made = voiding.propose(session, world.actor(session, "confirmer"), world.seats[0], draft, now=AFTER)
            publisher = world.actor(session, "publisher")
            voiding.decide(session, publisher, made.id or 0, uphold=True, note="同意", now=AFTER)
            judged = {
                one.line.trainee.id: one.decision.code
                for one in resitting.candidates(session, arranger, world.class_id)
            }
            found.append(judged[trainee_id])

    assert found == codes


def unopened(session: Session, world: World) -> None:
    """An exam for which people came and whose paper nobody opened; its results, void, are published."""
    for seat_id in world.seats:
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=worlds.CHECK_IN_AT)
    marking.hand_in_overdue(session, now=AFTER)
    proctor = world.actor(session, "proctor1")
    minding.report_incident(
        session, proctor, world.sitting_id, None, IncidentKind.POWER, "停电，试卷没能启封", now=AFTER
    )
    publish(session, world, AFTER)


def given_up(session: Session, world: World, sitting: Sitting, form_id: int) -> None:
    """The room of the first exam had gone over from this form to the other."""
    other = session.exec(select(PaperForm.id).where(PaperForm.id != form_id)).first()
    proposed_by, decided_by = (world.actor(session, one).person_id or 0 for one in ("proctor1", "proctor2"))
    session.add(
        FormSwitch(
            sitting_id=sitting.id or 0,
            from_form_id=form_id,
            to_form_id=other or 0,
            reason=SwitchReason.LEAK,
            note="-",
            proposed_at=STARTS_AT,
            proposed_by=proposed_by,
            decided_at=STARTS_AT,
            decided_by=decided_by,
            confirmed=True,
        )
    )


def printed(session: Session, world: World, sitting: Sitting, form_id: int) -> None:
    """Copies of this form had been printed for the first exam."""
    session.add(
        PaperPrint(
            sitting_id=sitting.id or 0,
            form_id=form_id,
            copies=2,
            first_number=1,
            sealed=False,
            begun_at=STARTS_AT,
            begun_by=world.actor(session, "proctor1").person_id or 0,
            printed_at=STARTS_AT,
            printed_by=world.actor(session, "proctor2").person_id,
            digest="0" * 64,
        )
    )


@pytest.mark.parametrize(
    ("spent", "code"),
    [
        pytest.param(None, "allowed", id="nobody opened it"),
        pytest.param(printed, "resit_same_paper", id="copies were printed"),
        pytest.param(given_up, "resit_same_paper", id="the room gave it up for the other"),
    ],
)
def test_the_form_of_an_exam_that_was_never_held_is_new_while_nobody_had_it(
    world: World, spent: Callable[[Session, World, Sitting, int], None] | None, code: str
) -> None:
    with database.writing() as session:
        unopened(session, world)
        first = session.get_one(Sitting, world.sitting_id)
        if spent is not None:
            spent(session, world, first, first.form_id or 0)
            session.flush()
        again = session.get_one(Sitting, another_sitting(session, world, Form.A))
        assert again.form_id == first.form_id

        assert resitting.judge_form(session, again).code == code


def test_a_form_that_a_room_gave_up_is_no_paper_of_a_resit(world: World) -> None:
    with database.writing() as session:
        first_exam(session, world)
        resit = session.get_one(Sitting, another_sitting(session, world))
        assert resitting.judge_form(session, resit).allowed

        given_up(session, world, session.get_one(Sitting, world.sitting_id), resit.form_id or 0)
        session.flush()

        assert resitting.judge_form(session, resit).code == "resit_same_paper"


def test_nobody_fails_an_exam_whose_paper_never_was_opened_and_nobody_loses_a_chance(world: World) -> None:
    with database.writing() as session:
        for seat_id in world.seats[:-1]:
            checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=worlds.CHECK_IN_AT)
        marking.hand_in_overdue(session, now=AFTER)
        verdicts = {line.verdict for line in session.exec(select(Result).where(Result.class_id == world.class_id))}
        assert verdicts == {VOID}
        assert settling.pending(session, world.class_id).unexplained == 1
        with pytest.raises(errors.WrongState, match=r"^never_held_unexplained:"):
            publish(session, world, AFTER)

        proctor = world.actor(session, "proctor1")
        incident = minding.report_incident(
            session, proctor, world.sitting_id, None, IncidentKind.POWER, "停电，试卷没能启封", now=AFTER
        )
        publish(session, world, AFTER)
        # There is nothing to be valid, and nothing to be made void once more.
        confirmer = world.actor(session, "confirmer")
        for wanted, code in ((Standing.VALID, "never_held"), (Standing.VOID, "already_void")):
            with pytest.raises(errors.WrongState, match=rf"^{code}:"):
                voiding.propose(
                    session,
                    confirmer,
                    world.seats[0],
                    Draft(wanted, IncidentKind.POWER, "停电", incident.id or 0),
                    now=AFTER,
                )

        sitting_id = another_sitting(session, world)
        given = resitting.enrol(session, world.actor(session, "arranger"), sitting_id, now=AFTER)
        assert len(given) == len(world.seats), "whoever stayed away has missed nothing either"
        resit = World(**vars(world))
        resit.sitting_id = sitting_id
        sit(session, resit, {one.id or 0: Fate.FAILED for one in given}, ("proctor1", "proctor2"))
        publish(session, resit, LATER + timedelta(hours=2))
        decisions = resitting.candidates(session, world.actor(session, "arranger"), world.class_id)
        assert {one.decision.code for one in decisions} == {"allowed"}, "the one resit is still theirs"
