"""Signing in and out: what is counted, what locks, what a cookie is worth and for how long."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from sqlmodel import select

from service.access.actions import entering
from service.access.tables import Account, Attempt, Organisation, SignedIn
from service.journal.tables import JournalEntry
from service.kernel import database, flooding, sealing, settings, turnstile
from tests import world as worlds
from tests.conftest import Browser, Clock, application
from tests.world import World

NOW = worlds.PREPARED_AT
WRONG = "wrong-password"
LOCKED = (401, "account_locked", "密码连续输错，从这里登录此账号要再等{}分钟。在登录过的其他设备上不受影响。")
REFUSED = (401, "wrong_credentials", "用户名或密码不对，请核对后重试。")


def knock(client: TestClient, password: str = worlds.PASSWORD, username: str = "planner") -> Any:
    """The answer to an attempt: 200, or status, code and sentence of the refusal."""
    reply = client.post("/api/v1/session", json={"username": username, "password": password})
    body = reply.json()
    return 200 if reply.status_code == 200 else (reply.status_code, body["code"], body["detail"])


def stored(username: str = "planner") -> Account:
    with database.reading() as session:
        return session.exec(select(Account).where(Account.username == username)).one()


# --- passwords ---


def test_the_right_password_opens_and_says_who_one_is(staffed: World, browser: Browser) -> None:
    reply = browser.stranger().post("/api/v1/session", json={"username": "planner", "password": worlds.PASSWORD})

    assert (reply.status_code, reply.json()) == (
        200,
        {
            "label": f"account:{staffed.accounts['planner']}",
            "name": "planner",
            "organisation": "市应急管理局",
            "organisation_kind": "bureau",
            "duties": ["plan"],
            "unproven": False,
            "provisional": False,
            "doubted": False,
        },
    )


def test_a_wrong_password_an_unknown_name_and_a_closed_account_read_alike(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        session.get_one(Account, staffed.accounts["author"]).active = False

    client = browser.stranger()
    answers = [
        client.post("/api/v1/session", json={"username": username, "password": password})
        for username, password in (("planner", WRONG), ("nobody", worlds.PASSWORD), ("author", worlds.PASSWORD))
    ]

    assert [(one.status_code, one.json()["code"], one.json()["detail"]) for one in answers] == [REFUSED] * 3
    assert {one.text for one in answers} == {answers[0].text}
    assert {tuple(sorted(one.headers.items())) for one in answers} == {tuple(sorted(answers[0].headers.items()))}


def test_a_password_is_kept_only_as_argon2id(staffed: World) -> None:
    assert stored().password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert worlds.PASSWORD not in stored().password_hash


@pytest.mark.parametrize(("password", "status"), [("odd-words-1", 403), ("odd-words-12", 204)])
def test_a_new_password_has_twelve_characters_at_least(
    staffed: World, browser: Browser, password: str, status: int
) -> None:
    body = {"password": worlds.PASSWORD, "new": password}

    reply = browser.of("planner").put("/api/v1/session/password", json=body)

    assert reply.status_code == status
    assert status == 204 or reply.json()["code"] == "password_short"


# --- five failures ---


def locked(minutes: int) -> tuple[int, str, str]:
    return LOCKED[0], LOCKED[1], LOCKED[2].format(minutes)


def failures(username: str = "planner") -> int:
    """The failures counted on an account, from wherever."""
    with database.reading() as session:
        rows = session.exec(select(Attempt).where(Attempt.account_id == stored(username).id))
        return sum(row.failures for row in rows)


def test_five_failures_make_whoever_tries_wait_longer_and_longer(
    staffed: World, clock: Clock, browser: Browser
) -> None:
    clock.set(NOW)
    client = browser.stranger()

    assert [knock(client, WRONG) for _ in range(5)] == [REFUSED] * 5
    assert [knock(client), knock(client, WRONG)] == [locked(1), locked(1)]
    assert knock(client, username="author") == 200

    clock.set(NOW + timedelta(seconds=70))
    assert [knock(client, WRONG), knock(client)] == [REFUSED, locked(2)]
    clock.set(NOW + timedelta(seconds=70 + 130))
    assert knock(client) == 200


def test_four_failures_hold_nobody_up_and_success_forgives_them(staffed: World, browser: Browser) -> None:
    client = browser.stranger()

    for _ in range(2):
        assert [knock(client, WRONG) for _ in range(4)] == [REFUSED] * 4
        assert knock(client) == 200
        client.cookies.clear()
    assert failures() == 0


def test_failures_are_counted_though_they_are_refused_and_outlive_the_process(staffed: World) -> None:
    before, after = (TestClient(application()) for _ in range(2))

    assert [knock(before, WRONG) for _ in range(3)] == [REFUSED] * 3
    assert failures() == 3
    assert [knock(after, WRONG) for _ in range(3)] == [REFUSED, REFUSED, locked(1)]


def test_a_password_that_was_changed_meanwhile_no_longer_fits(staffed: World) -> None:
    with database.writing() as session:
        fitting = entering.fitting_hash(session, "planner", worlds.PASSWORD)
        assert fitting == stored().password_hash
        session.get_one(Account, staffed.accounts["planner"]).password_hash = entering.PASSWORDS.hash(
            "another-password"
        )

        refusal = entering.sign_in(session, "planner", fitting, now=NOW).refusal

    assert refusal is not None and refusal.code == "wrong_credentials"


@pytest.mark.parametrize("username", ["planner", "nobody"])
def test_nobody_waits_to_write_while_a_password_is_hashed(
    staffed: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    hashed = []

    class Hashing(PasswordHash):
        """Hashes, and then writes as any neighbour may: it would wait for ever if the attempt held the turn."""

        def verify(self, *given: Any) -> bool:
            found = super().verify(*given)
            with database.writing() as session:
                hashed.append(session.execute(sa.update(Organisation).values(name=Organisation.name)) is not None)
            return found

    monkeypatch.setattr(turnstile, "BUSY_SECONDS", 1)
    monkeypatch.setattr(entering, "PASSWORDS", Hashing(entering.PASSWORDS.hashers))

    assert knock(browser.stranger(), WRONG, username) == REFUSED
    assert hashed == [True]


class Counting(PasswordHash):
    """Counts the passwords that it is given to hash, and lets none fit."""

    def __init__(self) -> None:
        super().__init__(entering.PASSWORDS.hashers)
        self.hashed = 0

    def verify(self, *_: Any) -> bool:
        self.hashed += 1
        return False


@pytest.mark.parametrize("username", ["planner", "nobody"])
def test_no_password_is_hashed_for_whoever_is_held_up(
    staffed: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    monkeypatch.setattr(entering, "PASSWORDS", counting := Counting())
    client = browser.stranger()

    assert [knock(client, WRONG, username)[1] for _ in range(9)] == ["wrong_credentials"] * 5 + ["account_locked"] * 4

    assert counting.hashed == 5


def test_no_password_is_hashed_for_whoever_asks_too_often(
    staffed: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEIKAO_REQUESTS_PER_ADDRESS", "600")
    settings.current.cache_clear()
    flooding.forget()
    monkeypatch.setattr(entering, "PASSWORDS", counting := Counting())
    client = browser.stranger()

    said = [knock(client, WRONG, f"nobody{number}")[0] for number in range(640)]

    flooding.forget()
    assert 429 in said
    assert counting.hashed == said.count(401)


def test_failures_at_the_same_moment_are_counted_one_by_one(staffed: World) -> None:
    together, faults = threading.Barrier(4), []
    assert failures() == 0

    def fail() -> None:
        together.wait()
        try:
            with database.writing() as session:
                entering.sign_in(session, "planner", entering.fitting_hash(session, "planner", WRONG), now=NOW)
        except Exception as fault:
            faults.append(fault)

    guesses = [threading.Thread(target=fail) for _ in range(4)]
    for guess in guesses:
        guess.start()
    for guess in guesses:
        guess.join()

    assert (faults, failures()) == ([], 4)


def test_coming_failing_and_going_is_on_record(staffed: World, browser: Browser) -> None:
    client, label = browser.stranger(), f"account:{staffed.accounts['planner']}"
    with database.reading() as session:
        before = session.exec(select(sa.func.max(JournalEntry.seq))).one()

    knock(client, WRONG)
    knock(client, username="nobody")
    knock(client)
    client.delete("/api/v1/session")

    with database.reading() as session:
        rows = session.exec(select(JournalEntry).where(JournalEntry.seq > before).order_by(JournalEntry.seq))  # type: ignore[arg-type]
        assert [(row.event, row.actor, row.subject) for row in rows] == [
            ("SIGN_IN_FAILED", "anonymous", label),
            ("SIGNED_IN", label, label),
            ("SIGNED_OUT", label, label),
        ]


# --- the session and its cookie ---


def cookie(client: TestClient) -> tuple[str, str, set[str]]:
    """Name, value and attributes of the cookie that signing in sets."""
    reply = client.post("/api/v1/session", json={"username": "planner", "password": worlds.PASSWORD})
    (header, _) = reply.headers.get_list("set-cookie")
    pair, *attributes = (part.strip() for part in header.split(";"))
    name, _, value = pair.partition("=")
    return name, value, {attribute.lower() for attribute in attributes}


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(staffed: World, browser: Browser) -> None:
    name, _, attributes = cookie(browser.stranger())

    assert (name, attributes) == ("peikao", {"httponly", "samesite=strict", "path=/"})


def test_over_https_the_cookie_is_bound_to_the_host(staffed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEIKAO_SECURE_COOKIES", "true")
    settings.current.cache_clear()

    name, _, attributes = cookie(TestClient(application(), base_url="https://127.0.0.1"))

    assert (name, attributes) == ("__Host-peikao", {"httponly", "samesite=strict", "path=/", "secure"})


def test_the_database_knows_only_a_digest_of_the_token(staffed: World, browser: Browser) -> None:
    _, token, _ = cookie(browser.stranger())

    with database.reading() as session:
        (row,) = session.exec(select(SignedIn))
    assert len(token) == 43
    assert row.token_digest == sealing.digest(token.encode())
    assert token not in str(row.model_dump())


def me(client: TestClient) -> int:
    return client.get("/api/v1/session").status_code


def test_signing_out_ends_the_session_on_the_server(staffed: World, browser: Browser) -> None:
    client, thief = browser.stranger(), browser.stranger()
    assert knock(client) == 200
    thief.cookies.set("peikao", client.cookies["peikao"])
    assert (me(client), me(thief)) == (200, 200)

    assert client.delete("/api/v1/session").status_code == 204

    assert (me(client), me(thief)) == (401, 401)
    assert "peikao" not in client.cookies


def test_signing_out_ends_one_session_and_no_other(staffed: World, browser: Browser) -> None:
    here, there = browser.stranger(), browser.stranger()
    assert (knock(here), knock(there)) == (200, 200)

    here.delete("/api/v1/session")

    assert (me(here), me(there)) == (401, 200)


def test_a_session_ends_by_the_clock(staffed: World, clock: Clock, browser: Browser) -> None:
    clock.set(NOW)
    client = browser.stranger()
    assert knock(client) == 200

    clock.set(NOW + timedelta(hours=settings.current().session_hours, seconds=-30))
    assert me(client) == 200
    clock.set(NOW + timedelta(hours=settings.current().session_hours, seconds=30))
    assert me(client) == 401


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "é" * 20])
def test_an_invented_token_is_worth_nothing(staffed: World, browser: Browser, token: str) -> None:
    client = browser.stranger()

    assert client.get("/api/v1/session", headers={"cookie": f"peikao={token}".encode()}).status_code == 401


def test_a_closed_account_is_out_at_once(staffed: World, browser: Browser) -> None:
    client = browser.of("planner")
    assert me(client) == 200

    with database.writing() as session:
        session.get_one(Account, staffed.accounts["planner"]).active = False

    assert me(client) == 401


def test_a_revoked_duty_is_gone_at_once(staffed: World, browser: Browser) -> None:
    client = browser.of("planner")
    assert client.get("/api/v1/programme/plans").status_code == 200

    place = f"/api/v1/accounts/{staffed.accounts['planner']}/duties/plan"
    assert browser.of("security").delete(place).status_code == 204

    reply = client.get("/api/v1/programme/plans")
    assert (reply.status_code, reply.json()["code"]) == (403, "right_missing")
    assert client.get("/api/v1/session").json()["duties"] == []
    assert browser.of("security").delete(place).status_code == 404
