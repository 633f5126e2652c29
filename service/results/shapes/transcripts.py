"""Copying answer sheets as it crosses HTTP: lines without questions, and both entries for a third person alone."""

from typing import Annotated

from pydantic import BaseModel, Field

from service.kernel import language
from service.kernel.bounds import BIGGEST, Identifier
from service.kernel.decision import Decision
from service.papers.rules import answers
from service.results.actions.sheet_desks import Comparison, Desk, Waiting
from service.sittings.rules.on_paper import PaperStage

Position = Annotated[int, Field(ge=1, le=BIGGEST)]
# More lines than this no paper has.
MOST_LINES = 300
Choice = Annotated[str, Field(max_length=answers.STORED)]


class EnterSheet(BaseModel):
    """What one reads on a sheet; positions that were left blank may be left out. A retry repeats ``nonce``."""

    copy_number: Identifier = Field(description="The number that is printed on the copy.")
    answers: dict[Position, Choice] = Field(max_length=MOST_LINES, examples=[{"1": "A", "2": "ABD", "3": "T"}])
    nonce: str = Field(min_length=8, max_length=40, pattern="^[A-Za-z0-9-]+$", examples=["0f8a2c4e-sheet"])


class SettleSheet(BaseModel):
    """What a third person settles: the copy's number, and every position that was read differently, blank or not."""

    copy_number: Identifier
    answers: dict[Position, Choice] = Field(max_length=MOST_LINES, examples=[{"12": "B"}])
    note: str = Field("", max_length=200, pattern="^[^\0]*$")


class LineShape(BaseModel):
    """A line of the printed answer sheet; ``case`` counts the cases behind the sections from 1, and is 0 in these."""

    number: int
    position: int
    kind: str
    letters: list[str]
    case: int


class WaitingShape(BaseModel):
    """A sheet in the queue; the reasons say why the caller may not do a thing, and are empty where they may."""

    sheet_id: int
    class_code: str
    exam_point: str
    room: str
    seat: int
    ticket_number: str
    stage: PaperStage
    mine: bool
    why_not_enter: str
    why_not_withdraw: str
    why_not_settle: str

    @classmethod
    def of(cls, tongue: str, one: Waiting, person_id: int | None) -> "WaitingShape":
        return cls(
            sheet_id=one.view.sheet.id or 0,
            class_code=one.room.training_class.code,
            exam_point=one.room.point.name,
            room=one.room.room.name,
            seat=one.view.seat.number,
            ticket_number=one.view.seat.ticket_number,
            stage=one.view.stage,
            mine=one.view.mine(person_id) is not None,
            why_not_enter=_why_not(tongue, one.enter),
            why_not_withdraw=_why_not(tongue, one.withdraw),
            why_not_settle=_why_not(tongue, one.settle),
        )


def _why_not(tongue: str, decision: Decision) -> str:
    return "" if decision.allowed else language.say(tongue, decision.reason, decision.values)


class SheetDeskShape(BaseModel):
    """An empty sheet: how many copies were printed, its lines, and its pictures by id."""

    sheet: WaitingShape
    copies: int
    lines: list[LineShape]
    photos: list[int]

    @classmethod
    def of(cls, tongue: str, desk: Desk, person_id: int | None) -> "SheetDeskShape":
        return cls(
            sheet=WaitingShape.of(tongue, desk.waiting, person_id),
            copies=desk.copies,
            lines=[LineShape.model_validate(line, from_attributes=True) for line in desk.lines],
            photos=[photo.id or 0 for photo in desk.photos],
        )


class ComparedShape(BaseModel):
    """A line as two people read it, and as the machine had saved it before the sheet took over."""

    number: int
    position: int
    first: str
    second: str
    saved: str
    differs: bool


class ComparisonShape(BaseModel):
    sheet: SheetDeskShape
    first_copy: int
    second_copy: int
    rows: list[ComparedShape]

    @classmethod
    def of(cls, tongue: str, found: Comparison, person_id: int | None) -> "ComparisonShape":
        return cls(
            sheet=SheetDeskShape.of(tongue, found.desk, person_id),
            first_copy=found.first.copy,
            second_copy=found.second.copy,
            rows=[
                ComparedShape(
                    number=one.line.number,
                    position=one.line.position,
                    first=one.first,
                    second=one.second,
                    saved=one.saved,
                    differs=one.differs,
                )
                for one in found.rows
            ],
        )
