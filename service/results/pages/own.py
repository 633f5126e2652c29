"""The page of a candidate's own result, made for a phone: the form, and the result under it."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries as bank
from service.bank.rules.items import KIND_NAMES
from service.kernel import clock, database, errors, language, problems, rendering
from service.results.actions import appealing, credentialing, looking
from service.results.actions.looking import Key
from service.results.rules import VERDICT_NAMES, own
from service.results.rules.appealing import APPEAL_NAMES
from service.results.rules.credentials import Form as Wanted
from service.results.shapes.credentials import file_of
from service.results.shapes.own import TAIL, TICKET, OwnElsewhereShape, entered
from service.sittings.tables import Seat

router = APIRouter(include_in_schema=False)


@router.get("/my-result")
def my_result(request: Request, actor: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """The form for ticket number and citizen id."""
    context = {"own": None, "said": "", "ticket_number": ""}
    return rendering.page(request, "results/my_result.html", context, actor=actor)


@router.post("/my-result")
def show_my_result(
    request: Request,
    actor: Annotated[Actor, may(Right.PUBLIC)],
    ticket_number: Annotated[str, Form(max_length=40)] = "",
    id_tail: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """The result of whoever typed both rightly; else the form again, with the one sentence for whatever was wrong."""
    key = Key(ticket_number.replace(" ", ""), id_tail.replace(" ", "").upper())
    try:
        seat = _entered(request, key)
    except errors.ServiceError as refusal:
        said = language.say(rendering.language_of(request), refusal.detail, refusal.values)
        context: dict[str, Any] = {"own": None, "said": said, "ticket_number": key.ticket_number}
        return rendering.page(request, "results/my_result.html", context, actor=actor, status=refusal.status)
    with database.writing() as session:
        context = _context(session, key, seat)
    return rendering.page(request, "results/my_result.html", context, actor=actor)


def _entered(request: Request, key: Key) -> Seat:
    # What cannot be a ticket number or the end of a citizen id is not there either, and need not be counted.
    if not re.fullmatch(TICKET, key.ticket_number) or not re.fullmatch(TAIL, key.id_tail):
        raise own.not_there()
    return entered(request, key)


def _context(session: Session, key: Key, seat: Seat) -> dict[str, Any]:
    now = clock.now()
    shown, filed = looking.look(session, seat, now=now), appealing.of_seat(session, seat, now=now)
    return {
        "own": shown,
        "elsewhere": [OwnElsewhereShape.of(one) for one in shown.elsewhere],
        "said": "",
        "ticket_number": key.ticket_number,
        "id_tail": key.id_tail,
        "appeals": filed.appeals,
        "appealing": filed.may_file,
        "appeal_states": APPEAL_NAMES,
        "verdicts": VERDICT_NAMES,
        "kinds": KIND_NAMES,
        "subjects": bank.subjects(session),
    }


@router.post("/my-result/certificate")
def my_certificate(
    request: Request,
    actor: Annotated[Actor, may(Right.PUBLIC)],
    ticket_number: Annotated[str, Form(max_length=40)] = "",
    id_tail: Annotated[str, Form(max_length=40)] = "",
    wanted: Annotated[Wanted, Form()] = Wanted.PDF,
) -> Response:
    """One's own certificate as a file, for whoever types both rightly; wrong guesses count as for the result."""
    try:
        seat = _entered(request, Key(ticket_number.replace(" ", ""), id_tail.replace(" ", "").upper()))
    except errors.ServiceError as refusal:
        detail = language.say(rendering.language_of(request), refusal.detail, refusal.values)
        return problems.render(request, refusal.status, refusal.code, detail)
    # Setting a page takes a moment, and nobody who writes has to wait for it.
    with database.reading() as session:
        view = credentialing.certificate(session, credentialing.code_of_seat(session, seat.id or 0))
        content = credentialing.make(session, view, wanted)
        found = file_of(view, wanted, content)
    with database.writing() as session:
        credentialing.note(session, actor.label, view, wanted, content, now=clock.now())
    return found
