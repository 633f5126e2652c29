"""Copying sheets of paper: two people, blind, a third where they differ; and the marks are what the sheet says."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, select
from typer.testing import CliRunner

from service.access.actions import declaring
from service.access.actions import using as duties
from service.access.rules.duties import Duty
from service.access.rules.separation import TEACH
from service.access.rules.ties import TieDraft, TieKind
from service.bank.rules.items import Kind
from service.cli import app
from service.journal import queries as journal
from service.kernel import database, errors
from service.results import queries
from service.results.actions import grading, marking, publishing, repeating, settling, sheet_desks, transcribing
from service.results.rules import NOTHING_PENDING, Pending, ResultState, Verdict, may_confirm, pending_matters
from service.results.rules.scoring import score
from service.results.tables import Script
from service.sittings import queries as sittings
from service.sittings.actions import asking, handing_in
from service.sittings.queries import late as late_reads
from service.sittings.queries import transcripts
from service.sittings.rules import transcribing as rules
from service.sittings.rules.on_paper import PaperStage
from service.sittings.rules.transcribing import Entry, Line, Settling, Standing
from service.sittings.tables import Seat, SheetEntry, SheetPhoto, Transcript
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, using
from tests.results import essays, exams, sheets
from tests.results.essays import MARKERS
from tests.results.exams import answers_losing, keys_of
from tests.world import AFTER, ENDS_AT, STARTS_AT, WORKING_AT, World

PNG = b"\x89PNG\r\n\x1a\n" + b"answer sheet"
LINES = [
    Line(1, 3, "single", tuple("ABCD")),
    Line(2, 4, "multiple", tuple("ABC")),
    Line(3, 1, "true_false", ()),
    Line(4, 2, "fill_in", ()),
]
FIRST = Standing(PaperStage.FIRST, mine=False, copies=6)


# --- rules ---


@pytest.mark.parametrize(
    ("typed", "kept", "faults"),
    [
        pytest.param({3: "A", 4: "AC", 1: "T", 2: " 瓦斯 "}, {3: "A", 4: "AC", 1: "T", 2: "瓦斯"}, [], id="all kinds"),
        pytest.param({3: "", 1: ""}, {}, [], id="blank"),
        pytest.param({3: "AB"}, {}, [1], id="two letters where one is asked"),
        pytest.param({4: "CA"}, {}, [2], id="letters out of order"),
        pytest.param({4: "AD"}, {}, [2], id="a letter that the item does not have"),
        pytest.param({1: "A", 3: "E"}, {}, [1, 3], id="each is named"),
        pytest.param({9: "A"}, {}, [0], id="no such position"),
    ],
)
def test_what_can_be_read_on_a_sheet(typed: dict[int, str], kept: dict[int, str], faults: list[int]) -> None:
    assert rules.read(LINES, typed) == (kept, faults)
    assert rules.must_fit(faults).allowed is not bool(faults)


@pytest.mark.parametrize(
    ("stage", "mine", "entering", "withdrawing", "settling"),
    [
        (PaperStage.PROPOSED, False, "nothing_to_enter", "nothing_to_withdraw", "nothing_to_settle"),
        (PaperStage.ANSWERING, False, "nothing_to_enter", "nothing_to_withdraw", "nothing_to_settle"),
        (PaperStage.FIRST, False, "allowed", "nothing_to_withdraw", "nothing_to_settle"),
        (PaperStage.SECOND, False, "allowed", "nothing_to_withdraw", "nothing_to_settle"),
        (PaperStage.SECOND, True, "entered_already", "allowed", "nothing_to_settle"),
        (PaperStage.DIFFERING, False, "nothing_to_enter", "nothing_to_withdraw", "allowed"),
        (PaperStage.DIFFERING, True, "entered_already", "compared_already", "two_people_needed"),
        (PaperStage.TRANSCRIBED, False, "nothing_to_enter", "nothing_to_withdraw", "nothing_to_settle"),
        (PaperStage.TRANSCRIBED, True, "entered_already", "compared_already", "nothing_to_settle"),
    ],
)
def test_who_does_what_at_which_stage(
    stage: PaperStage, mine: bool, entering: str, withdrawing: str, settling: str
) -> None:
    now = Standing(stage, mine=mine, copies=6)
    assert (rules.may_enter(now).code, rules.may_withdraw(now).code, rules.may_decide(now).code) == (
        entering,
        withdrawing,
        settling,
    )


@pytest.mark.parametrize(
    ("copy", "code"), [(1, "allowed"), (6, "allowed"), (0, "copy_unknown"), (7, "copy_unknown"), (2, "copy_taken")]
)
def test_a_copy_was_printed_and_is_one_seats(copy: int, code: str) -> None:
    now = Standing(PaperStage.FIRST, mine=False, copies=6, taken=frozenset({2}))
    assert rules.may_be_copy(now, copy).code == code


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("single", "A", "B", False),
        ("single", "A", "", False),
        ("fill_in", "瓦斯 浓度", "瓦斯浓度", True),
        ("fill_in", "１.０％", "1.0%", True),
        ("fill_in", "1.0%", "1.5%", False),
        ("written", "停止作业，\n撤人。", "停止作业,撤人。", True),
        ("written", "停止作业", "立即停止作业", False),
    ],
)
def test_space_and_width_are_no_difference_in_words(kind: str, one: str, other: str, same: bool) -> None:
    assert rules.same(kind, one, other) is same


sheet_answers = st.fixed_dictionaries(
    {},
    optional={3: st.sampled_from("ABCD"), 4: st.sampled_from(["A", "AB", "BC"]), 1: st.sampled_from("TF")},
)


@given(first=sheet_answers, second=sheet_answers, data=st.data())
def test_a_third_person_settles_the_differing_lines_and_nothing_else(
    first: dict[int, str], second: dict[int, str], data: st.DataObject
) -> None:
    one, other = Entry(2, first), Entry(2, second)
    differing = {line.position for line in rules.differing(LINES, one, other)}
    assert differing == {at for at in (1, 3, 4) if first.get(at, "") != second.get(at, "")}
    agreed = rules.agreed(LINES, one, other)
    assert (agreed == one) is (not differing)

    ruled = {at: data.draw(st.sampled_from([first.get(at, ""), second.get(at, ""), ""])) for at in differing}
    settled, fits = rules.decided(LINES, one, other, Entry(3, ruled))
    assert fits.allowed and settled.copy == 3
    assert settled.choices == {at: choice for at, choice in {**first, **ruled}.items() if choice}
    if differing:
        missing = dict(list(ruled.items())[1:])
        assert rules.decided(LINES, one, other, Entry(3, missing))[1].code == "ruling_incomplete"
    beyond = {at: "A" for at in (3, 4, 1) if at not in differing}
    if beyond:
        assert rules.decided(LINES, one, other, Entry(3, ruled | beyond))[1].code == "ruling_beyond"


def test_two_copies_numbers_are_a_difference_too() -> None:
    assert rules.agreed(LINES, Entry(2, {3: "A"}), Entry(3, {3: "A"})) is None


def test_what_waits_is_said_with_what_to_do() -> None:
    waits = Pending(declarations=1, transcriptions=2)
    assert [one.code for one in pending_matters(waits)] == ["declarations_undecided", "sheets_untranscribed"]
    assert pending_matters(NOTHING_PENDING) == []
    assert may_confirm(still_open=3, results=0, pending=waits).code == "declarations_undecided"
    assert may_confirm(still_open=4, results=0, pending=waits).code == "sitting_not_over"
    assert "誊录" in may_confirm(still_open=2, results=5, pending=Pending(transcriptions=2)).reason


# --- on real databases ---


def room(session: Session, world: World, *, lost: int = 4) -> tuple[int, dict[int, str]]:
    """One candidate has saved two answers and goes over to paper; the number of the sheet, and what stands on it."""
    worlds.begin_exam(session, world, absent=5)
    seat_id = world.seats[0]
    worlds.start(session, seat_id)
    sheet = answers_losing(session, world.sitting_id, lost)
    saved = list(sheet)[:2]
    for position in saved:
        worlds.save(session, seat_id, position, sheet[position])
    (made,) = sheets.collected(session, world, [seat_id])
    return made, {at: choice for at, choice in sheet.items() if at not in saved}


def result(session: Session, world: World) -> tuple[int, str, str] | None:
    found = queries.result_of_seat(session, world.seats[0])
    return None if found is None else (found.points, found.verdict, found.state)


def told(session: Session, world: World) -> list[tuple[str, dict[str, object]]]:
    return [(one.event, json.loads(one.data)) for one in journal.about(session, f"seat:{world.seats[0]}")]


def test_two_who_agree_settle_it_and_the_marks_are_what_sheet_and_machine_say(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        assert settling.pending(session, world.class_id).transcriptions == 1
        worlds.sign_record(session, world)
        with pytest.raises(errors.WrongState, match=r"^sheets_untranscribed:"):
            publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=AFTER)

        assert sheets.enter(session, world, sheet, "marker1", written).stage is PaperStage.SECOND
        assert result(session, world) is None
        view = sheets.enter(session, world, sheet, "proctor2", written)

        assert (view.stage, result(session, world)) == (
            PaperStage.TRANSCRIBED,
            (96, Verdict.PASSED, ResultState.MARKED),
        )
        row = session.exec(select(Transcript)).one()
        assert (row.how, row.copy_number, row.decided_by) == (Settling.AGREED, 1, None)
        assert transcripts.read(row).choices == written
        entries = told(session, world)
        assert [event for event, _ in entries][-5:] == [
            "SEAT_HANDED_IN",
            "SHEET_ENTERED",
            "SHEET_ENTERED",
            "SHEET_TRANSCRIBED",
            "SEAT_MARKED",
        ]
        whole = transcripts.counting(session, [session.get_one(Seat, world.seats[0])])[world.seats[0]]
        assert entries[-2][1]["answers"] == handing_in.digest(whole)
        assert len(whole) == len(written) + 2
        seat = session.get_one(Seat, world.seats[0])
        assert entries[-5][1]["sheet"] == seat.sheet_digest != row.digest, "what the machine had stays as it was"
        publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=AFTER)
        assert settling.pending(session, world.class_id) == NOTHING_PENDING


def test_where_the_sheet_says_something_it_stands_and_elsewhere_the_machine(world: World) -> None:
    """Every mark is by what counts: the sheet's answer, or what was saved before."""
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=5)
        seat_id = world.seats[0]
        worlds.start(session, seat_id)
        keys = keys_of(session, world.sitting_id)
        sitting = sittings.sitting(session, world.sitting_id)
        assert sitting is not None
        kinds = {line.position: line.kind for line in asking.answer_sheet(session, sitting.form_id)}
        singles = [at for at in keys if kinds[at] == "single"]
        for at in singles[:4]:
            worlds.save(session, seat_id, at, "A")
        (sheet,) = sheets.collected(session, world, [seat_id])
        written = {singles[1]: "B", singles[2]: "C", singles[5]: "D"}
        for who in ("marker1", "marker2"):
            sheets.enter(session, world, sheet, who, written)

        found = queries.result_of_seat(session, seat_id)
        assert found is not None
        marks = queries.marks(session, found.id or 0)
        wanted = dict.fromkeys(keys, "") | dict.fromkeys(singles[:4], "A") | written
        assert {at: one.choice for at, one in marks.items()} == wanted
        assert found.points == sum(
            score(Kind(kinds[at]), key, wanted[at], points) for at, (key, points) in keys.items()
        )


