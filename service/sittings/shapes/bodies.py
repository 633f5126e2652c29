"""What crosses HTTP on the exam day. Nothing here has a field for a key."""

from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from service.access.shapes import StepUp
from service.kernel import errors
from service.papers.rules.states import Form
from service.sittings.actions.checking_in import Card
from service.sittings.rules.phases import Phase
from service.sittings.rules.seats import RefusalReason

DayOrInstant = TypeVar("DayOrInstant", date, datetime)
# No exam of ours was before or will be after (our choice); beyond, a day has no midnight in UTC or none that is stored.
EARLIEST, LATEST = 2000, 2100


def _within(day: DayOrInstant) -> DayOrInstant:
    if not EARLIEST <= day.year <= LATEST:
        # Told in a sentence, where the framework would only name the field.
        raise errors.Malformed(
            "day_beyond", "日期要在{first}年到{last}年之间，请检查年份。", first=EARLIEST, last=LATEST
        )
    return day


# Whatever zone a caller writes, the record and the answers are in UTC.
UtcInstant = Annotated[AwareDatetime, AfterValidator(_within), AfterValidator(lambda instant: instant.astimezone(UTC))]
# A local day in an address or a body.
Day = Annotated[date, AfterValidator(_within)]


class NewSitting(BaseModel):
    class_id: int
    room_id: int
    starts_at: UtcInstant
    late_minutes: int | None = Field(None, ge=0, le=60, description="Left out: those of the rules of rooms in force.")
    form: Form = Form.A
    part: bool = Field(False, description="Only a part of the class sits in this room, the rest in others.")


class SittingShape(BaseModel):
    id: int
    class_id: int
    class_name: str
    exam_point: str
    room: str
    starts_at: datetime
    ends_at: datetime
    last_entry_at: datetime
    phase: Phase
    opened: bool
    proctors: list[str]
    seats: int
    county: str = ""
    rehearsal: bool = False
    cancelled: bool = False


class AssignProctor(BaseModel):
    account_id: int


class EnrolmentShape(BaseModel):
    """What came of one trainee; ``code`` and ``reason`` say why there is no seat."""

    trainee_id: int
    name: str
    enrolled: bool
    seat: int | None
    seat_id: int | None
    ticket_number: str | None
    ticket_code: str | None = Field(description="What the QR code on the ticket says.")
    code: str
    reason: str


class ScanTicket(BaseModel):
    text: str = Field(min_length=1, max_length=600, description="The QR code's text, or the typed ticket number.")
    nonce: str = Field(min_length=8, max_length=40, description="Drawn by the tablet; a retry repeats it.")


class CardShape(BaseModel):
    """What the proctor sees before deciding."""

    allowed: bool
    code: str
    reason: str
    seat_id: int | None = None
    seat: int | None = None
    name: str = ""
    citizen_id_masked: str = ""
    enterprise: str = ""
    photo: str = ""
    last_scan_at: datetime | None = None

    @classmethod
    def of(cls, card: Card, reason: str) -> "CardShape":
        if card.seat is None or card.person is None:
            return cls(allowed=False, code=card.decision.code, reason=reason)
        return cls(
            allowed=card.decision.allowed,
            code=card.decision.code,
            reason=reason,
            seat_id=card.seat.id,
            seat=card.seat.number,
            name=card.person.name,
            citizen_id_masked=card.person.citizen_id_masked,
            enterprise=card.enterprise,
            photo=f"/api/v1/sittings/seats/{card.seat.id}/photo" if card.has_photo else "",
            last_scan_at=card.last_scan_at,
        )


class Admission(BaseModel):
    admit: bool
    reason: RefusalReason | None = Field(None, description="Required when the candidate is refused.")
    note: str = Field("", max_length=200)


class Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


class BreakOpen(StepUp):
    """A custodian's hand outside the usual way; whoever is first says why."""

    reason: str = Field("", max_length=300)


class OpeningShape(BaseModel):
    opened: bool
    hands: int
