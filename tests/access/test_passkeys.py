"""Passkeys: registering, signing in, and everything a passkey must not be good for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from service.access.actions import passkeys
from service.access.tables.doors import Challenge, Passkey
from service.kernel import database, settings
from tests import world as worlds
from tests.access.authenticator import Authenticator, text
from tests.conftest import Browser, Clock
from tests.world import World

NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
ORIGIN = "https://exam.example.org"


@pytest.fixture
def device(staffed: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
    """An authenticator, in front of a service that people reach by a name."""
    monkeypatch.setenv("PEIKAO_PUBLIC_URL", ORIGIN)
    settings.current.cache_clear()
    clock.set(NOW)
    return Authenticator(ORIGIN)


def register(client: TestClient, device: Authenticator, name: str = "办公室电脑") -> dict[str, Any]:
    options = client.post("/api/v1/session/passkeys/challenge").json()["options"]
    reply = client.post("/api/v1/session/passkeys", json={"name": name, "credential": device.make(options)})
    said: dict[str, Any] = reply.json()
    assert reply.status_code == 201, said
    return said


def knock(client: TestClient, username: str = "planner", **more: Any) -> tuple[int, dict[str, Any]]:
    reply = client.post("/api/v1/session", json={"username": username, "password": worlds.PASSWORD, **more})
    return reply.status_code, reply.json()


def options_for(client: TestClient, username: str = "planner") -> dict[str, Any]:
    status, said = knock(client, username)
    assert (status, said["code"]) == (401, "second_factor_needed")
    found: dict[str, Any] = said["passkey"]
    return found


def outcome(said: tuple[int, dict[str, Any]]) -> int | str:
    return said[0] if said[0] == 200 else str(said[1]["code"])


def test_registering_and_signing_in(staffed: World, browser: Browser, device: Authenticator) -> None:
    codes = register(browser.of("planner"), device)["codes"]
    assert len(codes) == 10, "recovery codes come with the first second factor, whichever it is"

    client = browser.stranger()
    options = options_for(client)
    assert [one["id"] for one in options["allowCredentials"]] == [text(device.credential_id)]
    assert outcome(knock(client, assertion=device.use(options))) == 200
    assert "办公室电脑" in client.get("/second-factor").text
    assert "通行密钥" in client.get("/devices").text
    assert outcome(knock(browser.stranger(), code=codes[0])) == 200


def foreign(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return Authenticator("https://evil.example", device.credential_id, _key=device._key).use(options)


def another_key(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return Authenticator(ORIGIN, device.credential_id).use(options)


def another_party(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return device.use(options | {"rpId": "evil.example"})


def unknown(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return Authenticator(ORIGIN).use(options)


def invented(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return device.use(options | {"challenge": text(b"x" * 32)})


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(foreign, id="signed for another site"),
        pytest.param(another_key, id="signed by another key"),
        pytest.param(another_party, id="for another party"),
        pytest.param(unknown, id="a passkey nobody registered"),
        pytest.param(invented, id="a challenge nobody gave"),
        pytest.param(lambda _device, _options: {}, id="nothing"),
        pytest.param(lambda _device, _options: {"id": 5, "response": []}, id="nonsense"),
        pytest.param(
            lambda device, _options: {"id": text(device.credential_id), "response": {"clientDataJSON": "é"}},
            id="nonsense under a known name",
        ),
        pytest.param(
            lambda device, options: device.use(options) | {"response": {"clientDataJSON": "e30"}}, id="half an answer"
        ),
    ],
)
def test_what_opens_nothing(
    staffed: World,
    browser: Browser,
    device: Authenticator,
    answer: Callable[[Authenticator, dict[str, Any]], dict[str, Any]],
) -> None:
    register(browser.of("planner"), device)
    client = browser.stranger()
    options = options_for(client)

    assert outcome(knock(client, assertion=answer(device, options))) == "wrong_second_factor"
    assert "peikao" not in client.cookies


def test_an_answer_counts_once(staffed: World, browser: Browser, device: Authenticator) -> None:
    register(browser.of("planner"), device)
    client = browser.stranger()
    answer = device.use(options_for(client))

    assert [outcome(knock(client, assertion=answer)) for _ in range(2)] == [200, "wrong_second_factor"]


def test_an_answer_counts_for_five_minutes(
    staffed: World, browser: Browser, device: Authenticator, clock: Clock
) -> None:
    register(browser.of("planner"), device)
    client = browser.stranger()
    answer = device.use(options_for(client))
    clock.set(NOW + timedelta(minutes=5, seconds=5))

    assert outcome(knock(client, assertion=answer)) == "wrong_second_factor"


def test_a_copied_authenticator_is_noticed_by_its_count(
    staffed: World, browser: Browser, device: Authenticator
) -> None:
    register(browser.of("planner"), device)
    device.count = 7
    assert outcome(knock(browser.stranger(), assertion=device.use(options_for(browser.stranger())))) == 200

    device.count = 3

    assert outcome(knock(browser.stranger(), assertion=device.use(options_for(browser.stranger())))) == (
        "wrong_second_factor"
    )


def test_one_persons_passkey_opens_nothing_of_anothers(staffed: World, browser: Browser, device: Authenticator) -> None:
    register(browser.of("planner"), device)
    other = Authenticator(ORIGIN)
    register(browser.of("approver"), other)
    client = browser.stranger()

    assert outcome(knock(client, "approver", assertion=device.use(options_for(client)))) == "wrong_second_factor"
    assert outcome(knock(client, "approver", assertion=other.use(options_for(client)))) == "wrong_second_factor"
    assert outcome(knock(client, "approver", assertion=other.use(options_for(client, "approver")))) == 200


def test_a_challenge_for_registering_signs_nobody_in(staffed: World, browser: Browser, device: Authenticator) -> None:
    client = browser.of("planner")
    register(client, device)
    options = client.post("/api/v1/session/passkeys/challenge").json()["options"]

    answer = device.use({"challenge": options["challenge"], "rpId": options["rp"]["id"]})
    assert outcome(knock(browser.stranger(), assertion=answer)) == "wrong_second_factor"


def test_listing_and_removing(staffed: World, browser: Browser, device: Authenticator) -> None:
    client = browser.of("planner")
    register(client, device, "甲")
    register(client, Authenticator(ORIGIN), "乙")
    with database.reading() as session:
        first, second = (row.id for row in session.exec(select(Passkey).order_by(Passkey.id)))  # type: ignore[arg-type]
    page = client.get("/second-factor").text
    assert "甲" in page and "乙" in page

    assert browser.of("approver").delete(f"/api/v1/session/passkeys/{first}").status_code == 404
    assert client.delete(f"/api/v1/session/passkeys/{first}").status_code == 204
    assert client.delete(f"/api/v1/session/passkeys/{first}").status_code == 404
    assert outcome(knock(browser.stranger(), assertion=device.use(options_for(browser.stranger())))) == (
        "wrong_second_factor"
    )
    assert client.delete(f"/api/v1/session/passkeys/{second}").status_code == 204
    assert outcome(knock(browser.stranger())) == 200


@pytest.mark.parametrize("credential", [{}, {"id": "x"}, {"response": {"clientDataJSON": "e30"}}])
def test_what_is_no_passkey_is_not_kept(
    staffed: World, browser: Browser, device: Authenticator, credential: dict[str, Any]
) -> None:
    client = browser.of("planner")
    client.post("/api/v1/session/passkeys/challenge")

    reply = client.post("/api/v1/session/passkeys", json={"name": "甲", "credential": credential})

    assert (reply.status_code, reply.json()["code"]) == (403, "passkey_not_registered")
    with database.reading() as session:
        assert list(session.exec(select(Passkey))) == []


def test_there_are_ten_at_most_and_old_challenges_go(
    staffed: World, browser: Browser, device: Authenticator, clock: Clock
) -> None:
    client = browser.of("planner")
    for number in range(10):
        register(client, Authenticator(ORIGIN), str(number))
    options = client.post("/api/v1/session/passkeys/challenge").json()["options"]
    reply = client.post("/api/v1/session/passkeys", json={"name": "x", "credential": device.make(options)})
    assert reply.json()["code"] == "too_many_passkeys"

    clock.set(NOW + timedelta(minutes=6))
    client.post("/api/v1/session/passkeys/challenge")
    with database.reading() as session:
        assert len(list(session.exec(select(Challenge)))) == 1


@pytest.mark.parametrize(
    ("url", "possible"),
    [
        ("https://exam.example.org", True),
        ("http://localhost:8000", True),
        ("http://exam.example.org", False),
        ("https://192.0.2.7:8443", False),
        ("https://[2001:db8::1]", False),
        ("http://127.0.0.1:8000", False),
    ],
)
def test_where_browsers_allow_passkeys(monkeypatch: pytest.MonkeyPatch, url: str, possible: bool) -> None:
    monkeypatch.setenv("PEIKAO_PUBLIC_URL", url)
    settings.current.cache_clear()

    assert passkeys.possible() is possible
    monkeypatch.undo()
    settings.current.cache_clear()
