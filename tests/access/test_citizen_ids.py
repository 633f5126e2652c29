"""Citizen ids (GB 11643-1999): which texts can be one, and what screens show of it."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.access.rules.people import CHECK_CHARACTERS, check_character, masked, valid_citizen_id
from service.results.rules import own

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("11010519491231002X", "allowed", id="the example of the standard, check character X"),
        pytest.param("65230119900307001X", "allowed", id="region 652301, abolished in 2014: regions are not judged"),
        pytest.param("990000190001010016", "allowed", id="born on the first day that counts"),
        pytest.param("990000202611200015", "allowed", id="born today"),
        pytest.param("990000198802290018", "allowed", id="29 February of a leap year"),
        pytest.param("990000209912310017", "citizen_id_date", id="born in 2099"),
        pytest.param("990000202611210010", "citizen_id_date", id="born tomorrow"),
        pytest.param("990000189912310011", "citizen_id_date", id="born in 1899"),
        pytest.param("990000198702290010", "citizen_id_date", id="29 February of another year"),
        pytest.param("990000199013010014", "citizen_id_date", id="month 13"),
        pytest.param("990000199001000011", "citizen_id_date", id="day 0"),
        pytest.param("110105194912310021", "citizen_id_check", id="1 in place of X"),
        pytest.param("11010519491231020X", "citizen_id_check", id="two neighbours exchanged"),
        pytest.param("11010519491231002x", "citizen_id_shape", id="a small x"),
        pytest.param("11010519491231002", "citizen_id_shape", id="17 characters"),
        pytest.param("11010519491231002X0", "citizen_id_shape", id="19 characters"),
        pytest.param("110105491231002", "citizen_id_shape", id="a number of 15 digits, as before 1999"),
        pytest.param("01010519491231002X", "citizen_id_shape", id="a leading zero"),
        pytest.param("1101051949123100AX", "citizen_id_shape", id="a letter"),
        pytest.param(" 11010519491231002X", "citizen_id_shape", id="a space before"),
        pytest.param("11010519491231002X\n", "citizen_id_shape", id="a line end after"),
        pytest.param("1１010519491231002X", "citizen_id_shape", id="a full-width digit: it would be somebody else"),
        pytest.param("1١010519491231002X", "citizen_id_shape", id="an Arabic digit: it would be somebody else"),
        pytest.param("", "citizen_id_shape", id="nothing"),
    ],
)
def test_valid_citizen_id(text: str, code: str) -> None:
    decision = valid_citizen_id(text, today=TODAY)

    assert (decision.allowed, decision.code) == (code == "allowed", code)


@st.composite
def citizen_ids(draw: st.DrawFn) -> str:
    region = draw(st.integers(min_value=100000, max_value=999999))
    born = draw(st.dates(min_value=date(1900, 1, 1), max_value=TODAY))
    first = f"{region}{born:%Y%m%d}{draw(st.integers(min_value=0, max_value=999)):03d}"
    return first + check_character(first)


@given(citizen_ids())
def test_every_number_with_its_check_character_is_valid(text: str) -> None:
    assert valid_citizen_id(text, today=TODAY).allowed


@given(citizen_ids(), st.integers(min_value=0, max_value=17), st.sampled_from(CHECK_CHARACTERS))
def test_one_changed_character_is_refused(text: str, place: int, other: str) -> None:
    assume(text[place] != other)

    assert not valid_citizen_id(text[:place] + other + text[place + 1 :], today=TODAY).allowed


@given(citizen_ids(), st.integers(min_value=0, max_value=16))
def test_two_neighbours_exchanged_are_refused(text: str, place: int) -> None:
    assume(text[place] != text[place + 1])
    exchanged = text[:place] + text[place + 1] + text[place] + text[place + 2 :]

    assert not valid_citizen_id(exchanged, today=TODAY).allowed


@given(st.text(max_size=20))
def test_no_text_upsets_the_judgement(text: str) -> None:
    assert isinstance(valid_citizen_id(text, today=TODAY).allowed, bool)


def test_a_masked_id_shows_a_part_of_the_region_and_the_last_character() -> None:
    assert masked("11010519491231002X") == "110**************X"


def test_whoever_reads_a_masked_id_is_left_with_thousands_of_secrets() -> None:
    """Candidates sign in by the last six characters: the day, three digits, and the character that checks the rest."""
    shown = masked("11010519491231002X")
    tails = [f"{day:02d}{number:03d}" for day in range(1, 32) for number in range(1000)]

    assert len(tails) == 31_000
    assert set(shown[12:17]) == {"*"} and len(tails) / 10 > own.EVERYWHERE * 24 * 15
