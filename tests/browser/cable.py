"""The cable between one browser and the network, which a test may pull and put back.

The browser's own switch for being offline has let requests through once a page was loaded anew. So a context that is to
lose its network goes through a SOCKS proxy of its own (RFC 1928), and pulling the cable ends its connections in the
middle of whatever they carry, as a real cut does.
"""

import asyncio
import contextlib
import threading

from playwright.sync_api import ProxySettings

_NO_AUTHENTICATION = b"\x05\x00"
_CONNECTED = b"\x05\x00\x00\x01" + bytes(6)
_CONNECT, _IPV4, _NAME = 1, 1, 3


class Cable:
    """A SOCKS proxy on this machine, in a thread of its own; whole until it is cut."""

    def __init__(self) -> None:
        self.whole = True
        self._ends: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="cable", daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def proxy(self) -> ProxySettings:
        """What a browser context is made with; without the last word it would reach this machine by itself."""
        return {"server": f"socks5://127.0.0.1:{self._port}", "bypass": "<-loopback>"}

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    def mend(self) -> None:
        self.whole = True

    def close(self) -> None:
        """Take it away for good."""
        self.cut()
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def _live(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()

    async def _cut(self) -> None:
        self.whole = False
        for writer in self._ends:
            writer.transport.abort()
        self._ends.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._carry(reader, writer)
        finally:
            self._ends.discard(writer)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(_NO_AUTHENTICATION)
        host, port = await _wanted(reader)
        if not self.whole:
            return
        far_reader, far = await asyncio.open_connection(host, port)
        self._ends.add(far)
        writer.write(_CONNECTED)
        try:
            await asyncio.gather(_copy(reader, far), _copy(far_reader, writer))
        finally:
            self._ends.discard(far)
            far.close()


async def _wanted(reader: asyncio.StreamReader) -> tuple[str, int]:
    """Host and port that the browser asks for; it knows no other request than to be connected."""
    _, command, _, kind = await reader.readexactly(4)
    assert (command, kind in (_IPV4, _NAME)) == (_CONNECT, True)
    if kind == _IPV4:
        host = ".".join(map(str, await reader.readexactly(4)))
    else:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    return host, int.from_bytes(await reader.readexactly(2))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    with contextlib.suppress(OSError):
        target.write_eof()
