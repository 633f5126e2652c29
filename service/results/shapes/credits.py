"""Credits as another system follows or takes them: masked ids, hours, and the certificate to verify each by."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from service.access.rules.people import TraineeRole
from service.kernel import clock, settings
from service.kernel.sheets import Row
from service.results.actions.credit_exports import Standing
from service.results.queries.credits import Credited, Happening
from service.results.rules import credits as rules
from service.results.rules.credits import Change, Position

# Beneath the sum, where there are any.
LEFT_OUT = "另有外部成绩合格（人，不认定学时）"
FROM_ELSEWHERE = "其中外部成绩（人）"
HEADS = ("姓名", "身份证号", "所属企业", "班次", "认定学时", "再培训学时", "签发日期", "合格证明")


class CreditShape(BaseModel):
    """A credit; ``retraining_hours`` are those that count as work-safety re-training."""

    certificate: str
    name: str
    citizen_id_masked: str
    enterprise: str
    class_code: str
    role: TraineeRole
    hours: int
    retraining_hours: int
    granted_at: datetime

    @classmethod
    def of(cls, found: Credited) -> "CreditShape":
        return cls(
            certificate=found.certificate.code,
            name=found.person.name,
            citizen_id_masked=found.person.citizen_id_masked,
            enterprise=found.enterprise.name,
            class_code=found.training_class.code,
            role=TraineeRole(found.training_class.role),
            hours=found.credit.hours,
            retraining_hours=rules.retraining(found.credit.hours, settings.current().retraining_percent),
            granted_at=found.credit.granted_at,
        )


class CreditEvent(BaseModel):
    """What happened to a credit; ``position`` names the event for ever, so that one seen twice is known."""

    position: str
    change: Change
    at: datetime
    credit: CreditShape


class CreditFeed(BaseModel):
    """Events, oldest first. Ask again with ``after`` = ``next``; it is given also where there is nothing new."""

    events: list[CreditEvent]
    next: str
    more: bool

    @classmethod
    def of(cls, found: Sequence[Happening], after: Position, most: int) -> "CreditFeed":
        """Of one event more than are told, so that it can say whether there are more."""
        told = found[:most]
        events = [
            CreditEvent(position=str(one.at_position), change=one.change, at=one.at, credit=CreditShape.of(one.of))
            for one in told
        ]
        return cls(events=events, next=str(told[-1].at_position if told else after), more=len(found) > most)


class CreditList(BaseModel):
    """The credits of a plan year that count now.

    ``from_elsewhere`` of them are of people who passed elsewhere; ``left_out`` passed elsewhere and have no credit,
    since such a result earns none.
    """

    plan_year: int
    from_elsewhere: int
    left_out: int
    credits: list[CreditShape]

    @classmethod
    def of(cls, found: Standing) -> "CreditList":
        return cls(
            plan_year=found.plan_year,
            from_elsewhere=found.from_elsewhere,
            left_out=found.left_out,
            credits=[CreditShape.of(one) for one in found.credits],
        )


def rows(found: Sequence[CreditShape]) -> list[Row]:
    """The same as lines of a table."""
    return [
        [
            *(one.name, one.citizen_id_masked, one.enterprise, one.class_code, one.hours, one.retraining_hours),
            *(f"{clock.local(one.granted_at):%Y-%m-%d}", one.certificate),
        ]
        for one in found
    ]
