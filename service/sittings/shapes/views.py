"""Filling the shapes of the exam day from queries, for JSON and for pages alike."""

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.kernel import clock, errors
from service.papers import queries as papers
from service.programme.tables import TrainingClass
from service.sittings import queries
from service.sittings.actions import asking, sitting_exam
from service.sittings.queries import SittingView
from service.sittings.rules import phases, practice, seats
from service.sittings.rules.phases import Phase
from service.sittings.rules.seats import RefusalReason, SeatState
from service.sittings.shapes import bodies


def sittings(session: Session, actor: Actor) -> list[bodies.SittingShape]:
    """The sittings the actor may see, the latest first."""
    using.require_right(actor, Right.SITTINGS_VIEW)
    everything = Reach.ALL in reaches(actor, Right.SITTINGS_VIEW)
    found = queries.views(session, proctor=None if everything else actor.person_id)
    return [_shape(session, view) for view in found]


def sitting(session: Session, sitting_id: int) -> bodies.SittingShape:
    """One sitting."""
    view = queries.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    return _shape(session, view)


def _shape(session: Session, view: SittingView) -> bodies.SittingShape:
    row, now = view.sitting, clock.now()
    at = queries.times_of(row, now)
    assert row.id is not None
    return bodies.SittingShape(
        id=row.id,
        class_id=row.class_id,
        class_name=view.training_class.name,
        exam_point=view.point.name,
        room=view.room.name,
        starts_at=at.starts_at,
        ends_at=at.ends_at,
        last_entry_at=at.last_entry_at,
        phase=phases.phase(at, now),
        opened=asking.opened(session, row),
        proctors=queries.proctor_names(session, row.id),
        seats=len(queries.seats_of(session, row.id)),
    )


def board(session: Session, actor: Actor, sitting_id: int) -> bodies.BoardShape:
    """All seats as they stand now."""
    view, now = queries.view(session, sitting_id), clock.now()
    if view is None:
        raise errors.NotFound()
    form_id = view.sitting.form_id
    items = papers.item_count(session, form_id) if form_id is not None else len(practice.QUESTIONS)
    openers = papers.openers(session, form_id) if form_id is not None else frozenset()
    return bodies.BoardShape(
        sitting=_shape(session, view),
        now=now,
        hands=len(openers),
        mine=actor.person_id in openers,
        seats=[
            bodies.BoardSeat(
                seat_id=row.seat.id or 0,
                number=row.seat.number,
                name=row.person.name,
                citizen_id_masked=row.person.citizen_id_masked,
                state=queries.state_of(row.seat, view.sitting, now),
                refusal=RefusalReason(row.seat.refusal) if row.seat.refusal else None,
                answered=row.answered,
                items=items,
                last_saved_at=row.last_saved_at,
                handed_in_by=row.seat.handed_in_by,
                locked=row.seat.failed_attempts >= seats.ATTEMPTS,
            )
            for row in queries.board(session, sitting_id)
        ],
        incidents=[
            bodies.IncidentShape(seat=number, text=incident.text, at=incident.at)
            for incident, number in queries.incidents(session, sitting_id)
        ],
    )


def exam(session: Session, actor: Actor) -> bodies.ExamShape:
    """A candidate's own exam; questions only while working on an opened paper."""
    now = clock.now()
    seat, row, at = sitting_exam.own_seat(session, actor, now=now)
    state = queries.state_of(seat, row, now)
    training_class = session.get(TrainingClass, row.class_id)
    shape = bodies.ExamShape(
        name=actor.name,
        seat=seat.number,
        class_name=training_class.name if training_class else "",
        state=state,
        phase=phases.phase(at, now),
        opened=asking.opened(session, row),
        now=now,
        starts_at=at.starts_at,
        ends_at=at.ends_at,
    )
    if state is SeatState.WORKING and shape.phase is Phase.RUNNING:
        asked = asking.questions(session, seat, row)
        shape.questions = [bodies.QuestionShape.model_validate(one, from_attributes=True) for one in asked]
        given = queries.answers(session, seat)
        shape.answers = [bodies.AnswerShape.model_validate(one, from_attributes=True) for one in given]
    return shape
