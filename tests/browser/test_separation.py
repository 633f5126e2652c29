"""The pages of separation: declared ties, certificates, and a certificate that the browser itself verifies."""

import json
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from service import sweeping
from service.access.actions import declaring
from service.access.rules.ties import TieDraft, TieKind
from service.kernel import database
from tests import world as worlds
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import finish, look
from tests.conftest import using

pytestmark = pytest.mark.browser
PAGES = {
    "statistician": ["/separation", "/separation/classes/{class}", "/separation/verify", "/pass-rates"],
    "author": ["/ties"],
    "planner": ["/ties"],
}


def prepare(server: Server) -> None:
    """The class published and certified; a tie declared, and its withdrawal asked for."""
    with using(server.database_url, server.clock_file):
        with database.writing() as session:
            finish(session, server)
            world = server.world
            for place, kind in (("institution", TieKind.RELATIVE), ("institution2", TieKind.EMPLOYED)):
                draft = TieDraft(
                    world.organisations[place], kind, date(2020, 1, 1), date(2021, 1, 1), "堂兄在该单位任教"
                )
                tie = declaring.declare_own(session, world.actor(session, "author"), draft, now=worlds.AFTER)
            administrator = world.actor(session, "administrator")
            declaring.propose_withdrawal(session, administrator, tie.id or 0, "登记时写错了单位", now=worlds.AFTER)
        server.set_clock(worlds.AFTER)
        sweeping.certify_published()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_separation_is_whole(chrome: Browser, server: Server, language: str) -> None:
    prepare(server)
    faults: dict[str, list[str]] = {}
    for username, addresses in PAGES.items():
        paths = [address.format(**{"class": server.world.class_id}) for address in addresses]
        faults |= look(chrome, server, username, paths, language, prefix="separation-")
    assert faults == {}


def said(page: Page, text: str) -> str:
    """What the page says to a certificate."""
    page.fill("textarea", text)
    page.click("[data-verify] button")
    expect(page.locator("[data-verify] [role=status]")).to_be_visible()
    return page.locator("[data-said]").inner_text()


def test_the_browser_verifies_a_certificate_and_finds_a_forged_one(watched: Watched, server: Server) -> None:
    prepare(server)
    page = watched.sign_in("statistician")
    envelope = page.request.get(f"{server.url}/api/v1/separation/certificates/{server.world.class_id}").json()
    page.goto(f"{server.url}/separation/verify")

    assert said(page, json.dumps(envelope)).startswith("证明有效")
    expect(page.locator("[data-about]")).to_contain_text("2024-TL-01")
    changed = envelope | {"document": envelope["document"].replace("publisher", "somebody")}
    assert changed != envelope
    page.reload()
    assert said(page, json.dumps(changed)).startswith("签名不对")
    page.reload()
    assert said(page, "{}").startswith("这不是培考分离证明")


def test_whoever_is_tied_declares_it_on_the_page(watched: Watched, server: Server) -> None:
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/ties")
    page.select_option("select[name=organisation_id]", label="培训中心")
    page.select_option("select[name=kind]", "relative")
    page.fill("input[name=since]", "2020-01-01")
    page.click("text=申报 >> nth=-1")

    expect(page.locator("tbody th")).to_have_text("proctor1")
