"""Reads on editions of a class's results, and on the people and results that their counts are made of."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Organisation
from service.programme.tables import ClassLecturer, Enrolment, Trainee
from service.results.queries import current
from service.results.rules import ResultState, Verdict
from service.results.rules.counting import COUNTED, Attempt, Counts, Group
from service.results.tables import CountEntry, Edition, Participant, Result
from service.sittings.tables import Seat, Sitting


def last(session: Session, class_id: int) -> Edition | None:
    """The newest edition of a class's results."""
    statement = select(Edition).where(Edition.class_id == class_id).order_by(col(Edition.number).desc()).limit(1)
    return session.exec(statement).first()


def of_class(session: Session, class_id: int) -> list[Edition]:
    """All editions of a class's results, in their order."""
    return list(session.exec(select(Edition).where(Edition.class_id == class_id).order_by(col(Edition.number))))


def newest(session: Session) -> int:
    """The number of the newest edition of all: the version of the results that an answer rests on; 0 before any."""
    return session.exec(select(sa.func.max(Edition.id))).one() or 0


def hands_on(session: Session, class_id: int) -> frozenset[int]:
    """Everybody who confirmed or published results of a class; who only corrected them afterwards is not among them."""
    marked = Result.class_id == class_id, col(Result.version) == col(Result.rests_on)
    made = select(Result.confirmed_by, Result.published_by).where(*marked)
    return frozenset(one for pair in session.exec(made) for one in pair if one is not None)


def published(session: Session, class_id: int) -> list[Result]:
    """The published results of a class, the newest version of each seat."""
    statement = select(Result).where(Result.class_id == class_id, Result.state == ResultState.PUBLISHED, current())
    return list(session.exec(statement.order_by(col(Result.seat_id))))


def attempts(session: Session, class_id: int) -> dict[int, list[tuple[datetime, Attempt]]]:
    """The published exams of everybody in a class by trainee, in the order in which they were sat, and when."""
    statement = (
        sa.select(col(Sitting.starts_at), col(Result.trainee_id), col(Result.verdict), col(Seat.handed_in_at))
        .join(Seat, col(Seat.id) == col(Result.seat_id))
        .join(Sitting, col(Sitting.id) == col(Result.sitting_id))
        .where(col(Result.class_id) == class_id, col(Result.state) == ResultState.PUBLISHED, current())
        .order_by(col(Sitting.starts_at), col(Result.id))
    )
    found: dict[int, list[tuple[datetime, Attempt]]] = defaultdict(list)
    for starts_at, trainee_id, verdict, handed_in_at in session.execute(statement):
        found[trainee_id].append((starts_at, Attempt(Verdict(verdict), handed_in_at is not None)))
    return found


def roster(session: Session, class_id: int) -> dict[int, tuple[int, str]]:
    """Everybody on the roster by trainee, with the enterprise where they work now and its county."""
    statement = (
        select(Trainee.id, Trainee.enterprise_id, Organisation.county)
        .join(Enrolment, col(Enrolment.trainee_id) == col(Trainee.id))
        .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
        .where(Enrolment.class_id == class_id)
    )
    return {trainee: (enterprise, county) for trainee, enterprise, county in session.exec(statement) if trainee}


def participants(session: Session, class_id: int) -> dict[int, Participant]:
    """Who was counted in a class, by trainee."""
    rows = session.exec(select(Participant).where(Participant.class_id == class_id))
    return {row.trainee_id: row for row in rows}


def counted(session: Session, class_id: int) -> dict[Group, Counts]:
    """The counts of a class as its editions have added them up."""
    groups = [col(getattr(CountEntry, name)) for name in ("enterprise_id", "county", "month", "imported")]
    sums = [sa.func.sum(col(getattr(CountEntry, name))) for name in COUNTED]
    statement: Any = sa.select(*groups, *sums).where(col(CountEntry.class_id) == class_id).group_by(*groups)
    return {Group(*row[:4]): Counts(*map(int, row[4:])) for row in session.execute(statement)}


def lecturers(session: Session, class_id: int) -> list[int]:
    """Who taught a class."""
    return list(session.exec(select(ClassLecturer.lecturer_id).where(ClassLecturer.class_id == class_id)))


def editions_of(session: Session, class_ids: Collection[int]) -> dict[int, int]:
    """The number of the newest edition of each of these classes."""
    statement = select(Edition.class_id, sa.func.max(Edition.number)).where(col(Edition.class_id).in_(class_ids))
    return dict(session.exec(statement.group_by(col(Edition.class_id))).all())
