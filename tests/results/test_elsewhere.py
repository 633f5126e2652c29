"""Results obtained elsewhere: read row by row, brought by one person, confirmed by another, and counted as such."""

import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.access.tables import Person
from service.journal import queries as journal
from service.kernel import database, errors, sheets
from service.programme.tables import Trainee, TrainingClass
from service.results.actions import elsewhere, elsewhere_voiding, resitting
from service.results.actions.elsewhere import Origin
from service.results.queries import editions
from service.results.queries import elsewhere as queries
from service.results.rules import Standing, Verdict
from service.results.rules import editions as editions_rules
from service.results.rules import elsewhere as rules
from service.results.rules.counting import COUNTED, Axis
from service.results.rules.elsewhere import FileState, Known, Platform, judging, lines
from service.results.rules.elsewhere.judging import Roster
from service.results.rules.elsewhere.lines import Column
from service.results.tables import ExternalFile, ExternalResult, Tally
from service.sittings.tables import Seat
from tests import world as worlds
from tests.conftest import Browser, Staged
from tests.results.exams import colleagues, tallied
from tests.results.test_resitting import first_exam
from tests.world import AFTER, World

TODAY = date(2026, 3, 1)
SOMEBODY, ANOTHER = worlds.citizen_id(501), worlds.citizen_id(502)
GOOD = ["王强", SOMEBODY, "T-1", "2026-02-01", 85, 80, "合格"]
HEADER = [column.value for column in Column if column not in {Column.TICKET, Column.MOST}]
TICKET, OTHERS_TICKET = "2026000101", "2026000102"


PEOPLE = Roster(
    {SOMEBODY: Known(1, "王强"), ANOTHER: Known(2, "李伟")},
    {TICKET: Known(1, "王强"), OTHERS_TICKET: Known(2, "李伟")},
)


def codes(rows: list[list[Any]]) -> list[tuple[int, str, str]]:
    found = lines.parse(rows, today=TODAY)
    return [(one.row, one.column, one.code) for one in judging.judge(found, "T-1", PEOPLE)]


def changed(column: Column, value: object) -> list[Any]:
    return [value if head == column else cell for head, cell in zip(HEADER, GOOD, strict=True)]


# --- the rules ---


def test_a_sound_row_is_read_as_it_stands() -> None:
    (line,) = lines.parse([HEADER, GOOD, ["", None]], today=TODAY).lines
    assert (line.row, line.name, line.taken_on, line.points, line.pass_points, line.verdict) == (
        *(2, "王强", date(2026, 2, 1), 85, 80),
        Verdict.PASSED,
    )
    assert codes([HEADER, GOOD]) == []


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        pytest.param(Column.NAME, "王刚", "name_differs", id="another name"),
        pytest.param(Column.CITIZEN_ID, 231005199001010000.0, "citizen_id_shape", id="a number"),
        pytest.param(Column.CITIZEN_ID, worlds.citizen_id(503), "not_in_class", id="a stranger"),
        pytest.param(Column.CLASS, "T-2", "class_differs", id="another class"),
        pytest.param(Column.TAKEN_ON, "2026-03-02", "date_future", id="tomorrow"),
        pytest.param(Column.TAKEN_ON, "二月", "date_shape", id="no date"),
        pytest.param(Column.POINTS, 101, "points_range", id="beyond the maximum"),
        pytest.param(Column.POINTS, -1, "points_range", id="below nothing"),
        pytest.param(Column.POINTS, 84.5, "points_range", id="half a point"),
        pytest.param(Column.LEAST, 0, "points_range", id="a pass mark of nothing"),
        pytest.param(Column.VERDICT, "不合格", "verdict_contradicts", id="points say otherwise"),
        pytest.param(Column.VERDICT, "优秀", "verdict_unknown", id="no verdict"),
        pytest.param(Column.POINTS, "", "empty", id="nothing there"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(column: Column, value: object, code: str) -> None:
    assert codes([HEADER, GOOD]) == []
    assert codes([HEADER, changed(column, value)]) == [(2, column, code)]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        pytest.param(Known(1, "王强"), "allowed", id="never seated here"),
        pytest.param(Known(1, "王强", (Verdict.ABSENT,)), "allowed", id="never came"),
        pytest.param(Known(1, "王强", (Verdict.FAILED,)), "has_result", id="failed here"),
        pytest.param(Known(1, "王强", (Verdict.VOID,)), "has_result", id="void here"),
        pytest.param(Known(1, "王强", pending=True), "exam_pending", id="seated here"),
        pytest.param(Known(1, "王强", brought=True), "brought_already", id="in another file"),
    ],
)
def test_who_may_have_a_result_from_elsewhere(known: Known, code: str) -> None:
    assert rules.may_have(known).code == code


