"""What crosses HTTP about individual arrangements."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from sqlmodel import Session

from service.sittings.actions import judging
from service.sittings.queries.granting import GrantLine
from service.sittings.rules import granting as rules
from service.sittings.rules.granting import MOST_EXTRA_MINUTES, Grants, GrantState
from service.sittings.shapes.scheduling import ConflictShape
from service.sittings.tables import Arrangement


class GrantsBody(BaseModel):
    """What is granted."""

    extra_minutes: int = Field(0, ge=0, le=MOST_EXTRA_MINUTES)
    large_type: bool = False
    read_aloud: bool = False
    separate_room: bool = False


class NewArrangement(GrantsBody):
    class_id: int
    trainee_id: int
    reason: str = Field(min_length=2, max_length=200)

    def grants(self) -> Grants:
        """The same for the rules."""
        return Grants(self.extra_minutes, self.large_type, self.read_aloud, self.separate_room)


def conflicts_of(session: Session, row: Arrangement, tongue: str, now: datetime) -> list[ConflictShape]:
    """What the minutes of an approved arrangement run into: other sittings of the same room or of its proctors."""
    if not row.approved or not row.extra_minutes:
        return []
    found = judging.judge_granted(session, row.class_id, row.trainee_id, now=now)
    return [ConflictShape.of(one, tongue) for one in found]


class GrantDecision(BaseModel):
    approve: bool
    reason: str = Field(min_length=2, max_length=200)


class ArrangementShape(GrantsBody):
    """An arrangement with its state; the citizen id is masked."""

    id: int
    class_id: int
    class_name: str
    trainee_id: int
    name: str
    citizen_id_masked: str
    reason: str
    state: GrantState
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    decision_reason: str
    conflicts: list[ConflictShape] = Field([], description="What the minutes run into, where they were approved late.")

    @classmethod
    def of(cls, line: GrantLine, conflicts: Sequence[ConflictShape] = ()) -> "ArrangementShape":
        row = line.arrangement
        return cls(
            id=row.id or 0,
            class_id=row.class_id,
            class_name=line.training_class.name,
            trainee_id=row.trainee_id,
            name=line.person.name,
            citizen_id_masked=line.person.citizen_id_masked,
            extra_minutes=row.extra_minutes,
            large_type=row.large_type,
            read_aloud=row.read_aloud,
            separate_room=row.separate_room,
            reason=row.reason,
            state=rules.state(row.approved),
            proposed_at=row.proposed_at,
            proposed_by=line.proposed_by,
            decided_at=row.decided_at,
            decided_by=line.decided_by or "",
            decision_reason=row.decision_reason or "",
            conflicts=list(conflicts),
        )
