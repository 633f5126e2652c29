"""Cases through every format: their text travels once or with each sub-question, and comes back as it was."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from service.bank.actions import packages, uploads, workbook
from service.bank.rules.cases import Case
from service.bank.rules.exchange import casing, gift, moodle, planning
from service.bank.rules.exchange.drafts import Field
from service.bank.rules.exchange.fields import Terms
from service.bank.rules.exchange.planning import Outcome
from service.bank.rules.items import ItemText, Kind
from tests.bank.exchange.test_formats import CATALOGUE, FORMULA, WRITERS, items, texts

TEXT = "某矿综采工作面回风流中瓦斯浓度达到1.5%，跟班班长安排继续割煤。\n当班瓦斯检查员：离岗 {2小时}。"


@st.composite
def told(draw: st.DrawFn) -> list[ItemText]:
    """The sub-questions of a case, and an item that stands alone."""
    text, size = draw(texts(20, 80)), draw(st.integers(2, 4))
    found = [replace(draw(items(place)), case=Case("CAS-001", text, place, size)) for place in range(1, size + 1)]
    alone = draw(items(9))
    assume(len({(one.stem, *sorted(one.options.values())) for one in (*found, alone)}) == size + 1)
    return [*found, alone]


def plan(content: bytes) -> planning.Plan:
    return planning.plan(casing.completed(uploads.sheaf_of(content)), Terms(), CATALOGUE, {})


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None)
@given(found=told())
def test_a_case_is_read_back_as_it_was(form: str, found: list[ItemText]) -> None:
    read = plan(WRITERS[form](found))

    assert [(line.outcome, line.faults) for line in read.lines] == [(Outcome.NEW, ())] * len(found)
    assert read.texts() == found


CASED = [
    replace(FORMULA, case=Case("CAS-001", TEXT, 1, 2)),
    replace(FORMULA, code="XAM-002", stem="第二问？", case=Case("CAS-001", TEXT, 2, 2)),
]


def test_other_programs_get_the_text_once_before_its_questions() -> None:
    xml, plain = moodle.written(CASED).decode(), gift.written(CASED).decode()

    assert xml.count("某矿综采工作面") == plain.count("某矿综采工作面") == 1
    assert xml.index('type="description"') < xml.index('type="multichoice"')
    with zipfile.ZipFile(io.BytesIO(packages.package_of(CASED))) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist()}
    assert [name for name, part in parts.items() if "某矿综采工作面" in part] == ["stimuli/CAS-001.xml"]
    assert all('href="../stimuli/CAS-001.xml"' in parts[f"items/{one.code}.xml"] for one in CASED)


def test_a_sheet_may_say_the_text_once_and_never_count() -> None:
    sheaf = uploads.sheaf_of(workbook.workbook_of(CASED))
    counted = {Field.CASE_PLACE, Field.CASE_SIZE}
    bare = [{name: said for name, said in one.words.items() if name not in counted} for one in sheaf.drafts]
    del bare[1][Field.CASE_TEXT]
    sparse = replace(sheaf, drafts=tuple(replace(one, words=w) for one, w in zip(sheaf.drafts, bare, strict=True)))

    read = planning.plan(casing.completed(sparse), Terms(), CATALOGUE, {})

    assert read.texts() == CASED


WORD = """培训测验题
【案例】CAS-007 某矿掘进工作面停风两小时后，班组长未检查瓦斯即送电。
当班没有瓦斯检查员。
1. 【判断】送电前应当检查瓦斯。
【答案】对
【解析】依据第41条
2．【单选】谁应当检查？
A. 甲 B. 乙 C. 丙 D. 丁
【答案】A
【解析】依据第41条
【案例结束】
3. 【判断】班组长可以离岗。
【答案】错
【解析】依据第41条
"""


def test_running_text_may_have_a_case_before_its_questions() -> None:
    terms = Terms(prefix="XAM", edition="law-2021", roles=FORMULA.roles, difficulty=3)

    read = planning.plan(casing.completed(uploads.sheaf_of(WORD.encode())), terms, CATALOGUE, {})

    text = "某矿掘进工作面停风两小时后，班组长未检查瓦斯即送电。\n当班没有瓦斯检查员。"
    assert [one.reason for one in read.notes] == ["“{line}”在第一题之前，没有导入。"]
    assert [(line.text.kind, line.text.case, line.faults) for line in read.lines] == [
        (Kind.TRUE_FALSE, Case("CAS-007", text, 1, 2), ()),
        (Kind.SINGLE, Case("CAS-007", text, 2, 2), ()),
        (Kind.TRUE_FALSE, None, ()),
    ]


@pytest.mark.parametrize(
    ("case", "columns"),
    [
        pytest.param({"code": "cas"}, ["case"], id="a code of another shape"),
        pytest.param({"size": "x"}, ["case"], id="a number that is none"),
        pytest.param({"text": "短"}, ["case"], id="too short"),
    ],
)
def test_what_is_wrong_with_a_case_is_said_of_its_item(case: dict[str, object], columns: list[str]) -> None:
    told = {"code": "CAS-001", "text": TEXT, "place": 1, "size": 2} | case
    entry = WRITERS["json"](CASED[:1]).decode()
    found = json.loads(entry)
    found[0]["case"] = told

    (line,) = plan(json.dumps(found).encode()).lines

    assert (line.outcome, [one.column for one in line.faults]) == (Outcome.FAULTY, columns)


def test_foreign_descriptions_and_shared_texts_without_a_code_are_listed_and_keep_nothing_else_out() -> None:
    xml = moodle.written(CASED).decode()
    foreign = xml.replace("case=CAS-001", "other").replace("case-place=", "p").replace("case-size=", "s")

    read = plan(foreign.encode())

    assert [line.outcome for line in read.lines][:1] == [Outcome.LEFT_OUT]
    assert [one.code for one in read.lines[0].notes] == ["kind_left_out"]
