"""JSON routes of results, handing in among them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading, Writing
from service.kernel.express import Arrival, Lane, Reply
from service.kernel.group_commit import GroupCommit, Work
from service.kernel.paging import page_of
from service.programme.queries import classes as programme
from service.programme.tables import TrainingClass
from service.results.actions import late_answers, marking, publishing, reviewing, settling, voiding
from service.results.api import (
    cases,
    corrections,
    credentials,
    elsewhere,
    own,
    payment,
    register,
    reopening,
    resits,
    scripts,
    telling,
    transcripts,
)
from service.results.queries import certificates as reads
from service.results.shapes import results
from service.results.shapes.elsewhere import of_class
from service.results.shapes.late_answers import LateAnswerShape, LateDecision
from service.results.shapes.results import CertificateShape, HandedIn, ResultShape
from service.results.shapes.voiding import PendingShape, Proposal, ReviewShape, Ruling
from service.sittings.actions import receipts
from service.sittings.actions.handing_in import Sheet
from service.sittings.queries import late
from service.sittings.rules.late import LateState
from service.sittings.rules.lockdown import Machine
from service.sittings.shapes import machines
from service.sittings.shapes.minding import Termination

router = APIRouter(prefix="/api/v1", tags=["results"])
router.include_router(own.router)
router.include_router(corrections.router)
router.include_router(resits.router)
router.include_router(reopening.router)
router.include_router(payment.router)
router.include_router(telling.router)
router.include_router(cases.router)
router.include_router(credentials.router)
router.include_router(register.router)
router.include_router(elsewhere.router)
router.include_router(scripts.router)
router.include_router(transcripts.router)
FROM_ELSEWHERE = "X-From-Elsewhere"
RowId = Annotated[int, Path(ge=0, le=2**31 - 1)]


@router.post("/exam/hand-in")
def hand_in(request: Request, session: Writing, _: Annotated[Actor, may(Right.SITTINGS_SIT)]) -> HandedIn:
    """Hand in one's own sheet; it is marked at once, and the points are shown after publication."""
    outcome = _hand_in(session, [machines.of(request)])[0]
    if isinstance(outcome, errors.ServiceError):
        raise outcome
    return outcome


def _hand_in(session: Session, found: Sequence[Machine]) -> list[HandedIn | errors.ServiceError]:
    outcomes = marking.hand_in_own(session, found, now=clock.now())
    sheets = [outcome for outcome in outcomes if isinstance(outcome, Sheet)]
    given = receipts.of_sheets(session, sheets)
    return [
        HandedIn.of(outcome, given[outcome.seat.id or 0]) if isinstance(outcome, Sheet) else outcome
        for outcome in outcomes
    ]


def lanes(group: GroupCommit) -> Mapping[tuple[str, str], Lane]:
    """The express lane of handing in: whole rooms do it within seconds."""
    work = Work[Machine, HandedIn | errors.ServiceError](_hand_in, journals=True)

    async def lane(arrival: Arrival) -> Reply:
        outcome = await group.submit(work, machines.of_arrival(arrival))
        return (outcome.model_dump_json().encode(), ()) if isinstance(outcome, HandedIn) else None

    return {("POST", "/api/v1/exam/hand-in"): lane}


@router.post("/sittings/seats/{seat_id}/collection")
def collect(seat_id: int, session: Writing, actor: Annotated[Actor, may(Right.SITTINGS_PROCTOR)]) -> HandedIn:
    """A proctor collects a sheet."""
    return HandedIn.of(marking.collect(session, actor, seat_id, now=clock.now()))


@router.post("/sittings/seats/{seat_id}/termination")
def terminate(
    seat_id: int, body: Termination, session: Writing, actor: Annotated[Actor, may(Right.SITTINGS_PROCTOR)]
) -> HandedIn:
    """A proctor ends an exam for a coded reason; the sheet is closed and marked as it is."""
    return HandedIn.of(marking.terminate(session, actor, seat_id, body.kind, body.note, now=clock.now()))


@router.get("/results/classes/{class_id}/draft")
def unpublished_results(
    class_id: int,
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
    response: Response,
) -> list[ResultShape]:
    """All results of a class, published or not, for those who confirm and publish.

    ``X-From-Elsewhere``: how many results obtained elsewhere count in the class; they are not in this list.
    """
    response.headers[FROM_ELSEWHERE] = str(len(of_class(session, class_id, actor)))
    return results.unpublished(session, class_id)


@router.get("/results/classes/{class_id}/pending")
def pending(class_id: int, session: Reading, _: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]) -> PendingShape:
    """What must be settled before the results of a class may be confirmed, counted."""
    return PendingShape.model_validate(settling.pending(session, class_id), from_attributes=True)


