"""The plan of a room for its door: who sits where, in rows from the front."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.kernel import clock, errors
from service.programme.queries import classes as programme
from service.programme.queries.classes import RosterLine
from service.sittings import queries
from service.sittings.actions.typesetting import typeset
from service.sittings.queries import SittingView
from service.sittings.tables import Seat

# A room of thirty is five rows of six; rooms have no drawn layout, so numbers run row by row from the front left.
SEATS_A_ROW = 6


@dataclass(frozen=True, slots=True)
class Placed:
    """A seat of the plan and whose it is."""

    seat: Seat
    line: RosterLine


def seat_plan(session: Session, sitting_id: int) -> list[Placed]:
    """Everybody of a sitting by seat number."""
    seats = queries.seats_of(session, sitting_id)
    lines = programme.trainees(session, [seat.trainee_id for seat in seats])
    return [Placed(seat, lines[seat.trainee_id]) for seat in seats]


def rows_of(placed: Sequence[Placed]) -> list[list[Placed]]:
    """The plan row by row."""
    return [list(placed[start : start + SEATS_A_ROW]) for start in range(0, len(placed), SEATS_A_ROW)]


def print_seat_plan(session: Session, actor: Actor, sitting_id: int) -> bytes:
    """The plan as a PDF for the door: seat, name, masked citizen id, enterprise, nothing else.

    Raises:
        NotFound: no such sitting. WrongState: nobody has a seat in it.
    """
    view = queries.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    using.require_right(actor, Right.SITTINGS_ARRANGE)
    placed = seat_plan(session, sitting_id)
    if not placed:
        raise errors.WrongState("nobody_enrolled", "本场还没有编排考生，请先编排。")
    return typeset("seat_plan.typ", _page(view, placed))


def _page(view: SittingView, placed: Sequence[Placed]) -> dict[str, object]:
    begins, ends = clock.local(view.times.starts_at), clock.local(view.times.ends_at)
    return {
        "class": view.training_class.name,
        "point": view.point.name,
        "room": view.room.name,
        "when": f"{begins:%Y年%m月%d日 %H:%M}至{ends:%H:%M}",
        "rehearsal": view.sitting.rehearsal,
        "columns": SEATS_A_ROW,
        "seats": [
            {
                "number": f"{one.seat.number:02d}",
                "name": one.line.person.name,
                "citizen_id": one.line.person.citizen_id_masked,
                "enterprise": one.line.enterprise.name,
            }
            for one in placed
        ],
    }
