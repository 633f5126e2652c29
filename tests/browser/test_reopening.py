"""A sheet collected from the wrong seat is opened again by two proctors, and its candidate goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import world as worlds
from tests.browser.candidates import begin, choose, saving, seat_of, shown, sign_in, sit, stored
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.rooms import PATIENCE, Board
from tests.browser.test_pages import clipped, inaccessible, keep

pytestmark = pytest.mark.browser
NOTE = "收错了座位，应收邻座"


@pytest.fixture
def another(chrome: Browser, server: Server) -> Callable[[], Watched]:
    """Opens one more browser, of one more person."""
    return lambda: Watched(chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai"), server)


def whole(page: Page, name: str) -> None:
    """The page at every width: kept as a picture for whoever wants one, nothing cut off, and open to everybody."""
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        keep(page, f"reopening-{name}-{width}")
        assert clipped(page) == [], (name, width)
    assert inaccessible(page) == [], name


def test_two_proctors_open_a_sheet_again_and_its_candidate_goes_on_where_it_was(
    watched: Watched, another: Callable[[], Watched], server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    first, second, machine = watched, another(), another()
    candidate = machine.page()
    sit(candidate, server, seat_id)
    choose(candidate)
    saving(candidate, "saved")
    before = stored(server, seat_id)

    board = Board.of(first, server)
    expect(board.seat(seat_id)).to_have_attribute("data-state", "working", timeout=PATIENCE)
    board.submit(board.seat_panel(seat_id, "collect"))
    board.submit(board.panel("collect-sure"))
    expect(board.seat(seat_id)).to_have_attribute("data-state", "handed_in", timeout=PATIENCE)
    shown(candidate, "collected")
    whole(candidate, "collected")

    board.page.get_by_role("button", name="重新开启答卷").click()
    page = board.page
    page.get_by_text("提出重新开启", exact=True).first.click()
    whole(page, "propose")
    page.get_by_label("收错了座位").check()
    page.get_by_label("发生了什么").fill(NOTE)
    page.get_by_label("收卷以后考生离开考场多少分钟").fill("0")
    page.get_by_role("button", name="提出重新开启").click()
    expect(page.locator("[data-reopening]")).to_contain_text(NOTE, timeout=PATIENCE)
    # Who proposed it cannot confirm it, and is told so.
    expect(page.locator("[data-reopening]").get_by_role("button", name="确认重新开启")).to_be_disabled()
    whole(page, "proposed")

    other = Board.of(second, server, "proctor2")
    expect(other.seat(seat_id)).to_contain_text("等待确认重新开启", timeout=PATIENCE)
    for width, (across, down) in WIDTHS.items():
        other.page.set_viewport_size({"width": across, "height": down})
        keep(other.page, f"reopening-board-{width}")
    other.seat(seat_id).locator("[data-next]").click()
    other.page.wait_for_url("**/results/reopenings/*")
    whole(other.page, "confirm")
    other.page.locator("[data-reopening]").get_by_role("button", name="确认重新开启").click()
    other.page.click("#ask [data-answer=yes]")
    expect(other.page.locator("[data-reopening]")).to_contain_text("已重新开启", timeout=PATIENCE)
    whole(other.page, "reopened")
    assert seat_of(server, seat_id).handed_in_at is None

    other.page.goto(f"{server.url}/proctor/sittings/{server.world.sitting_id}")
    expect(other.seat(seat_id).locator("[data-next]")).to_have_text("请考生重新登录", timeout=PATIENCE)
    keep(other.page, "reopening-board-sign-in-again")
    candidate.locator("[data-screen=collected]").get_by_role("link", name="回到考生登录页").click()
    sign_in(candidate, server, seat_id)
    shown(candidate, "paper")
    keep(candidate, "reopening-candidate-goes-on")
    assert stored(server, seat_id) == before
    server.set_clock(worlds.WORKING_AT + timedelta(minutes=2))
    choose(candidate, 1)
    saving(candidate, "saved")
    assert stored(server, seat_id) != before
    assert not [one.errors + one.foreign for one in (first, second, machine) if one.errors or one.foreign]
