"""The board, its dialogs, the overview, the proctor's day: whole and accessible, in both languages, at all widths."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect
from sqlmodel import Session

from service.sittings.tables import Presence, Seat, Sitting
from tests import world as worlds
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.rooms import PATIENCE, Board, Candidate, begin, in_database
from tests.browser.test_pages import clipped, inaccessible, keep

pytestmark = pytest.mark.browser
SIZES = {**WIDTHS, "upright": (768, 1024)}
# The smallest target for a gloved finger (CSS pixels).
THUMB = 48
TARGETS = "main button, main a, main [type=search], .tab-bar a, .board-chip, dialog[open] button, .tab-choices label"
SEAT_PANELS = ("release", "extra", "pause", "message", "incident", "collect", "terminate")


@pytest.fixture(params=["zh", "en"])
def pages(request: pytest.FixtureRequest, chrome: Browser, server: Server) -> Iterator[Watched]:
    """A context in one language; the test fails on any console error or foreign request."""
    context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.add_cookies([{"name": "peikao_language", "value": request.param, "url": server.url}])
    watching = Watched(context, server)
    yield watching
    context.close()
    assert (watching.errors, watching.foreign) == ([], [])


def small(page: Page) -> list[str]:
    """Visible targets that are smaller than a thumb, in words."""
    found = page.evaluate(
        """([targets, thumb]) => [...document.querySelectorAll(targets)]
          .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < thumb - 0.5)
          .map((one) => `${one.outerHTML.slice(0, 80)} is ${one.getBoundingClientRect().height} px high`)""",
        [TARGETS, THUMB],
    )
    return list(found)


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands, at every width."""
    found = []
    for width, (across, down) in SIZES.items():
        page.set_viewport_size({"width": across, "height": down})
        found += [f"{width}: {fault}" for fault in clipped(page) + small(page)]
        keep(page, f"{name}-{width}-{page.evaluate('document.documentElement.lang')}")
    # Markup is the same in both languages.
    found += inaccessible(page) if page.locator("html[lang^=zh]").count() else []
    return [f"{name}: {fault}" for fault in found]


def busy_room(session: Session, server: Server) -> None:
    """Seats in many states at once: at work, cut off, paused, locked, handed in by a proctor."""
    world, at = server.world, worlds.WORKING_AT
    seats = [session.get_one(Seat, seat_id) for seat_id in world.seats]
    for seat in seats[1:5]:
        seat.started_at = at
    seats[0].failed_attempts = 5
    seats[2].paused_at = at
    seats[3].handed_in_at, seats[3].handed_in_by, seats[3].sheet_digest = at, "proctor", "0" * 64
    for seat, silence in ((seats[1], 0), (seats[2], 0), (seats[4], 300)):
        seen = at - timedelta(seconds=silence)
        session.add(Presence(sitting_id=world.sitting_id, seat_id=seat.id, seen_at=seen, leavings=2, waiting=1))
    session.add_all(seats)


def test_the_board_in_many_states_and_every_panel_is_whole(pages: Watched, server: Server) -> None:
    begin(server)
    in_database(server, lambda session: busy_room(session, server))
    board = Board.of(pages, server)
    page, working = board.page, server.world.seats[1]
    expect(board.seat(working)).to_have_attribute("data-state", "working", timeout=PATIENCE)
    faults = look(page, "board")
    states = page.evaluate("[...document.querySelectorAll('[data-seat-id]')].map((one) => one.dataset.state)")
    assert set(states) == {"admitted", "working", "paused", "handed_in"}

    board.seat(working).locator("[data-seat]").click()
    faults += look(page, "choose")
    for name in SEAT_PANELS:
        page.click(f"[data-panel=choose] [data-go={name}]")
        if board.panel(name).locator("[name=cause]").count():
            board.panel(name).locator("[name=cause]").nth(1).check()
        faults += look(page, name)
        board.submit(board.panel(name))
        page.locator(f"[data-panel={name}]:visible [data-back], [data-panel=collect-sure]:visible [data-back]").click()
    page.click("[data-act-dialog] [data-close]")

    for name, seat_id in (("resume", server.world.seats[2]), ("release", server.world.seats[0])):
        board.seat(seat_id).locator("[data-next]").click()
        faults += look(page, f"next-{name}")
        page.click("[data-act-dialog] [data-close]")
    assert faults == []