@router.get("/results/classes/{class_id}/voidings")
def reviews(
    request: Request, class_id: int, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> list[ReviewShape]:
    """The results of a class with an incident, an ended exam or a proposal to void, and what can be done about them."""
    tongue = rendering.language_of(request)
    return [ReviewShape.of(one, tongue) for one in reviewing.reviews(session, actor, class_id)]


@router.post("/results/seats/{seat_id}/voiding", status_code=201)
def propose_voiding(
    seat_id: int, body: Proposal, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_CONFIRM)]
) -> dict[str, int]:
    """Propose that the result of a seat be void, or valid again; another person decides."""
    return {"voiding_id": voiding.propose(session, actor, seat_id, body.draft(), now=clock.now()).id or 0}


@router.post("/results/voidings/{voiding_id}/decision")
def decide_voiding(
    voiding_id: int, body: Ruling, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_PUBLISH, fresh=True)]
) -> dict[str, str | int]:
    """Decide a proposal; refused to whoever made it."""
    result = voiding.decide(session, actor, voiding_id, uphold=body.uphold, note=body.note, now=clock.now())
    return {"verdict": result.verdict, "version": result.version}


@router.post("/results/classes/{class_id}/confirmation")
def confirm(class_id: int, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_CONFIRM)]) -> dict[str, int]:
    """Confirm the results of a class."""
    return {"confirmed": len(publishing.confirm_results(session, actor, class_id, now=clock.now()))}


@router.post("/results/classes/{class_id}/publication")
def publish(
    class_id: int, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_PUBLISH, fresh=True)]
) -> dict[str, int]:
    """Publish the results of a class; refused to whoever confirmed them."""
    return {"published": len(publishing.publish_results(session, actor, class_id, now=clock.now()))}


@router.get("/results/classes/{class_id}")
def published_results(
    class_id: int,
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_PUBLISHED)],
    response: Response,
) -> list[ResultShape]:
    """The published results of a class, of the people whom the caller may see.

    ``X-From-Elsewhere``: how many results obtained elsewhere count for them in the class; they are not in this list.
    """
    using.require_reach(actor, Right.RESULTS_PUBLISHED, programme.class_subject(session, class_id))
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    response.headers[FROM_ELSEWHERE] = str(len(of_class(session, class_id, actor)))
    return results.published(session, class_id, actor)


@router.get("/late-answers")
def list_late_answers(
    response: Response,
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
    class_id: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    sitting_id: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    state: LateState | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
) -> list[LateAnswerShape]:
    """Answers that came too late, what waits for a decision first, fifty a page; how many is in ``X-Total``."""
    near = using.classes_near(session, actor)
    found = page_of(session, late.listing(class_id=class_id, sitting_id=sitting_id, state=state, apart_from=near), page)
    response.headers["X-Total"], response.headers["X-Pages"] = str(found.total), str(found.pages)
    views = late_answers.view(session, actor, [late.line(row) for row in found.rows])
    return [LateAnswerShape.of(one) for one in views]


@router.post("/late-answers/{late_answer_id}/proposal")
def propose_late_answer(
    late_answer_id: RowId,
    body: LateDecision,
    session: Writing,
    actor: Annotated[Actor, may(Right.RESULTS_CONFIRM)],
) -> LateAnswerShape:
    """Propose to accept a late answer, which another person decides; or decline it."""
    late_answers.propose(session, actor, late_answer_id, accept=body.accept, reason=body.reason, now=clock.now())
    return _late_answer(session, actor, late_answer_id)


@router.post("/late-answers/{late_answer_id}/decision")
def decide_late_answer(
    late_answer_id: RowId,
    body: LateDecision,
    session: Writing,
    actor: Annotated[Actor, may(Right.RESULTS_PUBLISH, fresh=True)],
) -> LateAnswerShape:
    """Accept what another person proposed, and the sheet is marked anew; or decline it."""
    late_answers.decide(session, actor, late_answer_id, accept=body.accept, reason=body.reason, now=clock.now())
    return _late_answer(session, actor, late_answer_id)


def _late_answer(session: Session, actor: Actor, late_answer_id: int) -> LateAnswerShape:
    found = late.lines(session, late.listing(late_id=late_answer_id))
    return LateAnswerShape.of(late_answers.view(session, actor, found)[0])


@router.get("/certificates/{code}")
def verify_certificate(code: str, session: Reading, _: Annotated[Actor, may(Right.PUBLIC)]) -> CertificateShape:
    """Whether a certificate with this code was issued, and what it attests."""
    view = reads.certificate(session, code.strip().upper())
    if view is None:
        raise errors.NotFound("certificate_unknown", "没有编号为{number}的证明，请核对编号。", number=code[:20])
    return CertificateShape.of(view)
