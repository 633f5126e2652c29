"""Items withdrawn by two, appeals, and editions as they cross HTTP: a choice only for who decides appeals."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from service.papers.rules.states import Form
from service.results.actions.appealing import Compared
from service.results.actions.withdrawing import Draft
from service.results.queries.corrections import AppealLine, ClassFigures, RulingLine
from service.results.rules import Verdict, VoidingState
from service.results.rules.appealing import AppealState
from service.results.rules.editions import Cause
from service.results.rules.withdrawing import ItemStanding
from service.results.shapes.own import OwnKey
from service.results.tables import Edition

Words = Annotated[str, Field(min_length=2, max_length=500, pattern="^[^\0]*$")]
MOST_POSITIONS = 500


class NewWithdrawal(BaseModel):
    """Which item of which form of the class's paper, what it shall be, and why."""

    letter: Form
    position: int = Field(ge=1, le=MOST_POSITIONS)
    wanted: ItemStanding
    reason: Words

    def draft(self) -> Draft:
        return Draft(self.letter, self.position, self.wanted, self.reason)


class WithdrawalShape(BaseModel):
    """A ruling on an item; once it is decided, how the form stood before and after: people, points, passed."""

    id: int
    letter: Form
    position: int
    state: VoidingState
    wanted: ItemStanding
    reason: str
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str | None
    note: str | None
    sat: int | None
    points_before: int | None
    points_after: int | None
    passed_before: int | None
    passed_after: int | None

    @classmethod
    def of(cls, line: RulingLine) -> "WithdrawalShape":
        fields = line.ruling.model_dump(exclude={"proposed_by", "decided_by"})
        return cls(**fields, letter=Form(line.letter), proposed_by=line.proposer, decided_by=line.decider)


class ClassFiguresShape(BaseModel):
    """A class of the same role and year, for comparing."""

    code: str
    name: str
    sat: int
    points: int
    passed: int


class WithdrawalsShape(BaseModel):
    """The rulings of a class, and how the published classes of its role and year stand beside each other now."""

    rulings: list[WithdrawalShape]
    alike: list[ClassFiguresShape]

    @classmethod
    def of(cls, rulings: list[RulingLine], alike: list[ClassFigures]) -> "WithdrawalsShape":
        figures = [ClassFiguresShape.model_validate(one, from_attributes=True) for one in alike]
        return cls(rulings=[WithdrawalShape.of(line) for line in rulings], alike=figures)


class NewAppeal(OwnKey):
    """Who appeals, and why."""

    reason: Words


class AppealProposal(BaseModel):
    """Points by position that shall be set, none where the marking is right; and what was found."""

    changes: dict[int, int] = Field(default_factory=dict, max_length=MOST_POSITIONS)
    finding: Words


class AppealShape(BaseModel):
    id: int
    class_code: str
    name: str
    state: AppealState
    version: int
    points: int
    verdict: Verdict
    reason: str
    filed_at: datetime
    changes: dict[int, int]
    finding: str | None
    proposed_at: datetime | None
    answer: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, line: AppealLine) -> "AppealShape":
        fields = line.appeal.model_dump(exclude={"seat_id", "class_id", "result_id", "proposed_by", "decided_by"})
        result = line.result
        about = {"version": result.version, "points": result.points, "verdict": result.verdict}
        return cls(**fields, **about, class_code=line.training_class.code, name=line.person.name)


class ComparedShape(BaseModel):
    """One position: the answer, the points that count, and those that the key gives now."""

    position: int
    choice: str
    points: int
    of: int
    by_key: int

    @classmethod
    def of_compared(cls, one: Compared) -> "ComparedShape":
        return cls.model_validate(one, from_attributes=True)


class EditionShape(BaseModel):
    """One edition of a class's results: why there is one, and SHA-256 over the results as they then stood.

    ``digest`` is null for whoever sees only some people of the class: with their results in hand, those of a few others
    would soon be guessed from it.
    """

    number: int
    cause: Cause
    at: datetime
    digest: str | None

    @classmethod
    def of(cls, edition: Edition, *, digest: bool) -> "EditionShape":
        named = edition.digest if digest else None
        return cls(number=edition.number, cause=Cause(edition.cause), at=edition.at, digest=named)
