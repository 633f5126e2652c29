"""Rates as data: against a recount of our own, the same for ever for the same version, small groups put together."""

import importlib
import json
from collections import defaultdict
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from service.bank.tables import Edition, ItemVersion
from service.journal import queries as journal
from service.kernel import database, errors
from service.oversight.actions import answering
from service.oversight.queries import rates as queries
from service.oversight.rules import definitions as rules
from service.oversight.rules.definitions import DEFINITIONS, Cell, Imported, Question, Rate
from service.papers.actions import opening
from service.papers.rules.states import Form
from service.results.actions import voiding, withdrawing
from service.results.actions.voiding import Draft
from service.results.queries import editions, standing
from service.results.queries.editions import published
from service.results.rules import Standing
from service.results.rules.counting import PEOPLE_AXES, Axis, Counts
from service.results.rules.withdrawing import ItemStanding
from service.results.tables import Tally
from service.sittings.actions import minding
from service.sittings.rules.room import IncidentKind
from service.sittings.tables import Sitting
from tests.conftest import Browser, Clock
from tests.oversight.conftest import COUNTY_OF
from tests.oversight.test_pass_rates import MUCH_LATER, lines
from tests.results.exams import Fate, answers_losing, derived, publish, sit
from tests.world import AFTER, World

PATH = "/api/v1/statistics/rates"
SUMMED = [axis for axis in PEOPLE_AXES if axis is not Axis.LECTURER]


def recount(world: World, axis: Axis) -> dict[str, tuple[int, int, int]]:
    """Seated, present and passed by key, counted from what the tests arranged."""
    enterprises = {"青松煤矿": "enterprise", "北山煤矿": "enterprise2"}
    found: dict[str, list[Fate]] = defaultdict(list)
    for line in lines():
        wanted = line.exam.wanted
        key = {
            Axis.ROLE: str(wanted.role),
            Axis.INSTITUTION: str(world.organisations[wanted.institution]),
            Axis.ENTERPRISE: str(world.organisations[enterprises[line.enterprise]]),
            Axis.COUNTY: COUNTY_OF[line.enterprise],
            Axis.MONTH: f"{line.day:%Y-%m}",
            Axis.PLAN_YEAR: str(wanted.plan_year),
        }[axis]
        found[key].append(line.fate)
    return {
        key: (
            len(fates),
            sum(fate not in {Fate.ABSENT, Fate.REFUSED} for fate in fates),
            fates.count(Fate.PASSED),
        )
        for key, fates in found.items()
    }


@pytest.mark.parametrize("axis", [one for one in SUMMED if one is not Axis.CLASS])
def test_every_axis_counts_what_the_tests_arranged(examined: World, axis: Axis) -> None:
    with database.reading() as session:
        version = editions.newest(session)
        found = queries.cells(session, Question(Rate.PASS, axis), version, newest=True).cells

    counted = {one.key: (one.counts.seated, one.counts.present, one.counts.passed) for one in found}
    assert counted == recount(examined, axis)


def test_tallies_and_editions_say_the_same_and_add_up_over_every_axis(examined: World) -> None:
    with database.reading() as session:
        version = editions.newest(session)
        totals = set()
        for axis in PEOPLE_AXES:
            for year in (None, 2024, 2025):
                for imported in Imported:
                    asked = Question(
                        Rate.PASS, axis, plan_year=year, since="2026-11", until="2026-12", imported=imported
                    )
                    tallied = queries.cells(session, asked, version, newest=True)
                    assert tallied == queries.cells(session, asked, version, newest=False)
            if axis is not Axis.LECTURER:
                totals.add(
                    rules.total_of(queries.cells(session, Question(Rate.PASS, axis), version, newest=True).cells).counts
                )
        assert len(totals) == 1 and totals.pop().seated == 13
        crossed = queries.cells(session, Question(Rate.PASS, Axis.ROLE, Axis.COUNTY), version, newest=True).cells
        assert rules.total_of(crossed).counts.passed == 5 and len({(one.key, one.across) for one in crossed}) == len(
            crossed
        )


