"""What crosses HTTP for results: never a key, and a choice only where a late answer must be decided.

Everything else are points, verdicts, hours and codes.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from pydantic import BaseModel, Field
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.kernel import clock, language
from service.kernel.decision import Decision
from service.programme.queries import classes as programme
from service.programme.rules import hours
from service.results import queries
from service.results.actions.late_answers import LateView
from service.results.actions.reviewing import Review
from service.results.actions.voiding import Draft
from service.results.queries import CertificateView, ResultLine, VoidingLine
from service.results.rules import ResultState, Standing, Verdict, VoidingState, may_credit
from service.sittings.actions.handing_in import Sheet
from service.sittings.actions.receipts import Receipt
from service.sittings.rules.late import LateState
from service.sittings.rules.room import IncidentKind
from service.sittings.shapes.exam import ReceiptShape


class ResultShape(BaseModel):
    """One result; ``no_credit`` says in code why a passed exam brought no hours, ``version`` counts corrections."""

    result_id: int
    seat_id: int
    trainee_id: int
    name: str
    citizen_id_masked: str
    enterprise: str
    state: ResultState
    verdict: Verdict
    points: int
    pass_points: int
    credit_hours: int
    certificate: str
    published_at: datetime | None
    no_credit: str = ""
    version: int = 1


class ClassResults(BaseModel):
    class_id: int
    state: str
    results: list[ResultShape]


class HandedIn(BaseModel):
    """The acknowledgement of a handed-in sheet; the points stay inside until publication."""

    handed_in_at: datetime
    receipt: ReceiptShape | None = None

    @classmethod
    def of(cls, sheet: Sheet, receipt: Receipt | None = None) -> "HandedIn":
        assert sheet.seat.handed_in_at is not None
        shape = ReceiptShape.model_validate(receipt, from_attributes=True) if receipt is not None else None
        return cls(handed_in_at=sheet.seat.handed_in_at, receipt=shape)


class CertificateShape(BaseModel):
    """No more than is needed to recognise the holder."""

    valid: bool
    code: str
    name: str
    citizen_id_masked: str
    role: TraineeRole
    training_class: str
    hours: int
    passed_on: date
    verdict: Verdict = Verdict.PASSED
    void_since: date | None = None

    @classmethod
    def of(cls, view: CertificateView) -> "CertificateShape":
        void = view.void_since is not None
        return cls(
            valid=not void,
            code=view.code,
            name=view.person.name,
            citizen_id_masked=view.person.citizen_id_masked,
            role=TraineeRole(view.training_class.role),
            training_class=view.training_class.name,
            hours=view.hours,
            passed_on=clock.local(view.published_at).date(),
            verdict=Verdict.VOID if void else Verdict.PASSED,
            void_since=clock.local(view.void_since).date() if view.void_since is not None else None,
        )


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
            choice_now=changed.choice_before if changed is not None else one.standing,
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


def unpublished(session: Session, class_id: int) -> list[ResultShape]:
    """All results of a class in whatever state, for those who confirm and publish."""
    return _shapes(session, class_id, queries.lines(session, class_id))


def published(session: Session, class_id: int, actor: Actor) -> list[ResultShape]:
    """The published results of a class, of those people whom the actor may see."""
    found = queries.lines(session, class_id, states=[ResultState.PUBLISHED])
    if Reach.ALL not in reaches(actor, Right.RESULTS_PUBLISHED):
        visible = {line.trainee.id for line in programme.roster(session, class_id, seen_by=actor)}
        found = [line for line in found if line.trainee.id in visible]
    return _shapes(session, class_id, found)


def _shapes(session: Session, class_id: int, found: Iterable[ResultLine]) -> list[ResultShape]:
    attended = programme.hours(session, class_id)
    return [_shape(line, attended.get(line.trainee.id or 0, {})) for line in found]


def _shape(line: ResultLine, attended: dict[hours.Mode, int]) -> ResultShape:
    result = line.result
    enough = hours.hours_met(TraineeRole(line.trainee.role), attended)
    decision = may_credit(Verdict(result.verdict), enough)
    return ResultShape(
        result_id=result.id or 0,
        seat_id=result.seat_id,
        trainee_id=result.trainee_id,
        name=line.person.name,
        citizen_id_masked=line.person.citizen_id_masked,
        enterprise=line.enterprise.name,
        state=ResultState(result.state),
        verdict=Verdict(result.verdict),
        points=result.points,
        pass_points=result.pass_points,
        credit_hours=line.credit.hours if line.credit else 0,
        certificate=line.certificate.code if line.certificate else "",
        published_at=result.published_at,
        no_credit="" if decision.allowed else decision.code,
        version=result.version,
    )


class PendingShape(BaseModel):
    """How many of each still wait; all must be 0 before the results of the class may be confirmed."""

    terminations: int
    cases: int
    signatures: int
    late_answers: int


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
