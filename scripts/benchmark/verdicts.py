"""What is required of the exam day, beside what was measured: one table at the end, whatever was run."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from scripts.benchmark import machine
from scripts.benchmark.report import QUIET, console

# What a bare FastAPI echo did on the machine on which rates were required as plain numbers (requests a second).
ANCHOR = 3300


@dataclass(frozen=True)
class Verdict:
    """One requirement; ``met`` is empty where nothing could be measured."""

    what: str
    required: str
    measured: str
    met: bool | None


def at_least(what: str, goal: float, measured: float, unit: str = "", beside: str = "") -> Verdict:
    """A figure that must be as high as that."""
    return Verdict(what, f"≥ {_said(goal)}{unit}", f"{_said(measured)}{unit}{beside}", measured >= goal)


def at_most(what: str, goal: float, measured: float, unit: str = "", beside: str = "") -> Verdict:
    """A figure that must be as low as that."""
    return Verdict(what, f"≤ {_said(goal)}{unit}", f"{_said(measured)}{unit}{beside}", measured <= goal)


def ratio(what: str, goal: float, wall: float, cpu: float, beside: str = "") -> Verdict:
    """Two rates of the same rounds: by the clock, or by processor time where others take the cores away."""
    judged = cpu if busy() else wall
    said = f"{_said(wall)} by the clock, {_said(cpu)} by processor time{beside}"
    return Verdict(what, f"≥ {_said(goal)}", said, judged >= goal)


def seconds(what: str, goal: float, wall: float, cpu: float) -> Verdict:
    """How long one thread takes: by the clock, or by processor time where others take the cores away."""
    judged = cpu if busy() else wall
    said = f"{_said(wall)} s by the clock, {_said(cpu)} s of processor time"
    return Verdict(what, f"≤ {_said(goal)} s", said, judged <= goal)


def rate(what: str, goal: float, measured: float, wall: float, cpu: float) -> Verdict:
    """A rate that was required as a plain number; a slower machine may show it in terms of its own bare echo."""
    share = goal / ANCHOR
    in_echoes = ratio(what, share, wall, cpu)
    required = f"≥ {goal:,.0f}/s, or {_said(share)} × echo"
    said = f"{measured:,.0f}/s; × echo: {in_echoes.measured}"
    return Verdict(what, required, said, measured >= goal or in_echoes.met)


def busy() -> bool:
    """Whether others are at work on this machine, so that the clock says little."""
    return machine.load() > QUIET


def missing(what: str, why: str) -> Verdict:
    """What could not be measured here."""
    return Verdict(what, "", why, None)


def _said(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def show(found: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Print the table; the same as figures."""
    table = Table(title="what is required, and what was measured here")
    for column in ("", "required", "measured", "verdict"):
        table.add_column(column)
    for one in found:
        word = "not measured" if one.met is None else "met" if one.met else "[red]missed[/]"
        table.add_row(one.what, one.required, one.measured, word)
    console.print(table)
    return [asdict(one) for one in found]
