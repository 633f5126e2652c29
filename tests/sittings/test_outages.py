"""When the service itself was away during an exam: what is made good by itself, how far, and before what."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from service import sweeping
from service.journal import queries as journal
from service.kernel import database
from service.sittings import queries
from service.sittings.actions import attending, checking_in, clockwork, outages
from service.sittings.actions.attending import Beat
from service.sittings.actions.recording import print_record
from service.sittings.queries import recording, rooms
from service.sittings.rules import outages as rules
from service.sittings.rules import phases
from service.sittings.rules.outages import NOTHING, Amends
from service.sittings.rules.presence import Silence
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Outage, Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT, World

MINUTE = timedelta(minutes=1)
AT = phases.planned(STARTS_AT, 90, 30)
# From and until in minutes from the start, whether the paper was open and the clock stood still, and what is given.
AMENDS = {
    "in the middle": (30, 40, True, False, Amends(600)),
    "over the end": (80, 100, True, False, Amends(1200)),
    "as long as the cap": (20, 80, True, False, Amends(3600)),
    "longer than the cap": (20, 200, True, False, Amends(3600)),
    "over the start of an open paper": (-10, 5, True, False, Amends(300)),
    "over before the start": (-20, 0, True, False, NOTHING),
    "after the end": (90, 100, True, False, NOTHING),
    "while the clock stood still": (30, 40, True, True, NOTHING),
    "over the start of a sealed paper": (-10, 20, False, False, Amends(1200, anew=True)),
    "over the whole of it, sealed": (-5, 95, False, False, NOTHING),
}


@pytest.mark.parametrize(("begins", "ends", "opened", "paused", "given"), AMENDS.values(), ids=AMENDS)
def test_what_an_outage_is_made_good_by(begins: int, ends: int, opened: bool, paused: bool, given: Amends) -> None:
    outage = Silence(STARTS_AT + begins * MINUTE, STARTS_AT + ends * MINUTE)
    assert rules.amends(outage, AT, opened=opened, paused=paused, cap_minutes=60) == given


@given(st.integers(-3000, 5399), st.integers(1, 3600), st.integers(0, 999_999))
def test_what_was_left_when_it_began_is_left_when_it_is_over(begins: int, lasts: int, fraction: int) -> None:
    """Within the cap nobody has less time than before, and nobody a second more."""
    begun = STARTS_AT + timedelta(seconds=begins)
    over = begun + timedelta(seconds=lasts, microseconds=fraction)
    given_seconds = rules.amends(Silence(begun, over), AT, opened=True, paused=False, cap_minutes=120).seconds
    if over <= AT.starts_at:
        assert given_seconds == 0
        return
    left_before = AT.ends_at - max(begun, AT.starts_at)
    left_after = AT.ends_at + timedelta(seconds=given_seconds) - over
    assert timedelta() <= left_after - left_before < timedelta(seconds=1)


def sitting_of(session: Session, world: World) -> Sitting:
    return session.get_one(Sitting, world.sitting_id, populate_existing=True)


def at_work(session: Session, world: World, heard_at: datetime) -> None:
    """Everybody works, and every machine was heard for the last time at an instant."""
    worlds.begin_exam(session, world)
    for seat_id in world.seats:
        machine = worlds.machine(session, seat_id)
        worlds.start(session, seat_id)
        worlds.done(attending.attend(session, [Beat(machine, heard_at, 0)], now=heard_at)[0])


def test_over_the_end_the_clock_is_put_forward_before_it_can_close_a_sheet(world: World, clock: Clock) -> None:
    heard_at, back_at = ENDS_AT - 10 * MINUTE, ENDS_AT + 10 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
    clock.set(back_at)
    sweeping.make_good_outages()
    sweeping.hand_in_overdue()

    with database.writing() as session:
        times = queries.times_of(sitting_of(session, world), back_at)
        # The clock goes on while the test runs; begun seconds count.
        (made,) = session.exec(select(Outage))
        assert (
            made.until_at - heard_at
            <= timedelta(seconds=made.seconds)
            < made.until_at - heard_at + timedelta(seconds=1)
        )
        assert times.ends_at == ENDS_AT + timedelta(seconds=made.seconds)
        states = {queries.state_of(one, sitting_of(session, world), back_at) for one in _seats(session, world)}
        assert states == {SeatState.WORKING}
        assert worlds.save(session, world.seats[0], 1, "A", now=back_at) == 1
        (entry,) = [one for one in journal.about(session, f"sitting:{world.sitting_id}") if "OUTAGE" in one.event]
        assert json.loads(entry.data) == {"seconds": made.seconds, "from": heard_at.isoformat(), "anew": False}
        assert entry.actor == "system"


def _seats(session: Session, world: World) -> list[Seat]:
    return queries.seats_of(session, world.sitting_id)


def test_starting_again_gives_nothing_twice_and_a_short_silence_nothing_at_all(world: World) -> None:
    heard_at = STARTS_AT + 20 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
        assert outages.make_good(session, now=heard_at + timedelta(seconds=45)) == []
        assert len(outages.make_good(session, now=heard_at + timedelta(seconds=46))) == 1
        # The next process, before any machine was heard again.
        assert outages.make_good(session, now=heard_at + timedelta(seconds=48)) == []
        assert sitting_of(session, world).extra_seconds == 46


def test_a_silence_within_an_outage_is_not_given_back_a_second_time(world: World) -> None:
    heard_at = STARTS_AT + 20 * MINUTE
    back_at = heard_at + 10 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
        outages.make_good(session, now=back_at)
        for seat_id in world.seats:
            machine = worlds.machine(session, seat_id)
            worlds.done(attending.attend(session, [Beat(machine, back_at, 0)], now=back_at)[0])
        view = rooms.room_view(session, world.sitting_id, back_at + timedelta(seconds=15))
        assert view is not None
        assert {(one.loss.lost, one.loss.proposed) for one in view.places} == {(0, 0)}


def test_the_seconds_around_an_outage_are_no_loss_of_a_machine_and_a_longer_silence_still_is(world: World) -> None:
    """Heard seconds before the service went and seconds after it came: nothing of that is the machine's own."""
    gone_at = STARTS_AT + 20 * MINUTE
    heard_at, back_at = gone_at - timedelta(seconds=14), gone_at + 10 * MINUTE
    usual, late = world.seats[:2]
    with database.writing() as session:
        at_work(session, world, heard_at)
        outages.show_life(session, away=False, now=gone_at)
        (made,) = outages.show_life(session, away=True, now=back_at)
        assert (made.from_at, made.seconds) == (gone_at, 600)
        for seat_id, heard in ((usual, back_at + timedelta(seconds=20)), (late, back_at + 3 * MINUTE)):
            machine = worlds.machine(session, seat_id)
            worlds.done(attending.attend(session, [Beat(machine, heard, 0)], now=heard)[0])
        view = rooms.room_view(session, world.sitting_id, back_at + 3 * MINUTE)
        assert view is not None
        losses = {one.seat_id: (one.loss.lost, one.loss.proposed) for one in view.places}
        assert (losses[usual][0], losses[late]) == (160, (180, 180)), "who is silent since is, and no more"


