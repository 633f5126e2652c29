"""Persons of one name as they cross HTTP: masked, with what keeps them from being one; and what was found of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, language, sheets
from service.kernel.bounds import BIGGEST, Identifier
from service.kernel.decision import Decision
from service.kernel.paging import ROWS, PageOf
from service.oversight.actions import namesakes
from service.oversight.actions.namesakes import Line, Namesake
from service.oversight.rules.namesakes import (
    FINDING_NAMES,
    LIKENESS_NAMES,
    Finding,
    Likeness,
    Standing,
    Wanted,
)

Judging = Annotated[Actor, may(Right.NAMESAKES_JUDGE)]
# The list leaves the house as a file.
Taking = Annotated[Actor, may(Right.NAMESAKES_JUDGE, fresh=True)]


def wanted(
    standing: Standing = Standing.OPEN,
    slips: bool = False,
    name: Annotated[str, Query(max_length=60, pattern="^[^\0]*$")] = "",
) -> Wanted:
    """Pairs that are open or looked at, likely slips alone if so asked, whose name has this text."""
    return Wanted(standing, slips, name)


Asked = Annotated[Wanted, Depends(wanted)]


def lines(actor: Judging, asked: Asked) -> list[Line]:
    """The pairs, made before any turn to write."""
    with database.reading(still=True) as session:
        return namesakes.lines(session, actor, asked)


Lines = Annotated[list[Line], Depends(lines)]
Page = Annotated[int, Query(ge=1, le=BIGGEST)]


def page_of(found: list[Line], number: int) -> PageOf[Line]:
    """One page of them; a number past the end gives the last."""
    pages = max(1, -(-len(found) // ROWS))
    number = min(number, pages)
    return PageOf(found[(number - 1) * ROWS : number * ROWS], number, pages, len(found))


class NamesakeShape(BaseModel):
    """``known_at``: bodies, with user names where there are any; ``standing``: charged with what, teaching, sitting."""

    person_id: int
    name: str
    citizen_id: str = Field(description="Masked.")
    known_at: list[str]
    standing: list[str]

    @classmethod
    def of(cls, one: Namesake) -> "NamesakeShape":
        person = one.person
        return cls(
            person_id=person.id or 0,
            name=person.name,
            citizen_id=person.citizen_id_masked,
            known_at=list(one.places),
            standing=list(one.words),
        )


class WhyApart(BaseModel):
    """What a rule would refuse if the two were one person."""

    code: str
    reason: str
    source: str

    @classmethod
    def of(cls, one: Decision) -> "WhyApart":
        return cls(code=one.code, reason=language.say("zh", one.reason, one.values), source=one.source)


class FindingShape(BaseModel):
    finding: Finding
    reason: str
    found_at: datetime
    found_by: str


class PairShape(BaseModel):
    """Two persons of one name. ``likeness`` goes by the first 17 digits of the ids; the last follows from them."""

    one: NamesakeShape
    other: NamesakeShape
    likeness: Likeness
    would_be_refused: list[WhyApart]
    finding: FindingShape | None

    @classmethod
    def of(cls, line: Line) -> "PairShape":
        row = line.finding
        told = (
            FindingShape(finding=Finding(row.finding), reason=row.reason, found_at=row.found_at, found_by=line.finder)
            if row is not None
            else None
        )
        return cls(
            one=NamesakeShape.of(line.one),
            other=NamesakeShape.of(line.other),
            likeness=line.found.likeness,
            would_be_refused=[WhyApart.of(one) for one in line.found.clashes],
            finding=told,
        )


class PairList(BaseModel):
    total: int
    page: int
    pages: int
    pairs: list[PairShape]


class NewFinding(BaseModel):
    """The two numbers in any order. ``same``: the security administrator sees the pair from then on."""

    person_id: Identifier
    other_id: Identifier
    finding: Finding
    reason: str = Field(min_length=2, max_length=500, pattern="^[^\0]*$")


HEAD = ("姓名", "身份证号", "所在单位和账号", "身份与职责")
COLUMNS = ("号码相近程度", "如为同一人，将违反", "认定", "理由", "认定人", "认定时间")


def table(found: list[Line], tongue: str) -> list[sheets.Row]:
    """The list with its head, in the reader's language; times are Beijing's."""
    sides = [f"{language.say(tongue, word)} {number}" for number in (1, 2) for word in HEAD]
    return [[*sides, *(language.say(tongue, word) for word in COLUMNS)], *_rows(found, tongue)]


def _rows(found: list[Line], tongue: str) -> Iterator[sheets.Row]:
    for line in found:
        row = line.finding
        yield [
            *(cell for side in (line.one, line.other) for cell in _cells(side, tongue)),
            language.say(tongue, LIKENESS_NAMES[line.found.likeness]),
            "\n".join(language.say(tongue, one.reason, one.values) for one in line.found.clashes),
            language.say(tongue, FINDING_NAMES[Finding(row.finding)]) if row is not None else "",
            row.reason if row is not None else "",
            line.finder,
            f"{clock.local(row.found_at):%Y-%m-%d %H:%M}" if row is not None else "",
        ]


def _cells(side: Namesake, tongue: str) -> tuple[str, str, str, str]:
    person, words = side.person, "、".join(language.say(tongue, word) for word in side.words)
    return person.name, person.citizen_id_masked, "、".join(side.places), words
