"""A paper sent back with marks on items: swapped for equivalents or answered, proved anew, judged again."""

import json

import pytest
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.separation import TEACH
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers import queries
from service.papers.actions import assembling, mending
from service.papers.actions.mending import Marked
from service.papers.rules.states import Form, PaperState
from service.papers.tables import Mark, Paper
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.papers.test_life import also_charged, assemble, item_codes, judge, seal, story
from tests.world import PREPARED_AT, World

MARKS = [Marked(Form.A, 3, "选项有歧义"), Marked(Form.B, 50, "与条文不符")]


@pytest.fixture
def other(world: World) -> World:
    """A class whose paper waits for approval."""
    with database.writing() as session:
        found = open_class(session, world, Wanted("2024-TL-02"))
        found.paper_id = assemble(session, found).id or 0
    return found


def sent_back(session: Session, world: World, marks: list[Marked] = MARKS, by: str = "approver") -> list[Mark]:
    mending.send_back(session, world.actor(session, by), world.paper_id, marks, now=PREPARED_AT)
    return [one for one in queries.marks(session, world.paper_id) if one.settled_at is None]


def swapped(session: Session, world: World, mark: Mark, rank: int = 0, by: str = "assembler") -> Paper:
    return mending.swap(session, world.actor(session, by), mark.id or 0, rank, now=PREPARED_AT)


def resubmitted(session: Session, world: World) -> Paper:
    return mending.resubmit(session, world.actor(session, "assembler"), world.paper_id, now=PREPARED_AT)


def test_marked_items_are_swapped_or_answered_proved_anew_and_judged_again(other: World) -> None:
    with database.writing() as session:
        paper = session.get_one(Paper, other.paper_id)
        before, proof, recipe = item_codes(session, paper), paper.proof, paper.recipe
        first, second = sent_back(session, other)
        assert paper.state == PaperState.RETURNED
        with pytest.raises(errors.WrongState, match=r"^marks_open:"):
            resubmitted(session, other)
        assembler = other.actor(session, "assembler")
        marked, offered = mending.suggestions(session, assembler, first.id or 0, now=PREPARED_AT)
        assert marked.code == before[Form.A][2] and 0 < len(offered) <= mending.SHOWN

        swapped(session, other, first, offered[0].rank)
        mending.answer(session, assembler, second.id or 0, "与第十二条原文一致", now=PREPARED_AT)
        resubmitted(session, other)

        after = item_codes(session, paper)
        assert after[Form.A][2] == offered[0].text.code
        assert [one for place, one in enumerate(after[Form.A]) if place != 2] == [
            one for place, one in enumerate(before[Form.A]) if place != 2
        ]
        assert after[Form.B] == before[Form.B]
        assert paper.proof["sound"] and paper.proof["shared_between_forms"] == 0
        assert json.loads(json.dumps(paper.proof["forms"]["B"])) == proof["forms"]["B"]
        assert paper.proof["forms"]["A"]["deviation_milli"] == offered[0].deviation_milli
        assert paper.recipe["swaps"] == [["A", 3, offered[0].rank]]
        assert paper.recipe["forms"]["A"] != recipe["forms"]["A"] and paper.recipe["forms"]["B"] == recipe["forms"]["B"]
        judge(session, other, paper, approve=True)
        seal(session, other, paper)
        assert story(session, paper) == [
            "PAPER_ASSEMBLED", "PAPER_RETURNED", "PAPER_READ", "PAPER_ITEM_SWAPPED", "PAPER_MARK_ANSWERED",
            "PAPER_RESUBMITTED", "PAPER_APPROVED", "PAPER_SEALED",
        ]  # fmt: skip
        # Nothing of the swap tells which item it was.
        entry = next(one for one in journal.about(session, f"paper:{paper.id}") if one.event == "PAPER_ITEM_SWAPPED")
        assert set(json.loads(entry.data)) == {"form", "position", "rank", "forms"}
        assert not any(code in entry.data for codes in after.values() for code in codes)


def test_every_suggestion_keeps_the_blueprint(other: World) -> None:
    with database.reading() as session:
        mark, _ = sent_back(session, other)
        _, offered = mending.suggestions(session, other.actor(session, "assembler"), mark.id or 0, now=PREPARED_AT)
        taken = {
            code for codes in item_codes(session, session.get_one(Paper, other.paper_id)).values() for code in codes
        }
        assert not taken & {one.text.code for one in offered}
        for one in offered:
            with session.begin_nested() as nested:
                assert swapped(session, other, mark, one.rank).proof["sound"]
                nested.rollback()
            session.expire_all()


