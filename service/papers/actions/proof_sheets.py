"""The proof of a paper in words for an official: one content for the page and for the PDF, in either language."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from service.access.rules.people import ROLE_NAMES
from service.kernel import language, settings
from service.papers.actions import proof_tables as tables
from service.papers.actions.others import Others
from service.papers.actions.proof_tables import Say, Table
from service.papers.rules import pictures
from service.papers.rules.blueprint import BAND_NAMES, Blueprint
from service.papers.rules.measures import ABILITIES
from service.papers.rules.others import Spread
from service.papers.tables import Blueprint as BlueprintRow
from service.papers.tables import Paper
from service.programme.tables import TrainingClass


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


def sheet(
    paper: Paper, training_class: TrainingClass, row: BlueprintRow, plan: Blueprint, beside: Others, tongue: str
) -> Sheet:
    """The proof of a paper in words; ``beside`` is what can be said of it beside the other papers."""

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
            (tables.two(abs(proof["difference_milli"])), say("A卷与B卷预计平均分相差（分）")),
            (tables.one(reach), say("考虑难度估计的误差，真实差距有95%的把握不超过（分）")),
        ),
        notes=(
            _in_a_sentence(say, proof["difference_milli"], reach),
            *_notes(say, forms, proof),
            *_spread(say, beside.spread),
        ),
        charts=_charts(say, forms, proof),
        tables=(
            tables.overview(say, forms, proof, plan),
            tables.by_ability(say, forms, proof),
            tables.uses(say, forms, proof),
            *tables.others(say, beside),
        ),
    )


def _in_a_sentence(say: Say, difference: int, reach: int) -> str:
    """Both figures in one sentence, so that nobody quotes the believed one alone."""
    return say(
        "A卷与B卷预计平均分相差{believed}分；考虑难度估计的误差，真实差距有95%的把握不超过{reach}分。",
        believed=tables.two(abs(difference)),
        reach=tables.one(reach),
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


def _spread(say: Say, spread: Spread) -> list[str]:
    """Two classes sit two papers: what holds between all of them, believed and sure in one sentence."""
    if spread.papers < 2:
        return []
    return [
        say(
            "同一组卷方案的{papers}份试卷共{forms}卷，预计平均分最多相差{believed}分；考虑难度估计的误差，"
            "其中任意两卷的真实差距有95%的把握不超过{reach}分。",
            papers=spread.papers,
            forms=spread.forms,
            believed=tables.two(spread.believed_milli),
            reach=tables.one(spread.reach_milli),
        )
    ]


def pdf(found: Sheet) -> bytes:
    """The sheet on paper; the data stays text, whatever it contains."""
    source = (settings.current().templates / "papers" / "proof.typ").read_bytes()
    fonts = [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
    inputs = {"content": json.dumps(asdict(found), ensure_ascii=False)}
    # Its stub wants folders of the same type as the source, which are bytes here.
    made = typst.compile(source, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)  # type: ignore[misc]
    assert isinstance(made, bytes)
    return made
