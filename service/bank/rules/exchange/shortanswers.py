"""Short answers of other programs as fill-ins: what they accept, and what of it cannot be held."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from service.bank.rules import filling
from service.bank.rules.exchange.drafts import Draft, Field, Remark
from service.bank.rules.items import KIND_NAMES, Kind

# The share of an answer that is wholly right, in per cent.
WHOLE = 100
# Moodle takes a bare asterisk for any words, and writes a real one with a stroke before it.
_ANY = re.compile(r"(?<!\\)\*")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the file: its text, whether it is wholly right, and whether feedback hangs on it."""

    text: str
    whole: bool
    feedback: bool = False


def literal(text: str) -> str:
    """A text as Moodle reads it word for word."""
    return text.replace("*", r"\*")


def draft_of(sheet: str, row: int, words: Mapping[Field, str], answers: Sequence[Answer]) -> Draft:
    """The draft of a fill-in; where the stem has no blank it is asked for at its end, as the other program does."""
    stem = words.get(Field.STEM, "")
    blank = filling.BLANK not in stem
    said = {
        **words,
        Field.KIND: KIND_NAMES[Kind.FILL_IN],
        Field.STEM: f"{stem}{filling.BLANK}" if blank and stem else stem,
        Field.ANSWER: filling.key_of([one.text.replace(r"\*", "*") for one in answers if one.whole]),
    }
    draft = Draft(sheet, row, {name: text for name, text in said.items() if text})
    if any(_ANY.search(one.text) for one in answers if one.whole):
        reason = "答案中有通配符“*”，题库只比较列出的文字，这一题没有导入。"
        return replace(draft, left_out=draft.remark(Field.ANSWER, "pattern_left_out", reason))
    return replace(draft, notes=tuple(_notes(draft, answers, blank)))


def _notes(draft: Draft, answers: Sequence[Answer], blank: bool) -> Iterator[Remark]:
    if blank:
        yield draft.remark(Field.STEM, "blank_added", "题干没有标出空在哪里，已在末尾加上“____”，请核对。")
    if not all(one.whole for one in answers):
        yield draft.remark(Field.ANSWER, "shares_lost", "只得部分分数的答案没有导入：本系统只分对和错。")
    if any(one.feedback for one in answers):
        yield draft.remark(Field.EXPLANATION, "feedback_lost", "各答案的反馈没有导入，只保留了总的解析。")
