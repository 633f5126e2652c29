"""Versions of blueprints, as they cross HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from service.kernel import language
from service.papers.actions.checking import Check
from service.papers.rules.faults import BlueprintFault
from service.papers.rules.versions import BlueprintState
from service.papers.shapes import changes
from service.papers.shapes.changes import ChangeShape
from service.papers.tables import Blueprint


class BlueprintShape(BaseModel):
    """One version of a role's blueprint; ``body`` has the form of the files under ``question_bank/blueprints``."""

    id: int
    role: str
    number: int
    digest: str
    state: BlueprintState
    body: dict[str, Any]
    set_at: datetime
    judged_at: datetime | None
    judgement: str

    @classmethod
    def of(cls, row: Blueprint) -> "BlueprintShape":
        return cls.model_validate(row, from_attributes=True)


class CellStock(BaseModel):
    """So many items of a regulation and kind may be asked of the role."""

    regulation: str
    kind: str
    available: int


class ValueStock(BaseModel):
    """So many items within the blueprint's cells have this value on this axis."""

    axis: str
    value: str
    available: int


class FaultShape(BaseModel):
    """Something wrong, in words, and the field that it stands beside."""

    field: str
    sentence: str


class CheckShape(BaseModel):
    """What is to be said of a blueprint before it is drafted; ``forms`` are wanted at once, A and B of every class."""

    items: int
    points: int
    faults: list[FaultShape]
    forms: int
    cells: list[CellStock]
    values: list[ValueStock]
    compared_with: int | None = Field(description="The number of the version in force, if there is one.")
    changes: list[ChangeShape]

    @classmethod
    def of(cls, session: Session, found: Check, tongue: str) -> "CheckShape":
        names = changes.titles(session, tongue) | changes.subjects(session, tongue)
        return cls(
            items=found.blueprint.items,
            points=found.blueprint.full_points,
            faults=[FaultShape(field=one.field, sentence=_said(one, names, tongue)) for one in found.faults],
            forms=found.forms,
            cells=[
                CellStock(regulation=regulation, kind=kind, available=number)
                for (regulation, kind), number in sorted(found.held.cells.items())
            ],
            values=[
                ValueStock(axis=axis, value=value, available=number)
                for (axis, value), number in sorted(found.held.values.items())
            ],
            compared_with=found.before.number if found.before else None,
            changes=changes.changes(session, found.changes, tongue),
        )


def _said(fault: BlueprintFault, names: Mapping[str, str], tongue: str) -> str:
    """The sentence, with titles where it has slugs."""
    values = {name: names.get(one, one) if isinstance(one, str) else one for name, one in fault.values.items()}
    return language.say(tongue, fault.sentence, values)
