"""Switching a room to the other form by two people: before the start, in the middle, and never by one alone."""

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.papers import queries as papers
from service.papers.actions import keys
from service.papers.rules.states import Form, PaperState
from service.results import queries as results
from service.sittings import queries
from service.sittings.actions import binding, breaking, clockwork, evidence, late, proctoring, saving, switching
from service.sittings.actions.binding import Browser as Shown
from service.sittings.actions.late import Belated
from service.sittings.actions.recording import print_record
from service.sittings.actions.saving import Change
from service.sittings.actions.switching import Draft
from service.sittings.queries import SittingView, recording
from service.sittings.queries import late as late_queries
from service.sittings.queries import switching as reads
from service.sittings.rules import switching as rules
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.phases import Phase
from service.sittings.rules.switching import Hand, Room, SwitchReason
from service.sittings.tables import ArchivedAnswer, ArchivedSheet, FormSwitch, LateAnswer, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.sittings.test_late import SPKI, beat, belated
from tests.world import CHECK_IN_AT, STARTS_AT, WORKING_AT, World

LEAK = Draft(SwitchReason.LEAK, "考场外有人传题")
MOMENT = timedelta(minutes=1)
GOOD = Room(Phase.RUNNING, False, False, 0, PaperState.OPENED, True, False)
PROCTOR, ARRANGER, APPROVER = (frozenset({hand}) for hand in Hand)


# --- rules ---


@pytest.mark.parametrize(
    ("room", "code"),
    [
        pytest.param(GOOD, "allowed", id="in the middle"),
        *(
            pytest.param(replace(GOOD, phase=phase, paper=PaperState.SEALED), "allowed", id=str(phase))
            for phase in (Phase.PLANNED, Phase.CHECK_IN, Phase.PAUSED)
        ),
        pytest.param(replace(GOOD, phase=Phase.ENDED), "sitting_ended", id="over"),
        pytest.param(replace(GOOD, cancelled=True), "sitting_cancelled", id="cancelled"),
        pytest.param(
            replace(GOOD, rehearsal=True, has_other=False, paper=None), "rehearsal_has_no_spare", id="rehearsal"
        ),
        pytest.param(replace(GOOD, closed=1), "sheets_closed", id="somebody has handed in"),
        pytest.param(replace(GOOD, has_other=False), "no_spare", id="one form"),
        pytest.param(replace(GOOD, paper=PaperState.APPROVED), "no_spare", id="not sealed"),
        pytest.param(replace(GOOD, spent=True), "spare_spent", id="no way back"),
    ],
)
def test_when_a_room_may_be_switched(room: Room, code: str) -> None:
    assert rules.may_switch(room).code == code


@pytest.mark.parametrize(
    ("hands", "proposing", "confirming"),
    [
        (PROCTOR, "allowed", "allowed"),
        (ARRANGER, "allowed", "not_confirming"),
        (APPROVER, "not_proposing", "allowed"),
        (frozenset(), "not_proposing", "not_confirming"),
    ],
)
def test_who_proposes_and_who_confirms(hands: frozenset[Hand], proposing: str, confirming: str) -> None:
    assert rules.may_propose(GOOD, hands, SwitchReason.LEAK, "", waiting=False).code == proposing
    asked = {"decided": False, "same_person": False, "accept": True}
    assert rules.may_confirm(GOOD, hands, **asked).code == confirming


def test_a_proposal_is_one_at_a_time_and_decided_once_by_somebody_else() -> None:
    assert rules.may_propose(GOOD, PROCTOR, SwitchReason.OTHER, " ", waiting=False).code == "note_missing"
    assert rules.may_propose(GOOD, PROCTOR, SwitchReason.LEAK, "", waiting=True).code == "switch_waits"
    asked = {"decided": False, "same_person": True, "accept": True}
    assert rules.may_confirm(GOOD, PROCTOR, **asked).code == "two_people_needed"
    assert rules.may_confirm(GOOD, PROCTOR, decided=True, same_person=False, accept=True).code == "switch_decided"
    over = replace(GOOD, phase=Phase.ENDED)
    assert rules.may_confirm(over, PROCTOR, decided=False, same_person=False, accept=True).code == "sitting_ended"
    assert rules.may_confirm(over, PROCTOR, decided=False, same_person=False, accept=False).allowed


