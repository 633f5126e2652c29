"""Cryptography: what is sealed comes back whole, under its own key and place only, and every change is noticed."""

import string
from collections.abc import Callable, Iterator

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from hypothesis import assume, given
from hypothesis import strategies as st

from service.kernel import sealing, settings

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
places = st.text(max_size=30)


def flipped(data: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned over."""
    place, within = divmod(bit % (8 * len(data)), 8)
    return data[:place] + bytes([data[place] ^ 1 << within]) + data[place + 1 :]


@pytest.fixture
def under_another(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Go on under another secret."""

    def change(name: str) -> None:
        monkeypatch.setenv(f"PEIKAO_{name.upper()}_SECRET", "another-secret-of-at-least-32-characters")
        settings.current.cache_clear()

    yield change
    settings.current.cache_clear()


# --- encryption ---


@given(plain=st.binary(max_size=300), key=st.binary(min_size=32, max_size=32), place=places)
def test_what_is_encrypted_comes_back_whole(plain: bytes, key: bytes, place: str) -> None:
    assert sealing.decrypt(sealing.encrypt(plain, key, bound_to=place), key, bound_to=place) == plain


@given(plain=st.binary(max_size=50), place=places, elsewhere=places)
def test_bound_to_another_place_it_does_not_open(plain: bytes, place: str, elsewhere: str) -> None:
    assume(place != elsewhere)
    sealed = sealing.encrypt(plain, KEY, bound_to=place)

    with pytest.raises(InvalidTag):
        sealing.decrypt(sealed, KEY, bound_to=elsewhere)


@given(plain=st.binary(max_size=50))
def test_under_another_key_it_does_not_open(plain: bytes) -> None:
    with pytest.raises(InvalidTag):
        sealing.decrypt(sealing.encrypt(plain, KEY, bound_to="row:1"), OTHER_KEY, bound_to="row:1")


@given(plain=st.binary(max_size=50), bit=st.integers(min_value=0, max_value=10_000))
def test_one_turned_bit_is_noticed(plain: bytes, bit: int) -> None:
    sealed = sealing.encrypt(plain, KEY, bound_to="row:1")

    with pytest.raises(InvalidTag):
        sealing.decrypt(flipped(sealed, bit), KEY, bound_to="row:1")


def test_the_same_words_are_never_sealed_alike() -> None:
    assert len({sealing.encrypt(b"same", KEY, bound_to="row:1") for _ in range(50)}) == 50


def test_a_personal_datum_comes_back_in_its_own_row_only(under_another: Callable[[str], None]) -> None:
    sealed = sealing.encrypt_personal("99000019700101001X", bound_to="access_person:7")

    assert b"99000019700101001X" not in sealed
    assert sealing.decrypt_personal(sealed, bound_to="access_person:7") == "99000019700101001X"
    with pytest.raises(InvalidTag):
        sealing.decrypt_personal(sealed, bound_to="access_person:8")
    under_another("person")
    with pytest.raises(InvalidTag):
        sealing.decrypt_personal(sealed, bound_to="access_person:7")


# --- indexes and derived keys ---


@given(value=st.text(max_size=30))
def test_a_blind_index_is_stable_and_differs_per_purpose(value: str) -> None:
    index = sealing.blind_index(value, purpose="citizen-id")

    assert index == sealing.blind_index(value, purpose="citizen-id")
    assert index != sealing.blind_index(value, purpose="id-tail")
    assert len(index) == 32
    assert set(index) <= set(string.hexdigits.lower())


@given(one=st.text(max_size=30), other=st.text(max_size=30))
def test_different_values_have_different_indexes(one: str, other: str) -> None:
    assume(one != other)

    assert sealing.blind_index(one, purpose="p") != sealing.blind_index(other, purpose="p")


def indexes() -> dict[str, str]:
    return {
        "blind index": sealing.blind_index("x", purpose="citizen-id"),
        "paper index": sealing.paper_index("x"),
        "paper key": sealing.paper_key(1, b"s" * 16).hex(),
    }


@pytest.mark.parametrize(
    ("secret", "changed"),
    [
        pytest.param("person", {"blind index"}, id="person secret"),
        pytest.param("sealing", {"paper index", "paper key"}, id="sealing secret"),
        pytest.param("signing", set(), id="signing secret"),
    ],
)
def test_each_secret_keys_its_own_things(under_another: Callable[[str], None], secret: str, changed: set[str]) -> None:
    before = indexes()
    under_another(secret)

    assert {name for name, value in indexes().items() if value != before[name]} == changed


def test_every_paper_and_every_salt_has_a_key_of_its_own() -> None:
    keys = {sealing.paper_key(paper, salt) for paper in (1, 2, 12) for salt in (b"s" * 16, b"t" * 16)}

    assert len(keys) == 6
    assert {len(key) for key in keys} == {32}
    assert sealing.paper_key(1, b"s" * 16) in keys


# --- signatures ---


@given(message=st.binary(max_size=100))
def test_a_signature_is_64_bytes_and_verifies(message: bytes) -> None:
    signature = sealing.sign(message, purpose="ticket")

    sealing.verify(message, signature, purpose="ticket")
    assert len(signature) == 64


@given(message=st.binary(max_size=50), other=st.binary(max_size=50))
def test_a_signature_fits_no_other_message(message: bytes, other: bytes) -> None:
    assume(message != other)

    with pytest.raises(InvalidSignature):
        sealing.verify(other, sealing.sign(message, purpose="ticket"), purpose="ticket")


def test_the_key_of_one_purpose_signs_for_no_other() -> None:
    with pytest.raises(InvalidSignature):
        sealing.verify(b"message", sealing.sign(b"message", purpose="ticket"), purpose="access-token")


@given(bit=st.integers(min_value=0, max_value=511))
def test_one_turned_bit_voids_a_signature(bit: int) -> None:
    signature = sealing.sign(b"message", purpose="ticket")

    with pytest.raises(InvalidSignature):
        sealing.verify(b"message", flipped(signature, bit), purpose="ticket")


# --- digests and tokens ---


def test_the_digest_is_sha256() -> None:
    assert sealing.digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_tokens_have_256_bits_and_never_repeat() -> None:
    tokens = {sealing.token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}
