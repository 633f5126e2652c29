"""A room whose machines fail, in real browsers: declared by two, copied by two, settled by a third, and marked."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from service.results import queries as results
from service.results.actions import marking
from service.sittings.actions import asking
from service.sittings.rules.transcribing import Line
from service.sittings.tables import Sitting
from tests import world as worlds
from tests.browser import evenings
from tests.browser.candidates import act, begin
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import PHOTO
from tests.browser.test_written import look
from tests.results import essays, sheets
from tests.results.exams import keys_of
from tests.world import ENDS_AT, STARTS_AT, World

pytestmark = pytest.mark.browser
COPYING_AT = ENDS_AT + timedelta(hours=1)
TEXT = "立即停止作业，撤出人员。"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The evening before an exam whose paper asks for a free text, in a SQLite file."""
    return evenings.kept(tmp_path_factory.mktemp("on_paper"), essays.build)


def lines_of(session: Session, world: World) -> list[Line]:
    return asking.answer_sheet(session, session.get_one(Sitting, world.sitting_id).form_id)


def agree(page: Page) -> None:
    page.click("#ask [data-answer=yes]")


def copy(page: Page, lines: list[Line], answers: dict[int, str], number: int) -> None:
    """Type a whole sheet without touching the mouse."""
    page.keyboard.type(str(number))
    page.keyboard.press("Enter")
    for line in lines:
        given = answers.get(line.position, "")
        page.keyboard.type(given)
        if line.kind == "written":
            break
        if line.kind in {"multiple", "fill_in"} or not given:
            page.keyboard.press("Enter")


def desk(watched: Watched, username: str, link: str) -> Page:
    """Signed in, and by way of the queue at the first sheet."""
    watched.context.clear_cookies()
    page = watched.sign_in(username)
    page.get_by_role("link", name="誊录答题卡").first.click()
    page.locator("tbody").get_by_role("button", name=link).click()
    return page


def test_a_seat_goes_over_to_paper_and_its_sheet_is_copied_and_marked(server: Server, watched: Watched) -> None:
    world = begin(server)
    seat_id = world.seats[0]
    keys = act(server, lambda session: keys_of(session, world.sitting_id))
    at = act(server, lambda session: essays.written_at(session, world.sitting_id))
    saved = [position for position in keys if position != at][:2]

    def work(session: Session) -> None:
        worlds.start(session, seat_id)
        for position in saved:
            worlds.save(session, seat_id, position, keys[position][0])
        sheets.print_copies(session, world, at=STARTS_AT + timedelta(minutes=1))

    act(server, work)
    place = f"/sittings/{world.sitting_id}/on-paper"
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/proctor/sittings/{world.sitting_id}")
    page.get_by_role("button", name="纸笔作答").click()
    look(page, "on-paper-declaring")
    page.locator(f".paper-seats input[value='{seat_id}']").check()
    page.get_by_label("停电，不能恢复").check()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_text("登记的人不能自己确认，请另一位监考员或考务安排人员在本页确认。")).to_be_visible()

    watched.context.clear_cookies()
    page = watched.sign_in("proctor2")
    page.goto(server.url + place)
    look(page, "on-paper-waiting")
    page.get_by_role("button", name="确认1个座位").click()
    agree(page)
    expect(page.get_by_text("正在纸上作答")).to_be_visible()
    page.goto(f"{server.url}/proctor/sittings/{world.sitting_id}")
    expect(page.locator(f"[data-seat-id='{seat_id}']")).to_have_attribute("data-state", "on_paper")
    look(page, "on-paper-board")

    act(server, lambda session: marking.hand_in_overdue(session, now=ENDS_AT))
    act(server, lambda session: worlds.sign_record(session, world, now=COPYING_AT))
    server.set_clock(COPYING_AT)
    lines = act(server, lambda session: lines_of(session, world))
    written = {position: key for position, (key, _) in keys.items() if position not in {*saved, at}} | {at: TEXT}

    watched.context.clear_cookies()
    page = watched.sign_in("confirmer")
    page.goto(f"{server.url}/results/classes/{world.class_id}")
    expect(page.get_by_text("还有1份纸质答题卡没有誊录完").first).to_be_visible()

    page = desk(watched, "marker1", "誊录")
    look(page, "on-paper-sheet")
    page.locator("[name=copy]").focus()
    copy(page, lines, written, 1)
    assert page.locator("[data-count]").inner_text() == f"已填 {len(written)} / {len(lines)} 题"
    look(page, "on-paper-filled")
    page.get_by_role("button", name="提交").click()
    agree(page)
    expect(page.get_by_text("您已誊录")).to_be_visible()
    look(page, "on-paper-queue")

    # The second one adds a picture, reads one line otherwise, and loses the network on the way.
    slip = next(line for line in lines if line.kind == "single" and line.position in written)
    other = written | {slip.position: "A" if written[slip.position] != "A" else "B"}
    page = desk(watched, "proctor2", "誊录")
    page.set_viewport_size({"width": 800, "height": 1100})
    page.locator("input[type=file]").set_input_files(PHOTO)
    expect(page.locator(".sheet-photos img")).to_be_visible()
    page.locator("[name=copy]").focus()
    copy(page, lines, other, 1)
    watched.offline(True)
    page.get_by_role("button", name="提交").click()
    agree(page)
    expect(page.locator("[data-fault-line]").first).to_contain_text("网络不通，誊录还没有提交")
    watched.offline(False)
    page.get_by_role("button", name="提交").click()
    agree(page)
    expect(page.get_by_text("两次誊录不一致，等待第三人裁定")).to_be_visible()

    page = desk(watched, "marker2", "裁定差异")
    expect(page.locator(".sheet-photos img")).to_be_visible()
    expect(page.locator("tr[data-position]")).to_have_count(1)
    look(page, "on-paper-comparison")
    page.get_by_role("button", name="裁定").click()
    expect(page.locator("[data-fault-line]").first).to_have_text(re.compile("还没有裁定"))
    page.get_by_label("同第一人").check()
    page.get_by_role("button", name="裁定").click()
    agree(page)
    expect(page.get_by_text("已誊录并评分")).to_be_visible()
    look(page, "on-paper-done")

    found = act(server, lambda session: results.result_of_seat(session, seat_id))
    assert found is not None
    assert found.points == sum(points for position, (_, points) in keys.items() if position != at)
