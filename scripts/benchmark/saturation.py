"""The highest rate: 64 keep-alive connections that are never idle, driven by wrk or, where it is missing, by hand."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.benchmark import candidates, driving, machine, wire, world
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Place, World

CONNECTIONS = 64
ITEMS = 10
LUA = Path(__file__).with_name("saves.lua")
WRK = shutil.which("wrk")
# Every save carries a higher number than all before it, or the database would have nothing to write.
_numbers = itertools.count(100_000_000, 5_000_000)


@dataclass(frozen=True)
class Rate:
    """One measurement of one contender."""

    requests: float
    seconds: float
    cpu: float
    refused: float
    broken: float
    p50: float
    p95: float
    p99: float
    syncs: float = 0

    @cached_property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @cached_property
    def per_cpu_second(self) -> float:
        """What one second of processor time of server and database is worth."""
        return self.requests / self.cpu if self.cpu else 0.0

    @cached_property
    def share(self) -> float:
        """How much of its core server and database got; well below 1, others were busy there and rates mean little."""
        return self.cpu / self.seconds

    @cached_property
    def faults(self) -> int:
        return int(self.refused + self.broken)


@dataclass(frozen=True)
class Saves:
    """What to send: the same words to the service and to the echo, but for method, address and proof."""

    parts: Path
    heads: list[tuple[str, str]]

    @classmethod
    def of(cls, found: World, parts: Path, *, echo: bool = False) -> "Saves":
        """Saves of ten items of every seat; neighbours in time are of different seats."""
        positions = [(position, kind) for position, kind in sorted(found.kinds.items())][:ITEMS]
        heads = [
            (world.choice(kind, turn), _head(place, position, echo=echo))
            for turn, (position, kind) in enumerate(positions)
            for place in found.places
        ]
        with parts.open("w") as file:
            file.writelines(f"{choice}\t{head}\n".replace("\r\n", "\\n") for choice, head in heads)
        return cls(parts, heads)

    def requests(self, first: int) -> Iterator[bytes]:
        """The same as the script for wrk makes of the parts."""
        for number in itertools.count(first):
            choice, head = self.heads[number % len(self.heads)]
            body = f'{{"choice":"{choice}","flagged":false,"seq":{number}}}'
            yield f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _head(place: Place, position: int, *, echo: bool) -> str:
    """The echo is asked as briefly as can be: it is not made to read a proof that it does not look at."""
    if echo:
        return wire.head("POST", "/echo", place.token)
    return candidates.head(place, "PUT", f"/api/v1/exam/answers/{position}")


def measure(running: Running, saves: Saves, seconds: float, beside: Callable[[], None] | None = None) -> Rate:
    """Drive for so long; ``beside`` is called again and again while wrk works."""
    cpu, syncs = machine.cpu_seconds(running.pids), running.syncs
    found = _drive(running, saves, seconds, beside)
    used = machine.cpu_seconds(running.pids) - cpu
    return Rate(**found, cpu=used, syncs=running.syncs - syncs)


def _drive(running: Running, saves: Saves, seconds: float, beside: Callable[[], None] | None) -> dict[str, float]:
    if WRK is None:
        assert beside is None, "our own driver has no hand free for anything beside it"
        return _by_hand(running, saves, seconds)
    first = str(next(_numbers))
    words = [WRK, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s", str(LUA)]
    words += [f"http://127.0.0.1:{running.port}", "--", str(saves.parts), first]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    while beside is not None and process.poll() is None:
        beside()
    printed, _ = process.communicate()
    lines = [line for line in printed.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit(f"wrk said nothing to be read: {printed}")
    found: dict[str, float] = json.loads(lines[0].removeprefix("RESULT "))
    return found


def _by_hand(running: Running, saves: Saves, seconds: float) -> dict[str, float]:
    outcome = driving.closed(running.port, saves.requests(next(_numbers)), CONNECTIONS, seconds)
    return {
        "requests": outcome.answered,
        "seconds": outcome.seconds,
        "refused": outcome.refused,
        "broken": outcome.lost + outcome.unanswered,
        **{f"p{share}": driving.quantile(outcome.latencies, share / 100) for share in (50, 95, 99)},
    }


def driver() -> str:
    """Who drives, for the reader."""
    return (
        f"wrk, 1 thread, {CONNECTIONS} connections" if WRK else f"own driver (no wrk here), {CONNECTIONS} connections"
    )
