"""Rubrics: what people write is read as points and criteria, what cannot be marked by is told, keys read back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank import queries
from service.bank.actions import files, reading, reviewing
from service.bank.rules import items, rubric
from service.bank.rules import reviewing as rules
from service.bank.rules.items import ItemText, Kind
from service.bank.rules.rubric import LONGEST_CRITERION, LONGEST_RUBRIC, LONGEST_TEXT, Criterion
from service.kernel import database, errors, settings
from tests import world as worlds
from tests.conftest import Browser
from tests.world import World

KEY = "4 立即停止作业\n3 撤出人员\n3 报告矿调度室"
TEXT = ItemText(
    code="CMS-900",
    kind=Kind.WRITTEN,
    stem="井下发现透水征兆时，班组长应当怎样处置？",
    options={},
    key=KEY,
    explanation="参考答案：立即停止作业，撤出所有受水患威胁地点的人员，报告矿调度室。见第十条。",
    edition="coal-mine-safety-regulations-2025",
    article=10,
    roles=(TraineeRole.TEAM_LEADER,),
    difficulty=3,
)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        pytest.param("3 说明", "3 说明", id="as a key has it"),
        pytest.param("3：说明", "3 说明", id="a colon"),
        pytest.param("3分：说明", "3 说明", id="the word for points"),
        pytest.param("３ 分 说明", "3 说明", id="full-width digits"),
        pytest.param("  3\t说明   原因 ", "3 说明 原因", id="spaces"),
        pytest.param("3 说明\r\n\r\n2 举例", "3 说明\n2 举例", id="breaks of another system"),
        pytest.param("3分清责任", "3分清责任", id="a criterion about telling apart says no points"),
        pytest.param("3 分清责任", "3 分清责任", id="and keeps its first word"),
        pytest.param("1、说明", "1、说明", id="the number of a line is no points"),
        pytest.param("1.5 说明", "1.5 说明", id="half points are not read as another number"),
    ],
)
def test_what_people_write_is_read_as_points_and_criteria(said: str, key: str) -> None:
    assert rubric.read(said) == key


LINE = "评分标准每行一个要点，先写分值再写内容，如“3 说明应当立即停止作业”"
POINTS, WORDS = "评分标准每个要点至少1分，合计不超过20分", "评分标准的每个要点1至80个字，首尾没有空格，不含看不见的字符"


@pytest.mark.parametrize(
    ("key", "faults"),
    [
        pytest.param(KEY, [], id="sound"),
        pytest.param("\n".join(f"1 要点{one}" for one in range(6)), [], id="six"),
        pytest.param("\n".join(f"1 要点{one}" for one in range(7)), ["评分标准最多6个要点"], id="seven"),
        pytest.param("", [LINE], id="nothing"),
        pytest.param("说明", [LINE], id="no points"),
        pytest.param("1.5 说明", [LINE], id="half points"),
        pytest.param("3 说明\n举例", [LINE], id="a line without points"),
        pytest.param("0 说明", [POINTS], id="a criterion worth nothing"),
        pytest.param("20 说明", [], id="as much as there is"),
        pytest.param("19 说明\n2 举例", [POINTS], id="more than there is"),
        pytest.param(f"1 {'字' * LONGEST_CRITERION}", [], id="as long as can be"),
        pytest.param(f"1 {'字' * (LONGEST_CRITERION + 1)}", [WORDS], id="too long"),
        pytest.param("1 说\x00明", [WORDS], id="unprintable"),
        pytest.param("1 说明\n2 说 明", ["评分标准的要点有重复"], id="twice"),
    ],
)
def test_what_cannot_be_marked_by_is_told(key: str, faults: list[str]) -> None:
    assert [reason for _, reason in rubric.faults(key)] == faults


SAID = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" "), max_size=LONGEST_CRITERION + 2)
CRITERIA = st.lists(st.builds(Criterion, SAID, st.integers(0, 22)), max_size=7)


@given(CRITERIA)
def test_a_key_without_faults_reads_back_and_fits_its_column(criteria: list[Criterion]) -> None:
    key = rubric.key_of(criteria)
    if list(rubric.faults(key)):
        return

    assert list(rubric.criteria(key)) == criteria
    assert rubric.read(key) == key
    assert rubric.worth(key) == sum(one.points for one in criteria) <= rubric.MOST_POINTS
    assert len(key) <= LONGEST_RUBRIC <= items.LONGEST_KEY


@given(st.text())
def test_no_text_at_all_breaks_the_reading_and_reading_twice_is_reading_once(said: str) -> None:
    key = rubric.read(said)

    assert rubric.read(key) == key or list(rubric.faults(key))
    assert rubric.worth(key) >= 0


def test_the_longest_rubric_is_as_long_as_its_column() -> None:
    letters = "甲乙丙丁戊己"
    key = rubric.key_of([Criterion(one * LONGEST_CRITERION, 10) for one in letters])  # As long as two digits make it.

    assert len(key) == LONGEST_RUBRIC


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("  停止作业。\r\n撤人。 ", "停止作业。\n撤人。", id="paragraphs stay"),
        pytest.param("字" * LONGEST_TEXT, "字" * LONGEST_TEXT, id="as long as can be"),
        pytest.param("字" * (LONGEST_TEXT + 1), None, id="too long"),
        pytest.param(" \n ", None, id="nothing"),
        pytest.param("停\x00止", None, id="unprintable"),
    ],
)
def test_what_was_written_is_kept_where_it_can_be_an_answer(text: str, kept: str | None) -> None:
    assert rules.answer_of(Kind.WRITTEN, [text]) == kept


def test_options_of_a_written_answer_are_a_fault() -> None:
    faults = list(items.faults_of(TEXT, 777))
    with_options = list(items.faults_of(replace(TEXT, options={"A": "甲"}), 777))

    assert faults == []
    assert [(one.where, one.reason) for one in with_options] == [("options", "简答题不应有选项")]


# --- in the bank ---


def submitted(session: Session, world: World) -> int:
    """The version that waits for review."""
    author, folder = world.actor(session, "author"), settings.current().question_bank
    reviewing.load_editions(session, author, files.read(folder).editions, now=worlds.PREPARED_AT)
    reviewing.submit_items(session, world.actor(session, "author"), [TEXT], now=worlds.PREPARED_AT)
    (waiting,) = queries.awaiting_review(session)
    return waiting


def test_a_reviewer_writes_before_seeing_the_rubric_and_then_judges_it(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        version_id = submitted(session, staffed)
    reviewer = browser.of("reviewer")

    before = reviewer.get(f"/bank/items/{version_id}").text
    refused = reviewer.post(f"/api/v1/bank/versions/{version_id}/review", json={"approve": True, "reason": ""})
    answered = reviewer.post(f"/api/v1/bank/versions/{version_id}/answer", json={"chosen": ["停止作业，\n撤人。"]})
    after = reviewer.get(f"/bank/items/{version_id}").text
    approved = reviewer.post(f"/api/v1/bank/versions/{version_id}/review", json={"approve": True, "reason": ""})

    assert TEXT.stem in before and "立即停止作业" not in before and '<textarea name="chosen"' in before
    assert (refused.status_code, refused.json()["code"]) == (409, "answer_first_to_approve")
    assert answered.json() == {"right": True}
    assert (
        "停止作业，\n撤人。" in after and '<td class="number">4</td>' in after and '<td class="number">10</td>' in after
    )
    assert approved.status_code == 200


def test_an_answer_that_is_too_long_is_refused_and_can_be_given_again(staffed: World) -> None:
    with database.writing() as session:
        version_id = submitted(session, staffed)
        reviewer = staffed.actor(session, "reviewer")
        with pytest.raises(errors.Malformed) as refused:
            reading.answer_item(session, reviewer, version_id, ["字" * (LONGEST_TEXT + 1)], now=worlds.PREPARED_AT)
        trial = reading.answer_item(session, reviewer, version_id, ["字" * LONGEST_TEXT], now=worlds.PREPARED_AT)

    assert refused.value.code == "answer_malformed"
    assert len(trial.answer) == LONGEST_TEXT and trial.right
