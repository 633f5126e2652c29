"""What a caller may narrow the bank by, and where in a long list they are."""

from typing import Annotated

from fastapi import Depends, Query

from service.access.rules.people import TraineeRole
from service.bank.rules.items import DIFFICULTIES, LONGEST_TAG, Kind, Level, State
from service.bank.rules.narrowing import Narrowing
from service.kernel.paging import Blank

LONGEST_SEARCH = 200
Difficulty = Annotated[int | None, Blank, Query(ge=DIFFICULTIES.start, le=DIFFICULTIES.stop - 1)]
Place = Annotated[str, Query(max_length=60, description="What an earlier stretch of the list said.")]


def narrowing(
    state: Annotated[State | None, Blank] = None,
    kind: Annotated[Kind | None, Blank] = None,
    level: Annotated[Level | None, Blank] = None,
    role: Annotated[TraineeRole | None, Blank] = None,
    difficulty: Difficulty = None,
    subject: str = "",
    edition: str = "",
    enemy: str = "",
    tag: Annotated[str, Query(max_length=LONGEST_TAG)] = "",
    text: Annotated[str, Query(max_length=LONGEST_SEARCH, description="Words that the item says, all of them.")] = "",
) -> Narrowing:
    """What is asked of the bank."""
    return Narrowing(state, kind, level, role, difficulty, subject, edition, enemy, tag.strip(), text)


Asked = Annotated[Narrowing, Depends(narrowing)]
