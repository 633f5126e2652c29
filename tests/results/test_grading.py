"""People mark free texts: blind, two and two, a third where they lie apart; no result is confirmed before."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from service.access import queries as access
from service.access.actions import administering, declaring
from service.access.rules.duties import Duty
from service.access.rules.ties import TieDraft, TieKind
from service.journal import queries as journal
from service.journal.tables import JournalEntry
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.results import queries as results
from service.results.actions import (
    appealing,
    grading,
    late_answers,
    marking,
    overseeing,
    publishing,
    settling,
    telling,
    withdrawing,
)
from service.results.queries import standing, written
from service.results.rules import ResultState, Verdict
from service.results.rules.withdrawing import ItemStanding
from service.results.rules.written import KEPT_FOR
from service.results.shapes.late_answers import LateAnswerShape
from service.results.tables import Remarking, Script, ScriptMark
from service.sittings import queries as sittings
from service.sittings.actions import late
from service.sittings.queries import late as late_queries
from service.sittings.tables import LateAnswer
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, application, using
from tests.results import essays
from tests.results.essays import HANDED_IN_AT, MARKERS, text_of
from tests.results.exams import colleagues, keys_of
from tests.sittings.test_late import beat, belated, bind
from tests.sittings.test_paper_prints import lay
from tests.world import AFTER, ENDS_AT, STARTS_AT, WORKING_AT, World

NOW = HANDED_IN_AT + timedelta(hours=2)
FULL, NOTHING = [4, 3, 3], [0, 0, 0]


@pytest.fixture
def sat(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """Six have handed in, three of them wrote something."""
    with databases.copy("essays", essays.handed_in) as (url, world), using(url, tmp_path / "clock"):
        yield world


def mark(session: Session, world: World, username: str, given: list[int], *, now: datetime = NOW) -> ScriptMark:
    """Mark whatever comes next."""
    actor = world.actor(session, username)
    desk = grading.take_next(session, actor, world.class_id, now=now)
    assert desk is not None
    return grading.put_mark(session, actor, desk.script.id or 0, given, f"{username}-{desk.script.id}", now=now)


def script(session: Session, world: World, place: int) -> Script:
    (found,) = written.of_seat(session, world.seats[place])
    return found


def entries(session: Session, event: str) -> list[dict[str, object]]:
    rows = session.exec(select(JournalEntry).where(JournalEntry.event == event).order_by(col(JournalEntry.seq)))
    return [json.loads(one.data) for one in rows]


# --- what waits ---


def test_what_nobody_wrote_is_settled_at_once_and_the_rest_waits_under_numbers(sat: World) -> None:
    with database.reading() as session:
        found = written.of_class(session, sat.class_id)
        blank = [one for one in found if one.settled is not None]

        assert [(one.points, one.settled, one.answer) for one in blank] == [(0, "blank", "")] * 3
        assert {one.answer for one in found if one.settled is None} == {text_of(place) for place in range(3)}
        assert [one.number for one in found] == sorted(one.number for one in found)
        assert {one.most for one in found} == {10}
        # What has no key counts nothing until people have said what it is worth.
        assert {results.result_of_seat(session, seat).points for seat in sat.seats} == {90}  # type: ignore[union-attr]


def test_a_marker_sees_text_and_rubric_and_nothing_of_whose_it_is(sat: World) -> None:
    client = Browser(application()).of("marker1")
    reply = client.post(f"/api/v1/results/scripts/classes/{sat.class_id}/next", json={})

    with database.reading() as session:
        found = script(session, sat, [text_of(one) for one in range(3)].index(reply.json()["desk"]["answer"]))
        names = {f"学员{number}" for number in range(6)} | {"青松煤矿", "北山煤矿"}
        names |= set(sat.tickets.values()) | set(sat.citizen_ids.values())
    assert reply.json()["desk"] == {
        "script_id": found.id,
        "number": found.number,
        "position": found.position,
        "case": "",
        "stem": reply.json()["desk"]["stem"],
        "picture": None,
        "answer": found.answer,
        "criteria": [
            {"words": "立即停止作业", "points": 4},
            {"words": "撤出受威胁地点的人员", "points": 3},
            {"words": "报告矿调度室", "points": 3},
        ],
        "most": 10,
        "given": None,
    }
    assert "班组长应当怎样处置" in reply.json()["desk"]["stem"]
    assert {one for one in names if one in reply.text} == set()
    assert "seat" not in reply.text and "trainee" not in reply.text


def test_the_same_text_comes_again_until_it_is_marked_and_others_get_another_once_two_have_it(sat: World) -> None:
    with database.writing() as session:
        taken = [
            grading.take_next(session, sat.actor(session, one), sat.class_id, now=NOW).script.id  # type: ignore[union-attr]
            for one in (*MARKERS, *MARKERS)
        ]

    assert taken[0] == taken[1] == taken[3] == taken[4]
    assert taken[2] == taken[5] != taken[0]


def test_what_somebody_leaves_lying_goes_to_another_after_half_an_hour(sat: World) -> None:
    with database.writing() as session:
        first, second, third = (sat.actor(session, one) for one in MARKERS)
        desk = grading.take_next(session, first, sat.class_id, now=NOW)
        assert desk is not None and desk.script.id is not None
        grading.take_next(session, second, sat.class_id, now=NOW)
        later = NOW + KEPT_FOR + timedelta(seconds=1)
        grading.put_mark(session, second, desk.script.id, FULL, "second-one", now=later)
        handed_on = grading.take_next(session, third, sat.class_id, now=later)
        assert handed_on is not None and handed_on.script.id == desk.script.id

        with pytest.raises(errors.WrongState, match=r"^script_given_on:"):
            grading.put_mark(session, first, desk.script.id, FULL, "too-late-1", now=later)
        grading.put_mark(session, third, desk.script.id, FULL, "third-one-", now=later)
        with pytest.raises(errors.WrongState, match=r"^script_marked:"):
            grading.put_mark(session, first, desk.script.id, FULL, "too-late-2", now=later)


# --- marks ---

OUTCOMES = [
    pytest.param([FULL, FULL], "agreed", 10, 100, Verdict.PASSED, id="two agree"),
    pytest.param([[4, 3, 0], [4, 2, 0]], "agreed", 7, 97, Verdict.PASSED, id="half a point rounded up"),
    pytest.param([[2, 1, 1], [3, 1, 1]], "agreed", 5, 95, Verdict.PASSED, id="exactly the pass mark"),
    pytest.param([[2, 1, 1], [2, 1, 1]], "agreed", 4, 94, Verdict.FAILED, id="one point short"),
    pytest.param([FULL, NOTHING, [1, 0, 0]], "third", 1, 91, Verdict.FAILED, id="a third decides"),
    pytest.param([[4, 3, 0], [4, 0, 0], FULL], "third", 10, 100, Verdict.PASSED, id="one point beyond the limit"),
]


@pytest.mark.parametrize(("given", "how", "points", "total", "verdict"), OUTCOMES)
def test_marks_become_points_and_points_the_result(
    sat: World, given: list[list[int]], how: str, points: int, total: int, verdict: Verdict
) -> None:
    with database.writing() as session:
        marks = [mark(session, sat, username, one) for username, one in zip(MARKERS, given, strict=False)]
        assert len({one.script_id for one in marks}) == 1
        found = session.get_one(Script, marks[0].script_id)
        result = results.result_of_seat(session, found.seat_id)
        assert result is not None

        assert (found.settled, found.points) == (how, points)
        assert [one.round for one in marks] == list(range(1, len(given) + 1))
        assert (result.points, result.verdict, result.state) == (total, verdict, ResultState.MARKED)
        counted = standing.of_results(session, [result])[found.seat_id]
        assert (counted[found.position].points, counted[found.position].of) == (points, 10)
        assert results.counting(session, result.id or 0) == counted


def test_the_first_two_do_not_settle_what_lies_too_far_apart_and_neither_may_be_the_third(sat: World) -> None:
    with database.writing() as session:
        mark(session, sat, "marker1", FULL)
        second = mark(session, sat, "marker2", NOTHING)
        found = session.get_one(Script, second.script_id)
        assert (found.third, found.settled) == (True, None)

        for username in ("marker1", "marker2"):
            actor = sat.actor(session, username)
            desk = grading.take_next(session, actor, sat.class_id, now=NOW)
            assert desk is not None and desk.script.id != found.id
            with pytest.raises(errors.WrongState, match=r"^other_mark_in:"):
                grading.put_mark(session, actor, found.id or 0, FULL, f"again-{username}", now=NOW)
        assert entries(session, "SCRIPT_SENT_ON") == [{"limit_percent": 20, "script": found.id}]


@pytest.mark.parametrize("sent", ["twice", "with other points"])
def test_the_same_act_sent_again_is_the_same_mark(sat: World, sent: str) -> None:
    with database.writing() as session:
        actor = sat.actor(session, "marker1")
        first = mark(session, sat, "marker1", FULL)
        again = FULL if sent == "twice" else NOTHING

        if sent == "twice":
            assert grading.put_mark(session, actor, first.script_id, again, first.nonce, now=NOW).id == first.id
        else:
            with pytest.raises(errors.WrongState, match=r"^nonce_used:"):
                grading.put_mark(session, actor, first.script_id, again, first.nonce, now=NOW)
        assert [one.points for one in session.exec(select(ScriptMark))] == [10]
        assert len(entries(session, "SCRIPT_MARKED")) == 1


def test_one_may_amend_ones_own_mark_until_the_other_is_in_and_both_versions_stay(sat: World) -> None:
    with database.writing() as session:
        actor = sat.actor(session, "marker1")
        first = mark(session, sat, "marker1", NOTHING)
        desk = grading.look_again(session, actor, first.script_id, now=NOW)
        assert desk.given == NOTHING
        second = grading.put_mark(session, actor, first.script_id, [4, 3, 0], "amended-1", now=NOW)
        assert (second.round, second.version) == (1, 2)

        mark(session, sat, "marker2", [4, 3, 0])
        found = session.get_one(Script, first.script_id)
        assert (found.settled, found.points) == ("agreed", 7)
        for act in (
            lambda: grading.put_mark(session, actor, first.script_id, FULL, "amended-2", now=NOW),
            lambda: grading.look_again(session, actor, first.script_id, now=NOW),
        ):
            with pytest.raises(errors.WrongState, match=r"^other_mark_in:"):
                act()
        kept = session.exec(select(ScriptMark).where(ScriptMark.script_id == first.script_id))
        assert sorted((one.round, one.version, one.points) for one in kept) == [(1, 1, 0), (1, 2, 7), (2, 1, 7)]


@pytest.mark.parametrize(
    ("given", "code"), [([5, 3, 3], "points_out_of_range"), ([4, 3], "criteria_missing")], ids=["too much", "too few"]
)
def test_points_that_the_rubric_does_not_give_are_refused_and_nothing_is_lost(
    sat: World, given: list[int], code: str
) -> None:
    with database.writing() as session:
        actor = sat.actor(session, "marker1")
        desk = grading.take_next(session, actor, sat.class_id, now=NOW)
        assert desk is not None and desk.script.id is not None
        with pytest.raises(errors.Refused, match=rf"^{code}:"):
            grading.put_mark(session, actor, desk.script.id, given, "refused-1", now=NOW)

        assert grading.put_mark(session, actor, desk.script.id, FULL, "refused-1", now=NOW).points == 10


def test_nobody_marks_what_they_were_not_handed(sat: World) -> None:
    with database.writing() as session:
        actor, found = sat.actor(session, "marker1"), script(session, sat, 0)
        with pytest.raises(errors.WrongState, match=r"^script_not_taken:"):
            grading.put_mark(session, actor, found.id or 0, FULL, "guessed-01", now=NOW)
        with pytest.raises(errors.NotFound):
            grading.look_again(session, actor, found.id or 0, now=NOW)
        with pytest.raises(errors.NotFound):
            grading.put_mark(session, actor, 99_999, FULL, "guessed-02", now=NOW)


def test_the_database_keeps_marks_as_they_are_and_one_person_to_one_round(sat: World) -> None:
    with database.writing() as session:
        first = mark(session, sat, "marker1", FULL)
        other = next(one.id for one in written.of_class(session, sat.class_id) if one.id != first.script_id)
        values = {"script": first.script_id, "other": other, "nonce": first.nonce, "by": first.marked_by, "at": NOW}
    for statement in (
        "UPDATE results_script_mark SET points = 1",
        "DELETE FROM results_script_mark",
        "INSERT INTO results_script_mark (script_id, round, version, given, points, nonce, marked_at, marked_by)"
        " VALUES (:script, 2, 1, '[4,3,3]', 10, 'another-1', :at, :by)",
        # An act of the same person under the same number: what SQLite would write over, PostgreSQL refuses.
        "INSERT INTO results_script_mark (script_id, round, version, given, points, nonce, marked_at, marked_by)"
        " VALUES (:other, 1, 1, '[0,0,0]', 0, :nonce, :at, :by)",
    ):
        replacing = statement.replace("INSERT", "INSERT OR REPLACE")
        on_sqlite = database.engine().dialect.name == "sqlite"
        for said in {statement, replacing if on_sqlite else statement}:
            with pytest.raises(sa.exc.DBAPIError), database.writing() as session:
                session.execute(sa.text(said), values if ":by" in said else {})


# --- who ---


def test_only_the_duty_of_marking_marks(sat: World) -> None:
    with database.writing() as session:
        for username in worlds.STAFF.keys() - {"marker"}:
            with pytest.raises(errors.RightMissing):
                grading.take_next(session, sat.actor(session, username), sat.class_id, now=NOW)


def test_whoever_is_tied_to_the_institution_marks_nothing_of_its_classes(sat: World) -> None:
    with database.writing() as session:
        actor = sat.actor(session, "marker1")
        draft = TieDraft(sat.organisations["institution"], TieKind.RELATIVE, NOW.date() - timedelta(days=400))
        declaring.declare_own(session, actor, draft, now=NOW)

        with pytest.raises(errors.Refused, match=r"^tied_to_institution:"):
            grading.take_next(session, actor, sat.class_id, now=NOW)
        assert overseeing.able(session, sat.class_id) == ["marker", "marker2", "marker3"]
        (queue,) = overseeing.queues(session, actor)
        assert queue.may.code == "tied_to_institution"


def test_whoever_marked_neither_confirms_nor_publishes(sat: World) -> None:
    with database.writing() as session:
        guardian = worlds.security(session)
        for duty in (Duty.CONFIRM, Duty.PUBLISH):
            administering.grant_duty(session, guardian, sat.accounts["marker1"], duty, now=NOW)
        _mark_all(session, sat)
        worlds.sign_record(session, sat)

        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            publishing.confirm_results(session, sat.actor(session, "marker1"), sat.class_id, now=NOW)
        publishing.confirm_results(session, sat.actor(session, "confirmer"), sat.class_id, now=NOW)
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            publishing.publish_results(session, sat.actor(session, "marker1"), sat.class_id, now=NOW)


def _mark_all(session: Session, world: World) -> None:
    """Two agree on two texts; the third marker decides the one on which they do not."""
    for given in (FULL, NOTHING, [4, 0, 0]):
        mark(session, world, "marker1", given)
    for given in (FULL, FULL, [4, 0, 0]):
        mark(session, world, "marker2", given)
    mark(session, world, "marker3", [4, 2, 0])


def test_whoever_was_shown_nothing_had_no_hand_in_the_marking(sat: World) -> None:
    with database.writing() as session:
        _mark_all(session, sat)
        guardian, late_comer = worlds.security(session), sat.actor(session, "marker")
        assert grading.take_next(session, late_comer, sat.class_id, now=NOW) is None
        administering.grant_duty(session, guardian, sat.accounts["marker"], Duty.CONFIRM, now=NOW)
        worlds.sign_record(session, sat)

        assert Duty.MARK not in access.deeds_on(session, f"class:{sat.class_id}", late_comer.person_id or 0)
        found = publishing.confirm_results(session, sat.actor(session, "marker"), sat.class_id, now=NOW)
        assert {one.state for one in found} == {ResultState.CONFIRMED}


def test_whoever_is_kept_away_is_refused_also_where_nothing_waits(sat: World) -> None:
    with database.writing() as session:
        _mark_all(session, sat)
        actor = sat.actor(session, "marker")
        draft = TieDraft(sat.organisations["institution"], TieKind.RELATIVE, NOW.date() - timedelta(days=400))
        declaring.declare_own(session, actor, draft, now=NOW)

        with pytest.raises(errors.Refused, match=r"^tied_to_institution:"):
            grading.take_next(session, actor, sat.class_id, now=NOW)


# --- what follows ---


def test_no_result_is_confirmed_while_a_text_has_no_points_and_the_page_says_who_can_go_on(
    sat: World, clock: Clock
) -> None:
    clock.set(NOW)
    with database.writing() as session:
        worlds.sign_record(session, sat)
        mark(session, sat, "marker1", FULL)
        mark(session, sat, "marker2", NOTHING)
        assert settling.pending(session, sat.class_id).scripts == 3
        with pytest.raises(errors.WrongState, match=r"^scripts_unsettled:"):
            publishing.confirm_results(session, sat.actor(session, "confirmer"), sat.class_id, now=NOW)

    page = Browser(application()).of("confirmer").get(f"/results/classes/{sat.class_id}").text
    with database.writing() as session:
        for username in ("marker1", "marker2"):
            for _ in range(2):
                mark(session, sat, username, FULL)
        # Whoever marked it is not the third.
        assert overseeing.able(session, sat.class_id) == ["marker", "marker3"]

    assert "还有3份主观题答卷没有定分" in page
    assert "等待一评 2 份，二评 0 份，三评 1 份。" in page
    assert "可以评卷的人：marker、marker1、marker2、marker3。" in page


def test_once_everything_is_settled_it_is_confirmed_and_published_with_what_people_gave(sat: World) -> None:
    with database.writing() as session:
        worlds.sign_record(session, sat)
        _mark_all(session, sat)
        publishing.confirm_results(session, sat.actor(session, "confirmer"), sat.class_id, now=NOW)
        published = publishing.publish_results(session, sat.actor(session, "publisher"), sat.class_id, now=NOW)

        assert sorted(one.points for one in published) == [90, 90, 90, 94, 96, 100]
        assert sum(one.verdict == Verdict.PASSED for one in published) == 2
        settled = entries(session, "SCRIPT_SETTLED")
        assert sorted(str(one["how"]) for one in settled) == ["agreed", "agreed", "third"]


def test_who_confirms_and_who_audits_reads_all_marks_without_texts_and_names(sat: World, clock: Clock) -> None:
    clock.set(NOW)
    with database.writing() as session:
        _mark_all(session, sat)
    browser = Browser(application())

    for username in ("confirmer", "publisher", "auditor"):
        client = browser.of(username)
        rows = client.post(f"/api/v1/results/scripts/classes/{sat.class_id}/readings", json={}).json()
        page = client.get(f"/results/scripts/classes/{sat.class_id}/marks").text

        by_hand = [one for one in rows if one["marks"]]
        assert sorted([mark["points"] for mark in one["marks"]] for one in by_hand) == [[0, 10, 6], [4, 4], [10, 10]]
        assert [one["marker"] for one in by_hand[0]["marks"]][:2] == ["marker1", "marker2"]
        assert "停止作业，" not in page + json.dumps(rows, ensure_ascii=False)
        assert not [name for name in (f"学员{number}" for number in range(6)) if name in page]
        assert "三评定分" in page
    with database.reading() as session:
        assert entries(session, "SCRIPT_MARKS_READ") == [{"scripts": 6}] * 6


@pytest.mark.parametrize("username", ["author", "arranger", "proctor1", "planner", "institution", "marker1", None])
def test_nobody_else_reads_what_was_given(sat: World, username: str | None) -> None:
    browser = Browser(application())
    client = browser.of(username) if username else browser.stranger()
    place = f"/api/v1/results/scripts/classes/{sat.class_id}/readings"

    assert client.post(place, json={}).status_code == (403 if username else 401)


def test_a_marker_is_never_told_what_another_gave(sat: World, clock: Clock) -> None:
    clock.set(NOW)
    with database.writing() as session:
        mark(session, sat, "marker1", [1, 2, 3])
    client = Browser(application()).of("marker2")
    place = f"/api/v1/results/scripts/classes/{sat.class_id}"

    seen = [client.post(f"{place}/next", json={}).json()["desk"], client.get(f"{place}/own").json()]

    assert seen[0]["given"] is None and seen[1] == []
    assert "marker1" not in json.dumps(seen)
    assert client.get(f"/results/scripts/classes/{sat.class_id}").text.count("marker1") == 0


def test_the_record_binds_the_marks_and_tells_none_of_them(sat: World) -> None:
    with database.writing() as session:
        one = mark(session, sat, "marker1", [1, 2, 3])
        (entry,) = [row for row in journal.about(session, f"class:{sat.class_id}") if row.event == "SCRIPT_MARKED"]

        data = json.loads(entry.data)
        assert set(data) == {"script", "round", "version", "digest"}
        assert data["digest"] == grading._digest(one)
        assert entry.actor == f"account:{sat.accounts['marker1']}"


# --- HTTP ---


def put(client: TestClient, script_id: int, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    reply = client.post(f"/api/v1/results/scripts/{script_id}/marks", json=body)
    return reply.status_code, reply.json()


def test_a_marker_works_through_the_queue_by_the_api(sat: World, clock: Clock) -> None:
    clock.set(NOW)
    client = Browser(application()).of("marker1")
    place = f"/api/v1/results/scripts/classes/{sat.class_id}"
    (queue,) = client.get("/api/v1/results/scripts/queues").json()
    assert (queue["total"], queue["settled"], queue["mine"], queue["first"]) == (3, 0, 0, 3)

    marked = []
    while (desk := client.post(f"{place}/next", json={}).json()["desk"]) is not None:
        body: dict[str, object] = {"given": [4, 0, 1], "nonce": f"nonce-000{desk['script_id']}"}
        status, mark_ = put(client, desk["script_id"], body)
        assert (status, mark_["points"], mark_["amendable"]) == (200, 5, True)
        marked.append(desk["script_id"])

    own = client.get(f"{place}/own").json()
    assert len(set(marked)) == 3 and [one["script_id"] for one in own] == marked[::-1]
    again = client.post(f"/api/v1/results/scripts/{marked[0]}/second-looks", json={}).json()
    assert again["given"] == [4, 0, 1]
    status, amended = put(client, marked[0], {"given": [4, 3, 3], "nonce": "nonce-amended"})
    assert (status, amended["points"]) == (200, 10)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"given": [4, 3, 3], "nonce": "short"}, 422, id="a nonce too short"),
        pytest.param({"given": [4, 3, 3], "nonce": "with space"}, 422, id="a nonce of other signs"),
        pytest.param({"given": [], "nonce": "nonce-0001"}, 422, id="no points"),
        pytest.param({"given": [4, 3, 2.5], "nonce": "nonce-0001"}, 422, id="half a point"),
        pytest.param({"given": [4, 3, 4], "nonce": "nonce-0001"}, 403, id="more than a criterion is worth"),
        pytest.param({"given": [4, 3, 3]}, 422, id="no nonce"),
    ],
)
def test_malformed_marks_are_refused(sat: World, clock: Clock, body: dict[str, object], status: int) -> None:
    clock.set(NOW)
    client = Browser(application()).of("marker1")
    desk = client.post(f"/api/v1/results/scripts/classes/{sat.class_id}/next", json={}).json()["desk"]

    assert put(client, desk["script_id"], body)[0] == status
    with database.reading() as session:
        assert session.exec(select(ScriptMark)).all() == []


def test_the_pages_of_a_marker(sat: World, clock: Clock) -> None:
    clock.set(NOW)
    browser = Browser(application())
    client = browser.of("marker1")

    assert f'href="/results/scripts/classes/{sat.class_id}"' in client.get("/results/scripts").text
    assert f'data-desk="{sat.class_id}"' in client.get(f"/results/scripts/classes/{sat.class_id}").text
    assert "个班次有答卷等待评分" in client.get("/").text
    assert client.get("/results/scripts/classes/99999").status_code == 404
    for other in ("confirmer", "proctor1", "institution"):
        assert browser.of(other).get("/results/scripts").status_code == 403


# --- late answers and appeals ---


@pytest.fixture
def eve(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """The evening before."""
    with databases.copy("essays_eve", essays.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


LATE_TEXT = "停止作业，撤人，报告。断网时写的。"


def test_an_accepted_late_text_goes_to_people_again_and_takes_back_what_was_confirmed(eve: World) -> None:
    with database.writing() as session:
        _cut_off(session, eve)
        for username in ("marker1", "marker2"):
            mark(session, eve, username, FULL, now=AFTER)
        first = script(session, eve, 0)
        assert (first.settled, first.points) == ("agreed", 10)
        late_id = session.exec(select(LateAnswer.id)).one() or 0
        confirmer, publisher = eve.actor(session, "confirmer"), eve.actor(session, "publisher")
        late_answers.propose(session, confirmer, late_id, accept=True, reason="网线被碰断", now=AFTER)
        late_answers.decide(session, publisher, late_id, accept=True, reason="网线被碰断", now=AFTER)

        again = script(session, eve, 0)
        assert (again.version, again.answer, again.settled, again.late_answer_id) == (2, LATE_TEXT, None, late_id)
        assert again.number != first.number
        assert settling.pending(session, eve.class_id).scripts == 1
        result = results.result_of_seat(session, eve.seats[0])
        assert result is not None and result.points == 0
        for username in ("marker1", "marker3"):
            assert mark(session, eve, username, [4, 3, 1], now=AFTER).script_id == again.id
        assert (result.points, script(session, eve, 0).points) == (8, 8)
        line = late_queries.locked(session, late_id)
        assert line is not None
        (view,) = late_answers.view(session, confirmer, [line])
        assert (LateAnswerShape.of(view).choice_now, LateAnswerShape.of(view).choice_late) == ("停止作业", LATE_TEXT)
        # The earlier version and its marks stay readable.
        assert [one.points for one in written.marks(session, [first.id or 0])[first.id or 0]] == [10, 10]
        assert session.exec(select(Remarking)).all() == []


def test_a_script_in_whose_place_another_one_is_takes_no_more_marks(eve: World) -> None:
    """Somebody has the earlier text before them, and another has marked it, while two people accept the late one."""
    with database.writing() as session:
        _cut_off(session, eve)
        first = mark(session, eve, "marker1", FULL, now=AFTER)
        second = eve.actor(session, "marker2")
        desk = grading.take_next(session, second, eve.class_id, now=AFTER)
        assert desk is not None and desk.script.id == first.script_id
        late_id = session.exec(select(LateAnswer.id)).one() or 0
        confirmer, publisher = eve.actor(session, "confirmer"), eve.actor(session, "publisher")
        late_answers.propose(session, confirmer, late_id, accept=True, reason="网线被碰断", now=AFTER)
        late_answers.decide(session, publisher, late_id, accept=True, reason="网线被碰断", now=AFTER)

        for act in (
            lambda: grading.put_mark(session, second, first.script_id, FULL, "superseded1", now=AFTER),
            lambda: grading.put_mark(
                session, eve.actor(session, "marker1"), first.script_id, NOTHING, "superseded2", now=AFTER
            ),
            lambda: grading.look_again(session, eve.actor(session, "marker1"), first.script_id, now=AFTER),
        ):
            with pytest.raises(errors.WrongState, match=r"^script_superseded:"):
                act()
        # Sent again, the mark that was put down in time is the same mark.
        actor = eve.actor(session, "marker1")
        assert grading.put_mark(session, actor, first.script_id, FULL, first.nonce, now=AFTER).id == first.id
        for username in ("marker2", "marker1"):
            mark(session, eve, username, FULL, now=AFTER)
        assert settling.pending(session, eve.class_id).scripts == 0
        assert script(session, eve, 0).points == 10


# --- withdrawn items and statistics ---


def withdraw(session: Session, world: World, position: int, wanted: ItemStanding) -> None:
    """Two people withdraw an item of the A form, or let it count again."""
    draft = withdrawing.Draft(Form.A, position, wanted, "评分标准与条文不一致")
    ruling = withdrawing.propose(session, world.actor(session, "confirmer"), world.class_id, draft, now=NOW)
    publisher = world.actor(session, "publisher")
    withdrawing.decide(session, publisher, ruling.id or 0, uphold=True, note="同意", now=NOW)


@pytest.mark.parametrize("published", [False, True], ids=["before publication", "after publication"])
def test_what_people_gave_is_kept_while_items_are_withdrawn_and_restored(sat: World, published: bool) -> None:
    with database.writing() as session:
        _mark_all(session, sat)
        worlds.sign_record(session, sat)
        if published:
            publishing.confirm_results(session, sat.actor(session, "confirmer"), sat.class_id, now=NOW)
            publishing.publish_results(session, sat.actor(session, "publisher"), sat.class_id, now=NOW)
        at = essays.written_at(session, sat.sitting_id)
        keys = keys_of(session, sat.sitting_id)
        other = next(one for one in sorted(keys) if one != at)

        def points() -> list[int]:
            found = [results.result_of_seat(session, seat) for seat in sat.seats]
            return sorted(one.points for one in found if one is not None)

        assert points() == [90, 90, 90, 94, 96, 100]
        # Everybody has another item right already: its withdrawal changes nothing of what people gave.
        withdraw(session, sat, other, ItemStanding.WITHDRAWN)
        assert points() == [90, 90, 90, 94, 96, 100]
        withdraw(session, sat, at, ItemStanding.WITHDRAWN)
        assert points() == [100] * 6
        withdraw(session, sat, at, ItemStanding.RESTORED)
        withdraw(session, sat, other, ItemStanding.RESTORED)

        assert points() == [90, 90, 90, 94, 96, 100]
        kept = session.exec(select(ScriptMark).order_by(col(ScriptMark.id)))
        assert [one.points for one in kept] == [10, 0, 4, 10, 10, 4, 6]
        assert {one.settled for one in written.of_class(session, sat.class_id)} == {"blank", "agreed", "third"}


def test_what_was_written_of_a_withdrawn_item_needs_no_marks_and_waits_again_once_it_counts_again(sat: World) -> None:
    """Withdrawn before anybody has marked all of it: nobody is handed any more, and the class can be confirmed."""
    with database.writing() as session:
        worlds.sign_record(session, sat)
        at = essays.written_at(session, sat.sitting_id)
        marker = sat.actor(session, "marker1")
        mark(session, sat, "marker1", FULL)
        held = grading.take_next(session, marker, sat.class_id, now=NOW)
        assert held is not None and settling.pending(session, sat.class_id).scripts == 3

        withdraw(session, sat, at, ItemStanding.WITHDRAWN)

        assert settling.pending(session, sat.class_id).scripts == 0
        assert grading.take_next(session, sat.actor(session, "marker2"), sat.class_id, now=NOW) is None
        assert (written.waiting(session, sat.class_id), overseeing.able(session, sat.class_id)) == (set(), [])
        assert written.progress(session, marker.person_id or 0) == {}
        with pytest.raises(errors.WrongState, match=r"^script_needless:"):
            grading.put_mark(session, marker, held.script.id or 0, FULL, "withdrawn-since", now=NOW)

        withdraw(session, sat, at, ItemStanding.RESTORED)

        assert settling.pending(session, sat.class_id).scripts == 3
        assert grading.put_mark(session, marker, held.script.id or 0, FULL, "counts-again", now=NOW).points == 10
        with pytest.raises(errors.WrongState, match=r"^scripts_unsettled:"):
            publishing.confirm_results(session, sat.actor(session, "confirmer"), sat.class_id, now=NOW)

        withdraw(session, sat, at, ItemStanding.WITHDRAWN)
        publishing.confirm_results(session, sat.actor(session, "confirmer"), sat.class_id, now=NOW)
        published = publishing.publish_results(session, sat.actor(session, "publisher"), sat.class_id, now=NOW)

        assert [one.points for one in published] == [100] * 6
        # What nobody has marked would be worth nothing to whoever wrote it.
        with pytest.raises(errors.WrongState, match=r"^scripts_never_marked:"):
            withdraw(session, sat, at, ItemStanding.RESTORED)
        kept = session.exec(select(ScriptMark).order_by(col(ScriptMark.id)))
        assert [one.points for one in kept] == [10, 10], "what was given stays readable"


def test_an_item_does_not_count_again_if_results_were_published_while_that_was_proposed(sat: World) -> None:
    with database.writing() as session:
        worlds.sign_record(session, sat)
        at = essays.written_at(session, sat.sitting_id)
        confirmer, publisher = (sat.actor(session, one) for one in ("confirmer", "publisher"))
        withdraw(session, sat, at, ItemStanding.WITHDRAWN)
        draft = withdrawing.Draft(Form.A, at, ItemStanding.RESTORED, "核对后标准无误")
        ruling = withdrawing.propose(session, confirmer, sat.class_id, draft, now=NOW)
        publishing.confirm_results(session, confirmer, sat.class_id, now=NOW)
        publishing.publish_results(session, publisher, sat.class_id, now=NOW)

        with pytest.raises(errors.WrongState, match=r"^scripts_never_marked:"):
            withdrawing.decide(session, publisher, ruling.id or 0, uphold=True, note="同意", now=NOW)
        done = withdrawing.decide(session, publisher, ruling.id or 0, uphold=False, note="成绩已发布", now=NOW)

        assert done.points_after == done.points_before == 600


def test_a_text_that_is_still_to_be_marked_keeps_the_form_out_of_the_statistics(sat: World) -> None:
    with database.writing() as session:
        confirmer = sat.actor(session, "confirmer")
        assert telling.statistics(session, confirmer, sat.class_id, now=AFTER) == []

        _mark_all(session, sat)

        (form,) = telling.statistics(session, confirmer, sat.class_id, now=AFTER)
        at = essays.written_at(session, sat.sitting_id)
        item = next(one for one in form.items if one.asked.position == at)
        assert item.facility == pytest.approx((10 + 6 + 4) / 60)
        assert (item.omitted, item.distractors, item.texts) == (0.5, (), ())


def _cut_off(session: Session, world: World) -> None:
    """A candidate writes a text, is cut off, and goes on writing; that arrives when the sheet is closed."""
    seat_id = world.seats[0]
    worlds.begin_exam(session, world, absent=5)
    machine = worlds.machine(session, seat_id)
    bind(session, seat_id, machine)
    worlds.start(session, seat_id)
    at = essays.written_at(session, world.sitting_id)
    worlds.save(session, seat_id, at, "停止作业", now=STARTS_AT)
    beat(session, machine, WORKING_AT - timedelta(minutes=1))
    marking.hand_in_overdue(session, now=ENDS_AT)
    ticket = world.tickets[seat_id]
    digest = session.exec(select(late.BoundMachine.session_digest)).one()
    entry = belated(ticket, at, LATE_TEXT, 2, WORKING_AT)
    late.keep(session, late.Machine(digest), ticket, [entry], now=AFTER)


def test_who_decides_an_appeal_reads_what_everybody_gave_and_the_candidate_does_not(sat: World, clock: Clock) -> None:
    clock.set(NOW)
    with database.writing() as session:
        worlds.sign_record(session, sat)
        _mark_all(session, sat)
        publishing.confirm_results(session, sat.actor(session, "confirmer"), sat.class_id, now=NOW)
        publishing.publish_results(session, sat.actor(session, "publisher"), sat.class_id, now=NOW)
        colleagues(session, sat)
        third = next(place for place in range(3) if script(session, sat, place).settled == "third")
        seat = sittings.seat(session, sat.seats[third])
        assert seat is not None
        appeal = appealing.file(session, seat, "我写了三点", now=NOW)
        at = script(session, sat, third).position
        key = {"ticket_number": seat.ticket_number, "id_tail": sat.citizen_ids[seat.trainee_id][-6:]}
        compared = appealing.compare(session, sat.actor(session, "confirmer2"), appeal.id or 0, now=NOW)
        assert next((one.points, one.of, one.by_key) for one in compared if one.position == at) == (6, 10, 6)
    browser = Browser(application())

    page = browser.of("confirmer2").get(f"/results/appeals/{appeal.id}").text
    others = browser.of("confirmer").get(f"/results/appeals/{appeal.id}").text
    own = browser.stranger().post("/api/v1/results/own", json=key)

    assert "0 (0 + 0 + 0) marker1 · 10 (4 + 3 + 3) marker2 · 6 (4 + 2 + 0) marker3" in page
    assert "主观题的各次给分" not in others, "who confirmed does not judge the appeal"
    assert own.status_code == 200 and "marker" not in own.text


# --- on paper ---


def test_a_paper_with_a_text_to_write_is_printed(eve: World) -> None:
    with database.writing() as session:
        _, pdf = printed(session, eve)

    assert pdf.startswith(b"%PDF")


def printed(session: Session, world: World) -> tuple[str, bytes]:
    """One copy, by two custodians an hour before."""
    at = STARTS_AT - timedelta(hours=1)
    assert lay(session, world, "custodian1", copies=1, at=at) == ("allowed", None)
    code, pdf = lay(session, world, "custodian2", copies=1, at=at)
    assert pdf is not None
    return code, pdf


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_the_printed_paper_has_the_question_and_no_word_of_its_rubric(eve: World, tmp_path: Path) -> None:
    with database.writing() as session:
        (tmp_path / "paper.pdf").write_bytes(printed(session, eve)[1])
    run = subprocess.run(["pdftotext", "-layout", "paper.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    said = run.stdout.decode()

    assert "四、简答题" in said and "答案写在答题卡的横线上" in said
    assert "班组长应当怎样处置" in said and "立即停止作业" not in said
