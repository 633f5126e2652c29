"""The contracts between the folders: a machine keeps them, and a planted violation breaks exactly the one it should."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.kernel.settings import ROOT

LINE = "1 Slices point back along the line only"
INSIDE = "2 Inside a slice: pages and api, shapes, actions, queries, tables, rules"
PURE = "3 Rules are pure"
DELIVERY = "4 Delivery never sees the bank"
INDIRECT = "4 Delivery never sees the bank, not even through papers"
KEYS = "5 Only marking touches answer keys"
ROOF = "6 HTTP is the roof"
WITNESS = "7 A witness shares nothing with the journal it watches over"
CONTRACTS = [LINE, INSIDE, PURE, DELIVERY, INDIRECT, KEYS, ROOF, WITNESS]


def lint(folder: Path) -> tuple[int, dict[str, str]]:
    """The exit status of ``lint-imports`` in a folder, and what it says of each contract."""
    program = Path(sys.executable).parent / "lint-imports"
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    run = subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, env=environment)
    return run.returncode, dict(re.findall(r"^(\d .+) (KEPT|BROKEN)$", run.stdout, re.MULTILINE))


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code and its contracts in another place, to be spoiled one file at a time."""
    folder = tmp_path_factory.mktemp("copied")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "service", folder / "service", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_every_contract_is_kept() -> None:
    assert lint(ROOT) == (0, dict.fromkeys(CONTRACTS, "KEPT"))


def test_the_copy_keeps_them_too(copied: Path) -> None:
    assert lint(copied) == (0, dict.fromkeys(CONTRACTS, "KEPT"))


@pytest.mark.parametrize(
    ("file", "imported", "broken"),
    [
        pytest.param("access/queries/__init__.py", "service.oversight.rules", LINE, id="forward along the line"),
        pytest.param("kernel/clock.py", "service.journal.rules", LINE, id="the kernel knows something"),
        pytest.param("programme/queries/classes.py", "service.bank.rules.items", LINE, id="between neighbours"),
        pytest.param("certificates/__init__.py", "", LINE, id="a folder that nobody declared"),
        pytest.param(
            "programme/queries/planning.py", "service.programme.actions.viewing", INSIDE, id="a query that acts"
        ),
        pytest.param("bank/tables.py", "service.bank.queries", INSIDE, id="a table that asks"),
        pytest.param("results/utils.py", "", INSIDE, id="a file that no slice has"),
        pytest.param("programme/rules/plans.py", "random", PURE, id="a rule that throws dice"),
        pytest.param("access/rules/people.py", "service.kernel.database", PURE, id="a rule that reaches the database"),
        pytest.param(
            "sittings/rules/phases.py", "service.bank.rules.items", DELIVERY, id="delivery looks into the bank"
        ),
        pytest.param("papers/actions/opening.py", "service.bank.queries", INDIRECT, id="delivery looks through papers"),
        pytest.param(
            "oversight/queries/__init__.py", "service.papers.actions.keys", KEYS, id="oversight asks for keys"
        ),
        pytest.param("papers/queries.py", "service.papers.tables.keys", KEYS, id="a query that yields keys"),
        pytest.param("cli.py", "service.access.api", ROOF, id="the command goes through HTTP"),
        pytest.param("witness.py", "service.journal.rules.tree", WITNESS, id="a witness believes what it watches over"),
    ],
)
def test_a_violation_breaks_exactly_its_contract(copied: Path, file: str, imported: str, broken: str) -> None:
    place = copied / "service" / file
    before = place.read_text(encoding="utf-8") if place.exists() else None
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"{before or ''}\nimport {imported}\n" if imported else '"""New."""\n', encoding="utf-8")
    try:
        status, said = lint(copied)
    finally:
        if before is not None:
            place.write_text(before, encoding="utf-8")
        else:
            place.unlink()
            if place.parent.name == "certificates":
                place.parent.rmdir()

    assert status == 1
    assert {name for name in CONTRACTS if said[name] == "BROKEN"} == {broken}
