"""What crosses HTTP on the exam day. Nothing here has a field for a key."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field

from service.papers.rules.states import Form
from service.sittings.actions.checking_in import Card
from service.sittings.rules.phases import DEFAULT_LATE_MINUTES, LARGEST_ROOM, Phase
from service.sittings.rules.seats import RefusalReason, SeatState


class NewExamPoint(BaseModel):
    name: str = Field(min_length=2, max_length=120)
    county: str = Field(min_length=2, max_length=40)
    address: str = Field("", max_length=200)
    rooms: dict[str, int] = Field(min_length=1, description=f"Room name → seats, at most {LARGEST_ROOM} each.")


class RoomShape(BaseModel):
    id: int
    exam_point: str
    name: str
    capacity: int


class NewSitting(BaseModel):
    class_id: int
    room_id: int
    starts_at: AwareDatetime
    late_minutes: int = Field(DEFAULT_LATE_MINUTES, ge=0, le=60)
    form: Form = Form.A


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


class NewIncident(BaseModel):
    seat_id: int | None = None
    text: str = Field(min_length=2, max_length=500)


class OpeningShape(BaseModel):
    opened: bool
    hands: int


class BoardSeat(BaseModel):
    seat_id: int
    number: int
    name: str
    citizen_id_masked: str
    state: SeatState
    refusal: RefusalReason | None
    answered: int
    items: int
    last_saved_at: datetime | None
    handed_in_by: str | None
    locked: bool


class IncidentShape(BaseModel):
    seat: int | None
    text: str
    at: datetime


class BoardShape(BaseModel):
    """A room as it stands; ``mine`` says whether the caller's own hand is on the seal."""

    sitting: SittingShape
    now: datetime
    hands: int
    mine: bool
    seats: list[BoardSeat]
    incidents: list[IncidentShape]


class SignInSeat(BaseModel):
    ticket_number: str = Field(pattern=r"^\d{6,12}$")
    id_tail: str = Field(pattern=r"^\d{5}[0-9Xx]$", description="The last six characters of the citizen id.")


class QuestionShape(BaseModel):
    position: int
    kind: str
    stem: str
    options: dict[str, str]
    points: int


class AnswerShape(BaseModel):
    position: int
    choice: str
    flagged: bool
    seq: int


class ExamShape(BaseModel):
    """The candidate's page: who, when, and from the start on the questions and one's own answers."""

    name: str
    seat: int
    class_name: str
    state: SeatState
    phase: Phase
    opened: bool
    now: datetime
    starts_at: datetime
    ends_at: datetime
    questions: list[QuestionShape] = []
    answers: list[AnswerShape] = []


class SaveAnswer(BaseModel):
    choice: str = Field("", max_length=8)
    flagged: bool = False
    seq: int = Field(ge=1, le=2**31 - 1)


class Saved(BaseModel):
    """The acknowledgement: the answer with this sequence number, or a newer one, is on disk."""

    seq: int
    now: datetime
