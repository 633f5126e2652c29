"""Every page of every user, in both languages and three widths: nothing clipped, nothing foreign, no serious fault.

With PEIKAO_SCREENSHOTS naming a folder, each page is also kept there as a picture.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import Session, select

from service.bank import queries as bank
from service.bank.actions import reviewing
from service.kernel import database
from service.kernel.settings import ROOT
from service.results import queries as results
from service.results.actions import marking, publishing, voiding
from service.results.actions.voiding import Draft
from service.results.rules import Standing
from service.sittings.actions import cases, minding
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.room import Cause, IncidentKind
from service.sittings.tables import Case, Incident
from tests import world as worlds
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.conftest import using
from tests.sittings.tablets import BACK_AT, FIRST, MINUTE, SECOND, do, enrol

pytestmark = pytest.mark.browser
AXE = ROOT / "templates" / "static" / "vendor" / "axe-core" / "axe.min.js"
PHOTO = ROOT / "templates" / "static" / "icons" / "check-in-192.png"
# The pages of each user; {…} are filled with ids of the world.
PAGES = {
    "stranger": [
        "/",
        "/sign-in",
        "/exam",
        "/exam/done",
        "/my-result",
        "/verify",
        "/certificates/{code}",
        "/certificates/AAAA",
        "/docs",
    ],
    "administrator": ["/", "/accounts", "/accounts/{account}", "/emergency", "/second-factor", "/devices"],
    "security": ["/", "/accounts", "/accounts/{account}", "/emergency"],
    "author": [
        "/",
        "/bank",
        "/bank/imports",
        "/bank/drafts",
        "/bank/drafts/new",
        "/bank/cases",
        "/bank/tagging?text=SIL-00&every=true&add=重点",
        "/bank?level=apply&subject=gas",
        "/bank?enemy=fund-or-employer",
        "/bank?text=瓦斯&role=team_leader&difficulty=3",
        "/bank/editions",
        "/bank/repealed",
        "/bank/leaks",
        "/bank/items/{item}",
        "/bank/items/{item}/comparison?to=2",
        "/papers/coverage",
    ],
    "reviewer": ["/bank/review"],
    "planner": [
        "/",
        "/plan",
        "/classes",
        "/classes/{class}",
        "/institutions",
        "/results",
        "/results/classes/{class}/payment",
    ],
    "assembler": ["/papers", "/papers/{paper}", "/papers/blueprints", "/papers/blueprints/new?role=team_leader"],
    "approver": ["/papers/break-glass", "/papers/{paper}", "/papers/{paper}/forms/A", "/papers/blueprints/1"],
    "arranger": [
        "/",
        "/sittings",
        "/sittings/{sitting}",
        "/exam-day/cases?day=2026-11-20&show=all",
        "/proctor/sittings/{sitting}/record",
        "/results/classes/{class}/resits",
    ],
    "marker": ["/", "/results/scripts"],
    "confirmer": [
        "/results",
        "/results/appeals",
        "/retention/disposals",
        "/results/classes/{class}",
        "/proctor/sittings/{sitting}/record",
    ],
    "publisher": [
        "/results/classes/{class}",
        "/results/statistics/{class}",
        "/results/statistics/{class}/similarity",
    ],
    "statistician": [
        "/",
        "/pass-rates",
        "/pass-rates?by=enterprise",
        "/rates",
        "/rates?by=institution&across=role",
        "/rates?rate=points&by=subject",
        "/results/classes/{class}",
    ],
    "auditor": ["/", "/emergency", "/journal", "/journal?event=RESULTS_PUBLISHED", "/namesakes"],
    "institution": ["/", "/classes", "/classes/{class}", "/results/classes/{class}", "/papers"],
    "enterprise": ["/results/classes/{class}"],
    "proctor1": [
        "/",
        "/proctor",
        "/proctor/sittings/{sitting}",
        "/proctor/sittings/{sitting}/check-in",
        "/proctor/sittings/{sitting}/record",
    ],
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
    disturb(session, world)
    marking.hand_in_overdue(session, now=worlds.AFTER)
    worlds.sign_record(session, world)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
    publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)
    lines = results.lines(session, world.class_id)
    return next(line.certificate.code for line in lines if line.certificate is not None)


def disturb(session: Session, world: worlds.World) -> None:
    """Something for the record and for those who decide: a case, an ended exam with a photo, an incident."""
    caught, noisy = world.seats[3], world.seats[2]
    enrol(session, world)
    do(session, world, FIRST, "refuse", world.seats[-1], now=worlds.CHECK_IN_AT)
    do(session, world, SECOND, "admit", world.seats[-1], at=worlds.CHECK_IN_AT + MINUTE, now=BACK_AT)
    case = session.exec(select(Case.id)).one()
    arranger, proctor = world.actor(session, "arranger"), world.actor(session, "proctor1")
    cases.close_case(session, arranger, case or 0, CaseOutcome.KEEP, "已向两名监考员核实", now=BACK_AT)
    marking.terminate(session, proctor, caught, IncidentKind.CHEATING, "桌下夹带纸条", now=worlds.WORKING_AT)
    other = IncidentKind.OTHER
    minding.report_incident(
        session, proctor, world.sitting_id, noisy, other, "椅子坏了", cause=Cause.TECHNICAL, now=worlds.WORKING_AT
    )
    incident = session.exec(select(Incident.id).where(Incident.seat_id == caught)).one() or 0
    minding.add_photo(session, proctor, incident, PHOTO.read_bytes(), now=worlds.WORKING_AT)
    draft = Draft(Standing.VOID, IncidentKind.CHEATING, "夹带纸条，监控可证", incident)
    proposed = voiding.propose(session, world.actor(session, "confirmer"), caught, draft, now=worlds.AFTER)
    publisher = world.actor(session, "publisher")
    voiding.decide(session, publisher, proposed.id or 0, uphold=True, note="证据充分", now=worlds.AFTER)


def clipped(page: Page) -> list[str]:
    """Content that is wider than the window, in words."""
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"the page is {wider} px wider than the window"] if wider > 0 else []


def inaccessible(page: Page) -> list[str]:
    """Every fault against WCAG 2.2 AA that axe knows of, the size of targets included, in words."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    rules = {"target-size": {"enabled": True}}
    found = page.evaluate("([tags, rules]) => axe.run(document, {runOnly: tags, rules})", [tags, rules])
    return [f"{violation['id']}: {violation['nodes'][0]['html'][:160]}" for violation in found["violations"]]


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("PEIKAO_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def look(
    chrome: Browser,
    server: Server,
    username: str,
    paths: list[str],
    language: str,
    *,
    prefix: str = "",
    expected: Mapping[str, int] | None = None,
) -> dict[str, list[str]]:
    """What is wrong with these pages for one user at every width, by picture; ``expected`` statuses are 200 else."""
    faults: dict[str, list[str]] = {}
    context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
    watched = Watched(context, server)
    page = watched.page() if username == "stranger" else watched.sign_in(username)
    for path in paths:
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            reply = page.goto(server.url + path, wait_until="load")
            assert reply is not None
            name = f"{prefix}{username}{path.replace('/', '-').replace('?', '-')}-{width}-{language}"
            keep(page, name)
            right = (expected or {}).get(path, 200)
            found = clipped(page) + ([f"status {reply.status}"] if reply.status != right else [])
            # Markup is the same at every width and in both languages; Swagger's own is not ours to judge.
            if width == "tablet" and language == "zh" and path != "/docs":
                before = len(watched.errors)
                found += inaccessible(page)
                # axe copies the style sheet of a preview's shadow to look at it, which the page's policy forbids it.
                by_axe = watched.errors[before:]
                watched.errors[before:] = [one for one in by_axe if not one.startswith("Applying inline style")]
            if found:
                faults[name] = found
    if watched.errors or watched.foreign:
        faults[username] = [*watched.errors, *watched.foreign]
    context.close()
    return faults


def renew(session: Session, server: Server) -> int:
    """The author changes the item: the version before, since a reviewer has to answer the new one."""
    found = bank.newest_versions(session)["SIL-010"]
    text = bank.text_of(*found)
    author = server.world.actor(session, "author")
    reviewing.submit_items(session, author, [replace(text, stem=f"（修订）{text.stem}")], now=worlds.AFTER)
    return found[1].id or 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_every_user_is_whole(chrome: Browser, server: Server, language: str) -> None:
    with using(server.database_url), database.writing() as session:
        code = finish(session, server)
        # An item with everything an author can say of one: tags, and more enemy groups than one.
        tagged = renew(session, server)
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
    for username, addresses in PAGES.items():
        paths = {address: address.format(**ids) for address in addresses}
        expected = {path: REFUSED.get((username, address), 200) for address, path in paths.items()}
        faults |= look(chrome, server, username, list(paths.values()), language, expected=expected)
    assert faults == {}
