"""What crosses HTTP in the life of an item after it was submitted."""

from typing import Annotated

from pydantic import BaseModel, Field

from service.bank.rules.rubric import LONGEST_TEXT


class Answer(BaseModel):
    """What a reviewer chose before seeing the key: letters of options, T or F, or the one text typed."""

    chosen: list[Annotated[str, Field(max_length=LONGEST_TEXT)]] = Field(min_length=1, max_length=8)


class Answered(BaseModel):
    """Whether that was the key."""

    right: bool


class Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=500)


class Settlement(Reason):
    """What becomes of a suspended version: retired for good, or in use again."""

    retire: bool


class Recital(BaseModel):
    """The edition and the article that a question rests on from now on, and why its key is right by them."""

    edition: str = Field(max_length=80)
    article: int = Field(ge=1, le=2000)
    explanation: str = Field(min_length=4, max_length=2000)
