"""What crosses HTTP while an item is being written: nothing is refused for being wrong, only for being too much."""

from datetime import datetime
from typing import Annotated

from fastapi import Form
from pydantic import BaseModel, Field

from service.bank.actions.drafting import Checked
from service.bank.rules.drafting import Finding, Written
from service.bank.rules.items import LETTERS
from service.bank.shapes import PicturedShape, Place
from service.bank.shapes.likeness import LikeShape
from service.bank.tables import Draft
from service.kernel import language
from service.kernel.paging import Blank

# Far more than an item may have, so that what is too long is said beside its field and can be kept meanwhile.
LONG, SHORT, PIECES = 10_000, 400, 8
Text = Annotated[str, Field(max_length=LONG)]
Word = Annotated[str, Field(max_length=SHORT)]
Typed = Annotated[str, Form(max_length=LONG)]
Chosen = Annotated[list[str], Form(max_length=PIECES)]
Number = Annotated[int | None, Blank, Form(ge=1)]


class WrittenShape(BaseModel):
    """An item as it stands in the fields of a form, whatever is missing or wrong in it."""

    code: Word = ""
    kind: Word = ""
    stem: Text = ""
    options: dict[Annotated[str, Field(max_length=1)], Text] = Field({}, max_length=PIECES)
    key: list[Annotated[str, Field(max_length=1)]] = Field([], max_length=PIECES)
    explanation: Text = ""
    edition: Word = ""
    article: Word = ""
    roles: list[Word] = Field([], max_length=PIECES)
    difficulty: Word = ""
    level: Word = ""
    subject: Word = ""
    enemies: Text = ""
    tags: Text = ""
    accepted: Text = Field("", description="What a fill-in accepts, or a rubric, one text a line.")
    pictures: dict[Place, PicturedShape] = {}
    case_code: Word = Field("", description="The case that the item is a sub-question of, if it is one.")
    case_text: Text = ""
    case_place: Word = ""
    case_size: Word = ""

    def written(self) -> Written:
        """The draft as a plain value."""
        typed = {name: getattr(self, name) for name in WrittenShape.model_fields}
        lists = {"key": tuple(self.key), "roles": tuple(self.roles)}
        codes = {"code": self.code.strip(), "case_code": self.case_code.strip()}
        shown = {place: one.pictured() for place, one in self.pictures.items()}
        return Written(**{**typed, **lists, **codes, "pictures": shown})


class CheckAsked(WrittenShape):
    """A draft to be checked; ``base`` is the version that it changes, if it is no new item."""

    base: int | None = None


class DraftAsked(CheckAsked):
    """A draft to be kept or submitted; ``draft`` and ``seq`` are what its last saving said."""

    draft: int | None = None
    seq: int = 0


class FindingShape(BaseModel):
    """Something to be said of one field; what is ``grave`` keeps the item from being submitted."""

    field: str = Field(description="The name of a field, or the letter of an option.")
    code: str
    sentence: str
    grave: bool

    @classmethod
    def of(cls, found: Finding, tongue: str) -> "FindingShape":
        sentence = language.say(tongue, found.reason, found.values)
        return cls(field=found.field, code=found.code, sentence=sentence, grave=found.grave)


class CheckShape(BaseModel):
    """Everything to be said of a draft, and the items of the bank that ask much the same, nearest first."""

    faults: int = Field(description="How many findings keep it from being submitted.")
    findings: list[FindingShape]
    near: list[LikeShape]

    @classmethod
    def of(cls, checked: Checked, tongue: str) -> "CheckShape":
        return cls(
            faults=checked.judged.faults,
            findings=[FindingShape.of(one, tongue) for one in checked.judged.findings],
            near=[LikeShape.of(one) for one in checked.near],
        )


class DraftShape(BaseModel):
    """A draft that was kept; ``seq`` goes back with its next saving."""

    draft: int
    seq: int
    saved_at: datetime

    @classmethod
    def of(cls, draft: Draft) -> "DraftShape":
        return cls(draft=draft.id or 0, seq=draft.seq, saved_at=draft.saved_at)


class SubmittedVersion(BaseModel):
    """The version that a draft became."""

    version_id: int
    code: str
    number: int


def typed(
    code: Typed = "",
    kind: Typed = "",
    stem: Typed = "",
    option_a: Typed = "",
    option_b: Typed = "",
    option_c: Typed = "",
    option_d: Typed = "",
    key: Chosen = [],  # noqa: B006 - FastAPI copies it
    explanation: Typed = "",
    edition: Typed = "",
    article: Typed = "",
    roles: Chosen = [],  # noqa: B006 - FastAPI copies it
    difficulty: Typed = "",
    level: Typed = "",
    subject: Typed = "",
    enemies: Typed = "",
    tags: Typed = "",
    accepted: Typed = "",
    case_code: Typed = "",
    case_text: Typed = "",
    case_place: Typed = "",
    case_size: Typed = "",
) -> Written:
    """A draft as a form sends it that no script has taken over."""
    options = dict(zip(LETTERS, (option_a, option_b, option_c, option_d), strict=True))
    return Written(
        code.strip(),
        kind,
        stem,
        options,
        tuple(key),
        explanation,
        edition,
        article,
        tuple(roles),
        difficulty,
        level,
        subject,
        enemies,
        tags,
        accepted,
        case_code.strip(),
        case_text,
        case_place,
        case_size,
    )
