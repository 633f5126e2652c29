"""Signs of life: what a machine tells, what it learns, and what silence leaves behind."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from service.kernel import database, errors
from service.sittings import queries
from service.sittings.actions import attending
from service.sittings.actions.attending import Beat, Left, Pulse
from service.sittings.rules import presence
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.presence import HEARTBEAT, SILENCE, Connection, Leaving, Silence
from service.sittings.tables import Departure, Gap, Message, Presence
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import STARTS_AT, WORKING_AT, World

SECOND = timedelta(seconds=1)


def begin(session: Session, world: World, *seats: int) -> None:
    worlds.begin_exam(session, world)
    for seat_id in seats:
        worlds.start(session, seat_id)


def beat(
    session: Session,
    seat_id: int,
    now: datetime,
    *left: Left,
    made_at: datetime | None = None,
    waiting: int = 0,
    after: int = 0,
) -> Pulse:
    one = Beat(worlds.machine(session, seat_id), made_at or now, waiting, left, after)
    return worlds.done(attending.attend(session, [one], now=now)[0])


def gaps(session: Session) -> list[tuple[int, datetime, datetime]]:
    return [(gap.seat_id, gap.from_at, gap.until_at) for gap in session.exec(select(Gap).order_by(Gap.id))]  # type: ignore[arg-type]


def test_a_machine_learns_its_state_and_we_learn_its_drift_and_queue(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        begin(session, world, seat_id)
        fast = WORKING_AT + timedelta(hours=1)
        pulse = beat(session, seat_id, WORKING_AT, made_at=fast, waiting=3)

        assert (pulse.desk.state, pulse.opened, pulse.leavings, pulse.messages) == ("working", True, 0, ())
        row = session.get(Presence, (world.sitting_id, seat_id))
        assert row is not None
        assert (row.seen_at, row.drift_ms, row.waiting) == (WORKING_AT, 3_600_000, 3)


@pytest.mark.parametrize(
    ("silence", "kept"), [(SILENCE, False), (SILENCE + SECOND, True)], ids=["three missed", "longer"]
)
def test_only_a_long_silence_of_a_working_seat_is_kept(world: World, silence: timedelta, kept: bool) -> None:
    working, idle = world.seats[:2]
    with database.writing() as session:
        begin(session, world, working)
        for seat_id in (working, idle):
            beat(session, seat_id, WORKING_AT)
            beat(session, seat_id, WORKING_AT + silence)

        assert gaps(session) == ([(working, WORKING_AT, WORKING_AT + silence)] if kept else [])


def test_leavings_are_counted_once_however_often_they_are_told(world: World) -> None:
    seat_id = world.seats[0]
    left = [Left(f"nonce-{number}", kind, 4, WORKING_AT) for number, kind in enumerate(Leaving)]
    with database.writing() as session:
        begin(session, world, seat_id)
        assert beat(session, seat_id, WORKING_AT, *left[:2]).leavings == 2
        assert beat(session, seat_id, WORKING_AT + SECOND, *left[:3]).leavings == 3
        assert beat(session, seat_id, WORKING_AT + 2 * SECOND).leavings == 3

        kinds = session.exec(select(Departure.kind).order_by(Departure.id))  # type: ignore[arg-type]
        assert list(kinds) == [one.kind for one in left[:3]]


def test_two_signs_of_life_that_reach_us_together_end_one_silence_and_lose_no_leaving(world: World) -> None:
    seat_id = world.seats[0]
    after = WORKING_AT + timedelta(minutes=5)
    with database.writing() as session:
        begin(session, world, seat_id)
        beat(session, seat_id, WORKING_AT)
        machine = worlds.machine(session, seat_id)
        telling = Beat(machine, after, 0, (Left("nonce-one", Leaving.WINDOW, 4, after),))

        outcomes = attending.attend(session, [telling, Beat(machine, after, 2)], now=after)

        assert [worlds.done(one).leavings for one in outcomes] == [1, 1]
        assert gaps(session) == [(seat_id, WORKING_AT, after)]
        row = session.get(Presence, (world.sitting_id, seat_id), populate_existing=True)
        assert row is not None and (row.leavings, row.waiting, row.seen_at) == (1, 2, after)


def test_two_processes_that_hear_of_the_same_silence_keep_it_once(world: World) -> None:
    seat_id = world.seats[0]
    after = WORKING_AT + timedelta(minutes=5)
    with database.writing() as session:
        begin(session, world, seat_id)
        beat(session, seat_id, WORKING_AT, Left("nonce-one", Leaving.WINDOW, 4, WORKING_AT))
        row = session.get(Presence, (world.sitting_id, seat_id), populate_existing=True)
        assert row is not None and row.leavings == 1
        stale = {"sitting_id": row.sitting_id, "seat_id": seat_id, "seen_at": after, "leavings": 0, "waiting": 0}
        stale |= {"drift_ms": 0, "address": ""}
        silence = {"sitting_id": row.sitting_id, "seat_id": seat_id, "from_at": WORKING_AT, "until_at": after}

        for _ in range(2):
            attending._store(session, [dict(stale)], [dict(silence)])

        session.refresh(row)
        assert (row.leavings, row.seen_at) == (1, after), "leavings never grow fewer"
        assert gaps(session) == [(seat_id, WORKING_AT, after)]


@pytest.mark.parametrize("years", [-100, 100], ids=["a century slow", "a century fast"])
def test_a_clock_that_is_hopelessly_wrong_is_heard_all_the_same(world: World, years: int) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        begin(session, world, seat_id)
        beat(session, seat_id, WORKING_AT, made_at=WORKING_AT.replace(year=WORKING_AT.year + years))
        row = session.get(Presence, (world.sitting_id, seat_id))
        assert row is not None and row.drift_ms == (1 if years > 0 else -1) * 86_400_000


def test_messages_reach_the_seat_or_the_room_they_are_for_and_come_once(world: World) -> None:
    seat_id, other = world.seats[:2]
    person = 1
    with database.writing() as session:
        begin(session, world, seat_id, other)
        for text, seat in (("全场", None), ("只给您", seat_id), ("给别人", other)):
            session.add(
                Message(sitting_id=world.sitting_id, seat_id=seat, text=text, sent_at=WORKING_AT, sent_by=person)
            )
        session.flush()

        first = beat(session, seat_id, WORKING_AT)
        assert [one.text for one in first.messages] == ["全场", "只给您"]
        last = first.messages[-1].id or 0
        assert beat(session, seat_id, WORKING_AT + SECOND, after=last).messages == ()


def test_one_unknown_machine_does_not_silence_the_others(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        begin(session, world, seat_id)
        known = Beat(worlds.machine(session, seat_id), WORKING_AT, 0)
        outcomes = attending.attend(session, [Beat(Machine("0" * 64), WORKING_AT, 0), known], now=WORKING_AT)

    assert isinstance(outcomes[0], errors.Unauthenticated)
    assert isinstance(outcomes[1], Pulse)


def test_over_http_a_heartbeat_tells_the_waiting_candidate_that_the_exam_began(
    world: World, browser: Browser, clock: Clock
) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, world.seats[0]).trainee_id  # type: ignore[union-attr]
    clock.set(STARTS_AT - SECOND)
    candidate = browser.candidate(world, world.seats[0], trainee)
    body = {"made_at": STARTS_AT.isoformat(), "waiting": 0, "left": [], "after": 0}

    before = candidate.post("/api/v1/exam/heartbeat", json=body).json()
    clock.set(STARTS_AT)
    after = candidate.post("/api/v1/exam/heartbeat", json=body).json()

    assert [(one["phase"], one["state"], one["opened"]) for one in (before, after)] == [
        ("check_in", "admitted", True),
        ("running", "admitted", True),
    ]
    nameless = candidate.post("/api/v1/exam/heartbeat", json={**body, "left": [{"nonce": "short", "kind": "window"}]})
    assert nameless.status_code == 422


CONNECTIONS = {
    "never seen": (None, Connection.NONE),
    "just now": (timedelta(), Connection.ALIVE),
    "two missed": (2 * HEARTBEAT, Connection.ALIVE),
    "more than two": (2 * HEARTBEAT + SECOND, Connection.LATE),
    "three": (SILENCE, Connection.LATE),
    "more than three": (SILENCE + SECOND, Connection.LOST),
}


@pytest.mark.parametrize(("since", "expected"), CONNECTIONS.values(), ids=CONNECTIONS)
def test_connection_by_the_last_sign_of_life(since: timedelta | None, expected: Connection) -> None:
    assert presence.connection(None if since is None else WORKING_AT - since, WORKING_AT) is expected


MINUTE = timedelta(minutes=1)
T = STARTS_AT
LOST = {
    "nothing": ([], [], 0),
    "five minutes": ([(T + 10 * MINUTE, T + 15 * MINUTE)], [], 300),
    "before the start counts not": ([(T - 5 * MINUTE, T + MINUTE)], [], 60),
    "after the end counts not": ([(T + 59 * MINUTE, T + 65 * MINUTE)], [], 60),
    "while the clock stood still counts not": (
        [(T + 10 * MINUTE, T + 20 * MINUTE)],
        [(T + 12 * MINUTE, T + 15 * MINUTE)],
        420,
    ),
    "the same silence twice counts once": ([(T + MINUTE, T + 3 * MINUTE), (T + MINUTE, T + 3 * MINUTE)], [], 120),
    "overlapping silences count once": ([(T + MINUTE, T + 3 * MINUTE), (T + 2 * MINUTE, T + 4 * MINUTE)], [], 180),
    "overlapping pauses stand still once": (
        [(T + MINUTE, T + 5 * MINUTE)],
        [(T + 2 * MINUTE, T + 4 * MINUTE), (T + 3 * MINUTE, T + 4 * MINUTE)],
        120,
    ),
    "two silences": ([(T + MINUTE, T + 2 * MINUTE), (T + 5 * MINUTE, T + 6 * MINUTE)], [], 120),
}


@pytest.mark.parametrize(("silences", "pauses", "seconds"), LOST.values(), ids=LOST)
def test_lost_time(
    silences: list[tuple[datetime, datetime]], pauses: list[tuple[datetime, datetime]], seconds: int
) -> None:
    silent, still = [Silence(*one) for one in silences], [Silence(*one) for one in pauses]
    assert presence.lost_seconds(silent, still, T, T + 60 * MINUTE) == seconds


PROPOSED = {
    "nothing lost": (0, 0, 20, 0),
    "whole minutes, rounded up": (61, 0, 20, 120),
    "what was given counts": (300, 120, 20, 180),
    "given more than lost": (60, 300, 20, 0),
    "the cap": (3600, 0, 20, 1200),
    "the cap, some given": (3600, 600, 20, 600),
}


@pytest.mark.parametrize(("lost", "given", "cap", "seconds"), PROPOSED.values(), ids=PROPOSED)
def test_proposed_compensation(lost: int, given: int, cap: int, seconds: int) -> None:
    assert presence.proposed_compensation(lost, given, cap) == seconds
