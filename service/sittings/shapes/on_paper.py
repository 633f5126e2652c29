"""What crosses HTTP of answering on paper: declaring it, deciding it, and how far each sheet is."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.kernel.bounds import Identifier
from service.sittings.queries.on_paper import SheetView
from service.sittings.rules.on_paper import PaperReason, PaperStage
from service.sittings.rules.phases import LARGEST_ROOM

NOTE = "^[^\0]*$"


class DeclarePaper(BaseModel):
    """Which seats answer on paper, the whole room where none is named, and why."""

    seats: list[Identifier] = Field(
        default_factory=list, max_length=LARGEST_ROOM, description="None for everybody who is there."
    )
    reason: PaperReason
    note: str = Field(
        "", max_length=200, pattern=NOTE, description="What happened; required where the reason is another one."
    )


class DecidePaper(BaseModel):
    """What a second person says to declarations, named one by one: nothing is confirmed that was not seen."""

    sheets: list[Identifier] = Field(min_length=1, max_length=LARGEST_ROOM)
    accept: bool


class PaperSheetShape(BaseModel):
    """A declared sheet as it stands; ``decided_at`` is when the machine stopped taking answers."""

    id: int
    seat_id: int
    seat: int
    reason: PaperReason
    note: str
    stage: PaperStage
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    copy_number: int | None = Field(description="The printed copy that counts, once it is settled.")

    @classmethod
    def of(cls, view: SheetView) -> "PaperSheetShape":
        row = view.sheet
        return cls(
            id=row.id or 0,
            seat_id=row.seat_id,
            seat=view.seat.number,
            reason=PaperReason(row.reason),
            note=row.note,
            stage=view.stage,
            proposed_by=view.proposer,
            proposed_at=row.proposed_at,
            decided_by=view.decider,
            decided_at=row.decided_at,
            copy_number=view.transcript.copy_number if view.transcript is not None else None,
        )
