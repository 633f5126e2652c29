"""What crosses HTTP when items are imported: what the importer says for all, and what would become of each."""

from typing import Annotated

from fastapi import Form
from pydantic import BaseModel, Field

from service.access.rules.people import TraineeRole
from service.bank.rules.exchange import planning
from service.bank.rules.exchange.drafts import Remark
from service.bank.rules.exchange.fields import Terms
from service.bank.rules.exchange.planning import Line, Outcome, Plan
from service.bank.rules.items import DIFFICULTIES, Kind, Level
from service.kernel import language
from service.kernel.paging import Blank

# The words of a stem that are enough to recognise it by.
SHOWN = 60
Prefix = Annotated[str, Form(pattern=r"^([A-Z]{2,5})?$", description="Letters of the codes of items that have none.")]
Article = Annotated[int | None, Blank, Form(ge=1, le=2000)]
Difficulty = Annotated[int | None, Blank, Form(ge=DIFFICULTIES.start, le=DIFFICULTIES.stop - 1)]


def terms(
    prefix: Prefix = "",
    edition: Annotated[str, Form(max_length=80)] = "",
    article: Article = None,
    roles: Annotated[list[TraineeRole], Form(max_length=3)] = [],  # noqa: B006 - FastAPI copies it
    difficulty: Difficulty = None,
    level: Annotated[Level, Form()] = Level.RECALL,
    subject: Annotated[str, Form(max_length=40)] = "",
    explanation: Annotated[str, Form(max_length=2000)] = "",
) -> Terms:
    """What the importer says for every item whose file does not say it."""
    return Terms(prefix, edition, article, tuple(dict.fromkeys(roles)), difficulty, level, subject, explanation.strip())


class RemarkShape(BaseModel):
    """Something wrong with one place of the file, or worth knowing about it."""

    sheet: str
    row: int
    column: str
    code: str
    reason: str

    @classmethod
    def of(cls, remark: Remark, tongue: str) -> "RemarkShape":
        reason = language.say(tongue, remark.reason, remark.values)
        return cls(sheet=remark.sheet, row=remark.row, column=remark.column, code=remark.code, reason=reason)


class LineShape(BaseModel):
    """One item of the file and what becomes of it."""

    sheet: str
    row: int
    code: str
    kind: Kind
    stem: str
    outcome: Outcome
    number: int = Field(description="The version that the item has or would get; nought where it is not imported.")
    faults: list[RemarkShape]
    notes: list[RemarkShape]
    filed: list[str] = Field(description="The tags that the item is to be filed under, and is not yet.")

    @classmethod
    def of(cls, line: Line, tongue: str) -> "LineShape":
        return cls(
            sheet=line.sheet,
            row=line.row,
            code=line.text.code[:40],
            kind=line.text.kind,
            stem=line.text.stem[:SHOWN],
            outcome=line.outcome,
            number=line.number,
            faults=[RemarkShape.of(fault, tongue) for fault in line.faults],
            notes=[RemarkShape.of(note, tongue) for note in line.notes],
            filed=list(line.filed),
        )


class PlanShape(BaseModel):
    """What an import would do, or did; ``digest`` is what whoever confirms it sends back."""

    written: bool
    sound: bool
    by_item: bool = Field(description="Rows count the items of the file, where it is no table.")
    digest: str
    counts: dict[Outcome, int]
    filed: int = Field(description="How many items are to be filed under tags that they have not yet.")
    faults: list[RemarkShape]
    notes: list[RemarkShape]
    lines: list[LineShape]

    @classmethod
    def of(cls, plan: Plan, tongue: str, *, written: bool) -> "PlanShape":
        return cls(
            written=written,
            sound=plan.sound,
            by_item=plan.by_item,
            digest=planning.digest(plan),
            counts={outcome: plan.counts.get(outcome, 0) for outcome in Outcome},
            filed=len(plan.filing()),
            faults=[RemarkShape.of(fault, tongue) for fault in plan.faults],
            notes=[RemarkShape.of(note, tongue) for note in plan.notes],
            lines=[LineShape.of(line, tongue) for line in plan.lines],
        )