@pytest.mark.parametrize("state", ["paused", "cut", "rehearsal", "ended", "early"])
def test_the_board_of_a_room_that_is(pages: Watched, server: Server, state: str) -> None:
    begin(server)
    moments = {"ended": worlds.AFTER, "early": worlds.STARTS_AT - timedelta(hours=2)}
    server.set_clock(moments.get(state, worlds.WORKING_AT))

    def change(session: Session) -> None:
        sitting = session.get_one(Sitting, server.world.sitting_id)
        if state == "paused":
            sitting.paused_at = worlds.WORKING_AT
        for seat_id in server.world.seats[:3] if state == "cut" else ():
            session.get_one(Seat, seat_id).started_at = worlds.STARTS_AT
            seen = worlds.STARTS_AT + timedelta(minutes=1)
            session.add(Presence(sitting_id=sitting.id or 0, seat_id=seat_id, seen_at=seen))
        if state == "rehearsal":
            sitting.rehearsal, sitting.form_id = True, None
        session.add(sitting)

    in_database(server, change)
    board = Board.of(pages, server)
    told = {
        "paused": "[data-paused]",
        "cut": "[data-cut]",
        "rehearsal": ".board-rehearsal",
        "ended": "[data-record]",
        "early": "[data-opening]",
    }
    expect(board.page.locator(told[state])).to_be_visible(timeout=PATIENCE)
    assert look(board.page, f"board-{state}") == []


def test_the_proctors_day_says_what_comes_next(pages: Watched, server: Server) -> None:
    page = pages.sign_in("proctor1")
    primary = []
    for at in (worlds.CHECK_IN_AT, worlds.OPENING_AT, worlds.WORKING_AT, worlds.AFTER):
        server.set_clock(at)
        if at == worlds.WORKING_AT:
            in_database(server, lambda session: worlds.begin_exam(session, server.world))
        page.goto(f"{server.url}/proctor")
        assert look(page, "proctor") == []
        primary.append(str(page.locator(".tab-sitting .tab-primary").get_attribute("href")).rpartition("/")[2])
    sitting = str(server.world.sitting_id)
    assert primary == ["check-in", f"{sitting}#opening", sitting, "record"]


def test_the_days_overview_shows_rooms_and_what_needs_somebody_and_keeps_up_by_itself(
    pages: Watched, server: Server, playwright: Playwright
) -> None:
    world = server.world
    page = pages.sign_in("arranger")
    server.set_clock(worlds.OPENING_AT)
    page.goto(f"{server.url}/exam-day")
    room = page.locator(f"[data-sitting='{world.sitting_id}']")
    expect(room).to_have_attribute("data-tone", "wait", timeout=PATIENCE)
    expect(page.locator("[data-needs] li")).to_have_count(1)

    begin(server, absent=1)
    expect(room.locator("[data-slot=seal]")).to_have_attribute("data-hands", "2", timeout=PATIENCE)
    candidate = Candidate(playwright, server, world.seats[0])
    candidate.start()
    candidate.beat()
    server.set_clock(worlds.WORKING_AT + timedelta(minutes=5))
    expect(room).to_have_attribute("data-tone", "bad", timeout=PATIENCE)
    expect(page.locator("[data-sum=lost]")).to_have_text("1")
    expect(page.locator("[data-sum=present]")).to_have_text("5")
    assert look(page, "exam-day") == []

    page.goto(f"{server.url}/exam-day?day=2026-12-24")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=PATIENCE)
    assert look(page, "exam-day-empty") == []


@pytest.mark.parametrize(("username", "status"), [("auditor", 200), ("proctor1", 404), ("institution", 403)])
def test_the_days_overview_is_for_those_who_see_all_sittings(
    watched: Watched, server: Server, username: str, status: int
) -> None:
    reply = watched.sign_in(username).goto(f"{server.url}/exam-day")
    assert reply is not None and reply.status == status