def test_nobody_is_in_a_file_twice_and_headers_must_be_there() -> None:
    other = ["李伟", ANOTHER, "T-1", "2026-02-01", 85, 80, "合格"]
    assert codes([HEADER, GOOD, other]) == []
    assert codes([HEADER, GOOD, other, GOOD]) == [(4, Column.CITIZEN_ID, "repeated")]
    assert codes([HEADER[:-1], GOOD[:-1]]) == [(1, Column.VERDICT, "column_missing")]
    assert codes([HEADER]) == [(1, "", "no_rows")]
    assert {code for _, _, code in codes([])} == {"column_missing"}


@given(st.integers(-5, 120), st.integers(-5, 120), st.sampled_from(["合格", "不合格"]))
def test_a_row_is_sound_just_when_its_numbers_agree(points: int, least: int, verdict: str) -> None:
    row = ["王强", SOMEBODY, "T-1", "2026-02-01", points, least, verdict]
    sound = 0 <= points <= 100 and 1 <= least <= 100 and (points >= least) is (verdict == "合格")
    assert (codes([HEADER, row]) == []) is sound


BY_TICKET = ["姓名", "准考证号", "班次", "考试日期", "得分", "合格分", "结论"]
BOTH = [*HEADER, "准考证号"]


@pytest.mark.parametrize(
    ("header", "row", "found"),
    [
        pytest.param(BY_TICKET, ["王强", TICKET, *GOOD[2:]], [], id="by ticket alone"),
        pytest.param(BY_TICKET, ["王强", float(TICKET), *GOOD[2:]], [], id="a ticket that is a number"),
        pytest.param(BOTH, [*GOOD, TICKET], [], id="both, and they agree"),
        pytest.param(BOTH, [*GOOD, ""], [], id="both columns, one of them filled"),
        pytest.param(BOTH, [*GOOD, "云-77"], [], id="a number of the other platform beside the citizen id"),
        pytest.param(
            BOTH, [*GOOD, OTHERS_TICKET], [(Column.TICKET, "ticket_contradicts")], id="another person's ticket"
        ),
        pytest.param(BY_TICKET, ["王强", "2026000199", *GOOD[2:]], [(Column.TICKET, "ticket_unknown")], id="unknown"),
        pytest.param(BY_TICKET, ["李伟", TICKET, *GOOD[2:]], [(Column.NAME, "name_differs")], id="under another name"),
        pytest.param(BY_TICKET, ["王强", "", *GOOD[2:]], [(Column.CITIZEN_ID, "empty")], id="neither of them"),
        pytest.param(
            [*BY_TICKET[:1], *BY_TICKET[2:]],
            GOOD[:1] + GOOD[2:],
            [(Column.CITIZEN_ID, "column_missing")],
            id="no column that names a person",
        ),
        pytest.param(
            ["考生姓名", "证件号码", "班级", "考试时间", "成绩", "及格分", "考试结果"],
            GOOD,
            [],
            id="other words for the columns",
        ),
        pytest.param([*HEADER, "成绩"], [*GOOD, 85], [(Column.POINTS, "column_missing")], id="two columns of points"),
    ],
)
def test_people_are_found_by_citizen_id_or_by_ticket(
    header: list[Any], row: list[Any], found: list[tuple[str, str]]
) -> None:
    assert [(column, code) for _, column, code in codes([header, row])] == found


def test_the_same_person_by_two_columns_is_there_once() -> None:
    named, ticketed = [*GOOD, ""], ["王强", "", *GOOD[2:], TICKET]

    assert codes([BOTH, named]) == codes([BOTH, ticketed]) == []
    assert codes([BOTH, named, ticketed]) == [(3, Column.TICKET, "repeated")]
    assert codes([BOTH, ticketed, named]) == [(3, Column.CITIZEN_ID, "repeated")]


