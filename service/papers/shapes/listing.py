"""What an address asks of the list of papers, the same for the page, the API and the file."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from service.access.rules.people import TraineeRole
from service.kernel.paging import Blank
from service.papers.actions.listing import Wanted
from service.papers.rules.states import PaperState

Year = Annotated[int, Field(ge=2000, le=2100)]


def wanted(
    role: Annotated[TraineeRole | None, Blank] = None,
    state: Annotated[PaperState | None, Blank] = None,
    plan_year: Annotated[Year | None, Blank] = None,
    text: Annotated[str, Query(max_length=100)] = "",
) -> Wanted:
    """Papers of a role, in a state, of a plan year, of classes whose code or name has this text."""
    return Wanted(role, state, plan_year, text)


Asked = Annotated[Wanted, Depends(wanted)]
