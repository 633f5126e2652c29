"""JSON routes of the bank."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries, shapes
from service.bank.actions import reviewing
from service.bank.api import exports, imports, leaking, lifecycle
from service.bank.queries import searching
from service.bank.shapes.narrowing import Asked, Place
from service.kernel import clock
from service.kernel.database import Reading, Writing
from service.kernel.paging import stretch_of

router = APIRouter(prefix="/api/v1/bank", tags=["bank"])
router.include_router(imports.router)
router.include_router(exports.router)
router.include_router(leaking.router)


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


@router.post("/items")
def submit_items(
    body: list[shapes.ItemShape], session: Writing, actor: Annotated[Actor, may(Right.BANK_AUTHOR)]
) -> shapes.SubmittedShape:
    """Submit items for review, all or none; the same text again changes nothing."""
    done = reviewing.submit_items(session, actor, [entry.text() for entry in body], now=clock.now())
    return shapes.SubmittedShape(new=len(done.new), changed=len(done.changed), unchanged=done.unchanged)


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
    rows = [shapes.VersionShape.of(item, version) for item, version in found.rows]
    return shapes.VersionList(total=found.total, more=found.more, before=found.before, after=found.after, versions=rows)


@router.get("/versions/awaiting-review")
def awaiting_review(session: Reading, _: Annotated[Actor, may(Right.BANK_REVIEW)]) -> list[int]:
    """Ids of the versions that wait for a reviewer."""
    return queries.awaiting_review(session)


# After the list of what awaits review, whose address would be read as a number otherwise.
router.include_router(lifecycle.router)
