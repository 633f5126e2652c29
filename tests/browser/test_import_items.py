"""Importing items in a real browser: a faulty file, a sound one, files of other programs, and what comes of them."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.bank import queries
from service.kernel import database
from tests.bank.exchange import files, test_formats
from tests.bank.exchange.files import row
from tests.bank.exchange.test_reading import KAOSHIBAO
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import inaccessible, keep
from tests.conftest import using

pytestmark = pytest.mark.browser

PLATFORM = files.xlsx(
    {
        "试题": [
            ["请勿修改表头"],
            KAOSHIBAO,
            ["负责人是（　　）。", "单选题", "甲", "乙", "丙", "丁", "", "", "", "", "A", "见第五条。", "一", "易"],
            ["工人有权拒绝违章指挥。", "判断题", "对", "错", "", "", "", "", "", "", "A", "见第五十四条。", "一", "难"],
        ]
    }
)
# What of the page's own part reaches beyond the window, tables that scroll by themselves left aside.
WIDER = """[...document.querySelectorAll("main *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest(".scroll"))
  .map((one) => one.outerHTML.slice(0, 80))"""
PACKAGE = test_formats.package({"a": test_formats.choice("甲乙丙丁", "B")})


def choose(page: Page, path: Path, name: str, content: bytes) -> None:
    (path / name).write_bytes(content)
    page.set_input_files("input[type=file]", path / name)


def rehearse(page: Page) -> None:
    page.get_by_role("button", name="先检查，不写入").click()
    expect(page.locator("#import-report")).to_be_visible()


def say_for_all(page: Page, prefix: str) -> None:
    page.get_by_text("文件中没有写明的，统一按以下内容补上").click()
    page.fill("input[name=prefix]", prefix)
    page.select_option("select[name=edition]", "work-safety-law-2021")
    page.select_option("select[name=difficulty]", "3")
    page.get_by_label("班组长").check()


def codes(server: Server, prefix: str) -> list[str]:
    with using(server.database_url), database.reading() as session:
        return sorted(code for code in queries.newest_versions(session) if code.startswith(prefix))


def test_a_file_is_mended_and_then_imported_as_it_was_shown(server: Server, watched: Watched, tmp_path: Path) -> None:
    page = watched.sign_in("author")
    page.goto(f"{server.url}/bank")
    page.get_by_role("button", name="导入试题").click()
    choose(page, tmp_path, "faulty.xlsx", files.one(row(1), row(2, 答案="E"), row(3, 难度=9)))
    rehearse(page)

    faults = page.locator('[data-part="faults"] tbody tr')
    expect(faults).to_have_count(2)
    expect(faults.first).to_contain_text("“试题”第3行")
    expect(faults.first).to_contain_text("答案“E”中的E不在选项之内。")
    expect(page.get_by_role("button", name="照此导入")).to_be_hidden()
    keep(page, "import-faults")

    choose(page, tmp_path, "sound.xlsx", files.one(*(row(number) for number in range(1, 251))))
    expect(page.locator("#import-report")).to_be_hidden()
    rehearse(page)
    expect(page.locator('[data-part="lines"] tbody tr')).to_have_count(200)
    page.get_by_role("button", name="再显示 50 行").click()
    expect(page.locator('[data-part="lines"] tbody tr')).to_have_count(250)
    page.get_by_role("button", name="照此导入").click()
    page.wait_for_url("**/bank?state=submitted")

    assert len(codes(server, "XAM-")) == 250


@pytest.mark.parametrize(
    ("name", "content", "prefix", "number"),
    [
        pytest.param("kaoshibao.xlsx", PLATFORM, "KSB", 2, id="a template of a common platform"),
        pytest.param("quiz.xml", test_formats.QUIZ.encode(), "MDL", 3, id="moodle"),
        pytest.param("package.zip", PACKAGE, "QTI", 1, id="qti"),
        pytest.param("word.txt", test_formats.WORD.encode(), "WRD", 3, id="running text"),
    ],
)
def test_files_of_other_programs_come_in(
    server: Server, watched: Watched, tmp_path: Path, name: str, content: bytes, prefix: str, number: int
) -> None:
    page = watched.sign_in("author")
    page.goto(f"{server.url}/bank/imports")
    say_for_all(page, prefix)
    choose(page, tmp_path, name, content)
    rehearse(page)
    page.get_by_role("button", name="照此导入").click()
    page.wait_for_url("**/bank?state=submitted")

    assert codes(server, prefix) == [f"{prefix}-{one:03d}" for one in range(1, number + 1)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_is_whole_at_every_width(chrome: Browser, server: Server, tmp_path: Path, language: str) -> None:
    context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
    page = Watched(context, server).sign_in("author")
    faults: dict[str, list[str]] = {}
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        page.goto(f"{server.url}/bank/imports")
        page.locator("summary").click()
        content = files.xlsx({"试题": [[*files.HEAD, "备注"], row(1), row(2, 答案="E"), row(3, 题型="简答题")]})
        choose(page, tmp_path, "mixed.xlsx", content)
        page.locator("[data-step=rehearse]").click()
        expect(page.locator("#import-report")).to_be_visible()
        keep(page, f"import-{width}-{language}")
        found = page.evaluate(WIDER) + (inaccessible(page) if width == "tablet" else [])
        faults |= {width: found} if found else {}
    context.close()
    assert faults == {}
