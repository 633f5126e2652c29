"""States, duties and kinds: every table of moves is complete, and everything a person reads has a Chinese name."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import ModuleType

import pytest

import service
from service.access.rules.policy import HOLDERS, RIGHTS, Duty, Right
from service.bank.rules import items
from service.journal.rules import Event
from service.papers.rules import jobs, states, versions
from service.results import rules as results
from service.results.rules import appealing, elsewhere

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Enumerations that people never read as they stand: marks of the machine, or letters that need no name.
NAMELESS = {
    "Check",
    "Event",
    "Form",
    "Hand",
    "NextAction",
    "Reach",
    "Right",
    "Scope",
    "Sort",
    "Source",
}
# Their members are Chinese words themselves: the headings of a roster and of a workbook of items.
CHINESE_THEMSELVES = {"Column", "Field"}


def rules_modules() -> Iterator[ModuleType]:
    """Every module of rules in the service."""
    for found in pkgutil.walk_packages(service.__path__, "service."):
        parts = found.name.split(".")
        if "rules" in parts[2:]:
            yield importlib.import_module(found.name)


def moves() -> dict[str, Mapping[StrEnum, frozenset[StrEnum]]]:
    """Every table of moves: module and name of the table → table."""
    return {
        f"{module.__name__}.{name}": value
        for module in rules_modules()
        for name, value in vars(module).items()
        if name.endswith("MOVES") and _at_home(module, value)
    }


def names() -> dict[str, Mapping[object, str]]:
    """Every table of names: module and name of the table → table."""
    return {
        f"{module.__name__}.{name}": value
        for module in rules_modules()
        for name, value in vars(module).items()
        if name.endswith("_NAMES") and _at_home(module, value)
    }


def _at_home(module: ModuleType, value: Mapping[object, object]) -> bool:
    return next(iter(value)).__class__.__module__ == module.__name__


def enumerations() -> dict[str, type[StrEnum]]:
    return {
        value.__name__: value
        for module in rules_modules()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, StrEnum) and value.__module__ == module.__name__
    }


def test_the_tables_of_moves_are_these() -> None:
    assert moves() == {
        "service.bank.rules.items.MOVES": items.MOVES,
        "service.papers.rules.jobs.JOB_MOVES": jobs.JOB_MOVES,
        "service.papers.rules.states.MOVES": states.MOVES,
        "service.papers.rules.versions.BLUEPRINT_MOVES": versions.BLUEPRINT_MOVES,
        "service.results.rules.MOVES": results.MOVES,
        "service.results.rules.VOIDING_MOVES": results.VOIDING_MOVES,
        "service.results.rules.appealing.APPEAL_MOVES": appealing.APPEAL_MOVES,
        "service.results.rules.elsewhere.FILE_MOVES": elsewhere.FILE_MOVES,
    }


@pytest.mark.parametrize("place", sorted(moves()))
def test_every_state_has_its_moves_and_every_move_leads_to_a_state(place: str) -> None:
    table = moves()[place]
    kind = type(next(iter(table)))

    assert list(table) == list(kind)
    assert {target for targets in table.values() for target in targets} <= set(kind)
    assert [state for state, targets in table.items() if state in targets] == []


@pytest.mark.parametrize("place", sorted(moves()))
def test_every_state_can_be_reached_from_the_first_and_some_are_final(place: str) -> None:
    table = moves()[place]
    first, *_ = table
    reached = {first}
    for _ in table:
        reached |= {target for state in reached for target in table[state]}

    assert reached == set(table)
    assert any(not targets for targets in table.values())


def test_the_moves_are_these() -> None:
    def written(table: Mapping[StrEnum, frozenset[StrEnum]]) -> dict[str, set[str]]:
        return {str(state): {str(target) for target in targets} for state, targets in table.items()}

    assert written(items.MOVES) == {
        "submitted": {"approved", "rejected", "withdrawn"},
        "approved": {"suspended"},
        "rejected": set(),
        "suspended": {"approved", "retired"},
        "retired": set(),
        "withdrawn": set(),
    }
    assert written(states.MOVES) == {
        "assembled": {"approved", "returned", "rejected"},
        "returned": {"assembled", "rejected"},
        "approved": {"sealed"},
        "sealed": {"opened"},
        "opened": set(),
        "rejected": set(),
    }
    assert written(jobs.JOB_MOVES) == {
        "queued": {"running", "failed", "cancelled"},
        "running": {"done", "failed", "cancelled"},
        "done": set(),
        "failed": set(),
        "cancelled": set(),
    }
    assert written(versions.BLUEPRINT_MOVES) == {
        "drafted": {"approved", "returned", "superseded"},
        "approved": {"superseded"},
        "superseded": set(),
        "returned": set(),
    }
    assert written(results.MOVES) == {
        "marked": {"confirmed"},
        "confirmed": {"marked", "published"},
        "published": set(),
    }
    assert written(results.VOIDING_MOVES) == {
        "proposed": {"upheld", "rejected"},
        "upheld": set(),
        "rejected": set(),
    }
    assert written(elsewhere.FILE_MOVES) == {
        "brought": {"confirmed", "refused"},
        "confirmed": set(),
        "refused": set(),
    }
    assert written(appealing.APPEAL_MOVES) == {
        "filed": {"proposed"},
        "proposed": {"filed", "answered"},
        "answered": set(),
    }


@pytest.mark.parametrize(
    ("module", "kind", "said"),
    [
        (items, items.State, "item_state"),
        (states, states.PaperState, "paper_state"),
        (results, results.ResultState, "result_state"),
    ],
)
def test_a_move_is_allowed_exactly_where_the_table_has_it(module: ModuleType, kind: type[StrEnum], said: str) -> None:
    for state in kind:
        for target in kind:
            decision = module.may_move(state, target)
            assert decision.allowed is (target in module.MOVES[state])
            assert decision.allowed or (decision.code, decision.status) == (said, 409)


# --- names ---


def test_every_enumeration_that_people_read_has_a_table_of_names() -> None:
    named = {next(iter(table)).__class__.__name__ for table in names().values()}

    assert {"PaperState", "SeatState", "Phase", "Duty"} <= named
    assert set(enumerations()) - named == NAMELESS | CHINESE_THEMSELVES


@pytest.mark.parametrize("place", sorted(names()))
def test_every_member_has_one_chinese_name_of_its_own(place: str) -> None:
    table = names()[place]
    kind = type(next(iter(table)))

    assert list(table) == list(kind)  # type: ignore[call-overload]
    assert [name for name in table.values() if not CHINESE.search(name)] == []
    assert len(set(table.values())) == len(table)


def test_chinese_headings_are_chinese() -> None:
    assert [column for column in enumerations()["Column"] if not CHINESE.search(column)] == []


def test_rights_and_duties_are_complete() -> None:
    assert list(RIGHTS) == list(Right)
    assert set(HOLDERS) == set(Duty)
    assert [right for right, grants in RIGHTS.items() if not CHINESE.search(grants.title)] == []


def test_events_are_named_in_the_past_by_their_own_value() -> None:
    assert [event for event in Event if event.name != event.value or not re.fullmatch(r"[A-Z]+(_[A-Z]+)+", event)] == []
    assert "PAPER_SEALED" in {event.value for event in Event}
