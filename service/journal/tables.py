"""The record and its head, and the tree over it. Triggers refuse to update or delete what is kept for ever."""

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


class Subtree(SQLModel, table=True):
    """The root of a whole subtree: of 2^``level`` entries, the ``number``-th of its kind from 0."""

    __tablename__ = "journal_subtree"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: str = Field(max_length=64)


class HeadKey(SQLModel, table=True):
    """A key that signed heads. The newest signs; older ones stay, for their heads do."""

    __tablename__ = "journal_head_key"

    key_id: str = Field(primary_key=True, max_length=16)
    public_key: str = Field(max_length=64)
    since: str = Field(max_length=32)


class TreeHead(SQLModel, table=True):
    """A signed head of the tree, as :mod:`service.journal.rules.heads` writes its text."""

    __tablename__ = "journal_tree_head"
    __table_args__ = (sa.CheckConstraint("size > 0", name="size_positive"),)

    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: str = Field(max_length=64)
    at: str = Field(max_length=32)
    key_id: str = Field(foreign_key="journal_head_key.key_id", max_length=16)
    signature: str = Field(max_length=128)
    code: str = Field(unique=True, max_length=16)


class Witness(SQLModel, table=True):
    """The key of another body that watches over the journal."""

    __tablename__ = "journal_witness"

    key_id: str = Field(primary_key=True, max_length=16)
    public_key: str = Field(max_length=64)
    organisation_id: int = Field(foreign_key="access_organisation.id")
    registered_at: str = Field(max_length=32)


class Cosignature(SQLModel, table=True):
    """A witness's signature: it saw this head, and everything that it had seen before stands unchanged under it."""

    __tablename__ = "journal_cosignature"

    size: int = Field(primary_key=True, foreign_key="journal_tree_head.size")
    key_id: str = Field(primary_key=True, foreign_key="journal_witness.key_id", max_length=16)
    at: str = Field(max_length=32)
    signature: str = Field(max_length=128)
