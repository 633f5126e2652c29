"""Lists of sittings for whoever may see them: all of them, or for a proctor those whose day has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.kernel import clock
from service.kernel.paging import Blank, PageOf, page_of
from service.sittings import queries
from service.sittings.actions import asking, on_duty
from service.sittings.queries import SittingView, calendar, scheduling
from service.sittings.queries.calendar import Narrowing
from service.sittings.rules import calendar as rules
from service.sittings.rules.calendar import Bar, Line, Period, Shown
from service.sittings.shapes import bodies, views


class DutyShape(BaseModel):
    """What a proctor learns before the day: that they are on duty, in which county and when, and nothing else."""

    day: date
    county: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, view: SittingView) -> "DutyShape":
        at = view.times
        return cls(
            day=clock.local(at.starts_at).date(), county=view.point.county, starts_at=at.starts_at, ends_at=at.ends_at
        )


class Asked(BaseModel):
    """What a page's list was asked for, as it stands in the address."""

    period: Annotated[Period | None, Blank] = None
    day: Annotated[bodies.Day | None, Blank] = None
    point: Annotated[int | None, Blank] = None
    class_id: Annotated[int | None, Blank] = None
    state: Annotated[Shown | None, Blank] = None
    page: int = Field(1, ge=1)

    @property
    def narrowing(self) -> Narrowing:
        """The same for the query; a page begins with what is to come."""
        return Narrowing(self.day, self.point, self.class_id, self.state, self.period or Period.UPCOMING)

    @property
    def query(self) -> dict[str, object]:
        """The same for the form of the filters and for links to other pages of the list."""
        fields = {name: value for name, value in self.model_dump(exclude={"page"}).items() if value is not None}
        return {"period": Period.UPCOMING, **dict.fromkeys(("day", "point", "class_id", "state"), ""), **fields}


def listed(session: Session, actor: Actor, by: Narrowing, page: int, *, now: datetime) -> PageOf[bodies.SittingShape]:
    """One page of the sittings that the actor may know of by now."""
    using.require_right(actor, Right.SITTINGS_VIEW)
    if Reach.ALL not in reaches(actor, Right.SITTINGS_VIEW):
        told = on_duty.of_person(session, actor, now=now).told
        by = replace(by, ids=frozenset(view.sitting.id or 0 for view in told))
    running = calendar.running(session, now)
    found = page_of(session, calendar.listing(by, now=now, running=running), page)
    return replace(found, rows=_shapes(session, [tuple(row) for row in found.rows], now))


def _shapes(session: Session, rows: Sequence[tuple[object, ...]], now: datetime) -> list[bodies.SittingShape]:
    found = [(SittingView(*row[:4]), row[4]) for row in rows]  # type: ignore[arg-type]
    ids = [view.sitting.id or 0 for view, _ in found]
    proctors, seats = scheduling.proctors_of(session, ids), scheduling.seat_counts(session, ids)
    return [
        views.shape(
            view,
            now,
            opened=view.sitting.form_id is None or opened_at is not None,
            proctors=[person.name for person in proctors.get(sitting_id, [])],
            seats=seats.get(sitting_id, 0),
        )
        for sitting_id, (view, opened_at) in zip(ids, found, strict=True)
    ]


def shapes_of(session: Session, found: Sequence[SittingView], now: datetime) -> list[bodies.SittingShape]:
    """These sittings as lists show them."""
    return _shapes(session, [_row(session, view) for view in found], now)


def _row(session: Session, view: SittingView) -> tuple[object, ...]:
    opened = asking.is_open(session, view.sitting.form_id)
    return view.sitting, view.training_class, view.room, view.point, True if opened else None


def shown(sitting: bodies.SittingShape) -> Shown:
    """The state under which a list shows a sitting."""
    return rules.shown(sitting.phase, cancelled=sitting.cancelled)


def by_day(rows: Sequence[bodies.SittingShape]) -> dict[date, list[bodies.SittingShape]]:
    """The rows of a page under their local days, in the order in which they come."""
    days: dict[date, list[bodies.SittingShape]] = {}
    for one in rows:
        days.setdefault(clock.local(one.starts_at).date(), []).append(one)
    return days


@dataclass(frozen=True, slots=True)
class RoomLine:
    """One room on a day's picture."""

    place: str
    capacity: int
    sittings: list[bodies.SittingShape]
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class DayPicture:
    """The rooms of a day, one under the other along the same hours."""

    day: date
    line: Line
    rooms: list[RoomLine]


def picture(session: Session, day: date, *, now: datetime) -> DayPicture | None:
    """All rooms that have a sitting on a local day; nothing on a free day."""
    found = calendar.on_day(session, day)
    if not found:
        return None
    line = rules.line_of(view.times for view in found)
    shapes = {shape.id: shape for shape in shapes_of(session, found, now)}
    rooms: dict[int, RoomLine] = {}
    for view in found:
        place = f"{view.point.name} · {view.room.name}"
        empty = RoomLine(place=place, capacity=view.room.capacity, sittings=[], bars=[])
        room = rooms.setdefault(view.room.id or 0, empty)
        room.sittings.append(shapes[view.sitting.id or 0])
        room.bars.append(line.bar(view.sitting.id or 0, queries.planned(view.sitting)))
    return DayPicture(day=day, line=line, rooms=list(rooms.values()))
