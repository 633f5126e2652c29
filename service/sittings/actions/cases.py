"""Cases of the door: what the server could not simply accept, and how a person closes it."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds, touches
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import ALLOWED, Decision
from service.sittings import queries
from service.sittings.actions import keeping
from service.sittings.actions.acts import Done, Entry
from service.sittings.queries import acts, door
from service.sittings.queries.acts import CaseRow
from service.sittings.queries.door import Door, Place
from service.sittings.rules import cases as rules
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.door import Act, CaseKind, Judgement
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Case, Scan


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with its seat as it stands now, and for every outcome the decision that closing it so would meet."""

    row: CaseRow
    place: Place | None
    state: SeatState | None
    ways: dict[CaseOutcome, Decision]


def list_cases(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> list[CaseView]:
    """The cases of a sitting, open ones first, then the newest."""
    using.require_reach(actor, Right.SITTINGS_VIEW, queries.subject(session, sitting_id))
    at_door = door.doors(session, [sitting_id]).get(sitting_id)
    if at_door is None:
        raise errors.NotFound()

    found = acts.cases(session, sitting_id)
    places = door.places(session, {row.case.seat_id for row in found if row.case.seat_id is not None})
    acts.recall(session, list(places.values()))
    return [_view(row, places.get(row.case.seat_id or 0), at_door, now) for row in found]


def _view(row: CaseRow, place: Place | None, at_door: Door, now: datetime) -> CaseView:
    ways = {outcome: _may_close(row.case, row.scan, outcome, place, at_door, now) for outcome in CaseOutcome}
    return CaseView(row, place, place.state(at_door, now) if place is not None else None, ways)


def close_case(
    session: Session, actor: Actor, case_id: int, outcome: CaseOutcome, reason: str, *, now: datetime
) -> Case:
    """Close a case with a reason: let the candidate in, turn them away, or keep the seat as it is.

    Raises:
        NotFound: no such case, or a sitting that is not theirs. WrongState: closed already, or not in this state.
        Refused: too late to be let in, or the person is tied to the class.
    """
    case = session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise errors.NotFound()
    scan, at_door = session.get_one(Scan, case.scan_id), door.doors(session, [case.sitting_id])[case.sitting_id]
    place = _place(session, case)

    _require_hand(session, actor, at_door, now)

    _may_close(case, scan, outcome, place, at_door, now).or_refuse()

    case.closed_at, case.closed_by, case.outcome, case.reason = now, actor.person_id, outcome, reason
    session.add(case)
    session.flush()
    if outcome is not CaseOutcome.KEEP:
        _act(session, actor, case, scan, place, at_door, now=now)

    subject = f"seat:{case.seat_id}" if case.seat_id is not None else f"sitting:{case.sitting_id}"
    data = {"case": case.id, "kind": case.kind, "outcome": outcome, "reason": reason}
    record(session, Event.CASE_CLOSED, actor.label, subject, now=now, data=data)
    return case


def _place(session: Session, case: Case) -> Place | None:
    if case.seat_id is None:
        return None
    place = door.places(session, [case.seat_id], lock=True)[case.seat_id]
    acts.recall(session, [place])
    return place


def _require_hand(session: Session, actor: Actor, at_door: Door, now: datetime) -> None:
    """A proctor of the sitting, or whoever arranges exams, and neither tied to the class."""
    subject = queries.subject(session, at_door.sitting_id)
    proctors = touches(actor, Right.SITTINGS_PROCTOR, subject)
    if not proctors and not holds(actor, Right.SITTINGS_ARRANGE):
        using.require_right(actor, Right.SITTINGS_VIEW)
        raise errors.NotFound()
    duty = Duty.PROCTOR if proctors else Duty.ARRANGE
    using.use_duty(session, actor, duty, f"class:{at_door.class_id}", now=now)


def _may_close(
    case: Case, scan: Scan, outcome: CaseOutcome, place: Place | None, at_door: Door, now: datetime
) -> Decision:
    again = rules.may_be_closed(closed=case.closed_at is not None)
    if not again.allowed:
        return again
    seat = place.at_door(at_door, now) if place is not None else None
    return rules.may_close(outcome, Act(scan.act), scan.at, seat, at_door.times(now), now)


def _act(
    session: Session, actor: Actor, case: Case, scan: Scan, place: Place | None, at_door: Door, *, now: datetime
) -> None:
    """What the outcome does to the seat is an act like any other: kept, on record, and to be undone."""
    outcome = CaseOutcome(str(case.outcome))
    act = rules.ACTS[outcome]
    refusal = rules.refusal_of(CaseKind(case.kind), scan.reason) if act is Act.REFUSE else None
    # An admission that happened at the door counts from then; one that is decided now, from now.
    happened_at = scan.at if act is Act.ADMIT and scan.act == Act.ADMIT else now
    entry = Entry(
        by=actor,
        sitting_id=case.sitting_id,
        nonce=secrets.token_hex(16),
        act=act,
        seat_id=case.seat_id,
        reason=refusal,
        note=case.reason or "",
    )
    late = max(0, int((happened_at - at_door.times(now).starts_at).total_seconds() // 60))
    done = Done(entry, actor, place, happened_at, Judgement(ALLOWED), late)
    keeping.apply(done)
    keeping.keep(session, [done], now=now)
