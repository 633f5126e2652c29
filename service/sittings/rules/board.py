"""What the board tells of a seat beyond its state: the time it lost, and the one thing a proctor should do next."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from service.sittings.rules.presence import Connection
from service.sittings.rules.seats import SeatState


class NextAction(StrEnum):
    """What a seat needs of a proctor now; ``wait`` is for what solves itself, ``none`` for what needs nobody."""

    CHECK_IN = "check_in"
    WAIT = "wait"
    RELEASE = "release"
    RECHECK = "recheck"
    COMPENSATE = "compensate"
    RESUME = "resume"
    COLLECT = "collect"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Glance:
    """What a proctor sees of a seat at a glance.

    ``entry_open``: whoever comes to the door now may still be admitted; ``complete``: every item has an answer;
    ``proposed``: seconds of compensation to be given.
    """

    state: SeatState
    connection: Connection = Connection.NONE
    entry_open: bool = False
    room_paused: bool = False
    locked: bool = False
    complete: bool = False
    recheck_due: bool = False
    proposed: int = 0


def next_action(seat: Glance) -> NextAction:
    """The one next action of a seat: the most pressing thing first, the others follow when it is done."""
    match seat.state:
        case SeatState.EXPECTED:
            return NextAction.CHECK_IN if seat.entry_open else NextAction.NONE
        case SeatState.ADMITTED:
            return NextAction.RELEASE if seat.locked else NextAction.WAIT
        case SeatState.PAUSED:
            return NextAction.WAIT if seat.room_paused else NextAction.RESUME
        case SeatState.WORKING:
            return _while_working(seat)
        case SeatState.ON_PAPER | SeatState.REFUSED | SeatState.HANDED_IN | SeatState.TERMINATED | SeatState.ABSENT:
            return NextAction.NONE
        case _:
            assert_never(seat.state)


def _while_working(seat: Glance) -> NextAction:
    if seat.locked:
        return NextAction.RELEASE
    if seat.connection is Connection.LOST:
        # Who has answered everything gains nothing on another machine.
        return NextAction.COLLECT if seat.complete else NextAction.RELEASE
    if seat.recheck_due:
        return NextAction.RECHECK
    return NextAction.COMPENSATE if seat.proposed > 0 else NextAction.NONE
