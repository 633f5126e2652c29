"""Finding the heading row of a sheet and what each of its columns means (reference: exam_rules.zh.md §8.2)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.bank.rules.exchange import words
from service.bank.rules.exchange.drafts import Field, Remark

Cell = object
# Sheets begin with a title and remarks; the heading is looked for in the first rows only.
HEADER_WITHIN = 20
OPTION_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SYNONYMS: Mapping[str, Field] = {
    word: name
    for name, names in {
        Field.CODE: ("编号", "试题编号", "题目编号", "试题编码", "题目编码", "code", "id"),
        Field.KIND: ("题型", "试题类型", "题目类型", "题目题型", "type", "kind", "qutype"),
        Field.STEM: ("题干", "题目", "试题", "试题内容", "题目内容", "问题", "content", "title", "question", "stem"),
        Field.OPTIONS: ("选项", "试题选项", "备选项", "options"),
        Field.ANSWER: ("答案", "正确答案", "参考答案", "标准答案", "正确选项", "answer", "correctanswer", "key"),
        Field.EXPLANATION: ("解析", "答案解析", "试题解析", "题目解析", "判断题解析", "explanation", "analysis"),
        Field.EDITION: ("法规版本", "法规", "法规名称", "edition", "regulation"),
        Field.ARTICLE: ("条号", "条款", "条文", "法规条款", "article"),
        Field.ROLES: ("适用角色", "角色", "适用岗位", "岗位", "考试人员类型", "人员类别", "roles"),
        Field.DIFFICULTY: ("难度", "题目难度", "试题难度", "难易度", "难易程度", "difficulty"),
        Field.LEVEL: ("认知层次", "认知水平", "能力层次", "level"),
        Field.SUBJECT: ("科目", "subject"),
        Field.ENEMIES: ("互斥组", "enemies"),
        Field.TAGS: ("标签", "tags"),
        Field.FILED: ("归类标签", "filed"),
        Field.PICTURES: ("图片", "pictures"),
        Field.BASIS: ("题目依据", "依据", "依据原文", "出处"),
        Field.VERSION: ("试题版本", "version"),
        Field.CASE: ("案例编号", "案例", "材料编号", "case"),
        Field.CASE_TEXT: ("案例材料", "案例内容", "背景材料", "材料", "casetext"),
        Field.CASE_PLACE: ("案例第几问", "第几问", "小题号", "caseplace"),
        Field.CASE_SIZE: ("案例共几问", "共几问", "小题数", "casesize"),
    }.items()
    for word in names
}
_REMARKS = re.compile(r"\(.*?\)|\[.*?\]|[*:]")
_OPTION = re.compile(r"(?:选项|答案选项|备选项|option|qu)?([a-h])(?:选项)?")
_NUMBERED = re.compile(r"(?:选项|option)([1-8])")


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a sheet: its row from 0, where each field and each option stand, and what is not understood."""

    row: int
    places: Mapping[Field, int]
    options: Mapping[str, int]
    named: Mapping[str, str]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]


def heading_of(rows: Sequence[Sequence[Cell]]) -> Heading | None:
    """The first row that names a stem and an answer, or nothing: then this is no sheet of items."""
    for number, cells in enumerate(rows[:HEADER_WITHIN]):
        heading = _read(number, cells)
        if Field.STEM in heading.places and Field.ANSWER in heading.places:
            return heading
    return None


def _read(row: int, cells: Sequence[Cell]) -> Heading:
    places: dict[Field, int] = {}
    options: dict[str, int] = {}
    named: dict[str, str] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    for place, cell in enumerate(cells):
        text = cell.strip() if isinstance(cell, str) else ""
        word = _REMARKS.sub("", words.fold(text))
        meant = SYNONYMS.get(word) or _option_letter(word)
        if meant is None:
            unknown += [text] if word else []
        elif meant in places or meant in options:
            repeated.append(text)
        else:
            named[str(meant)] = " ".join(text.split())
            if isinstance(meant, Field):
                places[meant] = place
            else:
                options[meant] = place
    return Heading(row, places, options, named, tuple(unknown), tuple(repeated))


def _option_letter(word: str) -> str | None:
    if found := _OPTION.fullmatch(word):
        return found[1].upper()
    found = _NUMBERED.fullmatch(word)
    return OPTION_LETTERS[int(found[1]) - 1] if found else None


def faults_of(sheet: str, heading: Heading) -> list[Remark]:
    """What makes the heading unusable."""
    reason = "表头有不止一列“{column}”，请只保留一列。"
    return [
        Remark(sheet, heading.row + 1, column, "column_repeated", reason, {"column": column})
        for column in heading.repeated
    ]


def notes_on(sheet: str, heading: Heading) -> list[Remark]:
    """Columns that are passed over, because the bank keeps nothing of the kind."""
    reason = "“{column}”这一列没有导入：题库没有对应的内容。"
    return [
        Remark(sheet, heading.row + 1, column, "column_ignored", reason, {"column": column})
        for column in heading.unknown
    ]
