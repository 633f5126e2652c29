"""kill -9 in the middle of an exam: whatever a candidate was told is stored, is stored.

A real server process answers many saves at once and dies at a moment nobody chose. What was acknowledged before must be
there after a restart; what was under way may be there or not, but then whole. Three times, on the same database.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import select

from service.journal import queries as journal
from service.kernel import database, sealing, settings
from service.sittings import queries
from service.sittings.tables import Incident
from tests import world as worlds
from tests.conftest import Clock
from tests.world import WORKING_AT, World

ROUNDS = 3
SINGLES = range(1, 27)


class Server:
    """The service in a process of its own, on this test's database and clock."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "service.cli", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=settings.ROOT, env=dict(os.environ))

    def wait_until_healthy(self) -> None:
        for _ in range(1200):
            assert self.process.poll() is None, "the service did not start"
            try:
                if self.call("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the service does not answer")

    def call(self, method: str, path: str, body: object = None, cookie: str = "") -> tuple[int, Any, str]:
        """One request on a connection of its own: status, body, cookie."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, json.dumps(body), _headers(cookie))
            with connection.getresponse() as reply:
                content = json.loads(reply.read() or b"null")
                return reply.status, content, (reply.getheader("set-cookie") or "").partition(";")[0]

    def kill(self) -> int:
        self.process.kill()
        return self.process.wait()


def _headers(cookie: str) -> dict[str, str]:
    return {"Content-Type": "application/json", **({"Cookie": cookie} if cookie else {})}


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    try:
        server.wait_until_healthy()
        yield server
    finally:
        server.process.kill()
        server.process.wait()


@dataclass(eq=False)
class Sender(threading.Thread):
    """Somebody who sends one request after another until the server is gone, and remembers what came back."""

    server: Server
    cookie: str
    acknowledged: int = 0
    cut_off: bool = False
    """The last request was sent in full, and no reply came."""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def next(self) -> tuple[str, str, object]:
        raise NotImplementedError

    def confirmed(self, reply: Any) -> None:
        raise NotImplementedError

    def run(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)) as connection:
            while self.exchange(connection):
                self.acknowledged += 1

    def exchange(self, connection: http.client.HTTPConnection) -> bool:
        """One request and its reply; whether the reply came."""
        method, path, body = self.next()
        sent = False
        try:
            connection.request(method, path, json.dumps(body), _headers(self.cookie))
            sent = True
            with connection.getresponse() as reply:
                content = json.loads(reply.read())
        except (OSError, http.client.HTTPException):
            self.cut_off = sent
            return False
        assert reply.status in {200, 201}, content
        self.confirmed(content)
        return True


Answers = dict[int, tuple[int, str]]
"""(sequence number, choice) by position."""


@dataclass(eq=False)
class Candidate(Sender):
    """A candidate who changes their mind all the time."""

    seq: int = 0
    stored: Answers = field(default_factory=dict)
    under_way: Answers = field(default_factory=dict)

    def next(self) -> tuple[str, str, object]:
        self.seq += 1
        position, choice = random.choice(SINGLES), random.choice("ABCD")
        self.under_way = {position: (self.seq, choice)}
        return "PUT", f"/api/v1/exam/answers/{position}", {"choice": choice, "seq": self.seq}

    def confirmed(self, reply: Any) -> None:
        assert reply["seq"] == self.seq
        self.stored |= self.under_way
        self.under_way = {}

    def lost(self, found: Answers) -> Answers:
        """What was acknowledged and is not there: neither it, nor the very change that was under way."""
        return {
            position: answer
            for position, answer in self.stored.items()
            if found.get(position) not in (answer, self.under_way.get(position, answer))
        }

    def invented(self, found: Answers) -> Answers:
        """What is there and was never sent, or only in part."""
        return {
            position: answer
            for position, answer in found.items()
            if answer not in (self.stored.get(position), self.under_way.get(position))
        }


@dataclass(eq=False)
class Proctor(Sender):
    """A proctor who reports one incident after another: each is a row and an entry of the journal, or neither."""

    sitting_id: int = 0
    number: int = 0
    reported: list[str] = field(default_factory=list)

    def next(self) -> tuple[str, str, object]:
        self.number += 1
        return "POST", f"/api/v1/sittings/{self.sitting_id}/incidents", {"text": f"第{self.number}件"}

    def confirmed(self, reply: Any) -> None:
        self.reported.append(f"第{self.number}件")


def sit_down(server: Server, world: World, seat_id: int) -> str:
    """Sign in to a seat and start; the cookie of the session, which outlives the server."""
    with database.reading() as session:
        seat = queries.seat(session, seat_id)
        assert seat is not None
    body = {"ticket_number": world.tickets[seat_id], "id_tail": world.citizen_ids[seat.trainee_id][-6:]}
    status, _, cookie = server.call("POST", "/api/v1/exam/session", body)
    assert (status, server.call("POST", "/api/v1/exam/start", {}, cookie)[0]) == (200, 200)
    return cookie


def answers_of(server: Server, cookie: str) -> Answers:
    """What the restarted service shows a candidate who did not notice anything."""
    status, exam, _ = server.call("GET", "/api/v1/exam", cookie=cookie)
    assert (status, exam["state"]) == (200, "working")
    return {one["position"]: (one["seq"], one["choice"]) for one in exam["answers"]}


def verify_journal() -> tuple[int, str]:
    """The verifier's verdict, in a process that shares no code with the service."""
    place = settings.current().database_url.removeprefix("sqlite:///")
    script = settings.ROOT / "scripts" / "verify_journal"
    done = subprocess.run([sys.executable, str(script), place], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def kill_in_the_middle(server: Server, senders: list[Sender]) -> None:
    """Let everybody send, and kill the server at a random moment after each has had a reply."""
    for sender in senders:
        sender.start()
    while not all(sender.acknowledged > 0 for sender in senders):
        assert all(sender.is_alive() for sender in senders)
        time.sleep(0.01)
    time.sleep(random.uniform(0.2, 1.0))

    assert server.process.poll() is None and all(sender.is_alive() for sender in senders)
    assert server.kill() == -signal.SIGKILL == -9
    for sender in senders:
        sender.join(30)
        assert not sender.is_alive()
    # Both kinds were there at that moment: replies that had come, and requests whose replies never did.
    assert all(sender.acknowledged > 0 for sender in senders)
    assert any(sender.cut_off and sender.under_way for sender in senders if isinstance(sender, Candidate))


def test_nothing_acknowledged_is_lost_when_the_service_is_killed(world: World, clock: Clock) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
    clock.set(WORKING_AT)
    candidates: dict[str, Candidate] = {}
    with serving() as server:
        staff = {"username": "proctor1", "password": worlds.PASSWORD}
        proctor = Proctor(server, server.call("POST", "/api/v1/session", staff)[2], sitting_id=world.sitting_id)
        for seat_id in world.seats:
            cookie = sit_down(server, world, seat_id)
            candidates[cookie] = Candidate(server, cookie)
        kill_in_the_middle(server, [*candidates.values(), proctor])

    for _ in range(ROUNDS - 1):
        with serving() as server:
            require_everything_acknowledged(server, world, candidates, proctor)
            candidates = {
                cookie: Candidate(server, cookie, seq=before.seq, stored=answers_of(server, cookie))
                for cookie, before in candidates.items()
            }
            proctor = Proctor(
                server,
                proctor.cookie,
                sitting_id=world.sitting_id,
                number=proctor.number,
                reported=proctor.reported,
            )
            kill_in_the_middle(server, [*candidates.values(), proctor])

    with serving() as server:
        require_everything_acknowledged(server, world, candidates, proctor)


def require_everything_acknowledged(
    server: Server, world: World, candidates: dict[str, Candidate], proctor: Proctor
) -> None:
    """What the restarted service knows against what everybody was told before it died."""
    for cookie, candidate in candidates.items():
        found = answers_of(server, cookie)
        assert len(candidate.stored) > 0
        assert (candidate.lost(found), candidate.invented(found)) == ({}, {})
    with database.reading() as session:
        kept = [row.text for row in session.exec(select(Incident).order_by(Incident.id))]  # type: ignore[arg-type]
        entries = [json.loads(row.data)["text"] for row in session.exec(journal.entries(event="INCIDENT_REPORTED"))]
    assert set(proctor.reported) <= set(kept)
    digests = [sealing.digest(text.encode()) for text in kept]
    assert entries[::-1] == digests, "no act without its record, and no record without its act"
    code, verdict = verify_journal()
    assert (code, verdict[:3]) == (0, "OK:")
