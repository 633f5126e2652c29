"""What must be settled before a confirmation, and results made void or restored by two."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.kernel import language
from service.kernel.decision import Decision
from service.results.actions.reviewing import Review
from service.results.actions.voiding import Draft
from service.results.queries import VoidingLine
from service.results.rules import Standing, Verdict, VoidingState
from service.sittings.rules.room import IncidentKind


class PendingShape(BaseModel):
    """How many of each still wait; all must be 0 before the results of the class may be confirmed."""

    terminations: int
    cases: int
    signatures: int
    late_answers: int
    declarations: int
    transcriptions: int
    unexplained: int = Field(description="Exams that were never held, and no incident of the room says why.")


class Proposal(BaseModel):
    """What a result shall be, and why: coded, in words, and by the incident it rests on."""

    wanted: Standing
    kind: IncidentKind
    reason: str = Field(min_length=2, max_length=500, pattern="^[^\0]*$")
    incident_id: int = Field(ge=1, le=2**31 - 1)

    def draft(self) -> Draft:
        return Draft(self.wanted, self.kind, self.reason, self.incident_id)


class Ruling(BaseModel):
    """Whether a proposal is upheld, and why."""

    uphold: bool
    note: str = Field(min_length=2, max_length=500, pattern="^[^\0]*$")


class VoidingShape(BaseModel):
    """A proposal with its decision, where it has one."""

    id: int
    state: VoidingState
    wanted: Standing
    kind: IncidentKind
    reason: str
    incident_id: int
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str | None
    note: str | None

    @classmethod
    def of(cls, line: VoidingLine) -> "VoidingShape":
        fields = line.voiding.model_dump(exclude={"proposed_by", "decided_by"})
        return cls(**fields, proposed_by=line.proposer, decided_by=line.decider)


class Leave(BaseModel):
    """Whether the caller may do something now, or why not."""

    allowed: bool
    code: str
    reason: str

    @classmethod
    def of(cls, decision: Decision, tongue: str) -> "Leave":
        reason = language.say(tongue, decision.reason, decision.values)
        return cls(allowed=decision.allowed, code=decision.code, reason=reason)


class ReviewShape(BaseModel):
    """A result with what happened at its seat; ``undecided``: the class is not confirmed before this is decided."""

    seat_id: int
    name: str
    verdict: Verdict
    termination: IncidentKind | None
    incidents: list[int]
    voidings: list[VoidingShape]
    undecided: bool
    may_propose: dict[Standing, Leave]
    may_decide: Leave | None

    @classmethod
    def of(cls, review: Review, tongue: str) -> "ReviewShape":
        seat, decision = review.seat, review.decision
        return cls(
            seat_id=seat.id or 0,
            name=review.line.person.name,
            verdict=Verdict(review.line.result.verdict),
            termination=IncidentKind(seat.termination) if seat.termination else None,
            incidents=[one.id or 0 for one in review.incidents],
            voidings=[VoidingShape.of(line) for line in review.voidings],
            undecided=review.undecided,
            may_propose={wanted: Leave.of(way, tongue) for wanted, way in review.proposals.items()},
            may_decide=Leave.of(decision, tongue) if decision is not None else None,
        )
