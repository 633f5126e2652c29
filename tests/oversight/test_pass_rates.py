"""Pass rates against a recount of our own: from what the tests arranged, never from the service's tables."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole
from service.journal import queries as journal
from service.kernel import database, errors
from service.oversight import actions, queries
from service.oversight.actions import Asked
from service.oversight.rules import Dimension, PassRate, merge_small, total
from tests.conftest import Browser, Clock
from tests.oversight.conftest import COUNTY_OF, EXAMS, Exam
from tests.results.exams import Fate
from tests.world import STARTS_AT, World

WALL = timezone(timedelta(hours=8))
MUCH_LATER = STARTS_AT + timedelta(days=30)
ROLE_WORDS = {TraineeRole.TEAM_LEADER: "班组长", TraineeRole.SAFETY_OFFICER: "专职安全管理人员"}
PATH = "/api/v1/statistics/pass-rates"


@dataclass(frozen=True)
class Line:
    """One person's exam."""

    exam: Exam
    enterprise: str
    fate: Fate

    @property
    def day(self) -> date:
        return self.exam.starts_at.astimezone(WALL).date()


def lines() -> Iterator[Line]:
    """Everybody whose result was published."""
    for exam in EXAMS:
        if exam.published:
            for enterprise, fate in zip(exam.wanted.enterprises, exam.fates, strict=True):
                yield Line(exam, enterprise, fate)


def grouped(dimension: Dimension, line: Line, world: World) -> tuple[str, str]:
    """The key and the name under which a person is counted."""
    enterprises = {"青松煤矿": "enterprise", "北山煤矿": "enterprise2"}
    institutions = {"institution": "培训中心", "institution2": "另一家培训中心"}
    wanted = line.exam.wanted
    return {
        Dimension.CLASS: (wanted.code, line.exam.name),
        Dimension.ROLE: (str(wanted.role), ROLE_WORDS[wanted.role]),
        Dimension.INSTITUTION: (str(world.organisations[wanted.institution]), institutions[wanted.institution]),
        Dimension.COUNTY: (COUNTY_OF[line.enterprise],) * 2,
        Dimension.ENTERPRISE: (str(world.organisations[enterprises[line.enterprise]]), line.enterprise),
        Dimension.PERIOD: (f"{line.day:%Y-%m}",) * 2,
    }[dimension]


def recount(world: World, dimension: Dimension, keep: Callable[[Line], bool] = lambda _: True) -> list[PassRate]:
    """Count heads in plain Python."""
    fates: dict[tuple[str, str], list[Fate]] = defaultdict(list)
    for line in lines():
        if keep(line):
            fates[grouped(dimension, line, world)].append(line.fate)
    return [
        PassRate(
            key,
            name,
            enrolled=len(found),
            present=sum(fate not in {Fate.ABSENT, Fate.REFUSED} for fate in found),
            handed_in=sum(fate not in {Fate.ABSENT, Fate.REFUSED} for fate in found),
            passed=found.count(Fate.PASSED),
        )
        for (key, name), found in sorted(fates.items())
    ]


def test_the_recount_itself_is_what_the_tests_arranged(examined: World) -> None:
    assert [(rate.key, rate.enrolled, rate.present, rate.passed) for rate in recount(examined, Dimension.CLASS)] == [
        ("2024-TL-01", 6, 4, 2),
        ("2024-TL-02", 3, 2, 2),
        ("2025-SO-01", 4, 3, 1),
    ]


def test_every_dimension_counts_everybody_once_and_nobody_unpublished(examined: World) -> None:
    with database.reading() as session:
        for dimension in Dimension:
            counted = queries.pass_rates(session, dimension)

            assert sorted(counted, key=lambda rate: rate.key) == recount(examined, dimension)
            together = total(counted)
            assert (together.enrolled, together.present, together.handed_in, together.passed) == (13, 9, 9, 5)


@pytest.mark.parametrize("dimension", [Dimension.CLASS, Dimension.COUNTY])
def test_a_plan_year_keeps_its_own_classes_only(examined: World, dimension: Dimension) -> None:
    with database.reading() as session:
        for year in (2024, 2025, 2026):
            counted = queries.pass_rates(session, dimension, plan_year=year)

            expected = recount(examined, dimension, lambda line, year=year: line.exam.wanted.plan_year == year)  # type: ignore[misc]
            assert sorted(counted, key=lambda rate: rate.key) == expected
        assert queries.pass_rates(session, dimension, plan_year=2026) == []


def test_days_begin_at_midnight_in_mudanjiang_and_both_ends_are_included(
    examined: World, browser: Browser, clock: Clock
) -> None:
    clock.set(MUCH_LATER)
    first, last, next_month = date(2026, 11, 20), date(2026, 11, 30), date(2026, 12, 1)
    assert sorted({line.day for line in lines()}) == [first, last, next_month]
    day, cases = timedelta(days=1), [(None, None)]
    for border in (first, last, next_month):
        cases += [(border, None), (None, border), (border + day, None), (None, border - day), (border, border)]
    reader = browser.of("statistician")

    for since, until in cases:
        params = {"by": "class"} | ({"since": str(since)} if since else {}) | ({"until": str(until)} if until else {})
        groups = reader.get(PATH, params=params).json()["groups"]

        def kept(line: Line, since: date | None = since, until: date | None = until) -> bool:
            return (since is None or since <= line.day) and (until is None or line.day <= until)

        counted = [(one["key"], one["enrolled"], one["present"], one["passed"]) for one in groups]
        assert counted == [
            (rate.key, rate.enrolled, rate.present, rate.passed) for rate in recount(examined, Dimension.CLASS, kept)
        ]


