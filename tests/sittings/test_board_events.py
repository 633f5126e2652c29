"""The board as a stream: a real server process, watchers over real sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.kernel import database, settings
from service.kernel.settings import ROOT
from service.sittings.actions import clockwork, minding
from service.sittings.tables import Presence, Proctor
from tests import world as worlds
from tests.conftest import Clock
from tests.world import WORKING_AT, World

# Long enough for a busy machine; nothing here is judged by how long it takes.
PATIENCE = 60
# The command as it is, but that rights are looked up and silence is broken more often than an exam would need.
PROGRAM = """
import sys
from service import cli
from service.sittings.api import feed
feed.RIGHTS_EVERY = feed.COMMENT_EVERY = 0.4
cli.app(["serve", "--port", sys.argv[1]])
"""


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]
    log: Path
    clients: list[httpx2.Client] = field(default_factory=list)

    def client(self, username: str) -> httpx2.Client:
        """A signed-in client with cookies of its own."""
        client = httpx2.Client(base_url=self.url, timeout=PATIENCE)
        self.clients.append(client)
        reply = client.post("/api/v1/session", json={"username": username, "password": worlds.PASSWORD})
        assert reply.status_code == 200, reply.text
        return client

    def stop(self) -> int:
        """Stop as an operator does, and wait for it."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)


@pytest.fixture
def server(world: World, clock: Clock, tmp_path: Path) -> Iterator[Server]:
    """A server process on the world's database, in the middle of the exam."""
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        worlds.start(session, world.seats[0])
    clock.set(WORKING_AT)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, chosen = f"http://127.0.0.1:{port}", settings.current()
    environment = {
        **os.environ,
        "PEIKAO_DATABASE_URL": chosen.database_url,
        "PEIKAO_CLOCK_FILE": str(chosen.clock_file),
        "PEIKAO_PUBLIC_URL": url,
    }
    words = [sys.executable, "-c", PROGRAM, str(port)]
    log = tmp_path / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=sink, stderr=sink)
    running = Server(url, process, log)
    try:
        _wait_for(running)
        yield running
    finally:
        for client in running.clients:
            client.close()
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _wait_for(server: Server) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{server.url}/health") as reply:
                assert reply.status == 200
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(server.log.read_text())


class Stream:
    """One open stream, read line by line as a browser reads it."""

    def __init__(self, reply: httpx2.Response) -> None:
        self.reply = reply
        self.lines = reply.iter_lines()
        self.comments = 0

    def next(self) -> dict[str, Any] | None:
        """The next board; None where the stream has ended."""
        name = ""
        for line in self.lines:
            if line.startswith(":"):
                self.comments += 1
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                assert name == "board"
                found: dict[str, Any] = json.loads(line[6:])
                return found
        return None

    def until(self, what: Any) -> dict[str, Any]:
        """The first board that shows something."""
        while (board := self.next()) is not None:
            if what(board):
                return board
        raise AssertionError("the stream ended before that")

    def drained(self) -> bool:
        """Read to the end."""
        while self.next() is not None:
            pass
        return True


def watching(client: httpx2.Client, world: World, **headers: str) -> Any:
    path = f"/api/v1/sittings/{world.sitting_id}/board/events"
    return client.stream("GET", path, headers={"accept": "text/event-stream", **headers})


def state(board: dict[str, Any], seat_id: int) -> str:
    return next(str(seat["state"]) for seat in board["seats"] if seat["seat_id"] == seat_id)


def test_two_watchers_see_the_board_at_once_and_every_change_that_follows(server: Server, world: World) -> None:
    first, second = server.client("proctor1"), server.client("proctor2")
    seat_id = world.seats[0]
    with watching(first, world) as one, watching(second, world) as other:
        streams = [Stream(one), Stream(other)]
        assert {one.headers[name] for name in ("cache-control", "x-accel-buffering")} == {"no-store", "no"}
        assert one.headers["content-type"].startswith("text/event-stream")
        boards = [stream.next() for stream in streams]
        assert [state(board, seat_id) for board in boards if board is not None] == ["working", "working"]

        first.post(f"/api/v1/sittings/{world.sitting_id}/pause", json={"reason": "停电"})

        for stream in streams:
            paused = stream.until(lambda board: board["paused_at"] is not None)
            assert (paused["pause_reason"], state(paused, seat_id)) == ("停电", "paused")
        with database.writing() as session:
            # By another process, as when the service runs in many.
            clockwork.resume_room(session, world.actor(session, "proctor2"), world.sitting_id, now=WORKING_AT)
        for stream in streams:
            assert state(stream.until(lambda board: board["paused_at"] is None), seat_id) == "working"


