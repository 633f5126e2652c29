"""Cases of answers alike as they cross HTTP: seats and figures, and never an answer."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.kernel.bounds import Identifier
from service.results.queries.cases import CaseLine
from service.results.rules.cases import Finding
from service.results.shapes.corrections import Words


class NewCase(BaseModel):
    """The two seats of a pair that the screen names, and why somebody looks into it."""

    seat: Identifier
    other: Identifier
    reason: Words


class Closing(BaseModel):
    """What was found, and why."""

    finding: Finding
    answer: Words


class SimilarityCaseShape(BaseModel):
    """A case with the figures of the day on which it was opened; the last four are empty while it is open."""

    id: int
    seats: tuple[int, int]
    numbers: tuple[int, int]
    same: int
    same_wrong: int
    expected: float
    chance: float = Field(description="Of so many agreements or more, for this pair alone.")
    reason: str
    opened_at: datetime
    opened_by: str
    finding: Finding | None
    answer: str | None
    closed_at: datetime | None
    closed_by: str

    @classmethod
    def of(cls, line: CaseLine) -> "SimilarityCaseShape":
        one = line.case
        fields = one.model_dump(exclude={"opened_by", "closed_by", "class_id", "seat_id", "other_seat_id"})
        return cls(
            **fields,
            seats=(one.seat_id, one.other_seat_id),
            numbers=(line.sitters[0].number, line.sitters[1].number),
            opened_by=line.opener,
            closed_by=line.closer,
        )
