"""What crosses HTTP for the security administrator."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from service.access.rules.administrators import LONGEST_MINUTES, LONGEST_REMARK, SHORTEST_MINUTES, SHORTEST_REMARK
from service.access.rules.duties import Duty
from service.access.tables.doors import EmergencyDuty, EmergencySeen
from service.kernel.bounds import Identifier


class Lifted(BaseModel):
    """From how many places an account could not be tried."""

    places: int


class ActivationCode(BaseModel):
    """Shown once, for the person of the account and nobody else."""

    code: str


class AskEmergency(BaseModel):
    account_id: Identifier
    duty: Duty
    minutes: int = Field(ge=SHORTEST_MINUTES, le=LONGEST_MINUTES)
    reason: str = Field(min_length=4, max_length=200)


class DecideEmergency(BaseModel):
    confirm: bool


class SeeEmergency(BaseModel):
    """What somebody says who looked at what was done with it."""

    model_config = ConfigDict(str_strip_whitespace=True)

    remark: str = Field(min_length=SHORTEST_REMARK, max_length=LONGEST_REMARK)


class EmergencyShape(BaseModel):
    """An emergency duty; it holds until ``ends_at`` where it was confirmed. ``seen_by``: the person who took note."""

    id: int
    account_id: int
    duty: Duty
    minutes: int
    reason: str
    asked_at: datetime
    decided_at: datetime | None
    confirmed: bool
    ends_at: datetime | None
    ended_at: datetime | None
    seen_at: datetime | None = None
    seen_by: int | None = None
    remark: str = ""

    @classmethod
    def of(cls, row: EmergencyDuty, seen: EmergencySeen | None = None) -> Self:
        """An emergency duty, and who took note of it."""
        noted = {} if seen is None else {"seen_at": seen.seen_at, "seen_by": seen.seen_by, "remark": seen.remark}
        return cls.model_validate(row.model_dump() | noted)
