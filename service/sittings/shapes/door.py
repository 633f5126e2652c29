"""What crosses HTTP at the door: acts of tablets, the roster they hold, and cases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.access.rules.policy import Actor
from service.kernel import language
from service.kernel.bounds import Identifier, Moment
from service.kernel.paging import Blank
from service.sittings.actions.acts import Entry, Outcome
from service.sittings.actions.cases import CaseView
from service.sittings.queries.door import Place
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.door import CASE_NAMES, Act, CaseKind
from service.sittings.rules.seats import RefusalReason, SeatState

# As many acts as a tablet may send in one go: far more than a room needs, and a request that is still short.
MOST_ACTS = 500
Device = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{8,40}$", description="The id that the tablet drew for itself, once for each proctor."
    ),
]


class ActShape(BaseModel):
    """One act. A look needs ``text`` or ``seat_id``; so do the others, and a refusal its ``reason``."""

    nonce: str = Field(
        pattern=r"^[A-Za-z0-9_.:-]{8,40}$", description="Drawn for each act; a retry repeats it and is the same act."
    )
    act: Act
    text: str = Field("", max_length=600, description="The QR code's text, or the typed ticket number.")
    seat_id: Identifier | None = None
    reason: Annotated[RefusalReason | None, Blank] = None
    note: str = Field("", max_length=200)
    at: Moment | None = Field(None, description="When it happened; asked of acts made offline only.")
    confirmed: bool = Field(False, description="The new ticket of a seat whose old one was replaced has been seen.")
    offline: bool = Field(False, description="It has already happened at the door, while the server was out of reach.")


class CheckIns(BaseModel):
    """What a tablet did at the door, in its order."""

    device: Device
    sent_at: Moment | None = None
    acts: list[ActShape] = Field(min_length=1, max_length=MOST_ACTS)

    def entries(self, by: Actor | str, sitting_id: int) -> list[Entry]:
        """The acts as :func:`checking_in.take` takes them; ``by`` may be the digest of a session's token."""
        return [
            Entry(
                by=by,
                sitting_id=sitting_id,
                nonce=one.nonce,
                act=one.act,
                device=self.device,
                text=one.text,
                seat_id=one.seat_id,
                reason=one.reason,
                note=one.note.replace("\0", ""),
                confirmed=one.confirmed,
                offline=one.offline,
                at=one.at,
                sent_at=self.sent_at,
            )
            for one in self.acts
        ]


class SeatCard(BaseModel):
    """Who sits here and how the seat stands now; ``last_scan_at`` is the look before this one."""

    seat_id: int
    number: int
    ticket_number: str
    issue: int
    name: str
    citizen_id_masked: str
    enterprise: str
    photo: str = Field(description="Where the photograph is, empty where there is none.")
    state: SeatState | None
    admitted_at: datetime | None
    refused: str | None
    last_scan_at: datetime | None

    @classmethod
    def of(cls, place: Place, state: SeatState | None, looked_at: datetime | None) -> "SeatCard":
        return cls(
            seat_id=place.seat_id,
            number=place.number,
            ticket_number=place.ticket_number,
            issue=place.issue,
            name=place.name,
            citizen_id_masked=place.citizen_id_masked,
            enterprise=place.enterprise,
            photo=f"/api/v1/sittings/seats/{place.seat_id}/photo" if place.has_photo else "",
            state=state,
            admitted_at=place.admitted_at,
            refused=place.refusal,
            last_scan_at=looked_at,
        )


class OutcomeShape(BaseModel):
    """What became of an act: ``allowed``, or the code of why not; with a ``case`` a person will decide."""

    nonce: str
    recorded: bool = True
    verdict: str
    case: CaseKind | None
    reason: str
    seat: SeatCard | None

    @classmethod
    def of(cls, outcome: Outcome, tongue: str) -> "OutcomeShape":
        place, decision = outcome.place, outcome.decision
        return cls(
            nonce=outcome.nonce,
            verdict=decision.code,
            case=outcome.case,
            reason=language.say(tongue, decision.reason, decision.values),
            seat=SeatCard.of(place, outcome.state, outcome.looked_at) if place is not None else None,
        )


class TallyShape(BaseModel):
    admitted: int
    expected: int


class CheckedIn(BaseModel):
    """The server's time, an outcome for every act in its order, and how many are in."""

    now: datetime
    outcomes: list[OutcomeShape]
    seats: TallyShape

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], now: datetime, tongue: str) -> "CheckedIn":
        tally = outcomes[-1].tally
        return cls(
            now=now,
            outcomes=[OutcomeShape.of(one, tongue) for one in outcomes],
            seats=TallyShape(admitted=tally.admitted, expected=tally.expected),
        )


class PackShape(BaseModel):
    """The roster as a compact JWS (ES256), the key it is verified with, and the key of tickets, which it repeats."""

    pack: str
    key: dict[str, Any]
    ticket_key: dict[str, Any]


class Way(BaseModel):
    """Whether something may be done now, or why not."""

    allowed: bool
    reason: str


class CaseShape(BaseModel):
    """What the server could not simply accept, with the act as its tablet told it."""

    id: int
    kind: CaseKind
    words: str
    seat: SeatCard | None
    act: Act
    reason: str
    note: str
    happened_at: datetime
    said_at: datetime | None = Field(description="What the tablet's clock said, where that cannot have been.")
    learnt_at: datetime | None
    proctor: str
    tablet: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    outcome: CaseOutcome | None
    closing_reason: str | None
    ways: dict[CaseOutcome, Way]

    @classmethod
    def of(cls, view: CaseView, tongue: str) -> "CaseShape":
        case, scan, kind = view.row.case, view.row.scan, CaseKind(view.row.case.kind)
        return cls(
            id=case.id or 0,
            kind=kind,
            words=language.say(tongue, CASE_NAMES[kind]),
            seat=SeatCard.of(view.place, view.state, view.place.looked_at) if view.place is not None else None,
            act=Act(scan.act),
            reason=scan.reason,
            note=scan.note,
            happened_at=scan.at,
            said_at=scan.said_at,
            learnt_at=scan.learnt_at,
            proctor=view.row.proctor,
            tablet=view.row.tablet or scan.device,
            opened_at=case.opened_at,
            closed_at=case.closed_at,
            closed_by=view.row.closer,
            outcome=CaseOutcome(case.outcome) if case.outcome is not None else None,
            closing_reason=case.reason,
            ways={
                outcome: Way(allowed=way.allowed, reason=language.say(tongue, way.reason))
                for outcome, way in view.ways.items()
            },
        )


class Closing(BaseModel):
    outcome: CaseOutcome
    reason: str = Field(min_length=2, max_length=200)
