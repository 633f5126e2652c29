"""Putting people on the roster of a class from an uploaded sheet, and their photographs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import administering, using
from service.access.queries import makers
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing
from service.kernel.pictures import Picture
from service.programme.actions import spreadsheet
from service.programme.queries import classes
from service.programme.queries import registering as queries
from service.programme.rules import enrolling, roster
from service.programme.rules.enrolling import ClassTerms, Known
from service.programme.rules.roster import Fault, Line
from service.programme.tables import Enrolment, Trainee, TrainingClass


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do: people put on the roster, people who were on it, faults by row.

    ``written`` tells an import from a rehearsal and from a refusal; ``refused`` that faults kept everybody out.
    """

    kept: int
    unchanged: int
    faults: tuple[Fault, ...]
    written: bool = False
    refused: bool = False


Registered = Mapping[str, tuple[Person, Trainee | None]]


def import_roster(
    session: Session,
    actor: Actor,
    class_id: int,
    content: bytes,
    *,
    keep_good: bool,
    dry_run: bool = False,
    now: datetime,
) -> ImportReport:
    """Enrol the people of an xlsx sheet; with ``keep_good`` the sound rows, otherwise all rows or none.

    Raises:
        Malformed: the file cannot be read as a roster at all; faults in rows are reported, not raised.
    """
    # Read before the first query: on SQLite that query takes the write lock, and a large sheet would keep
    # candidates' answers waiting.
    sheet = roster.parse(spreadsheet.rows_of(content), today=clock.local(now).date())
    training_class = session.get(TrainingClass, class_id, with_for_update=True)
    if training_class is None:
        raise errors.NotFound()
    registered = _registered(session, sheet.lines)
    makers.lock(session, [person.id or 0 for person, _ in registered.values()])

    using.require_right(actor, Right.PROGRAMME_PLAN)

    terms = _terms(session, training_class)
    verdict = enrolling.judge(sheet, terms, _known(session, training_class, registered, now))
    refused = bool(verdict.faults) and not keep_good
    report = ImportReport(0 if refused else len(verdict.good), len(verdict.unchanged), verdict.faults, refused=refused)
    if dry_run or report.kept == 0:
        return report

    enrolled = [_enrol(session, training_class, line, terms, registered, now) for line in verdict.good]
    session.flush()

    data = {"trainees": enrolled, "faults": len(verdict.faults), "file": sealing.digest(content)}
    record(session, Event.ROSTER_IMPORTED, actor.label, f"class:{class_id}", now=now, data=data)
    return replace(report, written=True)


def _registered(session: Session, lines: Iterable[Line]) -> Registered:
    """Persons and trainees of the sheet who are known already, by citizen id."""
    indexes = {
        index: line.citizen_id
        for line in lines
        for index in sealing.blind_indexes(line.citizen_id, purpose="citizen-id")
    }
    return {indexes[index]: found for index, found in queries.people(session, indexes).items()}


def _terms(session: Session, training_class: TrainingClass) -> ClassTerms:
    enterprises = {roster.fold(name): found for name, found in queries.enterprises(session).items()}
    return ClassTerms(training_class.code, TraineeRole(training_class.role), enterprises)


def _known(session: Session, training_class: TrainingClass, registered: Registered, now: datetime) -> dict[str, Known]:
    people = {person.id or 0 for person, _ in registered.values()}
    made = makers.made(session, people, ended_after=using.ended_after(clock.local(now).date()))
    codes = queries.class_codes(session, training_class.plan_year)
    deeds = queries.deeds(session, f"class:{training_class.id}")
    return {
        citizen_id: Known(
            name=person.name,
            enterprise_id=trainee.enterprise_id if trainee else None,
            class_code=codes.get(trainee.id or 0, "") if trainee else "",
            deeds=deeds.get(person.id or 0, frozenset()),
            made=frozenset(made[person.id or 0]),
        )
        for citizen_id, (person, trainee) in registered.items()
    }


def _enrol(
    session: Session,
    training_class: TrainingClass,
    line: Line,
    terms: ClassTerms,
    registered: Registered,
    now: datetime,
) -> int:
    """Put one person on the roster; their trainee row follows where they work and what they do now."""
    person, trainee = registered.get(line.citizen_id) or (None, None)
    person = person or administering.person_for(session, line.name, line.citizen_id)
    assert person.id is not None
    assert training_class.id is not None
    fields: dict[str, Any] = {
        "enterprise_id": terms.enterprises[line.enterprise],
        "role": terms.role,
        "phone_sealed": sealing.encrypt_personal(line.phone, bound_to=f"programme_trainee:{person.id}"),
        "key_id": sealing.person_key_id(),
    }
    trainee = trainee or Trainee(person_id=person.id, **fields)
    trainee.sqlmodel_update(fields)
    session.add(trainee)
    session.flush()
    assert trainee.id is not None
    session.add(
        Enrolment(
            class_id=training_class.id, plan_year=training_class.plan_year, trainee_id=trainee.id, enrolled_at=now
        )
    )
    # Whoever sits the exam of a class can never hold an exam duty for it (五(三)).
    using.note_deed(session, person.id, Duty.SIT, f"class:{training_class.id}", now=now)
    return trainee.id


def set_photo(session: Session, actor: Actor, trainee_id: int, photo: Picture, *, now: datetime) -> Trainee:
    """Keep a trainee's photograph (``photos.fitting``), in place of an earlier one."""
    trainee = session.get(Trainee, trainee_id)
    if trainee is None:
        raise errors.NotFound()

    using.require_right(actor, Right.PROGRAMME_PLAN)

    trainee.photo_sealed = sealing.encrypt_picture(photo.content, bound_to=classes.photo_place(trainee_id))
    trainee.photo_type, trainee.photo_key_id = photo.media_type, sealing.person_key_id()
    session.add(trainee)
    session.flush()

    data = {"photo": photo.digest, "photo_type": photo.media_type}
    record(session, Event.PHOTO_SET, actor.label, f"trainee:{trainee_id}", now=now, data=data)
    return trainee
