"""HTML routes of one item: reading it, answering and judging it, comparing its versions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.people import ROLE_NAMES
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.bank import queries
from service.bank.actions import reading
from service.bank.actions import standing as acting
from service.bank.queries import cases, drafts, neighbours, queue, standing
from service.bank.queries import tagging as filing
from service.bank.queries.neighbours import Bank, Near
from service.bank.queries.queue import Queued
from service.bank.queries.resting import dated
from service.bank.rules import alike, comparing, drafting, repeal, reviewing, rubric
from service.bank.rules import items as rules
from service.bank.rules.items import KIND_NAMES, LEVEL_NAMES, STATE_NAMES, Kind, State
from service.bank.rules.pictures import PLACE_NAMES
from service.bank.tables import Edition, Item, ItemVersion
from service.kernel import clock, database, errors, rendering
from service.kernel.database import Writing
from service.kernel.decision import Decision, first_refusal
from service.kernel.paging import Blank

router = APIRouter()


def comparable() -> Bank:
    """The bank to compare an item with, made before any turn to write: a large one takes a moment."""
    with database.reading() as session:
        return neighbours.bank(session)


# It stands after the guard: for nobody else is anything compared.
Compared = Annotated[Bank, Depends(comparable)]
WORDS = {"kinds": KIND_NAMES, "levels": LEVEL_NAMES, "states": STATE_NAMES, "roles": ROLE_NAMES}


@router.get("/bank/items/{version_id}")
def item(
    request: Request,
    version_id: int,
    actor: Annotated[Actor, may(Right.BANK_READ)],
    compared: Compared,
    session: Writing,
) -> Response:
    """One item with its key; the reading goes on record, which is why this page writes."""
    return _item_page(request, session, actor, version_id, compared, {"waiting": None, "next": ""})


@router.get("/bank/items/{version_id}/comparison")
def comparison(
    request: Request, version_id: int, session: Writing, actor: Annotated[Actor, may(Right.BANK_READ)], to: int
) -> Response:
    """What another version of the item says otherwise; reading both goes on record."""
    now = clock.now()
    one, version = reading.read_item(session, actor, version_id, now=now)
    other = next((row for row in standing.versions(session, version.item_id) if row.number == to), None)
    if other is None:
        raise errors.NotFound()
    reading.read_item(session, actor, other.id or 0, now=now)
    older, newer = sorted((version, other), key=lambda row: row.number)
    before, after = queries.text_of(one, older), queries.text_of(one, newer)
    context = {
        **WORDS,
        "item": one,
        "older": older,
        "newer": newer,
        "differences": comparing.differences(before, after),
        "pictures": comparing.pictures_differ(before, after),
        "place_names": PLACE_NAMES,
        "editions": queries.editions(session),
        "subjects": queries.subjects(session),
    }
    return rendering.page(request, "bank/comparison.html", context, actor=actor)


# One guard for the page and for what is found before it.
Reviewer = Annotated[Actor, may(Right.BANK_REVIEW)]


def queued(actor: Reviewer, after: Annotated[int | None, Blank] = None) -> Queued:
    """What waits for this reviewer, found before any turn to write: nobody's answers wait while a queue is read."""
    assert actor.person_id is not None
    with database.reading() as session:
        found = queue.queued(session, actor.person_id, after=after)
        barred = not first_refusal(*using.may_use_duty(session, actor.person_id, Duty.REVIEW)).allowed
    return replace(found, theirs=0, next=None) if barred else found


@router.get("/bank/review")
def review(
    request: Request,
    actor: Reviewer,
    waiting: Annotated[Queued, Depends(queued)],
    compared: Compared,
    session: Writing,
    after: Annotated[int | None, Blank] = None,
) -> Response:
    """The next item that waits for this reviewer; ``after`` passes over one and what comes before it."""
    back = f"/bank/review?after={after}" if after else "/bank/review"
    context: dict[str, object] = {"waiting": waiting.waiting, "next": back}
    if waiting.next is None:
        passed_over = after if waiting.theirs else None
        return rendering.page(request, "bank/review.html", {**context, "passed_over": passed_over}, actor=actor)
    return _item_page(request, session, actor, waiting.next, compared, context)


