"""Pictures in files of items: out and in again to the byte where a format can carry them, and told where it cannot."""

import base64
import dataclasses
import json
import zipfile
from io import BytesIO

import pytest
from sqlmodel import Session

from service.bank import queries
from service.bank.actions import exporting, importing, uploads, workbook
from service.bank.actions.exporting import Format
from service.bank.queries import picturing as kept
from service.bank.rules import filling
from service.bank.rules.exchange import objects, planning
from service.bank.rules.exchange.drafts import Sheaf
from service.bank.rules.exchange.fields import Terms
from service.bank.rules.exchange.planning import Outcome, Plan
from service.bank.rules.items import ItemText, Kind
from service.bank.rules.narrowing import Narrowing
from service.bank.rules.pictures import Pictured
from service.bank.tables import Picture
from service.kernel import database
from tests.bank.test_drafting import CHOICE, ready
from tests.bank.test_pictures import CLEAN_GAUGE, GAUGE, LAMP, keep
from tests.bank.test_reviewing import LATER, TEXT, approve_all, submit
from tests.pictures import MARKER, exif, jpeg, png
from tests.world import World

WORDS = "一盏矿灯 <灯头> & “朝下”"
CARRYING = sorted(exporting.WITH_PICTURES)
MUTE = sorted(set(Format) - exporting.WITH_PICTURES)


def items(session: Session, world: World) -> list[ItemText]:
    """An item of every kind with a picture at its stem, one with pictures at its options, one with two lines."""
    change = dataclasses.replace
    lamp, gauge = Pictured(keep(session, world, LAMP), WORDS), Pictured(keep(session, world, GAUGE), "一块压力表")
    blank = f"图中是{filling.BLANK}灯。"
    return [
        change(CHOICE, pictures={"stem": lamp, "B": gauge, "D": lamp}),
        change(CHOICE, code="CMS-008", kind=Kind.SINGLE, stem="看图\n下列正确的是", key="C", pictures={"A": gauge}),
        change(TEXT, code="CMS-009", stem="图中的做法是对的。", pictures={"stem": gauge}),
        change(TEXT, code="CMS-010", kind=Kind.FILL_IN, stem=blank, key="矿\n矿用", pictures={"stem": lamp}),
        change(TEXT, code="CMS-011", kind=Kind.WRITTEN, stem="说明隐患。", key="3 说明朝下", pictures={"stem": lamp}),
        change(TEXT, code="CMS-012", stem="没有图片的一题。"),
    ]


def export(session: Session, world: World, form: Format) -> bytes:
    return exporting.make(session, world.actor(session, "author"), form, Narrowing()).content


def plan(session: Session, world: World, sheaf: Sheaf) -> Plan:
    return importing.plan_import(session, world.actor(session, "author"), sheaf, Terms())


def bring(session: Session, world: World, content: bytes) -> Plan:
    """A file as an author brings it: checked, and then imported as it was checked."""
    sheaf, author = uploads.sheaf_of(content), world.actor(session, "author")
    agreed = planning.digest(plan(session, world, sheaf))
    return importing.import_items(session, author, sheaf, Terms(), agreed=agreed, file="f", now=LATER)


@pytest.mark.parametrize("form", CARRYING)
def test_what_was_exported_comes_back_unchanged_and_into_an_empty_bank_to_the_byte(
    staffed: World, form: Format
) -> None:
    with database.writing() as session:
        ready(session, staffed)
        texts = items(session, staffed)
        submit(session, staffed, *texts)
        content = export(session, staffed, form)
        before = {digest: bytes(one.content) for digest, one in kept.pictures(session, kept.named(session)).items()}
        again = plan(session, staffed, uploads.sheaf_of(content))
        assert {line.outcome for line in again.lines} == {Outcome.UNCHANGED}
        session.rollback()
    with database.writing() as session:
        ready(session, staffed)
        assert kept.named(session) == set()

        done = bring(session, staffed, content)

        assert done.sound, [line.faults for line in done.lines]
        newest = queries.newest_versions(session)
        assert [queries.text_of(*newest[one.code]) for one in texts] == texts
        after = {digest: bytes(one.content) for digest, one in kept.pictures(session, kept.named(session)).items()}
        assert after == before and set(after.values()) == {LAMP, CLEAN_GAUGE}


@pytest.mark.parametrize("form", MUTE)
def test_a_format_that_cannot_carry_pictures_tells_of_them_and_takes_none_away(staffed: World, form: Format) -> None:
    with database.writing() as session:
        ready(session, staffed)
        texts = [one for one in items(session, staffed) if one.kind is not Kind.WRITTEN]
        submit(session, staffed, *texts)
        content = export(session, staffed, form)
        if form is Format.GIFT:
            assert content.decode().count("GIFT带不了图片 题干图片：") == 3

        again = plan(session, staffed, uploads.sheaf_of(content))

        assert {line.outcome for line in again.lines} == {Outcome.UNCHANGED}
        told = {line.text.code: {note.code for note in line.notes} for line in again.lines}
        assert all("pictures_stay" in told[one.code] for one in texts if one.pictures)
        assert "pictures_stay" not in told["CMS-012"]
        if form is Format.XLSX:
            assert all("pictures_not_here" in told[one.code] for one in texts if one.pictures)


