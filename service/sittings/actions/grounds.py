"""All that a group of acts at the door is judged by: read in a few queries, and kept up to date from act to act."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from service.access.actions import entering, using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, Subject
from service.kernel import errors
from service.kernel.decision import ALLOWED, Decision
from service.sittings.actions import looking, on_duty
from service.sittings.actions.acts import Entry
from service.sittings.actions.looking import Ticket
from service.sittings.queries import acts, door
from service.sittings.queries.acts import Known, KnownTablet
from service.sittings.queries.door import Door, Place
from service.sittings.rules import tablets, tickets, verdicts
from service.sittings.rules.door import Act

# How old a tablet's last sign of life may grow before it is written anew.
SEEN = timedelta(minutes=1)
# Who, at which sitting, on which tablet: what decides whether an act is listened to at all.
Gate = tuple[Actor | str, int, str]


@dataclass(slots=True)
class Ground:
    """What is known about a group of acts; ``refused`` holds the gates that stay shut, and why."""

    now: datetime
    doors: dict[int, Door]
    actors: dict[Gate, Actor] = field(default_factory=dict)
    refused: dict[Gate, errors.ServiceError] = field(default_factory=dict)
    tablets: dict[str, KnownTablet] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    numbers: dict[str, Place] = field(default_factory=dict)
    known: dict[tuple[int, str], Known] = field(default_factory=dict)
    # Gates of proctors who were relieved, through which a tablet brings what it did at the door before it knew.
    behind: set[Gate] = field(default_factory=set)

    def revoked(self, entry: Entry) -> bool:
        """Whether the act comes from a tablet that was shut out, or whose proctor was relieved."""
        shut_out = bool(entry.device) and self.tablets[entry.device].shut_out
        return shut_out or gate_of(entry) in self.behind

    def find(self, entry: Entry, happened_at: datetime) -> tuple[Place | None, Decision]:
        """The seat an act is about, and what its ticket is worth."""
        chosen = self._here(entry, self.places.get(entry.seat_id or 0))
        if not entry.text.strip():
            unsaid = verdicts.TICKET_UNREADABLE if entry.seat_id is None else verdicts.SEAT_UNKNOWN
            return chosen, ALLOWED if chosen is not None else unsaid
        named, worth = self._named(entry, self.tickets[entry.text], happened_at)
        if worth.allowed and entry.seat_id is not None and named is not chosen:
            return chosen, verdicts.TICKET_OTHER_SEAT
        return chosen or named, worth

    def _named(self, entry: Entry, ticket: Ticket, happened_at: datetime) -> tuple[Place | None, Decision]:
        if ticket.number:
            place = self._here(entry, self.numbers.get(ticket.number))
            if place is None:
                return None, verdicts.TICKET_UNKNOWN
            return place, tickets.by_number(place.issue, confirmed=entry.confirmed)
        if ticket.code is None:
            return None, verdicts.TICKET_UNREADABLE
        if ticket.code.sitting_id != entry.sitting_id:
            return None, verdicts.TICKET_OTHER_SITTING
        place = self._here(entry, self.places.get(ticket.code.seat_id))
        if place is None or ticket.code.expires < happened_at.timestamp():
            return place, verdicts.TICKET_EXPIRED
        return place, ALLOWED if ticket.code.issue == place.issue else verdicts.TICKET_REISSUED

    def _here(self, entry: Entry, place: Place | None) -> Place | None:
        return place if place is not None and place.sitting_id == entry.sitting_id else None


def gate_of(entry: Entry) -> Gate:
    return entry.by, entry.sitting_id, entry.device


def gather(session: Session, entries: Sequence[Entry], *, now: datetime) -> Ground:
    """Read all that these acts are judged by; seats that may change stay locked until the end of the transaction."""
    ground = Ground(now, door.doors(session, {entry.sitting_id for entry in entries}))
    ground.tablets = acts.tablets(session, {entry.device for entry in entries if entry.device})
    ground.behind = {gate_of(entry) for entry in entries if entry.offline and entry.device}
    _open_gates(session, ground, {gate_of(entry) for entry in entries})
    heard = [entry for entry in entries if gate_of(entry) not in ground.refused]
    if heard:
        _find_places(session, ground, heard)
        sittings, nonces = {entry.sitting_id for entry in heard}, {entry.nonce for entry in heard}
        # Asked after the seats are locked: of two retries at once the second one finds the first.
        ground.known = acts.known(session, sittings, nonces)
        _find_known_places(session, ground)
    return ground


def _open_gates(session: Session, ground: Ground, gates: set[Gate]) -> None:
    digests = {by for by, _, _ in gates if isinstance(by, str)}
    found = entering.actors_of_tokens(session, digests, now=ground.now) if digests else {}
    uses: dict[Gate, tuple[int, str]] = {}
    for gate in gates:
        actor = found.get(gate[0]) if isinstance(gate[0], str) else gate[0]
        try:
            uses[gate] = _enter(session, ground, actor, gate)
        except errors.ServiceError as error:
            ground.refused[gate] = error
        else:
            assert actor is not None
            ground.actors[gate] = actor
    decisions = using.use_duties(session, Duty.PROCTOR, set(uses.values()), now=ground.now) if uses else {}
    for gate, use in uses.items():
        if not decisions[use].allowed:
            ground.refused[gate] = decisions[use].refusal()


def _enter(session: Session, ground: Ground, actor: Actor | None, gate: Gate) -> tuple[int, str]:
    """The duty that is used by going through this gate.

    Raises:
        Unauthenticated, RightMissing, NotFound: nobody, or nobody who proctors this sitting.
        WrongState: the day has not come, and rooms are told on the day.
        Refused: the tablet has not enrolled, or is another proctor's; or the proctor was relieved.
    """
    _, sitting_id, device = gate
    if actor is None:
        raise errors.Unauthenticated("not_signed_in", "请先登录，再继续。")
    at = ground.doors.get(sitting_id)
    relieved = at.relieved.get(actor.person_id or 0) if at is not None else None
    if relieved is None:
        ground.behind.discard(gate)
    elif gate not in ground.behind:
        raise relieved.refusal()
    there = at.proctors | at.relieved.keys() if at is not None else frozenset()
    using.require_reach(actor, Right.SITTINGS_PROCTOR, Subject(assigned=there))
    assert at is not None and actor.person_id is not None
    # What the door did in a sitting that was cancelled meanwhile is taken, with its own verdict.
    on_duty.judge_time(session, actor, at.plan, ground.now, cancelled=False).or_refuse()
    if device:
        tablet = ground.tablets.get(device)
        if tablet is None:
            raise verdicts.TABLET_UNKNOWN.refusal()
        # What a tablet that was shut out still tells is kept, for a person to judge.
        tablets.may_use_tablet(tablet.person_id, actor.person_id, revoked=False).or_refuse()
    return actor.person_id, f"class:{at.class_id}"


def _asks_the_past(ground: Ground, entry: Entry) -> bool:
    """Whether what was done before matters to an act: after the last entry, who had been let in before it."""
    if entry.act is Act.UNDO or (entry.offline and entry.act is not Act.LOOK):
        return True
    at_door = ground.doors.get(entry.sitting_id)
    return at_door is not None and ground.now > at_door.times(ground.now).last_entry_at


def _find_places(session: Session, ground: Ground, heard: Sequence[Entry]) -> None:
    ground.tickets = looking.read(entry.text for entry in heard if entry.text.strip())
    codes = [ticket.code for ticket in ground.tickets.values() if ticket.code is not None]
    ids = {entry.seat_id for entry in heard if entry.seat_id is not None} | {code.seat_id for code in codes}
    numbers = {ticket.number for ticket in ground.tickets.values() if ticket.number}
    changes = any(entry.act is not Act.LOOK for entry in heard)
    nonces = {entry.nonce for entry in heard}
    if ids or numbers:
        ground.places = door.places(session, ids, numbers, lock=changes, apart_from=nonces)
    ground.numbers = {place.ticket_number: place for place in ground.places.values()}
    if any(_asks_the_past(ground, entry) for entry in heard):
        acts.recall(session, list(ground.places.values()))


def _find_known_places(session: Session, ground: Ground) -> None:
    """A retry is told the seat of its first time, whatever its text finds today."""
    missing = {one.seat_id for one in ground.known.values() if one.seat_id is not None} - set(ground.places)
    if missing:
        ground.places |= door.places(session, missing)