def test_whoever_swapped_an_item_does_not_approve_the_paper(other: World) -> None:
    with database.writing() as session:
        also_charged(session, other, "reviewer", Duty.ASSEMBLE)
        also_charged(session, other, "reviewer", Duty.APPROVE)
        paper = session.get_one(Paper, other.paper_id)
        for mark in sent_back(session, other, MARKS[:1]):
            swapped(session, other, mark, by="reviewer")
        resubmitted(session, other)
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            judge(session, other, paper, approve=True, by="reviewer")
        # And whoever approves does not swap.
        also_charged(session, other, "approver", Duty.ASSEMBLE)
        (mark,) = sent_back(session, other, MARKS[:1])
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            swapped(session, other, mark, by="approver")
        swapped(session, other, mark)
        resubmitted(session, other)
        assert judge(session, other, paper, approve=True).state == PaperState.APPROVED


def test_who_assembled_or_teaches_sends_nothing_back_and_swaps_nothing(other: World) -> None:
    with database.reading() as session:
        also_charged(session, other, "assembler", Duty.APPROVE)
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            sent_back(session, other, by="assembler")
        with pytest.raises(errors.RightMissing):
            sent_back(session, other, by="author")
        mark, _ = sent_back(session, other)
        person = other.actor(session, "assembler").person_id or 0
        using.note_deed(session, person, TEACH, f"class:{other.class_id}", now=PREPARED_AT)
        with pytest.raises(errors.Refused, match=r"^works_for_institution:"):
            swapped(session, other, mark)


WRONG = [
    pytest.param([], id="no mark"),
    pytest.param([Marked(Form.A, 51, "没有这题")], id="after the last item"),
    pytest.param([Marked(Form.A, 0, "没有这题")], id="before the first"),
]


@pytest.mark.parametrize("marks", WRONG)
def test_marks_are_on_items_that_there_are(other: World, marks: list[Marked]) -> None:
    with database.reading() as session:
        with pytest.raises(errors.Malformed, match=r"^marks_missing:"):
            sent_back(session, other, marks)
        assert queries.marks(session, other.paper_id) == []


def test_a_mark_is_settled_once_and_only_while_the_paper_is_being_mended(other: World) -> None:
    with database.reading() as session:
        first, second = sent_back(session, other)
        assembler = other.actor(session, "assembler")
        with pytest.raises(errors.WrongState, match=r"^swap_gone:"):
            swapped(session, other, first, 100_000)
        swapped(session, other, first)
        with pytest.raises(errors.WrongState, match=r"^mark_settled:"):
            swapped(session, other, first)
        with pytest.raises(errors.WrongState, match=r"^mark_settled:"):
            mending.suggestions(session, assembler, first.id or 0, now=PREPARED_AT)
        paper = session.get_one(Paper, other.paper_id)
        with pytest.raises(errors.WrongState, match=r"^paper_state:"):
            judge(session, other, paper, approve=True)
        judge(session, other, paper, approve=False)
        with pytest.raises(errors.WrongState, match=r"^mark_settled:"):
            swapped(session, other, second)
        assert (
            assembling.assemble_paper(
                session, assembler, other.class_id, seed=3, exam_on=PREPARED_AT.date(), now=PREPARED_AT
            ).state
            == PaperState.ASSEMBLED
        )


def test_over_http_and_on_the_pages_a_paper_is_mended(other: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    assembler, approver, address = browser.of("assembler"), browser.of("approver"), f"/api/v1/papers/{other.paper_id}"
    page = f"/papers/{other.paper_id}"
    assert approver.get(f"{page}/review").text.count("<li value=") == 100
    assert assembler.get(f"{page}/review").status_code == 403
    marks = [{"letter": "A", "position": 3, "reason": "选项有歧义"}]

    assert approver.post(f"{address}/return", json={"marks": []}).status_code == 422
    assert approver.post(f"{address}/return", json={"marks": marks}).json()["state"] == "returned"
    with database.reading() as session:
        (mark,) = queries.marks(session, other.paper_id)
    path = f"/api/v1/papers/marks/{mark.id}"
    assert "选项有歧义" in assembler.get(f"{page}/marks").text
    offered = assembler.get(path).json()
    assert "key" not in offered["marked"] and set(offered["suggestions"][0]) == {
        "code", "stem", "options", "pictures", "difficulty", "rank", "used", "deviation_milli",
    }  # fmt: skip
    for username in ("approver", "author", "institution", "proctor1", "auditor"):
        assert browser.of(username).get(path).json()["code"] == "right_missing"
        assert browser.of(username).post(f"{path}/swap", json={"rank": 0}).json()["code"] == "right_missing"
        assert browser.of(username).get(f"{page}/marks").status_code == 403
    rank = offered["suggestions"][0]["rank"]
    assert assembler.post(f"{path}/swap", json={"rank": rank}).json()["recipe"]["swaps"] == [["A", 3, rank]]
    assert assembler.post(f"{address}/resubmission").json()["state"] == "assembled"
    assert "（已换题）" in approver.get(page).text
    assert approver.post(f"{address}/judgement", json={"approve": True}).json()["state"] == "approved"
    assert [assembler.get("/api/v1/papers/marks/999").status_code, assembler.get("/papers/999/marks").status_code] == [
        404, 404,
    ]  # fmt: skip
