"""What crosses HTTP in a candidate's exam. Nothing here has a field for a key."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.kernel.bounds import BIGGEST, Moment
from service.papers.rules import answers
from service.sittings.actions.attending import Pulse
from service.sittings.actions.starting import Exam
from service.sittings.rules import lockdown, phases
from service.sittings.rules.phases import Phase
from service.sittings.rules.presence import Leaving
from service.sittings.rules.seats import SeatState

MOST_SECONDS = 24 * 3600
BASE64 = r"^[A-Za-z0-9+/=]*$"


class SignInSeat(BaseModel):
    ticket_number: str = Field(pattern=r"^\d{6,12}$")
    id_tail: str = Field(pattern=r"^\d{5}[0-9Xx]$", description="The last six characters of the citizen id.")
    browser_key: str = Field(
        "",
        max_length=200,
        pattern=BASE64,
        description="The browser's P-256 public key (SubjectPublicKeyInfo, base64), which signs queued answers.",
    )
    device_key: str = Field(
        "",
        max_length=64,
        pattern=r"^([A-Za-z0-9-]{22,64})?$",
        description="Drawn by lot before asking, at least 22 characters; the same again renews a session whose reply "
        "was lost, where any other machine needs the leave of a proctor.",
    )


class PictureShape(BaseModel):
    """What is known of a picture before its bytes are fetched: its words, and its size in pixels."""

    words: str
    width: int
    height: int


class CasePartShape(BaseModel):
    """The case that a question asks about: the paper's ``number``-th, and which of its questions this one is."""

    number: int
    place: int
    size: int
    text: str


class QuestionShape(BaseModel):
    position: int
    kind: str
    stem: str
    options: dict[str, str]
    points: int
    pictures: dict[str, PictureShape] = Field({}, description="By place: stem, or the letter of an option.")
    case: CasePartShape | None = None


class AnswerShape(BaseModel):
    position: int
    choice: str
    flagged: bool
    seq: int


class ExamShape(BaseModel):
    """The candidate's page: who, when, and from the start on the questions and one's own answers."""

    name: str
    seat: int
    ticket_number: str
    class_name: str
    exam_point: str
    room: str
    rehearsal: bool
    state: SeatState
    phase: Phase
    opened: bool
    now: datetime
    starts_at: datetime
    ends_at: datetime
    large_type: bool
    read_aloud: bool
    paper_code: str
    paper: int = Field(description="Another number than before means another form: the room was switched.")
    exam_token: str = Field(description="Carried by every URL of a Safe Exam Browser sitting as ?t=; empty elsewhere.")
    questions: list[QuestionShape] = []
    answers: list[AnswerShape] = []

    @classmethod
    def of(cls, exam: Exam, now: datetime) -> "ExamShape":
        desk, around, granted = exam.desk, exam.around, exam.arrangement
        return cls(
            name=exam.name,
            seat=desk.number,
            ticket_number=desk.ticket_number,
            class_name=around.class_name,
            exam_point=around.exam_point,
            room=around.room,
            rehearsal=desk.form_id is None,
            state=desk.state,
            phase=phases.phase(desk.at, now),
            opened=exam.opened,
            now=now,
            starts_at=desk.at.starts_at,
            ends_at=desk.at.ends_at,
            large_type=granted is not None and granted.large_type,
            read_aloud=granted is not None and granted.read_aloud,
            paper_code=around.paper_code,
            paper=desk.form_id or 0,
            exam_token=lockdown.exam_token(exam.token_digest) if desk.lock.seb_config_key else "",
            questions=[QuestionShape.model_validate(one, from_attributes=True) for one in exam.questions],
            answers=[AnswerShape.model_validate(one, from_attributes=True) for one in exam.answers],
        )


class SaveAnswer(BaseModel):
    choice: str = Field("", max_length=answers.LONGEST_ANSWER)
    flagged: bool = False
    seq: int = Field(ge=1, le=BIGGEST)
    paper: int = Field(0, ge=0, le=BIGGEST, description="The paper that the page shows; 0 where it does not say.")


class Saved(BaseModel):
    """The acknowledgement: the answer with this sequence number, or a newer one, is on disk."""

    seq: int
    now: datetime


class LeftShape(BaseModel):
    nonce: str = Field(pattern=r"^[A-Za-z0-9_.:-]{8,40}$")
    kind: Leaving
    seconds: int = Field(0, ge=0, le=MOST_SECONDS)
    made_at: Moment


class BeatShape(BaseModel):
    """A sign of life; ``made_at`` is the machine's own clock, ``after`` the last message it has shown."""

    made_at: Moment
    waiting: int = Field(0, ge=0, le=10_000, description="Changes that the page has not been able to send yet.")
    left: list[LeftShape] = Field([], max_length=50)
    after: int = Field(0, ge=0, le=BIGGEST)


class MessageShape(BaseModel):
    id: int
    text: str
    sent_at: datetime


class PulseShape(BaseModel):
    """What has changed for this machine, by our clock."""

    now: datetime
    state: SeatState
    phase: Phase
    opened: bool
    paper: int
    starts_at: datetime
    ends_at: datetime
    paused: bool
    leavings: int
    messages: list[MessageShape]

    @classmethod
    def of(cls, pulse: Pulse, now: datetime) -> "PulseShape":
        desk = pulse.desk
        return cls(
            now=now,
            state=desk.state,
            phase=phases.phase(desk.at, now),
            opened=pulse.opened,
            paper=desk.form_id or 0,
            starts_at=desk.at.starts_at,
            ends_at=desk.at.ends_at,
            paused=desk.at.paused,
            leavings=pulse.leavings,
            messages=[MessageShape.model_validate(one, from_attributes=True) for one in pulse.messages],
        )


class ReceiptShape(BaseModel):
    """What a candidate takes away: enough to show later that this sheet, and no other, was handed in."""

    code: str
    paper_code: str
    answered: int
    items: int
    digest: str
    at: datetime
    by: str = Field(description="Whose hand closed the sheet: candidate, clock, proctor or termination.")


class ReceiptCheck(BaseModel):
    valid: bool
    handed_in_at: datetime | None = None
    answered: int = 0
    items: int = 0
