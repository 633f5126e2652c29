"""Answering on paper: declared by two, the machine takes nothing from then on, and the clock waits for both."""

import json
from dataclasses import replace
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.access.actions import ending
from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.papers.rules import answers
from service.results import queries as results
from service.results.actions import marking
from service.sittings import queries
from service.sittings.actions import handing_in, on_paper, receipts, sitting_exam, switching
from service.sittings.actions.on_paper import Declaration
from service.sittings.actions.recording import print_record
from service.sittings.actions.switching import Draft
from service.sittings.queries import on_paper as reads
from service.sittings.queries import recording
from service.sittings.rules import on_paper as rules
from service.sittings.rules import transcribing
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.on_paper import PaperReason, PaperStage, Place, Precedence
from service.sittings.rules.phases import Phase
from service.sittings.rules.seats import SeatState
from service.sittings.rules.switching import Hand, SwitchReason
from service.sittings.tables import PaperSheet, Seat
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.results import sheets
from tests.results.sheets import MOMENT
from tests.world import ENDS_AT, WORKING_AT, World

PROCTOR, ARRANGER = frozenset({Hand.PROCTOR}), frozenset({Hand.ARRANGER})
GOOD = Place(Phase.RUNNING, False, False, True, 6, SeatState.WORKING)


# --- rules ---


@pytest.mark.parametrize(
    ("place", "code"),
    [
        pytest.param(GOOD, "allowed", id="at work"),
        pytest.param(replace(GOOD, phase=Phase.PAUSED, seat=SeatState.PAUSED), "allowed", id="while the room stands"),
        pytest.param(replace(GOOD, seat=SeatState.ADMITTED), "allowed", id="admitted, never began"),
        *(
            pytest.param(replace(GOOD, phase=phase), "not_running_on_paper", id=str(phase))
            for phase in (Phase.PLANNED, Phase.CHECK_IN, Phase.ENDED)
        ),
        pytest.param(replace(GOOD, rehearsal=True), "rehearsal_without_paper", id="rehearsal"),
        pytest.param(replace(GOOD, cancelled=True), "sitting_cancelled", id="cancelled"),
        pytest.param(replace(GOOD, opened=False), "paper_not_opened", id="sealed"),
        pytest.param(replace(GOOD, printed=0), "nothing_printed", id="no copy"),
        pytest.param(replace(GOOD, declared=True), "declared_already", id="twice"),
        *(
            pytest.param(replace(GOOD, seat=state), "seat_not_working", id=str(state))
            for state in SeatState
            if state not in {SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED}
        ),
    ],
)
def test_when_a_seat_may_go_over_to_paper(place: Place, code: str) -> None:
    for hands in (PROCTOR, ARRANGER):
        assert rules.may_declare(place, hands, PaperReason.POWER, "").code == code


def test_who_declares_and_why() -> None:
    for hands in (frozenset(), frozenset({Hand.APPROVER})):
        assert rules.may_declare(GOOD, hands, PaperReason.POWER, "").code == "not_declaring"
    assert rules.may_declare(GOOD, PROCTOR, PaperReason.OTHER, " ").code == "note_missing"
    assert rules.may_declare(GOOD, PROCTOR, PaperReason.OTHER, "考生手臂受伤").allowed


@pytest.mark.parametrize(
    ("given", "accepting", "declining"),
    [
        pytest.param({}, "allowed", "allowed", id="another proctor"),
        pytest.param({"decided": True}, "declaration_decided", "declaration_decided", id="decided"),
        pytest.param({"same_person": True}, "two_people_needed", "two_people_needed", id="the same person"),
        pytest.param({"closed": True}, "already_handed_in", "allowed", id="handed in by the machine after all"),
        pytest.param({"cancelled": True}, "sitting_cancelled", "allowed", id="cancelled"),
    ],
)
def test_who_confirms_it(given: dict[str, bool], accepting: str, declining: str) -> None:
    asked = {"decided": False, "same_person": False, "closed": False, "cancelled": False} | given
    assert rules.may_decide(PROCTOR, accept=True, **asked).code == accepting
    assert rules.may_decide(ARRANGER, accept=False, **asked).code == declining
    assert not rules.may_decide(frozenset(), accept=False, **asked).allowed


