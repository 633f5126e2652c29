"""A class's paper from its blueprint to its opening, as everybody who has a hand in it sees it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from service.access.rules.people import TraineeRole
from tests.browser.candidates import act
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import clipped, inaccessible, keep
from tests.papers.classes import Wanted, open_class
from tests.world import PREPARED_AT

pytestmark = pytest.mark.browser
ROLE = TraineeRole.TEAM_LEADER
EDITOR = f"/papers/blueprints/new?role={ROLE}"
LOOKS = {"desktop": (1280, 800), "tablet": (820, 1180), "phone": (390, 844)}
# The service checks a moment after the last key, and an assembly takes its time on a busy machine.
PATIENCE, LONG = 20_000, 240_000


@contextmanager
def desk(chrome: Browser, server: Server, username: str, language: str = "zh") -> Iterator[Page]:
    """Somebody at a desk of their own; at the end nothing may have gone wrong on their pages unseen."""
    width, height = LOOKS["desktop"]
    context = chrome.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": height}
    )
    context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
    watched = Watched(context, server)
    yield watched.sign_in(username)
    context.close()
    assert (watched.errors, watched.foreign) == ([], [])


def look(page: Page, name: str) -> None:
    """The page as it stands, at three widths: nothing sticks out, and nobody is shut out."""
    for width, (across, down) in LOOKS.items():
        page.set_viewport_size({"width": across, "height": down})
        keep(page, f"cycle-{name}-{width}")
        assert clipped(page) == [], (name, width)
    page.set_viewport_size({"width": LOOKS["desktop"][0], "height": LOOKS["desktop"][1]})
    assert inaccessible(page) == [], name


def status(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("[data-status]")).to_have_text(words, timeout=PATIENCE)


def test_a_blueprint_is_typed_checked_and_never_lost(chrome: Browser, server: Server) -> None:
    server.set_clock(PREPARED_AT)
    with desk(chrome, server, "assembler") as page:
        page.goto(server.url + EDITOR)
        status(page, "与现行版本没有差别。")
        expect(page.locator("[data-send]")).to_be_disabled()
        look(page, "editor-untouched")

        cell = page.get_by_label("中华人民共和国安全生产法 × 单选题")
        before = int(cell.input_value())
        cell.fill(str(before + 1))
        expect(page.locator("[data-sums-word]")).to_have_text("51题，102分：应为100分")
        status(page, "还有1处要改，见各项旁边的说明。")
        expect(page.locator('[data-slot="points"]')).to_have_text("总分应为100分，现为102分")

        page.fill("[data-setting=pass_points]", "0")
        status(page, "还有1处要改，见各项旁边的说明。")
        expect(page.locator('[data-slot="pass_points"]')).to_have_text("请填整数，从1到100。")
        page.fill("[data-setting=pass_points]", "75")
        page.fill("[data-source=pass_points]", "市局2026年第3次办公会纪要")
        page.locator("[data-groups=must_include] [data-add]").click()
        page.locator("[data-groups=must_include] [data-codes]").fill("WSL-001 XX-9")
        status(page, "还有2处要改，见各项旁边的说明。")
        expect(page.locator("[data-groups=must_include] [data-group] .fault")).to_have_text("题库中没有这些试题：XX-9")
        look(page, "editor-faults")

        page.reload()
        expect(page.locator("[data-restored]")).to_be_visible()
        expect(cell).to_have_value(str(before + 1))
        expect(page.locator("[data-groups=must_include] [data-codes]")).to_have_value("WSL-001 XX-9")
        page.locator("[data-groups=must_include] [data-codes]").fill("WSL-001 WSL-002")
        cell.fill(str(before))
        status(page, "可以送审：与现行版本有3处差别。")
        expect(page.locator("[data-changes] th")).to_have_text(
            ["必选组 · WSL-001 WSL-002", "来源 · 合格分", "合格分"]
        )
        expect(page.locator("[data-changes] tr").last.locator("td")).to_have_text(["80", "75"])
        look(page, "editor-ready")

        page.click("[data-send]")
        page.wait_for_url(re.compile(r"/papers/blueprints/\d+$"))
        expect(page.locator("h1")).to_have_text("班组长组卷方案第2版")
        page.goto(server.url + EDITOR)
        expect(page.locator("[data-restored]")).to_be_hidden()


def test_the_editor_is_whole_in_english(chrome: Browser, server: Server) -> None:
    server.set_clock(PREPARED_AT)
    with desk(chrome, server, "assembler", "en") as page:
        page.goto(server.url + EDITOR + "&base=0")
        status(page, re.compile(r"^To be corrected: \d+; see beside the fields\.$"))
        look(page, "editor-english-empty")
        page.goto(server.url + EDITOR)
        page.get_by_label("Work Safety Law of the People's Republic of China × Single choice").fill("99")
        expect(page.locator('[data-slot="points"]')).to_contain_text("full marks should be 100", timeout=PATIENCE)
        look(page, "editor-english-faults")
