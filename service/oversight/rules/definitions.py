"""Rates are data: each definition names what is counted over what, and where it comes from.

An answer rests on a version of the results, the number of the newest edition it knows; asked again for that version it
is the same for ever, and its digest proves it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, refuse
from service.oversight.rules import small
from service.results.rules.counting import ANSWER_AXES, Axis, Counts


class Rate(StrEnum):
    """The rates there are."""

    PASS = "pass"  # noqa: S105
    PASS_OF_HANDED_IN = "pass_of_handed_in"  # noqa: S105
    PASS_OF_ENROLLED = "pass_of_enrolled"  # noqa: S105
    PASS_OF_PLANNED = "pass_of_planned"  # noqa: S105
    FIRST_PASS = "first_pass"  # noqa: S105
    RESIT_PASS = "resit_pass"  # noqa: S105
    PARTICIPATION = "participation"
    PARTICIPATION_OF_PLANNED = "participation_of_planned"
    ATTENDANCE = "attendance"
    POINTS = "points"
    CORRECT = "correct"


RATE_NAMES = {
    Rate.PASS: "考试通过率（合格 ÷ 到考，含补考）",
    Rate.PASS_OF_HANDED_IN: "考试通过率（合格 ÷ 交卷，含补考）",
    Rate.PASS_OF_ENROLLED: "考试通过率（合格 ÷ 名册，含补考）",
    Rate.PASS_OF_PLANNED: "考试通过率（合格 ÷ 计划，含补考）",
    Rate.FIRST_PASS: "首考通过率（首考合格 ÷ 首考到考）",
    Rate.RESIT_PASS: "补考通过率（补考合格 ÷ 补考到考）",
    Rate.PARTICIPATION: "参训率（学时达标 ÷ 名册）",
    Rate.PARTICIPATION_OF_PLANNED: "参训率（学时达标 ÷ 计划）",
    Rate.ATTENDANCE: "到考率（到考 ÷ 名册）",
    Rate.POINTS: "得分率（得分 ÷ 满分）",
    Rate.CORRECT: "答对率（答对题次 ÷ 答题题次）",
}
PLANNED = "planned"
NOBODY = Counts()
_ACCEPTANCE = "四(二) 项目验收：参训率、考试通过率"
_CHOICE = "我们的口径，待人社局确认"


@dataclass(frozen=True, slots=True)
class Definition:
    """``part`` and ``whole`` are counts by name; the whole may be the plan's target. Resits count where it says so."""

    part: str
    whole: str
    resits: bool
    source: str


DEFINITIONS: Mapping[Rate, Definition] = {
    Rate.PASS: Definition("passed", "present", True, _ACCEPTANCE),
    Rate.PASS_OF_HANDED_IN: Definition("passed", "handed_in", True, _CHOICE),
    Rate.PASS_OF_ENROLLED: Definition("passed", "enrolled", True, _CHOICE),
    Rate.PASS_OF_PLANNED: Definition("passed", PLANNED, True, _CHOICE),
    Rate.FIRST_PASS: Definition("first_passed", "first_present", False, _CHOICE),
    Rate.RESIT_PASS: Definition("resit_passed", "resat", True, _CHOICE),
    Rate.PARTICIPATION: Definition("trained", "enrolled", False, _ACCEPTANCE),
    Rate.PARTICIPATION_OF_PLANNED: Definition("trained", PLANNED, False, _CHOICE),
    Rate.ATTENDANCE: Definition("present", "enrolled", True, _CHOICE),
    Rate.POINTS: Definition("points", "possible", True, _CHOICE),
    Rate.CORRECT: Definition("correct", "asked", True, _CHOICE),
}
# Of answers and not of people: by what an item is about, and by nothing else.
OF_ANSWERS = frozenset({Rate.POINTS, Rate.CORRECT})


class Imported(StrEnum):
    """Whether results count that were obtained elsewhere (三(五): the cloud platform, other exam systems)."""

    WITH = "with"
    WITHOUT = "without"
    ONLY = "only"


