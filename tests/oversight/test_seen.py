"""Who has seen a paper before it was opened: from the journal, with times and names, for approvers and auditors."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session

from service.kernel import database
from service.papers.actions import judging
from service.papers.rules.states import Form
from tests import world as worlds
from tests.conftest import Browser
from tests.papers.classes import Wanted, open_class
from tests.papers.test_life import assemble, judge, seal
from tests.world import OPENING_AT, PREPARED_AT, World


def a_sealed_paper(session: Session, world: World) -> int:
    """A paper that the approver has read twice before sealing it."""
    other = open_class(session, world, Wanted("2024-TL-02"))
    paper = assemble(session, other)
    approver = world.actor(session, "approver")
    for letter, minutes in ((Form.A, 1), (Form.B, 2)):
        at = PREPARED_AT + timedelta(minutes=minutes)
        judging.read_form(session, approver, paper.id or 0, letter, now=at)
    judge(session, other, paper, approve=True)
    seal(session, other, paper)
    return paper.id or 0


def events(text: str) -> list[str]:
    """The second column of the table of steps."""
    rows = re.findall(r"<tr><td class=\"nowrap\">.*?</td><td>(.*?)</td>", text)
    return [str(row) for row in rows]


def test_every_step_until_the_opening_is_there_with_names_and_the_makers_as_numbers(
    world: World, browser: Browser
) -> None:
    with database.writing() as session:
        paper_id = a_sealed_paper(session, world)

    for username in ("approver", "auditor"):
        text = browser.of(username).get(f"/papers/{paper_id}/seen").text
        assert events(text) == ["组卷", "查看未封卷的试卷", "查看未封卷的试卷", "试卷审批通过", "封卷"]
        assert "approver</strong> · 市应急管理局 · 2次" in text
        assert "由1人命题、1人审题" in text
        assert re.search(r"\b(author|reviewer)\b", text) is None, "their names stay with the bank"


@pytest.mark.parametrize("username", ["assembler", "arranger", "proctor1", "custodian1", "institution", "author"])
def test_it_is_shown_to_nobody_else(world: World, browser: Browser, username: str) -> None:
    path = f"/papers/{world.paper_id}/seen"
    assert browser.of("auditor").get(path).status_code == 200
    assert browser.of(username).get(path).status_code == 403


def test_refused_openings_are_there_and_what_follows_the_opening_is_not(world: World, browser: Browser) -> None:
    with database.writing() as session:
        early = OPENING_AT - timedelta(hours=3)
        worlds.open_paper(session, world.actor(session, "proctor1"), world.sitting_id, now=early)
        for username in ("proctor1", "proctor2"):
            worlds.open_paper(session, world.actor(session, username), world.sitting_id)
        later = OPENING_AT + timedelta(minutes=5)
        worlds.open_paper(session, world.actor(session, "proctor1"), world.sitting_id, now=later)

    text = browser.of("auditor").get(f"/papers/{world.paper_id}/seen").text

    assert events(text)[-3:] == ["尝试启封", "尝试启封", "启封"]
    assert "未到启封时间，未成功" in text and "启封成功" in text
    assert browser.of("auditor").get("/papers/999/seen").status_code == 404
