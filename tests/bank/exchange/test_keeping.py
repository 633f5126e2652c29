"""What a file is silent about is kept, and what it was made from must still be the newest."""

import json
from dataclasses import replace

import pytest
from sqlmodel import Session

from service.bank.actions import exporting, reviewing
from service.bank.actions.exporting import Format
from service.bank.queries import newest
from service.bank.rules.exchange.planning import Outcome, Plan
from service.bank.rules.items import ItemText
from service.bank.rules.narrowing import Narrowing
from service.kernel import database
from tests.bank.exchange import files
from tests.bank.exchange.files import HEAD, row
from tests.bank.exchange.test_importing import bring, prepare, rehearse
from tests.bank.test_reviewing import LATER
from tests.world import World

FULL = row(1, 标签="复审、重点", 互斥组="gas-limit", 科目="gas", 难度=4)


def kept(session: Session) -> ItemText:
    return next(text for text, *_ in newest.newest_texts(session) if text.code == "XAM-001")


def without(*columns: str) -> bytes:
    """The same item under another stem, in a sheet that lacks some columns."""
    said = dict(zip(HEAD, FULL, strict=True)) | {"题干": "某矿检查时发现瓦斯超限，班组长应当（　　）。"}
    head = [name for name in HEAD if name not in columns]
    return files.one([said[name] for name in head], head=head)


def notes(plan: Plan) -> list[tuple[str, object]]:
    return [(note.code, note.values.get("columns")) for line in plan.lines for note in line.notes]


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("解析", "explanation"),
        ("标签", "tags"),
        ("互斥组", "enemies"),
        ("科目", "subject"),
        ("难度", "difficulty"),
        ("认知层次", "level"),
        ("适用角色", "roles"),
        ("法规版本", "edition"),
        ("条号", "article"),
        ("题型", "kind"),
    ],
)
def test_a_column_that_a_sheet_lacks_blanks_nothing(staffed: World, column: str, field: str) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(FULL))
        before, content = kept(session), without(column, "解析")

        assert ("kept", "、".join(one for one in HEAD if one in {column, "解析"})) in notes(
            rehearse(session, staffed, content)
        )
        bring(session, staffed, content)

        after = kept(session)
        assert after == replace(before, stem=after.stem) != before
        assert getattr(after, field) == getattr(before, field)


def test_options_that_a_sheet_lacks_are_kept(staffed: World) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(FULL))
        before = kept(session)

        bring(session, staffed, without("选项A", "选项B", "选项C", "选项D"))

        assert kept(session).options == before.options


def test_an_empty_cell_of_a_column_that_is_there_blanks_it(staffed: World) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(FULL))

        plan = bring(session, staffed, files.one(row(1, 难度=4, 科目="gas", 互斥组="gas-limit")))

        assert (kept(session).tags, notes(plan)) == ((), [])


def test_an_object_of_json_says_only_what_it_changes(staffed: World) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(FULL))
        before = kept(session)

        bring(session, staffed, json.dumps([{"code": "XAM-001", "difficulty": 5}]).encode())

        assert kept(session) == replace(before, difficulty=5)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param("1", "version_overtaken", id="the version before"),
        pytest.param("１", "version_overtaken", id="the same in wide digits"),
        pytest.param("第1版", "version_malformed", id="in words"),
        pytest.param("1.0", "version_malformed", id="as a number with a point"),
        pytest.param("2", "", id="the newest"),
        pytest.param("", "", id="emptied on purpose"),
    ],
)
def test_a_version_that_nobody_can_read_is_no_leave_to_overwrite(staffed: World, said: str, code: str) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(FULL))
        mended = replace(kept(session), explanation="依据第五十五条，已经改正。")
        reviewing.submit_items(session, staffed.actor(session, "author"), [mended], now=LATER)

        plan = rehearse(session, staffed, json.dumps([{"code": "XAM-001", "difficulty": 5, "version": said}]).encode())

        assert [fault.code for line in plan.lines for fault in line.faults] == ([code] if code else [])


@pytest.mark.parametrize("form", [Format.XLSX, Format.JSON])
def test_a_file_made_from_an_older_version_overwrites_no_newer_one(staffed: World, form: Format) -> None:
    with database.writing() as session:
        prepare(session, staffed)
        bring(session, staffed, files.one(FULL, row(2)))
        author = staffed.actor(session, "author")
        old = exporting.make(session, author, form, Narrowing()).content
        mended = replace(kept(session), explanation="依据第五十五条，已经改正。")
        reviewing.submit_items(session, author, [mended], now=LATER)

        plan = rehearse(session, staffed, old)
        again = rehearse(session, staffed, exporting.make(session, author, form, Narrowing()).content)

        found = {line.text.code: (line.outcome, [fault.code for fault in line.faults]) for line in plan.lines}
        assert found["XAM-001"] == (Outcome.FAULTY, ["version_overtaken"])
        assert {one for code, (one, _) in found.items() if code != "XAM-001"} == {Outcome.UNCHANGED}
        assert {line.outcome for line in again.lines} == {Outcome.UNCHANGED}
        assert kept(session) == mended
