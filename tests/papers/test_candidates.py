"""An item as assembly sees it: what was measured counts before what its author believed; whoever was asked rests."""

from datetime import date, timedelta

import pytest

from service.access.rules.people import TraineeRole
from service.bank.rules.calibration import Calibration
from service.bank.rules.items import ItemText, Kind, Level
from service.papers.rules.candidates import Use, candidate_of
from service.papers.rules.measures import Estimate, Source, estimate_of

TEXT = ItemText(
    code="AQ-001",
    kind=Kind.SINGLE,
    stem="",
    options={},
    key="A",
    explanation="",
    edition="work-safety-law-2021",
    article=1,
    roles=(TraineeRole.TEAM_LEADER,),
    difficulty=4,
    level=Level.APPLY,
    subject="gas",
    enemies=("one",),
    tags=("计算",),
)
LAST = date(2026, 11, 20)


def test_everything_that_blueprints_ask_about_is_carried_over() -> None:
    found = candidate_of(TEXT, 7, "work-safety-law", use=Use(3, LAST))
    assert (found.code, found.version_id, found.cell) == ("AQ-001", 7, ("work-safety-law", Kind.SINGLE))
    assert (found.band, found.level, found.subject) == ("hard", "apply", "gas")
    assert (found.tags, found.enemies) == (frozenset({"计算"}), frozenset({"one"}))
    assert (found.roles, found.used, found.resting) == (frozenset({TraineeRole.TEAM_LEADER}), 3, False)


def test_a_measured_difficulty_stands_before_the_authors() -> None:
    believed = candidate_of(TEXT, 7, "work-safety-law").estimate
    measured = candidate_of(TEXT, 7, "work-safety-law", measured=Calibration(1200, 90, -300, 110, 240)).estimate
    assert believed == estimate_of(4)
    assert measured == Estimate(1200, -300, 110, 240, Source.MEASURED)


@pytest.mark.parametrize(
    ("days", "rest_days", "rests"),
    [
        pytest.param(0, 0, False, id="no rest asked for"),
        pytest.param(0, 1, True, id="the same day"),
        pytest.param(29, 30, True, id="the last day of the rest"),
        pytest.param(30, 30, False, id="the first day after it"),
        pytest.param(-29, 30, True, id="an exam before the one that is planned already"),
        pytest.param(-30, 30, False, id="long enough before it"),
    ],
)
def test_an_item_rests_around_its_latest_use(days: int, rest_days: int, rests: bool) -> None:
    assert Use(1, LAST).rests(LAST + timedelta(days=days), rest_days) is rests


def test_what_was_never_used_never_rests() -> None:
    assert not Use().rests(LAST, 365)
