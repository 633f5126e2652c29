"""JSON routes in the room: opening the paper, the board, another machine; and all rooms of a day."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse

from service.access.actions import custody
from service.access.rules.policy import Actor, Right
from service.access.shapes import StepUp, may, session_token
from service.kernel import clock, database, language, problems, rendering
from service.kernel.database import Reading, Writing
from service.sittings.actions import on_duty, proctoring
from service.sittings.api import feed
from service.sittings.queries import rooms
from service.sittings.shapes import bodies as shapes
from service.sittings.shapes import overview, room
from service.sittings.shapes.bodies import Day

router = APIRouter()
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]
# Neither a cache nor a buffering proxy may sit between a room and its board.
STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _hand(sitting_id: int, body: StepUp, actor: Annotated[Actor, may(Right.PAPERS_OPEN)]) -> custody.Hand:
    """The intent, on record by itself, and then what the password opens: slow, so before the turn to write."""
    with database.writing() as session:
        proctoring.intend_to_open(session, actor, sitting_id, now=clock.now())
    with database.reading() as session:
        return custody.step_up(session, actor, body.password)


@router.post("/sittings/{sitting_id}/opening", response_model=shapes.OpeningShape)
def open_paper(
    request: Request,
    sitting_id: int,
    hand: Annotated[custody.Hand, Depends(_hand)],
    session: Writing,
    actor: Annotated[Actor, may(Right.PAPERS_OPEN)],
) -> Response | shapes.OpeningShape:
    """Add this proctor's hand, with the password given again; the second of two opens it. Attempts are on record."""
    decision, opened = proctoring.open_paper(session, actor, sitting_id, hand, now=clock.now())
    if not decision.allowed:
        # A returned refusal commits: the attempt must stay in the journal.
        detail = language.say(rendering.language_of(request), decision.reason, decision.values)
        return problems.render(request, decision.status, decision.code, detail, source=decision.source)
    return shapes.OpeningShape(opened=opened, hands=2 if opened else 1)


@router.get("/sittings/{sitting_id}/board")
def board(request: Request, sitting_id: int, session: Reading, actor: Proctoring) -> room.BoardShape:
    """All seats of a sitting as they stand now."""
    on_duty.require(session, actor, sitting_id, now=clock.now())
    return room.board(session, actor, sitting_id, rendering.language_of(request))


@router.get(
    "/sittings/{sitting_id}/board/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}, 204: {"description": "Nothing will change any more."}},
)
def board_events(request: Request, sitting_id: int, session: Reading, actor: Proctoring) -> Response:
    """The board as server-sent events: event ``board`` with the whole board at once and whenever it has changed.

    At most one a second; a comment every fifteen seconds of silence. Whoever does not accept an event stream gets one
    event; 204 tells browsers that nothing will change any more.
    """
    on_duty.require(session, actor, sitting_id, now=clock.now())
    found = rooms.room_view(session, sitting_id, clock.now())
    assert found is not None, "the sitting was there a moment ago"
    if feed.long_over(found):
        return Response(status_code=204)
    person_id, tongue = actor.person_id or 0, rendering.language_of(request)
    if "text/event-stream" not in request.headers.get("accept", ""):
        picture = feed.Picture.of(found, {tongue})
        event = picture.event(tongue, picture.head(person_id))
        return Response(event, media_type="text/event-stream", headers=STREAM)
    watcher = feed.Watcher(session_token(request), person_id, tongue)
    return EventSourceResponse(feed.watch(sitting_id, watcher), headers=STREAM)


@router.post("/sittings/seats/{seat_id}/release")
def release(seat_id: int, body: shapes.Reason, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Let a candidate continue on another machine, or unlock a seat after wrong entries."""
    return {"seat_id": proctoring.release_seat(session, actor, seat_id, body.reason, now=clock.now()).id or 0}


@router.get("/exam-day")
def exam_day(
    session: Reading,
    actor: Annotated[Actor, may(Right.SITTINGS_VIEW)],
    day: Day | None = None,
    county: Annotated[str, Query(max_length=40)] = "",
) -> overview.ExamDayShape:
    """All exam points and rooms of a day, today where none is named, for whoever sees all sittings."""
    return overview.exam_day(session, actor, day or clock.today(), county, clock.now())
