"""Reading people's sheets: headings, kinds, answers, citations; and every fault by sheet, row and column."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest

from service.access.rules.people import TraineeRole
from service.bank.actions import uploads
from service.bank.rules.exchange import answers, citing, options, planning
from service.bank.rules.exchange.citing import Cited
from service.bank.rules.exchange.fields import Catalogue, Terms
from service.bank.rules.exchange.planning import Outcome, Plan
from service.bank.rules.items import ItemText, Kind, Level
from service.kernel import errors
from tests.bank.exchange import files
from tests.bank.exchange.files import EDITION, HEAD, row

LAW = Cited(("中华人民共和国安全生产法",), 119)
CATALOGUE = Catalogue(
    {
        EDITION: LAW,
        "coal-mine-safety-regulations-2022": Cited(("煤矿安全规程（2022年版）",), 721),
        "coal-mine-safety-regulations-2025": Cited(("煤矿安全规程（2025年版）",), 777),
    },
    {"gas": ("gas", "瓦斯防治", "Gas control")},
)
TEXT = ItemText(
    code="XAM-001",
    kind=Kind.SINGLE,
    stem="某矿第1次检查时，发现瓦斯超限，应当（　　）。",
    options={"A": "继续作业", "B": "停止作业并撤人", "C": "等待通知", "D": "只作记录"},
    key="B",
    explanation="依据第五十五条，从业人员发现直接危及人身安全的紧急情况时，有权停止作业。",
    edition=EDITION,
    article=55,
    roles=(TraineeRole.TEAM_LEADER,),
    difficulty=2,
    level=Level.UNDERSTAND,
)


def plan(content: bytes, terms: Terms | None = None) -> Plan:
    return planning.plan(uploads.sheaf_of(content), terms or Terms(), CATALOGUE, {})


def found(plan: Plan) -> list[tuple[str, int, str, str]]:
    """Every fault: sheet, row, column, code."""
    faults = [*plan.faults, *(fault for line in plan.lines for fault in line.faults)]
    return [(fault.sheet, fault.row, str(fault.column), fault.code) for fault in faults]


def texts(plan: Plan) -> list[ItemText]:
    assert found(plan) == []
    return plan.texts()


# --- whole files ---


def test_a_sound_row_is_an_item() -> None:
    assert texts(plan(files.one(row()))) == [TEXT]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_separated_text_is_read_in_every_encoding_that_spreadsheet_programs_write(
    encoding: str, delimiter: str
) -> None:
    assert texts(plan(files.separated(HEAD, row(), encoding=encoding, delimiter=delimiter))) == [TEXT]


def test_the_heading_may_stand_below_remarks_and_rows_keep_their_numbers() -> None:
    content = files.xlsx({"试题": [["填写说明：题干必填"], [], HEAD, row(), [], row(2, 答案="E")]})

    read = plan(content)

    assert [(line.row, line.outcome) for line in read.lines] == [(4, Outcome.NEW), (6, Outcome.FAULTY)]
    assert found(read) == [("试题", 6, "答案", "answer_outside")]


KAOSHIBAO = ["题干（必填）", "题型 （必填）", "选项 A", "选项 B", "选项 C", "选项 D", "选项E(勿删)", "选项F(勿删)"]
KAOSHIBAO += ["选项G(勿删)", "选项H(勿删)", "正确答案\n（必填）", "解析（勿删）", "章节（勿删）", "难度"]


def test_a_template_of_a_common_platform_is_read_with_what_the_importer_adds() -> None:
    rows = [
        ["请勿修改表头"],
        KAOSHIBAO,
        ["负责人是（　　）。", "单选题", "甲", "乙", "丙", "丁", "", "", "", "", "A", "见第五条。", "一", "易"],
        ["以下正确的有（　　）。", "多选题", "甲", "乙", "丙", "丁", "", "", "", "", "DBA", "见第6条。", "一", "中"],
        ["工人有权拒绝违章指挥。", "判断题", "对", "错", "", "", "", "", "", "", "A", "见第五十四条。", "一", "难"],
    ]
    terms = Terms(prefix="KSB", edition=EDITION, roles=tuple(TraineeRole))

    read = plan(files.xlsx({"试题": rows, "版本号": [["20221101"]]}), terms)

    assert [(one.code, one.kind, one.key, one.article, one.difficulty) for one in texts(read)] == [
        ("KSB-001", Kind.SINGLE, "A", 5, 2),
        ("KSB-002", Kind.MULTIPLE, "ABD", 6, 3),
        ("KSB-003", Kind.TRUE_FALSE, "T", 54, 4),
    ]
    assert [(note.sheet, note.row, note.code) for note in read.notes] == [
        ("试题", 2, "column_ignored"),
        ("版本号", 1, "sheet_ignored"),
    ]


def test_sheets_by_kind_need_no_column_of_kinds() -> None:
    head = [name for name in HEAD if name != "题型"]

    def cells(number: int, **said: Any) -> list[Any]:
        return [cell for name, cell in zip(HEAD, row(number, **said), strict=True) if name != "题型"]

    no = dict.fromkeys(("选项A", "选项B", "选项C", "选项D"), "")
    content = files.xlsx(
        {
            "一、单选题（1道）": [head, cells(1)],
            "多选题": [head, cells(2, 答案="A、C")],
            "判断题": [head, cells(3, 答案="×", **no)],
        }
    )

    assert [(one.kind, one.key) for one in texts(plan(content))] == [
        (Kind.SINGLE, "B"),
        (Kind.MULTIPLE, "AC"),
        (Kind.TRUE_FALSE, "F"),
    ]


def test_kinds_that_the_bank_does_not_have_are_listed_and_the_rest_comes_in() -> None:
    read = plan(files.one(row(1), row(2, 题型="论述题", 答案="瓦斯")))

    assert [(line.row, line.outcome) for line in read.lines] == [(2, Outcome.NEW), (3, Outcome.LEFT_OUT)]
    assert [note.code for note in read.lines[1].notes] == ["kind_left_out"]
    assert read.sound and texts(read) == [TEXT]


def test_a_written_answer_comes_in_with_its_rubric_and_a_model_answer_is_listed_as_none() -> None:
    bare = {f"选项{letter}": None for letter in "ABCD"}
    written = {"题型": "简答题", "题干": "井下发现透水征兆时应当怎样处置？", **bare}
    read = plan(files.one(row(1, **written, 答案="4分：停止作业\n\n3 撤出人员"), row(2, **written, 答案="瓦斯")))

    assert [(line.row, line.outcome) for line in read.lines] == [(2, Outcome.NEW), (3, Outcome.LEFT_OUT)]
    assert [note.code for note in read.lines[1].notes] == ["rubric_left_out"]
    (found,) = texts(read)
    assert (found.kind, found.key, found.options) == (Kind.WRITTEN, "4 停止作业\n3 撤出人员", {})


def test_a_rubric_of_which_one_line_has_no_points_is_a_fault() -> None:
    bare = {f"选项{letter}": None for letter in "ABCD"}
    read = plan(files.one(row(1, 题型="简答题", 答案="4 停止作业\n撤出人员", **bare)))

    assert [fault.column for line in read.lines for fault in line.faults] == ["答案"]


def test_fill_ins_come_in_with_one_accepted_text_a_line() -> None:
    bare = {f"选项{letter}": None for letter in "ABCD"}
    filled = {"题型": "填空题", "题干": "井下____浓度超限时应当停止作业。", "答案": "瓦斯\n 甲烷 \n\nＣＨ４", **bare}

    (found,) = texts(plan(files.one(row(1, **filled))))

    assert (found.kind, found.key, found.options) == (Kind.FILL_IN, "瓦斯\n甲烷\nＣＨ４", {})


def test_options_of_a_fill_in_are_a_fault_and_not_dropped() -> None:
    (line,) = plan(files.one(row(1, 题型="填空题", 题干="井下____浓度超限。", 答案="瓦斯"))).lines

    assert (line.outcome, [fault.code for fault in line.faults]) == (Outcome.FAULTY, ["item_options"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "file_unreadable", id="empty"),
        pytest.param(b"PK\x03\x04" + bytes(500), "file_unreadable", id="a zip in name only"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(600), "file_unreadable", id="xls of old"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "file_unreadable", id="a picture"),
        pytest.param(bytes(uploads.MOST_BYTES + 1), "file_large", id="too many bytes"),
        pytest.param(files.separated(HEAD, *[["x"]] * 20_001), "sheet_large", id="too many rows"),
        pytest.param(files.separated(HEAD * 9), "sheet_large", id="too many columns"),
        pytest.param(files.separated(HEAD, ["x" * 200_000]), "file_unreadable", id="an endless cell"),
        pytest.param(files.xlsx({f"表{number}": [HEAD] for number in range(22)}), "sheet_large", id="too many sheets"),
    ],
)
def test_files_that_are_no_items_are_refused(content: bytes, code: str) -> None:
    with pytest.raises(errors.Malformed, match=rf"^{code}:"):
        plan(content)


def test_a_bomb_and_entities_in_a_workbook_are_refused() -> None:
    sound = files.one(row())

    def repacked(old: bytes, new: bytes) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(sound)) as packed, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as to:
            for name in packed.namelist():
                text = packed.read(name)
                to.writestr(name, text.replace(old, new, 1) if name == "xl/worksheets/sheet1.xml" else text)
        return written.getvalue()

    assert texts(plan(repacked(b"<sheetData", b"  <sheetData"))) == [TEXT]
    for old, new, code in (
        (b"<sheetData", b" " * (121 * 1024 * 1024) + b"<sheetData", "sheet_large"),
        (b"</row></sheetData>", b'<c r="XFD1048576"><v>1</v></c></row></sheetData>', "sheet_large"),
        (b"<worksheet", b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet", "file_unreadable"),
    ):
        with pytest.raises(errors.Malformed, match=rf"^{code}:"):
            plan(repacked(old, new))


# --- twenty faults ---

NO = dict.fromkeys(("选项A", "选项B", "选项C", "选项D"), "")
PLANTED: list[tuple[dict[str, Any], str, str]] = [
    ({"编号": "7"}, "编号", "code_shape"),
    ({"编号": ""}, "编号", "code_missing"),
    ({"编号": "XAM-001"}, "编号", "code_repeated"),
    ({"题型": "猜谜"}, "题型", "kind_unknown"),
    ({"题型": 2}, "题型", "kind_number"),
    ({"题干": ""}, "题干", "stem_missing"),
    ({"答案": "E"}, "答案", "answer_outside"),
    ({"答案": "AB"}, "答案", "item_key"),
    ({"题型": "多选题", "答案": "A"}, "答案", "item_key"),
    ({"答案": "见教材"}, "答案", "answer_unreadable"),
    ({"选项C": ""}, "选项C", "option_empty"),
    ({"选项C": "只作记录"}, "选项", "item_options"),
    ({"题型": "判断题", "答案": "A", **NO}, "答案", "truth_letter"),
    ({"法规版本": "煤矿安全规程"}, "法规版本", "edition_ambiguous"),
    ({"法规版本": "某某办法"}, "法规版本", "edition_unknown_name"),
    ({"条号": 120}, "条号", "item_article"),
    ({"适用角色": "厨师"}, "适用角色", "role_unknown"),
    ({"难度": 9}, "难度", "difficulty_unknown"),
    ({"科目": "天文"}, "科目", "subject_unknown_name"),
    ({"题干": "某矿第1次检查时，发现瓦斯超限，应当（　　）。", "答案": "C"}, "答案", "answers_differ"),
]


def test_a_file_with_twenty_planted_faults_reports_exactly_those_twenty() -> None:
    rows = [row(1), *(row(number, **said) for number, (said, _, _) in enumerate(PLANTED, start=2))]
    rows.insert(10, row(90))

    read = plan(files.one(*rows))

    places = [number + (number > 10) + 1 for number in range(2, 22)]
    wanted = [("试题", place, column, code) for place, (_, column, code) in zip(places, PLANTED, strict=True)]
    assert len(wanted) == 20
    assert found(read) == wanted
    assert [line.row for line in read.lines if line.outcome is Outcome.NEW] == [2, 12]


@pytest.mark.parametrize(
    ("said", "column", "code"),
    [
        pytest.param({"解析": ""}, "解析", "explanation_missing", id="no explanation"),
        pytest.param({"答案": ""}, "答案", "answer_missing", id="no answer"),
        pytest.param({"题型": "", "答案": "?"}, "题型", "kind_missing", id="no kind, and none to be inferred"),
        pytest.param({"题干": "短"}, "题干", "text_length", id="a stem of one sign"),
        pytest.param({"选项B": "长" * 501}, "选项B", "option_long", id="an endless option"),
        pytest.param({"条号": "若干"}, "条号", "article_unreadable", id="an article in other words"),
        pytest.param({"认知层次": "精通"}, "认知层次", "level_unknown", id="an unknown level"),
        pytest.param({"互斥组": "Bad Name"}, "互斥组", "item_enemies", id="a group that is no slug"),
        pytest.param({"标签": "很" * 21}, "标签", "item_tags", id="an endless tag"),
        pytest.param({"标签": "、".join(map(str, range(21)))}, "标签", "too_many_words", id="endless tags"),
        pytest.param({"答案": "BB"}, "答案", "answer_repeated", id="the same letter twice"),
        pytest.param({"题型": "判断题", "答案": "对"}, "选项", "truth_options", id="choices under true or false"),
        pytest.param({"题型": "判断题", "答案": "也许", **NO}, "答案", "truth_unreadable", id="neither true nor false"),
    ],
)
def test_other_faults(said: dict[str, Any], column: str, code: str) -> None:
    assert found(plan(files.one(row(1, **said)))) == [("试题", 2, column, code)]


def test_a_cell_that_became_a_day_is_a_fault_and_a_fraction_is_worth_a_note() -> None:
    import xlsxwriter

    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "default_date_format": "yyyy/mm/dd"}) as book:
        sheet = book.add_worksheet("试题")
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, row(1, 选项A=0.8))
        sheet.write_row(2, 0, row(2))
        sheet.write_datetime(2, 3, date(2026, 3, 4))  # type: ignore[arg-type]

    read = plan(written.getvalue())

    assert found(read) == [("试题", 3, "选项A", "cell_date")]
    assert [(note.row, note.column, note.code) for line in read.lines for note in line.notes] == [
        (2, "选项A", "cell_number")
    ]


def test_columns_are_named_as_the_file_names_them_and_a_repeated_one_is_refused() -> None:
    named = ["参考答案（必填）" if name == "答案" else name for name in HEAD]

    assert found(plan(files.one(row(1, 答案="E"), head=named))) == [("试题", 2, "参考答案（必填）", "answer_outside")]
    assert found(plan(files.one(row(), head=[*HEAD, "正确答案"]))) == [("试题", 1, "正确答案", "column_repeated")]


# --- answers ---

FOUR = {"A": "继续作业", "B": "停止作业", "C": "30", "D": "2"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *[(text, "ABD") for text in ("ABD", "abd", "A,B,D", "A，B，D", "A、B、D", "A;B;D", "A B D", "ＡＢＤ", "DBA")],
        *[(text, "AB") for text in ("1,2", "A|B", "A/B", "A.B.", "A\nB")],
        ("停止作业", "B"),
        (" 停止 作业 ", "B"),
        ("30", "C"),
        ("1", "A"),
        ("选项AD", "AD"),
    ],
)
def test_choices_are_read_however_they_are_written(text: str, key: str) -> None:
    assert answers.choice(text, FOUR)[0] == key


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2", "answer_ambiguous"),
        ("0", "answer_unreadable"),
        ("甲", "answer_unreadable"),
        ("AAB", "answer_repeated"),
        ("AE", "answer_outside"),
        ("9", "answer_outside"),
    ],
)
def test_choices_that_could_mean_something_else_are_not_guessed(text: str, code: str) -> None:
    assert answers.choice(text, FOUR)[1].code == code


# Classes of fire, of which one bears the letter of another option.
FIRES = {"A": "B", "B": "C", "C": "D", "D": "K"}


def test_a_letter_that_is_also_the_words_of_another_option_is_not_guessed() -> None:
    assert answers.choice("B", FIRES)[1].code == "answer_ambiguous"
    assert answers.choice("A", FIRES)[0] == "A"
    assert answers.choice("K", FIRES)[0] == "D"
    assert answers.choice("选项B", FIRES)[0] == "B"
    assert answers.written("B", FIRES) == "选项B"
    assert answers.written("A", FIRES) == "A"


@pytest.mark.parametrize(
    ("text", "options", "key"),
    [
        *[(text, {}, "T") for text in ("正确", "对", "√", "✓", "是", "同意", "T", "true", "Yes", "对。")],
        *[(text, {}, "F") for text in ("错误", "错", "×", "✗", "否", "不同意", "F", "FALSE", "no", "x")],
        ("A", {"A": "对", "B": "错"}, "T"),
        ("A", {"A": "错误", "B": "正确"}, "F"),
        ("b", {"A": "正确", "B": "错误"}, "F"),
    ],
)
def test_truths_are_read_however_they_are_written(text: str, options: dict[str, str], key: str) -> None:
    assert answers.truth(text, options)[0] == key


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("A.甲 B.乙 C.丙 D.丁", "甲乙丙丁"),
        ("A、甲\nB、乙\nC、丙\nD、丁", "甲乙丙丁"),
        ("A．甲；B．乙；C．丙；D．丁", "甲乙丙丁"),
        ("(A)甲 (B)乙", "甲乙"),
        ("甲|乙|丙", "甲乙丙"),
        ("甲\n乙", "甲乙"),
        ("甲$;$乙", "甲乙"),
    ],
)
def test_options_in_one_cell_are_taken_apart(cell: str, wanted: str) -> None:
    assert options.apart(cell) == dict(zip("ABCD", wanted, strict=False))


@pytest.mark.parametrize(
    ("numerals", "number"),
    [("二十一", 21), ("十", 10), ("一百零三", 103), ("七百四十三", 743), ("21", 21), ("一百一十", 110)],
)
def test_articles_are_counted_in_either_numerals(numerals: str, number: int) -> None:
    assert citing.article(f"第{numerals}条") == citing.article(numerals)
    assert citing.number(numerals) == number


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        (EDITION, EDITION),
        ("中华人民共和国安全生产法", EDITION),
        ("《安全生产法》", EDITION),
        ("煤矿安全规程2025年版", "coal-mine-safety-regulations-2025"),
        ("煤矿安全规程（2022", "coal-mine-safety-regulations-2022"),
    ],
)
def test_editions_are_known_by_slug_and_by_title(name: str, slug: str) -> None:
    assert citing.edition(name, CATALOGUE.editions)[0] == slug
