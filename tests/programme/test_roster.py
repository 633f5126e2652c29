"""Reading a roster: the parser with every fault it reports, the judge, and real xlsx files there and back."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole, check_character
from service.access.rules.policy import Duty
from service.kernel import errors
from service.programme.actions import spreadsheet
from service.programme.rules import enrolling, roster
from service.programme.rules.enrolling import ClassTerms, Known
from service.programme.rules.roster import Fault, Line, Sheet

TODAY = date(2024, 5, 8)
HEADER = ["姓名", "身份证号", "所属企业", "岗位/角色", "手机号"]


def citizen_id(number: int) -> str:
    first = f"2310021980{1 + number % 12:02d}15{number % 1000:03d}"
    return first + check_character(first)


ID, OTHER_ID = citizen_id(1), citizen_id(2)
ROW = ["张三", ID, "东一煤矿", "班组长", "13800138000"]
LINE = Line(2, "张三", ID, "东一煤矿", TraineeRole.TEAM_LEADER, "13800138000")


def parse(*rows: Sequence[object]) -> Sheet:
    return roster.parse([HEADER, *rows], today=TODAY)


def changed(place: int, value: object) -> list[object]:
    return [value if at == place else cell for at, cell in enumerate(ROW)]


def found(faults: Sequence[Fault]) -> list[tuple[int, str, str]]:
    return [(fault.row, str(fault.column), fault.code) for fault in faults]


def test_a_sound_row_is_read() -> None:
    assert parse(ROW) == Sheet((LINE,), ())


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        pytest.param(0, " 张 三　", id="spaces in the name"),
        pytest.param(1, f"'{ID}", id="apostrophe before the id"),
        pytest.param(1, "".join(chr(ord(c) + 0xFEE0) for c in ID), id="full-width id"),
        pytest.param(2, "东一\n煤矿", id="line break in the enterprise"),
        pytest.param(3, " 班组长", id="space before the role"),
        pytest.param(4, 13800138000.0, id="phone stored as a number"),
        pytest.param(4, "138 0013 8000", id="phone in groups"),
    ],
)
def test_what_does_not_change_the_meaning_is_folded(place: int, cell: object) -> None:
    assert parse(changed(place, cell)) == Sheet((LINE,), ())


def test_a_small_x_is_the_check_character() -> None:
    with_x = next(citizen_id(number) for number in range(200) if citizen_id(number).endswith("X"))

    assert parse(changed(1, with_x.lower())).lines[0].citizen_id == with_x


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("安全生产分管负责人", TraineeRole.SAFETY_DEPUTY),
        ("分管负责人", TraineeRole.SAFETY_DEPUTY),
        ("专职安全管理人员", TraineeRole.SAFETY_OFFICER),
        ("安全管理人员", TraineeRole.SAFETY_OFFICER),
        ("安全员", TraineeRole.SAFETY_OFFICER),
        ("班组长", TraineeRole.TEAM_LEADER),
    ],
)
def test_roles_are_known_by_their_names_and_short_forms(word: str, role: TraineeRole) -> None:
    assert parse(changed(3, word)).lines[0].role is role


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        pytest.param(changed(0, "  "), "姓名", "empty", id="empty name"),
        pytest.param(changed(1, ""), "身份证号", "empty", id="empty id"),
        pytest.param(changed(2, None), "所属企业", "empty", id="empty enterprise"),
        pytest.param(changed(3, ""), "岗位/角色", "empty", id="empty role"),
        pytest.param(ROW[:4], "手机号", "empty", id="row too short for a phone"),
        pytest.param(changed(1, 231002198002150010.0), "身份证号", "citizen_id_numeric", id="id stored as a number"),
        pytest.param(changed(1, "2.31002E+17"), "身份证号", "citizen_id_numeric", id="id saved as an exponent"),
        pytest.param(changed(1, ID[:17]), "身份证号", "citizen_id_shape", id="17 characters"),
        pytest.param(changed(1, "231002800215001"), "身份证号", "citizen_id_shape", id="15 digits of old"),
        pytest.param(changed(1, ID[:10] + "1332" + ID[14:]), "身份证号", "citizen_id_date", id="no such birthday"),
        pytest.param(
            changed(1, ID[:17] + ("0" if ID[17] != "0" else "1")), "身份证号", "citizen_id_check", id="check digit"
        ),
        pytest.param(changed(3, "矿长"), "岗位/角色", "role_unknown", id="unknown role"),
        pytest.param(changed(4, "0453-6123456"), "手机号", "phone_shape", id="landline"),
        pytest.param(changed(4, "23800138000"), "手机号", "phone_shape", id="phone not beginning with 1"),
        pytest.param(changed(4, 1380013800.5), "手机号", "phone_shape", id="phone with a fraction"),
    ],
)
def test_every_fault_of_a_row(row: list[object], column: str, code: str) -> None:
    sheet = parse(row)

    assert found(sheet.faults) == [(2, column, code)]
    reason = sheet.faults[0].reason.format(**sheet.faults[0].values)
    assert reason.endswith("。")
    assert ID not in reason


def test_a_numeric_id_is_never_repaired() -> None:
    assert parse(changed(1, float(int(citizen_id(3).replace("X", "0"))))).lines[0].citizen_id == ""


def test_the_same_person_twice_is_a_fault_of_the_later_row() -> None:
    faults = parse(ROW, [], [" 李四", f" {ID}", *ROW[2:]]).faults

    assert found(faults) == [(4, "身份证号", "repeated")]
    assert faults[0].reason.format(**faults[0].values) == "与第2行是同一个身份证号，同一人只能出现一次。"


def test_all_faults_of_a_sheet_are_reported_at_once() -> None:
    faults = parse(changed(0, ""), changed(4, "1"), ROW).faults

    assert sorted(found(faults)) == [
        (2, "姓名", "empty"),
        (3, "手机号", "phone_shape"),
        (3, "身份证号", "repeated"),
        (4, "身份证号", "repeated"),
    ]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(["姓名", "身份证号码", "企业名称", "岗位", "联系电话"], id="synonyms"),
        pytest.param(["姓 名（必填）", "身份证号*", "单位名称：", "角色(三类人员)", "手机\n号码"], id="remarks"),
    ],
)
def test_the_header_may_stand_lower_and_speak_otherwise(header: list[str]) -> None:
    rows: list[list[object]] = [["2024年培训名册"], [], ["序号", *header, "备注"], [1.0, *ROW, ""]]
    sheet = roster.parse(rows, today=TODAY)

    assert sheet.faults == ()
    assert [(line.row, line.name, line.phone) for line in sheet.lines] == [(4, "张三", "13800138000")]


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        pytest.param([], [(1, "", "header_missing")], id="empty sheet"),
        pytest.param([ROW], [(1, "", "header_missing")], id="no header"),
        pytest.param([[""]] * 20 + [HEADER, ROW], [(1, "", "header_missing")], id="header in row 21"),
        pytest.param([HEADER[:4], ROW], [(1, "手机号", "column_missing")], id="no phone column"),
        pytest.param([[*HEADER, "电话"], ROW], [(1, "手机号", "column_repeated")], id="two phone columns"),
        pytest.param([HEADER, [], ["", None]], [(1, "", "no_rows")], id="nobody below the header"),
    ],
)
def test_faults_of_the_sheet_itself(rows: list[list[object]], faults: list[tuple[int, str, str]]) -> None:
    sheet = roster.parse(rows, today=TODAY)

    assert (sheet.lines, found(sheet.faults)) == ((), faults)


@given(st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(number: int, place: int, step: int) -> None:
    right = citizen_id(number)
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    sheet = parse(changed(1, wrong))

    assert sheet.lines[0].citizen_id == ""
    assert len(sheet.faults) == 1


@given(st.lists(st.lists(st.none() | st.text() | st.floats() | st.booleans() | st.dates(), max_size=7), max_size=5))
def test_no_cells_upset_the_parser(rows: list[list[object]]) -> None:
    sheet = parse(*rows)

    assert {line.row for line in sheet.lines} <= set(range(2, len(rows) + 2))
    assert sheet.lines or found(sheet.faults) == [(1, "", "no_rows")]


# --- what is registered already ---

TERMS = ClassTerms("2024-TL-01", TraineeRole.TEAM_LEADER, {"东一煤矿": 1, "西二煤矿": 2})


@pytest.mark.parametrize(
    ("row", "known", "fault"),
    [
        pytest.param(changed(2, "无名煤矿"), None, ("所属企业", "enterprise_unknown"), id="unknown enterprise"),
        pytest.param(changed(3, "安全员"), None, ("岗位/角色", "role_differs"), id="not the class's role"),
        pytest.param(ROW, Known("李四"), ("姓名", "name_differs"), id="registered under another name"),
        pytest.param(
            ROW, Known("张三", 1, "2024-TL-02"), ("身份证号", "enrolled_elsewhere"), id="in another class this year"
        ),
        pytest.param(
            ROW, Known("张三", 2, "2024-TL-01"), ("所属企业", "enterprise_differs"), id="here, for another enterprise"
        ),
        pytest.param(
            ROW, Known("张三", deeds=frozenset({Duty.PROCTOR})), ("身份证号", "holds_exam_deed"), id="proctored it"
        ),
        pytest.param(
            ROW, Known("张三", made=frozenset({Duty.REVIEW})), ("身份证号", "makes_the_exam"), id="reviewed some items"
        ),
    ],
)
def test_every_fault_against_the_register(row: list[object], known: Known | None, fault: tuple[str, str]) -> None:
    verdict = enrolling.judge(parse(row), TERMS, {ID: known} if known else {})

    assert (verdict.good, verdict.unchanged, found(verdict.faults)) == ((), (), [(2, *fault)])
    assert "{" not in verdict.faults[0].reason.format(**verdict.faults[0].values)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({}, id="new to the service"),
        pytest.param({ID: Known("张 三")}, id="known as a person, the name with a space"),
        pytest.param({ID: Known("张三", 2)}, id="trained in an earlier year, in another enterprise"),
    ],
)
def test_a_sound_line_is_good(known: dict[str, Known]) -> None:
    assert enrolling.judge(parse(ROW), TERMS, known) == enrolling.Verdict((LINE,), (), ())


def test_whoever_is_on_this_roster_already_is_unchanged_not_faulty() -> None:
    verdict = enrolling.judge(parse(ROW), TERMS, {ID: Known("张三", 1, "2024-TL-01", frozenset({Duty.SIT}))})

    assert verdict == enrolling.Verdict((), (LINE,), ())


def test_faults_of_one_row_leave_the_other_rows_good() -> None:
    verdict = enrolling.judge(parse(changed(4, "1"), ["李四", OTHER_ID, *ROW[2:]]), TERMS, {})

    assert [line.name for line in verdict.good] == ["李四"]
    assert found(verdict.faults) == [(2, "手机号", "phone_shape")]


# --- real files ---

SHEET = "xl/worksheets/sheet1.xml"


def xlsx(
    rows: Sequence[Sequence[Any]], *, far: Any = None, extra: Callable[[Any], object] = lambda book: None
) -> bytes:
    """A workbook with these rows; ``far`` is written into the last cell a sheet can have."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    sheet = book.add_worksheet("名册")
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    if far is not None:
        sheet.write(1_048_575, 16_383, *far)
    extra(book)
    book.close()
    return written.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same file with its parts changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return written.getvalue()


