"""Acts at the door: what an act of now may do, and which of those heard of late a person must decide.

An act made while the network was away has already happened. It is judged for the time it happened, and where the
server cannot simply accept it, it is not refused but becomes a case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now
from service.sittings.rules import seats, verdicts
from service.sittings.rules.phases import Phase, Times, phase
from service.sittings.rules.seats import BEGUN, SeatState


class Act(StrEnum):
    LOOK = "look"
    ADMIT = "admit"
    REFUSE = "refuse"
    UNDO = "undo"


ACT_NAMES = {Act.LOOK: "查验", Act.ADMIT: "准予入场", Act.REFUSE: "拒绝入场", Act.UNDO: "撤销"}


class CaseKind(StrEnum):
    """Why an act at the door needs a person's decision."""

    ADMITTED_TWICE = "admitted_twice"
    REFUSED_AFTER_ADMISSION = "refused_after_admission"
    ADMITTED_AFTER_REFUSAL = "admitted_after_refusal"
    TICKET_VOID = "ticket_void"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    TABLET_REVOKED = "tablet_revoked"
    ALREADY_OVER = "already_over"
    UNKNOWN_SEAT = "unknown_seat"


CASE_NAMES = {
    CaseKind.ADMITTED_TWICE: "同一考生在两台平板上都准予入场",
    CaseKind.REFUSED_AFTER_ADMISSION: "一台平板准予入场后，另一台拒绝入场",
    CaseKind.ADMITTED_AFTER_REFUSAL: "一台平板拒绝入场后，另一台准予入场",
    CaseKind.TICKET_VOID: "离线期间使用了已补发作废的准考证",
    CaseKind.TOO_EARLY: "在签到开始之前处理的签到记录",
    CaseKind.TOO_LATE: "离线期间在迟到时限之后准予入场",
    CaseKind.TABLET_REVOKED: "已停用的平板送来的签到记录",
    CaseKind.ALREADY_OVER: "考生已开始答题或已交卷后送来的签到记录",
    CaseKind.UNKNOWN_SEAT: "签到记录中的座位不在本场",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """An admission or a refusal that stands: on which tablet (none for a page without), when and by whom."""

    act: Act
    device: str
    at: datetime
    person_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """An act as it reached the server; ``ticket`` is what its ticket is worth."""

    act: Act
    happened_at: datetime
    device: str = ""
    offline: bool = False
    ticket: Decision = ALLOWED
    reason_given: bool = True
    tablet_revoked: bool = False


@dataclass(frozen=True, slots=True)
class AtDoor:
    """A seat as the door sees it: its state now, and what stands for it, the last act last.

    ``in_time``: somebody was let in here before the last entry, whether or not that stands.
    """

    state: SeatState
    standing: Sequence[Standing] = ()
    in_time: bool = False

    @property
    def last(self) -> Standing | None:
        return self.standing[-1] if self.standing else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of an act: it stands where ``decision`` allows; with a ``case`` a person decides."""

    decision: Decision
    case: CaseKind | None = None


def happened(said: datetime, at: Times, now: datetime) -> datetime:
    """When an act heard of late can have happened: not before check-in, and never in the future."""
    return min(now, max(said, at.check_in_from))


def stands(acts: Iterable[Standing]) -> list[Standing]:
    """What stands after these acts, oldest first: an undo takes away the last admission or refusal before it."""
    left: list[Standing] = []
    for act in acts:
        if act.act is not Act.UNDO:
            left.append(act)
        elif left:
            left.pop()
    return left


def judge(reported: Reported, seat: AtDoor | None, at: Times, now: datetime) -> Judgement:
    """Judge one act. A look decides nothing, so it never becomes a case."""
    if reported.offline and reported.act is not Act.LOOK:
        kind = _case(reported, seat, at, now)
        if kind is not None:
            return Judgement(verdict_of(kind), kind)
    if reported.tablet_revoked:
        return Judgement(verdicts.TABLET_REVOKED)
    return Judgement(_decide(reported, seat, at))


def verdict_of(kind: CaseKind) -> Decision:
    """A case as the verdict on its act."""
    return not_now(kind, CASE_NAMES[kind])


def _decide(reported: Reported, seat: AtDoor | None, at: Times) -> Decision:
    if seat is None:
        return reported.ticket if not reported.ticket.allowed else verdicts.SEAT_UNKNOWN
    match reported.act:
        case Act.LOOK | Act.ADMIT:
            if not (reported.ticket.allowed or reported.ticket is verdicts.TICKET_REPLACED):
                return reported.ticket
            # Which ticket was shown matters only to somebody who may come in.
            return first_refusal(
                seats.may_admit(seat.state, at, reported.happened_at, in_time=seat.in_time), reported.ticket
            )
        case Act.REFUSE:
            decision = seats.may_refuse(seat.state, at, reported.happened_at)
            # What was refused offline is refused, whether or not the tablet sent why.
            missing = not reported.reason_given and not reported.offline
            return verdicts.REASON_MISSING if decision.allowed and missing else decision
        case Act.UNDO:
            return _may_undo(reported, seat, at)


def _may_undo(reported: Reported, seat: AtDoor, at: Times) -> Decision:
    """The last act is undone by whoever is online and sees it; offline only by the tablet that made it."""
    if phase(at, reported.happened_at) in {Phase.PLANNED, Phase.ENDED}:
        return verdicts.NOT_CHECK_IN
    if seat.state in BEGUN:
        return verdicts.ALREADY_WORKING
    if seat.last is None or (reported.offline and seat.last.device != reported.device):
        return verdicts.NOTHING_TO_UNDO
    return ALLOWED


def _case(reported: Reported, seat: AtDoor | None, at: Times, now: datetime) -> CaseKind | None:
    """Why an act heard of late needs a person. What two tablets say against each other comes before the clock."""
    if reported.tablet_revoked:
        return CaseKind.TABLET_REVOKED
    if seat is None:
        # Whatever was done to somebody whom the server does not find here, only a person can say to whom.
        return CaseKind.UNKNOWN_SEAT
    if reported.act is Act.ADMIT and not reported.ticket.allowed:
        return CaseKind.TICKET_VOID
    return _contradiction(reported, seat) or _against_the_clock(reported, seat, at, now)


def _contradiction(reported: Reported, seat: AtDoor) -> CaseKind | None:
    last = seat.last
    if last is None or last.device == reported.device or reported.act is Act.UNDO:
        return None
    if last.act is reported.act:
        return CaseKind.ADMITTED_TWICE if last.act is Act.ADMIT else None
    admitted_last = (reported.act is Act.ADMIT) == (reported.happened_at >= last.at)
    return CaseKind.ADMITTED_AFTER_REFUSAL if admitted_last else CaseKind.REFUSED_AFTER_ADMISSION


def _against_the_clock(reported: Reported, seat: AtDoor, at: Times, now: datetime) -> CaseKind | None:
    last = seat.last
    if reported.act is Act.ADMIT and last is not None and last.act is Act.ADMIT:
        return None  # The same tablet tells the same admission again.
    if seat.state in BEGUN or phase(at, now) is Phase.ENDED:
        return CaseKind.ALREADY_OVER
    if phase(at, reported.happened_at) is Phase.PLANNED:
        return CaseKind.TOO_EARLY
    if reported.act is Act.ADMIT and reported.happened_at > at.last_entry_at and not seat.in_time:
        return CaseKind.TOO_LATE
    return None
