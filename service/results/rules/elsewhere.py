"""Results obtained on another platform (三(五)): where from, what a file of them says, and what is wrong with it.

Rows of cells in, lines and faults out. Nothing is repaired that could be a mistake, and one fault keeps the whole file
out: half a file is a list that nobody has sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from service.access.rules import people
from service.kernel.decision import ALLOWED, Decision, not_now
from service.programme.rules.roster import Cell, Fault, fold
from service.results.rules import SAT, Verdict


class Platform(StrEnum):
    """Where results were obtained."""

    CLOUD = "cloud"
    PROVINCE = "province"
    OTHER = "other"


SOURCE_NAMES = {
    Platform.CLOUD: "工伤预防云平台",
    Platform.PROVINCE: "省安全生产考试系统",
    Platform.OTHER: "其他平台",
}


def source_name(source: str, words: str) -> str:
    """The platform in words: its own where it is another one than those we know by name."""
    return words if source == Platform.OTHER else SOURCE_NAMES[Platform(source)]


class FileState(StrEnum):
    """What became of a file: brought by one person, and confirmed or refused by another."""

    BROUGHT = "brought"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


FILE_NAMES = {FileState.BROUGHT: "等待另一人确认", FileState.CONFIRMED: "已确认", FileState.REFUSED: "未予确认"}
FILE_MOVES: Mapping[FileState, frozenset[FileState]] = {
    FileState.BROUGHT: frozenset({FileState.CONFIRMED, FileState.REFUSED}),
    FileState.CONFIRMED: frozenset(),
    FileState.REFUSED: frozenset(),
}


class Column(StrEnum):
    """The columns of a file, by the name a fault is reported under."""

    NAME = "姓名"
    CITIZEN_ID = "身份证号"
    CLASS = "班次"
    TAKEN_ON = "考试日期"
    POINTS = "得分"
    LEAST = "合格分"
    VERDICT = "结论"


VERDICTS = {"合格": Verdict.PASSED, "不合格": Verdict.FAILED}
# What results here are out of, too; a platform with another scale converts before it sends (our choice, unconfirmed).
MOST_POINTS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One result of a file, every cell of it sound in itself."""

    row: int
    name: str
    citizen_id: str
    class_code: str
    taken_on: date
    points: int
    pass_points: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody on the roster of the class.

    ``verdicts`` are of their published exams here; ``pending`` that they have a seat whose result is not published;
    ``brought`` that another file has a result of theirs.
    """

    trainee_id: int
    name: str
    verdicts: tuple[Verdict, ...] = ()
    pending: bool = False
    brought: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """All sound lines of a file, and what is wrong with the others."""

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]


def parse(rows: Sequence[Sequence[Cell]], *, today: date) -> Read:
    """Read every row below the header, which is the first row."""
    heads = [fold(cell) if isinstance(cell, str) else "" for cell in (rows[0] if rows else ())]
    missing = [column for column in Column if heads.count(column) != 1]
    if missing:
        reason = "第1行应为表头，且“{column}”一列恰好一次。请使用本页的模板。"
        return Read((), tuple(Fault(1, one, "column_missing", reason, {"column": one.value}) for one in missing))
    places = {column: heads.index(column) for column in Column}
    lines: list[Line] = []
    faults: list[Fault] = []
    for row, cells in enumerate(rows[1:], start=2):
        record = {column: cells[at] if at < len(cells) else "" for column, at in places.items()}
        if not any(_text(cell) for cell in record.values()):
            continue
        wrong = list(_faults(row, record, today))
        faults.extend(wrong)
        if not wrong:
            lines.append(_line(row, record))
    if not lines and not faults:
        faults.append(Fault(1, "", "no_rows", "表头下面没有成绩。"))
    return Read(tuple(lines), (*faults, *_repeats(lines)))


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
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_POINTS)) else None


def _line(row: int, record: Mapping[Column, Cell]) -> Line:
    day, points, least = (
        _day(record[Column.TAKEN_ON]),
        _points(record[Column.POINTS]),
        _points(record[Column.LEAST]),
    )
    assert day is not None and points is not None and least is not None, "a line without faults"
    citizen_id, found = _citizen_id(record[Column.CITIZEN_ID]), VERDICTS[_text(record[Column.VERDICT])]
    return Line(row, _text(record[Column.NAME]), citizen_id, _text(record[Column.CLASS]), day, points, least, found)


def _faults(row: int, record: Mapping[Column, Cell], today: date) -> Iterator[Fault]:
    empty = [column for column, cell in record.items() if not _text(cell)]
    if empty:
        yield from (Fault(row, one, "empty", "“{column}”没有填写。", {"column": one.value}) for one in empty)
        return
    identity = people.valid_citizen_id(_citizen_id(record[Column.CITIZEN_ID]), today=today)
    if not identity.allowed:
        yield Fault(row, Column.CITIZEN_ID, identity.code, identity.reason, identity.values)
    day = _day(record[Column.TAKEN_ON])
    if day is None:
        yield Fault(row, Column.TAKEN_ON, "date_shape", "考试日期应写作2026-01-31。")
    elif day > today:
        yield Fault(row, Column.TAKEN_ON, "date_future", "考试日期在今天以后。")
    yield from _mark_faults(row, record)


def _mark_faults(row: int, record: Mapping[Column, Cell]) -> Iterator[Fault]:
    points, least = _points(record[Column.POINTS]), _points(record[Column.LEAST])
    reason = "应为0到{most}的整数；满分不是{most}的，请先按百分制折算。"
    for column, number, lowest in ((Column.POINTS, points, 0), (Column.LEAST, least, 1)):
        if number is None or not lowest <= number <= MOST_POINTS:
            yield Fault(row, column, "points_range", reason, {"most": MOST_POINTS})
            points = None
    found = VERDICTS.get(_text(record[Column.VERDICT]))
    if found is None:
        yield Fault(row, Column.VERDICT, "verdict_unknown", "结论应为“合格”或“不合格”。")
    elif points is not None and least is not None and (points >= least) is not (found is Verdict.PASSED):
        yield Fault(row, Column.VERDICT, "verdict_contradicts", "结论与得分、合格分不符，请向来源平台核实。")


def _repeats(lines: Sequence[Line]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for line in lines:
        if first.setdefault(line.citizen_id, line.row) != line.row:
            reason = "与第{first}行是同一个身份证号，同一人只能出现一次。"
            yield Fault(line.row, Column.CITIZEN_ID, "repeated", reason, {"first": first[line.citizen_id]})


def judge(read: Read, class_code: str, roster: Mapping[str, Known]) -> tuple[Fault, ...]:
    """Everything wrong with a file by row; ``roster`` is the class by citizen id."""
    found = [*read.faults]
    for line in read.lines:
        found.extend(_line_faults(line, class_code, roster.get(line.citizen_id)))
    return tuple(sorted(found, key=lambda fault: fault.row))


def _line_faults(line: Line, class_code: str, known: Known | None) -> Iterator[Fault]:
    if line.class_code != fold(class_code):
        values = {"code": class_code}
        yield Fault(line.row, Column.CLASS, "class_differs", "本页只收班次{code}的成绩。", values)
    elif known is None:
        yield Fault(line.row, Column.CITIZEN_ID, "not_in_class", "此人不在本班次名册中，请核对号码或先补入名册。")
    elif fold(known.name) != line.name:
        yield Fault(line.row, Column.NAME, "name_differs", "该身份证号登记在另一个姓名下，请核对姓名和号码。")
    else:
        decision = may_have(known)
        if not decision.allowed:
            yield Fault(line.row, Column.CITIZEN_ID, decision.code, decision.reason, decision.values)


def may_have(known: Known) -> Decision:
    """Whether somebody may have a result from elsewhere: not who sat here, or is about to."""
    if known.brought:
        return not_now("brought_already", "此人已有外部成绩，或正在另一份文件中等待确认。")
    if known.pending:
        return not_now("exam_pending", "此人已编排本市考试的座位，成绩还没有发布。")
    if SAT & set(known.verdicts):
        return not_now("has_result", "此人在本市考试已有成绩，不能再导入外部成绩。")
    return ALLOWED


def may_decide(state: FileState, target: FileState, *, overtaken: int = 0) -> Decision:
    """Whether a file may be decided so; ``overtaken`` people of it may no longer have a result from elsewhere."""
    if target not in FILE_MOVES[state]:
        return not_now("file_decided", "这份文件{state}，请刷新后再看。", state=FILE_NAMES[state])
    if target is FileState.CONFIRMED and overtaken:
        return not_now(
            "file_overtaken", "其中{number}人在此期间有了本市成绩或离开了名册，请不予确认后重新导入。", number=overtaken
        )
    return ALLOWED
