"""Fill-ins: one blank in the stem, the texts that are accepted in it, and when a typed text is one of them.

The accepted texts are the key of such an item, one a line; the first is the one that is shown as the answer. What
counts as the same is decided by :func:`fold` alone. Everything else is data of the item: a unit, a Chinese numeral or
another word for the same thing is right only where the item lists it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

BLANK = "____"
# How much a candidate can type, and so the longest text that can be accepted; our own figures, in characters.
LONGEST_ANSWER, MOST_VARIANTS = 40, 8
# Every accepted text at its longest, and the breaks between them.
LONGEST_KEY = MOST_VARIANTS * (LONGEST_ANSWER + 1) - 1
# A single character other than a digit stands in too many stems by chance to give anything away.
_SHORTEST_GIVEN_AWAY = 2
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_NUMBER_BEFORE = re.compile(r"[\d.]\Z")
_NUMBER_AFTER = re.compile(r"\.?\d")
_RUNS = re.compile(r"_+")
_SPACES = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")


def fold(text: str) -> str:
    """One spelling for what counts as the same answer: full-width characters and digits narrowed (NFKC), every space
    taken out, small letters. Folding again changes nothing."""
    folded = _once(text)
    while folded != text:
        text, folded = folded, _once(folded)
    return folded


def _once(text: str) -> str:
    return unicodedata.normalize("NFKC", _SPACES.sub("", unicodedata.normalize("NFKC", text)).lower())


def variants(key: str) -> Sequence[str]:
    """The accepted texts of a key, in their order."""
    return key.split("\n")


def key_of(texts: Sequence[str]) -> str:
    """Accepted texts as a key holds them; breaks inside a text and texts without words fall away."""
    return "\n".join(said for text in texts if (said := _BREAKS.sub(" ", text).strip()))


def accepts(key: str, answer: str) -> bool:
    """Whether a typed text is one of those accepted, both folded; nothing typed is never right."""
    folded = fold(answer)
    return bool(folded) and folded in _folded(key)


@lru_cache(maxsize=4096)
def _folded(key: str) -> frozenset[str]:
    return frozenset(map(fold, variants(key)))


def typed(text: str) -> str | None:
    """What was typed as an answer is kept, or nothing where it cannot be one: empty, too long, or not printable."""
    said = unicodedata.normalize("NFC", text).strip()
    return said if 1 <= len(said) <= LONGEST_ANSWER and said.isprintable() else None


def faults(stem: str, key: str) -> Iterator[tuple[str, str]]:
    """What is wrong with blank and accepted texts: where, and why."""
    if _RUNS.findall(stem) != [BLANK]:
        yield "stem", "填空题的题干应有且只有一处空，写作四个下划线“____”"
    found = variants(key)
    if any(typed(text) != text or not fold(text) for text in found):
        reason = "填空题的答案每行一个，每个1至40个字，首尾没有空格，不含看不见的字符"
        yield "key", reason
    elif len(found) > MOST_VARIANTS:
        yield "key", "填空题最多列8个可接受的答案"
    elif len(set(map(fold, found))) != len(found):
        yield "key", "可接受的答案有重复：全角半角、大小写和空格不同的算同一个答案"
    elif any(given_away(stem, text) for text in found):
        yield "key", "题干中已经出现了答案"


def given_away(stem: str, text: str) -> bool:
    """Whether a stem says an accepted text outside its blank; a number is not said by a longer one that holds it."""
    said = fold(text)
    if len(said) < _SHORTEST_GIVEN_AWAY and not said.isdecimal():
        return False
    whole = fold(stem.replace(BLANK, "\0"))
    return any(_stands_alone(whole, at, at + len(said)) for at in range(len(whole)) if whole.startswith(said, at))


def _stands_alone(whole: str, start: int, end: int) -> bool:
    """Whether what is said from here to there is no part of a longer number."""
    longer_before = whole[start].isdecimal() and _NUMBER_BEFORE.search(whole[:start])
    longer_after = whole[end - 1].isdecimal() and _NUMBER_AFTER.match(whole, end)
    return not longer_before and not longer_after
