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
    certificate = ""

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.certificate = peers.shown(transport)
        self._wait(HEAD_SECONDS)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        super().connection_lost(exc)

    @override
    def on_message_begin(self) -> None:
        self._wait(HEAD_SECONDS)
        super().on_message_begin()
        self.scope["state"][peers.STATE] = self.certificate

    @override
    def on_headers_complete(self) -> None:
        self._wait(BODY_SECONDS)
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._wait(None)
        super().on_message_complete()

    def _wait(self, seconds: float | None) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
        self.waiting = self.loop.call_later(seconds, self._close) if seconds is not None else None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
