"""HTML routes of the bank: looking through it, reading one item, reviewing the next."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.people import ROLE_NAMES
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.bank import queries
from service.bank.actions import reviewing
from service.bank.actions.exporting import FORMAT_NAMES
from service.bank.pages import imports
from service.bank.queries import searching
from service.bank.rules import items as rules
from service.bank.rules.items import KIND_NAMES, LEVEL_NAMES, STATE_NAMES, State
from service.bank.shapes.narrowing import Asked, Place
from service.bank.tables import Item, ItemVersion
from service.kernel import clock, rendering
from service.kernel.database import Reading, Writing
from service.kernel.decision import Decision, first_refusal
from service.kernel.paging import Blank, stretch_of

router = APIRouter(include_in_schema=False)
router.include_router(imports.router)
WORDS = {"kinds": KIND_NAMES, "levels": LEVEL_NAMES, "states": STATE_NAMES, "roles": ROLE_NAMES}


@router.get("/bank")
def items(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.BANK_READ)],
    asked: Asked,
    before: Place = "",
    after: Place = "",
) -> Response:
    """The bank: how much of what there is, the editions it rests on, and the items, without their keys."""
    editions = queries.editions(session)
    context = {
        **WORDS,
        "found": stretch_of(session, searching.listing(session, asked), searching.ORDER, before=before, after=after),
        "formats": FORMAT_NAMES,
        "asked": asked,
        "query": asked.named(),
        "difficulties": rules.DIFFICULTIES,
        "subjects": queries.subjects(session),
        "counts": queries.counts(session),
        "editions": editions,
        "in_force": {
            slug: rules.in_force(row.effective_on, row.repealed_on, clock.today()) for slug, row in editions.items()
        },
    }
    return rendering.page(request, "bank/items.html", context, actor=actor)


@router.get("/bank/items/{version_id}")
def item(
    request: Request, version_id: int, session: Writing, actor: Annotated[Actor, may(Right.BANK_READ)]
) -> Response:
    """One item with its key; the reading goes on record, which is why this page writes."""
    return _item_page(request, session, actor, version_id, {"waiting": None, "next": ""})


@router.get("/bank/review")
def review(
    request: Request,
    session: Writing,
    actor: Annotated[Actor, may(Right.BANK_REVIEW)],
    after: Annotated[int | None, Blank] = None,
) -> Response:
    """The next item that waits for this reviewer; ``after`` passes over one and what comes before it."""
    waiting = queries.awaiting_review(session)
    rest = waiting[waiting.index(after) + 1 :] if after in waiting else waiting
    chosen = next((one for one in rest if _may_review(session, actor, one)), None)
    context = {"waiting": len(waiting), "next": f"/bank/review?after={after}" if after else "/bank/review"}
    if chosen is None:
        return rendering.page(request, "bank/review.html", {**context, "passed_over": after}, actor=actor)
    return _item_page(request, session, actor, chosen, context)


def _may_review(session: Session, actor: Actor, version_id: int) -> bool:
    found = queries.version(session, version_id)
    return found is not None and _judge(session, actor, *found, State.APPROVED).allowed


def _judge(session: Session, actor: Actor, item: Item, version: ItemVersion, target: State) -> Decision:
    """The decision that this reviewer's judgement would meet."""
    assert actor.person_id is not None
    used: Iterable[Decision] = using.may_use_duty(session, actor.person_id, Duty.REVIEW, f"item:{item.id}")
    return first_refusal(rules.may_move(State(version.state), target), *used)


def _item_page(
    request: Request, session: Session, actor: Actor, version_id: int, context: dict[str, object]
) -> Response:
    found, version = reviewing.read_item(session, actor, version_id, now=clock.now())
    decision = _judge(session, actor, found, version, State.APPROVED) if holds(actor, Right.BANK_REVIEW) else None
    context |= {
        **WORDS,
        "item": found,
        "version": version,
        "edition": queries.editions(session)[version.edition_slug],
        "subject": queries.subjects(session).get(version.subject_slug or ""),
        "decision": decision,
    }
    return rendering.page(request, "bank/item.html", context, actor=actor)
