"""How a person closes what the door could not simply accept."""

from datetime import datetime
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now
from service.sittings.rules import seats, verdicts
from service.sittings.rules.door import Act, AtDoor, CaseKind
from service.sittings.rules.phases import Phase, Times, phase
from service.sittings.rules.seats import RefusalReason


class CaseOutcome(StrEnum):
    """Let the candidate in, turn them away, or leave the seat as it is."""

    ADMIT = "admit"
    TURN_AWAY = "turn_away"
    KEEP = "keep"


OUTCOME_NAMES = {CaseOutcome.ADMIT: "准予入场", CaseOutcome.TURN_AWAY: "拒绝入场", CaseOutcome.KEEP: "维持现状"}
ACTS = {CaseOutcome.ADMIT: Act.ADMIT, CaseOutcome.TURN_AWAY: Act.REFUSE}


def may_be_closed(*, closed: bool) -> Decision:
    """A case is closed once."""
    return not_now("case_closed", "这件疑点已经结案，请刷新后再看。") if closed else ALLOWED


def may_close(
    outcome: CaseOutcome, act: Act, happened_at: datetime, seat: AtDoor | None, at: Times, now: datetime
) -> Decision:
    """Whether a case may be closed so: by the rules of the door; an admission is late or not by when it happened."""
    if outcome is CaseOutcome.KEEP:
        return ALLOWED
    if seat is None:
        return verdicts.SEAT_UNKNOWN
    if outcome is CaseOutcome.TURN_AWAY:
        return seats.may_refuse(seat.state, at, now)
    if phase(at, now) is Phase.ENDED:
        return verdicts.ENDED
    return seats.may_admit(seat.state, at, happened_at if act is Act.ADMIT else now)


def refusal_of(kind: CaseKind, reason: str) -> RefusalReason:
    """The reason of the refusal that closes a case: what the proctor at the door gave, where they gave one."""
    if kind is CaseKind.TOO_LATE:
        return RefusalReason.LATE
    return RefusalReason(reason) if reason else RefusalReason.OTHER
