"""English is complete: every Chinese sentence of the code and of the templates has a translation that fits."""

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from service.access.rules.people import TraineeRole
from service.journal.rules import Event
from service.kernel import language
from service.oversight.pages import event_names
from service.programme.rules import hours
from service.programme.rules.hours import Mode

ROOT = Path(__file__).resolve().parents[2]
PARTS = ROOT / "templates" / "locale" / "parts"
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
TAG = re.compile(r"</?[a-z]+>")
BRACED = re.compile(r"\{\w*\}")
PERCENT = re.compile(r"%\(\w+\)s|%%")

# Files whose Chinese is no sentence for a reader of either language.
EXCLUDED_FILES = {
    "service/cli/*.py": "the command speaks English",
    **{
        f"service/bank/rules/{name}.py": "faults of bank files, printed by the command only"
        for name in ("balancing", "figures", "phrasing")
    },
    "service/oversight/rules/personal.py": "rendered into the rule book, which is in English",
    "service/migrations/versions/*.py": "never seen by anybody but the operator",
}
# Single strings that are data or parts of a sentence put together; each with its reason.
EXCLUDED_STRINGS = {
    **dict.fromkeys("＝＋－＠", "signs that begin a formula in East Asian spreadsheet programs"),
    "Peikao 培考": "the name of the service, the same in every language",
    "；": "a separator",
    "、": "a separator",
    "。": "ends a sentence that hours.hours_met puts together; see test_every_shortfall_of_hours",
    "还缺": "begins that sentence",
    "线上{online}学时": "a part of that sentence",
    "线下{offline}学时": "a part of that sentence",
    "实操{practical}学时": "a part of that sentence",
    "与": "a fault of a bank file, printed by the command only",
    "完全相同": "a fault of a bank file, printed by the command only",
    "编号重复": "a fault of a bank file, printed by the command only",
    "没有第": "a fault of a bank file, printed by the command only",
    "条": "a fault of a bank file, printed by the command only",
    "只有这一题": "a fault of a bank file, printed by the command only",
    "题，多于": "a warning about a bank file, printed by the command only",
    "题": "a part of that sentence",
    "科目没有登记": "a fault of a bank file, printed by the command only",
    **dict.fromkeys(
        (
            "相似度",
            "%，疑为同一题",
            "所依据的法规版本已于",
            "废止，请改引新版或停用",
            "所依据的法规版本",
            "起施行，此前不能入卷",
        ),
        "a fault of a bank file, printed by the command only",
    ),
    "案例编号重复": "a fault of a bank file, printed by the command only",
    "案例材料没有一问": "a fault of a bank file, printed by the command only",
    "各问的适用角色不一致": "a fault of a bank file, printed by the command only",
    "有两问属于同一个互斥组": "a fault of a bank file, printed by the command only",
    "需要": "a fault of a blueprint file, printed by the command only",
    "，现有": "a fault of a blueprint file, printed by the command only",
    "%Y年%m月%d日 %H:%M": "a date on the admission ticket, which is a Chinese document",
    "零一二三四五六七八九": "Chinese numerals",
    "〇": "a Chinese numeral",
    "// GIFT带不了图片 ": "a comment in a file of Chinese items",
    "（表格带不了图片，这里只列出说明）": "a part of a heading in a sheet of Chinese items",
    "【": "a bracket",
    "百": "a Chinese numeral",
    **dict.fromkeys("＝＋－＠", "a wide sign by which a spreadsheet may take a formula to begin"),
}
# Translations that name Chinese words, because a sheet has to contain these very words.
KEEPS_CHINESE = ("表头应有：", "不认识岗位")
# Names bound to data that is compared with what people typed, never shown.
EXCLUDED_NAMES = {
    "OF_THIS_PLACE": "words that passwords may not be made of",
    "SYNONYMS": "header words of people's sheets",
    "ROLES": "words for roles in those sheets",
    **dict.fromkeys(
        (
            "KIND_WORDS",
            "OTHER_KINDS",
            "TRUTH_WORDS",
            "DIFFICULTY_WORDS",
            "LEVEL_WORDS",
            "ROLE_WORDS",
            "_DIGITS",
            "_TENS",
        ),
        "words that people's sheets of items use",
    ),
    **dict.fromkeys(("_DIGITS", "_TENS"), "Chinese numerals"),
    "_BASIS": "a label in people's texts",
    "HINT": "the explanation in a workbook whose headings are Chinese",
}


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def _regular_expressions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
            yield from ast.walk(node)