def replaced(old: bytes, new: bytes) -> bytes:
    def change(name: str, text: bytes) -> bytes:
        return text.replace(old, new, 1) if name == SHEET else text

    content = xlsx([HEADER, ROW])
    assert repacked(content, change) != repacked(content, lambda _, text: text)
    return repacked(content, change)


def test_a_file_written_by_excel_is_read_back_with_its_row_numbers() -> None:
    numeric = [*ROW[:1], int(citizen_id(3).replace("X", "0")), *ROW[2:4], 13800138000]
    sheet = roster.parse(spreadsheet.rows_of(xlsx([["名册"], [], HEADER, ROW, [], numeric])), today=TODAY)

    assert [(line.row, line.citizen_id, line.phone) for line in sheet.lines] == [
        (4, ID, "13800138000"),
        (6, "", "13800138000"),
    ]
    assert found(sheet.faults) == [(6, "身份证号", "citizen_id_numeric")]


def test_only_the_first_visible_sheet_is_read() -> None:
    def hide(book: Any) -> None:
        book.get_worksheet_by_name("名册").hide()
        book.add_worksheet("真名册").write_row(0, 0, HEADER)
        book.get_worksheet_by_name("真名册").activate()
        book.get_worksheet_by_name("真名册").set_first_sheet()

    assert spreadsheet.rows_of(xlsx([["旧"]], extra=hide)) == [HEADER]


