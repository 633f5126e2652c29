"""The proof of a paper in words for an official: one content for the page and for the PDF, in either language."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from service.access.rules.people import ROLE_NAMES
from service.bank.rules.items import LEVEL_NAMES
from service.kernel import language, settings
from service.papers.rules import pictures
from service.papers.rules.blueprint import AXIS_NAMES, BAND_NAMES, Axis, Blueprint
from service.papers.rules.measures import ABILITIES
from service.papers.tables import Blueprint as BlueprintRow
from service.papers.tables import Paper
from service.programme.tables import TrainingClass

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what it shows, its head, and rows whose first cell names the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and what it shows in words for whoever cannot see it."""

    caption: str
    svg: str

    @property
    def address(self) -> str:
        """The picture as an image of a page, where nothing in it could be more than a picture."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a proof says. The two figures stand side by side and equally large: one is not to be read alone."""

    title: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], tuple[str, str]]
    notes: tuple[str, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]


def sheet(paper: Paper, training_class: TrainingClass, row: BlueprintRow, plan: Blueprint, tongue: str) -> Sheet:
    """The proof of a paper in words."""

    def say(sentence: str, **values: object) -> str:
        return language.say(tongue, sentence, values)

    proof, forms = paper.proof, paper.proof["forms"]
    reach = max(abs(proof["true_low_milli"]), abs(proof["true_high_milli"]))
    return Sheet(
        title=say("第{number}号试卷两卷等值的证明", number=paper.id),
        facts=(
            (say("班次"), f"{training_class.code} {training_class.name}"),
            (say("组卷方案"), say("{role}第{number}版", role=say(ROLE_NAMES[plan.role]), number=row.number)),
            (say("考试日期"), str(paper.recipe["exam_on"])),
            (say("求解器"), str(paper.recipe["solver"])),
            (say("题库快照"), str(paper.recipe["bank_snapshot"])),
        ),
        figures=(
            (_two(abs(proof["difference_milli"])), say("A卷与B卷预计平均分相差（分）")),
            (_one(reach), say("考虑难度估计的误差，真实差距有95%的把握不超过（分）")),
        ),
        notes=(_in_a_sentence(say, proof["difference_milli"], reach), *_notes(say, forms, proof)),
        charts=_charts(say, forms, proof),
        tables=(
            _overview(say, forms, proof, plan),
            _by_ability(say, forms, proof),
            _uses(say, forms, proof),
        ),
    )


def _in_a_sentence(say: Say, difference: int, reach: int) -> str:
    """Both figures in one sentence, so that nobody quotes the believed one alone."""
    return say(
        "A卷与B卷预计平均分相差{believed}分；考虑难度估计的误差，真实差距有95%的把握不超过{reach}分。",
        believed=_two(abs(difference)),
        reach=_one(reach),
    )


def _notes(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any]) -> list[str]:
    measured = sum(form["measured"] for form in forms.values())
    authors = sum(form["by_authors"] for form in forms.values())
    return [
        say(
            "两卷共{number}题：{measured}题的难度由考试结果标定，{authors}题只有命题人的估计。",
            number=measured + authors,
            measured=measured,
            authors=authors,
        ),
        say("怎样缩小真实差距的范围：用考试结果标定更多试题；答过一题的人越多，该题难度的误差越小。")
        if authors
        else say("怎样缩小真实差距的范围：让更多考生答过这些题，每题难度的误差就更小。"),
        say(
            "每卷与同一难度目标的最大偏差为{deviation}分，从各自可用的题中不可能低于{bound}分（已证明）。",
            deviation=f"{proof['deviation_milli'] / 1000:.3f}",
            bound=f"{proof['bound_milli'] / 1000:.3f}",
        ),
    ]


def _charts(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any]) -> tuple[Chart, ...]:
    named = {say("{letter}卷", letter=letter): form for letter, form in forms.items()}
    expected = {name: form["expected_at_milli"] for name, form in named.items()}
    bands = {letter: [form["bands"][band] for band in BAND_NAMES] for letter, form in forms.items()}
    target = proof["target"]["expected_milli"]
    return (
        Chart(
            say("不同能力的考生在A卷、B卷的预计得分；宽灰线是难度目标，数值见下表"),
            pictures.curves(ABILITIES, target, expected, say("考生能力（logit，0为平均）"), say("预计得分")),
        ),
        Chart(
            say("两卷的难度分布（题数）"),
            pictures.bars([say(name) for name in BAND_NAMES.values()], bands, say("题数")),
        ),
    )


