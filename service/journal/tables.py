"""The record and its head. Triggers in the first migration refuse to update or delete an entry."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.journal import rules


class JournalEntry(SQLModel, table=True):
    """One act. ``at`` and ``data`` are kept as the very text that was hashed."""

    __tablename__ = "journal_entry"
    __table_args__ = (sa.Index("ix_journal_entry_subject", "subject", "seq"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str
    event: str = Field(index=True)
    actor: str = Field(index=True)
    subject: str
    data: str = Field(sa_type=sa.Text)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64, unique=True)


class JournalHead(SQLModel, table=True):
    """The one row that writers lock in turn, so that the chain has no gap and no fork."""

    __tablename__ = "journal_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    hash: str = Field(default=rules.GENESIS, max_length=64)
