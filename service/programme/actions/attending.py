"""Recording attendance, as the institution that teaches the class does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right, Subject
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors
from service.programme.queries import registering as queries
from service.programme.rules import classes
from service.programme.rules.classes import Attended
from service.programme.rules.hours import Mode
from service.programme.tables import Attendance, TrainingClass


@dataclass(frozen=True, slots=True)
class AttendanceReport:
    """How many entries were new, and how many repeated the record."""

    recorded: int
    unchanged: int


def record_attendance(
    session: Session, actor: Actor, class_id: int, entries: Sequence[Attended], *, now: datetime
) -> AttendanceReport:
    """Record hours of a class: all entries or none; sending the same list again changes nothing.

    Raises:
        NotFound: no such class, or another institution's.
        WrongState: someone not enrolled, a day outside the term or to come, too long a day, or other hours on record.
    """
    training_class = session.get(TrainingClass, class_id, with_for_update=True)
    if training_class is None:
        raise errors.NotFound()
    rows = queries.attendance(session, (entry.trainee_id for entry in entries), (entry.day for entry in entries))

    subject = Subject(organisation_ids=frozenset({training_class.institution_id}))
    using.require_reach(actor, Right.PROGRAMME_ATTENDANCE, subject)

    known = {(row.trainee_id, row.day, Mode(row.mode)): row.hours for row in rows if row.class_id == class_id}
    classes.agrees(entries, known).or_refuse()
    new = classes.unrecorded(entries, known)
    _require_possible(session, training_class, new, now)
    classes.fits_the_day(new, _hours_by_day(rows)).or_refuse()

    _add(session, actor, class_id, new, now)

    if new:
        data = {
            "entries": len(new),
            "hours": sum(entry.hours for entry in new),
            "lines": [_line(entry) for entry in new],
        }
        record(session, Event.ATTENDANCE_RECORDED, actor.label, f"class:{class_id}", now=now, data=data)
    return AttendanceReport(recorded=len(new), unchanged=len(entries) - len(new))


def _require_possible(
    session: Session, training_class: TrainingClass, entries: Sequence[Attended], now: datetime
) -> None:
    assert training_class.id is not None
    enrolled, today = queries.enrolled(session, training_class.id), clock.local(now).date()
    starts_on, ends_on = training_class.starts_on, training_class.ends_on
    for entry in entries:
        classes.may_record(entry, enrolled=enrolled, starts_on=starts_on, ends_on=ends_on, today=today).or_refuse()


def _hours_by_day(rows: Sequence[Attendance]) -> Mapping[tuple[int, date], int]:
    taken: dict[tuple[int, date], int] = {}
    for row in rows:
        taken[row.trainee_id, row.day] = taken.get((row.trainee_id, row.day), 0) + row.hours
    return taken


def _add(session: Session, actor: Actor, class_id: int, entries: Sequence[Attended], now: datetime) -> None:
    assert actor.person_id is not None, "attendance is recorded by a person"
    for entry in entries:
        session.add(
            Attendance(
                class_id=class_id,
                trainee_id=entry.trainee_id,
                day=entry.day,
                mode=entry.mode,
                hours=entry.hours,
                recorded_by=actor.person_id,
                recorded_at=now,
            )
        )
    session.flush()


def _line(entry: Attended) -> str:
    """One entry as the journal keeps it: who, when, how, how long."""
    return f"{entry.trainee_id} {entry.day} {entry.mode} {entry.hours}"
