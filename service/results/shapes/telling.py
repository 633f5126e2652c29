"""What items and papers tell, as it crosses HTTP: positions and codes, no text of the bank, and of choices no letter.

So nobody reads the key from how many took what. Of what was typed there is what many typed wrongly.
"""

from dataclasses import asdict

from pydantic import BaseModel, Field

from service.bank.rules.items import Kind
from service.results.actions.calibrating import Handed
from service.results.actions.comparing import Case, Compared
from service.results.actions.telling import FormStatistics
from service.results.rules.calibrating import Model
from service.results.rules.item_statistics import Flag, ItemStatistics


class DistractorShape(BaseModel):
    """A wrong choice: the share of all, of the best and of the worst 27 % who took it."""

    share: float
    upper: float
    lower: float


class WrongTextShape(BaseModel):
    """What at least five people typed and was not accepted: the share of all, of the best and of the worst 27 %."""

    text: str
    share: float
    upper: float
    lower: float


class ItemShape(BaseModel):
    """``discrimination``: point-biserial with the points of the other items; nothing where nothing varied."""

    position: int
    code: str
    kind: Kind
    answers: int
    facility: float
    discrimination: float | None
    upper_lower: float | None
    omitted: float
    distractors: list[DistractorShape] = Field(description="Most taken first.")
    texts: list[WrongTextShape] = Field(description="Of an item that is typed; most given first.")
    flags: list[Flag]

    @classmethod
    def of(cls, item: ItemStatistics) -> "ItemShape":
        return cls(
            position=item.asked.position,
            code=item.asked.code,
            kind=item.asked.kind,
            answers=item.answers,
            facility=item.facility,
            discrimination=item.discrimination,
            upper_lower=item.upper_lower,
            omitted=item.omitted,
            distractors=[DistractorShape.model_validate(one, from_attributes=True) for one in item.distractors],
            texts=[WrongTextShape.model_validate(one, from_attributes=True) for one in item.texts],
            flags=list(item.flags),
        )


class PaperShape(BaseModel):
    """``few``: too few sat for any of this to be judged by.

    ``alpha`` is KR-20 where all items have the same points, ``error_at_pass`` Lord's with Keats' correction,
    ``consistency`` Subkoviak's.
    """

    sat: int
    few: bool
    items: int
    mean: float
    deviation: float
    least: int
    most: int
    pass_points: int
    passed: float
    alpha: float | None
    error: float | None
    error_at_pass: float | None
    consistency: float | None
    kappa: float | None


class FormStatisticsShape(BaseModel):
    paper_id: int
    letter: str
    paper: PaperShape
    items: list[ItemShape]

    @classmethod
    def of(cls, one: FormStatistics) -> "FormStatisticsShape":
        paper = PaperShape.model_validate(one.paper, from_attributes=True)
        items = [ItemShape.of(item) for item in one.items]
        return cls(paper_id=one.paper_id, letter=one.letter, paper=paper, items=items)


class CalibrationShape(BaseModel):
    """Thousandths of a logit with their standard errors, from so many answers."""

    code: str
    discrimination_milli: int
    discrimination_error_milli: int
    difficulty_milli: int
    difficulty_error_milli: int
    answers: int


class CalibratedShape(BaseModel):
    """What went to the bank; ``left_out`` counts the items with too few answers, or with equal ones."""

    sheets: int
    model: Model
    left_out: int
    items: list[CalibrationShape]

    @classmethod
    def of(cls, handed: Handed) -> "CalibratedShape":
        items = [CalibrationShape(code=code, **asdict(one)) for code, one in sorted(handed.items.items())]
        return cls(sheets=handed.sheets, model=handed.model, left_out=handed.left_out, items=items)


class CaseShape(BaseModel):
    """``expected`` agreements were likely of these two; ``chance`` is that of ``same`` or more."""

    sitting_id: int
    seats: tuple[int, int]
    numbers: tuple[int, int]
    same: int
    same_wrong: int
    expected: float
    chance: float

    @classmethod
    def of(cls, case: Case) -> "CaseShape":
        one, other = case.sitters
        return cls(
            sitting_id=one.sitting_id,
            numbers=(one.number, other.number),
            **asdict(case.pair),
        )


class ComparedShape(BaseModel):
    """``compared`` is false where too few sat the form, which ``why`` says in code."""

    paper_id: int
    letter: str
    compared: bool
    why: str
    sheets: int
    pairs: int
    cases: list[CaseShape]

    @classmethod
    def of(cls, one: Compared) -> "ComparedShape":
        return cls(
            paper_id=one.paper_id,
            letter=one.letter,
            compared=one.decision.allowed,
            why="" if one.decision.allowed else one.decision.code,
            sheets=one.sheets,
            pairs=one.pairs,
            cases=[CaseShape.of(case) for case in one.cases],
        )
