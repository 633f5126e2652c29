"""What a candidate does, and what happens to them, in a real browser before a real server."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlmodel import Session

from service.kernel import database
from service.sittings.actions import (
    arranging,
    checking_in,
    enrolling,
    granting,
    locking_down,
    rehearsing,
)
from service.sittings.rules.granting import Grants
from service.sittings.tables import Sitting
from tests import world as worlds
from tests.browser import candidates
from tests.browser.candidates import PATIENCE, act, beat, begin, choose, saving, shown, sign_in, sit, stored
from tests.browser.conftest import Server, Watched
from tests.conftest import using
from tests.world import World

pytestmark = pytest.mark.browser
REHEARSED_AT = worlds.STARTS_AT - timedelta(days=1)


# --- a whole exam ---


def rehearse(session: Session, world: World) -> tuple[int, str]:
    """A rehearsal of five questions the day before, everybody admitted; the first seat and its ticket."""
    arranger, proctor = world.actor(session, "arranger"), world.actor(session, "proctor1")
    sitting = rehearsing.plan_rehearsal(
        session, arranger, world.class_id, world.room_id, REHEARSED_AT, 30, now=worlds.PREPARED_AT
    )
    assert sitting.id is not None
    arranging.assign_proctor(session, arranger, sitting.id, world.accounts["proctor1"], now=worlds.PREPARED_AT)
    enrolled = enrolling.enrol_class(session, arranger, sitting.id, now=worlds.PREPARED_AT)
    tickets = {one.seat.id or 0: one.seat.ticket_number for one in enrolled if one.seat is not None}
    for seat_id in tickets:
        checking_in.admit(session, proctor, seat_id, now=REHEARSED_AT - timedelta(minutes=5))
    return next(iter(tickets.items()))


def test_the_keyboard_alone_is_enough_from_signing_in_to_the_receipt(watched: Watched, server: Server) -> None:
    seat_id, ticket = act(server, lambda session: rehearse(session, server.world))
    server.set_clock(REHEARSED_AT - timedelta(minutes=3))
    page = watched.page()
    keys = page.keyboard
    page.goto(f"{server.url}/exam")
    tab_to(page, "#ticket")
    keys.type(ticket)
    keys.press("Tab")
    keys.type(ticket[-6:])
    keys.press("Enter")
    shown(page, "waiting")
    expect(page.locator("[data-slot=waiting_ticket]")).to_have_text(ticket)

    tab_to(page, "[data-practice-open]")
    for key in ("Enter", "c", "Enter", "1", "3", "PageDown", "1"):
        keys.press(key)
    expect(page.locator("[data-practice-said]")).to_contain_text("正确")
    keys.press("Enter")
    expect(page.locator("[data-practice]")).to_be_hidden()

    server.set_clock(REHEARSED_AT)
    beat(page)
    shown(page, "paper")
    # By digit, by letter, by arrows and the space bar; forward by Enter, arrow and Page Down, and back again.
    for key in ("2", "Enter", "b", "ArrowRight", "1", "ArrowDown", "ArrowDown", " ", "PageDown"):
        keys.press(key)
    keys.press("1")
    keys.press("ArrowLeft")
    expect(page.locator(".exam-question:visible input:checked")).to_have_count(2)
    keys.press("ArrowRight")
    keys.press("Enter")
    keys.press("1")
    keys.press("Enter")
    shown(page, "review")
    expect(page.locator("[data-complete]")).to_be_visible()
    tab_to(page, "[data-hand-in]")
    keys.press("Enter")
    shown(page, "done")

    assert sorted(choice for _, choice, _ in stored(server, seat_id)) == ["AC", "B", "B", "T", "T"]
    receipt = page.locator("[data-screen=done] [data-receipt]")
    expect(receipt.locator("[data-slot=receipt_code]")).to_have_text(ticket)
    expect(receipt.locator("[data-slot=receipt_answered]")).to_have_text("5 题（共 5 题）")
    digest = receipt.locator("[data-slot=receipt_digest]").inner_text()
    page.reload()
    expect(page.locator("[data-slot=receipt_digest]")).to_have_text(digest)
    check_receipt(page, server, ticket, digest)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def check_receipt(page: Page, server: Server, ticket: str, digest: str) -> None:
    """Anybody with the two numbers learns that the sheet was received; with one wrong digit nothing."""
    wrong = ("0" if digest[0] != "0" else "1") + digest[1:]
    for typed, state in ((digest, "good"), (wrong, "fault"), ("zzz", "fault")):
        page.goto(f"{server.url}/exam/receipt")
        page.fill("#code", ticket)
        page.fill("#digest", typed)
        page.press("#digest", "Enter")
        expect(page.locator("[data-outcome]")).to_have_attribute("data-state", state, timeout=PATIENCE)


# --- the machine and its windows ---


@pytest.mark.parametrize("hours", [1, -1])
def test_a_machine_whose_clock_is_an_hour_off_sees_the_same_time(watched: Watched, server: Server, hours: int) -> None:
    begin(server)
    page = watched.page()
    page.add_init_script(f"const now = Date.now; Date.now = () => now() + {hours * 3_600_000};")
    sit(page, server, server.world.seats[0])
    expect(page.locator("[data-left]")).to_have_text("1 小时")
    choose(page)
    saving(page, "saved")
    expect(page.locator("[data-saved-word]")).to_contain_text("已保存 09:3")


def test_of_two_windows_the_later_one_works_and_the_other_says_so(watched: Watched, server: Server) -> None:
    begin(server)
    first = watched.page()
    sit(first, server, server.world.seats[0])
    second = watched.page()
    second.goto(f"{server.url}/exam")
    shown(second, "paper")
    shown(first, "elsewhere")
    choose(second)
    saving(second, "saved")

    first.click("[data-here]")
    shown(first, "paper")
    shown(second, "elsewhere")
    expect(first.locator("[data-grid] [data-answered=yes]")).to_have_count(1)
    choose(first, 1)
    saving(first, "saved")
    assert [seq for _, _, seq in stored(server, server.world.seats[0])] == [2]


def test_a_change_that_another_window_has_overtaken_is_told_and_not_saved(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    page = watched.page()
    sit(page, server, seat_id)
    choose(page, 0)
    saving(page, "saved")
    ((position, choice, _),) = stored(server, seat_id)
    last = page.locator(".exam-question:visible input").nth(3).input_value()
    newer = next(letter for letter in "ABCD" if letter not in {choice, last})
    act(server, lambda session: worlds.save(session, seat_id, position, newer, seq=9, now=candidates.now(server)))
    choose(page, 3)
    expect(page.locator(".exam-notice[data-kind=warning]")).to_contain_text("有更新的答案", timeout=PATIENCE)
    expect(page.locator(f".exam-question:visible input[value={newer}]")).to_be_checked()
    assert stored(server, seat_id) == [(position, newer, 9)]
    choose(page, 3)
    saving(page, "saved")
    assert stored(server, seat_id) == [(position, last, 10)]


def test_the_back_button_neither_leaves_nor_loses_anything(watched: Watched, server: Server) -> None:
    begin(server)
    page = watched.page()
    sit(page, server, server.world.seats[0])
    choose(page)
    saving(page, "saved")
    for _ in range(3):
        page.evaluate("history.back()")
        expect(page.locator(".exam-notice")).to_contain_text("不能后退", timeout=PATIENCE)
    shown(page, "paper")
    assert page.url == f"{server.url}/exam/paper"
    expect(page.locator("[data-grid] [data-answered=yes]")).to_have_count(1)


def test_what_a_candidate_chooses_for_the_eyes_survives_a_reload(watched: Watched, server: Server) -> None:
    begin(server)
    page = watched.page()
    sit(page, server, server.world.seats[0])
    page.check("input[name=size][value=large]", force=True)
    page.click("[data-contrast-switch]")
    page.click("[data-forward]")
    page.reload()
    shown(page, "paper")
    root = page.locator("html")
    expect(root).to_have_attribute("data-size", "large")
    expect(root).to_have_attribute("data-contrast", "high")
    expect(page.locator("[data-slot=number]:visible")).to_contain_text("第 2 题")
    assert page.evaluate("localStorage.length") == 0


def test_what_was_arranged_for_a_candidate_switches_itself_on(watched: Watched, server: Server) -> None:
    seat_id = server.world.seats[0]
    trainee_id = candidates.seat_of(server, seat_id).trainee_id
    world = server.world

    def grant(session: Session) -> None:
        wanted = Grants(extra_minutes=15, large_type=True, read_aloud=True)
        arranger, approver = world.actor(session, "arranger"), world.actor(session, "approver")
        asked = granting.propose(
            session, arranger, world.class_id, trainee_id, wanted, "视力不好", now=worlds.PREPARED_AT
        )
        granting.decide(session, approver, asked.id or 0, approve=True, reason="", now=worlds.PREPARED_AT)

    act(server, grant)
    begin(server)
    page = watched.page()
    page.add_init_script(SPEAKING)
    sit(page, server, seat_id)
    expect(page.locator("html")).to_have_attribute("data-size", "larger")
    expect(page.locator("[data-left]")).to_have_text("1 小时 15 分钟")
    expect(page.locator("[data-voice]")).to_have_attribute("aria-pressed", "true")
    page.click("[data-forward]")
    page.wait_for_function("window.spoken.length > 1")
    stem = page.locator(".exam-question:visible [data-slot=stem]").inner_text()
    assert stem in page.evaluate("window.spoken.at(-1)")
    assert page.evaluate("window.voices") == ["本机"], "a voice that sends the text away never reads it"


# A browser with two Chinese voices, of which one lives on somebody's server.
SPEAKING = """
window.spoken = [];
window.voices = [];
const voices = [
    { lang: "zh-CN", localService: false, name: "远程" },
    { lang: "zh-CN", localService: true, name: "本机" },
];
globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(globalThis, "speechSynthesis", { value: {
  getVoices: () => voices, cancel() {}, addEventListener() {},
  speak(one) { window.spoken.push(one.text); window.voices = [...new Set([...window.voices, one.voice.name])]; },
} });
"""


# --- handing in ---


def last_page(page: Page, server: Server) -> None:
    sit(page, server, server.world.seats[0])
    choose(page)
    saving(page, "saved")
    page.click("[data-review]")


def test_a_double_click_on_handing_in_is_one_and_answers_no_question(watched: Watched, server: Server) -> None:
    begin(server)
    page = watched.page()
    last_page(page, server)
    page.dblclick("[data-hand-in]")
    expect(page.locator("[data-sure]")).to_be_visible()
    page.locator("[data-sure] [data-answer='']").click()
    shown(page, "review")
    assert candidates.seat_of(server, server.world.seats[0]).handed_in_at is None
    page.click("[data-hand-in]")
    page.dblclick("[data-sure] [data-answer=yes]")
    shown(page, "done")
    assert candidates.seat_of(server, server.world.seats[0]).handed_in_by == "candidate"


def test_a_reply_to_handing_in_that_got_lost_is_asked_for_until_the_receipt_is_there(
    watched: Watched, server: Server
) -> None:
    begin(server)
    page = watched.page()
    last_page(page, server)
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        reply = route.fetch()
        if lost:
            route.fulfill(response=reply)
        else:
            lost.append(reply.status)
            route.abort()

    page.route("**/api/v1/exam/hand-in", lose_the_first)
    page.click("[data-hand-in]")
    page.click("[data-sure] [data-answer=yes]")
    shown(page, "done")
    assert lost == [200]
    expect(page.locator("[data-screen=done] [data-slot=receipt_code]")).to_have_text(
        server.world.tickets[server.world.seats[0]]
    )


def test_handing_in_at_the_very_second_the_clock_does_tells_that_the_clock_did(
    watched: Watched, server: Server
) -> None:
    begin(server)
    page = watched.page()
    last_page(page, server)
    page.click("[data-hand-in]")
    server.set_clock(worlds.ENDS_AT + timedelta(seconds=1))
    page.wait_for_timeout(1000)
    page.click("[data-sure] [data-answer=yes]")
    shown(page, "over")
    expect(page.locator("[data-screen=over] [data-slot=receipt_answered]")).to_have_text(
        "1 题（共 50 题）", timeout=PATIENCE
    )


# --- the Safe Exam Browser ---

# What a newer Safe Exam Browser offers to scripts: the key of its configuration, hashed over the page's address.
LOCKED = """
const address = location.href.split("#")[0];
globalThis.SafeExamBrowser = { security: { configKey: "", async updateKeys(done) {
  const bytes = new TextEncoder().encode(address + "%s");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  this.configKey = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  done();
} } };
"""


def test_a_sitting_that_asks_for_the_safe_exam_browser_takes_its_proof_and_refuses_others(
    chrome: Browser, watched: Watched, server: Server
) -> None:
    world = server.world
    with using(server.database_url), database.writing() as session:
        arranger = world.actor(session, "arranger")
        locking_down.require_browser(session, arranger, world.sitting_id, True, now=worlds.PREPARED_AT)
        key = session.get_one(Sitting, world.sitting_id).seb_config_key
    begin(server)
    plain = watched.page()
    sign_in(plain, server, world.seats[0])
    expect(plain.locator("#fault")).to_contain_text("安全考试浏览器", timeout=PATIENCE)

    locked = watched.page()
    locked.add_init_script(LOCKED % key)
    asked: list[str] = []
    locked.on("request", lambda request: asked.append(request.url) if "/api/v1/exam" in request.url else None)
    sit(locked, server, world.seats[0])
    choose(locked)
    saving(locked, "saved")
    assert "?t=" in locked.url
    assert [url for url in asked if "t=" not in url] == [f"{server.url}/api/v1/exam/session"]
