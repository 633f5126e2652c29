"""A paper as it crosses HTTP: state, recipe and proof; words only to the approver; keys never."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from service.bank.rules.items import ItemText, Kind
from service.papers.actions.looking import Broken
from service.papers.actions.seeds import Revealed
from service.papers.rules.states import Form, PaperState
from service.papers.tables import Paper


class Judge(BaseModel):
    approve: bool
    reason: str = Field("", max_length=500)


class PaperShape(BaseModel):
    """A paper without its content: who did what when, the recipe and the proof."""

    id: int
    class_id: int
    state: PaperState
    recipe: dict[str, Any]
    proof: dict[str, Any]
    assembled_at: datetime
    approved_at: datetime | None
    sealed_at: datetime | None
    rejection_reason: str

    @classmethod
    def of(cls, paper: Paper) -> "PaperShape":
        return cls.model_validate(paper, from_attributes=True)


class BreakGlassShape(BaseModel):
    """An opening outside the usual way; ``second`` and ``opened_at`` are empty where nobody followed in time."""

    paper_id: int
    letter: Form
    reason: str
    first: str
    begun_at: datetime
    second: str
    opened_at: datetime | None

    @classmethod
    def of(cls, paper: Paper, one: Broken) -> "BreakGlassShape":
        return cls(
            paper_id=paper.id or 0,
            letter=one.letter,
            reason=one.reason,
            first=one.first,
            begun_at=one.begun_at,
            second=one.second,
            opened_at=one.opened_at,
        )


class PartShape(BaseModel):
    """What one paper held of a seed; ``commitment`` in its recipe is SHA-256 over ``part/nonce``."""

    paper_id: int
    part: int
    nonce: str
    commitment: str


class SeedShape(BaseModel):
    """The seed of papers assembled together; it is the exclusive or of the parts."""

    seed: int
    parts: list[PartShape]

    @classmethod
    def of(cls, found: Revealed) -> "SeedShape":
        parts = [
            PartShape(paper_id=paper_id, part=one.part, nonce=one.nonce, commitment=one.commitment)
            for paper_id, one in found.parts.items()
        ]
        return cls(seed=found.seed, parts=parts)


class PictureShape(BaseModel):
    """A picture of an unsealed item, whole, with the words that describe it."""

    words: str
    source: str = Field(description="The bytes, as a data URI.")

    @classmethod
    def all_of(cls, text: ItemText, sources: Mapping[str, str]) -> "dict[str, PictureShape]":
        return {place: cls(words=one.words, source=sources.get(one.digest, "")) for place, one in text.pictures.items()}


class CaseShape(BaseModel):
    """The case that an item asks about, and which of its sub-questions the item is."""

    code: str
    text: str
    place: int
    size: int


class FormItemShape(BaseModel):
    """An item of an unsealed form, for the approver: without key and explanation."""

    position: int
    points: int
    code: str
    kind: Kind
    stem: str
    options: dict[str, str]
    pictures: dict[str, PictureShape]
    edition: str
    article: int
    difficulty: int
    case: CaseShape | None = None

    @classmethod
    def of(cls, position: int, points: int, text: ItemText, sources: Mapping[str, str]) -> "FormItemShape":
        return cls(
            position=position,
            points=points,
            code=text.code,
            kind=text.kind,
            stem=text.stem,
            options=dict(text.options),
            pictures=PictureShape.all_of(text, sources),
            edition=text.edition,
            article=text.article,
            difficulty=text.difficulty,
            case=CaseShape.model_validate(text.case, from_attributes=True) if text.case is not None else None,
        )


class FormShape(BaseModel):
    letter: Form
    items: list[FormItemShape]
