"""Reads on late answers: who is waiting for a decision, and what is known around each of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import Person
from service.programme.tables import TrainingClass
from service.sittings.queries import transcripts
from service.sittings.rules import late, presence
from service.sittings.rules.late import LateState, Stated
from service.sittings.rules.presence import Silence
from service.sittings.tables import (
    Answer,
    BoundMachine,
    FormSwitch,
    Gap,
    LateAnswer,
    Presence,
    Seat,
    SheetReopening,
    Sitting,
)


@dataclass(frozen=True, slots=True)
class LateLine:
    """A late answer with what people call it by, and who has spoken on it."""

    row: LateAnswer
    seat: Seat
    sitting: Sitting
    training_class: TrainingClass
    name: str
    proposed_by: str
    decided_by: str


def listing(
    *,
    class_id: int | None = None,
    sitting_id: int | None = None,
    state: LateState | None = None,
    late_id: int | None = None,
    apart_from: Collection[int] = (),
) -> Any:
    """A select of the columns of :class:`LateLine`, what waits for a decision first. A rehearsal decides nothing.

    ``apart_from``: the classes that whoever reads keeps away from.
    """
    proposed, decided = sa.orm.aliased(Person), sa.orm.aliased(Person)
    statement = (
        sa.select(LateAnswer, Seat, Sitting, TrainingClass, col(Person.name), proposed.name, decided.name)  # type: ignore[call-overload]
        .join(Seat, col(Seat.id) == col(LateAnswer.seat_id))
        .join(Sitting, col(Sitting.id) == col(LateAnswer.sitting_id))
        .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
        .join(Person, col(Person.id) == col(Seat.person_id))
        .outerjoin(proposed, proposed.id == col(LateAnswer.proposed_by))
        .outerjoin(decided, decided.id == col(LateAnswer.decided_by))
        .where(col(Sitting.rehearsal).is_(False), col(Sitting.class_id).not_in(apart_from), *_in_state(state))
        .order_by(
            col(LateAnswer.decided_at).is_not(None), col(Sitting.starts_at).desc(), col(Seat.number), col(LateAnswer.id)
        )
    )
    if class_id is not None:
        statement = statement.where(col(Sitting.class_id) == class_id)
    if sitting_id is not None:
        statement = statement.where(col(Sitting.id) == sitting_id)
    if late_id is not None:
        statement = statement.where(col(LateAnswer.id) == late_id)
    return statement


def _in_state(state: LateState | None) -> tuple[sa.ColumnElement[bool], ...]:
    match state:
        case None:
            return ()
        case LateState.UNDECIDED:
            return (col(LateAnswer.accepted).is_(None), col(LateAnswer.proposed_at).is_(None))
        case LateState.PROPOSED:
            return (col(LateAnswer.accepted).is_(None), col(LateAnswer.proposed_at).is_not(None))
        case LateState.ACCEPTED:
            return (col(LateAnswer.accepted).is_(True),)
        case LateState.DECLINED:
            return (col(LateAnswer.accepted).is_(False),)


def lines(session: Session, statement: Any) -> list[LateLine]:
    """The lines of a :func:`listing`."""
    return [line(found) for found in session.execute(statement)]


def line(found: Any) -> LateLine:
    """One row of a :func:`listing`; nobody has a name where nobody has spoken."""
    row, seat, sitting, training_class, name, proposed_by, decided_by = found
    return LateLine(row, seat, sitting, training_class, name, proposed_by or "", decided_by or "")


def locked(session: Session, late_id: int) -> LateLine | None:
    """One late answer that is about to be decided, locked: of two people at once the second waits."""
    if session.get(LateAnswer, late_id, with_for_update=True, populate_existing=True) is None:
        return None
    return next(iter(lines(session, listing(late_id=late_id))), None)


def undecided(session: Session, class_ids: Iterable[int] | None = None) -> dict[int, int]:
    """How many late answers wait for a decision, by class; a class without any is absent."""
    statement = (
        sa.select(col(Sitting.class_id), sa.func.count())
        .join(LateAnswer, col(LateAnswer.sitting_id) == col(Sitting.id))
        .where(col(Sitting.rehearsal).is_(False), col(LateAnswer.decided_at).is_(None))
        .group_by(col(Sitting.class_id))
    )
    if class_ids is not None:
        statement = statement.where(col(Sitting.class_id).in_(set(class_ids)))
    return {class_id: int(number) for class_id, number in session.execute(statement)}


# --- what is known around them ---


@dataclass(frozen=True, slots=True)
class Counting:
    """What counts for an item now: the answer of the sheet, or a late one that was accepted (``late_id``)."""

    choice: str
    seq: int
    at: datetime
    late_id: int | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """Of a few seats: what counts by seat and position, the gaps, the last sign of life, when each sitting was last
    switched, since when each machine is known, with whether it is still the one in use, and from when to when a sheet
    was closed that was opened again."""

    counting: dict[tuple[int, int], Counting]
    gaps: dict[int, list[Silence]]
    seen_at: dict[int, datetime]
    switched_at: dict[int, datetime]
    machines: dict[str, tuple[datetime, bool]]
    closed: dict[int, list[Silence]]

    def stated(self, line: LateLine) -> Stated:
        """Which form a late answer says it answers, and whether its machine knew of the one that is sat."""
        switched_at = self.switched_at.get(line.row.sitting_id)
        machine = self.machines.get(line.row.session_digest)
        knew = told(*machine, self.seen_at.get(line.row.seat_id), switched_at) if machine and switched_at else False
        return Stated(line.row.paper, line.sitting.form_id or 0, switched_at, knew)

    def silences(self, seat_id: int, ends: datetime) -> list[Silence]:
        """The silences of a seat until an instant, the one that lasted then included."""
        ended = [one for one in self.gaps.get(seat_id, ()) if one.from_at < ends]
        lasting = presence.silence(self.seen_at.get(seat_id), ends)
        return [*ended, lasting] if lasting is not None else ended


def around(session: Session, seats: Sequence[Seat]) -> Around:
    """What is known around late answers of these seats, in seven queries."""
    ids, of = {seat.id for seat in seats}, {seat.sitting_id for seat in seats}
    gaps: dict[int, list[Silence]] = {}
    for seat_id, *span in session.execute(
        sa.select(col(Gap.seat_id), col(Gap.from_at), col(Gap.until_at))
        .where(col(Gap.seat_id).in_(ids))
        .order_by(col(Gap.from_at))
    ):
        gaps.setdefault(seat_id, []).append(Silence(*span))
    seen = sa.select(col(Presence.seat_id), col(Presence.seen_at)).where(
        col(Presence.sitting_id).in_(of), col(Presence.seat_id).in_(ids)
    )
    seen_at = {row[0]: row[1] for row in session.execute(seen)}
    switched_at, machines, closed = _switched(session, of), _machines(session, ids), _closed(session, ids)
    return Around(_counting(session, of, ids), gaps, seen_at, switched_at, machines, closed)


def told(bound_at: datetime, in_use: bool, seen_at: datetime | None, switched_at: datetime) -> bool:
    """Whether a machine had learnt of a switch: it signed in later, or it is in use still and was heard later.

    Of a machine that another has replaced only the signing in is known, for the seat's sign of life is the other's.
    """
    return bound_at > switched_at or (in_use and seen_at is not None and seen_at > switched_at)


def _switched(session: Session, of: set[int]) -> dict[int, datetime]:
    statement = (
        sa.select(col(FormSwitch.sitting_id), sa.func.max(FormSwitch.decided_at))
        .where(col(FormSwitch.sitting_id).in_(of), col(FormSwitch.confirmed).is_(True))
        .group_by(col(FormSwitch.sitting_id))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _machines(session: Session, ids: set[int | None]) -> dict[str, tuple[datetime, bool]]:
    columns = col(BoundMachine.session_digest), col(BoundMachine.bound_at), col(BoundMachine.replaced_at).is_(None)
    found = session.execute(sa.select(*columns).where(col(BoundMachine.seat_id).in_(ids)))
    return {digest: (bound_at, bool(in_use)) for digest, bound_at, in_use in found}


def _closed(session: Session, ids: set[int | None]) -> dict[int, list[Silence]]:
    columns = col(SheetReopening.seat_id), col(SheetReopening.closed_at), col(SheetReopening.decided_at)
    opened = sa.select(*columns).where(col(SheetReopening.seat_id).in_(ids), col(SheetReopening.confirmed).is_(True))
    found: dict[int, list[Silence]] = {}
    for seat_id, closed_at, opened_at in session.execute(opened):
        found.setdefault(seat_id, []).append(Silence(closed_at, opened_at))
    return found


def _counting(session: Session, of: set[int], ids: set[int | None]) -> dict[tuple[int, int], Counting]:
    given = sa.select(Answer).where(col(Answer.sitting_id).in_(of), col(Answer.seat_id).in_(ids))
    found = {
        (one.seat_id, one.position): Counting(one.choice, one.seq, one.saved_at)
        for one in session.execute(given).scalars()
    }
    for row in transcripts.transcripts(session, ids).values():
        # Written after the machine had stopped, whatever that had not sent by then.
        for position, choice in transcripts.read(row).choices.items():
            before = found.get((row.seat_id, position))
            seq = before.seq if before is not None else 0
            found[row.seat_id, position] = Counting(choice, seq, row.settled_at)
    accepted = sa.select(LateAnswer).where(col(LateAnswer.seat_id).in_(ids), col(LateAnswer.accepted).is_(True))
    for one in session.execute(accepted.order_by(col(LateAnswer.decided_at), col(LateAnswer.id))).scalars():
        drift = timedelta(milliseconds=one.drift_ms) if one.drift_ms is not None else None
        made = late.corrected(one.made_at, drift)
        found[one.seat_id, one.position] = Counting(one.choice, one.seq, made, one.id)
    return found


# --- for the room record ---


def of_record(session: Session, sitting_id: int, numbers: dict[int, int]) -> dict[str, Any]:
    """The part of a room record that tells of late answers, where there are any: how many came, from which seat, when.

    Neither choices nor decisions: proctors sign what happened, and what is made of it later must not undo that.
    """
    by = col(LateAnswer.seat_id), col(LateAnswer.received_at), col(LateAnswer.left_at)
    signed = sa.func.sum(sa.case((col(LateAnswer.signature_good).is_(True), 1), else_=0))
    statement = sa.select(*by, sa.func.count(), signed).where(col(LateAnswer.sitting_id) == sitting_id).group_by(*by)
    found = [
        {"seat": numbers.get(seat_id), "at": at, "left_at": left_at, "number": int(number), "signed": int(good)}
        for seat_id, at, left_at, number, good in session.execute(statement)
    ]
    found.sort(key=lambda one: (one["at"], one["seat"]))
    # Left out where nothing came late, so that records signed before this part existed still say what was signed.
    return {"late_answers": found} if found else {}
