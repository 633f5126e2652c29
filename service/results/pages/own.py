"""The page of a candidate's own result, made for a phone: the form, and the result under it."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries as bank
from service.bank.rules.items import KIND_NAMES
from service.kernel import clock, database, errors, language, problems, rendering
from service.kernel.database import Writing
from service.results.actions import appealing, credentialing, looking
from service.results.actions.looking import Key, OwnResult
from service.results.rules import VERDICT_NAMES, own
from service.results.rules.appealing import APPEAL_NAMES
from service.results.rules.credentials import Form as Wanted
from service.results.shapes.credentials import file_of
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


@router.post("/my-result/certificate")
def my_certificate(
    request: Request,
    actor: Annotated[Actor, may(Right.PUBLIC)],
    ticket_number: Annotated[str, Form(max_length=40)] = "",
    id_tail: Annotated[str, Form(max_length=40)] = "",
    wanted: Annotated[Wanted, Form()] = Wanted.PDF,
) -> Response:
    """One's own certificate as a file, for whoever types both rightly; wrong guesses count as for the result."""
    with database.writing() as session:
        # A refusal is returned, so that what was counted is committed.
        refusal = _enter(session, ticket_number, id_tail)
        code = credentialing.code_of_seat(session, refusal) if isinstance(refusal, int) else ""
    if isinstance(refusal, errors.ServiceError):
        detail = language.say(rendering.language_of(request), refusal.detail, refusal.values)
        return problems.render(request, refusal.status, refusal.code, detail)
    # Setting a page takes a moment, and nobody who writes has to wait for it.
    with database.reading() as session:
        view = credentialing.certificate(session, code)
        content = credentialing.make(session, view, wanted)
        found = file_of(view, wanted, content)
    with database.writing() as session:
        credentialing.note(session, actor.label, view, wanted, content, now=clock.now())
    return found


def _enter(session: Session, ticket_number: str, id_tail: str) -> int | errors.ServiceError:
    if not re.fullmatch(TICKET, ticket_number) or not re.fullmatch(TAIL, id_tail):
        return own.not_there()
    seat = looking.enter(session, Key(ticket_number, id_tail.upper()), now=clock.now())
    return seat if isinstance(seat, errors.ServiceError) else seat.id or 0


def _look(session: Session, ticket_number: str, id_tail: str) -> OwnResult | errors.ServiceError:
    # What cannot be a ticket number or the end of a citizen id is not there either, and need not be counted.
    if not re.fullmatch(TICKET, ticket_number) or not re.fullmatch(TAIL, id_tail):
        return own.not_there()
    return looking.look(session, Key(ticket_number, id_tail), now=clock.now())
