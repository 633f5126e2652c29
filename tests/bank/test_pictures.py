"""Pictures of items in the bank: kept once, named by versions, read by whoever may read the words, gone with the last
name."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from service.access.rules.policy import Duty
from service.bank import queries
from service.bank.actions import drafting, picturing, reviewing
from service.bank.queries import picturing as kept
from service.bank.rules import comparing
from service.bank.rules import drafting as rules
from service.bank.rules.exchange import planning
from service.bank.rules.items import ItemText, State, digest
from service.bank.rules.pictures import Pictured
from service.bank.tables import ItemVersion, Picture
from service.journal import queries as journal
from service.kernel import database, errors
from tests.bank.test_drafting import CHOICE, entries, judged, ready
from tests.bank.test_reviewing import LATER, TEXT, approve_all, second_account, submit, versions
from tests.conftest import Browser
from tests.pictures import MARKER, exif, jpeg, png
from tests.world import World

LAMP, GAUGE = picturing.read(png()).content, jpeg(before=exif(1))
CLEAN_GAUGE = picturing.read(GAUGE).content
WORDS = "一盏矿灯挂在支架上"


def keep(session: Session, world: World, content: bytes, by: str = "author") -> str:
    return picturing.keep(session, world.actor(session, by), picturing.read(content), now=LATER).digest


def pictured(digest: str, **more: str) -> ItemText:
    named = {"stem": digest, **more}
    return replace(CHOICE, pictures={place: Pictured(one, WORDS) for place, one in named.items()})


def kept_digests(session: Session) -> set[str]:
    return set(session.exec(select(Picture.digest)))


# --- rules ---


def test_a_draft_with_pictures_is_kept_and_taken_without_loss_and_judged_place_by_place() -> None:
    text = pictured("a" * 64, B="b" * 64)
    typed = rules.of(text)

    assert rules.taken(rules.kept(typed)) == typed
    assert judged(typed) == rules.Judged(text, ())
    wordless = replace(typed, pictures={**typed.pictures, "B": Pictured("b" * 64, " ")})
    assert [(one.field, one.grave) for one in judged(wordless).findings] == [("picture_B", True)]
    nameless = replace(typed, pictures={"stem": Pictured("", WORDS)})
    assert [(one.field, one.grave) for one in judged(nameless).findings] == [("picture_stem", True)]


def test_pictures_of_options_wait_while_a_kind_without_options_is_tried() -> None:
    tried = replace(rules.of(pictured("a" * 64, B="b" * 64)), kind="true_false", key=("T",))

    assert set(judged(tried).text.pictures) == {"stem"}
    assert set(rules.taken(rules.kept(tried)).pictures) == {"stem", "B"}


def test_equal_words_under_another_picture_are_another_item_and_another_version() -> None:
    bare, one, other = CHOICE, pictured("a" * 64), pictured("b" * 64)

    assert len({digest(text) for text in (bare, one, other)}) == 3
    assert len({planning.likeness(text) for text in (bare, one, other)}) == 3


def test_two_versions_are_compared_by_their_pictures_too() -> None:
    assert comparing.pictures_differ(CHOICE, pictured("a" * 64, C="b" * 64)) == ("stem", "C")
    assert comparing.pictures_differ(pictured("a" * 64), pictured("a" * 64)) == ()
    described = replace(CHOICE, pictures={"stem": Pictured("a" * 64, "另一种说法")})
    assert comparing.pictures_differ(pictured("a" * 64), described) == ("stem",)


# --- keeping and letting go ---


def test_a_picture_is_kept_once_without_what_came_with_it_and_on_record(staffed: World) -> None:
    with database.writing() as session:
        second_account(session, staffed, "approver", "author2", Duty.AUTHOR)
        one, again = keep(session, staffed, GAUGE), keep(session, staffed, CLEAN_GAUGE, by="author2")

        assert MARKER in GAUGE
        assert one == again
        assert session.get_one(Picture, one).content == CLEAN_GAUGE
        (entry,) = entries(session, "ITEM_PICTURE_KEPT")
        assert entry == {"digest": one, "media_type": "image/jpeg", "bytes": len(CLEAN_GAUGE)}
        for username in ("reviewer", "administrator", "institution", "assembler"):
            with pytest.raises(errors.RightMissing):
                keep(session, staffed, LAMP, by=username)


def test_a_version_names_its_pictures_and_one_that_is_not_there_keeps_everything_out(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        text = pictured(keep(session, staffed, LAMP), D=keep(session, staffed, GAUGE))
        author = staffed.actor(session, "author")
        missing = replace(text, code="CMS-900", pictures={"stem": Pictured("0" * 64, WORDS)})
        with pytest.raises(errors.Malformed, match=r"^picture_unknown:"):
            reviewing.submit_items(session, author, [text, missing], now=LATER)
        assert text.code not in queries.newest_versions(session)

        reviewing.submit_items(session, author, [text], now=LATER)

        found = queries.newest_versions(session)[text.code]
        assert queries.text_of(*found) == text
        assert found[1].digest == digest(text) != digest(CHOICE)
        assert reviewing.submit_items(session, author, [text], now=LATER).unchanged == 1
        assert reviewing.submit_items(session, author, [CHOICE], now=LATER).changed == (CHOICE.code,)


def test_what_a_draft_alone_named_goes_with_the_draft_and_what_a_version_names_stays(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        lamp, gauge = keep(session, staffed, LAMP), keep(session, staffed, GAUGE)
        reviewing.submit_items(session, author, [pictured(lamp)], now=LATER)
        draft = drafting.save(session, author, rules.of(pictured(lamp, A=gauge)), now=LATER)
        assert kept_digests(session) == {lamp, gauge}

        drafting.discard(session, author, draft.id or 0, now=LATER)

        assert kept_digests(session) == {lamp}
        assert entries(session, "ITEM_PICTURES_REMOVED") == [{"digests": [gauge]}]


def test_a_picture_that_a_draft_has_given_up_goes_unless_another_draft_names_it(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        lamp, gauge = keep(session, staffed, LAMP), keep(session, staffed, GAUGE)
        first = drafting.save(session, author, rules.of(pictured(lamp, A=gauge)), now=LATER)
        drafting.save(session, author, rules.of(pictured(gauge)), now=LATER)

        drafting.save(session, author, rules.of(CHOICE), draft_id=first.id, seq=1, now=LATER)

        assert kept_digests(session) == {gauge}


def test_a_submitted_and_a_withdrawn_version_keep_their_picture(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        lamp = keep(session, staffed, LAMP)
        draft = drafting.save(session, author, rules.of(pictured(lamp)), now=LATER)

        version = drafting.submit(session, author, rules.of(pictured(lamp)), draft_id=draft.id, seq=1, now=LATER)
        back = drafting.withdraw(session, author, version.id or 0, now=LATER)

        assert rules.taken(back.words).pictures == pictured(lamp).pictures
        drafting.discard(session, author, back.id or 0, now=LATER)
        assert kept_digests(session) == {lamp}


def test_what_was_uploaded_and_never_named_is_swept_away_after_a_day(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        lamp, gauge = keep(session, staffed, LAMP), keep(session, staffed, GAUGE)
        reviewing.submit_items(session, staffed.actor(session, "author"), [pictured(lamp)], now=LATER)
        day = timedelta(days=1)
        assert not picturing.is_due(session, now=LATER + day)

        assert picturing.is_due(session, now=LATER + day + timedelta(seconds=1))
        assert picturing.sweep(session, now=LATER + day + timedelta(seconds=1)) == 1

        assert kept_digests(session) == {lamp} == kept.named(session)
        assert gauge not in kept_digests(session)
        (entry,) = session.exec(journal.entries(event="ITEM_PICTURES_REMOVED"))
        assert entry.actor == "clock"


def test_words_are_measured_anew_where_the_picture_is_another(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        one = pictured(keep(session, staffed, LAMP))
        submit(session, staffed, one)
        submit(session, staffed, pictured(keep(session, staffed, GAUGE)))

        assert [state for _, _, state in versions(session, one.code)] == [State.SUBMITTED, State.SUBMITTED]


# --- through HTTP ---


@pytest.fixture
def shown(staffed: World) -> int:
    """A version that waits for review, with a picture at its stem and one at an option."""
    with database.writing() as session:
        ready(session, staffed)
        text = pictured(keep(session, staffed, LAMP), B=keep(session, staffed, GAUGE))
        submit(session, staffed, text)
        return queries.newest_versions(session)[text.code][1].id or 0


def test_a_picture_is_read_by_whoever_may_read_the_words_and_by_nobody_else(
    staffed: World, shown: int, browser: Browser
) -> None:
    address = f"/api/v1/bank/versions/{shown}/pictures/"
    for username in ("author", "reviewer"):
        for place, content, kind in (("stem", LAMP, "image/png"), ("B", CLEAN_GAUGE, "image/jpeg")):
            reply = browser.of(username).get(address + place)
            assert (reply.status_code, reply.content, reply.headers["content-type"]) == (200, content, kind)
            assert reply.headers["cache-control"] == "no-store"
            assert reply.headers["x-content-type-options"] == "nosniff"
    assert browser.of("author").get(address + "A").status_code == 404
    assert browser.of("author").get(address + "E").status_code == 422
    for username in ("institution", "enterprise", "assembler", "approver", "auditor", "proctor1", "administrator"):
        assert browser.of(username).get(address + "stem").status_code == 403
    assert browser.stranger().get(address + "stem").status_code == 401


def test_what_was_taken_back_shows_its_picture_to_its_author_alone(
    staffed: World, shown: int, browser: Browser
) -> None:
    address = f"/api/v1/bank/versions/{shown}/pictures/stem"
    assert browser.of("reviewer").get(address).status_code == 200

    assert browser.of("author").post(f"/api/v1/bank/versions/{shown}/withdrawal").status_code == 200

    assert browser.of("reviewer").get(address).status_code == 404
    assert browser.of("author").get(address).status_code == 200


def test_the_pages_show_pictures_with_their_words(staffed: World, shown: int, browser: Browser) -> None:
    sources = [f'src="/api/v1/bank/versions/{shown}/pictures/{place}" alt="{WORDS}"' for place in ("stem", "B")]
    trial = browser.of("reviewer").get(f"/bank/items/{shown}").text
    assert "data-list" in trial, "the reviewer answers before they see the key"
    whole = browser.of("author").get(f"/bank/items/{shown}").text

    for page in (trial, whole):
        assert [page.count(source) for source in sources] == [1, 1]
    with database.writing() as session:
        approve_all(session, staffed)
        submit(session, staffed, CHOICE)
    differs = browser.of("author").get(f"/bank/items/{shown}/comparison", params={"to": 2}).text
    assert [differs.count(source) for source in sources] == [1, 1]
    assert differs.count("没有图片") == 2


def test_an_upload_is_named_by_its_digest_and_anything_else_is_refused_with_a_reason(
    staffed: World, browser: Browser
) -> None:
    author = browser.of("author")
    reply = author.post("/api/v1/bank/pictures", files={"file": ("任意名字.exe", GAUGE, "application/x-dosexec")})
    told = reply.json()
    assert (reply.status_code, told["media_type"], told["width"], told["height"]) == (201, "image/jpeg", 64, 48)
    seen = author.get(f"/api/v1/bank/pictures/{told['digest']}")
    assert (seen.content, seen.headers["cache-control"]) == (CLEAN_GAUGE, "no-store")

    refused = author.post("/api/v1/bank/pictures", files={"file": ("picture.png", b"<svg/>", "image/png")})

    assert (refused.status_code, refused.json()["code"]) == (422, "picture_type")
    large = author.post("/api/v1/bank/pictures", files={"file": ("picture.png", LAMP + bytes(300_000), "image/png")})
    assert (large.status_code, large.json()["code"]) == (422, "picture_large")
    for username in ("reviewer", "institution", "administrator"):
        other = browser.of(username)
        assert other.post("/api/v1/bank/pictures", files={"file": ("a.png", LAMP)}).status_code == 403
        assert other.get(f"/api/v1/bank/pictures/{told['digest']}").status_code == 403
    assert author.get(f"/api/v1/bank/pictures/{'0' * 64}").status_code == 404


def test_a_form_without_a_script_brings_its_pictures_keeps_them_and_takes_them_away(
    staffed: World, browser: Browser
) -> None:
    author = browser.of("author")
    fields = {"act": "save", "kind": "single", "stem": "只写了一半", "picture_words_stem": WORDS}
    saved = author.post("/bank/drafts/editing", data=fields, files={"picture_file_stem": ("灯.png", LAMP, "image/png")})
    with database.reading() as session:
        (found,) = kept_digests(session)
    draft = saved.headers["location"].rpartition("/")[2]
    page = author.get(f"/bank/drafts/{draft}").text
    assert f'src="/api/v1/bank/pictures/{found}" alt="{WORDS}"' in page

    wrong = author.post(
        "/bank/drafts/editing",
        data={**fields, "draft": draft, "seq": "1", "picture_stem": found},
        files={"picture_file_A": ("文.png", b"GIF89a", "image/png")},
    )
    assert (wrong.status_code, "图片应为JPEG或PNG格式" in wrong.text, found in wrong.text) == (422, True, True)

    author.post(
        "/bank/drafts/editing",
        data={**fields, "draft": draft, "seq": "1", "picture_stem": found, "picture_drop_stem": "yes"},
    )
    with database.reading() as session:
        assert kept_digests(session) == set()


def test_a_version_in_full_names_its_pictures(staffed: World, shown: int, browser: Browser) -> None:
    told = browser.of("author").get(f"/api/v1/bank/versions/{shown}").json()

    with database.reading() as session:
        assert told["pictures"] == session.get_one(ItemVersion, shown).pictures
    assert TEXT.code != told["code"]