OF_150 = [*HEADER[:4], "得分（满分150）", *HEADER[5:]]


@pytest.mark.parametrize(
    ("header", "marks", "most", "found"),
    [
        pytest.param(HEADER, (85, 80, "合格"), 100, [], id="nothing said: a hundred"),
        pytest.param(OF_150, (130, 90, "合格"), 150, [], id="said once in the header"),
        pytest.param([*OF_150[:4], "成绩(满分：150分)", *OF_150[5:]], (130, 90, "合格"), 150, [], id="in other words"),
        pytest.param([*HEADER, "满分"], (130, 90, "合格", 150), 150, [], id="said by the row"),
        pytest.param([*HEADER, "满分"], (85, 80, "合格", ""), 100, [], id="a column, and nothing in it"),
        pytest.param([*OF_150, "满分"], (130, 90, "合格", 150), 150, [], id="said twice, the same"),
        pytest.param([*OF_150, "满分"], (95, 90, "合格", 120), 0, ["most_contradicts"], id="said twice, differently"),
        pytest.param(HEADER, (130, 90, "合格"), 0, ["points_range"], id="beyond a hundred, and nothing said"),
        pytest.param(OF_150, (151, 90, "合格"), 0, ["points_range"], id="beyond what the header says"),
        pytest.param(OF_150, (100, 151, "不合格"), 0, ["points_range"], id="a pass mark beyond it"),
        pytest.param(OF_150, (89, 90, "合格"), 0, ["verdict_contradicts"], id="the source's own pass mark decides"),
        pytest.param([*HEADER, "满分"], (5, 3, "合格", 0), 0, ["most_range"], id="out of nothing"),
        pytest.param([*HEADER, "满分"], (5, 3, "合格", 1001), 0, ["most_range"], id="out of more than there is"),
        pytest.param([*HEADER, "满分"], (5, 3, "合格", "一百"), 0, ["most_range"], id="a maximum in words"),
    ],
)
def test_points_stay_as_they_came_out_of_the_maximum_that_the_file_names(
    header: list[str], marks: tuple[Any, ...], most: int, found: list[str]
) -> None:
    rows = [header, [*GOOD[:4], *marks]]

    assert [code for _, _, code in codes(rows)] == found
    if most:
        (line,) = lines.parse(rows, today=TODAY).lines
        assert (line.points, line.pass_points, line.most_points) == (*marks[:2], most)


@pytest.mark.parametrize("most", [100, 150])
def test_the_digest_of_an_edition_is_what_it_was_where_the_maximum_is_the_usual_one(most: int) -> None:
    told = editions_rules.digest([], [editions_rules.Elsewhere(7, "passed", 91, 80, most)])

    assert (told == hashlib.sha256(b"elsewhere 7 passed 91 80\n").hexdigest()) is (most == 100)
    assert (told == hashlib.sha256(b"elsewhere 7 passed 91 80 150\n").hexdigest()) is (most == 150)


# --- bringing and confirming ---


@dataclass(frozen=True)
class Scene:
    """A published class: two failed, three passed, the last never came; and the rows of those named by place."""

    world: World
    absent: int
    rows: dict[str, list[Any]]


@pytest.fixture
def scene(staged: Staged) -> Scene:
    return staged(examined, AFTER)


def examined(session: Session, world: World) -> Scene:
    first_exam(session, world)
    colleagues(session, world)
    code = session.get_one(TrainingClass, world.class_id).code
    rows = {}
    for who, trainee_id in (("absent", world.trainees[-1]), ("failed", world.trainees[0])):
        person = session.get_one(Person, session.get_one(Trainee, trainee_id).person_id)
        rows[who] = [person.name, world.citizen_ids[trainee_id], code, f"{AFTER:%Y-%m-%d}", 91, 80, "合格"]
    return Scene(world, world.trainees[-1], rows)


def file_of(*rows: list[Any]) -> bytes:
    return sheets.xlsx_of([HEADER, *rows])


ORIGIN = Origin(Platform.CLOUD, "", "黑应急考〔2026〕18号")


