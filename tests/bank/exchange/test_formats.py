"""Round trips through every format, other programs' files, and files that were made to do harm."""

import contextlib
import io
import string
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole
from service.bank.actions import packages, uploads, workbook
from service.bank.rules import filling
from service.bank.rules.exchange import gift, moodle, objects, planning
from service.bank.rules.exchange.citing import Cited
from service.bank.rules.exchange.fields import Catalogue, Terms
from service.bank.rules.exchange.planning import Kept, Outcome, Plan
from service.bank.rules.items import CHOSEN, LETTERS, ItemText, Kind, Level
from service.bank.rules.items import digest as digest_of
from service.kernel import errors

CATALOGUE = Catalogue({"law-2021": Cited(("安全生产法",), 119)}, {"gas": ("gas", "瓦斯")})
Writer = Callable[[Sequence[ItemText]], bytes]
WRITERS: dict[str, Writer] = {
    "xlsx": workbook.workbook_of,
    "json": objects.written,
    "moodle": moodle.written,
    "gift": gift.written,
    "qti": packages.package_of,
}


def plan(content: bytes, kept: Sequence[ItemText] = (), terms: Terms | None = None) -> Plan:
    known = {one.code: Kept(digest_of(one), 1, planning.likeness(one)) for one in kept}
    return planning.plan(uploads.sheaf_of(content), terms or Terms(), CATALOGUE, known)


# --- round trips ---

