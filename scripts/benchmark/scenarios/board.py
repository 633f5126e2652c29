"""What watching costs: ten rooms save as fast as they can, with and without two boards open in each."""

import select
import socket
from contextlib import ExitStack
from dataclasses import replace

from scripts.benchmark import contenders, report, servers, wire
from scripts.benchmark.contenders import Contender
from scripts.benchmark.report import Bench, console
from scripts.benchmark.saturation import Rate
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Plan, World

SEATS = 300
# A board changes once a second at most, so its turns are longer than those of a save.
LONGER = 3
ALONE, WATCHED = "nobody watches", "20 boards watch"
EVENT = b"event: board"


class Watchers:
    """Open boards: each reads its stream of events and counts what came."""

    def __init__(self, running: Running, found: World) -> None:
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.events, self.bytes, self.seconds = 0, 0, 0.0
        for sitting_id, tokens in found.proctors.items():
            for mine in tokens:
                self._open(running.port, sitting_id, mine)

    def _open(self, port: int, sitting_id: int, token: str) -> None:
        line = socket.create_connection((wire.HOST, port))
        line.sendall(wire.request("GET", f"/api/v1/sittings/{sitting_id}/board/events", token))
        first = line.recv(wire.CHUNK)
        if not first.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the board has no stream of events here: {first[:200]!r}")
        line.setblocking(False)
        self.poll.register(line.fileno(), select.EPOLLIN)
        self.sockets[line.fileno()] = line

    def read(self) -> None:
        """Take what has come."""
        for number, _ in self.poll.poll(0.05):
            data = self.sockets[number].recv(wire.CHUNK)
            self.bytes += len(data)
            self.events += data.count(EVENT)
            if not data:
                self.poll.unregister(number)

    def close(self) -> None:
        for line in self.sockets.values():
            line.close()
        self.poll.close()


def run(bench: Bench) -> None:
    """Saturation with and without watchers, in turn, on one service."""
    with ExitStack() as stack:
        contender = contenders.save(bench, stack, bench.options.backend, Plan(SEATS))
        contender = replace(contender, seconds=contender.seconds * LONGER)
        seen: list[Watchers] = []
        rounds = report.interleave({ALONE: contender, WATCHED: lambda: _watched(contender, seen)}, bench.options.rounds)
    figures = report.compare(f"saving while boards watch, {SEATS} seats", rounds, against=ALONE)
    share = report.Spread.of([1 - one[WATCHED].per_cpu_second / one[ALONE].per_cpu_second for one in rounds])
    rate = report.Spread.of([one.events / one.seconds for one in seen])
    size = report.Spread.of([one.bytes / max(1, one.events) for one in seen])
    console.print(f"watching takes this share of the time a save costs: {share}")
    console.print(f"events a second on all boards together: {rate}; bytes an event: {size}")
    bench.keep("board", figures | {"share": str(share), "events_per_second": str(rate), "bytes": str(size)})


def _watched(contender: Contender, seen: list[Watchers]) -> Rate:
    with servers.awake(contender.running):
        watchers = Watchers(contender.running, contender.database.world)
    rate = contender(watchers.read)
    watchers.seconds = rate.seconds
    watchers.close()
    seen.append(watchers)
    return rate
