"""JSON routes before the day: sittings, proctors, seats."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, rendering
from service.kernel.database import Reading, Writing
from service.sittings import queries
from service.sittings.actions import arranging, enrolling, judging, on_duty, rearranging, reseating, ticketing
from service.sittings.actions.judging import Wish
from service.sittings.queries.calendar import Narrowing
from service.sittings.rules.calendar import Shown
from service.sittings.shapes import bodies as shapes
from service.sittings.shapes import calendar, scheduling, views

router = APIRouter()
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
Viewing = Annotated[Actor, may(Right.SITTINGS_VIEW)]


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
        part=body.part,
        now=clock.now(),
    )
    return views.sitting(session, sitting.id or 0)


@router.get("/sittings")
def list_sittings(
    response: Response,
    session: Reading,
    actor: Viewing,
    day: shapes.Day | None = None,
    point_id: int | None = None,
    class_id: int | None = None,
    state: Shown | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
) -> list[shapes.SittingShape]:
    """The sittings the caller may know of, the latest first, fifty a page; how many there are is in ``X-Total``."""
    by = Narrowing(day=day, point_id=point_id, class_id=class_id, state=state)
    found = calendar.listed(session, actor, by, page, now=clock.now())
    response.headers["X-Total"], response.headers["X-Pages"] = str(found.total), str(found.pages)
    return list(found.rows)


@router.get("/sittings/duties")
def list_duties(session: Reading, actor: Viewing) -> list[calendar.DutyShape]:
    """When and in which county the caller is on duty on days whose rooms are not told yet."""
    return [calendar.DutyShape.of(view) for view in on_duty.of_person(session, actor, now=clock.now()).hidden]


@router.get("/sittings/conflicts")
def list_conflicts(
    request: Request, asked: Annotated[scheduling.AskConflicts, Query()], session: Reading, _: Arranging
) -> scheduling.ConflictsShape:
    """Everything that stands in the way of a new sitting, or of moving one; nothing is written or held."""
    tongue, now = rendering.language_of(request), clock.now()
    if asked.sitting_id is not None:
        found, at = judging.judge_moving(session, asked.sitting_id, asked.room_id, asked.starts_at, now=now)
    else:
        wish = Wish(asked.class_id or 0, asked.room_id, asked.starts_at, None, asked.form, asked.part)
        judged = judging.judge_new(session, wish, now=now)
        found, at = list(judged.conflicts), judged.at
    conflicts = [scheduling.ConflictShape.of(one, tongue) for one in found]
    return scheduling.ConflictsShape(conflicts=conflicts, check_in_from=at.check_in_from, ends_at=at.ends_at)


@router.post("/sittings/{sitting_id}/move")
def move_sitting(
    sitting_id: int, body: scheduling.MoveSitting, session: Writing, actor: Arranging
) -> shapes.SittingShape:
    """Move a sitting to another room or time; tickets already printed are void by that."""
    rearranging.move_sitting(session, actor, sitting_id, body.room_id, body.starts_at, body.reason, now=clock.now())
    return views.sitting(session, sitting_id)


@router.post("/sittings/{sitting_id}/cancellation")
def cancel_sitting(sitting_id: int, body: shapes.Reason, session: Writing, actor: Arranging) -> shapes.SittingShape:
    """Cancel a sitting before its check-in begins."""
    rearranging.cancel_sitting(session, actor, sitting_id, body.reason, now=clock.now())
    return views.sitting(session, sitting_id)


@router.post("/sittings/{sitting_id}/proctors", status_code=201)
def assign_proctor(
    sitting_id: int, body: shapes.AssignProctor, session: Writing, actor: Arranging
) -> shapes.SittingShape:
    """Assign a proctor; refused with the reason where separation, duty or time exclude the person."""
    arranging.assign_proctor(session, actor, sitting_id, body.account_id, now=clock.now())
    return views.sitting(session, sitting_id)


@router.post("/sittings/{sitting_id}/proctors/{person_id}/removal")
def remove_proctor(
    sitting_id: int, person_id: int, body: shapes.Reason, session: Writing, actor: Arranging
) -> shapes.SittingShape:
    """Take a proctor off a sitting, with the reason."""
    arranging.remove_proctor(session, actor, sitting_id, person_id, body.reason, now=clock.now())
    return views.sitting(session, sitting_id)


@router.post("/sittings/{sitting_id}/proctors/{person_id}/relief")
def relieve_proctor(
    sitting_id: int, person_id: int, body: shapes.Reason, session: Writing, actor: Arranging
) -> shapes.SittingShape:
    """Relieve a proctor at any time, with the reason: what they did stays, and somebody else can take the place."""
    arranging.relieve_proctor(session, actor, sitting_id, person_id, body.reason, now=clock.now())
    return views.sitting(session, sitting_id)


@router.post("/sittings/{sitting_id}/enrolments")
def enrol(
    request: Request,
    sitting_id: int,
    session: Writing,
    actor: Arranging,
    part: bool = False,
    body: scheduling.EnrolChosen | None = None,
) -> list[shapes.EnrolmentShape]:
    """Give every trainee of the class a seat, or those chosen, or say why not; with ``part`` as many as fit."""
    tongue = rendering.language_of(request)
    done = enrolling.enrol_class(
        session, actor, sitting_id, part=part, only=body.chosen() if body is not None else None, now=clock.now()
    )
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


@router.post("/sittings/seats/{seat_id}/withdrawal")
def withdraw_seat(seat_id: int, body: shapes.Reason, session: Writing, actor: Arranging) -> shapes.SittingShape:
    """Take a seat back before check-in begins; its ticket is void by that."""
    sitting_id = reseating.withdraw_seat(session, actor, seat_id, body.reason, now=clock.now())
    return views.sitting(session, sitting_id)


@router.post("/sittings/seats/{seat_id}/move")
def move_seat(seat_id: int, body: scheduling.MoveSeat, session: Writing, actor: Arranging) -> shapes.SittingShape:
    """Move a candidate to another sitting of the class before check-in begins; there is a new ticket."""
    moved = reseating.move_seat(session, actor, seat_id, body.sitting_id, body.reason, now=clock.now())
    return views.sitting(session, moved.sitting_id)
