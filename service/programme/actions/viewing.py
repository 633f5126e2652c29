"""Looking at classes and rosters, as far as the actor's reach goes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.kernel import errors
from service.kernel.decision import Decision
from service.programme.queries import classes as queries
from service.programme.queries.classes import ClassLine, RosterLine
from service.programme.rules import hours
from service.programme.rules.hours import Mode
from service.programme.tables import TrainingClass


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person of a roster with the hours so far and whether they are enough."""

    line: RosterLine
    hours: Mapping[Mode, int]
    met: Decision


def view_class(session: Session, actor: Actor, class_id: int) -> ClassLine:
    """One class.

    Raises:
        NotFound: no such class, or none of the actor's people in it.
    """
    using.require_reach(actor, Right.PROGRAMME_VIEW, queries.class_subject(session, class_id))
    found = next(iter(queries.visible(session, actor, class_id=class_id)), None)
    if found is None:
        raise errors.NotFound()
    return found


def view_roster(session: Session, actor: Actor, class_id: int) -> list[Attendee]:
    """The people of a class whom the actor may see, with their hours.

    Raises:
        NotFound: no such class, or none of the actor's people in it.
    """
    training_class = view_class(session, actor, class_id).training_class
    gained = queries.hours(session, class_id)
    return [_attendee(training_class, line, gained) for line in queries.roster(session, class_id, seen_by=actor)]


def _attendee(training_class: TrainingClass, line: RosterLine, gained: Mapping[int, Mapping[Mode, int]]) -> Attendee:
    by_mode = gained.get(line.trainee.id or 0, {})
    return Attendee(line, by_mode, hours.hours_met(TraineeRole(training_class.role), by_mode))
