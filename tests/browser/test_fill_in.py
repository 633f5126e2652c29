"""A text typed into a blank, in a real browser: by keyboard and input method, without a network, and marked right."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from service.bank.rules.items import Kind
from service.kernel import database
from service.papers.actions import opening
from service.results import queries as results
from service.results.queries import standing
from service.sittings import queries as sittings
from tests.browser import evenings
from tests.browser.candidates import act, begin, inaccessible, queue, saving, shown, sit, stored
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import keep
from tests.conftest import using
from tests.sittings import leaks
from tests.world import World

pytestmark = pytest.mark.browser
WIDTHS = {"desktop": (1280, 800), "tablet": (800, 1100), "phone": (375, 800)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The evening before an exam whose paper asks for a text to fill in, in a SQLite file."""
    return evenings.kept(tmp_path_factory.mktemp("blanks"), leaks.build)


def blank_at(session: Session, sitting_id: int) -> int:
    """The position of the item that is filled in."""
    sitting = sittings.sitting(session, sitting_id)
    assert sitting is not None and sitting.form_id is not None
    (found,) = [one.position for one in opening.read_opened(session, sitting.form_id) if one.kind == Kind.FILL_IN]
    return found


def go_to_blank(page: Page) -> None:
    """By the arrow keys, to the question with one line to write on."""
    page.keyboard.press("Escape")
    while page.locator(".exam-question:visible [data-typed] input").count() == 0:
        page.keyboard.press("ArrowRight")


def focus_field(page: Page) -> None:
    """By the tabulator, from the heading of the question to its field."""
    for _ in range(12):
        if page.evaluate("document.activeElement.matches('[data-typed] input')"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the field cannot be reached by the keyboard")


def test_a_candidate_types_loses_the_network_comes_back_and_is_marked_right(server: Server, watched: Watched) -> None:
    world = begin(server)
    seat_id = world.seats[0]
    at = act(server, lambda session: blank_at(session, world.sitting_id))
    page = watched.page()
    sit(page, server, seat_id)
    go_to_blank(page)
    focus_field(page)
    field = page.locator(".exam-question:visible [data-typed] input")
    for name, value in (("autocomplete", "off"), ("spellcheck", "false"), ("maxlength", "40")):
        expect(field).to_have_attribute(name, value)

    # What was begun is saved by itself, within a second after the last key.
    page.keyboard.type("跟班")
    saving(page, "saved")
    assert stored(server, seat_id) == [(at, "跟班", 1)]
    for size, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        keep(page, f"fill-in-{size}")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert inaccessible(page) == []

    watched.offline(True)
    page.keyboard.press("Control+a")
    page.keyboard.type(" 带班１次")
    saving(page, "waiting")
    assert [(one["position"], one["choice"]) for one in queue(page)] == [(at, "带班１次")]
    page.close(run_before_unload=False)
    watched.offline(False)

    page = watched.page()
    page.goto(f"{server.url}/exam")
    shown(page, "paper")
    saving(page, "saved")
    assert [row[:2] for row in stored(server, seat_id)] == [(at, "带班１次")]
    go_to_blank(page)
    expect(page.locator(".exam-question:visible [data-typed] input")).to_have_value("带班１次")

    hand_in(page)
    assert right(server, seat_id, at) == ("带班１次", 2, 2)


def hand_in(page: Page) -> None:
    """By way of the list of what is unanswered, in which the blank is not."""
    page.keyboard.press("Escape")
    page.locator("[data-review]").first.click()
    shown(page, "review")
    keep(page, "fill-in-review")
    page.click("[data-hand-in]")
    page.click("[data-sure] [data-answer=yes]")
    shown(page, "done")


def right(server: Server, seat_id: int, at: int) -> tuple[str, int, int]:
    """What counts of the blank."""
    with using(server.database_url), database.reading() as session:
        result = results.result_of_seat(session, seat_id)
        assert result is not None
        found = standing.of_results(session, [result])[seat_id][at]
        return found.choice, found.points, found.of


def test_what_an_input_method_composes_is_saved_as_a_word_and_never_by_its_letters(
    server: Server, watched: Watched
) -> None:
    world = begin(server)
    seat_id = world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    go_to_blank(page)
    focus_field(page)
    composing = watched.context.new_cdp_session(page)

    composing.send("Input.imeSetComposition", {"text": "daiban", "selectionStart": 6, "selectionEnd": 6})
    page.wait_for_timeout(1500)
    assert stored(server, seat_id) == []
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saving")
    composing.send("Input.insertText", {"text": "带班"})
    saving(page, "saved")
    assert [row[1] for row in stored(server, seat_id)] == ["带班"]

    # Emptied again it is no answer, and the question counts as unanswered.
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    saving(page, "saved")
    assert [row[1:] for row in stored(server, seat_id)] == [("", 2)]
    expect(page.locator("[data-grid] [data-answered=yes]")).to_have_count(0)
