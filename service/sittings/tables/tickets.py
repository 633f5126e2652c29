"""Batches of admission tickets that are being printed, and the finished ones for as long as they are fetched."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither


class TicketPrint(SQLModel, table=True):
    """One batch: which sittings, how far it has come, and the PDF once it is there.

    ``code`` stands in the address of the batch; ``beat_at`` is the last sign of life of whoever prepares it, so that a
    batch whose process died can be begun anew. ``fault`` is the code of what went wrong.
    """

    __tablename__ = "sittings_ticket_print"
    __table_args__ = (
        both_or_neither("finished_at", "pdf", "digest"),
        sa.CheckConstraint("done BETWEEN 0 AND total", name="done_counted"),
    )

    code: str = Field(primary_key=True, max_length=43)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    actor: str = Field(max_length=40)
    # Ids of sittings in order, a comma between.
    sittings: str = Field(max_length=2000)
    total: int
    done: int = 0
    asked_at: datetime = Field(sa_type=Instant)
    beat_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    pdf: bytes | None = None
    digest: str | None = Field(default=None, max_length=64)
    fault: str = Field(default="", max_length=40)