@pytest.mark.parametrize(
    ("confirmed", "closed", "entries", "settled", "stage"),
    [
        (False, False, 0, False, PaperStage.PROPOSED),
        (True, False, 0, False, PaperStage.ANSWERING),
        (True, True, 0, False, PaperStage.FIRST),
        (True, True, 1, False, PaperStage.SECOND),
        (True, True, 2, False, PaperStage.DIFFERING),
        (True, True, 2, True, PaperStage.TRANSCRIBED),
    ],
)
def test_how_far_a_sheet_is(confirmed: bool, closed: bool, entries: int, settled: bool, stage: PaperStage) -> None:
    assert rules.stage(confirmed=confirmed, closed=closed, entries=entries, settled=settled) is stage


choices = st.dictionaries(st.integers(1, 20), st.sampled_from(["", "A", "B", "AB"]))


@given(saved=choices, sheet=choices)
def test_nothing_saved_is_lost_and_the_sheet_wins_where_it_says_something(
    saved: dict[int, str], sheet: dict[int, str]
) -> None:
    found = rules.combined(saved, sheet, rules.precedence(date(2026, 11, 20)))

    assert set(found) == set(saved) | {at for at, choice in sheet.items() if choice}
    for at, choice in found.items():
        assert choice == (sheet.get(at) or saved.get(at))


def test_another_rule_may_begin_on_a_day() -> None:
    later = Precedence(date(2027, 1, 1), saved_stand=False, words="只计答题卡。", source="例")
    known = (*rules.PRECEDENCES, later)

    assert rules.precedence(date(2026, 12, 31), known).saved_stand
    assert rules.precedence(date(2027, 1, 1), known) is later
    assert rules.combined({1: "A", 2: "B"}, {2: "C"}, later) == {2: "C"}


def test_the_lines_stand_as_the_printed_answer_sheet_has_them() -> None:
    asked = [
        (1, "true_false", ("T", "F")),
        (2, "single", tuple("ABCD")),
        (3, "fill_in", ()),
        (4, "single", tuple("ABCD")),
    ]

    found = transcribing.lines(asked)

    assert [one.number for one in found] == [1, 2, 3, 4]
    assert [one.position for one in found][:2] == [2, 4], "kinds together, then positions"
    assert sorted(found, key=lambda one: answers.ORDER.index(one.kind)) == found
    assert {one.kind: one.letters for one in found} == {
        "single": tuple("ABCD"),
        "true_false": (),
        "fill_in": (),
    }


def test_the_lines_of_cases_stand_behind_all_others_as_on_paper() -> None:
    asked = [
        (1, "single", tuple("ABCD")),
        (2, "true_false", ("T", "F")),
        (3, "multiple", tuple("ABCD")),
        (4, "written", ()),
        (5, "single", tuple("ABCD")),
        (6, "written", ()),
    ]

    found = transcribing.lines(asked, {3: 1, 4: 1, 5: 2, 6: 2})

    assert [(one.number, one.position, one.case) for one in found] == [
        (1, 1, 0),
        (2, 2, 0),
        (3, 3, 1),
        (4, 4, 1),
        (5, 5, 2),
        (6, 6, 2),
    ]
    assert [one.section for one in found][1:3] == [(0, "true_false"), (1, "")]


# --- on real databases ---


def at_work(session: Session, world: World) -> None:
    """Two candidates have saved something when the light goes out."""
    worlds.begin_exam(session, world)
    for seat_id in world.seats[:2]:
        worlds.start(session, seat_id)
        worlds.save(session, seat_id, 1, "A", seq=1)


def state(session: Session, seat_id: int, at: datetime = WORKING_AT) -> SeatState:
    seat = session.get_one(Seat, seat_id, populate_existing=True)
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    return queries.state_of(seat, sitting, at)


