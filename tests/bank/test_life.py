"""The life of an item after it was submitted: answered, judged, suspended, settled, cited anew, compared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service.access.rules.policy import Duty
from service.bank import queries
from service.bank.actions import reading, reciting, reviewing, standing
from service.bank.actions.files import EditionText
from service.bank.queries import standing as kept
from service.bank.rules import comparing, repeal
from service.bank.rules import reviewing as rules
from service.bank.rules.comparing import Difference, Piece, Sort
from service.bank.rules.items import Kind, State
from service.bank.rules.repeal import Dated, Proposal
from service.bank.tables import ItemVersion, Standing
from service.journal import queries as journal
from service.kernel import database, errors
from tests import world as worlds
from tests.bank.test_reviewing import (
    LATER,
    LEADER,
    OFFICER,
    SUCCESSOR,
    TEXT,
    approve_all,
    codes,
    editions,
    second_account,
    submit,
    versions,
)
from tests.conftest import Browser
from tests.world import World

DAY = date(2025, 1, 1)
WHY = "条文有争议"


def waiting(session: Session, world: World) -> int:
    submit(session, world, TEXT)
    (found,) = queries.awaiting_review(session)
    return found


def in_use(session: Session, world: World) -> int:
    found = waiting(session, world)
    approve_all(session, world)
    return found


def entries(session: Session, event: str) -> list[str]:
    return [entry.data for entry in session.exec(journal.entries(event=event))]


# --- answering before seeing the key ---


@pytest.mark.parametrize(
    ("kind", "chosen", "answer"),
    [
        pytest.param(Kind.SINGLE, ["B"], "B", id="one letter"),
        pytest.param(Kind.SINGLE, ["B", "C"], None, id="two letters to a single choice"),
        pytest.param(Kind.SINGLE, ["E"], None, id="no option"),
        pytest.param(Kind.MULTIPLE, ["D", "A"], "AD", id="letters in any order"),
        pytest.param(Kind.MULTIPLE, "AD", "AD", id="letters as a word"),
        pytest.param(Kind.MULTIPLE, [], None, id="nothing"),
        pytest.param(Kind.TRUE_FALSE, ["F"], "F", id="a truth"),
        pytest.param(Kind.TRUE_FALSE, ["T", "F"], None, id="both truths"),
        pytest.param(Kind.TRUE_FALSE, ["A"], None, id="a letter to a truth"),
    ],
)
def test_what_was_chosen_is_written_as_a_key(kind: Kind, chosen: list[str], answer: str | None) -> None:
    assert rules.answer_of(kind, chosen) == answer


@pytest.mark.parametrize(
    ("approve", "right", "reason", "code"),
    [
        pytest.param(True, True, "", "allowed", id="approved after the right answer"),
        pytest.param(True, False, WHY, "allowed", id="approved after a wrong one, with a reason"),
        pytest.param(True, False, " ", "approval_reason", id="approved after a wrong one without"),
        pytest.param(True, None, WHY, "answer_first_to_approve", id="approved unanswered"),
        pytest.param(False, None, WHY, "allowed", id="rejected unanswered"),
        pytest.param(False, True, "", "rejection_reason", id="rejected without a reason"),
    ],
)
def test_a_judgement_asks_for_an_answer_and_reasons(approve: bool, right: bool | None, reason: str, code: str) -> None:
    assert rules.may_judge(approve=approve, right=right, reason=reason).code == code


def test_a_reviewer_sees_the_key_only_after_answering_and_a_wrong_answer_is_flagged(staffed: World) -> None:
    with database.writing() as session:
        version = waiting(session, staffed)
        reviewer = staffed.actor(session, "reviewer")
        with pytest.raises(errors.WrongState, match=r"^answer_first:"):
            reading.read_item(session, reviewer, version, now=LATER)
        with pytest.raises(errors.Malformed, match=r"^answer_malformed:"):
            reading.answer_item(session, reviewer, version, ["A"], now=LATER)

        assert reading.answer_item(session, reviewer, version, ["T"], now=LATER).right is False

        assert reading.read_item(session, reviewer, version, now=LATER)[1].key == "F"
        with pytest.raises(errors.WrongState, match=r"^already_answered:"):
            reading.answer_item(session, reviewer, version, ["F"], now=LATER)
        assert kept.wrongly_answered(session, [version]) == {version}
        with pytest.raises(errors.Refused, match=r"^approval_reason:"):
            reviewing.review_item(session, reviewer, version, approve=True, reason="", now=LATER)
        judged = reviewing.review_item(session, reviewer, version, approve=True, reason=WHY, now=LATER)
        assert judged.state == State.APPROVED
        assert '"answered_right":false' in entries(session, "ITEM_APPROVED")[0]
        # The record says whether, never what: the answer would tell the key.
        assert entries(session, "ITEM_ANSWERED") == [f'{{"code":"{TEXT.code}","right":false,"version":1}}']


FILLED = replace(TEXT, code="CMS-003", kind=Kind.FILL_IN, stem="检修电气设备前应当____。", key="停电\n切断电源")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        pytest.param("停电", True, id="the first text"),
        pytest.param(" 切断 电源 ", True, id="another text, spaced"),
        pytest.param("停", False, id="half of it"),
        pytest.param("长" * 40, False, id="the longest that can be typed"),
    ],
)
def test_a_fill_in_is_answered_by_typing_and_kept_as_typed(staffed: World, typed: str, right: bool) -> None:
    with database.writing() as session:
        submit(session, staffed, FILLED)
        (version,) = queries.awaiting_review(session)
        reviewer = staffed.actor(session, "reviewer")
        for malformed in (["停电", "切断电源"], [" "], ["长" * 41]):
            with pytest.raises(errors.Malformed, match=r"^answer_malformed:"):
                reading.answer_item(session, reviewer, version, malformed, now=LATER)

        trial = reading.answer_item(session, reviewer, version, [typed], now=LATER)

        assert (trial.answer, trial.right) == (typed.strip(), right)
        assert reading.read_item(session, reviewer, version, now=LATER)[1].key == FILLED.key


def test_a_reviewer_types_into_the_page_and_sees_what_is_accepted_only_afterwards(
    staffed: World, browser: Browser
) -> None:
    with database.writing() as session:
        submit(session, staffed, FILLED)
        (version,) = queries.awaiting_review(session)
    reviewer = browser.of("reviewer")

    before = reviewer.get(f"/bank/items/{version}").text
    answered = reviewer.post(f"/api/v1/bank/versions/{version}/answer", json={"chosen": ["切断电源"]})
    after = reviewer.get(f"/bank/items/{version}").text

    assert '<input name="chosen" data-list required maxlength="40"' in before
    assert "切断电源" not in before
    assert answered.json() == {"right": True}
    assert "停电 / 切断电源" in after


def test_neither_the_author_nor_a_stranger_answers_and_the_author_reads_without(staffed: World) -> None:
    with database.writing() as session:
        second_account(session, staffed, "author", "author_too", Duty.REVIEW)
        version = waiting(session, staffed)
        for username in {"administrator", *worlds.STAFF} - {"reviewer"}:
            with pytest.raises(errors.RightMissing):
                reading.answer_item(session, staffed.actor(session, username), version, ["F"], now=LATER)
        author = staffed.actor(session, "author_too")
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            reading.answer_item(session, author, version, ["F"], now=LATER)

        for username in ("author", "author_too"):
            assert reading.read_item(session, staffed.actor(session, username), version, now=LATER)[1].key == "F"


def test_what_was_judged_is_read_without_an_answer(staffed: World) -> None:
    with database.writing() as session:
        version = in_use(session, staffed)
        second_account(session, staffed, "assembler", "reviewer_too", Duty.REVIEW)
        other = staffed.actor(session, "reviewer_too")

        assert reading.read_item(session, other, version, now=LATER)[1].key == "F"
        with pytest.raises(errors.WrongState, match=r"^item_judged:"):
            reading.answer_item(session, other, version, ["F"], now=LATER)


# --- suspended by one, settled by another ---


def test_one_person_suspends_at_once_and_an_older_text_does_not_come_back(staffed: World) -> None:
    with database.writing() as session:
        in_use(session, staffed)
        submit(session, staffed, replace(TEXT, stem="第二稿：井下可以带电检修。"))
        approve_all(session, staffed)
        newest = queries.newest_versions(session)[TEXT.code][1]
        assert codes(session, DAY) == [TEXT.code]

        suspended = standing.suspend(session, staffed.actor(session, "author"), newest.id or 0, reason=WHY, now=LATER)

        assert suspended.state == State.SUSPENDED
        assert codes(session, DAY) == []
        assert [state for _, _, state in versions(session)] == [State.APPROVED, State.SUSPENDED]
        assert f'"reason":"{WHY}"' in entries(session, "ITEM_SUSPENDED")[0]
        # A mended text is in use as soon as it is approved.
        submit(session, staffed, replace(TEXT, stem="第三稿：井下可以带电检修。"))
        approve_all(session, staffed)
        assert codes(session, DAY) == [TEXT.code]


@pytest.mark.parametrize(
    ("retire", "state", "event"),
    [
        pytest.param(False, State.APPROVED, "ITEM_RESUMED", id="back in use"),
        pytest.param(True, State.RETIRED, "ITEM_RETIRED", id="retired"),
    ],
)
def test_another_reviewer_settles_it(staffed: World, retire: bool, state: State, event: str) -> None:
    with database.writing() as session:
        version = in_use(session, staffed)
        standing.suspend(session, staffed.actor(session, "author"), version, reason=WHY, now=LATER)
        reviewer = staffed.actor(session, "reviewer")

        assert standing.settle(session, reviewer, version, retire=retire, reason="已核对", now=LATER).state == state

        assert codes(session, DAY) == ([] if retire else [TEXT.code])
        assert [(row.state, row.reason) for row in kept.standings(session, version)] == [
            (State.SUSPENDED, WHY),
            (state, "已核对"),
        ]
        assert len(entries(session, event)) == 1
        with pytest.raises(errors.WrongState, match=r"^item_not_suspended:"):
            standing.settle(session, reviewer, version, retire=True, reason=WHY, now=LATER)


def test_neither_who_suspended_nor_the_author_settles_nor_a_review_does(staffed: World) -> None:
    with database.writing() as session:
        second_account(session, staffed, "author", "author_too", Duty.REVIEW)
        version = in_use(session, staffed)
        reviewer = staffed.actor(session, "reviewer")
        standing.suspend(session, reviewer, version, reason=WHY, now=LATER)

        for username, code in (("reviewer", "same_person_suspended"), ("author_too", "deeds_exclude")):
            actor = staffed.actor(session, username)
            with pytest.raises(errors.Refused, match=rf"^{code}:"):
                standing.settle(session, actor, version, retire=False, reason=WHY, now=LATER)
        with pytest.raises(errors.WrongState, match=r"^item_state:"):
            reviewing.review_item(session, reviewer, version, approve=True, reason=WHY, now=LATER)
        assert session.get_one(ItemVersion, version).state == State.SUSPENDED


Act = Callable[[Session, World, str, int], object]
ACTS: dict[str, tuple[Act, set[str]]] = {
    "suspend": (
        lambda session, world, name, version: standing.suspend(
            session, world.actor(session, name), version, reason=WHY, now=LATER
        ),
        {"author", "reviewer"},
    ),
    "settle": (
        lambda session, world, name, version: standing.settle(
            session, world.actor(session, name), version, retire=True, reason=WHY, now=LATER
        ),
        {"reviewer"},
    ),
    "recite": (
        lambda session, world, name, version: reciting.recite(
            session, world.actor(session, name), version, edition="", article=1, explanation="", now=LATER
        ),
        {"author"},
    ),
}


def test_strangers_do_none_of_it(staffed: World) -> None:
    with database.writing() as session:
        version = in_use(session, staffed)
        for act, holders in ACTS.values():
            for username in {"administrator", *worlds.STAFF} - holders:
                with pytest.raises(errors.RightMissing):
                    act(session, staffed, username, version)
            with pytest.raises(errors.NotFound):
                act(session, staffed, next(iter(holders)), 999)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.REJECTED])
def test_only_what_is_in_use_is_suspended_and_never_without_a_reason(staffed: World, state: State) -> None:
    with database.writing() as session:
        version = waiting(session, staffed)
        session.get_one(ItemVersion, version).state = state
        author = staffed.actor(session, "author")
        with pytest.raises(errors.WrongState, match=r"^item_state:"):
            standing.suspend(session, author, version, reason=WHY, now=LATER)
        session.get_one(ItemVersion, version).state = State.APPROVED
        with pytest.raises(errors.Malformed, match=r"^reason_missing:"):
            standing.suspend(session, author, version, reason=" ", now=LATER)
        assert kept.standings(session, version) == []


@pytest.mark.parametrize("change", [{"state": "submitted"}, {"reason": ""}])
def test_the_database_refuses_a_standing_that_is_none(staffed: World, change: dict[str, str]) -> None:
    with database.writing() as session:
        version = in_use(session, staffed)
        sound = {"version_id": version, "state": "suspended", "reason": WHY, "set_at": LATER, "set_by": 1}
        session.execute(sa.insert(Standing), [sound])
        with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
            session.execute(sa.insert(Standing), [{**sound, **change}])


# --- editions that end ---

OLD = Dated("coal-2022", "coal", date(2022, 4, 1), date(2026, 2, 1), 721)
NEW = Dated("coal-2025", "coal", date(2026, 2, 1), None, 777)
OTHER = Dated("law-2021", "law", date(2021, 9, 1), None, 119)


@pytest.mark.parametrize(
    ("day", "ended"),
    [
        pytest.param(date(2025, 8, 4), [], id="long before"),
        pytest.param(date(2025, 8, 5), [OLD], id="half a year before"),
        pytest.param(date(2026, 2, 1), [OLD], id="on the day"),
        pytest.param(date(2030, 1, 1), [OLD], id="long after"),
    ],
)
def test_editions_that_end_are_listed_in_time(day: date, ended: list[Dated]) -> None:
    assert repeal.ending([OLD, NEW, OTHER], day) == ended


@pytest.mark.parametrize(
    ("article", "editions_known", "proposed"),
    [
        pytest.param(442, [OLD, NEW, OTHER], Proposal.RECITE, id="the successor has the article"),
        pytest.param(442, [OLD, OTHER], Proposal.RETIRE, id="there is no successor"),
        pytest.param(720, [OLD, replace(NEW, articles=700)], Proposal.RETIRE, id="the successor is shorter"),
        pytest.param(442, [OLD, replace(NEW, repealed_on=date(2027, 1, 1))], Proposal.RETIRE, id="it has ended too"),
    ],
)
def test_what_is_proposed(article: int, editions_known: list[Dated], proposed: Proposal) -> None:
    assert repeal.proposal(article, repeal.successor(editions_known, OLD)) is proposed


def resting(session: Session, day: date) -> list[tuple[str, int]]:
    known = [
        Dated(one.slug, one.regulation, one.effective_on, one.repealed_on, one.articles)
        for one in queries.editions(session).values()
    ]
    ended = {one.slug for one in repeal.ending(known, day)}
    return [(item.code, newest) for item, _, newest in session.execute(kept.resting_on(ended))]


def test_items_on_an_ended_edition_are_listed_until_they_are_cited_anew(staffed: World) -> None:
    on, day = "coal-mine-safety-regulations-2025", date(2026, 3, 1)
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        approve_all(session, staffed)
        version = queries.newest_versions(session)[TEXT.code][1].id or 0
        assert (resting(session, day), codes(session, day)) == ([(TEXT.code, 1)], [SUCCESSOR.code])
        author = staffed.actor(session, "author")

        fresh = reciting.recite(
            session, author, version, edition=on, article=500, explanation="依据新版该条。", now=LATER
        )

        assert (fresh.number, fresh.state, fresh.edition_slug, fresh.article) == (2, State.SUBMITTED, on, 500)
        assert resting(session, day) == [(TEXT.code, 2)]
        with pytest.raises(errors.WrongState, match=r"^version_waits:"):
            reciting.recite(session, author, version, edition=on, article=501, explanation="依据。。", now=LATER)
        approve_all(session, staffed)
        assert resting(session, day) == []
        # Until the old edition ends the old text is asked, and the new one from that day on.
        days = (date(2026, 1, 31), date(2026, 2, 1))
        assert [codes(session, one) for one in days] == [[TEXT.code], [TEXT.code, SUCCESSOR.code]]
        with pytest.raises(errors.WrongState, match=r"^version_same:"):
            reciting.recite(
                session, author, fresh.id or 0, edition=on, article=500, explanation="依据新版该条。", now=LATER
            )


def test_what_is_out_of_use_is_not_listed(staffed: World) -> None:
    with database.writing() as session:
        version = in_use(session, staffed)
        day = date(2026, 3, 1)
        assert resting(session, day) == [(TEXT.code, 1)]
        standing.suspend(session, staffed.actor(session, "author"), version, reason=WHY, now=LATER)
        assert resting(session, day) == []


# --- comparing versions ---

SINGLE = replace(TEXT, kind=Kind.SINGLE, options={"A": "一", "B": "二", "C": "三", "D": "四"}, key="B")


def said(sort: Sort, text: str) -> Piece:
    return Piece(sort, text)


@pytest.mark.parametrize(
    ("new", "found"),
    [
        pytest.param(TEXT, (), id="the same"),
        pytest.param(
            replace(TEXT, stem="井下不可以带电检修电气设备。"),
            (
                Difference(
                    "题干",
                    (
                        said(Sort.SAME, "井下"),
                        said(Sort.IN, "不"),
                        said(Sort.SAME, "可以带电检修电气设备。"),
                    ),
                ),
            ),
            id="a word put in",
        ),
        pytest.param(
            replace(TEXT, difficulty=3, roles=(OFFICER, LEADER)),
            ("适用角色", "难度"),
            id="what it is filed under",
        ),
        pytest.param(SINGLE, ("题型", "答案", "A", "B", "C", "D"), id="another kind"),
    ],
)
def test_what_a_version_says_otherwise(new: object, found: tuple[object, ...]) -> None:
    differences = comparing.differences(TEXT, new)  # type: ignore[arg-type]
    if found and isinstance(found[0], str):
        assert {one.name for one in differences} == set(found)
    else:
        assert differences == found


def test_repeals_become_known_later(staffed: World) -> None:
    repealed: list[EditionText] = [
        replace(edition, repealed_on=date(2027, 1, 1)) if edition.slug == SUCCESSOR.edition else edition
        for edition in editions()
    ]
    with database.writing() as session:
        submit(session, staffed, SUCCESSOR)
        approve_all(session, staffed)
        assert resting(session, date(2026, 12, 1)) == []
        reviewing.load_editions(session, staffed.actor(session, "author"), repealed, now=LATER)
        assert resting(session, date(2026, 12, 1)) == [(SUCCESSOR.code, 1)]


# --- over HTTP ---


def test_the_pages_of_a_life_in_order(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        version = waiting(session, staffed)
    author, reviewer, path = browser.of("author"), browser.of("reviewer"), f"/api/v1/bank/versions/{version}"

    trial = reviewer.get("/bank/review").text
    assert TEXT.stem in trial and TEXT.explanation not in trial and 'name="chosen"' in trial
    assert TEXT.explanation in author.get(f"/bank/items/{version}").text
    assert reviewer.post(f"{path}/answer", json={"chosen": ["T"]}).json() == {"right": False}
    judged = reviewer.get(f"/bank/items/{version}").text
    assert TEXT.explanation in judged and "与答案不一致" in judged
    refused = reviewer.post(f"{path}/review", json={"approve": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "approval_reason")
    assert reviewer.post(f"{path}/review", json={"approve": True, "reason": WHY}).json() == {"state": "approved"}
    assert "审题人作答有误" in author.get(f"/bank/items/{version}").text

    assert TEXT.code in author.get("/bank/repealed").text
    body = {"edition": SUCCESSOR.edition, "article": 500, "explanation": "依据新版该条，不得带电检修。"}
    fresh = author.post(f"{path}/recital", json=body).json()
    assert fresh["number"] == 2
    compared = author.get(f"/bank/items/{fresh['version_id']}/comparison?to=1").text
    assert "<del>" in compared and "<ins>" in compared
    assert author.get(f"/bank/items/{version}/comparison?to=9").status_code == 404
    assert reviewer.get(f"/bank/items/{version}/comparison?to=2").status_code == 409, "its key is not theirs to see yet"

    assert author.post(f"{path}/suspension", json={"reason": WHY}).json() == {"state": "suspended"}
    settled = {"retire": True, "reason": "条文已废止"}
    assert author.post(f"{path}/settlement", json=settled).json()["code"] == "right_missing"
    assert "恢复或停用" in reviewer.get(f"/bank/items/{version}").text
    assert reviewer.post(f"{path}/settlement", json=settled).json() == {"state": "retired"}
    assert "条文已废止" in reviewer.get(f"/bank/items/{version}").text
