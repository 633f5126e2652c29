"""What waits to be marked and who could go on; and, for those who confirm, publish or audit, all marks that were given.

Markers are shown how far their classes are. Marks are shown beside the number of a text and the name of who gave them,
and not beside the name of a candidate: whoever decides an appeal is shown those of its seat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal
from service.programme.tables import TrainingClass
from service.results.queries import markers
from service.results.queries import written as queries
from service.results.queries.written import Progress
from service.results.tables import Script, ScriptMark

# As many of their own marks as a marker is shown.
LATEST = 20


@dataclass(frozen=True, slots=True)
class Queue:
    """A class with scripts, how far it is, and whether this person may mark it."""

    training_class: TrainingClass
    progress: Progress
    may: Decision


def queues(session: Session, actor: Actor) -> list[Queue]:
    """The classes that have scripts for people to mark, those with something open first."""
    using.require_right(actor, Right.RESULTS_MARK)
    assert actor.person_id is not None
    found = [
        Queue(
            session.get_one(TrainingClass, class_id),
            progress,
            first_refusal(*using.may_use_duty(session, actor.person_id, Duty.MARK, f"class:{class_id}")),
        )
        for class_id, progress in queries.progress(session, actor.person_id).items()
    ]
    return sorted(found, key=lambda one: (one.progress.settled == one.progress.total, one.training_class.code))


def queue(session: Session, actor: Actor, class_id: int) -> Queue:
    """One class as :func:`queues` has it.

    Raises:
        NotFound: no such class, or nothing in it that people mark.
    """
    found = next((one for one in queues(session, actor) if one.training_class.id == class_id), None)
    if found is None:
        raise errors.NotFound()
    return found


def latest(session: Session, actor: Actor, class_id: int) -> list[tuple[Script, ScriptMark, bool]]:
    """What a marker gave last, and whether they may still amend it."""
    using.require_right(actor, Right.RESULTS_MARK)
    assert actor.person_id is not None
    return queries.own(session, class_id, actor.person_id, most=LATEST)


def own_mark(session: Session, mark: ScriptMark) -> tuple[Script, ScriptMark, bool]:
    """A mark that was just put down, as :func:`latest` has it."""
    script = session.get_one(Script, mark.script_id)
    alone = len(queries.marks(session, [mark.script_id])[mark.script_id]) == 1
    return script, mark, alone and script.settled_at is None


@dataclass(frozen=True, slots=True)
class Marked:
    """A script with the marks that count, and who gave them."""

    script: Script
    marks: list[ScriptMark]
    markers: dict[int, str]


def read_marks(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[Marked]:
    """All marks of a class's scripts; looking at them goes on record.

    Raises:
        NotFound: no such class.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_MARKS)

    found = _marked(session, queries.of_class(session, class_id))

    record(
        session,
        Event.SCRIPT_MARKS_READ,
        actor.label,
        f"class:{class_id}",
        now=now,
        data={"scripts": len(found)},
    )
    return found


def of_seat(session: Session, actor: Actor, seat_id: int) -> list[Marked]:
    """The marks of one seat's scripts, for whoever looks into an appeal; the caller has checked that they may."""
    using.require_right(actor, Right.RESULTS_UNPUBLISHED)
    return _marked(session, queries.of_seat(session, seat_id))


def _marked(session: Session, scripts: Sequence[Script]) -> list[Marked]:
    marks = queries.marks(session, [one.id or 0 for one in scripts])
    names = markers.names(session, {mark.marked_by for found in marks.values() for mark in found})
    return [Marked(one, marks.get(one.id or 0, []), names) for one in scripts]


def able(session: Session, class_id: int) -> list[str]:
    """Who could go on for a class: those who hold the duty, whom nothing keeps from it, and who have not marked all."""
    return [
        name
        for person_id, name in markers.holders(session, Duty.MARK)
        if queries.waits_for(session, class_id, person_id)
        and first_refusal(*using.may_use_duty(session, person_id, Duty.MARK, f"class:{class_id}")).allowed
    ]
