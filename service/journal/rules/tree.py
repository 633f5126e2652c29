"""The Merkle tree over the record, in the shape of RFC 9162 §2.1, and the proofs it gives.

A leaf is SHA-256(0x00 ‖ canonical bytes of an entry), a node SHA-256(0x01 ‖ left ‖ right); entry 1 is leaf 0. The root
says in 32 bytes what all entries are: one whose number, order or text is another gives another root, and unlike the
chain's last hash it can be shown to contain an entry, or an earlier root, without showing the other entries.

Roots of whole subtrees are kept for every 256 entries, and for 256 of these, and 256 of those (:data:`LEVELS`). So a
proof in ten million entries reads at most a few blocks of 256 leaves and a few times 256 roots, and what is kept is one
row for 255 entries. Whole subtrees never change while the tree grows, so none is ever written twice.
"""

import hashlib
from collections.abc import Mapping, Sequence

# Blocks of 256 entries are hashed in less than a millisecond and are rarely read alone (our choice).
WIDTH = 256
# The logarithms of how many entries a kept subtree has. The highest is that of 16,777,216 entries.
LEVELS = (8, 16, 24)
EMPTY = hashlib.sha256().digest()

# Roots of the subtrees that are at hand, by the first leaf and the number of leaves.
Known = Mapping[tuple[int, int], bytes]


def leaf(canonical: bytes) -> bytes:
    """The hash of a leaf (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x00" + canonical).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two subtrees (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def whole(roots: Sequence[bytes]) -> bytes:
    """The root over subtrees of one size, whose number is a power of two."""
    row = list(roots)
    while len(row) > 1:
        row = [node(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def root(known: Known, start: int, end: int) -> bytes:
    """The root over the leaves from ``start`` until before ``end``.

    Raises:
        KeyError: a leaf is needed that is not at hand.
    """
    size = end - start
    if size == 0:
        return EMPTY
    found = known.get((start, size))
    if found is not None or size == 1:
        return found if found is not None else known[start, 1]
    middle = start + _left(size)
    return node(root(known, start, middle), root(known, middle, end))


def inclusion(known: Known, index: int, start: int, end: int) -> list[bytes]:
    """What leads from a leaf to the root over ``start`` to ``end`` (RFC 9162 §2.1.3.1), from below."""
    if end - start == 1:
        return []
    middle = start + _left(end - start)
    if index < middle:
        return [*inclusion(known, index, start, middle), root(known, middle, end)]
    return [*inclusion(known, index, middle, end), root(known, start, middle)]


def consistency(known: Known, first: int, second: int) -> list[bytes]:
    """What shows that the first entries of a tree are those of an earlier one (RFC 9162 §2.1.4.1)."""
    return _consistency(known, first, 0, second, True) if 0 < first < second else []


def _consistency(known: Known, size: int, start: int, end: int, is_old: bool) -> list[bytes]:
    if size == end - start:
        return [] if is_old else [root(known, start, end)]
    left = _left(end - start)
    middle = start + left
    if size <= left:
        return [*_consistency(known, size, start, middle, is_old), root(known, middle, end)]
    return [*_consistency(known, size - left, middle, end, False), root(known, start, middle)]


def _left(size: int) -> int:
    """How many leaves stand left: the largest power of two smaller than ``size``."""
    return int(1 << ((size - 1).bit_length() - 1))
