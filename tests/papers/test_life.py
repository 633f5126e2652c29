"""A paper's life on a real database: assembled, judged by a second person, sealed."""

import json
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from service.access.actions import administering, using
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Duty
from service.access.rules.separation import TEACH
from service.bank import queries as bank
from service.journal import queries as journal
from service.kernel import database, errors
from service.kernel import sealing as crypto
from service.papers import queries
from service.papers.actions import assembling, drafting, judging, sealing
from service.papers.rules.states import Form, PaperState
from service.papers.tables import Exposure, Paper
from tests.conftest import Browser
from tests.papers.classes import Wanted, open_class
from tests.world import PREPARED_AT, STARTS_AT, World

EXAM_DAY = STARTS_AT.date()


def assemble(session: Session, world: World, seed: int = 11) -> Paper:
    assembler = world.actor(session, "assembler")
    return assembling.assemble_paper(session, assembler, world.class_id, seed=seed, exam_on=EXAM_DAY, now=PREPARED_AT)


def judge(session: Session, world: World, paper: Paper, *, approve: bool, by: str = "approver") -> Paper:
    actor = world.actor(session, by)
    return judging.judge_paper(session, actor, paper.id or 0, approve=approve, reason="见附注", now=PREPARED_AT)


def seal(session: Session, world: World, paper: Paper, *, by: str = "approver") -> Paper:
    return sealing.seal_paper(session, world.actor(session, by), paper.id or 0, now=PREPARED_AT)


def also_charged(session: Session, world: World, username: str, duty: Duty) -> None:
    guardian = world.actor(session, "security")
    administering.grant_duty(session, guardian, world.accounts[username], duty, now=PREPARED_AT)


def story(session: Session, paper: Paper) -> list[str]:
    return [entry.event for entry in journal.about(session, f"paper:{paper.id}")]


def item_codes(session: Session, paper: Paper) -> dict[Form, list[str]]:
    return {
        letter: [
            found[0].code
            for row in queries.form_items(session, form.id or 0)
            if (found := bank.version(session, row.item_version_id))
        ]
        for letter, form in queries.forms(session, paper.id or 0).items()
    }


