"""The line is there, but the server cannot save just now: the page says so, and nothing is lost."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.candidates import PATIENCE, beat, begin, choose, queue, saving, sit, stored
from tests.browser.conftest import Server, Watched

pytestmark = pytest.mark.browser


def test_a_server_that_cannot_save_just_now_is_not_told_as_a_cut_line(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    problem = '{"status": 503, "code": "database_unavailable", "detail": "服务器现在不能保存。"}'

    def out_of_order(route: Route) -> None:
        headers = {"Retry-After": "5"}
        route.fulfill(status=503, content_type="application/problem+json", headers=headers, body=problem)

    page.route("**/api/v1/exam/**", out_of_order)
    word, paper = page.locator("[data-saved-word]"), page.locator("[data-screen=paper]")
    choose(page)
    expect(word).to_have_text("服务器暂不能保存（1 题），请继续答题", timeout=PATIENCE)
    saving(page, "unable")
    page.click("[data-forward]")
    choose(page)
    expect(word).to_have_text("服务器暂不能保存（2 题），请继续答题", timeout=PATIENCE)
    expect(paper).to_be_visible()
    assert [len(stored(server, seat_id)), len(queue(page))] == [0, 2]

    page.unroute("**/api/v1/exam/**")
    beat(page)
    saving(page, "saved")
    assert len(stored(server, seat_id)) == 2

    page.route("**/api/v1/exam/**", out_of_order)
    beat(page)
    saving(page, "unable_quiet")
    expect(word).to_have_text("已保存；服务器暂有故障，可以继续答题")
    page.unroute("**/api/v1/exam/**")
    beat(page)
    saving(page, "saved")
    page.route("**/api/v1/exam/**", lambda route: route.abort())
    beat(page)
    saving(page, "away")
