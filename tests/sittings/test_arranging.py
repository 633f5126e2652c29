"""Before the day: rooms, sittings, proctors and seats, with the reason for everything that cannot be."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from service.access.actions import administering, using
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Duty
from service.access.rules.separation import TEACH
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.programme.actions import enrolling as roster
from service.programme.actions import planning
from service.programme.queries import planning as plans_of
from service.programme.rules.classes import ClassDraft
from service.programme.rules.plans import Target
from service.sittings import queries
from service.sittings.actions import arranging, enrolling, places
from service.sittings.tables import ExamPoint, Room, RoomRule, Sitting
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
    (added,) = places.add_exam_point(session, arranger, name, COUNTIES[0], "", {"一号": capacity}, now=PREPARED_AT)
    return added.id or 0


def plan(
    session: Session,
    world: World,
    room_id: int,
    starts_at: datetime = STARTS_AT,
    letter: Form = Form.A,
    *,
    part: bool = False,
) -> Sitting:
    return arranging.plan_sitting(
        session,
        world.actor(session, "arranger"),
        class_id=world.class_id,
        room_id=room_id,
        starts_at=starts_at,
        late_minutes=30,
        letter=letter,
        part=part,
        now=PREPARED_AT,
    )


def open_from(session: Session, room_id: int, opens: str) -> None:
    """Let the exam point of a room open at this hour."""
    point = session.get_one(ExamPoint, session.get_one(Room, room_id).exam_point_id)
    point.opens = opens
    session.add(point)


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
        open_from(session, world.room_id, "06:00")

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
        guardian = world.actor(session, "security")
        for username in ("assembler", "approver", "author", "confirmer"):
            administering.grant_duty(session, guardian, world.accounts[username], Duty.PROCTOR, now=PREPARED_AT)
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
        rooms = {seats: room(session, world, f"{seats}座", seats) for seats in (2, 3)}
        arranger = world.actor(session, "arranger")

        with pytest.raises(errors.WrongState, match=r"^room_too_small:.*3"):
            plan(session, other, rooms[2])
        small, enough = plan(session, other, rooms[2], part=True), plan(session, other, rooms[3])
        with pytest.raises(errors.WrongState, match=r"^room_too_small:.*3"):
            enrolling.enrol_class(session, arranger, small.id or 0, now=PREPARED_AT)

        assert queries.seats_of(session, small.id or 0) == []
        done = enrolling.enrol_class(session, arranger, enough.id or 0, now=PREPARED_AT)
        assert [one.decision.allowed for one in done] == [True, True, True]
        # Who has a seat in one sitting of the class gets no second one in another.
        twice = enrolling.enrol_class(session, arranger, small.id or 0, now=PREPARED_AT)
        assert {one.decision.code for one in twice} == {"seat_exists"}


def test_a_class_that_is_too_large_for_one_room_sits_in_two(world: World) -> None:
    with database.writing() as session:
        other = sealed_class(session, world, Wanted("2024-TL-02", ("青松煤矿",) * 5))
        first, second = (plan(session, other, room(session, world, f"{seats}座", seats), part=True) for seats in (3, 2))
        arranger = world.actor(session, "arranger")

        filled = enrolling.enrol_class(session, arranger, first.id or 0, part=True, now=PREPARED_AT)
        rest = enrolling.enrol_class(session, arranger, second.id or 0, part=True, now=PREPARED_AT)

        assert sorted(one.decision.code for one in filled) == ["allowed"] * 3 + ["room_full"] * 2
        assert sorted(one.decision.code for one in rest) == ["allowed"] * 2 + ["seat_exists"] * 3
        seated = [seat.trainee_id for one in (first, second) for seat in queries.seats_of(session, one.id or 0)]
        assert sorted(seated) == sorted(other.trainees), "everybody has one seat"


def test_the_rules_of_rooms_in_force_on_the_day_count(world: World) -> None:
    with database.writing() as session:
        other = sealed_class(session, world, Wanted("2024-TL-02", ("青松煤矿",) * 3))
        large = room(session, world, "另一考试点")
        rule = {"late_minutes": 10, "compensation_cap_minutes": 20, "allotment_hidden": True, "source": "来函"}
        day = STARTS_AT.date()
        session.add(RoomRule(effective_on=day, largest_room=2, proctors=3, **rule))
        session.flush()

        with pytest.raises(errors.Refused, match=r"^room_rule_exceeded:.*2"):
            plan(session, other, large)
        the_day_before = plan(session, other, large, STARTS_AT - timedelta(days=1))
        on_the_day = plan(session, other, large, part=True)
        arranger = world.actor(session, "arranger")
        with pytest.raises(errors.Refused, match=r"^room_rule_exceeded:"):
            enrolling.enrol_class(session, arranger, on_the_day.id or 0, now=PREPARED_AT)
        assert len(enrolling.enrol_class(session, arranger, the_day_before.id or 0, now=PREPARED_AT)) == 3

        defaults = arranging.plan_sitting(
            session,
            arranger,
            class_id=other.class_id,
            room_id=room(session, world, "第三考试点"),
            starts_at=STARTS_AT,
            late_minutes=None,
            letter=Form.A,
            now=PREPARED_AT,
        )
        assert defaults.late_minutes == 10
        assert (arranging.needed(session, on_the_day), arranging.needed(session, the_day_before)) == (3, 2)
        assert assign(session, world, world.sitting_id, "proctor_elsewhere") == "assigned", "a third one from that day"


def same_people_again(session: Session, world: World) -> World:
    """The first two trainees of the world on the roster of next year's class, which is still being taught."""
    planner, institution = world.actor(session, "planner"), world.organisations["institution"]
    planning.set_plan(session, planner, Target(2025, 40, 100, "二(二)"), now=PREPARED_AT)
    lecturers = tuple(row.id or 0 for row, _ in plans_of.lecturers(session, institution))
    term = (date(2026, 11, 1), date(2026, 11, 19))
    draft = ClassDraft("2025-TL-01", "二班", TraineeRole.TEAM_LEADER, 2025, institution, *term, lecturers)
    class_id = planning.open_class(session, planner, draft, now=PREPARED_AT).id or 0
    rows = [
        (f"学员{place}", worlds.citizen_id(place), ("青松煤矿", "北山煤矿")[place], "班组长", f"1990000{place:04d}")
        for place in range(2)
    ]
    roster.import_roster(session, planner, class_id, worlds.roster(rows), keep_good=False, now=PREPARED_AT)
    again = replace(world, class_id=class_id)
    worlds.seal_paper(session, again)
    return again


