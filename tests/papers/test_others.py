"""A paper beside the other papers of the programme: spread of all forms, and items shared with each other paper."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from service.bank.tables import ItemVersion
from service.kernel import database, language
from service.papers import queries
from service.papers.actions import assembling, others, proof_sheets
from service.papers.actions.others import Beside, Others
from service.papers.actions.proof_tables import others as in_words
from service.papers.rules import blueprint
from service.papers.rules import others as rules
from service.papers.rules.others import Shared, Spread
from service.papers.tables import Overlap, Paper, PaperForm, PaperFormItem
from service.programme.tables import TrainingClass
from tests import world as worlds
from tests.bank.test_reviewing import counted
from tests.conftest import Browser
from tests.papers.test_life import judge, seal
from tests.world import PREPARED_AT, World


def proof_of(*forms: tuple[int, int]) -> Mapping[str, Any]:
    return {
        "forms": {letter: {"expected_milli": e, "error_milli": s} for letter, (e, s) in zip("AB", forms, strict=False)}
    }


@pytest.mark.parametrize(
    ("proofs", "spread"),
    [
        pytest.param([], Spread(0, 0, 0, 0), id="no paper"),
        pytest.param([proof_of((70_000, 1000), (70_000, 1000))], Spread(1, 2, 0, 2771), id="one paper, believed equal"),
        pytest.param(
            [proof_of((70_000, 0), (70_040, 0)), proof_of((69_990, 0), (70_010, 0))],
            Spread(2, 4, 50, 50),
            id="of exact difficulties the believed is the true one",
        ),
        pytest.param(
            [proof_of((70_000, 3000), (70_000, 4000)), proof_of((70_100, 0), (70_100, 0))],
            Spread(2, 4, 100, 9800),
            id="two uncertain forms may lie farther apart than two that are believed to differ",
        ),
    ],
)
def test_the_spread_of_all_forms(proofs: list[Mapping[str, Any]], spread: Spread) -> None:
    assert rules.spread(proofs) == spread


FORM = st.tuples(st.integers(0, 100_000), st.integers(0, 9_000))


@given(st.lists(st.tuples(FORM, FORM), min_size=1, max_size=6))
def test_the_spread_is_what_any_two_forms_say(papers: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Counted again in floating point over every pair; and one more paper never narrows it."""
    forms = [form for paper in papers for form in paper]
    reach = max(
        abs(a - b) + 1.96 * sqrt(s * s + t * t) for place, (a, s) in enumerate(forms) for b, t in forms[place + 1 :]
    )

    found = rules.spread([proof_of(*paper) for paper in papers])

    assert found.believed_milli == max(abs(a - b) for a, _ in forms for b, _ in forms)
    assert found.reach_milli == pytest.approx(reach, abs=3)
    fewer = rules.spread([proof_of(*paper) for paper in papers[1:]])
    assert (fewer.believed_milli, fewer.reach_milli) <= (found.believed_milli, found.reach_milli)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({"A": {1, 2}, "B": {3}}, {"A": {4}, "B": {5}}, Shared(0, 0), id="nothing"),
        pytest.param({"A": {1, 2}, "B": {3}}, {"A": {2, 3}, "B": {5}}, Shared(2, 1), id="across the letters too"),
        pytest.param({"A": {1}}, {"A": {1}, "B": {9}}, Shared(1, 1), id="a paper of one form"),
    ],
)
def test_what_two_papers_share(one: dict[str, set[int]], other: dict[str, set[int]], expected: Shared) -> None:
    assert rules.shared(one, other) == expected == rules.shared(other, one)


# --- on real papers ---


def another(session: Session, world: World, code: str) -> Paper:
    """The paper of one more class, only just assembled."""
    first = session.get_one(TrainingClass, world.class_id)
    made = TrainingClass(**first.model_dump(exclude={"id"}) | {"code": code, "name": code})
    session.add(made)
    session.flush()
    day = worlds.STARTS_AT.date() + timedelta(days=1)
    assembler = world.actor(session, "assembler")
    return assembling.assemble_paper(session, assembler, made.id or 0, seed=8, exam_on=day, now=PREPARED_AT)


