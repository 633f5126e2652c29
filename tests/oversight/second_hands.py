"""Which events the service writes in an act that asks whether its actor is another person, read from its source.

A rule asks so where it refuses under a condition that compares persons, or is told the outcome of such a comparison by
one of these names. As in :mod:`tests.oversight.duty_use`, whatever an act may come to counts: an event may be found
that never needs two people, and none is missed. The tables say it once more: their checks hold persons apart.
"""

import ast
import re
from functools import lru_cache

from service import schema
from tests.oversight import duty_use

# How rules call persons, and the outcome of comparing them.
PERSON = re.compile(
    r"(^|_)(person|person_id|by|asker|decider|seer|holder|receiver|granter|closer|opener|openers|voucher|hands)$"
)
OUTCOMES = {"same_person", "own", "mine", "people"}


def _persons(node: ast.AST) -> set[str]:
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    names |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return {name for name in names if PERSON.search(name) or name in OUTCOMES}


def _asks(condition: ast.expr) -> bool:
    """Whether a condition compares two persons, or names the outcome of that."""
    if _persons(condition) & OUTCOMES:
        return True
    compared = (one for one in ast.walk(condition) if isinstance(one, ast.Compare))
    return any(
        _persons(one.left) and not any(isinstance(other, ast.Constant) for other in one.comparators)
        for one in compared
        if isinstance(one.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn)
    )


@lru_cache(maxsize=1)
def rules() -> frozenset[str]:
    """The rules that ask, by their full names, and those that have one beside them ask."""
    found: set[str] = set()
    for path in sorted(duty_use.SERVICE.glob("*/rules/**/*.py")):
        functions = [
            one for one in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(one, ast.FunctionDef)
        ]
        asking = {one.name for one in functions if any(_asks(test) for test in _conditions(one))}
        asking |= {one.name for one in functions if _called(one) & asking}
        found |= {f"{duty_use.name_of(path)}.{name}" for name in asking}
    return frozenset(found)


def _called(node: ast.FunctionDef) -> set[str]:
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return {one.id for one in calls if isinstance(one, ast.Name)}


def _conditions(node: ast.FunctionDef) -> list[ast.expr]:
    return [one.test for one in ast.walk(node) if isinstance(one, ast.If | ast.IfExp)]


@lru_cache(maxsize=1)
def events() -> dict[str, set[str]]:
    """By event, the rules that ask in an act in which it may be written."""
    acts, found = duty_use.acts(), {}
    for name in acts:
        reached = duty_use.reached(name, acts)
        asked = set().union(*(acts[one].names for one in reached)) & rules()
        for event in set().union(*(acts[one].events for one in reached)) if asked else ():
            found.setdefault(event, set()).update(asked)
    return found


def tables() -> dict[str, set[str]]:
    """By table, the checks that hold two persons apart."""
    apart = re.compile(r"\w+_by\s*<>\s*(\w+_by|person_id)")
    found: dict[str, set[str]] = {}
    for table in schema.metadata.sorted_tables:
        for check in table.constraints:
            text = str(getattr(check, "sqltext", ""))
            if apart.search(text):
                found.setdefault(table.name, set()).add(str(check.name))
    return found
