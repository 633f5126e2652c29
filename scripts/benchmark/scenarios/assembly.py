"""How far apart the papers of a role are: drawn at random as others do, and assembled; each in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from scripts.benchmark import report, setting, verdicts
from scripts.benchmark.report import Bench, console
from scripts.benchmark.verdicts import Verdict


class Case(NamedTuple):
    """A bank, and for how many classes of how many roles two forms each are set."""

    bank: str
    classes: int
    roles: int

    @property
    def name(self) -> str:
        """The case in words."""
        return f"{self.bank} items, {2 * self.classes * self.roles} papers"


ONE_CLASS, SIXTY = Case("5000", 1, 1), Case("20000", 10, 3)
CASES = (Case("shipped", 2, 3), ONE_CLASS, Case("5000", 4, 3), SIXTY)
QUICK_ROUNDS = 10
# What an assembly is asked for, on the synthetic banks: the shipped one is too small for papers without a common item.
APART_POINTS, PASSING_POINTS = 0.1, 0.3
ONE_CLASS_SECONDS, SIXTY_SECONDS, SIXTY_MIB = 5, 120, 300
QUICK, FULL = setting.OURS

Rows = Mapping[str, Mapping[str, float]]


def run(bench: Bench) -> None:
    """Every way on every bank; the drawings' figures are averages, all figures are those of the worst role."""
    figures: dict[str, Any] = {}
    for case in CASES:
        if bench.options.rounds < QUICK_ROUNDS and case not in CASES[:2]:
            # Their drawings and models take minutes; whoever reads the verdicts is told that they were not measured.
            bench.judge(
                verdicts.missing(f"assembly: {case.name}", "not measured by --quick; run scripts/bench assembly")
            )
            console.print(f"{case.name}: left out by --quick")
            continue
        rows = {how: _measured(case.bank, how, case.classes, case.roles) for how in setting.WAYS}
        report.show(case.name, [_said(how, row) for how, row in rows.items()])
        bench.judge(*_judged(case, rows))
        figures[case.name] = rows
    console.print(
        "points of 100, percentage points; apart: the easiest and the hardest of all forms of a role; off target is the"
        " largest of nine sums, gap what of it the solver did not prove to be unavoidable (quick proves nothing);"
        " true within: 95 %, ±"
    )
    bench.keep("assembly", figures)


def _said(how: str, row: Mapping[str, float]) -> dict[str, str]:
    """A row of the table; a drawing proves nothing, so it has no gap."""
    names = ["expected apart", "passing apart", "off target", "gap"]
    names += [name for name in row if name not in {*names, "target CPU"}]
    return {"": how} | {name: f"{row[name]:.2f}" if name in row else "–" for name in names}


def _judged(case: Case, rows: Rows) -> Iterable[Verdict]:
    full, quick = rows[FULL], rows[QUICK]
    if case.bank == setting.SHIPPED:
        return
    what = f"assembly, {case.name}"
    yield verdicts.at_most(f"{what}: expected scores apart", APART_POINTS, full["expected apart"], " points")
    yield verdicts.at_most(f"{what}: chance to pass apart", PASSING_POINTS, full["passing apart"], " percentage points")
    yield verdicts.at_most(f"{what}: forms that break a rule", 0, full["unsound forms"])
    if case == ONE_CLASS:
        yield verdicts.seconds(f"{what}: in full", ONE_CLASS_SECONDS, *_seconds(full))
        yield verdicts.seconds(f"{what}: to try a blueprint", ONE_CLASS_SECONDS, *_seconds(quick))
    if case == SIXTY:
        yield verdicts.seconds(f"{what}: in full", SIXTY_SECONDS, *_seconds(full))
        yield verdicts.at_most(f"{what}: memory", SIXTY_MIB, full["MiB"] * 1024 * 1024 / 1e6, " MB")


def _seconds(row: Mapping[str, float]) -> tuple[float, float]:
    """By the clock and of processor time, the target included, which the first assembly by a blueprint works out."""
    return row["seconds"] + row["target seconds"], row["CPU seconds"] + row["target CPU"]


def _measured(*arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.benchmark.setting", *(str(one) for one in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