# Anything that people can type: signs that formats use for themselves come up more often than in any sentence.
SIGNS = st.one_of(
    st.sampled_from("=+-@~#{}[]:\\/%<>&\"'|,;、；\n\t_x0041A.（　）①√×"),
    st.characters(min_codepoint=32, max_codepoint=0xFFFD, exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")),
)


def texts(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(SIGNS, min_size=least, max_size=most).map(str.strip).filter(lambda text: len(text) >= least)


SLUGS = st.text(string.ascii_lowercase, min_size=1, max_size=8)
WORDS = st.text(st.characters(categories=("L", "N"), max_codepoint=0xFFFD), min_size=1, max_size=8)


@st.composite
def fill_ins(draw: st.DrawFn, number: int = 1) -> ItemText:
    """Sound ones of any signs: one blank in the stem, and texts that are accepted in it."""
    before, after = draw(texts(2, 20)), draw(st.text(SIGNS, max_size=20).map(str.rstrip))
    accepted = st.text(SIGNS, min_size=1, max_size=20).map(str.strip)
    variants = draw(st.lists(accepted, min_size=1, max_size=8, unique_by=filling.fold))
    stem, key = f"{before}{filling.BLANK}{after}", "\n".join(variants)
    assume(not list(filling.faults(stem, key)))
    return replace(draw(items(number)), kind=Kind.FILL_IN, options={}, stem=stem, key=key)


@st.composite
def items(draw: st.DrawFn, number: int = 1) -> ItemText:
    kind = draw(st.sampled_from(CHOSEN))
    choices = draw(st.lists(texts(1, 30), min_size=4, max_size=4, unique=True))
    least, most = (1, 1) if kind is Kind.SINGLE else (2, 4)
    key = "".join(sorted(draw(st.sets(st.sampled_from(LETTERS), min_size=least, max_size=most))))
    return ItemText(
        code=f"XAM-{number:03d}",
        kind=kind,
        stem=draw(texts(4, 60)),
        options={} if kind is Kind.TRUE_FALSE else dict(zip(LETTERS, choices, strict=True)),
        key=draw(st.sampled_from("TF")) if kind is Kind.TRUE_FALSE else key,
        explanation=draw(texts(4, 60)),
        edition="law-2021",
        article=draw(st.integers(1, 119)),
        roles=tuple(draw(st.lists(st.sampled_from(TraineeRole), min_size=1, max_size=3, unique=True))),
        difficulty=draw(st.integers(1, 5)),
        level=draw(st.sampled_from(Level)),
        subject=draw(st.sampled_from(["", "gas"])),
        enemies=tuple(draw(st.lists(SLUGS, max_size=2, unique=True))),
        tags=tuple(draw(st.lists(WORDS, max_size=2, unique=True))),
    )


FORMULA = ItemText(
    code="XAM-001",
    kind=Kind.MULTIPLE,
    stem='=HYPERLINK("http://example.invalid","点我")',
    options={"A": "+1+1", "B": "-2", "C": "@SUM(A1)", "D": "=cmd|' /C calc'!A0"},
    key="ABD",
    explanation="＝1＋1",
    edition="law-2021",
    article=21,
    roles=(TraineeRole.TEAM_LEADER,),
    difficulty=3,
)
# An option whose words are the letter of another.
FIRES = replace(
    FORMULA,
    kind=Kind.SINGLE,
    stem="带电设备着火属于哪一类？",
    options={"A": "B", "B": "E", "C": "1", "D": "A"},
    key="A",
)


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=60)
@given(item=items())
@example(item=FORMULA)
@example(item=FIRES)
def test_what_is_written_is_read_back_as_it_was(form: str, item: ItemText) -> None:
    read = plan(WRITERS[form]([item]), [item])

    assert [(line.outcome, line.faults) for line in read.lines] == [(Outcome.UNCHANGED, ())]
    assert read.texts() == [item]


TAGS = st.lists(WORDS, max_size=5, unique=True)


@pytest.mark.parametrize("form", ["xlsx", "json"])
@given(item=items(), tags=TAGS, before=st.sets(WORDS, max_size=3))
def test_how_items_are_filed_is_written_and_read_back_beside_what_they_say(
    form: str, item: ItemText, tags: list[str], before: set[str]
) -> None:
    """Of the tags that come back only those are to be put on under which the item is not filed yet."""
    content = {"xlsx": workbook.workbook_of, "json": objects.written}[form]([item], {item.code: frozenset(tags)})

    fresh = plan(content, [item])
    known = {item.code: Kept(digest_of(item), 1, planning.likeness(item), frozenset(before))}
    again = planning.plan(uploads.sheaf_of(content), Terms(), CATALOGUE, known)

    assert [(line.outcome, line.faults) for line in (*fresh.lines, *again.lines)] == [(Outcome.UNCHANGED, ())] * 2
    assert fresh.texts() == [item], "what a version itself says is what it was"
    assert {code: set(found) for code, found in fresh.filing().items()} == ({item.code: set(tags)} if tags else {})
    assert set(again.filing().get(item.code, ())) == set(tags) - before
    unfiled = plan(WRITERS[form]([item]), [item])
    assert (planning.digest(fresh) == planning.digest(unfiled)) is (not tags), "who confirms it has seen the filing"


@pytest.mark.parametrize(
    ("tags", "before", "code"),
    [
        pytest.param(["复审"], set(), "", id="a sound one"),
        pytest.param(["很" * 21], set(), "filed_malformed", id="too long"),
        pytest.param([str(n) for n in range(21)], set(), "filed_many", id="too many"),
        pytest.param(["复审"], {str(n) for n in range(20)}, "filed_many", id="too many with those there are"),
        pytest.param(["3"], {str(n) for n in range(20)}, "", id="one of those there are"),
    ],
)
def test_what_is_wrong_with_filing_is_named_by_its_column(tags: list[str], before: set[str], code: str) -> None:
    content = workbook.workbook_of([FORMULA], {FORMULA.code: tags})
    known = {FORMULA.code: Kept(digest_of(FORMULA), 1, planning.likeness(FORMULA), frozenset(before))}

    (line,) = planning.plan(uploads.sheaf_of(content), Terms(), CATALOGUE, known).lines

    assert [(one.column, one.code) for one in line.faults] == ([("归类标签", code)] if code else [])


VALVE = replace(
    FORMULA,
    kind=Kind.FILL_IN,
    stem="专用回风巷中风速不得超过____，\n否则停工。",
    options={},
    key="4m/s\n每秒4米\n*\nA->B\n=1\n%50%\nT\n选项\\*",
)


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None)
@given(item=fill_ins())
@example(item=VALVE)
@example(item=replace(VALVE, key="ABC"))
@example(item=replace(VALVE, key="对"))
@example(item=replace(VALVE, key="1.0"))
def test_a_fill_in_is_read_back_as_it_was(form: str, item: ItemText) -> None:
    read = plan(WRITERS[form]([item]), [item])

    assert [(line.outcome, line.faults, line.notes) for line in read.lines] == [(Outcome.UNCHANGED, (), ())]
    assert read.texts() == [item]