def test_each_watcher_sees_their_own_hand_and_reads_their_own_language(server: Server, world: World) -> None:
    """What all share is made once; what is one's own stands beside it, as the plain route says it too."""
    from service.papers.tables import Opening

    first, second = server.client("proctor1"), server.client("proctor2")
    second.cookies.set("peikao_language", "en")
    with database.writing() as session:
        person = world.actor(session, "proctor2").person_id
        session.execute(sa.delete(Opening).where(sa.column("person_id") == person))
    with watching(first, world) as one, watching(second, world) as other:
        pushed = [Stream(one).next(), Stream(other).next()]
    asked = [client.get(f"/api/v1/sittings/{world.sitting_id}/board").json() for client in (first, second)]

    assert [board["mine"] for board in pushed if board is not None] == [True, False]
    # Between the two looks a silence may have grown, so only what stands still is compared.
    steady = ("sitting", "hands", "mine", "record", "rehearsal", "incidents", "messages")
    for board, plain in zip(pushed, asked, strict=True):
        assert board is not None and {name: board[name] for name in steady} == {name: plain[name] for name in steady}


def test_a_stream_ends_when_its_watcher_signs_out_and_the_other_goes_on(server: Server, world: World) -> None:
    first, second = server.client("proctor1"), server.client("proctor2")
    with watching(first, world) as one, watching(second, world) as other:
        mine, theirs = Stream(one), Stream(other)
        assert mine.next() and theirs.next()

        assert httpx2.delete(f"{server.url}/api/v1/session", cookies=dict(first.cookies)).status_code < 400

        assert mine.drained()
        with database.writing() as session:
            minding.send_message(
                session, world.actor(session, "proctor2"), world.sitting_id, None, "还有三十分钟", now=WORKING_AT
            )
        assert theirs.until(lambda board: board["messages"])["messages"][0]["text"] == "还有三十分钟"
    assert first.get(f"/api/v1/sittings/{world.sitting_id}/board/events").status_code == 401


@pytest.mark.parametrize("taken", ["assignment", "duty"])
def test_a_stream_ends_when_its_watcher_proctors_no_longer(server: Server, world: World, taken: str) -> None:
    client = server.client("proctor1")
    with watching(client, world) as reply:
        stream = Stream(reply)
        assert stream.next()
        with database.writing() as session:
            if taken == "assignment":
                person = world.actor(session, "proctor1").person_id
                session.execute(sa.delete(Proctor).where(sa.column("person_id") == person))
            else:
                guardian = world.actor(session, "security")
                account = world.accounts["proctor1"]
                administering.revoke_duty(session, guardian, account, Duty.PROCTOR, now=WORKING_AT)

        assert stream.drained()
    assert client.get(f"/api/v1/sittings/{world.sitting_id}/board").status_code in {403, 404}


def test_what_is_silent_says_so_now_and_then(server: Server, world: World) -> None:
    client = server.client("proctor1")
    with watching(client, world) as reply:
        lines = reply.iter_lines()
        said = next(line for line in lines if line.startswith(":"))
    assert said == ": still here"


def test_a_server_that_is_stopped_ends_its_streams_and_does_not_hang(server: Server, world: World) -> None:
    clients = [server.client("proctor1"), server.client("proctor2")]
    with watching(clients[0], world) as one, watching(clients[1], world) as other:
        streams = [Stream(one), Stream(other)]
        assert all(stream.next() for stream in streams)
        server.process.send_signal(signal.SIGTERM)

        # A stream that were cut instead of ended would raise here.
        assert all(stream.drained() for stream in streams)
    assert server.process.wait(timeout=PATIENCE) == -signal.SIGTERM
    assert "Traceback" not in server.log.read_text()


def test_leaving_leaves_nothing_behind(server: Server, world: World) -> None:
    """Whoever goes is forgotten: the next one finds a fresh board."""
    client = server.client("proctor1")
    for seen in (1, 2, 3):
        with watching(client, world) as reply:
            assert Stream(reply).next()
        with database.writing() as session:
            presence = Presence(sitting_id=world.sitting_id, seat_id=world.seats[0], seen_at=WORKING_AT, leavings=seen)
            session.merge(presence)
        with watching(client, world) as reply:
            shown = Stream(reply).until(lambda board, seen=seen: board["seats"] and _leavings(board, world) == seen)
            assert shown["sitting"]["id"] == world.sitting_id


def _leavings(board: dict[str, Any], world: World) -> int:
    return next(int(seat["leavings"]) for seat in board["seats"] if seat["seat_id"] == world.seats[0])
