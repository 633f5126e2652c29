"""What the tests of a room share: the board in a browser, and candidates who work over HTTP as their pages do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import APIRequestContext, Locator, Page, Playwright
from sqlmodel import Session

from service.kernel import database
from service.sittings import queries as sittings
from tests import world as worlds
from tests.browser.conftest import Server, Watched
from tests.conftest import using

PATIENCE = 15_000


def in_database(server: Server, act: Callable[[Session], Any]) -> Any:
    """Let something happen that the test is not about, or look at what has."""
    with using(server.database_url), database.writing() as session:
        return act(session)


def begin(server: Server, *, absent: int = 0) -> None:
    """Everybody but the last ones admitted, the paper open, half an hour into the exam."""
    in_database(server, lambda session: worlds.begin_exam(session, server.world, absent=absent))
    server.set_clock(worlds.WORKING_AT)


@dataclass
class Board:
    """The board of the world's sitting before a proctor."""

    page: Page
    server: Server

    @classmethod
    def of(cls, watched: Watched, server: Server, username: str = "proctor1") -> "Board":
        page = watched.sign_in(username)
        page.goto(f"{server.url}/proctor/sittings/{server.world.sitting_id}")
        # A reload would lose this mark: what shows up afterwards came by itself.
        page.evaluate("document.body.dataset.untouched = 'yes'")
        return cls(page, server)

    def untouched(self) -> bool:
        return bool(self.page.evaluate("document.body.dataset.untouched === 'yes'"))

    def seat(self, seat_id: int) -> Locator:
        return self.page.locator(f"[data-seat-id='{seat_id}']")

    def seat_panel(self, seat_id: int, panel: str) -> Locator:
        """Open a seat's dialog at a panel, with two taps."""
        self.seat(seat_id).locator("[data-seat]").click()
        self.page.click(f"[data-panel=choose] [data-go={panel}]")
        return self.panel(panel)

    def room_panel(self, panel: str) -> Locator:
        self.page.click(f"[data-room-act={panel}]:visible")
        return self.panel(panel)

    def panel(self, name: str) -> Locator:
        return self.page.locator(f"[data-panel={name}]")

    def submit(self, panel: Locator) -> None:
        panel.locator("button[type=submit]").click()


class Candidate:
    """A candidate at work: the calls that the exam's page makes, without the page."""

    def __init__(self, playwright: Playwright, server: Server, seat_id: int) -> None:
        self.server, self.seat_id = server, seat_id
        self.http: APIRequestContext = playwright.request.new_context(base_url=server.url)
        trainee = in_database(server, lambda session: sittings.seat(session, seat_id).trainee_id)  # type: ignore[union-attr]
        tail = server.world.citizen_ids[trainee][-6:]
        self.post("exam/session", {"ticket_number": server.world.tickets[seat_id], "id_tail": tail})

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        reply = self.http.post(f"/api/v1/{path}", data=body)
        assert reply.ok, reply.text()
        return reply.json()

    def start(self) -> None:
        self.post("exam/start")

    def answer(self, position: int, choice: str, seq: int = 1) -> None:
        body = {"choice": choice, "flagged": False, "seq": seq}
        reply = self.http.put(f"/api/v1/exam/answers/{position}", data=body)
        assert reply.ok, reply.text()

    def beat(self, *left: str) -> Any:
        """A sign of life; ``left`` are the kinds of leaving since the last one."""
        now = datetime.now(UTC).isoformat()
        leavings = [{"nonce": f"{kind}-{now[-15:-6]}", "kind": kind, "seconds": 4, "made_at": now} for kind in left]
        return self.post("exam/heartbeat", {"made_at": now, "left": leavings})

    def hand_in(self) -> None:
        self.post("exam/hand-in")