FLOOD = replace(
    VALVE,
    kind=Kind.WRITTEN,
    stem="井下发现透水征兆时，班组长应当怎样处置？\n请写出三点。",
    key="4 立即停止作业：=~{}#%50%\n3 撤出人员 <所有地点>\n3 报告矿调度室、区队\\*",
)


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=30)
@given(item=items())
def test_a_written_answer_and_its_rubric_are_read_back_as_they_were(form: str, item: ItemText) -> None:
    item = replace(FLOOD, stem=item.stem, explanation=item.explanation, tags=item.tags, enemies=item.enemies)

    read = plan(WRITERS[form]([item]), [item])

    assert [(line.outcome, line.faults, line.notes) for line in read.lines] == [(Outcome.UNCHANGED, (), ())]
    assert read.texts() == [item]


ESSAY_MOODLE = """<quiz><question type="essay">
 <questiontext format="html"><text>怎样处置？</text></questiontext>
 <generalfeedback format="html"><text>见第十条。</text></generalfeedback>
 <graderinfo format="html"><text><![CDATA[<p>4分：停止作业</p><p>3 撤人</p>]]></text></graderinfo>
</question></quiz>"""
ESSAY_QTI = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="e">
<responseDeclaration identifier="R" cardinality="single" baseType="string"/>
<itemBody><rubricBlock view="scorer"><p>4 停止作业</p><p>3 撤人</p></rubricBlock>
<extendedTextInteraction responseIdentifier="R"><prompt>怎样处置？</prompt></extendedTextInteraction></itemBody>
<modalFeedback outcomeIdentifier="F" identifier="f" showHide="show"><p>见第十条。</p></modalFeedback>
</assessmentItem>"""


@pytest.mark.parametrize("content", [pytest.param(ESSAY_MOODLE, id="moodle"), pytest.param(ESSAY_QTI, id="qti")])
def test_essays_of_others_come_in_with_the_rubric_that_is_told_to_who_scores_them(content: str) -> None:
    (found,) = plan(content.encode(), terms=TERMS).texts()

    assert (found.kind, found.stem, found.key, found.article) == (
        Kind.WRITTEN,
        "怎样处置？",
        "4 停止作业\n3 撤人",
        10,
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ESSAY_MOODLE.replace("4分：停止作业", "停止作业").replace("3 撤人", "撤人"), id="moodle"),
        pytest.param(ESSAY_QTI.replace("4 停止作业", "停止作业").replace("3 撤人", "撤人"), id="qti"),
        pytest.param("怎样处置？ {####见第十条。}", id="gift"),
    ],
)
def test_an_essay_without_a_rubric_is_listed_and_left_out(content: str) -> None:
    (line,) = plan(content.encode(), terms=TERMS).lines

    assert (line.outcome, [note.code for note in line.notes]) == (Outcome.LEFT_OUT, ["rubric_left_out"])


@pytest.mark.parametrize("form", WRITERS)
def test_many_items_keep_their_order(form: str) -> None:
    written = [
        FORMULA,
        *(ItemText(**{**_fields(FORMULA), "code": f"XAM-{n:03d}", "stem": f"第{n}题？"}) for n in (2, 3)),
    ]

    assert [one.code for one in plan(WRITERS[form](written), written).texts()] == ["XAM-001", "XAM-002", "XAM-003"]


def _fields(text: ItemText) -> dict[str, object]:
    return {name: getattr(text, name) for name in ItemText.__slots__}


# --- Moodle XML by others ---

QUIZ = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
 <question type="category"><category><text>$course$/煤矿</text></category></question>
 <question type="multichoice">
  <name><text>瓦斯</text></name>
  <questiontext format="html">
   <text><![CDATA[<p>采煤工作面瓦斯浓度达到&nbsp;<b>1.0%</b> 时，<br>应当（　　）。</p>]]></text>
  </questiontext>
  <generalfeedback format="html"><text><![CDATA[<p>见第六十六条。</p>]]></text></generalfeedback>
  <defaultgrade>1.0000000</defaultgrade><hidden>0</hidden><idnumber></idnumber>
  <single>true</single><shuffleanswers>true</shuffleanswers><answernumbering>abc</answernumbering>
  <answer fraction="0" format="html"><text><![CDATA[<p>加快推进</p>]]></text>
   <feedback format="html"><text>不行</text></feedback></answer>
  <answer fraction="100" format="html"><text>停止打眼</text></answer>
  <answer fraction="0" format="html"><text>照常放炮</text></answer>
  <answer fraction="0" format="html"><text>等待交班</text></answer>
  <tags><tag><text>瓦斯</text></tag></tags>
 </question>
 <question type="multichoice">
  <questiontext format="plain_text"><text>下列做法正确的有</text></questiontext>
  <generalfeedback><text>见第七条。</text></generalfeedback><single>false</single>
  <answer fraction="50"><text>甲</text></answer><answer fraction="-100"><text>乙</text></answer>
  <answer fraction="50"><text>丙</text></answer><answer fraction="-100"><text>丁</text></answer>
 </question>
 <question type="truefalse">
  <questiontext format="html"><text>煤矿可以超能力生产。</text></questiontext>
  <generalfeedback><text>见第八条。</text></generalfeedback>
  <answer fraction="0"><text>true</text></answer><answer fraction="100"><text>false</text></answer>
 </question>
 <question type="essay"><questiontext format="html"><text>谈谈体会</text></questiontext></question>
 <question type="multichoice">
  <questiontext format="html"><text><![CDATA[看图<img src="@@PLUGINFILE@@/a.png">]]></text></questiontext>
  <single>true</single>
 </question>
</quiz>"""
TERMS = Terms(prefix="MDL", edition="law-2021", roles=(TraineeRole.TEAM_LEADER,), difficulty=3)


