"""Declaring that seats answer on paper, by two people: from then on their machines take nothing, and the clock closes
their sheets without marking them, for what counts is copied from the paper later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import ending, using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import Note, record_many
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.sittings import queries as sittings
from service.sittings.actions import asking, handing_in, switching
from service.sittings.queries import on_paper as queries
from service.sittings.queries import sheets, timekeeping, transcripts
from service.sittings.queries.on_paper import SheetView
from service.sittings.rules import on_paper as rules
from service.sittings.rules import phases
from service.sittings.rules.on_paper import PaperReason, Place
from service.sittings.rules.seats import SeatState
from service.sittings.rules.switching import Hand
from service.sittings.tables import PaperSheet, Seat, Sitting

_DUTIES = {Hand.PROCTOR: Duty.PROCTOR, Hand.ARRANGER: Duty.ARRANGE}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody declares: the seats by id, or the whole room where none is named; the coded reason, and the words.

    The whole room is everybody who is there and has not handed in.
    """

    seat_ids: Sequence[int]
    reason: PaperReason
    note: str


def propose(session: Session, actor: Actor, sitting_id: int, made: Declaration, *, now: datetime) -> list[PaperSheet]:
    """Declare that seats answer on paper; another person has to confirm it.

    Raises:
        NotFound: no such sitting or seat, or another's. Refused: not this person's to declare, or separation excludes
        them. WrongState: not running, not opened, nothing printed, or a seat is not at work or declared already.
    """
    sitting, hands = _sitting(session, actor, sitting_id, now)
    seats = _seats(session, sitting, made.seat_ids)
    declared = {one.sheet.seat_id for one in queries.of_sitting(session, sitting_id)}
    if not made.seat_ids:
        seats = [one for one in seats if one.id not in declared and _there(one, sitting, now)]
    rules.may_begin(_place(session, sitting, None, False, now), hands).or_refuse()
    if not seats:
        raise errors.WrongState("nobody_at_work", "没有正在作答、还没有登记的考生。")
    for seat in seats:
        place = _place(session, sitting, seat, seat.id in declared, now)
        rules.may_declare(place, hands, made.reason, made.note).or_refuse()
    _use(session, actor, sitting, hands, now)

    assert actor.person_id is not None
    rows = [
        PaperSheet(
            sitting_id=sitting_id,
            seat_id=seat.id or 0,
            reason=made.reason,
            note=made.note.strip(),
            proposed_at=now,
            proposed_by=actor.person_id,
        )
        for seat in seats
    ]
    session.add_all(rows)
    session.flush()

    # What happened may name people, so the record holds its digest; the page has the words.
    note = sealing.digest(made.note.strip().encode())
    record_many(
        session,
        [_note(Event.PAPER_ANSWERS_PROPOSED, actor, row, {"reason": row.reason, "note": note}) for row in rows],
        now=now,
    )
    return rows


def decide(
    session: Session, actor: Actor, sitting_id: int, sheet_ids: Sequence[int], *, accept: bool, now: datetime
) -> list[PaperSheet]:
    """Confirm or decline what another person declared; on confirming the machines take nothing any more.

    Raises:
        NotFound: no such sitting, or another's. Refused: the same person, or separation excludes them.
        WrongState: there is none, it has been decided, or the candidate has handed in by the machine meanwhile.
    """
    sitting, hands = _sitting(session, actor, sitting_id, now)
    wanted = [session.get(PaperSheet, one, populate_existing=True) for one in dict.fromkeys(sheet_ids)]
    rows = [row for row in wanted if row is not None and row.sitting_id == sitting_id]
    if not rows or len(rows) < len(wanted):
        raise errors.WrongState("declarations_changed", "这里没有这些登记，请刷新后再看。")
    seats = {one.id: one for one in _seats(session, sitting, [row.seat_id for row in rows])}
    for row in rows:
        rules.may_decide(
            hands,
            decided=row.decided_at is not None,
            same_person=row.proposed_by == actor.person_id,
            accept=accept,
            closed=seats[row.seat_id].handed_in_at is not None,
            cancelled=sitting.cancelled_at is not None,
        ).or_refuse()
    _use(session, actor, sitting, hands, now)

    given = sheets.given(session, list(seats.values())) if accept else {}
    for row in rows:
        row.decided_at, row.decided_by, row.confirmed = now, actor.person_id, accept
        if accept:
            row.saved = handing_in.digest(given.get(row.seat_id, {}))
            seats[row.seat_id].on_paper_at = now
            session.add(seats[row.seat_id])
        session.add(row)
    session.flush()
    if accept:
        ending.confined_to(session, *(f"seat:{row.seat_id}" for row in rows), now=now)

    record_many(
        session,
        [
            _note(
                Event.PAPER_ANSWERS_DECIDED,
                actor,
                row,
                {"confirmed": accept, "answered": len(given.get(row.seat_id, {})), "saved": row.saved},
            )
            for row in rows
        ],
        now=now,
    )
    return rows


