"""Late answers with their evidence; the only place where a candidate's choice is shown, to those who decide."""

from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from service.results.actions.late_answers import LateView
from service.results.rules import Verdict
from service.sittings.rules.late import LateState


class LateDecision(BaseModel):
    """What one of the two people says to a late answer."""

    accept: bool
    reason: str = Field(min_length=2, max_length=200)


class RemarkingShape(BaseModel):
    """What accepting has changed: the marking before, and the one that counts."""

    points_before: int
    points_after: int
    total_before: int
    total_after: int
    verdict_before: Verdict
    verdict_after: Verdict


class LateAnswerShape(BaseModel):
    """A late answer as evidence. ``made_at`` is by our clock; ``rule`` is the code of what the rule says."""

    id: int
    class_id: int
    class_code: str
    sitting_id: int
    seat: int
    name: str
    position: int
    seq: int
    state: LateState
    made_at: datetime
    said_at: datetime
    received_at: datetime
    closed_at: datetime | None
    late_seconds: int = Field(description="How long after the sheet was closed it arrived.")
    left_at: datetime | None = Field(description="When the candidate was moved away from this machine, if so.")
    drift_ms: int | None
    signature_good: bool
    silent: bool = Field(description="Whether the machine was silent when the change was made.")
    choice_now: str = Field(description="What counts for the item now; empty for no answer.")
    choice_late: str
    rule: str
    proposed_by: str
    proposal_reason: str
    decided_by: str
    reason: str
    remarking: RemarkingShape | None

    @classmethod
    def of(cls, view: LateView) -> "LateAnswerShape":
        one, row, line = view.examined, view.examined.line.row, view.examined.line
        changed = view.remarking
        return cls(
            id=row.id or 0,
            class_id=line.sitting.class_id,
            class_code=line.training_class.code,
            sitting_id=row.sitting_id,
            seat=line.seat.number,
            name=line.name,
            position=row.position,
            seq=row.seq,
            state=view.state,
            made_at=one.evidence.made,
            said_at=row.made_at,
            received_at=row.received_at,
            closed_at=one.closed_at,
            late_seconds=_seconds_late(row.received_at, one.closed_at),
            left_at=row.left_at,
            drift_ms=row.drift_ms,
            signature_good=one.evidence.signature_good,
            silent=one.silent,
            choice_now=view.before if view.before is not None else one.standing,
            choice_late=row.choice,
            rule=one.rule.code,
            proposed_by=line.proposed_by,
            proposal_reason=row.proposal_reason or "",
            decided_by=line.decided_by,
            reason=row.reason or "",
            remarking=RemarkingShape.model_validate(changed, from_attributes=True) if changed is not None else None,
        )


def _seconds_late(received_at: datetime, closed_at: datetime | None) -> int:
    """Whole seconds; none where the sheet was open still, as it may be when a machine was left behind."""
    late = received_at - closed_at if closed_at is not None else timedelta()
    return max(0, int(late.total_seconds()))
