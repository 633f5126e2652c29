"""Bodies of JSON that nobody's form makes: refused as the sender's fault, in a reply that stays small."""

import base64
import json
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi.testclient import TestClient

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import problems
from service.main import create_app
from tests.conftest import Browser, application
from tests.world import World

JSON = {"content-type": "application/json"}
SIGN_IN = "/api/v1/session"
# What a refusal may at most weigh, whatever it refuses.
SMALL = 8192


@pytest.fixture
def stranger(standing: World) -> TestClient:
    return TestClient(application(), base_url="http://127.0.0.1:8000", raise_server_exceptions=False)


def inside(value: str) -> str:
    """A whole sign-in with this in the one place where anything may stand."""
    return f'{{"username":"planner","password":"wrong","assertion":{{"deep":{value}}}}}'


BODIES: dict[str, Callable[[], str]] = {
    "opened a hundred thousand times": lambda: "[" * 100_000,
    "a hundred thousand lists in each other": lambda: "[" * 100_000 + "]" * 100_000,
    "objects in each other": lambda: '{"a":' * 100_000 + "1" + "}" * 100_000,
    "deep where anything may stand": lambda: inside("[" * 100_000 + "]" * 100_000),
    "not quite too deep to be read": lambda: inside("[" * 900 + "]" * 900),
    "a number of a hundred thousand digits": lambda: '{"username":' + "9" * 100_000 + ',"password":"x"}',
    "a number of a hundred thousand digits where anything may stand": lambda: inside("9" * 100_000),
    "no number": lambda: '{"username":NaN,"password":Infinity}',
    "no number where anything may stand": lambda: inside("NaN"),
    "one key twice": lambda: '{"username":"planner","username":"auditor","password":"wrong"}',
    "half a character": lambda: '{"username":"\\ud800","password":"wrong"}',
    "half a character as a key": lambda: '{"\\ud800":1}',
    "a megabyte for a name": lambda: json.dumps({"username": "x" * 1_000_000, "password": "x"}),
    "a hundred thousand keys": lambda: json.dumps({f"k{number}": number for number in range(100_000)}),
    "a list of a hundred thousand": lambda: json.dumps(list(range(100_000))),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_nobody_makes_is_refused_in_few_words(stranger: TestClient, body: Callable[[], str]) -> None:
    reply = stranger.post(SIGN_IN, content=body().encode(), headers=JSON)

    assert reply.status_code in {400, 401, 422}, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert len(reply.content) <= SMALL


def test_what_cannot_be_read_says_so_and_what_to_do(stranger: TestClient) -> None:
    reply = stranger.post(SIGN_IN, content=b"[" * 100_000, headers=JSON | {"accept-language": "en"})

    assert reply.status_code == 400
    assert reply.json()["detail"].startswith("This could not be read")
    assert "什么都没有改动" in stranger.post(SIGN_IN, content=b"[" * 100_000, headers=JSON).json()["detail"]


def test_a_fault_is_told_once_however_many_parts_of_a_route_read_the_body(stranger: TestClient) -> None:
    faults = stranger.post(SIGN_IN, json={}).json()["faults"]

    assert [fault["where"] for fault in faults] == [["body", "username"], ["body", "password"]]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(["no number"] * 100_000, id="a hundred thousand faults"),
        pytest.param({"x" * 1_000_000: "no number"}, id="a megabyte for a key"),
    ],
)
def test_many_faults_are_counted_and_not_listed(standing: World, body: Any) -> None:
    app = create_app()

    def route(_: Annotated[Actor, may(Right.PUBLIC)], sent: list[int] | dict[str, int]) -> None:
        """Reads numbers."""

    app.post("/api/v1/reads")(route)
    reply = TestClient(app, base_url="http://127.0.0.1:8000").post("/api/v1/reads", json=body)

    assert (reply.status_code, reply.json()["code"]) == (422, "malformed")
    assert len(reply.json()["faults"]) <= problems.MOST_FAULTS
    assert len(reply.content) <= SMALL
    if len(body) > 1:
        assert reply.json()["more"] == 100_000 + 1 - problems.MOST_FAULTS


def test_what_a_passkey_says_it_signed_may_be_nested_too(standing: World, browser: Browser) -> None:
    """The outer body is flat; what stands in it is read a second time."""
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")
    credential = {"id": "a", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": deep}}

    reply = browser.of("planner").post("/api/v1/session/passkeys", json={"name": "手机", "credential": credential})

    assert 400 <= reply.status_code < 500, reply.text
    assert len(reply.content) <= SMALL
