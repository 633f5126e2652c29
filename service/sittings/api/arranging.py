"""JSON routes before the day: exam points, sittings, proctors, seats, tickets."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, rendering
from service.kernel.database import Reading, Writing
from service.sittings import queries
from service.sittings.actions import arranging, enrolling, ticketing
from service.sittings.shapes import bodies as shapes
from service.sittings.shapes import views

router = APIRouter()
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]


@router.post("/exam-points", status_code=201)
def add_exam_point(body: shapes.NewExamPoint, session: Writing, actor: Arranging) -> list[shapes.RoomShape]:
    """Register an exam point with its rooms."""
    rooms = arranging.add_exam_point(session, actor, **body.model_dump(), now=clock.now())
    return [
        shapes.RoomShape(id=room.id or 0, exam_point=body.name, name=room.name, capacity=room.capacity)
        for room in rooms
    ]


@router.get("/exam-points")
def list_rooms(session: Reading, _: Arranging) -> list[shapes.RoomShape]:
    """All rooms of all exam points."""
    return [
        shapes.RoomShape(id=room.id or 0, exam_point=point.name, name=room.name, capacity=room.capacity)
        for point, room in queries.exam_points(session)
    ]


@router.post("/sittings", status_code=201)
def plan_sitting(body: shapes.NewSitting, session: Writing, actor: Arranging) -> shapes.SittingShape:
    """Plan the sitting of a class on its sealed paper."""
    sitting = arranging.plan_sitting(
        session,
        actor,
        class_id=body.class_id,
        room_id=body.room_id,
        starts_at=body.starts_at,
        late_minutes=body.late_minutes,
        letter=body.form,
        now=clock.now(),
    )
    return views.sitting(session, sitting.id or 0)


@router.get("/sittings")
def list_sittings(session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_VIEW)]) -> list[shapes.SittingShape]:
    """The sittings the caller may see: all, or those one proctors."""
    return views.sittings(session, actor)


@router.post("/sittings/{sitting_id}/proctors", status_code=201)
def assign_proctor(
    sitting_id: int, body: shapes.AssignProctor, session: Writing, actor: Arranging
) -> shapes.SittingShape:
    """Assign a proctor; refused with the reason where separation, duty or time exclude the person."""
    arranging.assign_proctor(session, actor, sitting_id, body.account_id, now=clock.now())
    return views.sitting(session, sitting_id)


@router.post("/sittings/{sitting_id}/enrolments")
def enrol(request: Request, sitting_id: int, session: Writing, actor: Arranging) -> list[shapes.EnrolmentShape]:
    """Give every trainee of the class a seat, or say why not."""
    tongue = rendering.language_of(request)
    done = enrolling.enrol_class(session, actor, sitting_id, now=clock.now())
    sitting = queries.sitting(session, sitting_id)
    return [
        shapes.EnrolmentShape(
            trainee_id=one.trainee_id,
            name=one.name,
            enrolled=one.seat is not None,
            seat=one.seat.number if one.seat else None,
            seat_id=one.seat.id if one.seat else None,
            ticket_number=one.seat.ticket_number if one.seat else None,
            ticket_code=ticketing.ticket_text(one.seat, sitting) if one.seat and sitting else None,
            code=one.decision.code,
            reason=language.say(tongue, one.decision.reason, one.decision.values),
        )
        for one in done
    ]


@router.get("/sittings/{sitting_id}/tickets.pdf")
def tickets(sitting_id: int, session: Writing, actor: Arranging) -> Response:
    """The admission tickets as one PDF; printing goes on record, so this GET writes."""
    pdf = ticketing.print_tickets(session, actor, sitting_id, now=clock.now())
    return Response(pdf, media_type="application/pdf", headers={"Cache-Control": "no-store"})
