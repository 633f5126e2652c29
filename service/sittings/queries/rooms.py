"""The read model of the board: a whole room in a fixed number of queries, however many seats it has.

It is asked for every second while anybody watches, so it reads columns and not rows of objects.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.kernel import sealing
from service.programme.tables import TrainingClass
from service.sittings.queries import forms, happenings, on_paper, outages, reopening, signing, timekeeping
from service.sittings.queries.day import SittingView, planned, proctor_names, times_of
from service.sittings.queries.forms import Form
from service.sittings.queries.signing import Signature
from service.sittings.queries.timekeeping import Ledger, Loss, Sign, Work
from service.sittings.rules import phases, recording, room, seats
from service.sittings.rules.on_paper import PaperStage
from service.sittings.rules.phases import Course, Times
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState
from service.sittings.tables import (
    Answer,
    Arrangement,
    ExamPoint,
    IdentityCheck,
    Incident,
    Message,
    Pause,
    Room,
    Seat,
    Sitting,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A seat as the board shows it; ``due_at`` is None until the identity is to be looked at again."""

    seat_id: int
    number: int
    name: str
    citizen_id_masked: str
    at: Times
    state: SeatState
    # Admitted, and the sheet not closed yet.
    open: bool
    refusal: str | None
    handed_in_by: str | None
    failed_attempts: int
    answered: int
    last_saved_at: datetime | None
    sign: Sign | None
    loss: Loss
    extra_minutes: int
    paused: bool
    due_at: datetime | None
    rechecked: str | None
    arrangement: Arrangement | None
    # How far its paper is, where it answers on paper or somebody has declared so.
    paper: PaperStage | None = None
    # A proposal to open its sheet again waits; and when two people last opened it again.
    reopening: bool = False
    reopened_at: datetime | None = None

    @property
    def to_sign_in(self) -> bool:
        """Whether its sheet was opened again and no machine has been heard since."""
        return self.reopened_at is not None and (self.sign is None or self.sign.seen_at < self.reopened_at)


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as it stands at ``now``."""

    now: datetime
    view: SittingView
    at: Times
    form: Form
    proctors: list[str]
    places: list[Place]
    pause_reason: str
    given_seconds: int
    outage_seconds: int
    incidents: list[tuple[Incident, int | None]]
    photos: dict[int, list[int]]
    messages: list[tuple[Message, int | None]]
    # Who has confirmed the room record; None as long as it cannot be confirmed.
    signed: list[Signature] | None


def room_view(session: Session, sitting_id: int, now: datetime) -> RoomView | None:
    """A room with everything the board shows; None where there is no such sitting."""
    found = view(session, sitting_id)
    if found is None:
        return None
    sitting = found.sitting
    ledger, at = timekeeping.ledger(session, sitting, now), times_of(sitting, now)
    places = _places(session, sitting, ledger, now)
    open_sheets = sum(place.open for place in places)
    return RoomView(
        now=now,
        view=found,
        at=at,
        form=forms.form(session, sitting.form_id),
        proctors=proctor_names(session, sitting_id),
        places=places,
        pause_reason=_pause_reason(session, sitting) if sitting.paused_at is not None else "",
        given_seconds=ledger.given.get(None, 0),
        outage_seconds=sum(one.seconds for one in outages.of_sitting(session, sitting_id)),
        incidents=happenings.newest(session, Incident, sitting_id),
        photos=happenings.photos(session, sitting_id),
        messages=happenings.newest(session, Message, sitting_id),
        signed=signing.of_view(session, found) if recording.may_confirm(at, now, open_sheets).allowed else None,
    )


# Built once: the board asks every second, and building a statement costs more than running it.
_SITTING = sa.bindparam("sitting", type_=sa.Integer)
_VIEW = (
    sa.select(Sitting, TrainingClass, Room, ExamPoint)
    .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
    .join(Room, col(Room.id) == col(Sitting.room_id))
    .join(ExamPoint, col(ExamPoint.id) == col(Room.exam_point_id))
    .where(col(Sitting.id) == _SITTING)
)
_SEATS = (
    sa.select(
        col(Seat.id),
        col(Seat.number),
        col(Person.name),
        col(Person.citizen_id_masked),
        col(Seat.trainee_id),
        col(Seat.admitted_at),
        col(Seat.refused_at),
        col(Seat.refusal),
        col(Seat.started_at),
        col(Seat.on_paper_at),
        col(Seat.handed_in_at),
        col(Seat.handed_in_by),
        col(Seat.failed_attempts),
        col(Seat.extra_seconds),
        col(Seat.paused_at),
        reopening.WAITS.label("reopening"),
        reopening.OPENED.label("reopened_at"),
    )
    .join(Person, col(Person.id) == col(Seat.person_id))
    .where(col(Seat.sitting_id) == _SITTING)
    .order_by(col(Seat.number))
)
_PROGRESS = (
    sa.select(
        col(Answer.seat_id),
        sa.func.sum(sa.case((col(Answer.choice) != "", 1), else_=0)),
        sa.func.max(col(Answer.saved_at)),
    )
    .where(col(Answer.sitting_id) == _SITTING)
    .group_by(col(Answer.seat_id))
)
_CHECKS = sa.select(col(IdentityCheck.seat_id), col(IdentityCheck.outcome)).where(
    col(IdentityCheck.sitting_id) == _SITTING
)


def view(session: Session, sitting_id: int) -> SittingView | None:
    """One sitting with its class, room and exam point."""
    found = session.execute(_VIEW, {"sitting": sitting_id}).first()
    return SittingView(*found) if found is not None else None


def _places(session: Session, sitting: Sitting, ledger: Ledger, now: datetime) -> list[Place]:
    progress = {
        seat_id: (int(answered), last)
        for seat_id, answered, last in session.execute(_PROGRESS, {"sitting": sitting.id})
    }
    checks = {row[0]: row[1] for row in session.execute(_CHECKS, {"sitting": sitting.id})}
    granted = arrangements(session, sitting.class_id)
    papers = on_paper.stages(session, sitting.id or 0)
    plan = planned(sitting)
    course = Course(sitting.began_at, sitting.extra_seconds, sitting.paused_at, sitting.entry_seconds)
    places = []
    for row in session.execute(_SEATS, {"sitting": sitting.id}):
        at = phases.times(plan, course, now, Course(None, row.extra_seconds, row.paused_at))
        state = seats.state(_events(row), at, now)
        answered, last = progress.get(row.id, (0, None))
        due_at = recheck_due_at(sitting, row.id) if state is SeatState.WORKING and row.id not in checks else None
        places.append(
            Place(
                seat_id=row.id,
                number=row.number,
                name=row.name,
                citizen_id_masked=row.citizen_id_masked,
                at=at,
                state=state,
                open=row.admitted_at is not None and row.handed_in_at is None,
                refusal=row.refusal,
                handed_in_by=row.handed_in_by,
                failed_attempts=row.failed_attempts,
                answered=answered,
                last_saved_at=last,
                sign=ledger.signs.get(row.id),
                loss=ledger.loss(row.id, Work(at, state, row.started_at, row.handed_in_at)),
                extra_minutes=ledger.minutes(row.id),
                paused=row.paused_at is not None,
                due_at=due_at if due_at is not None and now >= due_at else None,
                rechecked=checks.get(row.id),
                arrangement=granted.get(row.trainee_id),
                paper=papers.get(row.id),
                reopening=row.reopening,
                reopened_at=row.reopened_at,
            )
        )
    return places


def _events(row: Any) -> SeatEvents:
    terminated = row.handed_in_by == HandedInBy.TERMINATION
    return SeatEvents(row.admitted_at, row.refused_at, row.started_at, row.handed_in_at, terminated, row.on_paper_at)


def recheck_due_at(sitting: Sitting, seat_id: int) -> datetime:
    """When a seat's identity is to be looked at again.

    Drawn within the duration as it was when the room began: extra minutes and pauses must not move it.
    """
    return _due_at(planned(sitting), sitting.began_at, f"{sitting.id}/{seat_id}")


@lru_cache(maxsize=4096)
def _due_at(plan: Times, began_at: datetime | None, place: str) -> datetime:
    begun = phases.times(plan, Course(began_at), plan.starts_at)
    return room.recheck_at(begun, sealing.blind_index(place, purpose="recheck").encode())


def arrangements(session: Session, class_id: int) -> dict[int, Arrangement]:
    """What has been approved for individual trainees of a class, by trainee."""
    statement = select(Arrangement).where(Arrangement.class_id == class_id, col(Arrangement.approved).is_(True))
    return {row.trainee_id: row for row in session.exec(statement)}


def _pause_reason(session: Session, sitting: Sitting) -> str:
    statement = select(Pause.reason).where(
        Pause.sitting_id == sitting.id, col(Pause.seat_id).is_(None), col(Pause.resumed_at).is_(None)
    )
    return session.exec(statement).first() or ""
