"""The bank's rules: what can be wrong with an item, when two texts are the same, when an edition counts."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole
from service.bank.rules import items
from service.bank.rules.cases import Case
from service.bank.rules.items import MOVES, ItemText, Kind, Level, State
from service.bank.rules.pictures import PLACES, Pictured

ARTICLES = 119
PICTURED = Pictured("a" * 64, "一盏矿灯")
OPTIONS = {"A": "一", "B": "二", "C": "三", "D": "四"}
SINGLE = ItemText(
    code="WSL-001",
    kind=Kind.SINGLE,
    stem="从业人员有权（　　）。",
    options=OPTIONS,
    key="B",
    explanation="依据第五十四条。",
    edition="work-safety-law-2021",
    article=54,
    roles=(TraineeRole.TEAM_LEADER, TraineeRole.SAFETY_OFFICER),
    difficulty=3,
)
MULTIPLE = replace(SINGLE, kind=Kind.MULTIPLE, key="ABD")
TRUE_FALSE = replace(SINGLE, kind=Kind.TRUE_FALSE, options={}, key="T")


def where(item: ItemText) -> list[str]:
    return [fault.where for fault in items.faults_of(item, ARTICLES)]


# --- faults ---


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(SINGLE, id="single"),
        pytest.param(MULTIPLE, id="multiple of three"),
        pytest.param(replace(MULTIPLE, key="CD"), id="multiple of two"),
        pytest.param(replace(MULTIPLE, key="ABCD"), id="multiple of all"),
        pytest.param(TRUE_FALSE, id="true"),
        pytest.param(replace(TRUE_FALSE, key="F"), id="false"),
        pytest.param(replace(SINGLE, article=1), id="first article"),
        pytest.param(replace(SINGLE, article=ARTICLES), id="last article"),
        pytest.param(replace(SINGLE, difficulty=1), id="easiest"),
        pytest.param(replace(SINGLE, difficulty=5), id="hardest"),
        pytest.param(replace(SINGLE, roles=(TraineeRole.SAFETY_DEPUTY,)), id="one role"),
        pytest.param(replace(SINGLE, enemies=("fund-or-employer", "pay-2")), id="two enemy groups"),
        pytest.param(replace(SINGLE, enemies=("a" * 40,)), id="the longest name of a group"),
        pytest.param(replace(SINGLE, tags=("计算", "新增 2026")), id="two tags"),
    ],
)
def test_a_sound_item_has_no_fault(item: ItemText) -> None:
    assert where(item) == []


@pytest.mark.parametrize(
    ("item", "faults"),
    [
        pytest.param(replace(SINGLE, stem=" \u3000"), ["stem"], id="blank stem"),
        pytest.param(replace(SINGLE, explanation=""), ["explanation"], id="no explanation"),
        pytest.param(replace(SINGLE, roles=()), ["roles"], id="no role"),
        pytest.param(replace(SINGLE, roles=(TraineeRole.TEAM_LEADER,) * 2), ["roles"], id="a role twice"),
        pytest.param(replace(SINGLE, difficulty=0), ["difficulty"], id="too easy"),
        pytest.param(replace(SINGLE, difficulty=6), ["difficulty"], id="too hard"),
        pytest.param(replace(SINGLE, article=0), ["article"], id="no article"),
        pytest.param(replace(SINGLE, enemies=("互斥",)), ["enemies"], id="a group that is no slug"),
        pytest.param(replace(SINGLE, enemies=("a" * 41,)), ["enemies"], id="the name of a group too long"),
        pytest.param(replace(SINGLE, enemies=("pay", "pay")), ["enemies"], id="a group twice"),
        pytest.param(replace(SINGLE, tags=("",)), ["tags"], id="an empty tag"),
        pytest.param(replace(SINGLE, tags=(" 计算",)), ["tags"], id="a tag with a blank before it"),
        pytest.param(replace(SINGLE, tags=("长" * 21,)), ["tags"], id="a tag too long"),
        pytest.param(replace(SINGLE, tags=("计算", "计算")), ["tags"], id="a tag twice"),
        pytest.param(replace(SINGLE, article=ARTICLES + 1), ["article"], id="an article that the law has not"),
        pytest.param(replace(SINGLE, options={"A": "一", "B": "二", "C": "三"}), ["options"], id="three options"),
        pytest.param(replace(SINGLE, options={**OPTIONS, "E": "五"}), ["options"], id="five options"),
        pytest.param(replace(SINGLE, options=dict(sorted(OPTIONS.items(), reverse=True))), ["options"], id="D to A"),
        pytest.param(replace(SINGLE, options={**OPTIONS, "C": " "}), ["options"], id="blank option"),
        pytest.param(replace(SINGLE, options={**OPTIONS, "C": "一"}), ["options"], id="the same option twice"),
        pytest.param(replace(SINGLE, options={}), ["options"], id="single without options"),
        pytest.param(replace(SINGLE, key=""), ["key"], id="no key"),
        pytest.param(replace(SINGLE, key="AB"), ["key"], id="two keys for a single"),
        pytest.param(replace(SINGLE, key="E"), ["key"], id="a letter that is no option"),
        pytest.param(replace(SINGLE, key="b"), ["key"], id="small letter"),
        pytest.param(replace(SINGLE, key="T"), ["key"], id="truth for a single"),
        pytest.param(replace(MULTIPLE, key="A"), ["key"], id="one key for a multiple"),
        pytest.param(replace(MULTIPLE, key="BA"), ["key"], id="letters out of order"),
        pytest.param(replace(MULTIPLE, key="AAB"), ["key"], id="a letter twice"),
        pytest.param(replace(TRUE_FALSE, options=OPTIONS), ["options"], id="options for a truth"),
        pytest.param(replace(TRUE_FALSE, key="A"), ["key"], id="letter for a truth"),
        pytest.param(replace(TRUE_FALSE, key="TF"), ["key"], id="both truths"),
        pytest.param(
            replace(SINGLE, stem="", explanation="", roles=(), difficulty=9, article=0, options={}, key="Z"),
            ["stem", "explanation", "roles", "difficulty", "article", "options", "key"],
            id="everything at once",
        ),
        pytest.param(replace(SINGLE, pictures={"stem": Pictured("a" * 64, "  ")}), ["pictures"], id="no words"),
        pytest.param(replace(SINGLE, pictures={"stem": Pictured("a" * 64, "长" * 201)}), ["pictures"], id="many words"),
        pytest.param(replace(SINGLE, pictures={"A": Pictured("../a.png", "一盏矿灯")}), ["pictures"], id="no digest"),
        pytest.param(replace(SINGLE, pictures={"E": PICTURED}), ["pictures"], id="no such option"),
        pytest.param(replace(TRUE_FALSE, pictures={"A": PICTURED}), ["pictures"], id="no options"),
    ],
)
def test_every_fault_is_named(item: ItemText, faults: list[str]) -> None:
    assert where(item) == faults
    assert {fault.code for fault in items.faults_of(item, ARTICLES)} == {item.code}


def test_pictures_at_the_stem_and_at_options_are_no_fault() -> None:
    assert where(replace(SINGLE, pictures={"stem": PICTURED, "D": PICTURED})) == []
    assert where(replace(TRUE_FALSE, pictures={"stem": PICTURED})) == []


# --- sameness ---

TEXTS = st.builds(
    ItemText,
    code=st.text(max_size=8),
    kind=st.sampled_from(Kind),
    stem=st.text(max_size=12),
    options=st.dictionaries(st.sampled_from("ABCD"), st.text(max_size=4)),
    key=st.text("ABCDTF", max_size=4),
    explanation=st.text(max_size=12),
    edition=st.text(max_size=8),
    article=st.integers(0, 999),
    roles=st.lists(st.sampled_from(TraineeRole), unique=True).map(tuple),
    difficulty=st.integers(0, 9),
    level=st.sampled_from(Level),
    subject=st.sampled_from(["", "gas", "fire"]),
    enemies=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
    tags=st.lists(st.sampled_from("甲乙丙"), unique=True).map(tuple),
    pictures=st.dictionaries(
        st.sampled_from(PLACES), st.builds(Pictured, st.sampled_from(("a" * 64, "b" * 64)), st.text(max_size=4))
    ),
)
UNORDERED = ("roles", "enemies", "tags")
FIELDS = [field.name for field in fields(ItemText)]


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_in_which_options_roles_groups_and_tags_were_typed_makes_no_difference(
    item: ItemText, random: object
) -> None:
    lists = {"options": list(item.options.items()), **{name: list(getattr(item, name)) for name in UNORDERED}}
    for typed in lists.values():
        random.shuffle(typed)  # type: ignore[attr-defined]
    shuffled = replace(item, options=dict(lists["options"]), **{name: tuple(lists[name]) for name in UNORDERED})

    assert items.digest(shuffled) == items.digest(item)


def test_a_text_without_attributes_keeps_the_digest_it_had_before_there_were_any() -> None:
    assert items.digest(SINGLE) == "315ad40d24515d27b53ed80c98d1e7e05045fd061359a3bc0080aa7f6a0bee83"


@given(TEXTS, TEXTS, st.sampled_from(FIELDS))
def test_a_change_of_any_one_field_is_another_text(item: ItemText, other: ItemText, field: str) -> None:
    changed = replace(item, **{field: getattr(other, field)})
    same = without_order(changed) == without_order(item)

    assert (items.digest(changed) == items.digest(item)) == same


def vars_of(item: ItemText) -> dict[str, object]:
    return {name: getattr(item, name) for name in FIELDS}


def without_order(item: ItemText) -> dict[str, object]:
    return {**vars_of(item), **{name: set(getattr(item, name)) for name in UNORDERED}}


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_by_itself_makes_a_difference(field: str) -> None:
    other = {
        "kind": Kind.MULTIPLE,
        "options": {**OPTIONS, "D": "五"},
        "article": 55,
        "roles": (TraineeRole.TEAM_LEADER,),
        "difficulty": 4,
        "level": Level.APPLY,
        "enemies": ("pay",),
        "tags": ("计算",),
        "pictures": {"stem": Pictured("a" * 64, "一盏矿灯")},
        "case": Case("CAS-001", "某矿综采工作面瓦斯浓度达到百分之一点五，跟班班长仍然安排作业。", 1, 2),
    }
    changed = replace(SINGLE, **{field: other.get(field, "另一个")})

    assert items.digest(changed) != items.digest(SINGLE)


# --- eligibility and states ---

EFFECTIVE, REPEALED = date(2022, 4, 1), date(2026, 2, 1)


@pytest.mark.parametrize(
    ("day", "repealed", "counts"),
    [
        pytest.param(date(2022, 3, 31), REPEALED, False, id="the day before it takes effect"),
        pytest.param(EFFECTIVE, REPEALED, True, id="the day it takes effect"),
        pytest.param(date(2026, 1, 31), REPEALED, True, id="its last day"),
        pytest.param(REPEALED, REPEALED, False, id="the day of its repeal"),
        pytest.param(REPEALED, None, True, id="never repealed"),
        pytest.param(date(2022, 3, 31), None, False, id="not yet in effect, never repealed"),
    ],
)
def test_an_edition_is_in_force_until_the_day_before_its_repeal(day: date, repealed: date | None, counts: bool) -> None:
    assert items.in_force(EFFECTIVE, repealed, day) == counts


def test_the_moves_between_states_are_these_and_no_others() -> None:
    assert set(MOVES) == set(State)
    assert {(state, target) for state in State for target in State if items.may_move(state, target).allowed} == {
        (State.SUBMITTED, State.APPROVED),
        (State.SUBMITTED, State.REJECTED),
        (State.SUBMITTED, State.WITHDRAWN),
        (State.APPROVED, State.SUSPENDED),
        (State.SUSPENDED, State.APPROVED),
        (State.SUSPENDED, State.RETIRED),
    }


def test_only_what_was_submitted_is_judged() -> None:
    assert {(state, target) for state in State for target in State if items.may_review(state, target).allowed} == {
        (State.SUBMITTED, State.APPROVED),
        (State.SUBMITTED, State.REJECTED),
    }
