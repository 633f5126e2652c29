"""Coverage: what the bank holds for a role beside what its blueprint needs, and who may look at it."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor
from service.bank import queries as bank
from service.bank.actions import reading, reviewing, standing
from service.bank.rules.items import ASKED, KIND_NAMES, Kind
from service.kernel import database, errors
from service.papers.actions import covering
from service.papers.actions.stock import gather
from service.papers.rules import coverage
from service.papers.rules.blueprint import Axis, Band, Blueprint, Range
from service.papers.rules.candidates import usable
from service.papers.rules.coverage import Held, Row
from tests import world as worlds
from tests.conftest import Browser
from tests.world import PREPARED_AT, World

LEADER = TraineeRole.TEAM_LEADER
REGULATION = "coal-mine-safety-regulations"
PLAN = Blueprint(
    role=LEADER,
    duration_minutes=90,
    pass_points=80,
    points={},
    cells={("law", Kind.SINGLE): 2, ("law", Kind.TRUE_FALSE): 1, ("rules", Kind.SINGLE): 1},
    ranges=(Range(Axis.BAND, Band.HARD, 1, 2), Range(Axis.LEVEL, "apply", 1, 2)),
)


def held(regulation: str, kind: Kind, number: int, band: Band = Band.EASY) -> list[Held]:
    return [Held(regulation, kind, band)] * number


CASES = [
    pytest.param(
        [*held("law", Kind.SINGLE, 9), *held("law", Kind.TRUE_FALSE, 2)], 1, 11, id="the scarcer kind decides"
    ),
    pytest.param(held("law", Kind.SINGLE, 9), 0, 9, id="one kind is missing"),
    pytest.param([*held("law", Kind.SINGLE, 8), *held("law", Kind.TRUE_FALSE, 4)], 2, 12, id="enough for two"),
    pytest.param([], 0, 0, id="nothing at all"),
]


@pytest.mark.parametrize(("items", "papers", "total"), CASES)
def test_how_many_papers_a_regulation_is_good_for(items: list[Held], papers: int, total: int) -> None:
    row = coverage.coverage(LEADER, items, PLAN).rows[0]
    assert (row.regulation, row.papers, row.total, row.needed) == ("law", papers, total, 6)


def test_what_is_not_needed_is_listed_and_what_is_not_there_too() -> None:
    items = [*held("extra", Kind.MULTIPLE, 3, Band.HARD), *held("law", Kind.SINGLE, 1)]
    found = coverage.coverage(LEADER, items, PLAN)

    assert [(row.regulation, row.papers, row.total, row.needed) for row in found.rows] == [
        ("extra", None, 3, 0),
        ("law", 0, 1, 6),
        ("rules", 0, 0, 2),
    ]
    assert (found.bands, found.held, found.widest) == (
        {Band.EASY: 0, Band.MEDIUM: 0, Band.HARD: 2},
        {Band.EASY: 1, Band.MEDIUM: 0, Band.HARD: 3},
        6,
    )


def test_without_a_blueprint_nothing_is_needed() -> None:
    (row,) = coverage.coverage(LEADER, held("law", Kind.SINGLE, 2), None).rows
    expected = Row(
        "law",
        {Band.EASY: 2, Band.MEDIUM: 0, Band.HARD: 0},
        {**dict.fromkeys(ASKED, 0), Kind.SINGLE: 2},
        dict.fromkeys(ASKED, 0),
    )
    assert (row, row.papers) == (expected, None)


def test_it_counts_what_may_be_asked_today_and_only_for_those_who_see_the_bank(world: World, browser: Browser) -> None:
    day = date(2026, 11, 20)
    with database.writing() as session:
        author = world.actor(session, "author")
        before = covering.cover(session, author, today=day)
        for one in before:
            # The blueprints take no case, so nothing of one may be asked.
            alone = [text for _, text in bank.eligible(session, one.role, day) if text.case is None]
            assert sum(row.total for row in one.rows) == len(alone) > 0
            assert (one.cases, one.cases_needed) == (3, 0)
            assert all(row.papers for row in one.rows if row.needed)
        version_id, text = bank.eligible(session, LEADER, day)[0]
        standing.suspend(session, author, version_id, reason="条文有争议", now=PREPARED_AT)
        after = covering.cover(session, author, today=day)
        totals = [sum(row.total for row in one.rows) for one in before]
        assert [sum(row.total for row in one.rows) for one in after] == [
            total - (one.role in text.roles) for one, total in zip(before, totals, strict=True)
        ]
        for username in {"administrator", *worlds.STAFF} - {"author", "reviewer"}:
            with pytest.raises(errors.RightMissing):
                covering.cover(session, world.actor(session, username), today=day)

    page = browser.of("reviewer").get("/papers/coverage")
    assert page.status_code == 200 and "题库覆盖" in page.text
    assert browser.of("institution").get("/papers/coverage").status_code == 403


@pytest.mark.parametrize(
    ("kind", "key", "answer", "points", "gathered"),
    [
        pytest.param(Kind.FILL_IN, "下井带班", "下井带班", 2, True, id="a fill-in"),
        pytest.param(Kind.WRITTEN, "6 下井\n4 带班", "下井带班", 10, True, id="a text worth what the blueprint gives"),
        pytest.param(Kind.WRITTEN, "6 下井\n4 带班", "下井带班", 8, False, id="a text worth something else"),
    ],
)
def test_what_is_typed_is_counted_and_asked_for_the_points_it_is_worth(
    world: World, kind: Kind, key: str, answer: str, points: int, gathered: bool
) -> None:
    day = date(2026, 11, 20)
    with database.writing() as session:
        reviewer, author = world.actor(session, "reviewer"), world.actor(session, "author")
        _, some = next(one for one in bank.eligible(session, LEADER, day) if one[1].edition.endswith("2025"))
        text = replace(some, code="CMS-900", kind=kind, stem="带班领导应当____。", options={}, key=key)
        before = _kinds(session, author, day)
        reviewing.submit_items(session, author, [text], now=PREPARED_AT)
        (version,) = bank.awaiting_review(session)
        reading.answer_item(session, reviewer, version, [answer], now=PREPARED_AT)
        reviewing.review_item(session, reviewer, version, approve=True, reason="", now=PREPARED_AT)

        assert text.code in {one.code for _, one in bank.eligible(session, LEADER, day)}
        assert _kinds(session, author, day) - before == Counter({kind: len(text.roles)})
        plan = replace(PLAN, points={**PLAN.points, kind: points}, cells={**PLAN.cells, (REGULATION, kind): 1})
        found = {one.code: one for one in gather(session, [plan], day).candidates}
        assert usable(plan, found[text.code]) is gathered


def _kinds(session: Session, actor: Actor, day: date) -> Counter[Kind]:
    """How many items of each kind every role's coverage counts."""
    return sum(
        (Counter(row.kinds) for one in covering.cover(session, actor, today=day) for row in one.rows), Counter[Kind]()
    )


def test_the_blueprint_editor_offers_every_kind_that_a_paper_can_ask(world: World, browser: Browser) -> None:
    page = browser.of("assembler").get(f"/papers/blueprints/new?role={LEADER}").text

    assert [name for name in KIND_NAMES.values() if name not in page] == []
