"""What crosses HTTP of items that ask much the same."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from service.bank.queries.neighbours import Near


class LikeShape(BaseModel):
    """An item of the bank that another one is like."""

    code: str
    version_id: int
    stem: str = Field(description="The beginning of its stem, enough to recognise it by.")
    likeness: int = Field(description="In percent; from 60 on the two are probably one question twice.")

    @classmethod
    def of(cls, near: Near) -> "LikeShape":
        return cls(code=near.code, version_id=near.version_id, stem=near.stem, likeness=near.likeness // 10)


class AlikeShape(BaseModel):
    """One item that was submitted, and the items of the bank that probably ask the same, nearest first."""

    code: str
    near: list[LikeShape]

    @classmethod
    def of(cls, code: str, found: Iterable[Near]) -> "AlikeShape":
        return cls(code=code, near=[LikeShape.of(one) for one in found])
