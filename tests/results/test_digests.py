"""What a digest over a class tells whoever sees some of its people: the others would be guessed with theirs in hand."""

from collections.abc import Iterator
from itertools import count, product
from typing import Any

import pytest
from sqlmodel import Session, col, select

from service.kernel import database
from service.programme.tables import Trainee
from service.results.queries import editions
from service.results.rules import Verdict
from service.results.rules import editions as rules
from service.results.rules.editions import Standing
from service.results.tables import Result
from tests.conftest import Browser, Clock, Staged
from tests.results.exams import Fate, publish, sit
from tests.world import AFTER, World

OTHER = "学员5"


def published(session: Session, world: World) -> World:
    """A published class of which all but the last person work for one enterprise."""
    for trainee in session.exec(select(Trainee).where(col(Trainee.id).in_(world.trainees[:5]))):
        trainee.enterprise_id = world.organisations["enterprise"]
    fates = dict(zip(world.seats, [Fate.FAILED, *[Fate.PASSED] * 5], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    publish(session, world, AFTER)
    return world


@pytest.fixture
def world(staged: Staged, clock: Clock) -> World:
    world = staged(published, AFTER)
    with database.writing() as session:
        other = session.get_one(Trainee, world.trainees[5])
        assert other.enterprise_id == world.organisations["enterprise2"]
    clock.set(AFTER)
    return world


def seen(browser: Browser, world: World, username: str, more: str = "") -> Any:
    reply = browser.of(username).get(f"/api/v1/results/classes/{world.class_id}{more}")
    assert reply.status_code == 200
    return reply.json()


def guessed(digest: str, rows: list[dict[str, Any]]) -> Iterator[Standing]:
    """Every result of one more person with which the digest is the right one; seats are numbered in a row."""
    own = [Standing(one["seat_id"], 1, one["verdict"], one["points"], one["pass_points"]) for one in rows]
    lowest = min(one.seat_id for one in own)
    seats = [seat for seat, _ in zip(count(max(1, lowest - 10)), range(30), strict=False)]
    for seat, verdict, points in product(set(seats) - {one.seat_id for one in own}, Verdict, range(101)):
        other = Standing(seat, 1, verdict, points, own[0].pass_points)
        if rules.digest([*own, other]) == digest:
            yield other


def test_an_enterprise_would_read_the_others_result_from_the_digest(world: World, browser: Browser) -> None:
    """The attack that nobody can make any more, for who has no digest."""
    rows = seen(browser, world, "enterprise")
    with database.reading() as session:
        digest = editions.of_class(session, world.class_id)[-1].digest
        truly = session.exec(select(Result).where(Result.trainee_id == world.trainees[5])).one()

    assert len(rows) == 5 and OTHER not in {one["name"] for one in rows}
    found = list(guessed(digest, rows))
    assert [(one.seat_id, one.verdict, one.points) for one in found] == [(truly.seat_id, truly.verdict, truly.points)]


@pytest.mark.parametrize(
    ("username", "told"),
    [
        pytest.param("enterprise", False, id="five of six are its own"),
        pytest.param("supervisor", False, id="five of six work in the county"),
        pytest.param("institution", True, id="it taught all six"),
        pytest.param("planner", True, id="who plans sees everybody"),
        pytest.param("statistician", True, id="who pays sees everybody"),
        pytest.param("auditor", True, id="who audits sees everybody"),
    ],
)
def test_only_who_sees_everybody_is_told_the_digest(world: World, browser: Browser, username: str, told: bool) -> None:
    with database.reading() as session:
        edition = editions.of_class(session, world.class_id)[-1]

    (listed,) = seen(browser, world, username, "/editions")
    assert (listed["number"], listed["cause"], listed["digest"]) == (
        edition.number,
        edition.cause,
        edition.digest if told else None,
    )
    page = browser.of(username).get(f"/results/classes/{world.class_id}").text
    assert "成绩的各版" in page and (edition.digest[:16] in page) is told


def test_an_enterprise_all_of_whose_people_these_are_is_told_it(world: World, browser: Browser) -> None:
    with database.writing() as session:
        session.get_one(Trainee, world.trainees[5]).enterprise_id = world.organisations["enterprise"]
    (listed,) = seen(browser, world, "enterprise", "/editions")
    assert listed["digest"] is not None
