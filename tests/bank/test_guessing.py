"""What somebody who has learned nothing could guess from the shipped items: by words, by place, by length."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.access.rules.people import TraineeRole
from service.bank.actions import files
from service.bank.rules import figures
from service.bank.rules.items import ItemText, Kind
from service.kernel import settings

BANK = settings.ROOT / "question_bank"
REGULATIONS = os.environ.get("REGULATIONS", "")
SWEEPING, PERMITTING = ("都", "只", "一律", "任何", "均", "全部", "所有"), ("可以", "不必", "即可", "不用")
OBLIGING, FORBIDDING = ("应当", "必须"), ("不得",)
VOUCHING, ACCUSING = ("符合", "合法", "正确", "许可", "允许"), ("违反", "违法")
# How far from a coin, in hundredths.
CHANCE = range(45, 56)


def asked(kind: Kind) -> list[ItemText]:
    return [item for item in files.read(BANK).items if item.kind is kind]


def guess(stem: str, false: Sequence[str], true: Sequence[str]) -> str:
    """What a rule of thumb says of a statement; nothing where it holds words of both sorts or of neither."""
    says_false, says_true = (any(word in stem for word in words) for words in (false, true))
    return "" if says_false == says_true else "T" if says_true else "F"


@pytest.mark.parametrize(
    ("false", "true"),
    [
        pytest.param(SWEEPING, OBLIGING, id="what sweeps is false and what obliges is true"),
        pytest.param(
            (*SWEEPING, *PERMITTING), (*OBLIGING, *FORBIDDING), id="and what permits false, what forbids true"
        ),
        pytest.param(VOUCHING, ACCUSING, id="and what is called right is wrong, and what is called wrong wrong indeed"),
    ],
)
def test_the_words_of_a_statement_do_not_tell_whether_it_is_true(false: Sequence[str], true: Sequence[str]) -> None:
    spoken = [(said, item.key) for item in asked(Kind.TRUE_FALSE) if (said := guess(item.stem, false, true))]

    assert len(spoken) >= 50
    assert 100 * sum(said == key for said, key in spoken) // len(spoken) in CHANCE


@pytest.mark.parametrize("role", TraineeRole)
def test_about_half_of_all_statements_are_true(role: TraineeRole) -> None:
    keys = [item.key for item in asked(Kind.TRUE_FALSE) if role in item.roles]

    assert 100 * keys.count("T") // len(keys) in CHANCE


@pytest.mark.parametrize("role", TraineeRole)
def test_no_letter_is_right_much_more_often_than_another(role: TraineeRole) -> None:
    keys = Counter(item.key for item in asked(Kind.SINGLE) if role in item.roles)

    assert {letter: 22 <= 100 * number / keys.total() <= 28 for letter, number in keys.items()} == dict.fromkeys(
        "ABCD", True
    )


@pytest.mark.parametrize("role", TraineeRole)
def test_the_longest_option_is_not_the_right_one_more_often_than_by_chance(role: TraineeRole) -> None:
    items = [item for item in asked(Kind.SINGLE) if role in item.roles]
    hits = 0.0
    for item in items:
        lengths = {letter: len(text) for letter, text in item.options.items()}
        longest = [letter for letter, length in lengths.items() if length == max(lengths.values())]
        # Between options of one length the guess is a coin.
        hits += (item.key in longest) / len(longest)

    assert 0.2 <= hits / len(items) <= 0.3


@pytest.mark.skipif(not REGULATIONS, reason="the texts are not part of the project: REGULATIONS names their folder")
def test_a_figure_of_a_key_stands_in_its_article_or_the_item_says_that_it_does_not() -> None:
    texts = {path.stem: figures.articles(path.read_text(encoding="utf-8")) for path in Path(REGULATIONS).glob("*.md")}
    items = files.read(BANK).items

    assert {item.edition for item in items} <= texts.keys()
    found = {item.code: figures.strange(item, texts[item.edition][item.article]) for item in items}
    assert {code: strange for code, strange in found.items() if strange} == {}
