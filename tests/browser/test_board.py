"""The proctor's board in a real browser before a real server: it follows by itself, and every act is done and told."""

from datetime import timedelta

import cv2
import numpy as np
import pytest
from playwright.sync_api import Playwright, expect
from sqlmodel import Session, select

from service.sittings import queries as sittings
from service.sittings.actions import checking_in
from service.sittings.queries import happenings
from service.sittings.tables import ExtraTime, Incident, IncidentPhoto, Message, Pause, Seat
from tests import world as worlds
from tests.browser.conftest import Server, Watched
from tests.browser.rooms import PATIENCE, Board, Candidate, begin, in_database

pytestmark = pytest.mark.browser


def seat_of(session: Session, seat_id: int) -> Seat:
    found = sittings.seat(session, seat_id)
    assert found is not None
    return found


def test_a_seat_goes_through_its_states_and_the_board_shows_each_by_itself(
    playwright: Playwright, watched: Watched, server: Server
) -> None:
    world, (seat_id, *_) = server.world, server.world.seats
    in_database(server, lambda session: worlds.begin_exam(session, world, absent=len(world.seats)))
    board = Board.of(watched, server)
    seat = board.seat(seat_id)
    expect(seat).to_have_attribute("data-state", "expected", timeout=PATIENCE)
    expect(seat.locator("[data-next]")).to_have_text("去签到")

    in_database(
        server,
        lambda session: checking_in.admit(session, world.actor(session, "proctor2"), seat_id, now=worlds.CHECK_IN_AT),
    )
    expect(seat).to_have_attribute("data-state", "admitted", timeout=PATIENCE)
    expect(seat.locator("[data-next]")).to_be_hidden()

    server.set_clock(worlds.STARTS_AT + timedelta(minutes=1))
    candidate = Candidate(playwright, server, seat_id)
    candidate.start()
    candidate.beat()
    expect(seat).to_have_attribute("data-state", "working", timeout=PATIENCE)
    expect(seat).to_have_attribute("data-link", "alive", timeout=PATIENCE)

    candidate.answer(1, "A")
    candidate.answer(2, "B")
    candidate.beat("window")
    expect(seat).to_contain_text("已答 2/50", timeout=PATIENCE)
    expect(seat).to_contain_text("离开 1 次", timeout=PATIENCE)

    server.set_clock(worlds.STARTS_AT + timedelta(minutes=4))
    expect(seat).to_have_attribute("data-link", "lost", timeout=PATIENCE)
    expect(seat).to_have_attribute("data-urgent", "yes")
    expect(seat.locator("[data-next]")).to_have_text("去看看")

    candidate.beat()
    expect(seat).to_have_attribute("data-link", "alive", timeout=PATIENCE)
    expect(seat.locator("[data-next]")).to_contain_text("补时")

    candidate.hand_in()
    expect(seat).to_have_attribute("data-state", "handed_in", timeout=PATIENCE)
    expect(seat).to_contain_text("本人交卷")
    expect(board.page.locator("[data-count=handed_in]")).to_have_text("1")
    assert board.untouched()


def test_when_the_service_goes_away_the_board_says_how_old_it_is_and_comes_back_by_itself(
    watched: Watched, server: Server
) -> None:
    begin(server, absent=1)
    board = Board.of(watched, server)
    way, late = board.page.locator(".board-way"), board.seat(server.world.seats[-1])
    expect(way).to_have_attribute("data-way", "live", timeout=PATIENCE)
    expect(board.page.locator("[data-stale]")).to_be_hidden()

    server.stop()
    expect(way).to_have_attribute("data-way", "lost", timeout=PATIENCE)
    expect(board.page.locator("[data-stale]")).to_contain_text("已断开，正在重连")
    in_database(
        server,
        lambda session: checking_in.admit(
            session, server.world.actor(session, "proctor2"), server.world.seats[-1], now=worlds.STARTS_AT
        ),
    )
    expect(late).to_have_attribute("data-state", "expected")

    server.start()
    expect(late).to_have_attribute("data-state", "admitted", timeout=2 * PATIENCE)
    expect(way).to_have_attribute("data-way", "live", timeout=3 * PATIENCE)
    expect(board.page.locator("[data-stale]")).to_be_hidden()
    assert board.untouched()


def test_where_streams_do_not_get_through_the_board_asks_instead_and_says_so(watched: Watched, server: Server) -> None:
    begin(server, absent=1)
    watched.context.route("**/board/events", lambda route: route.abort())
    board = Board.of(watched, server)
    expect(board.page.locator(".board-way")).to_have_attribute("data-way", "asking", timeout=PATIENCE)
    expect(board.page.locator(".board-way")).to_contain_text("每3秒查询")

    last = server.world.seats[-1]
    in_database(
        server,
        lambda session: checking_in.admit(session, server.world.actor(session, "proctor2"), last, now=worlds.STARTS_AT),
    )
    expect(board.seat(last)).to_have_attribute("data-state", "admitted", timeout=PATIENCE)

    watched.context.unroute("**/board/events")
    expect(board.page.locator(".board-way")).to_have_attribute("data-way", "live", timeout=3 * PATIENCE)


