"""The proof for an official: as a page and on paper, in either language, with what is sure beside what is believed."""

import copy
import re
from xml.etree import ElementTree

import pytest

from service.kernel import database
from service.papers import queries
from service.papers.actions import others, proof_sheets
from service.papers.actions.proof_sheets import Sheet
from service.papers.rules import blueprint, pictures
from service.papers.tables import Paper
from service.programme.tables import TrainingClass
from tests.conftest import Browser
from tests.world import World

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sheet_of(world: World, tongue: str = "zh", **changed: object) -> Sheet:
    with database.reading() as session:
        paper = session.get_one(Paper, world.paper_id)
        paper.proof = copy.deepcopy(paper.proof) | changed
        row = queries.blueprint_by_id(session, paper.blueprint_id)
        training_class = session.get_one(TrainingClass, paper.class_id)
        beside = others.beside(session, world.actor(session, "approver"), paper)
        return proof_sheets.sheet(paper, training_class, row, blueprint.parse(row.body), beside, tongue)


def test_what_is_sure_stands_beside_what_is_believed(world: World) -> None:
    figures = sheet_of(world, difference_milli=-80, true_low_milli=-2140, true_high_milli=1980).figures

    assert figures == (
        ("0.08", "A卷与B卷预计平均分相差（分）"),
        ("2.1", "考虑难度估计的误差，真实差距有95%的把握不超过（分）"),
    )


def test_a_bank_of_authors_estimates_is_called_one_and_told_what_helps(world: World) -> None:
    notes = sheet_of(world).notes

    assert notes[0].startswith("A卷与B卷预计平均分相差") and "真实差距有95%的把握不超过" in notes[0]
    assert notes[1] == "两卷共100题：0题的难度由考试结果标定，100题只有命题人的估计。"
    assert "用考试结果标定更多试题" in notes[2]
    assert "已证明" in notes[3]


def test_the_tables_say_what_the_proof_says(world: World) -> None:
    found = sheet_of(world)
    overview, by_ability, uses = found.tables
    assert overview.rows[:2] == (("题数", "50", "50", "50"), ("总分", "100", "100", "100"))
    assert ("两卷相同的题", "0", "0", "0") in overview.rows
    assert [row[0] for row in by_ability.rows[:5]] == ["-2", "-1", "0", "+1", "+2"]
    assert uses.rows[0] == ("以往试卷用过的题数", "0", "0", "")
    assert ("启用后累计用过1次的题数", "50", "50", "") in uses.rows
    assert all(len(row) == len(table.head) for table in found.tables for row in table.rows)


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_the_sheet_is_whole_in_either_language(world: World, tongue: str) -> None:
    found = sheet_of(world, tongue)
    said = [
        found.title, *(one for _, one in found.figures), *found.notes, *(chart.caption for chart in found.charts),
        *(word for table in found.tables for word in (table.caption, *table.head, *(row[0] for row in table.rows))),
    ]  # fmt: skip

    assert all(said)
    if tongue == "en":
        assert [one for one in said if CHINESE.search(one)] == []
        assert [chart for chart in found.charts if CHINESE.search(chart.svg)] == []
    pdf = proof_sheets.pdf(found)
    assert pdf.startswith(b"%PDF-") and len(pdf) > 10_000


def test_a_chart_is_well_formed_and_shows_every_number() -> None:
    shown = pictures.bars(["易", "<b>"], {"A": [15, 20], "B": [14, 21]}, "题数")
    texts = [one.text for one in ElementTree.fromstring(shown).iter() if one.tag.endswith("text")]
    assert {"A 15", "A 20", "B 14", "B 21", "易", "<b>", "题数"} <= set(texts)

    shown = pictures.curves([-2000, 0, 2000], [20_000, 60_000, 90_000], {"A": [20_000, 60_000, 90_000]}, "x", "y")
    root = ElementTree.fromstring(shown)
    lines = [one.get("points") for one in root.iter() if one.tag.endswith("polyline")]
    # The form lies on its target.
    assert len(lines) == 2 and lines[0] == lines[1]


def test_whoever_sees_papers_sees_the_proof_and_nobody_else(world: World, browser: Browser) -> None:
    page, pdf = f"/papers/{world.paper_id}/proof", f"/api/v1/papers/{world.paper_id}/proof.pdf"
    for username in ("assembler", "approver", "arranger", "auditor"):
        assert "真实差距有95%的把握不超过" in browser.of(username).get(page).text
        assert browser.of(username).get(pdf).headers["content-type"] == "application/pdf"
    for username in ("institution", "proctor1", "author"):
        assert (browser.of(username).get(page).status_code, browser.of(username).get(pdf).status_code) == (403, 403)
    assert browser.of("auditor").get("/papers/999/proof").status_code == 404
    assert browser.of("auditor").get("/api/v1/papers/999/proof.pdf").status_code == 404
    assert "真实差距有95%的把握不超过" in browser.of("auditor").get(f"/papers/{world.paper_id}").text
