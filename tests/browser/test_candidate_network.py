"""When the line is cut, the service away, or the power gone: nothing is lost, and the page says where it stands."""

import base64
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect
from sqlmodel import select

from service.kernel import database, sealing
from service.sittings import queries as sittings
from service.sittings.actions import clockwork, proctoring
from service.sittings.rules.late import signed_text
from service.sittings.tables import BoundMachine, LateAnswer
from tests import world as worlds
from tests.browser import candidates
from tests.browser.candidates import PATIENCE, act, beat, begin, choose, queue, saving, shown, sign_in, sit, stored
from tests.browser.conftest import ARGUMENTS, Server, Watched, chromium
from tests.conftest import using

pytestmark = pytest.mark.browser


def answer_some(page: Page, count: int = 4) -> list[int]:
    """Answer the first questions, and the first one again at the end; the positions in the order of the last change."""
    for _ in range(count):
        choose(page, 0)
        page.click("[data-forward]")
    page.locator("[data-grid] .exam-cell").first.click()
    choose(page, 1)
    return [int(str(entry["position"])) for entry in queue(page)]


def kept(server: Server, seat_id: int) -> list[LateAnswer]:
    with using(server.database_url), database.reading() as session:
        rows = list(session.exec(select(LateAnswer).where(LateAnswer.seat_id == seat_id)))
        session.expunge_all()
        return rows


def good(server: Server, seat_id: int, entry: dict[str, object]) -> bool:
    """Whether an entry of the queue bears the signature of the key that the browser showed when it signed in."""
    with using(server.database_url), database.reading() as session:
        seat = sittings.seat(session, seat_id)
        assert seat is not None
        key = session.exec(select(BoundMachine.public_key).where(BoundMachine.seat_id == seat_id)).one()
        text = signed_text(
            seat.ticket_number,
            int(str(entry["position"])),
            str(entry["choice"]),
            bool(entry["flagged"]),
            int(str(entry["seq"])),
            str(entry["made_at"]),
            int(str(entry["paper"])),
        )
        sealing.verify_with(base64.b64decode(key), text, base64.b64decode(str(entry["signature"])))
    return True


