"""One whole exam day in real browsers: a camera at the door, two hands on the seal, three candidates, one board.

Three people are checked in by the camera, the last of them without a network. Two proctors open the paper. One
candidate answers through a network cut and then moves to another machine, one hands in, and the clock hands one in.
The board is open all the while and is never reloaded.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from tests import world as worlds
from tests.browser import candidates, doors
from tests.browser.conftest import ARGUMENTS, WIDTHS, Server, Watched, cabled, chromium
from tests.browser.rooms import Board
from tests.browser.test_exam_day import clip

pytestmark = pytest.mark.browser
PATIENCE = 30_000
# How many frames each ticket stays before the camera; the film begins again at its end.
HELD = 12


@contextmanager
def camera(playwright: Playwright, server: Server, seats: list[int], folder: Path) -> Iterator[Browser]:
    """A browser whose camera sees the tickets of these seats, one after the other."""
    film = folder / "film.mjpeg"
    shown = [clip(server.world.codes[seat_id], folder / f"{seat_id}.mjpeg").read_bytes() for seat_id in seats]
    film.write_bytes(b"".join(one * HELD for one in shown))
    browser = playwright.chromium.launch(
        executable_path=chromium(),
        args=[*ARGUMENTS, f"--use-file-for-fake-video-capture={film}"],
        chromium_sandbox=os.geteuid() != 0,
    )
    yield browser
    browser.close()


def admit_next(tablet: doors.Tablet) -> None:
    """Wait until the camera sees somebody who is not in yet, and let them in; whoever is in already is passed over."""
    for _ in range(40):
        expect(tablet.page.locator("[data-view=card]")).to_be_visible(timeout=PATIENCE)
        if tablet.verdict.inner_text() == "可以入场":
            tablet.page.click("[data-admit]")
            expect(tablet.done).to_have_text("已准入", timeout=PATIENCE)
            return
        tablet.page.locator("[data-acts=card] [data-next]").click()
    raise AssertionError("the camera has seen nobody who is not in yet")


class Machines:
    """The machines of the room: a browser of its own for each, looked at when the day is over."""

    def __init__(self, chrome: Browser, server: Server, stack: ExitStack) -> None:
        self.chrome, self.server, self.stack = chrome, server, stack
        self.watched: list[Watched] = []

    def one(self, size: str = "desktop") -> Watched:
        width, height = WIDTHS[size]
        context, cable = cabled(
            self.chrome, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": height}
        )
        self.stack.callback(context.close)
        self.watched.append(Watched(context, self.server, cable))
        return self.watched[-1]

    def candidate(self, seat_id: int) -> tuple[Watched, Page]:
        machine = self.one()
        page = machine.page()
        candidates.sign_in(page, self.server, seat_id)
        return machine, page


def has(seat: Locator, state: str, link: str | None = None) -> None:
    expect(seat).to_have_attribute("data-state", state, timeout=PATIENCE)
    if link is not None:
        expect(seat).to_have_attribute("data-link", link, timeout=PATIENCE)


def open_by_both(first: Board, second: Board) -> None:
    """Each proctor on a tablet of their own; the second hand opens."""
    for board, hands in ((first, "1"), (second, "2")):
        board.page.click("[data-open]")
        board.page.fill("[data-sure] [name=password]", worlds.PASSWORD)
        board.page.click("[data-sure] [data-answer=yes]")
        expect(board.page.locator("[data-opening]")).to_have_attribute("data-hands", hands, timeout=PATIENCE)


def answer(page: Page, number: int) -> list[int]:
    """Answer this many questions, one after the other; their positions in the paper, which every seat sees mixed."""
    positions = []
    for _ in range(number):
        name = page.locator(".exam-question:visible input").first.get_attribute("name") or ""
        positions.append(int(name.partition("-")[2]))
        candidates.choose(page)
        page.click("[data-forward]")
    return positions


def test_the_whole_day(playwright: Playwright, chrome: Browser, server: Server, tmp_path: Path) -> None:
    moving, handing, forgetting = server.world.seats[:3]
    with ExitStack() as stack:
        machines = Machines(chrome, server, stack)
        board = Board.of(machines.one("tablet"), server, "proctor2")
        seats = {seat_id: board.seat(seat_id) for seat_id in (moving, handing, forgetting)}
        for seat in seats.values():
            has(seat, "expected")

        # The door: two with the network, the third without; the board learns of that one when the network is back.
        with (
            camera(playwright, server, [moving, handing, forgetting], tmp_path) as browser,
            doors.tablet(browser, server) as tablet,
        ):
            tablet.page.click("[data-camera]")
            admit_next(tablet)
            admit_next(tablet)
            tablet.delivered()
            expect(board.page.locator("[data-count=present]")).to_have_text("2", timeout=PATIENCE)
            tablet.watched.offline(True)
            admit_next(tablet)
            doors.keep(tablet.page, "day-1-admitted-offline")
            assert [seat.get_attribute("data-state") for seat in seats.values()].count("expected") == 1
            tablet.watched.offline(False)
            tablet.delivered()
        for seat in seats.values():
            has(seat, "admitted")
        assert sorted(act[0] or 0 for act in doors.decisions(server)) == sorted(seats)
        assert sorted(act[3] for act in doors.decisions(server)) == [False, False, True]

        # The seal: two proctors, each by their own hand.
        server.set_clock(worlds.OPENING_AT)
        other = Board.of(machines.one("tablet"), server, "proctor1")
        open_by_both(other, board)
        doors.keep(board.page, "day-2-opened")

        # The exam: one works through a cut.
        server.set_clock(worlds.STARTS_AT + timedelta(minutes=1))
        machine, page = machines.candidate(moving)
        _, handing_page = machines.candidate(handing)
        _, forgetting_page = machines.candidate(forgetting)
        for one in (page, handing_page, forgetting_page):
            candidates.shown(one, "paper")
        for seat in seats.values():
            has(seat, "working", "alive")
        chosen = answer(page, 2)
        candidates.saving(page, "saved")
        machine.offline(True)
        chosen += answer(page, 3)
        expect(page.locator("[data-saved]")).not_to_have_attribute("data-state", "saved", timeout=PATIENCE)
        assert len(candidates.stored(server, moving)) == 2
        doors.keep(page, "day-3-without-a-network")
        machine.offline(False)
        candidates.saving(page, "saved")
        positions = [position for position, _, _ in candidates.stored(server, moving)]
        assert positions == chosen, "every answer is there, in the order in which they were given"

        # The machine dies: a proctor lets the candidate move, and the answers are there on the other one.
        machine.offline(True)
        panel = board.seat_panel(moving, "release")
        panel.locator("label", has_text="电脑故障，换机").click()
        board.submit(panel)
        _, page = machines.candidate(moving)
        candidates.shown(page, "paper")
        expect(page.locator("[data-grid] [data-answered=yes]")).to_have_count(5, timeout=PATIENCE)
        answer(page, 1)
        candidates.saving(page, "saved")
        expect(seats[moving]).to_contain_text("/50", timeout=PATIENCE)
        doors.keep(board.page, "day-4-board-at-work")

        # The end: one hands in, the clock takes the sheets of the other two.
        answer(handing_page, 4)
        candidates.saving(handing_page, "saved")
        handing_page.click("[data-review]")
        handing_page.click("[data-hand-in]")
        handing_page.locator("[data-sure] [data-answer=yes]").click()
        candidates.shown(handing_page, "done")
        doors.keep(handing_page, "day-5-receipt")
        has(seats[handing], "handed_in")
        expect(seats[handing]).to_contain_text("本人交卷")
        server.set_clock(worlds.ENDS_AT + timedelta(seconds=1))
        for seat_id in (moving, forgetting):
            has(seats[seat_id], "handed_in")
        candidates.shown(forgetting_page, "over")
        doors.keep(forgetting_page, "day-6-time-is-over")
        expect(board.page.locator("[data-count=handed_in]")).to_have_text("3", timeout=PATIENCE)
        doors.keep(board.page, "day-7-board-at-the-end")
        assert board.untouched(), "the board has shown it all by itself"

        by = {seat_id: candidates.seat_of(server, seat_id).handed_in_by for seat_id in seats}
        assert by == {moving: "clock", handing: "candidate", forgetting: "clock"}
        assert len(candidates.stored(server, moving)) == 6
        assert [one.errors + one.foreign for one in machines.watched] == [[]] * len(machines.watched)
