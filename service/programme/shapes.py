"""What crosses HTTP for the programme; citizen ids leave masked, phone numbers and photographs not at all."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.access.rules.people import TraineeRole
from service.kernel import errors
from service.kernel.pictures import Picture
from service.programme.rules import photos
from service.programme.rules.classes import MOST_HOURS_A_DAY, Attended, ClassDraft
from service.programme.rules.hours import PRACTICAL_BASIS, Basis, Mode
from service.programme.rules.institutions import Profile, Teacher
from service.programme.rules.photos import PhotoType
from service.programme.rules.plans import Target


class SetPlan(BaseModel):
    year: int = Field(ge=2024, le=2099)
    people_target: int = Field(ge=1, le=100_000)
    cumulative_percent: int = Field(ge=1, le=100)
    practical_basis: Basis = PRACTICAL_BASIS
    source: str = Field(min_length=2, max_length=200)

    def value(self) -> Target:
        return Target(self.year, self.people_target, self.cumulative_percent, self.source)


class PlanShape(BaseModel):
    """A year's plan with its progress; ``notice`` is the share it misses, or would miss on the other reading."""

    year: int
    people_target: int
    cumulative_percent: int
    practical_basis: Basis
    source: str
    enrolled: int
    reached: int
    whole: int
    on_target: bool
    shares_met: bool
    notice: str


class NewProfile(BaseModel):
    full_time_managers: int = Field(ge=0, le=1000)
    has_platform: bool
    practice_base: bool = False

    def value(self) -> Profile:
        return Profile(**self.model_dump())


class ProfileShape(NewProfile):
    """An institution's profile, and the conditions of 三(二) it still lacks."""

    organisation_id: int
    qualifies: bool
    lacks: list[str]


class NewLecturer(BaseModel):
    organisation_id: int
    name: str = Field(min_length=1, max_length=60)
    citizen_id: str = Field(max_length=18)
    title: str = Field("", max_length=40)
    senior: bool
    mining_major: bool
    practice_years: int = Field(ge=0, le=70)
    full_time: bool

    def value(self) -> Teacher:
        return Teacher(self.senior, self.mining_major, self.practice_years, self.full_time)


class LecturerShape(BaseModel):
    id: int
    organisation_id: int
    name: str
    citizen_id_masked: str
    title: str
    senior: bool
    mining_major: bool
    practice_years: int
    full_time: bool


class NewClass(BaseModel):
    code: str = Field(min_length=4, max_length=20, pattern=r"^[0-9A-Z][0-9A-Z-]+$", examples=["2024-TL-01"])
    name: str = Field(min_length=2, max_length=80)
    role: TraineeRole
    plan_year: int
    institution_id: int
    starts_on: date
    ends_on: date
    lecturer_ids: tuple[int, ...] = Field(min_length=1, max_length=50)

    def value(self) -> ClassDraft:
        return ClassDraft(**self.model_dump())


class ClassShape(BaseModel):
    id: int
    code: str
    name: str
    role: TraineeRole
    plan_year: int
    institution_id: int
    institution: str
    starts_on: date
    ends_on: date
    enrolled: int


class AttendeeShape(BaseModel):
    """A person of a roster; ``missing`` says in a sentence which hours are still to be taken."""

    trainee_id: int
    name: str
    citizen_id_masked: str
    enterprise: str
    role: TraineeRole
    has_photo: bool
    hours: dict[Mode, int]
    hours_met: bool
    missing: str


class FaultShape(BaseModel):
    row: int
    column: str
    code: str
    reason: str


class ImportReportShape(BaseModel):
    """What an import did; ``written`` is false for a rehearsal and where faults kept everybody out."""

    kept: int
    unchanged: int
    written: bool
    refused: bool
    faults: list[FaultShape]


class AttendanceLine(BaseModel):
    trainee_id: int
    day: date
    mode: Mode
    hours: int = Field(ge=1, le=MOST_HOURS_A_DAY)

    def value(self) -> Attended:
        return Attended(self.trainee_id, self.day, self.mode, self.hours)


class NewAttendance(BaseModel):
    entries: list[AttendanceLine] = Field(min_length=1, max_length=5000)


class AttendanceReportShape(BaseModel):
    recorded: int
    unchanged: int


class PhotoShape(BaseModel):
    trainee_id: int
    photo_type: PhotoType


async def _photo_body(request: Request) -> Picture:
    """The raw body as a photograph, given up as soon as it is larger than any may be; read outside the loop, for it
    takes a moment."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > photos.MOST_BYTES_AS_IT_COMES:
            most = photos.MOST_BYTES_AS_IT_COMES // 1024**2
            raise errors.Malformed("photo_large", "照片不能超过{most}MB。请缩小后再上传。", most=most)
    return await run_in_threadpool(photos.fitting, bytes(content))


PhotoBody = Annotated[Picture, Depends(_photo_body)]
PHOTO_REQUEST = {
    "requestBody": {
        "required": True,
        "content": {kind.value: {"schema": {"type": "string", "format": "binary"}} for kind in PhotoType},
    }
}
