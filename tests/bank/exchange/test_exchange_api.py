"""Import and export over HTTP: the doors, the reports, and files that travel out and in again unchanged."""

import io
import json
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from service.bank import queries
from service.journal import queries as journal
from service.kernel import database
from tests.bank.exchange import files
from tests.bank.exchange.files import HEAD, row
from tests.conftest import Browser
from tests.world import World

REHEARSAL, IMPORT, EXPORT = "/api/v1/bank/imports/rehearsal", "/api/v1/bank/imports", "/api/v1/bank/exports"


def send(browser: Browser, path: str, content: bytes, *, by: str = "author", **form: Any) -> Any:
    return browser.of(by).post(path, files={"file": ("试题.xlsx", content)}, data=form)


def count() -> int:
    with database.reading() as session:
        return len(queries.newest_versions(session))


def entries(event: str) -> list[dict[str, Any]]:
    with database.reading() as session:
        return [json.loads(entry.data) for entry in session.exec(journal.entries(event=event))]


def test_a_file_is_rehearsed_and_then_imported_as_it_was_shown(world: World, browser: Browser) -> None:
    # Two that are not alike, since a rehearsal says of what is, and the import does not look again.
    other = row(
        2, 题干="对新招的从业人员应当怎样培训？", 选项A="不培训", 选项B="先培训合格再上岗", 选项C="跟班", 选项D="看录像"
    )
    content, before = files.one(row(1), other), count()

    shown = send(browser, REHEARSAL, content).json()

    assert (shown["written"], shown["sound"], count()) == (False, True, before)
    assert shown["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "faulty": 0, "left_out": 0}
    assert send(browser, IMPORT, content).json()["code"] == "import_moved"

    done = send(browser, IMPORT, content, agreed=shown["digest"])

    assert (done.status_code, done.json()) == (200, {**shown, "written": True})
    assert count() == before + 2
    (entry,) = entries("ITEMS_IMPORTED")
    assert (entry["new"], len(entry["file"])) == (2, 64)


def test_a_fault_comes_with_its_place_and_keeps_everything_out(world: World, browser: Browser) -> None:
    content, before = files.one(row(1), row(2, 答案="E")), count()

    refused = send(browser, IMPORT, content)

    assert (refused.status_code, refused.json()["written"], count()) == (422, False, before)
    (fault,) = [fault for line in refused.json()["lines"] for fault in line["faults"]]
    assert fault == {
        "sheet": "试题",
        "row": 3,
        "column": "答案",
        "code": "answer_outside",
        "reason": "答案“E”中的E不在选项之内。",
    }


def test_reports_are_in_the_language_of_the_reader(world: World, browser: Browser) -> None:
    client = browser.of("author")
    english = {"Accept-Language": "en"}
    reply = client.post(REHEARSAL, files={"file": ("a.xlsx", files.one(row(2, 答案="E")))}, headers=english)

    assert reply.json()["lines"][0]["faults"][0]["reason"] == ("The answer E names E, which is not among the options.")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        pytest.param({}, 200, id="nothing said"),
        pytest.param({"prefix": "", "article": "", "difficulty": "", "edition": "", "subject": ""}, 200, id="blanks"),
        pytest.param({"roles": ["team_leader", "safety_deputy"], "level": "apply"}, 200, id="roles and level"),
        pytest.param({"prefix": "ksb"}, 422, id="small letters"),
        pytest.param({"prefix": ".*"}, 422, id="a pattern as prefix"),
        pytest.param({"article": "0"}, 422, id="article nought"),
        pytest.param({"difficulty": "6"}, 422, id="difficulty six"),
        pytest.param({"roles": ["cook"]}, 422, id="no such role"),
        pytest.param({"edition": "nowhere-1999"}, 422, id="no such edition"),
        pytest.param({"subject": "astronomy"}, 422, id="no such subject"),
    ],
)
def test_what_is_said_for_all_is_checked(world: World, browser: Browser, form: dict[str, Any], status: int) -> None:
    assert send(browser, REHEARSAL, files.one(row(1)), **form).status_code == status


def test_a_file_that_cannot_be_read_is_a_problem_and_no_failure(world: World, browser: Browser) -> None:
    for content in (b"", b"PK\x03\x04" + bytes(300), b"\x00\x01\x02", b'["\\ud800"]', b"[" * 100_000):
        refused = send(browser, REHEARSAL, content)

        assert (refused.status_code, refused.json()["code"]) == (422, "file_unreadable")


def test_nobody_but_authors_imports_and_a_stranger_has_no_file_read(world: World, browser: Browser) -> None:
    for path in (REHEARSAL, IMPORT):
        assert send(browser, path, files.one(row(1)), by="author").status_code in {200, 409}
        for username in ("reviewer", "institution", "enterprise", "administrator", "assembler", "auditor", "proctor1"):
            # A file that is broken would be told apart from a sound one, if it were looked at.
            refused = send(browser, path, b"", by=username)
            assert (username, refused.status_code, refused.json()["code"]) == (username, 403, "right_missing")


# --- export ---


def test_the_whole_bank_travels_out_and_in_again_unchanged(world: World, browser: Browser) -> None:
    for form in ("xlsx", "json"):
        content = browser.of("author").get(EXPORT, params={"format": form}).content

        shown = send(browser, REHEARSAL, content).json()

        assert [line for line in shown["lines"] if line["faults"] or line["outcome"] != "unchanged"] == []
        assert shown["counts"]["unchanged"] == count() > 500


def test_an_export_is_narrowed_like_the_list_and_goes_on_record(world: World, browser: Browser) -> None:
    found = browser.of("reviewer").get(EXPORT, params={"format": "json", "text": "SIL-00", "level": "understand"})

    assert [item["code"] for item in found.json()] == ["SIL-004", "SIL-005", "SIL-009"]
    (entry,) = entries("ITEMS_EXPORTED")
    assert (entry["format"], entry["items"], entry["narrowed"]) == (
        "json",
        3,
        {"level": "understand", "text": "SIL-00"},
    )


def test_strangers_to_the_bank_export_nothing(world: World, browser: Browser) -> None:
    assert browser.of("author").get(EXPORT).status_code == 200
    for username in ("institution", "enterprise", "administrator", "assembler", "approver", "auditor", "supervisor"):
        refused = browser.of(username).get(EXPORT)
        assert (username, refused.status_code, refused.json()["code"]) == (username, 403, "right_missing")
    assert len(entries("ITEMS_EXPORTED")) == 1


def test_the_blank_template_has_our_headings_and_no_items(world: World, browser: Browser) -> None:
    content = browser.of("author").get("/api/v1/bank/imports/template").content

    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet).to_python()
    of_cases = ["案例编号", "案例材料", "案例第几问", "案例共几问"]
    assert (rows[1], len(rows)) == ([*HEAD, *of_cases, "试题版本"], 2)
    assert [fault["code"] for fault in send(browser, REHEARSAL, content).json()["faults"]] == ["no_items"]


def test_the_page_is_for_authors(world: World, browser: Browser) -> None:
    page = browser.of("author").get("/bank/imports")

    assert page.status_code == 200 and 'action="/api/v1/bank/imports/rehearsal"' in page.text
    assert '<a role="button" href="/bank/imports">' in browser.of("author").get("/bank").text
    assert "/bank/imports" not in browser.of("reviewer").get("/bank").text
    assert browser.of("reviewer").get("/bank/imports").status_code == 403
