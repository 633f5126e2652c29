"""What crosses HTTP for the security administrator."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.access.rules.administrators import LONGEST_MINUTES, SHORTEST_MINUTES
from service.access.rules.duties import Duty
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


class EmergencyShape(BaseModel):
    """An emergency duty; it holds until ``ends_at`` where it was confirmed."""

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
