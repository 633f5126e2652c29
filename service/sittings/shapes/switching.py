"""What crosses HTTP of switches to the other form."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.sittings.queries.switching import SwitchView
from service.sittings.rules.switching import SwitchReason
from service.sittings.tables import ArchivedAnswer


class ProposeSwitch(BaseModel):
    reason: SwitchReason
    note: str = Field("", max_length=200, description="What happened; required where the reason is another one.")


class DecideSwitch(BaseModel):
    accept: bool


class SwitchShape(BaseModel):
    """A switch as it stands; ``confirmed`` is empty while it waits."""

    id: int
    sitting_id: int
    before: str
    after: str
    reason: SwitchReason
    note: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    confirmed: bool | None
    sheets: int = Field(description="How many sheets were given up for it and archived.")

    @classmethod
    def of(cls, view: SwitchView) -> "SwitchShape":
        row = view.switch
        return cls(
            id=row.id or 0,
            sitting_id=row.sitting_id,
            before=view.before,
            after=view.after,
            reason=SwitchReason(row.reason),
            note=row.note,
            proposed_by=view.proposer,
            proposed_at=row.proposed_at,
            decided_by=view.decider,
            decided_at=row.decided_at,
            confirmed=row.confirmed,
            sheets=view.sheets,
        )


class ArchivedShape(BaseModel):
    """An answer that was given to a form that was given up; it counts for nothing."""

    seat_id: int
    position: int
    choice: str
    flagged: bool
    seq: int
    saved_at: datetime

    @classmethod
    def of(cls, row: ArchivedAnswer) -> "ArchivedShape":
        return cls.model_validate(row, from_attributes=True)
