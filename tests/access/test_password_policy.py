"""What a new password may be, and that the list of leaked ones is the one it says it is."""

import hashlib
import re

import pytest
import sqlalchemy as sa

from service.access.actions import founding
from service.access.actions.founding import Newcomer
from service.access.rules import passwords
from service.access.tables import DutyHeld
from service.kernel import breached, database, errors, settings
from tests import world as worlds
from tests.conftest import Browser
from tests.world import World

SOURCE = breached.PLACE.with_name("SOURCE.md")


@pytest.mark.parametrize(
    ("password", "common", "code"),
    [
        pytest.param("three-odd-words", False, "allowed", id="a good one"),
        pytest.param("mine shaft 42", False, "allowed", id="spaces are fine"),
        pytest.param("煤矿安全生产从我做起二〇二六", False, "allowed", id="Chinese is fine"),
        pytest.param("elevenchars", False, "password_short", id="too short"),
        pytest.param("my-ZhangSan-word", False, "password_names_you", id="the user name, in whatever letters"),
        pytest.param("欧阳建国二〇二六年的密码", False, "password_names_you", id="the name"),
        pytest.param("Mudanjiang-2024", False, "password_of_this_place", id="the place and a year"),
        pytest.param("peikao-MeiKuang-24", False, "password_of_this_place", id="two words of the place"),
        pytest.param("demo-Mudanjiang-2024", False, "allowed", id="the place and enough of its own"),
        pytest.param("abababababab", False, "password_simple", id="a pattern"),
        pytest.param("correct horse battery", True, "password_common", id="leaked"),
        pytest.param("short", True, "password_short", id="short comes first"),
    ],
)
def test_what_may_be_chosen(password: str, common: bool, code: str) -> None:
    decision = passwords.may_be(password, least=12, username="zhangsan", name="欧阳建国", common=common)

    assert decision.code == code
    assert decision.allowed or (decision.reason and decision.source)


def test_a_name_of_two_letters_is_in_too_many_words() -> None:
    assert passwords.may_be("bookkeeping-19", least=12, username="ok", name="李", common=False).allowed


@pytest.mark.parametrize(
    ("password", "common"),
    [
        ("1234567890", True),
        ("qwertyuiop", True),
        ("QWERTYUIOP", True),
        ("1q2w3e4r5t6y", True),
        ("1q2w3e4r5t6y!!", True),
        ("passwordpassword", True),
        (worlds.PASSWORD, False),
        ("three-odd-words", False),
        ("", False),
    ],
)
def test_which_passwords_everybody_tries_first(password: str, common: bool) -> None:
    assert breached.is_common(password) is common


def test_the_filter_takes_few_for_leaked_that_are_not() -> None:
    wrong = sum(breached.is_common(hashlib.sha256(str(number).encode()).hexdigest()[:14]) for number in range(20_000))

    assert wrong <= 20


def test_the_filter_is_the_one_that_its_source_describes() -> None:
    found = re.search(r"`([0-9a-f]{64})`", SOURCE.read_text(encoding="utf-8"))

    assert found is not None
    assert hashlib.sha256(breached.PLACE.read_bytes()).hexdigest() == found[1]
    assert breached.PLACE.stat().st_size * 8 == breached.BITS


def test_the_least_length_is_a_setting_and_never_under_ten() -> None:
    assert settings.Settings().shortest_password == 12
    assert settings.Settings(shortest_password=16).shortest_password == 16
    with pytest.raises(ValueError, match="shortest_password"):
        settings.Settings(shortest_password=9)


WEAK = [
    ("password_short", "short"),
    ("password_names_you", "what-proctor1-chose"),
    ("password_simple", "aaaabbbbcccc"),
    ("password_common", "1q2w3e4r5t6y"),
]


@pytest.mark.parametrize(("code", "weak"), WEAK)
def test_no_door_takes_a_weak_one(staffed: World, browser: Browser, code: str, weak: str) -> None:
    """Nobody but its owner ever types a password: there is this door, and the founders' at the machine."""
    body = {"password": worlds.PASSWORD, "new": weak}
    reply = browser.of("proctor1").put("/api/v1/session/password", json=body)

    assert (reply.status_code, reply.json()["code"]) == (403, code)
    founder = Newcomer("新人", worlds.citizen_id(777), "proctor1-two", weak.replace("proctor1", "proctor1-two"))
    with database.writing() as session:
        session.execute(sa.delete(DutyHeld).where(sa.column("duty") == "secure"))
    with database.writing() as session, pytest.raises(errors.Refused) as refused:
        founding.appoint_security(session, founder, now=worlds.PREPARED_AT)
    assert refused.value.code == code
