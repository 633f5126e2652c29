"""Changing one's own password and having it reset, through the pages and the API that people use."""

from service.access import queries
from service.kernel import database
from tests.conftest import Browser
from tests.world import PASSWORD, World

ANOTHER = "another-password-for-tests"
WHY = {"reason": "本人当面说忘记了密码"}


def test_whoever_changes_the_password_stays_signed_in_here_and_nowhere_else(staffed: World, browser: Browser) -> None:
    here, path = browser.of("proctor1"), "/api/v1/session/password"
    browser.clients.clear()
    elsewhere = browser.of("proctor1")
    assert "修改密码" in here.get("/password").text

    assert here.put(path, json={"password": "wrong", "new": ANOTHER}).json()["code"] == "wrong_password"
    assert here.put(path, json={"password": PASSWORD, "new": "short"}).json()["code"] == "password_short"
    assert here.put(path, json={"password": PASSWORD, "new": ANOTHER}).status_code == 204

    assert here.get("/api/v1/session").status_code == 200
    assert elsewhere.get("/api/v1/session").status_code == 401
    signing_in = {"username": "proctor1", "password": PASSWORD}
    assert browser.stranger().post("/api/v1/session", json=signing_in).status_code == 401
    assert browser.stranger().post("/api/v1/session", json=signing_in | {"password": ANOTHER}).status_code == 200


def test_the_administrator_resets_a_password_and_the_key_goes_with_it(staffed: World, browser: Browser) -> None:
    account = staffed.accounts["proctor1"]
    path = f"/api/v1/accounts/{account}/password"
    with database.reading() as session:
        assert queries.custody_key(session, account) is not None
    assert "重置密码" in browser.of("administrator").get(f"/accounts/{account}").text

    assert browser.of("planner").put(path, json=WHY).json()["code"] == "right_missing"
    assert browser.of("administrator").put("/api/v1/accounts/999/password", json=WHY).status_code == 404
    assert browser.of("administrator").put(path, json={"reason": "无"}).status_code == 422
    # What a form of old still sends is not taken for a password.
    told = browser.of("administrator").put(path, json={"password": ANOTHER} | WHY).json()["one_time_password"]
    body = {"username": "proctor1", "password": ANOTHER}
    assert browser.stranger().post("/api/v1/session", json=body).status_code == 401
    assert browser.stranger().post("/api/v1/session", json=body | {"password": told}).status_code == 200

    with database.reading() as session:
        assert queries.custody_key(session, account) is None
    assert browser.stranger().get("/password").status_code == 303
