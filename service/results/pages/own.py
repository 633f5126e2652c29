"""The page of a candidate's own result, made for a phone: the form, and the result under it."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries as bank
from service.bank.rules.items import KIND_NAMES
from service.kernel import clock, errors, language, rendering
from service.kernel.database import Writing
from service.results.actions import appealing, looking
from service.results.actions.looking import Key, OwnResult
from service.results.rules import VERDICT_NAMES, own
from service.results.rules.appealing import APPEAL_NAMES
from service.results.shapes.own import TAIL, TICKET

router = APIRouter(include_in_schema=False)


@router.get("/my-result")
def my_result(request: Request, actor: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """The form for ticket number and citizen id."""
    context = {"own": None, "said": "", "ticket_number": ""}
    return rendering.page(request, "results/my_result.html", context, actor=actor)


@router.post("/my-result")
def show_my_result(
    request: Request,
    session: Writing,
    actor: Annotated[Actor, may(Right.PUBLIC)],
    ticket_number: Annotated[str, Form(max_length=40)] = "",
    id_tail: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """The result of whoever typed both rightly; else the form again, with the one sentence for whatever was wrong."""
    ticket_number, id_tail = ticket_number.replace(" ", ""), id_tail.replace(" ", "").upper()
    found = _look(session, ticket_number, id_tail)
    refusal, shown = (found, None) if isinstance(found, errors.ServiceError) else (None, found)
    filed = appealing.of_seat(session, shown.seat, now=clock.now()) if shown is not None else None
    tongue = rendering.language_of(request)
    context = {
        "own": shown,
        "said": language.say(tongue, refusal.detail, refusal.values) if refusal is not None else "",
        "ticket_number": ticket_number,
        "id_tail": id_tail,
        "appeals": filed.appeals if filed is not None else [],
        "appealing": filed.may_file if filed is not None else None,
        "appeal_states": APPEAL_NAMES,
        "verdicts": VERDICT_NAMES,
        "kinds": KIND_NAMES,
        "subjects": bank.subjects(session),
    }
    status = refusal.status if refusal is not None else 200
    return rendering.page(request, "results/my_result.html", context, actor=actor, status=status)


def _look(session: Session, ticket_number: str, id_tail: str) -> OwnResult | errors.ServiceError:
    # What cannot be a ticket number or the end of a citizen id is not there either, and need not be counted.
    if not re.fullmatch(TICKET, ticket_number) or not re.fullmatch(TAIL, id_tail):
        return own.not_there()
    return looking.look(session, Key(ticket_number, id_tail), now=clock.now())
