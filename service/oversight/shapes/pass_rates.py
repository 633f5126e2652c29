"""What an address asks of pass rates by the day, and the rates, made before any turn to write."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends, Query

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import database
from service.kernel.paging import Blank
from service.oversight import actions, shapes
from service.oversight.actions import Asked
from service.oversight.rules import Dimension, PassRates

Day = Annotated[date | None, Blank, Query(description="A local day, included.", ge=shapes.EARLIEST, le=shapes.LATEST)]
Asking = Annotated[Actor, may(Right.STATISTICS_PASS_RATES)]


@dataclass(frozen=True, slots=True)
class Question:
    """By what, for sittings of which days, of which plan year."""

    by: Dimension
    since: date | None
    until: date | None
    plan_year: int | None

    @property
    def query(self) -> dict[str, object]:
        """The question as it stands in an address."""
        values = {"by": self.by.value, "since": self.since, "until": self.until, "plan_year": self.plan_year}
        return {name: value for name, value in values.items() if value is not None}

    def asked(self) -> Asked:
        """The question with days as stretches of time."""
        end = self.until + timedelta(days=1) if self.until else None
        return Asked(self.by, shapes.midnight(self.since), shapes.midnight(end), self.plan_year)


def question(
    by: Dimension = Dimension.CLASS,
    since: Day = None,
    until: Day = None,
    plan_year: Annotated[int | None, Blank] = None,
) -> Question:
    """What the address asks for."""
    return Question(by, since, until, plan_year)


def read(actor: Asking, asked: Annotated[Question, Depends(question)]) -> PassRates:
    """The rates asked for."""
    with database.reading(still=True) as session:
        return actions.read_pass_rates(session, actor, asked.asked())


Questioned = Annotated[Question, Depends(question)]
Read = Annotated[PassRates, Depends(read)]
