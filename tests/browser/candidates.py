"""A candidate in a running exam, for tests in a browser: who sits where, what the database then holds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from playwright.sync_api import Page, expect
from sqlmodel import Session, col, select

from service.kernel import database
from service.kernel.settings import ROOT
from service.sittings import queries as sittings
from service.sittings.tables import Answer, Seat
from tests import world as worlds
from tests.browser.conftest import Server
from tests.conftest import using
from tests.world import World

T = TypeVar("T")
PATIENCE = 20_000
AXE = ROOT / "templates" / "static" / "vendor" / "axe-core" / "axe.min.js"


def now(server: Server) -> datetime:
    """The server's clock, which goes on from where a test has set it."""
    return datetime.now(UTC) + timedelta(seconds=float(server.clock_file.read_text()))


def act(server: Server, deed: Callable[[Session], T]) -> T:
    """Let something happen that somebody else does."""
    with using(server.database_url), database.writing() as session:
        return deed(session)


def begin(server: Server, at: datetime = worlds.WORKING_AT) -> World:
    """Everybody admitted, the paper open, and the clock at an instant of the exam."""
    act(server, lambda session: worlds.begin_exam(session, server.world))
    server.set_clock(at)
    return server.world


def tail(server: Server, seat_id: int) -> str:
    """What a candidate types beside the ticket number."""
    with using(server.database_url), database.reading() as session:
        seat = sittings.seat(session, seat_id)
        assert seat is not None
        return server.world.citizen_ids[seat.trainee_id][-6:]


def seat_of(server: Server, seat_id: int) -> Seat:
    """A seat as it stands."""
    with using(server.database_url), database.reading() as session:
        seat = sittings.seat(session, seat_id)
        assert seat is not None
        session.expunge(seat)
        return seat


def sign_in(page: Page, server: Server, seat_id: int) -> None:
    """Through the sign-in page, as a candidate does."""
    page.goto(f"{server.url}/exam")
    page.fill("#ticket", server.world.tickets[seat_id])
    page.fill("#tail", tail(server, seat_id))
    page.click("[data-sign-in] button[type=submit]")


def sit(page: Page, server: Server, seat_id: int) -> None:
    """Signed in, and the first question on the screen."""
    sign_in(page, server, seat_id)
    shown(page, "paper")


def shown(page: Page, screen: str) -> None:
    """Wait for one of the page's screens."""
    expect(page.locator(f"[data-screen={screen}]")).to_be_visible(timeout=PATIENCE)


def choose(page: Page, option: int = 0) -> None:
    """Press an option of the question on the screen."""
    page.locator(".exam-question:visible .exam-option").nth(option).click()


def saving(page: Page, state: str) -> None:
    """Wait until the bar tells this state of saving."""
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", state, timeout=PATIENCE)


def beat(page: Page) -> None:
    """Have the page ask the server now, instead of within fifteen seconds."""
    page.evaluate("window.dispatchEvent(new Event('online'))")


def stored(server: Server, seat_id: int) -> list[tuple[int, str, int]]:
    """(position, choice, seq) of a seat's answers, in the order they were saved."""
    with using(server.database_url), database.reading() as session:
        rows = session.exec(select(Answer).where(Answer.seat_id == seat_id).order_by(col(Answer.saved_at)))
        return [(row.position, row.choice, row.seq) for row in rows]


def queue(page: Page) -> list[dict[str, object]]:
    """What this browser keeps of answers that the server has not acknowledged."""
    found: list[dict[str, object]] = page.evaluate(
        """() => new Promise((resolve, reject) => {
          const opening = indexedDB.open("peikao-exam");
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const asking = opening.result.transaction("answers").objectStore("answers").getAll();
            asking.onsuccess = () => { opening.result.close(); resolve(asking.result); };
          };
        })"""
    )
    return sorted(found, key=lambda entry: int(str(entry["order"])))


def inaccessible(page: Page) -> list[str]:
    """Every fault that axe knows of, best practices included, in words.

    The watermark lies over everything and hides contrast from axe, so it is taken away for the look.
    """
    page.evaluate("document.querySelector('[data-watermark]')?.setAttribute('hidden', '')")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {rules: {'target-size': {enabled: true}}})")
    page.evaluate("document.querySelector('[data-watermark]')?.removeAttribute('hidden')")
    assert len(found["passes"]) > 5, "axe has looked at something"
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['any'][0]['message'] if node['any'] else ''})"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]
