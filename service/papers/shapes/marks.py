"""Marks on items and what could take their places, as they cross HTTP: words without keys."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from service.bank.rules.items import ItemText
from service.papers.actions.mending import Suggestion
from service.papers.rules.states import Form
from service.papers.shapes.papers import PictureShape


class MarkShape(BaseModel):
    letter: Form
    position: int = Field(ge=1, le=1000)
    reason: str = Field(min_length=2, max_length=500)


class SendBack(BaseModel):
    marks: list[MarkShape] = Field(min_length=1, max_length=200)


class Swap(BaseModel):
    rank: int = Field(ge=0, le=100_000, description="The rank of the suggestion that was chosen.")


class Answer(BaseModel):
    answer: str = Field(min_length=2, max_length=500)


class WordsShape(BaseModel):
    code: str
    stem: str
    options: dict[str, str]
    pictures: dict[str, PictureShape]
    difficulty: int

    @classmethod
    def of(cls, text: ItemText, sources: Mapping[str, str]) -> "WordsShape":
        return cls(
            code=text.code,
            stem=text.stem,
            options=dict(text.options),
            pictures=PictureShape.all_of(text, sources),
            difficulty=text.difficulty,
        )


class SuggestionShape(WordsShape):
    """``deviation_milli`` is the form's largest deviation from its target with this item, in thousandths of a point."""

    rank: int
    used: int
    deviation_milli: int


class SuggestionsShape(BaseModel):
    marked: WordsShape
    suggestions: list[SuggestionShape]

    @classmethod
    def of(cls, marked: ItemText, found: Sequence[Suggestion], sources: Mapping[str, str]) -> "SuggestionsShape":
        rows = [
            SuggestionShape(
                **WordsShape.of(one.text, sources).model_dump(),
                rank=one.rank,
                used=one.used,
                deviation_milli=one.deviation_milli,
            )
            for one in found
        ]
        return cls(marked=WordsShape.of(marked, sources), suggestions=rows)
