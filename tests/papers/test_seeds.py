"""The seed of papers assembled together: each holds a part, and nobody has it while one form is sealed."""

from functools import reduce
from operator import xor

import pytest
from cryptography.exceptions import InvalidTag
from sqlmodel import Session

from service.kernel import database, errors, sealing
from service.papers import queries
from service.papers.actions import assembling, opening, ordering, seeds
from service.papers.rules.states import Form, Window
from service.papers.tables import Paper
from tests import world as worlds
from tests.papers.classes import Wanted, open_class
from tests.papers.test_life import EXAM_DAY, judge, seal
from tests.world import ENDS_AT, OPENING_AT, PREPARED_AT, STARTS_AT, World

SEED = 5


@pytest.fixture
def pair(world: World) -> list[int]:
    """The papers of two classes that were assembled together."""
    wanted = [Wanted("2024-TL-02", first_number=100), Wanted("2024-TL-03", first_number=120)]
    with database.writing() as session:
        ordered = ordering.order(session, [open_class(session, world, one).class_id for one in wanted], EXAM_DAY)
        assembler = world.actor(session, "assembler")
        outcome = ordering.compute(ordered, SEED)
        made = assembling.keep(session, assembler, ordered, outcome, seed=SEED, now=PREPARED_AT)
        return [one.id or 0 for one in made]


def test_nobody_has_the_seed_of_a_run_until_every_form_of_it_is_open(world: World, pair: list[int]) -> None:
    with database.writing() as session:
        first, second = (session.get_one(Paper, one) for one in pair)
        assert seeds.gather(session, first).seed == SEED, "what is not sealed yet is no secret from the operator"
        for paper in (first, second):
            judge(session, world, paper, approve=True)
            seal(session, world, paper)
        for letter in Form:
            open_form(session, world, first, letter)
            for paper in (first, second):
                with pytest.raises(errors.WrongState, match=r"^seed_sealed:"):
                    seeds.reveal(session, paper)
                with pytest.raises(errors.WrongState, match=r"^seed_sealed:"):
                    seeds.gather(session, paper)
        # Everything of the first paper is open; the second one's part is not even the operator's to read.
        key = sealing.paper_key(second.class_id, b"seed")
        with pytest.raises(InvalidTag):
            sealing.decrypt(second.seed_sealed, key, bound_to=f"seed:{second.class_id}")

        for letter in Form:
            open_form(session, world, second, letter)

        found = seeds.reveal(session, first)
        assert found == seeds.reveal(session, second)
        committed = {one.id: one.recipe["seed_commitment"] for one in (first, second)}
        assert (found.seed, {which: one.commitment for which, one in found.parts.items()}) == (SEED, committed)


def open_form(session: Session, world: World, paper: Paper, letter: Form) -> None:
    """Both proctors lay their hands on one form."""
    form, window = queries.forms(session, paper.id or 0)[letter].id or 0, Window(STARTS_AT, ENDS_AT)
    for username in ("proctor1", "proctor2"):
        proctor = world.actor(session, username)
        opening.add_hand(session, proctor, form, window, worlds.hand(session, proctor), now=OPENING_AT)


def test_a_rejected_paper_of_a_run_does_not_keep_the_seed_of_the_others(world: World, pair: list[int]) -> None:
    with database.writing() as session:
        first, second = (session.get_one(Paper, one) for one in pair)
        judge(session, world, first, approve=True)
        seal(session, world, first)
        judge(session, world, second, approve=False)
        assert not seeds.revealable(session, first)
        for letter in Form:
            open_form(session, world, first, letter)
        assert seeds.reveal(session, first).seed == SEED


@pytest.mark.parametrize("papers", [1, 2, 3, 60])
def test_the_parts_are_the_seed_together_and_noise_without_one(papers: int) -> None:
    seed = 2**53 - 1
    parts = [one.part for one in seeds.split(seed, papers)]
    assert reduce(xor, parts) == seed and len(parts) == papers
    assert all(0 <= part < 2**53 for part in parts)
    if papers > 1:
        assert parts != [one.part for one in seeds.split(seed, papers)]
        assert reduce(xor, parts[1:]) != seed
