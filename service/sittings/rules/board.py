"""What the board tells of a seat beyond its state: the time it lost, and the one thing a proctor should do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from service.sittings.rules.presence import Connection
from service.sittings.rules.seats import SeatState

# One dead machine is a machine, three at once and a third of those at work are the network or the power (our choice;
# unconfirmed): then nothing that is done seat by seat helps.
CUT_FROM = 3
CUT_SHARE = 3


class NextAction(StrEnum):
    """What a seat needs of a proctor now; ``wait`` is for what solves itself, ``none`` for what needs nobody.

    Nothing here ever is to collect: a machine that is silent goes on without a network, and a collected sheet does not.
    """

    CHECK_IN = "check_in"
    WAIT = "wait"
    RELEASE = "release"
    LOOK = "look"
    RECHECK = "recheck"
    COMPENSATE = "compensate"
    RESUME = "resume"
    CONFIRM_REOPENING = "confirm_reopening"
    SIGN_IN_AGAIN = "sign_in_again"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Glance:
    """What a proctor sees of a seat at a glance.

    ``entry_open``: whoever comes to the door now may still be admitted; ``room_cut``: so many machines are silent that
    the room needs help and not the seat; ``proposed``: seconds of compensation to be given. ``reopening``: a proposal
    to open its sheet again waits; ``to_sign_in``: the sheet was opened again, and no machine was heard since.
    """

    state: SeatState
    connection: Connection = Connection.NONE
    entry_open: bool = False
    room_paused: bool = False
    room_cut: bool = False
    locked: bool = False
    recheck_due: bool = False
    proposed: int = 0
    reopening: bool = False
    to_sign_in: bool = False


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
        case SeatState.HANDED_IN:
            return NextAction.CONFIRM_REOPENING if seat.reopening else NextAction.NONE
        case SeatState.ON_PAPER | SeatState.REFUSED | SeatState.TERMINATED | SeatState.ABSENT:
            return NextAction.NONE
        case _:
            assert_never(seat.state)


def _while_working(seat: Glance) -> NextAction:
    if seat.locked:
        return NextAction.RELEASE
    if seat.to_sign_in:
        return NextAction.SIGN_IN_AGAIN
    if seat.connection is Connection.LOST:
        # Somebody has to see whether the page goes on before anything is taken from the candidate; letting another
        # machine sign in makes what this one has kept evidence for two people, where it would have saved itself.
        return NextAction.WAIT if seat.room_cut else NextAction.LOOK
    if seat.recheck_due:
        return NextAction.RECHECK
    return NextAction.COMPENSATE if seat.proposed > 0 else NextAction.NONE


def silent_at_once(seats: Sequence[tuple[SeatState, Connection]], *, room_paused: bool) -> int:
    """How many machines of a room are silent where they are so many that its clock should be stopped; else none.

    Counted are the seats that work: only their time runs away.
    """
    working = [connection for state, connection in seats if state is SeatState.WORKING]
    lost = working.count(Connection.LOST)
    return lost if not room_paused and lost >= CUT_FROM and lost * CUT_SHARE >= len(working) else 0