def test_words_changed_in_a_table_are_a_new_version_under_the_same_picture(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        (text, *_) = items(session, staffed)
        submit(session, staffed, text)
        approve_all(session, staffed)
        changed = dataclasses.replace(text, difficulty=5, pictures={})
        bring(session, staffed, workbook.workbook_of([changed]))

        found = queries.text_of(*queries.newest_versions(session)[text.code])
        assert (found.difficulty, found.pictures) == (5, text.pictures)


def json_of(**picture: object) -> bytes:
    (found,) = json.loads(objects.written([CHOICE]))
    given = {"words": "一盏矿灯", "content": base64.b64encode(LAMP).decode(), **picture}
    return json.dumps([{**found, "pictures": {"stem": given}}]).encode()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(json_of(content="??"), "picture_type", id="no base64"),
        pytest.param(json_of(content=base64.b64encode(b"GIF89a").decode()), "picture_type", id="another type"),
        pytest.param(json_of(content=base64.b64encode(LAMP[:-40]).decode()), "picture_broken", id="cut off"),
        pytest.param(json_of(content=base64.b64encode(png(1601, 1)).decode()), "picture_sides", id="too wide"),
        pytest.param(json_of(words=" "), "picture_faulty", id="no words"),
    ],
)
def test_a_picture_that_no_author_could_upload_keeps_the_file_out(staffed: World, content: bytes, code: str) -> None:
    with database.writing() as session:
        ready(session, staffed)

        done = bring(session, staffed, content)

        assert [(fault.column, fault.code) for fault in done.lines[0].faults] == [("题干图片", code)]
        assert kept.named(session) == set() and session.get(Picture, "0" * 64) is None
        assert CHOICE.code not in queries.newest_versions(session)


def test_nothing_that_came_with_a_picture_comes_in_by_a_file(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        photo = jpeg(before=exif(1))
        assert MARKER in photo

        bring(session, staffed, json_of(content=base64.b64encode(photo).decode()))

        named = queries.newest_versions(session)[CHOICE.code][1].pictures["stem"]["digest"]
        assert session.get_one(Picture, named).content == CLEAN_GAUGE


def test_a_place_that_there_is_not_is_told(staffed: World) -> None:
    (found,) = json.loads(json_of())
    found["pictures"]["F"] = found["pictures"]["stem"]
    with database.writing() as session:
        ready(session, staffed)
        done = plan(session, staffed, uploads.sheaf_of(json.dumps([found]).encode()))

    assert [note.code for note in done.lines[0].notes] == ["picture_place"]


MOODLE = """<quiz><question type="truefalse"><idnumber>CMS-007</idnumber>
<questiontext format="html"><text>{text}</text>{files}</questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question></quiz>"""
IMAGE = '&lt;img src="@@PLUGINFILE@@/{name}" alt="灯"&gt;'
FILE = '<file name="{name}" encoding="base64">{content}</file>'


@pytest.mark.parametrize(
    ("text", "files"),
    [
        pytest.param(IMAGE.format(name="a.png"), [], id="a picture that is not in the file"),
        pytest.param(IMAGE.format(name="a.png") + IMAGE.format(name="b.png"), ["a.png", "b.png"], id="two pictures"),
        pytest.param('看&lt;img src="https://example.org/a.png" alt="灯"&gt;', [], id="a picture from elsewhere"),
        pytest.param("看&lt;table&gt;&lt;/table&gt;", [], id="a table"),
        pytest.param("没有图", ["a.png"], id="a file that nothing shows"),
    ],
)
def test_what_no_item_can_show_is_left_out_by_name(text: str, files: list[str]) -> None:
    packed = base64.b64encode(LAMP).decode()
    beside = "".join(FILE.format(name=name, content=packed) for name in files)

    (draft,) = uploads.sheaf_of(MOODLE.format(text=text, files=beside).encode()).drafts

    assert draft.left_out is not None and draft.left_out.code == "picture_left_out"


def test_a_package_names_nothing_outside_of_itself(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        submit(session, staffed, *items(session, staffed)[2:3])
        content = export(session, staffed, Format.QTI)
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(written, "w") as after:
        assert sorted(name.partition("/")[0] for name in before.namelist()).count("pictures") == 1
        for name in before.namelist():
            said = before.read(name).replace(b"../pictures/", b"../../../../etc/") if name.endswith("xml") else b""
            after.writestr(name, said or before.read(name))

    drafts = uploads.sheaf_of(written.getvalue()).drafts

    assert {draft.left_out.code for draft in drafts if draft.left_out is not None} == {"picture_left_out"}


def test_gift_in_html_with_a_picture_is_left_out() -> None:
    said = '::X::[html]<p>看图</p><img src\\="a.png">{T}'

    (draft,) = uploads.sheaf_of(said.encode()).drafts

    assert draft.left_out is not None and draft.left_out.code == "picture_left_out"
