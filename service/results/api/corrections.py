"""JSON routes of corrections: items withdrawn by two, appeals, and the editions of a class's results."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, errors
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.kernel.paging import Number, page_of, told
from service.programme.queries import classes as programme
from service.programme.tables import TrainingClass
from service.results.actions import appealing, withdrawing
from service.results.queries import corrections, editions
from service.results.shapes import results
from service.results.shapes.corrections import (
    AppealProposal,
    AppealShape,
    ComparedShape,
    EditionShape,
    NewAppeal,
    NewWithdrawal,
    WithdrawalsShape,
)
from service.results.shapes.own import entered
from service.results.shapes.voiding import Ruling

router = APIRouter()
# What decides about published results asks again who it is.
Publishing = Annotated[Actor, may(Right.RESULTS_PUBLISH, fresh=True)]


@router.get("/results/classes/{class_id}/editions")
def list_editions(
    class_id: Identifier, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_PUBLISHED)]
) -> list[EditionShape]:
    """The editions of a class's results, in their order: the publication and every correction since."""
    using.require_reach(actor, Right.RESULTS_PUBLISHED, programme.class_subject(session, class_id))
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    named = results.sees_everybody(session, class_id, actor)
    return [EditionShape.of(one, digest=named) for one in editions.of_class(session, class_id)]


@router.get("/results/classes/{class_id}/withdrawals")
def list_withdrawals(
    class_id: Identifier, session: Reading, _: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> WithdrawalsShape:
    """The rulings on items of a class's papers, with the classes of the same role and year to compare."""
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    return WithdrawalsShape.of(corrections.rulings(session, class_id), corrections.alike(session, class_id))


@router.post("/results/classes/{class_id}/withdrawals", status_code=201)
def propose_withdrawal(
    class_id: Identifier,
    body: NewWithdrawal,
    session: Writing,
    actor: Annotated[Actor, may(Right.RESULTS_CONFIRM)],
) -> dict[str, int]:
    """Propose that a defective item be withdrawn, or count again; another person decides."""
    ruling = withdrawing.propose(session, actor, class_id, body.draft(), now=clock.now())
    return {"ruling_id": ruling.id or 0}


@router.post("/results/withdrawals/{ruling_id}/decision")
def decide_withdrawal(ruling_id: Identifier, body: Ruling, session: Writing, actor: Publishing) -> dict[str, str]:
    """Decide a proposal; what is upheld marks everybody again who sat the form."""
    ruling = withdrawing.decide(session, actor, ruling_id, uphold=body.uphold, note=body.note, now=clock.now())
    return {"state": ruling.state}


@router.post("/results/own/appeal", status_code=201)
def file_appeal(request: Request, body: NewAppeal, _: Annotated[Actor, may(Right.PUBLIC)]) -> dict[str, int]:
    """Appeal against one's own published result, once for each version of it, within the window."""
    seat = entered(request, body.key())
    with database.writing() as session:
        return {"appeal_id": appealing.file(session, seat, body.reason, now=clock.now()).id or 0}


@router.get("/results/appeals")
def list_appeals(
    response: Response,
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
    class_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    page: Number = 1,
) -> list[AppealShape]:
    """Appeals, what waits for an answer first, fifty a page; how many there are is in ``X-Total``.

    Without those of classes that the reader has to keep away from.
    """
    near = using.classes_near(session, actor)
    found = page_of(session, corrections.appeal_listing(class_id=class_id, apart_from=near), page)
    return [AppealShape.of(corrections.AppealLine(*row)) for row in told(response, found)]


@router.get("/results/appeals/{appeal_id}/marks")
def appeal_marks(
    appeal_id: Identifier, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> list[ComparedShape]:
    """The sheet of an appeal, marked again by its key beside what counts; that goes on record, so this GET writes."""
    compared = appealing.compare(session, actor, appeal_id, now=clock.now())
    return [ComparedShape.of_compared(one) for one in compared]


@router.post("/results/appeals/{appeal_id}/proposal")
def propose_answer(
    appeal_id: Identifier,
    body: AppealProposal,
    session: Writing,
    actor: Annotated[Actor, may(Right.RESULTS_CONFIRM)],
) -> dict[str, str]:
    """Propose the answer to an appeal; refused to whoever confirmed or published the class's results."""
    changes, finding = body.changes, body.finding
    return {"state": appealing.propose(session, actor, appeal_id, changes, finding, now=clock.now()).state}


@router.post("/results/appeals/{appeal_id}/decision")
def decide_appeal(appeal_id: Identifier, body: Ruling, session: Writing, actor: Publishing) -> dict[str, str]:
    """Answer an appeal as it was proposed, or have it looked into anew; ``note`` is what the candidate reads."""
    appeal = appealing.decide(session, actor, appeal_id, uphold=body.uphold, note=body.note, now=clock.now())
    return {"state": appeal.state}
