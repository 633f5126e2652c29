"""JSON routes of the bank."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries, shapes
from service.bank.actions import reviewing
from service.bank.api import exports, imports
from service.bank.rules.items import Kind, Level, State
from service.kernel import clock
from service.kernel.database import Reading, Writing
from service.kernel.paging import page_of

router = APIRouter(prefix="/api/v1/bank", tags=["bank"])
router.include_router(imports.router)
router.include_router(exports.router)


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
    state: State | None = None,
    kind: Kind | None = None,
    level: Level | None = None,
    subject: str = "",
    edition: str = "",
    enemy: str = "",
    text: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> shapes.VersionList:
    """Item versions by code, filtered and paged; keys are not in lists."""
    narrowed = queries.listing(
        state=state, kind=kind, level=level, subject=subject, edition=edition, enemy=enemy, text=text
    )
    found = page_of(session, narrowed, page)
    rows = [shapes.VersionShape.of(item, version) for item, version in found.rows]
    return shapes.VersionList(total=found.total, page=found.number, pages=found.pages, versions=rows)


@router.get("/versions/awaiting-review")
def awaiting_review(session: Reading, _: Annotated[Actor, may(Right.BANK_REVIEW)]) -> list[int]:
    """Ids of the versions that wait for a reviewer."""
    return queries.awaiting_review(session)


@router.get("/versions/{version_id}")
def read_version(
    version_id: int, session: Writing, actor: Annotated[Actor, may(Right.BANK_READ)]
) -> shapes.VersionInFull:
    """One version with its key; the reading goes on record, which is why this GET writes."""
    item, version = reviewing.read_item(session, actor, version_id, now=clock.now())
    return shapes.VersionInFull.of(item, version)


@router.post("/versions/{version_id}/review")
def review_version(
    version_id: int, body: shapes.Review, session: Writing, actor: Annotated[Actor, may(Right.BANK_REVIEW)]
) -> dict[str, State]:
    """Approve a version, or reject it with a reason; refused to its author."""
    version = reviewing.review_item(
        session, actor, version_id, approve=body.approve, reason=body.reason, now=clock.now()
    )
    return {"state": State(version.state)}
