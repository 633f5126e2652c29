"""Reads on sittings, seats, answers and the board."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from service.access.rules.policy import Subject
from service.access.tables import Person
from service.programme.tables import TrainingClass
from service.sittings.rules import phases, seats
from service.sittings.rules.phases import Times
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState
from service.sittings.tables import Answer, ExamPoint, Incident, Proctor, Room, Scan, Seat, Sitting

# Of a sitting's proctors those who have not been relieved: only they count, and only their reach leads into the room.
ON_DUTY = col(Proctor.relieved_at).is_(None)


def exam_points(session: Session) -> list[tuple[ExamPoint, Room]]:
    """All rooms with their exam point."""
    statement = select(ExamPoint, Room).join(Room, col(Room.exam_point_id) == col(ExamPoint.id))
    return list(session.exec(statement.order_by(ExamPoint.name, Room.name)))


def room(session: Session, room_id: int) -> Room | None:
    return session.get(Room, room_id)


def sitting(session: Session, sitting_id: int, *, lock: bool = False) -> Sitting | None:
    """One sitting; locked where its proctors or seats are about to be counted and changed."""
    return session.get(Sitting, sitting_id, with_for_update=lock or None, populate_existing=lock)


def planned(row: Sitting) -> Times:
    """The instants as arranged: what rooms and proctors are booked by."""
    return phases.planned(row.starts_at, row.duration_minutes, row.late_minutes)


def times_of(row: Sitting, now: datetime, seat: Seat | None = None) -> Times:
    """The instants of a room as they stand now, or of one seat in it."""
    room = phases.Course(row.began_at, row.extra_seconds, row.paused_at, row.entry_seconds)
    own = phases.Course(None, seat.extra_seconds, seat.paused_at) if seat is not None else phases.UNTOUCHED
    return phases.times(planned(row), room, now, own)


@dataclass(frozen=True, slots=True)
class SittingView:
    """A sitting with what people call it by."""

    sitting: Sitting
    training_class: TrainingClass
    room: Room
    point: ExamPoint

    @property
    def times(self) -> Times:
        """As arranged; what has happened since is :func:`times_of`'s business."""
        return planned(self.sitting)


def views(
    session: Session, *, proctor: int | None = None, class_id: int | None = None, sitting_id: int | None = None
) -> list[SittingView]:
    """Sittings by start: all, those of a proctor, those of a class, or the one named."""
    statement = (
        select(Sitting, TrainingClass, Room, ExamPoint)
        .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
        .join(Room, col(Room.id) == col(Sitting.room_id))
        .join(ExamPoint, col(ExamPoint.id) == col(Room.exam_point_id))
        .order_by(col(Sitting.starts_at).desc(), col(Sitting.id))
    )
    if proctor is not None:
        statement = statement.join(Proctor, col(Proctor.sitting_id) == col(Sitting.id))
        statement = statement.where(Proctor.person_id == proctor, ON_DUTY)
    if class_id is not None:
        statement = statement.where(Sitting.class_id == class_id)
    if sitting_id is not None:
        statement = statement.where(Sitting.id == sitting_id)
    return [SittingView(*row) for row in session.exec(statement)]


def view(session: Session, sitting_id: int) -> SittingView | None:
    """One sitting with its class, room and exam point."""
    return next(iter(views(session, sitting_id=sitting_id)), None)


def sittings_at(session: Session, room_id: int) -> list[Sitting]:
    return list(session.exec(select(Sitting).where(Sitting.room_id == room_id, col(Sitting.cancelled_at).is_(None))))


def sittings_of_proctor(session: Session, person_id: int) -> list[Sitting]:
    statement = select(Sitting).join(Proctor, col(Proctor.sitting_id) == col(Sitting.id))
    return list(
        session.exec(statement.where(Proctor.person_id == person_id, ON_DUTY, col(Sitting.cancelled_at).is_(None)))
    )


def sittings_of_class(session: Session, class_id: int) -> list[Sitting]:
    """The sittings that count: rehearsals and cancelled ones aside."""
    statement = select(Sitting).where(Sitting.class_id == class_id, *_counting())
    return list(session.exec(statement))


def waiting_for(session: Session, form_id: int, now: datetime) -> list[Sitting]:
    """The sittings of a form whose start has passed without the paper being open.

    A form opens once, so none of them has worked on it; one that was switched to it had begun with the other. Minutes
    added and pauses move the end before the opening too: as long as the paper may be opened, it is waited for.
    """
    statement = select(Sitting).where(Sitting.form_id == form_id, col(Sitting.cancelled_at).is_(None))
    found = session.exec(statement.with_for_update().execution_options(populate_existing=True))
    return [one for one in found if one.starts_at < now < times_of(one, now).ends_at]


