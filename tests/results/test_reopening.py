"""A closed sheet is opened again by two people: for a reason, with the time that is due, and nothing of it is lost."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.kernel.decision import Decision
from service.papers.rules.states import Form
from service.results import queries as results
from service.results.actions import (
    grading,
    late_answers,
    marking,
    publishing,
    reopening,
    repeating,
    resitting,
    voiding,
    withdrawing,
)
from service.results.queries import standing, written
from service.results.rules import Standing
from service.results.rules.withdrawing import ItemStanding
from service.sittings import queries
from service.sittings.actions import clockwork, evidence, minding, proctoring, receipts
from service.sittings.actions import late as late_actions
from service.sittings.queries import late as late_queries
from service.sittings.queries import recording, timekeeping
from service.sittings.queries import reopening as reads
from service.sittings.rules import reopening as rules
from service.sittings.rules.presence import Silence
from service.sittings.rules.reopening import Draft, Marks, ReopenReason, Sheet
from service.sittings.rules.room import IncidentKind
from service.sittings.rules.seats import SeatState
from service.sittings.rules.switching import Hand
from service.sittings.tables import LateAnswer, Seat, SheetReopening, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, Staged, using
from tests.results import essays
from tests.results import sheets as on_paper
from tests.results.exams import Fate, answers_losing, keys_of, publish, sit, write
from tests.results.test_resitting import another_sitting, first_exam
from tests.sittings.test_late import beat, belated, bind
from tests.world import AFTER, ENDS_AT, STARTS_AT, WORKING_AT, World

MINUTE = timedelta(minutes=1)
MISTAKE = Draft(ReopenReason.WRONG_SEAT, "收错了座位，应收邻座", 0, 0)
TIME_DUE = Draft(ReopenReason.TIME_DUE, "网络断到考试结束以后", 5, 0)
PROCTOR, ARRANGER, APPROVER = (frozenset({hand}) for hand in Hand)
CLOSED = Sheet(SeatState.HANDED_IN, WORKING_AT, False, False, signed=0, due_minutes=0, cap_minutes=10)


# --- rules ---


@pytest.mark.parametrize(
    ("sheet", "marks", "code"),
    [
        pytest.param(CLOSED, Marks(), "allowed", id="closed a moment ago"),
        pytest.param(replace(CLOSED, cancelled=True), Marks(), "sitting_cancelled", id="cancelled"),
        pytest.param(
            replace(CLOSED, state=SeatState.TERMINATED), Marks(), "terminated_not_reopened", id="the exam was ended"
        ),
        pytest.param(
            replace(CLOSED, state=SeatState.WORKING, closed_at=None), Marks(), "sheet_not_closed", id="at work"
        ),
        pytest.param(replace(CLOSED, on_paper=True), Marks(), "paper_not_reopened", id="on paper"),
        pytest.param(replace(CLOSED, signed=1), Marks(), "record_signed", id="a proctor has signed"),
        pytest.param(CLOSED, Marks(settled=True), "results_settled", id="confirmed or published"),
        pytest.param(CLOSED, Marks(marking=True), "marking_begun", id="a marker was handed it"),
        pytest.param(CLOSED, Marks(judged=True), "result_under_decision", id="under decision"),
        pytest.param(CLOSED, Marks(shown=True), "key_shown", id="somebody had the key"),
    ],
)
def test_which_sheet_may_be_opened_again(sheet: Sheet, marks: Marks, code: str) -> None:
    assert rules.may_reopen(sheet, marks, WORKING_AT).code == code


def test_an_hour_after_the_closing_it_is_too_late() -> None:
    assert rules.may_reopen(CLOSED, Marks(), WORKING_AT + rules.MOST_CLOSED).allowed
    late = rules.may_reopen(CLOSED, Marks(), WORKING_AT + rules.MOST_CLOSED + MINUTE)
    assert (late.code, late.values) == ("closed_too_long", {"most": 60})


@pytest.mark.parametrize(
    ("draft", "due", "code"),
    [
        pytest.param(MISTAKE, 0, "allowed", id="by mistake, with the time that was left"),
        pytest.param(replace(MISTAKE, minutes=10), 0, "allowed", id="by mistake, up to the cap"),
        pytest.param(replace(MISTAKE, minutes=11), 0, "too_many_minutes", id="more than the cap"),
        pytest.param(replace(MISTAKE, note=" "), 0, "note_missing", id="no words"),
        pytest.param(replace(MISTAKE, away_minutes=10), 0, "allowed", id="outside for ten minutes"),
        pytest.param(replace(MISTAKE, away_minutes=11), 0, "away_too_long", id="outside for longer"),
        pytest.param(TIME_DUE, 0, "nothing_due", id="nothing is due"),
        pytest.param(TIME_DUE, 5, "allowed", id="what is due"),
        pytest.param(TIME_DUE, 4, "more_than_due", id="more than is due"),
        pytest.param(replace(TIME_DUE, minutes=0), 5, "more_than_due", id="none of it"),
    ],
)
def test_what_may_be_proposed(draft: Draft, due: int, code: str) -> None:
    sheet = replace(CLOSED, due_minutes=due)
    assert rules.may_propose(PROCTOR, sheet, Marks(), draft, WORKING_AT).code == code
    assert rules.may_carry_out(sheet, Marks(), draft, WORKING_AT).code == code


def test_a_sheet_that_the_clock_closed_is_not_opened_for_no_time_at_all() -> None:
    """It would be closed again before anybody could sign in."""
    used_up = replace(CLOSED, used_up=True)
    assert rules.may_propose(PROCTOR, used_up, Marks(), MISTAKE, WORKING_AT).code == "no_time_left"
    assert rules.may_propose(PROCTOR, used_up, Marks(), replace(MISTAKE, minutes=1), WORKING_AT).allowed


def test_two_of_those_who_are_there_or_arrange_the_exam_decide_once() -> None:
    for hands, code in ((PROCTOR, "allowed"), (ARRANGER, "allowed"), (APPROVER, "not_reopening")):
        assert rules.may_propose(hands, CLOSED, Marks(), MISTAKE, WORKING_AT).code == code
        assert rules.may_confirm(hands, decided=False, same_person=False).code == code
    assert rules.may_confirm(PROCTOR, decided=False, same_person=True).code == "two_people_needed"
    assert rules.may_confirm(PROCTOR, decided=True, same_person=False).code == "reopening_decided"
    waits = replace(CLOSED, waiting=True)
    assert rules.may_propose(PROCTOR, waits, Marks(), MISTAKE, WORKING_AT).code == "reopening_waits"


def test_what_the_rooms_clock_stood_still_is_not_given_twice() -> None:
    until = WORKING_AT + 10 * MINUTE
    inside = Silence(WORKING_AT + 2 * MINUTE, WORKING_AT + 5 * MINUTE)
    around = Silence(WORKING_AT - MINUTE, WORKING_AT + MINUTE)
    assert rules.closed_seconds(WORKING_AT, until, []) == 600
    assert rules.closed_seconds(WORKING_AT, until, [inside]) == 420
    assert rules.closed_seconds(WORKING_AT, until, [inside, around, inside]) == 360
    assert rules.closed_seconds(WORKING_AT, until + timedelta(milliseconds=1), []) == 601, "begun seconds count"


# --- on real databases ---


@pytest.fixture
def at_work(staged: Staged) -> World:
    """Everybody is admitted; the first has answered all but ten points."""
    return staged(answering, WORKING_AT)


def answering(session: Session, world: World) -> World:
    worlds.begin_exam(session, world)
    write(session, world, world.seats[0], answers_losing(session, world.sitting_id, 10), STARTS_AT)
    return world


def collect(session: Session, world: World, now: datetime = WORKING_AT) -> None:
    marking.collect(session, world.actor(session, "proctor1"), world.seats[0], now=now)


def propose(
    session: Session, world: World, draft: Draft = MISTAKE, by: str = "proctor1", *, at: datetime
) -> SheetReopening:
    return reopening.propose(session, world.actor(session, by), world.seats[0], draft, now=at)


def decide(
    session: Session, world: World, row: SheetReopening, by: str = "proctor2", *, accept: bool = True, at: datetime
) -> SheetReopening:
    return reopening.decide(session, world.actor(session, by), row.id or 0, accept=accept, now=at)


def reopen(session: Session, world: World, draft: Draft = MISTAKE, *, at: datetime) -> SheetReopening:
    return decide(session, world, propose(session, world, draft, at=at), at=at)


def seat_of(session: Session, world: World) -> tuple[Seat, Sitting]:
    return session.get_one(Seat, world.seats[0]), session.get_one(Sitting, world.sitting_id)


def left(session: Session, world: World, now: datetime) -> timedelta:
    """How much time the candidate has left."""
    seat, sitting = seat_of(session, world)
    return queries.times_of(sitting, now, seat).ends_at - now


def given(session: Session, world: World) -> dict[int, str]:
    return {one.position: one.choice for one in queries.answers(session, session.get_one(Seat, world.seats[0]))}


def refused(code: str) -> "pytest.RaisesExc[errors.ServiceError]":
    return pytest.raises(errors.ServiceError, match=code)


def test_a_sheet_taken_from_the_wrong_seat_goes_on_with_every_answer_and_all_its_time(at_work: World) -> None:
    at = WORKING_AT + 7 * MINUTE
    with database.writing() as session:
        answers, before = given(session, at_work), left(session, at_work, WORKING_AT)
        collect(session, at_work)
        with refused("already_handed_in"):
            worlds.done(marking.hand_in_own(session, [worlds.machine(session, at_work.seats[0])], now=at)[0])

        row = reopen(session, at_work, at=at)

        seat, sitting = seat_of(session, at_work)
        assert queries.state_of(seat, sitting, at) is SeatState.WORKING
        assert given(session, at_work) == answers
        assert left(session, at_work, at) == before, "what was left as it was taken, and not a second less"
        assert row.ends_at == ENDS_AT + 7 * MINUTE
        # The candidate signs in again, and what is saved from now on counts.
        worlds.save(session, at_work.seats[0], 1, "A", seq=9, now=at + MINUTE)
        assert given(session, at_work)[1] == "A"


def test_what_was_handed_in_before_stays_and_its_receipt_holds(at_work: World) -> None:
    seat_id, ticket = at_work.seats[0], at_work.tickets[at_work.seats[0]]
    whole = {}
    with database.writing() as session:
        collect(session, at_work)
        first = session.get_one(Seat, seat_id).sheet_digest or ""
        answered = len(given(session, at_work))
        row = reopen(session, at_work, at=WORKING_AT + MINUTE)
        whole = answers_losing(session, at_work.sitting_id, 0)
        assert receipts.check(session, ticket, first[:12]) is not None, "while the sheet is open too"
        for position, choice in whole.items():
            worlds.save(session, seat_id, position, choice, seq=9, now=WORKING_AT + 2 * MINUTE)
        worlds.hand_in(session, seat_id, now=WORKING_AT + 3 * MINUTE)

    with database.reading() as session:
        second = session.get_one(Seat, seat_id).sheet_digest or ""
        assert first != second
        before, now = receipts.check(session, ticket, first[:12]), receipts.check(session, ticket, second[:12])
        assert before is not None and now is not None
        assert (before.at, before.by, before.answered) == (WORKING_AT, "proctor", answered)
        assert (now.at, now.by, now.answered) == (WORKING_AT + 3 * MINUTE, "candidate", len(whole))
        assert receipts.check(session, ticket, "0" * 12) is None
        (kept,) = reads.before(session, seat_id)
        assert kept.id == row.id and len(json.loads(kept.choices or "")) == answered


def test_what_is_handed_in_later_is_marked_as_a_version_that_replaces_the_one_before(at_work: World) -> None:
    seat_id = at_work.seats[0]
    with database.writing() as session:
        collect(session, at_work)
        first = results.result_of_seat(session, seat_id)
        assert first is not None and first.points == 90
        reopen(session, at_work, at=WORKING_AT + MINUTE)
        for position, choice in answers_losing(session, at_work.sitting_id, 0).items():
            worlds.save(session, seat_id, position, choice, seq=9, now=WORKING_AT + 2 * MINUTE)
        worlds.hand_in(session, seat_id, now=WORKING_AT + 3 * MINUTE)

        second = results.result_of_seat(session, seat_id)
        assert second is not None
        assert (second.version, second.replaces_id, second.points) == (2, first.id, 100)
        assert sum(one.points for one in standing.of_results(session, [second])[seat_id].values()) == 100
        assert sum(one.points for one in results.marks(session, first.id or 0).values()) == 90, "the first stay"
        # Twice is no more than once but in number: the next one replaces the second.
        reopen(session, at_work, replace(MISTAKE, reason=ReopenReason.MISTAKE), at=WORKING_AT + 4 * MINUTE)
        marking.hand_in_overdue(session, now=AFTER + 10 * MINUTE)
        third = results.result_of_seat(session, seat_id)
        assert third is not None and (third.version, third.replaces_id, third.points) == (3, second.id, 100)
        found = repeating.repeat(session, at_work.sitting_id, now=AFTER + 10 * MINUTE)
        assert (found.sheets, list(found.other_answers), list(found.other_marks)) == (6, [], [])


def test_results_wait_for_the_sheet_and_then_publish_what_was_handed_in_last(at_work: World) -> None:
    seat_id = at_work.seats[0]
    with database.writing() as session:
        collect(session, at_work, ENDS_AT - MINUTE)
        reopen(session, at_work, at=ENDS_AT + 10 * MINUTE)
        marking.hand_in_overdue(session, now=ENDS_AT + 10 * MINUTE)
        assert session.get_one(Seat, seat_id).handed_in_at is None, "the others' time is over, this one's is not"
        # Whoever looks as this one's time runs out, and before the clock has closed it, must find it open as well.
        for now in (ENDS_AT + 10 * MINUTE, ENDS_AT + 30 * MINUTE):
            assert publishing.still_open_in(session, at_work.class_id, now) == 1
            with refused("still_sitting|still_open|open"):
                publish(session, at_work, now)
                raise AssertionError("confirmed over an open sheet")

        marking.hand_in_overdue(session, now=ENDS_AT + 30 * MINUTE)
        assert session.get_one(Seat, seat_id).handed_in_at == ENDS_AT + 11 * MINUTE
        worlds.sign_record(session, at_work, now=ENDS_AT + 31 * MINUTE)
        publish(session, at_work, ENDS_AT + 32 * MINUTE)
        result = results.result_of_seat(session, seat_id)
        assert result is not None and (result.version, result.state, result.points) == (2, "published", 90)
        with refused("record_signed|results_settled"):
            propose(session, at_work, at=ENDS_AT + 33 * MINUTE)


def test_time_that_was_due_is_given_back_after_the_end_up_to_the_cap(at_work: World) -> None:
    """The network fails eight minutes before the end and comes back after it."""
    silent = ENDS_AT - 8 * MINUTE
    with database.writing() as session:
        machine = worlds.machine(session, at_work.seats[0])
        for minutes in range(int((silent - STARTS_AT) / MINUTE) * 2 + 1):
            beat(session, machine, STARTS_AT + minutes * MINUTE / 2)
        marking.hand_in_overdue(session, now=ENDS_AT)
        with refused("no_time_left"):
            propose(session, at_work, at=AFTER)

        for minutes, code in ((9, "more_than_due"), (0, "more_than_due")):
            with refused(code):
                propose(session, at_work, replace(TIME_DUE, minutes=minutes), at=AFTER)
        reopen(session, at_work, replace(TIME_DUE, minutes=8), at=AFTER)

        assert left(session, at_work, AFTER) == 8 * MINUTE
        seat, sitting = seat_of(session, at_work)
        assert queries.state_of(seat, sitting, AFTER) is SeatState.WORKING
        # What was given counts against the cap: nothing of the same silence is proposed once more.
        at = queries.times_of(sitting, AFTER, seat)
        work = timekeeping.work(seat, at, SeatState.WORKING)
        assert timekeeping.ledger(session, sitting, AFTER).loss(seat.id or 0, work).proposed == 0
        marking.hand_in_overdue(session, now=AFTER + 9 * MINUTE)
        assert seat_of(session, at_work)[0].handed_in_at == AFTER + 8 * MINUTE
        # Nobody signed in again, so the machine was silent for eight minutes more: what the cap leaves of them is due.
        seat, sitting = seat_of(session, at_work)
        owed = reads.owed(session, sitting, seat, AFTER + 9 * MINUTE)
        assert owed.due_minutes == min(16, owed.cap_minutes) - 8
        with refused("more_than_due"):
            propose(session, at_work, replace(TIME_DUE, minutes=owed.due_minutes + 1), at=AFTER + 9 * MINUTE)


@pytest.mark.parametrize("paused", ["nothing", "the seat", "the room before", "the room meanwhile", "the room still"])
def test_whatever_clock_stood_still_the_time_left_is_the_same(at_work: World, paused: str) -> None:
    at = WORKING_AT + 10 * MINUTE
    with database.writing() as session:
        proctor = at_work.actor(session, "proctor1")
        room, seat_id = at_work.sitting_id, at_work.seats[0]
        if paused == "the seat":
            clockwork.pause_seat(session, proctor, room, seat_id, "身体不适", now=WORKING_AT - 4 * MINUTE)
        if paused == "the room before":
            clockwork.pause_room(session, proctor, room, "停电", now=WORKING_AT - 4 * MINUTE)
        before = left(session, at_work, WORKING_AT)
        collect(session, at_work)
        if paused == "the room before":
            clockwork.resume_room(session, proctor, room, now=WORKING_AT + 2 * MINUTE)
        if paused in {"the room meanwhile", "the room still"}:
            clockwork.pause_room(session, proctor, room, "停电", now=WORKING_AT + 3 * MINUTE)
        if paused == "the room meanwhile":
            clockwork.resume_room(session, proctor, room, now=WORKING_AT + 6 * MINUTE)

        reopen(session, at_work, at=at)

        assert left(session, at_work, at) == before
        if paused == "the room still":
            clockwork.resume_room(session, proctor, room, now=at + 5 * MINUTE)
            assert left(session, at_work, at + 5 * MINUTE) == before
        else:
            assert left(session, at_work, at + MINUTE) == before - MINUTE, "and it runs"


def test_in_a_resit_a_sheet_is_opened_again_although_the_first_exam_is_published(world: World) -> None:
    with database.writing() as session:
        first_exam(session, world)
        resit = World(**vars(world))
        resit.sitting_id = another_sitting(session, world)
        given_seats = resitting.enrol(session, world.actor(session, "arranger"), resit.sitting_id, now=AFTER)
        resit.seats = [one.id or 0 for one in given_seats]
        sit(session, resit, dict.fromkeys(resit.seats, Fate.FAILED), ("proctor1", "proctor2"))
        closed_at = session.get_one(Seat, resit.seats[0]).handed_in_at
        assert closed_at is not None

        reopen(session, resit, at=closed_at + MINUTE)

        assert session.get_one(Seat, resit.seats[0]).handed_in_at is None
        worlds.hand_in(session, resit.seats[0], now=closed_at + 2 * MINUTE)
        publish(session, resit, closed_at + timedelta(hours=1))
        with refused("record_signed|results_settled"):
            propose(session, resit, at=closed_at + timedelta(hours=1))


def test_one_alone_opens_nothing_and_declining_leaves_everything(at_work: World) -> None:
    with database.writing() as session:
        collect(session, at_work)
        for stranger in ("proctor_elsewhere", "confirmer", "approver"):
            with refused("not_found|right_missing"):
                propose(session, at_work, by=stranger, at=WORKING_AT)
        row = propose(session, at_work, at=WORKING_AT)
        with refused("reopening_waits"):
            propose(session, at_work, by="proctor2", at=WORKING_AT)
        with refused("two_people_needed"):
            decide(session, at_work, row, "proctor1", at=WORKING_AT)
        assert session.get_one(Seat, at_work.seats[0]).handed_in_at == WORKING_AT

        decide(session, at_work, row, "arranger", accept=False, at=WORKING_AT)

        assert session.get_one(Seat, at_work.seats[0]).handed_in_at == WORKING_AT
        with refused("reopening_decided"):
            decide(session, at_work, row, at=WORKING_AT)
        # The next proposal is another one, and an arranger may confirm it.
        decide(session, at_work, propose(session, at_work, at=WORKING_AT), "arranger", at=WORKING_AT)
        assert session.get_one(Seat, at_work.seats[0]).handed_in_at is None
        told = [one for one in journal.about(session, f"seat:{at_work.seats[0]}") if "REOPEN" in one.event]
        assert [one.event for one in told] == [
            "SHEET_REOPEN_PROPOSED",
            "SHEET_REOPEN_DECLINED",
            "SHEET_REOPEN_PROPOSED",
            "SHEET_REOPENED",
        ]
        assert "收错" not in "".join(one.data for one in told), "what happened may name people"


def test_whoever_is_tied_to_the_institution_has_no_hand_in_it(at_work: World) -> None:
    with database.writing() as session:
        collect(session, at_work)
        row = propose(session, at_work, at=WORKING_AT)
        worlds.has_relative(session, at_work, "proctor2")
        with refused("tied_to_institution|not_found|right_missing"):
            decide(session, at_work, row, at=WORKING_AT)
        assert session.get_one(Seat, at_work.seats[0]).handed_in_at == WORKING_AT


def test_what_was_judged_meanwhile_is_asked_again_at_the_confirmation(at_work: World) -> None:
    seat_id = at_work.seats[0]
    with database.writing() as session:
        collect(session, at_work)
        row = propose(session, at_work, at=WORKING_AT)
        proctor = at_work.actor(session, "proctor1")
        noted = minding.report_incident(
            session, proctor, at_work.sitting_id, seat_id, IncidentKind.PHONE, "桌下有手机", now=WORKING_AT
        )
        draft = voiding.Draft(Standing.VOID, IncidentKind.PHONE, "带手机", noted.id or 0)
        voiding.propose(session, at_work.actor(session, "confirmer"), seat_id, draft, now=WORKING_AT)
        with refused("result_under_decision"):
            decide(session, at_work, row, at=WORKING_AT)
        decide(session, at_work, row, accept=False, at=WORKING_AT)


def test_what_was_handed_in_before_is_not_voided_while_the_candidate_goes_on(at_work: World) -> None:
    """The next handing-in replaces that result, so a voiding of it would be gone without anybody's act."""
    seat_id = at_work.seats[0]
    with database.writing() as session:
        collect(session, at_work)
        reopen(session, at_work, at=WORKING_AT)
        proctor = at_work.actor(session, "proctor1")
        noted = minding.report_incident(
            session, proctor, at_work.sitting_id, seat_id, IncidentKind.PHONE, "桌下有手机", now=WORKING_AT
        )
        draft = voiding.Draft(Standing.VOID, IncidentKind.PHONE, "带手机", noted.id or 0)
        with refused("sheet_open_again"):
            voiding.propose(session, at_work.actor(session, "confirmer"), seat_id, draft, now=WORKING_AT)

        worlds.hand_in(session, seat_id, now=WORKING_AT + MINUTE)
        made = voiding.propose(session, at_work.actor(session, "confirmer"), seat_id, draft, now=AFTER)
        publisher = at_work.actor(session, "publisher")
        result = voiding.decide(session, publisher, made.id or 0, uphold=True, note="同意", now=AFTER)
        assert (result.version, result.verdict) == (2, "void")


