"""Two ways to ask: as fast as the answers come (closed loop), or at instants that were fixed before (open loop)."""

import gc
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from scripts.benchmark.wire import Lines

# After the last instant, replies are waited for this long before they count as missing.
GRACE = 30.0


@dataclass
class Outcome:
    """What came back. Times are in seconds; ``lags`` is how late the driver itself sent."""

    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    lags: "array[float]" = field(default_factory=lambda: array("d"))
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    unanswered: int = 0
    seconds: float = 0.0
    sample: bytes = b""

    @property
    def refused(self) -> int:
        return sum(number for status, number in self.statuses.items() if status >= 400)

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    def note(self, status: int, body: bytes) -> None:
        self.statuses[status] += 1
        if status >= 400 and not self.sample:
            self.sample = body


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all do not exceed, in milliseconds; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3 if ordered else 0.0


@contextmanager
def _quiet() -> Iterator[None]:
    """No collector in the driver: its pauses would look like the server's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def closed(port: int, requests: Iterator[bytes], connections: int, seconds: float = float("inf")) -> Outcome:
    """Keep so many connections busy until the requests are used up or the time is over."""
    lines, outcome = Lines(port, connections), Outcome()
    sent = [0.0] * connections
    busy = 0

    def ask(place: int) -> None:
        nonlocal busy
        following = next(requests, None) if time.perf_counter() < until else None
        if following is not None:
            busy += 1
            sent[place] = time.perf_counter()
            lines.all[place].socket.send(following)

    def answered(place: int) -> None:
        nonlocal busy
        busy -= 1
        outcome.latencies.append(time.perf_counter() - sent[place])
        outcome.note(lines.all[place].status, lines.all[place].body)
        ask(place)

    def lost(place: int) -> None:
        nonlocal busy
        busy -= 1
        outcome.lost += 1
        ask(place)

    with _quiet():
        began = time.perf_counter()
        until = began + seconds
        for place in range(connections):
            ask(place)
        while busy and time.perf_counter() < until + GRACE:
            lines.wait(1.0, answered, lost)
        outcome.seconds = time.perf_counter() - began
    outcome.unanswered = busy
    lines.close()
    return outcome


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody comes at an instant and asks one thing after the other, on a connection of their own."""

    due: float
    place: int
    requests: tuple[bytes, ...]


class OpenLoop:
    """Visits at fixed instants, however slow the answers are; latency counts from the instant, not from the sending."""

    def __init__(self, port: int, connections: int) -> None:
        self.lines, self.outcome = Lines(port, connections), Outcome()
        self.waiting: list[deque[Visit]] = [deque() for _ in range(connections)]
        self.step = [0] * connections
        self.open = 0

    def run(
        self, visits: Iterator[Visit], *, skip: float = 0.0, each_second: Callable[[float], None] | None = None
    ) -> Outcome:
        """Send them all and wait for the last; visits due before ``skip`` are a warm-up and not recorded."""
        with _quiet():
            self.began, self.skip, last, told = time.perf_counter(), skip, 0.0, 0.0
            following = next(visits, None)
            while following is not None or self.open:
                now = time.perf_counter() - self.began
                if following is None and now > last + GRACE:
                    break
                while following is not None and following.due <= now:
                    last = following.due
                    self._arrive(following)
                    following = next(visits, None)
                if each_second is not None and now - told >= 1.0:
                    told = now
                    each_second(now)
                pause = following.due - (time.perf_counter() - self.began) if following is not None else 1.0
                self.lines.wait(min(pause, 1.0), self._answered, self._lost)
            self.outcome.seconds = time.perf_counter() - self.began
        self.outcome.unanswered = self.open
        self.lines.close()
        return self.outcome

    def _arrive(self, visit: Visit) -> None:
        self.open += 1
        queue = self.waiting[visit.place]
        queue.append(visit)
        if visit.due >= self.skip:
            self.outcome.lags.append(time.perf_counter() - self.began - visit.due)
        if len(queue) == 1:
            self._ask(visit.place)

    def _ask(self, place: int) -> None:
        self.lines.all[place].socket.send(self.waiting[place][0].requests[self.step[place]])

    def _answered(self, place: int) -> None:
        line, visit = self.lines.all[place], self.waiting[place][0]
        if visit.due >= self.skip or line.status >= 400:
            self.outcome.note(line.status, line.body)
        self.step[place] += 1
        if self.step[place] < len(visit.requests):
            self._ask(place)
            return
        if visit.due >= self.skip:
            self.outcome.latencies.append(time.perf_counter() - self.began - visit.due)
        self._leave(place)

    def _lost(self, place: int) -> None:
        self.outcome.lost += 1
        if self.waiting[place]:
            self._leave(place)

    def _leave(self, place: int) -> None:
        self.open -= 1
        self.step[place] = 0
        self.waiting[place].popleft()
        if self.waiting[place]:
            self._ask(place)
