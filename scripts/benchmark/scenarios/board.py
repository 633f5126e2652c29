"""What watching costs: one sitting of three hundred seats saves as fast as it can, with and without twenty boards."""

import select
import socket
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

from scripts.benchmark import contenders, report, saturation, servers, verdicts, wire
from scripts.benchmark.contenders import Contender
from scripts.benchmark.report import Bench, console
from scripts.benchmark.saturation import Rate
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Plan, World

SEATS, WATCHERS, KEPT = 300, 20, 0.9
# A board changes once a second at most, so its turns are longer than those of a save.
LONGER = 3
ALONE, WATCHED = "nobody watches", f"{WATCHERS} boards watch"
EVENT = b"event: board"
# Each board must be told at least this often while everybody saves (a second), or it does not watch at all.
OFTEN = 0.25
# Streams that were hung up are forgotten by the service at its next look.
FORGETTING = 1.5


class Watchers:
    """Open boards: each reads its stream of events, and what came is counted for each."""

    def __init__(self, running: Running, found: World) -> None:
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.rests: dict[int, bytes] = {}
        self.events: Counter[int] = Counter()
        self.bytes, self.seconds = 0, 0.0
        for sitting_id, tokens in found.proctors.items():
            for mine in tokens:
                self._open(running.port, sitting_id, mine)

    def _open(self, port: int, sitting_id: int, token: str) -> None:
        line = socket.create_connection((wire.HOST, port))
        address, stream = f"/api/v1/sittings/{sitting_id}/board/events", {"Accept": "text/event-stream"}
        line.sendall(wire.request("GET", address, token, more=stream))
        first = line.recv(wire.CHUNK)
        if not first.startswith(b"HTTP/1.1 200") or b"text/event-stream" not in first:
            raise SystemExit(f"the board has no stream of events here: {first[:200]!r}")
        line.setblocking(False)
        number = line.fileno()
        self.poll.register(number, select.EPOLLIN)
        self.sockets[number], self.events[number] = line, 0
        self._take(number, first)

    def _take(self, number: int, data: bytes) -> None:
        # An event's name may lie across two pieces, so what may be its beginning is kept for the next.
        text = self.rests.get(number, b"") + data
        self.events[number] += text.count(EVENT)
        self.rests[number] = text[-len(EVENT) + 1 :]
        self.bytes += len(data)

    def read(self) -> None:
        """Take what has come.

        Raises:
            SystemExit: the service has hung up on somebody who watches.
        """
        for number, _ in self.poll.poll(0.05):
            data = self.sockets[number].recv(wire.CHUNK)
            if not data:
                raise SystemExit("a board was hung up on in the middle of the exam")
            self._take(number, data)

    def close(self) -> None:
        for line in self.sockets.values():
            line.close()
        self.poll.close()

    def require_events(self, seconds: float) -> None:
        """See that everybody was told what happened.

        Raises:
            SystemExit: a board was open and saw nothing, so whatever was measured is not the cost of watching.
        """
        self.seconds = seconds
        if len(self.events) != WATCHERS or min(self.events.values()) < max(1, int(seconds * OFTEN)):
            raise SystemExit(
                f"these boards did not watch; events on each in {seconds:.0f} s: {[*self.events.values()]}"
            )


def run(bench: Bench) -> None:
    """Saturation with and without watchers, in turn, on one service."""
    if saturation.WRK is None:
        bench.judge(verdicts.missing("board", "wrk is not here, and our own driver cannot watch beside its work"))
        return
    with ExitStack() as stack:
        contender = contenders.save(bench, stack, bench.options.backend, Plan(SEATS, room=SEATS, screens=WATCHERS))
        contender = replace(contender, seconds=contender.seconds * LONGER)
        seen: list[Watchers] = []
        rounds = report.interleave({ALONE: contender, WATCHED: lambda: _watched(contender, seen)}, bench.options.rounds)
    figures = report.compare(f"saving while boards watch, {SEATS} seats", rounds, against=ALONE)
    rate = report.Spread.of([sum(one.events.values()) / len(one.events) / one.seconds for one in seen])
    size = report.Spread.of([one.bytes / max(1, one.events.total()) for one in seen])
    console.print(f"events a second on each board: {rate}; bytes an event: {size}")
    wall, cpu = (figures[WATCHED][kind]["median"] for kind in ("ratio", "cpu_ratio"))
    said = f"; {rate.median:.2f} events/s on each board"
    bench.judge(verdicts.ratio(f"saves while {WATCHERS} boards watch ÷ alone", KEPT, wall, cpu, said))
    bench.keep("board", figures | {"events_per_second": str(rate), "bytes": str(size)})


def _watched(contender: Contender, seen: list[Watchers]) -> Rate:
    with servers.awake(contender.running):
        watchers = Watchers(contender.running, contender.database.world)
    rate = contender(watchers.read)
    watchers.close()
    with servers.awake(contender.running):
        time.sleep(FORGETTING)
    watchers.require_events(rate.seconds)
    seen.append(watchers)
    return rate
