"""A newcomer's first day in a browser: an account from one administrator, a duty and a code from the other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import world as worlds
from tests.browser.conftest import Server, Watched
from tests.browser.test_door import picture

pytestmark = [pytest.mark.browser, pytest.mark.long]
OWN = "three-odd-words-of-mine"


@contextmanager
def somebody(chrome: Browser, server: Server) -> Iterator[Watched]:
    """A browser of somebody else's."""
    context = chrome.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
    watching = Watched(context, server)
    yield watching
    context.close()
    assert (watching.errors, watching.foreign) == ([], [])


def agree(page: Page) -> None:
    """Say yes to what is asked."""
    page.click("#ask [data-answer=yes]")


def enter(page: Page, password: str) -> None:
    page.fill("input[name=username]", "newcomer")
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")


def test_a_newcomer_comes_in_by_two_hands(chrome: Browser, server: Server) -> None:
    with somebody(chrome, server) as system:
        page = system.sign_in("administrator")
        page.goto(f"{server.url}/accounts")
        form = page.locator("form[action='/api/v1/accounts']")
        form.locator("select").select_option(label="市应急管理局")
        for name, value in (("name", "新人"), ("citizen_id", worlds.citizen_id(701)), ("username", "newcomer")):
            form.locator(f"input[name={name}]").fill(value)
        form.locator("button").click()
        known = form.locator("output[data-field=one_time_password]")
        expect(known).to_have_text(re.compile(r"^(\w{4}-){3}\w{4}$"))
        one_time = known.inner_text()
        picture(page, "opened")

    with somebody(chrome, server) as security:
        page = security.sign_in("security")
        page.goto(f"{server.url}/accounts?text=newcomer")
        page.click("text=授予或撤销")
        page.locator("tr", has_text="命题").locator("button").first.click()
        expect(page.locator("tr", has_text="命题").first).to_contain_text("已授予")
        page.click("button:has-text('出具启用码')")
        agree(page)
        given = page.locator("output[data-field=code]")
        expect(given).to_have_text(re.compile(r"^(\w{4}-){3}\w{4}$"))
        code = given.inner_text()
        picture(page, "vouched")

    with somebody(chrome, server) as newcomer:
        page = newcomer.page()
        page.goto(f"{server.url}/sign-in")
        enter(page, one_time)
        page.wait_for_url("**/password")
        expect(page.locator("h1")).to_have_text("选定自己的密码")
        picture(page, "choosing")
        page.fill("input[name=password]", one_time)
        page.fill("input[name=new]", OWN)
        page.fill("input[name=code]", code)
        page.click("button:has-text('选定密码')")
        page.wait_for_url("**/sign-in")
        enter(page, OWN)
        page.wait_for_url(f"{server.url}/")
        expect(page.locator(".cards")).to_contain_text("题库")


def test_without_the_code_the_page_says_what_is_missing(chrome: Browser, server: Server) -> None:
    with somebody(chrome, server) as system:
        page = system.sign_in("administrator")
        page.goto(f"{server.url}/accounts/{server.world.accounts['author']}")
        page.click("summary:has-text('重置密码')")
        page.fill("input[name=reason]", "本人当面说忘记了密码")
        page.click("button:has-text('重置密码')")
        agree(page)
        known = page.locator("output[data-field=one_time_password]")
        expect(known).to_have_text(re.compile(r"^(\w{4}-){3}\w{4}$"))
        one_time = known.inner_text()
        picture(page, "reset")

    with somebody(chrome, server) as author:
        page = author.page()
        page.goto(f"{server.url}/sign-in")
        page.fill("input[name=username]", "author")
        page.fill("input[name=password]", one_time)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/password")
        page.fill("input[name=password]", one_time)
        page.fill("input[name=new]", OWN)
        page.click("button:has-text('选定密码')")
        page.wait_for_url("**/sign-in")
        page.fill("input[name=username]", "author")
        page.fill("input[name=password]", OWN)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/password")
        expect(page.locator("h1").first).to_have_text("启用账号")
        picture(page, "doubted")
        page.goto(server.url)
        expect(page.locator("main .alert")).to_contain_text("您的账号还没有启用")
        picture(page, "home-doubted")
