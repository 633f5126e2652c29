"""What a candidate's page does by the clock: it says how much time is left, and saves soon after a change."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests import world as worlds
from tests.browser.candidates import PATIENCE, beat, begin, choose, saving, sit, stored
from tests.browser.conftest import Server, Watched

pytestmark = pytest.mark.browser
SAID = {
    30: "离考试结束还有 30 分钟。",
    10: "离考试结束还有 10 分钟。",
    5: "还有 5 分钟，请抓紧检查。时间到会自动交卷。",
    1: "还有 1 分钟。时间到会自动交卷。",
}


def test_the_time_left_is_said_once_at_each_mark(watched: Watched, server: Server) -> None:
    begin(server, at=worlds.ENDS_AT - timedelta(minutes=31))
    page = watched.page()
    sit(page, server, server.world.seats[0])
    said, level = page.locator("[data-passing=time]"), page.locator("[data-left-box]")
    expect(said).to_have_count(0)

    for minutes, sentence in SAID.items():
        server.set_clock(worlds.ENDS_AT - timedelta(minutes=minutes))
        beat(page)

        expect(said).to_have_text(sentence, timeout=PATIENCE)
        expect(page.locator("[data-announce] p", has_text=sentence)).to_have_count(1)
        expect(level).to_have_attribute("data-level", str(minutes))


def test_a_choice_is_sent_within_a_second_of_the_last_change(watched: Watched, server: Server) -> None:
    """By the page's own timers, which the test moves by hand: nothing here depends on how busy the machine is."""
    begin(server)
    page = watched.page()
    page.clock.install()
    sit(page, server, server.world.seats[0])
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=30))
    choose(page, 0)
    choose(page, 1)
    assert stored(server, server.world.seats[0]) == []

    page.clock.run_for(1000)

    saving(page, "saved")
    (answer,) = stored(server, server.world.seats[0])
    assert answer[1] == page.locator(".exam-question:visible input:checked").input_value()


# In some browsers the monotonic timer stands still while a machine sleeps; the clock on its wall goes on.
SLEEPING = """
window.sleptFor = 0;
const wall = Date.now.bind(Date);
Date.now = () => wall() + window.sleptFor;
"""


def test_a_machine_that_has_slept_shows_the_time_that_is_left_and_asks_the_server_at_once(
    watched: Watched, server: Server
) -> None:
    begin(server, at=worlds.ENDS_AT - timedelta(minutes=40))
    page = watched.page()
    page.add_init_script(SLEEPING)
    sit(page, server, server.world.seats[0])
    left = page.locator("[data-left]")
    expect(left).to_contain_text(re.compile("3[89]|40"), timeout=PATIENCE)
    asked: list[str] = []

    def away(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    # Waking is sooner than the network comes back.
    page.route("**/api/v1/exam/heartbeat*", away)
    page.evaluate("window.sleptFor = 25 * 60 * 1000")

    expect(left).to_contain_text(re.compile("1[345]"), timeout=PATIENCE)
    assert asked, "the page did not wait for its next sign of life"

    # The server has slept as little as this test: what it says is right, whatever the clock on the wall says.
    page.unroute("**/api/v1/exam/heartbeat*")
    beat(page)
    expect(left).to_contain_text(re.compile("3[789]|40"), timeout=PATIENCE)
