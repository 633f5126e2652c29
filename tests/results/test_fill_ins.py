"""What is typed into a blank, from the sheet to what items tell: variants are right, and what many say is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from service.bank.rules.items import Kind
from service.kernel import database
from service.papers.actions import opening
from service.results import queries
from service.results.actions import comparing, marking, telling
from service.results.queries import standing
from service.results.rules.item_statistics import LEAST_ALIKE
from service.sittings import queries as sittings
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, using
from tests.sittings import leaks
from tests.world import AFTER, World

RIGHT, WIDE, WRONG = "带班1次", " 带班１ 次 ", "跟班"


@pytest.fixture
def asked(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """The evening before an exam that asks for a text to fill in."""
    with databases.copy("planted", leaks.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


def sit(session: Session, world: World, said: list[str]) -> int:
    """Everybody types one thing into the blank and nothing else; its position."""
    worlds.begin_exam(session, world)
    sitting = sittings.sitting(session, world.sitting_id)
    assert sitting is not None and sitting.form_id is not None
    questions = opening.read_opened(session, sitting.form_id)
    (at,) = [one.position for one in questions if one.kind == Kind.FILL_IN]
    for seat_id, text in zip(world.seats, said, strict=True):
        worlds.start(session, seat_id)
        if text:
            worlds.save(session, seat_id, at, text)
    assert marking.hand_in_overdue(session, now=AFTER) == len(said)
    return at


def test_variants_of_an_accepted_text_are_right_and_everything_else_earns_nothing(asked: World) -> None:
    said = [RIGHT, WIDE, WRONG, "", "带班", "带班1次。"]
    with database.writing() as session:
        at = sit(session, asked, said)

        found = [queries.result_of_seat(session, seat_id) for seat_id in asked.seats]
        marks = standing.of_results(session, [one for one in found if one is not None])
        assert [marks[seat_id][at].points for seat_id in asked.seats] == [2, 2, 0, 0, 0, 0]
        assert [one.points for one in found if one is not None] == [2, 2, 0, 0, 0, 0]
        # As it was typed, but for the space around it.
        assert [marks[seat_id][at].choice for seat_id in asked.seats] == [one.strip() for one in said]


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        pytest.param(["跟班", "跟 班", "跟班", "跟班", "跟班", RIGHT], [("跟班", round(5 / 6, 3))], id="five alike"),
        pytest.param(["跟班", "跟 班", "跟班", "跟班", "值班", RIGHT], [], id="four alike are too few"),
        pytest.param([RIGHT] * 6, [], id="all right"),
        pytest.param([""] * 6, [], id="nothing typed"),
    ],
)
def test_what_many_typed_wrongly_is_told_and_what_few_did_is_not(
    asked: World, clock: Clock, browser: Browser, said: list[str], texts: list[tuple[str, float]]
) -> None:
    with database.writing() as session:
        at = sit(session, asked, said)
    clock.set(AFTER)
    place = f"results/statistics/{asked.class_id}"
    client = browser.of("confirmer")

    (form,) = client.get(f"/api/v1/{place}").json()
    item = next(one for one in form["items"] if one["position"] == at)

    assert LEAST_ALIKE == 5
    assert [(one["text"], round(one["share"], 3)) for one in item["texts"]] == texts
    assert (item["kind"], item["distractors"]) == ("fill_in", [])
    assert item["facility"] == pytest.approx(said.count(RIGHT) / 6)
    page, table = client.get(f"/{place}").text, client.get(f"/{place}/items.csv").content.decode("utf-8-sig")
    assert ("跟班" in page, "跟班" in table, "值班" in page + table) == (bool(texts), bool(texts), False)
    # What is accepted is told to nobody outside the bank.
    assert RIGHT not in page + table


def test_sheets_with_typed_answers_are_compared(asked: World) -> None:
    with database.writing() as session:
        sit(session, asked, [WRONG] * 6)
        confirmer = asked.actor(session, "confirmer")

        (found,) = comparing.compare(session, confirmer, asked.class_id, now=AFTER)
        (form,) = telling.statistics(session, confirmer, asked.class_id, now=AFTER)

    assert (found.sheets, found.decision.code) == (6, "too_few_to_compare")
    assert len(form.items) == 47
