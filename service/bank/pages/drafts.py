"""The pages on which an author writes: what they are writing, and the editor, which works without a script as well."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries
from service.bank.actions import drafting, parting, picturing
from service.bank.actions.drafting import Checked
from service.bank.pages.item import WORDS
from service.bank.queries import drafts as kept
from service.bank.queries import neighbours
from service.bank.queries.neighbours import Bank
from service.bank.rules import drafting as rules
from service.bank.rules import rubric
from service.bank.rules.drafting import Written
from service.bank.rules.filling import LONGEST_ANSWER, MOST_VARIANTS
from service.bank.rules.items import DIFFICULTIES, LETTERS, Kind, State
from service.bank.rules.pictures import LONGEST_WORDS, PLACES
from service.bank.shapes.drafting import CheckShape, Number, typed
from service.bank.shapes.pictures import Chosen, chosen
from service.kernel import clock, database, errors, language, rendering
from service.kernel.database import Reading, Writing
from service.kernel.paging import Blank

router = APIRouter()
Author = Annotated[Actor, may(Right.BANK_AUTHOR)]
Which = Annotated[int | None, Blank, Query(ge=1)]
# Whoever has submitted more takes the others back from the pages of the items; so with what was sent back.
WAITING = 50


def comparable(_: Author) -> Bank:
    """The bank to compare a draft with, made before any turn to write."""
    with database.reading() as session:
        return neighbours.bank(session)


@router.get("/bank/drafts")
def drafts(request: Request, session: Reading, actor: Author) -> Response:
    """What this author is writing, and what they submitted that waits and may be taken back."""
    waiting = kept.waiting(session, actor.person_id, WAITING)
    context = {
        **WORDS,
        "drafts": [(one, rules.taken(one.words)) for one in kept.drafts(session, actor.person_id)],
        "waiting": [
            (item, version, rules.may_withdraw(State(version.state), own=True, answered=answered))
            for item, version, answered in waiting
        ],
        "returned": kept.returned(session, actor.person_id, WAITING),
        "sent_back": kept.number(session, actor.person_id, State.REJECTED),
        "most": WAITING,
    }
    return rendering.page(request, "bank/drafts.html", context, actor=actor)


@router.get("/bank/drafts/new")
def new_draft(request: Request, session: Reading, actor: Author, case: Which = None, beside: Which = None) -> Response:
    """The editor, empty, or with a case for its next sub-question: of version ``case``, or of draft ``beside``."""
    return _editor(request, session, actor, parting.begin_part(session, actor, version_id=case, draft_id=beside))


@router.get("/bank/drafts/{draft_id}")
def draft(request: Request, draft_id: int, session: Reading, actor: Author) -> Response:
    """The editor with a draft as it was saved last."""
    found = kept.draft(session, draft_id, actor.person_id)
    if found is None:
        raise errors.NotFound()
    words, base = rules.taken(found.words), found.base_version_id
    return _editor(request, session, actor, words, draft_id=draft_id, seq=found.seq, base=base)


@router.get("/bank/items/{version_id}/revision")
def revision(request: Request, version_id: int, session: Writing, actor: Author) -> Response:
    """The editor with a version as it stands; it shows the key, so the reading goes on record."""
    written = drafting.begin_revision(session, actor, version_id, now=clock.now())
    return _editor(request, session, actor, written, base=version_id)


@router.post("/bank/drafts/editing")
def edit(
    request: Request,
    actor: Author,
    written: Annotated[Written, Depends(typed)],
    pictures: Annotated[Chosen, Depends(chosen)],
    compared: Annotated[Bank, Depends(comparable)],
    session: Writing,
    draft: Number = None,
    seq: Annotated[int, Form()] = 0,
    base: Number = None,
    act: Annotated[Literal["check", "save", "submit"], Form()] = "check",
) -> Response:
    """What a form does that no script has taken over. The page comes back filled with whatever was refused in words."""
    written = replace(written, pictures=pictures.named)
    for picture in pictures.fresh.values():
        picturing.keep(session, actor, picture, now=clock.now())
    checked = drafting.check(session, actor, written, compared, base=base)
    faulty = act == "submit" and checked.judged.faults > 0
    try:
        if pictures.refusal is not None:
            raise pictures.refusal
        with session.begin_nested():
            if act == "submit" and not faulty:
                drafting.submit(session, actor, written, draft_id=draft, seq=seq, base=base, now=clock.now())
                return RedirectResponse("/bank/drafts", 303)
            if act != "check":
                row = drafting.save(session, actor, written, draft_id=draft, seq=seq, base=base, now=clock.now())
                draft, seq = row.id, row.seq
    except errors.ServiceError as refusal:
        return _editor(
            request, session, actor, written, draft_id=draft, seq=seq, base=base, checked=checked, refusal=refusal
        )
    if act == "save":
        return RedirectResponse(f"/bank/drafts/{draft}", 303)
    return _editor(
        request, session, actor, written, draft_id=draft, seq=seq, base=base, checked=checked, kept_instead=faulty
    )


def _editor(
    request: Request,
    session: Session,
    actor: Actor,
    written: Written,
    *,
    draft_id: int | None = None,
    seq: int = 0,
    base: int | None = None,
    checked: Checked | None = None,
    refusal: errors.ServiceError | None = None,
    kept_instead: bool = False,
) -> Response:
    """The editor with what was typed, and what is to be said of it where it has been checked."""
    tongue = rendering.language_of(request)
    context = {
        **WORDS,
        "longest": {Kind.FILL_IN.value: LONGEST_ANSWER, Kind.WRITTEN.value: rubric.LONGEST_TEXT},
        "criteria": rubric.MOST_CRITERIA,
        "variants": MOST_VARIANTS,
        "written": written,
        "draft_id": draft_id,
        "seq": seq,
        "base": _base(session, base),
        "checked": CheckShape.of(checked, tongue) if checked is not None else None,
        "refusal": language.say(tongue, refusal.detail, refusal.values) if refusal is not None else "",
        "kept_instead": kept_instead,
        "owner": actor.label,
        "letters": LETTERS,
        "places": PLACES,
        "longest_words": LONGEST_WORDS,
        "difficulties": DIFFICULTIES,
        "editions": queries.editions(session),
        "subjects": queries.subjects(session),
    }
    status = refusal.status if refusal is not None else 200
    return rendering.page(request, "bank/editor.html", context, actor=actor, status=status)


def _base(session: Session, version_id: int | None) -> dict[str, object] | None:
    """The version that the next one is written from, as far as the page names it."""
    found = queries.version(session, version_id) if version_id is not None else None
    if found is None:
        return None
    item, version = found
    return {"version_id": version.id, "code": item.code, "number": version.number}
