"""Pictures of a paper: sealed with it, shown on the machine of whoever is working on it, and on no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from service.bank.actions import picturing as bank_pictures
from service.bank.queries import picturing as kept
from service.bank.tables import ItemVersion, Picture
from service.kernel import database, errors
from service.papers import queries as papers
from service.papers.actions import assembling, comparing, judging, opening
from service.papers.actions import picturing as sealed
from service.papers.rules.states import Form
from service.papers.tables import PaperFormItem, PaperFormPictures
from service.sittings import queries
from service.sittings.actions import paper_copies, picturing
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, using
from tests.papers.classes import Wanted, open_class
from tests.papers.test_sealing import cells
from tests.sittings import pictured
from tests.sittings.test_paper_prints import lay
from tests.world import AFTER, PREPARED_AT, STARTS_AT, WORKING_AT, World


@pytest.fixture
def shown(databases: Databases, tmp_path: Path) -> Iterator[World]:
    with databases.copy("pictured", pictured.build) as (url, world), using(url, tmp_path / "clock"):
        yield world
    picturing.OPENED.__init__()  # type: ignore[misc]


def form_id(session: Session, world: World, letter: Form = Form.A) -> int:
    return papers.forms(session, world.paper_id)[letter].id or 0


def place_of(session: Session, world: World, letter: Form = Form.A) -> int:
    """A position of an opened form whose question has pictures."""
    return next(one.position for one in opening.read_opened(session, form_id(session, world, letter)) if one.pictures)


def holding(session: Session, prefix: str) -> set[str]:
    """Columns that hold the bytes of any picture, in one way of writing or another."""
    wanted = [content[60:160] for content in pictured.contents()]
    wanted += [sealed.source(content, "x").partition(",")[2].encode()[80:200] for content in pictured.contents()]
    return {column for column, stored in cells(session, prefix) if any(one in stored for one in wanted)}


# --- sealed ---


def test_a_sealed_paper_shows_no_picture_and_names_none_and_the_bank_alone_has_them(shown: World) -> None:
    with database.reading() as session:
        assert holding(session, "") == {"bank_picture.content"}
        digests = set(session.exec(select(Picture.digest)))
        assert len(digests) == len(pictured.contents()) > 100
        stored = b"\n".join(content for _, content in cells(session, "papers_"))
        assert [one for one in digests if one.encode() in stored] == []
        assert "图样".encode() not in stored
        lengths = {len(row.sealed) for row in session.exec(select(PaperFormPictures))}
        assert [length % sealed.FILLED_TO for length in lengths] == [28] * len(lengths), "nonce and tag, and no more"


@pytest.mark.parametrize("number", [0, 1, 7])
def test_pictures_are_packed_and_unpacked_without_loss(number: int) -> None:
    pictures = {f"{one:064x}": bytes((one,)) * (1 + one * 30_000) for one in range(number)}

    whole = sealed.packed(pictures)

    assert sealed.unpacked(whole) == pictures
    assert len(whole) % sealed.FILLED_TO == 0


def test_an_opened_form_has_its_own_copy_of_what_the_bank_showed_then(shown: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, shown)
        for row in session.exec(select(Picture)):
            session.delete(row)
        session.flush()

        questions = opening.read_opened(session, form_id(session, shown))
        found = opening.read_pictures(session, form_id(session, shown))

        singles = [one for one in questions if one.kind == "single"]
        assert singles and all(set(one.pictures) == {"stem", pictured.PLACE} for one in singles)
        assert not any(one.pictures for one in questions if one.kind != "single")
        named = {picture.digest for one in questions for picture in one.pictures.values()}
        assert named == set(found) and set(found.values()) <= pictured.contents()


def test_one_changed_bit_of_sealed_pictures_is_refused_and_forms_cannot_change_places(shown: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, shown)
        a, b = (session.get_one(PaperFormPictures, form_id(session, shown, letter)) for letter in Form)
        mine, other = bytes(a.sealed), bytes(b.sealed)
        assert opening.read_pictures(session, a.form_id)
        for wrong in (other, mine[:-1] + bytes((mine[-1] ^ 1,))):
            a.sealed = wrong
            session.add(a)
            session.flush()
            with pytest.raises(InvalidTag):
                opening.read_pictures(session, a.form_id)


def test_what_was_sat_is_told_from_the_same_words_under_another_picture(shown: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, shown)
        paper = papers.paper(session, shown.paper_id)
        assert paper is not None
        before = comparing.compare(session, shown.paper_id)
        assert before.opened and not before.differences
        digest, other = sorted(session.exec(select(Picture.digest)))[:2]
        for version in session.exec(select(ItemVersion)):
            version.pictures = {
                place: {**one, "digest": other if one["digest"] != other else digest}
                for place, one in version.pictures.items()
            }
            session.add(version)
        session.flush()

        after = comparing.compare(session, shown.paper_id)

        assert any("other items than the recipe says" in one for one in after.differences)


# --- on a candidate's machine ---


def test_a_machine_is_shown_the_pictures_of_its_own_paper_once_it_has_begun(shown: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, shown)
        seat, other = shown.seats[:2]
        exam = worlds.start(session, seat)
        at = pictured.pictured_at(exam)
        assert at
        for position in at:
            question = next(one for one in exam.questions if one.position == position)
            for place, picture in question.pictures.items():
                found = picturing.show(session, worlds.machine(session, seat), position, place, now=WORKING_AT)
                assert (found.content in pictured.contents(), found.media_type) == (True, picture.media_type)

        with pytest.raises(errors.NotFound):
            picturing.show(session, worlds.machine(session, seat), at[0], "D", now=WORKING_AT)
        bare = next(one.position for one in exam.questions if not one.pictures)
        for position in (bare, 999):
            with pytest.raises(errors.NotFound):
                picturing.show(session, worlds.machine(session, seat), position, "stem", now=WORKING_AT)
        with pytest.raises(errors.WrongState, match=r"^seat_not_working:"):
            picturing.show(session, worlds.machine(session, other), at[0], "stem", now=WORKING_AT)


def test_nothing_is_shown_before_the_start_and_nothing_after_handing_in(shown: World) -> None:
    with database.writing() as session:
        seat = shown.seats[0]
        machine = worlds.machine(session, seat)
        with pytest.raises(errors.WrongState, match=r"^seat_not_working:"):
            picturing.show(session, machine, 1, "stem", now=PREPARED_AT)
        worlds.begin_exam(session, shown)
        at = place_of(session, shown)
        with pytest.raises(errors.WrongState, match=r"^seat_not_working:"):
            picturing.show(session, machine, at, "stem", now=STARTS_AT)
        worlds.start(session, seat)
        assert picturing.show(session, machine, at, "stem", now=WORKING_AT).content in pictured.contents()

        with pytest.raises(errors.WrongState, match=r"^already_handed_in:"):
            picturing.show(session, machine, at, "stem", now=AFTER)


def test_no_more_than_so_many_bytes_of_pictures_are_kept_in_memory(
    shown: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, shown)
        form, at = form_id(session, shown), place_of(session, shown)
        worlds.start(session, shown.seats[0])
        monkeypatch.setattr(picturing, "MOST_BYTES", 1000)
        machine = worlds.machine(session, shown.seats[0])

        assert picturing.show(session, machine, at, "stem", now=WORKING_AT).content in pictured.contents()
        assert picturing.OPENED.held() == 0
        monkeypatch.setattr(picturing, "MOST_BYTES", 10**9)
        whole = sum(map(len, picturing.OPENED.of(session, form).values()))
        assert picturing.OPENED.held() == whole > 1000


# --- through HTTP ---


@pytest.fixture
def sitting(shown: World, clock: Clock) -> World:
    clock.set(WORKING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, shown)
    return shown


def candidate(browser: Browser, world: World, number: int = 0) -> TestClient:
    return browser.candidate(world, world.seats[number], world.trainees[number])


def test_the_exam_says_what_there_is_to_show_and_the_bytes_follow_with_every_guard(
    sitting: World, browser: Browser
) -> None:
    client = candidate(browser, sitting)
    exam = client.post("/api/v1/exam/start").json()
    question = next(one for one in exam["questions"] if one["pictures"])
    told = question["pictures"]["stem"]
    assert (told["width"], told["height"], told["words"][:2]) == (160, 90, "图样")
    assert set(told) == {"width", "height", "words"}, "no digest leads back to the bank"

    address = f"/api/v1/exam/pictures/{question['position']}/stem"
    reply = client.get(address)

    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert reply.content in pictured.contents()
    assert (reply.headers["cache-control"], reply.headers["x-content-type-options"]) == ("no-store", "nosniff")
    waiting = candidate(browser, sitting, 1).get(address)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "seat_not_working")
    assert browser.stranger().get(address).status_code == 401
    for username in ("author", "approver", "proctor1", "institution", "administrator", "marker"):
        assert browser.of(username).get(address).status_code == 403
    for wrong in (f"{question['position']}/E", "0/stem", "x/stem"):
        assert client.get(f"/api/v1/exam/pictures/{wrong}").status_code == 422


def test_a_question_without_pictures_says_so_and_nothing_else(sitting: World, browser: Browser) -> None:
    exam = candidate(browser, sitting).post("/api/v1/exam/start").json()

    assert [one["pictures"] for one in exam["questions"] if one["kind"] != "single"] == [{}] * sum(
        one["kind"] != "single" for one in exam["questions"]
    )


# --- before sealing, and on paper ---


def test_an_approver_sees_the_pictures_in_the_act_of_reading_the_form(shown: World, browser: Browser) -> None:
    with database.writing() as session:
        other = open_class(session, shown, Wanted("2024-TL-02"))
        paper = assembling.assemble_paper(
            session,
            shown.actor(session, "assembler"),
            other.class_id,
            seed=11,
            exam_on=STARTS_AT.date(),
            now=PREPARED_AT,
        )
        paper_id = paper.id or 0
        items = judging.read_form(session, shown.actor(session, "approver"), paper_id, Form.A, now=PREPARED_AT)
        wanted = {one.digest for _, _, text in items for one in text.pictures.values()}
        rows = kept.pictures(session, wanted)
        sources = {sealed.source(row.content, row.media_type) for row in rows.values()}
        assert session.exec(select(PaperFormItem)).first() is not None
        assert not bank_pictures.is_due(session, now=PREPARED_AT)

    for path in (f"/papers/{paper_id}/forms/A", f"/papers/{paper_id}/review"):
        page = browser.of("approver").get(path)
        assert {one for one in sources if one in page.text} == sources
        assert page.headers["cache-control"] == "no-store"
    told = browser.of("approver").get(f"/api/v1/papers/{paper_id}/forms/A").json()
    assert {one["source"] for item in told["items"] for one in item["pictures"].values()} == sources
    assert browser.of("assembler").get(f"/papers/{paper_id}/forms/A").status_code == 403


def test_printed_copies_carry_each_picture_once_with_its_words(shown: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, shown)
        view = queries.view(session, shown.sitting_id)
        form = papers.form(session, form_id(session, shown))
        assert view is not None and form is not None
        inside = paper_copies.opened(session, form)
        content = paper_copies.content(view, form, inside, 1, 2)
        pdf = paper_copies.typeset(view, form, inside, 1, 2)

    pictures, sections = content["pictures"], content["sections"]
    assert isinstance(pictures, list) and isinstance(sections, list)
    assert {bytes(one) for one in pictures} == set(inside.pictures.values())
    shown_at = [place["at"] for part in sections for one in part["questions"] for place in one["shown"].values()]
    assert sorted(shown_at) == list(range(len(pictures)))
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Subtype/Image") == len(pictures)


def test_two_custodians_print_the_pictures_of_a_sealed_paper_too(shown: World) -> None:
    with database.writing() as session:
        lay(session, shown, "custodian1")
        code, pdf = lay(session, shown, "custodian2")

        assert code == "allowed" and pdf is not None and b"/Subtype/Image" in pdf
        assert holding(session, "") == {"bank_picture.content"}
