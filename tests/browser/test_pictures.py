"""A picture from the author's editor to the candidate's screen, in real browsers: chosen, described, reviewed, sealed,
shown, made large, and still there when the network is gone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.bank import queries as bank
from service.bank.rules.items import State
from service.kernel import database
from tests.browser import evenings
from tests.browser.candidates import begin, saving, sit
from tests.browser.conftest import Server, Watched
from tests.browser.test_item_editor import SAVED, write
from tests.browser.test_written import look
from tests.conftest import using
from tests.pictures import jpeg, png
from tests.sittings import pictured
from tests.world import World

pytestmark = pytest.mark.browser
WORDS = "一盏矿灯挂在巷道支架上，灯头朝下"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The evening before an exam whose paper shows pictures, in a SQLite file."""
    return evenings.kept(tmp_path_factory.mktemp("pictured"), pictured.build)


def drawn(page: Page, selector: str) -> None:
    """The picture is there and has been read, and is no broken one."""
    image = page.locator(selector).first
    expect(image).to_be_visible()
    page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=image.element_handle())


def test_an_author_puts_pictures_to_an_item_and_a_reviewer_sees_them(server: Server, watched: Watched) -> None:
    page = watched.sign_in("author")

    page.goto(f"{server.url}/bank/drafts/new")
    write(page)
    stem = page.locator("[data-picture=stem]")
    stem.locator("summary").click()

    stem.locator("[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"GIF89a"})
    expect(page.locator("#said-picture_stem")).to_contain_text("图片应为JPEG或PNG格式")
    stem.locator("[name=picture_words_stem]").fill("灯头朝下")
    # The check that follows has its own to say, and does not take away why the file was refused.
    expect(page.locator("#said-picture_stem")).to_have_text(re.compile("图片应为JPEG或PNG格式.+图片没有上传成功"))
    stem.locator("[name=picture_words_stem]").fill("")
    stem.locator("[type=file]").set_input_files({"name": "灯.png", "mimeType": "image/png", "buffer": png(320, 180)})
    expect(page.locator("#said-picture_stem")).to_contain_text("图片须有2至200个字的文字说明")
    stem.locator("[name=picture_words_stem]").fill(WORDS)
    option = page.locator("[data-picture=B]")
    option.locator("summary").click()
    option.locator("[type=file]").set_input_files({"name": "b.jpg", "mimeType": "image/jpeg", "buffer": jpeg(240, 160)})
    option.locator("[name=picture_words_B]").fill("一块压力表，指针在红区")
    expect(page.locator("[data-status]")).to_have_text("没有问题，可以提交。")
    drawn(page, "[data-picture=stem] [data-shown]")
    drawn(page, "[data-preview] .exam-picture img")
    expect(page.locator("[data-preview] .exam-picture img")).to_have_count(2)
    assert watched.errors == []
    look(page, "pictures-editor")
    # axe copies the style sheet of the preview's shadow to look at it, which the page's policy refuses to axe.
    watched.errors[:] = [one for one in watched.errors if not one.startswith("Applying inline style")]

    page.get_by_role("button", name="存草稿").click()
    page.wait_for_url(SAVED)
    page.reload()
    drawn(page, "[data-picture=stem] [data-shown]")
    option = page.locator("[data-picture=B]")
    option.get_by_label("去掉这张图片").check()
    expect(page.locator("[data-preview] .exam-picture img")).to_have_count(1)
    option.get_by_label("去掉这张图片").uncheck()
    expect(page.locator("[data-preview] .exam-picture img")).to_have_count(2)
    page.get_by_role("button", name="提交审题").click()
    page.wait_for_url(re.compile("/bank/drafts$"))
    with using(server.database_url), database.reading() as session:
        version = bank.newest_versions(session)["SIL-960"][1]
        assert (version.state, sorted(version.pictures)) == (State.SUBMITTED, ["B", "stem"])

    watched.context.clear_cookies()
    page = watched.sign_in("reviewer")
    page.goto(f"{server.url}/bank/items/{version.id}")
    drawn(page, f"img[alt='{WORDS}']")
    look(page, "pictures-trial")


def test_a_candidate_sees_makes_large_and_keeps_the_pictures_while_the_network_is_away(
    server: Server, watched: Watched
) -> None:
    world = begin(server)
    page = watched.page()
    sit(page, server, world.seats[0])
    page.keyboard.press("Escape")
    for _ in range(60):
        if page.locator(".exam-question:visible .exam-picture").count():
            break
        page.keyboard.press("ArrowRight")
    shown = ".exam-question:visible .exam-picture"
    expect(page.locator(f"{shown} img")).to_have_count(2)
    for place in range(2):
        expect(page.locator(shown).nth(place)).to_have_attribute("data-state", "shown")
    drawn(page, f"{shown} img")
    assert page.locator(f"{shown} img").first.get_attribute("src").startswith("blob:")  # type: ignore[union-attr]
    described = page.locator(".exam-question:visible .exam-option input[value=C]").get_attribute("aria-describedby")
    assert re.match("图样", page.locator(f"#{described}").get_attribute("alt") or "")
    look(page, "pictures-candidate")

    large = page.locator(shown).first.get_by_role("button", name="放大图片")
    large.click()
    dialog = page.get_by_role("dialog")
    before = dialog.locator("img").bounding_box()
    dialog.get_by_role("button", name="再放大").click()
    after = dialog.locator("img").bounding_box()
    assert before is not None and after is not None and after["width"] > 1.4 * before["width"]
    look(page, "pictures-large")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(large).to_be_focused()
    expect(page.locator(".exam-question:visible .exam-option input:checked")).to_have_count(0)

    everything = page.locator(".exam-picture").count()
    expect(page.locator(".exam-picture[data-state=shown]")).to_have_count(everything, timeout=30_000)
    watched.offline(True)
    page.keyboard.press("ArrowRight")
    if page.locator(f"{shown} img").count():
        drawn(page, f"{shown} img")
    page.keyboard.press("ArrowLeft")
    drawn(page, f"{shown} img")
    page.locator(".exam-question:visible .exam-option").first.click()
    saving(page, "waiting")
    large.click()
    drawn(page, "dialog.exam-zoom img")
