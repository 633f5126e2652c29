"""How names are compared and ids mistyped, and which two persons may not be one: the rules of namesakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.separation import TEACH
from service.oversight.rules import namesakes as rules
from service.oversight.rules.namesakes import Likeness, Pair, Standpoint
from tests.oversight.people_of_one_name import whole

INSTITUTION = frozenset({OrganisationKind.INSTITUTION})
digits = st.text("0123456789", min_size=17, max_size=17)
places = st.integers(0, 16)


# --- names and ids ---


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("张伟", "张 伟", True, id="a space"),
        pytest.param("张伟", "张\u3000伟", True, id="a wide space"),
        pytest.param("张伟", "张伟 ", True, id="a space at the end"),
        pytest.param("Li Wei", "ｌｉ　ｗｅｉ", True, id="wide letters of another case"),
        pytest.param("阿依古丽·买买提", "阿依古丽•买买提", True, id="another dot"),
        pytest.param("张伟", "張伟", False, id="another character"),
        pytest.param("张伟", "张伟伟", False, id="a longer name"),
    ],
)
def test_names_are_compared_as_they_are_spoken(one: str, other: str, same: bool) -> None:
    assert (rules.normalised(one) == rules.normalised(other)) is same


def test_every_two_of_a_name_are_a_pair_the_lower_number_first() -> None:
    assert rules.pairs([(3, "乙"), (9, "甲"), (4, "甲"), (7, "甲 ")]) == [Pair(4, 7), Pair(4, 9), Pair(7, 9)]


@given(digits, places, st.integers(1, 9))
def test_one_other_digit_is_a_likely_slip_whatever_becomes_of_the_check_character(
    first: str, place: int, by: int
) -> None:
    other = first[:place] + str((int(first[place]) + by) % 10) + first[place + 1 :]
    # Two ids that are both valid never differ in that digit alone: what is compared is what was typed before it.
    assert rules.likeness(whole(first), whole(other)) is Likeness.ONE_DIGIT
    assert whole(first)[17] != whole(other)[17]


@given(digits, places, places)
def test_two_swapped_digits_are_a_likely_slip_wherever_they_stand(first: str, one: int, other: int) -> None:
    typed = list(first)
    typed[one], typed[other] = typed[other], typed[one]
    found = rules.likeness(whole(first), whole("".join(typed)))
    assert found is (Likeness.OTHER if first[one] == first[other] else Likeness.SWAPPED)


@given(digits, places, places)
def test_two_other_digits_that_are_not_swapped_are_no_slip(first: str, one: int, other: int) -> None:
    typed = list(first)
    for place in {one, other}:
        typed[place] = str((int(typed[place]) + 1) % 10)
    swapped = (first[one], first[other]) == (typed[other], typed[one])
    found = rules.likeness(whole(first), whole("".join(typed)))
    assert found is (Likeness.ONE_DIGIT if one == other else Likeness.SWAPPED if swapped else Likeness.OTHER)


# --- who may not be one ---

AUTHOR = Standpoint(held=frozenset({Duty.AUTHOR}))
CASES = [
    pytest.param(AUTHOR, Standpoint(employers=INSTITUTION), {"works_for_institution"}, id="an institution's account"),
    pytest.param(
        AUTHOR,
        Standpoint(held=frozenset({Duty.ATTEND}), employers=INSTITUTION),
        {"works_for_institution", "duties_exclude"},
        id="who takes attendance",
    ),
    pytest.param(
        Standpoint(held=frozenset({Duty.ADMINISTER})),
        Standpoint(held=frozenset({Duty.SECURE})),
        {"duties_exclude"},
        id="both administrators",
    ),
    pytest.param(
        Standpoint(made=frozenset({Duty.REVIEW})),
        Standpoint(parts=frozenset({Duty.SIT})),
        {"makes_the_exam"},
        id="who once reviewed, and sits",
    ),
    pytest.param(
        Standpoint(made=frozenset({Duty.CUSTODY})),
        Standpoint(parts=frozenset({TEACH})),
        {"makes_the_exam"},
        id="who kept papers, and teaches",
    ),
    pytest.param(
        Standpoint(deeds=frozenset({("class:3", Duty.PROCTOR)})),
        Standpoint(deeds=frozenset({("class:3", Duty.SIT)})),
        {"deeds_exclude"},
        id="who watched a class, and sat in it",
    ),
    pytest.param(
        Standpoint(deeds=frozenset({("item:8", Duty.AUTHOR)})),
        Standpoint(deeds=frozenset({("item:8", Duty.REVIEW)})),
        {"deeds_exclude"},
        id="who wrote and reviewed an item",
    ),
    pytest.param(
        Standpoint(deeds=frozenset({("class:3", Duty.PUBLISH)})),
        Standpoint(near=frozenset({"class:3"})),
        {"tied_to_institution"},
        id="who published, with a relative at the institution",
    ),
    pytest.param(
        Standpoint(deeds=frozenset({("class:3", Duty.PROCTOR)})),
        Standpoint(deeds=frozenset({("class:4", Duty.SIT)})),
        set(),
        id="who watched one class and sat in another",
    ),
    pytest.param(AUTHOR, Standpoint(held=frozenset({Duty.REVIEW})), set(), id="who may write and may review"),
    pytest.param(AUTHOR, AUTHOR, set(), id="two accounts of one duty"),
    pytest.param(Standpoint(), Standpoint(parts=frozenset({Duty.SIT})), set(), id="who only trains"),
]


@pytest.mark.parametrize(("one", "other", "codes"), CASES)
def test_two_are_told_where_the_rules_would_refuse_one_who_is_both(
    one: Standpoint, other: Standpoint, codes: set[str]
) -> None:
    assert {decision.code for decision in rules.clashes(one, other)} == codes
    assert {decision.code for decision in rules.clashes(other, one)} == codes
    assert all(decision.source for decision in rules.clashes(one, other))
