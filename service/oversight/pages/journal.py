"""The record for those who audit it."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.access import queries as access
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.journal import queries
from service.journal.actions import remembering
from service.journal.queries import tree, witnesses
from service.journal.rules import Event, catalogue, heads
from service.journal.tables import JournalEntry
from service.kernel import rendering
from service.kernel.database import Reading
from service.kernel.paging import page_of
from service.oversight.pages.event_names import EVENT_NAMES

router = APIRouter(include_in_schema=False)
WITNESSED_SHOWN = 5


@router.get("/journal")
def journal(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.JOURNAL_READ)],
    event: str = "",
    by: str = "",
    subject: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """The record, newest first, narrowed by event, actor or subject, with the head of the chain."""
    statement = queries.entries(event=event, actor=by.strip(), subject=subject.strip())
    context = {
        "found": (found := page_of(session, statement, page)),
        "rows": [(entry, datetime.fromisoformat(entry.at), _data(entry)) for entry in found.rows],
        "query": {"event": event, "by": by, "subject": subject},
        "events": {one.value: EVENT_NAMES[one] for one in Event},
        "people": _people(session),
        "head": queries.head(session),
        "sealed": (sealed := tree.newest(session)),
        "sealed_at": datetime.fromisoformat(sealed.at) if sealed is not None else None,
        "grouped": heads.grouped,
        "witnessed": _witnessed(session),
        "alarm": remembering.alarm(),
    }
    return rendering.page(request, "oversight/journal.html", context, actor=actor)


@router.get("/journal/events")
def events(request: Request, actor: Annotated[Actor, may(Right.JOURNAL_READ)]) -> Response:
    """The catalogue of events: what the record knows, and what an entry of each kind always says."""
    rows = [(one, EVENT_NAMES[one], sorted(catalogue.REQUIRED[one]), one in catalogue.READINGS) for one in Event]
    return rendering.page(request, "oversight/events.html", {"rows": rows}, actor=actor)


def _witnessed(session: Session) -> list[tuple[str, int, datetime]]:
    """Who witnessed which heads when, the newest first."""
    names = {one.id: one.name for one in access.organisations(session)}
    return [
        (names[witness.organisation_id], head.size, datetime.fromisoformat(signed.at))
        for signed, head, witness in witnesses.newest(session, WITNESSED_SHOWN)
    ]


def _data(entry: JournalEntry) -> str:
    """What was hashed, laid out for reading."""
    return json.dumps(json.loads(entry.data), ensure_ascii=False, indent=1) if entry.data != "{}" else ""


def _people(session: Session) -> dict[str, str]:
    """The names behind the labels of accounts."""
    return {f"account:{account.id}": person.name for account, person, _ in access.accounts(session)}