def _counting() -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Sitting.rehearsal).is_(False), col(Sitting.cancelled_at).is_(None))


def proctors(session: Session, sitting_id: int) -> frozenset[int]:
    """The persons who proctor a sitting, relieved ones aside."""
    return frozenset(session.exec(select(Proctor.person_id).where(Proctor.sitting_id == sitting_id, ON_DUTY)))


def proctor_names(session: Session, sitting_id: int) -> list[str]:
    statement = select(Person.name).join(Proctor, col(Proctor.person_id) == col(Person.id))
    return sorted(session.exec(statement.where(Proctor.sitting_id == sitting_id, ON_DUTY)))


def subject(session: Session, sitting_id: int) -> Subject:
    """What a reach on a sitting is measured against: the proctors assigned to it."""
    return Subject(assigned=proctors(session, sitting_id))


def seat(session: Session, seat_id: int, *, lock: bool = False) -> Seat | None:
    """One seat; locked where its events are about to be judged and changed."""
    return session.exec(_locked(select(Seat).where(Seat.id == seat_id), lock)).first()


def seat_by_ticket(session: Session, ticket_number: str, *, lock: bool = False) -> Seat | None:
    return session.exec(_locked(select(Seat).where(Seat.ticket_number == ticket_number), lock)).first()


def _locked(statement: SelectOfScalar[Seat], lock: bool) -> SelectOfScalar[Seat]:
    # What waited for the lock must see what the holder did, also where the session has read the row before.
    return statement.with_for_update().execution_options(populate_existing=True) if lock else statement


def seats_of(session: Session, sitting_id: int) -> list[Seat]:
    """The seats of a sitting by number."""
    return list(session.exec(select(Seat).where(Seat.sitting_id == sitting_id).order_by(col(Seat.number))))


def seats_of_class(session: Session, class_id: int) -> list[Seat]:
    """The seats of all sittings of a class that count."""
    statement = select(Seat).join(Sitting, col(Sitting.id) == col(Seat.sitting_id))
    return list(session.exec(statement.where(Sitting.class_id == class_id, *_counting()).order_by(col(Seat.id))))


def events_of(row: Seat) -> SeatEvents:
    terminated = row.handed_in_by == HandedInBy.TERMINATION
    return SeatEvents(row.admitted_at, row.refused_at, row.started_at, row.handed_in_at, terminated, row.on_paper_at)


def state_of(row: Seat, of: Sitting, now: datetime) -> SeatState:
    """The state of a seat now."""
    return seats.state(events_of(row), times_of(of, now, row), now)


def answers(session: Session, row: Seat) -> list[Answer]:
    """The answers of a seat by position."""
    statement = select(Answer).where(Answer.sitting_id == row.sitting_id, Answer.seat_id == row.id)
    return list(session.exec(statement.order_by(col(Answer.position))))


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A seat as the proctor's board shows it."""

    seat: Seat
    person: Person
    answered: int
    last_saved_at: datetime | None


def board(session: Session, sitting_id: int) -> list[BoardRow]:
    """All seats of a sitting with names and progress, in two queries."""
    counted = session.exec(
        select(
            Answer.seat_id,
            sa.func.sum(sa.case((col(Answer.choice) != "", 1), else_=0)),
            sa.func.max(Answer.saved_at),
        )
        .where(Answer.sitting_id == sitting_id)
        .group_by(col(Answer.seat_id))
    )
    progress = {seat_id: (int(answered), last) for seat_id, answered, last in counted}
    statement = (
        select(Seat, Person)
        .join(Person, col(Person.id) == col(Seat.person_id))
        .where(Seat.sitting_id == sitting_id)
        .order_by(col(Seat.number))
    )
    return [BoardRow(row, person, *progress.get(row.id or 0, (0, None))) for row, person in session.exec(statement)]


def scan_by_nonce(session: Session, sitting_id: int, nonce: str) -> Scan | None:
    return session.exec(select(Scan).where(Scan.sitting_id == sitting_id, Scan.nonce == nonce)).first()


def last_scan(session: Session, seat_id: int, *, before: str) -> Scan | None:
    """The newest look at a seat's ticket, but for the one with the nonce ``before``."""
    statement = select(Scan).where(Scan.seat_id == seat_id, Scan.nonce != before)
    return session.exec(statement.order_by(col(Scan.id).desc())).first()


def incidents(session: Session, sitting_id: int) -> list[tuple[Incident, int | None]]:
    """The incidents of a sitting, newest first, with the number of the seat they are about."""
    statement = (
        select(Incident, Seat.number)
        .outerjoin(Seat, col(Seat.id) == col(Incident.seat_id))
        .where(Incident.sitting_id == sitting_id)
        .order_by(col(Incident.id).desc())
    )
    return list(session.exec(statement))