def test_every_two_axes_say_what_the_editions_say_whichever_comes_first(examined: World) -> None:
    with database.reading() as session:
        version = editions.newest(session)
        for by in PEOPLE_AXES:
            for across in set(PEOPLE_AXES) - {by, Axis.CLASS}:
                for since in (None, "2026-12"):
                    asked = Question(Rate.PASS, by, across, plan_year=2025, since=since)
                    tallied = queries.cells(session, asked, version, newest=True)
                    assert tallied == queries.cells(session, asked, version, newest=False)
                    assert sum(one.counts.passed for one in tallied.cells) >= 1


def test_adding_up_again_from_the_editions_gives_the_tallies_to_the_row(examined: World) -> None:
    """The migration adds them up for installations from before; so can whoever doubts them."""
    migration = importlib.import_module("service.migrations.versions.0110_tallies_by_two_axes")
    with database.writing() as session:
        before = derived(session, examined)["tallies"]
        session.execute(sa.delete(Tally))
        for statement in migration.refilling():
            session.execute(sa.text(statement))

        assert before and derived(session, examined)["tallies"] == before


def test_groups_come_in_pages_and_the_last_one_takes_what_is_left_over(
    examined: World, browser: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(MUCH_LATER)
    client = browser.of("statistician")
    whole = client.get(f"{PATH}?by=class").json()
    crossed = client.get(f"{PATH}?by=class&across=county").json()
    monkeypatch.setattr(queries, "GROUPS", 1)
    monkeypatch.setattr(queries, "CLASSES", 2)

    told = [client.get(f"{PATH}?by=class&page={page}").json() for page in (1, 2, 3)]

    assert [one["cells"] for one in told] == [[cell] for cell in whole["cells"]]
    assert [one["more"] for one in told] == [True, True, False]
    assert {(one["total"]["seated"], one["total"]["planned"]) for one in told} == {(13, None)}
    assert len({one["digest"] for one in told}) == 3
    old = client.get(f"{PATH}?by=class&page=2&version={told[0]['version'] - 1}").json()
    assert (old["more"], len(old["cells"])) == (False, 1)
    assert client.get(f"{PATH}?by=class&across=county").json()["cells"] == crossed["cells"]
    assert client.get(f"{PATH}?by=class&page=4").json()["code"] == "page_unknown"
    page = client.get("/rates?by=class&page=2").text
    assert "第 2 页" in page and 'rel="prev"' in page and 'rel="next"' in page


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("number", range(8))
def test_pages_hold_every_group_once_and_none_is_smaller_than_its_size(size: int, number: int) -> None:
    pages: list[list[int]] = []
    more = True
    while more:
        begin = len(pages) * size
        rows, more = queries.cut(list(range(number))[begin : begin + 2 * size], len(pages) + 1, size)
        pages.append(list(rows))

    assert [place for page in pages for place in page] == list(range(number))
    assert len(pages) == 1 or min(map(len, pages)) >= size
    begin = len(pages) * size
    assert queries.cut(list(range(number))[begin : begin + 2 * size], len(pages) + 1, size) == ([], False)


def test_the_same_question_of_the_same_version_has_the_same_answer_for_ever(examined: World, clock: Clock) -> None:
    clock.set(MUCH_LATER)
    asked = [
        Question(rate, by)
        for rate, by in (
            (Rate.PASS, Axis.COUNTY),
            (Rate.FIRST_PASS, Axis.MONTH),
            (Rate.PARTICIPATION_OF_PLANNED, Axis.PLAN_YEAR),
        )
    ]
    with database.writing() as session:
        actor = examined.actor(session, "statistician")
        before = [answering.answer(session, actor, one, None) for one in asked]
        version = before[0].version
        seat_id, sitting_id = examined.seats[0], examined.sitting_id
        noted = minding.report_incident(
            session, examined.actor(session, "proctor1"), sitting_id, None, IncidentKind.PHONE, "手机", now=AFTER
        )
        draft = Draft(Standing.VOID, IncidentKind.PHONE, "理由", noted.id or 0)
        made = voiding.propose(session, examined.actor(session, "confirmer"), seat_id, draft, now=MUCH_LATER)
        voiding.decide(
            session, examined.actor(session, "publisher"), made.id or 0, uphold=True, note="同意", now=MUCH_LATER
        )

        later = [answering.answer(session, actor, one, version) for one in asked]
        newest = answering.answer(session, actor, asked[0], None)

    assert later == before and [one.digest for one in later] == [one.digest for one in before]
    assert newest.version > version and newest.digest != before[0].digest
    assert newest.total is not None and before[0].total is not None
    assert newest.total.counts.present == before[0].total.counts.present


def test_every_definition_names_counts_that_there_are() -> None:
    known = {*Counts.__slots__, rules.PLANNED}

    assert set(DEFINITIONS) == set(Rate)
    assert [one for one in DEFINITIONS.values() if not {one.part, one.whole} <= known or not one.source] == []


@pytest.mark.parametrize(
    ("question", "code"),
    [
        pytest.param(Question(Rate.PASS, Axis.CLASS), "allowed", id="any axis"),
        pytest.param(Question(Rate.PASS, Axis.CLASS, Axis.CLASS), "axes_alike", id="an axis across itself"),
        pytest.param(Question(Rate.PASS, Axis.ROLE, Axis.CLASS), "class_first", id="across classes"),
        pytest.param(Question(Rate.PASS, Axis.CLASS, Axis.ROLE), "allowed", id="classes across something"),
        pytest.param(Question(Rate.PASS_OF_PLANNED, Axis.PLAN_YEAR), "allowed", id="planned by year"),
        pytest.param(Question(Rate.PASS_OF_PLANNED, Axis.COUNTY), "planned_by_year", id="planned by county"),
        pytest.param(
            Question(Rate.PASS_OF_PLANNED, Axis.PLAN_YEAR, since="2026-11"), "planned_by_year", id="planned of a month"
        ),
    ],
)
def test_what_may_be_asked(question: Question, code: str) -> None:
    assert rules.may_ask(question).code == code


@given(st.lists(st.integers(0, 12), max_size=9))
def test_small_groups_are_put_together_and_nothing_is_lost(sizes: list[int]) -> None:
    cells = [Cell(f"{number:02}", "", Counts(enrolled=size, passed=size // 2)) for number, size in enumerate(sizes)]

    found = rules.merge_small(cells, 5)

    assert rules.total_of(found).counts == rules.total_of(cells).counts
    small = [one for one in found if one.key == rules.SMALL]
    assert [one for one in found if 0 < one.counts.enrolled < 5 and one not in small] == []
    assert [one for one in small if one.merged < 2 and len(cells) > 1] == []
    assert [one for one in small if one.counts.enrolled < 5 and len(found) > 1] == []


def test_programs_find_small_groups_put_together_and_people_do_not(
    examined: World, browser: Browser, clock: Clock
) -> None:
    clock.set(MUCH_LATER)
    body = {"organisation_id": examined.organisations["hr"], "client_id": "hr-system"}
    secret = browser.of("security").post("/api/v1/clients", json=body).json()["client_secret"]
    program = browser.stranger()
    form = {"grant_type": "client_credentials", "client_id": "hr-system", "client_secret": secret}
    program.headers["authorization"] = f"Bearer {program.post('/oauth2/token', data=form).json()['access_token']}"

    person = browser.of("statistician").get(f"{PATH}?by=class").json()
    machine = program.get(f"{PATH}?by=class").json()

    assert [one["enrolled"] for one in person["cells"]] == [6, 3, 4]
    assert [(one["key"], one["enrolled"], one["merged"]) for one in machine["cells"]] == [
        (person["cells"][0]["key"], 6, 0),
        ("small", 7, 2),
    ]
    assert machine["total"]["passed"] == person["total"]["passed"] == 5


def test_an_answer_names_itself_and_is_not_sent_twice(examined: World, browser: Browser, clock: Clock) -> None:
    clock.set(MUCH_LATER)
    client = browser.of("statistician")
    reply = client.get(f"{PATH}?rate=first_pass&by=role&plan_year=2024")

    told = reply.json()
    assert (told["rate"], told["definition"]["part"], told["definition"]["whole"]) == (
        "first_pass",
        "first_passed",
        "first_present",
    )
    assert reply.headers["etag"] == f'"{told["full_digest"]}"'
    again = client.get(
        f"{PATH}?rate=first_pass&by=role&plan_year=2024&version={told['version']}",
        headers={"If-None-Match": reply.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")
    with database.reading() as session:
        last = journal.about(session, "statistics:rates")[-1]
        data = json.loads(last.data)
        assert (data["digest"], data["full_digest"]) == (told["digest"], told["full_digest"])
    assert client.get(f"{PATH}?version=9999").json()["code"] == "version_unknown"
    for wrong in ("rate=luck", "by=weather", "since=2026-13", "plan_year=1", "version=-1"):
        assert client.get(f"{PATH}?{wrong}").status_code == 422
    assert client.get(f"{PATH}?rate=pass_of_planned&by=county").json()["code"] == "planned_by_year"
    assert {one["rate"] for one in client.get("/api/v1/statistics/definitions").json()} == set(Rate)


@pytest.mark.parametrize(
    "who", [None, "institution", "enterprise", "supervisor", "confirmer", "proctor1", "administrator", "security"]
)
def test_strangers_learn_no_rate(examined: World, browser: Browser, who: str | None) -> None:
    client = browser.of(who) if who else browser.stranger()

    told = [client.get(path).status_code for path in (PATH, "/api/v1/statistics/definitions")]

    assert told == [403 if who else 401] * 2
    for path in ("/rates", "/rates.csv", "/rates.xlsx"):
        assert client.get(path).status_code == (403 if who else 303)


def test_page_and_files_show_what_the_api_says(examined: World, browser: Browser, clock: Clock) -> None:
    clock.set(MUCH_LATER)
    client = browser.of("statistician")
    told = client.get(f"{PATH}?by=county&across=role").json()

    page = client.get("/rates?by=county&across=role&plan_year=&since=&version=").text
    table = client.get("/rates.csv?by=county&across=role").content.decode("utf-8-sig")

    assert told["digest"] in page and told["digest"] in table
    assert [line.split(",")[0] for line in table.splitlines()[1:-2]] == [one["name"] for one in told["cells"]]
    assert client.get("/rates.xlsx").content[:2] == b"PK"


def test_before_publication_there_is_nothing(world: World) -> None:
    with database.reading() as session:
        given = answering.answer(session, world.actor(session, "auditor"), Question(Rate.PASS, Axis.CLASS), None)

        assert (given.version, given.cells, given.moment) == (0, (), None)
        with pytest.raises(errors.NotFound, match=r"^version_unknown:"):
            answering.answer(session, world.actor(session, "auditor"), replace(given.question), 1)


# --- answers by what they are about ---


def recounted(session: Session, world: World, axis: Axis) -> dict[str, tuple[int, int, int]]:
    """Items asked, answered right, and points by key, from the sheets that the tests handed in."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    items = {(one.stem, *one.options.values()): one for one in session.exec(select(ItemVersion))}
    regulations = {one.slug: one.regulation for one in session.exec(select(Edition))}
    for seat_id, marks in standing.of_results(session, published(session, world.class_id)).items():
        assert seat_id in world.seats
        for question in opening.read_opened(session, sitting_form(session, world.sitting_id)):
            item, scored = items[question.stem, *question.options.values()], marks[question.position]
            key = regulations[item.edition_slug] if axis is Axis.REGULATION else item.subject_slug or ""
            for place, more in enumerate((1, scored.points == scored.of, scored.points)):
                found[key][place] += more
    return {key: (one[0], one[1], one[2]) for key, one in found.items()}


def sitting_form(session: Session, sitting_id: int) -> int:
    return session.get_one(Sitting, sitting_id).form_id or 0


def told(session: Session, world: World, axis: Axis, version: int | None = None) -> list[Cell]:
    actor = world.actor(session, "statistician")
    return list(answering.answer(session, actor, Question(Rate.POINTS, axis), version).cells)


def numbers(cells: list[Cell]) -> dict[str, tuple[int, int, int]]:
    return {one.key: (one.counts.asked, one.counts.correct, one.counts.points) for one in cells}


@pytest.mark.parametrize("axis", [Axis.REGULATION, Axis.SUBJECT])
def test_answers_are_counted_by_what_they_are_about_and_corrections_leave_every_number_as_it_was(
    world: World, clock: Clock, axis: Axis
) -> None:
    fates = dict(zip(world.seats, [Fate.PASSED, Fate.FAILED, Fate.PASSED, *[Fate.ABSENT] * 3], strict=True))
    with database.writing() as session:
        sit(session, world, fates, ("proctor1", "proctor2"))
        publish(session, world, AFTER)
        before = told(session, world, axis)
        version = editions.newest(session)
        counted = numbers(before)
        assert counted == recounted(session, world, axis) and len(counted) > 1
        assert {one.counts.enrolled for one in before} == {3}
        assert sum(one.counts.points for one in before) == 96 + 78 + 96
        assert sum(one.counts.possible for one in before) == 300

        # --- a withdrawn item has full points for all, and back again ---
        missed = (
            answers_losing(session, world.sitting_id, 4).keys() - answers_losing(session, world.sitting_id, 22).keys()
        )
        for wanted in (ItemStanding.WITHDRAWN, ItemStanding.RESTORED):
            draft = withdrawing.Draft(Form.A, min(missed), wanted, "题干与条文不一致")
            confirmer, publisher = world.actor(session, "confirmer"), world.actor(session, "publisher")
            ruling = withdrawing.propose(session, confirmer, world.class_id, draft, now=AFTER)
            withdrawing.decide(session, publisher, ruling.id or 0, uphold=True, note="同意", now=AFTER)
            now = {
                one.key: (one.counts.asked, one.counts.correct, one.counts.points) for one in told(session, world, axis)
            }
            assert now == recounted(session, world, axis)
            assert (now == counted) is (wanted is ItemStanding.RESTORED)
        assert told(session, world, axis) == before == told(session, world, axis, version)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("rate=points&by=county", "rate_of_answers"),
        ("rate=pass&by=subject", "rate_of_answers"),
        ("rate=correct&by=subject&across=county", "rate_of_answers"),
        ("rate=points&by=regulation&imported=only", "no_imported_sheets"),
    ],
)
def test_rates_of_answers_are_by_what_they_are_about(examined: World, browser: Browser, query: str, code: str) -> None:
    assert browser.of("statistician").get(f"{PATH}?{query}").json()["code"] == code


def test_the_page_of_answers_has_names_and_no_funnel(examined: World, browser: Browser, clock: Clock) -> None:
    clock.set(MUCH_LATER)
    client = browser.of("statistician")

    told = client.get(f"{PATH}?rate=correct&by=subject").json()
    page = client.get("/rates?rate=correct&by=subject").text

    assert told["total"] is None and told["cells"] and all(one["name"] for one in told["cells"] if one["key"])
    assert [one["rate"] for one in told["cells"]] == [
        round(100 * one["correct"] / one["asked"], 1) for one in told["cells"]
    ]
    assert all(one["name"] in page for one in told["cells"])
    assert 'class="funnel"' not in page and 'class="funnel"' in client.get("/rates").text
    table = client.get("/rates.csv?rate=correct&by=subject").content.decode("utf-8-sig")
    assert "答对题次" in table.splitlines()[0] and len(table.splitlines()) == len(told["cells"]) + 2
