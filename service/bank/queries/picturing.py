"""Reads on pictures: one by its digest, which of them there are, and which of them nothing names."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank.tables import Draft, ItemVersion, Picture

# What the column of a version without pictures holds, in both databases.
NONE = "{}"


def picture(session: Session, digest: str) -> Picture | None:
    """A picture with its bytes."""
    return session.get(Picture, digest)


def pictures(session: Session, digests: Collection[str]) -> dict[str, Picture]:
    """Pictures with their bytes, by digest."""
    found: dict[str, Picture] = {}
    wanted = sorted(set(digests))
    # SQLite takes only so many values in one statement.
    for start in range(0, len(wanted), 500):
        statement = select(Picture).where(col(Picture.digest).in_(wanted[start : start + 500]))
        found |= {one.digest: one for one in session.exec(statement)}
    return found


def known(session: Session, digests: Collection[str]) -> set[str]:
    """Those of these digests that there is a picture of; the bytes stay where they are."""
    found: set[str] = set()
    wanted = sorted(set(digests))
    for start in range(0, len(wanted), 500):
        statement = select(Picture.digest).where(col(Picture.digest).in_(wanted[start : start + 500]))
        found |= set(session.exec(statement))
    return found


def unnamed(session: Session, before: datetime) -> set[str]:
    """Digests of pictures kept before an instant that no version and no draft names."""
    kept = set(session.exec(select(Picture.digest).where(col(Picture.kept_at) < before)))
    return kept - named(session) if kept else set()


def named(session: Session) -> set[str]:
    """The digests that any version, whatever became of it, or any draft names."""
    shown = select(ItemVersion.pictures).where(sa.cast(col(ItemVersion.pictures), sa.Text) != NONE)
    found = {one["digest"] for pictures in session.exec(shown) for one in pictures.values()}
    for words in session.exec(select(Draft.words)):
        found |= {one["digest"] for one in words.get("pictures", {}).values()}
    return found
