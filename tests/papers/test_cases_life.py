"""A case from the bank to the seat: reviewed with its items, sealed with its paper, seen by candidates, printed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.bank.actions import reviewing, standing
from service.bank.queries import cases as cased_items
from service.bank.queries import newest
from service.kernel import database, errors
from service.papers import queries
from service.papers.actions import assembling, contents, mending, opening, verifying
from service.papers.rules.states import Form
from service.papers.tables import Paper
from service.sittings import queries as sittings
from service.sittings.actions import asking, paper_copies
from tests import world as worlds
from tests.conftest import Browser, Databases, using
from tests.growing import name_of
from tests.papers import cased
from tests.world import PREPARED_AT, STARTS_AT, World

TODAY = STARTS_AT.date()


@pytest.fixture
def eve(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """The evening before an exam with two cases on each form."""
    with databases.copy("cased", cased.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


@pytest.fixture
def banked(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """The bank with its cases, and a class without a paper."""
    with databases.copy(name_of(cased.banked), cased.banked) as (url, world), using(url, tmp_path / "clock"):
        yield world


def test_the_sealed_paper_carries_each_text_and_every_seat_sees_its_cases_whole(eve: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, eve)
        sitting = sittings.sitting(session, eve.sitting_id)
        assert sitting is not None and sitting.form_id is not None
        asked = opening.read_opened(session, sitting.form_id)
        seen = [asking.questions(session, sitting.form_id, seat_id) for seat_id in eve.seats]

    of_cases = [one for one in asked if one.case is not None]
    assert [one.position for one in of_cases] == list(range(len(asked) - 5, len(asked) + 1))
    assert [(one.case.number, one.case.place, one.case.size) for one in of_cases if one.case] == [
        (number, place, 3) for number in (1, 2) for place in (1, 2, 3)
    ]
    texts = {one.case.text for one in of_cases if one.case}
    assert len(texts) == 2 and texts < {cased.text_of(number) for number in range(cased.CASES)}
    assert sum(one.points for one in asked) == 100
    for mine in seen:
        assert [one.position for one in mine[-6:]] == [one.position for one in of_cases]
        assert [one.case for one in mine[-6:]] == [one.case for one in of_cases]
    assert any(list(one.options) != sorted(one.options) for mine in seen for one in mine[-6:])


def test_a_printed_copy_has_the_cases_behind_the_other_sections(eve: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, eve)
        view = sittings.view(session, eve.sitting_id)
        assert view is not None and view.sitting.form_id is not None
        form = queries.form(session, view.sitting.form_id)
        assert form is not None
        inside = paper_copies.opened(session, form)
        said = json.loads(json.dumps(paper_copies.content(view, form, inside, 1, 1)))
        pdf = paper_copies.typeset(view, form, inside, 1, 1)
        sheet, asked = asking.answer_sheet(session, view.sitting.form_id), asking.asked(session, view.sitting.form_id)

    assert sum(len(one["questions"]) for one in said["sections"]) == 44
    assert [len(one["questions"]) for one in said["cases"]] == [3, 3]
    assert [one["kind"] for one in said["cases"][0]["questions"]] == ["单选题", "多选题", "判断题"]
    assert pdf.startswith(b"%PDF")
    # Whoever copies a sheet types beside the numbers that are printed on it.
    printed = [one["stem"] for part in (*said["sections"], *said["cases"]) for one in part["questions"]]
    assert [asked[line.position].stem for line in sheet] == printed
    assert [line.number for line in sheet] == list(range(1, len(printed) + 1))
    assert [line.case for line in sheet][-7:] == [0, 1, 1, 1, 2, 2, 2]


def test_the_machine_of_a_candidate_is_told_the_case_of_each_question_and_no_code(eve: World, browser: Browser) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, eve)
        started = worlds.start(session, eve.seats[0])

    told = [one.case for one in started.questions if one.case is not None]
    assert len(told) == 6
    assert "CAS-" not in json.dumps([[one.stem, one.options, one.case.text] for one in started.questions if one.case])


def test_a_paper_with_cases_is_verified_like_any_other(banked: World) -> None:
    with database.writing() as session:
        assembler = banked.actor(session, "assembler")
        paper = assembling.assemble_paper(session, assembler, banked.class_id, seed=5, exam_on=TODAY, now=PREPARED_AT)
        paper_id = paper.id or 0
    with database.writing() as session:
        paper = session.get_one(Paper, paper_id)
        forms = contents.forms_of(session, paper)

        assert verifying.verify(session, paper_id) == []
        assert {letter: form["cases"] for letter, form in paper.proof["forms"].items()} == {"A": 2, "B": 2}
        codes = [{one.case for one in items if one.case} for items in forms.values()]
        assert not codes[0] & codes[1]

        rows = contents.rows_of(session, paper)[Form.A]
        first, second = rows[-2].item_version_id, rows[-1].item_version_id
        rows[-2].item_version_id, rows[-1].item_version_id = second, first
        session.flush()
        assert verifying.verify(session, paper_id) == ["form A: the paper holds other items than the recipe gives"]


def test_an_item_of_a_case_is_not_exchanged_alone_and_the_page_says_why(banked: World, browser: Browser) -> None:
    with database.writing() as session:
        assembler, approver = banked.actor(session, "assembler"), banked.actor(session, "approver")
        paper = assembling.assemble_paper(session, assembler, banked.class_id, seed=5, exam_on=TODAY, now=PREPARED_AT)
        paper_id, last = paper.id or 0, len(contents.rows_of(session, paper)[Form.A])
        marked = mending.Marked(Form.A, last, "材料过时")
        mending.send_back(session, approver, paper_id, [marked], now=PREPARED_AT)
        (mark,) = queries.marks(session, paper_id)
        _, offered = mending.suggestions(session, assembler, mark.id or 0, now=PREPARED_AT)
        with pytest.raises(errors.WrongState) as refusal:
            mending.swap(session, assembler, mark.id or 0, 0, now=PREPARED_AT)

    assert (offered, refusal.value.code) == ([], "item_of_a_case")
    page = browser.of("assembler").get(f"/papers/{paper_id}/marks").text
    assert "案例要么整个保留，要么整个不用" in page and "换成这道题" not in page
    read = browser.of("approver").get(f"/papers/{paper_id}/review").text
    assert read.count("第1问，共3问") == read.count("第3问，共3问") == 4


def test_a_case_is_whole_again_only_when_every_question_has_the_new_text(banked: World, browser: Browser) -> None:
    changed = "".join((cased.text_of(0), "班长后来承认没有复查。"))
    with database.writing() as session:
        author, reviewer = banked.actor(session, "author"), banked.actor(session, "reviewer")
        mine = [one for one in cased.questions() if one.case is not None and one.case.code == "CAS-001"]
        texts = [replace(one, case=replace(one.case, text=changed)) for one in mine if one.case is not None]
        reviewing.submit_items(session, author, texts, now=PREPARED_AT)
        standing_before = cased_items.case(session, "CAS-001", TODAY)
        versions = [newest.newest_of(session, [one.code])[one.code].version for one in texts]
        seen = []
        for version in versions:
            assert version is not None
            worlds.approve_item(session, reviewer, version.id or 0)
            whole = cased_items.case(session, "CAS-001", TODAY)
            assert whole is not None
            seen.append(whole.broken)

    assert standing_before is not None and standing_before.broken == (), "the old text stands while the new one waits"
    assert seen == [("各问的案例材料不一致",), ("各问的案例材料不一致",), ()]


def test_a_suspended_question_takes_its_whole_case_out(banked: World, browser: Browser) -> None:
    with database.writing() as session:
        reviewer = banked.actor(session, "reviewer")
        whole = cased_items.case(session, "CAS-002", TODAY)
        assert whole is not None and whole.broken == ()
        standing.suspend(session, reviewer, whole.parts[1].version_id, reason="有歧义", now=PREPARED_AT)
        assert [one.broken for one in cased_items.listed(session, TODAY)] == [(), ("还缺少其中的几问",), (), ()]
        with pytest.raises(errors.WrongState) as refusal:
            assembling.assemble_paper(
                session, banked.actor(session, "assembler"), banked.class_id, seed=5, exam_on=TODAY, now=PREPARED_AT
            )

    assert (refusal.value.code, refusal.value.values["short"]) == ("stock_short", "案例: 4 / 3")
    listed = browser.of("author").get("/bank/cases").text
    assert listed.count("可以组卷") == 3 and listed.count("还缺少其中的几问") == 1


def test_a_reviewer_reads_the_case_before_answering_and_sees_no_key(banked: World, browser: Browser) -> None:
    with database.writing() as session:
        author = banked.actor(session, "author")
        (one,) = [item for item in cased.questions() if item.code == "CQA-101"]
        reviewing.submit_items(session, author, [replace(one, difficulty=4)], now=PREPARED_AT)

    page = browser.of("reviewer").get("/bank/review").text

    assert cased.text_of(0).split("\n")[0] in page
    assert one.explanation not in page and "CQA-103" in page


def test_the_editor_begins_the_next_question_with_the_case_alone(banked: World, browser: Browser) -> None:
    with database.reading() as session:
        whole = cased_items.case(session, "CAS-003", TODAY)
        assert whole is not None
        version_id = whole.parts[0].version_id

    page = browser.of("author").get("/bank/drafts/new", params={"case": version_id}).text

    assert 'name="case_code" value="CAS-003"' in page and 'name="case_place" value="2"' in page
    assert "选项A" not in page.split("preview-heading")[0].split("option_a")[1].split("</textarea>")[0]
    assert browser.of("author").get("/bank/drafts/new", params={"case": 10**6}).status_code == 404
