"""How long a bank of so many items keeps whoever works in it waiting: searches, lists, neighbours, an import.

    .venv/bin/python -m scripts.benchmark.bank [ITEMS] [sqlite|postgresql]

The items are the shipped ones with a third of their characters changed, so that words are as frequent as in real ones.
Measured is each read in this process, with its rows fetched, the slowest of several.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from scripts.benchmark.databases import using
from service import migrations
from service.access.rules.people import TraineeRole
from service.bank import queries
from service.bank.actions import files
from service.bank.queries import neighbours, searching
from service.bank.rules import alike, items, wording
from service.bank.rules.items import ItemText, Kind, State
from service.bank.rules.narrowing import Narrowing
from service.bank.tables import Edition, Item, ItemVersion, Subject, Wording
from service.kernel import database
from service.kernel.paging import stretch_of
from service.kernel.settings import ROOT
from tests import postgres

TIMES, SCREENED, BATCH = 5, 20_000, 2000
NOW = datetime(2026, 11, 1, tzinfo=UTC)
STATES = (State.APPROVED,) * 18 + (State.SUBMITTED, State.REJECTED)
SEARCHES = {
    "a word of two characters, common": Narrowing(text="瓦斯"),
    "a word of two characters, rare": Narrowing(text="拒爆"),
    "a word of one character": Narrowing(text="矿"),
    "a word that nothing says": Narrowing(text="量子纠缠"),
    "two words": Narrowing(text="瓦斯 浓度"),
    "a long word": Narrowing(text="甲烷传感器"),
    "a code": Narrowing(text="SYN-090000"),
    "a state": Narrowing(state=State.REJECTED),
    "role, kind and difficulty": Narrowing(role=TraineeRole.TEAM_LEADER, kind=Kind.MULTIPLE, difficulty=5),
    "a tag that nothing has": Narrowing(tag="没有"),
    "everything at once": Narrowing(
        text="瓦斯", state=State.APPROVED, kind=Kind.SINGLE, role=TraineeRole.SAFETY_OFFICER, difficulty=3
    ),
    "nothing": Narrowing(),
}


def synthetic(number: int) -> Iterator[ItemText]:
    """So many items; the same number gives the same ones."""
    drawn = random.Random(number)
    shipped = files.read(ROOT / "question_bank").items
    letters = [letter for item in shipped for letter in item.stem]
    for place in range(number):
        item = drawn.choice(shipped)
        stem = "".join(drawn.choice(letters) if drawn.random() < 0.3 else letter for letter in item.stem)
        yield replace(item, code=f"SYN-{place:06d}", stem=stem, enemies=())


def fill(session: Session, number: int) -> None:
    """The bank, written past its actions: who wrote and reviewed it does not matter here."""
    session.execute(
        sa.text(
            "INSERT INTO access_person (id, name, citizen_id_index, citizen_id_sealed, citizen_id_masked)"
            " VALUES (1, 'P', 'i', :sealed, '')"
        ),
        {"sealed": b""},
    )
    found = files.read(ROOT / "question_bank")
    for edition in found.editions:
        session.add(Edition(**{name: getattr(edition, name) for name in edition.__slots__}))
    for place, subject in enumerate(found.subjects):
        session.add(Subject(slug=subject.slug, number=place, title=subject.title, title_en=subject.title_en))
    session.flush()
    batch: list[tuple[int, ItemText]] = []
    for place, text in enumerate(synthetic(number), start=1):
        batch.append((place, text))
        if len(batch) == BATCH or place == number:
            _write(session, batch)
            batch.clear()


def _write(session: Session, batch: list[tuple[int, ItemText]]) -> None:
    session.execute(sa.insert(Item), [{"id": place, "code": text.code} for place, text in batch])
    session.execute(sa.insert(ItemVersion), [_row(place, text) for place, text in batch])
    said = [{"version_id": place, "said": wording.said_of(text)} for place, text in batch]
    session.execute(sa.insert(Wording), said)


def _row(place: int, text: ItemText) -> dict[str, Any]:
    row: dict[str, Any] = asdict(text)
    del row["code"]
    row |= {"edition_slug": row.pop("edition"), "subject_slug": row.pop("subject") or None}
    row |= {"id": place, "item_id": place, "number": 1, "digest": items.digest(text)}
    return row | {"state": STATES[place % len(STATES)], "submitted_at": NOW, "submitted_by": 1, "review_reason": ""}


def measure(session: Session) -> None:
    """Every search as the page asks it: fifty rows, whether there are more, and a count up to a thousand."""
    for name, asked in SEARCHES.items():
        stretch = partial(stretch_of, session, searching.listing(session, asked), searching.ORDER)
        found = _timed(name, stretch)
        print(f"{'':50}{found.total}{'+' if found.more else ''} found")
        if found.after:
            _timed(f"{name}: the next fifty", partial(stretch, after=found.after))
    middle = "SYN-050000~1"
    statement = searching.listing(session, Narrowing())
    _timed("fifty in the middle of the list", lambda: stretch_of(session, statement, searching.ORDER, after=middle))
    _timed("how much there is of what", lambda: queries.counts(session))
    began = time.perf_counter()
    bank = neighbours.bank(session)
    print(f"{'the bank read to be compared with':50}{1000 * (time.perf_counter() - began):9.0f} ms")
    text = next(synthetic(1))
    asked_text = alike.asked(text.stem, text.options)
    _timed("the neighbours of one item", lambda: bank.nearest([asked_text]))


def _timed(name: str, ask: Callable[[], Any]) -> Any:
    took = []
    found = None
    for _ in range(TIMES):
        began = time.perf_counter()
        found = ask()
        took.append(1000 * (time.perf_counter() - began))
    print(f"{name:50}{max(took):9.1f} ms")
    return found


def screen() -> None:
    """Twenty thousand items compared with each other, reading them not counted."""
    texts = [alike.asked(item.stem, item.options) for item in synthetic(SCREENED)]
    began = time.perf_counter()
    found = sum(len(near) > 1 for near in alike.Index(texts).nearest(texts, most=alike.MOST + 1))
    took = time.perf_counter() - began
    print(f"{f'{SCREENED} items screened for duplicates':50}{took:9.1f} s, {found} have a neighbour")


@contextmanager
def place(backend: str) -> Iterator[str]:
    """An empty database of this kind."""
    if backend == "postgresql":
        with postgres.server() as folder:
            postgres.clone(folder, "bank")
            yield postgres.url(folder, "bank")
        return
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield f"sqlite:///{Path(folder) / 'bank.db'}"


def main(number: int, backend: str) -> None:
    """Make the bank, and ask."""
    with place(backend) as url, using(url):
        migrations.upgrade()
        began = time.perf_counter()
        with database.writing() as session:
            fill(session, number)
        with database.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(
                "VACUUM ANALYZE" if backend == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)"
            )
        print(f"{number} items on {backend}, written in {time.perf_counter() - began:.0f} s")
        with database.reading() as session:
            measure(session)
    screen()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else "sqlite")
