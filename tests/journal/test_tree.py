"""The tree over the record: its roots and proofs are those of RFC 9162, however little of it is looked at."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from service.journal.actions import heads
from service.journal.queries import tree as queries
from service.journal.rules import Entry, canonical, tree
from service.journal.tables import HeadKey, JournalEntry, Subtree, TreeHead
from service.kernel import database
from tests import world as worlds
from tests.conftest import Databases, using
from tests.journal import merkle
from tests.journal.merkle import append
from tests.world import World

NOW = worlds.PREPARED_AT
# A little more than one whole subtree of the second level, so that each kind of range occurs.
MANY = 256 * 256 + 256 + 3


def all_leaves(session: Session) -> list[bytes]:
    """The leaves of all entries, by the book."""
    rows = session.exec(select(JournalEntry).order_by(col(JournalEntry.seq)))
    return [
        merkle.leaf(canonical(Entry(one.seq, one.at, one.event, one.actor, one.subject, {}, one.previous), one.data))
        for one in rows
    ]


# --- the arithmetic ---


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 64, 100])
def test_every_root_and_proof_of_a_small_tree_is_by_the_book(size: int) -> None:
    leaves = [merkle.leaf(bytes([number])) for number in range(size)]
    known = {(place, 1): one for place, one in enumerate(leaves)}

    top = tree.root(known, 0, size)

    assert top == merkle.root(leaves)
    for index, hashed in enumerate(leaves):
        assert merkle.root_by_inclusion(hashed, index, size, tree.inclusion(known, index, 0, size)) == top
    for first in range(1, size + 1):
        before = merkle.root(leaves[:first])
        assert merkle.is_consistent(first, before, size, top, tree.consistency(known, first, size))


def test_the_known_vector_of_certificate_transparency() -> None:
    """The eight leaves of the test data that came with RFC 6962."""
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    known = {(place, 1): tree.leaf(bytes.fromhex(text)) for place, text in enumerate(data)}

    assert tree.root(known, 0, 8).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert tree.EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# --- what is kept of it ---


@pytest.fixture(scope="module")
def long_record(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[bytes]]:
    """A record of more than 65,536 entries with three heads; its leaves by the book."""

    def build(session: Session) -> World:
        for count in (300, MANY - 1300, 1000):
            append(session, count)
            heads.seal_head(session, now=NOW)
        return World()

    clock = tmp_path_factory.mktemp("long") / "clock"
    with databases.copy("long_record", build) as (url, _), using(url, clock), database.reading() as session:
        yield all_leaves(session)


def test_heads_of_a_long_record_have_the_roots_of_all_its_entries(long_record: list[bytes]) -> None:
    with database.reading() as session:
        found = {one.size: one.root for one in session.exec(queries.heads())}

    assert found == {size: merkle.root(long_record[:size]).hex() for size in (300, MANY - 1000, MANY)}


def test_whole_subtrees_are_kept_and_nothing_else(long_record: list[bytes]) -> None:
    with database.reading() as session:
        kept = {(one.level, one.number): one.root for one in session.exec(select(Subtree))}

    assert set(kept) == {(8, place) for place in range(257)} | {(16, 0)}
    assert kept[16, 0] == merkle.root(long_record[: 256 * 256]).hex()
    assert kept[8, 256] == merkle.root(long_record[256 * 256 : 257 * 256]).hex()


@pytest.mark.parametrize("size", [300, MANY - 1000, MANY])
@pytest.mark.parametrize("index", [0, 255, 256, 299, 65535, 65536, MANY - 1])
def test_a_proof_reads_little_and_holds(long_record: list[bytes], size: int, index: int) -> None:
    if index >= size:
        pytest.skip("not in this tree")
    with database.reading() as session:
        known = queries.known(session, size, (index,))

    path = tree.inclusion(known, index, 0, size)

    assert merkle.root_by_inclusion(long_record[index], index, size, path) == merkle.root(long_record[:size])
    assert len(known) < 4 * tree.WIDTH


@pytest.mark.parametrize(("first", "second"), list(pairwise([1, 255, 256, 257, 300, 65535, 65536, 65537, MANY])))
def test_any_two_sizes_are_consistent(long_record: list[bytes], first: int, second: int) -> None:
    with database.reading() as session:
        path = tree.consistency(queries.known(session, second, (first,)), first, second)

    roots = merkle.root(long_record[:first]), merkle.root(long_record[:second])
    assert merkle.is_consistent(first, roots[0], second, roots[1], path)
    assert not merkle.is_consistent(first, long_record[0][::-1], second, roots[1], path)


# --- what the database refuses ---


@pytest.mark.parametrize("table", [HeadKey, TreeHead, Subtree])
@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_what_is_kept_of_the_tree_never_changes(
    long_record: list[bytes], table: type[HeadKey | TreeHead | Subtree], verb: str
) -> None:
    name = str(table.__tablename__)
    column = {"journal_head_key": "since"}.get(name, "root")
    with database.reading() as session:
        assert session.exec(select(sa.func.count()).select_from(table)).one() > 0
        with pytest.raises(IntegrityError, match="the journal is append-only"):
            session.execute(sa.text(verb.format(name, column)))