def room_of(session: Session, actor: Actor, sitting: Sitting, *, now: datetime) -> tuple[Place, frozenset[Hand]]:
    """What a declaration depends on but for the seat, and as whom this person could make it."""
    return _place(session, sitting, None, False, now), switching.hands_of(session, actor, sitting, now=now)


def at_work(session: Session, sitting: Sitting, *, now: datetime) -> list[Seat]:
    """The seats for which it could still be declared."""
    declared = {one.sheet.seat_id for one in queries.of_sitting(session, sitting.id or 0)}
    found = sittings.seats_of(session, sitting.id or 0)
    return [one for one in found if one.id not in declared and _there(one, sitting, now)]


def may_decide(actor: Actor, one: SheetView, hands: frozenset[Hand], *, accept: bool) -> bool:
    """Whether this person may decide it so, for the page that shows the button."""
    return rules.may_decide(
        hands,
        decided=one.sheet.decided_at is not None,
        same_person=one.sheet.proposed_by == actor.person_id,
        accept=accept,
        closed=one.seat.handed_in_at is not None,
        cancelled=one.sitting.cancelled_at is not None,
    ).allowed


def _sitting(session: Session, actor: Actor, sitting_id: int, now: datetime) -> tuple[Sitting, frozenset[Hand]]:
    using.require_reach(actor, Right.SITTINGS_ON_PAPER, sittings.subject(session, sitting_id))
    sitting = timekeeping.locked(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    return sitting, switching.hands_of(session, actor, sitting, now=now)


def _seats(session: Session, sitting: Sitting, seat_ids: Sequence[int]) -> list[Seat]:
    found = queries.seats_locked(session, sitting.id or 0, seat_ids)
    if len(found) < len(set(seat_ids)):
        raise errors.NotFound()
    return found


def _there(seat: Seat, sitting: Sitting, now: datetime) -> bool:
    state = sittings.state_of(seat, sitting, now)
    return state in rules.AT_WORK


def _place(session: Session, sitting: Sitting, seat: Seat | None, declared: bool, now: datetime) -> Place:
    return Place(
        phase=phases.phase(sittings.times_of(sitting, now, seat), now),
        rehearsal=sitting.rehearsal,
        cancelled=sitting.cancelled_at is not None,
        opened=asking.is_open(session, sitting.form_id),
        printed=transcripts.copies_printed(session, sitting),
        seat=sittings.state_of(seat, sitting, now) if seat is not None else SeatState.WORKING,
        declared=declared,
    )


def _use(session: Session, actor: Actor, sitting: Sitting, hands: frozenset[Hand], now: datetime) -> None:
    """Use the duty that brings the hand; whoever has both acts by the one that is nearest to the room."""
    hand = next(one for one in Hand if one in hands & rules.HANDS)
    using.use_duty(session, actor, _DUTIES[hand], f"class:{sitting.class_id}", now=now)


def _note(event: Event, actor: Actor, row: PaperSheet, data: dict[str, object]) -> Note:
    return Note(event, actor.label, f"seat:{row.seat_id}", {"sheet": row.id, **data})
