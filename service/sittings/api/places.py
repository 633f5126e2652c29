"""JSON routes of exam points: their rooms, their checklist and readiness, and the rules of rooms."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading, Writing
from service.sittings import queries
from service.sittings.actions import places as actions
from service.sittings.actions import readying, room_ruling
from service.sittings.queries import machines, places
from service.sittings.rules import places as rules
from service.sittings.rules.places import Equipment, Rules
from service.sittings.shapes import places as shapes
from service.sittings.shapes.places import ExamPointShape, LineShape, RoomRulesShape, RoomShape
from service.sittings.tables import Room

router = APIRouter()
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]


@router.post("/exam-points", status_code=201)
def add_exam_point(body: shapes.NewExamPoint, session: Writing, actor: Arranging) -> list[RoomShape]:
    """Register an exam point with its rooms."""
    added = actions.add_exam_point(session, actor, **body.model_dump(), now=clock.now())
    return [_room(session, room) for room in added]


@router.get("/exam-points")
def list_rooms(session: Reading, _: Arranging) -> list[RoomShape]:
    """All rooms of all exam points."""
    return [RoomShape.of(point, room) for point, room in queries.exam_points(session)]


@router.get("/exam-points/{exam_point_id}")
def read_exam_point(request: Request, exam_point_id: int, session: Reading, _: Arranging) -> ExamPointShape:
    """One exam point with its rooms, its checklist, and what still keeps it from being ready."""
    return _point(request, session, exam_point_id)


@router.put("/exam-points/{exam_point_id}")
def change_exam_point(
    request: Request, exam_point_id: int, body: shapes.ExamPointBody, session: Writing, actor: Arranging
) -> ExamPointShape:
    """Correct an exam point's name, place or opening hours."""
    actions.change_exam_point(session, actor, exam_point_id, **body.model_dump(), now=clock.now())
    return _point(request, session, exam_point_id)


@router.post("/exam-points/{exam_point_id}/rooms", status_code=201)
def add_room(exam_point_id: int, body: shapes.RoomBody, session: Writing, actor: Arranging) -> RoomShape:
    """Add a room."""
    return _room(session, actions.add_room(session, actor, exam_point_id, **body.model_dump(), now=clock.now()))


@router.put("/rooms/{room_id}")
def change_room(room_id: int, body: shapes.RoomBody, session: Writing, actor: Arranging) -> RoomShape:
    """Correct a room's name, seats or networks."""
    return _room(session, actions.change_room(session, actor, room_id, **body.model_dump(), now=clock.now()))


@router.delete("/rooms/{room_id}", status_code=204)
def remove_room(room_id: int, session: Writing, actor: Arranging) -> Response:
    """Strike out a room that was registered by mistake and never used."""
    actions.remove_room(session, actor, room_id, now=clock.now())
    return Response(status_code=204)


@router.put("/exam-points/{exam_point_id}/checklist/{equipment}")
def check_equipment(
    request: Request,
    exam_point_id: int,
    equipment: Equipment,
    body: shapes.CheckLine,
    session: Writing,
    actor: Arranging,
) -> ExamPointShape:
    """Note how a line of the checklist stands; one that is not in order withdraws readiness."""
    readying.check_equipment(session, actor, exam_point_id, equipment, body.in_order, body.note, now=clock.now())
    return _point(request, session, exam_point_id)


@router.post("/exam-points/{exam_point_id}/readiness")
def declare_ready(request: Request, exam_point_id: int, session: Writing, actor: Arranging) -> ExamPointShape:
    """Say that an exam point is ready: every line of its checklist is in order."""
    readying.declare_ready(session, actor, exam_point_id, now=clock.now())
    return _point(request, session, exam_point_id)


@router.delete("/exam-points/{exam_point_id}/readiness")
def withdraw_readiness(request: Request, exam_point_id: int, session: Writing, actor: Arranging) -> ExamPointShape:
    """Take that word back."""
    readying.withdraw_readiness(session, actor, exam_point_id, now=clock.now())
    return _point(request, session, exam_point_id)


@router.get("/room-rules")
def list_room_rules(session: Reading, _: Arranging) -> list[RoomRulesShape]:
    """All rules of rooms, those that begin last first; the ones in force today are marked."""
    in_force = places.rules_on(session, clock.today())
    return [_rules(one, in_force) for one in places.room_rules(session)]


@router.post("/room-rules", status_code=201)
def set_room_rule(body: shapes.RoomRules, session: Writing, actor: Arranging) -> RoomRulesShape:
    """Set rules of rooms from a day on that is still to come."""
    room_ruling.set_room_rule(session, actor, body.rules(), now=clock.now())
    return _rules(body.rules(), places.rules_on(session, clock.today()))


@router.delete("/room-rules/{effective_on}", status_code=204)
def withdraw_room_rule(effective_on: date, session: Writing, actor: Arranging) -> Response:
    """Take back rules that have not begun."""
    room_ruling.withdraw_room_rule(session, actor, effective_on, now=clock.now())
    return Response(status_code=204)


def _room(session: Session, room: Room) -> RoomShape:
    point = places.exam_point(session, room.exam_point_id)
    assert point is not None, "a room refers to its exam point by foreign key"
    return RoomShape.of(point, room)


def _point(request: Request, session: Session, exam_point_id: int) -> ExamPointShape:
    point = places.exam_point(session, exam_point_id)
    if point is None:
        raise errors.NotFound()
    found = places.checklist(session, exam_point_id)
    lines = [LineShape.of(*found[one]) for one in Equipment if one in found]
    ready = rules.may_be_ready(places.passed(session, exam_point_id), machines.unfit(session, exam_point_id))
    tongue = rendering.language_of(request)
    return ExamPointShape.of(point, places.rooms_of(session, exam_point_id), lines, ready, tongue)


def _rules(one: Rules, in_force: Rules) -> RoomRulesShape:
    return RoomRulesShape(
        effective_on=one.effective_on,
        largest_room=one.largest_room,
        proctors=one.proctors,
        late_minutes=one.late_minutes,
        compensation_cap_minutes=one.compensation_cap_minutes,
        outage_cap_minutes=one.outage_cap_minutes,
        allotment_hidden=one.allotment_hidden,
        source=one.source,
        in_force=one == in_force,
    )
