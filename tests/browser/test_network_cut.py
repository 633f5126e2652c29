"""The network is cut for five minutes at half the seats: they answer on, and then everything is there, in order."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import world as worlds
from tests.browser.candidates import begin, choose, queue, saving, sit, stored
from tests.browser.conftest import WIDTHS, Server, Watched, cabled

pytestmark = pytest.mark.browser
SEATS, MINUTES = 4, 5
Row = tuple[int, str, int]


@dataclass
class Desk:
    """One candidate before a browser of their own, and everything that they chose."""

    seat_id: int
    watched: Watched
    page: Page
    chosen: list[tuple[int, str]] = field(default_factory=list)
    """Position and answer after each press, in the order in which they were made."""

    def answer(self, question: int, option: int) -> None:
        """Press an option of a question, and note what the sheet then says; ``question`` counts from 0."""
        self.page.locator("[data-grid] .exam-cell").nth(question).click()
        shown = self.page.locator(".exam-question:visible")
        options = shown.locator(".exam-option")
        choose(self.page, option % options.count())
        inputs = shown.locator(".exam-option input")
        position = int(str(inputs.first.get_attribute("name")).rpartition("-")[2])
        # The sheet keeps the paper's letters in their order, whatever order the options are shown in.
        values: list[str] = inputs.evaluate_all("all => all.filter((one) => one.checked).map((one) => one.value)")
        values.sort()
        # To press what is chosen already changes nothing.
        if dict(self.chosen).get(position) != "".join(values):
            self.chosen.append((position, "".join(values)))

    def expected(self) -> list[Row]:
        """The sheet: each position once, where it was changed last, with the number of its changes."""
        times = [position for position, _ in self.chosen]
        last = sorted({position: place for place, position in enumerate(times)}.values())
        return [(*self.chosen[place], times.count(times[place])) for place in last]


@pytest.fixture
def room(chrome: Browser, server: Server) -> Iterator[list[Desk]]:
    """Four candidates who have begun, each before a browser with a network of its own."""
    begin(server)
    width, height = WIDTHS["desktop"]
    desks = []
    for seat_id in server.world.seats[:SEATS]:
        context, cable = cabled(chrome, locale="zh-CN", viewport={"width": width, "height": height})
        watched = Watched(context, server, cable)
        desks.append(Desk(seat_id, watched, watched.page()))
        sit(desks[-1].page, server, seat_id)
    yield desks
    for desk in desks:
        desk.watched.context.close()
    assert [desk.watched.errors for desk in desks] == [[]] * SEATS


@pytest.mark.parametrize(
    "minute_lasts",
    [
        pytest.param(0, id="by the server's clock"),
        pytest.param(60, id="in earnest", marks=pytest.mark.long),
    ],
)
def test_five_minutes_without_a_network_at_half_the_seats_lose_nothing(
    room: list[Desk], server: Server, minute_lasts: float
) -> None:
    cut, spared = room[: SEATS // 2], room[SEATS // 2 :]
    for desk in room:
        desk.answer(0, 0)
        desk.answer(1, 1)
        require_saved(server, desk)
    before = {desk.seat_id: stored(server, desk.seat_id) for desk in cut}
    told = {desk.seat_id: len(desk.chosen) for desk in cut}

    for desk in cut:
        desk.watched.offline(True)
    began = time.monotonic()
    for minute in range(1, MINUTES + 1):
        server.set_clock(worlds.WORKING_AT + timedelta(minutes=minute))
        work_for_a_minute(room, minute)
        # The pages go on trying all the while, so their own waits and timers are tried too.
        room[0].page.wait_for_timeout(max(0.0, began + minute * minute_lasts - time.monotonic()) * 1000)
        for desk in spared:
            require_saved(server, desk)
    for desk in cut:
        require_waiting(desk, len(dict(desk.chosen[told[desk.seat_id] :])))
        assert stored(server, desk.seat_id) == before[desk.seat_id], "nothing has got through"

    for desk in cut:
        desk.watched.offline(False)
    for desk in room:
        require_saved(server, desk)
        assert len(desk.expected()) == MINUTES + 2


def work_for_a_minute(room: list[Desk], minute: int) -> None:
    """A new question, and another look at one from before the cut or at one from within it."""
    for place, desk in enumerate(room):
        desk.answer(minute + 1, place)
        desk.answer((0, 2)[minute % 2], minute + place)


def require_saved(server: Server, desk: Desk) -> None:
    """The page says so, keeps nothing back, and the sheet is what was chosen, in the order in which it was."""
    saving(desk.page, "saved")
    assert queue(desk.page) == []
    assert stored(server, desk.seat_id) == desk.expected()


def require_waiting(desk: Desk, questions: int) -> None:
    """The page says how many questions wait, and keeps exactly their answers, in order."""
    assert questions >= MINUTES
    saving(desk.page, "waiting")
    expect(desk.page.locator("[data-saved-word]")).to_have_text(f"等待网络（{questions} 题）")
    kept = [(entry["position"], entry["choice"], entry["seq"]) for entry in queue(desk.page)]
    assert kept == desk.expected()[-questions:]
