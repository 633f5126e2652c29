"""The second factor: enrolling, signing in, replays, drift, recovery codes, and duties that sleep without it."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from service.access.rules import proofs
from service.access.rules.duties import Duty
from service.access.rules.proofs import Factor
from service.access.tables.doors import RecoveryCode, Totp
from service.journal.tables import JournalEntry
from service.kernel import database, one_time, settings
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import World

NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def fixed(clock: Clock, request: pytest.FixtureRequest) -> None:
    if {"staffed", "world"} & set(request.fixturenames):
        request.getfixturevalue("staffed")
        clock.set(NOW)


@pytest.fixture
def required(staffed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production."""
    monkeypatch.setenv("PEIKAO_SECOND_FACTOR_REQUIRED", "true")
    settings.current.cache_clear()


def code(secret: str, at: datetime) -> str:
    return one_time.code_at(one_time.read(secret), one_time.step_at(at))


def enrol(client: TestClient, at: datetime = NOW) -> tuple[str, list[str]]:
    """Enrol an authenticator: its secret, and the recovery codes."""
    secret = client.post("/api/v1/session/totp").json()["secret"]
    reply = client.put("/api/v1/session/totp", json={"code": code(secret, at)})
    assert reply.status_code == 200, reply.text
    return secret, reply.json()["codes"]


def knock(client: TestClient, username: str = "planner", **more: Any) -> int | str:
    body = {"username": username, "password": worlds.PASSWORD, **more}
    reply = client.post("/api/v1/session", json=body)
    return reply.status_code if reply.status_code == 200 else str(reply.json()["code"])


# --- the arithmetic ---

