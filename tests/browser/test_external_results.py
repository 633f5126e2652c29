"""Results obtained elsewhere, in a real browser: checked row by row, brought by one officer, confirmed by another."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from service.access.tables import Person
from service.kernel import database, sheets
from service.programme.tables import Trainee, TrainingClass
from service.results.rules.elsewhere.lines import Column
from service.sittings.tables import Seat
from tests.browser.conftest import WIDTHS, Server, Watched
from tests.browser.test_pages import inaccessible, keep
from tests.conftest import using
from tests.results.test_resitting import first_exam
from tests.world import AFTER

pytestmark = pytest.mark.browser
HEADER = [column.value for column in Column]


@pytest.fixture
def rows(server: Server) -> dict[str, list[Any]]:
    """A published class: the rows of one who never came, and of one whose result is here already."""
    with using(server.database_url), database.writing() as session:
        first_exam(session, server.world)
        code = session.get_one(TrainingClass, server.world.class_id).code
        found = {}
        for who, trainee_id in (("absent", server.world.trainees[-1]), ("failed", server.world.trainees[0])):
            person = session.get_one(Person, session.get_one(Trainee, trainee_id).person_id)
            citizen_id = server.world.citizen_ids[trainee_id]
            found[who] = [person.name, citizen_id, code, f"{AFTER:%Y-%m-%d}", 91, 80, "合格"]
    server.set_clock(AFTER)
    return found


def choose(page: Page, *rows: list[Any]) -> None:
    content = sheets.xlsx_of([HEADER, *rows])
    page.set_input_files(
        "[name=file]", {"name": "成绩.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_file_is_checked_brought_and_confirmed_by_two(
    server: Server, watched: Watched, rows: dict[str, list[Any]]
) -> None:
    page = watched.sign_in("confirmer")
    page.goto(f"{server.url}/results/elsewhere")
    expect(page.get_by_text("还没有外部成绩。")).to_be_visible()
    page.get_by_role("combobox", name="来源").select_option("cloud")
    page.get_by_label("来源文号或批次号").fill("应急考〔2026〕18号")
    choose(page, rows["absent"], rows["failed"])
    page.get_by_role("button", name="先检查，不写入").click()
    report = page.locator("#external-report")
    expect(report.get_by_role("row")).to_have_count(3)
    expect(report.get_by_role("row").nth(1)).to_contain_text("将导入")
    expect(report.get_by_role("row").nth(2)).to_contain_text("3")
    expect(report.get_by_role("button", name="导入整份文件")).to_be_hidden()
    keep(page, "external-faults")
    look(page)

    choose(page, rows["absent"])
    expect(report).to_be_hidden()
    page.get_by_role("button", name="先检查，不写入").click()
    report.get_by_role("button", name="导入整份文件").click()
    expect(page.get_by_role("heading", name="应急考〔2026〕18号")).to_contain_text("等待另一人确认")
    keep(page, "external-brought")

    watched.context.clear_cookies()
    page = watched.sign_in("publisher")
    page.goto(f"{server.url}/results/elsewhere")
    expect(page.get_by_role("button", name="先检查，不写入")).to_have_count(0)
    page.get_by_label("已与来源核对，确认并计入").check()
    page.get_by_label("理由").fill("已与平台核对")
    page.get_by_role("button", name="提交裁定").click()
    expect(page.get_by_role("heading", name="应急考〔2026〕18号")).to_contain_text("已确认")
    look(page)
    keep(page, "external-confirmed")
    page.get_by_role("link", name=rows["absent"][2], exact=True).click()
    expect(page.get_by_text("外部成绩 · 工伤预防云平台")).to_be_visible()
    keep(page, "external-class")

    watched.context.clear_cookies()
    page = watched.sign_in("statistician")
    for path, name in (("/rates", "external-rates"), ("/pass-rates", "external-pass-rates")):
        page.goto(f"{server.url}{path}?by=class")
        expect(page.get_by_text("其中外部成绩 1").first).to_be_visible()
        look(page)
        keep(page, name)

    watched.context.clear_cookies()
    page = watched.page()
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(f"{server.url}/my-result")
    with using(server.database_url), database.reading() as session:
        seat = session.exec(select(Seat).where(Seat.trainee_id == server.world.trainees[-1])).one()
    page.get_by_label("准考证号").fill(seat.ticket_number)
    page.get_by_label("身份证号后六位").fill(rows["absent"][1][-6:])
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("工伤预防云平台 · 应急考〔2026〕18号")).to_be_visible()
    look(page)
    keep(page, "external-own")


def look(page: Page) -> None:
    """Nothing runs out of the page at any width, and nothing keeps anybody out."""
    before = page.viewport_size
    for width, height in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    assert before is not None
    page.set_viewport_size(before)
    assert inaccessible(page) == []
