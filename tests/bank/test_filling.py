"""Fill-ins: which typed texts are right, and what is wrong with one as it is written."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole
from service.bank.rules import filling, items, reviewing
from service.bank.rules.items import ItemText, Kind

KEY = "4m/s\n每秒4米\n四米每秒"
SPEED = ItemText(
    code="CMS-001",
    kind=Kind.FILL_IN,
    stem="专用回风巷中的风速不得超过____。",
    options={},
    key=KEY,
    explanation="依据第九条。",
    edition="safety-rules",
    article=9,
    roles=(TraineeRole.TEAM_LEADER,),
    difficulty=3,
)
ACCEPTED = st.lists(
    st.text(min_size=1, max_size=12).map(lambda text: filling.typed(text) or "").filter(filling.fold),
    min_size=1,
    max_size=8,
    unique_by=filling.fold,
)


# --- what is right ---


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        pytest.param("4m/s", True, id="as listed first"),
        pytest.param("四米每秒", True, id="as listed last"),
        pytest.param("４ｍ／ｓ", True, id="full-width"),
        pytest.param(" 4 M / S ", True, id="spaces and capitals"),
        pytest.param("每秒\u30004\u3000米", True, id="ideographic spaces"),
        pytest.param("每秒\u200b4米", True, id="a space without width"),
        pytest.param("4", False, id="without the unit, which nobody listed"),
        pytest.param("每秒四米", False, id="a numeral that nobody listed"),
        pytest.param("4.0m/s", False, id="the same number written otherwise"),
        pytest.param("14m/s", False, id="more before it"),
        pytest.param("4m/s\n每秒4米", False, id="two of them at once"),
        pytest.param("", False, id="nothing"),
        pytest.param(" \u3000", False, id="only spaces"),
    ],
)
def test_an_answer_is_right_when_it_folds_to_a_listed_text(answer: str, right: bool) -> None:
    assert filling.accepts(KEY, answer) == right


@given(st.text())
@example("\u1fbc")
@example("\u0130")
@example("´ \u0345a")
def test_folding_again_changes_nothing(text: str) -> None:
    folded = filling.fold(text)

    assert filling.fold(folded) == folded


@given(ACCEPTED, st.text(max_size=40))
def test_only_what_folds_to_a_listed_text_is_accepted(listed: list[str], answer: str) -> None:
    key = filling.key_of(listed)

    assert all(filling.accepts(key, f" {text} ") for text in listed)
    assert filling.accepts(key, answer) == (filling.fold(answer) in set(map(filling.fold, listed)))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param(" 4m/s ", "4m/s", id="spaces at the ends"),
        pytest.param("e\u0301", "\u00e9", id="composed"),
        pytest.param("四" * 40, "四" * 40, id="the longest"),
        pytest.param("四" * 41, None, id="too long"),
        pytest.param("", None, id="nothing"),
        pytest.param("\u3000", None, id="only a space"),
        pytest.param("4\n5", None, id="two lines"),
        pytest.param("4\x00", None, id="a control character"),
        pytest.param("4\u202e5", None, id="a sign that turns the direction"),
    ],
)
def test_what_can_be_typed(text: str, kept: str | None) -> None:
    assert filling.typed(text) == kept


# --- what is wrong with one ---


@pytest.mark.parametrize(
    ("item", "where"),
    [
        pytest.param(SPEED, [], id="sound"),
        pytest.param(replace(SPEED, key="4"), [], id="a number"),
        pytest.param(replace(SPEED, key="四" * 40), [], id="the longest text"),
        pytest.param(replace(SPEED, key="\n".join("12345678")), [], id="the most texts"),
        pytest.param(replace(SPEED, stem="____是第14米", key="4"), [], id="a number inside a longer one"),
        pytest.param(replace(SPEED, stem="____是1.4和4.5米", key="4"), [], id="a number inside a fraction"),
        pytest.param(replace(SPEED, stem="一处____处", key="处"), [], id="a single character of the stem"),
        pytest.param(replace(SPEED, stem="前____后一", key="前后"), [], id="words on both sides of the blank"),
        pytest.param(replace(SPEED, stem="没有空的题干"), ["stem"], id="no blank"),
        pytest.param(replace(SPEED, stem="____和____"), ["stem"], id="two blanks"),
        pytest.param(replace(SPEED, stem="短了___的空"), ["stem"], id="three underscores"),
        pytest.param(replace(SPEED, stem="长了_____的空"), ["stem"], id="five underscores"),
        pytest.param(replace(SPEED, options={"A": "4"}), ["options"], id="options"),
        pytest.param(replace(SPEED, key=""), ["key"], id="no text"),
        pytest.param(replace(SPEED, key="4\n\n5"), ["key"], id="an empty text"),
        pytest.param(replace(SPEED, key="4 \n5"), ["key"], id="a space at the end"),
        pytest.param(replace(SPEED, key="四" * 41), ["key"], id="a text that nobody can type"),
        pytest.param(replace(SPEED, key="\n".join("123456789")), ["key"], id="too many texts"),
        pytest.param(replace(SPEED, key="4m/s\n４Ｍ／Ｓ"), ["key"], id="the same text twice"),
        pytest.param(replace(SPEED, stem="通风的目的是____，通风员负责", key="通风"), ["key"], id="said by the stem"),
        pytest.param(replace(SPEED, stem="____即４ M/S", key="每秒4米\n4m/s"), ["key"], id="said in another width"),
        pytest.param(replace(SPEED, stem="____等于4。", key="4"), ["key"], id="a number before a full stop"),
    ],
)
def test_every_fault_of_a_fill_in_is_named(item: ItemText, where: list[str]) -> None:
    assert [fault.where for fault in items.faults_of(item, 100)] == where


@given(ACCEPTED)
def test_a_sound_key_fits_its_column(listed: list[str]) -> None:
    key = filling.key_of(listed)

    assert filling.variants(key) == listed
    assert len(key) <= filling.LONGEST_KEY


def test_the_longest_key_is_as_long_as_is_said() -> None:
    longest = "\n".join(f"{number}" + "四" * 39 for number in range(filling.MOST_VARIANTS))

    assert list(filling.faults("题干是____", longest)) == []
    assert len(longest) == filling.LONGEST_KEY


# --- reviewing ---


@pytest.mark.parametrize(
    ("chosen", "answer", "right"),
    [
        pytest.param(["4 M/S"], "4 M/S", True, id="right in another spelling"),
        pytest.param(["5m/s"], "5m/s", False, id="wrong"),
        pytest.param(["4m/s", "每秒4米"], None, False, id="two answers"),
        pytest.param([" "], None, False, id="nothing"),
        pytest.param(["四" * 41], None, False, id="too long"),
    ],
)
def test_a_reviewer_types_one_answer(chosen: list[str], answer: str | None, right: bool) -> None:
    found = reviewing.answer_of(Kind.FILL_IN, chosen)

    assert found == answer
    assert answer is None or reviewing.is_right(Kind.FILL_IN, KEY, answer) == right


def test_a_letter_is_right_only_as_the_key_itself() -> None:
    assert reviewing.is_right(Kind.SINGLE, "A", "A")
    assert not reviewing.is_right(Kind.SINGLE, "A", "a")
