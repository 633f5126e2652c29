"""A free text in real browsers: a candidate writes it, three people mark it, its result is confirmed and published."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.kernel import database
from service.results import queries as results
from tests import world as worlds
from tests.browser import evenings
from tests.browser.candidates import act, begin, saving, shown, sit, stored
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import inaccessible, keep
from tests.conftest import using
from tests.results import essays
from tests.world import World

pytestmark = pytest.mark.browser
SIZES = {"desktop": (1280, 800), "tablet": (800, 1100), "phone": (375, 800)}
MARKING_AT = essays.HANDED_IN_AT + timedelta(hours=2)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The evening before an exam whose paper asks for a free text, in a SQLite file."""
    return evenings.kept(tmp_path_factory.mktemp("essays"), essays.build)


def look(page: Page, name: str) -> None:
    """Nothing runs out of the page at any width, and nothing keeps anybody out."""
    before = page.viewport_size
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        keep(page, f"{name}-{size}")
    assert before is not None
    page.set_viewport_size(before)
    assert inaccessible(page) == []


# --- writing ---


def go_to_text(page: Page) -> None:
    """Walk to the question with room to write; it is the last one."""
    page.keyboard.press("Escape")
    while page.locator(".exam-question:visible textarea").count() == 0:
        page.keyboard.press("ArrowRight")


def test_a_candidate_writes_lines_and_finds_them_again(server: Server, watched: Watched) -> None:
    world = begin(server)
    seat_id = world.seats[0]
    at = act(server, lambda session: essays.written_at(session, world.sitting_id))
    page = watched.page()
    sit(page, server, seat_id)
    go_to_text(page)
    field = page.locator(".exam-question:visible textarea")

    field.click()
    page.keyboard.type("立即停止作业，")
    page.keyboard.press("Enter")
    page.keyboard.type("撤出人员。")

    expect(page.locator(".exam-question:visible [data-left]")).to_have_text("还可以写 587 个字")
    expect(page.locator("[data-screen=paper]")).to_be_visible()
    field.blur()
    saving(page, "saved")
    assert [(position, text) for position, text, _ in stored(server, seat_id)] == [(at, "立即停止作业，\n撤出人员。")]
    keep(page, "written-candidate")
    assert inaccessible(page) == []

    page.reload()
    shown(page, "paper")
    go_to_text(page)
    expect(page.locator(".exam-question:visible textarea")).to_have_value("立即停止作业，\n撤出人员。")


# --- marking ---


@pytest.fixture
def sat(server: Server) -> World:
    """Three texts wait to be marked."""
    with using(server.database_url), database.writing() as session:
        essays.sit(session, server.world, 3)
        worlds.sign_record(session, server.world, now=MARKING_AT)
    server.set_clock(MARKING_AT)
    return server.world


def press(page: Page, keys: str) -> None:
    """Digits for the criteria, and Enter; what came before is recorded and away by then."""
    expect(page.locator("form[aria-busy]")).to_have_count(0)
    number = page.locator("[data-slot=number]").text_content()
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text(f"已记录：{number}")


def desk(watched: Watched, username: str) -> Page:
    """Signed in, and at the desk of the class by way of the queues."""
    watched.context.clear_cookies()
    page = watched.sign_in(username)
    page.get_by_role("link", name="评卷", exact=True).first.click()
    page.get_by_role("link", name="开始评卷").click()
    expect(page.locator("[data-rubric]")).to_be_visible()
    return page