def test_questions_of_moodle_come_in_and_what_cannot_is_listed() -> None:
    read = plan(QUIZ.encode(), terms=TERMS)

    assert [(line.row, line.outcome, [note.code for note in line.notes]) for line in read.lines] == [
        (1, Outcome.NEW, ["format_lost", "feedback_lost"]),
        (2, Outcome.NEW, []),
        (3, Outcome.NEW, []),
        (4, Outcome.LEFT_OUT, ["rubric_left_out"]),
        (5, Outcome.LEFT_OUT, ["picture_left_out"]),
    ]
    first, second, third = read.texts()
    assert (first.code, first.stem, first.key, first.options["A"], first.article, first.tags) == (
        "MDL-001",
        "采煤工作面瓦斯浓度达到 1.0% 时，\n应当（　　）。",
        "B",
        "加快推进",
        66,
        ("瓦斯",),
    )
    assert (second.kind, second.key) == (Kind.MULTIPLE, "AC")
    assert (third.kind, third.key, third.options) == (Kind.TRUE_FALSE, "F", {})


# --- GIFT by others ---

GIFT = r"""// a comment
$CATEGORY: tom/dick

::Q1:: 瓦斯爆炸的下限是\: {
  =5% # 对
  ~10%
  ~16%
  ~1%
####见第九条。
}

[html]<p>正确的有</p> {~%50%甲 ~%-100%乙 ~%50%丙 ~%-100%丁 ####见第十条。}

煤矿可以超能力生产。{F#不行####见第十一条。}

矿山的 {=主要负责人 ~司机 ~厨师 ~会计 ####见第五条。} 负全面责任。

请填写年份 {#2021:0}

写一段体会 {}

简答 {=甲* =乙}

配对 {=甲 -> 一 =乙 -> 二 =丙 -> 三}
"""


