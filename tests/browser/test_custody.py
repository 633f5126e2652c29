"""Papers in the hands of two: the pages of custody, switching and printing, and a candidate whose room is switched."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from service.papers.rules.states import Form
from service.sittings.actions import breaking, paper_prints, switching
from service.sittings.actions.switching import Draft
from service.sittings.rules.switching import SwitchReason
from tests import world as worlds
from tests.browser.candidates import PATIENCE, act, beat, begin, choose, now, saving, shown, sit, stored
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import keep, look
from tests.world import PASSWORD, STARTS_AT, World

pytestmark = pytest.mark.browser
AT = STARTS_AT - timedelta(hours=1)
LEAK = Draft(SwitchReason.LEAK, "考场外有人传题")
# What each user sees before anybody has begun anything, and while first hands wait for second ones.
QUIET = {
    "custodian1": ["/papers/{paper}", "/papers/{paper}/prints", "/sittings/{sitting}/paper-prints"],
    "proctor1": ["/sittings/{sitting}/switch", "/sittings/switches", "/sittings/{sitting}/paper-prints"],
    "auditor": ["/papers/{paper}/seen"],
}
WAITING = {
    "custodian2": ["/papers/{paper}", "/sittings/{sitting}/paper-prints"],
    "proctor2": ["/sittings/{sitting}/switch"],
    "approver": ["/sittings/switches", "/sittings/{sitting}/switch", "/papers/{paper}/seen"],
    "arranger": ["/sittings/{sitting}/switch"],
}


def first_hands(session: Session, world: World) -> None:
    """One custodian has begun to break the paper open and to print it, and one proctor has proposed a switch."""
    custodian = world.actor(session, "custodian1")
    hand = worlds.hand(session, custodian)
    reason = "两名监考员途中受阻"
    breaking.break_open(session, custodian, world.paper_id, Form.A, reason, hand, now=AT)
    prepared = paper_prints.prepare(session, custodian, world.sitting_id, 4, PASSWORD, now=AT)
    paper_prints.lay(session, custodian, world.sitting_id, prepared, now=AT)
    switching.propose(session, world.actor(session, "proctor1"), world.sitting_id, LEAK, now=AT)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_two_hands_are_whole(chrome: Browser, server: Server, language: str) -> None:
    server.set_clock(AT)
    faults = look_at(chrome, server, QUIET, "quiet", language)
    act(server, lambda session: first_hands(session, server.world))
    assert faults | look_at(chrome, server, WAITING, "waiting", language) == {}


def look_at(
    chrome: Browser, server: Server, pages: dict[str, list[str]], stage: str, language: str
) -> dict[str, list[str]]:
    ids = {"paper": server.world.paper_id, "sitting": server.world.sitting_id}
    faults: dict[str, list[str]] = {}
    for username, addresses in pages.items():
        paths = [address.format(**ids) for address in addresses]
        faults |= look(chrome, server, username, paths, language, prefix=f"custody-{stage}-")
    return faults


def options(page: Page) -> list[tuple[str, str]]:
    """(label, letter of the paper) of the question on the screen, in the order shown."""
    cards = page.locator(".exam-question:visible .exam-option")
    return [
        (cards.nth(place).locator(".exam-letter").inner_text(), cards.nth(place).locator("input").input_value())
        for place in range(cards.count())
    ]


def test_options_are_named_by_place_and_saved_by_the_papers_letters(watched: Watched, server: Server) -> None:
    world = begin(server)
    page = watched.page()
    sit(page, server, world.seats[0])
    while (seen := options(page)) == sorted(seen, key=lambda one: one[1]):
        page.keyboard.press("ArrowRight")
    assert [label for label, _ in seen] == list("ABCD")
    assert sorted(letter for _, letter in seen) == list("ABCD")

    page.keyboard.press("b")
    saving(page, "saved")

    assert [choice for _, choice, _ in stored(server, world.seats[0])] == [seen[1][1]]
    page.reload()
    shown(page, "paper")
    assert options(page) == seen, "a reload shows the same order"


def test_several_ticks_are_saved_in_the_papers_order(watched: Watched, server: Server) -> None:
    world = begin(server)
    page = watched.page()
    sit(page, server, world.seats[1])
    many = page.locator(".exam-question:visible input[type=checkbox]")
    while many.count() == 0 or (seen := options(page)) == sorted(seen, key=lambda one: one[1]):
        page.keyboard.press("ArrowRight")
    for place in (3, 0, 2):
        choose(page, place)
    saving(page, "saved")

    assert [choice for _, choice, _ in stored(server, world.seats[1])] == [
        "".join(sorted(seen[place][1] for place in (3, 0, 2)))
    ]


def test_a_switched_room_puts_the_old_paper_away_and_begins_the_new_one(watched: Watched, server: Server) -> None:
    world = begin(server)
    seat_id = world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    choose(page)
    saving(page, "saved")
    assert len(stored(server, seat_id)) == 1

    def switch(session: Session) -> None:
        made = switching.propose(session, world.actor(session, "proctor1"), world.sitting_id, LEAK, now=now(server))
        switching.decide(session, world.actor(session, "approver"), made.id or 0, accept=True, now=now(server))

    act(server, switch)
    beat(page)
    shown(page, "waiting")
    expect(page.locator("[data-notices]")).to_contain_text("已经换用B卷", timeout=PATIENCE)
    keep(page, "custody-switched-waiting")
    assert stored(server, seat_id) == []

    def open_by_both(session: Session) -> None:
        for username in ("proctor1", "proctor2"):
            worlds.open_paper(session, world.actor(session, username), world.sitting_id, now=now(server))

    act(server, open_by_both)
    beat(page)
    shown(page, "paper")
    expect(page.locator(".exam-question:visible input:checked")).to_have_count(0)
    choose(page, 1)
    saving(page, "saved")
    assert [seq for _, _, seq in stored(server, seat_id)] == [1]
    keep(page, "custody-switched-working")
