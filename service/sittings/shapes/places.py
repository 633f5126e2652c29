"""What crosses HTTP about exam points, rooms and their rules, machines, and rehearsals."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from service.kernel import language
from service.kernel.decision import Decision
from service.sittings.actions import places as actions
from service.sittings.queries.machines import MachineLine
from service.sittings.rules import machines
from service.sittings.rules.machines import Engine, Fault, Fitness
from service.sittings.rules.places import LARGEST_ROOM_EVER, Equipment, Rules
from service.sittings.rules.rehearsing import DEFAULT_MINUTES, LONGEST_MINUTES, SHORTEST_MINUTES
from service.sittings.shapes.bodies import UtcInstant
from service.sittings.tables import ChecklistEntry, ExamPoint, Room

RoomName = Annotated[str, Field(min_length=1, max_length=60)]
# A number, not what could be read as one: `true` is no room for one person.
Capacity = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ROOM_EVER)]
WallTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local wall time, as 08:00.")]
# Every number a browser could measure fits; a clock that is further off stands at the limit.
FARTHEST_MS = 2_000_000_000


class ExamPointBody(BaseModel):
    name: str = Field(min_length=2, max_length=120)
    county: str = Field(min_length=2, max_length=40)
    address: str = Field("", max_length=200)
    opens: WallTime = actions.OPENS
    closes: WallTime = actions.CLOSES


class NewExamPoint(ExamPointBody):
    rooms: dict[RoomName, Capacity] = Field(min_length=1, max_length=40, description="Room name → seats.")


class RoomBody(BaseModel):
    name: RoomName
    capacity: Capacity
    address_ranges: str = Field("", max_length=600, description="Networks of its machines, CIDR; empty for any.")


class RoomShape(RoomBody):
    id: int
    exam_point_id: int
    exam_point: str

    @classmethod
    def of(cls, point: ExamPoint, room: Room) -> "RoomShape":
        return cls(
            id=room.id or 0,
            exam_point_id=room.exam_point_id,
            exam_point=point.name,
            name=room.name,
            capacity=room.capacity,
            address_ranges=room.address_ranges,
        )


class CheckLine(BaseModel):
    in_order: bool
    note: str = Field("", max_length=200)


class LineShape(CheckLine):
    """A line of the checklist as it was last looked at."""

    equipment: Equipment
    checked_at: datetime
    checked_by: str

    @classmethod
    def of(cls, entry: ChecklistEntry, name: str) -> "LineShape":
        return cls(
            equipment=Equipment(entry.equipment),
            in_order=entry.in_order,
            note=entry.note,
            checked_at=entry.checked_at,
            checked_by=name,
        )


class ExamPointShape(ExamPointBody):
    """An exam point with everything about it; ``missing`` says why it may not be declared ready."""

    id: int
    ready_at: datetime | None
    rooms: list[RoomShape]
    checklist: list[LineShape]
    may_be_ready: bool
    missing: str

    @classmethod
    def of(
        cls, point: ExamPoint, rooms: list[Room], lines: list[LineShape], may: Decision, tongue: str
    ) -> "ExamPointShape":
        return cls(
            id=point.id or 0,
            name=point.name,
            county=point.county,
            address=point.address,
            opens=point.opens,
            closes=point.closes,
            ready_at=point.ready_at,
            rooms=[RoomShape.of(point, room) for room in rooms],
            checklist=lines,
            may_be_ready=may.allowed,
            missing=language.say(tongue, may.reason, may.values),
        )


class RoomRules(BaseModel):
    """Rules of rooms from a day on."""

    effective_on: date
    largest_room: Capacity
    proctors: int = Field(ge=2, le=6)
    late_minutes: int = Field(ge=0, le=60)
    compensation_cap_minutes: int = Field(ge=0, le=120)
    outage_cap_minutes: int = Field(60, ge=0, le=240, description="What is added by itself where the service was away.")
    allotment_hidden: bool
    source: str = Field(min_length=2, max_length=200)

    def rules(self) -> Rules:
        """The same for the rules."""
        return Rules(**self.model_dump())


class RoomRulesShape(RoomRules):
    in_force: bool


class Trial(BaseModel):
    machine: str = Field(min_length=1, max_length=40)


class TrialShape(BaseModel):
    trials: int


class ClockShape(BaseModel):
    now: datetime


class MachineBody(Trial):
    """What a machine measured; milliseconds."""

    browser: str = Field(min_length=1, max_length=200)
    engine: Engine
    version: int = Field(ge=0, le=100_000)
    drift_ms: int = Field(ge=-FARTHEST_MS, le=FARTHEST_MS)
    save_ms: int = Field(ge=0, le=FARTHEST_MS)
    store: bool
    secure: bool
    full_screen: bool
    camera: bool | None = Field(None, description="Left out where no camera is needed.")

    def measured(self) -> machines.Measured:
        """The same for the rules."""
        return machines.Measured(
            engine=self.engine,
            version=self.version,
            drift_ms=self.drift_ms,
            save_ms=self.save_ms,
            store=self.store,
            secure=self.secure,
            full_screen=self.full_screen,
            camera=self.camera,
        )


class MachineShape(BaseModel):
    """A machine as its newest check tells it."""

    id: int
    machine: str
    browser: str
    address: str
    drift_ms: int
    save_ms: int
    camera: bool | None
    fitness: Fitness
    fitness_word: str
    faults: list[Fault]
    fault_words: list[str]
    checked_at: datetime
    checked_by: str

    @classmethod
    def of(cls, line: MachineLine, tongue: str) -> "MachineShape":
        check = line.check
        return cls(
            id=check.id or 0,
            machine=check.machine,
            browser=check.browser,
            address=check.address,
            drift_ms=check.drift_ms,
            save_ms=check.save_ms,
            camera=check.camera,
            fitness=line.fitness,
            fitness_word=language.say(tongue, machines.FITNESS_NAMES[line.fitness]),
            faults=line.faults,
            fault_words=[language.say(tongue, machines.FAULT_NAMES[fault]) for fault in line.faults],
            checked_at=check.checked_at,
            checked_by=line.checked_by,
        )


class NewRehearsal(BaseModel):
    class_id: int
    room_id: int
    starts_at: UtcInstant | None = Field(None, description="Left out: this very minute.")
    duration_minutes: int = Field(DEFAULT_MINUTES, ge=SHORTEST_MINUTES, le=LONGEST_MINUTES)
