"""What crosses HTTP about admission tickets."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from service.sittings.actions import printing
from service.sittings.queries.prints import Progress
from service.sittings.tables import TicketPrint


class PrintState(StrEnum):
    """A batch is being prepared, ready, void because something changed meanwhile, failed, or its process has died."""

    PREPARING = "preparing"
    READY = "ready"
    CHANGED = "changed"
    FAILED = "failed"
    DEAD = "dead"


class AskTickets(BaseModel):
    sitting_ids: list[int] = Field(min_length=1, max_length=200)


class PrintShape(BaseModel):
    """How far a batch is: ``done`` of ``total`` tickets are made; typesetting comes after the last one."""

    code: str
    state: PrintState
    done: int
    total: int
    sittings: list[int]
    asked_at: datetime

    @classmethod
    def of(cls, batch: TicketPrint | Progress, now: datetime) -> "PrintShape":
        return cls(
            code=batch.code,
            state=_state(batch, now),
            done=batch.done,
            total=batch.total,
            sittings=printing.sittings_of(batch),
            asked_at=batch.asked_at,
        )


def _state(batch: TicketPrint | Progress, now: datetime) -> PrintState:
    if batch.finished_at is not None:
        return PrintState.READY
    if batch.fault:
        return PrintState(batch.fault)
    return PrintState.PREPARING if now - batch.beat_at <= printing.DEAD_AFTER else PrintState.DEAD


class TicketShape(BaseModel):
    seat_id: int
    ticket_number: str
    issue: int = Field(description="Which ticket of this number counts now; every code of an earlier one is void.")