def test_an_item_is_withdrawn_before_publication_over_a_sheet_that_was_opened_again(at_work: World) -> None:
    seat_id = at_work.seats[0]
    with database.writing() as session:
        keys, sheet = keys_of(session, at_work.sitting_id), answers_losing(session, at_work.sitting_id, 10)
        lost = min(keys.keys() - sheet.keys())
        collect(session, at_work)
        reopen(session, at_work, at=WORKING_AT)
        worlds.hand_in(session, seat_id, now=WORKING_AT + MINUTE)
        result = results.result_of_seat(session, seat_id)
        assert result is not None

        withdraw(session, at_work, lost)

        assert (result.version, result.points) == (2, 90 + keys[lost][1])
        assert sum(one.points for one in results.marks(session, result.id or 0).values()) == 90, "the marks stay"


def withdraw(session: Session, world: World, position: int) -> None:
    draft = withdrawing.Draft(Form.A, position, ItemStanding.WITHDRAWN, "题干与条文不一致")
    made = withdrawing.propose(session, world.actor(session, "confirmer"), world.class_id, draft, now=WORKING_AT)
    publisher = world.actor(session, "publisher")
    withdrawing.decide(session, publisher, made.id or 0, uphold=True, note="同意", now=WORKING_AT)


def test_a_late_answer_waits_while_the_sheet_is_open_again(at_work: World) -> None:
    with database.writing() as session:
        seat_id = at_work.seats[0]
        machine = worlds.machine(session, seat_id)
        bind(session, seat_id, machine)
        beat(session, machine, WORKING_AT - 5 * MINUTE)
        collect(session, at_work)
        entry = belated(at_work.tickets[seat_id], 1, "B", 9, WORKING_AT - 2 * MINUTE)
        late_actions.keep(session, machine, at_work.tickets[seat_id], [entry], now=WORKING_AT)
        reopen(session, at_work, at=WORKING_AT + MINUTE)
        (late,) = session.exec(select(LateAnswer))
        confirmer = at_work.actor(session, "confirmer")
        with refused("sheet_open_again"):
            late_answers.propose(session, confirmer, late.id or 0, accept=True, reason="断线", now=WORKING_AT)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param(-MINUTE, "allowed", id="before the sheet was collected, and not answered again since"),
        pytest.param(3 * MINUTE, "late_made_after", id="while the sheet was closed, when nobody else could answer"),
    ],
)
def test_what_was_answered_while_the_sheet_was_closed_is_never_accepted(
    at_work: World, made: timedelta, code: str
) -> None:
    with database.writing() as session:
        late_id = _late_before_the_reopening(session, at_work, WORKING_AT + made, seq=1)
        worlds.hand_in(session, at_work.seats[0], now=WORKING_AT + 9 * MINUTE)
        assert _judged(session, late_id).code == code


