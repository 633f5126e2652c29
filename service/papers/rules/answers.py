"""What can be an answer to an item of a kind. Delivery asks here, so that it need not know the bank."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from service.bank.rules import filling, rubric
from service.bank.rules.items import ASKED, KIND_NAMES, LETTERS, TRUTHS, Kind

NAMES = {str(kind): name for kind, name in KIND_NAMES.items()}
ORDER: Sequence[str] = [str(kind) for kind in ASKED]
# Kinds whose options have letters; the words of the others need none, and no other order.
OF_LETTERS = frozenset({str(Kind.SINGLE), str(Kind.MULTIPLE)})
# Kinds whose answers are typed, and how long one can be, in characters after normalisation (NFC).
LONGEST: Mapping[str, int] = {
    str(Kind.FILL_IN): filling.LONGEST_ANSWER,
    str(Kind.WRITTEN): rubric.LONGEST_TEXT,
}
# The longest answer of any kind.
LONGEST_ANSWER = max(LONGEST.values())
# What columns of answers hold.
STORED = 600
assert LONGEST_ANSWER <= STORED, "an answer has to fit its column"
# Where the stem of a fill-in leaves room for the answer.
BLANK = filling.BLANK
# Control characters, halves of a pair, and breaks of lines and paragraphs: no keyboard means them in one line. Whoever
# writes a text may begin another line, by the one sign that every browser has for it.
_UNTYPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def settled(kind: str, choice: str) -> str | None:
    """An answer to an item of this kind as it is kept, or None where it can be none; empty takes an answer back.

    Letters are kept as they come or not at all. What was typed is kept as it was typed, but for the space around it,
    for how Unicode writes its characters (NFC) and for how a system ends its lines; what was only space is no answer.
    """
    if not choice:
        return choice
    longest = LONGEST.get(kind)
    if longest is not None:
        plain = choice.replace("\r\n", "\n") if kind == Kind.WRITTEN else choice
        said = unicodedata.normalize("NFC", plain).strip()
        untyped = _UNTYPED.search(plain.replace("\n", "") if kind == Kind.WRITTEN else plain)
        return said if len(said) <= longest and not untyped else None
    if kind == Kind.TRUE_FALSE:
        return choice if choice in TRUTHS else None
    in_order = choice == "".join(letter for letter in LETTERS if letter in choice)
    return choice if in_order and (len(choice) == 1 or kind == Kind.MULTIPLE) else None


def well_formed(kind: str, choice: str) -> bool:
    """Whether this can be an answer to an item of this kind; see :func:`settled`."""
    return settled(kind, choice) is not None
