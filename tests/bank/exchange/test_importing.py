"""Importing into a real database: the rehearsal, exactly what it showed, a second time, and everything or nothing."""

import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank import queries
from service.bank.actions import exporting, importing, reviewing, tagging, uploads
from service.bank.actions import files as bank_files
from service.bank.actions.exporting import Format
from service.bank.queries import tagging as filing
from service.bank.rules.exchange import planning
from service.bank.rules.exchange.fields import Terms
from service.bank.rules.exchange.planning import Outcome, Plan
from service.bank.rules.items import State
from service.bank.rules.narrowing import Narrowing
from service.journal import queries as journal
from service.kernel import database, errors, settings
from tests import world as worlds
from tests.bank.exchange import files
from tests.bank.exchange.files import EDITION, row
from tests.world import PREPARED_AT, World

LATER = PREPARED_AT + timedelta(minutes=1)


def prepare(session: Session, world: World) -> None:
    """The editions and subjects that items may name."""
    found = bank_files.read(settings.ROOT / "question_bank")
    author = world.actor(session, "author")
    reviewing.load_editions(session, author, found.editions, now=PREPARED_AT)
    reviewing.load_subjects(session, author, found.subjects, now=PREPARED_AT)


def rehearse(session: Session, world: World, content: bytes, terms: Terms | None = None) -> Plan:
    sheaf = uploads.sheaf_of(content)
    return importing.plan_import(session, world.actor(session, "author"), sheaf, terms or Terms())


def bring(session: Session, world: World, content: bytes, terms: Terms | None = None, *, agreed: str = "") -> Plan:
    """Rehearse and import at once, as whoever confirms what they saw."""
    agreed = agreed or planning.digest(rehearse(session, world, content, terms))
    author, sheaf = world.actor(session, "author"), uploads.sheaf_of(content)
    return importing.import_items(session, author, sheaf, terms or Terms(), agreed=agreed, file="f" * 64, now=LATER)


def outcomes(plan: Plan) -> list[tuple[str, Outcome, int]]:
    return [(line.text.code, line.outcome, line.number) for line in plan.lines]


def states(session: Session) -> dict[str, tuple[int, str]]:
    """(number, state) of the newest version of every item."""
    return {code: (version.number, version.state) for code, (_, version) in queries.newest_versions(session).items()}


def test_a_rehearsal_writes_nothing_and_the_import_is_what_it_showed(staffed: World) -> None:
    content = files.one(row(1), row(2))
    with database.writing() as session:
        prepare(session, staffed)
        before = journal.head(session).seq

        plan = rehearse(session, staffed, content)

        assert outcomes(plan) == [("XAM-001", Outcome.NEW, 1), ("XAM-002", Outcome.NEW, 1)]
        assert (states(session), journal.head(session).seq) == ({}, before)

        done = bring(session, staffed, content)

        assert outcomes(done) == outcomes(plan)
        assert states(session) == {"XAM-001": (1, State.SUBMITTED), "XAM-002": (1, State.SUBMITTED)}
        (entry,) = session.exec(journal.entries(event="ITEMS_IMPORTED"))
        assert json.loads(entry.data) == {"file": "f" * 64, "new": 2, "changed": 0, "unchanged": 0, "left_out": 0}
        assert entry.actor == f"account:{staffed.accounts['author']}"


def test_the_same_file_again_changes_nothing_and_a_mended_one_makes_new_versions(staffed: World) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(row(1), row(2)))

        again = bring(session, staffed, files.one(row(1), row(2)))
        mended = bring(session, staffed, files.one(row(1), row(2, 难度=4), row(3)))

        assert [outcome for _, outcome, _ in outcomes(again)] == [Outcome.UNCHANGED, Outcome.UNCHANGED]
        assert outcomes(mended) == [
            ("XAM-001", Outcome.UNCHANGED, 1),
            ("XAM-002", Outcome.CHANGED, 2),
            ("XAM-003", Outcome.NEW, 1),
        ]
        assert states(session) == {
            "XAM-001": (1, State.SUBMITTED),
            "XAM-002": (2, State.SUBMITTED),
            "XAM-003": (1, State.SUBMITTED),
        }


def test_codes_that_the_service_gives_are_found_again_by_the_words(staffed: World) -> None:
    terms = Terms(prefix="KSB")
    first, second = row(1, 编号="17"), row(2, 编号="")
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(row(9, 编号="KSB-007")))

        done = bring(session, staffed, files.one(first, second), terms)
        again = bring(session, staffed, files.one(second, row(3, 编号=""), first), terms)

        assert outcomes(done) == [("KSB-008", Outcome.NEW, 1), ("KSB-009", Outcome.NEW, 1)]
        assert [note.code for note in done.lines[0].notes] == ["code_given"]
        assert outcomes(again) == [
            ("KSB-009", Outcome.UNCHANGED, 1),
            ("KSB-010", Outcome.NEW, 1),
            ("KSB-008", Outcome.UNCHANGED, 1),
        ]


def test_the_same_question_under_another_code_is_pointed_out(staffed: World) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(row(1)))

        plan = rehearse(session, staffed, files.one(row(1, 编号="YAM-001")))

        ((line,),) = [plan.lines]
        assert (line.outcome, [(note.code, note.values) for note in line.notes]) == (
            Outcome.NEW,
            [("words_in_bank", {"codes": "XAM-001"})],
        )


