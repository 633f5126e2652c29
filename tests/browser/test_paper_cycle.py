"""A class's paper from its blueprint to its opening, as everybody who has a hand in it sees it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.papers.rules.states import Form
from service.sittings.actions import arranging, places
from tests.browser.candidates import act
from tests.browser.conftest import Server, Watched
from tests.browser.test_pages import clipped, inaccessible, keep
from tests.papers.classes import Wanted, open_class
from tests.world import COUNTIES, PASSWORD, PREPARED_AT, STARTS_AT, World

pytestmark = pytest.mark.browser
ROLE = TraineeRole.TEAM_LEADER
EDITOR = f"/papers/blueprints/new?role={ROLE}"
LOOKS = {"desktop": (1280, 800), "tablet": (820, 1180), "phone": (390, 844)}
# The service checks a moment after the last key, and an assembly takes its time on a busy machine.
PATIENCE, LONG = 20_000, 240_000


@contextmanager
def desk(chrome: Browser, server: Server, username: str, language: str = "zh") -> Iterator[Page]:
    """Somebody at a desk of their own; at the end nothing may have gone wrong on their pages unseen."""
    width, height = LOOKS["desktop"]
    context = chrome.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": height}
    )
    context.add_cookies([{"name": "peikao_language", "value": language, "url": server.url}])
    watched = Watched(context, server)
    yield watched.sign_in(username)
    context.close()
    assert (watched.errors, watched.foreign) == ([], [])


def look(page: Page, name: str) -> None:
    """The page as it stands, at three widths: nothing sticks out, and nobody is shut out."""
    for width, (across, down) in LOOKS.items():
        page.set_viewport_size({"width": across, "height": down})
        keep(page, f"cycle-{name}-{width}")
        assert clipped(page) == [], (name, width)
    page.set_viewport_size({"width": LOOKS["desktop"][0], "height": LOOKS["desktop"][1]})
    assert inaccessible(page) == [], name


def status(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("[data-status]")).to_have_text(words, timeout=PATIENCE)


def test_a_blueprint_is_typed_checked_and_never_lost(chrome: Browser, server: Server) -> None:
    server.set_clock(PREPARED_AT)
    with desk(chrome, server, "assembler") as page:
        page.goto(server.url + EDITOR)
        status(page, "与现行版本没有差别。")
        expect(page.locator("[data-send]")).to_be_disabled()
        look(page, "editor-untouched")

        cell = page.get_by_label("中华人民共和国安全生产法 × 单选题")
        before = int(cell.input_value())
        cell.fill(str(before + 1))
        expect(page.locator("[data-sums-word]")).to_have_text("51题，102分：应为100分")
        status(page, "还有1处要改，见各项旁边的说明。")
        expect(page.locator('[data-slot="points"]')).to_have_text("总分应为100分，现为102分")

        page.fill("[data-setting=pass_points]", "0")
        status(page, "还有1处要改，见各项旁边的说明。")
        expect(page.locator('[data-slot="pass_points"]')).to_have_text("请填整数，从1到100。")
        page.fill("[data-setting=pass_points]", "75")
        page.fill("[data-source=pass_points]", "市局2026年第3次办公会纪要")
        page.locator("[data-groups=must_include] [data-add]").click()
        page.locator("[data-groups=must_include] [data-codes]").fill("WSL-001 XX-9")
        status(page, "还有2处要改，见各项旁边的说明。")
        expect(page.locator("[data-groups=must_include] [data-group] .fault")).to_have_text("题库中没有这些试题：XX-9")
        look(page, "editor-faults")

        page.reload()
        expect(page.locator("[data-restored]")).to_be_visible()
        expect(cell).to_have_value(str(before + 1))
        expect(page.locator("[data-groups=must_include] [data-codes]")).to_have_value("WSL-001 XX-9")
        page.locator("[data-groups=must_include] [data-codes]").fill("WSL-001 WSL-002")
        cell.fill(str(before))
        status(page, "可以送审：与现行版本有3处差别。")
        expect(page.locator("[data-changes] th")).to_have_text(["必选组 · WSL-001 WSL-002", "来源 · 合格分", "合格分"])
        expect(page.locator("[data-changes] tr").last.locator("td")).to_have_text(["80", "75"])
        look(page, "editor-ready")

        page.click("[data-send]")
        page.wait_for_url(re.compile(r"/papers/blueprints/\d+$"))
        expect(page.locator("h1")).to_have_text("班组长组卷方案第2版")
        page.goto(server.url + EDITOR)
        expect(page.locator("[data-restored]")).to_be_hidden()


def test_the_editor_is_whole_in_english(chrome: Browser, server: Server) -> None:
    server.set_clock(PREPARED_AT)
    with desk(chrome, server, "assembler", "en") as page:
        page.goto(server.url + EDITOR + "&base=0")
        status(page, re.compile(r"^To be corrected: \d+; see beside the fields\.$"))
        look(page, "editor-english-empty")
        page.goto(server.url + EDITOR)
        page.get_by_label("Work Safety Law of the People's Republic of China × Single choice").fill("99")
        expect(page.locator('[data-slot="points"]')).to_contain_text("full marks should be 100", timeout=PATIENCE)
        look(page, "editor-english-faults")


# --- from the blueprint to two hands on the paper ---

DAY = timedelta(days=1)


def both(page: Page, server: Server, name: str) -> None:
    """The page in both languages."""
    look(page, name)
    cookie = {"name": "peikao_language", "url": server.url}
    page.context.add_cookies([{**cookie, "value": "en"}])
    page.reload()
    look(page, f"{name}-en")
    page.context.add_cookies([{**cookie, "value": "zh"}])
    page.reload()


def hold(session: Session, found: World) -> int:
    """A sitting for the sealed paper on the day after, with two proctors; its id."""
    arranger = found.actor(session, "arranger")
    (room,) = places.add_exam_point(session, arranger, "二号考试点", COUNTIES[0], "", {"一号": 30}, now=PREPARED_AT)
    sitting = arranging.plan_sitting(
        session, arranger, class_id=found.class_id, room_id=room.id or 0, starts_at=STARTS_AT + DAY, late_minutes=30,
        letter=Form.A, now=PREPARED_AT,
    )  # fmt: skip
    for username in ("proctor1", "proctor2"):
        arranging.assign_proctor(session, arranger, sitting.id or 0, found.accounts[username], now=PREPARED_AT)
    return sitting.id or 0


def done(page: Page) -> None:
    """The job that the page has led to, until it has ended."""
    page.wait_for_url(re.compile(r"/papers/jobs/"), timeout=PATIENCE)
    expect(page.locator(".head .state")).to_have_text("已完成", timeout=LONG)


def draft(page: Page, server: Server) -> int:
    """The assembler changes a figure, says why, and sends it; the version's id."""
    page.goto(server.url + EDITOR)
    page.fill("[data-setting=rest_days]", "1")
    page.fill("[data-source=rest_days]", "同一场次前后不重题")
    status(page, "可以送审：与现行版本有2处差别。")
    page.click("[data-send]")
    page.wait_for_url(re.compile(r"/papers/blueprints/\d+$"), timeout=PATIENCE)
    both(page, server, "blueprint-drafted")
    return int(page.url.rsplit("/", 1)[1])


