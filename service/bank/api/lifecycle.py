"""JSON routes of an item's life: answered and judged by a reviewer, suspended, settled, cited anew."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import shapes
from service.bank.actions import reading, reciting, reviewing, standing
from service.bank.queries import tagging
from service.bank.rules.items import State
from service.bank.shapes import lifecycle
from service.kernel import clock
from service.kernel.database import Writing

router = APIRouter(prefix="/versions/{version_id}")


@router.get("")
def read_version(
    version_id: int, session: Writing, actor: Annotated[Actor, may(Right.BANK_READ)]
) -> shapes.VersionInFull:
    """One version with its key; the reading goes on record, which is why this GET writes."""
    item, version = reading.read_item(session, actor, version_id, now=clock.now())
    return shapes.VersionInFull.of(item, version, tagging.filed(session, [version.item_id])[version.item_id])


@router.post("/answer")
def answer_version(
    version_id: int, body: lifecycle.Answer, session: Writing, actor: Annotated[Actor, may(Right.BANK_REVIEW)]
) -> lifecycle.Answered:
    """Answer what waits for review before seeing its key; once, and refused to its author."""
    trial = reading.answer_item(session, actor, version_id, body.chosen, now=clock.now())
    return lifecycle.Answered(right=trial.right)


@router.post("/review")
def review_version(
    version_id: int, body: shapes.Review, session: Writing, actor: Annotated[Actor, may(Right.BANK_REVIEW)]
) -> dict[str, State]:
    """Approve a version that was answered, or reject it with a reason; refused to its author."""
    version = reviewing.review_item(
        session, actor, version_id, approve=body.approve, reason=body.reason, now=clock.now()
    )
    return {"state": State(version.state)}


@router.post("/suspension")
def suspend_version(
    version_id: int, body: lifecycle.Reason, session: Writing, actor: Annotated[Actor, may(Right.BANK_SUSPEND)]
) -> dict[str, State]:
    """Take an approved version out of every assembly at once, with a reason."""
    version = standing.suspend(session, actor, version_id, reason=body.reason, now=clock.now())
    return {"state": State(version.state)}


@router.post("/settlement")
def settle_version(
    version_id: int, body: lifecycle.Settlement, session: Writing, actor: Annotated[Actor, may(Right.BANK_REVIEW)]
) -> dict[str, State]:
    """Retire a suspended version or put it back in use; refused to whoever suspended it and to its author."""
    version = standing.settle(session, actor, version_id, retire=body.retire, reason=body.reason, now=clock.now())
    return {"state": State(version.state)}


@router.post("/recital")
def recite_version(
    version_id: int, body: lifecycle.Recital, session: Writing, actor: Annotated[Actor, may(Right.BANK_AUTHOR)]
) -> dict[str, int]:
    """Submit the same question on another edition; the new version waits for review."""
    version = reciting.recite(session, actor, version_id, **body.model_dump(), now=clock.now())
    return {"version_id": version.id or 0, "number": version.number}
