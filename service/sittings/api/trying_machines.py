"""JSON routes of the readiness check of machines, and of their list.

Whoever may see sittings reaches every room here: rooms and machines are no secret, and a reach by assignment would tell
proctors before the day where they are to be. Readers' accounts are refused by the actions.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access.actions.exporting import Table
from service.access.rules.policy import Actor, Right
from service.access.shapes import exports, may
from service.kernel import clock, describing, errors, language, peers, rendering, sheets
from service.kernel.database import Reading, Writing
from service.sittings.actions import trying_machines as actions
from service.sittings.actions.trying_machines import Report
from service.sittings.queries import machines, places
from service.sittings.shapes import places as shapes
from service.sittings.shapes.places import MachineShape
from service.sittings.tables import ExamPoint, Room

router = APIRouter()
Viewing = Annotated[Actor, may(Right.SITTINGS_VIEW)]


@router.get("/machine-clock")
def machine_clock(_: Viewing, response: Response) -> shapes.ClockShape:
    """The server's clock, for machines that compare theirs with it."""
    response.headers["Cache-Control"] = "no-store"
    return shapes.ClockShape(now=clock.now())


@router.post("/rooms/{room_id}/machine-trials")
def save_trial(room_id: int, body: shapes.Trial, session: Writing, actor: Viewing) -> shapes.TrialShape:
    """Save one row as an answer is saved: acknowledged once it is on disk."""
    trials = actions.save_trial(session, actor, room_id, body.machine, now=clock.now())
    return shapes.TrialShape(trials=trials)


@router.post("/rooms/{room_id}/machine-checks", status_code=201)
def report_machine(
    request: Request, room_id: int, body: shapes.MachineBody, session: Writing, actor: Viewing
) -> MachineShape:
    """Keep what a machine found out about itself; the answer is the server's judgement."""
    address = peers.address(request.scope)
    report = Report(body.machine, body.browser, address, body.measured())
    actions.report_machine(session, actor, room_id, report, now=clock.now())
    return next(one for one in _machines(request, session, room_id) if one.machine == body.machine)


@router.get("/rooms/{room_id}/machines")
def list_machines(request: Request, room_id: int, session: Reading, _: Viewing) -> list[MachineShape]:
    """The machines of a room by name, each as its newest check tells it."""
    _place(session, room_id)
    return _machines(request, session, room_id)


@router.get("/rooms/{room_id}/machines.csv", **describing.a_file("text/csv"))
def export_machines(request: Request, room_id: int, session: Reading, actor: Viewing) -> Response:
    """The same for a spreadsheet program; it goes on record, so this GET writes."""
    point, room = _place(session, room_id)
    tongue = rendering.language_of(request)
    names = ("考试点", "考场", "机器", "结论", "说明", "浏览器", "网络地址", "时间偏差（毫秒）", "保存用时（毫秒）")
    head = [language.say(tongue, name) for name in (*names, "摄像头", "检查时间", "检查人")]
    rows = [_row(tongue, point, room, one) for one in _machines(request, session, room_id)]
    return exports.as_csv(actor, f"room:{room_id}", Table.MACHINES, head, rows, f"machines-{room_id}")


@router.delete("/machine-checks/{machine_check_id}", status_code=204)
def retire_machine(
    machine_check_id: int, session: Writing, actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
) -> Response:
    """Take a machine off its room's list, by its newest check."""
    actions.retire_machine(session, actor, machine_check_id, now=clock.now())
    return Response(status_code=204)


def _place(session: Session, room_id: int) -> tuple[ExamPoint, Room]:
    found = places.place(session, room_id)
    if found is None:
        raise errors.NotFound()
    return found


def _machines(request: Request, session: Session, room_id: int) -> list[MachineShape]:
    tongue = rendering.language_of(request)
    return [MachineShape.of(line, tongue) for line in machines.machines(session, room_id)]


def _row(tongue: str, point: ExamPoint, room: Room, one: MachineShape) -> sheets.Row:
    camera = {None: "", True: "能用", False: "不能用"}[one.camera]
    return [
        point.name,
        room.name,
        one.machine,
        one.fitness_word,
        "; ".join(one.fault_words),
        one.browser,
        one.address,
        one.drift_ms,
        one.save_ms,
        language.say(tongue, camera) if camera else "",
        f"{clock.local(one.checked_at):%Y-%m-%d %H:%M}",
        one.checked_by,
    ]
