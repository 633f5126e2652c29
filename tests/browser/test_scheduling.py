"""Arranging in a real browser: conflicts while one types, drawing proctors, printing many tickets, changing plans."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from service.kernel import database
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import arranging, enrolling, places
from tests import world as worlds
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import clipped, inaccessible, keep
from tests.conftest import using
from tests.papers.classes import Wanted, open_class
from tests.world import COUNTIES, PREPARED_AT, STARTS_AT, World

pytestmark = pytest.mark.browser
PATIENCE = 15_000
DAY = "2026-11-20"


def second_class(server: Server) -> World:
    """Another class with a sealed paper, still without a sitting, and a second exam point."""
    server.set_clock(PREPARED_AT)
    with using(server.database_url), database.writing() as session:
        other = open_class(session, server.world, Wanted("2024-TL-02", ("青松煤矿", "北山煤矿") * 4, first_number=120))
        worlds.seal_paper(session, other)
        arranger = server.world.actor(session, "arranger")
        places.add_exam_point(session, arranger, "另一考试点", COUNTIES[1], "", {"二号": 30}, now=PREPARED_AT)
    return other


def second_sitting(server: Server) -> int:
    """A sitting of the second class on the same day, seated, without proctors."""
    other = second_class(server)

    def act(session: Session) -> int:
        arranger = server.world.actor(session, "arranger")
        room = next(room for point, room in queries.exam_points(session) if point.name == "另一考试点")
        sitting = arranging.plan_sitting(
            session,
            arranger,
            class_id=other.class_id,
            room_id=room.id or 0,
            starts_at=STARTS_AT + timedelta(hours=4),
            late_minutes=30,
            letter=Form.A,
            now=PREPARED_AT,
        )
        enrolling.enrol_class(session, arranger, sitting.id or 0, now=PREPARED_AT)
        return sitting.id or 0

    with using(server.database_url), database.writing() as session:
        return act(session)


def test_conflicts_are_told_while_one_types_and_the_sitting_is_planned_without_them(
    watched: Watched, server: Server
) -> None:
    other = second_class(server)
    page = watched.sign_in("arranger")
    page.goto(f"{server.url}/sittings")
    box = page.locator("[data-conflicts]")

    page.select_option("#plan select[name=class_id]", str(other.class_id))
    page.select_option("#plan select[name=room_id]", str(server.world.room_id))
    page.fill("#plan input[name=starts_at]", f"{DAY}T09:30")
    expect(box).to_have_attribute("data-tone", "bad", timeout=PATIENCE)
    expect(box).to_contain_text("考试点 · 一号在2026-11-20 08:00–10:30（含签到）已安排第1场")
    expect(box).to_contain_text("签到从08:30开始，考试到11:00结束。")
    keep(page, "conflicts-told")

    page.fill("#plan input[name=starts_at]", f"{DAY}T13:00")
    expect(box).to_have_attribute("data-tone", "wait", timeout=PATIENCE)
    expect(box).to_contain_text("还没有确认就绪")
    page.locator("#plan form[data-shape=sitting] button").click()
    expect(page.locator("section", has_text=DAY)).to_contain_text("2024-TL-02班", timeout=PATIENCE)
    expect(page.locator("svg.day-lines rect.day-exam")).to_have_count(2)


def test_proctors_are_drawn_with_reasons_and_confirmed_with_one_click(watched: Watched, server: Server) -> None:
    sitting_id = second_sitting(server)
    page = watched.sign_in("arranger")
    page.goto(f"{server.url}/sittings/allotment?day={DAY}")

    page.wait_for_url("**seed=**")
    first = page.url
    card = page.locator(f"article[aria-labelledby=sitting-{sitting_id}]")
    expect(card.locator("li", has_text="抽中")).to_have_count(2)
    expect(card).to_contain_text("proctor_elsewhere")
    page.reload()
    assert page.url == first, "the same draw again"
    page.get_by_role("button", name="全部确认（2人次）").click()
    page.wait_for_url(f"**/sittings?day={DAY}")
    with using(server.database_url), database.reading() as session:
        assert len(queries.proctors(session, sitting_id)) == 2


def test_many_tickets_are_printed_behind_the_page_and_found_again_after_a_reload(
    watched: Watched, server: Server
) -> None:
    second_sitting(server)
    page = watched.sign_in("arranger")
    page.goto(f"{server.url}/sittings/tickets")

    page.get_by_role("button", name="生成准考证").click()
    batch = page.locator("[data-batch]")
    expect(batch).to_contain_text("2场，14张", timeout=PATIENCE)
    expect(batch.get_by_role("button", name="下载准考证（PDF）")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{server.url}/sittings")
    page.goto(f"{server.url}/sittings/tickets")
    address = page.locator("[data-batch] a").first.get_attribute("href")
    reply = page.request.get(server.url + str(address))
    assert reply.body().startswith(b"%PDF-")

    for one in page.locator("table input[type=checkbox]").all():
        one.uncheck()
    page.get_by_role("button", name="生成准考证").click()
    assert (
        page.locator("table input[type=checkbox]").first.evaluate("box => box.validationMessage") == "请至少选择一场。"
    )


def test_a_sitting_is_moved_a_ticket_replaced_and_a_sitting_cancelled(watched: Watched, server: Server) -> None:
    server.set_clock(PREPARED_AT)
    page = watched.sign_in("arranger")
    page.goto(f"{server.url}/sittings/{server.world.sitting_id}")

    page.get_by_text("换考场或换时间").click()
    move = page.locator("form[action$='/move']")
    move.locator("[name=starts_at]").fill(f"{DAY}T06:00")
    expect(move.locator("[data-conflicts]")).to_contain_text("07:00至19:00", timeout=PATIENCE)
    move.locator("[name=starts_at]").fill(f"{DAY}T10:00")
    expect(move.locator("[data-conflicts]")).to_have_attribute("data-tone", "wait", timeout=PATIENCE)
    move.locator("[name=reason]").fill("停电检修")
    move.locator("button").click()
    page.locator("#ask [data-answer=yes]").click()
    expect(page.locator(".head")).to_contain_text("10:00–11:30", timeout=PATIENCE)

    row = page.locator("tbody tr", has_text="学员0").last
    expect(row).to_contain_text("2")
    again = row.locator("details", has_text="补发")
    again.locator("summary").click()
    again.locator("[name=reason]").fill("遗失")
    again.locator("button").click()
    expect(page.locator("tbody tr", has_text="学员0").last.locator("td").nth(2)).to_have_text("3", timeout=PATIENCE)

    page.locator("summary", has_text="取消本场").click()
    cancel = page.locator("form[action$='/cancellation']")
    cancel.locator("[name=reason]").fill("暴雪")
    cancel.locator("button").click()
    page.locator("#ask [data-answer=yes]").click()
    expect(page.locator(".notice")).to_contain_text("暴雪", timeout=PATIENCE)


PAGES = {
    "arranger": [
        "/sittings",
        f"/sittings?day={DAY}&state=planned",
        "/sittings?period=past",
        "/sittings/{first}",
        "/sittings/{second}",
        f"/sittings/allotment?day={DAY}&seed=7",
        "/sittings/allotment?day=2026-11-01",
        "/sittings/tickets",
        "/sittings/tickets?day=2026-11-01",
    ],
    "proctor1": ["/proctor", "/sittings"],
    "auditor": ["/sittings"],
}


def opened(page: Page) -> None:
    """Everything that folds, unfolded."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_arranging_are_whole(chrome: Browser, server: Server, language: str) -> None:
    ids = {"first": server.world.sitting_id, "second": second_sitting(server)}
    faults: dict[str, list[str]] = {}
    for username, addresses in PAGES.items():
        context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
        watched = Watched(context, server)
        page = watched.sign_in(username)
        for address in addresses:
            for width, (across, down) in WIDTHS.items():
                page.set_viewport_size({"width": across, "height": down})
                reply = page.goto(server.url + address.format(**ids), wait_until="load")
                assert reply is not None and reply.status == 200, address
                opened(page)
                place = address.format(**ids).replace("/", "-").replace("?", "-")
                name = f"arranging-{username}{place}-{width}-{language}"
                keep(page, name)
                found = clipped(page)
                if width == "tablet":
                    found += inaccessible(page)
                if found:
                    faults[name] = found
        if watched.errors or watched.foreign:
            faults[username] = [*watched.errors, *watched.foreign]
        context.close()
    assert faults == {}
