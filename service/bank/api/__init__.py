"""JSON routes of the bank."""

from typing import Annotated

from fastapi import APIRouter, Depends

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries, shapes
from service.bank.actions import reviewing
from service.bank.api import drafts, exports, imports, leaking, lifecycle, pictures, tagging
from service.bank.queries import neighbours, searching
from service.bank.queries import tagging as filing
from service.bank.queries.neighbours import Near
from service.bank.rules import alike
from service.bank.shapes.likeness import AlikeShape
from service.bank.shapes.narrowing import Asked, Place
from service.kernel import clock, database
from service.kernel.database import Reading, Writing
from service.kernel.paging import stretch_of

router = APIRouter(prefix="/api/v1/bank", tags=["bank"])
router.include_router(imports.router)
router.include_router(exports.router)
router.include_router(leaking.router)
router.include_router(drafts.router)
router.include_router(pictures.router)
router.include_router(tagging.router)
# One guard for the route and for what is found before it.
Author = Annotated[Actor, may(Right.BANK_AUTHOR)]


@router.put("/editions")
def load_editions(
    body: list[shapes.EditionShape], session: Writing, actor: Annotated[Actor, may(Right.BANK_AUTHOR)]
) -> dict[str, int]:
    """Register regulations' editions with their dates of effect and repeal."""
    changed = reviewing.load_editions(session, actor, [entry.text() for entry in body], now=clock.now())
    return {"changed": changed}


@router.get("/editions")
def list_editions(session: Reading, _: Annotated[Actor, may(Right.BANK_READ)]) -> list[shapes.EditionShape]:
    """All editions."""
    found = queries.editions(session).values()
    return [shapes.EditionShape.model_validate(edition, from_attributes=True) for edition in found]


@router.put("/subjects")
def load_subjects(
    body: list[shapes.SubjectShape], session: Writing, actor: Annotated[Actor, may(Right.BANK_AUTHOR)]
) -> dict[str, int]:
    """Register the subjects of the syllabus in the order given."""
    changed = reviewing.load_subjects(session, actor, [entry.text() for entry in body], now=clock.now())
    return {"changed": changed}


@router.get("/subjects")
def list_subjects(session: Reading, _: Annotated[Actor, may(Right.BANK_READ)]) -> list[shapes.SubjectShape]:
    """All subjects, in their order."""
    found = queries.subjects(session).values()
    return [shapes.SubjectShape.model_validate(subject, from_attributes=True) for subject in found]


def nearby(_: Author, body: list[shapes.ItemShape]) -> dict[str, tuple[Near, ...]]:
    """By code what each item is probably the same as, found before any turn to write: many take a moment."""
    texts = [alike.asked(entry.stem, entry.options) for entry in body]
    with database.reading() as session:
        found = neighbours.bank(session).nearest(texts, least=alike.NEAR, but=[entry.code for entry in body])
    return {entry.code: near for entry, near in zip(body, found, strict=True) if near}


@router.post("/items")
def submit_items(
    actor: Author,
    body: list[shapes.ItemShape],
    near: Annotated[dict[str, tuple[Near, ...]], Depends(nearby)],
    session: Writing,
) -> shapes.SubmittedShape:
    """Submit items for review, all or none; the same text again changes nothing. What is like others is named."""
    done = reviewing.submit_items(session, actor, [entry.text() for entry in body], now=clock.now())
    fresh = sorted({*done.new, *done.changed} & near.keys())
    return shapes.SubmittedShape(
        new=len(done.new),
        changed=len(done.changed),
        unchanged=done.unchanged,
        alike=[AlikeShape.of(code, near[code]) for code in fresh],
    )


@router.get("/versions")
def list_versions(
    session: Reading,
    _: Annotated[Actor, may(Right.BANK_READ)],
    asked: Asked,
    before: Place = "",
    after: Place = "",
) -> shapes.VersionList:
    """Item versions by code, filtered, 50 at a time; keys are not in lists."""
    found = stretch_of(session, searching.listing(session, asked), searching.ORDER, before=before, after=after)
    filed = filing.filed(session, {item.id for item, _ in found.rows})
    rows = [shapes.VersionShape.of(item, version, filed[item.id]) for item, version in found.rows]
    return shapes.VersionList(total=found.total, more=found.more, before=found.before, after=found.after, versions=rows)


@router.get("/versions/awaiting-review")
def awaiting_review(session: Reading, _: Annotated[Actor, may(Right.BANK_REVIEW)]) -> list[int]:
    """Ids of the versions that wait for a reviewer."""
    return queries.awaiting_review(session)


# After the list of what awaits review, whose address would be read as a number otherwise.
router.include_router(lifecycle.router)
