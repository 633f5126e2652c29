"""Reading the blueprints of ``question_bank/`` and checking them against its stock."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from service.bank.actions.files import BankFiles
from service.bank.rules.findings import Check, Fault
from service.bank.rules.items import ASKED
from service.papers.rules import blueprint, feasibility
from service.papers.rules import faults as sums
from service.papers.rules.candidates import Demand, candidate_of


def read(folder: Path) -> list[dict[str, Any]]:
    """The blueprint files of a bank, as they are written."""
    paths = sorted((folder / "blueprints").glob("*.yaml"))
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]


def faults(folder: Path, bank: BankFiles) -> Iterator[Fault]:
    """What is wrong with the blueprints: sums that do not come out, cells the stock cannot fill twice."""
    regulations = {edition.slug: edition.regulation for edition in bank.editions}
    for raw in read(folder):
        name = f"blueprint {raw.get('role', '?')}"
        try:
            parsed = blueprint.parse(raw)
        except blueprint.UnreadableError as error:
            yield Fault(name, "format", str(error), Check.BLUEPRINT)
            continue
        if wrong := [Fault(name, "sums", str(reason), Check.BLUEPRINT) for reason in sums.faults_of(parsed)]:
            yield from wrong
            continue
        stock = [candidate_of(item, 0, regulations[item.edition]) for item in bank.items if item.kind in ASKED]
        for gap in feasibility.shortages([Demand(parsed)], stock):
            where = f"{gap.regulation} × {gap.kind}" if gap.regulation else f"{gap.axis or 'must_include'}"
            reason = f"需要{gap.needed}，现有{gap.available}"
            yield Fault(name, f"{where} {gap.value}".strip(), reason, Check.BLUEPRINT)