def test_nobody_enters_twice_nor_sees_what_the_other_has_entered(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        sheets.enter(session, world, sheet, "marker1", written, copy=5)
    clock.set(AFTER)
    place = f"/api/v1/results/transcriptions/{sheet}"
    position = next(iter(written))
    # Their own entry is known to say this; nobody else is shown it, nor anything that is asked or right.
    for username in ("marker1", "marker2", "proctor1"):
        body = browser.of(username).get(place).json()
        assert set(body) == {"sheet", "copies", "lines", "photos"}
        assert set(body["lines"][0]) == {"number", "position", "kind", "letters", "case"}
        assert len(body["lines"]) == 50
        assert browser.of(username).post(f"{place}/comparison").json()["code"] == "nothing_to_settle"
    twice = {"copy_number": 5, "answers": {str(position): "A"}, "nonce": "another-act"}
    reply = browser.of("marker1").post(f"{place}/entries", json=twice)
    assert (reply.status_code, reply.json()["code"]) == (403, "entered_already")
    with database.writing() as session:
        assert len(session.exec(select(SheetEntry)).all()) == 1


def test_differing_entries_wait_for_a_third_person_who_sees_both(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        at = next(iter(written))
        other = {**written, at: ""}
        sheets.enter(session, world, sheet, "marker1", written)
        view = sheets.enter(session, world, sheet, "marker2", other, copy=2)
        assert (view.stage, result(session, world)) == (PaperStage.DIFFERING, None)
        assert settling.pending(session, world.class_id).transcriptions == 1
        for who in ("marker1", "marker2"):
            with pytest.raises(errors.Refused, match=r"^two_people_needed:"):
                sheet_desks.compare(session, world.actor(session, who), sheet, now=AFTER)
            with pytest.raises(errors.Refused, match=r"^two_people_needed:"):
                sheets.settle(session, world, sheet, who, {at: written[at]})

        found = sheet_desks.compare(session, world.actor(session, "marker3"), sheet, now=AFTER)
        assert (found.first.copy, found.second.copy) == (1, 2)
        assert [(one.line.position, one.first, one.second) for one in found.rows if one.differs] == [
            (at, written[at], "")
        ]
        assert sum(bool(one.saved) for one in found.rows) == 2, "what the machine had is shown to whoever decides"
        with pytest.raises(errors.Refused, match=r"^ruling_incomplete:"):
            sheets.settle(session, world, sheet, "marker3", {})
        untouched = next(one for one in written if one != at)
        with pytest.raises(errors.Refused, match=r"^ruling_beyond:"):
            sheets.settle(session, world, sheet, "marker3", {at: written[at], untouched: ""})
        sheets.settle(session, world, sheet, "marker3", {at: written[at]}, copy=2)

        assert result(session, world) == (96, Verdict.PASSED, ResultState.MARKED)
        row = session.exec(select(Transcript)).one()
        assert (row.how, row.copy_number, row.note) == (Settling.DECIDED, 2, "对照答题卡原件")
        assert row.decided_by == world.actor(session, "marker3").person_id
        assert [event for event, _ in told(session, world)][-3:] == [
            "SHEET_ENTRIES_READ",
            "SHEET_TRANSCRIBED",
            "SEAT_MARKED",
        ]
        with pytest.raises(errors.WrongState, match=r"^nothing_to_settle:"):
            sheets.settle(session, world, sheet, "marker3", {at: ""})


def test_an_entry_is_taken_back_until_it_was_compared(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        sheets.enter(session, world, sheet, "marker1", {}, nonce="the-same-act")
        sheets.enter(session, world, sheet, "marker1", written, nonce="the-same-act")
        assert len(session.exec(select(SheetEntry)).all()) == 1, "the same act sent again is the same entry"
        transcribing.withdraw(session, world.actor(session, "marker1"), sheet, now=AFTER)
        with pytest.raises(errors.WrongState, match=r"^nothing_to_withdraw:"):
            transcribing.withdraw(session, world.actor(session, "marker1"), sheet, now=AFTER)
        with pytest.raises(errors.WrongState, match=r"^nonce_used:"):
            sheets.enter(session, world, sheet, "marker1", written, nonce="the-same-act")

        sheets.enter(session, world, sheet, "marker1", written)
        sheets.enter(session, world, sheet, "marker2", written)
        with pytest.raises(errors.WrongState, match=r"^compared_already:"):
            transcribing.withdraw(session, world.actor(session, "marker1"), sheet, now=AFTER)
        kept = session.exec(select(SheetEntry)).all()
        assert [(one.round, one.withdrawn_at is None) for one in kept] == [(1, False), (1, True), (2, True)]


OTHERS = (
    *("proctor_elsewhere", "author", "reviewer", "assembler", "approver", "arranger", "confirmer", "publisher"),
    *("planner", "auditor", "statistician", "institution", "enterprise", "supervisor", "custodian1", "administrator"),
)


@pytest.mark.parametrize("username", OTHERS)
def test_nobody_else_copies_anything(world: World, browser: Browser, clock: Clock, username: str) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
    clock.set(AFTER)
    place = f"/api/v1/results/transcriptions/{sheet}"
    body = {"copy_number": 1, "answers": {str(at): choice for at, choice in written.items()}, "nonce": "12345678"}
    client, wanted = browser.of(username), 404 if username == "proctor_elsewhere" else 403
    assert client.get(place).status_code == wanted
    assert client.post(f"{place}/entries", json=body).status_code == wanted
    assert client.post(f"{place}/decision", json={"copy_number": 1, "answers": {}}).status_code == wanted
    assert client.post(f"{place}/photos", files={"file": ("a.png", PNG)}).status_code == wanted
    if username == "proctor_elsewhere":
        assert client.get("/api/v1/results/transcriptions").json() == []


# What a natural person may have been to the class, and what they are told.
APART = {
    TEACH: "works_for_institution",
    Duty.CONFIRM: "deeds_exclude",
    Duty.PUBLISH: "deeds_exclude",
    Duty.SIT: "deeds_exclude",
}


@pytest.mark.parametrize(("part", "code"), APART.items())
def test_who_had_another_part_in_the_class_copies_nothing(world: World, part: str, code: str) -> None:
    """The natural person is asked, whatever the account."""
    with database.writing() as session:
        sheet, written = room(session, world)
        for username in ("marker1", "proctor2"):
            person = world.actor(session, username).person_id
            assert person is not None
            duties.note_deed(session, person, part, f"class:{world.class_id}", now=WORKING_AT)
            with pytest.raises(errors.Refused, match=f"^{code}:"):
                sheets.enter(session, world, sheet, username, written)
            if code == "deeds_exclude":
                (line,) = sheet_desks.queue(session, world.actor(session, username))
                assert line.enter.code == code


def test_who_is_tied_to_the_institution_copies_nothing(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        tie = TieDraft(world.organisations["institution"], TieKind.RELATIVE, since=STARTS_AT.date())
        declaring.declare_own(session, world.actor(session, "marker1"), tie, now=WORKING_AT)
        with pytest.raises(errors.Refused, match=r"^tied_to_institution:"):
            sheets.enter(session, world, sheet, "marker1", written)


def test_what_is_entered_has_to_fit_the_sheet_and_the_copies(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        bad = next(at for at in written)
        with pytest.raises(errors.Refused, match=r"^entry_malformed:"):
            sheets.enter(session, world, sheet, "marker1", {**written, bad: "XYZ"})
        with pytest.raises(errors.Refused, match=r"^copy_unknown:"):
            sheets.enter(session, world, sheet, "marker1", written, copy=7)
        assert session.exec(select(SheetEntry)).all() == []


def test_one_copy_is_one_seats(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=4)
        first, second = sheets.collected(session, world, world.seats[:2])
        for who in ("marker1", "marker2"):
            sheets.enter(session, world, first, who, {}, copy=3)
        with pytest.raises(errors.Refused, match=r"^copy_taken:"):
            sheets.enter(session, world, second, "marker1", {}, copy=3)
        sheets.enter(session, world, second, "marker1", {}, copy=4)


def test_pictures_are_sealed_and_shown_to_whoever_copies(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        sheet, _ = room(session, world)
    clock.set(AFTER)
    place = "/api/v1/results/transcriptions"
    (first, again) = (
        browser.of("proctor1").post(f"{place}/{sheet}/photos", files={"file": ("a.png", PNG)}) for _ in range(2)
    )
    assert (first.status_code, first.json()) == (201, again.json())
    shown = browser.of("marker1").get(f"{place}/photos/{first.json()['id']}")
    assert (shown.content, shown.headers["content-type"], shown.headers["cache-control"]) == (
        PNG,
        "image/png",
        "no-store",
    )
    assert browser.of("confirmer").get(f"{place}/photos/{first.json()['id']}").status_code == 403
    assert browser.of("proctor_elsewhere").get(f"{place}/photos/{first.json()['id']}").status_code == 404
    text = browser.of("proctor1").post(f"{place}/{sheet}/photos", files={"file": ("a.png", b"GIF89a")})
    assert text.json()["code"] == "photo_type"
    with database.writing() as session:
        row = session.exec(select(SheetPhoto)).one()
        assert b"answer sheet" not in row.picture_sealed
        assert transcripts.picture(row) == PNG


def test_everything_marked_again_is_the_same_and_a_changed_sheet_is_found(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        for who in ("marker1", "marker2"):
            sheets.enter(session, world, sheet, who, written)
        found = repeating.repeat(session, world.sitting_id, now=AFTER)
        assert (found.sheets, found.other_answers, found.other_marks) == (1, [], [])
    assert CliRunner().invoke(app, ["results", "verify"]).exit_code == 0

    with database.writing() as session:
        forbid_nothing(session)
        session.execute(sa.update(Transcript).values(choices="{}"))
        session.expire_all()
        found = repeating.repeat(session, world.sitting_id, now=AFTER)
        assert found.other_answers == found.other_marks == [world.seats[0]]
    assert CliRunner().invoke(app, ["results", "verify"]).exit_code == 1


def forbid_nothing(session: Session) -> None:
    """Take the database's own guard away, as somebody might who holds the machine."""
    dialect = session.connection().dialect.name
    of = " ON sittings_transcript" if dialect == "postgresql" else ""
    session.execute(sa.text(f"DROP TRIGGER sittings_transcript_refuses_update{of}"))


def test_the_database_refuses_to_change_what_was_copied(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        for who in ("marker1", "marker2"):
            sheets.enter(session, world, sheet, who, written)
        session.flush()
        for statement in (
            sa.update(SheetEntry).values(choices="{}"),
            sa.update(SheetEntry).values(entered_by=1),
            sa.delete(SheetEntry),
            sa.update(Transcript).values(copy_number=9),
            sa.delete(Transcript),
        ):
            with pytest.raises(DBAPIError, match="never change"), session.begin_nested():
                session.execute(statement)
        row = session.exec(select(SheetEntry)).first()
        assert row is not None
        same = {name: getattr(row, name) for name in ("sheet_id", "round", "copy_number", "choices", "entered_at")}
        third = sa.insert(SheetEntry).values(**same, entered_by=1, nonce="a-third-entry")
        with pytest.raises((IntegrityError, DBAPIError)), session.begin_nested():
            session.execute(third)


def test_a_late_answer_of_the_machine_does_not_undo_what_the_sheet_says(world: World) -> None:
    with database.writing() as session:
        sheet, written = room(session, world)
        for who in ("marker1", "marker2"):
            sheets.enter(session, world, sheet, who, written)
        seat = session.get_one(Seat, world.seats[0])
        around = late_reads.around(session, [seat])
        at = next(iter(written))
        assert (around.counting[seat.id or 0, at].choice, around.counting[seat.id or 0, at].at) == (written[at], AFTER)
        assert len(around.counting) == len(written) + 2


@pytest.fixture
def with_texts(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """The evening before an exam with a free text."""
    with databases.copy("essays_eve", essays.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


def test_what_somebody_wrote_by_hand_is_marked_by_people_who_did_not_copy_it(with_texts: World) -> None:
    world = with_texts
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=4)
        at = essays.written_at(session, world.sitting_id)
        first, second = sheets.collected(session, world, world.seats[:2])
        for who in ("marker1", "proctor2"):
            sheets.enter(session, world, first, who, {at: "立即停止作业，撤人。"}, copy=1)
        for who in ("marker2", "proctor1"):
            sheets.enter(session, world, second, who, {at: "先报告调度室。"}, copy=2)

        shown = {
            who: grading.take_next(session, world.actor(session, who), world.class_id, now=AFTER) for who in MARKERS
        }
        assert {who: desk and desk.script.seat_id for who, desk in shown.items() if who != "marker3"} == {
            "marker1": world.seats[1],
            "marker2": world.seats[0],
        }
        assert shown["marker3"] is not None
        kept = {one.seat_id: one.answer for one in session.exec(select(Script))}
        assert kept == {world.seats[0]: "立即停止作业，撤人。", world.seats[1]: "先报告调度室。"}


def test_the_clock_and_the_marks_of_all_others_are_untouched(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        exams.write(session, world, world.seats[1], answers_losing(session, world.sitting_id, 4), STARTS_AT)
        sheets.collected(session, world, world.seats[:1])
        marking.hand_in_overdue(session, now=ENDS_AT)

        found = queries.result_of_seat(session, world.seats[1])
        assert found is not None and found.points == 96
        assert result(session, world) is None


@pytest.mark.parametrize("seed", range(8))
def test_whatever_people_do_in_whatever_order_the_marks_follow_from_two_and_a_third(world: World, seed: int) -> None:
    """A history of entries, second thoughts and rulings by anybody; what is settled is as two or three have read it."""
    drawn = random.Random(seed)
    people = ("marker1", "marker2", "marker3", "proctor1", "proctor2", "confirmer")
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=3)
        numbers = sheets.collected(session, world, world.seats[:3])
        sitting = sittings.sitting(session, world.sitting_id)
        assert sitting is not None
        lines = [line for line in asking.answer_sheet(session, sitting.form_id) if line.kind == "single"][:2]
        done = 0
        for _ in range(60):
            number, who = drawn.choice(numbers), drawn.choice(people)
            answers = {line.position: drawn.choice("AB") for line in lines}
            deed = drawn.choice(("enter", "enter", "withdraw", "settle"))
            try:
                with session.begin_nested():
                    act(session, world, deed, number, who, answers, copy=numbers.index(number) + 1)
                done += 1
            except errors.ServiceError:
                pass
        assert done >= 6

        standing = session.exec(select(SheetEntry)).all()
        for number in numbers:
            found = [one for one in standing if one.sheet_id == number and one.withdrawn_at is None]
            row = session.get(Transcript, number)
            hands = {one.entered_by for one in found} | ({row.decided_by} if row and row.decided_by else set())
            assert len({one.round for one in found}) == len(found) <= 2
            seat_id = world.seats[numbers.index(number)]
            result = queries.result_of_seat(session, seat_id)
            assert (result is None) is (row is None)
            if row is not None:
                assert len(hands) == (3 if row.how == Settling.DECIDED else 2)
                marks = queries.marks(session, result.id or 0) if result is not None else {}
                read = transcripts.read(row).choices
                assert {at: marks[at].choice for at in read} == read
        again = repeating.repeat(session, world.sitting_id, now=AFTER)
        assert (again.other_answers, again.other_marks) == ([], [])


def act(
    session: Session, world: World, deed: str, number: int, who: str, answers: dict[int, str], *, copy: int
) -> None:
    match deed:
        case "enter":
            sheets.enter(session, world, number, who, answers, copy=copy)
        case "withdraw":
            transcribing.withdraw(session, world.actor(session, who), number, now=AFTER)
        case _:
            found = sheet_desks.compare(session, world.actor(session, who), number, now=AFTER)
            ruled = {one.line.position: one.second for one in found.rows if one.differs}
            sheets.settle(session, world, number, who, ruled, copy=copy)