def test_what_was_answered_after_the_reopening_is_newer_whatever_the_machine_counted(at_work: World) -> None:
    """What came late left the machine, so that it counts on from what the server has: numbers come twice."""
    with database.writing() as session:
        late_id = _late_before_the_reopening(session, at_work, WORKING_AT - MINUTE, seq=9)
        position = session.get_one(LateAnswer, late_id).position
        worlds.save(session, at_work.seats[0], position, "A", seq=2, now=WORKING_AT + 8 * MINUTE)
        worlds.hand_in(session, at_work.seats[0], now=WORKING_AT + 9 * MINUTE)
        assert _judged(session, late_id).code == "late_not_newest"


def test_what_goes_over_to_paper_after_the_reopening_is_decided_on_once_it_was_copied(at_work: World) -> None:
    """Until then the result is that of what was handed in before, and whatever changed it would be gone."""
    seat_id = at_work.seats[0]
    with database.writing() as session:
        late_id = _late_before_the_reopening(session, at_work, WORKING_AT - MINUTE, seq=1)
        (sheet,) = on_paper.collected(session, at_work, [seat_id])
        marking.hand_in_overdue(session, now=AFTER + 10 * MINUTE)
        confirmer, publisher = at_work.actor(session, "confirmer"), at_work.actor(session, "publisher")
        assert session.get_one(Seat, seat_id).handed_in_at is not None
        assert publishing.still_open_in(session, at_work.class_id, AFTER) == 1
        with refused("sheet_open_again"):
            late_answers.propose(session, confirmer, late_id, accept=True, reason="断线", now=AFTER)

        for who in ("marker1", "marker2"):
            on_paper.enter(session, at_work, sheet, who, {})
        late_answers.propose(session, confirmer, late_id, accept=True, reason="断线", now=AFTER)
        late_answers.decide(session, publisher, late_id, accept=True, reason="断线", now=AFTER)

        result, position = results.result_of_seat(session, seat_id), session.get_one(LateAnswer, late_id).position
        assert result is not None and result.version == 2
        assert results.counting(session, result.id or 0)[position].choice == "B"


