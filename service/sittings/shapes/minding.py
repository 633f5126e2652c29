"""What proctors send from the room. ``nonce`` is drawn by the tablet: a retry repeats it and changes nothing."""

from typing import Annotated

from pydantic import BaseModel, Field

from service.sittings.rules.clockwork import MOST_MINUTES
from service.sittings.rules.room import Cause, IncidentKind, Recheck
from service.sittings.tables import Seat, Sitting

Nonce = Annotated[str | None, Field(min_length=8, max_length=40)]


class Standstill(BaseModel):
    """Stop the clock of the room, or of one seat."""

    reason: str = Field(min_length=2, max_length=200)
    seat_id: int | None = None


class Resumption(BaseModel):
    seat_id: int | None = None


class AddedTime(BaseModel):
    minutes: int = Field(ge=1, le=MOST_MINUTES)
    reason: str = Field(min_length=2, max_length=200)
    seat_id: int | None = None
    nonce: Nonce = None


class NewMessage(BaseModel):
    text: str = Field(min_length=2, max_length=300)
    seat_id: int | None = None
    nonce: Nonce = None


class IdentityLook(BaseModel):
    outcome: Recheck
    note: str = Field("", max_length=200)


class NewIncident(BaseModel):
    seat_id: int | None = None
    kind: IncidentKind = IncidentKind.OTHER
    cause: Cause | None = Field(None, description="The branch of the tree, where the kind is ``other`` and names none.")
    text: str = Field(min_length=2, max_length=500)
    nonce: Nonce = None


class Termination(BaseModel):
    """Why an exam is ended; the note says what happened and becomes the text of the incident."""

    kind: IncidentKind
    note: str = Field(min_length=2, max_length=500)


class ClockShape(BaseModel):
    """A clock after the act: seconds added to the room's or the seat's own so far, and whether it stands still."""

    extra_seconds: int
    paused: bool

    @classmethod
    def of(cls, row: Sitting | Seat) -> "ClockShape":
        return cls(extra_seconds=row.extra_seconds, paused=row.paused_at is not None)


class PhotoShape(BaseModel):
    """A picture as it is kept; the digest is SHA-256 in hexadecimal, the same as in the room record."""

    id: int
    digest: str
