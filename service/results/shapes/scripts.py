"""Free texts as they cross HTTP: to markers a text under a number and the rubric, and never whose it is or what others
gave; to those who confirm, publish or audit what everybody gave, and never a text.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from service.bank.rules.rubric import MOST_CRITERIA, MOST_POINTS
from service.kernel import language
from service.results.actions.grading import Desk
from service.results.actions.overseeing import Marked, Queue
from service.results.rules import written
from service.results.rules.written import Settled
from service.results.tables import Script, ScriptMark

Points = Annotated[int, Field(ge=0, le=MOST_POINTS)]


class NewMark(BaseModel):
    """What a marker gives, criterion by criterion in the order of the rubric; a retry repeats ``nonce``."""

    given: list[Points] = Field(min_length=1, max_length=MOST_CRITERIA, examples=[[4, 2, 3]])
    nonce: str = Field(min_length=8, max_length=40, pattern="^[A-Za-z0-9-]+$", examples=["0f8a2c4e-mark"])


class CriterionShape(BaseModel):
    words: str
    points: int


class ShownShape(BaseModel):
    """A picture, whole, with the words that describe it."""

    words: str
    source: str = Field(description="The bytes, as a data URI.")


class DeskShape(BaseModel):
    """A script for its marker; ``given`` is their own mark where they look at it again."""

    script_id: int
    number: str = Field(examples=["7KQ2MXPA"])
    position: int
    stem: str
    picture: ShownShape | None
    case: str = Field("", description="The text of the case that the item asks about, if it is of one.")
    answer: str
    criteria: list[CriterionShape]
    most: int
    given: list[int] | None

    @classmethod
    def of(cls, desk: Desk) -> "DeskShape":
        script = desk.script
        return cls(
            script_id=script.id or 0,
            number=script.number,
            position=script.position,
            stem=desk.stem,
            picture=ShownShape.model_validate(desk.picture, from_attributes=True) if desk.picture else None,
            case=desk.case,
            answer=script.answer,
            criteria=[CriterionShape(words=one.words, points=one.points) for one in desk.criteria],
            most=script.most,
            given=desk.given,
        )


class OwnMarkShape(BaseModel):
    """A mark of one's own, and whether it may still be amended."""

    script_id: int
    number: str
    position: int
    points: int
    most: int
    marked_at: datetime
    amendable: bool

    @classmethod
    def of(cls, script: Script, mark: ScriptMark, amendable: bool) -> "OwnMarkShape":
        return cls(
            script_id=script.id or 0,
            number=script.number,
            position=script.position,
            points=mark.points,
            most=script.most,
            marked_at=mark.marked_at,
            amendable=amendable,
        )


class QueueShape(BaseModel):
    """A class with scripts: how many there are, are settled, were marked by whoever asks, and wait for which mark."""

    class_id: int
    code: str
    name: str
    total: int
    settled: int
    mine: int
    first: int
    second: int
    third: int
    may: bool
    reason: str

    @classmethod
    def of(cls, tongue: str, queue: Queue) -> "QueueShape":
        one, at = queue.training_class, queue.progress
        return cls(
            class_id=one.id or 0,
            code=one.code,
            name=one.name,
            total=at.total,
            settled=at.settled,
            mine=at.mine,
            first=at.first,
            second=at.second,
            third=at.third,
            may=queue.may.allowed,
            reason=language.say(tongue, queue.may.reason, queue.may.values),
        )


class NextShape(BaseModel):
    """The next script, or nothing where none waits for whoever asks; and how far the class is."""

    desk: DeskShape | None
    queue: QueueShape


class GivenShape(BaseModel):
    """One person's mark."""

    round: int
    marker: str
    given: list[int]
    points: int
    marked_at: datetime


class MarkedShape(BaseModel):
    """A script with all its marks, without its text and without whose it is."""

    script_id: int
    number: str
    position: int
    version: int
    most: int
    third: bool
    marks: list[GivenShape]
    settled: Settled | None
    points: int | None

    @classmethod
    def of(cls, one: Marked) -> "MarkedShape":
        script = one.script
        return cls(
            script_id=script.id or 0,
            number=script.number,
            position=script.position,
            version=script.version,
            most=script.most,
            third=script.third,
            marks=[
                GivenShape(
                    round=mark.round,
                    marker=one.markers[mark.marked_by],
                    given=written.read(mark.given),
                    points=mark.points,
                    marked_at=mark.marked_at,
                )
                for mark in one.marks
            ],
            settled=Settled(script.settled) if script.settled is not None else None,
            points=script.points,
        )
