"""The express lane says yes or passes on: whatever is not plain reaches the ordinary route with its body untouched."""

import asyncio
import json
from typing import Any

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError
from starlette.types import Message, Receive, Scope, Send

from service.kernel import problems
from service.kernel.express import LONGEST_BODY, Arrival, ExpressLanes, Reply

PLAIN = {"content-type": "application/json", "cookie": "other=1; peikao=secret; third=3"}


class Ordinary:
    """Stands for the application: answers with what it has read."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def ask(
    path: str = "/answers/7",
    *,
    method: str = "PUT",
    headers: dict[str, str] = PLAIN,
    body: tuple[bytes, ...] = (b'{"a":1}',),
    says: bytes | None = b"yes",
    prefix: str = "",
    fails: Exception | None = None,
) -> tuple[int, list[Arrival], Ordinary, list[Message]]:
    """The status, what reached the lane, the ordinary application, and all that was sent."""
    arrivals: list[Arrival] = []
    sent: list[Message] = []

    async def lane(arrival: Arrival) -> Reply:
        arrivals.append(arrival)
        if fails is not None:
            raise fails
        return (says, ()) if says is not None else None

    pieces = [
        {"type": "http.request", "body": piece, "more_body": place + 1 < len(body)} for place, piece in enumerate(body)
    ]

    async def receive() -> Any:
        return pieces.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"t=1",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("10.0.0.9", 1),
    }
    ordinary = Ordinary()
    lanes = ExpressLanes(ordinary, {("PUT", f"{prefix}/answers/"): lane, ("POST", "/beat"): lane}, "peikao")
    asyncio.run(lanes(scope, receive, send))
    return int(sent[0]["status"]), arrivals, ordinary, sent


def test_a_plain_request_is_answered_on_the_spot_with_every_fence() -> None:
    status, arrivals, ordinary, sent = ask()

    assert (status, ordinary.bodies, sent[1]["body"]) == (200, [], b"yes")
    assert set(problems.DATA_FENCES) < set(sent[0]["headers"])
    assert (b"cache-control", b"no-store") in sent[0]["headers"]
    found = arrivals[0]
    assert (found.token, found.path, found.rest, found.query, found.body, found.address) == (
        "secret",
        "/answers/7",
        "7",
        b"t=1",
        b'{"a":1}',
        "10.0.0.9",
    )


def test_a_body_in_pieces_is_read_whole() -> None:
    assert ask(body=(b'{"a"', b":", b"1}"))[1][0].body == b'{"a":1}'


NOT_PLAIN = {
    "another address": {"path": "/elsewhere"},
    "one part deeper": {"path": "/answers/7/8"},
    "another method": {"method": "GET"},
    "not JSON": {"headers": {**PLAIN, "content-type": "text/plain"}},
    "no content type": {"headers": {"cookie": "peikao=secret"}},
    "no session": {"headers": {"content-type": "application/json"}},
    "another cookie": {"headers": {**PLAIN, "cookie": "xpeikao=secret"}},
    "a program's token": {"headers": {**PLAIN, "authorization": "Bearer x"}},
    "from another site": {"headers": {**PLAIN, "sec-fetch-site": "cross-site"}},
    "from a sister site": {"headers": {**PLAIN, "sec-fetch-site": "same-site"}},
    "from another origin": {"headers": {**PLAIN, "origin": "http://evil.example"}},
}


@pytest.mark.parametrize("how", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_whatever_is_not_plain_takes_the_ordinary_way(how: dict[str, Any]) -> None:
    status, arrivals, ordinary, _ = ask(**how)

    assert (status, arrivals, ordinary.bodies) == (418, [], [b'{"a":1}'])


def test_what_the_lane_does_not_allow_reaches_the_ordinary_route_whole() -> None:
    status, arrivals, ordinary, _ = ask(body=(b'{"a"', b":1}"), says=None)

    assert (status, len(arrivals), ordinary.bodies) == (418, 1, [b'{"a":1}'])


@pytest.mark.parametrize(
    ("fails", "status"),
    [
        pytest.param(ValueError("careless"), 418, id="a fault of this request"),
        pytest.param(TimeoutError("held"), 503, id="the database is held"),
        pytest.param(OperationalError("INSERT", {}, Exception("disk full")), 503, id="the disk is full"),
        pytest.param(OperationalError("INSERT", {}, DeadlockDetected()), 418, id="somebody stood in the way"),
    ],
)
def test_only_a_database_that_is_away_is_told_at_once(fails: Exception, status: int) -> None:
    found, arrivals, ordinary, sent = ask("/api/v1/answers/7", prefix="/api/v1", fails=fails)

    assert (found, len(arrivals), len(ordinary.bodies)) == (status, 1, int(status == 418))
    if status == 503:
        assert set(problems.FENCES) < set(sent[0]["headers"])
        assert (b"retry-after", b"5") in sent[0]["headers"]
        assert json.loads(sent[1]["body"])["code"] == "database_unavailable"


def test_a_long_body_is_not_kept_here() -> None:
    pieces = (b"x" * LONGEST_BODY, b"y", b"z")
    status, arrivals, ordinary, _ = ask(body=pieces)

    assert (status, arrivals, ordinary.bodies) == (418, [], [b"".join(pieces)])


def test_our_own_pages_are_plain() -> None:
    assert ask(headers={**PLAIN, "sec-fetch-site": "same-origin"})[0] == 200
    assert json.loads(ask("/beat", method="POST")[1][0].body) == {"a": 1}
