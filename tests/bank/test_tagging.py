"""Filing many items under tags: what changes and what never does, in one act, undone by whoever did it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from service.access.rules.policy import Duty
from service.bank import queries
from service.bank.actions import tagging
from service.bank.actions.tagging import Chosen
from service.bank.queries import searching
from service.bank.queries import tagging as kept
from service.bank.rules import tagging as rules
from service.bank.rules.items import digest
from service.bank.rules.narrowing import Narrowing
from service.bank.rules.tagging import Change, Wish
from service.bank.tables import Item, ItemVersion, Tagging
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers.actions import verifying
from service.papers.queries import form_items, forms
from tests.bank import test_searching as searched
from tests.bank.test_reviewing import LATER, LEADER, TEXT, approve_all, second_account, submit
from tests.conftest import Browser
from tests.papers.classes import Wanted, open_class
from tests.papers.test_life import assemble
from tests.world import World

DAY = date(2025, 1, 1)
EVERY = Chosen((), Narrowing())
THREE = (TEXT, *(replace(TEXT, code=f"CMS-00{number}", stem=f"井下第{number}种做法是允许的。") for number in (2, 3)))
WORDS = st.lists(st.sampled_from("甲乙丙丁"), unique=True, max_size=3).map(tuple)
FILED = st.dictionaries(st.integers(1, 9), st.frozensets(st.sampled_from("甲乙丙丁")))


# --- rules ---


@given(filed=FILED, add=WORDS, remove=WORDS)
def test_a_change_does_what_was_wished_and_its_undoing_brings_back_what_was(
    filed: dict[int, frozenset[str]], add: tuple[str, ...], remove: tuple[str, ...]
) -> None:
    wish = Wish(add, tuple(tag for tag in remove if tag not in add))

    made = rules.change(wish, filed)
    then = rules.after(filed, made)

    assert all(tags >= set(wish.add) and not tags & set(wish.remove) for tags in then.values())
    assert made.touched == {one for one in filed if filed[one] != then[one]}
    assert rules.after(then, rules.undoing(made, then)) == filed
    assert rules.change(wish, then) == Change({}, {})


def test_undoing_leaves_alone_what_others_have_filed_since() -> None:
    done = Change({"甲": (1, 2)}, {"乙": (1, 2)})

    back = rules.undoing(done, {1: frozenset({"甲"}), 2: frozenset({"乙"})})

    assert back == Change({"乙": (1,)}, {"甲": (1,)}), "2 has lost 甲 and got 乙 again meanwhile"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        pytest.param(Wish(), "allowed", id="nothing yet"),
        pytest.param(Wish(("甲",), ("乙",)), "allowed", id="one of each"),
        pytest.param(Wish(("长" * 21,)), "tag_malformed", id="too long"),
        pytest.param(Wish((), ("甲，乙",)), "tag_malformed", id="two words in one"),
        pytest.param(Wish(("甲",), ("甲",)), "tag_both_ways", id="added and removed"),
        pytest.param(Wish(tuple("甲乙丙丁戊己")), "tags_many", id="six at once"),
    ],
)
def test_a_wish_is_sound_or_refused(wish: Wish, code: str) -> None:
    assert rules.may_wish(wish).code == code


@pytest.mark.parametrize(
    ("number", "code"), [(0, "no_items_chosen"), (1, "allowed"), (2000, "allowed"), (2001, "items_many")]
)
def test_so_many_items_are_filed_at_once(number: int, code: str) -> None:
    assert rules.may_choose(number).code == code


def test_an_item_holds_so_many_tags() -> None:
    full = frozenset(str(number) for number in range(rules.MOST_TAGS))

    assert rules.may_hold([full]).allowed
    assert rules.may_hold([full | {"more"}]).code == "item_tags_full"


# --- actions ---


def ready(session: Session, world: World) -> dict[str, int]:
    """Three approved items; their ids by code."""
    submit(session, world, *THREE)
    approve_all(session, world)
    return {item.code: item.id or 0 for item in session.exec(select(Item))}


def file(session: Session, world: World, chosen: Chosen, wish: Wish, by: str = "author") -> Tagging:
    actor = world.actor(session, by)
    agreed = tagging.preview(session, actor, chosen, wish).digest
    return tagging.tag_items(session, actor, chosen, wish, agreed=agreed, now=LATER)


def filed(session: Session) -> dict[str, set[str]]:
    codes = {item.id or 0: item.code for item in session.exec(select(Item))}
    return {codes[one]: set(tags) for one, tags in kept.filed(session, codes).items() if tags}


def tagged(session: Session, tag: str) -> list[str]:
    return [item.code for item, _ in session.execute(searching.listing(session, Narrowing(tag=tag)))]


def entries(session: Session, event: str) -> list[dict[str, Any]]:
    return [json.loads(entry.data) for entry in session.exec(journal.entries(event=event))]


def test_all_that_is_found_is_filed_in_one_act_with_one_entry(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)

        row = file(session, staffed, EVERY, Wish(("通风", "重点")))

        codes = [text.code for text in THREE]
        assert filed(session) == {code: {"通风", "重点"} for code in codes}
        assert (tagged(session, "通风"), tagged(session, "通")) == (codes, [])
        (entry,) = entries(session, "ITEMS_TAGGED")
        assert entry == {
            "items": 3,
            "digest": rules.digest_of_codes(codes),
            "added": {"通风": 3, "重点": 3},
            "removed": {},
        }
        assert (row.items, row.undone_at) == (3, None)


def test_only_what_was_chosen_is_filed_and_only_what_is_not_so_already_counts(staffed: World) -> None:
    with database.writing() as session:
        ids = ready(session, staffed)
        file(session, staffed, Chosen((ids["CMS-001"],), Narrowing()), Wish(("通风",)))
        two = Chosen((ids["CMS-001"], ids["CMS-002"]), Narrowing())

        seen = tagging.preview(session, staffed.actor(session, "author"), two, Wish(("通风",), ("重点",)))

        assert (list(seen.items.values()), seen.change) == (
            ["CMS-001", "CMS-002"],
            Change({"通风": (ids["CMS-002"],)}, {}),
        )
        file(session, staffed, two, Wish(("通风",)))
        assert filed(session) == {"CMS-001": {"通风"}, "CMS-002": {"通风"}}
        with pytest.raises(errors.WrongState, match=r"^tagging_nothing:"):
            file(session, staffed, two, Wish(("通风",)))


def test_nothing_that_a_version_says_changes_so_papers_and_their_proofs_stay(world: World) -> None:
    with database.writing() as session:
        before = [(version_id, digest(text)) for version_id, text in queries.eligible(session, LEADER, DAY)]
        found = open_class(session, world, Wanted("2024-TL-02"))
        found.paper_id = assemble(session, found).id or 0
        asked_for = {
            item.item_version_id
            for row in forms(session, found.paper_id).values()
            for item in form_items(session, row.id or 0)
        }
        ids = {version.item_id for version in session.exec(select(ItemVersion)) if version.id in asked_for}
        assert verifying.verify(session, found.paper_id) == []

        row = file(session, world, Chosen(tuple(sorted(ids)), Narrowing()), Wish(("复审",)))

        assert row.items == len(ids) > 50
        assert verifying.verify(session, found.paper_id) == []
        assert [(one, digest(text)) for one, text in queries.eligible(session, LEADER, DAY)] == before


def test_a_tag_that_a_version_carries_is_found_beside_the_filed_ones_and_cannot_be_filed_away(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, replace(TEXT, tags=("通风",)), *THREE[1:])
        approve_all(session, staffed)
        ids = {item.code: item.id or 0 for item in session.exec(select(Item))}
        file(session, staffed, Chosen((ids["CMS-003"],), Narrowing()), Wish(("通风",)))
        assert tagged(session, "通风") == ["CMS-001", "CMS-003"]
        both = [
            item.code for item, _ in session.execute(searching.listing(session, Narrowing(tag="通风", text="第3种")))
        ]
        assert both == ["CMS-003"]

        seen = tagging.preview(session, staffed.actor(session, "author"), EVERY, Wish((), ("通风",)))

        assert (seen.change, seen.carried) == (Change({}, {"通风": (ids["CMS-003"],)}), {"通风": 1})


def test_what_is_confirmed_is_what_was_shown_or_nothing_happens(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        agreed = tagging.preview(session, author, EVERY, Wish(("通风",))).digest
        submit(session, staffed, replace(TEXT, code="CMS-004", stem="又多了一道题，井下不许这样做。"))

        for wish in (Wish(("通风",)), Wish(("重点",))):
            with pytest.raises(errors.WrongState, match=r"^tagging_moved:"):
                tagging.tag_items(session, author, EVERY, wish, agreed=agreed, now=LATER)

        assert filed(session) == {}


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        pytest.param(Chosen((), Narrowing(text="没有这样的题")), "no_items_chosen", id="nothing found"),
        pytest.param(Chosen((0,), Narrowing()), "no_items_chosen", id="nothing ticked"),
        pytest.param(EVERY, "items_many", id="more than a person can oversee"),
    ],
)
def test_too_few_and_too_many_are_refused(
    staffed: World, monkeypatch: pytest.MonkeyPatch, chosen: Chosen, code: str
) -> None:
    monkeypatch.setattr(rules, "MOST_ITEMS", 2)
    with database.writing() as session:
        ready(session, staffed)
        with pytest.raises(errors.WrongState, match=rf"^{code}:"):
            tagging.preview(session, staffed.actor(session, "author"), chosen, Wish(("通风",)))


def test_the_last_act_is_undone_once_by_whoever_did_it_and_by_nobody_else(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        second_account(session, staffed, "approver", "author2", Duty.AUTHOR)
        file(session, staffed, EVERY, Wish(("通风", "重点")))
        file(session, staffed, EVERY, Wish((), ("重点",)))
        with pytest.raises(errors.WrongState, match=r"^tagging_undone:"):
            tagging.undo(session, staffed.actor(session, "author2"), now=LATER)
        author = staffed.actor(session, "author")

        assert tagging.undo(session, author, now=LATER).undone_at == LATER

        assert set(map(frozenset, filed(session).values())) == {frozenset({"通风", "重点"})}
        assert entries(session, "ITEMS_TAGGING_UNDONE")[0]["added"] == {"重点": 3}
        with pytest.raises(errors.WrongState, match=r"^tagging_undone:"):
            tagging.undo(session, author, now=LATER)


def test_only_authors_file_items(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        for username in ("reviewer", "administrator", "institution", "auditor", "assembler"):
            actor = staffed.actor(session, username)
            with pytest.raises(errors.RightMissing):
                tagging.preview(session, actor, EVERY, Wish(("通风",)))
            with pytest.raises(errors.RightMissing):
                tagging.undo(session, actor, now=LATER)


# --- over HTTP ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("复审", ["CMS-101", "CMS-102"], id="a tag"),
        pytest.param("审", ["CMS-101", "CMS-102", "CMS-103"], id="one character that several tags say"),
        pytest.param("审批", ["CMS-103"], id="another tag"),
        pytest.param("plc 审批", ["CMS-103"], id="a word that is said and a tag"),
        pytest.param("复审 粉尘", ["CMS-102"], id="a tag and a word that is said"),
        pytest.param("复审 审批", [], id="two tags that no item has both"),
        pytest.param("浓度", ["CMS-101", "CMS-102", "CMS-103"], id="what two items say and a third is filed under"),
        pytest.param("Q1", ["CMS-101"], id="a tag in small or large letters"),
        pytest.param("停止", ["CMS-101"], id="what no tag says"),
        pytest.param("_", ["CMS-103"], id="a sign that stands for itself"),
    ],
)
def test_a_search_finds_what_items_are_filed_under_beside_what_they_say(
    staffed: World, text: str, found: list[str]
) -> None:
    with database.writing() as session:
        submit(session, staffed, *searched.ALL)
        ids = {item.code: item.id or 0 for item in session.exec(select(Item))}
        for codes, tags in (
            (("CMS-101", "CMS-102"), ("复审",)),
            (("CMS-103",), ("审批", "粉尘浓度")),
            (("CMS-101",), ("q1",)),
        ):
            file(session, staffed, Chosen(tuple(ids[code] for code in codes), Narrowing()), Wish(tags))

        assert [item.code for item, _ in session.execute(searching.listing(session, Narrowing(text=text)))] == found


def test_items_are_found_previewed_filed_and_put_back_over_http(world: World, browser: Browser) -> None:
    author, path = browser.of("author"), "/api/v1/bank/taggings"
    asked = {"text": "SIL-00", "every": "true", "add": "复审、重点"}

    seen = author.get(f"{path}/preview", params=asked).json()
    assert (seen["items"], seen["changed"], seen["added"]) == (9, 9, {"复审": 9, "重点": 9})
    early = author.post(path, params={**asked, "agreed": "0" * 64})
    assert (early.status_code, early.json()["code"]) == (409, "tagging_moved")
    page = author.get("/bank/tagging", params=asked).text
    assert "照此改动9道试题" in page and seen["digest"] in page
    done = author.post(path, params={**asked, "agreed": seen["digest"]}).json()
    assert (done["items"], done["undone_at"]) == (9, None)
    listed: Sequence[Any] = author.get("/api/v1/bank/versions", params={"tag": "复审"}).json()["versions"]
    assert len(listed) == 9
    assert {(*one["filed"],) for one in listed} == {("复审", "重点")}
    assert all("复审" not in one["tags"] for one in listed), "what a version itself carries stays what it was"
    assert author.get(f"/api/v1/bank/versions/{listed[0]['id']}").json()["filed"] == ["复审", "重点"]
    assert len(author.get("/api/v1/bank/versions", params={"text": "重点"}).json()["versions"]) == 9
    assert "复审" in author.get("/bank", params={"tag": "复审"}).text
    assert "撤销这一次" in author.get("/bank/tagging").text
    assert author.delete(f"{path}/last").json()["undone_at"] is not None
    assert author.get("/api/v1/bank/versions", params={"tag": "复审"}).json()["versions"] == []

    nothing = author.get("/bank/tagging", params={"text": "SIL-00", "add": "复审"})
    assert (nothing.status_code, "没有选中试题" in nothing.text) == (200, True), "nothing ticked is not everything"
    assert browser.of("reviewer").get("/bank/tagging", params=asked).status_code == 403
    assert "/bank/tagging" not in browser.of("reviewer").get("/bank").text