SHORT_GIFT = r"""最高允许风速为 {=%100%4m/s =%50%4 =每秒4米 # 好 ####见第十条。} 。

谁全面负责？ {=主要负责人 ####见第五条。}

瓦斯浓度不得超过 {=1* ####见第六条。}
"""
SHORT_MOODLE = """<quiz><question type="shortanswer">
 <questiontext format="html"><text><![CDATA[<p>风速不得超过 <b>____</b>。</p>]]></text></questiontext>
 <generalfeedback format="html"><text>见第十条。</text></generalfeedback><usecase>1</usecase>
 <answer fraction="100" format="moodle_auto_format"><text>4 m/s &lt;每秒&gt;</text></answer>
 <answer fraction="50" format="moodle_auto_format"><text>4</text></answer>
 <answer fraction="100" format="moodle_auto_format"><text>\\*</text></answer>
</question></quiz>"""
SHORT_QTI = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="e">
<responseDeclaration identifier="R" cardinality="single" baseType="string">
 <correctResponse><value>4m/s</value></correctResponse>
 <mapping defaultValue="0"><mapEntry mapKey="4m/s" mappedValue="1"/><mapEntry mapKey="每秒4米" mappedValue="1"/>
 <mapEntry mapKey="4" mappedValue="0.5"/></mapping></responseDeclaration>
<itemBody><p>风速不得超过<textEntryInteraction responseIdentifier="R"/>。</p></itemBody>
<modalFeedback outcomeIdentifier="F" identifier="f" showHide="show"><p>见第十条。</p></modalFeedback>
</assessmentItem>"""
LEFT_OUT_AS_PATTERN = (Outcome.LEFT_OUT, ["pattern_left_out"])


@pytest.mark.parametrize(
    ("content", "lines", "read"),
    [
        pytest.param(
            SHORT_GIFT,
            [
                (Outcome.NEW, ["shares_lost", "feedback_lost"]),
                (Outcome.NEW, ["blank_added"]),
                LEFT_OUT_AS_PATTERN,
            ],
            [("最高允许风速为____。", "4m/s\n每秒4米", 10), ("谁全面负责？____", "主要负责人", 5)],
            id="gift",
        ),
        pytest.param(
            SHORT_MOODLE.replace("\\\\", "\\"),
            [(Outcome.NEW, ["shares_lost", "format_lost", "case_lost"])],
            [("风速不得超过 ____。", "4 m/s <每秒>\n*", 10)],
            id="moodle",
        ),
        pytest.param(
            SHORT_QTI,
            [(Outcome.NEW, ["shares_lost", "code_given"])],
            [("风速不得超过____。", "4m/s\n每秒4米", 10)],
            id="qti",
        ),
    ],
)
def test_short_answers_of_others_come_in_and_what_cannot_is_listed(
    content: str, lines: list[tuple[Outcome, list[str]]], read: list[tuple[str, str, int]]
) -> None:
    found = plan(content.encode(), terms=TERMS)

    assert [(line.outcome, [note.code for note in line.notes]) for line in found.lines] == lines
    assert [(one.kind, one.stem, one.key, one.article) for one in found.texts()] == [
        (Kind.FILL_IN, *words) for words in read
    ]


def test_questions_in_gift_come_in_and_what_cannot_is_listed() -> None:
    read = plan(GIFT.encode(), terms=TERMS)

    assert [(line.row, line.outcome) for line in read.lines] == [
        *((row, Outcome.NEW) for row in range(1, 5)),
        *((row, Outcome.LEFT_OUT) for row in range(5, 9)),
    ]
    assert [(one.kind, one.stem, one.key, one.article) for one in read.texts()] == [
        (Kind.SINGLE, "瓦斯爆炸的下限是:", "A", 9),
        (Kind.MULTIPLE, "正确的有", "AC", 10),
        (Kind.TRUE_FALSE, "煤矿可以超能力生产。", "F", 11),
        (Kind.SINGLE, "矿山的____负全面责任。", "A", 5),
    ]
    assert [(line.notes[0].code, line.notes[0].values.get("kind")) for line in read.lines[4:]] == [
        ("kind_left_out", "numerical"),
        ("rubric_left_out", None),
        ("pattern_left_out", None),
        ("kind_left_out", "matching"),
    ]


# --- harm ---

LAUGHS = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"<!DOCTYPE q [<!ENTITY a0 'ha'>{LAUGHS}]><quiz>&a9;</quiz>", id="billion laughs"),
        pytest.param("<!DOCTYPE q [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><quiz>&f;</quiz>", id="a file"),
        pytest.param("<!DOCTYPE q SYSTEM 'http://example.invalid/q.dtd'><quiz/>", id="a document type elsewhere"),
        pytest.param("<!DOCTYPE quiz><quiz/>", id="any document type"),
        pytest.param("<quiz>&f;</quiz>", id="an entity that nobody declared"),
        pytest.param("<quiz>" * 2000, id="unclosed and deep"),
        pytest.param("<quiz>" + "<a>" * 200 + "</a>" * 200 + "</quiz>", id="too deep"),
        pytest.param("<html></html>", id="a page"),
        pytest.param("<?xml version='1.0' encoding='no-such'?><quiz/>", id="an unknown encoding"),
        pytest.param("<quiz>\x01</quiz>", id="a control character"),
    ],
)
def test_harmful_xml_is_refused(content: str) -> None:
    assert plan(QUIZ.encode(), terms=TERMS).sound

    with pytest.raises(errors.Malformed, match=r"^file_unreadable:"):
        uploads.sheaf_of(content.encode())


def test_more_elements_than_a_file_of_items_can_have_are_refused() -> None:
    with pytest.raises(errors.Malformed, match=r"^file_(unreadable|large):"):
        uploads.sheaf_of(b"<quiz>" + b"<a/>" * 500_001 + b"</quiz>")


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(st.sampled_from('<quizeston/>{}=~#:\\\n[]",T1答案题干第条'), max_size=200)
    )
)
def test_no_content_makes_the_reader_fail(content: bytes | str) -> None:
    given_content = content.encode() if isinstance(content, str) else content
    with contextlib.suppress(errors.Malformed):
        plan(given_content, terms=TERMS)


# --- running text ---

WORD = """安全生产试题
一、单选题
1．生产经营单位的安全生产第一责任人是（　　）。
A. 主要负责人    B. 安全科长
C. 班组长        D. 工会主席
【答案】A
【解析】见第五条，
主要负责人全面负责。

