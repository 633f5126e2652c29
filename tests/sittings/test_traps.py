"""Slips that must not cost a candidate the exam: an admission taken back too late, a door that closes in a pause, a
sheet collected before there was one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from service.kernel import database, errors
from service.results.actions import marking
from service.sittings import queries
from service.sittings.actions import checking_in, clockwork
from service.sittings.rules import phases
from service.sittings.rules.phases import Course
from service.sittings.rules.room import IncidentKind
from service.sittings.rules.seats import RefusalReason, SeatState
from service.sittings.tables import Sitting
from tests.sittings.tablets import FIRST, SECOND, do, enrol, state
from tests.world import CHECK_IN_AT, STARTS_AT, World

MINUTE = timedelta(minutes=1)
LAST_ENTRY = STARTS_AT + 30 * MINUTE


# --- an admission that was taken back ---


@pytest.mark.parametrize("undone_by", ["undo", "refuse"])
@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
def test_who_came_in_time_is_let_in_again_whenever_it_was_taken_back(
    world: World, undone_by: str, offline: bool
) -> None:
    seat_id, late = world.seats[0], LAST_ENTRY + 10 * MINUTE
    with database.writing() as session:
        enrol(session, world)
        assert do(session, world, FIRST, "admit", seat_id, now=LAST_ENTRY) == ("allowed", "")
        assert do(session, world, FIRST, undone_by, seat_id, now=late) == ("allowed", "")
        assert state(session, seat_id, late) is not SeatState.ADMITTED

        told = {"at": late + MINUTE} if offline else {}
        assert do(session, world, FIRST, "admit", seat_id, now=late + 2 * MINUTE, **told) == ("allowed", "")
        assert state(session, seat_id, late + 2 * MINUTE) is SeatState.ADMITTED


def test_who_came_too_late_is_not_let_in_by_way_of_an_undo(world: World) -> None:
    seat_id, late = world.seats[0], LAST_ENTRY + MINUTE
    with database.writing() as session:
        enrol(session, world)
        assert do(session, world, FIRST, "admit", seat_id, now=late) == ("too_late", "")
        assert do(session, world, SECOND, "refuse", seat_id, now=late) == ("allowed", "")
        assert do(session, world, SECOND, "undo", seat_id, now=late) == ("allowed", "")
        assert do(session, world, SECOND, "admit", seat_id, now=late) == ("too_late", "")


# --- the last entry of a room that stood still ---


def last_entry(session: Session, world: World, minutes: int) -> int:
    """The last entry as it stands so many minutes after the start, in minutes after the start."""
    sitting = session.get_one(Sitting, world.sitting_id)
    at = queries.times_of(sitting, STARTS_AT + minutes * MINUTE).last_entry_at
    return int((at - STARTS_AT).total_seconds() // 60)


def test_the_door_stays_open_for_as_long_as_the_room_stood_still_before_it_closed(world: World) -> None:
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")

        def stop(begins: int, ends: int) -> None:
            clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=STARTS_AT + begins * MINUTE)
            clockwork.resume_room(session, proctor, world.sitting_id, now=STARTS_AT + ends * MINUTE)

        clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=STARTS_AT + 20 * MINUTE)
        assert [last_entry(session, world, minutes) for minutes in (20, 25, 40)] == [30, 35, 50]
        clockwork.resume_room(session, proctor, world.sitting_id, now=STARTS_AT + 40 * MINUTE)
        assert [last_entry(session, world, minutes) for minutes in (40, 60)] == [50, 50]
        stop(45, 50)
        assert last_entry(session, world, 50) == 55
        stop(56, 66)
        assert last_entry(session, world, 66) == 55, "by then the door was closed"
        clockwork.add_time_to_room(session, proctor, world.sitting_id, 10, "噪声", None, now=STARTS_AT + 70 * MINUTE)
        assert last_entry(session, world, 70) == 55, "minutes that are given open no door"


def test_the_door_lets_in_by_the_last_entry_as_it_stands(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        proctor = world.actor(session, "proctor1")
        clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=STARTS_AT + 20 * MINUTE)
        clockwork.resume_room(session, proctor, world.sitting_id, now=STARTS_AT + 30 * MINUTE)
        found = [
            do(session, world, FIRST, "admit", seat_id, now=STARTS_AT + minutes * MINUTE)[0]
            for seat_id, minutes in zip(world.seats, (31, 40, 41), strict=False)
        ]
        assert found == ["allowed", "allowed", "too_late"]


@given(st.integers(0, 89), st.integers(0, 200))
def test_a_pause_moves_the_last_entry_by_itself_or_not_at_all(begins: int, lasts: int) -> None:
    plan = phases.planned(STARTS_AT, 90, 30)
    paused_at = STARTS_AT + begins * MINUTE
    at = phases.times(plan, Course(paused_at=paused_at), paused_at + lasts * MINUTE)
    assert at.last_entry_at - plan.last_entry_at == (lasts * MINUTE if begins <= 30 else timedelta())


# --- before there is a sheet ---


def test_before_the_start_there_is_nothing_to_collect_and_whoever_misbehaves_is_turned_away(world: World) -> None:
    seat_id, early = world.seats[0], STARTS_AT - MINUTE
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        with pytest.raises(errors.WrongState, match=r"^not_begun_nothing_to_collect:"):
            marking.collect(session, proctor, seat_id, now=early)
        with pytest.raises(errors.WrongState, match=r"^not_begun_nothing_to_collect:"):
            marking.terminate(session, proctor, seat_id, IncidentKind.DISTURBANCE, "闹事", now=early)

        checking_in.turn_away(session, proctor, seat_id, RefusalReason.OTHER, "闹事", now=early)
        assert state(session, seat_id, early) is SeatState.REFUSED
        checking_in.admit(session, proctor, seat_id, now=early)
        marking.collect(session, proctor, seat_id, now=STARTS_AT)
        assert state(session, seat_id, STARTS_AT) is SeatState.HANDED_IN
