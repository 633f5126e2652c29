"""Rates with their definition, version and digest as they cross HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from service.oversight.rules.definitions import (
    DEFINITIONS,
    RATE_NAMES,
    Answer,
    Cell,
    Definition,
    Imported,
    Question,
    Rate,
)
from service.oversight.shapes import UNTOLD
from service.results.rules.counting import COUNTED, Axis, Counts

_ELSEWHERE: dict[str, JsonValue] = {
    "enrolled": 3,
    "trained": 3,
    "seated": 3,
    "present": 3,
    "handed_in": 3,
    "passed": 2,
    "void": 0,
    "first_present": 2,
    "first_passed": 2,
    "resat": 1,
    "resit_passed": 0,
    "part": 2,
    "whole": 3,
}
_CELL: dict[str, JsonValue] = {
    "key": "3",
    "name": "2024-TL-01",
    "across": "",
    "across_name": "",
    "merged": 0,
    "planned": None,
    "enrolled": 34,
    "trained": 33,
    "seated": 33,
    "present": 32,
    "handed_in": 32,
    "passed": 29,
    "void": 0,
    "first_present": 32,
    "first_passed": 26,
    "resat": 5,
    "resit_passed": 3,
    "asked": 0,
    "correct": 0,
    "points": 0,
    "possible": 0,
    "part": 29,
    "whole": 32,
    "rate": 90.6,
    "from_elsewhere": _ELSEWHERE,
}
_ANSWER: dict[str, JsonValue] = {
    "rate": "pass",
    "title": "考试通过率（合格 ÷ 到考，含补考）",
    "definition": {
        "part": "passed",
        "whole": "present",
        "resits": True,
        "source": "四(二) 项目验收：参训率、考试通过率",
    },
    "by": "class",
    "across": None,
    "plan_year": 2024,
    "since": None,
    "until": None,
    "imported": "with",
    "page": 1,
    "more": False,
    "version": 12,
    "moment": "2026-11-20T09:30:00Z",
    "digest": "5d41402abc4b2a76b9719d911017c592" * 2,
    "full_digest": "7d793037a0760186574b0282f2f435e7" * 2,
    "cells": [_CELL],
    "total": {**_CELL, "key": "total", "name": ""},
}


class DefinitionShape(BaseModel):
    """``part`` over ``whole``, both counts by name; ``resits``: whether whoever passed a resit counts as passed."""

    part: str
    whole: str
    resits: bool
    source: str

    @classmethod
    def of(cls, definition: Definition) -> "DefinitionShape":
        return cls.model_validate(definition, from_attributes=True)


class RateShape(DefinitionShape):
    rate: Rate
    title: str


def definitions() -> list[RateShape]:
    """Every rate that may be asked for."""
    return [
        RateShape(rate=rate, title=RATE_NAMES[rate], **DefinitionShape.of(one).model_dump())
        for rate, one in DEFINITIONS.items()
    ]


class FromElsewhere(BaseModel):
    """How many in each count have a result that was obtained elsewhere, and in ``part`` and ``whole`` of the rate."""

    enrolled: int
    trained: int
    seated: int
    present: int
    handed_in: int
    passed: int
    void: int
    first_present: int
    first_passed: int
    resat: int
    resit_passed: int
    part: int
    whole: int

    @classmethod
    def of(cls, cell: Cell, definition: Definition) -> "FromElsewhere | None":
        """Nothing where it is not told."""
        if cell.elsewhere is None:
            return None
        counts: dict[str, Any] = {name: cell.elsewhere_of(name) for name in COUNTED}
        counts |= {"part": cell.elsewhere_of(definition.part), "whole": cell.elsewhere_of(definition.whole)}
        return cls(**counts)


class CellShape(BaseModel):
    """The counts of one group, and its rate: ``part`` of ``whole`` in percent. ``merged``: small ones put together.

    By regulation or subject ``enrolled`` are the people whose answers were counted, and of answers there are ``asked``,
    ``correct``, ``points`` and ``possible``; otherwise those are 0.
    """

    key: str
    name: str
    across: str
    across_name: str
    merged: int
    planned: int | None
    enrolled: int
    trained: int
    seated: int
    present: int
    handed_in: int
    passed: int
    void: int
    first_present: int
    first_passed: int
    resat: int
    resit_passed: int
    asked: int
    correct: int
    points: int
    possible: int
    part: int
    whole: int | None
    rate: float | None
    from_elsewhere: FromElsewhere | None = Field(description=UNTOLD)

    @classmethod
    def of(cls, cell: Cell, definition: Definition, names: Mapping[str, str], across: Mapping[str, str]) -> "CellShape":
        counts: dict[str, Any] = {name: getattr(cell.counts, name) for name in Counts.__slots__}
        return cls(
            key=cell.key,
            name=names.get(cell.key, ""),
            across=cell.across,
            across_name=across.get(cell.across, ""),
            merged=cell.merged,
            planned=cell.planned,
            part=counts[definition.part],
            whole=cell.whole(definition),
            rate=cell.rate(definition),
            from_elsewhere=FromElsewhere.of(cell, definition),
            **counts,
        )


class AnswerShape(BaseModel):
    """``version`` is the number of the newest edition of results that it rests on, ``moment`` when that was published.

    Asked again with this ``version`` the answer is the same for ever, names apart; ``digest`` is SHA-256 over question,
    definition, version, keys and counts, ``full_digest`` over these and the counts of those from elsewhere.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ANSWER]})

    rate: Rate
    title: str
    definition: DefinitionShape
    by: Axis
    across: Axis | None
    plan_year: int | None
    since: str | None
    until: str | None
    imported: Imported
    page: int
    more: bool = Field(description="Whether further groups are on the next page; the total is of all pages.")
    version: int
    moment: datetime | None
    digest: str = Field(max_length=64)
    full_digest: str = Field(max_length=64)
    cells: list[CellShape]
    total: CellShape | None = Field(description="None by lecturer: a class has several, and counts for each of them.")

    @classmethod
    def of(cls, answer: Answer, names: Mapping[str, str], across: Mapping[str, str]) -> "AnswerShape":
        question, definition = answer.question, answer.definition
        total = answer.total
        return cls(
            **{name: getattr(question, name) for name in Question.__slots__},
            title=RATE_NAMES[question.rate],
            definition=DefinitionShape.of(definition),
            more=answer.more,
            version=answer.version,
            moment=answer.moment,
            digest=answer.digest,
            full_digest=answer.full_digest,
            cells=[CellShape.of(one, definition, names, across) for one in answer.cells],
            total=CellShape.of(total, definition, {}, {}) if total is not None else None,
        )
