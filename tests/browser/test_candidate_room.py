"""A closed book, and what proctors do: how a candidate meets both, in a real browser before a real server."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from service.kernel import database
from service.results.actions import marking
from service.sittings.actions import clockwork, minding, proctoring
from service.sittings.rules.room import IncidentKind
from service.sittings.tables import Departure
from tests.browser import candidates
from tests.browser.candidates import PATIENCE, act, beat, begin, choose, saving, shown, sit
from tests.browser.conftest import Server, Watched
from tests.conftest import using
from tests.results import sheets

pytestmark = pytest.mark.browser


def departures(server: Server, seat_id: int) -> list[str]:
    with using(server.database_url), database.reading() as session:
        return sorted(session.exec(select(Departure.kind).where(Departure.seat_id == seat_id)))


# --- closed book ---


def test_leaving_copying_and_printing_are_prevented_counted_and_told(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    stem = page.locator(".exam-stem:visible")
    expect(page.locator(".exam-notice")).to_have_count(0)

    page.keyboard.press("Control+c")
    expect(page.locator(".exam-notice")).to_contain_text("不能复制和粘贴", timeout=PATIENCE)
    stem.click(button="right")
    expect(page.locator(".exam-notice")).to_contain_text("右键菜单", timeout=PATIENCE)
    page.keyboard.press("Control+p")
    expect(page.locator(".exam-notice")).to_contain_text("不能打印", timeout=PATIENCE)
    stem.select_text()
    assert page.evaluate("getComputedStyle(document.querySelector('.exam-stem')).userSelect") == "none"
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.wait_for_timeout(1200)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator(".exam-notice")).to_contain_text("离开了考试窗口", timeout=PATIENCE)
    expect_departures(page, server, seat_id, ["clipboard", "menu", "print", "window"])

    page.emulate_media(media="print")
    expect(page.locator("[data-screen=paper]")).to_be_hidden()


def expect_departures(page: Page, server: Server, seat_id: int, kinds: list[str]) -> None:
    for _ in range(50):
        if departures(server, seat_id) == kinds:
            return
        page.wait_for_timeout(200)
    assert departures(server, seat_id) == kinds


def test_full_screen_is_asked_for_and_leaving_it_is_told(watched: Watched, server: Server) -> None:
    begin(server)
    page = watched.page()
    sit(page, server, server.world.seats[0])
    page.click("[data-full]")
    expect(page.locator("[data-full-ask]")).to_be_hidden(timeout=PATIENCE)
    page.evaluate("document.exitFullscreen()")
    expect(page.locator("[data-full-word]")).to_contain_text("您退出了全屏", timeout=PATIENCE)
    expect_departures(page, server, server.world.seats[0], ["full_screen"])


def test_the_watermark_names_the_seat_and_no_screen_reader_meets_it(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    mark = page.locator("[data-watermark]")
    drawn = page.evaluate(
        "decodeURIComponent(getComputedStyle(document.querySelector('[data-watermark]')).backgroundImage)"
    )
    assert server.world.tickets[seat_id] in drawn and f"{candidates.seat_of(server, seat_id).number}号" in drawn
    expect(mark).to_have_attribute("aria-hidden", "true")
    assert server.world.tickets[seat_id] not in page.locator("body").inner_text()


# --- what proctors do ---


def test_messages_pauses_and_minutes_reach_the_candidate_in_words(watched: Watched, server: Server) -> None:
    begin(server)
    world, seat_id = server.world, server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)

    def proctor(deed: Callable[..., object], *details: object) -> None:
        act(
            server,
            lambda session: deed(
                session, world.actor(session, "proctor1"), world.sitting_id, *details, now=candidates.now(server)
            ),
        )
        beat(page)

    notice = page.locator(".exam-notice")
    proctor(minding.send_message, None, "请检查姓名。")
    expect(notice).to_contain_text("请检查姓名。", timeout=PATIENCE)
    page.reload()
    shown(page, "paper")
    expect(notice).to_contain_text("请检查姓名。", timeout=PATIENCE)
    notice.get_by_role("button").click()
    page.reload()
    shown(page, "paper")
    expect(notice).to_have_count(0)

    proctor(clockwork.add_time_to_seat, seat_id, 10, "键盘坏了", None)
    expect(notice).to_contain_text("增加了 10 分钟，考试到 10:40 结束", timeout=PATIENCE)
    notice.get_by_role("button").click()

    proctor(clockwork.pause_room, "停电")
    shown(page, "paused")
    expect(page.locator("[data-left-still]")).to_be_visible()
    page.reload()
    shown(page, "paused")
    server.set_clock(candidates.now(server) + timedelta(minutes=5))
    proctor(clockwork.resume_room)
    shown(page, "paper")
    expect(page.locator("[data-left]")).to_have_text("1 小时 10 分钟")


ENDINGS = [
    pytest.param("collected", lambda s, a, seat, now: marking.collect(s, a, seat, now=now), id="collected"),
    pytest.param(
        "terminated",
        lambda s, a, seat, now: marking.terminate(s, a, seat, IncidentKind.PHONE, "看手机", now=now),
        id="terminated",
    ),
    pytest.param(
        "moved", lambda s, a, seat, now: proctoring.release_seat(s, a, seat, "电脑坏了", now=now), id="another machine"
    ),
]


def test_a_candidate_who_goes_over_to_paper_is_told_so_and_not_sent_to_another_machine(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    choose(page)
    saving(page, "saved")

    def go_over(session: Session) -> None:
        sheets.print_copies(session, server.world)
        sheets.decide(session, server.world, sheets.declare(session, server.world, [seat_id]))

    act(server, go_over)
    beat(page)

    shown(page, "on_paper")
    expect(page.locator("[data-screen=on_paper] .exam-lead")).to_contain_text("把答案写在答题卡上")
    expect(page.locator(".exam-question")).to_have_count(0)
    assert candidates.inaccessible(page) == []


@pytest.mark.parametrize(("screen", "deed"), ENDINGS)
def test_every_end_that_others_bring_has_its_own_page(
    watched: Watched, server: Server, screen: str, deed: Callable[..., object]
) -> None:
    begin(server)
    world, seat_id = server.world, server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    choose(page)
    saving(page, "saved")
    act(server, lambda session: deed(session, world.actor(session, "proctor1"), seat_id, candidates.now(server)))
    beat(page)
    shown(page, screen)
    expect(page.locator(".exam-question")).to_have_count(0)
    assert candidates.queue(page) == []
    assert candidates.inaccessible(page) == []