# --- on real databases ---


def propose(session: Session, world: World, by: str = "proctor1", *, at: datetime = WORKING_AT) -> FormSwitch:
    return switching.propose(session, world.actor(session, by), world.sitting_id, LEAK, now=at)


def decide(
    session: Session, world: World, made: FormSwitch, by: str = "proctor2", *, accept: bool = True, at: datetime
) -> FormSwitch:
    return switching.decide(session, world.actor(session, by), made.id or 0, accept=accept, now=at)


def switch(session: Session, world: World, *, at: datetime = WORKING_AT) -> FormSwitch:
    return decide(session, world, propose(session, world, at=at), at=at + MOMENT)


def sitting_of(session: Session, world: World) -> Sitting:
    found = queries.sitting(session, world.sitting_id)
    assert found is not None
    return found


def letter(session: Session, world: World) -> str:
    form = papers.form(session, sitting_of(session, world).form_id or 0)
    assert form is not None
    return form.letter


def sitting_view(session: Session, world: World) -> SittingView:
    found = queries.view(session, world.sitting_id)
    assert found is not None
    return found


def work(session: Session, world: World) -> None:
    """Two candidates work on form A and have answered something."""
    worlds.begin_exam(session, world)
    for seat_id in world.seats[:2]:
        worlds.start(session, seat_id)
        worlds.save(session, seat_id, 1, "A", seq=7)
        worlds.save(session, seat_id, 2, "B", seq=3)


def open_by_both(session: Session, world: World, at: datetime) -> None:
    for username in ("proctor1", "proctor2"):
        worlds.open_paper(session, world.actor(session, username), world.sitting_id, now=at)


def test_before_the_start_only_the_form_changes(world: World) -> None:
    with database.writing() as session:
        planned = sitting_of(session, world).starts_at
        made = propose(session, world, "arranger", at=CHECK_IN_AT)
        assert letter(session, world) == Form.A, "one person alone changes nothing"
        decide(session, world, made, "approver", at=CHECK_IN_AT + MOMENT)

        sitting = sitting_of(session, world)
        assert (letter(session, world), sitting.began_at, sitting.starts_at) == (Form.B, None, planned)
        assert session.exec(select(ArchivedSheet)).all() == []
        open_by_both(session, world, STARTS_AT - 10 * MOMENT)
        forms = papers.forms(session, world.paper_id)
        assert (forms[Form.A].opened_at, forms[Form.B].opened_at is not None) == (None, True)


def test_in_the_middle_the_sheets_are_archived_and_everybody_begins_anew_with_the_whole_time(world: World) -> None:
    with database.writing() as session:
        work(session, world)
        made = switch(session, world)
        at = WORKING_AT + MOMENT

        kept = [(one.seat_id, one.position, one.choice, one.seq) for one in reads.archived(session, made.id or 0)]
        assert kept == [
            (seat, position, choice, seq)
            for seat in sorted(world.seats[:2])
            for position, choice, seq in ((1, "A", 7), (2, "B", 3))
        ]
        sheets = session.exec(select(ArchivedSheet)).all()
        assert {one.seat_id for one in sheets} == set(world.seats[:2])
        seats = queries.seats_of(session, world.sitting_id)
        assert [one.started_at for one in seats] == [None] * len(seats)
        assert all(queries.answers(session, one) == [] for one in seats)
        told = session.execute(sa.text("SELECT text FROM sittings_message")).scalars().all()
        assert len(told) == 1 and "B卷" in told[0]

        # Nobody works before two people have opened form B too, and then for the whole duration.
        with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
            worlds.start(session, world.seats[0], now=at)
        opened_at = at + 5 * MOMENT
        open_by_both(session, world, opened_at)
        times = queries.times_of(sitting_of(session, world), opened_at)
        assert (times.starts_at, times.ends_at) == (opened_at, opened_at + 90 * MOMENT)
        exam = worlds.start(session, world.seats[0], now=opened_at)
        assert (len(exam.questions), list(exam.answers)) == (50, [])
        assert worlds.save(session, world.seats[0], 1, "C", seq=1, now=opened_at) == 1