def test_one_person_changes_nothing_and_two_stop_the_machine(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)
        first, second = world.seats[:2]
        made = sheets.declare(session, world, [first])
        assert (state(session, first), worlds.save(session, first, 2, "B")) == (SeatState.WORKING, 1)

        with pytest.raises(errors.Refused, match=r"^two_people_needed:"):
            sheets.decide(session, world, made, "proctor1")
        sheets.decide(session, world, made)

        assert (state(session, first), state(session, second)) == (SeatState.ON_PAPER, SeatState.WORKING)
        with pytest.raises(errors.WrongState, match=r"^answers_on_paper:"):
            worlds.save(session, first, 3, "C")
        assert [one.choice for one in queries.answers(session, session.get_one(Seat, first))] == ["A", "B"]
        row = session.exec(select(PaperSheet)).one()
        assert row.saved == handing_in.digest({1: "A", 2: "B"})
        entrance = sitting_exam.sign_in_seat(
            session,
            world.tickets[first],
            world.citizen_ids[world.trainees[0]][-6:],
            sitting_exam.Machine("x" * 64),
            now=WORKING_AT,
        )
        assert entrance.refusal is not None and entrance.refusal.code == "answers_on_paper"
        told = [(one.event, json.loads(one.data)) for one in journal.about(session, f"seat:{first}")]
        assert [event for event, _ in told][-2:] == ["PAPER_ANSWERS_PROPOSED", "PAPER_ANSWERS_DECIDED"]
        assert told[-1][1] == {"sheet": row.id, "confirmed": True, "answered": 2, "saved": row.saved}
        assert "变压器" not in json.dumps(told), "what happened stays on the page"


def test_a_machine_that_was_left_for_paper_learns_so_and_one_that_was_left_for_another_does_not(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)

        def sit_down() -> Machine:
            tail = world.citizen_ids[world.trainees[0]][-6:]
            entrance = sitting_exam.sign_in_seat(session, world.tickets[seat_id], tail, Machine(""), now=WORKING_AT)
            return Machine(sealing.digest(entrance.token.encode()))

        def told(machine: Machine) -> str:
            with pytest.raises(errors.ServiceError) as refused:
                receipts.of_machine(session, machine)
            return refused.value.code

        ending.confined_to(session, f"seat:{seat_id}", now=WORKING_AT)
        first = sit_down()
        ending.confined_to(session, f"seat:{seat_id}", now=WORKING_AT - MOMENT)
        second = sit_down()
        assert (told(first), told(second)) == ("receipt_unknown", "receipt_unknown")

        sheets.decide(session, world, sheets.declare(session, world, [seat_id]))

        assert (told(first), told(second)) == ("receipt_unknown", "answers_on_paper")