IMPORTED_NAMES = {
    Imported.WITH: "含外部导入成绩",
    Imported.WITHOUT: "不含外部导入成绩",
    Imported.ONLY: "只看外部导入成绩",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks: which rate, by what and across what, of which year and months, with which results.

    ``page`` is the part of the groups asked for, in the order of their keys, from 1.
    """

    rate: Rate
    by: Axis
    across: Axis | None = None
    plan_year: int | None = None
    since: str | None = None
    until: str | None = None
    imported: Imported = Imported.WITH
    page: int = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """The counts of one group; ``across`` is the key on the second axis, empty without one.

    ``planned`` is known of whole years only. ``merged`` groups are small ones put together, so that nobody in them can
    be told from the others. ``elsewhere`` are those among ``counts`` whose result was obtained elsewhere; None where
    these, or the others, are so few that a reader who may not see persons must not tell them apart.
    """

    key: str
    across: str
    counts: Counts
    planned: int | None = None
    merged: int = 0
    elsewhere: Counts | None = NOBODY

    def written(self) -> list[object]:
        """The cell as a digest takes it, in the order of the fields; written out, for there may be thousands."""
        return [self.key, self.across, self.planned, self.merged, *self.counts.numbers()]

    def part(self, definition: Definition) -> int:
        """The numerator."""
        return int(getattr(self.counts, definition.part))

    def whole(self, definition: Definition) -> int | None:
        """The denominator."""
        return self.planned if definition.whole == PLANNED else int(getattr(self.counts, definition.whole))

    def elsewhere_of(self, name: str) -> int | None:
        """How many of a count, by its name, come from elsewhere, None where that is not told; the plan's target is no
        result, so none of it does.
        """
        if self.elsewhere is None:
            return None
        return 0 if name == PLANNED else int(getattr(self.elsewhere, name))

    def rate(self, definition: Definition) -> float | None:
        """In percent with one decimal; nothing where the denominator is nothing or unknown."""
        whole = self.whole(definition)
        return round(100 * self.part(definition) / whole, 1) if whole else None


@dataclass(frozen=True, slots=True)
class Answer:
    """The cells of one page; the total of all pages, none where people count for several cells; the version they rest
    on, and its moment; whether there are ``more`` pages.
    """

    question: Question
    version: int
    moment: datetime | None
    cells: tuple[Cell, ...]
    total: Cell | None
    more: bool = False

    @property
    def definition(self) -> Definition:
        return DEFINITIONS[self.question.rate]

    @property
    def digest(self) -> str:
        """SHA-256 over question, definition, version, keys and counts as JSON with sorted keys; names may change."""
        return _digest(self._body())

    @property
    def full_digest(self) -> str:
        """The same, with the counts of those from elsewhere as they are told: an answer given before there were any
        keeps its digest. What is not told is not in it either, for a few small numbers are soon guessed from a digest.
        """
        told = [*self.cells, *([self.total] if self.total is not None else [])]
        numbers = [one.elsewhere.numbers() if one.elsewhere is not None else None for one in told]
        return _digest({**self._body(), "elsewhere": numbers})

    def _body(self) -> dict[str, object]:
        return {
            "question": asdict(self.question),
            "definition": asdict(self.definition),
            "version": self.version,
            "more": self.more,
            "cells": [one.written() for one in self.cells],
            "total": self.total.written() if self.total is not None else None,
        }


def _digest(body: Mapping[str, object]) -> str:
    written = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def may_ask(question: Question) -> Decision:
    """Whether a question has an answer: the plan sets a target for a year and for nothing smaller."""
    if question.rate in OF_ANSWERS or question.by in ANSWER_AXES or question.across in ANSWER_AXES:
        return _may_ask_of_answers(question)
    if question.across == question.by:
        return refuse("axes_alike", "交叉表的两个维度不能相同。")
    if question.across is Axis.CLASS:
        return refuse("class_first", "班次只能作第一个维度，请把两个维度对调。")
    planned = DEFINITIONS[question.rate].whole == PLANNED
    months = question.since is not None or question.until is not None
    if planned and (question.by is not Axis.PLAN_YEAR or question.across is not None or months):
        return refuse("planned_by_year", "计划人数只按计划年度下达，请选“计划年度”维度，不限月份。", source="二(二)")
    return ALLOWED


def _may_ask_of_answers(question: Question) -> Decision:
    if question.rate not in OF_ANSWERS or question.by not in ANSWER_AXES or question.across is not None:
        return refuse("rate_of_answers", "得分率和答对率只按法规或科目统计，不交叉；其他比率按人统计，没有法规和科目。")
    if question.imported is Imported.ONLY:
        return refuse("no_imported_sheets", "导入的外部成绩没有答卷，不能按法规或科目统计。")
    return ALLOWED


def total_of(cells: Iterable[Cell]) -> Cell:
    """All groups together; their part from elsewhere is not told where that of one of them is not."""
    found, planned, counts = list(cells), 0, NOBODY
    elsewhere: Counts | None = NOBODY
    for one in found:
        counts, planned = counts + one.counts, planned + (one.planned or 0)
        elsewhere = elsewhere + one.elsewhere if elsewhere is not None and one.elsewhere is not None else None
    known = bool(found) and all(one.planned is not None for one in found)
    return Cell("total", "", counts, planned if known else None, elsewhere=elsewhere)


SMALL = "small"


def merge_small(cells: Iterable[Cell], least: int) -> tuple[Cell, ...]:
    """The cells with those of few enrolled put together, for readers who may not see persons; sums stay the same."""
    kept, joined = small.parted(cells, lambda one: one.counts.enrolled, lambda one: (one.key, one.across), least)
    if not joined:
        return tuple(kept)
    together = total_of(joined)
    return (*kept, replace(together, key=SMALL, merged=len(joined)))