def test_pausing_the_room_stands_on_the_board_with_its_reason_until_it_is_resumed(
    playwright: Playwright, watched: Watched, server: Server
) -> None:
    begin(server)
    candidate = Candidate(playwright, server, server.world.seats[0])
    candidate.start()
    board = Board.of(watched, server)
    panel = board.room_panel("pause")
    board.submit(panel)
    expect(board.page.locator("[data-act-dialog] .tab-why")).to_contain_text("请选一个原因")
    panel.get_by_label("停电").check()
    board.submit(panel)

    expect(board.page.locator("[data-paused]")).to_be_visible(timeout=PATIENCE)
    expect(board.page.locator("[data-paused]")).to_contain_text("原因：停电")
    expect(board.seat(server.world.seats[0])).to_have_attribute("data-state", "paused", timeout=PATIENCE)
    assert candidate.beat()["paused"] is True

    board.page.click("[data-paused] [data-room-act=resume]")
    board.submit(board.panel("resume"))
    expect(board.page.locator("[data-paused]")).to_be_hidden(timeout=PATIENCE)
    expect(board.seat(server.world.seats[0])).to_have_attribute("data-state", "working", timeout=PATIENCE)
    pauses = in_database(
        server, lambda session: [(one.reason, one.resumed_at is None) for one in session.exec(select(Pause))]
    )
    assert pauses == [("停电", False)]


def test_extra_minutes_for_a_seat_and_for_all_are_given_once_however_often_one_taps(
    playwright: Playwright, watched: Watched, server: Server
) -> None:
    begin(server)
    first, second = server.world.seats[:2]
    board = Board.of(watched, server)
    panel = board.seat_panel(first, "extra")
    panel.get_by_label("5 分钟").check()
    panel.get_by_label("设备故障耽误").check()
    panel.locator("button[type=submit]").dblclick()
    expect(board.seat(first)).to_contain_text("＋5 分钟", timeout=PATIENCE)

    panel = board.room_panel("extra")
    panel.get_by_label("3 分钟").check()
    panel.get_by_label("其他原因").fill("广播检修")
    panel.locator("button[type=submit]").dblclick()
    expect(board.seat(first)).to_contain_text("＋8 分钟", timeout=PATIENCE)
    expect(board.seat(second)).to_contain_text("＋3 分钟")
    expect(board.page.locator("[data-times]")).to_have_text("09:00–10:33")
    given = in_database(server, lambda session: [(one.seat_id, one.seconds) for one in session.exec(select(ExtraTime))])
    assert given == [(first, 300), (None, 180)]


def test_a_message_arrives_at_the_candidates_page(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    trainee = in_database(server, lambda session: seat_of(session, seat_id).trainee_id)
    exam = watched.context.browser.new_page(locale="zh-CN")  # type: ignore[union-attr]
    exam.goto(f"{server.url}/exam")
    exam.fill("#ticket", server.world.tickets[seat_id])
    exam.fill("#tail", server.world.citizen_ids[trainee][-6:])
    exam.click("[data-sign-in] button[type=submit]")
    exam.wait_for_selector("[data-screen=paper]:not([hidden])", timeout=PATIENCE)

    board = Board.of(watched, server)
    panel = board.room_panel("message")
    panel.get_by_role("button", name="离考试结束还有60分钟。").click()
    expect(panel.locator("textarea")).to_have_value("离考试结束还有60分钟。")
    panel.get_by_role("button", name="请保持安静，不要交谈。").click()
    board.submit(panel)
    expect(board.page.locator("[data-messages]")).to_contain_text("请保持安静，不要交谈。", timeout=PATIENCE)
    expect(exam.get_by_text("请保持安静，不要交谈。").first).to_be_visible(timeout=2 * PATIENCE)
    assert in_database(server, lambda session: len(session.exec(select(Message)).all())) == 1
    exam.close()


def picture(side: int) -> bytes:
    """A photo as a camera makes it: large, and noisy so that it does not compress away."""
    noise = np.random.default_rng(7).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def test_an_incident_is_reported_by_the_tree_of_reasons_with_a_photo_that_fits_through(
    watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[1]
    taken = picture(2600)
    assert len(taken) > 4 * 1024 * 1024
    board = Board.of(watched, server)
    panel = board.seat_panel(seat_id, "incident")
    expect(panel.get_by_label("携带或使用手机")).to_be_hidden()
    panel.get_by_label("考生", exact=True).check()
    panel.get_by_label("携带或使用手机").check()
    panel.get_by_label("发生了什么").fill("手机在桌上响，已收存")
    panel.locator("input[type=file]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": taken})
    expect(panel.locator("[data-photo-list] img")).to_have_count(1, timeout=PATIENCE)
    board.submit(panel)

    line = board.page.locator("[data-incidents] li")
    expect(line).to_contain_text("携带或使用手机", timeout=PATIENCE)
    expect(line.get_by_role("link", name="照片 1")).to_be_visible(timeout=PATIENCE)
    incident, photo = in_database(
        server, lambda session: (session.exec(select(Incident)).one(), session.exec(select(IncidentPhoto)).one())
    )
    assert (incident.seat_id, incident.kind, incident.text) == (seat_id, "phone", "手机在桌上响，已收存")
    kept = cv2.imdecode(np.frombuffer(happenings.picture(photo), np.uint8), cv2.IMREAD_COLOR)
    assert (photo.media_type, kept.shape[:2]) == ("image/jpeg", (1600, 1600))
