"""Reading a roster sheet: rows of cells in, lines and faults out. Nothing is repaired that could be a mistake."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from service.access.rules import people
from service.access.rules.people import TraineeRole

Cell = object


class Column(StrEnum):
    """The columns of a roster, by the name a fault is reported under."""

    NAME = "姓名"
    CITIZEN_ID = "身份证号"
    ENTERPRISE = "所属企业"
    ROLE = "岗位/角色"
    PHONE = "手机号"


# Header words seen in enterprises' sheets, folded: without spaces, stars, colons and bracketed remarks.
SYNONYMS: Mapping[str, Column] = {
    word: column
    for column, words in {
        Column.NAME: ("姓名", "学员姓名", "人员姓名", "受训人员", "受训人员姓名", "考生姓名"),
        Column.CITIZEN_ID: ("身份证号", "身份证号码", "身份证", "居民身份证号", "公民身份号码", "证件号码", "证件号"),
        Column.ENTERPRISE: (
            "所属企业",
            "企业",
            "企业名称",
            "所在企业",
            "单位",
            "单位名称",
            "工作单位",
            "所在单位",
            "所属单位",
        ),
        Column.ROLE: ("岗位/角色", "岗位角色", "岗位", "角色", "人员类别", "人员类型", "岗位类别", "培训类别"),
        Column.PHONE: ("手机号", "手机号码", "手机", "联系电话", "电话", "联系方式", "移动电话"),
    }.items()
    for word in words
}
ROLES: Mapping[str, TraineeRole] = {
    **{name: role for role, name in people.ROLE_NAMES.items()},
    "分管负责人": TraineeRole.SAFETY_DEPUTY,
    "安全分管负责人": TraineeRole.SAFETY_DEPUTY,
    "安全管理人员": TraineeRole.SAFETY_OFFICER,
    "安全生产管理人员": TraineeRole.SAFETY_OFFICER,
    "专职安全生产管理人员": TraineeRole.SAFETY_OFFICER,
    "专职安全员": TraineeRole.SAFETY_OFFICER,
    "安全员": TraineeRole.SAFETY_OFFICER,
}
# Sheets begin with a title and remarks; the header is looked for in the first rows only.
HEADER_WITHIN = 20
HEADER_COLUMNS = 3
# A mobile number of mainland China: 11 digits beginning with 1.
PHONE = re.compile(r"1\d{10}")
_REMARKS = re.compile(r"\(.*?\)|[*:]")
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_EXPONENT = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a sheet: row as the spreadsheet numbers it, column, code, and a sentence for the clerk."""

    row: int
    column: str
    code: str
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a sheet, folded; ``citizen_id`` is empty and ``role`` missing where they could not be read."""

    row: int
    name: str
    citizen_id: str
    enterprise: str
    role: TraineeRole | None
    phone: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines of a sheet and the faults that can be seen in the sheet alone."""

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]


def fold(text: str) -> str:
    """One spelling for what people type: full-width characters narrowed, every space taken out."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text))


def parse(rows: Sequence[Sequence[Cell]], *, today: date) -> Sheet:
    """Find the header and read every row below it that is not empty."""
    header = next((row for row, cells in enumerate(rows[:HEADER_WITHIN]) if _is_header(cells)), None)
    if header is None:
        reason = "前{rows}行中没有找到表头。表头应有：姓名、身份证号、所属企业、岗位/角色、手机号。"
        return Sheet((), (Fault(1, "", "header_missing", reason, {"rows": HEADER_WITHIN}),))
    if faults := tuple(_header_faults(header + 1, rows[header])):
        return Sheet((), faults)
    places = {column: place for place, column in enumerate(_columns(rows[header])) if column is not None}
    lines: list[Line] = []
    found: list[Fault] = []
    for row, cells in enumerate(rows[header + 1 :], start=header + 2):
        record = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
        if any(_text(cell) for cell in record.values()):
            lines.append(_line(row, record, today))
            found.extend(_faults(row, record, today))
    if not lines:
        found.append(Fault(header + 1, "", "no_rows", "表头下面没有人员。"))
    return Sheet(tuple(lines), (*found, *_repeats(lines)))


def _columns(cells: Sequence[Cell]) -> list[Column | None]:
    return [SYNONYMS.get(_REMARKS.sub("", fold(cell))) if isinstance(cell, str) else None for cell in cells]


def _is_header(cells: Sequence[Cell]) -> bool:
    return len(set(_columns(cells)) - {None}) >= HEADER_COLUMNS


def _header_faults(row: int, cells: Sequence[Cell]) -> Iterator[Fault]:
    present = _columns(cells)
    for column in Column:
        if column not in present:
            yield Fault(row, column, "column_missing", "表头缺少“{column}”一列。", {"column": column.value})
        if present.count(column) > 1:
            reason = "表头有不止一列“{column}”，请只保留一列。"
            yield Fault(row, column, "column_repeated", reason, {"column": column.value})


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else fold(str(cell))


def _line(row: int, record: Mapping[Column, Cell], today: date) -> Line:
    citizen_id = _citizen_id(record[Column.CITIZEN_ID])
    return Line(
        row=row,
        name=_text(record[Column.NAME]),
        citizen_id=citizen_id if people.valid_citizen_id(citizen_id, today=today).allowed else "",
        enterprise=_text(record[Column.ENTERPRISE]),
        role=ROLES.get(_text(record[Column.ROLE])),
        phone=_text(record[Column.PHONE]),
    )


def _citizen_id(cell: Cell) -> str:
    # Typed with a leading apostrophe, or with a small x; neither changes who is meant.
    return fold(cell).lstrip("'’‘").upper() if isinstance(cell, str) else ""


def _faults(row: int, record: Mapping[Column, Cell], today: date) -> Iterator[Fault]:
    for column, cell in record.items():
        if not _text(cell):
            yield Fault(row, column, "empty", "“{column}”没有填写。", {"column": column.value})
    if _text(record[Column.CITIZEN_ID]):
        yield from _citizen_id_faults(row, record[Column.CITIZEN_ID], today)
    role, phone = _text(record[Column.ROLE]), _text(record[Column.PHONE])
    if role and role not in ROLES:
        reason = "不认识岗位“{role}”。请填写：安全生产分管负责人、专职安全管理人员或班组长。"
        yield Fault(row, Column.ROLE, "role_unknown", reason, {"role": role})
    if phone and not PHONE.fullmatch(phone):
        yield Fault(row, Column.PHONE, "phone_shape", "手机号应为11位数字，以1开头。")


def _citizen_id_faults(row: int, cell: Cell, today: date) -> Iterator[Fault]:
    # A spreadsheet number keeps 15 digits: the last three of a citizen id are gone, and guessing them would name
    # somebody else.
    if not isinstance(cell, str) or _EXPONENT.fullmatch(fold(cell)):
        reason = "身份证号被存成了数字，末几位已经丢失。请把该列设为文本格式，再按证件重新填写。"
        yield Fault(row, Column.CITIZEN_ID, "citizen_id_numeric", reason)
        return
    decision = people.valid_citizen_id(_citizen_id(cell), today=today)
    if not decision.allowed:
        yield Fault(row, Column.CITIZEN_ID, decision.code, decision.reason)


def _repeats(lines: Sequence[Line]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for line in lines:
        if line.citizen_id and first.setdefault(line.citizen_id, line.row) != line.row:
            reason = "与第{first}行是同一个身份证号，同一人只能出现一次。"
            yield Fault(line.row, Column.CITIZEN_ID, "repeated", reason, {"first": first[line.citizen_id]})
