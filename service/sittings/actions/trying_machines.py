"""Machines before the day: saves for measuring, what a machine found out about itself, and taking one off the list."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right, holds
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.sittings.queries import machines as queries
from service.sittings.queries import places
from service.sittings.rules import lockdown
from service.sittings.rules import machines as rules
from service.sittings.rules.machines import Measured
from service.sittings.tables import MachineCheck, MachineTrial, Room


@dataclass(frozen=True, slots=True)
class Report:
    """What a machine says of itself, and the address it says it from."""

    machine: str
    browser: str
    address: str
    measured: Measured


def save_trial(session: Session, actor: Actor, room_id: int, machine: str, *, now: datetime) -> int:
    """Save as an answer is saved, one row and one commit, so that the machine can see how long it takes; how many now.

    Not an act of anybody, so it is not in the journal; neither is an answer.

    Raises:
        NotFound: no such room. Refused: a reader's account.
    """
    _room(session, actor, room_id)

    trial = queries.trial(session, room_id, machine)
    trial = trial or MachineTrial(room_id=room_id, machine=machine, trials=0, saved_at=now)
    trial.trials, trial.saved_at = trial.trials + 1, now
    session.add(trial)
    session.flush()
    return trial.trials


def report_machine(session: Session, actor: Actor, room_id: int, report: Report, *, now: datetime) -> MachineCheck:
    """Keep what a machine found out about itself, and judge it; the newest of a name in a room counts.

    Raises:
        NotFound: no such room. Refused: a reader's account.
    """
    room = _room(session, actor, room_id)
    assert actor.person_id is not None

    fits = not room.address_ranges or lockdown.within(room.address_ranges, report.address)
    found = rules.faults(report.measured, address_fits=fits)
    check = MachineCheck(
        room_id=room_id,
        machine=report.machine,
        browser=report.browser,
        address=report.address,
        drift_ms=report.measured.drift_ms,
        save_ms=report.measured.save_ms,
        camera=report.measured.camera,
        ready=rules.ready(found),
        faults=",".join(found),
        checked_at=now,
        checked_by=actor.person_id,
    )
    session.add(check)
    session.flush()

    data = {"room": room_id, "check": check.id, "ready": check.ready, "faults": check.faults}
    record(session, Event.EXAM_POINT_CHECKED, actor.label, f"exam_point:{room.exam_point_id}", now=now, data=data)
    return check


def retire_machine(session: Session, actor: Actor, machine_check_id: int, *, now: datetime) -> MachineCheck:
    """Take a machine off the list of its room: it was carried out, or its name was mistyped. Its next check is back.

    Raises:
        NotFound: no such check. WrongState: the machine has been checked again since.
    """
    check = queries.check(session, machine_check_id)
    if check is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    newest = queries.newest_check(session, check.room_id, check.machine)
    rules.may_retire(newest=newest is check).or_refuse()
    if check.retired_at is not None:
        return check

    check.retired_at, check.retired_by = now, actor.person_id
    session.add(check)
    session.flush()

    room = places.room(session, check.room_id)
    assert room is not None
    data = {"room": check.room_id, "check": check.id, "retired": True}
    record(session, Event.EXAM_POINT_CHECKED, actor.label, f"exam_point:{room.exam_point_id}", now=now, data=data)
    return check


def _room(session: Session, actor: Actor, room_id: int) -> Room:
    room = places.room(session, room_id)
    if room is None:
        raise errors.NotFound()
    using.require_right(actor, Right.SITTINGS_VIEW)
    arranges, proctors = holds(actor, Right.SITTINGS_ARRANGE), holds(actor, Right.SITTINGS_PROCTOR)
    rules.may_check(arranges=arranges, proctors=proctors).or_refuse()
    return room
