"""The proctor's board where it matters most: what cannot be taken back, a network that fails, many seats at once."""

from collections.abc import Callable
from datetime import timedelta

import cv2
import numpy as np
import pytest
from playwright.sync_api import Playwright, Route, expect
from sqlmodel import Session, select

from service.access.tables import Person
from service.programme.tables import Trainee
from service.sittings import queries as sittings
from service.sittings.tables import ExtraTime, Gap, IdentityCheck, Incident, IncidentPhoto, Presence, Seat
from tests import world as worlds
from tests.browser.conftest import Server, Watched
from tests.browser.rooms import PATIENCE, Board, Candidate, begin, in_database

pytestmark = pytest.mark.browser


def test_ending_an_exam_takes_a_reason_and_two_confirmations(
    playwright: Playwright, watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    candidate = Candidate(playwright, server, seat_id)
    candidate.start()
    board = Board.of(watched, server)
    expect(board.seat(seat_id)).to_have_attribute("data-state", "working", timeout=PATIENCE)

    panel = board.seat_panel(seat_id, "terminate")
    board.submit(panel)
    expect(board.page.locator("[data-act-dialog] .tab-why")).to_contain_text("请先选哪一方面")
    panel.get_by_label("考生", exact=True).check()
    panel.get_by_label("作弊").check()
    panel.get_by_label("发生了什么").fill("抄写夹带的纸条")
    board.submit(panel)
    expect(board.panel("terminate-ask")).to_contain_text("原因：作弊")
    board.submit(board.panel("terminate-ask"))
    expect(board.panel("terminate-sure")).to_contain_text("这一步不能撤销")
    assert in_database(server, lambda session: session.get_one(Seat, seat_id).handed_in_at) is None

    board.submit(board.panel("terminate-sure"))
    expect(board.seat(seat_id)).to_have_attribute("data-state", "terminated", timeout=PATIENCE)
    ended = in_database(server, lambda session: session.get_one(Seat, seat_id))
    assert (ended.handed_in_by, ended.termination) == ("termination", "cheating")


def test_an_act_whose_answer_is_lost_is_looked_up_and_not_done_twice(watched: Watched, server: Server) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    board = Board.of(watched, server)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    watched.context.route("**/extra-time", swallow)
    panel = board.seat_panel(seat_id, "extra")
    panel.get_by_label("5 分钟").check()
    panel.get_by_label("设备故障耽误").check()
    board.submit(panel)
    expect(board.page.locator("[data-toast]")).to_contain_text("已加时 5 分钟", timeout=PATIENCE)
    expect(board.page.locator("[data-unsettled]")).to_be_hidden(timeout=PATIENCE)
    expect(board.seat(seat_id)).to_contain_text("＋5 分钟")
    assert in_database(server, lambda session: len(session.exec(select(ExtraTime)).all())) == 1


def test_an_act_that_never_arrived_stands_on_the_board_until_it_is_seen(watched: Watched, server: Server) -> None:
    begin(server)
    board = Board.of(watched, server)
    watched.context.route("**/messages", lambda route: route.abort())
    panel = board.room_panel("message")
    panel.get_by_label("通知内容").fill("请检查答题卡")
    board.submit(panel)
    open_questions = board.page.locator("[data-unsettled] li")
    expect(open_questions).to_contain_text("正在查结果：发通知：整个考场", timeout=PATIENCE)
    expect(panel.locator("textarea")).to_have_value("请检查答题卡")
    expect(board.page.locator("[data-act-dialog] .tab-why")).to_contain_text("不知道是否已记上")
    expect(open_questions).to_contain_text("没有记上，请再做一次", timeout=2 * PATIENCE)

    watched.context.unroute("**/messages")
    board.submit(panel)
    expect(board.page.locator("[data-messages]")).to_contain_text("请检查答题卡", timeout=PATIENCE)
    expect(board.page.locator("[data-unsettled]")).to_be_hidden()


def black() -> bytes:
    return cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()


def test_a_photo_that_does_not_get_through_stays_on_the_tablet_until_it_does(watched: Watched, server: Server) -> None:
    begin(server)
    board = Board.of(watched, server)
    watched.context.route("**/photos", lambda route: route.abort())
    panel = board.room_panel("incident")
    panel.get_by_label("考场环境", exact=True).check()
    panel.get_by_label("噪声或环境干扰").check()
    panel.get_by_label("发生了什么").fill("走廊施工")
    panel.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": black()})
    expect(panel.locator("[data-photo-list] img")).to_have_count(1, timeout=PATIENCE)
    board.submit(panel)
    expect(board.panel("photos")).to_contain_text("照片还没有传完", timeout=PATIENCE)
    expect(board.page.locator("[data-incidents]")).to_contain_text("走廊施工")

    board.page.click("[data-again]")
    expect(board.page.locator("[data-act-dialog] .tab-why")).to_contain_text("照片没有传上去")
    watched.context.unroute("**/photos")
    board.page.click("[data-again]")
    expect(board.page.locator("[data-act-dialog]")).to_be_hidden(timeout=PATIENCE)
    kept = in_database(server, lambda session: [one.media_type for one in session.exec(select(IncidentPhoto))])
    assert kept == ["image/jpeg"]


def test_seats_that_need_somebody_come_first_but_nothing_moves_under_a_finger(watched: Watched, server: Server) -> None:
    begin(server)
    world, board = server.world, Board.of(watched, server)
    numbers = board.page.locator("[data-seats] .board-number")
    in_order = [str(number) for number in range(1, 7)]
    expect(numbers).to_have_text(in_order, timeout=PATIENCE)
    last = in_database(server, lambda session: sittings.seats_of(session, world.sitting_id)[-1].id)

    def lock(session: Session) -> None:
        seat = session.get_one(Seat, last)
        seat.failed_attempts = 5
        session.add(seat)

    box = board.seat(world.seats[0]).bounding_box()
    assert box is not None
    board.page.mouse.move(box["x"] + 20, box["y"] + 20)
    board.page.mouse.down()
    in_database(server, lock)
    expect(board.seat(last)).to_contain_text("连续输错", timeout=PATIENCE)
    expect(numbers).to_have_text(in_order)
    board.page.mouse.move(5, 5)
    board.page.mouse.up()
    expect(numbers).to_have_text(["6", *in_order[:-1]], timeout=PATIENCE)

    board.page.get_by_label("要处理的在前").uncheck()
    expect(numbers).to_have_text(in_order)
    board.page.locator("[name=filter][value=attention]").check()
    expect(numbers).to_have_text(["6"])
    board.seat(last).locator("[data-next]").click()
    board.submit(board.panel("release"))
    expect(board.page.locator("[data-no-seats]")).to_have_text("现在没有需要处理的座位。", timeout=PATIENCE)


def test_time_lost_to_a_silent_machine_is_given_back_with_two_taps(
    playwright: Playwright, watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    candidate = Candidate(playwright, server, seat_id)
    candidate.start()
    candidate.beat()

    def lose(session: Session) -> None:
        from_at = worlds.WORKING_AT + timedelta(minutes=2)
        until_at = from_at + timedelta(seconds=130)
        session.add(Gap(sitting_id=server.world.sitting_id, seat_id=seat_id, from_at=from_at, until_at=until_at))

    in_database(server, lose)
    server.set_clock(worlds.WORKING_AT + timedelta(minutes=6))
    candidate.beat()
    board = Board.of(watched, server)
    next_act = board.seat(seat_id).locator("[data-next]")
    expect(next_act).to_contain_text("补时", timeout=PATIENCE)
    next_act.click()
    expect(board.panel("compensate")).to_contain_text("一共最多 20 分钟")
    board.submit(board.panel("compensate"))
    expect(next_act).to_be_hidden(timeout=PATIENCE)
    (given,) = in_database(server, lambda session: session.exec(select(ExtraTime)).all())
    assert (given.kind, given.seconds % 60) == ("compensation", 0)


def test_whoever_collects_from_a_silent_machine_is_told_what_may_be_missing(
    playwright: Playwright, watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    candidate = Candidate(playwright, server, seat_id)
    candidate.start()
    candidate.beat()
    board = Board.of(watched, server)
    expect(board.seat(seat_id)).to_have_attribute("data-state", "working", timeout=PATIENCE)
    board.submit(board.seat_panel(seat_id, "collect"))
    expect(board.panel("collect-sure")).to_contain_text("收了就不能再答")
    expect(board.panel("collect-sure")).not_to_contain_text("还有答案没有传到")
    board.page.keyboard.press("Escape")

    server.set_clock(worlds.WORKING_AT + timedelta(minutes=3))
    expect(board.seat(seat_id)).to_contain_text("断线", timeout=PATIENCE)
    board.submit(board.seat_panel(seat_id, "collect"))
    expect(board.panel("collect-sure")).to_contain_text("还有答案没有传到")


def test_an_identity_is_looked_at_again_when_its_minute_has_come_and_a_doubt_becomes_an_incident(
    playwright: Playwright, watched: Watched, server: Server
) -> None:
    begin(server)
    seat_id = server.world.seats[0]
    candidate = Candidate(playwright, server, seat_id)
    candidate.start()
    server.set_clock(worlds.ENDS_AT - timedelta(minutes=9))
    candidate.beat()

    def present(session: Session) -> None:
        # Nothing but the second look is to be done: the silence since the start is not this test's matter.
        for gap in session.exec(select(Gap)):
            session.delete(gap)

    in_database(server, present)
    board = Board.of(watched, server)
    next_act = board.seat(seat_id).locator("[data-next]")
    expect(next_act).to_have_text("核对身份", timeout=PATIENCE)
    next_act.click()
    panel = board.panel("recheck")
    expect(panel).to_contain_text("没有报名照片")
    panel.get_by_label("存疑", exact=True).check()
    board.submit(panel)
    expect(board.page.locator("[data-act-dialog] .tab-why")).to_contain_text("存疑时请写明")
    panel.get_by_label("说明").fill("与证件照片不像")
    board.submit(panel)
    expect(board.page.locator("[data-incidents]")).to_contain_text("冒名顶替", timeout=PATIENCE)
    expect(next_act).to_be_hidden(timeout=PATIENCE)
    checks, incidents = in_database(
        server, lambda session: (session.exec(select(IdentityCheck)).all(), session.exec(select(Incident)).all())
    )
    assert [one.outcome for one in checks] == ["doubtful"]
    assert [one.kind for one in incidents] == ["impersonation"]


# --- many seats ---

MANY = 300


def fill_room(session: Session, server: Server) -> None:
    """Three hundred seats at work, as rows: no real room is that large, and the board must bear it all the same."""
    world = server.world
    first = session.get_one(Seat, world.seats[0])
    trainee = session.get_one(Trainee, first.trainee_id)
    for number in range(len(world.seats) + 1, MANY + 1):
        person = session.get_one(Person, first.person_id).model_copy(
            update={"id": None, "name": f"考生{number}", "citizen_id_index": f"many-{number}"}
        )
        session.add(Person(**person.model_dump()))
    session.flush()
    people = session.exec(select(Person).where(Person.name.like("考生%"))).all()  # type: ignore[attr-defined]
    for number, person in enumerate(people, start=len(world.seats) + 1):
        one = Trainee(**{**trainee.model_dump(), "id": None, "person_id": person.id})
        session.add(one)
        session.flush()
        fields = {**first.model_dump(), "id": None, "number": number, "trainee_id": one.id, "person_id": person.id}
        fields |= {"ticket_number": f"9{number:07d}", "started_at": worlds.WORKING_AT}
        session.add(Seat(**fields))
    session.flush()
    for seat in sittings.seats_of(session, world.sitting_id):
        # Ahead of the clock, for no machine beats here: three hundred that fall silent would all be written again.
        at = worlds.WORKING_AT + timedelta(hours=1)
        session.add(Presence(sitting_id=world.sitting_id, seat_id=seat.id, seen_at=at))


MEASURE = """() => new Promise((resolve) => {
  const found = { updates: [], written: [] };
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.name === "board-shown") found.updates.push(one.duration);
  }).observe({ type: "measure" });
  new MutationObserver((records) => {
    for (const one of records) {
      const seat = one.target.parentElement?.closest("[data-seat-id]");
      if (seat) found.written.push(Number(seat.dataset.seatId));
    }
  }).observe(document.querySelector("[data-seats]"), { subtree: true, childList: true, attributes: true });
  window.found = found;
  resolve();
})"""


def test_three_hundred_seats_are_kept_up_to_date_by_writing_only_what_has_changed(
    watched: Watched, server: Server, record_property: Callable[[str, object], None]
) -> None:
    begin(server)
    in_database(server, lambda session: fill_room(session, server))
    board = Board.of(watched, server)
    seats = board.page.locator("[data-seat-id]")
    expect(seats).to_have_count(MANY, timeout=PATIENCE)
    changed = [server.world.seats[0], server.world.seats[1]]

    def leave(times: int) -> None:
        def written(session: Session) -> None:
            for seat_id in changed:
                presence = session.get_one(Presence, (server.world.sitting_id, seat_id))
                presence.leavings = times
                session.add(presence)

        in_database(server, written)
        for seat_id in changed:
            expect(board.seat(seat_id)).to_contain_text(f"离开 {times} 次", timeout=PATIENCE)

    # The first picture of the stream is drawn over the one that came with the page.
    leave(1)
    board.page.evaluate(MEASURE)
    leave(2)
    leave(3)
    found = board.page.evaluate("window.found")
    record_property("updates_ms", found["updates"])
    assert set(found["written"]) == set(changed), "of three hundred seats only those that changed were written again"

    board.page.fill("[name=search]", "考生2")
    expect(seats).to_have_count(len([n for n in range(7, MANY + 1) if str(n).startswith("2")]))
    board.page.fill("[name=search]", "300")
    expect(seats).to_have_count(1)
