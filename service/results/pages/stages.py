"""The line a class walks, from opening to publication, as far as the reader may see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.rules.policy import Actor, Right, holds
from service.papers import queries as papers
from service.results import queries
from service.results.actions import publishing
from service.results.queries import written
from service.results.rules import ResultState
from service.sittings import queries as sittings


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its word, whether it is behind the class, when, and the right to know of it."""

    word: str
    done: bool
    right: Right
    at: datetime | None = None
    now: bool = False


def stages_of(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[Stage]:
    """The stages this reader has a right to know of; the first that is not done is the present one."""
    found = [*_before(session, class_id), *_after(session, class_id, now)]
    present = next((stage for stage in found if not stage.done), None)
    return [
        Stage(stage.word, stage.done, stage.right, stage.at, stage is present)
        for stage in found
        if holds(actor, stage.right)
    ]


def _before(session: Session, class_id: int) -> Iterator[Stage]:
    paper = papers.paper_of_class(session, class_id)
    yield Stage("班次", True, Right.PROGRAMME_VIEW)
    yield Stage("组卷", paper is not None, Right.PAPERS_VIEW, paper.assembled_at if paper else None)
    approved_at, sealed_at = (paper.approved_at, paper.sealed_at) if paper else (None, None)
    yield Stage("审批", approved_at is not None, Right.PAPERS_VIEW, approved_at)
    yield Stage("封卷", sealed_at is not None, Right.PAPERS_VIEW, sealed_at)


def _after(session: Session, class_id: int, now: datetime) -> Iterator[Stage]:
    sat = [sittings.times_of(row, now) for row in sittings.sittings_of_class(session, class_id)]
    results = [line.result for line in queries.lines(session, class_id)]
    everybody = bool(results) and publishing.still_open_in(session, class_id, now) == 0
    marked = everybody and written.unsettled(session, class_id) == 0
    confirmed = bool(results) and all(result.state != ResultState.MARKED for result in results)
    published = bool(results) and all(result.state == ResultState.PUBLISHED for result in results)
    over = bool(sat) and all(at.ends_at <= now for at in sat)
    yield Stage("考试", over, Right.SITTINGS_VIEW, max((at.starts_at for at in sat), default=None))
    yield Stage("评分", marked, Right.RESULTS_UNPUBLISHED)
    yield Stage("确认", confirmed, Right.RESULTS_UNPUBLISHED, results[0].confirmed_at if confirmed else None)
    yield Stage("发布", published, Right.RESULTS_PUBLISHED, results[0].published_at if published else None)
