"""The door in a browser: a passkey of Chromium's virtual authenticator, one-time codes, and proving oneself again."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from service.kernel import one_time
from tests import world as worlds
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import clipped, inaccessible

pytestmark = pytest.mark.browser


@pytest.fixture
def named(server: Server, chrome: Browser) -> Iterator[Watched]:
    """A browser that reaches the service by a name, which passkeys need, and with the limits as they are in use."""
    server.stop()
    server.url = server.url.replace("127.0.0.1", "localhost")
    server.environment |= {
        "PEIKAO_PUBLIC_URL": server.url,
        "PEIKAO_SECOND_FACTOR_REQUIRED": "true",
        "PEIKAO_STEP_UP_MINUTES": "5",
    }
    server.start()
    context = chrome.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
    watching = Watched(context, server)
    yield watching
    context.close()
    assert (watching.errors, watching.foreign) == ([], [])


def picture(page: Page, name: str) -> None:
    """Kept where PEIKAO_SCREENSHOTS names a folder, at every width; and looked at in any case."""
    folder = os.environ.get("PEIKAO_SCREENSHOTS")
    for width, size in WIDTHS.items():
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert (clipped(page), inaccessible(page)) == ([], []), (name, width)
        if folder:
            page.screenshot(path=f"{folder}/door-{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})


def virtual_authenticator(page: Page) -> None:
    """A platform authenticator that always finds its owner there."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    client.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_duties_awake_with_a_passkey_that_then_signs_in(named: Watched) -> None:
    url, page = named.server.url, named.page()
    virtual_authenticator(page)
    page.goto(f"{url}/sign-in")
    page.fill("input[name=username]", "planner")
    page.fill("input[name=password]", worlds.PASSWORD)
    page.press("input[name=password]", "Enter")
    # Nothing else can be done first, so the page is the one that helps.
    page.wait_for_url("**/second-factor")
    assert page.locator(".alert", has_text="您的职责需要第二验证方式").is_visible()
    picture(page, "unproven")

    page.fill("[data-new-passkey] input[name=name]", "办公室电脑")
    page.click("text=绑定本机的通行密钥")
    page.wait_for_selector("[data-codes]:visible")
    assert page.locator(".codes li").count() == 10
    picture(page, "codes")
    page.click("text=已抄好，继续")
    page.wait_for_selector("nav.places >> text=各班次")

    page.click("header >> text=退出")
    page.wait_for_selector("header a[href='/sign-in']")
    page.goto(f"{url}/sign-in")
    page.fill("input[name=username]", "planner")
    page.fill("input[name=password]", worlds.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("[data-passkey]:visible")
    picture(page, "second")
    page.click("[data-passkey]")
    page.wait_for_selector("nav.places >> text=各班次")

    page.goto(f"{url}/devices")
    assert page.locator("tbody tr").count() == 1 and page.locator("tbody >> text=通行密钥").is_visible()
    picture(page, "devices")


def test_an_authenticator_by_its_qr_code_and_a_code_typed_in(named: Watched) -> None:
    url, page = named.server.url, named.page()
    page.goto(f"{url}/sign-in")
    page.fill("input[name=username]", "security")
    page.fill("input[name=password]", worlds.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/second-factor")

    page.click("button:has-text('绑定动态口令')")
    page.wait_for_selector("img.qr:visible")
    secret = one_time.read(page.inner_text("[data-secret]").replace(" ", ""))
    picture(page, "qr")
    step = one_time.step_at(worlds.CHECK_IN_AT)
    page.fill("[data-totp] input[name=code]", one_time.code_at(secret, step + 1))
    page.click("text=确认绑定")
    page.wait_for_selector("[data-codes]:visible")
    recovery = page.locator(".codes li").first.inner_text()

    # Ten minutes later granting a duty asks who is there; a wrong answer is said, a right one goes on.
    named.server.set_clock(worlds.CHECK_IN_AT + timedelta(minutes=10))
    page.goto(f"{url}/accounts/{named.server.world.accounts['planner']}")
    row = page.locator("tr", has=page.locator("th:has-text('考务安排')"))
    row.locator("button:has-text('授予')").click()
    page.wait_for_selector("#step-up[open]")
    page.fill("#step-up input", "wrong")
    page.click("#step-up button:has-text('确认')")
    page.wait_for_selector("#step-up .alert:visible")
    picture(page, "step-up")
    page.fill("#step-up input", recovery)
    page.click("#step-up button:has-text('确认')")
    page.wait_for_selector("tr:has(th:has-text('考务安排')) >> text=已授予")
