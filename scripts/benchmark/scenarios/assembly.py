"""How far apart the papers of a role are: drawn at random as others do, and assembled; each in a process of its own."""

import json
import subprocess
import sys
from typing import Any

from scripts.benchmark import report, setting
from scripts.benchmark.report import Bench, console

# The bank, and for how many classes of how many roles two forms each are set.
CASES = (("shipped", 2, 3), ("5000", 1, 1), ("5000", 4, 3), ("20000", 10, 3))


def run(bench: Bench) -> None:
    """Every way on every bank; the drawings' figures are averages, all figures are those of the worst role."""
    figures: dict[str, Any] = {}
    for bank, classes, roles in CASES[:2] if bench.options.rounds < 10 else CASES:
        name = f"{bank} items, {2 * classes * roles} papers"
        rows = {how: _measured(bank, how, classes, roles) for how in setting.WAYS}
        report.show(
            name, [{"": how} | {key: f"{value:.2f}" for key, value in row.items()} for how, row in rows.items()]
        )
        figures[name] = rows
    console.print("points of 100, percentage points; off target is the largest of nine sums; true within: 95 %, ±")
    bench.keep("assembly", figures)


def _measured(*arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.benchmark.setting", *(str(one) for one in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
