"""Every page of every user, in both languages and three widths: nothing clipped, nothing foreign, no serious fault.

With PEIKAO_SCREENSHOTS naming a folder, each page is also kept there as a picture.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import Session

from service.bank import queries as bank
from service.kernel import database
from service.kernel.settings import ROOT
from service.results import queries as results
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.conftest import using

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AXE = ROOT / "templates" / "static" / "vendor" / "axe-core" / "axe.min.js"
# The pages of each user; {…} are filled with ids of the world.
PAGES = {
    "stranger": [
        "/",
        "/sign-in",
        "/exam",
        "/exam/done",
        "/verify",
        "/certificates/{code}",
        "/certificates/AAAA",
        "/docs",
    ],
    "administrator": ["/", "/accounts", "/accounts/{account}"],
    "author": ["/", "/bank", "/bank?level=apply&subject=gas", "/bank?enemy=fund-or-employer", "/bank/items/{item}"],
    "reviewer": ["/bank/review"],
    "planner": ["/", "/plan", "/classes", "/classes/{class}", "/institutions", "/results"],
    "assembler": ["/papers", "/papers/{paper}"],
    "approver": ["/papers/{paper}", "/papers/{paper}/forms/A"],
    "arranger": ["/", "/sittings", "/sittings/{sitting}"],
    "confirmer": ["/results", "/results/classes/{class}"],
    "publisher": ["/results/classes/{class}"],
    "statistician": ["/", "/pass-rates", "/pass-rates?by=enterprise", "/results/classes/{class}"],
    "auditor": ["/", "/journal", "/journal?event=RESULTS_PUBLISHED"],
    "institution": ["/", "/classes", "/classes/{class}", "/results/classes/{class}", "/papers"],
    "enterprise": ["/results/classes/{class}"],
    "proctor1": ["/", "/proctor", "/proctor/sittings/{sitting}", "/proctor/sittings/{sitting}/check-in"],
}


# Pages that refuse on purpose must be whole, too.
REFUSED = {
    ("stranger", "/certificates/AAAA"): 404,
    ("approver", "/papers/{paper}/forms/A"): 409,
    ("institution", "/papers"): 403,
}


def finish(session: Session, server: Server) -> str:
    """The exam over, results published; a certificate's code."""
    world = server.world
    worlds.begin_exam(session, world, absent=1)
    from service.papers.actions import keys
    from service.sittings import queries as sittings

    sitting = sittings.sitting(session, world.sitting_id)
    assert sitting is not None and sitting.form_id is not None
    for place, seat_id in enumerate(world.seats[:-1]):
        worlds.start(session, seat_id, now=worlds.WORKING_AT)
        key = keys.use_key(session, sitting.form_id, "test", "test", now=worlds.WORKING_AT)
        for position, entry in key.items():
            if position > place * 6:
                worlds.save(session, seat_id, position, entry.key)
    marking.hand_in_overdue(session, now=worlds.AFTER)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
    publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)
    lines = results.lines(session, world.class_id)
    return next(line.certificate.code for line in lines if line.certificate is not None)


def clipped(page: Page) -> list[str]:
    """Content that is wider than the window, in words."""
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"the page is {wider} px wider than the window"] if wider > 0 else []


def inaccessible(page: Page) -> list[str]:
    """Serious accessibility faults (WCAG 2.2 AA), in words."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("PEIKAO_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_every_user_is_whole(chrome: Browser, server: Server, language: str) -> None:
    with using(server.database_url), database.writing() as session:
        code = finish(session, server)
        # An item with everything an author can say of one: tags, and more enemy groups than one.
        tagged = bank.newest_versions(session)["SIL-010"][1].id
    server.set_clock(worlds.AFTER)
    world = server.world
    ids = {
        "code": code,
        "class": world.class_id,
        "paper": world.paper_id,
        "sitting": world.sitting_id,
        "account": world.accounts["author"],
        "item": tagged,
    }
    faults: dict[str, list[str]] = {}
    looked_at = 0
    for username, addresses in PAGES.items():
        context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
        watched = Watched(context, server)
        page = watched.page() if username == "stranger" else watched.sign_in(username)
        for address in addresses:
            for width, (across, down) in WIDTHS.items():
                page.set_viewport_size({"width": across, "height": down})
                reply = page.goto(server.url + address.format(**ids), wait_until="load")
                assert reply is not None
                name = f"{username}{address.format(**ids).replace('/', '-').replace('?', '-')}-{width}-{language}"
                keep(page, name)
                expected = REFUSED.get((username, address), 200)
                found = clipped(page) + ([f"status {reply.status}"] if reply.status != expected else [])
                # Markup is the same at every width and in both languages; Swagger's own is not ours to judge.
                if width == "tablet" and language == "zh" and address != "/docs":
                    found += inaccessible(page)
                if found:
                    faults[name] = found
                looked_at += 1
        if watched.errors or watched.foreign:
            faults[username] = [*watched.errors, *watched.foreign]
        context.close()
    assert looked_at == sum(len(addresses) for addresses in PAGES.values()) * len(WIDTHS)
    assert faults == {}
