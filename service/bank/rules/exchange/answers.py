"""Reading an answer as people write it: ``ABD``, ``A、B``, ``1,3``, an option's own words, 对/错, √/×, T/F …"""

import re
from collections.abc import Iterable, Mapping

from service.bank.rules.exchange import words
from service.bank.rules.exchange.columns import OPTION_LETTERS
from service.bank.rules.items import Kind
from service.kernel.decision import ALLOWED, Decision, refuse

_BETWEEN = re.compile(r"[,，、;；|/.。\s]+")
_END = re.compile(r"[.。,，]+$")
_LETTERS = re.compile(r"[a-h]+")
# What stands before letters that can mean nothing but options; formats that point at options are read so.
_POINTER = "选项"

Reading = tuple[str, Decision]


def pointed(letters: str) -> str:
    """An answer that is read as these letters whatever the words of the options are."""
    return f"{_POINTER}{letters}" if letters else ""


def written(key: str, options: Mapping[str, str]) -> str:
    """A key as a person would write it, or as a pointer where an option's own words could be taken for it."""
    return key if choice(key, options)[0] == key else pointed(key)


def choice(text: str, options: Mapping[str, str]) -> Reading:
    """The letters that an answer names, in order, or why it cannot be read."""
    readings = {"".join(sorted(found)) for found in _readings(text, options)}
    if len(readings) > 1:
        return "", refuse(
            "answer_ambiguous",
            "答案“{answer}”既像序号，又像某个选项的内容，分不清是哪一项。请改为选项字母。",
            answer=text,
        )
    if not readings:
        return "", refuse("answer_unreadable", "读不懂答案“{answer}”。请填写选项字母，如B或ABD。", answer=text)
    key = readings.pop()
    if len(set(key)) != len(key):
        return "", refuse("answer_repeated", "答案“{answer}”中有重复的选项。", answer=text)
    if outside := [letter for letter in key if not options.get(letter)]:
        return "", refuse(
            "answer_outside",
            "答案“{answer}”中的{letters}不在选项之内。",
            answer=text,
            letters="、".join(outside),
        )
    return key, ALLOWED


def _readings(text: str, options: Mapping[str, str]) -> Iterable[str]:
    """Everything the answer may mean: an option's words, letters, numbers of options counted from one."""
    folded = words.fold(text)
    pointer = folded.removeprefix(_POINTER)
    if pointer != folded and _LETTERS.fullmatch(pointer):
        yield pointer.upper()
        return
    named = [letter for letter, option in options.items() if option and words.fold(option) == folded]
    if len(named) == 1:
        yield named[0]
    pieces = [words.fold(piece) for piece in _BETWEEN.split(text) if piece]
    letters = "".join(pieces)
    if _LETTERS.fullmatch(letters) and (not named or _all_there(letters, options)):
        yield letters.upper()
    if pieces and all(piece.isdecimal() and 1 <= int(piece) <= len(OPTION_LETTERS) for piece in pieces):
        yield "".join(OPTION_LETTERS[int(piece) - 1] for piece in pieces)


def _all_there(letters: str, options: Mapping[str, str]) -> bool:
    return len(set(letters)) == len(letters) and all(options.get(letter) for letter in letters.upper())


def truth(text: str, options: Mapping[str, str]) -> Reading:
    """``T`` or ``F``, or why it cannot be read; ``A`` and ``B`` mean what the options of the item say."""
    folded = _END.sub("", words.fold(text)).removeprefix(_POINTER)
    if folded in words.TRUTH_WORDS:
        return words.TRUTH_WORDS[folded], ALLOWED
    if folded in {"a", "b"}:
        said = words.TRUTH_WORDS.get(words.fold(options.get(folded.upper(), "")))
        if said is not None:
            return said, ALLOWED
        return "", refuse(
            "truth_letter",
            "判断题的答案是“{answer}”，但选项没有写明哪一项是对、哪一项是错。请改为“对”或“错”。",
            answer=text,
        )
    return "", refuse("truth_unreadable", "读不懂判断题的答案“{answer}”。请填写“对”或“错”。", answer=text)


def implied_kind(text: str, options: Mapping[str, str]) -> Kind | None:
    """The kind that answer and options leave no doubt about, for files that never name it."""
    filled = [option for option in options.values() if option]
    if all(words.fold(option) in words.TRUTH_WORDS for option in filled):
        return Kind.TRUE_FALSE if truth(text, options)[1].allowed else None
    key, decision = choice(text, options)
    if not decision.allowed:
        return None
    return Kind.SINGLE if len(key) == 1 else Kind.MULTIPLE
