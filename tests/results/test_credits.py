"""Credits for the register of safety training: a feed that tells everything once and in order, and exports."""

import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from service.kernel import database, errors
from service.results.rules import Verdict
from service.results.rules import credits as rules
from service.results.rules.credits import Change, Position
from tests.conftest import Browser
from tests.results import test_voiding as voided
from tests.results.test_voiding import Room, room

__all__ = ["room"]


@pytest.mark.parametrize("text", ["x", "1", "1-", "-1-2", "1-2-3", "１-２", "9" * 10 + "-1"])
def test_only_our_own_places_are_taken(text: str) -> None:
    assert rules.position(str(Position(3, 4))) == Position(3, 4)
    assert rules.position("") == Position()
    with pytest.raises(errors.Malformed):
        rules.position(text)


def test_what_a_version_did_to_a_credit() -> None:
    assert rules.change(Verdict.PASSED, posted=True) is Change.GRANTED
    assert rules.change(Verdict.PASSED, posted=False) is Change.RESTORED
    assert rules.change(Verdict.VOID, posted=False) is Change.REVERSED
    assert [rules.retraining(15, percent) for percent in (0, 50, 100)] == [0, 7, 15]


def follow(browser: Browser, after: str, limit: int = 100) -> dict[str, Any]:
    reply = browser.of("planner").get(f"/api/v1/credits/events?after={after}&limit={limit}")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_the_feed_tells_what_was_granted_reversed_and_restored(room: Room, browser: Browser) -> None:
    assert follow(browser, "") == {"events": [], "next": "0-0", "more": False}
    with database.writing() as session:
        voided.decide(session, room, voided.propose(session, room), uphold=False)
        voided.publish(session, room)

    first = follow(browser, "0-0", 1)
    second = follow(browser, first["next"], 1)
    assert (first["more"], second["more"]) == (True, False)
    granted = [*first["events"], *second["events"]]
    assert [one["change"] for one in granted] == ["granted", "granted"]
    assert len({one["credit"]["certificate"] for one in granted}) == 2
    assert {(one["credit"]["hours"], one["credit"]["retraining_hours"]) for one in granted} == {(20, 20)}
    assert follow(browser, second["next"]) == {"events": [], "next": second["next"], "more": False}

    with database.writing() as session:
        voided.void(session, room)
    with database.writing() as session:
        voided.void(session, room, voided.VALID)
    later = follow(browser, second["next"])
    assert [one["change"] for one in later["events"]] == ["reversed", "restored"]
    assert len({one["credit"]["certificate"] for one in later["events"]}) == 1
    assert follow(browser, "")["events"] == [*granted, *later["events"]], "and from the beginning the same"


def test_what_stands_is_exported_and_a_reversed_credit_is_not(room: Room, browser: Browser) -> None:
    with database.writing() as session:
        voided.decide(session, room, voided.propose(session, room), uphold=False)
        voided.publish(session, room)
    planner = browser.of("planner")
    both = planner.get("/api/v1/credits?year=2024").json()["credits"]
    assert len(both) == 2
    with database.writing() as session:
        voided.void(session, room)

    (left,) = planner.get("/api/v1/credits?year=2024").json()["credits"]
    assert left in both
    assert planner.get("/api/v1/credits?year=2025").json() == {
        "plan_year": 2025,
        "from_elsewhere": 0,
        "left_out": 0,
        "credits": [],
    }
    sheet = planner.get("/api/v1/credits.xlsx?year=2024")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert (rows[1][0], rows[1][-1], rows[2][4:6]) == (left["name"], left["certificate"], [20, 20])

    for path in ("/credits/events", "/credits?year=2024", "/credits.xlsx?year=2024"):
        for who in ("institution", "enterprise", "confirmer"):
            assert browser.of(who).get(f"/api/v1{path}").status_code == 403
        assert browser.stranger().get(f"/api/v1{path}").status_code == 401
    assert planner.get("/api/v1/credits/events?after=x").status_code == 422


@pytest.mark.parametrize(
    ("who", "shown"),
    [("planner", True), ("statistician", True), ("auditor", True), ("confirmer", False), ("enterprise", False)],
)
def test_the_results_page_leads_to_the_exports_for_those_who_hold_the_right(
    room: Room, browser: Browser, who: str, shown: bool
) -> None:
    client = browser.of(who)
    page = client.get("/results").text

    links = ("/api/v1/credits.xlsx?year=2024", "/api/v1/credits?year=2024")
    assert [f'href="{link}"' in page for link in links] == [shown] * 2
    assert ("/api/v1/credits/events</code>" in page) is shown
    assert [client.get(link).status_code for link in links] == [200 if shown else 403] * 2
