"""kill -9 at a hundred random moments of a sitting of two hundred seats, on SQLite and on PostgreSQL with two workers.

No acknowledged answer is lost, none is doubled, and everybody goes on after the restart. Long: `scripts/test --long`.
"""

import asyncio
import json
import os
import random
import sys
import time
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from scripts.benchmark import world as crowd
from service.kernel import database
from tests.journeys.test_kill import Server

pytestmark = pytest.mark.long
SEATS, ROUNDS = 200, int(os.environ.get("PEIKAO_KILLS", "100"))
POSITIONS = range(1, 21)
WORKERS = {"sqlite": 1, "postgresql": 2}


@dataclass
class Machine:
    """One candidate's machine: it saves one change after another and remembers what was acknowledged."""

    place: crowd.Place
    seq: int = 0
    acknowledged: dict[int, tuple[int, str]] = field(default_factory=dict)
    replies: int = 0

    def next(self) -> tuple[int, int, str]:
        self.seq += 1
        position = POSITIONS[self.seq % len(POSITIONS)]
        return position, self.seq, "ABCD"[self.seq % 4]

    async def work(self, port: int) -> None:
        """Save until the server is gone."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            while True:
                position, seq, choice = self.next()
                body = json.dumps({"choice": choice, "flagged": False, "seq": seq})
                head = (
                    f"PUT /api/v1/exam/answers/{position} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    f"Cookie: peikao={self.place.token}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}"
                )
                writer.write(head.encode())
                status = await reader.readline()
                if not status:
                    return  # The server died before it could answer.
                length = 0
                while (line := await reader.readline()) not in {b"\r\n", b""}:
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                content = await reader.readexactly(length)
                assert b" 200 " in status, (status, content)
                assert json.loads(content)["seq"] == seq
                self.acknowledged[position] = seq, choice
                self.replies += 1
        except (OSError, asyncio.IncompleteReadError, json.JSONDecodeError):
            return
        finally:
            writer.close()


@pytest.fixture
def machines(empty_url: str) -> list[Machine]:
    with database.writing() as session:
        built = crowd.build(session, crowd.Plan(seats=SEATS))
    return [Machine(place) for place in built.places]


def test_a_hundred_kills_lose_nothing_that_was_acknowledged(machines: list[Machine], empty_url: str) -> None:
    workers = WORKERS[empty_url.partition(":")[0].partition("+")[0]]
    chance, waits = random.Random(20), []

    for number in range(ROUNDS):
        before = [machine.replies for machine in machines]
        servers = [Server() for _ in range(workers)]
        try:
            began = time.monotonic()
            for server in servers:
                server.wait_until_healthy()
            asyncio.run(_until_killed(machines, servers, chance.uniform(0.05, 0.8)))
            waits.append(time.monotonic() - began)
        finally:
            for server in servers:
                server.kill()
        if number % 10 == 9:
            assert_nothing_lost(machines)
        went_on = sum(machine.replies > earlier for machine, earlier in zip(machines, before, strict=True))
        assert went_on > 0, "after the restart nobody could go on"

    assert_nothing_lost(machines)
    total = sum(machine.replies for machine in machines)
    sys.stdout.write(
        f"\n{ROUNDS} kills, {total} acknowledged answers, 0 lost; longest start to death {max(waits):.1f} s\n"
    )


async def _until_killed(machines: list[Machine], servers: list[Server], seconds: float) -> None:
    """Everybody works, spread over the workers, until all of them die at a moment nobody chose."""
    ports = [server.port for server in servers]
    tasks = [asyncio.create_task(one.work(ports[place % len(ports)])) for place, one in enumerate(machines)]
    await asyncio.sleep(seconds)
    for server in servers:
        server.process.kill()
    await asyncio.gather(*tasks)


def assert_nothing_lost(machines: list[Machine]) -> None:
    """Every acknowledged change, or a newer one of the same item, is stored, and each item once."""
    with database.reading() as session:
        rows = session.connection().execute(sa.text("SELECT seat_id, position, seq, choice FROM sittings_answer"))
        stored: dict[tuple[int, int], tuple[int, str]] = {}
        for seat_id, position, seq, choice in rows:
            assert (seat_id, position) not in stored, "an answer is there twice"
            stored[seat_id, position] = seq, choice
    lost = [
        (machine.place.seat_id, position, seq)
        for machine in machines
        for position, (seq, choice) in machine.acknowledged.items()
        if stored.get((machine.place.seat_id, position), (0, ""))[0] < seq
        or (stored[machine.place.seat_id, position][0] == seq and stored[machine.place.seat_id, position][1] != choice)
    ]
    assert lost == []