def test_two_mark_three_texts_a_third_decides_one_and_the_result_is_published(
    server: Server, watched: Watched, sat: World
) -> None:
    page = desk(watched, "marker1")
    expect(page.locator("[data-rubric]")).to_contain_text("立即停止作业")
    expect(page.locator("[data-slot=answer]")).to_contain_text("停止作业，")
    look(page, "written-desk")
    for keys in ("433", "000", "400"):
        press(page, keys)
    expect(page.get_by_text("现在没有等您评的答卷。")).to_be_visible()
    expect(page.locator("[data-progress]")).to_have_text("已定分 0 / 3 份，我已评 3 份")
    look(page, "written-none")

    # The second works on a tablet, with fingers, and loses the network on the way: nothing that was given is lost.
    page = desk(watched, "marker2")
    page.set_viewport_size({"width": 800, "height": 1100})
    for points in ((4, 3, 3), (4, 3, 3), (4, 0, 0)):
        for place, given in enumerate(points):
            page.locator("fieldset").nth(place).locator("label").nth(given).click()
        expect(page.locator("[data-slot=sum]")).to_have_text(f"{sum(points)} / 10")
        number = page.locator("[data-slot=number]").text_content()
        if points == (4, 0, 0):
            watched.offline(True)
            page.get_by_role("button", name="提交，评下一份").click()
            expect(page.get_by_role("alert")).to_contain_text("给分还没有提交")
            expect(page.locator("[data-slot=sum]")).to_have_text("4 / 10")
            watched.offline(False)
        page.get_by_role("button", name="提交，评下一份").click()
        expect(page.locator("[data-said]")).to_contain_text(f"已记录：{number}")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("[data-progress]")).to_have_text("已定分 2 / 3 份，我已评 3 份")

    # Nobody confirms yet, and the page says why and who can go on.
    watched.context.clear_cookies()
    page = watched.sign_in("confirmer")
    page.goto(f"{server.url}/results/classes/{sat.class_id}")
    expect(page.get_by_role("button", name="确认成绩")).to_be_disabled()
    expect(page.locator(".pending")).to_contain_text("还有1份主观题答卷没有定分")
    expect(page.locator(".pending")).to_contain_text("三评 1 份")
    expect(page.locator("td", has_text="待评卷")).to_have_count(1)
    keep(page, "written-pending")

    page = desk(watched, "marker3")
    press(page, "420")
    expect(page.get_by_text("现在没有等您评的答卷。")).to_be_visible()

    watched.context.clear_cookies()
    page = watched.sign_in("confirmer")
    page.goto(f"{server.url}/results/scripts/classes/{sat.class_id}/marks")
    expect(page.locator(".state", has_text="三评定分")).to_have_count(1)
    look(page, "written-marks")
    page.get_by_role("link", name="2024-TL-01").click()
    page.get_by_role("button", name="确认成绩").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page.get_by_text("成绩已确认")).to_be_visible()

    watched.context.clear_cookies()
    page = watched.sign_in("publisher")
    page.goto(f"{server.url}/results/classes/{sat.class_id}")
    page.get_by_role("button", name="发布成绩").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page.get_by_text("成绩已发布，学时已认定")).to_be_visible()
    with using(server.database_url), database.reading() as session:
        found = [results.result_of_seat(session, seat) for seat in sat.seats]
        assert sorted(one.points for one in found if one is not None) == [90, 90, 90, 94, 96, 100]


def test_a_marker_changes_their_own_mark_while_it_is_the_only_one(server: Server, watched: Watched, sat: World) -> None:
    page = desk(watched, "marker1")
    first = page.locator("[data-slot=number]").text_content()
    press(page, "000")

    page.get_by_role("button", name=f"改 {first}").click()
    expect(page.locator("[data-slot=number]")).to_have_text(str(first))
    expect(page.locator("[data-slot=sum]")).to_have_text("0 / 10")
    page.keyboard.press("4")
    page.keyboard.press("Backspace")
    page.keyboard.press("3")
    page.keyboard.press("2")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_have_text(f"已更改：{first}，6 分。")
    expect(page.locator("[data-own] li").first).to_contain_text(f"{first}：6 / 10 分")
    look(page, "written-amended")


def test_an_author_writes_a_rubric_and_sees_the_room_to_write(server: Server, watched: Watched) -> None:
    page = watched.sign_in("author")
    page.goto(f"{server.url}/bank/drafts/new")
    page.get_by_label("题型").select_option("written")
    expect(page.get_by_label("评分标准（简答题）")).to_be_visible()
    expect(page.get_by_label("选项 A")).to_be_hidden()
    page.get_by_label("题干").fill("井下发现透水征兆时应当怎样处置？")
    page.locator("[name=accepted]").fill("4 停止作业\n撤人")
    expect(page.locator("#said-key")).to_contain_text("评分标准每行一个要点")
    page.locator("[name=accepted]").fill("4 停止作业\n3 撤人")
    expect(page.locator("#said-key")).to_be_empty()
    expect(page.locator("[data-preview] textarea")).to_be_visible()
    keep(page, "written-editor")
