"""JSON routes of the candidate's exam. Handing in is not here: it is marked at once, so it belongs to results.

``LANES`` are the same saves, heartbeats and starts for the express lane: see ``kernel.express``.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError

from service.access.rules.policy import Actor, Right
from service.access.shapes import may, set_session_cookie
from service.kernel import clock, database, errors, sealing
from service.kernel.database import Reading, Writing
from service.kernel.express import Arrival, Lane, Reply
from service.kernel.group_commit import GroupCommit, Work
from service.sittings.actions import attending, late, receipts, saving, sitting_exam, starting
from service.sittings.actions.attending import Beat, Left, Pulse
from service.sittings.actions.binding import Browser
from service.sittings.actions.saving import Change
from service.sittings.actions.starting import Exam
from service.sittings.rules.lockdown import Machine
from service.sittings.shapes import exam as shapes
from service.sittings.shapes import late as late_shapes
from service.sittings.shapes import machines

router = APIRouter()
Anyone = Annotated[Actor, may(Right.PUBLIC)]
SittingExam = Annotated[Actor, may(Right.SITTINGS_SIT)]


@router.post("/exam/session", response_model=shapes.ExamShape)
def sign_in_seat(
    request: Request, body: shapes.SignInSeat, response: Response, _: Anyone
) -> Response | shapes.ExamShape:
    """Bind this machine to a seat by ticket number and the last six characters of the citizen id."""
    now, machine = clock.now(), machines.of(request)
    browser = Browser(body.browser_key, body.device_key)
    # Anybody may ask this: what will be refused anyhow must not cost those who work a turn to write.
    with database.reading() as looking:
        refusal = sitting_exam.look_first(looking, body.ticket_number, machine, browser, now=now)
    if refusal is not None:
        raise refusal
    given = body.ticket_number, body.id_tail, machine, browser
    with database.writing() as session:
        entrance = sitting_exam.sign_in_seat(session, *given, now=now)
        digest = sealing.digest(entrance.token.encode())
        exam = starting.just_bound(session, digest, now=now) if entrance.refusal is None else None
    # A refusal is returned, so that it commits: failed attempts must count.
    if exam is None:
        assert entrance.refusal is not None
        raise entrance.refusal
    set_session_cookie(response, entrance.token)
    return shapes.ExamShape.of(exam, now)


@router.get("/exam")
def read_exam(request: Request, session: Reading, _: SittingExam) -> shapes.ExamShape:
    """One's own exam: the clock, and once started the questions and answers. Never a key."""
    now = clock.now()
    return shapes.ExamShape.of(starting.look(session, machines.of(request), now=now), now)


@router.post("/exam/start")
def start_exam(request: Request, session: Writing, _: SittingExam) -> shapes.ExamShape:
    """Begin to work; again is harmless."""
    now = clock.now()
    return shapes.ExamShape.of(_only(starting.start(session, [machines.of(request)], now=now)), now)


@router.put("/exam/answers/{position}")
def save_answer(
    request: Request, position: int, body: shapes.SaveAnswer, session: Writing, _: SittingExam
) -> shapes.Saved:
    """Save one change; the acknowledgement means that it is on disk."""
    change = Change(machines.of(request), position, body.choice, body.flagged, body.seq, body.paper)
    return shapes.Saved(seq=_only(saving.save(session, [change], now=clock.now())), now=clock.now())


@router.post("/exam/heartbeat")
def heartbeat(request: Request, body: shapes.BeatShape, session: Writing, _: SittingExam) -> shapes.PulseShape:
    """A sign of life of the machine, and what has changed for it."""
    now = clock.now()
    return shapes.PulseShape.of(_only(attending.attend(session, [_beat(machines.of(request), body)], now=now)), now)


