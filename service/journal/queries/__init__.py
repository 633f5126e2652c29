"""Reading the record."""

from typing import Any

from sqlmodel import Session, col, select

from service.journal.tables import JournalEntry, JournalHead


def head(session: Session) -> JournalHead:
    """The newest entry's number and hash."""
    return session.exec(select(JournalHead)).one()


def entries(*, event: str = "", actor: str = "", subject: str = "") -> Any:
    """A select of entries, newest first, narrowed by what is given."""
    statement = select(JournalEntry).order_by(col(JournalEntry.seq).desc())
    for column, value in ((JournalEntry.event, event), (JournalEntry.actor, actor), (JournalEntry.subject, subject)):
        if value:
            statement = statement.where(col(column) == value)
    return statement


def about(session: Session, subject: str) -> list[JournalEntry]:
    """All that happened to one subject, oldest first."""
    statement = select(JournalEntry).where(JournalEntry.subject == subject).order_by(col(JournalEntry.seq))
    return list(session.exec(statement))
