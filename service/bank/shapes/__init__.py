"""What crosses HTTP for the bank. Keys cross only to authors and reviewers."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from typing_extensions import override

from service.access.rules.people import TraineeRole
from service.bank import queries
from service.bank.actions.files import EditionText, SubjectText
from service.bank.rules import cases
from service.bank.rules.cases import Case
from service.bank.rules.items import CODE, LONGEST_KEY, SLUG, ItemText, Kind, Level, State
from service.bank.rules.pictures import Pictured
from service.bank.shapes.likeness import AlikeShape
from service.bank.tables import Item, ItemVersion

# What a reply to a submission looks like, in the description of the API.
SUBMITTED: JsonDict = {
    "new": 1,
    "changed": 0,
    "unchanged": 0,
    "alike": [
        {
            "code": "SIL-901",
            "near": [
                {"code": "XYZ-001", "version_id": 17, "stem": "Who pays for work-injury insurance?", "likeness": 82}
            ],
        }
    ],
}


class EditionShape(BaseModel):
    slug: str = Field(max_length=80)
    regulation: str = Field(max_length=80)
    title: str = Field(max_length=120)
    title_en: str = Field(max_length=160)
    number: str = Field(max_length=120)
    articles: int = Field(ge=1, le=2000)
    effective_on: date
    repealed_on: date | None = None

    def text(self) -> EditionText:
        return EditionText(**self.model_dump())


class SubjectShape(BaseModel):
    slug: str = Field(pattern=f"^{SLUG}$")
    title: str = Field(min_length=1, max_length=60)
    title_en: str = Field(min_length=1, max_length=80)

    def text(self) -> SubjectText:
        return SubjectText(**self.model_dump())


class PicturedShape(BaseModel):
    """A picture at a place of an item: what its upload said, and the words for whoever cannot see it."""

    digest: str = Field(max_length=64)
    words: str = Field("", max_length=1000)

    def pictured(self) -> Pictured:
        return Pictured(self.digest, self.words.strip())


Place = Literal["stem", "A", "B", "C", "D"]


class CaseShape(BaseModel):
    """The case that an item is a sub-question of: its text, and which of its sub-questions (``place`` of ``size``)."""

    code: str = Field(pattern=f"^{CODE}$")
    text: str = Field(min_length=cases.SHORTEST_TEXT, max_length=cases.LONGEST_TEXT)
    place: int = Field(ge=1, le=cases.MOST_PARTS)
    size: int = Field(ge=cases.LEAST_PARTS, le=cases.MOST_PARTS)

    @classmethod
    def of(cls, case: Case | None) -> "CaseShape | None":
        return cls.model_validate(case, from_attributes=True) if case is not None else None


class ItemShape(BaseModel):
    """An item as an author submits it."""

    code: str = Field(pattern=f"^{CODE}$")
    kind: Kind
    stem: str = Field(min_length=4, max_length=2000)
    options: dict[str, str] = {}
    key: str = Field(
        min_length=1,
        max_length=LONGEST_KEY,
        description="Of a fill-in: accepted texts, one a line; of a written answer: points and criterion, one a line.",
    )
    explanation: str = Field(min_length=4, max_length=2000)
    edition: str
    article: int = Field(ge=1)
    roles: list[TraineeRole] = Field(min_length=1)
    difficulty: int = Field(ge=1, le=5)
    level: Level = Level.RECALL
    subject: str = Field("", max_length=40)
    enemies: list[str] = Field([], max_length=20)
    tags: list[str] = Field([], max_length=20)
    pictures: dict[Place, PicturedShape] = Field({}, description="By place: stem, or the letter of an option.")
    case: CaseShape | None = None

    def text(self) -> ItemText:
        lists = {"roles": tuple(self.roles), "enemies": tuple(self.enemies), "tags": tuple(self.tags)}
        shown = {place: one.pictured() for place, one in self.pictures.items()}
        case = Case(**self.case.model_dump()) if self.case is not None else None
        return ItemText(**{**self.model_dump(), **lists, "pictures": shown, "case": case})


class SubmittedShape(BaseModel):
    """What a submission did. What is like others is submitted all the same: a reworded question may be meant."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUBMITTED]})

    new: int
    changed: int
    unchanged: int
    alike: list[AlikeShape] = Field(
        description="The new and changed ones that others of the bank are like by 60 % or more."
    )


class Review(BaseModel):
    approve: bool
    reason: str = Field("", max_length=500)


class VersionShape(BaseModel):
    """A version in a list: what it is about, never its key.

    ``tags`` are its own, which were reviewed with it; ``filed`` those that its item is filed under.
    """

    id: int
    code: str
    number: int
    kind: Kind
    state: State
    stem: str
    edition: str
    article: int
    roles: list[TraineeRole]
    difficulty: int
    level: Level
    subject: str
    enemies: list[str]
    tags: list[str]
    filed: list[str]
    case: CaseShape | None

    @classmethod
    def of(cls, item: Item, version: ItemVersion, filed: Collection[str]) -> "VersionShape":
        return cls(
            id=version.id or 0,
            code=item.code,
            number=version.number,
            kind=Kind(version.kind),
            state=State(version.state),
            stem=version.stem,
            edition=version.edition_slug,
            article=version.article,
            roles=[TraineeRole(role) for role in version.roles],
            difficulty=version.difficulty,
            level=Level(version.level),
            subject=version.subject_slug or "",
            enemies=version.enemies,
            tags=version.tags,
            filed=sorted(filed),
            case=CaseShape.of(queries.case_of_row(version)),
        )


class VersionInFull(VersionShape):
    """A version with key and explanation; handing it out is a journal entry."""

    options: dict[str, str]
    key: str
    explanation: str
    pictures: dict[str, PicturedShape]
    submitted_at: datetime
    review_reason: str

    @classmethod
    @override
    def of(cls, item: Item, version: ItemVersion, filed: Collection[str]) -> "VersionInFull":
        return cls(
            **VersionShape.of(item, version, filed).model_dump(),
            options=version.options,
            key=version.key,
            explanation=version.explanation,
            pictures=version.pictures,
            submitted_at=version.submitted_at,
            review_reason=version.review_reason,
        )


class VersionList(BaseModel):
    """A stretch of a list. ``before`` and ``after``, given back, lead on; each is empty where nothing is there."""

    total: int = Field(description="How many there are in all, counted up to a thousand.")
    more: bool = Field(description="Whether there are more than a thousand.")
    before: str
    after: str
    versions: list[VersionShape]