def _named_data(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in EXCLUDED_NAMES:
            yield from ast.walk(node)


def sentences(source: str) -> set[str]:
    """Every string literal with Chinese in it, without docstrings, regular expressions and named data."""
    tree = ast.parse(source)
    passed_over = {id(node) for found in (_docstrings, _regular_expressions, _named_data) for node in found(tree)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in passed_over
        and CHINESE.search(node.value)
    }


def of_the_code() -> dict[str, str]:
    """Sentence → file, for the whole service."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "service").rglob("*.py")):
        place = path.relative_to(ROOT)
        if not any(place.match(pattern) for pattern in EXCLUDED_FILES):
            found |= dict.fromkeys(sentences(path.read_text(encoding="utf-8")) - set(EXCLUDED_STRINGS), str(place))
    return found


def of_the_templates() -> dict[str, str]:
    """Message → file, by the extractor that Jinja ships."""
    found = extract_from_dir(
        ROOT / "templates",
        method_map=[("**.html", "jinja2")],
        options_map={"**.html": {"trimmed": "false", "newstyle_gettext": "true", "silent": "false"}},
        keywords={"_": None, "gettext": None},
        # Babel would pass over folders whose names begin with an underscore.
        directory_filter=lambda _: True,
    )
    return {message: file for file, _, message, _, _ in found if isinstance(message, str)}


def test_the_collector_sees_sentences_and_passes_over_the_rest() -> None:
    lines = (
        '"""文档"""',
        'X = re.compile("正则")',
        'ROLES: dict = {"安全员": 1}',
        'y = f"第{1}题"',
        'z = refuse("句子")',
    )
    assert sentences("\n".join(lines)) == {"第", "题", "句子"}


def test_the_collectors_find_what_is_known_to_be_there() -> None:
    assert "请先登录，再继续。" in of_the_code()
    assert "工作人员登录" in of_the_templates()
    assert "主导航" in of_the_templates()


def test_every_sentence_of_the_code_is_translated() -> None:
    translated = {message.id: message.string for message in language.merged() if message.id}
    missing = {text: place for text, place in of_the_code().items() if not translated.get(text)}
    assert missing == {}


def test_every_message_of_the_templates_is_translated() -> None:
    translated = {message.id: message.string for message in language.merged() if message.id}
    missing = {text: place for text, place in of_the_templates().items() if not translated.get(text)}
    assert missing == {}


def test_translations_keep_placeholders_and_tags() -> None:
    for message in language.merged():
        for pattern in (BRACED, PERCENT, TAG):
            assert sorted(pattern.findall(message.string)) == sorted(pattern.findall(message.id)), message.id


def test_translations_are_english_text() -> None:
    for message in language.merged():
        if not message.id:
            continue
        text = TAG.sub("", message.string)
        assert any(words in message.id for words in KEEPS_CHINESE) or not CHINESE.search(text), message.string
        # Templates print a translation as it is, inside attributes too.
        assert not set(text) & set('<>&"'), message.string


def _part(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en")


def test_a_sentence_has_one_translation() -> None:
    known: dict[str, str] = {}
    for path in sorted(PARTS.glob("*.po")):
        for message in _part(path):
            if message.id:
                assert known.setdefault(message.id, message.string) == message.string, f"{path.name}: {message.id}"


def test_nothing_is_excluded_in_vain() -> None:
    everything: set[str] = set()
    for path in (ROOT / "service").rglob("*.py"):
        everything |= sentences(path.read_text(encoding="utf-8"))
    assert set(EXCLUDED_STRINGS) <= everything


@pytest.mark.parametrize("done", list(itertools.product((0, 20), repeat=3)))
def test_every_shortfall_of_hours(done: tuple[int, int, int]) -> None:
    """The sentence is put together from parts, so every combination needs its own translation."""
    decision = hours.hours_met(TraineeRole.TEAM_LEADER, dict(zip(Mode, done, strict=True)))
    said = language.say("en", decision.reason, decision.values)
    assert decision.allowed or (said and not CHINESE.search(said))


def test_every_event_of_the_record_has_a_word() -> None:
    assert set(event_names.EVENT_NAMES) == set(Event)


def test_an_unknown_name_in_a_template_is_an_error() -> None:
    """Templates are strict: a missing value must not become an empty cell on an official's screen."""
    from service.kernel import rendering

    with pytest.raises(jinja2.UndefinedError):
        rendering._environment("zh").from_string("{{ nobody_gave_this }}").render()
