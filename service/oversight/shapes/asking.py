"""What an address asks of rates, and the answer, made before any turn to write."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import database
from service.kernel.bounds import BIGGEST
from service.kernel.paging import Blank
from service.oversight.actions import answering
from service.oversight.actions.answering import Picture
from service.oversight.rules.definitions import Answer, Imported, Question, Rate
from service.results.rules.counting import Axis

MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
# The bounds belong to the value and not to its absence, which a blank field stands for.
_Month = Annotated[str, Field(pattern=MONTH)]
_Year = Annotated[int, Field(ge=2000, le=2999)]
_Version = Annotated[int, Field(ge=0, le=BIGGEST)]
Month = Annotated[_Month | None, Blank, Query(examples=["2026-11"])]
Page = Annotated[int, Query(ge=1, le=BIGGEST, description="Which part of the groups, in the order of their keys.")]
Version = Annotated[_Version | None, Blank, Query(description="The newest version where none is named.")]


def question(
    rate: Rate = Rate.PASS,
    by: Axis = Axis.CLASS,
    across: Annotated[Axis | None, Blank] = None,
    plan_year: Annotated[_Year | None, Blank] = None,
    since: Month = None,
    until: Month = None,
    imported: Imported = Imported.WITH,
    page: Page = 1,
) -> Question:
    """What an address asks."""
    return Question(rate, by, across, plan_year, since, until, imported, page)


Asking = Annotated[Actor, may(Right.STATISTICS_PASS_RATES)]
Asked = Annotated[Question, Depends(question)]


def answered(actor: Asking, asked: Asked, version: Version = None) -> Answer:
    """The answer, made before any turn to write: of an old version it may take seconds."""
    with database.reading(still=True) as session:
        return answering.answer(session, actor, asked, version)


def pictured(actor: Asking, asked: Asked, version: Version = None) -> Picture:
    """The answer with what is drawn beside it, made before any turn to write."""
    with database.reading(still=True) as session:
        return answering.picture(session, actor, asked, version)


Answered = Annotated[Answer, Depends(answered)]
Pictured = Annotated[Picture, Depends(pictured)]
