"""What crosses HTTP about tablets: those that are enrolled, and what one is told of itself."""

from datetime import datetime

from pydantic import BaseModel

from service.access.rules.policy import Actor
from service.access.tables import Person
from service.kernel import language
from service.kernel.decision import Decision
from service.sittings.shapes.door import Way
from service.sittings.tables import Tablet


class StandingShape(BaseModel):
    """All that a tablet is told about itself without a session."""

    shut_out: bool


class TabletShape(BaseModel):
    id: int
    device: str
    name: str
    owner: str
    mine: bool
    enrolled_at: datetime
    seen_at: datetime
    revoked_at: datetime | None
    restoring: Way

    @classmethod
    def of(cls, tablet: Tablet, owner: Person, actor: Actor, may: Decision, tongue: str) -> "TabletShape":
        return cls(
            id=tablet.id or 0,
            device=tablet.device,
            name=tablet.name,
            owner=owner.name,
            mine=tablet.person_id == actor.person_id,
            enrolled_at=tablet.enrolled_at,
            seen_at=tablet.seen_at,
            revoked_at=tablet.revoked_at,
            restoring=Way(allowed=may.allowed, reason=language.say(tongue, may.reason)),
        )
