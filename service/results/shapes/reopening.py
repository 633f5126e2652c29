"""What crosses HTTP of sheets that are opened again: proposing, deciding, and what was handed in before."""

import json
from datetime import datetime

from pydantic import BaseModel, Field

from service.sittings.queries.reopening import ReopeningView
from service.sittings.rules.clockwork import MOST_MINUTES
from service.sittings.rules.reopening import Draft, ReopenReason
from service.sittings.rules.seats import HandedInBy
from service.sittings.tables import SheetReopening


class ProposeReopening(BaseModel):
    """Why a closed sheet is to be opened again. The time that was left as it was closed comes back by itself."""

    reason: ReopenReason
    note: str = Field(max_length=200, pattern="^[^\0]*$", description="What happened, in words.")
    minutes: int = Field(0, ge=0, le=MOST_MINUTES, description="Minutes on top of the time that was left.")
    away_minutes: int = Field(
        ge=0, le=600, description="For how long the candidate has been out of the room since the closing."
    )

    def draft(self) -> Draft:
        return Draft(self.reason, self.note, self.minutes, self.away_minutes)


class DecideReopening(BaseModel):
    accept: bool


class ReopeningShape(BaseModel):
    """A reopening as it stands; ``confirmed`` is empty while it waits."""

    id: int
    sitting_id: int
    seat_id: int
    seat: int
    reason: ReopenReason
    note: str
    minutes: int
    away_minutes: int
    closed_at: datetime
    closed_by: HandedInBy
    sheet_digest: str = Field(description="Of what was handed in before; its receipt begins with it.")
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    confirmed: bool | None
    ends_at: datetime | None = Field(description="The end of the seat, as it stood when the candidate went on.")

    @classmethod
    def of(cls, view: ReopeningView) -> "ReopeningShape":
        row = view.row
        return cls(
            id=row.id or 0,
            sitting_id=row.sitting_id,
            seat_id=row.seat_id,
            seat=view.seat,
            reason=ReopenReason(row.reason),
            note=row.note,
            minutes=row.minutes,
            away_minutes=row.away_minutes,
            closed_at=row.closed_at,
            closed_by=HandedInBy(row.closed_by),
            sheet_digest=row.sheet_digest,
            proposed_by=view.proposer,
            proposed_at=row.proposed_at,
            decided_by=view.decider,
            decided_at=row.decided_at,
            confirmed=row.confirmed,
            ends_at=row.ends_at,
        )


class HandedInBefore(BaseModel):
    """What was handed in before a sheet was opened again, by position; empty once answers were disposed of."""

    sheet_digest: str
    closed_at: datetime
    choices: dict[int, str]

    @classmethod
    def of(cls, row: SheetReopening) -> "HandedInBefore":
        return cls(sheet_digest=row.sheet_digest, closed_at=row.closed_at, choices=json.loads(row.choices or "{}"))
