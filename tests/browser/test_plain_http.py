"""A county's network without HTTPS: browsers do not say there of which site a page is, only its origin, or ``null``."""

import os
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Playwright, Request, Route, expect

from tests.browser.conftest import ARGUMENTS, Server, Watched, chromium

pytestmark = pytest.mark.browser
OURS, NEIGHBOUR = "room.county.test", "news.county.test"
HIDING = (
    '<meta name="referrer" content="no-referrer"><form method="post" action="{action}"><button>看新闻</button></form>'
)


@pytest.fixture
def plain(playwright: Playwright, server: Server) -> Iterator[tuple[Browser, Server]]:
    """A browser that finds the service by a name of the county's, which is no secure place as ``localhost`` is."""
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {OURS} 127.0.0.1"]
    browser = playwright.chromium.launch(executable_path=chromium(), args=arguments, chromium_sandbox=os.geteuid() != 0)
    yield browser, replace(server, url=f"http://{OURS}:{urlsplit(server.url).port}")
    browser.close()


def said(request: Request) -> tuple[str | None, str | None]:
    """What a request says of where it comes from."""
    headers = request.all_headers()
    return headers.get("sec-fetch-site"), headers.get("origin")


def test_our_scripts_and_our_forms_name_their_origin_and_are_let_in(
    plain: tuple[Browser, Server],
) -> None:
    browser, server = plain
    context = browser.new_context(locale="zh-CN")
    page = Watched(context, server)
    with context.expect_event("request", lambda one: one.method == "POST") as sent:
        own = page.sign_in("author")
    assert said(sent.value) == (None, server.url)
    own.goto(f"{server.url}/my-result")
    own.fill("[name=ticket_number]", "123456")
    own.fill("[name=id_tail]", "1234")

    with own.expect_response(lambda one: one.request.method == "POST") as answered:
        own.get_by_role("button", name="查询").click()

    assert said(answered.value.request) == (None, server.url)
    assert answered.value.status == 404, "nobody has this ticket, and the form says so itself"
    expect(own.locator("[name=ticket_number]")).to_have_value("123456")
    context.close()


def test_a_form_of_a_neighbour_that_hides_where_it_is_does_nothing_though_the_cookie_comes_along(
    plain: tuple[Browser, Server],
) -> None:
    browser, server = plain
    context = browser.new_context(locale="zh-CN")
    own = Watched(context, server).sign_in("author")
    action = f"{server.url}/api/v1/bank/versions/1/withdrawal"

    def news(route: Route) -> None:
        route.fulfill(content_type="text/html; charset=utf-8", body=HIDING.format(action=action))

    context.route(f"http://{NEIGHBOUR}/**", news)
    own.goto(f"http://{NEIGHBOUR}/")
    with own.expect_response(action) as answered:
        own.get_by_role("button", name="看新闻").click()

    assert said(answered.value.request) == (None, "null")
    assert "peikao=" in answered.value.request.all_headers()["cookie"], "or nothing would have to be refused"
    assert (answered.value.status, answered.value.json()["code"]) == (403, "other_site")
    context.close()
