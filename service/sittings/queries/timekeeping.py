"""Reads on the clock of a room: pauses, extra time, silences of machines, and the working time they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from service.kernel.clock import LOCAL
from service.sittings.queries import places
from service.sittings.rules import presence
from service.sittings.rules.clockwork import Added
from service.sittings.rules.phases import Times
from service.sittings.rules.presence import Silence
from service.sittings.rules.room import ExtraTimeKind
from service.sittings.rules.seats import SeatState
from service.sittings.tables import ExtraTime, Gap, Outage, Pause, Presence, Seat, Sitting

Spans = dict[int | None, list[Silence]]


@dataclass(frozen=True, slots=True)
class Sign:
    """The last sign of life of a seat's machine."""

    seen_at: datetime
    leavings: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Work:
    """From when to when a seat works, and whether it still does."""

    at: Times
    state: SeatState
    started_at: datetime | None
    handed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Loss:
    """Seconds of working time that a seat lost, and seconds that are proposed to be given back for it."""

    lost: int = 0
    proposed: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the clocks of a sitting have gone through until ``now``; the key None is the whole room."""

    now: datetime
    signs: dict[int, Sign]
    gaps: Spans
    pauses: Spans
    # What was made good of times when the service itself was away.
    outages: list[Silence]
    # Seconds given, all kinds together, and those given as compensation.
    given: dict[int | None, int]
    compensated: dict[int | None, int]
    cap_minutes: int

    def loss(self, seat_id: int, work: Work) -> Loss:
        """What a seat lost to silences of its machine, the one that lasts included; nothing before it began."""
        if work.started_at is None:
            return Loss()
        silences = list(self.gaps.get(seat_id, ()))
        sign = self.signs.get(seat_id)
        lasting = presence.silence(sign.seen_at, self.now) if sign is not None else None
        if lasting is not None and work.state is SeatState.WORKING:
            silences.append(lasting)
        silences = presence.apart(silences, self.outages)
        if not silences:
            return Loss()
        begins = max(work.at.starts_at, work.started_at)
        ends = work.handed_in_at or work.at.ends_at
        pauses = [*self.pauses.get(None, ()), *self.pauses.get(seat_id, ())]
        lost = presence.lost_seconds(silences, pauses, begins, ends)
        if work.state not in {SeatState.WORKING, SeatState.PAUSED}:
            return Loss(lost)
        return Loss(lost, presence.proposed_compensation(lost, self.compensated.get(seat_id, 0), self.cap_minutes))

    def minutes(self, seat_id: int) -> int:
        """Whole minutes added for a seat, those of its room included; pauses are not added, they stand still."""
        return (self.given.get(None, 0) + self.given.get(seat_id, 0)) // 60


def ledger(session: Session, sitting: Sitting, now: datetime) -> Ledger:
    """The ledger of a sitting, in six queries however many seats there are."""
    rules = places.rules_on(session, sitting.starts_at.astimezone(LOCAL).date())
    given, compensated = _given(session, sitting.id or 0)
    return Ledger(
        now=now,
        signs=_signs(session, sitting.id or 0),
        gaps=_gaps(session, sitting.id or 0),
        pauses=_pauses(session, sitting.id or 0, now),
        outages=_outages(session, sitting.id or 0),
        given=given,
        compensated=compensated,
        cap_minutes=rules.compensation_cap_minutes,
    )


def work(seat: Seat, at: Times, state: SeatState) -> Work:
    return Work(at, state, seat.started_at, seat.handed_in_at)


# Built once: the board asks every second, and building a statement costs more than running it.
_SITTING = sa.bindparam("sitting", type_=sa.Integer)
_SIGNS = sa.select(col(Presence.seat_id), col(Presence.seen_at), col(Presence.leavings), col(Presence.waiting)).where(
    col(Presence.sitting_id) == _SITTING
)
_GAPS = (
    sa.select(col(Gap.seat_id), col(Gap.from_at), col(Gap.until_at))
    .where(col(Gap.sitting_id) == _SITTING)
    .order_by(col(Gap.from_at))
)
_PAUSES = (
    sa.select(col(Pause.seat_id), col(Pause.paused_at), col(Pause.resumed_at))
    .where(col(Pause.sitting_id) == _SITTING)
    .order_by(col(Pause.paused_at))
)
_OUTAGES = sa.select(col(Outage.from_at), col(Outage.until_at), col(Outage.seconds)).where(
    col(Outage.sitting_id) == _SITTING
)
_GIVEN = (
    sa.select(col(ExtraTime.seat_id), col(ExtraTime.kind), sa.func.sum(col(ExtraTime.seconds)))
    .where(col(ExtraTime.sitting_id) == _SITTING)
    .group_by(col(ExtraTime.seat_id), col(ExtraTime.kind))
)


def _signs(session: Session, sitting_id: int) -> dict[int, Sign]:
    return {seat_id: Sign(*rest) for seat_id, *rest in session.execute(_SIGNS, {"sitting": sitting_id})}


def _gaps(session: Session, sitting_id: int) -> Spans:
    found: Spans = {}
    for seat_id, from_at, until_at in session.execute(_GAPS, {"sitting": sitting_id}):
        found.setdefault(seat_id, []).append(Silence(from_at, until_at))
    return found


def _pauses(session: Session, sitting_id: int, now: datetime) -> Spans:
    found: Spans = {}
    for seat_id, paused_at, resumed_at in session.execute(_PAUSES, {"sitting": sitting_id}):
        found.setdefault(seat_id, []).append(Silence(paused_at, resumed_at or now))
    return found


def _outages(session: Session, sitting_id: int) -> list[Silence]:
    """What was made good is lost no more: a machine was silent then because nobody could hear it."""
    return [
        Silence(from_at, min(until_at, from_at + timedelta(seconds=seconds)))
        for from_at, until_at, seconds in session.execute(_OUTAGES, {"sitting": sitting_id})
    ]


def _given(session: Session, sitting_id: int) -> tuple[dict[int | None, int], dict[int | None, int]]:
    """Seconds given by seat, all kinds together and compensation alone."""
    given: dict[int | None, int] = {}
    compensated: dict[int | None, int] = {}
    for seat_id, kind, seconds in session.execute(_GIVEN, {"sitting": sitting_id}):
        given[seat_id] = given.get(seat_id, 0) + int(seconds)
        if kind == ExtraTimeKind.COMPENSATION:
            compensated[seat_id] = int(seconds)
    return given, compensated


def locked(session: Session, sitting_id: int) -> Sitting | None:
    """A sitting whose clock is about to be changed, locked.

    Of all changes of clocks each waits for the one before. The lock lets rows that refer to the sitting be written:
    answers go on being saved meanwhile, and two that wait for each other would block.
    """
    return session.get(Sitting, sitting_id, with_for_update={"key_share": True}, populate_existing=True)


def standing(session: Session, sitting_id: int) -> list[Seat]:
    """The seats of a sitting that are still at work and whose own clock stands still, locked."""
    statement = sa.select(Seat).where(
        col(Seat.sitting_id) == sitting_id, col(Seat.paused_at).is_not(None), col(Seat.handed_in_at).is_(None)
    )
    locked = statement.order_by(col(Seat.id)).with_for_update().execution_options(populate_existing=True)
    return list(session.execute(locked).scalars())


def open_pause(session: Session, sitting_id: int, seat_id: int | None) -> Pause | None:
    """The pause that a room (no seat) or a seat is in."""
    of = col(Pause.seat_id).is_(None) if seat_id is None else col(Pause.seat_id) == seat_id
    statement = sa.select(Pause).where(col(Pause.sitting_id) == sitting_id, of, col(Pause.resumed_at).is_(None))
    return session.execute(statement.order_by(col(Pause.id).desc())).scalars().first()


@dataclass(frozen=True, slots=True)
class RoomClock:
    """What moved the end of a whole room, each in its order; single seats left aside."""

    pauses: Sequence[Pause]
    outages: Sequence[Outage]
    extra: Sequence[ExtraTime]


def room_clock(session: Session, sitting_id: int) -> RoomClock:
    """What was stopped and added for everybody of a sitting, by people and by the service itself."""
    pauses = sa.select(Pause).where(col(Pause.sitting_id) == sitting_id, col(Pause.seat_id).is_(None))
    outages = sa.select(Outage).where(col(Outage.sitting_id) == sitting_id)
    extra = sa.select(ExtraTime).where(col(ExtraTime.sitting_id) == sitting_id, col(ExtraTime.seat_id).is_(None))
    return RoomClock(
        session.execute(pauses.order_by(col(Pause.id))).scalars().all(),
        session.execute(outages.order_by(col(Outage.from_at))).scalars().all(),
        session.execute(extra.order_by(col(ExtraTime.id))).scalars().all(),
    )


def added_by_nonce(session: Session, sitting_id: int, nonce: str | None) -> Added | None:
    """What was given under a nonce already."""
    if nonce is None:
        return None
    statement = sa.select(ExtraTime).where(col(ExtraTime.sitting_id) == sitting_id, col(ExtraTime.nonce) == nonce)
    found = session.execute(statement).scalars().first()
    return Added(found.seat_id, found.seconds) if found is not None else None
