"""``peikao bank lint``: the shipped bank passes every check, and a planted fault of each kind is found."""

import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from service.access.rules.people import TraineeRole
from service.bank.actions import files, linting
from service.bank.actions.files import BankFiles
from service.bank.rules import balancing, figures, phrasing
from service.bank.rules.findings import Check, Fault
from service.bank.rules.items import ItemText, Kind
from service.cli import app
from service.kernel import settings
from service.papers.actions import blueprints

BANK = settings.ROOT / "question_bank"
DAY = date(2026, 11, 20)
LAW = "work-safety-law-2021"
SOUND: dict[str, Any] = {
    "id": "WSL-001",
    "kind": "single",
    "stem": "从业人员有权（　　）。",
    "options": {"A": "一", "B": "二", "C": "三", "D": "24小时"},
    "key": "D",
    "explanation": "依据第五十四条。",
    "article": 54,
    "roles": ["team_leader"],
    "difficulty": 3,
    "level": "recall",
    "subject": "rights",
}


@pytest.fixture(scope="module")
def shipped() -> BankFiles:
    return files.read(BANK)


def entry(**fields: object) -> dict[str, Any]:
    return {**deepcopy(SOUND), **fields}


def small(folder: Path, *entries: object, name: str = f"{LAW}.yaml", text: str = "") -> list[Fault]:
    """All that is said of a bank of the real editions and subjects with one file of items."""
    (folder / "items").mkdir(parents=True)
    for known in ("regulations.yaml", "subjects.yaml"):
        shutil.copy(BANK / known, folder)
    said = text or yaml.safe_dump(list(entries), allow_unicode=True)
    (folder / "items" / name).write_text(said, encoding="utf-8")
    return everything(files.read(folder), folder)


def everything(bank: BankFiles, regulations: Path = Path("/nonexistent"), day: date = DAY) -> list[Fault]:
    found = linting.report(bank, day, regulations)
    return [*found.faults, *found.remarks]


