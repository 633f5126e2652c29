"""The database is away while a room saves: nobody waits for ever, nothing unsaved is acknowledged, all go on after."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from service import migrations
from service.kernel import database, group_commit
from service.sittings import queries
from tests import postgres
from tests import world as worlds
from tests.conftest import Browser, Clock, using
from tests.world import WORKING_AT, World

SENDERS = 64


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL of one's own, for it will suffer; the service of this process uses it."""
    with postgres.server() as folder:
        postgres.clone(folder, "away")
        with using(postgres.url(folder, "away"), tmp_path / "clock"):
            migrations.upgrade()
            yield folder


class Sender(threading.Thread):
    """Changes one item of one candidate again and again, and sends a change again until it is acknowledged."""

    def __init__(self, client: Any, seat_id: int, position: int, enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client, self.seat_id, self.position, self.enough = client, seat_id, position, enough
        self.acknowledged = self.sent = self.refused = 0
        self.longest = 0.0
        self.surprises: list[Any] = []

    def run(self) -> None:
        while not self.enough.is_set():
            self.sent = self.acknowledged + 1
            begun = time.monotonic()
            reply = self.client.put(f"/api/v1/exam/answers/{self.position}", json={"choice": "A", "seq": self.sent})
            self.longest = max(self.longest, time.monotonic() - begun)
            if reply.status_code == 200:
                self.acknowledged = reply.json()["seq"]
                time.sleep(0.2)
            elif (reply.status_code, reply.headers.get("retry-after")) == (503, "5"):
                self.refused += 1
                time.sleep(0.5)
            else:
                self.surprises.append((reply.status_code, reply.text))


@contextmanager
def at_work(browser: Browser, clock: Clock) -> Iterator[list[Sender]]:
    """A room full of senders, who have all saved once; at the end each of them has gone home."""
    room = _senders(browser, clock)
    for sender in room:
        sender.start()
    try:
        assert until(lambda: all(sender.acknowledged for sender in room), 60), "all save before"
        yield room
    finally:
        room[0].enough.set()
        for sender in room:
            sender.join(30)


def _senders(browser: Browser, clock: Clock) -> list[Sender]:
    with database.writing() as session:
        world: World = worlds.build(session)
        worlds.begin_exam(session, world)
        trainees = {one: queries.seat(session, one).trainee_id for one in world.seats}  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    clients = {seat: browser.candidate(world, seat, trainee) for seat, trainee in trainees.items()}
    for client in clients.values():
        assert client.post("/api/v1/exam/start", json={}).json()["state"] == "working"
    enough = threading.Event()
    return [
        Sender(clients[seat], seat, 1 + number // len(world.seats), enough)
        for number in range(SENDERS)
        for seat in [world.seats[number % len(world.seats)]]
    ]


def until(done: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while not done() and time.monotonic() < ends:
        time.sleep(0.05)
    return done()


AWAY = {"stopped": (postgres.halted, 15.0), "frozen": (postgres.frozen, 1.0)}
pytestmark = pytest.mark.more
LONG = pytest.mark.long


@pytest.mark.parametrize(("away", "patience"), AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=LONG)], ids=["a moment", "half a minute"])
def test_while_the_database_is_away_a_whole_room_is_told_and_afterwards_all_go_on(
    server: str,
    browser: Browser,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    away: Callable[[str], AbstractContextManager[None]],
    patience: float,
    seconds: int,
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", patience)
    with at_work(browser, clock) as room:
        with away(server):
            time.sleep(0.5)
            before = [sender.acknowledged for sender in room]
            time.sleep(seconds)
            assert [sender.acknowledged for sender in room] == before, "nothing is acknowledged meanwhile"
            assert [sender.refused > 0 for sender in room] == [True] * SENDERS, "everybody has been told"
        assert until(lambda: all(one.acknowledged > old for one, old in zip(room, before, strict=True)), 60), (
            "all go on"
        )

    assert [sender.surprises for sender in room] == [[]] * SENDERS
    assert max(sender.longest for sender in room) < 10 + patience
    with database.reading() as session:
        for sender in room:
            seat = queries.seat(session, sender.seat_id)
            assert seat is not None
            stored = {one.position: one.seq for one in queries.answers(session, seat)}
            assert sender.acknowledged <= stored[sender.position] <= sender.sent