def test_a_paper_is_assembled_approved_and_sealed_by_two_people_with_each_step_on_record(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        paper = assemble(session, other)
        assert {letter: len(codes) for letter, codes in item_codes(session, paper).items()} == {Form.A: 50, Form.B: 50}
        assert (paper.state, {one["points"] for one in paper.proof["forms"].values()}) == (PaperState.ASSEMBLED, {100})
        assert set(paper.recipe) >= {"blueprint", "seed_commitment", "exam_on", "bank_snapshot", "bank_items", "solver"}

        judge(session, other, paper, approve=True)
        seal(session, other, paper)

        assert paper.state == PaperState.SEALED
        assert len({paper.assembled_by, paper.approved_by}) == 2
        assert story(session, paper) == ["PAPER_ASSEMBLED", "PAPER_APPROVED", "PAPER_SEALED"]
        digests = {letter: form.digest for letter, form in queries.forms(session, paper.id or 0).items()}
        sealed = journal.about(session, f"paper:{paper.id}")[-1]
        # Two proctors of the place, one of elsewhere, and two custodians of the bureau.
        assert json.loads(sealed.data) == {"forms": digests, "custodians": 5, "authors": 1, "reviewers": 1}
        assert all(
            crypto.digest(form.commitment.encode() + (form.sealed or b"")) == form.digest
            for form in queries.forms(session, paper.id or 0).values()
        )


def test_every_step_waits_for_the_one_before_it_and_none_is_taken_twice(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        paper = assemble(session, other)
        with pytest.raises(errors.WrongState, match=r"^paper_state:"):
            seal(session, other, paper)
        judge(session, other, paper, approve=True)
        for approve in (True, False):
            with pytest.raises(errors.WrongState, match=r"^paper_state:"):
                judge(session, other, paper, approve=approve)
        seal(session, other, paper)
        with pytest.raises(errors.WrongState, match=r"^paper_state:"):
            seal(session, other, paper)
        with pytest.raises(errors.WrongState, match=r"^paper_state:"):
            judge(session, other, paper, approve=False)
        assert story(session, paper) == ["PAPER_ASSEMBLED", "PAPER_APPROVED", "PAPER_SEALED"]


def test_whoever_assembled_a_paper_neither_approves_nor_seals_it(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        also_charged(session, world, "assembler", Duty.APPROVE)
        paper = assemble(session, other)
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            judge(session, other, paper, approve=True, by="assembler")
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            judge(session, other, paper, approve=False, by="assembler")
        judge(session, other, paper, approve=True)
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            seal(session, other, paper, by="assembler")
        assert (paper.state, paper.sealed_at) == (PaperState.APPROVED, None)

        # It was this paper that was refused them, not the duty.
        also_charged(session, world, "approver", Duty.ASSEMBLE)
        third = open_class(session, world, Wanted("2024-TL-03", first_number=120))
        approver = world.actor(session, "approver")
        theirs = assembling.assemble_paper(session, approver, third.class_id, seed=1, exam_on=EXAM_DAY, now=PREPARED_AT)
        assert judge(session, third, theirs, approve=True, by="assembler").state == PaperState.APPROVED


def test_whoever_teaches_a_class_has_no_hand_in_its_paper(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        paper = assemble(session, other)
        approver = world.actor(session, "approver")
        using.note_deed(session, approver.person_id or 0, TEACH, f"class:{other.class_id}", now=PREPARED_AT)

        with pytest.raises(errors.Refused, match=r"^works_for_institution:"):
            judge(session, other, paper, approve=True)
        also_charged(session, world, "reviewer", Duty.APPROVE)
        judge(session, other, paper, approve=True, by="reviewer")
        with pytest.raises(errors.Refused, match=r"^works_for_institution:"):
            seal(session, other, paper)
        assert seal(session, other, paper, by="reviewer").state == PaperState.SEALED


def test_a_class_has_one_living_paper_and_a_rejected_one_makes_room(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        first = assemble(session, other)
        with pytest.raises(errors.WrongState, match=r"^paper_exists:"):
            assemble(session, other)
        judge(session, other, first, approve=False)
        assert (first.state, first.rejection_reason) == (PaperState.REJECTED, "见附注")
        assert queries.paper_of_class(session, other.class_id) is None

        second = assemble(session, other, seed=12)

        living = queries.paper_of_class(session, other.class_id)
        assert living is not None and living.id == second.id != first.id
        assert item_codes(session, first) != item_codes(session, second)
        # A rejected paper used nothing up: the same seed gives the same items once more.
        judge(session, other, second, approve=False)
        assert item_codes(session, assemble(session, other)) == item_codes(session, first)


def test_a_class_without_stock_gets_no_paper_and_is_told_which_cells_are_short(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        assembler = world.actor(session, "assembler")
        with pytest.raises(errors.WrongState, match=r"^stock_short:") as refusal:
            # In 2025 the new edition of the safety regulations was not yet in force, and the bank has none of the old.
            assembling.assemble_paper(
                session, assembler, other.class_id, seed=1, exam_on=EXAM_DAY.replace(year=2025), now=PREPARED_AT
            )

        cells = (("单选题", 18), ("多选题", 10), ("判断题", 6))
        short = [f"coal-mine-safety-regulations × {kind}: {needed} / 0" for kind, needed in cells]
        # Of the thirty-four to be written, so many have to be of these levels.
        levels = ["认知层次 × 识记: 28 / 22", "认知层次 × 理解: 40 / 34"]
        assert refusal.value.values["short"] == "；".join([*short, *levels])
        assert queries.paper_of_class(session, other.class_id) is None
        with pytest.raises(errors.NotFound):
            assemble(session, replace(other, class_id=9999))


def test_a_second_paper_of_the_same_role_prefers_what_no_paper_has_used(world: World) -> None:
    with database.writing() as session:
        used = {row.item_index: row.times for row in session.exec(select(Exposure))}
        assert (len(used), set(used.values())) == (100, {1}), "the world's sealed paper used a hundred items"
        other = open_class(session, world, Wanted("2024-TL-02"))
        paper = assemble(session, other, seed=7)
        codes = [code for chosen in item_codes(session, paper).values() for code in chosen]
        reused = sum(crypto.paper_index(code) in used for code in codes)
        stock = len(bank.eligible(session, TraineeRole.TEAM_LEADER, EXAM_DAY))

        # The world's paper has the same seed: without the count of uses this would have been the same hundred items.
        assert paper.proof["uses_in_earlier_papers"] == reused
        assert stock >= 500, "four hundred are unused"
        assert reused <= 5, "for the sake of parity a few may come again"
        judge(session, other, paper, approve=True)
        seal(session, other, paper)
        counted = {row.item_index: row.times for row in session.exec(select(Exposure))}
        assert sum(counted.values()) == 200
        assert all(counted[crypto.paper_index(code)] == used.get(crypto.paper_index(code), 0) + 1 for code in codes)


# --- reading before sealing ---


def test_an_unsealed_form_is_read_by_an_approver_on_record_and_a_sealed_one_by_nobody(
    world: World, browser: Browser
) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        paper = assemble(session, other)
        codes = item_codes(session, paper)
    path = f"/api/v1/papers/{paper.id}/forms/A"

    shown = browser.of("approver").get(path).json()

    assert [item["code"] for item in shown["items"]] == codes[Form.A]
    assert {field for item in shown["items"] for field in item} == {
        "position", "points", "code", "kind", "stem", "options", "pictures", "case", "edition", "article", "difficulty",
    }  # fmt: skip
    for username in ("assembler", "author", "arranger", "institution", "auditor", "proctor1"):
        assert browser.of(username).get(path).json()["code"] == "right_missing"
    with database.writing() as session:
        found = session.get_one(Paper, paper.id)
        assert story(session, found) == ["PAPER_ASSEMBLED", "PAPER_READ"]
        judge(session, other, found, approve=True)
        seal(session, other, found)
    refused = browser.of("approver").get(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "paper_is_sealed")


def test_the_list_of_papers_shows_recipes_and_proofs_but_no_content(world: World, browser: Browser) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        codes = [code for chosen in item_codes(session, assemble(session, other)).values() for code in chosen]
    rows = browser.of("arranger").get("/api/v1/papers").json()

    assert [(row["class_id"], row["state"]) for row in rows] == [
        (other.class_id, "assembled"),
        (world.class_id, "sealed"),
    ]
    assert len(codes) == 100
    text = json.dumps(rows, ensure_ascii=False)
    assert [code for code in codes if code in text] == []
    assert browser.of("institution").get("/api/v1/papers").status_code == 403
    assert browser.of("proctor1").get("/api/v1/papers").status_code == 403


@pytest.mark.parametrize("limit", [{"exposure_cap": 1}, {"rest_days": 3}], ids=["cap", "rest"])
def test_a_second_paper_keeps_the_cap_and_the_rest_that_its_blueprint_asks_for(
    world: World, limit: dict[str, int]
) -> None:
    with database.writing() as session:
        used = {row.item_index for row in session.exec(select(Exposure))}
        row = queries.blueprint(session, TraineeRole.TEAM_LEADER)
        assert row is not None
        # Without ranges the bank is large enough for two papers that share nothing.
        raw = {name: value for name, value in row.body.items() if name not in {"difficulty", "levels"}} | limit
        drafted = drafting.draft_blueprint(session, world.actor(session, "assembler"), raw, now=PREPARED_AT)
        approver = world.actor(session, "approver")
        drafting.judge_blueprint(session, approver, drafted.id or 0, approve=True, reason="", now=PREPARED_AT)

        codes = item_codes(session, assemble(session, open_class(session, world, Wanted("2024-TL-02"))))

        assert len(used) == 100
        assert {crypto.paper_index(code) for form in codes.values() for code in form} & used == set()
