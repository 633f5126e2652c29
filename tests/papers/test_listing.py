"""The list of papers: narrowed, exported, and what was opened outside the usual way, for those who may know."""

import csv
import io
from datetime import timedelta

import pytest
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.kernel import database
from service.papers.actions import breaking
from service.papers.rules.states import Form
from tests import world as worlds
from tests.access.exports import exported
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.papers.test_life import assemble
from tests.world import PREPARED_AT, STARTS_AT, World

AT = STARTS_AT - timedelta(hours=1)


@pytest.fixture
def two(world: World, clock: Clock) -> World:
    """The world's sealed paper, and another class's that waits for approval."""
    clock.set(PREPARED_AT)
    with database.writing() as session:
        other = open_class(session, world, Wanted("2025-TL-09", plan_year=2025))
        other.paper_id = assemble(session, other).id or 0
    return other


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["2025-TL-09", "2024-TL-01"]),
        ("?role=team_leader&state=&plan_year=&text=", ["2025-TL-09", "2024-TL-01"]),
        ("?role=safety_officer", []),
        ("?state=sealed", ["2024-TL-01"]),
        ("?plan_year=2025", ["2025-TL-09"]),
        ("?text=tl-09", ["2025-TL-09"]),
        ("?text=2024年班组长", ["2024-TL-01"]),
        ("?state=assembled&plan_year=2024", []),
    ],
)
def test_papers_are_found_by_role_state_year_and_words(
    two: World, browser: Browser, query: str, codes: list[str]
) -> None:
    client = browser.of("approver")
    page = client.get(f"/papers{query}").text
    table = page[page.find("试卷列表") : page.find("</table>")] if "试卷列表" in page else ""
    rows = list(csv.reader(io.StringIO(client.get(f"/api/v1/papers.csv{query}").content.decode("utf-8-sig"))))

    assert [row[1] for row in rows[1:]] == codes
    assert [code for code in ("2025-TL-09", "2024-TL-01") if code in table] == codes
    assert len(client.get(f"/api/v1/papers{query}").json()) == len(codes)


def test_the_file_says_who_did_what_and_both_figures_of_the_proof(two: World, browser: Browser) -> None:
    content = browser.of("auditor").get("/api/v1/papers.csv?state=sealed", headers={"Accept-Language": "en"}).content
    assert exported(two, "auditor", content) == [("papers", "papers", 1, "csv")]
    head, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    said = dict(zip(head, row, strict=True))

    assert (said["Class"], said["Blueprint version"]) == ("2024-TL-01", "1")
    assert (said["Assembled by"], said["Decided by"], said["Sealed by"]) == ("assembler", "approver", "approver")
    assert (said["Seal"], said["Form A opened"]) == ("2026-11-18 09:00", "")
    believed, adjusted = (float(said[name]) for name in head if "points" in name)
    assert believed < adjusted


def test_questions_nobody_can_mean_are_refused_and_strangers_see_nothing(two: World, browser: Browser) -> None:
    for query in ("?role=cook", "?state=burnt", "?plan_year=1", f"?text={'x' * 101}"):
        assert browser.of("approver").get(f"/papers{query}").status_code == 422
        assert browser.of("approver").get(f"/api/v1/papers.csv{query}").status_code == 422
    for username in ("institution", "author", "proctor1"):
        assert browser.of(username).get("/papers").status_code == 403
        assert browser.of(username).get("/api/v1/papers.csv").json()["code"] == "right_missing"


def break_open(session: Session, world: World, username: str, letter: Form, reason: str) -> None:
    custodian = world.actor(session, username)
    breaking.break_open(session, custodian, world.paper_id, letter, reason, worlds.hand(session, custodian), now=AT)


def test_every_opening_outside_the_usual_way_is_listed_finished_or_not(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(AT)
    auditor = browser.of("auditor")
    assert auditor.get("/api/v1/papers/break-glass").json() == []
    assert "没有应急启封" in auditor.get("/papers/break-glass").text
    with database.writing() as session:
        break_open(session, world, "custodian1", Form.A, "监考员受阻")
        break_open(session, world, "custodian2", Form.A, "监考员受阻")
        break_open(session, world, "custodian1", Form.B, "备用卷送错考点")

    listed = auditor.get("/api/v1/papers/break-glass").json()

    assert [(one["letter"], one["reason"], one["first"], one["second"]) for one in listed] == [
        ("B", "备用卷送错考点", "custodian1", ""),
        ("A", "监考员受阻", "custodian1", "custodian2"),
    ]
    assert [one["opened_at"] is not None for one in listed] == [False, True]
    page = browser.of("approver").get("/papers/break-glass").text
    assert (page.count("没有完成"), "备用卷送错考点" in page) == (1, True)
    for username in ("assembler", "institution", "custodian1"):
        assert browser.of(username).get("/papers/break-glass").status_code == 403
        assert browser.of(username).get("/api/v1/papers/break-glass").json()["code"] == "right_missing"


def test_roles_without_a_paper_are_no_fault(two: World, browser: Browser) -> None:
    for role in TraineeRole:
        assert browser.of("assembler").get(f"/papers?role={role}").status_code == 200
