"""A server of our protocol on a port of its own, and raw connections to it."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from service.kernel.patience import Patient

EVENT = b"event: board\ndata: " + b"x" * 8000 + b"\n\n"


@dataclass
class Answering:
    """An application that answers ``/NUMBER`` with so many bytes, and ``/events`` for ever; and what it still does."""

    answering: int = 0
    paths: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.answering += 1
        self.paths.append(scope["path"])
        try:
            await self._answer(scope["path"].lstrip("/"), receive, send)
        finally:
            self.answering -= 1

    async def _answer(self, asked: str, receive: Receive, send: Send) -> None:
        endless = asked == "events"
        body = EVENT if endless else b"x" * int(asked)
        length = [] if endless else [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        while endless and not receive.__self__.disconnected:  # type: ignore[attr-defined]
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Serving:
    """A running server."""

    port: int
    app: Answering
    server: uvicorn.Server

    def line(self, sent: bytes) -> socket.socket:
        """A connection whose other end takes little at a time, on which this was sent."""
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", self.port))
        one.settimeout(20)
        one.sendall(sent)
        return one

    @property
    def held(self) -> tuple[int, int]:
        """How many connections and answers the server still has."""
        return len(self.server.server_state.connections), self.app.answering

    def lets_go_within(self, seconds: float) -> bool:
        """Whether it has none any more after so many seconds at most."""
        until = time.monotonic() + seconds
        while self.held != (0, 0) and time.monotonic() < until:
            time.sleep(0.02)
        return self.held == (0, 0)


@contextlib.contextmanager
def serving(app: Any = None, **options: Any) -> Iterator[Serving]:
    """The server that ``peikao serve`` runs, with another application."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = app or Answering()
    config = uvicorn.Config(app, port=port, http=Patient, ws="none", lifespan="off", log_level="critical", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield Serving(port, app, server)
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


def asking(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: x\r\n{more}\r\n".encode()


def everything(line: socket.socket) -> bytes:
    """What comes until the other end hangs up."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)
