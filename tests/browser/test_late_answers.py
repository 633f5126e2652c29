"""The page on which two people decide late answers: whole at every width, and it does what it says."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, select

from service.kernel import database
from service.results import queries
from service.results.actions import marking
from service.sittings.actions import late
from service.sittings.tables import LateAnswer
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import clipped, inaccessible, keep
from tests.conftest import using
from tests.results import test_late_answers as exams
from tests.sittings.test_late import belated
from tests.world import AFTER, WORKING_AT

pytestmark = pytest.mark.browser


def prepare(session: Session, server: Server) -> int:
    """One that the rule lets through, one that came from a connected machine, one without a signature."""
    exams.sit(session, server.world)
    row_id = session.exec(select(LateAnswer.id)).one()
    ticket, machine = server.world.tickets[server.world.seats[0]], late.Machine(exams.one(session).session_digest)
    connected = belated(ticket, 2, "A", 7, WORKING_AT - timedelta(minutes=20))
    forged = belated(ticket, 3, "A", 7, WORKING_AT, forged=True)
    late.keep(session, machine, ticket, [connected, forged], now=AFTER)
    marking.hand_in_overdue(session, now=AFTER)
    return row_id or 0


def look(page: Page, server: Server, name: str) -> list[str]:
    """The faults of the page at every width."""
    faults = []
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        page.goto(f"{server.url}/results/late-answers?class_id={server.world.class_id}", wait_until="load")
        keep(page, f"late-answers-{name}-{width}")
        faults += [f"{width}: {fault}" for fault in (*clipped(page), *inaccessible(page))]
    return faults


def submit(page: Page, row_id: int, accept: bool) -> None:
    card = page.locator(f"[data-late-answer='{row_id}']")
    card.locator(f"input[name=accept][value={str(accept).lower()}]").check()
    card.locator("input[name=reason]").fill("网线被碰断，监考员有记录")
    card.locator("button").click()
    page.wait_for_load_state("load")


def test_two_people_decide_and_the_page_is_whole(chrome: Browser, server: Server) -> None:
    with using(server.database_url), database.writing() as session:
        row_id = prepare(session, server)
    server.set_clock(AFTER)
    faults: list[str] = []
    for username, language in (("confirmer", "zh"), ("publisher", "en")):
        context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
        watched = Watched(context, server)
        page = watched.sign_in(username)
        page.goto(f"{server.url}/results/classes/{server.world.class_id}")
        expect(page.locator("a[href*='late-answers']")).to_contain_text("3")
        page.click("a[href*='late-answers']")
        faults += look(page, server, username)
        if username == "confirmer":
            expect(page.locator("[data-late-answer]")).to_have_count(3)
            accepting = page.locator("input[name=accept][value=true]")
            expect(accepting).to_have_count(1)
        submit(page, row_id, accept=True)
        expect(page.locator(f"[data-late-answer='{row_id}'] input[name=accept]")).to_have_count(0)
        faults += [*watched.errors, *watched.foreign, *look(page, server, f"{username}-done")]
        context.close()
    assert faults == []
    with using(server.database_url), database.reading() as session:
        assert session.get_one(LateAnswer, row_id).accepted is True
        found = queries.result_of_seat(session, server.world.seats[0])
        assert found is not None and found.points == 80
