"""Which events the service writes in an act that uses an exam duty, read from its source.

The actions call each other by module and name, so what an act may come to follows from the names in it. Whatever it
may come to counts, also in a branch that excludes the other: so a pair may be found that never happens, and none is
missed.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from service.kernel.settings import ROOT

SERVICE = ROOT / "service"
USING = {"use_duty", "use_duties"}


@dataclass
class Act:
    """One function: the names in it in full, events and duties that it names, and the duties that it uses."""

    names: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    duties: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SERVICE.glob("*/actions/**/*.py")):
        yield name_of(path), ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imported(module: ast.Module) -> dict[str, str]:
    """What each imported name stands for."""
    imports = (node for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module)
    return {one.asname or one.name: f"{node.module}.{one.name}" for node in imports for one in node.names}


def _read(node: ast.AST, module: str, imported: dict[str, str]) -> Act:
    act = Act()
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            act.names.add(imported.get(one.id, f"{module}.{one.id}"))
        if not isinstance(one, ast.Attribute) or not isinstance(one.value, ast.Name):
            continue
        act.names.add(f"{imported.get(one.value.id, one.value.id)}.{one.attr}")
        if one.value.id == "Event":
            act.events.add(one.attr)
        if one.value.id == "Duty":
            act.duties.add(one.attr.lower())
    return act


def uses_in(node: ast.AST) -> list[ast.Call]:
    """The calls that use a duty."""
    return [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in USING
    ]


def _used(call: ast.Call, act: Act) -> set[str]:
    """The duty that a call names; where it stands in a variable, all that the function names."""
    named = [one.attr.lower() for one in call.args if isinstance(one, ast.Attribute) and _is_duty(one.value)]
    return set(named) or act.duties


def _is_duty(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "Duty"


@lru_cache(maxsize=1)
def acts() -> dict[str, Act]:
    """Every function of the actions, by its full name, with the constants of its module that it names."""
    found: dict[str, tuple[ast.FunctionDef, Act]] = {}
    constants: dict[str, Act] = {}
    for module, tree in modules():
        imported = _imported(tree)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                found[f"{module}.{node.name}"] = node, _read(node, module, imported)
            elif isinstance(node, ast.Assign):
                names = [one.id for one in node.targets if isinstance(one, ast.Name)]
                constants |= {f"{module}.{name}": _read(node.value, module, imported) for name in names}
    for node, act in found.values():
        _complete(node, act, constants)
    return {name: act for name, (_, act) in found.items()}


def _complete(node: ast.FunctionDef, act: Act, constants: dict[str, Act]) -> None:
    for constant in [constants[name] for name in act.names if name in constants]:
        act.events |= constant.events
        act.duties |= constant.duties
    for call in uses_in(node):
        act.uses |= _used(call, act)


@lru_cache(maxsize=1)
def pairs() -> dict[str, set[str]]:
    """By event, the duties that are used in an act in which it may be written."""
    found, by_event = acts(), defaultdict(set)
    for name in found:
        reach = reached(name, found)
        events = set().union(*(found[one].events for one in reach))
        used = set().union(*(found[one].uses for one in reach))
        for event in events if used else ():
            by_event[event] |= used
    return dict(by_event)


def reached(name: str, found: dict[str, Act]) -> set[str]:
    """An act with all that it may come to."""
    come_to, waiting = {name}, [name]
    while waiting:
        further = found[waiting.pop()].names & found.keys() - come_to
        come_to |= further
        waiting += further
    return come_to
