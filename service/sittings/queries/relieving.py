"""Reads on proctors who were relieved."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session, col, select

from service.sittings.tables import Proctor


def reliefs(session: Session, sitting_id: int) -> list[Proctor]:
    """Those who proctored a sitting until they were relieved, in that order."""
    relieved = select(Proctor).where(Proctor.sitting_id == sitting_id, col(Proctor.relieved_at).is_not(None))
    return list(session.exec(relieved.order_by(col(Proctor.relieved_at), col(Proctor.person_id))))


def told(session: Session, sitting_id: int, name: Callable[[int | None], str]) -> dict[str, Any]:
    """The same as the room record says it: no word where nobody was, so that what was signed before stays as signed."""
    found = [
        {
            "name": name(one.person_id),
            "at": one.relieved_at,
            "by": name(one.relieved_by),
            "reason": one.relief_reason,
        }
        for one in reliefs(session, sitting_id)
    ]
    return {"reliefs": found} if found else {}
