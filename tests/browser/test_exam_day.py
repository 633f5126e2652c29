"""What a proctor and a candidate do on the day, in a real browser before a real server."""

import io
import os
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from playwright.sync_api import Page, Playwright, expect
from sqlmodel import Session

from service.access.rules import people
from service.kernel import database
from service.sittings import queries as sittings
from tests import world as worlds
from tests.browser import candidates
from tests.browser.conftest import ARGUMENTS, Server, Watched, chromium
from tests.conftest import using
from tests.world import World

pytestmark = pytest.mark.browser
PATIENCE = 15_000


def clip(text: str, path: Path) -> Path:
    """What a camera sees of a ticket held before it: JPEG frames one after another."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False, mask=3, boost_error=False).save(buffer, kind="png", scale=8, border=4)
    code = cv2.imdecode(np.frombuffer(buffer.getvalue(), np.uint8), 0)
    side = 340
    frames = []
    for angle in (-4, -2, 0, 2, 4):
        scene = np.full((480, 640), 150, np.uint8)
        scene[70 : 70 + side, 150 : 150 + side] = cv2.resize(code, (side, side), interpolation=cv2.INTER_AREA)
        turned = cv2.warpAffine(scene, cv2.getRotationMatrix2D((320, 240), angle, 1), (640, 480), borderValue=150)
        frames.append(cv2.imencode(".jpg", cv2.cvtColor(turned, cv2.COLOR_GRAY2BGR))[1].tobytes())
    path.write_bytes(b"".join(frames))
    return path


def in_database(server: Server, act: object) -> None:
    """Let something happen that the test is not about."""
    with using(server.database_url), database.writing() as session:
        act(session)  # type: ignore[operator]


def begin(server: Server) -> World:
    """Everybody admitted, the paper open, half an hour into the exam."""
    in_database(server, lambda session: worlds.begin_exam(session, server.world))
    server.set_clock(worlds.WORKING_AT)
    return server.world


def trainee_of(server: Server, seat_id: int) -> int:
    with using(server.database_url), database.reading() as session:
        return _seat(session, seat_id)


def _seat(session: Session, seat_id: int) -> int:
    seat = sittings.seat(session, seat_id)
    assert seat is not None
    return seat.trainee_id


def admitted(server: Server, seat_id: int) -> bool:
    with using(server.database_url), database.reading() as session:
        seat = sittings.seat(session, seat_id)
        return seat is not None and seat.admitted_at is not None


def test_a_proctor_scans_a_ticket_with_the_camera_and_admits(
    playwright: Playwright, server: Server, tmp_path: Path
) -> None:
    seat_id = server.world.seats[2]
    camera = clip(server.world.codes[seat_id], tmp_path / "camera.mjpeg")
    browser = playwright.chromium.launch(
        executable_path=chromium(),
        args=[*ARGUMENTS, f"--use-file-for-fake-video-capture={camera}"],
        chromium_sandbox=os.geteuid() != 0,
    )
    context = browser.new_context(locale="zh-CN", viewport={"width": 1024, "height": 768}, permissions=["camera"])
    watched = Watched(context, server)
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/proctor/sittings/{server.world.sitting_id}/check-in")
    page.click("[data-camera]")
    expect(page.locator("[data-view=card]")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-slot=verdict]")).to_have_text("可以入场")
    expect(page.locator("[data-slot=citizen]")).to_have_text(masked(server, seat_id))
    page.click("[data-admit]")
    expect(page.locator("strong[data-admitted]")).to_have_text("1", timeout=PATIENCE)
    # The tablet shows its verdict at once and tells the server in its own time.
    assert any(admitted(server, seat_id) or page.wait_for_timeout(200) for _ in range(50))
    browser.close()
    assert (watched.errors, watched.foreign) == ([], [])


def masked(server: Server, seat_id: int) -> str:
    full = server.world.citizen_ids[trainee_of(server, seat_id)]
    return people.masked(full)


def test_a_proctor_types_a_number_and_refuses_with_a_reason(watched: Watched, server: Server) -> None:
    seat_id = server.world.seats[0]
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/proctor/sittings/{server.world.sitting_id}/check-in")
    page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)
    page.fill("#ticket", server.world.tickets[seat_id])
    page.press("#ticket", "Enter")
    expect(page.locator("[data-slot=verdict]")).to_have_text("可以入场", timeout=PATIENCE)
    page.click("[data-refuse]")
    page.check("input[name=reason][value=impersonation]", force=True)
    page.click("[data-reason-form] button[type=submit]")
    page.click("[data-sure] [data-answer=yes]")
    expect(page.locator("[data-recent] li").first).to_contain_text("拒绝", timeout=PATIENCE)
    # The tablet shows what was decided at once, and delivers it then.
    expect(page.get_by_text("全部已送达")).to_be_visible(timeout=PATIENCE)
    with using(server.database_url), database.reading() as session:
        seat = sittings.seat(session, seat_id)
        assert seat is not None and seat.refusal == "impersonation"


def test_the_second_proctor_opens_the_paper_on_the_board_and_the_board_updates_by_itself(
    watched: Watched, server: Server
) -> None:
    from service.sittings.actions import checking_in

    world = server.world
    in_database(
        server,
        lambda session: checking_in.admit(
            session, world.actor(session, "proctor1"), world.seats[0], now=worlds.CHECK_IN_AT
        ),
    )
    in_database(
        server,
        lambda session: worlds.open_paper(
            session, world.actor(session, "proctor2"), world.sitting_id, now=worlds.OPENING_AT
        ),
    )
    server.set_clock(worlds.OPENING_AT)
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/proctor/sittings/{world.sitting_id}")
    expect(page.locator("[data-count=present]")).to_have_text("1", timeout=PATIENCE)
    page.click("[data-open]")
    page.fill("[data-sure] [name=password]", worlds.PASSWORD)
    page.click("[data-sure] [data-answer=yes]")
    expect(page.locator("[data-opening]")).to_have_attribute("data-hands", "2", timeout=PATIENCE)
    in_database(
        server,
        lambda session: checking_in.admit(
            session, world.actor(session, "proctor2"), world.seats[1], now=worlds.OPENING_AT
        ),
    )
    expect(page.locator("[data-count=present]")).to_have_text("2", timeout=PATIENCE)


def sign_in_candidate(page: Page, server: Server, seat_id: int) -> None:
    page.goto(f"{server.url}/exam")
    page.fill("#ticket", server.world.tickets[seat_id])
    page.fill("#tail", server.world.citizen_ids[trainee_of(server, seat_id)][-6:])
    page.click("[data-sign-in] button[type=submit]")


def test_a_candidate_answers_reloads_and_hands_in(watched: Watched, server: Server) -> None:
    world = begin(server)
    seat_id = world.seats[0]
    page = watched.page()
    sign_in_candidate(page, server, seat_id)
    page.wait_for_selector("[data-screen=paper]:not([hidden])", timeout=PATIENCE)
    for _ in range(3):
        page.locator(".exam-question:visible .exam-option").first.click()
        expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saved", timeout=PATIENCE)
        page.click("[data-forward]")
    assert saved(server, seat_id) == 3

    page.reload()
    page.wait_for_selector("[data-screen=paper]:not([hidden])", timeout=PATIENCE)
    expect(page.locator("[data-grid] [data-answered=yes]")).to_have_count(3)
    assert page.evaluate("Object.keys(localStorage).length") == 0

    page.click("[data-review]")
    expect(page.locator("[data-unanswered-grid] .exam-cell")).to_have_count(47)
    page.click("[data-hand-in]")
    page.locator("[data-sure] [data-answer=yes]").click()
    page.wait_for_url("**/exam/done", timeout=PATIENCE)
    with using(server.database_url), database.reading() as session:
        seat = sittings.seat(session, seat_id)
        assert seat is not None and seat.handed_in_by == "candidate"


def saved(server: Server, seat_id: int) -> int:
    with using(server.database_url), database.reading() as session:
        seat = sittings.seat(session, seat_id)
        assert seat is not None
        return sum(bool(answer.choice) for answer in sittings.answers(session, seat))


def test_an_answer_given_while_the_network_is_away_is_saved_when_it_returns(watched: Watched, server: Server) -> None:
    world = begin(server)
    page = watched.page()
    sign_in_candidate(page, server, world.seats[0])
    page.wait_for_selector("[data-screen=paper]:not([hidden])", timeout=PATIENCE)
    watched.offline(True)
    page.locator(".exam-question:visible .exam-option").first.click()
    expect(page.locator("[data-saved]")).not_to_have_attribute("data-state", "saved", timeout=PATIENCE)
    assert saved(server, world.seats[0]) == 0
    watched.offline(False)
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saved", timeout=PATIENCE)
    assert saved(server, world.seats[0]) == 1


def test_when_the_time_is_over_the_page_says_that_it_was_handed_in(watched: Watched, server: Server) -> None:
    world = begin(server)
    server.set_clock(worlds.ENDS_AT - timedelta(seconds=12))
    page = watched.page()
    sign_in_candidate(page, server, world.seats[0])
    page.wait_for_selector("[data-screen=paper]:not([hidden])", timeout=PATIENCE)
    expect(page.locator("[data-screen=over]")).to_be_visible(timeout=2 * PATIENCE)
    assert candidates.inaccessible(page) == []
