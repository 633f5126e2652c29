"""A lane before the application for the few requests that come by the thousand.

The lane only ever says yes. It takes a request that is plain in every way, hands it to the group commit and answers
when that is done. Whatever is not plain, or not allowed, goes on to the ordinary route of the same address with its
body untouched: rights, refusals, translations and the documentation exist once, there. Only where the database is away
nothing goes on: thousands would wait for it a second time.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.kernel import database, origins, peers, problems

log = logging.getLogger("peikao")
# An answer, a heartbeat or a check-in is far smaller; anything longer takes the ordinary way.
LONGEST_BODY = 8192


# A tuple, as everything that is made for every save: a frozen dataclass costs three times as much to make.
class Arrival(NamedTuple):
    """One plain request: the session token of its cookie, the open part of the lane's address, query and body."""

    token: str
    path: str
    rest: str
    query: bytes
    body: bytes
    headers: Mapping[bytes, bytes]
    address: str


# The body of the reply, and headers beyond the usual; None sends the request on to the ordinary route.
Reply = tuple[bytes, tuple[tuple[bytes, bytes], ...]] | None
Lane = Callable[[Arrival], Awaitable[Reply]]


class ExpressLanes:
    """ASGI middleware: (method, address) → lane.

    The address is the whole path, the path up to its last part (``/answers/``), or one with a part left open before the
    last (``/sittings/*/check-ins``); the part that is open reaches the lane as ``rest``.
    """

    def __init__(self, app: ASGIApp, lanes: Mapping[tuple[str, str], Lane], cookie: str) -> None:
        self.app, self.lanes, self.cookie = app, lanes, f"{cookie}=".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._lane(scope) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        lane, rest = found
        headers: dict[bytes, bytes] = dict(scope["headers"])
        token = self._plain(headers)
        if token is None:
            await self.app(scope, receive, send)
            return
        body, messages = await _read(receive)
        reply: Reply | Response = None
        if body is not None:
            address = peers.address(scope)
            arrival = Arrival(token, scope["path"], rest, scope["query_string"], body, headers, address)
            reply = await self._asked(lane, arrival, scope)
        if reply is None:
            await self.app(scope, _again(messages, receive), send)
            return
        if isinstance(reply, Response):
            await reply(scope, receive, send)
            return
        content, extra = reply
        await send({"type": "http.response.start", "status": 200, "headers": [*_START, _length(content), *extra]})
        await send({"type": "http.response.body", "body": content})

    async def _asked(self, lane: Lane, arrival: Arrival, scope: Scope) -> Reply | Response:
        try:
            return await lane(arrival)
        except Exception as error:
            if database.out_of_order(error):
                refusal = problems.out_of_order(Request(scope), error)
                refusal.raw_headers.extend(problems.FENCES)
                return refusal
            # Nothing is stored then, so the ordinary route may try again, and has the words for what is wrong.
            log.warning("the express lane of %r failed: %s", arrival.path, problems.in_short(error))
            return None

    def _lane(self, scope: Scope) -> tuple[Lane, str] | None:
        path: str = scope["path"]
        lane = self.lanes.get((scope["method"], path))
        if lane is not None:
            return lane, ""
        base, _, last = path.rpartition("/")
        lane = self.lanes.get((scope["method"], f"{base}/"))
        if lane is not None:
            return lane, last
        base, _, rest = base.rpartition("/")
        lane = self.lanes.get((scope["method"], f"{base}/*/{last}"))
        return (lane, rest) if lane is not None else None

    def _plain(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The session token of a request from our own pages with a JSON body; None for anything else."""
        if headers.get(b"content-type") != b"application/json" or b"authorization" in headers:
            return None
        if origins.is_foreign(*(headers.get(name) for name in (b"sec-fetch-site", b"origin", b"host"))):
            return None
        for part in headers.get(b"cookie", b"").split(b"; "):
            if part.startswith(self.cookie):
                return part[len(self.cookie) :].decode("latin-1")
        return None


_START = (*problems.DATA_FENCES, (b"content-type", b"application/json"), (b"cache-control", b"no-store"))


def _length(content: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(content)).encode()


async def _read(receive: Receive) -> tuple[bytes | None, list[Message]]:
    """The whole body, or None where it is too long or the caller has gone; and what was received, to give it on."""
    messages, body = [], b""
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return None, messages
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:
            return None, messages
        if not message.get("more_body", False):
            return body, messages


def _again(messages: list[Message], receive: Receive) -> Receive:
    """Receives what was read already, then whatever follows."""
    waiting = iter(messages)

    async def receive_again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return receive_again


def dumped(content: object) -> bytes:
    """Compact JSON."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