def items_of(session: Session, paper: Paper) -> list[PaperFormItem]:
    statement = select(PaperFormItem).join(PaperForm).where(PaperForm.paper_id == paper.id)
    return list(session.exec(statement.order_by(PaperForm.letter, PaperFormItem.position)))  # type: ignore[arg-type]


def of(session: Session, world: World, paper: Paper) -> Others:
    """What the assembler is told of a paper beside the others."""
    return others.beside(session, world.actor(session, "assembler"), paper)


def versions(session: Session) -> set[int]:
    return {one for one in session.exec(select(ItemVersion.id)) if one is not None}


def test_papers_are_compared_while_they_lie_open_and_what_was_counted_stays(world: World) -> None:
    with database.reading() as session:
        second, third = another(session, world, "2024-TL-02"), another(session, world, "2024-TL-03")
        found = of(session, world, third)

        # The world's own paper was sealed before: it is named, and nothing is said of its items.
        assert [(one.paper_id, one.shared is None) for one in found.papers] == [
            (world.paper_id, True),
            (second.id, False),
        ]
        open_ = others.items_in_the_open(session)
        assert set(open_) == {second.id, third.id}
        expected = rules.shared(open_[second.id or 0], open_[third.id or 0])
        assert found.papers[1].shared == expected
        assert (found.spread.papers, found.spread.forms) == (3, 6)
        # The same from the other side, from one row.
        assert of(session, world, second).papers[1] == replace(
            found.papers[1], paper_id=third.id or 0, class_code="2024-TL-03"
        )
        assert len(session.exec(select(Overlap)).all()) == 1


def test_a_swap_is_counted_again(world: World) -> None:
    with database.reading() as session:
        second, third = another(session, world, "2024-TL-02"), another(session, world, "2024-TL-03")
        before = of(session, world, second).papers[1].shared
        used = {one.item_version_id for paper in (second, third) for one in items_of(session, paper)}
        place = items_of(session, second)[0]
        place.item_version_id = next(one for one in sorted(versions(session)) if one not in used)
        session.add(place)
        session.flush()

        others.put_down(session, [second])

        after = of(session, world, third).papers[1].shared
        assert before is not None and after is not None
        # In so small a bank both were made of the very same items.
        assert (after.anywhere, after.first) == (before.anywhere - 1, before.first - 1)
        assert len(session.exec(select(Overlap)).all()) == 1


def test_after_a_swap_nothing_old_is_said_beside_a_paper_that_was_sealed_meanwhile(world: World) -> None:
    with database.reading() as session:
        second, third, fourth = (another(session, world, f"2024-TL-0{number}") for number in (2, 3, 4))
        assert [one.shared is None for one in of(session, world, third).papers] == [True, False, False]
        judge(session, world, second, approve=True)
        seal(session, world, second)
        unchanged = of(session, world, fourth).papers[1]
        place = items_of(session, third)[0]
        used = {one.item_version_id for one in items_of(session, third)}
        place.item_version_id = next(one for one in sorted(versions(session)) if one not in used)
        session.add(place)
        session.flush()

        others.put_down(session, [third])

        found = {one.paper_id: one.shared for one in of(session, world, third).papers}
        assert found[second.id or 0] is None and found[fourth.id or 0] is not None
        assert of(session, world, second).papers[1].shared is None, "nor from the other side"
        assert unchanged.shared is not None and of(session, world, fourth).papers[1] == unchanged


SAY = str.format
UNCOMPARED = "1份没有比较：当时已经封存，或者组卷时还没有这项统计"


def say(sentence: str, **values: object) -> str:
    return SAY(sentence, **values)


