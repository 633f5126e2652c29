"""Beside every number that counts results stands how many of them come from elsewhere, and no old answer changes."""

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, settings, sheets
from service.oversight import queries as oversight
from service.oversight.actions import answering
from service.oversight.queries import rates as queries
from service.oversight.rules import Dimension, Heads, PassRate
from service.oversight.rules import definitions as rules
from service.oversight.rules.definitions import Answer, Cell, Imported, Question, Rate
from service.programme.queries import classes as programme
from service.programme.tables import TrainingClass
from service.results.actions import elsewhere, elsewhere_voiding
from service.results.actions.elsewhere import Origin
from service.results.queries import editions
from service.results.rules import Standing
from service.results.rules.counting import PEOPLE_AXES, Axis, Counts
from service.results.rules.elsewhere import Platform
from service.results.rules.elsewhere.lines import Column
from service.results.tables import ExternalResult
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, using
from tests.oversight import conftest as year
from tests.oversight import test_pass_rates as pass_rates
from tests.oversight.test_pass_rates import MUCH_LATER
from tests.results.exams import Fate, colleagues
from tests.world import AFTER, World

PATH = "/api/v1/statistics/rates"
ORIGIN = Origin(Platform.CLOUD, "", "黑应急考〔2026〕18号")
# Who never came here, by class and place in its roster: the last two of the year's exams that somebody missed.
MISSED = {"2024-TL-01": (4,), "2024-TL-02": (1,), "2025-SO-01": (3,)}
# The first number of the citizen ids of each class, as the year was arranged.
FIRST = {"2024-TL-02": 120, "2025-SO-01": 140}
POINTS = {"2024-TL-01": 91, "2024-TL-02": 85, "2025-SO-01": 40}
TAKEN = {"2024-TL-01": date(2026, 11, 21), "2024-TL-02": date(2026, 11, 30), "2025-SO-01": date(2026, 12, 2)}


@dataclass(frozen=True)
class Row:
    """A person as a file names them."""

    name: str
    citizen_id: str
    code: str


def bring(session: Session, world: World, class_id: int, row: Row) -> None:
    """One result from elsewhere, brought and confirmed."""
    points = POINTS[row.code]
    cells: sheets.Row = [row.name, row.citizen_id, row.code, f"{TAKEN[row.code]:%Y-%m-%d}", points, 80]
    rows: list[sheets.Row] = [list(Column), [*cells, "合格" if points >= 80 else "不合格"]]
    content = sheets.xlsx_of(rows)
    found = elsewhere.read("成绩.xlsx", content)
    bringer, decider = world.actor(session, "confirmer"), world.actor(session, "publisher")
    report = elsewhere.bring(session, bringer, class_id, ORIGIN, found, dry_run=False, now=MUCH_LATER)
    assert report.file is not None, report.faults
    elsewhere.decide(session, decider, report.file.id or 0, confirm=True, note="核对无误", now=MUCH_LATER)


def and_from_elsewhere(session: Session, world: World) -> World:
    """The year of exams, and three of those who never came have a result from elsewhere: two passed, one failed."""
    year.hold_exams(session, world)
    colleagues(session, world)
    for code, places in MISSED.items():
        class_id = session.exec(select(TrainingClass.id).where(TrainingClass.code == code)).one() or 0
        people = {one.person.name: one.trainee.id or 0 for one in programme.roster(session, class_id)}
        names = {trainee_id: name for name, trainee_id in people.items()}
        for place in places:
            if code in FIRST:
                row = Row(f"{code}-{place}", worlds.citizen_id(FIRST[code] + place), code)
            else:
                trainee_id = world.trainees[place]
                row = Row(names[trainee_id], world.citizen_ids[trainee_id], code)
            bring(session, world, class_id, row)
    return world


