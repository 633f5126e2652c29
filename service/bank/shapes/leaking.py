"""What crosses HTTP when the bank is compared with the questions that others practise with."""

from pydantic import BaseModel, Field

from service.bank.actions.leaking import Leak, Measured
from service.bank.queries.neighbours import STEM
from service.bank.rules.exchange.drafts import Field as Column


class NearShape(BaseModel):
    """An item of the bank that asks much the same."""

    code: str
    version_id: int
    stem: str


class MeasuredShape(BaseModel):
    """One question of theirs; ``likeness`` in percent, nought where nothing is near."""

    sheet: str
    row: int
    stem: str
    likeness: int
    near: NearShape | None

    @classmethod
    def of(cls, line: Measured) -> "MeasuredShape":
        near = line.near
        return cls(
            sheet=line.draft.sheet,
            row=line.draft.row,
            stem=line.draft.word(Column.STEM)[:STEM],
            likeness=near.likeness // 10 if near else 0,
            near=NearShape(code=near.code, version_id=near.version_id, stem=near.stem) if near else None,
        )


class LeakShape(BaseModel):
    """The nearest first; ``at_least`` counts the questions that are so many percent like an item, or more."""

    questions: int
    middle: int = Field(description="The median of the likenesses, in percent.")
    at_least: dict[int, int]
    lines: list[MeasuredShape]

    @classmethod
    def of(cls, leak: Leak) -> "LeakShape":
        lines = sorted((MeasuredShape.of(line) for line in leak.lines), key=lambda one: -one.likeness)
        marks = {mark // 10: number for mark, number in leak.marks.items()}
        return cls(questions=len(lines), middle=leak.middle // 10, at_least=marks, lines=lines)
