"""Reads on rows that say under which key their personal data lies."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select


def elsewhere(session: Session, table: type[SQLModel], column: str, key_id: str, limit: int) -> Sequence[Any]:
    """Some rows of a table that lie under another key than this one, locked."""
    statement = select(table).where(sa.column(column) != key_id).order_by(sa.column("id")).limit(limit)
    return session.exec(statement.with_for_update()).all()


def remaining(session: Session, table: type[SQLModel], column: str, key_id: str) -> int:
    """How many rows of a table lie under another key than this one."""
    statement = select(sa.func.count()).select_from(table).where(sa.column(column) != key_id)
    return session.exec(statement).one()