@pytest.fixture
def imported(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A database with the whole year and three results from elsewhere in it."""
    with databases.stage(and_from_elsewhere, AFTER) as (url, world), using(url, tmp_path / "clock"):
        clock.set(MUCH_LATER)
        yield world


def test_of_every_group_those_from_elsewhere_are_told_as_asking_for_them_alone_tells(imported: World) -> None:
    """By every axis and every two, from tallies and from editions: what stands beside is what ``only`` counts."""
    with database.reading() as session:
        version = editions.newest(session)
        seen = 0
        for by in PEOPLE_AXES:
            for across in (None, *(set(PEOPLE_AXES) - {by, Axis.CLASS})):
                for since in (None, "2026-12"):
                    asked = Question(Rate.PASS, by, across, since=since)
                    alone = Question(Rate.PASS, by, across, since=since, imported=Imported.ONLY)
                    for newest in (True, False):
                        found = queries.cells(session, asked, version, newest=newest).cells
                        only = queries.cells(session, alone, version, newest=newest).cells
                        beside = {(one.key, one.across): one.elsewhere for one in found if one.elsewhere}
                        assert beside == {(one.key, one.across): one.counts for one in only}
                        assert all(one.elsewhere == one.counts for one in only)
                        seen += len(beside)
        assert seen > 100
        total = rules.total_of(queries.cells(session, Question(Rate.PASS, Axis.COUNTY), version, newest=True).cells)
        assert (total.elsewhere.enrolled, total.elsewhere.present, total.elsewhere.passed) == (3, 3, 2)
        assert total.counts.passed == 5 + 2
        whole = queries.total(session, Question(Rate.PASS, Axis.COUNTY), version, newest=True)
        assert (whole.counts, whole.elsewhere) == (total.counts, total.elsewhere)


def test_small_groups_put_together_keep_their_part_from_elsewhere() -> None:
    cells = [Cell(str(size), "", Counts(enrolled=size), elsewhere=Counts(enrolled=size // 2)) for size in (1, 2, 3, 9)]

    found = rules.merge_small(cells, 5)

    assert rules.total_of(found).elsewhere == rules.total_of(cells).elsewhere == Counts(enrolled=6)
    assert [(one.key, one.elsewhere.enrolled) for one in found] == [("9", 4), (rules.SMALL, 2)]


def digest_as_ever(given: Answer) -> str:
    """The digest as it was defined before anything was said of results from elsewhere, written out once more."""
    body = {
        "question": asdict(given.question),
        "definition": asdict(given.definition),
        "version": given.version,
        "more": given.more,
        "cells": [[one.key, one.across, one.planned, one.merged, *one.counts.numbers()] for one in given.cells],
        "total": ["total", "", given.total.planned, 0, *given.total.counts.numbers()] if given.total else None,
    }
    written = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def test_the_digest_of_an_answer_is_what_it_always_was_and_the_full_one_covers_the_rest(imported: World) -> None:
    with database.reading() as session:
        actor = imported.actor(session, "statistician")
        for version in (None, editions.newest(session) - 3):
            given = answering.answer(session, actor, Question(Rate.PASS, Axis.COUNTY), version)
            assert given.digest == digest_as_ever(given)
        silent = Answer(
            *(given.question, given.version, given.moment),
            tuple(Cell(one.key, one.across, one.counts, one.planned, one.merged) for one in given.cells),
            given.total,
        )
        newest = answering.answer(session, actor, Question(Rate.PASS, Axis.COUNTY), None)
    assert silent.digest == given.digest, "before the first import nothing came from elsewhere"
    assert silent.full_digest == given.full_digest != given.digest
    other = Answer(
        *(newest.question, newest.version, newest.moment),
        tuple(Cell(one.key, one.across, one.counts, one.planned, one.merged) for one in newest.cells),
        newest.total,
    )
    assert other.digest == newest.digest and other.full_digest != newest.full_digest


def test_the_interface_says_it_for_every_cell_and_the_total_even_where_there_are_none(
    imported: World, browser: Browser
) -> None:
    client = browser.of("statistician")
    told = client.get(f"{PATH}?by=class").json()

    assert [one["from_elsewhere"]["passed"] for one in told["cells"]] == [1, 1, 0]
    assert [(one["from_elsewhere"]["part"], one["from_elsewhere"]["whole"]) for one in told["cells"]] == [
        *((1, 1), (1, 1), (0, 1))
    ]
    assert (told["total"]["from_elsewhere"]["enrolled"], told["total"]["passed"]) == (3, 7)
    before = client.get(f"{PATH}?by=class&version={told['version'] - 3}").json()
    assert [set(one["from_elsewhere"].values()) for one in before["cells"]] == [{0}] * 3
    planned = client.get(f"{PATH}?rate=pass_of_planned&by=plan_year").json()
    assert [one["from_elsewhere"]["whole"] for one in planned["cells"]] == [0, 0], "a target is no result"


def test_page_and_file_say_it_where_there_are_any_and_nothing_where_there_are_none(
    imported: World, browser: Browser
) -> None:
    client = browser.of("statistician")
    version = client.get(f"{PATH}?by=class").json()["version"]

    page, before = (client.get(f"/rates?by=county&version={one}").text for one in (version, version - 3))

    # The funnel, the trend, the bars, the counts and rates of the table, and their sum.
    assert page.count("其中外部成绩 ") > 10 and "到考 12 <small" in page
    assert "其中外部成绩 " not in before
    table = client.get("/rates.csv?by=class").content.decode("utf-8-sig")
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(table)))
    heads = ("其中外部成绩（人）", "分子中外部成绩", "分母中外部成绩")
    assert [tuple(row[head] for head in heads) for row in rows[:4]] == [
        *(("1", "1", "1"), ("1", "1", "1"), ("1", "0", "1"), ("3", "2", "3")),
    ]


def test_lists_of_what_is_paid_and_credited_say_who_is_left_out(imported: World, browser: Browser) -> None:
    planner, payments = browser.of("planner"), f"/api/v1/results/classes/{imported.class_id}/payment-lists"

    def told() -> list[tuple[int, int]]:
        answers = [planner.get(path).json() for path in (payments, "/api/v1/credits?year=2024")]
        return [(one["from_elsewhere"], one["left_out"]) for one in answers]

    assert told() == [(0, 1), (0, 2)]
    page = planner.get(f"/results/classes/{imported.class_id}/payment").text
    assert "另有 1 人以外部成绩合格" in page and "按班次单独出卷" in page and "三(五) 考试方式" in page
    assert planner.get("/results").text.count("其中外部成绩 1") == 3
    listed = browser.of("publisher").get(f"/api/v1/results/classes/{imported.class_id}")
    assert listed.headers["x-from-elsewhere"] == "1"
    with database.reading() as session:
        third = session.exec(select(TrainingClass.id).where(TrainingClass.code == "2025-SO-01")).one()
    for who, class_id, number in (
        ("enterprise", imported.class_id, "1"),
        ("enterprise", third, "0"),
        ("publisher", third, "1"),
    ):
        seen = browser.of(who).get(f"/api/v1/results/classes/{class_id}").headers["x-from-elsewhere"]
        assert seen == number, "of whose people it is, and of nobody else"

    with database.writing() as session:
        mine = select(ExternalResult.id).where(ExternalResult.class_id == imported.class_id)
        confirmer, publisher = (imported.actor(session, one) for one in ("confirmer", "publisher"))
        made = elsewhere_voiding.propose(
            session, confirmer, session.exec(mine).one() or 0, Standing.VOID, "来源平台撤销", now=MUCH_LATER
        )
        elsewhere_voiding.decide(session, publisher, made.id or 0, uphold=True, note="同意", now=MUCH_LATER)

    assert told() == [(0, 0), (0, 1)], "void is not passed"
    assert "以外部成绩合格" not in planner.get(f"/results/classes/{imported.class_id}/payment").text


def program_of(world: World, browser: Browser) -> TestClient:
    """A program of the HR bureau, which may not see persons."""
    body = {"organisation_id": world.organisations["hr"], "client_id": "hr-system"}
    secret = browser.of("security").post("/api/v1/clients", json=body).json()["client_secret"]
    program = browser.stranger()
    form = {"grant_type": "client_credentials", "client_id": "hr-system", "client_secret": secret}
    program.headers["authorization"] = f"Bearer {program.post('/oauth2/token', data=form).json()['access_token']}"
    return program


def test_programs_do_not_learn_of_the_few_from_elsewhere_and_people_do(imported: World, browser: Browser) -> None:
    """A class of six of whom one has a result from elsewhere is large enough; the one in it is not."""
    program = program_of(imported, browser)

    for path, groups in ((PATH, "cells"), ("/api/v1/statistics/pass-rates", "groups")):
        told, seen = (client.get(path).json() for client in (program, browser.of("statistician")))
        assert len(told[groups]) == 2 and {one["from_elsewhere"] for one in [*told[groups], told["total"]]} == {None}
        assert seen["total"]["from_elsewhere"]["enrolled"] == 3 and told["total"]["passed"] == seen["total"]["passed"]
    with database.reading() as session:
        read = [json.loads(one.data) for one in journal.about(session, "statistics:pass-rates")]
    assert [(one["present"], one["elsewhere"]) for one in read] == [(told["total"]["present"], None), (12, 3)]
    for path in ("/rates", "/rates.csv", "/pass-rates", "/pass-rates.csv"):
        reply = program.get(path)
        assert reply.status_code != 200 or "其中外部成绩 " not in reply.text, path


def isolated(client: TestClient, least: int) -> tuple[int, list[str]]:
    """Ask everything that may be asked of both origins and of each, and subtract: how many questions about one origin
    were answered, and every count of fewer people than ``least`` that came out, by question."""
    answered, found = 0, []
    axes = [one for one in PEOPLE_AXES if one is not Axis.CLASS]
    for by in PEOPLE_AXES:
        for across in (None, *(one for one in axes if one is not by)):
            for months in ("", "&since=2026-12", "&until=2026-11", "&plan_year=2025"):
                asked = f"{PATH}?by={by}{f'&across={across}' if across else ''}{months}"
                told = {one: client.get(f"{asked}&imported={one}") for one in Imported}
                assert {one.status_code for one in told.values()} <= {200, 403}
                cells = {one: cells_of(reply.json()) for one, reply in told.items() if reply.status_code == 200}
                answered += len(cells) - 1
                for origin in cells.keys() - {Imported.WITH}:
                    few = differences(cells[Imported.WITH], cells[origin])
                    found += [f"{asked} {origin} {key}" for key, number in few.items() if 0 < number < least]
    return answered, found


Cells = Mapping[tuple[str, str], int]


def differences(both: Cells, alone: Cells) -> dict[tuple[str, str], int]:
    """How many people are told apart by subtracting the answer about one origin from the one about both: of every group
    that is named in each, of the total, and of all other groups together."""
    found = {key: both[key] - alone[key] for key in both.keys() & alone.keys() if key[0] != "small"}
    if ("small", "") in alone:
        others = sum(number for key, number in both.items() if key[0] != "total" and key not in found)
        found["small", ""] = others - alone["small", ""]
    return found


def cells_of(answer: dict[str, Any]) -> Cells:
    total = [] if answer["total"] is None else [answer["total"]]
    return {(one["key"], one.get("across") or ""): one["enrolled"] for one in [*answer["cells"], *total]}


@pytest.mark.more
@pytest.mark.parametrize("least", [2, 3, 4])
def test_nobody_is_isolated_by_subtracting_what_is_told_of_one_origin_from_what_is_told_of_both(
    imported: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    """Three have a result from elsewhere; where three are few, nobody is told of either origin alone."""
    monkeypatch.setenv("PEIKAO_SMALLEST_CELL", str(least))
    settings.current.cache_clear()
    program = program_of(imported, browser)

    # Whoever may see persons is told everything: so this attacker finds what there is to be found.
    assert isolated(browser.of("statistician"), least)[1] != []
    answered, found = isolated(program, least)

    assert found == []
    assert (answered > 0) is (least <= 3)


def test_where_one_origin_has_few_the_refusal_says_what_to_ask_instead_in_every_form(
    imported: World, browser: Browser
) -> None:
    for path in (PATH, "/rates", "/rates.csv", "/rates.xlsx"):
        for origin in ("without", "only"):
            reply = browser.of("statistician").get(f"{path}?by=county&imported={origin}")
            assert reply.status_code == 200, "whoever sees persons is told"
    program = program_of(imported, browser)
    for path in (PATH, "/rates", "/rates.csv", "/rates.xlsx"):
        for origin in ("without", "only"):
            reply = program.get(f"{path}?by=county&imported={origin}")
            assert reply.status_code == 403
            if path == PATH:
                assert reply.json()["code"] == "too_few_apart" and "含外部导入成绩" in reply.json()["detail"]


# --- pass rates by the day ---


@pytest.mark.parametrize("dimension", list(Dimension))
def test_pass_rates_by_the_day_count_them_and_tell_them_apart(imported: World, dimension: Dimension) -> None:
    """Against the year as it was arranged and the three results that were brought."""
    here = {one.key: one for one in pass_rates.recount(imported, dimension)}
    away: dict[str, list[bool]] = defaultdict(list)
    for code in MISSED:
        exam = next(one for one in year.EXAMS if one.wanted.code == code)
        enterprise = exam.wanted.enterprises[MISSED[code][0]]
        key, _ = pass_rates.grouped(dimension, pass_rates.Line(exam, enterprise, Fate.ABSENT), imported)
        away[f"{TAKEN[code]:%Y-%m}" if dimension is Dimension.PERIOD else key].append(POINTS[code] >= 80)

    with database.reading() as session:
        counted = {one.key: one for one in oversight.pass_rates(session, dimension)}

    assert set(counted) == {*here, *away} and list(counted) == sorted(counted)
    nobody = PassRate("", "", 0, 0, 0, 0)
    for key, one in counted.items():
        number, passed, mine = len(away[key]), sum(away[key]), here.get(key, nobody)
        assert one.elsewhere == Heads(number, number, number, passed, 0)
        assert (one.enrolled, one.present, one.handed_in, one.passed) == (
            mine.enrolled + number,
            mine.present + number,
            mine.handed_in + number,
            mine.passed + passed,
        )


@pytest.mark.parametrize(
    ("since", "until", "codes"),
    [
        pytest.param("2026-11-21", "2026-11-21", ["2024-TL-01"], id="its own day"),
        pytest.param("2026-11-22", "2026-12-02", ["2024-TL-02", "2025-SO-01"], id="from the day after"),
        pytest.param("2026-12-02", None, ["2025-SO-01"], id="from its day on"),
        pytest.param(None, "2026-12-01", ["2024-TL-01", "2024-TL-02"], id="until the day before"),
    ],
)
def test_a_result_from_elsewhere_belongs_to_its_day(
    imported: World, browser: Browser, since: str | None, until: str | None, codes: list[str]
) -> None:
    params = {name: day for name, day in (("since", since), ("until", until)) if day is not None}

    told = browser.of("statistician").get("/api/v1/statistics/pass-rates", params=params).json()

    assert [one["key"] for one in told["groups"] if one["from_elsewhere"]["enrolled"]] == codes
    assert told["total"]["from_elsewhere"]["enrolled"] == len(codes)
    page = browser.of("statistician").get("/pass-rates", params=params).text
    assert page.count("其中外部成绩 1") >= len(codes)


def test_of_a_void_result_from_elsewhere_the_rates_say_so(imported: World, browser: Browser) -> None:
    with database.writing() as session:
        confirmer, publisher = (imported.actor(session, one) for one in ("confirmer", "publisher"))
        for external_id in session.exec(select(ExternalResult.id).order_by(ExternalResult.points)).all():  # type: ignore[arg-type]
            made = elsewhere_voiding.propose(
                session, confirmer, external_id or 0, Standing.VOID, "来源平台撤销", now=MUCH_LATER
            )
            elsewhere_voiding.decide(session, publisher, made.id or 0, uphold=True, note="同意", now=MUCH_LATER)

    total = browser.of("statistician").get("/api/v1/statistics/pass-rates").json()["total"]

    assert total["from_elsewhere"] == {"enrolled": 3, "present": 3, "handed_in": 3, "passed": 0, "void": 3}
    assert (total["passed"], total["void"]) == (5, 3)
