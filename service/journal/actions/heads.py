"""Sealing the record: the tree is carried on over what is new, and its head is signed."""

from datetime import UTC, datetime

from sqlalchemy import event
from sqlmodel import Session

from service.journal.actions import remembering
from service.journal.queries import tree as queries
from service.journal.rules import heads, tree
from service.journal.tables import HeadKey, TreeHead
from service.kernel import sealing
from service.kernel.by_hand import Query, Rows

# A first sealing of a long record must not keep writers waiting: about twenty milliseconds at a time (our choice).
BLOCKS_AT_ONCE = 16

_SEEN = Query("SELECT seq FROM journal_head")
_LAST = Query("SELECT seq FROM journal_head", lock="FOR UPDATE")
_SUBTREES = Rows("journal_subtree", {"level": "int", "number": "int", "root": "text"})


def is_due(session: Session) -> bool:
    """Whether there are entries that no head says anything about."""
    newest = queries.newest(session)
    last = _SEEN.rows(session)[0][0]
    return bool(last > (newest.size if newest else 0))


def carry_on(session: Session) -> int:
    """Keep the roots of the next whole blocks, a few at most; how many there were."""
    last = int(_LAST.rows(session)[0][0])
    done = queries.blocks(session, tree.LEVELS[0])
    until = min(last // tree.WIDTH, done + BLOCKS_AT_ONCE)
    rows = []
    for place in range(done, until):
        leaves = queries.leaves(session, place * tree.WIDTH, (place + 1) * tree.WIDTH)
        rows.append((tree.LEVELS[0], place, tree.whole(leaves).hex()))
    _SUBTREES.write(session.connection(), rows)
    for below, level in zip(tree.LEVELS, tree.LEVELS[1:], strict=False):
        _keep_parents(session, below, level)
    return until - done


def _keep_parents(session: Session, below: int, level: int) -> None:
    first, last = queries.blocks(session, level), queries.blocks(session, below) // tree.WIDTH
    rows = [
        (level, place, tree.whole(queries.roots(session, below, place * tree.WIDTH, (place + 1) * tree.WIDTH)).hex())
        for place in range(first, last)
    ]
    _SUBTREES.write(session.connection(), rows)


def seal_head(session: Session, *, now: datetime) -> TreeHead | None:
    """Sign a head over everything recorded so far, unless there is one; nothing for an empty record, and nothing where
    the record does not begin with what was signed before.

    What publishes results or signs a room record calls this in its own transaction, so that the code on paper covers
    the act. It costs a few milliseconds: at most a block of leaves, and what came since the last sealing.
    """
    # Locked, so that the entries counted are all there, and two who seal at once make one head.
    last = int(_LAST.rows(session)[0][0])
    if remembering.check(session) is not None:
        return None
    newest = queries.newest(session)
    if last == (newest.size if newest else 0):
        return newest

    while carry_on(session):
        pass
    root = tree.root(queries.known(session, last), 0, last).hex()
    key = sealing.journal_key()
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    head = heads.Head(last, root, at, key.key_id)

    if session.get(HeadKey, key.key_id) is None:
        session.add(HeadKey(key_id=key.key_id, public_key=key.public.hex(), since=at))
        session.flush()
    signature = key.sign(heads.text(head)).hex()
    sealed = TreeHead(size=last, root=root, at=at, key_id=key.key_id, signature=signature, code=heads.code(head))
    session.add(sealed)
    session.flush()
    # Not before: what is rolled back was never signed.
    event.listen(session, "after_commit", lambda _: remembering.remember(last, root), once=True)
    return sealed
