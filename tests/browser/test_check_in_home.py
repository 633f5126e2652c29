"""The proctor's day on a tablet: what was done at any door is sent from there, and the evening before lays it ready."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import world as worlds
from tests.browser import doors
from tests.browser.conftest import Server, Watched
from tests.browser.doors import PATIENCE, Tablet
from tests.browser.test_check_in_tablet import STORED
from tests.browser.test_pages import WIDTHS, clipped, inaccessible

pytestmark = pytest.mark.browser
LANGUAGES = ("zh", "en")


def home(tablet: Tablet) -> Page:
    tablet.page.goto(f"{tablet.server.url}/proctor")
    tablet.page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)
    return tablet.page


def admit_undelivered(tablet: Tablet) -> int:
    """One look and one admission that do not reach the server, though everything else does."""
    seat_id = tablet.server.world.seats[0]
    tablet.context.route("**/check-ins", lambda route: route.abort())
    tablet.admit(tablet.server.world.codes[seat_id])
    return seat_id


def sign_in(page: Page, server: Server, username: str) -> None:
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", worlds.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{server.url}/")


def test_what_waits_is_seen_on_the_proctors_day_and_sent_from_there(chrome: Browser, server: Server) -> None:
    with doors.tablet(chrome, server) as tablet:
        seat_id = admit_undelivered(tablet)
        page = home(tablet)
        waiting = page.locator("[data-undelivered]")
        expect(waiting.locator("li")).to_have_count(1)
        expect(waiting).to_contain_text("2024年班组长班：您有 2 条签到记录还没有送达服务器。")
        expect(waiting).to_contain_text("没有信号", timeout=PATIENCE)
        doors.keep(page, "home-undelivered")
        assert doors.decisions(server) == []

        tablet.context.unroute("**/check-ins")
        page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(waiting.locator("li")).to_have_text(["全部已送达"], timeout=PATIENCE)
        assert [act[:3] for act in doors.decisions(server)] == [(seat_id, "admit", "allowed")]
        # The door's own page has learnt of it: nothing is sent again, and the seat is known to be in.
        tablet.open()
        tablet.delivered()
        expect(page.locator("[data-recent] li")).to_contain_text("已送达")


def test_a_colleague_on_the_same_tablet_reads_whose_records_wait_and_who_must_sign_in(
    chrome: Browser, server: Server
) -> None:
    with doors.tablet(chrome, server) as tablet:
        seat_id = admit_undelivered(tablet)
        tablet.context.clear_cookies()
        tablet.context.unroute("**/check-ins")
        sign_in(tablet.page, server, "proctor2")
        waiting = home(tablet).locator("[data-undelivered]")
        expect(waiting.locator("li")).to_have_count(1)
        expect(waiting).to_contain_text("proctor1 有 2 条签到记录还没有送达服务器，要由 proctor1 在这台平板上登录后")
        doors.keep(tablet.page, "home-of-another")
        tablet.open()
        tablet.shows("queue", "本场已送达；本机另有 2 条没有送达")
        doors.keep(tablet.page, "door-of-another")
        assert doors.decisions(server) == []

        tablet.context.clear_cookies()
        sign_in(tablet.page, server, "proctor1")
        expect(home(tablet).locator("[data-undelivered] li")).to_have_text(["全部已送达"], timeout=PATIENCE)
        assert [act[:3] for act in doors.decisions(server)] == [(seat_id, "admit", "allowed")]


def test_signing_out_asks_first_while_records_wait(chrome: Browser, server: Server) -> None:
    with doors.tablet(chrome, server) as tablet:
        admit_undelivered(tablet)
        page = home(tablet)
        page.click("form[data-leave] button")
        expect(page.locator("#ask-text")).to_contain_text("还有您的 2 条签到记录没有送达")
        page.click("#ask [data-answer=no]")
        assert page.evaluate("fetch('/api/v1/session').then((reply) => reply.status)") == 200

        page.click("form[data-leave] button")
        page.click("#ask [data-answer=yes]")
        page.wait_for_url(f"{server.url}/")
        assert len(page.evaluate(STORED)["acts"]) == 2


def test_the_evening_before_brings_everything_but_the_names(chrome: Browser, server: Server) -> None:
    """Rooms are told on the day: the tablet is laid ready before, and the page says when the names come."""
    server.set_clock(worlds.CHECK_IN_AT - timedelta(hours=12))
    context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1024, "height": 768})
    watched = Watched(context, server)
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/proctor")
    page.wait_for_selector("html[data-opens=offline]", timeout=PATIENCE)
    expect(page.locator("[data-prepared]")).to_contain_text("没有信号也能打开")
    expect(page.locator(".tab-sitting")).to_contain_text("考生名册也要到考试当天0:00起才能领取")
    doors.keep(page, "evening-before")
    files = page.evaluate(
        "async () => (await (await caches.open((await caches.keys())[0])).keys()).map((one) => one.url)"
    )
    assert f"{server.url}/static/js/checkin.js" in files
    assert f"{server.url}/static/vendor/zxing-wasm/zxing_reader.wasm" in files

    context.set_offline(True)
    page.reload()
    page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)
    expect(page.locator(".tab-sitting")).to_have_count(1)
    assert page.evaluate(STORED)["packs"] == []
    context.close()
    assert (watched.errors, watched.foreign) == ([], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_around_a_tablet_are_whole_and_accessible(chrome: Browser, server: Server, language: str) -> None:
    with doors.tablet(chrome, server) as tablet:
        tablet.context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
        admit_undelivered(tablet)
        found = []
        for address in ("/proctor", "/tablets", "/trust"):
            for width, (across, down) in WIDTHS.items():
                tablet.page.set_viewport_size({"width": across, "height": down})
                tablet.page.goto(server.url + address)
                if address == "/proctor":
                    expect(tablet.page.locator("[data-undelivered] li")).to_have_count(1)
                if address == "/tablets":
                    expect(tablet.page.locator("[data-this-tablet]")).to_be_visible()
                name = f"{address[1:]}-{width}-{language}"
                doors.keep(tablet.page, name)
                found += [f"{name}: {one}" for one in clipped(tablet.page) + inaccessible(tablet.page)]
        assert found == []
