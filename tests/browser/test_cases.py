"""Cases in a real browser: a candidate reads the text above each of its questions; an author writes one."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import evenings
from tests.browser.candidates import begin, choose, saving, shown, sit
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import inaccessible, keep
from tests.browser.test_written import SIZES, look
from tests.papers import cased
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The evening before an exam with two cases on each form, in a SQLite file."""
    return evenings.kept(tmp_path_factory.mktemp("cased"), cased.build)


def fits(page: Page, name: str) -> None:
    """Nothing runs out of the page at any width; where there is a shadow, axe writes styles that the page refuses."""
    before = page.viewport_size
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        keep(page, f"{name}-{size}")
    assert before is not None
    page.set_viewport_size(before)


def to_first_case(page: Page) -> None:
    """By the answer card, where cases stand under their names."""
    page.keyboard.press("Escape")
    page.locator("[data-grid] .exam-grid-case", has_text="案例一").locator("xpath=following-sibling::button[1]").click()


def test_the_text_stands_above_each_question_and_folds_for_all_of_its_case(server: Server, watched: Watched) -> None:
    world = begin(server)
    page = watched.page()
    sit(page, server, world.seats[0])
    expect(page.locator(".exam-question:visible [data-case]")).to_be_hidden()

    to_first_case(page)
    mine = page.locator(".exam-question:visible")
    expect(mine.locator("summary")).to_have_text("案例一，第1问，共3问")
    expect(mine.locator(".exam-case-text")).to_contain_text("瓦斯检查员发现瓦斯浓度异常")
    look(page, "case-candidate")
    choose(page)
    saving(page, "saved")

    mine.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(mine.locator(".exam-case-text")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(mine.locator("summary")).to_have_text("案例一，第2问，共3问")
    expect(mine.locator(".exam-case-text")).to_be_hidden()
    mine.locator("summary").click()
    expect(mine.locator(".exam-case-text")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(mine.locator("summary")).to_have_text("案例二，第1问，共3问")
    expect(mine.locator(".exam-case-text")).to_be_visible()

    page.click("[data-review]")
    shown(page, "review")
    expect(page.locator("[data-unanswered-grid] .exam-grid-case")).to_have_text(["案例一", "案例二"])
    assert page.locator("[data-unanswered-grid] .exam-cell").count() == 49
    look(page, "case-review")


def test_an_author_writes_a_case_and_its_next_question(server: Server, watched: Watched) -> None:
    page = watched.sign_in("author")
    page.goto(f"{server.url}/bank/drafts/new")
    page.click(".case-fields > summary")
    page.fill("[name=code]", "XCQ-001")
    page.fill("[name=case_code]", "XAS-001")
    page.fill("[name=case_place]", "1")
    page.fill("[name=case_size]", "2")
    page.fill("[name=case_text]", cased.text_of(1))
    page.fill("[name=stem]", "班长应当怎样处置？")

    preview = page.locator("[data-preview] .exam-case")
    expect(preview.locator("summary")).to_have_text("案例，第1问，共2问")
    fits(page, "case-editor")
    page.fill("[name=case_size]", "9")
    expect(page.locator("[data-said=case_size]")).to_have_text("一个案例应有2至6问")
    page.fill("[name=case_size]", "2")
    page.click("button[value=save]")
    expect(page.locator("[role=status]", has_text="草稿已保存")).to_be_visible()

    page.reload()
    page.click("text=写这个案例的下一问")
    expect(page.locator("[name=case_place]")).to_have_value("2")
    expect(page.locator("[name=case_text]")).to_have_value(cased.text_of(1))
    expect(page.locator("[name=stem]")).to_have_value("")
    page.goto(f"{server.url}/bank/cases")
    look(page, "case-list")
    page.click("a.code >> nth=0")
    expect(page.locator(".case-parts li")).to_have_count(3)
    look(page, "case-item")


def test_an_assembler_asks_for_cases_in_a_blueprint(server: Server, watched: Watched) -> None:
    page = watched.sign_in("assembler")
    page.goto(f"{server.url}/papers/blueprints/new?role=team_leader")

    expect(page.locator("[data-cases=least]")).to_have_value("2")
    page.fill("[data-cases=least]", "3")
    expect(page.locator("[data-slot=cases]")).to_have_text("案例数的范围应从小到大，在0至10之间")
    page.fill("[data-cases=most]", "3")
    expect(page.locator("[data-changes]")).to_contain_text("3–3")
    assert inaccessible(page) == []
    look(page, "case-blueprint")
