"""JSON routes for declared ties: everybody declares their own; officers record others' and two withdraw them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.access import shapes
from service.access.actions import declaring
from service.access.queries import ties as queries
from service.access.rules.policy import Actor, Right
from service.access.rules.ties import TieDraft
from service.access.shapes import may
from service.access.tables import Tie
from service.kernel import clock
from service.kernel.bounds import BIGGEST
from service.kernel.database import Reading, Writing
from service.kernel.paging import Number, page_of, told

router = APIRouter(prefix="/api/v1/ties", tags=["access"])
Officer = Annotated[Actor, may(Right.TIES_RECORD)]
# A tie that goes opens the exam of its classes to whoever had to keep away.
Proven = Annotated[Actor, may(Right.TIES_RECORD, fresh=True)]
Anybody = Annotated[Actor, may(Right.SIGNED_IN)]


@router.get("")
def list_ties(
    response: Response,
    session: Reading,
    _: Officer,
    organisation_id: Annotated[int | None, Query(ge=1, le=BIGGEST)] = None,
    text: Annotated[str, Query(max_length=40)] = "",
    page: Number = 1,
) -> list[shapes.TieShape]:
    """Declared ties, the newest first, withdrawn ones too, fifty a page; how many there are is in ``X-Total``.

    All, or those to one institution and of people in whose name this text is.
    """
    found = page_of(session, queries.listing(organisation_id=organisation_id, text=text.strip()), page)
    return [_shape(queries.line(row)) for row in told(response, found)]


@router.post("", status_code=201)
def declare_for(body: shapes.NewTieFor, session: Writing, actor: Officer) -> shapes.TieShape:
    """Record a tie of the person of an account."""
    draft = TieDraft(**body.model_dump(exclude={"account_id"}))
    return _found(session, declaring.declare_for(session, actor, body.account_id, draft, now=clock.now()))


@router.get("/own")
def list_own(session: Reading, actor: Anybody) -> list[shapes.TieShape]:
    """One's own declared ties."""
    return [_shape(line) for line in queries.lines(session, actor.person_id or 0)]


@router.post("/own", status_code=201)
def declare_own(body: shapes.NewTie, session: Writing, actor: Anybody) -> shapes.TieShape:
    """Declare one's own tie to an institution."""
    draft = TieDraft(**body.model_dump())
    return _found(session, declaring.declare_own(session, actor, draft, now=clock.now()))


@router.post("/{tie_id}/withdrawal")
def propose_withdrawal(tie_id: int, body: shapes.Withdrawal, session: Writing, actor: Proven) -> shapes.TieShape:
    """Ask that a tie be withdrawn, with a reason."""
    return _found(session, declaring.propose_withdrawal(session, actor, tie_id, body.reason, now=clock.now()))


@router.post("/{tie_id}/withdrawal/decision")
def decide_withdrawal(tie_id: int, body: shapes.WithdrawalDecision, session: Writing, actor: Proven) -> shapes.TieShape:
    """Withdraw it as the second person, or let it stand."""
    return _found(session, declaring.decide_withdrawal(session, actor, tie_id, approve=body.approve, now=clock.now()))


def _found(session: Writing, tie: Tie) -> shapes.TieShape:
    return _shape(next(line for line in queries.lines(session, tie.person_id) if line.tie.id == tie.id))


def _shape(line: queries.TieLine) -> shapes.TieShape:
    fields = line.tie.model_dump()
    return shapes.TieShape.model_validate(fields | {"name": line.person, "organisation": line.organisation})