def _overview(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any], plan: Blueprint) -> Table:
    rows: list[tuple[str, ...]] = []

    def row(name: str, value: Callable[[Any], object], wanted: object = "") -> None:
        rows.append((name, *(str(value(form)) for form in forms.values()), str(wanted)))

    wanted = {(one.axis, one.value): f"{one.least}–{one.most}" for one in plan.ranges}
    row(say("题数"), lambda form: form["items"], plan.items)
    row(say("总分"), lambda form: form["points"], plan.full_points)
    row(say("预计平均分"), lambda form: _two(form["expected_milli"]), say("两卷相同"))
    row(say("分数的标准差"), lambda form: _two(form["spread_milli"]), say("两卷相近"))
    row(say("预计合格率"), lambda form: f"{form['passing_milli'] / 1000:.1f} %", say("两卷相近"))
    for axis, word, names in ((Axis.BAND, "bands", BAND_NAMES), (Axis.LEVEL, "levels", LEVEL_NAMES)):
        for value, name in names.items():
            numbers = (str(form[word][value]) for form in forms.values())
            title = f"{say(AXIS_NAMES[axis])} · {say(name)}"
            rows.append((title, *numbers, wanted.get((axis, str(value)), "")))
    row(say("难度已标定的题数"), lambda form: form["measured"], say("越多越好"))
    row(say("两卷相同的题"), lambda _: proof["shared_between_forms"], 0)
    return Table(say("两卷对照"), _head(say, forms, say("要求")), tuple(rows))


def _by_ability(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any]) -> Table:
    target = proof["target"]
    rows = [
        (_ability(ability), *(_two(form["expected_at_milli"][place]) for form in forms.values()), _two(wanted))
        for place, (ability, wanted) in enumerate(zip(ABILITIES, target["expected_milli"], strict=True))
    ]
    at_pass = (_two(form["expected_at_pass_milli"]) for form in forms.values())
    ability = f"{target['pass_ability_milli'] / 1000:+.2f}"
    rows.append((say("合格线（{ability}）", ability=ability), *at_pass, _two(target["pass_expected_milli"])))
    return Table(say("不同能力的考生的预计得分"), _head(say, forms, say("难度目标"), say("考生能力")), tuple(rows))


def _uses(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any]) -> Table:
    times = sorted({int(one) for form in forms.values() for one in form["exposure_after"]})
    rows = [
        (say("以往试卷用过的题数"), *(str(form["used_before"]) for form in forms.values()), ""),
        (
            say("以往用过的题次，两卷合计"),
            str(proof["uses_in_earlier_papers"]),
            "",
            say("已证明不能少于{number}", number=proof["least_uses"]),
        ),
    ]
    for number in times:
        counted = (str(form["exposure_after"].get(str(number), 0)) for form in forms.values())
        rows.append((say("启用后累计用过{number}次的题数", number=number), *counted, ""))
    return Table(say("与以往试卷的重复"), _head(say, forms, say("说明")), tuple(rows))


def _head(say: Say, forms: Mapping[str, Any], last: str, first: str = "") -> tuple[str, ...]:
    return (first or say("项目"), *(say("{letter}卷", letter=letter) for letter in forms), last)


def _one(milli: int) -> str:
    return f"{milli / 1000:.1f}"


def _two(milli: int) -> str:
    return f"{milli / 1000:.2f}"


def _ability(milli: int) -> str:
    return f"{milli / 1000:+g}" if milli else "0"


def pdf(found: Sheet) -> bytes:
    """The sheet on paper; the data stays text, whatever it contains."""
    source = (settings.current().templates / "papers" / "proof.typ").read_bytes()
    fonts = [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
    inputs = {"content": json.dumps(asdict(found), ensure_ascii=False)}
    # Its stub wants folders of the same type as the source, which are bytes here.
    made = typst.compile(source, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)  # type: ignore[misc]
    assert isinstance(made, bytes)
    return made