def assemble(page: Page, server: Server, class_id: int) -> int:
    """Feasibility first, then the paper with its progress in sight; the paper's id."""
    page.goto(f"{server.url}/papers")
    both(page, server, "papers")
    page.get_by_role("button", name="先做可行性分析").click()
    done(page)
    expect(page.locator(".hint")).to_contain_text("可行")
    both(page, server, "feasibility")
    page.goto(f"{server.url}/papers")
    page.check(f"input[name=class_ids][value='{class_id}']")
    page.get_by_role("button", name="组卷", exact=True).click()
    page.wait_for_url(re.compile(r"/papers/jobs/"), timeout=PATIENCE)
    expect(page.locator("[data-job] progress")).to_be_visible()
    look(page, "progress")
    done(page)
    both(page, server, "assembled")
    page.locator("tbody th a").click()
    return int(page.url.rsplit("/", 1)[1])


def prove(page: Page, server: Server, paper: str) -> None:
    """The proof says the believed difference never alone."""
    page.goto(f"{paper}/proof")
    figures = page.locator(".figure")
    expect(figures).to_have_count(2)
    expect(figures.nth(0)).to_contain_text("A卷与B卷预计平均分相差")
    expect(figures.nth(1)).to_contain_text("真实差距有95%的把握不超过")
    believed, adjusted = (float(figures.nth(place).locator("strong").inner_text()) for place in (0, 1))
    assert believed < adjusted
    expect(page.locator(".charts img")).to_have_count(2)
    both(page, server, "proof")