def with_text(folder: Path, words: str, *entries: object) -> list[Fault]:
    """The same where the law's article 54 says these words."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{LAW}.md").write_text(f"第五十四条　{words}\n", encoding="utf-8")
    return small(folder, *entries)


def with_items(bank: BankFiles, change: Callable[[int, ItemText], ItemText], kind: Kind, many: int) -> BankFiles:
    """The shipped bank with the first so many items of a kind changed."""
    chosen = [item.code for item in bank.items if item.kind is kind][:many]
    return replace(
        bank,
        items=tuple(change(chosen.index(item.code), item) if item.code in chosen else item for item in bank.items),
    )


def turned(_: int, item: ItemText) -> ItemText:
    return replace(item, key="T")


def to_a(_: int, item: ItemText) -> ItemText:
    """The same question with its right option in the first place."""
    options = {**item.options, "A": item.options[item.key], item.key: item.options["A"]}
    return replace(item, options=options, key="A")


def all_right(_: int, item: ItemText) -> ItemText:
    return replace(item, key="ABCD")


def told_at_length(place: int, item: ItemText) -> ItemText:
    options = {**item.options, item.key: f"{item.options[item.key]}，并且按照规定的程序逐级上报第{place}次"}
    return replace(item, options=options)


def dated(bank: BankFiles, **dates: date) -> BankFiles:
    return replace(bank, editions=tuple(replace(one, **dates) if one.slug == LAW else one for one in bank.editions))


def twice(bank: BankFiles) -> BankFiles:
    """The shipped bank with one of its items a second time, a word of it changed."""
    first = next(item for item in bank.items if item.code == "WSL-002")
    again = replace(first, code="WSL-999", stem=first.stem.replace("某矿", "某煤矿"))
    return replace(bank, items=(*bank.items, again))


def broken_blueprint(folder: Path, bank: BankFiles) -> list[Fault]:
    shutil.copytree(BANK / "blueprints", folder / "blueprints")
    path = folder / "blueprints" / "team_leader.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw["points"]["single"] = 3
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return list(blueprints.faults(folder, bank))


Plant = Callable[[Path, BankFiles], list[Fault]]
# Seven questions that have no word in common.
WORDS = ("风量风速", "瓦斯浓度", "顶板支护", "水害探放", "供电漏电", "提升钢丝", "爆破炮眼")
GROUP = [
    entry(
        id=f"WSL-10{place}",
        stem=f"{word}？",
        options={letter: f"{word[at]}{word[0]}{at}" for at, letter in enumerate("ABCD")},
        enemies=["pay"],
    )
    for place, word in enumerate(WORDS)
]
PLANTS: dict[Check, Plant] = {
    Check.FILE: lambda at, _: small(at, entry(), name="work-safety-law-2012.yaml"),
    Check.FORMAT: lambda at, _: small(at, entry(kind="essay")),
    Check.ITEM: lambda at, _: small(at, entry(difficulty=6)),
    Check.REPEAT: lambda at, _: small(at, entry(), entry(stem="井下发生火灾时，最先得到报告的是（　　）。")),
    Check.SUBJECT: lambda at, _: small(at, entry(subject="nothing")),
    Check.ENEMIES: lambda at, _: small(at, entry(enemies=["pay"])),
    Check.GROUP: lambda at, _: small(at, *GROUP),
    Check.CASE: lambda at, _: cased(at),
    Check.CITATION: lambda at, _: with_text(at, "可以在24小时内。", entry(article=55)),
    Check.IN_FORCE: lambda _, bank: everything(dated(bank, repealed_on=DAY)),
    Check.NOT_YET: lambda _, bank: everything(dated(bank, effective_on=date(2026, 11, 21))),
    Check.TRUTHS: lambda _, bank: everything(with_items(bank, turned, Kind.TRUE_FALSE, 60)),
    Check.LETTERS: lambda _, bank: everything(with_items(bank, to_a, Kind.SINGLE, 60)),
    Check.SPREAD: lambda _, bank: everything(with_items(bank, all_right, Kind.MULTIPLE, 141)),
    Check.LENGTH: lambda _, bank: everything(with_items(bank, told_at_length, Kind.SINGLE, 60)),
    Check.LIKENESS: lambda _, bank: everything(twice(bank)),
    Check.FIGURES: lambda at, _: with_text(at, "应当在四十八小时内。", entry()),
    Check.CRUTCH: lambda at, _: small(at, entry(options={"A": "一", "B": "二", "C": "三", "D": "以上都不是"})),
    Check.NEGATION: lambda at, _: small(at, entry(stem="关于撤人，下列说法不正确的是（　　）。")),
    Check.BLUEPRINT: broken_blueprint,
}


def cased(folder: Path) -> list[Fault]:
    folder.mkdir()
    (folder / "cases.yaml").write_text(
        "- {code: CAS-001, text: 某矿掘进工作面发生透水，班组长立即组织人员撤离到地面。}\n", encoding="utf-8"
    )
    return small(folder, entry(case={"code": "CAS-001", "place": 1, "size": 3}))


def test_the_shipped_bank_passes_every_check(shipped: BankFiles) -> None:
    assert everything(shipped) == []
    assert list(blueprints.faults(BANK, shipped)) == []


def test_every_check_that_the_code_knows_has_a_plant() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (settings.ROOT / "service").rglob("*.py"))
    used = set(re.findall(r"\bCheck\.([A-Z_]+)", code))

    assert used == {check.name for check in Check}
    assert set(PLANTS) == set(Check)


@pytest.mark.parametrize("check", Check)
def test_a_planted_fault_is_found_by_its_check_and_by_no_other(
    check: Check, tmp_path: Path, shipped: BankFiles
) -> None:
    assert {fault.check for fault in PLANTS[check](tmp_path / "bank", shipped)} == {check}


def test_an_edition_is_judged_on_the_day_that_is_asked_about(shipped: BankFiles) -> None:
    ending = dated(shipped, repealed_on=date(2027, 1, 1))

    assert everything(ending, day=date(2026, 12, 31)) == []
    on_the_day = everything(ending, day=date(2027, 1, 1))
    assert {fault.check for fault in on_the_day} == {Check.IN_FORCE}
    assert {fault.code for fault in on_the_day} == {one.code for one in shipped.items if one.edition == LAW}


def test_a_balance_that_only_one_role_meets_is_named_with_that_role(shipped: BankFiles) -> None:
    leaders = [one for one in shipped.items if one.kind is Kind.TRUE_FALSE and TraineeRole.TEAM_LEADER in one.roles]
    false = [one.code for one in leaders if one.key == "F"]
    others = [
        one.code for one in shipped.items if one.kind is Kind.TRUE_FALSE and one not in leaders and one.key == "T"
    ]
    swapped = {**dict.fromkeys(false[: len(others)], "T"), **dict.fromkeys(others, "F")}
    bank = replace(shipped, items=tuple(replace(one, key=swapped.get(one.code, one.key)) for one in shipped.items))

    assert [(fault.code, fault.check) for fault in everything(bank)] == [("team_leader true_false", Check.TRUTHS)]


def test_few_items_are_not_judged_for_their_balance_and_the_check_says_so(shipped: BankFiles) -> None:
    few = [one for one in shipped.items if one.kind is Kind.TRUE_FALSE and one.key == "T"][: balancing.LEAST]

    assert [fault.check for fault in balancing.truths(few)] == [Check.TRUTHS] * sum(
        name in balancing.groups(few, Kind.TRUE_FALSE) for name in ("all", *TraineeRole)
    )
    assert list(balancing.truths(few[1:])) == []
    said = linting.report(replace(shipped, items=tuple(few[1:])), DAY, Path("/nonexistent")).unchecked[-1]
    assert said.startswith(f"balance of keys: fewer than {balancing.LEAST} items of all true_false, ")


# --- words ---


CRUTCHES = """以上都是 以上都不是 以上都对 都对 均正确 以上选项均不正确 上述情形都属于 A和B都对 AB 没有正确答案
三项都是。 以上全部 以上说法都错误 以上各项均可"""
HONEST = """0℃以上 1万元以上3万元以下 备用和短期都不行 都由矿长决定 全部撤出 正确 A级 无正确标识的 全矿停电
探放水点标高以上各区域的所有人员"""


@pytest.mark.parametrize("option", CRUTCHES.split())
def test_an_option_about_the_other_options_is_a_crutch(option: str) -> None:
    assert phrasing.is_crutch(option)


@pytest.mark.parametrize("option", HONEST.split())
def test_an_option_of_its_own_is_none(option: str) -> None:
    assert not phrasing.is_crutch(option)


@pytest.mark.parametrize(
    ("stem", "found"),
    [
        pytest.param("下列说法不正确的是（　　）。", "不正确", id="incorrect"),
        pytest.param("下列说法错误的有：（　　）。", "错误", id="wrong"),
        pytest.param("发现突出预兆时，班组长不得（　　）。", "不得", id="must not"),
        pytest.param("下列人员中，不能安排下井的是（　　）。", "不能", id="cannot"),
        pytest.param("下列说法【不正确】的是（　　）。", "", id="emphasised"),
        pytest.param("下列行为【不】违法、不受处罚的是（　　）。", "不", id="one of two emphasised"),
        pytest.param("机车制动距离不得超过（　　）。", "", id="a limit asks for its figure"),
        pytest.param("支柱初撑力不应小于（　　）。", "", id="another limit"),
        pytest.param("某矿不停产，矿长应当（　　）。", "", id="in what is told and not in what is asked"),
        pytest.param("对投入不足负责的是（　　）。", "", id="a word that turns nothing round"),
    ],
)
def test_a_negation_in_the_question_must_be_emphasised(stem: str, found: str) -> None:
    assert phrasing.hidden_negation(stem) == found


def test_statements_and_blanks_need_no_emphasis(shipped: BankFiles) -> None:
    denying = [
        replace(one, stem="职工不得违章作业") for one in shipped.items if one.kind in {Kind.TRUE_FALSE, Kind.FILL_IN}
    ]

    assert denying and list(phrasing.hidden_negations(denying)) == []


# --- figures ---


@pytest.mark.parametrize(
    ("option", "tags", "article", "strange"),
    [
        pytest.param("24小时", (), "应当在24小时内。", [], id="in digits"),
        pytest.param("24小时", (), "应当在二十四小时内。", [], id="in numerals"),
        pytest.param("0.5%和1.0%", (), "不超过0.5%。", ["1"], id="one of two"),
        pytest.param("48小时", ("计算",), "应当在二十四小时内。", [], id="worked out"),
        pytest.param("48小时", ("实例",), "应当在二十四小时内。", [], id="of a case"),
        pytest.param("48小时", ("顶板",), "应当在二十四小时内。", ["48"], id="another tag excuses nothing"),
    ],
)
def test_a_figure_of_the_key_is_looked_for_in_its_article(
    shipped: BankFiles, option: str, tags: tuple[str, ...], article: str, strange: list[str]
) -> None:
    first = next(one for one in shipped.items if one.kind is Kind.SINGLE)
    item = replace(first, options={**first.options, first.key: option}, tags=tags)

    assert figures.strange(item, article) == strange


def test_without_texts_the_report_says_that_nothing_was_compared(shipped: BankFiles, tmp_path: Path) -> None:
    none = linting.report(shipped, DAY, tmp_path)
    (tmp_path / f"{LAW}.md").write_text("第一条　略。\n", encoding="utf-8")
    some = linting.report(shipped, DAY, tmp_path)

    assert none.unchecked == ("cited articles and figures of keys: no regulation texts at hand",)
    cited = {one.edition for one in shipped.items}
    assert some.unchecked == tuple(
        f"cited articles and figures of keys: no text of {slug}" for slug in sorted(cited - {LAW})
    )


# --- the command ---


def test_the_command_judges_a_day_and_names_what_it_did_not_check(tmp_path: Path) -> None:
    asked = ["bank", "lint", str(BANK), "--regulations", str(tmp_path), "--day"]

    sound = CliRunner().invoke(app, [*asked, "2026-11-20"])
    early = CliRunner().invoke(app, [*asked, "2026-01-31"])

    assert (sound.exit_code, sound.stderr) == (0, "")
    assert "not checked: cited articles and figures of keys: no regulation texts at hand" in sound.stdout
    assert sound.stdout.splitlines()[-1].endswith(" items, 0 faults; editions judged on 2026-11-20")
    assert early.exit_code == 0
    assert "warning: CSR-001: edition: 所依据的法规版本2026-02-01起施行，此前不能入卷" in early.stderr.splitlines()
