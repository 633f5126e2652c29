"""The door: every candidate's signed ticket is looked at and the candidate admitted, by the proctors of all rooms."""

import uuid
from datetime import UTC, datetime

from scripts.benchmark import servers, wire
from scripts.benchmark.databases import Database, using
from scripts.benchmark.report import Bench
from scripts.benchmark.scenarios import once
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Place, Plan, Stage, World
from service.kernel import sealing
from service.sittings.rules import ticket_code
from service.sittings.rules.ticket_code import TicketCode

EXPIRES = 10**10
GOAL = 1400


def run(bench: Bench) -> None:
    """Every ticket once, one request each, 64 connections at a time."""
    plan = Plan(bench.options.seats, Stage.DOOR)
    bench.keep("check-in", once.compare(bench, "checking in by a signed ticket", plan, _requests, GOAL))


def _requests(running: Running, database: Database) -> list[bytes]:
    with using(database.url):
        codes = {one.seat_id: _code(one) for one in database.world.places}
    _fetch_packs(running, database.world)
    return _acts(database.world, codes)


def _code(place: Place) -> str:
    """The text of the QR code, signed with the key that the service verifies with."""
    code = TicketCode(place.sitting_id, place.seat_id, 1, EXPIRES)
    return ticket_code.encode(code, lambda message: sealing.sign(message, purpose="ticket"))


def _device(sitting_id: int) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"tablet {sitting_id}").hex


def _fetch_packs(running: Running, found: World) -> None:
    """Each room's tablet fetches its pack first, as it must."""
    for sitting_id, (proctor, *_) in found.proctors.items():
        address = f"/api/v1/sittings/{sitting_id}/pack?device={_device(sitting_id)}&name=tablet"
        reply = servers.fetch(running.port, address, {"Cookie": f"peikao={proctor}"})
        if reply.status != 200:
            raise SystemExit(f"no pack for sitting {sitting_id}: {reply.status} {reply.body[:300]!r}")


def _acts(found: World, codes: dict[int, str]) -> list[bytes]:
    """One request per ticket; neighbours in time are of different rooms."""
    now = datetime.now(UTC).isoformat()
    requests = []
    for place in sorted(found.places, key=lambda one: (one.number, one.sitting_id)):
        act = {"nonce": f"admit-{place.seat_id:08d}", "act": "admit", "text": codes[place.seat_id], "at": now}
        body = {"device": _device(place.sitting_id), "sent_at": now, "acts": [act | {"offline": False}]}
        address = f"/api/v1/sittings/{place.sitting_id}/check-ins"
        requests.append(wire.request("POST", address, found.proctors[place.sitting_id][0], body))
    return requests