def bring(session: Session, scene: Scene, content: bytes, *, dry_run: bool = False, by: str = "confirmer") -> Any:
    actor = scene.world.actor(session, by)
    found = elsewhere.read("成绩.xlsx", content)
    return elsewhere.bring(session, actor, scene.world.class_id, ORIGIN, found, dry_run=dry_run, now=AFTER)


def decide(
    session: Session, scene: Scene, file_id: int, *, confirm: bool = True, by: str = "publisher"
) -> ExternalFile:
    actor = scene.world.actor(session, by)
    return elsewhere.decide(session, actor, file_id, confirm=confirm, note="核对无误", now=AFTER)


def of_imported(session: Session, imported: bool) -> Counter[str]:
    """The counts as they stand of those with a result from elsewhere, or of the others."""
    statement = select(Tally).where(
        Tally.axis == Axis.CLASS, Tally.across == "", Tally.month == "", Tally.plan_year == 0
    )
    rows = session.exec(statement.where(Tally.imported == imported)).all()
    return Counter({name: sum(getattr(row, name) for row in rows) for name in COUNTED})


def test_a_rehearsal_keeps_nothing_and_a_fault_keeps_everything_out(scene: Scene) -> None:
    with database.writing() as session:
        mixed = file_of(scene.rows["absent"], scene.rows["failed"])

        rehearsed = bring(session, scene, file_of(scene.rows["absent"]), dry_run=True)
        refused = bring(session, scene, mixed)

        assert (len(rehearsed.lines), rehearsed.faults, rehearsed.file) == (1, (), None)
        assert [(one.row, one.code) for one in refused.faults] == [(3, "has_result")]
        assert session.exec(select(ExternalFile)).all() == []
        assert bring(session, scene, file_of(scene.rows["absent"])).file is not None, "alone it would be kept"


def test_the_same_file_changes_nothing_and_says_so(scene: Scene) -> None:
    with database.writing() as session:
        content = file_of(scene.rows["absent"])
        first, again = bring(session, scene, content), bring(session, scene, content)

        assert (first.known, again.known, again.file.id) == (False, True, first.file.id)
        assert len(session.exec(select(ExternalResult)).all()) == 1
        other = bring(session, scene, file_of([*scene.rows["absent"][:4], 92, 80, "合格"]))
        assert [one.code for one in other.faults] == ["brought_already"]
        decide(session, scene, first.file.id, confirm=False)
        assert bring(session, scene, content).known is False, "what was refused may come again"


def test_it_counts_from_the_confirmation_on_and_as_from_elsewhere(scene: Scene) -> None:
    with database.writing() as session:
        before = tallied(session)
        file = bring(session, scene, file_of(scene.rows["absent"])).file
        assert tallied(session) == before and of_imported(session, True)["enrolled"] == 0
        assert editions.last(session, scene.world.class_id).cause == "published"  # type: ignore[union-attr]

        decide(session, scene, file.id)

        after, away = tallied(session), of_imported(session, True)
        assert {name: after[name] - before[name] for name in ("enrolled", "present", "passed", "resat")} == {
            "enrolled": 0,
            "present": 1,
            "passed": 1,
            "resat": 1,
        }
        assert (away["enrolled"], away["passed"]) == (1, 1)
        assert of_imported(session, False)["passed"] == before["passed"]
        assert of_imported(session, False)["enrolled"] == before["enrolled"] - 1
        edition = editions.last(session, scene.world.class_id)
        assert edition is not None and (edition.cause, edition.number) == ("imported", 2)
        told = journal.about(session, f"class:{scene.world.class_id}")
        assert [one.event for one in told][-3:] == ["EXTERNAL_BROUGHT", "EXTERNAL_DECIDED", "EDITION_PUBLISHED"]
        assert json.loads(told[-3].data)["digest"] == file.digest
        (line,) = queries.counting(session, scene.world.class_id)
        assert (line.external.row, line.bringer, line.file.name) == (2, "confirmer", "成绩.xlsx")


def test_whoever_passed_elsewhere_needs_no_resit(scene: Scene) -> None:
    with database.writing() as session:
        arranger = scene.world.actor(session, "arranger")

        def codes_of() -> dict[int, str]:
            found = resitting.candidates(session, arranger, scene.world.class_id)
            return {one.line.trainee.id or 0: one.decision.code for one in found}

        assert codes_of()[scene.absent] == "allowed"
        decide(session, scene, bring(session, scene, file_of(scene.rows["absent"])).file.id)
        assert codes_of()[scene.absent] == "passed_already"


