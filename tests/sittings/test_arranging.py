"""Before the day: rooms, sittings, proctors and seats, with the reason for everything that cannot be."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from service.access.actions import administering, using
from service.access.rules.policy import Duty
from service.access.rules.separation import TEACH
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import arranging, enrolling
from service.sittings.tables import Sitting
from tests import world as worlds
from tests.papers.classes import Wanted, open_class
from tests.world import COUNTIES, ENDS_AT, PREPARED_AT, STARTS_AT, World

HOUR = timedelta(hours=1)
CHECK_IN = HOUR


def sealed_class(session: Session, world: World, wanted: Wanted) -> World:
    other = open_class(session, world, wanted)
    worlds.seal_paper(session, other)
    return other


def room(session: Session, world: World, name: str, capacity: int = 30) -> int:
    arranger = world.actor(session, "arranger")
    (added,) = arranging.add_exam_point(session, arranger, name, COUNTIES[0], "", {"一号": capacity}, now=PREPARED_AT)
    return added.id or 0


def plan(
    session: Session, world: World, room_id: int, starts_at: datetime = STARTS_AT, letter: Form = Form.A
) -> Sitting:
    return arranging.plan_sitting(
        session,
        world.actor(session, "arranger"),
        class_id=world.class_id,
        room_id=room_id,
        starts_at=starts_at,
        late_minutes=30,
        letter=letter,
        now=PREPARED_AT,
    )


def assign(session: Session, world: World, sitting: Sitting | int, username: str) -> str:
    """The proctors of the sitting afterwards, or the code of the refusal."""
    sitting_id = sitting if isinstance(sitting, int) else sitting.id or 0
    arranger = world.actor(session, "arranger")
    try:
        arranging.assign_proctor(session, arranger, sitting_id, world.accounts[username], now=PREPARED_AT)
    except errors.ServiceError as refusal:
        return refusal.code
    return "assigned"


# --- sittings ---


def test_a_sitting_needs_a_sealed_paper_a_free_room_and_a_start_to_come(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        elsewhere = room(session, world, "另一考试点")
        with pytest.raises(errors.WrongState, match=r"^paper_not_sealed_yet:"):
            plan(session, other, elsewhere)
        worlds.seal_paper(session, other)

        for starts_at in (STARTS_AT, ENDS_AT + CHECK_IN - timedelta(minutes=1), STARTS_AT - timedelta(minutes=149)):
            with pytest.raises(errors.WrongState, match=r"^room_taken:"):
                plan(session, other, world.room_id, starts_at)
        with pytest.raises(errors.WrongState, match=r"^start_is_past:"):
            plan(session, other, elsewhere, PREPARED_AT)
        with pytest.raises(errors.NotFound):
            plan(session, replace(other, class_id=9999), elsewhere)
        with pytest.raises(errors.NotFound):
            plan(session, other, 9999)

        later = plan(session, other, world.room_id, ENDS_AT + CHECK_IN)
        sooner = plan(session, other, world.room_id, STARTS_AT - timedelta(minutes=150), Form.B)
        beside = plan(session, other, elsewhere)
        assert [one.duration_minutes for one in (later, sooner, beside)] == [90, 90, 90], "the blueprint's"
        assert later.form_id == beside.form_id != sooner.form_id
        events = [json.loads(entry.data) for entry in session.exec(journal.entries(event="SITTING_PLANNED"))]
        assert [(one["class"], one["form"]) for one in events] == [
            (other.class_id, "A"),
            (other.class_id, "B"),
            (other.class_id, "A"),
            (world.class_id, "A"),
        ]


# --- proctors ---


def test_a_sitting_has_two_proctors_and_each_is_at_one_place_at_a_time(world: World) -> None:
    with database.writing() as session:
        other = sealed_class(session, world, Wanted("2024-TL-02"))
        beside = plan(session, other, room(session, world, "另一考试点"))
        next_door = plan(session, other, room(session, world, "第三考试点"), ENDS_AT + CHECK_IN)

        assert assign(session, world, world.sitting_id, "proctor_elsewhere") == "proctors_complete"
        assert assign(session, world, beside, "proctor1") == "proctor_busy"
        assert assign(session, world, next_door, "proctor1") == "assigned"
        assert assign(session, world, beside, "proctor_elsewhere") == "assigned"
        assert len(queries.proctors(session, world.sitting_id)) == 2
        assert len(queries.proctors(session, beside.id or 0)) == 1


def test_without_the_duty_nobody_proctors(world: World) -> None:
    with database.writing() as session:
        other = sealed_class(session, world, Wanted("2024-TL-02"))
        sitting = plan(session, other, room(session, world, "另一考试点"))

        for username in ("arranger", "planner", "supervisor", "institution", "enterprise", "auditor"):
            assert (username, assign(session, world, sitting, username)) == (username, "not_a_proctor")
        assert assign(session, world, sitting, "proctor_elsewhere") == "assigned"


def test_whoever_had_a_hand_in_the_class_or_its_paper_does_not_proctor_it(world: World) -> None:
    with database.writing() as session:
        other = sealed_class(session, world, Wanted("2024-TL-02"))
        sitting = plan(session, other, room(session, world, "另一考试点"))
        admin = world.actor(session, "administrator")
        for username in ("assembler", "approver", "author", "confirmer"):
            administering.grant_duty(session, admin, world.accounts[username], Duty.PROCTOR, now=PREPARED_AT)
        lecturer = world.actor(session, "proctor_elsewhere")
        using.note_deed(session, lecturer.person_id or 0, TEACH, f"class:{other.class_id}", now=PREPARED_AT)

        assert {
            username: assign(session, world, sitting, username)
            for username in ("assembler", "approver", "proctor_elsewhere")
        } == {
            "assembler": "deeds_exclude",
            "approver": "deeds_exclude",
            "proctor_elsewhere": "works_for_institution",
        }
        assert assign(session, world, sitting, "author") == "assigned", "the author has no hand in this class"


# --- seats ---


def test_everybody_who_attended_gets_a_seat_and_everybody_else_the_reason(world: World) -> None:
    with database.writing() as session:
        three = ("青松煤矿", "北山煤矿", "青松煤矿")
        other = sealed_class(session, world, Wanted("2024-TL-02", three, truant=frozenset({1}), lacking=frozenset({2})))
        sitting = plan(session, other, room(session, world, "另一考试点"))
        arranger = world.actor(session, "arranger")

        first = enrolling.enrol_class(session, arranger, sitting.id or 0, now=PREPARED_AT)
        seats = {seat.trainee_id: seat.number for seat in queries.seats_of(session, sitting.id or 0)}
        again = enrolling.enrol_class(session, arranger, sitting.id or 0, now=PREPARED_AT)

        codes = dict(zip(other.trainees, ("allowed", "never_attended", "allowed"), strict=True))
        assert {one.trainee_id: one.decision.code for one in first} == codes
        assert {one.trainee_id: one.seat.number for one in first if one.seat} == seats
        assert sorted(seats.values()) == [1, 2]
        assert {one.trainee_id: one.decision.code for one in again} == {
            trainee: "seat_exists" if code == "allowed" else code for trainee, code in codes.items()
        }
        assert {seat.trainee_id: seat.number for seat in queries.seats_of(session, sitting.id or 0)} == seats
        entry = journal.about(session, f"sitting:{sitting.id}")[1]
        assert json.loads(entry.data) == {"seats": 2, "refused": {str(other.trainees[1]): "never_attended"}}


def test_a_room_that_is_too_small_seats_nobody(world: World) -> None:
    with database.writing() as session:
        other = sealed_class(session, world, Wanted("2024-TL-02", ("青松煤矿",) * 3))
        small, enough = (plan(session, other, room(session, world, f"{seats}座", seats)) for seats in (2, 3))
        arranger = world.actor(session, "arranger")

        with pytest.raises(errors.WrongState, match=r"^room_too_small:.*3"):
            enrolling.enrol_class(session, arranger, small.id or 0, now=PREPARED_AT)

        assert queries.seats_of(session, small.id or 0) == []
        done = enrolling.enrol_class(session, arranger, enough.id or 0, now=PREPARED_AT)
        assert [one.decision.allowed for one in done] == [True, True, True]
        # Who has a seat in one sitting of the class gets no second one in another.
        twice = enrolling.enrol_class(session, arranger, small.id or 0, now=PREPARED_AT)
        assert {one.decision.code for one in twice} == {"seat_exists"}


def test_every_ticket_number_is_its_own_and_carries_the_year(world: World) -> None:
    numbers = list(world.tickets.values())

    assert len(set(numbers)) == len(numbers) == 6
    assert sorted(numbers) == [f"26{world.sitting_id:04d}{number:02d}" for number in range(1, 7)]


def test_only_the_arranger_arranges(world: World) -> None:
    with database.writing() as session:
        for username in ("planner", "proctor1", "institution", "administrator", "assembler"):
            actor = world.actor(session, username)
            with pytest.raises(errors.RightMissing):
                arranging.add_exam_point(session, actor, "点", COUNTIES[0], "", {"一号": 1}, now=PREPARED_AT)
            with pytest.raises(errors.RightMissing):
                arranging.assign_proctor(session, actor, world.sitting_id, world.accounts["author"], now=PREPARED_AT)
            with pytest.raises(errors.RightMissing):
                enrolling.enrol_class(session, actor, world.sitting_id, now=PREPARED_AT)
        assert room(session, world, "点")
