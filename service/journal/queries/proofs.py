"""Proofs about the record: that an entry is in it, and that it only grew."""

from dataclasses import dataclass

from sqlmodel import Session

from service.journal.queries import tree as queries
from service.journal.rules import tree
from service.journal.tables import JournalEntry, TreeHead


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An entry, its leaf, and what leads from there to the root of a head."""

    entry: JournalEntry
    leaf: bytes
    path: list[bytes]


def inclusion(session: Session, head: TreeHead, seq: int) -> Inclusion | None:
    """The proof that an entry is under a head; nothing where it is not."""
    entry = session.get(JournalEntry, seq)
    if entry is None or seq > head.size:
        return None
    known = queries.known(session, head.size, (seq - 1,))
    return Inclusion(entry, known[seq - 1, 1], tree.inclusion(known, seq - 1, 0, head.size))


def consistency(session: Session, first: TreeHead, second: TreeHead) -> list[bytes]:
    """The proof that the entries under the first head begin those under the second."""
    known = queries.known(session, second.size, (first.size,))
    return tree.consistency(known, first.size, second.size)
