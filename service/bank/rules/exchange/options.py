"""Options: several in one cell taken apart, and empty ones at the end taken away."""

import re
import unicodedata
from collections.abc import Mapping

from service.bank.rules.exchange.columns import OPTION_LETTERS

# “A. …” “A、…” “(A) …” at the beginning, after a space, a line break or a separator.
_MARKED = re.compile(r"(?:^|(?<=[\s;；|]))[(（]?([A-Ha-hＡ-Ｈ])[.．、:：)）]\s*")
_END = re.compile(r"[\s;；|]+$")
_PLAIN = re.compile(r"[|\n]+|\$;\$")


def apart(text: str) -> dict[str, str]:
    """Options that share a cell, by letter; unmarked ones are lettered in their order."""
    marks = list(_MARKED.finditer(text))
    letters = [unicodedata.normalize("NFKC", mark[1]).upper() for mark in marks]
    if letters and letters == list(OPTION_LETTERS[: len(letters)]):
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        return {
            letter: _END.sub("", text[mark.end() : end].strip())
            for letter, mark, end in zip(letters, marks, ends, strict=True)
        }
    found = [part.strip() for part in _PLAIN.split(text) if part.strip()]
    return dict(zip(OPTION_LETTERS, found, strict=False))


def trimmed(options: Mapping[str, str]) -> dict[str, str]:
    """Without the empty options after the last filled one; an empty one in between stays, to be reported."""
    letters = [letter for letter, text in options.items() if text]
    last = max(letters, default="")
    return {letter: text for letter, text in options.items() if letter <= last}
