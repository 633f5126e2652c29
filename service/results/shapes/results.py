"""What crosses HTTP for results: never a key, and a choice only where a late answer must be decided.

Everything else are points, verdicts, hours and codes.
"""

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.kernel import clock
from service.programme.queries import classes as programme
from service.programme.rules import hours
from service.results import queries
from service.results.queries import ResultLine
from service.results.queries.certificates import CertificateView
from service.results.rules import ResultState, Verdict, may_credit
from service.sittings.actions.handing_in import Sheet
from service.sittings.actions.receipts import Receipt
from service.sittings.shapes.exam import ReceiptShape


class ResultShape(BaseModel):
    """One result; ``no_credit`` says in code why a passed exam brought no hours, ``version`` counts corrections.

    ``result_id`` is null for whoever sees only some people of the class: numbers that are missing between theirs would
    tell who else has a result.
    """

    result_id: int | None
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
            verdict=view.verdict,
            void_since=clock.local(view.void_since).date() if view.void_since is not None else None,
        )


def unpublished(session: Session, class_id: int) -> list[ResultShape]:
    """All results of a class in whatever state, for those who confirm and publish."""
    return _shapes(session, class_id, queries.lines(session, class_id))


def published(session: Session, class_id: int, actor: Actor) -> list[ResultShape]:
    """The published results of a class, of those people whom the actor may see."""
    found = queries.lines(session, class_id, states=[ResultState.PUBLISHED])
    if sees_everybody(session, class_id, actor):
        return _shapes(session, class_id, found)
    visible = {line.trainee.id for line in programme.roster(session, class_id, seen_by=actor)}
    own = _shapes(session, class_id, [line for line in found if line.trainee.id in visible])
    return [one.model_copy(update={"result_id": None}) for one in own]


def sees_everybody(session: Session, class_id: int, actor: Actor) -> bool:
    """Whether the actor may see the result of every single person of a class."""
    if Reach.ALL in reaches(actor, Right.RESULTS_PUBLISHED):
        return True
    visible = {line.trainee.id for line in programme.roster(session, class_id, seen_by=actor)}
    everybody = {line.trainee.id for line in programme.roster(session, class_id)}
    return everybody | {line.trainee.id for line in queries.lines(session, class_id)} <= visible


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
