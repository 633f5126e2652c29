"""A tablet at the door, as its proctor uses it, and what the server knows of what was done there."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlmodel import Session, col, select

from service.kernel import database
from service.sittings.tables import Case, Scan, Seat
from tests import world as worlds
from tests.browser.conftest import Server, Watched, cabled
from tests.conftest import using

PATIENCE = 20_000
Act = tuple[int | None, str, str, bool]


@dataclass
class Tablet:
    """One proctor's tablet: a browser of its own, with the check-in page open."""

    watched: Watched
    page: Page

    @property
    def context(self) -> BrowserContext:
        return self.watched.context

    @property
    def server(self) -> Server:
        return self.watched.server

    @property
    def address(self) -> str:
        return f"{self.server.url}/proctor/sittings/{self.server.world.sitting_id}/check-in"

    def open(self) -> None:
        """Load the page, with or without a network."""
        self.page.goto(self.address)
        self.page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)

    def make_ready(self) -> None:
        """A roster on the tablet, and the page such that it opens without a network."""
        self.open()
        expect(self.page.locator("[data-roster]")).to_have_attribute("data-state", "kept", timeout=PATIENCE)
        self.page.wait_for_selector("html[data-opens=offline]", timeout=PATIENCE)

    def scan(self, text: str) -> None:
        """A hand scanner: a keyboard that ends with Enter."""
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def admit(self, text: str) -> None:
        self.scan(text)
        expect(self.verdict).to_have_text("可以入场", timeout=PATIENCE)
        self.page.click("[data-admit]")
        expect(self.done).to_have_text("已准入", timeout=PATIENCE)

    def refuse(self, text: str, reason: str) -> None:
        self.scan(text)
        expect(self.verdict).to_have_text("可以入场", timeout=PATIENCE)
        self.page.click("[data-refuse]")
        self.page.check(f"input[name=reason][value={reason}]", force=True)
        self.page.click("[data-reason-form] button[type=submit]")
        self.page.click("[data-sure] [data-answer=yes]")
        expect(self.done).to_have_text("已拒绝", timeout=PATIENCE)

    @property
    def verdict(self) -> Locator:
        return self.page.locator("[data-view=card] [data-slot=verdict]")

    @property
    def done(self) -> Locator:
        return self.page.locator("[data-view=done]:not([hidden]) [data-slot=done-word]")

    def shows(self, mark: str, words: str) -> None:
        expect(self.page.locator(f"[data-slot={mark}]").first).to_have_text(words, timeout=PATIENCE)

    def delivered(self) -> None:
        self.shows("queue", "全部已送达")


@contextmanager
def tablet(
    chrome: Browser, server: Server, username: str = "proctor1", size: tuple[int, int] = (1024, 768)
) -> Iterator[Tablet]:
    """A tablet with a roster, its proctor signed in; at the end nothing may have gone wrong on its page unseen."""
    context, cable = cabled(
        chrome,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": size[0], "height": size[1]},
        permissions=["camera"],
    )
    watched = Watched(context, server, cable)
    held = Tablet(watched, watched.sign_in(username))
    held.make_ready()
    yield held
    context.close()
    assert (watched.errors, watched.foreign) == ([], [])


def looked_into(server: Server, question: Callable[[Session], object]) -> object:
    with using(server.database_url), database.reading() as session:
        return question(session)


def acts(server: Server) -> list[Act]:
    """Everything that the server holds of the door, in the order it heard of it: (seat, act, verdict, offline)."""

    def question(session: Session) -> list[Act]:
        statement = sa.select(col(Scan.seat_id), col(Scan.act), col(Scan.verdict), col(Scan.offline))
        return [tuple(row) for row in session.execute(statement.order_by(col(Scan.id)))]

    return looked_into(server, question)  # type: ignore[return-value]


def decisions(server: Server) -> list[Act]:
    """The same without looks."""
    return [act for act in acts(server) if act[1] != "look"]


def seat(server: Server, seat_id: int) -> Seat:
    def question(session: Session) -> Seat:
        found = session.exec(select(Seat).where(Seat.id == seat_id)).one()
        session.expunge(found)
        return found

    return looked_into(server, question)  # type: ignore[return-value]


def cases(server: Server) -> list[tuple[str, str | None, str | None]]:
    """(kind, outcome, reason) of every case."""
    statement = sa.select(col(Case.kind), col(Case.outcome), col(Case.reason)).order_by(col(Case.id))
    return looked_into(server, lambda session: [tuple(row) for row in session.execute(statement)])  # type: ignore[return-value]


def admit_elsewhere(server: Server, username: str, seat_id: int) -> None:
    """Another proctor admits, on a page without a roster."""
    from service.sittings.actions import checking_in

    with using(server.database_url), database.writing() as session:
        actor = server.world.actor(session, username)
        checking_in.admit(session, actor, seat_id, now=worlds.CHECK_IN_AT)


def keep(page: Page, name: str) -> None:
    """A picture for whoever wants to look, where PEIKAO_SCREENSHOTS names a folder."""
    folder = os.environ.get("PEIKAO_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")
