"""JSON routes of the exam day. Handing in is not here: it is marked at once, so it belongs to results."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import entering, using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may, set_session_cookie
from service.kernel import clock, errors, language, problems, rendering
from service.kernel.database import Reading, Writing
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import arranging, checking_in, enrolling, proctoring, sitting_exam, ticketing
from service.sittings.shapes import bodies as shapes
from service.sittings.shapes import views

router = APIRouter(prefix="/api/v1", tags=["sittings"])
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]
SittingExam = Annotated[Actor, may(Right.SITTINGS_SIT)]


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


@router.post("/sittings/{sitting_id}/scans")
def scan(
    request: Request, sitting_id: int, body: shapes.ScanTicket, session: Writing, actor: Proctoring
) -> shapes.CardShape:
    """Look at a ticket: who it belongs to, and whether that person may be admitted now."""
    card = checking_in.scan_ticket(session, actor, sitting_id, body.text, body.nonce, now=clock.now())
    reason = language.say(rendering.language_of(request), card.decision.reason, card.decision.values)
    return shapes.CardShape.of(card, reason)


@router.post("/sittings/seats/{seat_id}/admission")
def admission(seat_id: int, body: shapes.Admission, session: Writing, actor: Proctoring) -> dict[str, bool]:
    """Admit a candidate whose identity is confirmed, or refuse with a coded reason."""
    if body.admit:
        checking_in.admit(session, actor, seat_id, now=clock.now())
    elif body.reason is None:
        raise errors.Malformed("refusal_reason_missing", "拒绝入场必须选择原因。")
    else:
        checking_in.turn_away(session, actor, seat_id, body.reason, body.note, now=clock.now())
    return {"admitted": body.admit}


@router.get("/sittings/seats/{seat_id}/photo")
def photo(seat_id: int, session: Reading, actor: Proctoring) -> Response:
    """The photo of a candidate, for the proctors of the sitting."""
    seat = queries.seat(session, seat_id)
    if seat is None:
        raise errors.NotFound()
    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, seat.sitting_id))
    found = programme.photo(session, seat.trainee_id)
    if found is None:
        raise errors.NotFound()
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "no-store"})


@router.post("/sittings/{sitting_id}/opening", response_model=shapes.OpeningShape)
def open_paper(
    request: Request,
    sitting_id: int,
    session: Writing,
    actor: Annotated[Actor, may(Right.PAPERS_OPEN)],
) -> Response | shapes.OpeningShape:
    """Add this proctor's hand to opening the paper; the second of two opens it. Early attempts are on record."""
    decision, opened = proctoring.open_paper(session, actor, sitting_id, now=clock.now())
    if not decision.allowed:
        # A returned refusal commits: the attempt must stay in the journal.
        detail = language.say(rendering.language_of(request), decision.reason, decision.values)
        return problems.render(request, decision.status, decision.code, detail, source=decision.source)
    return shapes.OpeningShape(opened=opened, hands=2 if opened else 1)


@router.get("/sittings/{sitting_id}/board")
def board(sitting_id: int, session: Reading, actor: Proctoring) -> shapes.BoardShape:
    """All seats of a sitting as they stand now."""
    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, sitting_id))
    return views.board(session, actor, sitting_id)


@router.post("/sittings/seats/{seat_id}/release")
def release(seat_id: int, body: shapes.Reason, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Let a candidate continue on another machine, or unlock a seat after wrong entries."""
    return {"seat_id": proctoring.release_seat(session, actor, seat_id, body.reason, now=clock.now()).id or 0}


@router.post("/sittings/{sitting_id}/incidents", status_code=201)
def report_incident(sitting_id: int, body: shapes.NewIncident, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Report an incident of the room or of a seat."""
    incident = proctoring.report_incident(session, actor, sitting_id, body.seat_id, body.text, now=clock.now())
    return {"id": incident.id or 0}


@router.post("/exam/session", response_model=shapes.ExamShape)
def sign_in_seat(
    request: Request,
    body: shapes.SignInSeat,
    session: Writing,
    response: Response,
    _: Annotated[Actor, may(Right.PUBLIC)],
) -> Response | shapes.ExamShape:
    """Bind this machine to a seat by ticket number and the last six characters of the citizen id."""
    entrance = sitting_exam.sign_in_seat(session, body.ticket_number, body.id_tail, now=clock.now())
    if entrance.refusal is not None:
        # A returned refusal commits: failed attempts must count.
        detail = language.say(rendering.language_of(request), entrance.refusal.detail, entrance.refusal.values)
        return problems.render(request, entrance.refusal.status, entrance.refusal.code, detail)
    set_session_cookie(response, entrance.token)
    return views.exam(session, entering.actor_of_token(session, entrance.token, now=clock.now()))


@router.get("/exam")
def read_exam(session: Reading, actor: SittingExam) -> shapes.ExamShape:
    """One's own exam: the clock, and once started the questions and answers. Never a key."""
    return views.exam(session, actor)


@router.post("/exam/start")
def start_exam(session: Writing, actor: SittingExam) -> shapes.ExamShape:
    """Begin to work; again is harmless."""
    sitting_exam.start(session, actor, now=clock.now())
    return views.exam(session, actor)


@router.put("/exam/answers/{position}")
def save_answer(position: int, body: shapes.SaveAnswer, session: Writing, actor: SittingExam) -> shapes.Saved:
    """Save one change; the acknowledgement means that it is on disk."""
    seq = sitting_exam.save_answer(session, actor, position, body.choice, body.flagged, body.seq, now=clock.now())
    return shapes.Saved(seq=seq, now=clock.now())