def send_back(page: Page, server: Server, paper: str) -> None:
    """The approver reads both forms whole, and marks one item."""
    page.goto(f"{paper}/review")
    expect(page.locator("ol.questions > li")).to_have_count(100)
    look(page, "review")
    third = page.locator("#form-A + ol > li").nth(2)
    third.locator("summary").click()
    third.locator("textarea").fill("选项有歧义")
    page.get_by_role("button", name="附标记退回修改").click()
    page.wait_for_url(paper, timeout=PATIENCE)
    expect(page.locator(".head .state")).to_have_text("待修改")
    both(page, server, "returned")


def mend(page: Page, server: Server, paper: str) -> None:
    """The assembler swaps the marked item for the best equivalent, and sends the paper again."""
    page.goto(f"{paper}/marks")
    expect(page.get_by_role("button", name="再次送审")).to_be_disabled()
    both(page, server, "marks")
    page.locator(".offer button").first.click()
    expect(page.get_by_role("button", name="再次送审")).to_be_enabled(timeout=LONG)
    page.get_by_role("button", name="再次送审").click()
    page.wait_for_url(paper, timeout=PATIENCE)


def approve_and_seal(page: Page, server: Server, paper: str) -> None:
    page.goto(paper)
    page.get_by_role("button", name="审批通过").click()
    expect(page.locator(".head .state")).to_have_text("已审批", timeout=PATIENCE)
    both(page, server, "approved")
    page.get_by_role("button", name="封卷").click()
    page.click("#ask [data-answer=yes]")
    expect(page.locator(".head .state")).to_have_text("已封卷", timeout=LONG)
    both(page, server, "sealed")


def open_it(page: Page, sitting: str, hands: str) -> None:
    page.goto(sitting)
    page.click("[data-open]")
    page.fill("[data-sure] [name=password]", PASSWORD)
    page.click("[data-sure] [data-answer=yes]")
    expect(page.locator("[data-opening]")).to_have_attribute("data-hands", hands, timeout=PATIENCE)


def test_a_paper_goes_from_its_blueprint_to_the_hands_of_two(chrome: Browser, server: Server) -> None:
    server.set_clock(PREPARED_AT)
    other = act(server, lambda session: open_class(session, server.world, Wanted("2024-TL-02")))
    with desk(chrome, server, "assembler") as assembler, desk(chrome, server, "approver") as approver:
        version = draft(assembler, server)
        approver.goto(f"{server.url}/papers/blueprints/{version}")
        both(approver, server, "blueprint-judged")
        approver.get_by_role("button", name="审批通过").click()
        expect(approver.locator(".head .state")).to_have_text("现行", timeout=PATIENCE)

        paper = f"{server.url}/papers/{assemble(assembler, server, other.class_id)}"
        both(assembler, server, "paper")
        prove(approver, server, paper)
        send_back(approver, server, paper)
        mend(assembler, server, paper)
        approve_and_seal(approver, server, paper)

    sitting = f"{server.url}/proctor/sittings/{act(server, lambda session: hold(session, other))}"
    server.set_clock(STARTS_AT + DAY - timedelta(minutes=20))
    for username, hands in (("proctor1", "1"), ("proctor2", "2")):
        with desk(chrome, server, username) as proctor:
            open_it(proctor, sitting, hands)
    with desk(chrome, server, "approver") as page:
        page.goto(paper)
        expect(page.locator(".head .state")).to_have_text("已启封")
        both(page, server, "opened")
