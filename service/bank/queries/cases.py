"""Reads on cases: which items a case has, and whether it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank import queries
from service.bank.queries import newest
from service.bank.rules import cases
from service.bank.rules.cases import Case
from service.bank.rules.items import State
from service.bank.tables import Item, ItemVersion


@dataclass(frozen=True, slots=True)
class Part:
    """The newest version of one sub-question of a case."""

    code: str
    version_id: int
    state: State
    case: Case


@dataclass(frozen=True, slots=True)
class Whole:
    """A case: its sub-questions by place as they stand newest, and why no paper can take it; nothing, if one can."""

    code: str
    parts: tuple[Part, ...]
    broken: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text as the first sub-question says it."""
        return self.parts[0].case.text


def case(session: Session, code: str, day: date) -> Whole | None:
    """One case as it stands for an exam on a day, by its code."""
    return next(iter(_wholes(session, _parts(session, code), day)), None)


def listed(session: Session, day: date) -> list[Whole]:
    """All cases as they stand for an exam on a day, by code."""
    return list(_wholes(session, _parts(session), day))


def _parts(session: Session, code: str | None = None) -> list[Part]:
    statement = (
        select(Item, ItemVersion)
        .join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
        .where(newest.is_newest(), col(ItemVersion.case_code).is_not(None))
        .order_by(col(ItemVersion.case_code), col(ItemVersion.case_place), col(Item.code))
    )
    if code is not None:
        statement = statement.where(ItemVersion.case_code == code)
    found = []
    for item, version in session.exec(statement):
        told = queries.case_of_row(version)
        assert told is not None, "the statement asks for versions of cases alone"
        found.append(Part(item.code, version.id or 0, State(version.state), told))
    return found


def _wholes(session: Session, parts: Iterable[Part], day: date) -> Iterator[Whole]:
    by_code: dict[str, list[Part]] = {}
    for part in parts:
        by_code.setdefault(part.case.code, []).append(part)
    standing = _approved(session, by_code, day)
    for code, found in by_code.items():
        yield Whole(code, tuple(found), tuple(cases.broken(standing.get(code, ()))) if code in standing else (NONE,))


# Why a case cannot be taken of which nothing is approved, or on editions in force.
NONE = "没有一问可用"


def _approved(session: Session, codes: Iterable[str], day: date) -> dict[str, list[Case]]:
    """What a paper would find of these cases: approved versions on editions in force, whatever is newer and waits."""
    usable = queries.newest_approved(queries.editions_in_force(session, day))
    columns = (getattr(ItemVersion, f"case_{name}") for name in ("code", "text", "place", "size"))
    statement = sa.select(*columns).where(
        col(ItemVersion.case_code).in_(sorted(codes)), col(ItemVersion.id).in_(usable)
    )
    found: dict[str, list[Case]] = {}
    for row in session.execute(statement.where(col(ItemVersion.id).in_(usable))):
        found.setdefault(row.case_code, []).append(Case(*row))
    return found
