"""How long a connection may take to say what it wants, how much it may say, and how long to take its answer.

uvicorn waits for ever for a request that has begun, so whoever opens many connections and says nothing, or one header
a minute, would use up the sockets. A connection that has asked for nothing yet, or is in the middle of its head, is
closed after half a minute; a body may take as long as four megabytes take on a mine's line. What a head may hold is
said in :mod:`service.kernel.heads`, how slowly an answer may be taken in :mod:`service.kernel.taking`.
"""

import asyncio
from typing import Any

import httptools
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.kernel import heads, peers, taking

HEAD_SECONDS = 30.0
# 4 MiB at 128 kbit/s.
BODY_SECONDS = 300.0
# Who is still sending a head that was refused hears why, if nobody hangs up before it was all sent.
REFUSED_SECONDS = 2.0


class Patient(HttpToolsProtocol):
    """uvicorn's protocol with a limit on how long a request may take to come, and its answer to be taken.

    It also tells the service of the certificate that whoever connects has shown.
    """

    waiting: asyncio.TimerHandle | None = None
    # What the client owes, and which message's it is; a timer runs for it only once what has come was not all of it.
    owed: tuple[int, float | None] = (0, None)
    waited_for: tuple[int, float | None] = (0, None)
    certificate = ""
    # Bytes of a head that is not all there yet, and why a head is not read any further.
    heading = 0
    refusal: heads.Refusal | None = None
    # How much had been taken when it was last looked at, and when it is looked at next.
    taken = 0
    look: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app = taking.Pieces(self.app)
        taking.bound(transport)
        self.certificate = peers.shown(transport)
        self.owed = (0, HEAD_SECONDS)
        self._wait()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.owed = (self.owed[0], None)
        self._wait()
        self._look_no_more()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    @override
    def data_received(self, data: bytes) -> None:
        if self.refusal is not None:
            return
        if not self.flow.write_paused:
            self._look_no_more()
        before = self.owed
        super().data_received(data)
        if self.refusal is None and self.owed[1] == HEAD_SECONDS:
            self._measure(data, before)
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
        refusal = heads.refusal_of(self.url, self.headers)
        if refusal is not None:
            self._refuse(refusal)
            raise httptools.HttpParserError(refusal.detail)
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self.owed = (self.owed[0], None)
        super().on_message_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        if self.refusal is None:
            self._refuse(heads.UNREADABLE)

    def _measure(self, data: bytes, before: tuple[int, float | None]) -> None:
        """Of a head that is not all there yet, which may never be."""
        more = self.owed[0] - before[0]
        if more == 0:
            self.heading += len(data)
        else:
            # Where it began in the midst of what came, how much of that is its own is counted once it is whole.
            self.heading = len(data) if more == 1 and before[1] != BODY_SECONDS else 0
        refusal = heads.refusal_of_begun(self.heading, len(self.url) if self.owed[0] else 0)
        if refusal is not None:
            self._refuse(refusal)

    def _refuse(self, refusal: heads.Refusal) -> None:
        """Say why, and read the rest without looking at it: hanging up at once would lose what was said."""
        self.refusal, self.owed = refusal, (self.owed[0], REFUSED_SECONDS)
        if self.cycle is not None and not self.cycle.response_complete:
            # An earlier answer is on its way, and nothing can be said in the midst of it.
            self.transport.close()
        else:
            self._unset_keepalive_if_required()
            self.transport.write(heads.written(refusal))

    def _wait(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
        self.waited_for, seconds = self.owed, self.owed[1]
        self.waiting = self.loop.call_later(seconds, self._close) if seconds is not None else None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
        self._look_soon()

    # --- how the answer is taken ---

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_soon()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._look_no_more()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._look_soon()

    @override
    def timeout_keep_alive_handler(self) -> None:
        if taking.untaken(self.transport):
            self._look_soon()
        else:
            super().timeout_keep_alive_handler()

    def _look_soon(self) -> None:
        if self.look is None:
            self.taken = taking.taken(self.transport)
            self.look = self.loop.call_later(taking.SECONDS, self._look)

    def _look_no_more(self) -> None:
        if self.look is not None:
            self.look.cancel()
            self.look = None

    def _look(self) -> None:
        """Cut off whoever has hardly taken anything since the last look."""
        self.look, left = None, taking.untaken(self.transport)
        if left and taking.taken(self.transport) - self.taken < taking.LEAST:
            taking.cut(self.transport)
        elif left:
            self._look_soon()
        elif self.owed[1] is None and self.cycle.response_complete:
            # The line has been idle for as long as one is kept open; nobody else looks where nothing waits.
            self.transport.close()
