"""Reads on results obtained elsewhere: files, rows, what counts, and what is known of the people of a class."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.tables import Organisation, Person
from service.programme.tables import Enrolment, Trainee, TrainingClass
from service.results.queries import resitting
from service.results.rules import Standing, Verdict, VoidingState
from service.results.rules.elsewhere import FileState, Known
from service.results.tables import ExternalFile, ExternalResult, ExternalVoiding
from service.sittings.tables import Seat, Sitting


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file with its class, who brought it and who decided it."""

    file: ExternalFile
    training_class: TrainingClass
    bringer: str
    decider: str | None


@dataclass(frozen=True, slots=True)
class ExternalLine:
    """A row of a file with whose it is, what it counts as now, and the proposal that waits, if one does."""

    external: ExternalResult
    file: ExternalFile
    bringer: str
    person: Person
    enterprise: Organisation
    verdict: Verdict
    waiting: ExternalVoiding | None


def file(session: Session, file_id: int) -> ExternalFile | None:
    """One file, locked: it is about to be decided."""
    return session.get(ExternalFile, file_id, with_for_update=True, populate_existing=True)


def voiding(session: Session, voiding_id: int) -> ExternalVoiding | None:
    """One proposal, locked: it is about to be decided."""
    return session.get(ExternalVoiding, voiding_id, with_for_update=True, populate_existing=True)


def same(session: Session, class_id: int, digest: str) -> ExternalFile | None:
    """The file of a class with this digest, unless it was refused."""
    statement = select(ExternalFile).where(ExternalFile.class_id == class_id, ExternalFile.digest == digest)
    return session.exec(statement.where(ExternalFile.state != FileState.REFUSED)).first()


def listing(*, class_id: int | None = None, state: FileState | None = None, apart_from: Collection[int] = ()) -> Any:
    """The files of all classes or of one, the newest first, as a select of the fields of a :class:`FileLine`; without
    those of the classes that whoever reads keeps away from.
    """
    bringer, decider = aliased(Person), aliased(Person)
    statement: Any = (
        sa.select(ExternalFile, TrainingClass, bringer.name, decider.name)  # type: ignore[call-overload]
        .join(TrainingClass, col(TrainingClass.id) == col(ExternalFile.class_id))
        .join(bringer, col(bringer.id) == col(ExternalFile.brought_by))
        .outerjoin(decider, col(decider.id) == col(ExternalFile.decided_by))
        .where(col(ExternalFile.class_id).not_in(apart_from))
        .order_by(col(ExternalFile.id).desc())
    )
    if class_id is not None:
        statement = statement.where(col(ExternalFile.class_id) == class_id)
    return statement if state is None else statement.where(col(ExternalFile.state) == state)


def results_of(session: Session, file_id: int) -> list[ExternalResult]:
    """The rows of a file, in their order."""
    statement = select(ExternalResult).where(ExternalResult.file_id == file_id).order_by(col(ExternalResult.row))
    return list(session.exec(statement))


def _decisions(session: Session, class_ids: Collection[int]) -> dict[int, list[ExternalVoiding]]:
    statement = (
        select(ExternalVoiding)
        .join(ExternalResult, col(ExternalResult.id) == col(ExternalVoiding.external_id))
        .where(col(ExternalResult.class_id).in_(class_ids))
        .order_by(col(ExternalVoiding.id))
    )
    found: dict[int, list[ExternalVoiding]] = defaultdict(list)
    for row in session.exec(statement):
        found[row.external_id].append(row)
    return found


def _verdict(row: ExternalResult, made: Collection[ExternalVoiding]) -> Verdict:
    upheld = [one for one in made if one.state == VoidingState.UPHELD]
    return Verdict.VOID if upheld and upheld[-1].wanted == Standing.VOID else Verdict(row.verdict)