def test_two_natural_persons_and_once(scene: Scene) -> None:
    with database.writing() as session:
        file = bring(session, scene, file_of(scene.rows["absent"])).file
        with pytest.raises(errors.ServiceError):
            decide(session, scene, file.id, by="confirmer")
        with pytest.raises(errors.ServiceError):
            bring(session, scene, file_of(scene.rows["absent"]), by="publisher")
        decide(session, scene, file.id)
        with pytest.raises(errors.WrongState, match=r"^file_decided:"):
            decide(session, scene, file.id, confirm=False)
        with pytest.raises(errors.NotFound):
            decide(session, scene, 9999)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE results_external_result SET points = 100",
        "DELETE FROM results_external_result",
        "UPDATE results_external_file SET decided_by = brought_by",
    ],
)
def test_the_database_keeps_rows_and_the_two_people(scene: Scene, statement: str) -> None:
    with database.writing() as session:
        decide(session, scene, bring(session, scene, file_of(scene.rows["absent"])).file.id)
    with pytest.raises((IntegrityError, sa.exc.DBAPIError)), database.writing() as session:
        session.execute(sa.text(statement))
    with database.writing() as session:
        assert session.exec(select(ExternalResult.points)).all() == [91]


def test_voiding_by_two_and_its_undoing_bring_every_count_back(scene: Scene) -> None:
    with database.writing() as session:
        decide(session, scene, bring(session, scene, file_of(scene.rows["absent"])).file.id)
        before = (tallied(session), of_imported(session, True))
        external = session.exec(select(ExternalResult.id)).one() or 0
        confirmer, publisher = (scene.world.actor(session, one) for one in ("confirmer", "publisher"))

        def turn(wanted: Standing) -> None:
            made = elsewhere_voiding.propose(session, confirmer, external, wanted, "来源平台撤销", now=AFTER)
            with pytest.raises(errors.WrongState, match=r"^void_proposed:"):
                elsewhere_voiding.propose(session, confirmer, external, wanted, "再提一次", now=AFTER)
            elsewhere_voiding.decide(session, publisher, made.id or 0, uphold=True, note="同意", now=AFTER)

        turn(Standing.VOID)
        assert of_imported(session, True)["passed"] == 0 and of_imported(session, True)["void"] == 1
        turn(Standing.VALID)
        assert (tallied(session), of_imported(session, True)) == before
        assert len({one.digest for one in editions.of_class(session, scene.world.class_id)}) == 3


# --- over HTTP ---


def test_over_http_from_the_rehearsal_to_the_confirmation(scene: Scene, browser: Browser) -> None:
    path = f"/api/v1/results/classes/{scene.world.class_id}/elsewhere"
    confirmer, publisher = browser.of("confirmer"), browser.of("publisher")
    form = {"source": "other", "source_words": "外省平台", "reference": "文号1"}

    def send(content: bytes, **fields: str) -> Any:
        return confirmer.post(path, data={**form, **fields}, files={"file": ("成绩.xlsx", io.BytesIO(content))})

    faulty = send(file_of(scene.rows["failed"]))
    assert (faulty.status_code, faulty.json()["faults"][0]["row"]) == (422, 2)
    rehearsed = send(file_of(scene.rows["absent"]), dry_run="true").json()
    assert (rehearsed["written"], rehearsed["file_id"], rehearsed["sheet"]) == (False, None, "Sheet1")
    kept = send(file_of(scene.rows["absent"])).json()
    assert (kept["written"], kept["known"]) == (True, False)
    assert send(b"no workbook").status_code == 422
    assert send(file_of(scene.rows["absent"]), source_words="").status_code == 422

    decided = publisher.post(
        f"/api/v1/results/elsewhere/{kept['file_id']}/decision", json={"confirm": True, "note": "核对无误"}
    )
    assert decided.json() == {"state": "confirmed"}
    (listed,) = publisher.get("/api/v1/results/elsewhere?state=confirmed").json()
    (row,) = listed["results"]
    assert (listed["digest"], listed["source_name"], row["points"], row["row"]) == (kept["digest"], "外省平台", 91, 2)
    assert publisher.get("/api/v1/results/elsewhere?state=refused").json() == []