@pytest.mark.parametrize(
    ("papers", "rows"),
    [
        pytest.param((), None, id="the only paper"),
        pytest.param(
            (Beside(1, "A-1", Shared(3, 1)), Beside(2, "A-2", Shared(0, 0)), Beside(3, "A-3", None)),
            (("第1号（A-1）", "1", "3"), ("其余1份试卷", "0", "0"), (UNCOMPARED, "–", "见上表")),
            id="one of each",
        ),
    ],
)
def test_the_table_names_whoever_shares_and_sums_up_the_rest(
    papers: tuple[Beside, ...], rows: tuple[tuple[str, ...], ...] | None
) -> None:
    found = in_words(say, Others(Spread(1, 2, 0, 0), papers))

    assert [table.rows for table in found] == ([rows] if rows else [])


def test_what_was_not_compared_is_said_in_english_too() -> None:
    def english(sentence: str, **values: object) -> str:
        return language.say("en", sentence, values)

    (table,) = in_words(english, Others(Spread(1, 2, 0, 0), (Beside(3, "A-3", None),)))

    assert table.rows[0][0] == "1 not compared: sealed by then, or from before this was counted"


@pytest.mark.parametrize(
    ("username", "named"),
    [("assembler", True), ("approver", True), ("arranger", False), ("custodian1", False), ("auditor", False)],
)
def test_which_papers_share_items_is_for_whoever_makes_or_approves_papers(
    world: World, browser: Browser, username: str, named: bool
) -> None:
    """In a small bank an exact count tells a sealed form where the other one was sat."""
    with database.writing() as session:
        paper = another(session, world, "2024-TL-02")
        another(session, world, "2024-TL-03")
        found = others.beside(session, world.actor(session, username), paper)
    assert (len(found.papers), found.spread.papers) == (2 if named else 0, 3)

    sitter = browser.of(username)
    page, pdf = (sitter.get(one) for one in (f"/papers/{paper.id}/proof", f"/api/v1/papers/{paper.id}/proof.pdf"))
    assert "其中任意两卷的真实差距有95%的把握不超过" in page.text
    assert ("与其他各份试卷相同的题" in page.text) is named
    # Nothing here reads a PDF, but one with the table is longer by far than one without.
    lengths = {whole: length_of_the_pdf(world, paper.id or 0, whole=whole) for whole in (False, True)}
    assert lengths[True] - lengths[False] > 1000
    assert abs(len(pdf.content) - lengths[named]) < 200


def test_papers_are_named_by_as_many_queries_however_many_there_are(world: World) -> None:
    def asked(paper_id: int) -> tuple[list[str], int]:
        """The classes that are named, and by how many queries; no class has been read before."""
        with database.reading() as session:
            paper, actor = session.get_one(Paper, paper_id), world.actor(session, "assembler")
            with counted(session) as statements:
                found = others.beside(session, actor, paper)
        return [one.class_code for one in found.papers], len(statements)

    with database.writing() as session:
        paper_id = another(session, world, "2024-TL-02").id or 0
        own = session.get_one(TrainingClass, world.class_id).code
    few = asked(paper_id)
    more = [f"2024-TL-0{number}" for number in range(3, 6)]
    with database.writing() as session:
        for code in more:
            another(session, world, code)

    assert few[0] == [own]
    assert asked(paper_id) == ([own, *more], few[1])


def length_of_the_pdf(world: World, paper_id: int, *, whole: bool) -> int:
    with database.reading() as session:
        paper = session.get_one(Paper, paper_id)
        beside = of(session, world, paper)
        row = queries.blueprint_by_id(session, paper.blueprint_id)
        training_class = session.get_one(TrainingClass, paper.class_id)
        given = beside if whole else replace(beside, papers=())
        return len(
            proof_sheets.pdf(proof_sheets.sheet(paper, training_class, row, blueprint.parse(row.body), given, "zh"))
        )
