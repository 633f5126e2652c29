"""Papers with people's names that leave the house: that one was printed goes on record."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import sealing


class Document(StrEnum):
    ROOM_RECORD = "room_record"
    SEAT_PLAN = "seat_plan"


def note_print(
    session: Session, actor: Actor, document: Document, sitting_id: int, pdf: bytes, *, now: datetime
) -> None:
    """What was handed out, by its digest. Whether this actor may have it was decided when it was set."""
    data = {"document": document, "digest": sealing.digest(pdf)}
    record(session, Event.DOCUMENT_PRINTED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