def test_as_json_the_same_rules_hold(scene: Scene, browser: Browser) -> None:
    path = f"/api/v1/results/classes/{scene.world.class_id}/elsewhere/rows"
    name, citizen_id, code, day, points, least, _ = scene.rows["absent"]
    one = {"name": name, "citizen_id": citizen_id, "class_code": code, "taken_on": day, "points": points}
    body = {"source": "province", "reference": "R1", "results": [{**one, "pass_points": least, "verdict": "passed"}]}
    confirmer = browser.of("confirmer")

    wrong = confirmer.post(path, json={**body, "results": [{**body["results"][0], "verdict": "failed"}]})  # type: ignore[dict-item]
    assert (wrong.status_code, wrong.json()["faults"][0]["code"]) == (422, "verdict_contradicts")
    assert confirmer.post(path, json=body).json()["written"] is True
    assert confirmer.post(path, json=body).json()["known"] is True


@pytest.mark.parametrize("who", [None, "institution", "enterprise", "planner", "proctor1", "auditor"])
def test_strangers_bring_and_decide_nothing(world: World, browser: Browser, who: str | None) -> None:
    client = browser.of(who) if who else browser.stranger()
    base = f"/api/v1/results/classes/{world.class_id}/elsewhere"
    told = [
        client.get("/api/v1/results/elsewhere").status_code,
        client.post(f"{base}/rows", json={}).status_code,
        client.post("/api/v1/results/elsewhere/1/decision", json={}).status_code,
    ]
    assert told == [403 if who else 401] * 3


def test_states() -> None:
    assert set(rules.FILE_MOVES) == set(rules.FILE_NAMES) == set(FileState)


def test_the_page_shows_files_by_filter_and_the_form_to_those_who_bring(scene: Scene, browser: Browser) -> None:
    with database.writing() as session:
        file = bring(session, scene, file_of(scene.rows["absent"])).file
        file_id, name, digest = file.id, scene.rows["absent"][0], file.digest
    confirmer, publisher = browser.of("confirmer"), browser.of("publisher")
    decision = f'action="/api/v1/results/elsewhere/{file_id}/decision"'

    pages = {who: client.get("/results/elsewhere").text for who, client in (("c", confirmer), ("p", publisher))}
    assert ['data-receive="external"' in pages[who] for who in "cp"] == [True, False]
    assert [decision in pages[who] for who in "cp"] == [False, True]
    assert all(text in page for page in pages.values() for text in (name, digest, "工伤预防云平台", ORIGIN.reference))
    assert name not in publisher.get("/results/elsewhere?state=confirmed").text
    assert name in publisher.get(f"/results/elsewhere?class_id={scene.world.class_id}&state=brought&page=9").text
    assert 'href="/results/elsewhere"' in publisher.get("/results").text
    assert browser.of("institution").get("/results/elsewhere").status_code == 403
    template = confirmer.get("/results/elsewhere/template.xlsx").content
    assert codes([*elsewhere.read("t", template).rows, GOOD]) == [], "the template is a header that is taken"


@pytest.mark.parametrize(("who", "sees"), [("publisher", True), ("institution", True), ("enterprise", False)])
def test_the_class_tells_results_from_elsewhere_apart_once_confirmed(
    scene: Scene, browser: Browser, who: str, sees: bool
) -> None:
    page, words = f"/results/classes/{scene.world.class_id}", "外部成绩 · 工伤预防云平台"
    with database.writing() as session:
        file_id = bring(session, scene, file_of(scene.rows["absent"])).file.id
    assert words not in browser.of(who).get(page).text
    with database.writing() as session:
        decide(session, scene, file_id)
    assert (words in browser.of(who).get(page).text) is sees


