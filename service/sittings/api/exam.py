"""JSON routes of the candidate's exam. Handing in is not here: it is marked at once, so it belongs to results."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import entering
from service.access.rules.policy import Actor, Right
from service.access.shapes import may, set_session_cookie
from service.kernel import clock, language, problems, rendering
from service.kernel.database import Reading, Writing
from service.sittings.actions import sitting_exam
from service.sittings.shapes import bodies as shapes
from service.sittings.shapes import views

router = APIRouter()
SittingExam = Annotated[Actor, may(Right.SITTINGS_SIT)]


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
