"""JSON routes of admission tickets, and the work behind a batch of them, which goes on after the answer has left."""

import logging
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, describing, errors
from service.kernel.database import Reading, Writing
from service.sittings.actions import documents, printing, seat_plans, ticketing
from service.sittings.actions.documents import Document
from service.sittings.actions.typesetting import typeset
from service.sittings.queries import prints
from service.sittings.shapes import bodies
from service.sittings.shapes import tickets as shapes

log = logging.getLogger("peikao")
router = APIRouter()
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
NO_STORE = {"Cache-Control": "no-store"}
# Each note of progress is a transaction of its own; one for so many tickets costs nothing beside their codes.
NOTED_EVERY = 16


@router.post("/sittings/ticket-prints", status_code=202)
def ask_for_tickets(
    body: shapes.AskTickets, session: Writing, actor: Arranging, background: BackgroundTasks
) -> shapes.PrintShape:
    """Ask for the tickets of several sittings in one PDF; the same again while it is being prepared changes nothing."""
    batch, begins = printing.ask(session, actor, body.sitting_ids, now=clock.now())
    if begins:
        # Begins when the answer has left, so after the commit: the batch is there for whoever prepares it.
        background.add_task(prepare, batch.code)
    return shapes.PrintShape.of(batch, clock.now())


@router.get("/sittings/ticket-prints/{code}")
def print_progress(code: str, session: Reading, actor: Arranging) -> shapes.PrintShape:
    """How far a batch is."""
    return shapes.PrintShape.of(printing.own_batch(session, actor, code), clock.now())


@router.get("/sittings/ticket-prints/{code}/tickets.pdf", **describing.a_file("application/pdf"))
def fetch_print(code: str, session: Reading, actor: Arranging) -> Response:
    """The PDF of a finished batch."""
    batch = printing.own_batch(session, actor, code)
    if batch.pdf is None:
        raise errors.WrongState("print_not_ready", "准考证还没有准备好，请稍候再下载。")
    headers = {**NO_STORE, "Content-Disposition": 'inline; filename="tickets.pdf"'}
    return Response(batch.pdf, media_type="application/pdf", headers=headers)


@router.get("/sittings/{sitting_id}/tickets.pdf", **describing.a_file("application/pdf"))
def tickets(sitting_id: int, session: Writing, actor: Arranging) -> Response:
    """The admission tickets as one PDF; printing goes on record, so this GET writes."""
    pdf = ticketing.print_tickets(session, actor, sitting_id, now=clock.now())
    return Response(pdf, media_type="application/pdf", headers=NO_STORE)


@router.get("/sittings/{sitting_id}/seat-plan.pdf", **describing.a_file("application/pdf"))
def seat_plan(sitting_id: int, session: Reading, actor: Arranging) -> Response:
    """The plan of the room for its door; printing goes on record."""
    pdf = seat_plans.print_seat_plan(session, actor, sitting_id)
    # Setting takes a second, and nobody who writes has to wait for it.
    with database.writing() as noting:
        documents.note_print(noting, actor, Document.SEAT_PLAN, sitting_id, pdf, now=clock.now())
    return Response(pdf, media_type="application/pdf", headers=NO_STORE)


@router.post("/sittings/seats/{seat_id}/reissue")
def reissue(seat_id: int, body: bodies.Reason, session: Writing, actor: Arranging) -> shapes.TicketShape:
    """Replace a lost ticket; its old code lets nobody in any more."""
    seat = ticketing.reissue_ticket(session, actor, seat_id, body.reason, now=clock.now())
    return shapes.TicketShape(seat_id=seat_id, ticket_number=seat.ticket_number, issue=seat.ticket_issue)


@router.get("/sittings/seats/{seat_id}/ticket.pdf", **describing.a_file("application/pdf"))
def ticket(seat_id: int, session: Writing, actor: Arranging) -> Response:
    """The ticket of one seat, as it was issued last; printing goes on record, so this GET writes."""
    pdf = ticketing.print_ticket(session, actor, seat_id, now=clock.now())
    return Response(pdf, media_type="application/pdf", headers=NO_STORE)


def prepare(code: str) -> None:
    """Prepare a batch in a thread of this process; whatever goes wrong stands in the batch."""
    try:
        _prepare(code)
    except Exception:
        log.exception("a batch of tickets could not be prepared")
        with database.writing() as session:
            printing.note_fault(session, code, "failed")


def _prepare(code: str) -> None:
    with database.reading() as session:
        batch = prints.print_of(session, code)
        if batch is None:
            return
        sitting_ids = printing.sittings_of(batch)
        before = prints.fingerprint(session, sitting_ids)
        rows = []
        for view, seats in printing.rows(session, sitting_ids):
            for row in ticketing.ticket_rows(session, view, seats):
                rows.append(row)
                if len(rows) % NOTED_EVERY == 0:
                    _note(code, len(rows))
    _note(code, len(rows))
    pdf = typeset(ticketing.TEMPLATE, rows)
    with database.writing() as session:
        printing.finish(session, code, pdf, before, now=clock.now())


def _note(code: str, done: int) -> None:
    with database.writing() as session:
        printing.note_progress(session, code, done, now=clock.now())