def test_empty_cells_with_a_border_may_lie_anywhere() -> None:
    def border(book: Any) -> None:
        book.worksheets()[0].write_blank(9000, 500, None, book.add_format({"border": 1}))

    content = xlsx([HEADER, ROW], extra=border)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert b'r="SG9001"' in packed.read(SHEET)

    assert spreadsheet.rows_of(content) == [HEADER, ROW]


CELL = b'<c r="XFD1048576"><v>1</v></c></row></sheetData>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "file_unreadable", id="empty"),
        pytest.param("姓名,身份证号".encode(), "file_unreadable", id="csv"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(600), "file_unreadable", id="xls of old"),
        pytest.param(xlsx([HEADER, ROW])[:900], "file_unreadable", id="cut short"),
        pytest.param(bytes(spreadsheet.MOST_BYTES + 1), "file_large", id="over two megabytes"),
        pytest.param(xlsx([HEADER, *([ROW] * 2100)]), "sheet_large", id="too many rows"),
        pytest.param(xlsx([HEADER * 21]), "sheet_large", id="too many columns"),
        pytest.param(xlsx([HEADER], far=("x",)), "sheet_large", id="text in the farthest cell"),
        pytest.param(replaced(b"</row></sheetData>", CELL), "sheet_large", id="number in the farthest cell"),
        pytest.param(
            replaced(b"</row></sheetData>", CELL.replace(b"XFD", b"xfd")), "sheet_large", id="farthest in small letters"
        ),
        pytest.param(
            replaced(b"</row></sheetData>", CELL.replace(b' r="XFD1048576"', b"")), "sheet_large", id="cell nowhere"
        ),
        pytest.param(replaced(b"<sheetData", b" " * 52_500_000 + b"<sheetData"), "sheet_large", id="zip bomb"),
        pytest.param(replaced(b"<sheetData", b"<a/>" * 1_000_001 + b"<sheetData"), "sheet_large", id="many elements"),
        pytest.param(
            replaced(b"<sheetData", b'<a count="99999999999"/><sheetData'), "sheet_large", id="a count that is a lie"
        ),
        pytest.param(
            replaced(b"<worksheet", b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet"), "file_unreadable", id="entities"
        ),
    ],
)
def test_files_that_are_no_roster_are_refused_unharmed(content: bytes, code: str) -> None:
    with pytest.raises(errors.Malformed) as refusal:
        spreadsheet.rows_of(content)

    assert refusal.value.code == code


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(replaced(b"</worksheet>", b" " * 60_000_000 + b"</worksheet>"))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as packed:
        size = packed.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert content.count(size) == 2
    lying = bytes(content).replace(size, (900).to_bytes(4, "little"))

    with pytest.raises(errors.Malformed) as refusal:
        spreadsheet.rows_of(lying)

    assert refusal.value.code == "file_unreadable"
