"""What of the bank waits for whom: the cards of the first page, what was sent back, and editions with their items."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session

from service.access.rules.policy import Duty
from service.bank import queries
from service.bank.actions import desk, reviewing
from service.bank.actions.desk import Desk
from service.bank.queries import drafts, resting
from service.bank.rules.items import ItemText, State
from service.kernel import database
from tests.bank.test_reviewing import LATER, SUCCESSOR, TEXT, approve_all, editions, review, second_account, submit
from tests.conftest import Browser
from tests.world import World

OLD, NEW = TEXT.edition, SUCCESSOR.edition


def several(first: int, many: int, text: ItemText = SUCCESSOR) -> Sequence[ItemText]:
    return [replace(text, code=f"CMS-{first + one}", stem=f"第{first + one}题：井下。") for one in range(many)]


def send_back(session: Session, staffed: World, code: str, reason: str = "题干有歧义") -> None:
    version = queries.newest_versions(session)[code][1].id or 0
    review(session, staffed, version, approve=False, reason=reason)


def desks(session: Session, staffed: World, *names: str) -> dict[str, Desk]:
    return {name: desk.of(session, staffed.actor(session, name)) for name in names}


def test_a_reviewer_is_told_of_what_they_may_review_and_not_of_their_own(staffed: World) -> None:
    with database.writing() as session:
        second_account(session, staffed, "reviewer", "reviewer_too", Duty.AUTHOR)
        submit(session, staffed, *several(100, 2))
        submit(session, staffed, *several(200, 3), by="reviewer_too")

        found = desks(session, staffed, "reviewer", "reviewer_too", "author", "assembler")

    assert found["reviewer"] == Desk(to_review=2)
    assert (found["reviewer_too"].to_review, found["reviewer_too"].submitted) == (0, 3)
    assert (found["author"].to_review, found["author"].submitted) == (0, 2)
    assert found["assembler"] == Desk()


def test_what_was_reviewed_waits_no_more(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, *several(100, 2))
        reviewer = staffed.actor(session, "reviewer")
        before = desk.of(session, reviewer).to_review
        approve_all(session, staffed)

        assert (before, desk.of(session, reviewer).to_review) == (2, 0)


def test_what_was_sent_back_waits_for_its_author_alone_and_until_they_submit_it_anew(staffed: World) -> None:
    with database.writing() as session:
        second_account(session, staffed, "assembler", "another_author", Duty.AUTHOR)
        submit(session, staffed, *several(100, 2))
        submit(session, staffed, *several(200, 1), by="another_author")
        for code in ("CMS-100", "CMS-200"):
            send_back(session, staffed, code)
        own, person = staffed.actor(session, "author"), staffed.actor(session, "author").person_id
        told = desks(session, staffed, "author", "another_author", "reviewer")
        listed = [(item.code, version.review_reason) for item, version in drafts.returned(session, person, 50)]

        mended = replace(several(100, 1)[0], stem="改过的题干：井下不得带电检修。")
        reviewing.submit_items(session, own, [mended], now=LATER)
        after = desk.of(session, own)

    assert {name: one.returned for name, one in told.items()} == {"author": 1, "another_author": 1, "reviewer": 0}
    assert listed == [("CMS-100", "题干有歧义")]
    assert (told["author"].submitted, after.returned, after.submitted) == (1, 0, 2)


def test_items_of_an_edition_that_ends_wait_for_all_of_the_bank(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        waiting = desk.of(session, staffed.actor(session, "author")).ending
        approve_all(session, staffed)
        found = desks(session, staffed, "author", "reviewer", "assembler")

    assert waiting == 0, "it is in no paper yet, so none will miss it"
    assert {name: one.ending for name, one in found.items()} == {"author": 1, "reviewer": 1, "assembler": 0}


def test_the_first_page_has_a_card_for_each_with_a_page_behind_it(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, *several(100, 3))
        review(session, staffed, queries.newest_versions(session)[TEXT.code][1].id or 0, approve=True)
        send_back(session, staffed, "CMS-100", "选项B与C都对")
    author, reviewer = browser.of("author"), browser.of("reviewer")

    told, read = author.get("/").text, reviewer.get("/").text

    assert '<span class="number">1</span> 题退回给您' in told and 'href="/bank/drafts#returned"' in told
    assert '<span class="number">2</span> 题由您提交或导入' in told and 'href="/bank/drafts#waiting"' in told
    assert '<span class="number">1</span> 题引用的法规版本已废止' in told and 'href="/bank/editions"' in told
    assert '<span class="number">2</span> 题等您审' in read and "题退回给您" not in read
    back = author.get("/bank/drafts").text
    assert 'id="returned"' in back and "选项B与C都对" in back and "CMS-100" in back
    assert 'id="waiting"' in back
    assert reviewer.get("/bank/drafts").status_code == 403


@pytest.mark.parametrize("name", ["institution", "assembler", "administrator"])
def test_whoever_is_not_of_the_bank_has_neither_cards_nor_the_page(staffed: World, browser: Browser, name: str) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)

    first = browser.of(name).get("/").text

    assert "/bank/editions" not in first and "/bank/review" not in first
    assert browser.of(name).get("/bank/editions").status_code == 403


def test_editions_are_counted_by_the_newest_version_of_their_items(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, *several(100, 3))
        review(session, staffed, queries.newest_versions(session)["CMS-100"][1].id or 0, approve=True)
        send_back(session, staffed, "CMS-101")
        # The newest version of this item rests on another edition than its first one did.
        submit(session, staffed, replace(TEXT, edition=NEW, article=500))

        assert resting.counts(session) == {
            (NEW, State.APPROVED): 1,
            (NEW, State.REJECTED): 1,
            (NEW, State.SUBMITTED): 2,
        }


def test_the_page_of_editions_proposes_what_to_do_with_the_items_of_one_that_ends(
    staffed: World, browser: Browser
) -> None:
    beyond = replace(TEXT, code="CMS-300", stem="井下应设电话。", article=721)
    with database.writing() as session:
        submit(session, staffed, TEXT, beyond, SUCCESSOR)
        approve_all(session, staffed)
        shorter = [replace(one, articles=700) if one.slug == NEW else one for one in editions()]
        reviewing.load_editions(session, staffed.actor(session, "author"), shorter, now=LATER)
        found = resting.in_use(session, [OLD])

    page = browser.of("reviewer").get("/bank/editions").text

    assert found == {(OLD, TEXT.article): 1, (OLD, 721): 1}
    (row,) = [one for one in page.split("<tr>") if f"/bank?edition={OLD}" in one]
    assert "2022" in row and "失效" in row
    assert "<strong>改引新版</strong>：1题" in row and "<strong>停用该题</strong>：1题" in row
    assert f'<a href="/bank?edition={OLD}&amp;state=approved">2</a>' in row
    (other,) = [one for one in page.split("<tr>") if f"/bank?edition={NEW}" in one]
    assert "有效" in other and "改引新版" not in other


def test_an_edition_that_is_still_to_come_is_no_repealed_one(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        submit(session, staffed, SUCCESSOR)
        coming = [replace(one, effective_on=date(2099, 1, 1)) if one.slug == NEW else one for one in editions()]
        reviewing.load_editions(session, staffed.actor(session, "author"), coming, now=LATER)

    page = browser.of("author").get("/bank/editions").text

    (row,) = [one for one in page.split("<tr>") if f"/bank?edition={NEW}" in one]
    assert "尚未施行" in row and "失效" not in row
