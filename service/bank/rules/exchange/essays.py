"""Essays of other programs as written answers: their rubric, where a file has one that can be held."""

from collections.abc import Mapping
from dataclasses import replace

from service.bank.rules import rubric
from service.bank.rules.exchange import words
from service.bank.rules.exchange.drafts import Draft, Field, Remark
from service.bank.rules.items import KIND_NAMES, Kind


def draft_of(sheet: str, row: int, said: Mapping[Field, str], grading: str = "") -> Draft:
    """The draft of a written answer; its rubric is in the tags, or else what the file tells whoever marks it."""
    found = {**said, Field.KIND: KIND_NAMES[Kind.WRITTEN], Field.ANSWER: said.get(Field.ANSWER, "") or grading}
    draft = Draft(sheet, row, {name: text for name, text in found.items() if text})
    return replace(draft, left_out=left_out(draft))


def left_out(draft: Draft) -> Remark | None:
    """Why a written answer cannot be held, or nothing: no line of what stands for its key is a criterion.

    A model answer is no rubric, and no program can make one of it. Where some lines are criteria the others are faults.
    """
    if words.KIND_WORDS.get(words.fold(draft.word(Field.KIND))) is not Kind.WRITTEN:
        return None
    if any(rubric.worth(line) for line in rubric.read(draft.word(Field.ANSWER)).split("\n")):
        return None
    reason = "这道简答题没有可读的评分标准（每行一个要点，先写分值，如“3 说明应当立即停止作业”），没有导入。"
    return draft.remark(Field.ANSWER, "rubric_left_out", reason)
