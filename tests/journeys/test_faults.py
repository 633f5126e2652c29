"""Bad days: the disk is full, the database is away, two hands on the same sheet, the very last second."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from service import migrations
from service.kernel import database
from service.results.tables import Result
from service.sittings import queries
from service.sittings.tables import Departure
from tests import postgres
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, using
from tests.world import ENDS_AT, WORKING_AT, World

TICK = timedelta(milliseconds=200)


def working(world: World, browser: Browser, clock: Clock, place: int = 0) -> Any:
    """A candidate at work, over HTTP."""
    seat_id = world.seats[place]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, seat_id).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    candidate = browser.candidate(world, seat_id, trainee)
    assert candidate.post("/api/v1/exam/start", json={}).status_code == 200
    return candidate


def save(candidate: Any, seq: int, choice: str = "A") -> tuple[int, Any]:
    reply = candidate.put("/api/v1/exam/answers/1", json={"choice": choice, "seq": seq})
    return reply.status_code, reply.json().get("seq") or reply.json().get("code")


@contextmanager
def full_disk() -> Iterator[None]:
    """SQLite may not grow by a single page, which is how it sees a disk without room."""
    engine = database.engine()

    def shut(connection: Any, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(engine, "connect", shut)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", shut)
        engine.dispose()


def test_on_a_full_disk_nothing_is_acknowledged_and_afterwards_it_goes_on(
    world: World, browser: Browser, clock: Clock
) -> None:
    if database.engine().dialect.name != "sqlite":
        pytest.skip("PostgreSQL's own disk cannot be filled from here")
    candidate = working(world, browser, clock)
    assert save(candidate, 1) == (200, 1)
    told, refused = 0, None
    with full_disk():
        for number in range(60):
            left = [
                {"nonce": f"nonce-{number}-{one}", "kind": "window", "seconds": 1, "made_at": WORKING_AT.isoformat()}
                for one in range(50)
            ]
            body = {"made_at": WORKING_AT.isoformat(), "waiting": 0, "left": left, "after": 0}
            reply = candidate.post("/api/v1/exam/heartbeat", json=body)
            if reply.status_code != 200:
                refused = reply
                break
            told = reply.json()["leavings"]
        assert refused is not None, "the disk never was full"
        assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        assert refused.headers["retry-after"] == "5"
    assert save(candidate, 2, "B") == (200, 2)
    with database.reading() as session:
        assert len(list(session.exec(select(Departure.id)))) == told
        row = queries.seat(session, world.seats[0])
        assert row is not None
        assert [(one.position, one.choice) for one in queries.answers(session, row)] == [(1, "B")]


def test_while_the_database_is_away_nothing_is_acknowledged_and_afterwards_it_goes_on(
    databases: Databases, tmp_path: Path, browser: Browser, clock: Clock
) -> None:
    if databases.backend == "sqlite":
        pytest.skip("SQLite's database is in the same process")
    with postgres.server() as folder:
        postgres.clone(folder, "away")
        with using(postgres.url(folder, "away"), tmp_path / "clock"):
            migrations.upgrade()
            with database.writing() as session:
                world = worlds.build(session)
            candidate = working(world, browser, clock)
            assert save(candidate, 1) == (200, 1)
            postgres.halt(folder)
            assert save(candidate, 2, "B") == (503, "database_unavailable")
            postgres.go_on(folder)
            assert save(candidate, 3, "C") == (200, 3)
            assert candidate.get("/api/v1/exam").json()["answers"] == [
                {"position": 1, "choice": "C", "flagged": False, "seq": 3}
            ]


def test_two_clicks_on_hand_in_hand_in_once(world: World, browser: Browser, clock: Clock) -> None:
    candidate = working(world, browser, clock)
    save(candidate, 1)
    with ThreadPoolExecutor(2) as both:
        replies = list(both.map(lambda _: candidate.post("/api/v1/exam/hand-in", json={}), range(2)))

    assert sorted(reply.status_code for reply in replies)[0] == 200
    assert {reply.status_code for reply in replies} <= {200, 401, 409}
    assert sum(reply.status_code == 200 for reply in replies) == 1
    with database.reading() as session:
        assert len(list(session.exec(select(Result).where(Result.seat_id == world.seats[0])))) == 1
    receipt = next(reply.json()["receipt"] for reply in replies if reply.status_code == 200)
    assert candidate.get("/api/v1/exam/receipt").json() == receipt, "whoever saw only the refusal finds the receipt"


@pytest.mark.parametrize(
    ("before_end", "code"), [(10 * TICK, 200), (-TICK, 409)], ids=["in the last seconds", "just after the end"]
)
def test_handing_in_at_the_very_second(
    world: World, browser: Browser, clock: Clock, before_end: timedelta, code: int
) -> None:
    candidate = working(world, browser, clock)
    clock.set(ENDS_AT - before_end)

    reply = candidate.post("/api/v1/exam/hand-in", json={})

    assert reply.status_code == code, reply.text
    if code == 409:
        assert reply.json()["code"] == "already_handed_in"


def test_two_tabs_count_for_themselves_and_the_stale_one_is_told(world: World, browser: Browser, clock: Clock) -> None:
    candidate = working(world, browser, clock)
    assert save(candidate, 5, "A") == (200, 5)
    assert save(candidate, 3, "B") == (200, 5), "a stale tab learns the newer number"
    assert save(candidate, 5, "C") == (409, "answer_from_two_windows")
    assert candidate.get("/api/v1/exam").json()["answers"][0]["choice"] == "A"


def test_a_clock_that_is_an_hour_off_changes_nothing(world: World, browser: Browser, clock: Clock) -> None:
    candidate = working(world, browser, clock)
    for off in (timedelta(hours=1), -timedelta(hours=1)):
        body = {"made_at": (WORKING_AT + off).isoformat(), "waiting": 0, "left": [], "after": 0}
        pulse = candidate.post("/api/v1/exam/heartbeat", json=body).json()
        assert (pulse["phase"], pulse["state"]) == ("running", "working")
    assert save(candidate, 1) == (200, 1)
