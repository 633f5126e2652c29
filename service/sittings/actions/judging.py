"""Judging a sitting before it is planned or moved: everything that stands in its way, as :mod:`rules.scheduling` says.

Pages ask the same questions without any lock while a form is being filled in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.kernel import clock, errors
from service.kernel.decision import Decision
from service.papers import queries as papers
from service.papers.rules import blueprint
from service.papers.rules.states import Form
from service.papers.tables import PaperForm
from service.programme.queries import classes as programme
from service.programme.tables import TrainingClass
from service.sittings import queries
from service.sittings.queries import granting, places, scheduling
from service.sittings.rules import phases
from service.sittings.rules import places as place_rules
from service.sittings.rules import scheduling as rules
from service.sittings.rules.phases import Times
from service.sittings.rules.scheduling import Place, Proposal
from service.sittings.tables import ExamPoint, Room, Sitting

# Not stated by the commissioning document; only for a class whose role has no blueprint yet.
USUAL_MINUTES = 90


@dataclass(frozen=True, slots=True)
class Wish:
    """A new sitting as somebody asks for it; without late minutes those of the rules of rooms count."""

    class_id: int
    room_id: int
    starts_at: datetime
    late_minutes: int | None = None
    letter: Form = Form.A
    part: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of looking at a wish: what stands in its way, and what the sitting would be."""

    conflicts: tuple[Decision, ...]
    at: Times
    form: PaperForm | None
    late_minutes: int

    @property
    def duration_minutes(self) -> int:
        return int((self.at.ends_at - self.at.starts_at).total_seconds() // 60)


def judge_new(session: Session, wish: Wish, *, now: datetime, lock: bool = False) -> Judged:
    """Everything that stands in the way of a new sitting; the duration is the blueprint's.

    Raises:
        NotFound: no such class or room.
    """
    training_class = session.get(TrainingClass, wish.class_id)
    room, point = _room(session, wish.room_id, lock)
    if training_class is None:
        raise errors.NotFound()
    form, minutes = _form(session, training_class, wish.letter)

    in_force = places.rules_on(session, clock.local(wish.starts_at).date())
    late = in_force.late_minutes if wish.late_minutes is None else wish.late_minutes
    at = phases.planned(wish.starts_at, minutes, late)
    trainees = _to_be_seated(session, training_class, now)
    people, granted = set(trainees.values()), _granted(session, wish.class_id, trainees)
    taken = phases.lengthened(at, granted)
    busy = scheduling.bookings_of_candidates(session, people, taken)
    wanted = Proposal(
        at=at,
        class_name=training_class.name,
        ends_on=training_class.ends_on,
        people=len(people),
        sealed=_still_sealed(form),
        whole=not wish.part,
        candidates=tuple(busy.values()),
        granted=granted,
    )
    found = rules.conflicts(wanted, _place(session, room, point, taken), in_force, now)
    return Judged(tuple(found), at, form, late)


def judge_move(
    session: Session, sitting: Sitting, room_id: int, starts_at: datetime, *, now: datetime, lock: bool = False
) -> list[Decision]:
    """Everything that stands in the way of another room or time for a sitting with its proctors and its seats.

    Raises:
        NotFound: no such room.
    """
    room, point = _room(session, room_id, lock)
    training_class = session.get_one(TrainingClass, sitting.class_id)
    at = phases.planned(starts_at, sitting.duration_minutes, sitting.late_minutes)
    proctors = queries.proctors(session, sitting.id or 0)
    if lock:
        scheduling.lock_people(session, proctors)
    seated = {seat.person_id for seat in queries.seats_of(session, sitting.id or 0)}
    granted = _granted_there(session, sitting)
    taken = phases.lengthened(at, granted)
    elsewhere = scheduling.bookings_of_proctors(session, proctors, taken, apart_from=sitting.id)
    busy = scheduling.bookings_of_candidates(session, seated, taken, apart_from=sitting.id)
    form = papers.form(session, sitting.form_id) if sitting.form_id is not None else None
    wanted = Proposal(
        at=at,
        class_name=training_class.name,
        ends_on=training_class.ends_on,
        people=len(seated),
        sealed=_still_sealed(form),
        rehearsal=sitting.rehearsal,
        proctors=tuple(one for bound in elsewhere.values() for one in bound),
        candidates=() if sitting.rehearsal else tuple(busy.values()),
        granted=granted,
    )
    in_force = places.rules_on(session, clock.local(starts_at).date())
    found = rules.conflicts(wanted, _place(session, room, point, taken, sitting.id), in_force, now)
    return found + _tied(session, proctors, sitting.class_id)


def judge_moving(
    session: Session, sitting_id: int, room_id: int, starts_at: datetime, *, now: datetime
) -> tuple[list[Decision], Times]:
    """What :func:`judge_move` says, and whether the sitting may be moved at all by now; for pages, without a lock."""
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    movable = rules.may_change(queries.planned(sitting), now, cancelled=sitting.cancelled_at is not None)
    found = judge_move(session, sitting, room_id, starts_at, now=now)
    at = phases.planned(starts_at, sitting.duration_minutes, sitting.late_minutes)
    return ([movable] if not movable.allowed else []) + found, at


def judge_standing(session: Session, sitting: Sitting) -> list[Decision]:
    """What has come into the way of a sitting since it was planned, as when somebody was granted more time later."""
    training_class = session.get_one(TrainingClass, sitting.class_id)
    room, point = _room(session, sitting.room_id, False)
    taken, proctors = scheduling.taken(session, sitting), queries.proctors(session, sitting.id or 0)
    elsewhere = scheduling.bookings_of_proctors(session, proctors, taken, apart_from=sitting.id)
    held = Proposal(
        at=taken,
        class_name=training_class.name,
        ends_on=training_class.ends_on,
        people=0,
        sealed=True,
        proctors=tuple(one for bound in elsewhere.values() for one in bound),
    )
    return rules.standing(held, _place(session, room, point, taken, sitting.id))


def judge_granted(session: Session, class_id: int, trainee_id: int, *, now: datetime) -> list[Decision]:
    """What the minutes granted to a trainee run into, in every sitting of the class that is not over."""
    found = granting.sittings_of(session, class_id, trainee_id)
    return [
        one
        for sitting in found
        if now < queries.times_of(sitting, now).ends_at
        for one in judge_standing(session, sitting)
    ]


def _granted(session: Session, class_id: int, trainees: Mapping[int, int]) -> int:
    """The longest time granted to one of these trainees; who sits alone keeps no other room waiting."""
    approved = {one: row for one, row in granting.approved(session, class_id).items() if one in trainees}
    together = [row for row in approved.values() if not row.separate_room or len(trainees) == 1]
    return max((row.extra_minutes * 60 for row in together), default=0)


def _granted_there(session: Session, sitting: Sitting) -> int:
    taken, plan = scheduling.taken(session, sitting), queries.planned(sitting)
    return int((taken.ends_at - plan.ends_at).total_seconds())


def _tied(session: Session, proctors: frozenset[int], class_id: int) -> list[Decision]:
    """What separation says today of the proctors who were assigned on another day."""
    subject = f"class:{class_id}"
    decisions = [using.may_use_duty(session, person_id, Duty.PROCTOR, subject) for person_id in sorted(proctors)]
    return [one for found in decisions for one in found if not one.allowed]


def _form(session: Session, training_class: TrainingClass, letter: Form) -> tuple[PaperForm | None, int]:
    """The form that would be sat, and how long it takes: by the paper's blueprint, without a paper by the role's."""
    paper = papers.paper_of_class(session, training_class.id or 0)
    if paper is not None:
        body = papers.blueprint_by_id(session, paper.blueprint_id).body
        return papers.forms(session, paper.id or 0).get(letter), blueprint.parse(body).duration_minutes
    newest = papers.blueprint(session, TraineeRole(training_class.role))
    return None, blueprint.parse(newest.body).duration_minutes if newest is not None else USUAL_MINUTES


def _room(session: Session, room_id: int, lock: bool) -> tuple[Room, ExamPoint]:
    found = scheduling.lock_room(session, room_id) if lock else None
    room = found[0] if found is not None else queries.room(session, room_id)
    if room is None:
        raise errors.NotFound()
    return room, session.get_one(ExamPoint, room.exam_point_id)


def _place(session: Session, room: Room, point: ExamPoint, at: Times, apart_from: int | None = None) -> Place:
    return Place(
        name=f"{point.name} · {room.name}",
        capacity=room.capacity,
        opens=point.opens,
        closes=point.closes,
        ready=place_rules.still_ready(point.ready_at, at.starts_at),
        bookings=scheduling.bookings_of_room(session, room.id or 0, at, apart_from=apart_from),
    )


def _still_sealed(form: PaperForm | None) -> bool:
    return form is not None and form.sealed is not None and form.opened_at is None


def _to_be_seated(session: Session, training_class: TrainingClass, now: datetime) -> dict[int, int]:
    """The persons of a class who still need a seat, by trainee: while it runs everybody, then whoever attended it."""
    class_id = training_class.id or 0
    seated = {seat.trainee_id for seat in queries.seats_of_class(session, class_id)}
    attended = programme.hours(session, class_id)
    over = clock.local(now).date() > training_class.ends_on
    return {
        line.trainee.id or 0: line.person.id or 0
        for line in programme.roster(session, class_id)
        if line.trainee.id not in seated and (not over or line.trainee.id in attended)
    }
