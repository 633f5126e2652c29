"""Writing items: drafts that only their author sees, what is said of each field, submitting, and taking back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from service.access.rules.policy import Duty
from service.bank import queries
from service.bank.actions import drafting, files, importing, reading, reviewing
from service.bank.queries import drafts, neighbours, newest, searching
from service.bank.rules import drafting as rules
from service.bank.rules.drafting import Written
from service.bank.rules.exchange import planning
from service.bank.rules.exchange.citing import Cited
from service.bank.rules.exchange.fields import Catalogue, Terms
from service.bank.rules.exchange.objects import drafts_of, written
from service.bank.rules.exchange.planning import Kept, Outcome
from service.bank.rules.items import ItemText, Kind, State, digest
from service.bank.rules.narrowing import Narrowing
from service.bank.tables import Draft, ItemVersion
from service.journal import queries as journal
from service.kernel import database, errors, settings
from tests.bank.test_reviewing import LATER, LEADER, TEXT, approve_all, review, second_account, submit, versions
from tests.conftest import Browser
from tests.world import World

NAMES = Catalogue({TEXT.edition: Cited(("煤矿安全规程",), 700)}, {"gas": ("gas", "瓦斯")})
CHOICE = ItemText(
    code="CMS-007",
    kind=Kind.MULTIPLE,
    stem="下列哪些情形必须停止作业（　　）。",
    options={"A": "瓦斯超限", "B": "透水预兆", "C": "照明良好", "D": "冲击地压预兆"},
    key="ABD",
    explanation="依据第二百条，有这些情形时必须停止作业。",
    edition=TEXT.edition,
    article=200,
    roles=(LEADER,),
    difficulty=3,
    subject="gas",
    enemies=("stop-work",),
    tags=("现场", "应急"),
)
WHOLE = rules.of(CHOICE)


def judged(typed: Written, known: Mapping[str, Kept] | None = None, **about: str) -> rules.Judged:
    return rules.judge(typed, NAMES, known or {}, **about)


def graves(found: rules.Judged) -> set[tuple[str, str]]:
    return {(one.field, one.code) for one in found.findings if one.grave}


def kept_of(text: ItemText, number: int = 1) -> dict[str, Kept]:
    return {text.code: Kept(digest(text), number, planning.likeness(text))}


def entries(session: Session, event: str) -> list[dict[str, Any]]:
    return [json.loads(entry.data) for entry in session.exec(journal.entries(event=event))]


# --- rules ---


@pytest.mark.parametrize("text", [CHOICE, TEXT, replace(CHOICE, kind=Kind.SINGLE, key="C", tags=(), subject="")])
def test_an_item_typed_as_it_is_stands_for_itself_and_is_kept_and_taken_without_loss(text: ItemText) -> None:
    typed = rules.of(text)

    assert judged(typed) == rules.Judged(text, ())
    assert rules.taken(json.loads(json.dumps(rules.kept(typed)))) == typed


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param({"code": ""}, {("code", "code_missing")}, id="no code"),
        pytest.param({"code": "cms 7"}, {("code", "code_shape")}, id="a code of another shape"),
        pytest.param({"stem": "  "}, {("stem", "stem_missing")}, id="no stem"),
        pytest.param({"stem": "题" * 2001}, {("stem", "text_length")}, id="a stem too long"),
        pytest.param({"key": ()}, {("key", "answer_missing")}, id="nothing marked as right"),
        pytest.param({"key": ("B",)}, {("key", "item_key")}, id="one right option of a multiple choice"),
        pytest.param({"key": ("T",)}, {("key", "answer_missing")}, id="a truth left over from another kind"),
        pytest.param(
            {"options": {**CHOICE.options, "B": ""}},
            {("B", "option_empty"), ("key", "answer_outside")},
            id="an empty option",
        ),
        pytest.param(
            {"options": {**CHOICE.options, "B": "瓦斯超限"}}, {("options", "item_options")}, id="an option twice"
        ),
        pytest.param({"options": {**CHOICE.options, "D": "长" * 501}}, {("D", "option_long")}, id="an option too long"),
        pytest.param({"explanation": ""}, {("explanation", "explanation_missing")}, id="no explanation"),
        pytest.param({"edition": ""}, {("edition", "edition_missing")}, id="no edition"),
        pytest.param({"article": "十万"}, {("article", "article_unreadable")}, id="an article that cannot be read"),
        pytest.param({"article": "701"}, {("article", "item_article")}, id="an article that the edition has not"),
        pytest.param({"roles": ()}, {("roles", "roles_missing")}, id="no roles"),
        pytest.param({"difficulty": ""}, {("difficulty", "difficulty_missing")}, id="no difficulty"),
        pytest.param({"subject": "nothing"}, {("subject", "subject_unknown_name")}, id="a subject that there is not"),
        pytest.param({"enemies": "互斥"}, {("enemies", "item_enemies")}, id="an enemy group in Chinese"),
        pytest.param({"tags": "长" * 21}, {("tags", "item_tags")}, id="a tag too long"),
        pytest.param({"stem": "看不见的\x07字符"}, {("stem", "unprintable")}, id="a control character"),
        pytest.param({"article": ""}, set(), id="an article that the explanation cites"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(change: dict[str, Any], found: set[tuple[str, str]]) -> None:
    assert graves(judged(replace(WHOLE, **change))) == found


def test_an_empty_form_is_a_draft_with_something_to_say_of_every_field_that_must_be_filled() -> None:
    found = judged(Written(kind="single"))

    assert {one.field for one in found.findings} >= {
        "code",
        "stem",
        "key",
        "explanation",
        "edition",
        "article",
        "roles",
    }
    assert found.faults == len(found.findings) > 0


def test_an_article_that_is_not_typed_is_taken_from_the_explanation_and_that_is_said() -> None:
    found = judged(replace(WHOLE, article=""))

    assert found.text == CHOICE
    assert [(one.field, one.code, one.grave) for one in found.findings] == [("article", "article_cited", False)]


def test_options_stay_with_the_draft_while_another_kind_is_tried() -> None:
    tried = replace(WHOLE, kind="true_false", key=("A", "T"))

    assert judged(tried) == rules.Judged(replace(CHOICE, kind=Kind.TRUE_FALSE, options={}, key="T"), ())
    assert rules.taken(rules.kept(tried)).options == CHOICE.options


@pytest.mark.parametrize(
    ("typed", "revised", "found"),
    [
        pytest.param(WHOLE, "", {("code", "code_taken")}, id="a new item under a code that there is"),
        pytest.param(WHOLE, CHOICE.code, {("stem", "version_same")}, id="a new version that says the same"),
        pytest.param(replace(WHOLE, difficulty="5"), CHOICE.code, set(), id="a new version"),
        pytest.param(replace(WHOLE, code="CMS-999", difficulty="5"), CHOICE.code, set(), id="its code is not typed"),
    ],
)
def test_a_code_that_there_is_belongs_to_its_own_next_version(
    typed: Written, revised: str, found: set[tuple[str, str]]
) -> None:
    outcome = judged(typed, kept_of(CHOICE), revised=revised, free="CMS-008")

    assert (graves(outcome), outcome.text.code) == (found, CHOICE.code)


@pytest.mark.parametrize(
    ("codes", "free"),
    [([], "CMS-001"), (["CMS-001", "CMS-009"], "CMS-010"), (["CMS-1200"], "CMS-1201"), (["CMS-999"], "CMS-1000")],
)
def test_the_next_code_is_behind_all_that_there_are(codes: list[str], free: str) -> None:
    assert rules.next_code("CMS", codes) == free


@given(
    st.builds(
        Written,
        **{
            name: st.text(max_size=30)
            for name in ("code", "kind", "stem", "article", "tags", "enemies", "difficulty", "edition")
        },
        options=st.dictionaries(st.sampled_from("ABCDE"), st.text(max_size=9)),
        key=st.lists(st.sampled_from("ABCDTF")).map(tuple),
    )
)
def test_whatever_is_typed_is_judged_and_kept_without_loss(typed: Written) -> None:
    found = judged(typed)

    assert found.faults > 0, "it has no explanation"
    assert {one.field for one in found.findings} <= {*rules.FIELDS.values(), *"ABCD"}
    assert rules.taken(json.loads(json.dumps(rules.kept(typed)))) == typed


@pytest.mark.parametrize(
    ("state", "own", "answered", "code"),
    [
        pytest.param(State.SUBMITTED, True, False, "allowed", id="own, and nobody has begun"),
        pytest.param(State.SUBMITTED, True, True, "review_begun", id="a reviewer has answered"),
        pytest.param(State.SUBMITTED, False, False, "not_the_author", id="somebody else's"),
        pytest.param(State.APPROVED, True, True, "already_judged", id="approved"),
        pytest.param(State.REJECTED, True, True, "already_judged", id="rejected"),
        pytest.param(State.WITHDRAWN, True, False, "already_judged", id="taken back before"),
    ],
)
def test_a_version_is_taken_back_by_its_author_while_nobody_has_begun(
    state: State, own: bool, answered: bool, code: str
) -> None:
    assert rules.may_withdraw(state, own=own, answered=answered).code == code


@pytest.mark.parametrize(
    ("newest_number", "base", "waits", "code"),
    [
        (2, 2, False, "allowed"),
        (3, 2, False, "version_moved"),
        (3, 2, True, "version_moved"),
        (2, 2, True, "version_waits"),
    ],
)
def test_the_next_version_is_written_from_the_newest(newest_number: int, base: int, waits: bool, code: str) -> None:
    assert rules.may_revise(newest_number, base, waits).code == code


# --- actions ---


def ready(session: Session, world: World) -> None:
    """Editions and subjects, and one approved item."""
    submit(session, world, TEXT)
    named = files.read(settings.ROOT / "question_bank").subjects
    reviewing.load_subjects(session, world.actor(session, "author"), named, now=LATER)
    approve_all(session, world)


def test_a_draft_is_kept_with_whatever_is_missing_and_is_nobody_elses(staffed: World) -> None:
    with database.writing() as session:
        author = staffed.actor(session, "author")
        typed = Written(kind="single", stem="只写了一半")

        first = drafting.save(session, author, typed, now=LATER)
        draft_id = first.id or 0
        second = drafting.save(
            session, author, replace(typed, code="CMS-00"), draft_id=draft_id, seq=1, now=LATER + timedelta(seconds=1)
        )

        assert (second.id, second.seq, rules.taken(second.words)) == (draft_id, 2, replace(typed, code="CMS-00"))
        assert [one.id for one in drafts.drafts(session, author.person_id)] == [draft_id]
        assert [one["seq"] for one in entries(session, "ITEM_DRAFTED")] == [2, 1]
        assert all("只写了一半" not in entry.data for entry in session.exec(journal.entries(event="ITEM_DRAFTED")))
        second_account(session, staffed, "approver", "author2", Duty.AUTHOR)
        other = staffed.actor(session, "author2")
        for act in (
            lambda: drafting.save(session, other, typed, draft_id=draft_id, seq=2, now=LATER),
            lambda: drafting.submit(session, other, typed, draft_id=draft_id, seq=2, now=LATER),
            lambda: drafting.discard(session, other, draft_id, now=LATER),
        ):
            with pytest.raises(errors.NotFound):
                act()
        for username in ("reviewer", "administrator", "institution", "auditor"):
            with pytest.raises(errors.RightMissing):
                drafting.save(session, staffed.actor(session, username), typed, now=LATER)


def test_what_another_window_saved_is_not_written_over_and_not_submitted_away(staffed: World) -> None:
    with database.writing() as session:
        author = staffed.actor(session, "author")
        draft_id = drafting.save(session, author, WHOLE, now=LATER).id or 0
        drafting.save(
            session, author, replace(WHOLE, stem="另一个窗口里改过的题干。"), draft_id=draft_id, seq=1, now=LATER
        )

        for act in (drafting.save, drafting.submit):
            with pytest.raises(errors.WrongState, match=r"^draft_moved:"):
                act(session, author, WHOLE, draft_id=draft_id, seq=1, now=LATER)

        assert session.get_one(Draft, draft_id).words["stem"] == "另一个窗口里改过的题干。"


def test_a_person_keeps_so_many_drafts_and_no_more(staffed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_DRAFTS", 2)
    with database.writing() as session:
        author = staffed.actor(session, "author")
        first, _ = (drafting.save(session, author, WHOLE, now=LATER) for _ in range(2))
        with pytest.raises(errors.WrongState, match=r"^drafts_full:"):
            drafting.save(session, author, WHOLE, now=LATER)

        drafting.discard(session, author, first.id or 0, now=LATER)

        drafting.save(session, author, WHOLE, now=LATER)
        assert entries(session, "ITEM_DRAFT_DISCARDED") == [{"code": CHOICE.code, "seq": 1}]


def test_a_sound_draft_becomes_a_version_that_waits_and_the_draft_is_gone(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        draft_id = drafting.save(session, author, WHOLE, now=LATER).id or 0
        with pytest.raises(errors.Malformed, match=r"^draft_faulty:"):
            drafting.submit(session, author, replace(WHOLE, key=()), draft_id=draft_id, seq=1, now=LATER)
        assert session.get(Draft, draft_id) is not None

        version = drafting.submit(session, author, WHOLE, draft_id=draft_id, seq=1, now=LATER)

        found = queries.version(session, version.id or 0)
        assert found is not None and queries.text_of(*found) == CHOICE
        assert (version.number, version.state) == (1, State.SUBMITTED)
        assert session.get(Draft, draft_id) is None
        assert entries(session, "ITEMS_SUBMITTED")[0]["digests"] == {CHOICE.code: digest(CHOICE)}


def test_the_next_version_comes_from_the_newest_while_none_waits(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        base = newest.newest_of(session, [TEXT.code])[TEXT.code].version
        assert base is not None and base.id is not None
        typed = drafting.begin_revision(session, author, base.id, now=LATER)
        assert (typed, len(entries(session, "ITEM_READ"))) == (rules.of(TEXT), 1)
        changed = replace(typed, code="XYZ-001", stem="井下可以带电搬迁电气设备。")
        draft = drafting.save(session, author, changed, base=base.id, now=LATER)
        assert draft.words["code"] == TEXT.code, "another code would be another item"

        version = drafting.submit(session, author, changed, draft_id=draft.id, seq=1, now=LATER)

        assert (version.item_id, version.number, version.state) == (base.item_id, 2, State.SUBMITTED)
        with pytest.raises(errors.WrongState, match=r"^version_moved:"):
            drafting.submit(session, author, replace(changed, difficulty="5"), base=base.id, now=LATER)
        with pytest.raises(errors.WrongState, match=r"^version_waits:"):
            drafting.begin_revision(session, author, version.id or 0, now=LATER)


def test_what_was_taken_back_is_a_draft_again_and_gone_from_everywhere_else(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author, reviewer = staffed.actor(session, "author"), staffed.actor(session, "reviewer")
        version = drafting.submit(session, author, WHOLE, now=LATER)
        version_id = version.id or 0
        near = neighbours.bank(session)
        assert CHOICE.code in near.codes

        draft = drafting.withdraw(session, author, version_id, now=LATER)

        assert (rules.taken(draft.words), draft.base_version_id) == (WHOLE, None)
        assert session.get_one(ItemVersion, version_id).state == State.WITHDRAWN
        assert queries.awaiting_review(session) == []
        assert CHOICE.code not in neighbours.bank(session).codes
        assert [text.code for text in newest.chosen(session, Narrowing())] == [TEXT.code]
        listed = session.execute(searching.listing(session, Narrowing())).all()
        assert [item.code for item, _ in listed] == [TEXT.code]
        assert reading.read_item(session, author, version_id, now=LATER)[1].id == version_id
        with pytest.raises(errors.NotFound):
            reading.read_item(session, reviewer, version_id, now=LATER)
        with pytest.raises(errors.WrongState, match=r"^item_withdrawn:"):
            reading.answer_item(session, reviewer, version_id, ["A"], now=LATER)
        assert entries(session, "ITEM_WITHDRAWN") == [{"code": CHOICE.code, "version": 1, "digest": digest(CHOICE)}]


def test_what_was_taken_back_can_be_submitted_again_as_it_was_under_the_next_number(staffed: World) -> None:
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        version = drafting.submit(session, author, WHOLE, now=LATER)
        draft = drafting.withdraw(session, author, version.id or 0, now=LATER)

        again = drafting.submit(session, author, WHOLE, draft_id=draft.id, seq=draft.seq, now=LATER)

        assert (again.item_id, again.number, again.state) == (version.item_id, 2, State.SUBMITTED)
        assert entries(session, "ITEMS_SUBMITTED")[0]["new"] == 1
        review(session, staffed, again.id or 0, approve=True)
        assert [text.code for _, text in queries.eligible(session, LEADER, date(2025, 1, 1))] == [
            TEXT.code,
            CHOICE.code,
        ]


def test_taking_a_second_version_back_leaves_the_first_as_it_was(staffed: World) -> None:
    changed = replace(TEXT, stem="井下可以带电搬迁电气设备。")
    with database.writing() as session:
        ready(session, staffed)
        author = staffed.actor(session, "author")
        submit(session, staffed, changed)
        (waiting,) = queries.awaiting_review(session)

        draft = drafting.withdraw(session, author, waiting, now=LATER)

        assert [state for _, _, state in versions(session)] == [State.APPROVED, State.WITHDRAWN]
        assert rules.taken(draft.words) == rules.of(changed)
        assert draft.base_version_id == newest.newest_of(session, [TEXT.code])[TEXT.code].version.id  # type: ignore[union-attr]
        assert newest.chosen(session, Narrowing()) == [TEXT]
        plan = importing.plan_import(session, author, drafts_of(json.loads(written([TEXT, changed][:1]))), Terms())
        assert [(line.outcome, line.number) for line in plan.lines] == [(Outcome.UNCHANGED, 2)]
        plan = importing.plan_import(session, author, drafts_of(json.loads(written([changed]))), Terms())
        assert [(line.outcome, line.number) for line in plan.lines] == [(Outcome.CHANGED, 3)]
        assert submit(session, staffed, TEXT).unchanged == 1
        assert submit(session, staffed, changed).changed == (TEXT.code,)
        assert [number for number, _, _ in versions(session)] == [1, 2, 3]


def test_an_overtaken_version_waits_again_when_the_newer_one_is_taken_back(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        (first,) = queries.awaiting_review(session)
        submit(session, staffed, replace(TEXT, stem="第二稿：井下可以带电检修。"))
        (second,) = queries.awaiting_review(session)

        drafting.withdraw(session, staffed.actor(session, "author"), second, now=LATER)

        assert queries.awaiting_review(session) == [first]
        assert review(session, staffed, first, approve=True).state == State.APPROVED


def test_nobody_takes_back_what_a_reviewer_has_begun_with_or_what_is_not_theirs(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        (waiting,) = queries.awaiting_review(session)
        author, reviewer = staffed.actor(session, "author"), staffed.actor(session, "reviewer")
        with pytest.raises(errors.RightMissing):
            drafting.withdraw(session, reviewer, waiting, now=LATER)
        reading.answer_item(session, reviewer, waiting, ["F"], now=LATER)

        with pytest.raises(errors.WrongState, match=r"^review_begun:"):
            drafting.withdraw(session, author, waiting, now=LATER)

        assert session.exec(select(Draft)).all() == []
        assert [state for _, _, state in versions(session)] == [State.SUBMITTED]


# --- over HTTP ---

BODY = {
    **rules.kept(replace(WHOLE, edition="social-insurance-law-2018", article="60", subject="coverage", code="SIL-950")),
    "base": None,
}
FORM: dict[str, Any] = {
    **{name: value for name, value in BODY.items() if isinstance(value, str)},
    **{f"option_{letter.lower()}": text for letter, text in CHOICE.options.items()},
    "key": list(CHOICE.key),
    "roles": list(CHOICE.roles),
}


def test_a_draft_is_checked_kept_submitted_and_taken_back_over_the_api(world: World, browser: Browser) -> None:
    author, path = browser.of("author"), "/api/v1/bank/drafts"
    english = {"Accept-Language": "en"}

    faulty = author.post(f"{path}/checks", json={**BODY, "stem": ""}, headers=english).json()
    assert (faulty["faults"], faulty["findings"][0]["field"]) == (1, "stem")
    assert faulty["findings"][0]["sentence"].isascii()
    with database.reading() as session:
        text = queries.text_of(*queries.newest_versions(session)["SIL-001"])
    near = author.post(f"{path}/checks", json={**BODY, "stem": text.stem, "options": dict(text.options)}).json()["near"]
    assert (near[0]["code"], near[0]["likeness"]) == ("SIL-001", 100)

    saved = author.post(path, json={**BODY, "stem": "一"}).json()
    again = author.post(path, json={**BODY, "draft": saved["draft"], "seq": saved["seq"]}).json()
    assert (again["draft"], again["seq"]) == (saved["draft"], 2)
    stale = author.post(path, json={**BODY, "draft": saved["draft"], "seq": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_moved")
    refused = author.post(f"{path}/submission", json={**BODY, "key": [], "draft": saved["draft"], "seq": 2})
    assert (refused.status_code, refused.json()["code"]) == (422, "draft_faulty")
    done = author.post(f"{path}/submission", json={**BODY, "draft": saved["draft"], "seq": 2}).json()
    assert (done["code"], done["number"]) == ("SIL-950", 1)
    back = author.post(f"/api/v1/bank/versions/{done['version_id']}/withdrawal").json()
    assert author.get(f"/bank/drafts/{back['draft']}").status_code == 200
    assert author.delete(f"{path}/{back['draft']}").status_code == 204
    assert author.get(f"/bank/drafts/{back['draft']}").status_code == 404
    assert browser.of("reviewer").post(f"{path}/checks", json=BODY).json()["code"] == "right_missing"


def test_without_a_script_the_form_comes_back_filled_and_nothing_is_lost(world: World, browser: Browser) -> None:
    author, path = browser.of("author"), "/bank/drafts/editing"

    checked = author.post(path, data={**FORM, "act": "check", "key": []})
    assert checked.status_code == 200
    assert "没有答案。" in checked.text and FORM["stem"] in checked.text
    assert "shadowrootmode" in checked.text, "the preview needs no script"
    with database.reading() as session:
        assert session.exec(select(Draft)).all() == []

    kept = author.post(path, data={**FORM, "act": "submit", "key": []})
    assert kept.status_code == 200
    assert "已存为草稿" in kept.text
    with database.reading() as session:
        (row,) = session.exec(select(Draft)).all()
        assert (row.words["stem"], row.words["key"]) == (FORM["stem"], [])
    saved = author.post(path, data={**FORM, "act": "save", "draft": row.id, "seq": 1})
    assert (saved.status_code, saved.headers["location"]) == (303, f"/bank/drafts/{row.id}")
    stale = author.post(path, data={**FORM, "act": "save", "draft": row.id, "seq": 1, "stem": "别的窗口"})
    assert stale.status_code == 409
    assert "别的窗口" in stale.text and "另一个窗口里保存过" in stale.text
    done = author.post(path, data={**FORM, "act": "submit", "draft": row.id, "seq": 2})
    assert (done.status_code, done.headers["location"]) == (303, "/bank/drafts")

    listed = author.get("/bank/drafts").text
    assert "SIL-950" in listed and "撤回" in listed
    with database.reading() as session:
        assert session.exec(select(Draft)).all() == []
        version = newest.newest_of(session, ["SIL-950"])["SIL-950"].version
    assert version is not None and version.state == State.SUBMITTED


def test_an_approved_item_is_changed_from_its_page_in_the_same_editor(world: World, browser: Browser) -> None:
    author = browser.of("author")
    with database.reading() as session:
        item, version = queries.newest_versions(session)["SIL-001"]
    page = author.get(f"/bank/items/{version.id}").text
    assert f"/bank/items/{version.id}/revision" in page

    editor = author.get(f"/bank/items/{version.id}/revision")

    assert editor.status_code == 200
    assert version.stem in editor.text and "readonly" in editor.text
    assert browser.of("reviewer").get(f"/bank/items/{version.id}/revision").status_code == 403
    body = {**rules.kept(rules.of(queries.text_of(item, version))), "difficulty": "5", "base": version.id}
    done = author.post("/api/v1/bank/drafts/submission", json=body).json()
    assert (done["code"], done["number"]) == ("SIL-001", version.number + 1)
    assert author.get(f"/bank/items/{version.id}/revision").status_code == 409
