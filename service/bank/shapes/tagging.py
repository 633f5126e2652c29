"""What crosses HTTP when many items are filed under tags at once."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from service.bank.actions.tagging import Chosen, Preview
from service.bank.rules import tagging
from service.bank.rules.exchange import words
from service.bank.rules.tagging import Wish
from service.bank.shapes.narrowing import Asked
from service.bank.tables import Tagging

# A page of the list has fifty; whoever wants more of them asks by what they have in common.
MOST_NAMED, SHOWN = 200, 50
Words = Annotated[str, Query(max_length=200, description="Tags, separated by commas.")]
Named = Annotated[list[Annotated[int, Query(ge=1)]], Query(max_length=MOST_NAMED, description="Ids of items.")]


def chosen(asked: Asked, item: Named = [], every: bool = False) -> Chosen:  # noqa: B006 - FastAPI copies it
    """The items that are named, or with ``every`` all that are found."""
    # Nothing ticked is nothing chosen, not the whole bank.
    return Chosen(() if every else tuple(item) or (0,), asked)


def wish(add: Words = "", remove: Words = "") -> Wish:
    """The tags to put on and to take away."""
    return Wish(tuple(dict.fromkeys(words.parts(add))), tuple(dict.fromkeys(words.parts(remove))))


Which = Annotated[Chosen, Depends(chosen)]
Wished = Annotated[Wish, Depends(wish)]


class PreviewShape(BaseModel):
    """What an act of filing would do; ``digest`` is what whoever confirms it sends back as ``agreed``."""

    items: int
    codes: list[str] = Field(description=f"The first {SHOWN} of the items by code.")
    changed: int
    added: dict[str, int] = Field(description="Tag to the number of items that get it.")
    removed: dict[str, int] = Field(description="Tag to the number of items that lose it.")
    carried: dict[str, int] = Field(description="Tags that the newest version itself carries, and keeps.")
    digest: str

    @classmethod
    def of(cls, seen: Preview) -> "PreviewShape":
        return cls(
            items=len(seen.items),
            codes=list(seen.items.values())[:SHOWN],
            changed=len(seen.change.touched),
            added=tagging.counts(seen.change.added),
            removed=tagging.counts(seen.change.removed),
            carried=dict(seen.carried),
            digest=seen.digest,
        )


class TaggingShape(BaseModel):
    """An act of filing, by what it changed."""

    id: int
    items: int
    added: dict[str, int]
    removed: dict[str, int]
    set_at: datetime
    undone_at: datetime | None

    @classmethod
    def of(cls, row: Tagging) -> "TaggingShape":
        return cls(
            id=row.id or 0,
            items=row.items,
            added={tag: len(ids) for tag, ids in row.added.items()},
            removed={tag: len(ids) for tag, ids in row.removed.items()},
            set_at=row.set_at,
            undone_at=row.undone_at,
        )
