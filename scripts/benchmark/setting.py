"""Set papers in one way from one bank, in a process of its own, and print the figures: python -m … BANK HOW CLASSES."""

import itertools
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.benchmark import drawing, items
from service.papers.rules import assembly, proving, targets
from service.papers.rules.assembly import Mode
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.states import Form
from service.papers.rules.targets import Target

OURS = {"ours, quick": Mode.QUICK, "ours, full": Mode.FULL}
WAYS = (*drawing.BY, *OURS)
SHIPPED = "shipped"
# A drawing takes no time, so its spread is averaged over so many of them.
DRAWINGS = 10
Forms = list[Sequence[Candidate]]


@dataclass(frozen=True)
class Role:
    """What one role was given: its forms, and the largest gap of a paper between what it deviates and what the solver
    proved that no paper could be below, in points; nothing where nobody proved anything."""

    forms: Forms
    gap: float | None


def main(bank: str, how: str, classes: int, roles: int) -> None:
    """Two forms for so many classes of each role."""
    candidates, plans = items.shipped() if bank == SHIPPED else (items.bank(int(bank)), [])
    plans = (plans or items.blueprints(candidates))[:roles]
    began, idle = time.perf_counter(), time.process_time()
    goals = [targets.target_of(plan, candidates) for plan in plans]
    prepared, before = time.perf_counter(), time.process_time()
    runs = [_set(how, plans, goals, candidates, classes, number) for number in range(1 if how in OURS else DRAWINGS)]
    ended, used = time.perf_counter(), time.process_time() - before
    found = [[_judge(plan, goal, role) for plan, goal, role in zip(plans, goals, run, strict=True)] for run in runs]
    figures = {name: sum(max(one[name] for one in run) for run in found) / len(found) for name in found[0][0]}
    figures["seconds"] = (ended - prepared) / len(runs)
    figures["CPU seconds"] = used / len(runs)
    figures["target seconds"] = prepared - began
    figures["target CPU"] = before - idle
    figures["MiB"] = _peak()
    print(json.dumps(figures))


def _peak() -> float:
    """The most memory that this process ever had, in MiB; not its parent's, as getrusage would count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _set(
    how: str, plans: Sequence[Blueprint], goals: Sequence[Target], bank: Sequence[Candidate], classes: int, seed: int
) -> list[Role]:
    if how in drawing.BY:
        drawn = random.Random(f"{how}/{seed}")
        return [Role([drawing.draw(how, plan, bank, drawn) for _ in range(2 * classes)], None) for plan in plans]
    demands = [Demand(plan, 2 * classes) for plan in plans]
    papers = assembly.assemble_all(demands, bank, seed, targets=goals, mode=OURS[how])
    return [
        Role(
            [form for paper in role for form in paper.forms.values()],
            max(paper.deviation_milli - paper.bound_milli for paper in role) / 1000,
        )
        for role in papers
    ]


def _judge(plan: Blueprint, goal: Target, role: Role) -> dict[str, Any]:
    """What the forms of one role differ by; scores in points, chances in percentage points."""
    forms, proven = role.forms, {} if role.gap is None else {"gap": role.gap}
    proofs = [proving.prove_form(plan, form, goal) for form in forms]
    expected = [one.expected_milli for one in proofs]
    passing = [one.passing_milli for one in proofs]
    codes = [{one.code for one in form} for form in forms]
    pair = proving.prove(plan, dict(zip(Form, forms, strict=False)), goal)
    return {
        "expected apart": (max(expected) - min(expected)) / 1000,
        "passing apart": (max(passing) - min(passing)) / 1000,
        "off target": max(one.deviation_milli for one in proofs) / 1000,
        **proven,
        "A/B true within": (pair.true_high_milli - pair.true_low_milli) / 2000,
        "most shared": max(len(one & other) for one, other in itertools.combinations(codes, 2)),
        "unsound forms": sum(not one.sound for one in proofs),
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
