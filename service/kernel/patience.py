"""How long a connection may take to say what it wants.

uvicorn waits for ever for a request that has begun, so whoever opens many connections and says nothing, or one header
a minute, would use up the sockets. A connection that has asked for nothing yet, or is in the middle of its head, is
closed after half a minute; a body may take as long as four megabytes take on a mine's line.
"""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.kernel import peers

HEAD_SECONDS = 30.0
# 4 MiB at 128 kbit/s.
BODY_SECONDS = 300.0


class Patient(HttpToolsProtocol):
    """uvicorn's protocol with a limit on how long the head and the body of a request may take to come.

    It also tells the service of the certificate that whoever connects has shown.
    """

    waiting: asyncio.TimerHandle | None = None
    # What the client owes, and which message's it is; a timer runs for it only once what has come was not all of it.
    owed: tuple[int, float | None] = (0, None)
    waited_for: tuple[int, float | None] = (0, None)
    certificate = ""

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.certificate = peers.shown(transport)
        self.owed = (0, HEAD_SECONDS)
        self._wait()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.owed = (self.owed[0], None)
        self._wait()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # Nearly every request comes whole, and then no clock need be set and stopped for it.
        if self.owed != self.waited_for:
            self._wait()

    @override
    def on_message_begin(self) -> None:
        self.owed = (self.owed[0] + 1, HEAD_SECONDS)
        super().on_message_begin()
        self.scope["state"][peers.STATE] = self.certificate

    @override
    def on_headers_complete(self) -> None:
        self.owed = (self.owed[0], BODY_SECONDS)
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self.owed = (self.owed[0], None)
        super().on_message_complete()

    def _wait(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
        self.waited_for, seconds = self.owed, self.owed[1]
        self.waiting = self.loop.call_later(seconds, self._close) if seconds is not None else None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