def test_who_sits_an_exam_elsewhere_then_has_no_seat(world: World) -> None:
    with database.writing() as session:
        other, elsewhere = same_people_again(session, world), room(session, world, "另一考试点")

        with pytest.raises(errors.WrongState, match=r"^candidate_busy: 2名考生（学员[01]、学员[01]）"):
            plan(session, other, elsewhere)

        later = plan(session, other, elsewhere, ENDS_AT + CHECK_IN)
        # Moved by hand, as if the rule had been passed over: enrolling still refuses.
        later.starts_at = STARTS_AT
        session.add(later)
        done = enrolling.enrol_class(session, world.actor(session, "arranger"), later.id or 0, now=PREPARED_AT)
        assert {one.decision.code for one in done} == {"candidate_busy"}


# --- two at one moment ---


def test_two_people_who_plan_one_room_at_one_moment_do_not_both_succeed(world: World) -> None:
    with database.writing() as session:
        others = [
            sealed_class(session, world, Wanted(f"2024-TL-0{number}", first_number=100 + 20 * number))
            for number in (2, 3)
        ]
        elsewhere = room(session, world, "另一考试点")
    together = threading.Barrier(2)

    def try_it(other: World) -> str:
        together.wait()
        try:
            with database.writing() as session:
                plan(session, other, elsewhere)
        except errors.ServiceError as refusal:
            return refusal.code
        return "planned"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(try_it, others))

    assert outcomes == ["planned", "room_taken"]
    with database.reading() as session:
        assert len(queries.sittings_at(session, elsewhere)) == 1


def test_two_people_who_assign_one_proctor_at_one_moment_do_not_both_succeed(world: World) -> None:
    with database.writing() as session:
        other = sealed_class(session, world, Wanted("2024-TL-02"))
        wanted = [plan(session, other, room(session, world, name)).id or 0 for name in ("另一考试点", "第三考试点")]
    together = threading.Barrier(2)

    def try_it(sitting_id: int) -> str:
        together.wait()
        with database.writing() as session:
            return assign(session, world, sitting_id, "proctor_elsewhere")

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(try_it, wanted))

    assert outcomes == ["assigned", "proctor_busy"]


def test_every_ticket_number_is_its_own_and_carries_the_year(world: World) -> None:
    numbers = list(world.tickets.values())

    assert len(set(numbers)) == len(numbers) == 6
    assert sorted(numbers) == [f"26{world.sitting_id:04d}{number:02d}" for number in range(1, 7)]


def test_only_the_arranger_arranges(world: World) -> None:
    with database.writing() as session:
        for username in ("planner", "proctor1", "institution", "administrator", "assembler"):
            actor = world.actor(session, username)
            with pytest.raises(errors.RightMissing):
                places.add_exam_point(session, actor, "点", COUNTIES[0], "", {"一号": 1}, now=PREPARED_AT)
            with pytest.raises(errors.RightMissing):
                arranging.assign_proctor(session, actor, world.sitting_id, world.accounts["author"], now=PREPARED_AT)
            with pytest.raises(errors.RightMissing):
                enrolling.enrol_class(session, actor, world.sitting_id, now=PREPARED_AT)
        assert room(session, world, "点")
