"""Closing the account of whoever leaves: what ends with it; opening it again: what does not come back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from service.access import queries
from service.access.actions import administering, closing
from service.access.queries import doors, makers
from service.access.rules import closing as rules
from service.access.rules.duties import Duty
from service.access.tables import Account, Device
from service.journal.tables import JournalEntry
from service.kernel import database, errors, one_time
from tests import world as worlds
from tests.access.test_granting_at_once import account_in
from tests.conftest import Browser, Clock
from tests.world import World

NOW = worlds.PREPARED_AT
WHY = {"reason": "已调离本单位"}
BACK = {"reason": "借调期满回来工作"}
OWN = "three-odd-words-of-mine"


@pytest.fixture(autouse=True)
def fixed(staffed: World, clock: Clock) -> None:
    clock.set(NOW)


@pytest.fixture
def second(staffed: World) -> int:
    """Another system administrator, who can work at once."""
    with database.writing() as session:
        account = administering.open_account(
            session,
            staffed.actor(session, "administrator"),
            organisation_id=staffed.organisations["bureau"],
            name="管理员乙",
            citizen_id=worlds.citizen_id(801),
            username="administrator2",
            password_hash=worlds.hashed(),
            now=NOW,
        )
        worlds.has_chosen(session, account)
        guardian = worlds.security(session)
        administering.grant_duty(session, guardian, account.id or 0, Duty.ADMINISTER, now=NOW)
        return account.id or 0


def account_of(username: str) -> Account:
    with database.reading() as session:
        found = queries.account_by_username(session, username)
    assert found is not None
    return found


def close(browser: Browser, account_id: int, by: str = "administrator", **body: str) -> Any:
    return browser.of(by).post(f"/api/v1/accounts/{account_id}/closure", json=body or WHY)


def reopen(browser: Browser, account_id: int, by: str = "administrator") -> Any:
    return browser.of(by).post(f"/api/v1/accounts/{account_id}/reopening", json=BACK)


def bind(client: TestClient) -> None:
    """Bind an authenticator."""
    secret = str(client.post("/api/v1/session/totp").json()["secret"])
    code = one_time.code_at(one_time.read(secret), one_time.step_at(NOW))
    assert client.put("/api/v1/session/totp", json={"code": code}).status_code == 200


def knock(browser: Browser, username: str, password: str = worlds.PASSWORD) -> Any:
    return browser.stranger().post("/api/v1/session", json={"username": username, "password": password})


def told(account_id: int, event: str) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.exec(select(JournalEntry).where(JournalEntry.subject == f"account:{account_id}"))
        return [(row.actor, row.data) for row in rows if row.event == event]


# --- closing ---


def test_all_that_an_account_could_do_ends_with_it(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["custodian1"]
    leaver = browser.of("custodian1")
    bind(leaver)
    with database.reading() as session:
        assert doors.totp(session, account_id) and queries.custody_key(session, account_id)
        assert session.exec(select(Device).where(Device.account_id == account_id)).all()

    reply = close(browser, account_id)

    assert reply.json() == {"duties": ["custody"], "sessions": 1}
    assert leaver.get("/api/v1/session").status_code == 401
    assert knock(browser, "custodian1").json()["code"] == "wrong_credentials"
    with database.reading() as session:
        assert queries.duties_of_account(session, account_id, now=NOW) == []
        assert doors.totp(session, account_id) is None and doors.unused_codes(session, account_id) == []
        assert queries.custody_key(session, account_id) is None
        assert session.exec(select(Device).where(Device.account_id == account_id)).all() == []


def test_the_record_says_who_closed_it_why_and_what_ended(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["author"]
    close(browser, account_id)
    data = '{"custody_key_retired":false,"duties":["author"],"reason":"已调离本单位","sessions":0}'
    assert told(account_id, "ACCOUNT_CLOSED") == [(f"account:{account_of('administrator').id}", data)]


def test_other_accounts_of_the_same_person_go_on(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        one = account_in(session, staffed, "bureau", "one").id or 0
        account_in(session, staffed, "hr", "other")
    browser.of("one"), browser.of("other")
    close(browser, one)
    assert browser.of("one").get("/api/v1/session").status_code == 401
    assert browser.of("other").get("/api/v1/session").status_code == 200


def test_closing_twice_changes_nothing_and_says_so(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["author"]
    close(browser, account_id)
    again = close(browser, account_id, reason="再点一次")
    assert (again.status_code, again.json()["code"]) == (409, "account_closed")
    assert account_of("author").closing_reason == WHY["reason"]


def test_only_the_system_administrator_closes_and_only_with_a_reason(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["author"]
    for other in ("security", "auditor", "planner"):
        assert close(browser, account_id, by=other).json()["code"] == "right_missing"
    assert close(browser, account_id, reason="走").status_code == 422
    assert close(browser, 9999).status_code == 404
    assert account_of("author").active


def test_nobody_closes_their_own_account(second: int, browser: Browser) -> None:
    assert close(browser, second, by="administrator2").json()["code"] == "own_account"


@pytest.mark.parametrize(
    ("username", "duty"), [("administrator", "系统管理"), ("security", "安全管理"), ("auditor", "审计")]
)
def test_the_last_administrator_of_a_kind_stays(second: int, browser: Browser, username: str, duty: str) -> None:
    """Of whatever kind: without an auditor nobody reads the record, without a security administrator nobody grants."""
    if username == "administrator":
        with database.writing() as session:
            # The other one could not work at once: nobody has vouched for them.
            session.get_one(Account, second).doubted = True
        with database.reading() as session:
            decision = closing.judge_closing(
                session, World().actor(session, "administrator2"), account_of("administrator")
            )
        assert (decision.code, decision.values) == ("last_administrator", {"duty": duty})
        return
    reply = close(browser, account_of(username).id or 0)
    assert (reply.status_code, reply.json()["code"]) == (403, "last_administrator")
    assert f"“{duty}”" in reply.json()["detail"]
    assert account_of(username).active


def test_whoever_leaves_is_closed_by_a_successor(second: int, browser: Browser) -> None:
    assert close(browser, account_of("administrator").id or 0, by="administrator2").status_code == 200


def test_two_administrators_cannot_close_each_other_at_the_same_moment(staffed: World, second: int) -> None:
    first = account_of("administrator").id or 0
    with database.reading() as session:
        pairs = [
            (staffed.actor(session, "administrator"), second),
            (staffed.actor(session, "administrator2"), first),
        ]
    together = threading.Barrier(2)

    def shut(which: int) -> str:
        together.wait(10)
        try:
            with database.writing() as session:
                closing.close(session, pairs[which][0], pairs[which][1], "互相关闭", now=NOW)
                threading.Event().wait(0.3)
        except errors.ServiceError as error:
            return error.code
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(shut, (0, 1))) == ["closed", "last_administrator"]


# --- while it is closed ---


def test_nothing_is_given_to_a_closed_account(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["author"]
    close(browser, account_id)
    path = f"/api/v1/accounts/{account_id}"
    system, security = browser.of("administrator"), browser.of("security")
    replies = [
        system.put(f"{path}/password", json={"reason": "忘记密码"}),
        security.post(f"{path}/duties", json={"duty": "review"}),
        security.post(f"{path}/activation-code"),
    ]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(409, "account_closed")] * 3


def test_an_emergency_duty_that_was_asked_for_before_is_not_given_either(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["author"]
    body = {"account_id": account_id, "duty": "review", "minutes": 30, "reason": "审题人员突然生病"}
    asked = browser.of("administrator").post("/api/v1/emergency-duties", json=body).json()["id"]
    close(browser, account_id)
    reply = browser.of("security").post(f"/api/v1/emergency-duties/{asked}/decision", json={"confirm": True})
    assert (reply.status_code, reply.json()["code"]) == (409, "account_closed")


def test_having_had_an_account_at_an_institution_stays_a_tie(staffed: World, browser: Browser) -> None:
    """Who taught yesterday does not test today, whatever became of the account."""
    with database.writing() as session:
        one = account_in(session, staffed, "bureau", "one").id or 0
        there = account_in(session, staffed, "institution", "there").id or 0
    close(browser, there)
    reply = browser.of("security").post(f"/api/v1/accounts/{one}/duties", json={"duty": "author"})
    assert reply.json()["code"] == "works_for_institution"


# --- opening again ---


def test_a_reopened_account_has_nothing_of_what_it_had(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["custodian1"]
    old = browser.of("custodian1")
    bind(old)
    close(browser, account_id)

    password = reopen(browser, account_id).json()["one_time_password"]

    assert old.get("/api/v1/session").status_code == 401
    assert knock(browser, "custodian1").json()["code"] == "wrong_credentials"
    fresh = browser.stranger()
    # No second factor is asked for: the old one is gone, and a new one is bound by a fresh act.
    reply = fresh.post("/api/v1/session", json={"username": "custodian1", "password": password})
    assert (reply.status_code, reply.json()["duties"], reply.json()["doubted"]) == (200, [], True)
    with database.reading() as session:
        assert queries.duties_of_account(session, account_id, now=NOW) == []
        assert queries.custody_key(session, account_id) is None
    assert told(account_id, "ACCOUNT_REOPENED")[0][1] == (
        f'{{"person":{account_of("custodian1").person_id},"reason":"借调期满回来工作"}}'
    )


def test_duties_come_back_by_the_security_administrator_alone(staffed: World, browser: Browser) -> None:
    account_id = staffed.accounts["author"]
    close(browser, account_id)
    password = reopen(browser, account_id).json()["one_time_password"]
    security = browser.of("security")
    assert security.post(f"/api/v1/accounts/{account_id}/duties", json={"duty": "author"}).status_code == 201
    code = security.post(f"/api/v1/accounts/{account_id}/activation-code").json()["code"]
    client = browser.stranger()
    client.post("/api/v1/session", json={"username": "author", "password": password})
    assert client.get("/api/v1/ties/own").json()["code"] == "password_not_chosen"
    body = {"password": password, "new": OWN, "code": code}
    assert client.put("/api/v1/session/password", json=body).status_code == 204
    assert knock(browser, "author", OWN).json()["duties"] == ["author"]


def test_what_it_was_charged_with_before_stays_on_record(staffed: World, browser: Browser) -> None:
    """Undoing is no way around: who held a duty of making questions does not sit an exam the day after."""
    account_id = staffed.accounts["author"]
    close(browser, account_id)
    reopen(browser, account_id)
    person_id = account_of("author").person_id
    with database.reading() as session:
        made = makers.made(session, [person_id], ended_after=NOW.date() - timedelta(days=1))
    assert made == {person_id: {"author"}}


def test_an_institution_takes_nobody_back_who_has_come_to_test(staffed: World, browser: Browser) -> None:
    """Granting refuses who has an account there; but where the duty is older, the account stays closed."""
    with database.writing() as session:
        one = account_in(session, staffed, "bureau", "one").id or 0
        there = account_in(session, staffed, "county", "there")
        there_id = there.id or 0
    close(browser, there_id)
    assert browser.of("security").post(f"/api/v1/accounts/{one}/duties", json={"duty": "author"}).status_code == 201
    with database.writing() as session:
        session.get_one(Account, there_id).organisation_id = staffed.organisations["institution"]
    reply = reopen(browser, there_id)
    assert (reply.status_code, reply.json()["code"]) == (403, "works_for_institution")


def test_an_open_account_is_not_reopened_and_nobody_reopens_their_own(staffed: World, browser: Browser) -> None:
    reply = reopen(browser, staffed.accounts["author"])
    assert (reply.status_code, reply.json()["code"]) == (409, "account_open")
    assert rules.may_reopen(7, 7, active=False).code == "own_account"


# --- the page ---


def test_the_page_offers_closing_and_then_says_why_it_was_closed_and_offers_to_undo_it(
    staffed: World, browser: Browser
) -> None:
    path = f"/accounts/{staffed.accounts['author']}"
    assert "/closure" in browser.of("administrator").get(path).text
    close(browser, staffed.accounts["author"])
    page = browser.of("administrator").get(path).text
    assert WHY["reason"] in page and "/reopening" in page and "/closure" not in page
    assert "/reopening" not in browser.of("security").get(path).text
    own = browser.of("administrator").get(f"/accounts/{account_of('administrator').id}").text
    assert "/closure" not in own and "不能关闭自己的账号" in own
