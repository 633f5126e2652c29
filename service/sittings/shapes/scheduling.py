"""What crosses HTTP while sittings are being arranged: conflicts, moves, allotments."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from service.kernel import errors, language
from service.kernel.decision import Decision
from service.papers.rules.states import Form
from service.sittings.actions.allotting import Allotment, Holder, Proposed
from service.sittings.rules.allotting import SEEDS
from service.sittings.shapes.bodies import UtcInstant


class ConflictShape(BaseModel):
    """One thing that stands in the way of a sitting, or only a notice where ``forbids`` is false."""

    code: str
    reason: str
    source: str
    forbids: bool

    @classmethod
    def of(cls, decision: Decision, tongue: str) -> "ConflictShape":
        reason = language.say(tongue, decision.reason, decision.values)
        source = language.say(tongue, decision.source)
        return cls(code=decision.code, reason=reason, source=source, forbids=not decision.allowed)


class ConflictsShape(BaseModel):
    """All conflicts of a sitting that is being thought about, and when it would begin and end."""

    conflicts: list[ConflictShape]
    check_in_from: datetime | None = None
    ends_at: datetime | None = None


class AskConflicts(BaseModel):
    """A sitting as a form describes it so far: a new one of a class, or one that is to be moved."""

    room_id: int
    starts_at: UtcInstant
    class_id: int | None = None
    sitting_id: int | None = None
    form: Form = Form.A
    part: bool = False


class MoveSitting(BaseModel):
    room_id: int
    starts_at: UtcInstant
    reason: str = Field(min_length=2, max_length=200)


class EnrolChosen(BaseModel):
    """Who is to have a seat; left out, everybody of the class."""

    trainee_ids: list[int] | None = Field(None, max_length=1000)

    def chosen(self) -> set[int] | None:
        """The same for the action.

        Raises:
            Malformed: somebody chose, and chose nobody.
        """
        if self.trainee_ids == []:
            raise errors.Malformed("nobody_chosen", "请先勾选要编排的考生。")
        return set(self.trainee_ids) if self.trainee_ids is not None else None


class MoveSeat(BaseModel):
    sitting_id: int
    reason: str = Field(min_length=2, max_length=200)


class HolderShape(BaseModel):
    """Somebody with the proctor's duty; ``sittings`` is how many they have had so far."""

    person_id: int
    name: str
    organisation: str
    sittings: int

    @classmethod
    def of(cls, holder: Holder) -> "HolderShape":
        return cls(
            person_id=holder.person.id or 0,
            name=holder.person.name,
            organisation=holder.organisation.name,
            sittings=holder.load,
        )


class ExcludedShape(HolderShape):
    """Why this one cannot proctor the sitting."""

    code: str
    reason: str


class ProposedShape(BaseModel):
    """What the draw says of one sitting."""

    sitting_id: int
    class_name: str
    exam_point: str
    room: str
    county: str
    starts_at: datetime
    ends_at: datetime
    needed: int
    assigned: list[str]
    chosen: list[HolderShape]
    spare: list[HolderShape]
    excluded: list[ExcludedShape]
    lacking: int

    @classmethod
    def of(cls, one: Proposed, tongue: str) -> "ProposedShape":
        at = one.view.times
        return cls(
            sitting_id=one.view.sitting.id or 0,
            class_name=one.view.training_class.name,
            exam_point=one.view.point.name,
            room=one.view.room.name,
            county=one.view.point.county,
            starts_at=at.starts_at,
            ends_at=at.ends_at,
            needed=one.needed,
            assigned=[person.name for person in one.assigned],
            chosen=[HolderShape.of(holder) for holder in one.chosen],
            spare=[HolderShape.of(holder) for holder in one.spare],
            excluded=[
                ExcludedShape(
                    **HolderShape.of(holder).model_dump(),
                    code=decision.code,
                    reason=language.say(tongue, decision.reason, decision.values),
                )
                for holder, decision in one.excluded
            ],
            lacking=one.lacking,
        )


class AllotmentShape(BaseModel):
    """A proposal: the same seed draws it again; ``digest`` must come back with the acceptance."""

    day: date | None
    seed: int
    digest: str
    sittings: list[ProposedShape]

    @classmethod
    def of(cls, allotment: Allotment, day: date | None, tongue: str) -> "AllotmentShape":
        sittings = [ProposedShape.of(one, tongue) for one in allotment.sittings]
        return cls(day=day, seed=allotment.seed, digest=allotment.digest, sittings=sittings)


class AcceptAllotment(BaseModel):
    sitting_ids: list[int] = Field(min_length=1, max_length=200)
    seed: int = Field(ge=0, lt=SEEDS)
    digest: str = Field(pattern=r"^[0-9a-f]{12}$")
