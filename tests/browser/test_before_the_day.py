"""Before the day in a real browser: an exam point made ready, a machine checked, an arrangement decided."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from service.kernel import database
from service.sittings.actions import granting, places, readying, rehearsing, room_ruling, trying_machines
from service.sittings.actions.trying_machines import Report
from service.sittings.queries import places as queries
from service.sittings.rules.granting import Grants
from service.sittings.rules.machines import Engine, Measured
from service.sittings.rules.places import FIRST_RULES, Equipment
from tests import world as worlds
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import clipped, inaccessible, keep
from tests.conftest import using
from tests.world import PREPARED_AT, World

pytestmark = pytest.mark.browser

# The pages of each person; {…} are filled with ids of the world.
PAGES = {
    "arranger": [
        "/exam-points",
        "/exam-points?words=没有这个",
        "/exam-points/{point}",
        "/exam-points/{bare}",
        "/exam-points/rules",
        "/exam-points/rehearsals",
        "/exam/machine-check/rooms/{room}",
        "/exam/machine-check/rooms/{bare_room}",
        "/arrangements",
        "/arrangements?class_id={class}",
    ],
    "approver": ["/arrangements/approval", "/arrangements/approval?state=declined"],
    "proctor1": ["/exam/machine-check", "/exam/machine-check?room={room}"],
    "auditor": ["/exam/machine-check?room={room}"],
}


def furnish(session: Session, world: World) -> dict[str, int]:
    """Something on every page: a point half checked, machines of every colour, rules to come, requests, a rehearsal."""
    arranger, approver = world.actor(session, "arranger"), world.actor(session, "approver")
    found = queries.place(session, world.room_id)
    assert found is not None
    point_id = found[0].id or 0
    places.change_room(session, arranger, world.room_id, "一号", 30, "127.0.0.0/8,10.0.0.0/8", now=PREPARED_AT)
    for one in list(Equipment)[:5]:
        readying.check_equipment(session, arranger, point_id, one, True, "", now=PREPARED_AT)
    readying.check_equipment(session, arranger, point_id, Equipment.TABLETS, False, "两台没电", now=PREPARED_AT)
    bare = places.add_exam_point(
        session,
        arranger,
        "穆棱市职业技术教育中心学校安全生产考试点",
        "穆棱市",
        "八面通镇",
        {"多媒体教室": 45},
        now=PREPARED_AT,
    )
    for name, changes in (("01", {}), ("02", {"drift_ms": 8000}), ("03", {"store": False, "secure": False})):
        values = {"drift_ms": 120, "save_ms": 15, "store": True, "secure": True, "full_screen": True, **changes}
        measured = Measured(Engine.CHROMIUM, 120, **values)
        report = Report(name, "Chrome 120", "10.0.0.8", measured)
        trying_machines.report_machine(session, arranger, world.room_id, report, now=PREPARED_AT)
    later = replace(
        FIRST_RULES,
        effective_on=worlds.AFTER.date().replace(month=12),
        largest_room=25,
        proctors=3,
        late_minutes=15,
        compensation_cap_minutes=10,
        allotment_hidden=False,
    )
    room_ruling.set_room_rule(session, arranger, later, now=PREPARED_AT)
    for trainee, wanted in zip(
        world.trainees[:3], (Grants(20, True, True, True), Grants(10), Grants(large_type=True)), strict=True
    ):
        granting.propose(session, arranger, world.class_id, trainee, wanted, "听力不便，附医院证明", now=PREPARED_AT)
    granting.decide(session, approver, 2, approve=True, reason="情况属实", now=PREPARED_AT)
    granting.decide(session, approver, 3, approve=False, reason="没有证明材料", now=PREPARED_AT)
    rehearsing.plan_rehearsal(
        session, arranger, world.class_id, bare[0].id or 0, worlds.CHECK_IN_AT, 30, now=PREPARED_AT
    )
    return {
        "point": point_id,
        "room": world.room_id,
        "bare": bare[0].exam_point_id,
        "bare_room": bare[0].id or 0,
        "class": world.class_id,
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_before_the_day_is_whole(chrome: Browser, server: Server, language: str) -> None:
    with using(server.database_url), database.writing() as session:
        ids = furnish(session, server.world)
    faults: dict[str, list[str]] = {}
    looked_at = 0
    for username, addresses in PAGES.items():
        context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
        watched = Watched(context, server)
        page = watched.sign_in(username)
        for number, address in enumerate(addresses):
            for width, (across, down) in WIDTHS.items():
                page.set_viewport_size({"width": across, "height": down})
                reply = page.goto(server.url + address.format(**ids), wait_until="load")
                assert reply is not None and reply.status == 200
                name = f"before-{username}-{number}-{width}-{language}"
                for details in page.locator("main details").all():
                    details.evaluate("one => { one.open = true; }")
                keep(page, name)
                found = clipped(page)
                if width == "tablet" and language == "zh":
                    found += inaccessible(page)
                if found:
                    faults[name] = found
                looked_at += 1
        faults |= {username: [*watched.errors, *watched.foreign]} if watched.errors or watched.foreign else {}
        context.close()
    assert looked_at == sum(len(addresses) for addresses in PAGES.values()) * len(WIDTHS)
    assert faults == {}


def done(page: Page, words: str) -> None:
    expect(page.locator("#toast")).to_contain_text(words)


def test_an_officer_makes_an_exam_point_ready_on_a_tablet(server: Server, watched: Watched) -> None:
    page = watched.sign_in("arranger")
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS["tablet"], strict=True)))  # type: ignore[arg-type]
    page.goto(f"{server.url}/exam-points")

    # A slip is said beside the field it is about.
    page.fill("#register input[name=name]", "考试点")
    page.fill("#register input[name=county]", "林口县")
    page.click("#register button")
    expect(page.locator("#register .alert.of-field")).to_contain_text("已有同名的考试点")
    name = page.locator("#register input[name=name]")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    page.fill("#register input[name=name]", "新考试点")
    page.click("#register button")
    page.wait_for_url("**/exam-points/*")
    done(page, "考试点已登记")

    declare = page.get_by_role("button", name="确认就绪")
    expect(declare).to_be_disabled()
    expect(page.locator("#missing")).to_contain_text("9项未通过")
    for one in Equipment:
        page.locator(f'[data-line="{one.value}"]').get_by_role("button", name="正常").click()
        expect(page.locator(f'[data-line="{one.value}"]')).to_have_attribute("data-stands", "good")
    expect(page.locator("#checklist-done")).to_have_text("9 / 9 项正常")
    assert inaccessible(page) == []
    declare.click()
    done(page, "考试点已确认就绪")
    expect(page.locator("#ready")).to_be_visible()

    # A remark and Enter do not pass a line; the fault withdraws what was said before, without any reload.
    power = page.locator('[data-line="power"]')
    power.get_by_label("说明").fill("跳闸")
    power.get_by_label("说明").press("Enter")
    expect(power).to_have_attribute("data-stands", "good")
    power.get_by_role("button", name="有问题").click()
    done(page, "就绪已自动撤回")
    expect(power).to_have_attribute("data-stands", "bad")
    expect(page.locator("#unready")).to_be_visible()
    expect(declare).to_be_disabled()
    expect(page.locator("#missing")).to_contain_text("供电正常")

    room = page.locator(".rooms article").first
    room.locator("summary").click()
    room.get_by_label("考试机网段").fill("一楼的电脑")
    room.get_by_role("button", name="保存").click()
    expect(room.locator(".alert.of-field")).to_contain_text("“一楼的电脑”不是网段")
    room.get_by_label("考试机网段").fill("192.168.7.9/24")
    room.get_by_role("button", name="保存").click()
    done(page, "考场已修改")
    expect(page.locator(".rooms article").first).to_contain_text("192.168.7.0/24")


@pytest.mark.parametrize("kind", ["desk", "tablet"])
def test_a_machine_checks_itself(server: Server, watched: Watched, kind: str) -> None:
    world = server.world
    # The browser's clock is this machine's, so the server keeps the same time for once.
    server.set_clock(datetime.now(UTC))
    if kind == "tablet":
        watched.context.grant_permissions(["camera"])
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/exam/machine-check?room={world.room_id}")

    page.get_by_role("button", name="开始检查").click()
    expect(page.locator("#machine-fault")).to_have_text("请填写机器编号，例如 01。")
    page.fill("input[name=machine]", "07")
    page.check(f"input[value={kind}]")
    page.get_by_role("button", name="开始检查").click()

    expect(page.locator("#verdict")).to_be_visible(timeout=30_000)
    expect(page.locator("#verdict-word")).to_contain_text("07: ")
    stands = {
        item.get_attribute("data-measure"): item.get_attribute("data-stands")
        for item in page.locator("[data-measure]").all()
    }
    assert set(stands.values()) <= {"good", "wait", "unseen"}, page.locator("main").inner_text()
    # How quick this machine and its disk are is not the point here.
    assert {name: stands[name] for name in ("browser", "address", "drift", "store", "secure")} == dict.fromkeys(
        ("browser", "address", "drift", "store", "secure"), "good"
    )
    assert stands["camera"] == ("good" if kind == "tablet" else "unseen")
    expect(page.locator('[data-measure="browser"]')).to_contain_text("Chrome")
    assert inaccessible(page) == []

    page.goto(f"{server.url}/exam/machine-check/rooms/{world.room_id}")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("07")
    expect(row).to_contain_text("127.0.0.1")
    page.goto(f"{server.url}/exam/machine-check?room={world.room_id}")
    expect(page.locator("input[name=machine]")).to_have_value("07")


@pytest.mark.parametrize(
    ("off", "slow"),
    [
        pytest.param(timedelta(minutes=10), "慢 6", id="ten minutes"),
        # Further off than is counted: it stands at the limit, and is judged like any other.
        pytest.param(timedelta(days=60), "慢 2", id="two months"),
    ],
)
def test_a_clock_that_is_far_off_keeps_a_machine_from_exams(
    server: Server, watched: Watched, off: timedelta, slow: str
) -> None:
    server.set_clock(datetime.now(UTC) + off)
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/exam/machine-check?room={server.world.room_id}")
    page.fill("input[name=machine]", "08")
    page.get_by_role("button", name="开始检查").click()

    expect(page.locator("#verdict")).to_be_visible(timeout=30_000)
    expect(page.locator("#verdict")).to_have_attribute("data-fitness", "unfit")
    expect(page.locator("#verdict")).to_contain_text("请立即校准时钟")
    expect(page.locator('[data-measure="drift"]')).to_contain_text(slow)
    expect(page.locator('[data-measure="drift"]')).to_have_attribute("data-stands", "bad")


def test_a_tablet_that_may_not_open_its_camera_says_so(server: Server, watched: Watched) -> None:
    server.set_clock(datetime.now(UTC))
    page = watched.sign_in("proctor1")
    page.goto(f"{server.url}/exam/machine-check?room={server.world.room_id}")
    page.fill("input[name=machine]", "T1")
    page.check("input[value=tablet]")
    page.get_by_role("button", name="开始检查").click()

    expect(page.locator("#verdict")).to_be_visible(timeout=30_000)
    expect(page.locator("#verdict")).to_contain_text("摄像头不可用")
    expect(page.locator('[data-measure="camera"]')).to_have_attribute("data-stands", "wait")


def test_one_asks_and_another_approves(chrome: Browser, server: Server, watched: Watched) -> None:
    asking = watched.sign_in("arranger")
    asking.goto(f"{server.url}/arrangements")
    asking.locator("#propose select").select_option(str(server.world.class_id))
    asking.get_by_role("button", name="下一步").click()
    asking.locator("select[name=trainee_id]").select_option(str(server.world.trainees[0]))
    asking.get_by_label("申请理由").fill("右手骨折")
    asking.get_by_role("button", name="提交申请").click()
    expect(asking.locator("#propose .alert.of-field")).to_contain_text("请至少选择一项")
    asking.get_by_label("延长时间").fill("20")
    asking.get_by_label("大字显示").check()
    asking.get_by_role("button", name="提交申请").click()
    done(asking, "等待另一位同事审批")
    expect(asking.locator(".grants li").first).to_contain_text("待审批")

    other = Watched(chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai"), server)
    deciding = other.sign_in("approver")
    deciding.goto(f"{server.url}/arrangements/approval")
    request = deciding.locator(".grants > li").first
    expect(request).to_contain_text("右手骨折")
    request.get_by_label("批准", exact=True).check()
    request.get_by_label("审批意见").fill("情况属实")
    request.get_by_role("button", name="提交审批").click()
    done(deciding, "审批已记录")
    expect(deciding.locator(".grants > li").first).to_contain_text("已批准")
    assert (other.errors, other.foreign) == ([], [])
    other.context.close()

    asking.reload()
    asking.goto(f"{server.url}/arrangements?class_id={server.world.class_id}")
    option = asking.locator(f'select[name=trainee_id] option[value="{server.world.trainees[0]}"]')
    assert option.is_disabled()


def test_a_rehearsal_is_planned_for_now_and_leads_to_its_seats(server: Server, watched: Watched) -> None:
    with using(server.database_url), database.writing() as session:
        arranger = server.world.actor(session, "arranger")
        (room,) = places.add_exam_point(session, arranger, "另一点", "林口县", "", {"一": 30}, now=PREPARED_AT)
    page = watched.sign_in("arranger")
    page.goto(f"{server.url}/exam-points/rehearsals")
    form = page.locator('form[data-shape="rehearsal"]')
    form.locator("select[name=class_id]").select_option(str(server.world.class_id))
    form.locator("select[name=room_id]").select_option(str(server.world.room_id))
    form.get_by_role("button", name="安排演练").click()
    expect(form.locator(".alert.of-field")).to_contain_text("已安排第")
    form.get_by_label("另选时间").check()
    expect(form.locator("input[name=starts_at]")).to_be_visible()
    form.get_by_label("现在就开始").check()
    form.locator("select[name=room_id]").select_option(str(room.id))
    form.get_by_role("button", name="安排演练").click()

    page.wait_for_url("**/sittings/*")
    done(page, "演练已安排")
    page.get_by_role("button", name="编排座位").click()
    done(page, "编排完成")
    expect(page.locator("main")).to_contain_text("已编排6人")