def test_one_fault_keeps_the_whole_file_out(staffed: World) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        before = journal.head(session).seq

        plan = bring(session, staffed, files.one(row(1), row(2, 答案="E")))

        assert not plan.sound
        assert (states(session), journal.head(session).seq) == ({}, before)
        assert bring(session, staffed, files.one(row(1))).sound
        assert set(states(session)) == {"XAM-001"}


def test_what_was_agreed_to_is_done_or_nothing(staffed: World) -> None:
    content = files.one(row(1), row(2))
    with database.writing() as session:
        prepare(session, staffed)
        agreed = planning.digest(rehearse(session, staffed, content))
        bring(session, staffed, files.one(row(1, 难度=5)))

        for stale in (agreed, "", "0" * 64):
            with pytest.raises(errors.WrongState, match=r"^import_moved:"):
                bring(session, staffed, content, agreed=stale or "nothing")

        assert set(states(session)) == {"XAM-001"}
        assert bring(session, staffed, content).sound


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        pytest.param(Terms(edition="nowhere-1999"), "edition_unknown_name", id="edition"),
        pytest.param(Terms(subject="astronomy"), "subject_unknown_name", id="subject"),
    ],
)
def test_what_the_importer_says_for_all_must_exist(staffed: World, terms: Terms, code: str) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        with pytest.raises(errors.Malformed, match=rf"^{code}:"):
            rehearse(session, staffed, files.one(row(1)), terms)


def test_what_the_importer_says_for_all_never_overrules_the_file(staffed: World) -> None:
    said = Terms("ZZZ", "social-insurance-law-2018", 98, (TraineeRole.SAFETY_DEPUTY,), 5, subject="gas")
    blank = dict.fromkeys(("编号", "法规版本", "条号", "适用角色", "难度", "认知层次", "科目"), "")
    with database.writing() as session:
        prepare(session, staffed)

        plan = rehearse(session, staffed, files.one(row(1, 科目="通风"), row(2, 解析="理由见教材。", **blank)), said)

    first, second = plan.texts()
    assert (first.code, first.edition, first.article, first.roles, first.difficulty, first.subject) == (
        "XAM-001",
        EDITION,
        55,
        (TraineeRole.TEAM_LEADER,),
        2,
        "ventilation",
    )
    assert (second.code, second.edition, second.article, second.roles, second.difficulty, second.subject) == (
        "ZZZ-001",
        said.edition,
        98,
        said.roles,
        5,
        "gas",
    )


def test_nobody_but_an_author_imports_and_nobody_reviews_what_they_imported(staffed: World) -> None:
    sheaf = uploads.sheaf_of(files.one(row(1)))
    with database.writing() as session:
        prepare(session, staffed)
        for username in {"administrator", *worlds.STAFF} - {"author"}:
            with pytest.raises(errors.RightMissing):
                importing.plan_import(session, staffed.actor(session, username), sheaf, Terms())
        bring(session, staffed, files.one(row(1)))
        (waiting,) = queries.awaiting_review(session)

        author = replace(staffed.actor(session, "author"), duties=staffed.actor(session, "reviewer").duties)
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            reviewing.review_item(session, author, waiting, approve=True, reason="", now=LATER)


@pytest.mark.long
def test_ten_thousand_rows_come_in_under_half_a_minute(staffed: World) -> None:
    content = files.one(*(row(number) for number in range(1, 10_001)))
    assert len(content) < uploads.MOST_BYTES
    with database.writing() as session:
        prepare(session, staffed)
    started = time.monotonic()

    with database.reading() as session:
        agreed = planning.digest(rehearse(session, staffed, content))
    with database.writing() as session:
        done = bring(session, staffed, content, agreed=agreed)

    assert done.counts[Outcome.NEW] == 10_000
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("form", [Format.XLSX, Format.JSON])
def test_what_goes_out_filed_comes_back_filed_and_can_be_undone_like_any_filing(staffed: World, form: Format) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(row(1), row(2), row(3)))
        author = staffed.actor(session, "author")
        tagging.file_also(session, author, {"XAM-001": ["复审", "重点"], "XAM-003": ["复审"]}, now=LATER)
        before = filing.filed_of(session, ["XAM-001", "XAM-002", "XAM-003"])
        content = exporting.make(session, author, form, Narrowing()).content

        same = bring(session, staffed, content)
        acts = len(session.exec(journal.entries(event="ITEMS_TAGGED")).all())
        tagging.undo(session, author, now=LATER)
        assert filing.filed_of(session, list(before)) == {}, "they are not filed any more"
        again = bring(session, staffed, content)

        assert (same.filing(), acts) == ({}, 1), "what is filed so already is no act"
        assert [outcome for _, outcome, _ in outcomes(again)] == [Outcome.UNCHANGED] * 3
        assert filing.filed_of(session, list(before)) == before
        assert len(session.exec(journal.entries(event="ITEMS_TAGGED")).all()) == 2
        assert {code: number for code, (number, _) in states(session).items()} == dict.fromkeys(states(session), 1)
        tagging.undo(session, author, now=LATER)
        assert filing.filed_of(session, list(before)) == {}


def test_what_is_new_is_filed_as_it_comes_in_and_nothing_is_filed_away(staffed: World) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(row(1, 归类标签="复审、重点")))
        bring(session, staffed, files.one(row(1, 归类标签="急用"), row(2)))

        assert filing.filed_of(session, ["XAM-001", "XAM-002"]) == {"XAM-001": {"复审", "重点", "急用"}}
        seen = planning.digest(rehearse(session, staffed, files.one(row(2))))
        with pytest.raises(errors.WrongState, match=r"^import_moved:"):
            bring(session, staffed, files.one(row(2, 归类标签="偷换")), agreed=seen)