@router.post("/exam/late-answers")
def keep_late_answers(request: Request, body: late_shapes.LateAnswers, _: Anyone) -> late_shapes.TakenShape:
    """Keep, as evidence, what a machine could not send in time. Its session may have ended."""
    entries, machine, now = [one.belated() for one in body.entries], machines.of(request), clock.now()
    # Anybody may ask this: whose session we never gave costs nobody a turn to write.
    with database.reading() as looking:
        late.require_sender(looking, machine, body.ticket_number, now=now)
    with database.writing() as session:
        return late_shapes.TakenShape.of(late.keep(session, machine, body.ticket_number, entries, now=now))


@router.get("/exam/receipt", responses={404: {}, 409: {}})
def own_receipt(request: Request, session: Reading, _: Anyone) -> shapes.ReceiptShape:
    """The receipt of the sheet that this machine's session has handed in, for whoever lost the first reply."""
    found = receipts.of_machine(session, machines.of(request))
    return shapes.ReceiptShape.model_validate(found, from_attributes=True)


@router.get("/exam/receipts/{code}")
def check_receipt(code: str, digest: str, session: Reading, _: Anyone) -> shapes.ReceiptCheck:
    """Whether a receipt is ours: the sheet with this short digest was handed in under this code."""
    found = receipts.check(session, code, digest)
    if found is None:
        return shapes.ReceiptCheck(valid=False)
    return shapes.ReceiptCheck(valid=True, handed_in_at=found.at, answered=found.answered, items=found.items)


T = TypeVar("T")


def _only(outcomes: list[T | errors.ServiceError]) -> T:
    outcome = outcomes[0]
    if isinstance(outcome, errors.ServiceError):
        raise outcome
    return outcome


def _beat(machine: Machine, body: shapes.BeatShape) -> Beat:
    left = tuple(Left(one.nonce, one.kind, one.seconds, one.made_at) for one in body.left)
    return Beat(machine, body.made_at, body.waiting, left, body.after)


# --- the same for many at once ---

_CHANGE = TypeAdapter(shapes.SaveAnswer)
_BEAT = TypeAdapter(shapes.BeatShape)
_SAVING = Work[Change, saving.Outcome](lambda session, entries: saving.save(session, entries, now=clock.now()))
_ATTENDING = Work[Beat, attending.Outcome](lambda session, entries: attending.attend(session, entries, now=clock.now()))
_STARTING = Work[Machine, starting.Outcome](
    lambda session, entries: starting.start(session, entries, now=clock.now()), journals=True
)


def lanes(group: GroupCommit) -> Mapping[tuple[str, str], Lane]:
    """The express lanes of the exam, over one group commit."""
    return {
        ("PUT", "/api/v1/exam/answers/"): partial(_save, group),
        ("POST", "/api/v1/exam/heartbeat"): partial(_attend, group),
        ("POST", "/api/v1/exam/start"): partial(_start, group),
    }


async def _save(group: GroupCommit, arrival: Arrival) -> Reply:
    try:
        body, position = _CHANGE.validate_json(arrival.body), int(arrival.rest)
    except (ValidationError, ValueError):
        return None
    change = Change(machines.of_arrival(arrival), position, body.choice, body.flagged, body.seq, body.paper)
    seq = await group.submit(_SAVING, change)
    return (b'{"seq":%d,"now":"%s"}' % (seq, _stamp(clock.now())), ()) if isinstance(seq, int) else None


async def _attend(group: GroupCommit, arrival: Arrival) -> Reply:
    try:
        body = _BEAT.validate_json(arrival.body)
    except ValidationError:
        return None
    pulse = await group.submit(_ATTENDING, _beat(machines.of_arrival(arrival), body))
    if not isinstance(pulse, Pulse):
        return None
    return shapes.PulseShape.of(pulse, clock.now()).model_dump_json().encode(), ()


async def _start(group: GroupCommit, arrival: Arrival) -> Reply:
    exam = await group.submit(_STARTING, machines.of_arrival(arrival))
    if not isinstance(exam, Exam):
        return None
    return shapes.ExamShape.of(exam, clock.now()).model_dump_json().encode(), ()


def _stamp(now: datetime) -> bytes:
    return now.isoformat().replace("+00:00", "Z").encode()
