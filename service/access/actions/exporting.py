"""Putting on record that a table left the house as a file."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import sealing


class Table(StrEnum):
    """The tables that leave as files and have no event of their own."""

    PAPERS = "papers"
    ITEM_STATISTICS = "item_statistics"
    MACHINES = "machines"
    PAYMENT = "payment"
    NAMESAKES = "namesakes"


def note(
    session: Session, actor: Actor, subject: str, table: Table, content: bytes, rows: int, form: str, *, now: datetime
) -> None:
    """Note who took which table of what, with how many rows, by the file's digest; the caller has checked rights."""
    data = {"table": table, "rows": rows, "format": form, "digest": sealing.digest(content)}
    record(session, Event.TABLE_EXPORTED, actor.label, subject, now=now, data=data)
