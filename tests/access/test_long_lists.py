"""Lists that grow for years come in pages of fifty, for programs as on the pages of officers."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from service.access.tables import Tie
from service.kernel import database
from service.kernel.paging import ROWS
from service.oversight.rules.retention import Kept
from service.oversight.tables import Disposal
from tests import world as worlds
from tests.conftest import Browser, application
from tests.world import World

MANY = 2 * ROWS + 3


def add_ties(session: Session, world: World) -> None:
    """Withdrawn ones, of which somebody may have any number."""
    person, one, other = (world.actor(session, who).person_id or 0 for who in ("proctor1", "planner", "auditor"))
    for at in range(MANY):
        session.add(
            Tie(
                person_id=person,
                organisation_id=world.organisations["institution"],
                kind="employed",
                since=date(2020, 1, 1) + timedelta(days=at),
                declared_at=worlds.PREPARED_AT,
                declared_by="account:1",
                withdrawal_reason="登记有误",
                withdrawal_proposed_at=worlds.PREPARED_AT,
                withdrawal_proposed_by=one,
                withdrawn_at=worlds.PREPARED_AT,
                withdrawn_by=other,
            )
        )


def add_disposals(session: Session, world: World) -> None:
    """Decided ones, and the oldest of all waits."""
    one, other = (world.actor(session, who).person_id or 0 for who in ("confirmer", "publisher"))
    for at in range(MANY):
        decided = {"decided_at": worlds.PREPARED_AT, "decided_by": other, "confirmed": True} if at else {}
        session.add(
            Disposal(
                kind=Kept.SESSIONS,
                before=worlds.PREPARED_AT,
                number=at + 1,
                digest="0" * 64,
                proposed_at=worlds.PREPARED_AT,
                proposed_by=one,
                **decided,
            )
        )
        session.flush()


CASES = {
    "ties": ("planner", "/api/v1/ties", "/ties"),
    "disposals": ("confirmer", "/api/v1/retention/disposals", "/retention/disposals"),
}


@pytest.fixture(scope="module")
def filled(standing: World) -> World:
    with database.writing() as session:
        add_ties(session, standing)
        add_disposals(session, standing)
    return standing


@pytest.mark.parametrize(("who", "address", "page"), CASES.values(), ids=CASES)
def test_a_long_list_comes_in_pages(filled: World, who: str, address: str, page: str) -> None:
    client = Browser(application()).of(who)

    replies = [client.get(address, params={"page": number}) for number in (1, 2, 3)]

    assert [len(reply.json()) for reply in replies] == [ROWS, ROWS, MANY - 2 * ROWS]
    assert {(reply.headers["x-total"], reply.headers["x-pages"]) for reply in replies} == {(str(MANY), "3")}
    ids = [one["id"] for reply in replies for one in reply.json()]
    assert len(set(ids)) == MANY, "nothing is left out and nothing comes twice"
    shown = [client.get(page, params={"page": number}).text for number in (1, 3)]
    assert 'rel="next"' in shown[0] and 'rel="next"' not in shown[1] and 'rel="prev"' in shown[1]


def test_what_waits_for_a_decision_comes_before_all_that_is_decided(filled: World) -> None:
    first = Browser(application()).of("confirmer").get("/api/v1/retention/disposals").json()

    assert [one["confirmed"] for one in first[:2]] == [None, True] and first[0]["number"] == 1


def test_ties_and_accounts_are_looked_for_by_name_and_body(filled: World) -> None:
    browser = Browser(application())

    def total(who: str, address: str) -> str:
        return str(browser.of(who).get(address).headers["x-total"])

    place = filled.organisations["institution"]
    assert total("planner", f"/api/v1/ties?text=proctor1&organisation_id={place}") == str(MANY)
    assert total("planner", "/api/v1/ties?text=%25") == "0", "a sign for anything is looked for as it is"
    assert "没有符合条件的申报" in browser.of("planner").get("/ties?text=nobody").text
    accounts = browser.of("administrator").get("/api/v1/accounts?kind=institution").json()
    assert accounts and {one["organisation_kind"] for one in accounts} == {"institution"}
    named = browser.of("administrator").get("/api/v1/accounts?text=PROCTOR1").json()
    assert [one["username"] for one in named] == ["proctor1"]
