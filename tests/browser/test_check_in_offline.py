"""Checking in without a signal: what was done at the door is on the server afterwards, once, whatever came between."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser import doors
from tests.browser.conftest import ARGUMENTS, Server, chromium
from tests.browser.doors import PATIENCE, Tablet
from tests.browser.test_exam_day import clip

pytestmark = pytest.mark.browser


def after_three(server: Server) -> None:
    """Two admitted and one refused while the server was out of reach: each of them on record, once."""
    first, second, third = server.world.seats[:3]
    assert doors.decisions(server) == [
        (first, "admit", "allowed", True),
        (second, "admit", "allowed", True),
        (third, "refuse", "allowed", True),
    ]
    assert doors.seat(server, first).admitted_at is not None
    assert doors.seat(server, second).admitted_at is not None
    assert doors.seat(server, third).refusal == "no_document"
    assert doors.cases(server) == []


def do_three(tablet: Tablet) -> None:
    world = tablet.server.world
    first, second, third = world.seats[:3]
    tablet.admit(world.codes[first])
    tablet.admit(world.tickets[second])
    tablet.refuse(world.codes[third], "no_document")
    tablet.shows("queue", "3 条等待发送")


def test_three_are_decided_without_a_network_and_reach_the_server_when_it_is_back(
    chrome: Browser, server: Server
) -> None:
    with doors.tablet(chrome, server) as tablet:
        tablet.context.set_offline(True)
        do_three(tablet)
        expect(tablet.page.locator("strong[data-admitted]")).to_have_text("2")
        doors.keep(tablet.page, "offline-three")
        tablet.page.reload()
        tablet.page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)
        tablet.shows("queue", "3 条等待发送")
        expect(tablet.page.locator("strong[data-admitted]")).to_have_text("2")
        assert doors.decisions(server) == []

        tablet.context.set_offline(False)
        tablet.delivered()
        after_three(server)


def test_a_server_that_is_really_gone_and_a_page_that_was_closed(chrome: Browser, server: Server) -> None:
    """The browser still believes to be online; the page is opened anew while there is nobody to answer."""
    open_seat = server.world.seats[3]
    with doors.tablet(chrome, server) as tablet:
        server.stop()
        do_three(tablet)
        tablet.scan(server.world.codes[open_seat])
        expect(tablet.verdict).to_have_text("可以入场", timeout=PATIENCE)
        number = tablet.page.locator("[data-slot=seat]").inner_text()

        tablet.page.close()
        tablet.page = tablet.watched.page()
        tablet.open()
        tablet.shows("queue", "3 条等待发送")
        expect(tablet.page.locator("[data-recent] li")).to_have_count(3)
        expect(tablet.verdict).to_have_text("可以入场", timeout=PATIENCE)
        expect(tablet.page.locator("[data-slot=seat]")).to_have_text(number)
        doors.keep(tablet.page, "server-gone-reopened")

        server.start()
        tablet.delivered()
        after_three(server)
        tablet.page.click("[data-admit]")
        expect(tablet.page.locator("[data-slot=done-delivery]")).to_have_text("服务器已记录。", timeout=PATIENCE)
        assert doors.decisions(server)[-1] == (open_seat, "admit", "allowed", False)


def test_a_reply_that_is_lost_on_its_way_makes_no_second_act(chrome: Browser, server: Server) -> None:
    """The server has it on disk, the tablet does not know: it asks again under the same nonce."""
    seat_id = server.world.seats[0]
    with doors.tablet(chrome, server) as tablet:

        def lose(route: object) -> None:
            route.fetch()  # type: ignore[attr-defined]
            route.abort("connectionreset")  # type: ignore[attr-defined]

        tablet.context.route("**/check-ins", lose)
        tablet.scan(server.world.codes[seat_id])
        tablet.page.click("[data-admit]")
        tablet.shows("queue", "1 条等待发送")
        tablet.context.unroute("**/check-ins")
        tablet.delivered()
        assert doors.decisions(server) == [(seat_id, "admit", "allowed", False)]


def test_undoing_while_another_card_is_open_keeps_both(chrome: Browser, server: Server) -> None:
    first, second = server.world.seats[:2]
    with doors.tablet(chrome, server) as tablet:
        tablet.context.set_offline(True)
        tablet.admit(server.world.codes[first])
        tablet.scan(server.world.codes[second])
        expect(tablet.verdict).to_have_text("可以入场", timeout=PATIENCE)
        number = tablet.page.locator("[data-slot=seat]").inner_text()

        tablet.page.click("[data-recent] button")
        tablet.page.click("[data-sure] [data-answer=yes]")
        tablet.shows("queue", "2 条等待发送")
        expect(tablet.verdict).to_have_text("可以入场")
        expect(tablet.page.locator("[data-slot=seat]")).to_have_text(number)
        expect(tablet.page.locator("[data-recent] li")).to_contain_text("准入已撤销")
        expect(tablet.page.locator("strong[data-admitted]")).to_have_text("0")
        tablet.page.click("[data-admit]")

        tablet.context.set_offline(False)
        tablet.delivered()
        assert doors.decisions(server) == [
            (first, "admit", "allowed", True),
            (first, "undo", "allowed", True),
            (second, "admit", "allowed", True),
        ]
        assert doors.seat(server, first).admitted_at is None


def test_the_same_candidate_on_two_tablets_is_a_case_that_a_person_closes(chrome: Browser, server: Server) -> None:
    seat_id = server.world.seats[0]
    with doors.tablet(chrome, server) as one, doors.tablet(chrome, server, "proctor2") as other:
        other.context.set_offline(True)
        other.admit(server.world.codes[seat_id])
        one.admit(server.world.codes[seat_id])
        one.delivered()

        other.context.set_offline(False)
        expect(other.page.locator("[data-view=trouble]")).to_contain_text("服务器发现问题", timeout=PATIENCE)
        expect(other.page.locator("[data-cases]")).to_contain_text("待处理 1", timeout=PATIENCE)
        assert doors.cases(server) == [("admitted_twice", None, None)]
        other.page.click("[data-cases]")
        case = other.page.locator(".checkin-case")
        expect(case).to_contain_text("同一考生在两台平板上都准予入场", timeout=PATIENCE)
        expect(case).to_contain_text("proctor2")
        doors.keep(other.page, "case")

        case.locator("button[value=keep]").click()
        expect(case.locator("[role=alert]")).to_contain_text("处理依据")
        case.locator("input[name=reason]").fill("已当面核对，同一人")
        case.locator("button[value=keep]").click()
        expect(other.page.locator("[data-case-list]")).to_contain_text("没有需要处理的事", timeout=PATIENCE)
        assert doors.cases(server) == [("admitted_twice", "keep", "已当面核对，同一人")]
        expect(other.page.locator("[data-cases]")).to_contain_text("待处理 0")
        assert doors.seat(server, seat_id).admitted_at is not None


def test_what_the_server_knows_better_is_said_at_once(chrome: Browser, server: Server) -> None:
    seat_id = server.world.seats[0]
    with doors.tablet(chrome, server) as tablet:
        doors.admit_elsewhere(server, "proctor2", seat_id)
        tablet.scan(server.world.codes[seat_id])
        expect(tablet.verdict).to_have_text("已经入场过", timeout=PATIENCE)
        expect(tablet.page.locator("[data-slot=source]")).to_have_text("服务器已核对")
        expect(tablet.page.locator("[data-admit]")).to_be_hidden()
        expect(tablet.page.locator("strong[data-admitted]")).to_have_text("1", timeout=PATIENCE)


def test_an_ended_session_leaves_the_queue_and_asks_for_the_password_on_the_spot(
    chrome: Browser, server: Server
) -> None:
    seat_id = server.world.seats[0]
    with doors.tablet(chrome, server) as tablet:
        tablet.context.clear_cookies()
        tablet.admit(server.world.codes[seat_id])
        tablet.shows("queue", "1 条等待发送")
        tablet.page.reload()
        tablet.page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)
        expect(tablet.page.locator("[data-banner]")).to_contain_text("请重新登录", timeout=PATIENCE)
        doors.keep(tablet.page, "signed-out")
        tablet.page.click("[data-sign-in]")
        tablet.page.fill("[data-signing-in] [name=username]", "proctor1")
        tablet.page.fill("[data-signing-in] [name=password]", "wrong")
        tablet.page.press("[data-signing-in] [name=password]", "Enter")
        expect(tablet.page.locator("[data-slot=sign-in-fault]")).to_be_visible(timeout=PATIENCE)
        from tests.world import PASSWORD

        tablet.page.fill("[data-signing-in] [name=password]", PASSWORD)
        tablet.page.press("[data-signing-in] [name=password]", "Enter")
        tablet.delivered()
        assert [act[:3] for act in doors.decisions(server)] == [(seat_id, "admit", "allowed")]


UNREADABLE = """async () => {
  const opened = indexedDB.open("peikao-door");
  const database = await new Promise((resolve) => { opened.onsuccess = () => resolve(opened.result); });
  const store = database.transaction("acts", "readwrite").objectStore("acts");
  store.openCursor().onsuccess = ({ target: { result } }) => result.update({ ...result.value, nonce: "?" });
}"""


def test_an_act_that_the_server_cannot_read_holds_nobody_up_and_stays_in_sight(chrome: Browser, server: Server) -> None:
    first, second = server.world.seats[:2]
    with doors.tablet(chrome, server) as tablet:
        tablet.context.set_offline(True)
        tablet.admit(server.world.codes[first])
        tablet.page.evaluate(UNREADABLE)
        tablet.admit(server.world.codes[second])
        tablet.context.set_offline(False)
        tablet.delivered()
        expect(tablet.page.locator("[data-cases]")).to_contain_text("待处理 1", timeout=PATIENCE)
        assert {act[0] for act in doors.decisions(server)} == {first, second}
        tablet.page.click("[data-cases]")
        expect(tablet.page.locator(".checkin-case")).to_contain_text("服务器读不懂这条记录", timeout=PATIENCE)


# --- how long it takes ---


def median(durations: list[float]) -> float:
    return sorted(durations)[len(durations) // 2]


def summary(durations: list[float]) -> str:
    ordered = sorted(durations)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{len(ordered)} scans, median {median(durations):.0f} ms, p95 {high:.0f} ms, longest {ordered[-1]:.0f} ms"


def verdicts(page: Page, name: str = "scan-to-verdict") -> list[float]:
    found = page.evaluate("(name) => performance.getEntriesByName(name).map((entry) => entry.duration)", name)
    return [float(one) for one in found]


@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
def test_scan_to_verdict_by_hand_scanner(
    chrome: Browser, server: Server, offline: bool, record_property: Callable[[str, object], None]
) -> None:
    """By the roster, and online by the server as well; printed and recorded, never judged: machines differ."""
    with doors.tablet(chrome, server) as tablet:
        tablet.context.set_offline(offline)
        for turn in range(24):
            seat_id = server.world.seats[turn % len(server.world.seats)]
            tablet.scan(server.world.codes[seat_id])
            expect(tablet.verdict).to_have_text("可以入场", timeout=PATIENCE)
            source = "按本机名册" if offline else "服务器已核对"
            expect(tablet.page.locator("[data-slot=source]")).to_have_text(source, timeout=PATIENCE)
            tablet.page.locator("[data-acts=card] [data-next]").click()
        for name, scans in (("scan-to-verdict", 24), ("scan-to-server-verdict", 0 if offline else 24)):
            found = verdicts(tablet.page, name)
            assert (name, len(found)) == (name, scans)
            if found:
                print(f"\n{name}, {'offline' if offline else 'online'}: {summary(found)}")  # noqa: T201
                record_property(f"{name}-median-ms", round(median(found)))
        tablet.context.set_offline(False)
        tablet.delivered()


def test_scan_to_verdict_by_camera_without_a_network(
    playwright: Playwright, server: Server, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """From the frame in which the ticket is seen, decoding included, to the verdict on the page."""
    world = server.world
    # Each ticket stays before the camera for a while; the clip begins again at its end.
    shown = [clip(world.codes[seat_id], tmp_path / f"{seat_id}.mjpeg").read_bytes() for seat_id in world.seats]
    film = tmp_path / "film.mjpeg"
    film.write_bytes(b"".join(one * 9 for one in shown))
    browser = playwright.chromium.launch(
        executable_path=chromium(),
        args=[*ARGUMENTS, f"--use-file-for-fake-video-capture={film}"],
        chromium_sandbox=os.geteuid() != 0,
    )
    with doors.tablet(browser, server) as tablet:
        tablet.context.set_offline(True)
        tablet.page.click("[data-camera]")
        for _ in range(20):
            before = len(verdicts(tablet.page))
            more = "(before) => performance.getEntriesByName('scan-to-verdict').length > before"
            tablet.page.wait_for_function(more, arg=before, timeout=2 * PATIENCE)
            expect(tablet.verdict).to_have_text("可以入场", timeout=PATIENCE)
            tablet.page.locator("[data-acts=card] [data-next]").click()
        found = verdicts(tablet.page)
        assert len(found) >= 20
        print(f"\ncamera, offline: {summary(found)}")  # noqa: T201
        record_property("camera-scan-to-verdict-median-ms", round(median(found)))
        doors.keep(tablet.page, "camera")
    browser.close()
