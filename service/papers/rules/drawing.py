"""Draws from a seed: by SHA-256 over the seed and what is drawn for, so that they are the same on every machine."""

import hashlib

BITS = 48


def draw(seed: int, *about: object) -> int:
    """A number below 2⁴⁸ that the seed draws for something named."""
    drawn = hashlib.sha256("/".join(str(one) for one in (seed, *about)).encode()).digest()
    return int.from_bytes(drawn[: BITS // 8], "big")