def test_what_a_machine_that_was_left_sent_while_the_sheet_is_open_waits_for_the_marks(world: World) -> None:
    """Nobody has closed that sheet yet, and nobody is told that it was opened again."""
    with database.writing() as session:
        worlds.begin_exam(session, world)
        seat_id, ticket = world.seats[0], world.tickets[world.seats[0]]
        machine = worlds.machine(session, seat_id)
        bind(session, seat_id, machine)
        worlds.start(session, seat_id)
        beat(session, machine, WORKING_AT - 2 * MINUTE)
        proctoring.release_seat(session, world.actor(session, "proctor1"), seat_id, "换机", now=WORKING_AT)
        late_actions.keep(session, machine, ticket, [belated(ticket, 1, "B", 1, WORKING_AT - MINUTE)], now=WORKING_AT)
        (late,) = session.exec(select(LateAnswer))
        confirmer = world.actor(session, "confirmer")
        with refused("late_not_marked"):
            late_answers.propose(session, confirmer, late.id or 0, accept=True, reason="断线", now=WORKING_AT)


def _late_before_the_reopening(session: Session, world: World, made: datetime, seq: int) -> int:
    """A machine without network is not told that its sheet is collected, and sends an answer before it is opened."""
    seat_id = world.seats[0]
    machine, ticket = worlds.machine(session, seat_id), world.tickets[seat_id]
    bind(session, seat_id, machine)
    beat(session, machine, WORKING_AT - 2 * MINUTE)
    collect(session, world)
    missed = min(keys_of(session, world.sitting_id).keys() - given(session, world).keys())
    late_actions.keep(session, machine, ticket, [belated(ticket, missed, "B", seq, made)], now=WORKING_AT + 5 * MINUTE)
    reopen(session, world, at=WORKING_AT + 6 * MINUTE)
    beat(session, worlds.machine(session, seat_id), WORKING_AT + 7 * MINUTE)
    return session.exec(select(LateAnswer)).one().id or 0


