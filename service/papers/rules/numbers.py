"""Single values of a blueprint as files and requests have them: a slip of the hand is found and never rounded away."""

from collections.abc import Sequence
from typing import Any


def whole(raw: Any) -> int:
    """A whole number; a fraction or a yes is a slip that rounding would hide.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer()):
        raise TypeError(f"a whole number, not {raw!r}")
    return int(raw)


def count(raw: Any) -> int:
    """A whole number of at least nought.

    Raises:
        TypeError, ValueError: it is none.
    """
    if (number := whole(raw)) < 0:
        raise ValueError(f"at least 0, not {number}")
    return number


def codes(raw: Sequence[str]) -> frozenset[str]:
    """A group of items by their codes.

    Raises:
        TypeError: it is one word and no list.
    """
    if isinstance(raw, str):
        raise TypeError(f"a list of codes, not {raw!r}")
    return frozenset(str(code) for code in raw)
