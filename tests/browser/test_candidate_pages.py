"""The candidate's pages in every state: no fault that axe knows of, nothing clipped, and light on a thin line.

With PEIKAO_SCREENSHOTS naming a folder, each state is also kept there as a picture.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from service.sittings.actions import clockwork, minding
from tests import world as worlds
from tests.browser import candidates
from tests.browser.candidates import act, beat, begin, choose, saving, shown, sign_in
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import clipped, keep

pytestmark = pytest.mark.browser
# The whole exam page with everything it loads the first time, as it is served.
HEAVIEST = 150 * 1024


def kind(page: Page, name: str) -> None:
    """Go to the first question of a kind, by the answer card."""
    places = page.evaluate(
        "[...document.querySelectorAll('[data-questions] .exam-question')].map((one) => one.textContent)"
    )
    word = {"single": ("单选", "Single"), "multiple": ("多选", "Multiple"), "true_false": ("判断", "True")}[name]
    place = next(index for index, text in enumerate(places) if any(one.lower() in text.lower() for one in word))
    page.locator("[data-grid] .exam-cell").nth(place).click()


def states(page: Page, server: Server) -> Iterator[str]:
    """A whole exam, state by state; each is on the screen when its name is yielded."""
    world = server.world
    seat_id = world.seats[0]
    page.goto(f"{server.url}/exam")
    yield "sign_in"
    page.click("[data-sign-in] button[type=submit]")
    yield "sign_in_fault"
    sign_in(page, server, seat_id)
    shown(page, "waiting")
    yield "waiting"
    page.click("[data-practice-open]")
    choose(page)
    yield "practice"
    page.click(".exam-keys summary")
    yield "help"
    page.click(".exam-keys summary")
    server.set_clock(worlds.WORKING_AT)
    beat(page)
    shown(page, "paper")
    for name in ("single", "multiple", "true_false"):
        kind(page, name)
        yield f"paper_{name}"
        choose(page)
    page.click(".exam-question:visible [data-flag]")
    saving(page, "saved")
    yield "overview"
    page.evaluate("document.dispatchEvent(new ClipboardEvent('copy', {cancelable: true}))")
    proctor = "proctor1"
    act(
        server,
        lambda session: minding.send_message(
            session,
            world.actor(session, proctor),
            world.sitting_id,
            None,
            "请大家保持安静。",
            now=candidates.now(server),
        ),
    )
    beat(page)
    expect(page.locator(".exam-notice[data-kind=message]")).to_be_visible(timeout=candidates.PATIENCE)
    yield "message"
    page.click(".exam-notice[data-kind=message] button")
    act(
        server,
        lambda session: clockwork.pause_room(
            session, world.actor(session, proctor), world.sitting_id, "停电", now=candidates.now(server)
        ),
    )
    beat(page)
    shown(page, "paused")
    yield "paused"
    server.set_clock(candidates.now(server) + timedelta(minutes=6))
    act(
        server,
        lambda session: clockwork.resume_room(
            session, world.actor(session, proctor), world.sitting_id, now=candidates.now(server)
        ),
    )
    beat(page)
    shown(page, "paper")
    yield "resumed"
    page.click("[data-review]")
    yield "confirm"
    page.click("[data-hand-in]")
    yield "confirm_asked"
    page.click("[data-sure] [data-answer=yes]")
    shown(page, "done")
    yield "receipt"
    page.goto(f"{server.url}/exam/done")
    yield "receipt_again"
    page.goto(f"{server.url}/exam/receipt")
    page.fill("#code", world.tickets[seat_id])
    page.fill("#digest", "0" * 12)
    page.click("[data-check] button[type=submit]")
    expect(page.locator("[data-outcome]")).to_be_visible(timeout=candidates.PATIENCE)
    yield "receipt_check"


STATES = 17
LOOKS = [
    pytest.param("desktop", "zh", "", id="desktop"),
    pytest.param("tablet", "en", "", id="tablet in English"),
    pytest.param("phone", "zh", "", id="phone"),
    pytest.param("desktop", "zh", "high", id="high contrast"),
    pytest.param("phone", "en", "high", id="phone, high contrast, English"),
    pytest.param("tablet", "zh", "huge", id="largest text"),
    pytest.param("phone", "zh", "huge", id="phone, largest text"),
]


@pytest.mark.parametrize(("width", "language", "look"), LOOKS)
def test_every_state_is_whole_and_accessible(
    chrome: Browser, server: Server, width: str, language: str, look: str
) -> None:
    begin(server, worlds.CHECK_IN_AT)
    across, down = WIDTHS[width]
    context = chrome.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": across, "height": down}
    )
    context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
    watched = Watched(context, server)
    page = watched.page()
    faults: dict[str, list[str]] = {}
    looked_at = 0
    for name in states(page, server):
        if name == "waiting" and look == "high":
            page.click("[data-contrast-switch]")
        if name == "waiting" and look == "huge":
            page.check("input[name=size][value=huge]", force=True)
        keep(page, f"candidate-{name}-{width}-{language}-{look or 'plain'}")
        found = candidates.inaccessible(page) + clipped(page)
        if found:
            faults[name] = found
        looked_at += 1
    context.close()
    assert looked_at == STATES
    assert faults == {}
    assert (watched.errors, watched.foreign) == ([], [])


def test_the_first_look_at_the_exam_is_light(watched: Watched, server: Server) -> None:
    """The page, its styles, its scripts and the fifty questions, each as it came over the line."""
    begin(server)
    page = watched.page()
    sign_in(page, server, server.world.seats[0])
    shown(page, "paper")

    fresh = watched.page()
    line = watched.context.new_cdp_session(fresh)
    line.send("Network.enable")
    line.send("Network.clearBrowserCache")
    addresses: dict[str, str] = {}
    weights: dict[str, int] = {}
    line.on("Network.responseReceived", lambda event: addresses.update({event["requestId"]: event["response"]["url"]}))
    line.on(
        "Network.loadingFinished",
        lambda event: weights.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    fresh.goto(f"{server.url}/exam/paper")
    shown(fresh, "paper")
    fresh.wait_for_timeout(1000)
    total = sum(weights.values())
    heaviest = sorted(((weights[one], addresses.get(one, "")) for one in weights), reverse=True)
    sys.stdout.write(f"the exam page weighs {total} bytes in {len(weights)} requests\n")
    for weight, address in heaviest[:6]:
        sys.stdout.write(f"{weight:8d} {address.removeprefix(server.url)}\n")
    assert any("/static/css/exam.css" in address for _, address in heaviest)
    assert 0 < total <= HEAVIEST
