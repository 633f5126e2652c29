"""The suites for personal data: known answers of the standards, and going over from one to the other."""

from collections.abc import Callable, Iterator

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes

from service.kernel import sealing, settings, suites
from service.kernel.settings import Suite
from service.kernel.suites import SUITES, Key

SECRET = "a-secret-of-at-least-thirty-two-characters"
PLACE = "access_person:7"


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def under(suite: str) -> None:
        monkeypatch.setenv("PEIKAO_PERSONAL_SUITE", suite)
        settings.current.cache_clear()

    yield under
    settings.current.cache_clear()


def test_sm4_gcm_gives_the_answer_of_rfc_8998() -> None:
    key, nonce = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("00001234567800000000ABCD")
    place = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = b"".join(bytes([one]) * 8 for one in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )

    assert SUITES[Suite.SM].encrypt(plain, key, nonce, place) == sealed
    assert SUITES[Suite.SM].decrypt(sealed, key, nonce, place) == plain


def test_sm3_gives_the_answer_of_its_standard_and_the_mac_is_an_hmac_of_it() -> None:
    def sm3(data: bytes) -> bytes:
        made = hashes.Hash(hashes.SM3())
        made.update(data)
        return made.finalize()

    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    padded = b"key".ljust(64, b"\0")
    inner = sm3(bytes(one ^ 0x36 for one in padded) + b"value")
    assert SUITES[Suite.SM].mac(b"key", b"value") == sm3(bytes(one ^ 0x5C for one in padded) + inner).hex()


@pytest.mark.parametrize("suite", Suite)
def test_what_is_sealed_opens_under_its_own_key_and_in_its_own_place(suite: Suite) -> None:
    key = Key(suite, SECRET)
    sealed = key.encrypt(b"990000197001010019", bound_to=PLACE)

    assert key.decrypt(sealed, bound_to=PLACE) == b"990000197001010019"
    assert key.encrypt(b"", bound_to=PLACE) != key.encrypt(b"", bound_to=PLACE)
    others = [Key(one, secret) for one in Suite for secret in (SECRET, SECRET + "x")]
    for other, place in [*((one, PLACE) for one in others if one != key), (key, "access_person:8")]:
        with pytest.raises(InvalidTag):
            other.decrypt(sealed, bound_to=place)
    for place in range(len(sealed)):
        spoilt = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(InvalidTag):
            key.decrypt(spoilt, bound_to=PLACE)
    with pytest.raises((InvalidTag, ValueError)):
        key.decrypt(sealed[: suites.NONCE_BYTES + 3], bound_to=PLACE)


def test_no_two_keys_have_anything_in_common() -> None:
    keys = [Key(one, secret) for one in Suite for secret in (SECRET, SECRET + "x")]

    assert len({key.id for key in keys}) == len({key.index("value", "citizen-id") for key in keys}) == 4
    assert {len(key.index("value", "citizen-id")) for key in keys} == {32}


@pytest.mark.parametrize(("before", "after"), [("aes", "sm"), ("sm", "aes")])
def test_rows_of_either_are_read_and_found_whichever_is_chosen(
    choose: Callable[[str], None], before: str, after: str
) -> None:
    choose(before)
    sealed, index = sealing.encrypt_personal("某人", bound_to=PLACE), sealing.blind_index("某人", purpose="citizen-id")
    key_id = sealing.person_key_id()

    choose(after)

    assert sealing.decrypt_personal(sealed, bound_to=PLACE) == "某人"
    indexes = sealing.blind_indexes("某人", purpose="citizen-id")
    assert indexes[0] == sealing.blind_index("某人", purpose="citizen-id") != index and index in indexes
    assert sealing.person_key_id() != key_id, "so that `peikao keys rotate` finds the rows"
