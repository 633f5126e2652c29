"""What a file of results from elsewhere says, row by row, and what is wrong with it.

Rows of cells in, lines and faults out. Nothing is repaired that could be a mistake, and one fault keeps the whole file
out: half a file is a list that nobody has sent. Points stay as they came, out of the maximum that the file names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from service.access.rules import people
from service.programme.rules.roster import Cell, Fault, fold
from service.results.rules import Verdict
from service.results.rules.elsewhere import LARGEST_MOST, MOST_POINTS


class Column(StrEnum):
    """The columns of a file, by the name a fault is reported under; the last two may be absent."""

    NAME = "姓名"
    CITIZEN_ID = "身份证号"
    CLASS = "班次"
    TAKEN_ON = "考试日期"
    POINTS = "得分"
    LEAST = "合格分"
    VERDICT = "结论"
    TICKET = "准考证号"
    MOST = "满分"


# Header words of other platforms' sheets, folded and without bracketed remarks.
SYNONYMS: Mapping[str, Column] = {
    word: column
    for column, words in {
        Column.NAME: ("姓名", "考生姓名", "学员姓名", "人员姓名"),
        Column.CITIZEN_ID: ("身份证号", "身份证号码", "身份证", "居民身份证号", "公民身份号码", "证件号码", "证件号"),
        Column.CLASS: ("班次", "班次编号", "班级", "班级编号", "培训班"),
        Column.TAKEN_ON: ("考试日期", "考试时间", "考试日", "考核日期"),
        Column.POINTS: ("得分", "成绩", "分数", "考试成绩", "考试得分", "总分"),
        Column.LEAST: ("合格分", "合格线", "及格分", "合格分数", "合格分数线"),
        Column.VERDICT: ("结论", "考试结论", "考试结果", "是否合格", "结果"),
        Column.TICKET: ("准考证号", "准考证号码", "准考证", "本市准考证号"),
        Column.MOST: ("满分", "满分值", "卷面满分", "试卷满分"),
    }.items()
    for word in words
}
# By either of these a person is found; the maximum may stand once, in the header of the points.
FINDING = frozenset({Column.CITIZEN_ID, Column.TICKET})
NEEDED = tuple(column for column in Column if column not in FINDING | {Column.MOST})
VERDICTS = {"合格": Verdict.PASSED, "不合格": Verdict.FAILED}
_REMARK = re.compile(r"\((.*?)\)|[*:]")
_ONCE = re.compile(r"满分:?(\d{1,4})分?")


@dataclass(frozen=True, slots=True)
class Line:
    """One result of a file, every cell of it sound in itself; of citizen id and ticket number one may be empty."""

    row: int
    name: str
    citizen_id: str
    ticket_number: str
    class_code: str
    taken_on: date
    points: int
    most_points: int
    pass_points: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Read:
    """All sound lines of a file, and what is wrong with the others."""

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns stand, and the maximum where the header says it once for all."""

    places: Mapping[Column, int]
    most: int | None = None


def parse(rows: Sequence[Sequence[Cell]], *, today: date) -> Read:
    """Read every row below the header, which is the first row."""
    heads = [fold(cell) if isinstance(cell, str) else "" for cell in (rows[0] if rows else ())]
    columns = [SYNONYMS.get(_REMARK.sub("", head)) for head in heads]
    if faults := tuple(_header_faults(columns)):
        return Read((), faults)
    header = Header({column: place for place, column in enumerate(columns) if column is not None}, _once(heads))
    lines: list[Line] = []
    faults_found: list[Fault] = []
    for row, cells in enumerate(rows[1:], start=2):
        record = {column: cells[at] if at < len(cells) else "" for column, at in header.places.items()}
        if not any(_text(cell) for cell in record.values()):
            continue
        wrong = list(_faults(row, record, header.most, today))
        faults_found.extend(wrong)
        if not wrong:
            lines.append(_line(row, record, header.most))
    if not lines and not faults_found:
        faults_found.append(Fault(1, "", "no_rows", "表头下面没有成绩。"))
    return Read(tuple(lines), (*faults_found, *_repeats(lines)))


def _header_faults(columns: Sequence[Column | None]) -> Iterator[Fault]:
    reason = "第1行应为表头，且“{column}”一列恰好一次。请使用本页的模板。"
    for column in Column:
        number = columns.count(column)
        if number > 1 or (number == 0 and column in NEEDED):
            yield Fault(1, column, "column_missing", reason, {"column": column.value})
    if not FINDING & set(columns):
        reason = "表头没有“身份证号”，也没有“准考证号”，至少要有其中一列。"
        yield Fault(1, Column.CITIZEN_ID, "column_missing", reason)


