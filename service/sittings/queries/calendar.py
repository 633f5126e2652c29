"""Lists of sittings, narrowed by day, place, class and state."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.kernel.clock import LOCAL
from service.papers.tables import PaperForm
from service.sittings.queries.day import SittingView, times_of
from service.sittings.queries.scheduling import named
from service.sittings.rules import phases
from service.sittings.rules.calendar import Period, Shown
from service.sittings.rules.phases import Phase
from service.sittings.tables import ExamPoint, Room, Sitting

# Clocks are paused for minutes; a sitting that began before this and still runs stands paused, and is found by that.
STILL_RUNNING = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list of sittings is narrowed by; ``ids`` are those that the reader may know of, or nothing for all."""

    day: date | None = None
    point_id: int | None = None
    class_id: int | None = None
    state: Shown | None = None
    period: Period = Period.ALL
    ids: frozenset[int] | None = None


def listing(by: Narrowing, *, now: datetime, running: Collection[int]) -> Any:
    """A select of (sitting, class, room, point, when its form was opened), the latest first but for what is to come.

    ``running`` are the ids of :func:`running`: a clock that stood still cannot be put in a condition.
    """
    statement = named().add_columns(col(PaperForm.opened_at))
    statement = statement.outerjoin(PaperForm, col(PaperForm.id) == col(Sitting.form_id))
    starts_at, today = col(Sitting.starts_at), _midnight(now.astimezone(LOCAL).date())
    conditions: list[sa.ColumnElement[bool]] = [*_in_state(by.state, now, running)] if by.state is not None else []
    if by.day is not None:
        begins = _midnight(by.day)
        conditions += [starts_at >= begins, starts_at < begins + timedelta(days=1)]
    elif by.period is not Period.ALL:
        conditions.append(starts_at >= today if by.period is Period.UPCOMING else starts_at < today)
    for column, value in ((ExamPoint.id, by.point_id), (Sitting.class_id, by.class_id)):
        if value is not None:
            conditions.append(col(column) == value)
    if by.ids is not None:
        conditions.append(col(Sitting.id).in_(by.ids))
    forward = by.day is not None or by.period is Period.UPCOMING
    return statement.where(*conditions).order_by(starts_at if forward else starts_at.desc(), col(Sitting.id))


def on_day(session: Session, day: date) -> list[SittingView]:
    """The sittings of a local day that are not cancelled, by exam point, room and time."""
    begins = _midnight(day)
    statement = named().where(
        col(Sitting.starts_at) >= begins,
        col(Sitting.starts_at) < begins + timedelta(days=1),
        col(Sitting.cancelled_at).is_(None),
    )
    ordered = statement.order_by(col(ExamPoint.name), col(Room.name), col(Sitting.starts_at), col(Sitting.id))
    return [SittingView(*row) for row in session.execute(ordered)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), LOCAL)


def _in_state(state: Shown, now: datetime, running: Collection[int]) -> list[sa.ColumnElement[bool]]:
    begins, cancelled = col(Sitting.starts_at), col(Sitting.cancelled_at)
    match state:
        case Shown.CANCELLED:
            return [cancelled.is_not(None)]
        case Shown.PLANNED:
            return [cancelled.is_(None), begins > now + phases.CHECK_IN_BEFORE]
        case Shown.CHECK_IN:
            return [cancelled.is_(None), begins > now, begins <= now + phases.CHECK_IN_BEFORE]
        case Shown.RUNNING:
            return [col(Sitting.id).in_(set(running))]
        case Shown.ENDED:
            return [cancelled.is_(None), begins <= now, col(Sitting.id).not_in(set(running))]


def running(session: Session, now: datetime) -> set[int]:
    """Ids of sittings that have begun and not ended, pauses and extra time included."""
    recent = sa.or_(col(Sitting.starts_at) > now - STILL_RUNNING, col(Sitting.paused_at).is_not(None))
    statement = select(Sitting).where(col(Sitting.starts_at) <= now, col(Sitting.cancelled_at).is_(None), recent)
    on = {Phase.RUNNING, Phase.PAUSED}
    return {row.id or 0 for row in session.exec(statement) if phases.phase(times_of(row, now), now) in on}
