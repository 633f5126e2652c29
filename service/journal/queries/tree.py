"""Reading the tree: heads, keys, and the hashes that a root or a proof is put together from."""

from collections.abc import Collection
from typing import Any

from sqlmodel import Session, col, select

from service.journal.rules import Entry, Event, canonical, tree
from service.journal.tables import HeadKey, JournalEntry, TreeHead
from service.kernel.by_hand import Query

_LEAVES = Query(
    "SELECT seq, at, event, actor, subject, data, previous FROM journal_entry WHERE seq > ? AND seq <= ? ORDER BY seq"
)
_ROOTS = Query(
    "SELECT number, root FROM journal_subtree WHERE level = ? AND number >= ? AND number < ? ORDER BY number"
)
_BLOCKS = Query("SELECT COALESCE(MAX(number), -1) + 1 FROM journal_subtree WHERE level = ?")


def heads() -> Any:
    """A select of heads, newest first."""
    return select(TreeHead).order_by(col(TreeHead.size).desc())


def newest(session: Session) -> TreeHead | None:
    """The newest head, where there is one."""
    found: TreeHead | None = session.exec(heads().limit(1)).first()
    return found


def head(session: Session, size: int) -> TreeHead | None:
    """The head of a tree with so many entries."""
    return session.get(TreeHead, size)


def head_of_code(session: Session, code: str) -> TreeHead | None:
    """The head that a printed code names."""
    return session.exec(select(TreeHead).where(TreeHead.code == code)).first()


def head_over(session: Session, event: Event, subject: str) -> TreeHead | None:
    """The first head over the newest act of this kind on a subject: the same one, however often it is asked for."""
    acts = select(JournalEntry.seq).where(JournalEntry.event == event, JournalEntry.subject == subject)
    seq = session.exec(acts.order_by(col(JournalEntry.seq).desc()).limit(1)).first()
    if seq is None:
        return None
    return session.exec(select(TreeHead).where(TreeHead.size >= seq).order_by(col(TreeHead.size)).limit(1)).first()


def keys(session: Session) -> list[HeadKey]:
    """Every key that ever signed a head, newest first."""
    return list(session.exec(select(HeadKey).order_by(col(HeadKey.since).desc(), col(HeadKey.key_id))))


def blocks(session: Session, level: int) -> int:
    """How many whole subtrees of a level are kept."""
    return int(_BLOCKS.rows(session, level)[0][0])


def leaves(session: Session, start: int, end: int) -> list[bytes]:
    """The leaves from ``start`` until before ``end``, computed from the entries."""
    return [
        tree.leaf(canonical(Entry(seq, at, event, actor, subject, {}, previous), data))
        for seq, at, event, actor, subject, data, previous in _LEAVES.rows(session, start, end)
    ]


def roots(session: Session, level: int, first: int, last: int) -> list[bytes]:
    """The kept roots of a level from the ``first`` place until before the ``last``."""
    return [bytes.fromhex(root) for _, root in _ROOTS.rows(session, level, first, last)]


def known(session: Session, size: int, around: Collection[int] = ()) -> dict[tuple[int, int], bytes]:
    """What the root over ``size`` entries is put together from, in more detail ``around`` these leaves.

    The highest kept subtrees all over; below each level only what lies in the subtrees that hold the end of the tree or
    one of the leaves.
    """
    found: dict[tuple[int, int], bytes] = {}
    points = {size, *around}
    ranges = {(0, size)}
    for level in reversed(tree.LEVELS):
        span = 1 << level
        for start, end in ranges:
            read = roots(session, level, start // span, end // span)
            found |= {(start + place * span, span): root for place, root in enumerate(read)}
        ranges = {(point // span * span, min(point // span * span + span, size)) for point in points}
    for start, end in ranges:
        found |= {(start + place, 1): one for place, one in enumerate(leaves(session, start, end))}
    return found
