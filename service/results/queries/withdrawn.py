"""Whether the item that somebody wrote about is withdrawn, as a condition: everybody has its full points then."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.results.rules import VoidingState
from service.results.rules.withdrawing import ItemStanding
from service.results.tables import ItemRuling, Script


def withdrawn(row: Any = Script) -> sa.ColumnElement[bool]:
    """The condition that a form's position is withdrawn now: the newest upheld ruling on it counts."""
    ruling, later = aliased(ItemRuling), aliased(ItemRuling)
    undone = sa.exists().where(
        col(later.form_id) == col(ruling.form_id),
        col(later.position) == col(ruling.position),
        col(later.state) == VoidingState.UPHELD,
        col(later.id) > col(ruling.id),
    )
    return sa.exists().where(
        col(ruling.form_id) == row.form_id,
        col(ruling.position) == row.position,
        col(ruling.state) == VoidingState.UPHELD,
        col(ruling.wanted) == ItemStanding.WITHDRAWN,
        ~undone,
    )


def needless(session: Session, one: Script) -> bool:
    """Whether a script needs no marks, because its item is withdrawn."""
    return session.exec(select(Script.id).where(Script.id == one.id, withdrawn())).first() is not None
