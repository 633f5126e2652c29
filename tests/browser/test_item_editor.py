"""Writing an item in a real browser: seen as a candidate will, checked while typing, kept, submitted, taken back."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from service.bank import queries
from service.bank.rules.items import State
from service.bank.tables import Draft
from service.kernel import database
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_import_items import WIDER
from tests.browser.test_pages import inaccessible, keep
from tests.conftest import using

pytestmark = pytest.mark.browser

SAVED = re.compile(r"/bank/drafts/\d+$")
FIELDS = {
    "code": "SIL-960",
    "stem": "职工应当参加工伤保险，由谁缴纳工伤保险费（　　）。",
    "option_a": "用人单位",
    "option_b": "职工个人",
    "option_c": "用人单位和职工个人",
    "option_d": "当地财政",
    "explanation": "依据第三十三条，由用人单位缴纳，职工不缴纳。",
    "article": "33",
}


def write(page: Page, **changes: str) -> None:
    for name, text in {**FIELDS, **changes}.items():
        page.fill(f"[name={name}]", text)
    page.get_by_role("group", name="选项和答案").get_by_role("checkbox").first.check()
    page.select_option("[name=edition]", "social-insurance-law-2018")
    page.select_option("[name=difficulty]", "2")
    page.get_by_label("班组长").check()


def drafts(server: Server) -> list[Draft]:
    with using(server.database_url), database.reading() as session:
        return list(session.exec(select(Draft)))


def test_an_item_is_written_seen_kept_submitted_and_taken_back(server: Server, watched: Watched) -> None:
    page = watched.sign_in("author")
    page.goto(f"{server.url}/bank")
    page.get_by_role("button", name="写试题").click()
    page.get_by_role("button", name="写新试题").click()
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#said-stem")).to_have_text("没有题干。")
    with using(server.database_url), database.reading() as session:
        known = queries.newest_versions(session)["SIL-001"][1]
    page.fill("[name=stem]", known.stem)
    for letter, text in known.options.items():
        page.fill(f"[data-letter={letter}]", text)
    expect(page.locator("[data-near-list] li").first).to_have_text(f"100% SIL-001 {known.stem[:60]}")
    write(page, option_d="")

    question = page.locator("[data-preview] .exam-question")
    expect(question.locator(".exam-stem")).to_have_text(FIELDS["stem"])
    expect(question.locator(".exam-letter")).to_have_text(list("ABCD"))
    expect(question.locator(".exam-option-text").nth(1)).to_have_text("职工个人")
    expect(page.locator("#said-D")).to_have_text("选项D还没有写。")
    # The candidate's own style sheet reaches the preview, and nothing outside of it.
    assert question.locator(".exam-option").first.evaluate("one => getComputedStyle(one).display") == "flex"
    assert page.locator("h1").evaluate("one => getComputedStyle(one).fontSize") == "24.8px"

    page.reload()
    expect(page.get_by_text("已恢复您上次没有保存的内容。")).to_be_visible()
    expect(page.locator("[name=stem]")).to_have_value(FIELDS["stem"])
    page.get_by_role("button", name="存草稿").click()
    page.wait_for_url(SAVED)
    (row,) = drafts(server)
    assert (row.words["code"], row.seq) == ("SIL-960", 1)

    page.get_by_role("button", name="提交审题").click()
    expect(page.get_by_role("alert")).to_contain_text("还有1处要改")
    page.fill("[name=option_d]", FIELDS["option_d"])
    expect(page.locator("[data-status]")).to_have_text("没有问题，可以提交。")
    expect(page.get_by_role("alert")).to_have_count(0)
    keep(page, "item-editor")
    page.get_by_role("button", name="提交审题").click()
    page.wait_for_url("**/bank/drafts")
    expect(page.get_by_text("没有草稿。")).to_be_visible()
    assert drafts(server) == []

    page.get_by_role("row", name="SIL-960").get_by_role("button", name="撤回").click()
    link = page.get_by_role("row", name="SIL-960").get_by_role("link", name="SIL-960")
    expect(link).to_have_attribute("href", SAVED)
    assert [row.words["code"] for row in drafts(server)] == ["SIL-960"]
    with using(server.database_url), database.reading() as session:
        assert queries.newest_versions(session)["SIL-960"][1].state == State.WITHDRAWN


def test_a_draft_saved_in_another_window_is_not_written_over(server: Server, watched: Watched) -> None:
    page = watched.sign_in("author")
    page.goto(f"{server.url}/bank/drafts/new")
    write(page)
    page.get_by_role("button", name="存草稿").click()
    page.wait_for_url(SAVED)
    other = page.context.new_page()
    other.goto(page.url)
    other.fill("[name=stem]", "在另一个窗口里改过的题干。")
    other.get_by_role("button", name="存草稿").click()
    expect(other.locator("#toast")).to_contain_text("草稿已保存")

    page.fill("[name=stem]", "在这个窗口里改过的题干。")
    page.get_by_role("button", name="存草稿").click()

    expect(page.get_by_role("alert")).to_contain_text("在另一个窗口里保存过")
    expect(page.locator("[name=stem]")).to_have_value("在这个窗口里改过的题干。")
    assert [row.words["stem"] for row in drafts(server)] == ["在另一个窗口里改过的题干。"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_editor_is_whole_at_every_width(chrome: Browser, server: Server, language: str) -> None:
    context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
    page = Watched(context, server).sign_in("author")
    faults: dict[str, list[str]] = {}
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        page.goto(f"{server.url}/bank/drafts/new")
        page.fill("[name=stem]", FIELDS["stem"])
        expect(page.locator("#said-key")).not_to_be_empty()
        keep(page, f"item-editor-{width}-{language}")
        found = page.evaluate(WIDER) + (inaccessible(page) if width == "tablet" else [])
        faults |= {width: found} if found else {}
    context.close()
    assert faults == {}


def test_without_a_script_the_editor_checks_previews_and_keeps(chrome: Browser, server: Server) -> None:
    context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    page = Watched(context, server).sign_in("author")
    cookies = context.cookies()
    bare = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", java_script_enabled=False)
    bare.add_cookies(cookies)  # type: ignore[arg-type]
    page = bare.new_page()
    page.goto(f"{server.url}/bank/drafts/new")
    write(page, explanation="")

    page.get_by_role("button", name="检查").click()

    expect(page.locator("#said-explanation")).to_contain_text("没有解析。")
    expect(page.locator("[name=stem]")).to_have_value(FIELDS["stem"])
    expect(page.locator("[data-preview] .exam-stem")).to_have_text(FIELDS["stem"])
    page.get_by_role("button", name="提交审题").click()
    expect(page.get_by_text("已存为草稿")).to_be_visible()
    page.fill("[name=explanation]", FIELDS["explanation"])
    page.get_by_role("button", name="提交审题").click()
    page.wait_for_url("**/bank/drafts")
    expect(page.get_by_role("row", name="SIL-960")).to_be_visible()
    assert drafts(server) == []
    bare.close()
    context.close()


def test_items_that_are_ticked_are_filed_and_put_back(server: Server, watched: Watched) -> None:
    page = watched.sign_in("author")
    page.goto(f"{server.url}/bank?text=SIL-00")
    for number in (1, 2):
        page.get_by_label(f"勾选 SIL-00{number} ").check()
    page.get_by_role("button", name="给勾选的试题加减归类标签").click()
    page.fill("[name=add]", "复审")
    page.get_by_role("button", name="预览").click()
    page.get_by_role("button", name="照此改动2道试题").click()
    page.wait_for_url("**/bank/tagging")
    page.goto(f"{server.url}/bank?tag=复审")
    expect(page.locator("tbody .code")).to_have_text(["SIL-001", "SIL-002"])

    page.goto(f"{server.url}/bank/tagging")
    page.get_by_role("button", name="撤销这一次").click()
    page.locator("#ask").get_by_role("button", name="确定").click()
    expect(page.get_by_text("已于")).to_be_visible()
    page.goto(f"{server.url}/bank?tag=复审")
    expect(page.get_by_text("没有符合条件的试题。")).to_be_visible()