def test_a_candidate_whose_sign_in_was_heard_and_not_answered_signs_in_again_without_a_proctor(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()

    def lose_the_answer(route: Route) -> None:
        assert route.fetch().status == 200
        # What fetched it for the test has kept the cookie, which a lost answer would not have brought.
        page.context.clear_cookies()
        route.abort()

    # Once: whatever is asked after that is answered.
    page.route("**/api/v1/exam/session", lose_the_answer, times=1)
    sign_in(page, server, seat_id)
    expect(page.locator("#fault")).to_contain_text("没有连上服务器", timeout=PATIENCE)
    # A slip in between does not make this browser a stranger.
    page.fill("#tail", "000000")
    page.click("[data-sign-in] button[type=submit]")
    expect(page.locator("#fault")).to_contain_text("不对", timeout=PATIENCE)

    page.fill("#tail", candidates.tail(server, seat_id))
    page.click("[data-sign-in] button[type=submit]")
    shown(page, "paper")

    choose(page)
    saving(page, "saved")
    assert len(stored(server, seat_id)) == 1


def test_answers_given_without_a_network_are_kept_signed_and_arrive_in_order(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    second = page.locator(".exam-question:visible input").nth(1).input_value()
    watched.offline(True)
    choose(page, 2)
    saving(page, "waiting")
    expect(page.locator("[data-saved-word]")).to_have_text("等待网络（1 题）")
    expect(page.locator("[data-announce]")).to_contain_text("请继续答题", timeout=PATIENCE)
    positions = answer_some(page)
    expect(page.locator("[data-saved-word]")).to_have_text("等待网络（4 题）")
    assert stored(server, seat_id) == []
    entries = queue(page)
    assert len(entries) == 4 and all(good(server, seat_id, entry) for entry in entries)

    watched.offline(False)
    saving(page, "saved")
    # The first question was changed last, so it comes last; it was changed three times and sent once.
    rows = stored(server, seat_id)
    assert [position for position, _, _ in rows] == positions
    assert rows[-1][1:] == (second, 3)
    assert queue(page) == []


def test_a_service_that_is_away_for_a_while_gets_every_answer_when_it_is_back(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    server.stop()
    positions = answer_some(page)
    saving(page, "waiting")
    page.keyboard.press("F5")
    expect(page.locator(".exam-notice")).to_contain_text("没有刷新", timeout=PATIENCE)
    server.start()
    saving(page, "saved")
    assert [position for position, _, _ in stored(server, seat_id)] == positions


def test_a_window_that_is_closed_with_unsent_answers_sends_them_when_it_is_opened_again(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    choose(page, 3)
    saving(page, "saved")
    watched.offline(True)
    positions = answer_some(page)
    saving(page, "waiting")
    page.close(run_before_unload=False)
    watched.offline(False)

    page = watched.page()
    page.goto(f"{server.url}/exam")
    shown(page, "paper")
    expect(page.locator("[data-grid] [data-answered=yes]")).to_have_count(4)
    saving(page, "saved")
    rows = stored(server, seat_id)
    assert [position for position, _, _ in rows] == positions
    assert rows[-1][2] == 3, "counting went on above what the server had"


@contextmanager
def machine(playwright: Playwright, profile: Path) -> Iterator[BrowserContext]:
    """A browser whose data lies on a disk; leaving the block is a power cut."""
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium(),
        args=ARGUMENTS,
        chromium_sandbox=os.geteuid() != 0,
        locale="zh-CN",
        viewport={"width": 1280, "height": 800},
    )
    try:
        yield context
    finally:
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and _belongs(process, profile):
                os.kill(int(process.name), signal.SIGKILL)


def _belongs(process: Path, profile: Path) -> bool:
    try:
        return f"--user-data-dir={profile}".encode() in (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def test_a_power_cut_at_the_machine_loses_nothing_that_was_chosen(
    playwright: Playwright, server: Server, tmp_path: Path
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    world = server.world
    with machine(playwright, tmp_path / "profile") as context:
        page = context.pages[0]
        sit(page, server, seat_id)
        context.set_offline(True)
        positions = answer_some(page)
        saving(page, "waiting")
        assert stored(server, seat_id) == []
    (tmp_path / "profile" / "SingletonLock").unlink(missing_ok=True)

    with machine(playwright, tmp_path / "profile") as context:
        page = context.pages[0]
        page.goto(f"{server.url}/exam")
        expect(page.locator("[data-leftover]")).to_contain_text(world.tickets[seat_id], timeout=PATIENCE)
        # It is the same browser on the same machine, and proves it: nobody has to release it.
        sit(page, server, seat_id)
        saving(page, "saved")
        assert [position for position, _, _ in stored(server, seat_id)] == positions


def test_what_arrives_after_the_end_is_kept_for_a_person_and_the_page_says_so(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    choose(page, 0)
    saving(page, "saved")
    page.click("[data-forward]")
    watched.offline(True)
    choose(page, 1)
    saving(page, "waiting")
    ((position, first, _),) = stored(server, seat_id)
    close_by_the_clock(server, seat_id, page)
    watched.offline(False)
    beat(page)
    shown(page, "over")
    told = page.locator("[data-screen=over] [data-late]")
    expect(told).to_have_attribute("data-state", "kept", timeout=PATIENCE)
    expect(told).to_contain_text("第 2 题")
    assert stored(server, seat_id) == [(position, first, 1)], "the sheet is what it was at the end"
    (evidence,) = kept(server, seat_id)
    assert (evidence.seq, evidence.signature_good, abs(evidence.drift_ms) < 5000) == (1, True, True)
    assert worlds.WORKING_AT <= evidence.made_at <= worlds.ENDS_AT
    assert queue(page) == []


def test_a_machine_that_comes_back_after_the_end_sends_what_it_kept_from_the_sign_in_page(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    watched.offline(True)
    choose(page, 1)
    saving(page, "waiting")
    page.close(run_before_unload=False)
    server.set_clock(worlds.ENDS_AT + timedelta(minutes=1))
    watched.offline(False)
    page = watched.page()
    for _ in range(50):
        page.goto(f"{server.url}/exam")
        if page.url.endswith("/exam"):
            break
        page.wait_for_timeout(200)
    expect(page.locator("[data-leftover]")).to_contain_text("已经送到服务器", timeout=PATIENCE)
    assert [row.signature_good for row in kept(server, seat_id)] == [True]


def close_by_the_clock(server: Server, seat_id: int, page: Page) -> None:
    """The time is over and the sheet is closed, before this page hears of it."""
    server.set_clock(worlds.ENDS_AT + timedelta(minutes=1))
    for _ in range(100):
        if candidates.seat_of(server, seat_id).handed_in_at is not None:
            return
        page.wait_for_timeout(100)


def late(server: Server, seat_id: int) -> list[tuple[bool, bool]]:
    """(validly signed, from a machine that was left behind) of what came too late."""
    return [(row.signature_good, row.left_at is not None) for row in kept(server, seat_id)]


def told_late(page: Page, screen: str, state: str, words: str) -> None:
    told = page.locator(f"[data-screen={screen}] [data-late]")
    expect(told).to_have_attribute("data-state", state, timeout=PATIENCE)
    expect(told).to_contain_text(words)


def test_a_machine_left_behind_delivers_its_evidence_and_keeps_its_copy_until_the_sheet_is_closed(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id, world = server.world.seats[0], server.world
    page = watched.page()
    sit(page, server, seat_id)
    watched.offline(True)
    choose(page, 1)
    saving(page, "waiting")
    act(
        server,
        lambda session: proctoring.release_seat(
            session, world.actor(session, "proctor1"), seat_id, "断网", now=candidates.now(server)
        ),
    )
    watched.offline(False)
    beat(page)
    shown(page, "moved")
    told_late(page, "moved", "kept", "没能在换机前送到（第 1 题）")
    assert (late(server, seat_id), stored(server, seat_id)) == ([(True, True)], [])
    assert len(queue(page)) == 1, "the candidate may come back to this machine"

    close_by_the_clock(server, seat_id, page)
    page.goto(f"{server.url}/exam")
    expect(page.locator("[data-leftover]")).to_contain_text("已经送到服务器", timeout=PATIENCE)
    assert (late(server, seat_id), queue(page)) == ([(True, True)], [])


def test_only_what_was_acknowledged_leaves_the_machine(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    watched.offline(True)
    for _ in range(2):
        choose(page, 0)
        page.click("[data-forward]")
    saving(page, "waiting")
    first, _second = (int(str(entry["position"])) for entry in queue(page))
    attempts: list[int] = []

    def answer(route: Route) -> None:
        """Paused at first; then one is taken and the other refused."""
        attempts.append(len(attempts))
        if len(attempts) == 1:
            paused = '{"status": 409, "code": "exam_paused", "title": "x", "detail": "x"}'
            route.fulfill(status=409, content_type="application/problem+json", body=paused)
            return
        sent = json.loads(route.request.post_data or "")["entries"]
        fates = [{"position": one["position"], "seq": one["seq"], "fate": "kept", "code": ""} for one in sent]
        fates[0] |= {"fate": "refused", "code": "answer_malformed"}
        route.fulfill(status=200, content_type="application/json", body=json.dumps({"closed": True, "outcomes": fates}))

    page.route("**/api/v1/exam/late-answers*", answer)
    close_by_the_clock(server, seat_id, page)
    watched.offline(False)
    beat(page)
    shown(page, "over")
    told_late(page, "over", "lost", "没能送到服务器（第 1 题）")
    told_late(page, "over", "lost", "已经留存")
    assert len(attempts) == 2, "a pause is waited for"
    assert [int(str(entry["position"])) for entry in queue(page)] == [first]


def test_time_that_runs_out_without_a_network_gives_nothing_up_before_the_server_has_spoken(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id, world = server.world.seats[0], server.world
    server.set_clock(worlds.ENDS_AT - timedelta(seconds=8))
    page = watched.page()
    sit(page, server, seat_id)
    watched.offline(True)
    choose(page, 1)
    # Minutes that were given while the line was cut; the page cannot know of them yet.
    act(
        server,
        lambda session: clockwork.add_time_to_room(
            session, world.actor(session, "proctor1"), world.sitting_id, 10, "断网", None, now=candidates.now(server)
        ),
    )
    shown(page, "asking")
    expect(page.locator("[data-slot=asking_fault]")).to_be_visible(timeout=PATIENCE)
    watched.offline(False)
    shown(page, "paper")
    saving(page, "saved")
    expect(page.locator(".exam-notice[data-kind=time]").last).to_contain_text("10:40", timeout=PATIENCE)
    assert len(stored(server, seat_id)) == 1


def test_handing_in_waits_for_the_network_and_for_the_last_answers(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    watched.offline(True)
    choose(page, 1)
    saving(page, "waiting")
    page.click("[data-review]")
    expect(page.locator("[data-unsaved]")).to_be_visible()
    page.click("[data-hand-in]")
    page.click("[data-sure] [data-answer=yes]")
    expect(page.locator("[data-slot=handing]")).to_contain_text("网络断了，还有 1 题", timeout=PATIENCE)
    page.click("[data-stay]")
    page.click("[data-hand-in]")
    page.click("[data-sure] [data-answer=yes]")
    expect(page.locator("[data-handing]")).to_be_visible()
    watched.offline(False)
    shown(page, "done")
    expect(page.locator("[data-screen=done] [data-slot=receipt_answered]")).to_have_text("1 题（共 50 题）")


def test_one_answer_that_the_service_cannot_take_just_now_does_not_hold_up_the_others(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    broken = "**/api/v1/exam/answers/*"
    refused: list[str] = []

    def refuse_the_first(route: Route) -> None:
        refused.append(route.request.url)
        if route.request.url == refused[0]:
            route.fulfill(status=500, content_type="application/problem+json", body='{"status": 500, "code": "x"}')
        else:
            route.continue_()

    page.route(broken, refuse_the_first)
    for _ in range(3):
        choose(page)
        page.click("[data-forward]")
    expect(page.locator("[data-saved-word]")).to_have_text("服务器暂不能保存（1 题），请继续答题", timeout=PATIENCE)
    assert len(stored(server, seat_id)) == 2
    page.unroute(broken)
    saving(page, "saved")
    assert len(stored(server, seat_id)) == 3
