"""Reads on rehearsals."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from service.programme.tables import TrainingClass
from service.sittings.tables import ExamPoint, Room, Sitting


def listing() -> Any:
    """A select of (sitting, class, room, exam point) of all rehearsals, the latest first."""
    return (
        sa.select(Sitting, TrainingClass, Room, ExamPoint)
        .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
        .join(Room, col(Room.id) == col(Sitting.room_id))
        .join(ExamPoint, col(ExamPoint.id) == col(Room.exam_point_id))
        .where(col(Sitting.rehearsal))
        .order_by(col(Sitting.starts_at).desc(), col(Sitting.id).desc())
    )
