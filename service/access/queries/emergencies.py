"""Reads on emergency duties."""

from datetime import datetime

from sqlmodel import Session, col, select

from service.access.tables.doors import EmergencyDuty


def emergency(session: Session, emergency_id: int, *, lock: bool = False) -> EmergencyDuty | None:
    return session.get(EmergencyDuty, emergency_id, with_for_update=lock or None, populate_existing=lock)


def emergencies(session: Session, limit: int = 50) -> list[EmergencyDuty]:
    """The newest emergency duties, whatever became of them."""
    return list(session.exec(select(EmergencyDuty).order_by(col(EmergencyDuty.id).desc()).limit(limit)))


def due(session: Session, now: datetime) -> list[EmergencyDuty]:
    """Those that hold although their minutes are over."""
    over = col(EmergencyDuty.ends_at) <= now, col(EmergencyDuty.ended_at).is_(None)
    return list(session.exec(select(EmergencyDuty).where(*over).order_by(col(EmergencyDuty.id))))