def test_the_person_reads_it_beside_their_own_result_with_where_and_when(scene: Scene, browser: Browser) -> None:
    with database.writing() as session:
        seat = session.exec(select(Seat).where(Seat.trainee_id == scene.absent)).one()
        key = {"ticket_number": seat.ticket_number, "id_tail": scene.world.citizen_ids[scene.absent][-6:]}
        file_id = bring(session, scene, file_of(scene.rows["absent"])).file.id
    stranger = browser.stranger()
    before = stranger.post("/api/v1/results/own", json=key).json()
    assert (before["verdict"], before["from_elsewhere"]) == ("absent", [])
    with database.writing() as session:
        decide(session, scene, file_id)

    told = stranger.post("/api/v1/results/own", json=key).json()
    page = stranger.post("/my-result", data=key).text

    assert told["verdict"] == "absent" and told["from_elsewhere"] == [
        {
            "source": "工伤预防云平台",
            "reference": ORIGIN.reference,
            "taken_on": f"{AFTER:%Y-%m-%d}",
            "verdict": "passed",
            "points": 91,
            "most_points": 100,
            "pass_points": 80,
        }
    ]
    assert f"工伤预防云平台 · {ORIGIN.reference}" in page and f"<dd>{AFTER:%Y-%m-%d}</dd>" in page
    assert "成绩.xlsx" not in page and "confirmer" not in page, "of the file they learn no more than they need"
    with database.reading() as session:
        other = session.exec(select(Seat).where(Seat.trainee_id == scene.world.trainees[0])).one()
    key = {"ticket_number": other.ticket_number, "id_tail": scene.world.citizen_ids[other.trainee_id][-6:]}
    assert stranger.post("/api/v1/results/own", json=key).json()["from_elsewhere"] == []


def test_a_result_by_ticket_out_of_another_maximum_is_kept_and_shown_as_it_came(scene: Scene, browser: Browser) -> None:
    name, _, code, day, *_ = scene.rows["absent"]
    with database.writing() as session:
        seat = session.exec(select(Seat).where(Seat.trainee_id == scene.absent)).one()
    one = {"name": name, "ticket_number": seat.ticket_number, "class_code": code, "taken_on": day}
    marks = {"points": 130, "most_points": 150, "pass_points": 90, "verdict": "passed"}
    body = {"source": "cloud", "reference": "R1", "results": [{**one, **marks}]}
    path = f"/api/v1/results/classes/{scene.world.class_id}/elsewhere/rows"

    kept = browser.of("confirmer").post(path, json=body).json()
    publisher = browser.of("publisher")
    decision = {"confirm": True, "note": "核对无误"}
    assert publisher.post(f"/api/v1/results/elsewhere/{kept['file_id']}/decision", json=decision).status_code == 200

    (listed,) = publisher.get("/api/v1/results/elsewhere").json()
    (row,) = listed["results"]
    assert (row["trainee_id"], row["points"], row["most_points"], row["verdict"]) == (scene.absent, 130, 150, "passed")
    for page in ("/results/elsewhere", f"/results/classes/{scene.world.class_id}"):
        assert "（满分150）" in publisher.get(page).text
    with database.writing() as session:
        worlds.has_relative(session, scene.world, "publisher")
    assert publisher.get("/api/v1/results/elsewhere").json() == []
    assert "（满分150）" not in publisher.get("/results/elsewhere").text
    assert len(browser.of("confirmer").get("/api/v1/results/elsewhere").json()) == 1
    with database.reading() as session:
        assert editions.last(session, scene.world.class_id).cause == "imported"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"points": 101, "most_points": 100}, id="beyond the maximum"),
        pytest.param({"pass_points": 101, "most_points": 100}, id="a pass mark beyond it"),
        pytest.param({"most_points": 1001}, id="a maximum beyond all"),
        pytest.param({"points": 10, "verdict": "passed"}, id="points that say otherwise"),
    ],
)
def test_the_database_keeps_points_within_their_maximum(scene: Scene, values: dict[str, Any]) -> None:
    with database.writing() as session:
        file = bring(session, scene, file_of(scene.rows["absent"])).file
        kept = session.exec(select(ExternalResult)).one()
        sound = kept.model_dump(exclude={"id"}) | {"row": 9, "trainee_id": scene.world.trainees[0], "most_points": 100}
        file_id = file.id
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(ExternalResult(**(sound | values)))
    with database.writing() as session:
        session.add(ExternalResult(**sound))
        session.flush()
        assert len(queries.results_of(session, file_id)) == 2
