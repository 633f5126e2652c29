"""JSON routes of payment lists."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.results.actions import paying
from service.results.shapes.payment import PaymentListShape, PaymentShape

router = APIRouter()


@router.get("/results/classes/{class_id}/payment-lists")
def payment_lists(
    class_id: Identifier, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_PAYMENTS)]
) -> PaymentShape:
    """The versions of a class's payment list, and whether results were corrected since the newest."""
    return PaymentShape.of(paying.view(session, actor, class_id))


@router.post("/results/classes/{class_id}/payment-lists", status_code=201)
def draw_up(
    class_id: Identifier, session: Writing, actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)]
) -> PaymentListShape:
    """Draw up and sign the payment list of a class, or its next version where somebody on it has changed."""
    return PaymentListShape.of(paying.draw_up(session, actor, class_id, now=clock.now()))
