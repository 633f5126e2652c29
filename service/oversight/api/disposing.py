"""Retention: what is kept how long, and disposal by two people."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock
from service.kernel.bounds import BIGGEST
from service.kernel.database import Reading, Writing
from service.kernel.paging import Number, told
from service.oversight import shapes
from service.oversight.actions import disposing
from service.oversight.queries import disposing as queries
from service.oversight.rules.retention import KEEPINGS

router = APIRouter(prefix="/retention")
Disposing = Annotated[Actor, may(Right.RECORDS_DISPOSE)]


@router.get("/rules")
def rules(_: Annotated[Actor, may(Right.SIGNED_IN)]) -> list[shapes.KeepingShape]:
    """What is kept how long, since when, and by which source."""
    return [shapes.KeepingShape.model_validate(one, from_attributes=True) for one in KEEPINGS]


@router.get("/disposals")
def disposals(response: Response, session: Reading, _: Disposing, page: Number = 1) -> list[shapes.DisposalShape]:
    """What waits for a decision, then what was decided, fifty a page; how many there are is in ``X-Total``."""
    rows = told(response, queries.disposals(session, page))
    return [shapes.DisposalShape.model_validate(one, from_attributes=True) for one in rows]


@router.post("/disposals", status_code=201)
def propose(body: shapes.NewDisposal, session: Writing, actor: Disposing) -> shapes.DisposalShape:
    """Propose to dispose of what has been kept long enough; nothing goes before another person confirms."""
    made = disposing.propose_disposal(session, actor, body.kind, now=clock.now())
    return shapes.DisposalShape.model_validate(made, from_attributes=True)


@router.post("/disposals/{disposal_id}/decision")
def decide(
    disposal_id: Annotated[int, Path(ge=0, le=BIGGEST)],
    body: shapes.DecideDisposal,
    session: Writing,
    actor: Annotated[Actor, may(Right.RECORDS_DISPOSE, fresh=True)],
) -> shapes.DisposalShape:
    """Confirm, as another person, or send back."""
    made = disposing.decide_disposal(session, actor, disposal_id, confirm=body.confirm, now=clock.now())
    return shapes.DisposalShape.model_validate(made, from_attributes=True)