def _judged(session: Session, late_id: int) -> Decision:
    (found,) = evidence.examine(session, late_queries.lines(session, late_queries.listing(late_id=late_id)))
    return found.rule


@pytest.fixture
def with_a_text(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """The evening before an exam with a free text on its paper."""
    with databases.copy("evening_with_a_text", essays.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


def test_a_text_that_a_marker_was_handed_keeps_its_sheet_closed_and_others_are_dealt_anew(with_a_text: World) -> None:
    world = with_a_text
    with database.writing() as session:
        worlds.begin_exam(session, world)
        place = essays.written_at(session, world.sitting_id)
        for seat_id in world.seats[:2]:
            worlds.start(session, seat_id)
            worlds.save(session, seat_id, place, "撤出人员", now=WORKING_AT)
        worlds.hand_in(session, world.seats[0], now=WORKING_AT)
        assert written.unsettled(session, world.class_id) == 1
        reopen(session, world, at=WORKING_AT)
        assert written.unsettled(session, world.class_id) == 0, "nobody is handed what its author is still writing"
        worlds.save(session, world.seats[0], place, "撤出人员并报告", seq=2, now=WORKING_AT)
        worlds.hand_in(session, world.seats[0], now=WORKING_AT)
        (text,) = written.of_seat(session, world.seats[0])
        assert (text.answer, text.version) == ("撤出人员并报告", 1)

        grading.take_next(session, world.actor(session, "marker1"), world.class_id, now=WORKING_AT)
        with refused("marking_begun"):
            propose(session, world, at=WORKING_AT)


def test_the_database_itself_keeps_what_was_handed_in_before(at_work: World) -> None:
    with database.writing() as session:
        collect(session, at_work)
        reopen(session, at_work, at=WORKING_AT)
    for statement in (
        sa.update(SheetReopening).values(choices="{}"),
        sa.update(SheetReopening).values(note="另一个原因"),
        sa.delete(SheetReopening),
    ):
        with pytest.raises(sa.exc.IntegrityError, match="never changes"), database.writing() as session:
            session.execute(statement)
    with database.writing() as session:
        # What waits may be decided, and two people are two in the table as well.
        row = session.exec(select(SheetReopening)).one()
        again = SheetReopening(**row.model_dump(exclude={"id", "decided_at", "decided_by", "confirmed"}))
        again.choices = again.seconds = again.ends_at = None
        session.add(again)
        session.flush()
        again.decided_at, again.decided_by, again.confirmed = WORKING_AT, again.proposed_by, False
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        session.rollback()


def test_the_room_record_tells_of_it(at_work: World) -> None:
    with database.writing() as session:
        view = queries.view(session, at_work.sitting_id)
        assert view is not None
        assert "reopened" not in recording.content(session, view), "records signed before still say the same"
        collect(session, at_work)
        reopen(session, at_work, at=WORKING_AT + MINUTE)
        (told,) = recording.content(session, view)["reopened"]
        assert (told["seat"], told["reason"], told["closed_at"], told["at"]) == (
            session.get_one(Seat, at_work.seats[0]).number,
            "wrong_seat",
            WORKING_AT,
            WORKING_AT + MINUTE,
        )


# --- over HTTP ---


def test_over_http_the_board_says_what_comes_next(at_work: World, browser: Browser, clock: Clock) -> None:
    clock.set(WORKING_AT)
    seat_id = at_work.seats[0]
    place = f"/api/v1/sittings/seats/{seat_id}"
    body = {"reason": "wrong_seat", "note": "收错了座位", "minutes": 2, "away_minutes": 1}

    def on_the_board() -> tuple[str, str]:
        board = browser.of("proctor2").get(f"/api/v1/sittings/{at_work.sitting_id}/board").json()
        seat = next(one for one in board["seats"] if one["seat_id"] == seat_id)
        return seat["state"], seat["next"]

    assert browser.of("proctor1").post(f"{place}/collection").status_code == 200
    assert on_the_board() == ("handed_in", "none")
    strangers = {who: browser.of(who).post(f"{place}/reopenings", json=body).status_code for who in ("confirmer",)}
    assert strangers == {"confirmer": 403}
    assert browser.of("proctor_elsewhere").post(f"{place}/reopenings", json=body).status_code == 404
    assert (
        browser.of("proctor1").post(f"{place}/reopenings", json=body | {"note": " "}).json()["code"] == "note_missing"
    )
    made = browser.of("proctor1").post(f"{place}/reopenings", json=body)
    assert made.status_code == 201, made.text
    assert on_the_board() == ("handed_in", "confirm_reopening")
    for who, path in (
        ("proctor1", f"/results/reopenings/{at_work.sitting_id}"),
        ("proctor2", f"/results/reopenings/{at_work.sitting_id}"),
        ("arranger", "/results/reopenings"),
        ("proctor1", "/results/reopenings"),
    ):
        page = browser.of(who).get(path)
        assert page.status_code == 200 and "收错了座位" in page.text, path
    assert browser.of("proctor_elsewhere").get(f"/results/reopenings/{at_work.sitting_id}").status_code == 404
    number = made.json()["id"]
    decision = f"/api/v1/sittings/reopenings/{number}/decision"
    assert browser.of("proctor1").post(decision, json={"accept": True}).json()["code"] == "two_people_needed"

    done = browser.of("proctor2").post(decision, json={"accept": True})

    assert done.status_code == 200 and done.json()["confirmed"] is True
    assert on_the_board() == ("working", "sign_in_again")
    listed = browser.of("arranger").get(f"/api/v1/sittings/{at_work.sitting_id}/reopenings").json()
    assert [(one["id"], one["minutes"]) for one in listed] == [(number, 2)]
    assert datetime.fromisoformat(listed[0]["ends_at"]) >= ENDS_AT + 2 * MINUTE, "and the time that it was closed"
    answers = browser.of("confirmer").get(f"/api/v1/sittings/reopenings/{number}/answers")
    assert answers.status_code == 200 and len(answers.json()["choices"]) > 0
    with database.reading() as session:
        looked = [one for one in journal.about(session, f"seat:{seat_id}") if one.event == "SHEET_BEFORE_READ"]
    assert [json.loads(one.data)["reopening"] for one in looked] == [number], "looking is an act too"
    assert browser.of("proctor1").get(f"/api/v1/sittings/reopenings/{number}/answers").status_code == 403
    with database.reading() as session:
        trainee = session.get_one(Seat, seat_id).trainee_id
    candidate = browser.candidate(at_work, seat_id, trainee)
    exam = candidate.post("/api/v1/exam/start")
    assert exam.status_code == 200
    assert candidate.post("/api/v1/exam/hand-in").status_code == 200
    assert on_the_board() == ("handed_in", "none")
    record = browser.of("proctor1").get(f"/proctor/sittings/{at_work.sitting_id}/record")
    assert record.status_code in {200, 404, 409}