def test_a_whole_room_is_everybody_who_is_there(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        worlds.start(session, world.seats[0])
        worlds.hand_in(session, world.seats[0])
        sheets.print_copies(session, world)
        made = sheets.declare(session, world, [])

        assert {one.sheet.seat_id for one in reads.of_sitting(session, world.sitting_id)} == set(world.seats[1:-1])
        with pytest.raises(errors.WrongState, match=r"^nobody_at_work:"):
            sheets.declare(session, world, [])
        with pytest.raises(errors.WrongState, match=r"^declared_already:"):
            sheets.declare(session, world, world.seats[1:2])
        sheets.decide(session, world, made, "arranger")
        assert {state(session, one) for one in world.seats[1:-1]} == {SeatState.ON_PAPER}


def test_the_clock_waits_for_the_second_person_and_then_for_the_copying(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)
        first, second, third = world.seats[:3]
        made = sheets.declare(session, world, [first, third], at=ENDS_AT - MOMENT)

        marking.hand_in_overdue(session, now=ENDS_AT)
        assert session.get_one(Seat, second).handed_in_at == ENDS_AT
        assert marking.hand_in_by_clock(session, [first], now=ENDS_AT) == [False], "whoever asks for it"
        assert [session.get_one(Seat, one, populate_existing=True).handed_in_at for one in (first, third)] == [None] * 2

        sheets.decide(session, world, made[:1], at=ENDS_AT + 5 * MOMENT)
        sheets.decide(session, world, made[1:], accept=False, at=ENDS_AT + 5 * MOMENT)
        marking.hand_in_overdue(session, now=ENDS_AT + 6 * MOMENT)

        closed = {one: session.get_one(Seat, one, populate_existing=True) for one in (first, third)}
        assert {one.handed_in_at for one in closed.values()} == {ENDS_AT}
        assert results.result_of_seat(session, first) is None, "no blank sheet is marked"
        assert results.result_of_seat(session, third) is not None
        stages = reads.stages(session, world.sitting_id)
        assert stages == {first: PaperStage.FIRST}


def test_who_hands_in_by_the_machine_meanwhile_stays_handed_in(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)
        made = sheets.declare(session, world, world.seats[:1])
        worlds.hand_in(session, world.seats[0])

        with pytest.raises(errors.WrongState, match=r"^already_handed_in:"):
            sheets.decide(session, world, made)
        sheets.decide(session, world, made, accept=False)
        assert results.result_of_seat(session, world.seats[0]) is not None


def test_an_exam_on_paper_can_be_collected_and_ended(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.on_paper_from(session, world, world.seats[:1])
        marking.collect(session, world.actor(session, "proctor1"), world.seats[0], now=WORKING_AT + MOMENT)

        assert state(session, world.seats[0]) is SeatState.HANDED_IN
        assert results.result_of_seat(session, world.seats[0]) is None
        assert reads.stages(session, world.sitting_id) == {world.seats[0]: PaperStage.FIRST}


def test_with_copies_of_it_in_the_room_a_form_is_not_switched(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)
        sheets.declare(session, world, world.seats[:1])

        proctor = world.actor(session, "proctor1")
        with pytest.raises(errors.WrongState, match=r"^answers_on_paper:"):
            switching.propose(session, proctor, world.sitting_id, Draft(SwitchReason.LEAK, ""), now=WORKING_AT)


def test_the_room_record_tells_who_answered_on_paper_and_copying_does_not_change_it(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        view = queries.view(session, world.sitting_id)
        assert view is not None
        assert "on_paper" not in recording.content(session, view)
        sheet, *_ = sheets.collected(session, world, world.seats[:1])
        before = recording.content(session, view)

        assert [(one["seat"], one["reason"]) for one in before["on_paper"]] == [
            (session.get_one(Seat, world.seats[0]).number, "power")
        ]
        assert {one["proposed_by"] for one in before["on_paper"]} != {one["decided_by"] for one in before["on_paper"]}
        for who in ("marker1", "marker2"):
            sheets.enter(session, world, sheet, who, {2: "B"})
        assert recording.content(session, view) == before
        pdf = print_record(session, world.actor(session, "proctor1"), world.sitting_id, now=ENDS_AT)
        assert pdf.startswith(b"%PDF")


STRANGERS = ["proctor_elsewhere", "author", "assembler", "approver", "confirmer", "institution", "planner", "auditor"]


@pytest.mark.parametrize("username", STRANGERS)
def test_nobody_else_declares_anything(world: World, username: str) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)
        with pytest.raises(errors.ServiceError) as refused:
            sheets.declare(session, world, world.seats[:1], username)

    assert refused.value.status in {403, 404}


def test_the_database_knows_two_people_and_one_declaration_a_seat(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        made = sheets.on_paper_from(session, world, world.seats[:1])
        row = session.get_one(PaperSheet, made[0])
        alone = {name: getattr(row, name) for name in ("sitting_id", "seat_id", "reason", "note", "proposed_at")}
        session.flush()
        again = sa.insert(PaperSheet).values(**alone, proposed_by=row.proposed_by)
        one_alone = sa.update(PaperSheet).values(decided_by=row.proposed_by)
        for statement in (again, one_alone):
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(statement)


def test_over_the_wire(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)
    clock.set(WORKING_AT)
    place = f"/api/v1/sittings/{world.sitting_id}/paper-sheets"
    body = {"seats": world.seats[:1], "reason": "network"}
    assert browser.stranger().post(place, json=body).status_code == 401
    for username in ("confirmer", "institution"):
        assert browser.of(username).post(place, json=body).status_code == 403
    assert browser.of("proctor_elsewhere").get(place).status_code == 404

    (made,) = browser.of("proctor1").post(place, json=body).json()
    assert (made["stage"], made["decided_by"]) == ("proposed", "")
    decision = {"sheets": [made["id"]], "accept": True}
    assert browser.of("proctor1").post(f"{place}/decision", json=decision).json()["code"] == "two_people_needed"
    (made,) = browser.of("proctor2").post(f"{place}/decision", json=decision).json()
    assert made["stage"] == "answering"
    seats = browser.of("proctor1").get(f"/api/v1/sittings/{world.sitting_id}/board").json()["seats"]
    assert [(one["state"], one["paper"]) for one in seats if one["paper"]] == [("on_paper", "answering")]


def test_a_declaration_of_another_room_is_not_there(world: World) -> None:
    with database.writing() as session:
        at_work(session, world)
        sheets.print_copies(session, world)
        with pytest.raises(errors.WrongState, match=r"^declarations_changed:"):
            sheets.decide(session, world, [999])
        actor, made = world.actor(session, "arranger"), Declaration([999], PaperReason.POWER, "")
        with pytest.raises(errors.NotFound):
            on_paper.propose(session, actor, world.sitting_id, made, now=WORKING_AT)
