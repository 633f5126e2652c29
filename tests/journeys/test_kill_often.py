"""kill -9 at a hundred random moments of a sitting of two hundred seats, on SQLite and on PostgreSQL with two workers.

No acknowledged answer is lost, nothing is there twice, and after each restart every single seat is answered again
before the next kill. One candidate a round hands in around the moment of death. Long: `scripts/test --long`.
"""

import asyncio
import json
import os
import random
import sys

import pytest
import sqlalchemy as sa

from scripts.benchmark import world as crowd
from service.kernel import database
from tests.journeys import machines as journeys
from tests.journeys.machines import Change, Machine
from tests.journeys.test_kill import Server, verify_journal

pytestmark = pytest.mark.long
SEATS, ROUNDS = 200, int(os.environ.get("PEIKAO_KILLS", "100"))
WORKERS = {"sqlite": 1, "postgresql": 2}


@pytest.fixture
def machines(empty_url: str) -> list[Machine]:
    with database.writing() as session:
        built = crowd.build(session, crowd.Plan(seats=SEATS))
    return [Machine(place, built.kinds) for place in built.places]


def test_a_hundred_kills_lose_nothing_that_was_acknowledged(machines: list[Machine], empty_url: str) -> None:
    workers = WORKERS[empty_url.partition(":")[0].partition("+")[0]]
    chance, waits = random.Random(20), []

    for number in range(ROUNDS):
        waits.append(one_life(machines, workers, number, chance))
        if number % 10 == 9:
            assert_all_there_once(machines)

    assert_all_there_once(machines)
    code, verdict = verify_journal()
    assert (code, verdict[:3]) == (0, "OK:")
    told = sum(sum(machine.sent.values()) for machine in machines)
    assert told >= ROUNDS * (SEATS - ROUNDS)
    receipts = sum(machine.receipt is not None for machine in machines)
    assert receipts >= min(ROUNDS, SEATS) - 1, "all but perhaps the last one who handed in know it"
    waits.sort()
    sys.stdout.write(
        f"\n{ROUNDS} kills of {workers} worker(s), {told} acknowledged answers and {receipts} hand-ins: 0 lost,"
        f" 0 doubled; from the start of the servers until the last of {SEATS} seats was answered:"
        f" {waits[len(waits) // 2]:.1f} s in the middle, {waits[-1]:.1f} s at most\n"
    )


def one_life(machines: list[Machine], workers: int, number: int, chance: random.Random) -> float:
    """From start to death: everybody is answered, and a while later all servers die. How long the last one waited."""
    servers = [Server() for _ in range(workers)]
    try:
        return asyncio.run(_live(machines, servers, machines[number % SEATS], chance))
    finally:
        for server in servers:
            server.kill()


async def _live(machines: list[Machine], servers: list[Server], leaver: Machine, chance: random.Random) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    for server in servers:
        await asyncio.to_thread(server.wait_until_healthy)
    ports = [server.port for server in servers]
    tasks = [asyncio.create_task(one.work(ports[place % len(ports)], began)) for place, one in enumerate(machines)]
    everybody = asyncio.create_task(journeys.until(machines, began))
    working = asyncio.gather(*tasks)
    # A machine that is answered wrongly ends the wait at once, with the reason.
    done, _ = await asyncio.wait({everybody, working}, return_when=asyncio.FIRST_COMPLETED)
    await next(iter(done))
    moment = chance.uniform(0.05, 0.8)
    await asyncio.sleep(moment / 2)
    leaver.leaving = True
    await asyncio.sleep(chance.uniform(0, moment / 2))
    for server in servers:
        assert server.process.poll() is None
        server.process.kill()
    await working
    return max(machine.went_on_after or 0.0 for machine in machines)


def assert_all_there_once(machines: list[Machine]) -> None:
    """What is stored is what was acknowledged, or a later change that was under way; hand-ins are there once."""
    stored = _stored()
    lost, invented = [], []
    for machine in machines:
        mine = stored.get(machine.place.seat_id, [])
        found = {change.position: change for change in mine}
        newest = journeys.acknowledged(machine)
        lost += [change for change in newest.values() if (found.get(change.position) or change).seq < change.seq]
        lost += [change for change in newest.values() if change.position not in found]
        invented += [change for change in mine if change not in machine.sent]
    assert (lost, invented) == ([], [])
    _assert_sheets_there_once(machines, stored)


def _stored() -> dict[int, list[Change]]:
    with database.reading() as session:
        rows = session.connection().execute(sa.text("SELECT seat_id, position, seq, choice FROM sittings_answer"))
        found: dict[int, list[Change]] = {}
        for seat_id, position, seq, choice in rows:
            found.setdefault(seat_id, []).append(Change(position, seq, choice))
        return found


def _assert_sheets_there_once(machines: list[Machine], stored: dict[int, list[Change]]) -> None:
    """Each sheet that was handed in has one entry in the journal and one result, and holds what is stored of it."""
    with database.reading() as session:
        run = session.connection().execute
        noted = [
            (subject, json.loads(data)["sheet"], json.loads(data)["answered"])
            for subject, data in run(
                sa.text("SELECT subject, data FROM journal_entry WHERE event = 'SEAT_HANDED_IN' ORDER BY subject")
            )
        ]
        sheets = run(sa.text("SELECT id, sheet_digest FROM sittings_seat WHERE handed_in_at IS NOT NULL")).all()
        marked = run(sa.text("SELECT seat_id FROM results_result")).scalars().all()
    assert noted == sorted((f"seat:{seat_id}", digest, len(stored[seat_id])) for seat_id, digest in sheets)
    assert sorted(marked) == sorted(seat_id for seat_id, _ in sheets)
    digests = {subject: digest for subject, digest, _ in noted}
    for machine in machines:
        if machine.receipt is not None:
            assert digests[f"seat:{machine.place.seat_id}"].startswith(machine.receipt["digest"])
