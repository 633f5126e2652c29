"""What the bank is compared by: the words of every item's newest version, indexed once and kept until it grows."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from service.bank.queries import newest
from service.bank.rules import alike
from service.bank.rules.items import State
from service.bank.tables import ItemVersion

# So much of a stem is enough to recognise it by.
STEM = 60


@dataclass(frozen=True, slots=True)
class Near:
    """An item that asks much the same as something else; ``likeness`` in thousandths."""

    code: str
    version_id: int
    stem: str
    likeness: int


@dataclass(frozen=True, slots=True)
class Bank:
    """The newest version of every item as others are compared with it."""

    codes: tuple[str, ...]
    version_ids: tuple[int, ...]
    stems: tuple[str, ...]
    index: alike.Index

    def nearest(
        self, texts: Sequence[str], *, least: int = alike.SHOWN, most: int = alike.MOST, but: Sequence[str] = ()
    ) -> list[tuple[Near, ...]]:
        """Of every text (``alike.asked``) in turn the nearest items; ``but`` names one item for each to pass over."""
        own = but or [""] * len(texts)
        found = self.index.nearest(texts, least, most + 1)
        return [
            tuple(self._near(one) for one in near if self.codes[one.place] != code)[:most]
            for code, near in zip(own, found, strict=True)
        ]

    def _near(self, found: alike.Neighbour) -> Near:
        place = found.place
        return Near(self.codes[place], self.version_ids[place], self.stems[place][:STEM], found.likeness)


# By address of the database: versions are only ever added and their words never change, so the newest one, with how
# many were taken back, tells whether anything is to be read anew. A process works on one database; tests on several.
_kept: dict[str, tuple[tuple[int, int], Bank]] = {}


def bank(session: Session) -> Bank:
    """The bank to compare with. Seconds for a large bank that has grown, nothing otherwise: not for a turn to write."""
    address = str(session.get_bind().engine.url)
    newest_id = session.execute(sa.select(sa.func.max(col(ItemVersion.id)))).scalar_one() or 0
    withdrawn = sa.select(sa.func.count()).where(col(ItemVersion.state) == State.WITHDRAWN)
    seen = newest_id, session.execute(withdrawn).scalar_one()
    if address not in _kept or _kept[address][0] != seen:
        _kept.clear()
        _kept[address] = seen, _read(session)
    return _kept[address][1]


def _read(session: Session) -> Bank:
    found = list(newest.newest_words(session))
    texts = [alike.asked(stem, options) for _, _, stem, options in found]
    return Bank(
        tuple(code for code, *_ in found),
        tuple(version_id for _, version_id, *_ in found),
        tuple(stem for _, _, stem, _ in found),
        alike.Index(texts),
    )
