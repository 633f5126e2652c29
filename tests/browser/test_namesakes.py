"""Equal names in a real browser: an auditor looks at a pair and hands it over; the security administrator sees it."""

import pytest
from playwright.sync_api import Browser, expect

from service.kernel import database
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import look
from tests.conftest import using
from tests.oversight.people_of_one_name import settle

pytestmark = pytest.mark.browser


@pytest.fixture
def names(server: Server) -> Server:
    """The world, and people of one name among the staff."""
    with using(server.database_url), database.writing() as session:
        settle(session, server.world)
    return server


def test_an_auditor_hands_over_who_is_the_same(names: Server, watched: Watched, chrome: Browser) -> None:
    page = watched.sign_in("auditor")
    page.get_by_role("link", name="同名核对").click()
    page.get_by_label("姓名中的文字").fill("张 伟")
    page.get_by_role("button", name="筛选").click()
    first = page.locator("main article")
    expect(first).to_contain_text("很可能是笔误（只差一位）")

    first.get_by_text("写明结论…").click()
    first.get_by_role("combobox").select_option("same")
    first.get_by_role("textbox").fill("两人出示的是同一张身份证")
    first.get_by_role("button", name="写入审计日志").click()
    expect(page.get_by_text("没有符合条件的同名人员。")).to_be_visible()
    page.get_by_label("状态").select_option("looked_at")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("main article")).to_contain_text("两人出示的是同一张身份证")

    other = Watched(chrome.new_context(locale="zh-CN"), names)
    security = other.sign_in("security")
    security.get_by_role("link", name="移交：同一人两个身份证号").click()
    expect(security.locator("main article")).to_contain_text("林口县应急管理局 zhangwei")
    assert (watched.errors, watched.foreign, other.errors, other.foreign) == ([], [], [], [])
    other.context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_lists_are_whole_at_every_width(names: Server, watched: Watched, chrome: Browser, language: str) -> None:
    page = watched.sign_in("auditor")
    page.goto(f"{names.url}/namesakes?name=张伟")
    page.locator("main article").first.get_by_text("写明结论…").click()
    page.locator("main article").first.get_by_role("combobox").select_option("same")
    page.locator("main article").first.get_by_role("textbox").fill("两人出示的是同一张身份证")
    page.locator("main article").first.get_by_role("button", name="写入审计日志").click()
    expect(page.locator("main article")).to_have_count(0)

    auditor = ["/namesakes", "/namesakes?standing=looked_at", "/namesakes?name=nobody"]
    assert look(chrome, names, "auditor", auditor, language) == {}
    assert look(chrome, names, "security", ["/same-persons", "/"], language) == {}
