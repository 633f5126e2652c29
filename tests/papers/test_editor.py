"""Drafting a blueprint in the browser: the table filled from a version, and what is said of it while it is typed."""

import re
from copy import deepcopy
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.kernel import database
from service.papers import queries
from service.papers.rules import blueprint
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import PREPARED_AT, World

ROLE, PATH = TraineeRole.TEAM_LEADER, "/api/v1/papers/blueprints"
EDITOR = f"/papers/blueprints/new?role={ROLE}"
CELL = re.compile(r'name="cell:([\w-]+):(\w+)" value="(\d*)"[^>]* data-have="(\d+)"')


@pytest.fixture
def assembler(world: World, browser: Browser, clock: Clock) -> TestClient:
    clock.set(PREPARED_AT)
    return browser.of("assembler")


def held(session: Session) -> dict[str, Any]:
    found = queries.blueprint(session, ROLE)
    assert found is not None
    return deepcopy(found.body)


def in_force(change: dict[str, Any] | None = None) -> dict[str, Any]:
    with database.reading() as session:
        return held(session) | (change or {})


def cells_on(page: str) -> dict[tuple[str, str], tuple[str, int]]:
    return {(regulation, kind): (value, int(have)) for regulation, kind, value, have in CELL.findall(page)}


def test_the_table_is_filled_from_the_version_in_force_with_the_banks_stock_beside_each_cell(
    assembler: TestClient,
) -> None:
    parsed = blueprint.parse(in_force())
    page = assembler.get(EDITOR).text
    check = assembler.post(f"{PATH}/checks", json=in_force()).json()
    stock = {(one["regulation"], one["kind"]): one["available"] for one in check["cells"]}

    found = cells_on(page)

    assert {cell: int(value) for cell, (value, _) in found.items() if value} == dict(parsed.cells)
    assert {cell: have for cell, (_, have) in found.items() if have} == stock
    assert stock["work-injury-insurance-regulations", "single"] == 23
    # What the bank has for the role and the blueprint does not ask for can be asked for, too.
    assert set(found) - set(parsed.cells)


def test_an_empty_table_and_another_version_can_be_begun_from(assembler: TestClient) -> None:
    drafted = assembler.put(PATH, json=in_force({"pass_points": 75})).json()

    empty = assembler.get(f"{EDITOR}&base=0").text
    assert [value for value, _ in cells_on(empty).values() if value] == []
    assert 'name="pass_points" value="80"' in empty
    assert 'name="pass_points" value="80"' in assembler.get(EDITOR).text
    waiting = assembler.get(f"{EDITOR}&base={drafted['id']}").text
    assert 'name="pass_points" value="75"' in waiting
    assert "第2版正在等待审批" in waiting
    others = [one["id"] for one in assembler.get(PATH).json() if one["role"] != ROLE]
    assert [assembler.get(f"{EDITOR}&base={one}").status_code for one in (others[0], 999)] == [404, 404]
    assert [assembler.get(f"/papers/blueprints/new{one}").status_code for one in ("", "?role=cook")] == [422, 422]


def test_a_check_says_sums_faults_at_their_fields_and_what_would_change(assembler: TestClient) -> None:
    raw = in_force({"pass_points": 0, "exposure_cap": 2, "must_include": [{"codes": ["XX-1"], "least": 1}]})
    raw["cells"]["work-safety-law"]["single"] += 1

    found = assembler.post(f"{PATH}/checks", json=raw).json()

    assert (found["items"], found["points"], found["forms"], found["compared_with"]) == (51, 102, 2, 1)
    assert found["faults"] == [
        {"field": "points", "sentence": "总分应为100分，现为102分"},
        {"field": "pass_points", "sentence": "合格分应在1至100之间"},
        {"field": "must_include.0", "sentence": "题库中没有这些试题：XX-1"},
    ]
    single = in_force()["cells"]["work-safety-law"]["single"]
    assert found["changes"] == [
        {
            "setting": "法规与题型 · 中华人民共和国安全生产法 × 单选题",
            "before": str(single),
            "after": str(single + 1),
        },
        {"setting": "必选组 · XX-1", "before": "–", "after": "1"},
        {"setting": "合格分", "before": "80", "after": "0"},
        {"setting": "每题使用次数上限", "before": "不限", "after": "2"},
    ]
    assert assembler.post(f"{PATH}/checks", json=in_force()).json()["changes"] == []


def test_a_check_speaks_the_readers_language(assembler: TestClient) -> None:
    raw = in_force({"shuffle": {"items": False}, "regulations": {"work-safety-law": [1, 2]}})

    found = assembler.post(f"{PATH}/checks", json=raw, headers={"Accept-Language": "en"}).json()

    assert [one["sentence"] for one in found["faults"]] == [
        "regulation “Work Safety Law of the People's Republic of China” has 8 items by kind, not from 1 to 2"
    ]
    assert [(one["setting"], one["before"], one["after"]) for one in found["changes"]] == [
        ("Ranges · Regulation Work Safety Law of the People's Republic of China", "–", "1–2"),
        ("Shuffled for each candidate", "shuffled / shuffled", "as they stand / shuffled"),
    ]


def test_the_stock_keeps_the_cap_and_the_rest_and_counts_what_every_waiting_class_needs(
    world: World, assembler: TestClient
) -> None:
    with database.writing() as session:
        open_class(session, world, Wanted("2024-TL-02"))
        open_class(session, world, Wanted("2024-TL-03", first_number=120))
    free = assembler.post(f"{PATH}/checks", json=in_force()).json()
    capped = assembler.post(f"{PATH}/checks", json=in_force({"exposure_cap": 1})).json()

    assert (free["forms"], capped["forms"]) == (4, 4)
    # The world's paper is sealed: each of its 2 × 50 items was used once.
    assert sum(one["available"] for one in free["cells"]) - sum(one["available"] for one in capped["cells"]) == 100
    # The world's exam is two days from now.
    rested = [assembler.post(f"{PATH}/checks", json=in_force({"rest_days": days})).json() for days in (2, 3)]
    assert [sum(one["available"] for one in free["cells"]) - sum(one["available"] for one in found["cells"])
            for found in rested] == [0, 100]  # fmt: skip
    apply = [one["available"] for one in free["values"] if (one["axis"], one["value"]) == ("level", "apply")]
    assert len(apply) == 1 and apply[0] > 0


def test_a_check_keeps_nothing_and_is_the_assemblers_alone(assembler: TestClient, browser: Browser) -> None:
    before = assembler.get(PATH).json()
    assert assembler.post(f"{PATH}/checks", json=in_force({"pass_points": 60})).json()["changes"] != []
    assert assembler.get(PATH).json() == before
    assert assembler.post(f"{PATH}/checks", json={}).json()["code"] == "blueprint_unreadable"
    for username in ("approver", "institution", "author", "arranger"):
        client = browser.of(username)
        assert client.post(f"{PATH}/checks", json=in_force()).json()["code"] == "right_missing"
        assert client.get(EDITOR).status_code == 403
    assert browser.stranger().get(EDITOR).status_code == 303