# --- signs of life ---


def test_a_service_that_said_it_was_there_was_not_away_where_no_machine_was_heard(world: World) -> None:
    heard_at = STARTS_AT + 20 * MINUTE
    back_at = heard_at + 10 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
        outages.show_life(session, away=False, now=back_at - timedelta(seconds=20))
        assert outages.show_life(session, away=True, now=back_at) == []
        assert sitting_of(session, world).extra_seconds == 0


def test_a_clock_that_is_set_forward_is_no_outage_and_a_database_that_was_gone_is_one(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, heard_at = sweeping.Life(), STARTS_AT + 20 * MINUTE
    clock.set(heard_at)
    with database.writing() as session:
        at_work(session, world, heard_at)
    life.show()
    clock.set(heard_at + 10 * MINUTE)
    life.show()
    with database.reading() as session:
        assert sitting_of(session, world).extra_seconds == 0, "the clock alone was set"

    # Ten minutes go by, in which it could not write.
    shown, writing = life.shown, database.writing
    monkeypatch.setattr(database, "writing", gone)
    with pytest.raises(ConnectionError):
        life.come(away=False)
    monkeypatch.setattr(database, "writing", writing)
    assert life.shown == shown and shown is not None
    life.shown = shown[0], shown[1] - 600
    clock.set(heard_at + 20 * MINUTE)
    life.show()
    with database.reading() as session:
        given_seconds = sitting_of(session, world).extra_seconds
        assert 600 <= given_seconds < 660


def gone() -> None:
    """A database that nobody reaches."""
    raise ConnectionError


def test_no_sheet_is_closed_by_the_clock_while_the_last_sign_of_life_is_old(world: World, clock: Clock) -> None:
    """The database comes back, and a transaction that waited for it would close before anything is made good."""
    with database.writing() as session:
        at_work(session, world, ENDS_AT - MINUTE)
        outages.show_life(session, away=False, now=ENDS_AT - MINUTE)
    clock.set(ENDS_AT + MINUTE)
    assert sweeping._hand_in(world.seats) == [False] * len(world.seats)
    with database.writing() as session:
        outages.show_life(session, away=False, now=ENDS_AT + MINUTE)
    assert sweeping._hand_in(world.seats) == [True] * len(world.seats)


# How long the service was away and when it came back, in seconds before the end with the amends, and the seconds more.
GRACES = {
    "much is left": (600, 120, 0),
    "less is left than the two minutes": (600, 50, 70),
    "it came back after the end": (600, -300, 420),
    "it was away for a minute": (60, 10, 50),
    "so long that nobody waits": (4 * 3600, -2 * 3600 - 1, 0),
}


@pytest.mark.parametrize(("lasted", "left", "more"), GRACES.values(), ids=GRACES)
def test_after_a_return_machines_have_a_moment_to_send_what_they_kept(lasted: int, left: int, more: int) -> None:
    back_at = ENDS_AT - timedelta(seconds=left)
    assert rules.grace(Silence(back_at - timedelta(seconds=lasted), back_at), ENDS_AT) == more


def test_what_had_ended_before_the_service_went_is_not_opened_again() -> None:
    assert rules.grace(Silence(ENDS_AT, ENDS_AT + 5 * MINUTE), ENDS_AT) == 0


def test_a_sheet_whose_time_ran_out_beyond_the_cap_takes_what_its_machine_kept_before_it_closes(
    world: World, clock: Clock
) -> None:
    heard_at, back_at = ENDS_AT - 10 * MINUTE, ENDS_AT + 65 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
        outages.show_life(session, away=False, now=heard_at)
        (made,) = outages.show_life(session, away=True, now=back_at)
        assert made.seconds == 67 * 60, "an hour is the cap, and two minutes after the return nothing is closed"
        assert worlds.save(session, world.seats[0], 1, "A", now=back_at + MINUTE) == 1
        (entry,) = [one for one in journal.about(session, f"sitting:{world.sitting_id}") if "OUTAGE" in one.event]
        assert json.loads(entry.data)["grace"] == 7 * 60
    clock.set(back_at + 2 * MINUTE)
    with database.writing() as session:
        outages.show_life(session, away=False, now=back_at + 2 * MINUTE)
    assert sweeping._hand_in(world.seats) == [True] * len(world.seats)


def test_a_seat_and_a_room_that_stood_still_get_the_outage_once(world: World) -> None:
    heard_at, seat_id = STARTS_AT + 20 * MINUTE, world.seats[0]
    back_at = heard_at + 10 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
        proctor = world.actor(session, "proctor1")
        clockwork.pause_seat(session, proctor, world.sitting_id, seat_id, "身体不适", now=heard_at)
        outages.make_good(session, now=back_at)
        clockwork.resume_seat(session, proctor, world.sitting_id, seat_id, now=back_at)
        sitting, seat = sitting_of(session, world), queries.seat(session, seat_id)
        assert seat is not None
        assert queries.times_of(sitting, back_at, seat).ends_at == ENDS_AT + 10 * MINUTE

        later = back_at + MINUTE
        for one in world.seats:
            worlds.done(attending.attend(session, [Beat(worlds.machine(session, one), later, 0)], now=later)[0])
        clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=later)
        assert outages.make_good(session, now=later + 10 * MINUTE) == []


