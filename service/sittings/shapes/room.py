"""The board as it crosses HTTP, and filling it from its read model."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlmodel import Session

from service.access.rules.policy import Actor
from service.kernel import clock, errors, language
from service.sittings.queries import rooms as queries
from service.sittings.queries.rooms import Place, RoomView
from service.sittings.rules import board as rules
from service.sittings.rules import phases, presence, seats
from service.sittings.rules.board import Glance, NextAction
from service.sittings.rules.on_paper import PaperStage
from service.sittings.rules.phases import Phase
from service.sittings.rules.presence import Connection
from service.sittings.rules.room import IncidentKind, Recheck
from service.sittings.rules.seats import HandedInBy, RefusalReason, SeatState
from service.sittings.shapes import views
from service.sittings.shapes.bodies import SittingShape
from service.sittings.tables import Arrangement

# Whose machine is looked after; before admission and after the sheet is closed nobody's is.
PRESENT = frozenset({SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED})


class BoardSeat(BaseModel):
    """One seat; times are UTC, ``next`` is what it needs of a proctor now."""

    seat_id: int
    number: int
    name: str
    citizen_id_masked: str
    state: SeatState
    refusal: RefusalReason | None
    answered: int
    items: int
    last_saved_at: datetime | None
    handed_in_by: HandedInBy | None
    locked: bool
    connection: Connection
    seen_at: datetime | None
    leavings: int
    waiting: int = Field(description="Changes that the machine had not yet sent when it was last heard of.")
    ends_at: datetime
    extra_minutes: int = Field(description="Minutes added, those of the room included; pauses are not counted.")
    paused: bool = Field(description="The seat's own clock stands still, whatever the room's does.")
    lost_seconds: int
    proposed_seconds: int
    recheck_due_at: datetime | None = Field(description="Only once it is due: nobody is to know it before.")
    rechecked: Recheck | None
    arrangements: list[str]
    paper: PaperStage | None = Field(description="How far the paper is of a seat that answers on paper.")
    reopening: bool = Field(description="Somebody proposed to open its closed sheet again; a second person decides.")
    reopened_at: datetime | None = Field(description="When two people last opened its sheet again.")
    next: NextAction


class IncidentShape(BaseModel):
    id: int
    seat: int | None
    seat_id: int | None
    kind: IncidentKind
    text: str
    at: datetime
    photos: list[int]


class MessageShape(BaseModel):
    id: int
    seat: int | None
    seat_id: int | None
    text: str
    sent_at: datetime


class SignatureShape(BaseModel):
    """A proctor's confirmation of the room record; not ``current`` once the record says something else."""

    name: str
    at: datetime
    current: bool


class RecordMark(BaseModel):
    """Where the room record stands once it can be confirmed; ``mine``: the caller has confirmed it as it is."""

    mine: bool
    signed: list[SignatureShape]


class BoardShape(BaseModel):
    """A room as it stands; ``mine`` says whether the caller's own hand is on the seal.

    ``began_at`` is set where the room began later than planned, ``paused_at`` while its clock stands still; ``record``
    is None as long as the room record cannot be confirmed.
    """

    sitting: SittingShape
    now: datetime
    rehearsal: bool
    began_at: datetime | None
    paused_at: datetime | None
    pause_reason: str
    extra_minutes: int
    outage_minutes: int = Field(description="Minutes that were added by themselves because the service was away.")
    cut: int = Field(description="Silent machines, where they are so many that the room's clock should be stopped.")
    hands: int
    mine: bool
    record: RecordMark | None
    seats: list[BoardSeat]
    incidents: list[IncidentShape]
    messages: list[MessageShape]


def board(session: Session, actor: Actor, sitting_id: int, tongue: str = "zh") -> BoardShape:
    """All seats as they stand now.

    Raises:
        NotFound: no such sitting.
    """
    found = queries.room_view(session, sitting_id, clock.now())
    if found is None:
        raise errors.NotFound()
    return shape(found, tongue, actor.person_id)


def record_mark(found: RoomView, person_id: int | None) -> RecordMark | None:
    """Where the room record stands, as one proctor sees it."""
    if found.signed is None:
        return None
    return RecordMark(
        mine=any(one.person_id == person_id and one.current for one in found.signed),
        signed=[SignatureShape(name=one.name, at=one.at, current=one.current) for one in found.signed],
    )


