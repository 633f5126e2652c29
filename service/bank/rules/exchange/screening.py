"""Notes on the items of a file that are almost items of the bank, or of the file itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.bank.rules import alike
from service.bank.rules.exchange.drafts import Field, Remark
from service.bank.rules.exchange.planning import Line, Outcome, Plan

SCREENED = frozenset({Outcome.NEW, Outcome.CHANGED})
# Two items of the same words are said to be the same (``planning``), not to be alike.
SAME = 1000


@dataclass(frozen=True, slots=True)
class Twin:
    """An item of the bank that an item of the file is like."""

    code: str
    stem: str
    likeness: int


def lines_of(plan: Plan) -> list[Line]:
    """The lines that are compared, in order: what would be new words in the bank."""
    return [line for line in plan.lines if line.outcome in SCREENED]


def screened(plan: Plan, twins: Sequence[Sequence[Twin]]) -> Plan:
    """The plan with a note on every line that is almost something else; ``twins`` are those of :func:`lines_of`."""
    found = lines_of(plan)
    texts = [alike.asked(line.text.stem, line.text.options) for line in found]
    within = list(alike.Index(texts).nearest(texts, alike.NEAR)) if texts else []
    notes = {
        id(line): (*_in_bank(line, twins[place]), *_in_file(line, place, within[place], found))
        for place, line in enumerate(found)
    }
    return replace(plan, lines=tuple(replace(one, notes=(*one.notes, *notes.get(id(one), ()))) for one in plan.lines))


def _in_bank(line: Line, twins: Sequence[Twin]) -> list[Remark]:
    reason = "与题库中的{code}相似度{percent}%：{stem}"
    return [
        _remark(line, "like_in_bank", reason, code=one.code, percent=one.likeness // 10, stem=one.stem)
        for one in twins
        if alike.NEAR <= one.likeness < SAME
    ]


def _in_file(line: Line, place: int, near: Sequence[alike.Neighbour], found: Sequence[Line]) -> list[Remark]:
    reason = "与本文件{place}相似度{percent}%。"
    return [
        _remark(line, "like_in_file", reason, place=_place(found[one.place]), percent=one.likeness // 10)
        for one in near
        if one.place < place and one.likeness < SAME
    ][:1]


def _remark(line: Line, code: str, reason: str, /, **values: object) -> Remark:
    return Remark(line.sheet, line.row, Field.STEM, code, reason, values)


def _place(line: Line) -> str:
    return f"{line.sheet} #{line.row}".strip()