def lines(session: Session, file_ids: Collection[int]) -> dict[int, list[ExternalLine]]:
    """The rows of files by file, in their order."""
    bringer = aliased(Person)
    statement = (
        sa.select(ExternalResult, ExternalFile, bringer.name, Person, Organisation)  # type: ignore[call-overload]
        .join(ExternalFile, col(ExternalFile.id) == col(ExternalResult.file_id))
        .join(bringer, col(bringer.id) == col(ExternalFile.brought_by))
        .join(Trainee, col(Trainee.id) == col(ExternalResult.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
        .where(col(ExternalResult.file_id).in_(file_ids))
        .order_by(col(ExternalResult.file_id), col(ExternalResult.row))
    )
    rows = session.execute(statement).all()
    decisions = _decisions(session, {row[0].class_id for row in rows})
    found: dict[int, list[ExternalLine]] = defaultdict(list)
    for row, of, name, person, enterprise in rows:
        made = decisions.get(row.id, [])
        waiting = next((one for one in made if one.state == VoidingState.PROPOSED), None)
        found[row.file_id].append(ExternalLine(row, of, name, person, enterprise, _verdict(row, made), waiting))
    return found


def line(session: Session, external_id: int) -> ExternalLine | None:
    """One row of a file."""
    row = session.get(ExternalResult, external_id)
    found = lines(session, [row.file_id])[row.file_id] if row is not None else []
    return next((one for one in found if one.external.id == external_id), None)


def counting(session: Session, class_id: int) -> list[ExternalLine]:
    """The results from elsewhere that count in a class: those of confirmed files, void ones included."""
    statement = select(ExternalFile.id).where(
        ExternalFile.class_id == class_id, ExternalFile.state == FileState.CONFIRMED
    )
    found = lines(session, [one for one in session.exec(statement) if one is not None])
    return [one for rows in found.values() for one in rows]


def of_trainee(session: Session, class_id: int, trainee_id: int) -> list[ExternalLine]:
    """The results from elsewhere of one person that count in a class, by the day on which they were obtained."""
    found = [one for one in counting(session, class_id) if one.external.trainee_id == trainee_id]
    return sorted(found, key=lambda one: one.external.taken_on)


def verdicts(session: Session, class_id: int) -> dict[int, list[tuple[date, Verdict]]]:
    """The results from elsewhere that count in a class, by trainee."""
    found: dict[int, list[tuple[date, Verdict]]] = defaultdict(list)
    for one in counting(session, class_id):
        found[one.external.trainee_id].append((one.external.taken_on, one.verdict))
    return found


def tickets(session: Session, class_id: int, numbers: Collection[str]) -> dict[str, int]:
    """Whose these tickets of sittings of a class are or were: the trainee by the number."""
    statement = (
        select(Seat.ticket_number, Seat.trainee_id)
        .join(Sitting, col(Sitting.id) == col(Seat.sitting_id))
        .where(Sitting.class_id == class_id, col(Seat.ticket_number).in_(numbers))
    )
    return dict(session.exec(statement).all())


def roster(session: Session, class_id: int, *, apart_from: int = 0) -> dict[str, Known]:
    """What is known of the people of a class by the index of their citizen id; one file may be left out of account."""
    statement = (
        select(Trainee.id, Person.name, Person.citizen_id_index)
        .join(Enrolment, col(Enrolment.trainee_id) == col(Trainee.id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .where(Enrolment.class_id == class_id)
    )
    sat = resitting.seats(session, class_id)
    taken = (
        select(ExternalResult.trainee_id)
        .join(ExternalFile, col(ExternalFile.id) == col(ExternalResult.file_id))
        .where(ExternalFile.class_id == class_id, ExternalFile.state != FileState.REFUSED)
    )
    brought = set(session.exec(taken.where(ExternalFile.id != apart_from)))
    found = {}
    for trainee_id, name, index in session.exec(statement):
        exams = [exam for _, exam in sat.get(trainee_id or 0, [])]
        published = tuple(one.verdict for one in exams if one is not None)
        found[index] = Known(trainee_id or 0, name, published, len(published) < len(exams), trainee_id in brought)
    return found
