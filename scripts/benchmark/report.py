"""Rounds, ratios within a round, tables and the file of figures."""

import dataclasses
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from typing_extensions import override

from scripts.benchmark import machine
from scripts.benchmark.databases import Store
from scripts.benchmark.saturation import Rate

if TYPE_CHECKING:
    from scripts.benchmark.verdicts import Verdict

# Server and driver keep two cores busy by themselves; above this somebody else is at work too.
QUIET = 2.5
console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)


@dataclass(frozen=True)
class Options:
    """How thoroughly to measure."""

    rounds: int
    repeats: int
    seconds: float
    warm_up: float
    seats: int
    crowd: int
    many: int
    held_seconds: float
    heartbeats: bool
    backend: str


@dataclass
class Bench:
    """What every scenario gets: where databases come from, and how thoroughly to measure."""

    store: Store
    options: Options
    figures: dict[str, Any] = field(default_factory=dict)
    verdicts: "list[Verdict]" = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.store.folder

    def keep(self, scenario: str, figures: Mapping[str, Any]) -> None:
        """Put a scenario's figures into the file."""
        self.figures[scenario] = {**figures, "load_after": machine.load()}

    def judge(self, *found: "Verdict") -> None:
        """Put a requirement beside what was measured, for the table at the end."""
        self.verdicts += found


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, and how far they were apart."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    @override
    def __str__(self) -> str:
        places = 2 if self.median < 100 else 0
        return f"{self.median:.{places}f} ({self.lowest:.{places}f}–{self.highest:.{places}f})"


Round = dict[str, Rate]
Ticker = Callable[[float], None]


def interleave(contenders: Mapping[str, Callable[[], Rate]], rounds: int) -> list[Round]:
    """Measure every contender once in each round; every other round goes backwards, so that nobody is always first."""
    done: list[Round] = []
    for number in range(rounds):
        order = list(contenders) if number % 2 == 0 else list(contenders)[::-1]
        found: Round = {}
        for name in order:
            rate = found[name] = contenders[name]()
            console.print(
                f"[dim]round {number + 1} {name}: {rate.per_second:.0f}/s, {rate.per_cpu_second:.0f} per CPU-s,"
                f" p99 {rate.p99:.0f} ms, {rate.faults} faults, core {rate.share:.2f}, load {machine.load():.1f}[/]"
            )
        if all(rate.requests for rate in found.values()):
            done.append(found)
        else:
            console.print("[yellow]This round is void: somebody did not get the processor at all.[/]")
    if not done:
        raise SystemExit("no round counts: this machine is too busy to measure anything")
    return done


def compare(title: str, rounds: Sequence[Round], against: str) -> dict[str, Any]:
    """Print rates and, beside them, what they are in terms of ``against`` in the same round; the same as figures."""
    table = Table(title=title)
    columns = ("", "per second", f"÷ {against}", "per CPU-s", f"÷ {against}, CPU", "core", "p50 ms", "p99 ms", "faults")
    for column in columns:
        table.add_column(column, justify="left" if not column else "right")
    figures: dict[str, Any] = {"against": against, "rounds": [_plain(one) for one in rounds]}
    for name in rounds[0]:
        mine, other = [one[name] for one in rounds], [one[against] for one in rounds]
        pairs = list(zip(mine, other, strict=True))
        spreads = {
            "per_second": Spread.of([one.per_second for one in mine]),
            "ratio": Spread.of([one.per_second / rival.per_second for one, rival in pairs]),
            "per_cpu_second": Spread.of([one.per_cpu_second for one in mine]),
            "cpu_ratio": Spread.of([one.per_cpu_second / rival.per_cpu_second for one, rival in pairs]),
            "core": Spread.of([one.share for one in mine]),
        }
        times = {"p50": statistics.median(one.p50 for one in mine), "p99": statistics.median(one.p99 for one in mine)}
        faults = sum(one.faults for one in mine)
        figures[name] = {key: dataclasses.asdict(spread) for key, spread in spreads.items()} | times
        figures[name]["faults"] = faults
        words = [*spreads.values(), *(f"{value:.1f}" for value in times.values()), faults]
        table.add_row(name, *(str(word) for word in words))
    console.print(table)
    if machine.load() > QUIET:
        console.print(
            "[yellow]Others are busy on this machine: read the columns by processor time, not by the clock.[/]"
        )
    return figures


def _plain(found: Round) -> dict[str, Any]:
    return {name: dataclasses.asdict(rate) for name, rate in found.items()}


def show(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """A table of rows with the same columns."""
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(f"{value:.1f}" if isinstance(value, float) else str(value) for value in row.values()))
    console.print(table)


def write(path: Path, figures: Mapping[str, Any]) -> None:
    """The file of figures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
