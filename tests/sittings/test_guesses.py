"""Wrong guesses at a seat count in all processes together, go when they count no more, and cost the honest nothing."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service import sweeping
from service.kernel import database, settings
from service.sittings import queries
from service.sittings.actions import checking_in, proctoring
from service.sittings.tables import SeatGuess
from tests.conftest import Clock
from tests.journeys.test_kill import Server, serving
from tests.sittings.test_sign_in import at, tail_of, wrong
from tests.world import CHECK_IN_AT, World

HERE, THERE = "198.51.100.1", "203.0.113.7"


def admitted(session: Session, world: World) -> tuple[int, str]:
    """A seat whose candidate was admitted, and the right end of their citizen id."""
    checking_in.admit(session, world.actor(session, "proctor1"), world.seats[0], now=CHECK_IN_AT)
    return world.seats[0], tail_of(session, world, world.seats[0])


def kept(session: Session) -> list[tuple[str, int]]:
    return list(session.exec(select(SeatGuess.place, SeatGuess.failures).order_by(col(SeatGuess.place))))


def test_guesses_in_two_processes_are_five_together(world: World, clock: Clock) -> None:
    """On PostgreSQL both are there at once; SQLite has one at a time, and what the first counted outlives it."""
    clock.set(CHECK_IN_AT)
    with database.writing() as session:
        seat_id, right = admitted(session, world)
    body = {"ticket_number": world.tickets[seat_id], "id_tail": wrong(right)}

    def guess(server: Server) -> str:
        return str(server.call("POST", "/api/v1/exam/session", body)[1]["code"])

    with serving() as one:
        told = [guess(one) for _ in range(3)]
        if settings.current().database_url.startswith("sqlite"):
            one.kill()
        with serving() as other:
            told += [guess(other) for _ in range(2)]
            assert told == ["wrong_ticket"] * 5
            assert guess(other) == "seat_locked"
            if one.process.poll() is None:
                assert guess(one) == "seat_locked"


def test_each_place_counts_for_itself_and_a_refused_try_is_not_one_more(world: World) -> None:
    with database.writing() as session:
        seat_id, right = admitted(session, world)
        told = [at(session, world, seat_id, wrong(right), HERE) for _ in range(8)]
        at(session, world, seat_id, wrong(right), THERE)

        assert told == ["wrong_ticket"] * 5 + ["seat_locked"] * 3
        assert kept(session) == [(HERE, 5), (THERE, 1)]


def test_whoever_is_right_leaves_nothing_and_looks_at_nothing(world: World) -> None:
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    with database.writing() as session:
        seat_id, right = admitted(session, world)
        sa.event.listen(session.connection(), "before_cursor_execute", listen)
        assert at(session, world, seat_id, right, HERE) == "bound"
        sa.event.remove(session.connection(), "before_cursor_execute", listen)

        assert len(asked) > 5, "what is listened to is the sign-in"
        assert [text for text in asked if "seat_guess" in text] == []
        assert kept(session) == []


def test_the_right_one_throws_away_the_wrong_ones(world: World) -> None:
    with database.writing() as session:
        seat_id, right = admitted(session, world)
        for place in (HERE, THERE):
            at(session, world, seat_id, wrong(right), place)
        assert len(kept(session)) == 2
        assert at(session, world, seat_id, right, HERE) == "bound"
        assert kept(session) == []


def test_what_a_proctor_unlocked_does_not_come_back_with_the_next_guess(world: World) -> None:
    with database.writing() as session:
        seat_id, right = admitted(session, world)
        for _ in range(5):
            at(session, world, seat_id, wrong(right), HERE)
        proctoring.release_seat(session, world.actor(session, "proctor1"), seat_id, "本人记错号码", now=CHECK_IN_AT)

        assert [at(session, world, seat_id, wrong(right), HERE) for _ in range(5)] == ["wrong_ticket"] * 5
        assert at(session, world, seat_id, right, HERE) == "seat_locked"
        seat = queries.seat(session, seat_id)
        assert seat is not None and seat.failed_attempts == 5


def test_a_day_later_nobody_knows_who_guessed_from_where(world: World, clock: Clock) -> None:
    with database.writing() as session:
        seat_id, right = admitted(session, world)
        at(session, world, seat_id, wrong(right), HERE)
        at(session, world, seat_id, wrong(right), THERE, CHECK_IN_AT + timedelta(minutes=20))

    left = []
    for minutes in (24 * 60 - 1, 24 * 60, 24 * 60 + 20):
        clock.set(CHECK_IN_AT + timedelta(minutes=minutes))
        sweeping.throw_guesses_away()
        with database.reading() as session:
            left.append([place for place, _ in kept(session)])

    assert left == [[HERE, THERE], [THERE], []]
    assert (sweeping.throw_guesses_away, sweeping.GUESSES_SECONDS) in sweeping.tasks()
