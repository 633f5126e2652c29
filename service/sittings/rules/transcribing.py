"""Copying an answer sheet by two people who do not see each other, and by a third where they differ."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.papers.rules import answers
from service.sittings.rules.on_paper import PAPER_STAGE_NAMES, PaperStage

_TWO_PEOPLE = "两人原则（本系统规则）"
_ISSUE = "试卷要求 §4：无机考场纸质试卷，逐份编号"
ROUNDS = 2
_SPACE = re.compile(r"\s+")


class Settling(StrEnum):
    """How the answers of a sheet were settled: two entries agreed, or a third person decided."""

    AGREED = "agreed"
    DECIDED = "decided"


SETTLING_NAMES = {Settling.AGREED: "两人誊录一致", Settling.DECIDED: "第三人裁定"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer sheet: the number printed on it, whose position it is, its kind, its letters, and which
    case of the paper it belongs to, counted from 1; 0 for none."""

    number: int
    position: int
    kind: str
    letters: tuple[str, ...]
    case: int = 0

    @property
    def section(self) -> tuple[int, str]:
        """Under which heading of the answer sheet it stands: a kind, or a case with its lines of whatever kinds."""
        return self.case, "" if self.case else self.kind


def lines(
    items: Sequence[tuple[int, str, Sequence[str]]], cases: Mapping[int, int] = MappingProxyType({})
) -> list[Line]:
    """The lines of the printed answer sheet, in its order: kinds together, then positions, behind them the cases with
    their lines by position, numbered through.

    ``items`` are (position, kind, letters), ``cases`` the number of its case by position. Printed copies are all alike:
    no order of a seat is on paper.
    """

    def place(one: tuple[int, str, Sequence[str]]) -> tuple[bool, int, int]:
        cased = one[0] in cases
        return cased, 0 if cased else answers.ORDER.index(one[1]), one[0]

    return [
        Line(number, position, kind, tuple(letters) if kind in answers.OF_LETTERS else (), cases.get(position, 0))
        for number, (position, kind, letters) in enumerate(sorted(items, key=place), start=1)
    ]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person read off a sheet: the number of the copy, and the answers by position, blank ones left out."""

    copy: int
    choices: Mapping[int, str]


def read(sheet: Sequence[Line], typed: Mapping[int, str]) -> tuple[dict[int, str], list[int]]:
    """Typed answers as they are kept, blank ones left out, and the numbers of the lines that cannot be so answered.

    A position that is not on the sheet is reported as number 0.
    """
    by_position = {line.position: line for line in sheet}
    kept: dict[int, str] = {}
    faults = [0 for position in typed if position not in by_position][:1]
    for line in sheet:
        settled = _settled(line, typed.get(line.position, ""))
        if settled is None:
            faults.append(line.number)
        elif settled:
            kept[line.position] = settled
    return kept, faults


def _settled(line: Line, typed: str) -> str | None:
    settled = answers.settled(line.kind, typed)
    if settled is None or (line.letters and not set(settled) <= set(line.letters)):
        return None
    return settled


def must_fit(faults: Sequence[int]) -> Decision:
    """Whether every answer can be one to its item."""
    if not faults:
        return ALLOWED
    numbers = "、".join(map(str, faults))
    return refuse("entry_malformed", "第{numbers}题填写的不是该题可以接受的答案，请核对。", numbers=numbers)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an entry depends on: ``mine``, the person has one that stands; ``copies`` printed; those of other seats."""

    stage: PaperStage
    mine: bool
    copies: int
    taken: frozenset[int] = frozenset()


def may_enter(now: Standing) -> Decision:
    """Whether this person may copy the sheet: as the first or the second of two, once."""
    if now.mine:
        return refuse("entered_already", "您已经誊录过这份答题卡，需要另一位同事再誊录一次。", source=_TWO_PEOPLE)
    if now.stage not in {PaperStage.FIRST, PaperStage.SECOND}:
        return not_now("nothing_to_enter", "这份答题卡现在是“{stage}”，不能誊录。", stage=PAPER_STAGE_NAMES[now.stage])
    return ALLOWED


def may_be_copy(now: Standing, copy: int) -> Decision:
    """Whether a copy of this number was printed, and nobody else's answers stand on it."""
    if not 1 <= copy <= now.copies:
        return refuse(
            "copy_unknown",
            "本场没有打印过第{copy}份（共打印{copies}份），请核对答题卡上的份号。",
            source=_ISSUE,
            copy=copy,
            copies=now.copies,
        )
    if copy in now.taken:
        return refuse("copy_taken", "第{copy}份已用于本场另一个座位，请核对份号和座位号。", source=_ISSUE, copy=copy)
    return ALLOWED


def may_withdraw(now: Standing) -> Decision:
    """Whether this person may take back what they entered: until the second entry has been compared with it."""
    if not now.mine:
        return not_now("nothing_to_withdraw", "您没有可以撤回的誊录。")
    if now.stage is not PaperStage.SECOND:
        return not_now("compared_already", "第二人已经誊录，两次已作比较，不能再撤回。")
    return ALLOWED


def may_decide(now: Standing) -> Decision:
    """Whether this person may settle what two others have read differently."""
    if now.stage is not PaperStage.DIFFERING:
        sentence = "这份答题卡现在是“{stage}”，没有需要裁定的差异。"
        return not_now("nothing_to_settle", sentence, stage=PAPER_STAGE_NAMES[now.stage])
    if now.mine:
        return refuse("two_people_needed", "您誊录过这份答题卡，差异须由第三人裁定。", source=_TWO_PEOPLE)
    return ALLOWED


def may_picture(stage: PaperStage) -> Decision:
    """Whether a picture of the sheet may still be added: while it is being copied."""
    if stage in {PaperStage.FIRST, PaperStage.SECOND, PaperStage.DIFFERING}:
        return ALLOWED
    return not_now("no_picture_now", "这份答题卡现在是“{stage}”，不能再附照片。", stage=PAPER_STAGE_NAMES[stage])


def same(kind: str, one: str, other: str) -> bool:
    """Whether two people read the same. Of typed words, space and the width of characters say nothing of a hand."""
    if kind not in answers.LONGEST:
        return one == other
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def differing(sheet: Sequence[Line], first: Entry, second: Entry) -> list[Line]:
    """The lines that two people read differently."""
    return [
        line
        for line in sheet
        if not same(line.kind, first.choices.get(line.position, ""), second.choices.get(line.position, ""))
    ]


def agreed(sheet: Sequence[Line], first: Entry, second: Entry) -> Entry | None:
    """What two people read alike, in the words of the first; nothing where they differ, be it in the copy's number."""
    alike = first.copy == second.copy and not differing(sheet, first, second)
    return first if alike else None


def decided(sheet: Sequence[Line], first: Entry, second: Entry, ruling: Entry) -> tuple[Entry, Decision]:
    """What counts after a third person's ``ruling``, which answers the differing lines and no others."""
    open_lines = {line.position for line in differing(sheet, first, second)}
    beyond = [line.number for line in sheet if line.position in set(ruling.choices) - open_lines]
    missing = [line.number for line in sheet if line.position in open_lines - set(ruling.choices)]
    choices = {**first.choices, **ruling.choices}
    return Entry(ruling.copy, {at: choice for at, choice in choices.items() if choice}), first_refusal(
        ALLOWED
        if not missing
        else refuse("ruling_incomplete", "第{numbers}题还没有裁定。", numbers="、".join(map(str, missing))),
        ALLOWED
        if not beyond
        else refuse("ruling_beyond", "第{numbers}题两次誊录一致，不能改动。", numbers="、".join(map(str, beyond))),
    )
