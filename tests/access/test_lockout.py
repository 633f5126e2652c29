"""Wrong passwords slow down whoever tries them, and nobody else: not the rival, not the room of three hundred."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from service.access.actions import entering
from service.access.actions.holding import Caller
from service.access.rules import lockout
from service.access.rules.lockout import FREE_TRIES, Tries
from service.access.tables import Account, Attempt
from service.kernel import database
from tests import world as worlds
from tests.conftest import Browser, Clock, application
from tests.world import World

NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
WRONG = "not-the-right-password"


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


# --- the rule ---


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        pytest.param(1, None, id="the first"),
        pytest.param(4, None, id="the last that costs nothing"),
        pytest.param(5, 1, id="the fifth"),
        pytest.param(6, 2, id="twice as long"),
        pytest.param(9, 16, id="and again"),
        pytest.param(10, 30, id="the longest"),
        pytest.param(40, 30, id="never longer"),
    ],
)
def test_each_failure_from_one_place_makes_the_wait_longer(failures: int, wait: int | None) -> None:
    tries = lockout.failed(Tries(failures - 1, NOW, None), NOW)

    assert tries == Tries(failures, NOW, NOW + minutes(wait) if wait else None)


def test_a_day_without_failures_forgets_them() -> None:
    before = Tries(30, NOW - timedelta(hours=24), NOW - timedelta(hours=23))

    assert lockout.failed(before, NOW) == Tries(1, NOW)
    assert lockout.failed(before, NOW - timedelta(seconds=1)).failures == 31


@pytest.mark.parametrize(
    ("here", "known", "strange", "code"),
    [
        pytest.param(Tries(), False, 0, "allowed", id="nothing has happened"),
        pytest.param(Tries(5, NOW, NOW + minutes(1)), False, 5, "account_locked", id="held here"),
        pytest.param(Tries(5, NOW, NOW + minutes(1)), True, 0, "account_locked", id="held here, on a known device"),
        pytest.param(Tries(5, NOW, NOW), False, 5, "allowed", id="the wait is over"),
        pytest.param(Tries(), False, 99, "allowed", id="guessed elsewhere, not yet by many"),
        pytest.param(Tries(), False, 100, "account_under_attack", id="guessed from everywhere"),
        pytest.param(Tries(), True, 100_000, "allowed", id="guessed from everywhere, on a known device"),
    ],
)
def test_who_may_try(here: Tries, known: bool, strange: int, code: str) -> None:
    assert lockout.may_try(here, known=known, strange=strange, now=NOW).code == code


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        # Two IPv4 peers of a socket for both families are two places.
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:cb00:7108", "203.0.113.8"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("testclient", "testclient"),
        ("x" * 500, "x" * 45),
        ("", ""),
    ],
)
def test_one_subscriber_is_one_place(address: str, place: str) -> None:
    assert lockout.place(address) == place


# --- at the door ---


def knock(username: str, password: str, caller: Caller, now: datetime = NOW) -> str:
    with database.writing() as session:
        fitting = entering.fitting_hash(session, username, password)
        entrance = entering.sign_in(session, username, fitting, caller=caller, now=now)
        return entrance.refusal.code if entrance.refusal else entrance.device


def test_a_rival_who_guesses_shuts_out_himself_and_nobody_else(staffed: World) -> None:
    rival, desk, home = Caller("203.0.113.7"), Caller("198.51.100.1"), Caller("198.51.100.2")

    assert [knock("publisher", WRONG, rival) for _ in range(7)] == ["wrong_credentials"] * 5 + ["account_locked"] * 2
    assert knock("publisher", worlds.PASSWORD, rival) == "account_locked"

    assert len(knock("publisher", worlds.PASSWORD, desk)) == 43
    assert len(knock("publisher", worlds.PASSWORD, home)) == 43
    # Behind the rival's own address other accounts are not concerned either.
    assert len(knock("planner", worlds.PASSWORD, rival)) == 43


def test_a_known_device_is_not_held_up_by_guesses_from_its_own_address(staffed: World) -> None:
    shared = "203.0.113.7"
    token = knock("publisher", worlds.PASSWORD, Caller(shared))
    assert [knock("publisher", WRONG, Caller(shared)) for _ in range(6)] == ["wrong_credentials"] * 5 + [
        "account_locked"
    ]

    assert knock("publisher", worlds.PASSWORD, Caller(shared)) == "account_locked"
    assert knock("publisher", worlds.PASSWORD, Caller(shared, token)) == token
    # It is known to this account only, and somebody else's token is nothing.
    assert knock("publisher", worlds.PASSWORD, Caller(shared, "x" * 43)) == "account_locked"


def test_a_known_device_that_guesses_is_held_up_itself(staffed: World) -> None:
    token = knock("publisher", worlds.PASSWORD, Caller("203.0.113.7"))
    thief = Caller("198.51.100.9", token)

    assert [knock("publisher", WRONG, thief) for _ in range(6)] == ["wrong_credentials"] * 5 + ["account_locked"]
    assert len(knock("publisher", worlds.PASSWORD, Caller("203.0.113.7"))) == 43


def test_guessing_from_everywhere_stops_strange_places_only(staffed: World) -> None:
    token = knock("publisher", worlds.PASSWORD, Caller("203.0.113.7"))
    for number in range(20):
        for _ in range(5):
            assert knock("publisher", WRONG, Caller(f"198.51.100.{number}")) == "wrong_credentials"

    assert knock("publisher", worlds.PASSWORD, Caller("192.0.2.1")) == "account_under_attack"
    assert knock("publisher", worlds.PASSWORD, Caller("192.0.2.1", token)) == token
    assert len(knock("publisher", worlds.PASSWORD, Caller("192.0.2.1"), NOW + minutes(61))) == 43


@pytest.mark.parametrize("username", ["publisher", "nobody-of-that-name"])
def test_a_name_that_nobody_has_is_held_up_as_one_that_somebody_has(staffed: World, username: str) -> None:
    def tries(address: str, *after: int) -> list[str]:
        return [knock(username, WRONG, Caller(address), NOW + timedelta(seconds=seconds)) for seconds in after]

    wrong, locked, attacked = "wrong_credentials", "account_locked", "account_under_attack"
    assert tries("203.0.113.7", *[0] * 6) == [wrong] * 5 + [locked]
    assert tries("203.0.113.7", 59, 60, 61) == [locked, wrong, locked]
    assert tries("203.0.113.8", *[62] * 6) == [wrong] * 5 + [locked]
    for number in range(17):
        assert tries(f"198.51.100.{number}", *[63] * 5) == [wrong] * 5
    assert tries("198.51.100.99", *[63] * 5) == [wrong] * 4 + [attacked]
    assert tries("192.0.2.1", 64, 64) == [attacked, attacked]
    assert tries("192.0.2.1", 64 + 3601) == [wrong]


def test_a_room_of_three_hundred_behind_one_address_is_not_tripped(staffed: World) -> None:
    """Everybody in it mistypes once and then gets in; the accounts share one hash, for hashing is not the subject."""
    room, crowd = Caller("203.0.113.7"), [f"crowd{number}" for number in range(300)]
    with database.writing() as session:
        like = session.get_one(Account, staffed.accounts["planner"])
        hashed = like.password_hash
        session.add_all(
            Account(person_id=like.person_id, organisation_id=like.organisation_id, username=name, password_hash=hashed)
            for name in crowd
        )
    with database.writing() as session:
        first = [entering.sign_in(session, name, "", caller=room, now=NOW).refusal for name in crowd]
        second = [entering.sign_in(session, name, hashed, caller=room, now=NOW).refusal for name in crowd]

    assert {refusal.code for refusal in first if refusal} == {"wrong_credentials"}
    assert second == [None] * 300


def test_strangers_cannot_use_up_the_tries_of_whoever_is_signed_in(staffed: World, browser: Browser) -> None:
    """A custodian gives the password again to open a paper: guesses at the door must not keep them from it."""
    inside = browser.of("custodian1")
    outside = browser.stranger()
    for _ in range(8):
        outside.post("/api/v1/session", json={"username": "custodian1", "password": WRONG})

    assert (
        outside.post("/api/v1/session", json={"username": "custodian1", "password": worlds.PASSWORD}).status_code == 401
    )
    assert inside.post("/api/v1/session/proof", json={"password": worlds.PASSWORD}).status_code == 204


def test_a_stolen_session_does_not_guess_for_ever(staffed: World, browser: Browser, clock: Clock) -> None:
    clock.set(NOW)
    inside = browser.of("custodian1")

    codes = [inside.post("/api/v1/session/proof", json={"password": WRONG}).json()["code"] for _ in range(6)]

    assert codes == ["wrong_password"] * FREE_TRIES + ["account_locked"]


def test_the_cookie_of_a_device_is_out_of_reach_and_outlives_the_session(staffed: World) -> None:
    client = TestClient(application())
    reply = client.post("/api/v1/session", json={"username": "planner", "password": worlds.PASSWORD})

    (_, header) = reply.headers.get_list("set-cookie")
    pair, *attributes = (part.strip() for part in header.split(";"))
    assert pair.startswith("peikao-device=")
    assert {one.lower() for one in attributes} == {"httponly", "samesite=strict", "path=/", "max-age=34560000"}
    client.delete("/api/v1/session")
    assert "peikao-device" in client.cookies and "peikao" not in client.cookies


def test_a_token_that_we_never_gave_is_not_taken_over(staffed: World) -> None:
    """Whoever plants a cookie in another browser must not be known by it afterwards."""
    planted = "p" * 43

    given = knock("publisher", worlds.PASSWORD, Caller("203.0.113.7", planted))

    assert len(given) == 43 and given != planted
    assert knock("planner", worlds.PASSWORD, Caller("203.0.113.7", given)) == given, "one browser, two accounts"


def test_failures_of_long_ago_leave_the_table(staffed: World) -> None:
    for number in range(3):
        knock("publisher", WRONG, Caller(f"198.51.100.{number}"))
    knock("publisher", WRONG, Caller("192.0.2.1"), NOW + timedelta(hours=24))

    with database.reading() as session:
        assert [row.place for row in session.exec(select(Attempt))] == ["address:192.0.2.1"]