def test_whose_clock_stood_still_when_the_room_went_over_begins_anew_when_it_is_started(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        work(session, world)
        proctor = world.actor(session, "proctor1")
        clockwork.pause_seat(session, proctor, world.sitting_id, seat_id, "头晕", now=WORKING_AT - MOMENT)
        switch(session, world)
        opened_at = WORKING_AT + 10 * MOMENT
        open_by_both(session, world, opened_at)
        with pytest.raises(errors.WrongState, match=r"^exam_paused:"):
            worlds.start(session, seat_id, now=opened_at)

        clockwork.resume_seat(session, proctor, world.sitting_id, seat_id, now=opened_at + MOMENT)
        worlds.start(session, seat_id, now=opened_at + MOMENT)

        seat = queries.seat(session, seat_id)
        ends_at = queries.times_of(sitting_of(session, world), opened_at + MOMENT, seat).ends_at
        assert ends_at == opened_at + 91 * MOMENT


def test_a_room_that_stood_still_gets_the_whole_duration_and_the_minutes_it_was_given(world: World) -> None:
    with database.writing() as session:
        work(session, world)
        proctor = world.actor(session, "proctor1")
        clockwork.pause_room(session, proctor, world.sitting_id, "疏散", now=WORKING_AT)
        clockwork.resume_room(session, proctor, world.sitting_id, now=WORKING_AT + 10 * MOMENT)
        clockwork.add_time_to_room(session, proctor, world.sitting_id, 5, "补时", None, now=WORKING_AT + 11 * MOMENT)
        at = WORKING_AT + 12 * MOMENT
        switch(session, world, at=at - MOMENT)

        times = queries.times_of(sitting_of(session, world), at)
        assert times.ends_at == at + 95 * MOMENT


def test_the_sheet_is_marked_by_the_key_of_the_new_form(world: World) -> None:
    with database.writing() as session:
        work(session, world)
        switch(session, world)
        at = WORKING_AT + 10 * MOMENT
        open_by_both(session, world, at)
        form_b = papers.forms(session, world.paper_id)[Form.B].id or 0
        right = keys.use_key(session, form_b, "system", "test", now=at)
        worlds.start(session, world.seats[0], now=at)
        for position, entry in right.items():
            worlds.save(session, world.seats[0], position, entry.key, now=at)
        worlds.hand_in(session, world.seats[0], now=at)
        found = results.result_of_seat(session, world.seats[0])
        assert found is not None and found.points == 100


def test_an_answer_to_the_form_that_was_given_up_is_none_to_the_new_one(world: World) -> None:
    with database.writing() as session:
        work(session, world)
        form_a, seat_id = sitting_of(session, world).form_id or 0, world.seats[0]
        machine = worlds.machine(session, seat_id)
        stale = Change(machine, 1, "D", False, 9, form_a)
        assert saving.save(session, [stale._replace(seq=8)], now=WORKING_AT) == [8], "it is one while the form is sat"
        switch(session, world)
        at = WORKING_AT + 10 * MOMENT
        open_by_both(session, world, at)
        worlds.start(session, seat_id, now=at)

        [refused] = saving.save(session, [stale], now=at)

        assert isinstance(refused, errors.WrongState) and refused.code == "paper_switched"
        # What a machine could not send in time is not kept as evidence either, where it was made before the switch.
        worlds.hand_in(session, seat_id, now=at + MOMENT)
        seat = queries.seat(session, seat_id)
        assert seat is not None
        made = Belated(1, "D", False, 9, WORKING_AT, WORKING_AT.isoformat(), "")
        with pytest.raises(errors.WrongState, match=r"^paper_switched:"):
            late.keep(session, machine, seat.ticket_number, [made], now=at + 2 * MOMENT)


def cut_off(session: Session, world: World) -> Machine:
    """A machine with a key that is heard on form A for the last time, while its room goes over to form B."""
    machine = worlds.machine(session, world.seats[0])
    seat = queries.seat(session, world.seats[0])
    assert seat is not None
    binding.bind(session, seat, machine.token_digest, Shown(SPKI), now=STARTS_AT)
    beat(session, machine, WORKING_AT - MOMENT)
    switch(session, world)
    open_by_both(session, world, WORKING_AT + 2 * MOMENT)
    return machine


AFTERWARDS = WORKING_AT + 5 * MOMENT
# Whether the change names form A or B or none, whether the machine was heard on form B, and what becomes of it.
GIVEN: dict[str, tuple[str, bool, str]] = {
    "to form A while cut off": ("A", False, "paper_switched"),
    "to form A, by a machine that was heard": ("A", True, "paper_switched"),
    "to form B": ("B", True, ""),
    "by an old page that never heard of the switch": ("", False, "late_form_unknown"),
    "by an old page that was heard since": ("", True, ""),
}


@pytest.mark.parametrize("open_still", [True, False], ids=["sheet open", "sheet closed"])
@pytest.mark.parametrize(("named", "heard", "code"), GIVEN.values(), ids=GIVEN)
def test_what_is_answered_to_form_a_after_the_switch_is_neither_an_answer_nor_evidence(
    world: World, named: str, heard: bool, code: str, open_still: bool
) -> None:
    with database.writing() as session:
        work(session, world)
        machine, seat_id = cut_off(session, world), world.seats[0]
        if heard:
            beat(session, machine, AFTERWARDS - MOMENT)
        worlds.start(session, seat_id, now=AFTERWARDS - MOMENT)
        if not open_still:
            worlds.hand_in(session, seat_id, now=AFTERWARDS + MOMENT)
        forms = {str(one): form.id or 0 for one, form in papers.forms(session, world.paper_id).items()}
        one = belated(world.tickets[seat_id], 1, "D", 9, AFTERWARDS, paper=forms.get(named, 0))
        with pytest.raises(errors.WrongState, match=rf"^{code}:") if code else nullcontext():
            late.keep(session, machine, world.tickets[seat_id], [one], now=AFTERWARDS + 2 * MOMENT)

        saved, evident = not code and open_still, not code and not open_still
        seat = queries.seat(session, seat_id)
        assert seat is not None
        assert [row.choice for row in queries.answers(session, seat)] == ["D"] * saved
        kept = session.exec(select(LateAnswer)).all()
        assert [(row.paper, row.signature_good) for row in kept] == [(one.paper, True)] * evident


def test_evidence_that_came_before_the_switch_is_none_after_it(world: World) -> None:
    """A machine that was left behind is heard while the sheet is open; its form may be given up only after that."""
    with database.writing() as session:
        work(session, world)
        old, seat_id = worlds.machine(session, world.seats[0]), world.seats[0]
        seat = queries.seat(session, seat_id)
        assert seat is not None
        binding.bind(session, seat, old.token_digest, Shown(SPKI), now=STARTS_AT)
        beat(session, old, WORKING_AT - 10 * MOMENT)
        moved_at = WORKING_AT - MOMENT
        proctoring.release_seat(session, world.actor(session, "proctor1"), seat_id, "换机", now=moved_at)
        form_a = sitting_of(session, world).form_id or 0
        entries = [
            belated(seat.ticket_number, 3, "C", 1, moved_at - MOMENT, paper=form_a),
            belated(seat.ticket_number, 4, "C", 1, moved_at - MOMENT),
        ]
        late.keep(session, old, seat.ticket_number, entries, now=moved_at)
        rules = [
            one.rule.code for one in evidence.examine(session, late_queries.lines(session, late_queries.listing()))
        ]
        assert rules == ["allowed", "allowed"], "for the form that is sat it is evidence"

        switch(session, world)
        open_by_both(session, world, AFTERWARDS)
        worlds.start(session, seat_id, now=AFTERWARDS)
        worlds.hand_in(session, seat_id, now=AFTERWARDS + MOMENT)
        rules = [
            one.rule.code for one in evidence.examine(session, late_queries.lines(session, late_queries.listing()))
        ]
        assert rules == ["paper_switched", "paper_switched"]


def test_one_room_switches_for_itself(world: World) -> None:
    with database.writing() as session:
        first = sitting_of(session, world)
        twin = Sitting(**first.model_dump(exclude={"id"}))
        session.add(twin)
        session.flush()
        work(session, world)
        switch(session, world)
        session.refresh(twin)
        forms = papers.forms(session, world.paper_id)
        assert (twin.form_id, sitting_of(session, world).form_id) == (forms[Form.A].id, forms[Form.B].id)


def test_nobody_switches_alone_twice_or_from_elsewhere(world: World) -> None:
    with database.writing() as session:
        for stranger in ("proctor_elsewhere",):
            with pytest.raises(errors.NotFound):
                propose(session, world, stranger)
        for stranger in ("institution", "auditor", "custodian1", "administrator"):
            with pytest.raises(errors.RightMissing):
                propose(session, world, stranger)
        with pytest.raises(errors.Refused, match=r"^not_proposing:"):
            propose(session, world, "approver")
        worlds.begin_exam(session, world)
        made = propose(session, world)
        with pytest.raises(errors.Refused, match=r"^two_people_needed:"):
            decide(session, world, made, "proctor1", at=WORKING_AT)
        with pytest.raises(errors.Refused, match=r"^not_confirming:"):
            decide(session, world, made, "arranger", at=WORKING_AT)
        with pytest.raises(errors.WrongState, match=r"^switch_waits:"):
            propose(session, world, "proctor2")
        decide(session, world, made, accept=False, at=WORKING_AT)
        assert letter(session, world) == Form.A
        again = switch(session, world)
        with pytest.raises(errors.WrongState, match=r"^switch_decided:"):
            decide(session, world, again, at=WORKING_AT)
        with pytest.raises(errors.Refused, match=r"^spare_spent:"):
            propose(session, world, at=WORKING_AT + 2 * MOMENT)


def test_a_room_in_which_somebody_has_handed_in_stays_with_its_form(world: World) -> None:
    with database.writing() as session:
        work(session, world)
        made = propose(session, world)
        worlds.hand_in(session, world.seats[0])
        with pytest.raises(errors.WrongState, match=r"^sheets_closed:"):
            decide(session, world, made, at=WORKING_AT + MOMENT)
        assert decide(session, world, made, accept=False, at=WORKING_AT + MOMENT).confirmed is False


def test_the_record_has_both_hands_and_the_digests_of_what_was_given_up(world: World) -> None:
    with database.writing() as session:
        work(session, world)
        switch(session, world)
        entries = [one for one in journal.about(session, f"sitting:{world.sitting_id}") if "SWITCH" in one.event]
        assert [one.event for one in entries] == ["SWITCH_PROPOSED", "SWITCH_DECIDED"]
        first, second = (json.loads(one.data) for one in entries)
        assert (first["reason"], first["form"], first["paper"]) == ("leak", "B", world.paper_id)
        assert LEAK.note not in entries[0].data
        digests = {str(one.seat_id): one.digest for one in session.exec(select(ArchivedSheet))}
        assert (second["confirmed"], second["sheets"]) == (True, digests)
        assert len(digests) == 2


def test_the_room_record_tells_of_the_switch_and_of_break_glass_and_of_neither_where_there_was_none(
    world: World,
) -> None:
    with database.writing() as session:
        quiet = recording.content(session, sitting_view(session, world))
        assert {"switches", "broken_open"} & set(quiet) == set()
        work(session, world)
        switch(session, world)
        at = WORKING_AT + 5 * MOMENT
        for username, reason in (("custodian1", "监考员受伤"), ("custodian2", "")):
            actor = world.actor(session, username)
            breaking.break_open(session, actor, world.paper_id, Form.B, reason, worlds.hand(session, actor), now=at)
        told = recording.content(session, sitting_view(session, world))

        assert told["broken_open"] == [
            {"at": at, "form": "B", "reason": "监考员受伤", "by": ["custodian1", "custodian2"]}
        ]
        [one] = told["switches"]
        assert (one["before"], one["after"], one["reason"], one["sheets"]) == ("A", "B", "leak", 2)
        assert (one["proposed_by"], one["decided_by"]) == ("proctor1", "proctor2")
        pdf = print_record(session, world.actor(session, "proctor1"), world.sitting_id, now=at)
        assert pdf.startswith(b"%PDF")


@pytest.mark.parametrize("statement", ["UPDATE {} SET seat_id = seat_id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", [ArchivedSheet, ArchivedAnswer])
def test_the_database_refuses_to_change_what_was_archived(world: World, table: type, statement: str) -> None:
    with database.writing() as session:
        work(session, world)
        switch(session, world)
    with pytest.raises(sa.exc.DatabaseError, match="archived answers never change"), database.writing() as session:
        session.execute(sa.text(statement.format(table.__tablename__)))


def test_over_http_the_machine_hears_of_it_and_pages_show_it(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
    clock.set(WORKING_AT)
    seat_id, path = world.seats[0], f"/api/v1/sittings/{world.sitting_id}/switches"
    candidate = browser.candidate(world, seat_id, world.trainees[0])
    before = candidate.post("/api/v1/exam/start").json()
    beat = {"made_at": WORKING_AT.isoformat()}
    assert candidate.post("/api/v1/exam/heartbeat", json=beat).json()["paper"] == before["paper"]

    assert browser.of("proctor1").post(path, json={"reason": "why"}).status_code == 422
    assert browser.of("proctor1").post(path, json={"reason": "other"}).json()["code"] == "note_missing"
    assert browser.of("institution").post(path, json={"reason": "leak"}).json()["code"] == "right_missing"
    made = browser.of("proctor1").post(path, json={"reason": "leak", "note": "传题"}).json()
    assert (made["before"], made["after"], made["confirmed"]) == ("A", "B", None)
    for username in ("approver", "proctor2", "arranger"):
        assert "传题" in browser.of(username).get("/sittings/switches").text
    assert "传题" not in browser.of("proctor_elsewhere").get("/sittings/switches").text
    assert browser.of("proctor_elsewhere").get(f"/sittings/{world.sitting_id}/switch").status_code == 404
    assert "确认换卷" in browser.of("proctor2").get(f"/sittings/{world.sitting_id}/switch").text
    decision = f"/api/v1/sittings/switches/{made['id']}/decision"
    assert browser.of("approver").post(decision, json={"accept": True}).json()["sheets"] == 1

    pulse = candidate.post("/api/v1/exam/heartbeat", json=beat).json()
    assert pulse["paper"] != before["paper"]
    assert (pulse["state"], pulse["opened"], len(pulse["messages"])) == ("admitted", False, 1)
    answers = f"/api/v1/sittings/switches/{made['id']}/answers"
    assert browser.of("confirmer").get(answers).json() == []
    assert browser.of("proctor1").get(answers).json()["code"] == "right_missing"
    assert browser.of("confirmer").get("/api/v1/sittings/switches/999/answers").status_code == 404