def test_instants_bound_the_start_of_a_sitting_the_first_included_and_the_second_not(examined: World) -> None:
    tick = timedelta(microseconds=1)
    with database.reading() as session:

        def counted(since: datetime | None, until: datetime | None) -> list[str]:
            return [rate.key for rate in queries.pass_rates(session, Dimension.CLASS, since=since, until=until)]

        assert counted(STARTS_AT, STARTS_AT + tick) == ["2024-TL-01"]
        assert counted(STARTS_AT, STARTS_AT) == []
        assert counted(STARTS_AT + tick, None) == ["2024-TL-02", "2025-SO-01"]
        assert counted(None, STARTS_AT) == []


def test_a_question_that_cannot_be_asked_is_malformed(staffed: World, browser: Browser) -> None:
    reader = browser.of("statistician")
    assert reader.get(PATH, params={"since": "2000-01-01", "until": "2999-12-31"}).status_code == 200

    for params in ({"since": "1999-12-31"}, {"until": "9999-12-31"}, {"since": "0001-01-01"}, {"by": "name"}):
        assert reader.get(PATH, params=params).json()["code"] == "malformed"


def test_each_reading_of_the_rates_is_on_record_with_what_it_said(
    examined: World, browser: Browser, clock: Clock
) -> None:
    clock.set(MUCH_LATER)

    shown = browser.of("statistician").get(PATH, params={"by": "role", "since": "2026-11-01", "plan_year": 2024}).json()

    with database.reading() as session:
        (entry,) = session.exec(journal.entries(event="STATISTICS_READ"))
    assert (entry.actor, entry.subject) == (
        f"account:{examined.accounts['statistician']}",
        "statistics:pass-rates",
    )
    assert json.loads(entry.data) == {
        "by": "role",
        "since": "2026-10-31T16:00:00+00:00",
        "until": "",
        "plan_year": 2024,
        "passed": 4,
        "present": 6,
        "elsewhere": 0,
    }
    assert (shown["total"]["passed"], shown["total"]["present"], shown["total"]["pass_rate"]) == (4, 6, 66.7)
    assert [(one["key"], one["name"], one["pass_rate"]) for one in shown["groups"]] == [("team_leader", "班组长", 66.7)]


def test_a_refused_reading_is_no_reading_and_only_those_who_may_ask(examined: World, browser: Browser) -> None:
    may = {"statistician": 200, "planner": 200, "auditor": 200}
    refused = dict.fromkeys(("institution", "enterprise", "supervisor", "proctor1", "confirmer", "administrator"), 403)

    assert {who: browser.of(who).get(PATH).status_code for who in may | refused} == may | refused
    assert browser.stranger().get(PATH).status_code == 401
    with database.writing() as session:
        assert len(list(session.exec(journal.entries(event="STATISTICS_READ")))) == len(may)
        with pytest.raises(errors.RightMissing):
            actions.read_pass_rates(session, examined.actor(session, "institution"), Asked(Dimension.CLASS))


def test_the_program_of_the_hr_bureau_reads_the_rates_by_its_token(
    examined: World, browser: Browser, clock: Clock
) -> None:
    clock.set(MUCH_LATER)
    body = {"organisation_id": examined.organisations["hr"], "client_id": "hr-office"}
    client: dict[str, Any] = browser.of("security").post("/api/v1/clients", json=body).json()
    program = browser.stranger()
    form = {**client, "grant_type": "client_credentials"}

    token = program.post("/oauth2/token", data=form).json()["access_token"]
    shown = program.get(PATH, headers={"Authorization": f"Bearer {token}"}).json()

    assert (shown["total"]["enrolled"], shown["total"]["passed"]) == (13, 5)
    # Classes of three and of four are put together for who may not see persons; people see each of them.
    person = browser.of("statistician").get(PATH).json()
    assert [(one["enrolled"], one["merged"]) for one in person["groups"]] == [(6, 0), (3, 0), (4, 0)]
    assert [(one["key"], one["enrolled"], one["merged"]) for one in shown["groups"]] == [
        ("2024-TL-01", 6, 0),
        ("small", 7, 2),
    ]
    with database.reading() as session:
        entry = session.exec(journal.entries(event="STATISTICS_READ", actor="client:hr-office")).one()
    assert entry.subject == "statistics:pass-rates"
    assert program.post("/oauth2/token", data={**form, "client_secret": "guess"}).status_code == 401
    assert program.get(PATH, headers={"Authorization": f"Bearer {token}x"}).status_code == 401


# --- the arithmetic ---

RATES = st.builds(PassRate, st.text(max_size=3), st.text(max_size=3), *[st.integers(0, 500)] * 4)


@pytest.mark.parametrize(
    ("passed", "present", "rate"), [(0, 0, None), (0, 3, 0.0), (1, 3, 33.3), (2, 3, 66.7), (3, 3, 100.0), (1, 8, 12.5)]
)
def test_a_rate_is_of_those_who_were_present_and_nothing_where_nobody_was(
    passed: int, present: int, rate: float | None
) -> None:
    assert PassRate("", "", 9, present, present, passed).pass_rate == rate


@given(st.lists(RATES, max_size=8))
def test_the_total_is_the_sum_of_the_groups(rates: list[PassRate]) -> None:
    together = total(rates)

    for field in ("enrolled", "present", "handed_in", "passed"):
        assert getattr(together, field) == sum(getattr(rate, field) for rate in rates)


@given(st.lists(RATES, max_size=8, unique_by=lambda one: one.key))
def test_small_groups_are_put_together_and_nothing_is_lost(rates: list[PassRate]) -> None:
    found = merge_small(rates, 5)

    assert total(found) == total(rates)
    assert [one for one in found if 0 < one.enrolled < 5 and one.key != "small"] == []