def test_a_paper_that_nobody_could_open_can_be_opened_when_the_service_is_back(world: World) -> None:
    back_at = STARTS_AT + 40 * MINUTE
    with database.writing() as session:
        for seat_id in world.seats:
            checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=CHECK_IN_AT)
            machine = worlds.machine(session, seat_id, now=STARTS_AT - 5 * MINUTE)
            worlds.done(attending.attend(session, [Beat(machine, STARTS_AT, 0)], now=STARTS_AT - 5 * MINUTE)[0])
        (made,) = outages.make_good(session, now=back_at)
        assert (made.anew, made.seconds) == (True, 40 * 60)
        times = queries.times_of(sitting_of(session, world), back_at)
        assert (times.starts_at, times.ends_at) == (back_at, back_at + 90 * MINUTE)
        assert times.last_entry_at == back_at + 30 * MINUTE


def test_whose_sheets_are_all_closed_has_nothing_to_gain(world: World) -> None:
    heard_at = STARTS_AT + 60 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
        for seat_id in world.seats:
            worlds.hand_in(session, seat_id, now=heard_at)
        assert outages.make_good(session, now=heard_at + 10 * MINUTE) == []


def test_the_board_and_the_room_record_tell_of_it(world: World, browser: Browser, clock: Clock) -> None:
    heard_at = STARTS_AT + 20 * MINUTE
    with database.writing() as session:
        at_work(session, world, heard_at)
        view = queries.view(session, world.sitting_id)
        assert view is not None and "outages" not in recording.content(session, view)
        outages.make_good(session, now=heard_at + 10 * MINUTE)
        (row,) = session.exec(select(Outage))
        assert recording.content(session, view)["outages"] == [
            {"from_at": row.from_at, "until_at": row.until_at, "seconds": 600, "anew": False}
        ]
    clock.set(heard_at + 11 * MINUTE)
    proctor = browser.of("proctor1")
    assert proctor.get(f"/api/v1/sittings/{world.sitting_id}/board").json()["outage_minutes"] == 10
    assert "服务中断" in proctor.get(f"/proctor/sittings/{world.sitting_id}/record").text
    with database.writing() as session:
        at = heard_at + 12 * MINUTE
        pdf = print_record(session, world.actor(session, "proctor1"), world.sitting_id, now=at)
        assert pdf.startswith(b"%PDF")