RFC_6238_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, digits: str) -> None:
    assert one_time.code_at(RFC_6238_SECRET, seconds // 30) == digits[-6:]


@pytest.mark.parametrize(
    ("drift", "used", "accepted"),
    [
        pytest.param(0, -9, True, id="now"),
        pytest.param(-1, -9, True, id="a telephone one step behind"),
        pytest.param(1, -9, True, id="a telephone one step ahead"),
        pytest.param(-2, -9, False, id="two steps behind"),
        pytest.param(2, -9, False, id="two steps ahead"),
        pytest.param(0, 0, False, id="used already"),
        pytest.param(-1, 0, False, id="older than one that was used"),
        pytest.param(1, 0, True, id="newer than one that was used"),
    ],
)
def test_a_code_counts_near_its_time_and_once(drift: int, used: int, accepted: bool) -> None:
    present = one_time.step_at(NOW)
    given = one_time.code_at(RFC_6238_SECRET, present + drift)

    found = one_time.step_of(RFC_6238_SECRET, given, now=NOW, after=present + used)

    assert found == (present + drift if accepted else None)


def test_what_the_qr_code_says() -> None:
    said = one_time.address(RFC_6238_SECRET, issuer="Peikao", username="zhang.san")

    assert said == "otpauth://totp/Peikao:zhang.san?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Peikao"
    assert one_time.read("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == RFC_6238_SECRET


# --- enrolling ---


def test_enrolling_shows_a_secret_once_and_asks_for_its_first_code(staffed: World, browser: Browser) -> None:
    client = browser.of("planner")
    made = client.post("/api/v1/session/totp").json()

    assert made["picture"].startswith("data:image/svg+xml")
    assert made["address"].endswith(f"secret={made['secret']}&issuer=Peikao")
    assert client.put("/api/v1/session/totp", json={"code": "000000"}).json()["code"] == "wrong_code"
    assert knock(browser.stranger()) == 200, "what was not confirmed is not asked for"
    reply = client.put("/api/v1/session/totp", json={"code": code(made["secret"], NOW)})
    assert (reply.status_code, len(reply.json()["codes"])) == (200, 10)
    assert knock(browser.stranger()) == "second_factor_needed"
    assert client.put("/api/v1/session/totp", json={"code": code(made["secret"], NOW)}).json()["code"] == (
        "no_authenticator_awaited"
    )


def test_the_secret_lies_encrypted_and_the_codes_as_digests(staffed: World, browser: Browser) -> None:
    secret, codes = enrol(browser.of("planner"))

    with database.reading() as session:
        (totp,) = session.exec(select(Totp))
        digests = [row.digest for row in session.exec(select(RecoveryCode))]
    assert secret.encode() not in totp.secret_sealed and one_time.read(secret) not in totp.secret_sealed
    assert len(set(digests)) == 10 and {len(one) for one in digests} == {64}
    assert not set(digests) & {*codes, *map(one_time.plain, codes)}


def test_another_telephone_replaces_the_first(staffed: World, browser: Browser) -> None:
    client = browser.of("planner")
    first, codes = enrol(client)
    second, none = enrol(client)

    assert (len(codes), none) == (10, [])
    assert knock(browser.stranger(), code=code(first, NOW + STEP)) == "wrong_second_factor"
    assert knock(browser.stranger(), code=code(second, NOW + STEP)) == 200


# --- signing in ---


def test_signing_in_asks_for_it_and_uses_each_code_once(staffed: World, browser: Browser, clock: Clock) -> None:
    secret, _ = enrol(browser.of("planner"))
    client = browser.stranger()

    body = {"username": "planner", "password": worlds.PASSWORD}
    reply = client.post("/api/v1/session", json=body)
    assert (reply.status_code, reply.json()["code"], reply.json()["methods"]) == (401, "second_factor_needed", ["totp"])
    assert "peikao" not in client.cookies
    assert knock(client, code=code(secret, NOW)) == "wrong_second_factor", "it was used for enrolling"
    fresh = code(secret, NOW + STEP)
    assert [knock(client, code=fresh), knock(client, code=fresh)] == [200, "wrong_second_factor"]
    clock.set(NOW + 4 * STEP)
    assert knock(client, code=f"{code(secret, NOW + 4 * STEP)[:3]} {code(secret, NOW + 4 * STEP)[3:]}") == 200


def test_a_right_code_with_a_wrong_password_is_not_used_up(staffed: World, browser: Browser) -> None:
    secret, _ = enrol(browser.of("planner"))
    given = code(secret, NOW + STEP)

    assert knock(browser.stranger(), password="wrong", code=given) == "wrong_credentials"
    assert knock(browser.stranger(), code=given) == 200


def test_wrong_codes_hold_up_whoever_tries_them(staffed: World, browser: Browser) -> None:
    secret, _ = enrol(browser.of("planner"))
    stranger = browser.stranger()

    assert [knock(stranger, code="123456") for _ in range(6)] == ["wrong_second_factor"] * 5 + ["account_locked"]
    assert knock(stranger, code=code(secret, NOW + STEP)) == "account_locked"


def test_a_recovery_code_opens_once(staffed: World, browser: Browser) -> None:
    _, codes = enrol(browser.of("planner"))
    client = browser.stranger()

    assert knock(client, code=codes[3].lower()) == 200
    assert knock(client, code=codes[3]) == "wrong_second_factor"
    assert knock(client, code=codes[4].replace("-", " ")) == 200
    with database.reading() as session:
        (row,) = session.exec(select(JournalEntry).where(JournalEntry.event == "RECOVERY_CODE_USED").limit(1))
        assert row.data == '{"left":9}'


def test_a_new_set_of_recovery_codes_voids_the_old_one(staffed: World, browser: Browser) -> None:
    client = browser.of("planner")
    assert client.post("/api/v1/session/recovery-codes").json()["code"] == "no_second_factor"
    _, old = enrol(client)
    new = client.post("/api/v1/session/recovery-codes").json()["codes"]

    assert not set(old) & set(new)
    assert knock(browser.stranger(), code=old[0]) == "wrong_second_factor"
    assert knock(browser.stranger(), code=new[0]) == 200


def test_one_persons_recovery_code_is_nothing_for_another(staffed: World, browser: Browser) -> None:
    _, codes = enrol(browser.of("planner"))
    enrol(browser.of("approver"))

    assert knock(browser.stranger(), "approver", code=codes[0]) == "wrong_second_factor"


# --- duties that need it ---


@pytest.mark.parametrize("duty", Duty)
def test_which_duties_sleep_without_a_second_factor(duty: Duty) -> None:
    sleeping = {
        *("author", "review", "assemble", "approve", "arrange", "custody", "mark", "confirm", "publish"),
        *("plan", "audit", "administer", "secure"),
    }

    assert proofs.is_unproven({duty}, Factor.NONE, required=True) is (duty in sleeping)
    assert not proofs.is_unproven({duty}, Factor.NONE, required=False)
    assert not proofs.is_unproven({duty}, Factor.TOTP, required=True)


def test_it_is_required_in_production_and_where_it_is_asked_for() -> None:
    assert not settings.Settings().asks_second_factor
    assert settings.Settings(second_factor_required=True).asks_second_factor
    given = {"environment": "production", "secure_cookies": True}
    secrets = dict.fromkeys(("person_secret", "sealing_secret", "signing_secret"), "x" * 40)
    assert settings.Settings(**given, **secrets).asks_second_factor  # type: ignore[arg-type]


def test_duties_sleep_until_it_is_set_up(staffed: World, browser: Browser, required: None) -> None:
    client = browser.of("planner")

    assert client.get("/api/v1/session").json()["unproven"] is True
    reply = client.get("/api/v1/programme/plans")
    assert (reply.status_code, reply.json()["code"]) == (403, "second_factor_missing")
    page = client.get("/classes")
    assert page.status_code == 403 and "请先在“登录安全”页面" in page.text
    assert "/second-factor" in client.get("/").text and "/classes" not in client.get("/").text

    enrol(client)

    assert client.get("/api/v1/session").json()["unproven"] is False
    assert client.get("/api/v1/programme/plans").status_code == 200


def test_proctors_and_those_who_train_need_none(staffed: World, browser: Browser, required: None) -> None:
    for username in ("proctor1", "institution", "enterprise", "supervisor", "statistician"):
        assert browser.of(username).get("/api/v1/session").json()["unproven"] is False, username


def test_the_last_one_cannot_be_given_up_where_a_duty_needs_it(
    staffed: World, browser: Browser, required: None
) -> None:
    client = browser.of("planner")
    enrol(client)
    assert client.delete("/api/v1/session/totp").json()["code"] == "last_second_factor"

    other = browser.of("proctor1")
    enrol(other)
    assert other.delete("/api/v1/session/totp").status_code == 204
    assert other.delete("/api/v1/session/totp").status_code == 404
    assert knock(browser.stranger(), "proctor1") == 200


def test_enrolling_asks_for_a_proof_that_is_minutes_old(
    staffed: World, browser: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds a screen unlocked cannot bind a telephone of their own."""
    monkeypatch.setenv("PEIKAO_STEP_UP_MINUTES", "5")
    settings.current.cache_clear()
    client = browser.of("planner")
    clock.set(NOW + timedelta(minutes=5, seconds=5))

    assert client.post("/api/v1/session/totp").json()["code"] == "step_up_needed"
    assert client.post("/api/v1/session/proof", json={"password": worlds.PASSWORD}).status_code == 204
    assert client.post("/api/v1/session/totp").status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/session/totp"),
        ("DELETE", "/api/v1/session/totp"),
        ("POST", "/api/v1/session/recovery-codes"),
        ("POST", "/api/v1/session/passkeys/challenge"),
        ("DELETE", "/api/v1/session/passkeys/1"),
        ("DELETE", "/api/v1/session/others"),
        ("POST", "/api/v1/session/proof"),
    ],
)
def test_a_stranger_is_asked_to_sign_in(staffed: World, browser: Browser, method: str, path: str) -> None:
    assert browser.stranger().request(method, path, json={}).status_code == 401


def test_the_secret_has_one_hundred_and_sixty_bits() -> None:
    made = {one_time.written(one_time.new_secret()) for _ in range(50)}

    assert len(made) == 50
    assert {len(base64.b32decode(one)) for one in made} == {20}


def test_a_session_from_before_puts_no_other_factor_in_its_place(staffed: World, browser: Browser) -> None:
    """Whoever knew the password before there was a second factor is out as soon as there is one."""
    thief, elsewhere, owner = browser.stranger(), browser.stranger(), browser.stranger()
    assert [knock(one) for one in (thief, elsewhere, owner)] == [200, 200, 200]

    secret, _ = enrol(owner)

    assert thief.post("/api/v1/session/totp").status_code == 401
    assert elsewhere.get("/api/v1/session").status_code == 401
    assert owner.get("/api/v1/session").status_code == 200
    again = browser.stranger()
    assert knock(again, code=code(secret, NOW + STEP)) == 200
    # Another factor ends no session in which one was shown.
    enrol(owner, NOW)
    assert again.get("/api/v1/session").status_code == 200


def test_json_too_deep_to_read_is_no_passkey(staffed: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEIKAO_PUBLIC_URL", "https://exam.example.org")
    settings.current.cache_clear()
    deep = base64.urlsafe_b64encode(b"[" * 200_000).decode()
    credential = {"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": deep}}

    reply = browser.of("planner").post("/api/v1/session/passkeys", json={"name": "x", "credential": credential})

    assert (reply.status_code, reply.json()["code"]) == (403, "passkey_not_registered")
