"""Passwords that somebody else made: whoever opens accounts and resets passwords comes in as nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from typer.testing import CliRunner

from service.access import queries
from service.access.rules import first_passwords
from service.access.rules.first_passwords import CODE_LIFE, PASSWORD_LIFE
from service.access.tables import Account, CustodyKey
from service.cli import app
from service.journal.tables import JournalEntry
from service.kernel import database, errors, one_time
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import World

NOW = worlds.PREPARED_AT
OWN = "three-odd-words-of-mine"
PASSWORD = "/api/v1/session/password"
ACTIVATION = "/api/v1/session/activation"
WHY = {"reason": "本人当面说忘记了密码"}


@pytest.fixture(autouse=True)
def fixed(clock: Clock, request: pytest.FixtureRequest) -> None:
    if "staffed" in request.fixturenames:
        request.getfixturevalue("staffed")
        clock.set(NOW)


def reset(browser: Browser, account_id: int) -> str:
    reply = browser.of("administrator").put(f"/api/v1/accounts/{account_id}/password", json=WHY)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["one_time_password"])


def code_for(browser: Browser, account_id: int) -> str:
    reply = browser.of("security").post(f"/api/v1/accounts/{account_id}/activation-code")
    assert reply.status_code == 201, reply.text
    return str(reply.json()["code"])


def enter(browser: Browser, username: str, password: str, **more: Any) -> TestClient:
    client = browser.stranger()
    reply = client.post("/api/v1/session", json={"username": username, "password": password, **more})
    assert reply.status_code == 200, reply.text
    return client


def why(reply: Any) -> str:
    return str(reply.json()["code"]) if reply.status_code >= 400 else str(reply.status_code)


def bind(client: TestClient) -> str:
    """Bind an authenticator: its secret."""
    secret = str(client.post("/api/v1/session/totp").json()["secret"])
    code = one_time.code_at(one_time.read(secret), one_time.step_at(NOW))
    assert client.put("/api/v1/session/totp", json={"code": code}).status_code == 200
    return secret


def events(account_id: int) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.exec(select(JournalEntry).where(JournalEntry.subject == f"account:{account_id}"))
        return [(row.event, row.actor) for row in rows]


# --- the rules ---

LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        (first_passwords.may_enter(provisional=False, doubted=False), "allowed"),
        (first_passwords.may_enter(provisional=True, doubted=True), "password_not_chosen"),
        (first_passwords.may_enter(provisional=False, doubted=True), "account_not_activated"),
        (first_passwords.may_use(None, NOW), "allowed"),
        (first_passwords.may_use(LATER, NOW), "allowed"),
        (first_passwords.may_use(NOW, NOW), "one_time_password_over"),
        (first_passwords.may_choose("a", "a", provisional=True), "password_not_new"),
        (first_passwords.may_choose("a", "a", provisional=False), "allowed"),
        (first_passwords.may_choose("b", "a", provisional=True), "allowed"),
        (first_passwords.may_equip(True), "not_yet_yours"),
        (first_passwords.may_equip(False), "allowed"),
        (first_passwords.may_vouch(1, 2, doubted=True), "allowed"),
        (first_passwords.may_vouch(1, 1, doubted=True), "own_account"),
        (first_passwords.may_vouch(1, 2, doubted=False), "activated_already"),
        (first_passwords.judge_code(True, LATER, NOW), "allowed"),
        (first_passwords.judge_code(True, NOW, NOW), "activation_code_over"),
        (first_passwords.judge_code(False, LATER, NOW), "wrong_activation_code"),
        (first_passwords.judge_code(False, None, NOW), "wrong_activation_code"),
    ],
)
def test_what_the_rules_say(decision: Any, code: str) -> None:
    assert decision.code == code
    assert decision.allowed or decision.reason


# --- the way it is meant ---


def test_a_newcomer_chooses_a_password_and_the_code_wakes_the_duty(staffed: World, browser: Browser) -> None:
    newcomer = {
        "organisation_id": staffed.organisations["bureau"],
        "name": "新人",
        "citizen_id": worlds.citizen_id(701),
        "username": "newcomer",
    }
    opened = browser.of("administrator").post("/api/v1/accounts", json=newcomer).json()
    known, number = opened["one_time_password"], opened["id"]
    assert browser.of("security").post(f"/api/v1/accounts/{number}/duties", json={"duty": "custody"}).status_code == 201
    code = code_for(browser, number)

    client = enter(browser, "newcomer", known)
    assert client.get("/api/v1/session").json()["provisional"] is True
    assert "选定自己的密码" in client.get("/password").text
    assert why(client.put(PASSWORD, json={"password": known, "new": known, "code": code})) == "password_not_new"
    assert why(client.put(PASSWORD, json={"password": known, "new": OWN, "code": "x"})) == "wrong_activation_code"
    assert why(client.put(PASSWORD, json={"password": known, "new": OWN, "code": code.lower()})) == "204"

    assert client.get("/api/v1/session").status_code == 401
    assert why(browser.stranger().post("/api/v1/session", json={"username": "newcomer", "password": known})) == (
        "wrong_credentials"
    )
    me = enter(browser, "newcomer", OWN).get("/api/v1/session").json()
    assert (me["provisional"], me["doubted"], me["duties"]) == (False, False, ["custody"])
    with database.reading() as session:
        assert queries.custody_key(session, number) is not None
    assert [name for name, _ in events(number)] == [
        *("ACCOUNT_OPENED", "DUTY_GRANTED", "ACTIVATION_CODE_GIVEN", "SIGNED_IN", "SIGN_IN_FAILED"),
        *("ACCOUNT_ACTIVATED", "PASSWORD_CHANGED", "SIGN_IN_FAILED", "SIGNED_IN", "CUSTODY_KEY_MADE"),
    ]


def test_the_code_may_come_later_and_only_its_own_account_takes_it(staffed: World, browser: Browser) -> None:
    account, other = staffed.accounts["planner"], staffed.accounts["author"]
    known = reset(browser, account)
    enter(browser, "planner", known).put(PASSWORD, json={"password": known, "new": OWN})
    client = enter(browser, "planner", OWN)
    assert "启用账号" in client.get("/password").text and "输入启用码" in client.get("/").text
    assert why(client.get("/api/v1/programme/plans")) == "account_not_activated"

    reset(browser, other)
    foreign, first = code_for(browser, other), code_for(browser, account)
    code = code_for(browser, account)
    for wrong in (foreign, first):
        assert why(client.post(ACTIVATION, json={"code": wrong})) == "wrong_activation_code"
    assert why(client.post(ACTIVATION, json={"code": code})) == "204"

    assert client.get("/api/v1/session").status_code == 401
    assert enter(browser, "planner", OWN).get("/api/v1/programme/plans").status_code == 200
    # A code is for one use, and for whom it is needed.
    again = enter(browser, "planner", OWN)
    assert why(again.post(ACTIVATION, json={"code": code})) == "activated_already"
    path = f"/api/v1/accounts/{account}/activation-code"
    assert why(browser.of("security").post(path)) == "activated_already"


def test_a_second_factor_from_before_vouches_too(staffed: World, browser: Browser) -> None:
    secret = bind(browser.of("planner"))
    known = reset(browser, staffed.accounts["planner"])
    assert why(browser.stranger().post("/api/v1/session", json={"username": "planner", "password": known})) == (
        "second_factor_needed"
    )
    code = one_time.code_at(one_time.read(secret), one_time.step_at(NOW) + 1)

    client = enter(browser, "planner", known, code=code)
    assert why(client.put(PASSWORD, json={"password": known, "new": OWN})) == "204"

    assert ("ACCOUNT_ACTIVATED", f"account:{staffed.accounts['planner']}") in events(staffed.accounts["planner"])
    with database.reading() as session:
        assert not session.get_one(Account, staffed.accounts["planner"]).doubted


def test_both_run_out(staffed: World, browser: Browser, clock: Clock) -> None:
    account = staffed.accounts["planner"]
    known, code = reset(browser, account), code_for(browser, account)
    client = enter(browser, "planner", known)
    client.put(PASSWORD, json={"password": known, "new": OWN})
    again = reset(browser, staffed.accounts["author"])

    clock.set(NOW + max(PASSWORD_LIFE, CODE_LIFE) + timedelta(minutes=1))

    body = {"username": "author", "password": again}
    assert why(browser.stranger().post("/api/v1/session", json=body)) == "one_time_password_over"
    assert why(enter(browser, "planner", OWN).post(ACTIVATION, json={"code": code})) == "activation_code_over"


# --- the system administrator tries everything ---


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/bank/versions"),
        ("GET", "/api/v1/ties/own"),
        ("POST", "/api/v1/session/totp"),
        ("PUT", "/api/v1/session/totp"),
        ("POST", "/api/v1/session/passkeys/challenge"),
        ("POST", "/api/v1/session/passkeys"),
        ("POST", "/api/v1/session/recovery-codes"),
        ("POST", "/api/v1/session/proof"),
        ("DELETE", "/api/v1/session/others"),
        ("POST", ACTIVATION),
        ("GET", "/second-factor"),
        ("GET", "/devices"),
    ],
)
def test_a_password_that_he_was_told_opens_one_page(staffed: World, browser: Browser, method: str, path: str) -> None:
    known = reset(browser, staffed.accounts["author"])
    client = enter(browser, "author", known)

    reply = client.request(method, path, json={"code": "123456", "name": "n", "credential": {}})

    assert reply.status_code == 403
    assert "请先在“修改密码”页面选定" in reply.text
    assert client.get("/password").status_code == 200
    assert client.get("/").headers["location"] == "/password"


def test_nor_does_he_enter_by_choosing_another(staffed: World, browser: Browser) -> None:
    """He chooses a password as the author and the proctor, and waits for whatever may come."""
    for username, path in (("author", "/api/v1/bank/versions"), ("proctor1", "/api/v1/sittings")):
        account = staffed.accounts[username]
        known = reset(browser, account)
        enter(browser, username, known).put(PASSWORD, json={"password": known, "new": OWN})
        client = enter(browser, username, OWN)
        system = browser.of("administrator")

        assert why(client.get(path)) == "account_not_activated"
        assert why(client.post("/api/v1/session/totp")) == "not_yet_yours"
        assert why(client.put("/api/v1/session/totp", json={"code": "123456"})) == "not_yet_yours"
        assert why(client.post("/api/v1/session/passkeys/challenge")) == "not_yet_yours"
        new = {"name": "his", "credential": {}}
        assert why(client.post("/api/v1/session/passkeys", json=new)) == "not_yet_yours"
        assert why(system.post(f"/api/v1/accounts/{account}/activation-code")) == "right_missing"
        assert why(client.post(f"/api/v1/accounts/{account}/activation-code")) == "account_not_activated"
        # Five guesses, and then he waits.
        assert [why(client.post(ACTIVATION, json={"code": "AAAA-AAAA-AAAA-AAAA"})) for _ in range(6)] == [
            *["wrong_activation_code"] * 5,
            "account_locked",
        ]
        with database.reading() as session:
            assert queries.custody_key(session, account) is None

        # The person comes, cannot enter, and gets another password: he is out, and has left nothing behind.
        again = reset(browser, account)
        assert client.get("/api/v1/session").status_code == 401
        code = code_for(browser, account)
        mine = enter(browser, username, again)
        assert why(mine.put(PASSWORD, json={"password": again, "new": OWN + "-2", "code": code})) == "204"
        assert enter(browser, username, OWN + "-2").get(path).status_code == 200


def test_nor_as_the_security_administrator(staffed: World, browser: Browser) -> None:
    with database.reading() as session:
        guardian = worlds.security(session).account_id or 0
    known = reset(browser, guardian)
    enter(browser, "security", known).put(PASSWORD, json={"password": known, "new": OWN})

    client = enter(browser, "security", OWN)

    for account in (guardian, staffed.accounts["author"]):
        assert why(client.post(f"/api/v1/accounts/{account}/activation-code")) == "account_not_activated"
    path = f"/api/v1/accounts/{staffed.accounts['planner']}/duties"
    assert why(client.post(path, json={"duty": "author"})) == "account_not_activated"


def test_nor_does_a_custodians_key_ever_lie_under_what_he_knows(staffed: World, browser: Browser) -> None:
    account = staffed.accounts["custodian1"]
    known, code = reset(browser, account), code_for(browser, account)
    enter(browser, "custodian1", known).put(PASSWORD, json={"password": known, "new": OWN, "code": code})

    def living() -> list[datetime | None]:
        with database.reading() as session:
            rows = session.exec(select(CustodyKey).where(CustodyKey.account_id == account))
            return [row.retired_at for row in rows]

    assert len(living()) == 1 and None not in living()
    enter(browser, "custodian1", OWN)
    assert len(living()) == 2 and None in living()


def test_the_security_administrator_vouches_for_others_only(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        guardian = worlds.security(session)
        session.get_one(Account, guardian.account_id).doubted = True
        session.flush()
        from service.access.actions import vouching

        with pytest.raises(errors.Refused) as refused:
            vouching.give_code(session, guardian, guardian.account_id or 0, now=NOW)
        assert refused.value.code == "own_account"
    for username in ("administrator", "planner", "auditor"):
        path = f"/api/v1/accounts/{staffed.accounts['author']}/activation-code"
        assert why(browser.of(username).post(path)) == "right_missing"
    assert browser.stranger().post(path).status_code == 401


def test_whoever_holds_the_machine_vouches_for_the_last_one(staffed: World) -> None:
    words = ["activation-code", "--username"]
    assert isinstance(CliRunner().invoke(app, [*words, "security"]).exception, errors.WrongState)
    assert isinstance(CliRunner().invoke(app, [*words, "planner"]).exception, errors.NotFound)
    with database.writing() as session:
        session.get_one(Account, worlds.security(session).account_id).doubted = True

    said = CliRunner().invoke(app, [*words, "security"])

    assert said.exit_code == 0 and said.output.startswith("activation code of security, shown only now: ")


def test_the_database_knows_that_such_a_password_leaves_doubt(staffed: World) -> None:
    def forget(session: Session, **what: Any) -> None:
        account = session.get_one(Account, staffed.accounts["author"])
        for name, value in what.items():
            setattr(account, name, value)
        session.flush()

    with database.writing() as session:
        forget(session, one_time_until=NOW, doubted=True)
    with pytest.raises(IntegrityError), database.writing() as session:
        forget(session, doubted=False)


# --- ending sessions ---


def test_all_sessions_of_an_account_end_at_one_word_of_the_security_administrator(
    staffed: World, browser: Browser
) -> None:
    held = [enter(browser, "planner", worlds.PASSWORD) for _ in range(3)]
    bystander, account = browser.of("author"), staffed.accounts["planner"]
    path = f"/api/v1/accounts/{account}/sessions"
    assert "结束全部登录" in browser.of("security").get(f"/accounts/{account}").text
    for username in ("administrator", "auditor", "planner"):
        assert why(browser.of(username).delete(path)) == "right_missing"
    assert browser.stranger().delete(path).status_code == 401

    assert browser.of("security").delete(path).json() == {"ended": 4}

    assert {one.get("/api/v1/session").status_code for one in held} == {401}
    assert bystander.get("/api/v1/session").status_code == 200
    with database.reading() as session:
        guardian = worlds.security(session).label
    assert events(account)[-1] == ("SESSIONS_ENDED", guardian)
    assert browser.of("security").delete("/api/v1/accounts/999999/sessions").status_code == 404
    assert enter(browser, "planner", worlds.PASSWORD).get("/api/v1/session").status_code == 200
