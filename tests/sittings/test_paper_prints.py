"""Printing a paper: numbered copies, after opening by the room, before by two custodians, and the form stays sealed."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank import queries as bank
from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.papers import queries as papers
from service.papers.actions import opening
from service.papers.rules.states import Form, PaperState
from service.sittings import queries
from service.sittings.actions import paper_copies, paper_prints
from service.sittings.queries import paper_prints as reads
from service.sittings.rules import paper_prints as rules
from service.sittings.rules import phases
from service.sittings.rules.paper_prints import PRINTS_BEFORE, SECOND_WITHIN, Stock
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.test_sealing import columns_holding
from tests.world import ENDS_AT, PASSWORD, STARTS_AT, World

MOMENT, TICK = timedelta(minutes=1), timedelta(microseconds=1)
AT = STARTS_AT - timedelta(hours=1)
SEALED = Stock(phases.planned(STARTS_AT, 90, 30), False, True, False, 6, 0, custodian=True, proctor=False)
OPENED = replace(SEALED, opened=True, custodian=False, proctor=True)


@pytest.mark.parametrize(
    ("stock", "copies", "at", "code"),
    [
        pytest.param(SEALED, 8, AT, "allowed", id="custodian, sealed"),
        pytest.param(SEALED, 8, STARTS_AT - PRINTS_BEFORE, "allowed", id="at the border"),
        pytest.param(SEALED, 8, STARTS_AT - PRINTS_BEFORE - TICK, "print_too_early", id="too early"),
        pytest.param(SEALED, 8, ENDS_AT, "sitting_ended", id="over"),
        pytest.param(SEALED, 9, AT, "too_many_copies", id="more than enrolled and two"),
        pytest.param(SEALED, 0, AT, "too_many_copies", id="none"),
        pytest.param(replace(SEALED, printed=7), 1, AT, "allowed", id="the last one left"),
        pytest.param(replace(SEALED, printed=8), 1, AT, "too_many_copies", id="all printed"),
        pytest.param(replace(SEALED, custodian=False, proctor=True), 1, AT, "not_printing", id="proctor, sealed"),
        pytest.param(OPENED, 8, AT, "allowed", id="proctor, open"),
        pytest.param(replace(OPENED, proctor=False), 8, AT, "not_printing", id="relieved proctor"),
        pytest.param(replace(SEALED, has_form=False), 1, AT, "rehearsal_prints_nothing", id="rehearsal"),
        pytest.param(replace(SEALED, cancelled=True), 1, AT, "sitting_cancelled", id="cancelled"),
        pytest.param(replace(SEALED, enrolled=0), 1, AT, "nobody_enrolled", id="no seats"),
    ],
)
def test_who_prints_how_many_copies_and_when(stock: Stock, copies: int, at: datetime, code: str) -> None:
    assert rules.may_print(stock, copies, at).code == code


def lay(
    session: Session, world: World, username: str, *, copies: int = 3, at: datetime = AT, password: str = PASSWORD
) -> tuple[str, bytes | None]:
    """A hand on the printing: the code of the decision, and the PDF where there is one."""
    actor = world.actor(session, username)
    prepared = paper_prints.prepare(session, actor, world.sitting_id, copies, password, now=at)
    decision, row = paper_prints.lay(session, actor, world.sitting_id, prepared, now=at)
    return decision.code, prepared.pdf if row is not None else None


def form_a(session: Session, world: World) -> int:
    return papers.forms(session, world.paper_id)[Form.A].id or 0


def test_two_custodians_print_a_sealed_paper_and_it_stays_sealed(world: World) -> None:
    with database.writing() as session:
        assert lay(session, world, "custodian1") == ("allowed", None)
        # The second one confirms what the first one asked for, whatever else it says.
        code, pdf = lay(session, world, "custodian2", copies=1)
        assert code == "allowed" and pdf is not None and pdf.startswith(b"%PDF")

        form = papers.form(session, form_a(session, world))
        paper = papers.paper(session, world.paper_id)
        assert form is not None and paper is not None
        assert (form.opened_at, paper.state) == (None, PaperState.SEALED)
        with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
            opening.read_opened(session, form.id or 0)
        [view] = reads.listed(session, world.sitting_id)
        assert (view.row.first_number, view.last_number, view.row.sealed, view.row.waiting) == (1, 3, True, None)
        assert view.row.digest == sealing.digest(pdf)
        last = journal.about(session, f"paper:{world.paper_id}")[-1]
        data = json.loads(last.data)
        assert (last.event, data["first"], data["copies"], data["pdf"]) == ("PAPER_PRINTED", 1, 3, view.row.digest)


def test_printing_a_sealed_paper_leaves_no_word_of_it_anywhere_but_in_the_bank(world: World) -> None:
    with database.writing() as session:
        assert lay(session, world, "custodian1")[1] is None
        assert lay(session, world, "custodian2")[1] is not None
    with database.reading() as session:
        texts = [text for _, text in bank.eligible(session, TraineeRole.TEAM_LEADER, STARTS_AT.date())][:5]
        assert len(texts) == 5
        for text in texts:
            assert columns_holding(session, text.stem, "bank_") == {"bank_item_version.stem"}, "the search finds it"
            for place in ("papers_", "sittings_", "journal_"):
                assert columns_holding(session, text.stem, place) == set()


@pytest.mark.parametrize(
    ("username", "at", "password", "code"),
    [
        pytest.param("custodian1", AT + MOMENT, PASSWORD, "printer_twice", id="one person twice"),
        pytest.param("custodian2", AT + MOMENT, "wrong", "wrong_password", id="wrong password"),
        pytest.param("custodian2", AT + MOMENT, "", "wrong_password", id="no password"),
        pytest.param("proctor1", AT + MOMENT, PASSWORD, "not_printing", id="a proctor"),
        pytest.param("custodian2", ENDS_AT, PASSWORD, "sitting_ended", id="after the exam"),
    ],
)
def test_a_second_hand_that_prints_nothing(world: World, username: str, at: datetime, password: str, code: str) -> None:
    with database.writing() as session:
        assert lay(session, world, "custodian1") == ("allowed", None)
        assert lay(session, world, username, at=at, password=password) == (code, None)
        last = journal.about(session, f"paper:{world.paper_id}")[-1]
        assert (last.event, json.loads(last.data)["outcome"]) == ("PAPER_PRINT_ATTEMPTED", code)


def test_a_first_hand_stands_for_a_quarter_of_an_hour(world: World) -> None:
    with database.writing() as session:
        assert lay(session, world, "custodian1") == ("allowed", None)
        assert lay(session, world, "custodian2", at=AT + SECOND_WITHIN) == ("allowed", None), "a first hand again"
        code, pdf = lay(session, world, "custodian1", at=AT + 2 * SECOND_WITHIN - TICK)
        assert code == "allowed" and pdf is not None


def test_once_it_is_open_a_proctor_prints_alone_and_numbers_go_on(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        first, second = (lay(session, world, "proctor1", copies=2, at=STARTS_AT, password="") for _ in range(2))
        assert first[0] == second[0] == "allowed" and first[1] is not None and first[1] != second[1]
        rows = [view.row for view in reads.listed(session, world.sitting_id)]
        assert [(row.first_number, row.copies, row.sealed) for row in rows] == [(1, 2, False), (3, 2, False)]
        most = len(world.seats) + rules.SPARE_COPIES
        assert lay(session, world, "proctor2", copies=most - 3, at=STARTS_AT) == ("too_many_copies", None)


def test_no_two_copies_carry_one_number_when_two_print_at_once(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        one, other = world.actor(session, "proctor1"), world.actor(session, "proctor2")
        ready = [paper_prints.prepare(session, who, world.sitting_id, 1, "", now=STARTS_AT) for who in (one, other)]
        assert paper_prints.lay(session, one, world.sitting_id, ready[0], now=STARTS_AT)[1] is not None
        with pytest.raises(errors.WrongState, match=r"^print_overtaken:"):
            paper_prints.lay(session, other, world.sitting_id, ready[1], now=STARTS_AT)


@pytest.mark.parametrize("username", ["approver", "assembler", "arranger", "auditor", "institution", "administrator"])
def test_nobody_else_prints(world: World, username: str) -> None:
    with database.writing() as session, pytest.raises(errors.RightMissing):
        lay(session, world, username)


def test_a_proctor_of_elsewhere_finds_nothing(world: World) -> None:
    with database.writing() as session, pytest.raises(errors.NotFound):
        lay(session, world, "proctor_elsewhere")


def test_a_copy_has_every_item_once_in_sections_by_kind(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        view = queries.view(session, world.sitting_id)
        form = papers.form(session, form_a(session, world))
        assert view is not None and form is not None
        questions = opening.read_opened(session, form.id or 0)
        content = paper_copies.content(view, form, paper_copies.opened(session, form), 4, 2)

    sections = content["sections"]
    assert isinstance(sections, list)
    assert [one["code"] for one in sections] == ["single", "multiple", "true_false"]
    printed = [question["stem"] for one in sections for question in one["questions"]]
    assert sorted(printed) == sorted(one.stem for one in questions)
    assert (content["copies"], content["points"], content["form"]) == ([4, 5], 100, "A")


def test_over_http_the_first_hand_hears_of_the_second_and_the_second_gets_the_pdf(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(AT)
    path, page = f"/api/v1/sittings/{world.sitting_id}/paper-prints", f"/sittings/{world.sitting_id}/paper-prints"
    body = {"copies": 2, "password": PASSWORD}

    assert browser.of("custodian1").post(path, json={"copies": 0}).status_code == 422
    assert browser.of("arranger").post(path, json=body).json()["code"] == "right_missing"
    assert browser.of("custodian1").post(path, json=body).json() == {"printed": False, "hands": 1}
    assert "第一位保管员已于" in browser.of("custodian2").get(page).text
    reply = browser.of("custodian2").post(path, json=body)
    assert (reply.status_code, reply.headers["content-type"], reply.headers["cache-control"]) == (
        200,
        "application/pdf",
        "no-store",
    )
    assert sealing.digest(reply.content) in browser.of("custodian1").get(page).text
    assert "一号" in browser.of("custodian1").get(f"/papers/{world.paper_id}/prints").text
    assert browser.of("proctor1").get(page).status_code == 200
    assert browser.of("proctor_elsewhere").get(page).status_code == 404
    assert "一号" not in browser.of("proctor_elsewhere").get(f"/papers/{world.paper_id}/prints").text
    with database.reading() as session:
        outcomes = [
            (one.event, json.loads(one.data).get("outcome"))
            for one in journal.about(session, f"paper:{world.paper_id}")
            if "PRINT" in one.event
        ]
        assert outcomes == [
            ("PAPER_PRINT_ATTEMPTED", "intended"),
            ("PAPER_PRINT_ATTEMPTED", "first_hand"),
            ("PAPER_PRINT_ATTEMPTED", "intended"),
            ("PAPER_PRINTED", None),
        ]