def _judge(session: Session, actor: Actor, item: Item, version: ItemVersion) -> Decision:
    """The decision that this reviewer's judgement would meet."""
    move = rules.may_review(State(version.state), State.APPROVED)
    return first_refusal(move, *_used(session, actor, item))


def _settle(session: Session, actor: Actor, item: Item, version: ItemVersion) -> Decision:
    """The decision that this reviewer's settlement of a suspension would meet."""
    return first_refusal(acting.may_settle(session, actor, version.id or 0), *_used(session, actor, item))


def _used(session: Session, actor: Actor, item: Item) -> Iterable[Decision]:
    assert actor.person_id is not None
    return using.may_use_duty(session, actor.person_id, Duty.REVIEW, f"item:{item.id}")


def _item_page(
    request: Request, session: Session, actor: Actor, version_id: int, compared: Bank, context: dict[str, object]
) -> Response:
    """The item with its key, or, to who must answer it before, without."""
    found = reading.find(session, actor, version_id)
    version = found.version
    reviews = holds(actor, Right.BANK_REVIEW)
    editions = queries.editions(session)
    context |= {
        **WORDS,
        "item": found.item,
        "version": version,
        "edition": editions[version.edition_slug],
        "subject": queries.subjects(session).get(version.subject_slug or ""),
        "near": _near(compared, found.item.code, version),
        "text_case": queries.case_of_row(version),
        "case": cases.case(session, version.case_code, clock.today()) if version.case_code else None,
        "writes": holds(actor, Right.BANK_AUTHOR),
        "decision": _judge(session, actor, found.item, version) if reviews else None,
    }
    if not found.key.allowed:
        context |= {"choices": reviewing.choices(Kind(version.kind)), "trial": None}
        return rendering.page(request, "bank/trial.html", context, actor=actor)
    reading.read_item(session, actor, version_id, now=clock.now())
    context |= {
        "trial": found.trial,
        "rubric": rubric.criteria(version.key) if version.kind == Kind.WRITTEN else (),
        "answered_wrongly": bool(standing.wrongly_answered(session, [version_id])),
        "versions": [one for one in standing.versions(session, version.item_id) if _shown(actor, one)],
        "measured": standing.measured(session, version.item_id),
        "standings": standing.standings(session, version_id),
        "settling": _settle(session, actor, found.item, version) if reviews else None,
        "successor": _successor(editions, version),
        "filed": sorted(filing.filed(session, [version.item_id])[version.item_id]),
        "withdrawing": _withdraw(session, actor, version),
        "revising": holds(actor, Right.BANK_AUTHOR) and _is_newest(session, version),
        "editions": editions,
    }
    return rendering.page(request, "bank/item.html", context, actor=actor)


def _shown(actor: Actor, version: ItemVersion) -> bool:
    return drafting.is_theirs(State(version.state), version.submitted_by, actor.person_id)


def _withdraw(session: Session, actor: Actor, version: ItemVersion) -> Decision | None:
    """The decision that taking this version back would meet; nothing where it is not this reader's to take back."""
    if version.state != State.SUBMITTED or version.submitted_by != actor.person_id:
        return None
    return drafting.may_withdraw(State.SUBMITTED, own=True, answered=drafts.answered(session, version.id or 0))


def _is_newest(session: Session, version: ItemVersion) -> bool:
    """Whether the next version would be written from this one: none is, while one waits."""
    newest = queries.newest_number(session, version.item_id)
    return version.number == newest and version.state != State.SUBMITTED


def _near(compared: Bank, code: str, version: ItemVersion) -> tuple[Near, ...]:
    """The items that ask much the same as this version."""
    (found,) = compared.nearest([alike.asked(version.stem, version.options)], but=[code])
    return found


def _successor(editions: Mapping[str, Edition], version: ItemVersion) -> str:
    """The edition to cite instead, where the one that is cited ends."""
    known = [dated(one) for one in editions.values()]
    ending = {one.slug: one for one in repeal.ending(known, clock.today())}
    ended = ending.get(version.edition_slug)
    found = repeal.successor(known, ended) if ended is not None else None
    return found.slug if found is not None else ""
