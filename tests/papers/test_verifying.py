"""``peikao papers verify``: the recipe gives the same paper again, swaps included; each difference is named."""

import copy
from collections.abc import Callable

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from service.cli import app
from service.kernel import database
from service.papers import queries
from service.papers.actions import verifying
from service.papers.rules.states import Form
from service.papers.tables import Paper, TargetSet
from tests.papers.classes import Wanted, open_class
from tests.papers.test_life import assemble, judge
from tests.papers.test_mending import MARKS, resubmitted, sent_back, swapped
from tests.world import World


def command(paper_id: int) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["papers", "verify", str(paper_id)])
    return found.exit_code, found.output


@pytest.fixture
def other(world: World) -> World:
    """A class whose paper waits for approval."""
    with database.writing() as session:
        found = open_class(session, world, Wanted("2024-TL-02"))
        found.paper_id = assemble(session, found).id or 0
    return found


def test_a_paper_is_equal_to_what_its_recipe_gives_with_and_without_swaps(other: World) -> None:
    assert command(other.paper_id) == (0, f"paper {other.paper_id}: equal to what its recipe gives\n")
    with database.writing() as session:
        (mark,) = sent_back(session, other, MARKS[:1])
        swapped(session, other, mark, rank=1)
        resubmitted(session, other)
        judge(session, other, session.get_one(Paper, other.paper_id), approve=True)
    assert command(other.paper_id)[0] == 0


def test_a_rejected_paper_is_verified_by_its_own_rows(other: World) -> None:
    with database.writing() as session:
        judge(session, other, session.get_one(Paper, other.paper_id), approve=False)
    assert command(other.paper_id) == (0, f"paper {other.paper_id}: equal to what its recipe gives\n")
    with database.writing() as session:
        another_item(session, session.get_one(Paper, other.paper_id))
    code, said = command(other.paper_id)
    assert code == 1 and "form A: the paper holds other items" in said


def test_a_sealed_paper_is_not_verified_and_one_that_is_not_there_neither(world: World) -> None:
    code, said = command(world.paper_id)
    assert code == 2 and "sealed" in said
    assert command(999)[0] == 2


def another_item(session: Session, paper: Paper) -> None:
    first, second = (
        queries.form_items(session, form.id or 0) for form in queries.forms(session, paper.id or 0).values()
    )
    first[0].item_version_id, second[0].item_version_id = second[0].item_version_id, first[0].item_version_id
    session.add_all([first[0], second[0]])


def another_word(name: str, value: object) -> Callable[[Session, Paper], None]:
    def change(_: Session, paper: Paper) -> None:
        paper.recipe = paper.recipe | {name: value}

    return change


def another_figure(_: Session, paper: Paper) -> None:
    paper.proof = copy.deepcopy(paper.proof) | {"difference_milli": 1}


def another_target(session: Session, paper: Paper) -> None:
    row = session.get_one(TargetSet, paper.blueprint_id)
    row.body = row.body | {"pass_expected_milli": 1}
    session.add(row)


TAMPERED = [
    pytest.param(another_item, "form A: the paper holds other items", id="an item changed by hand"),
    pytest.param(another_word("bank_snapshot", "0" * 64), "bank_snapshot: the recipe says 000", id="another bank"),
    pytest.param(another_word("blueprint", "0" * 64), "blueprint: the recipe says 000", id="another blueprint"),
    pytest.param(another_word("seed_commitment", "x"), "seed_commitment: the recipe says x", id="another seed"),
    pytest.param(another_word("solver", "HiGHS 0"), "solver: the recipe says HiGHS 0", id="another solver"),
    pytest.param(another_word("swaps", [["A", 3, 0]]), "form A: the recipe gives other items", id="a swap added"),
    pytest.param(another_word("forms", {}), "form B: the recipe gives other items", id="a digest dropped"),
    pytest.param(another_figure, "proof: difference_milli is kept as 1", id="a figure of the proof"),
    pytest.param(another_target, "target: the proof names another one", id="the target"),
]


@pytest.mark.parametrize(("change", "said"), TAMPERED)
def test_each_difference_is_named(other: World, change: Callable[[Session, Paper], None], said: str) -> None:
    with database.reading() as session:
        paper = session.get_one(Paper, other.paper_id)
        assert verifying.verify(session, other.paper_id) == []
        change(session, paper)
        session.flush()

        found = verifying.verify(session, other.paper_id)

        assert any(one.startswith(said) for one in found), found


def test_the_command_fails_where_anything_differs(other: World) -> None:
    with database.writing() as session:
        another_item(session, session.get_one(Paper, other.paper_id))
    code, said = command(other.paper_id)
    assert code == 1 and "NOT equal" in said and f"form {Form.B}" in said
