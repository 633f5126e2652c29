"""An act at the door: as it comes in, as it was judged, and what its tablet is told."""

from dataclasses import dataclass, replace
from datetime import datetime

from service.access.rules.policy import Actor
from service.kernel.decision import Decision
from service.sittings.queries.acts import Known
from service.sittings.queries.door import Place, Tally
from service.sittings.rules import door, verdicts
from service.sittings.rules.door import Act, CaseKind, Judgement
from service.sittings.rules.seats import RefusalReason, SeatState


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. ``by`` is whoever acts, or the digest of their session's token, which is looked up for many at once.

    ``confirmed`` says that the proctor has seen the new ticket of a seat whose old one was replaced.

    ``device`` is the id that the tablet drew for itself, empty for a page without a roster. ``text`` is the ticket's QR
    code or typed number. ``at`` is when an act made offline happened, ``sent_at`` the tablet's clock when it sent it.
    """

    by: Actor | str
    sitting_id: int
    nonce: str
    act: Act
    device: str = ""
    text: str = ""
    seat_id: int | None = None
    reason: RefusalReason | None = None
    note: str = ""
    confirmed: bool = False
    offline: bool = False
    at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An act as it was judged, to be kept. ``undone`` is what an undo took back."""

    entry: Entry
    actor: Actor
    place: Place | None
    happened_at: datetime
    judgement: Judgement
    late_minutes: int = 0
    undone: Act | None = None
    looked_at: datetime | None = None

    @property
    def known(self) -> Known:
        """How a retry of this act will find it."""
        return Known(self.judgement.decision.code, self.judgement.case, self.place.seat_id if self.place else None)


@dataclass(frozen=True, slots=True)
class Again:
    """An act that was stored before under its nonce."""

    entry: Entry
    known: Known
    place: Place | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act, with its seat as it stands now; ``looked_at`` is the look before at the same ticket."""

    nonce: str
    known: Known
    place: Place | None
    state: SeatState | None
    looked_at: datetime | None
    tally: Tally

    @property
    def decision(self) -> Decision:
        if self.case is not None:
            return door.verdict_of(self.case)
        found = verdicts.BY_CODE[self.known.verdict]
        if found is verdicts.TICKET_REPLACED and self.place is not None:
            return replace(found, values={"issue": self.place.issue})
        return found

    @property
    def case(self) -> CaseKind | None:
        return self.known.case
