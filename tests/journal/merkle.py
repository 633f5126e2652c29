"""The tree by the book: RFC 9162 §2.1 word by word, slow, and sharing nothing with the service.

What proves is computed from all leaves; what verifies follows §2.1.3.2 and §2.1.4.2.
:func:`append` makes a record to try it on.
"""

import hashlib
from collections.abc import Sequence

from sqlmodel import Session

from service.journal.actions import Note, record_many
from service.journal.rules import Event
from tests import world as worlds


def append(session: Session, count: int) -> None:
    """So many entries, in one transaction."""
    notes = [
        Note(Event.SIGNED_OUT, f"account:{number % 7}", f"plan:{number}", {"number": number, "注": "“好”"})
        for number in range(count)
    ]
    record_many(session, notes, now=worlds.PREPARED_AT)


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) of §2.1.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node(root(leaves[:k]), root(leaves[k:]))


def root_by_inclusion(hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (§2.1.3.2); nothing where it has another length than it must."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, hashed
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a consistency proof holds (§2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not path:
        return False
    proof = list(path) if first & (first - 1) else [first_root, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root
