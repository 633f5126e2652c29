"""How slowly an answer may be taken, and how much of it waits for whoever takes it.

uvicorn hands the system all of an answer at once and waits for ever until it was taken, so whoever reads a byte a
second, or a stream of events never, would hold it in memory for days. Here an answer goes out in pieces, each when
most of those before were taken, and whoever takes hardly anything for half a minute is cut off: 13 kbit/s is a tenth
of a mine's line. Sessions of the database have ended before an answer begins, so that nobody holds one by being slow.
"""

import contextlib
import fcntl
import socket
import struct
import termios
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 30.0
PIECE = 64 * 1024
# So much is taken in that time by whoever is only slow.
LEAST = PIECE * 3 // 4
# What the system keeps of an answer beside; it doubles this for its own needs, and would keep 4 MiB if left alone.
SYSTEM_BYTES = 4 * PIECE
# Where Linux says in struct tcp_info (linux/tcp.h) how many bytes the other end has acknowledged: an unsigned 64 bits.
_ACKNOWLEDGED = 120
# Closing with this set throws away what was not taken, instead of leaving it to the system to go on sending.
_AT_ONCE = struct.pack("ii", 1, 0)


class Pieces:
    """The application, whose answers are sent in pieces."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_pieces(message: Message) -> None:
            body = memoryview(message.get("body", b""))
            if len(body) <= PIECE:
                await send(message)
                return
            for at in range(0, len(body), PIECE):
                more = message.get("more_body", False) or at + PIECE < len(body)
                await send({**message, "body": bytes(body[at : at + PIECE]), "more_body": more})

        await self.app(scope, receive, send_in_pieces)


def bound(transport: Any) -> None:
    """Let little wait on a connection: a piece here, also where it is encrypted, and a few in the system."""
    transport.set_write_buffer_limits(high=PIECE)
    line = transport.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SYSTEM_BYTES)


def untaken(transport: Any) -> int:
    """How many bytes of answers were not taken yet by the other end, here and in the system."""
    waiting = int(transport.get_write_buffer_size())
    line = transport.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            waiting += struct.unpack("i", fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
    return waiting


def taken(transport: Any) -> int:
    """A number that grows by each byte that the other end takes."""
    line = transport.get_extra_info("socket")
    if line is not None and hasattr(socket, "TCP_INFO"):
        with contextlib.suppress(OSError, struct.error):
            told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED + 8)
            return int(struct.unpack_from("Q", told, _ACKNOWLEDGED)[0])
    return -untaken(transport)


def cut(transport: Any) -> None:
    """End a connection now, and throw away what was not taken."""
    line = transport.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