def _once(heads: Sequence[str]) -> int | None:
    """The maximum in the bracketed remark at the points, as in 得分（满分150）."""
    for head in heads:
        if SYNONYMS.get(_REMARK.sub("", head)) is Column.POINTS:
            remarks = (_ONCE.fullmatch(one) for one in _REMARK.findall(head))
            return next((int(one[1]) for one in remarks if one is not None), None)
    return None


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else fold(str(cell))


def _citizen_id(cell: Cell) -> str:
    # A spreadsheet number has lost its last digits; guessing them would name somebody else.
    return fold(cell).lstrip("'").upper() if isinstance(cell, str) else ""


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(_text(cell).replace("/", "-"))
    except ValueError:
        return None


def _points(cell: Cell) -> int | None:
    text = _text(cell)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_MOST)) else None


def _most(record: Mapping[Column, Cell], once: int | None) -> int | None:
    """The maximum of a row: its own, else that of the header, else ours; None where it cannot be read."""
    if _text(record.get(Column.MOST)):
        return _points(record[Column.MOST])
    return once if once is not None else MOST_POINTS


def _line(row: int, record: Mapping[Column, Cell], once: int | None) -> Line:
    day, most = _day(record[Column.TAKEN_ON]), _most(record, once)
    points, least = _points(record[Column.POINTS]), _points(record[Column.LEAST])
    assert day is not None and points is not None and least is not None and most is not None, "a line without faults"
    return Line(
        row=row,
        name=_text(record[Column.NAME]),
        citizen_id=_citizen_id(record.get(Column.CITIZEN_ID)),
        ticket_number=_text(record.get(Column.TICKET)).lstrip("'"),
        class_code=_text(record[Column.CLASS]),
        taken_on=day,
        points=points,
        most_points=most,
        pass_points=least,
        verdict=VERDICTS[_text(record[Column.VERDICT])],
    )


def _faults(row: int, record: Mapping[Column, Cell], once: int | None, today: date) -> Iterator[Fault]:
    empty = [column for column in NEEDED if not _text(record[column])]
    if empty:
        yield from (Fault(row, one, "empty", "“{column}”没有填写。", {"column": one.value}) for one in empty)
        return
    if not any(_text(record.get(column)) for column in FINDING):
        yield Fault(row, Column.CITIZEN_ID, "empty", "身份证号和准考证号至少填写一项。")
    elif _text(record.get(Column.CITIZEN_ID)):
        identity = people.valid_citizen_id(_citizen_id(record[Column.CITIZEN_ID]), today=today)
        if not identity.allowed:
            yield Fault(row, Column.CITIZEN_ID, identity.code, identity.reason, identity.values)
    day = _day(record[Column.TAKEN_ON])
    if day is None:
        yield Fault(row, Column.TAKEN_ON, "date_shape", "考试日期应写作2026-01-31。")
    elif day > today:
        yield Fault(row, Column.TAKEN_ON, "date_future", "考试日期在今天以后。")
    yield from _mark_faults(row, record, once)


def _mark_faults(row: int, record: Mapping[Column, Cell], once: int | None) -> Iterator[Fault]:
    most = _most(record, once)
    if most is None or not 1 <= most <= LARGEST_MOST:
        yield Fault(row, Column.MOST, "most_range", "满分应为1到{most}的整数。", {"most": LARGEST_MOST})
        return
    if once is not None and most != once:
        reason = "满分与表头所写的{once}分不符，请核对后只保留一处。"
        yield Fault(row, Column.MOST, "most_contradicts", reason, {"once": once})
    points, least = _points(record[Column.POINTS]), _points(record[Column.LEAST])
    reason = "应为{lowest}到{most}的整数；满分不是{most}的，请在“满分”列或表头“得分（满分…）”写明。"
    for column, number, lowest in ((Column.POINTS, points, 0), (Column.LEAST, least, 1)):
        if number is None or not lowest <= number <= most:
            yield Fault(row, column, "points_range", reason, {"lowest": lowest, "most": most})
            points = None
    found = VERDICTS.get(_text(record[Column.VERDICT]))
    if found is None:
        yield Fault(row, Column.VERDICT, "verdict_unknown", "结论应为“合格”或“不合格”。")
    elif points is not None and least is not None and (points >= least) is not (found is Verdict.PASSED):
        yield Fault(row, Column.VERDICT, "verdict_contradicts", "结论与得分、合格分不符，请向来源平台核实。")


def _repeats(lines: Sequence[Line]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for line in lines:
        if line.citizen_id and first.setdefault(line.citizen_id, line.row) != line.row:
            reason = "与第{first}行是同一个身份证号，同一人只能出现一次。"
            yield Fault(line.row, Column.CITIZEN_ID, "repeated", reason, {"first": first[line.citizen_id]})