2、【多选】下列说法正确的有（　　）。
A、甲
B、乙
C、丙
D、丁
正确答案：A、C
答案解析：见第七条。
二、判断题（共1题）
3. 煤矿可以超能力生产。
答案：×
解析：见第八条。
4.【填空题】瓦斯浓度不得超过____。
答案：1.0%
百分之一
解析：见第九条。
5.【简答题】谈谈体会。
答案：略
"""


def test_text_copied_out_of_word_comes_in() -> None:
    read = plan(WORD.encode("gb18030"), terms=TERMS)

    assert [(line.row, line.outcome, line.faults) for line in read.lines] == [
        (3, Outcome.NEW, ()),
        (10, Outcome.NEW, ()),
        (18, Outcome.NEW, ()),
        (21, Outcome.NEW, ()),
        (25, Outcome.LEFT_OUT, ()),
    ]
    assert [(note.row, note.code) for note in read.notes] == [(1, "preface")]
    first, second, third, fourth = read.texts()
    assert (first.kind, first.stem, first.options["B"], first.key, first.explanation) == (
        Kind.SINGLE,
        "生产经营单位的安全生产第一责任人是（　　）。",
        "安全科长",
        "A",
        "见第五条，\n主要负责人全面负责。",
    )
    assert (second.kind, second.key, second.article) == (Kind.MULTIPLE, "AC", 7)
    assert (third.kind, third.key, third.article) == (Kind.TRUE_FALSE, "F", 8)
    assert (fourth.kind, fourth.key, fourth.article) == (Kind.FILL_IN, "1.0%\n百分之一", 9)


ASKED = "A. 甲\nB. 乙\nC. 丙\nD. 丁\n"
KEYED = "【答案】A\n【解析】见第五条。\n"


@pytest.mark.parametrize(
    ("text", "faulty", "sound"),
    [
        pytest.param(f"1．甲错了吗（）。\n{ASKED}2．乙错了吗（）。\n{ASKED}{KEYED}", [1], [6], id="before a choice"),
        pytest.param(
            "1．井下可以吸烟。\n2．矿灯应当完好。\n【答案】对\n【解析】见第五条。\n", [1], [2], id="before a truth"
        ),
        pytest.param(
            f"1．甲错了吗（）。\n{ASKED}二、判断题\n2．井下可以吸烟。\n答案：错\n解析：见第五条。",
            [1],
            [7],
            id="before a section",
        ),
        pytest.param(f"1．甲错了吗（）。\n{ASKED}{KEYED}2．乙错了吗（）。\n{ASKED}", [8], [1], id="at the end"),
        pytest.param(
            f"1．甲错了吗（）。\n{ASKED}【单选】乙错了吗（）。\n{ASKED}{KEYED}", [1], [6], id="before a named kind"
        ),
        pytest.param(
            f"1．甲错了吗（）。\n{ASKED}【答案】\n2．乙错了吗（）。\n{ASKED}{KEYED}", [1], [7], id="an empty one"
        ),
    ],
)
def test_running_text_without_an_answer_is_refused_on_its_line(text: str, faulty: list[int], sound: list[int]) -> None:
    read = plan(text.encode(), terms=TERMS)

    told = {(line.row, fault.code) for line in read.lines for fault in line.faults if fault.column == "答案"}
    assert told == {(row, "answer_missing") for row in faulty}
    assert {line.row for line in read.lines if line.outcome is Outcome.NEW} == set(sound)
    assert not read.sound


def test_a_question_without_number_is_not_read_as_part_of_the_one_before() -> None:
    text = f"1．甲错了吗（）。\n{ASKED}{KEYED}乙错了吗（）。\n{ASKED}【答案】B\n【解析】见第六条。\n"

    (line,) = plan(text.encode(), terms=TERMS).lines

    assert (line.row, line.outcome) == (1, Outcome.FAULTY)
    assert [(fault.code, dict(fault.values)) for fault in line.faults] == [("answer_repeated", {"line": 13})]


def test_a_question_without_number_before_the_first_is_no_preface() -> None:
    text = f"培训测验题\n甲错了吗（）。\n{ASKED}{KEYED}1．乙错了吗（）。\n{ASKED}{KEYED}"

    read = plan(text.encode(), terms=TERMS)

    assert not read.sound
    assert [(fault.row, fault.code) for fault in read.faults] == [(7, "item_unnumbered")]


def test_numbered_lists_and_values_stay_in_stem_and_explanation() -> None:
    text = (
        "一、单选题\n（每题2分，共2分）\n"
        f"1．下列做法正确的是（）。\n（1）停电\n（2）验电\n{ASKED}【答案】A\n【解析】见第五条：\n（1）停电在先。\n1.5米以内。\n"
        f"2．乙错了吗（）。\n{ASKED}{KEYED}"
    )

    first, second = plan(text.encode(), terms=TERMS).texts()

    assert first.stem == "下列做法正确的是（）。\n（1）停电\n（2）验电"
    assert first.explanation == "见第五条：\n（1）停电在先。\n1.5米以内。"
    assert second.stem == "乙错了吗（）。"


def test_a_section_of_a_kind_that_the_bank_cannot_hold_is_left_out() -> None:
    text = f"一、单选题\n1．甲错了吗（）。\n{ASKED}{KEYED}二、论述题（共1题）\n2．谈谈认识。\n"

    read = plan(text.encode(), terms=TERMS)

    assert [(line.row, line.outcome) for line in read.lines] == [(2, Outcome.NEW), (10, Outcome.LEFT_OUT)]


# --- QTI by others ---

QTI2 = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="choice" title="x"
  adaptive="false" timeDependent="false">
 <responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="identifier">
  <correctResponse>{values}</correctResponse>
 </responseDeclaration>
 <itemBody>
  <p>某矿出现下列情况。</p>
  <choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">
   <prompt>应当怎样
     处理？</prompt>
   {choices}
  </choiceInteraction>
 </itemBody>
 <modalFeedback outcomeIdentifier="F" identifier="f" showHide="show"><p>见第六条。</p></modalFeedback>
</assessmentItem>"""
CHOICE = '<simpleChoice identifier="Choice{0}" fixed="false">{1}</simpleChoice>'
OTHER = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="o"><itemBody>
<p><extendedTextInteraction responseIdentifier="R"/></p></itemBody></assessmentItem>"""
MANIFEST = """<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"><resources>
{resources}<resource identifier="t" type="imsqti_test_xmlv2p2" href="test.xml"/></resources></manifest>"""
RESOURCE = '<resource identifier="r{0}" type="imsqti_item_xmlv2p2" href="{0}.xml"><file href="{0}.xml"/></resource>'


def choice(words: str, right: str, cardinality: str = "single") -> str:
    choices = "".join(CHOICE.format(letter, word) for letter, word in zip("ABCDE", words, strict=False))
    values = "".join(f"<value>Choice{letter}</value>" for letter in right)
    return QTI2.format(cardinality=cardinality, values=values, choices=choices)


def package(parts: dict[str, str], manifest: str | None = None) -> bytes:
    written = io.BytesIO()
    listed = MANIFEST.format(resources="".join(map(RESOURCE.format, parts)))
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("imsmanifest.xml", listed if manifest is None else manifest)
        for name, text in parts.items():
            packed.writestr(f"{name}.xml", text)
    return written.getvalue()


def test_a_package_of_the_older_generation_comes_in_and_what_cannot_is_listed() -> None:
    parts = {
        "a": choice("甲乙丙丁", "B"),
        "b": choice("戊己庚辛", "CA", "multiple"),
        "c": choice(["对", "错"], "B"),  # type: ignore[arg-type]
        "d": choice("甲乙丙", "A"),
        "e": OTHER,
        "f": choice(["看<img src='a.png' alt=''/>", "乙", "丙", "丁"], "A"),  # type: ignore[arg-type]
    }

    read = plan(package(parts), terms=TERMS)

    assert [(line.row, line.outcome, line.faults) for line in read.lines] == [
        *((row, Outcome.NEW, ()) for row in (1, 2, 3)),
        *((row, Outcome.LEFT_OUT, ()) for row in (4, 5, 6)),
    ]
    assert [line.notes[0].code for line in read.lines[3:]] == [
        "options_left_out",
        "rubric_left_out",
        "picture_left_out",
    ]
    assert [(one.kind, one.key, one.stem, one.article) for one in read.texts()] == [
        (Kind.SINGLE, "B", "某矿出现下列情况。\n应当怎样 处理？", 6),
        (Kind.MULTIPLE, "AC", "某矿出现下列情况。\n应当怎样 处理？", 6),
        (Kind.TRUE_FALSE, "F", "某矿出现下列情况。\n应当怎样 处理？", 6),
    ]


def test_a_single_item_of_qti_is_read_without_a_package() -> None:
    assert [one.key for one in plan(choice("甲乙丙丁", "D").encode(), terms=TERMS).texts()] == ["D"]


def test_a_part_that_the_manifest_promises_and_the_package_lacks_is_a_fault() -> None:
    manifest = MANIFEST.format(resources=RESOURCE.format("a") + RESOURCE.format("../../etc/passwd"))

    read = plan(package({"a": choice("甲乙丙丁", "A")}, manifest), terms=TERMS)

    assert [[fault.code for fault in line.faults] for line in read.lines] == [[], ["part_missing"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(package({"a": "<a"}), "file_unreadable", id="a broken part"),
        pytest.param(package({}, "<!DOCTYPE m [<!ENTITY x 'y'>]><manifest/>"), "file_unreadable", id="entities"),
        pytest.param(package({"a": " " * (61 * 1024 * 1024)}), "sheet_large", id="a bomb"),
        pytest.param(
            package({"a": f"<a>{' ' * 1024 * 1024}</a>"}, MANIFEST.format(resources=RESOURCE.format("a") * 61)),
            "sheet_large",
            id="one part named again and again",
        ),
        pytest.param(package({"a": choice("甲乙丙丁", "A")})[:200], "file_unreadable", id="cut short"),
    ],
)
def test_harmful_packages_are_refused(content: bytes, code: str) -> None:
    with pytest.raises(errors.Malformed, match=rf"^{code}:"):
        uploads.sheaf_of(content)
