"""At the door: looking at a ticket, admitting, refusing, and taking either back.

:func:`take` works on the acts of many tablets in one transaction; the verbs for a single act stand on it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.rules.policy import Actor
from service.access.tables import Person
from service.kernel import errors
from service.kernel.decision import Decision
from service.sittings import queries
from service.sittings.actions import grounds, keeping
from service.sittings.actions.acts import Again, Done
from service.sittings.actions.acts import Entry as Entry
from service.sittings.actions.acts import Outcome as Outcome
from service.sittings.actions.grounds import Ground
from service.sittings.queries import door as reads
from service.sittings.queries.door import Door
from service.sittings.rules import door, verdicts
from service.sittings.rules.door import Act, Judgement, Reported
from service.sittings.rules.seats import RefusalReason
from service.sittings.tables import Seat


def take(session: Session, entries: Sequence[Entry], *, now: datetime) -> list[Outcome | errors.ServiceError]:
    """Take acts in their order, each with every check, and answer each. An act with a known nonce is answered again.

    What the door may not do is an outcome, and is stored too. A refusal as a value is for whoever may not act here at
    all: not signed in, no proctor of this sitting, somebody else's tablet. Its neighbours are taken all the same.
    """
    ground = grounds.gather(session, entries, now=now)
    judged = [_judge(entry, ground) for entry in entries]

    keeping.keep(session, [one for one in judged if isinstance(one, Done)], now=now)
    keeping.see_tablets(session, _unseen(ground, judged), now=now)

    tallies = reads.tallies(session, {one.entry.sitting_id for one in judged if not isinstance(one, Exception)})
    return [one if isinstance(one, errors.ServiceError) else _outcome(one, ground, tallies) for one in judged]


def _judge(entry: Entry, ground: Ground) -> Done | Again | errors.ServiceError:
    gate = grounds.gate_of(entry)
    if gate in ground.refused:
        return ground.refused[gate]
    known = ground.known.get((entry.sitting_id, entry.nonce))
    if known is not None:
        return Again(entry, known, ground.places.get(known.seat_id or 0))

    done = _judged(entry, ground.actors[gate], ground, ground.doors[entry.sitting_id])
    keeping.apply(done)
    if done.place is not None and entry.act is Act.LOOK:
        done.place.looked_at = done.happened_at
    ground.known[entry.sitting_id, entry.nonce] = done.known
    return done


def _judged(entry: Entry, actor: Actor, ground: Ground, at_door: Door) -> Done:
    now, at = ground.now, at_door.times(ground.now)
    happened_at = door.happened(entry.at or now, at, now) if entry.offline else now
    place, worth = ground.find(entry, happened_at)
    if entry.act is Act.LOOK and not worth.allowed and worth is not verdicts.TICKET_REPLACED:
        place = None
    reported = Reported(
        act=entry.act,
        happened_at=happened_at,
        device=entry.device,
        offline=entry.offline,
        ticket=worth,
        reason_given=entry.reason is not None,
        tablet_revoked=ground.revoked(entry),
    )
    seat = place.at_door(at_door, now) if place is not None else None
    judgement = Judgement(verdicts.CANCELLED) if at_door.cancelled else door.judge(reported, seat, at, now)
    return Done(
        entry=entry,
        actor=actor,
        place=place,
        happened_at=happened_at,
        judgement=judgement,
        late_minutes=max(0, int((happened_at - at.starts_at).total_seconds() // 60)),
        undone=place.standing[-1].act if place is not None and place.standing and entry.act is Act.UNDO else None,
        looked_at=place.looked_at if place is not None else None,
    )


def _unseen(ground: Ground, judged: Sequence[object]) -> set[int]:
    """The tablets that were heard of, and not a moment ago."""
    devices = {one.entry.device for one in judged if isinstance(one, Done | Again)} - {""}
    found = (ground.tablets[device] for device in devices)
    return {tablet.id for tablet in found if tablet.seen_at is None or ground.now - tablet.seen_at > grounds.SEEN}


def _outcome(one: Done | Again, ground: Ground, tallies: dict[int, reads.Tally]) -> Outcome:
    # A tablet that was shut out is told what became of its act, and nothing of anybody.
    place = one.place if not ground.revoked(one.entry) else None
    return Outcome(
        nonce=one.entry.nonce,
        known=one.known,
        place=place,
        state=place.state(ground.doors[one.entry.sitting_id], ground.now) if place is not None else None,
        looked_at=one.looked_at if isinstance(one, Done) else (place.looked_at if place is not None else None),
        tally=tallies.get(one.entry.sitting_id, reads.Tally(0, 0)),
    )


# --- one act, on a page without a roster ---


@dataclass(frozen=True, slots=True)
class Card:
    """What the proctor sees before deciding: who this is by our record, and whether admission is possible."""

    decision: Decision
    seat: Seat | None = None
    person: Person | None = None
    enterprise: str = ""
    has_photo: bool = False
    last_scan_at: datetime | None = None


def scan_ticket(session: Session, actor: Actor, sitting_id: int, text: str, nonce: str, *, now: datetime) -> Card:
    """Look at a ticket, by its QR code or its typed number. Failed looks are kept too; a retry is the same look."""
    outcome = take(session, [Entry(actor, sitting_id, nonce, Act.LOOK, text=text)], now=now)[0]
    if isinstance(outcome, errors.ServiceError):
        raise outcome
    place, seat = outcome.place, None
    if place is not None:
        seat = queries.seat(session, place.seat_id)
    if place is None or seat is None:
        return Card(outcome.decision)
    person = session.get_one(Person, seat.person_id)
    return Card(outcome.decision, seat, person, place.enterprise, place.has_photo, outcome.looked_at)


def admit(session: Session, actor: Actor, seat_id: int, *, now: datetime) -> Seat:
    """Admit a candidate whose identity the proctor has confirmed; an earlier refusal is thereby undone.

    Raises:
        WrongState: not the time, or admitted already. Refused: too late, or the proctor is tied to the class.
    """
    return _do(session, actor, seat_id, Act.ADMIT, now=now)


def turn_away(session: Session, actor: Actor, seat_id: int, reason: RefusalReason, note: str, *, now: datetime) -> Seat:
    """Refuse a candidate at the door, with a coded reason; a later admission undoes it, the record keeps both."""
    return _do(session, actor, seat_id, Act.REFUSE, reason, note, now=now)


def _do(
    session: Session,
    actor: Actor,
    seat_id: int,
    act: Act,
    reason: RefusalReason | None = None,
    note: str = "",
    *,
    now: datetime,
) -> Seat:
    seat = queries.seat(session, seat_id)
    if seat is None:
        raise errors.NotFound()

    entry = Entry(actor, seat.sitting_id, secrets.token_hex(16), act, seat_id=seat_id, reason=reason, note=note)
    done = _judge(entry, grounds.gather(session, [entry], now=now))
    if isinstance(done, errors.ServiceError):
        raise done
    assert isinstance(done, Done), "nobody has used this nonce before"
    done.judgement.decision.or_refuse()

    keeping.keep(session, [done], now=now)
    session.refresh(seat)
    return seat