def shape(found: RoomView, tongue: str, person_id: int | None = None) -> BoardShape:
    """The board from what was read, its words in one language, as one proctor sees it."""
    row = found.view.sitting
    connections = [_connection(place, found) for place in found.places]
    states = [place.state for place in found.places]
    cut = rules.silent_at_once(list(zip(states, connections, strict=True)), room_paused=row.paused_at is not None)
    return BoardShape(
        sitting=views.shape(
            found.view, found.now, opened=found.form.opened, proctors=found.proctors, seats=len(found.places)
        ),
        now=found.now,
        rehearsal=row.rehearsal,
        began_at=row.began_at,
        paused_at=row.paused_at,
        pause_reason=found.pause_reason,
        extra_minutes=found.given_seconds // 60,
        outage_minutes=-(-found.outage_seconds // 60),
        cut=cut,
        hands=len(found.form.openers),
        mine=person_id in found.form.openers,
        record=record_mark(found, person_id),
        seats=[
            _seat(place, found, tongue, connection, cut)
            for place, connection in zip(found.places, connections, strict=True)
        ],
        incidents=[
            IncidentShape(
                id=incident.id or 0,
                seat=number,
                seat_id=incident.seat_id,
                kind=IncidentKind(incident.kind),
                text=incident.text,
                at=incident.at,
                photos=found.photos.get(incident.id or 0, []),
            )
            for incident, number in found.incidents
        ],
        messages=[
            MessageShape(
                id=message.id or 0, seat=number, seat_id=message.seat_id, text=message.text, sent_at=message.sent_at
            )
            for message, number in found.messages
        ],
    )


def _connection(place: Place, found: RoomView) -> Connection:
    if place.sign is None or place.state not in PRESENT:
        return Connection.NONE
    return presence.connection(place.sign.seen_at, found.now)


def _seat(place: Place, found: RoomView, tongue: str, connection: Connection, cut: int) -> BoardSeat:
    sign = place.sign
    return BoardSeat(
        seat_id=place.seat_id,
        number=place.number,
        name=place.name,
        citizen_id_masked=place.citizen_id_masked,
        state=place.state,
        refusal=RefusalReason(place.refusal) if place.refusal else None,
        answered=place.answered,
        items=found.form.items,
        last_saved_at=place.last_saved_at,
        handed_in_by=HandedInBy(place.handed_in_by) if place.handed_in_by else None,
        locked=place.failed_attempts >= seats.ATTEMPTS,
        connection=connection,
        seen_at=sign.seen_at if sign is not None else None,
        leavings=sign.leavings if sign is not None else 0,
        waiting=sign.waiting if sign is not None else 0,
        ends_at=place.at.ends_at,
        extra_minutes=place.extra_minutes,
        paused=place.paused,
        lost_seconds=place.loss.lost,
        proposed_seconds=place.loss.proposed,
        recheck_due_at=place.due_at,
        rechecked=Recheck(place.rechecked) if place.rechecked else None,
        arrangements=_granted(place.arrangement, tongue) if place.arrangement is not None else [],
        paper=place.paper,
        reopening=place.reopening,
        reopened_at=place.reopened_at,
        next=rules.next_action(_glance(place, found, connection, cut)),
    )


def _glance(place: Place, found: RoomView, connection: Connection, cut: int) -> Glance:
    phase = phases.phase(found.at, found.now)
    return Glance(
        state=place.state,
        connection=connection,
        entry_open=phase not in {Phase.PLANNED, Phase.ENDED} and found.now <= found.at.last_entry_at,
        room_paused=found.view.sitting.paused_at is not None,
        room_cut=cut > 0,
        locked=place.failed_attempts >= seats.ATTEMPTS,
        recheck_due=place.due_at is not None,
        proposed=place.loss.proposed,
        reopening=place.reopening,
        to_sign_in=place.to_sign_in,
    )


def _granted(one: Arrangement, tongue: str) -> list[str]:
    """What a candidate is granted, in words a proctor can act on."""
    words = ["延长{minutes}分钟"] if one.extra_minutes else []
    words += ["大字显示"] if one.large_type else []
    words += ["读题"] if one.read_aloud else []
    words += ["单独考场"] if one.separate_room else []
    return [language.say(tongue, word, {"minutes": one.extra_minutes}) for word in words]
