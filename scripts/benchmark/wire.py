"""HTTP/1.1 by hand: requests as bytes, and connections that read their replies without a library in the way.

The driver shares the machine with what it measures; whatever it does not do cannot disturb.
"""

import json
import select
import socket
from collections.abc import Callable, Mapping

HOST = "127.0.0.1"
CHUNK = 1 << 18


def head(method: str, path: str, token: str = "", more: Mapping[str, str] | None = None) -> str:
    """The head of a request as a browser of our pages would send it, without a length and without its end."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    if token:
        lines.append(f"Cookie: peikao={token}")
    lines += [f"{name}: {value}" for name, value in (more or {}).items()]
    if method != "GET":
        lines += ["Content-Type: application/json", "Sec-Fetch-Site: same-origin"]
    return "\r\n".join(lines)


def request(
    method: str, path: str, token: str = "", body: object = None, more: Mapping[str, str] | None = None
) -> bytes:
    """A whole request."""
    content = json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
    ending = f"\r\nContent-Length: {len(content)}\r\n\r\n" if method != "GET" else "\r\n\r\n"
    return (head(method, path, token, more) + ending).encode() + content


class Line:
    """One keep-alive connection. At most one request is on its way; the reply is read whole."""

    __slots__ = ("_buffer", "_needed", "body", "socket", "status")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._buffer, self._needed = b"", 0
        self.status, self.body = 0, b""

    def receive(self) -> bool:
        """Read what is there; whether the reply is complete.

        Raises:
            ConnectionError: the server has hung up.
        """
        data = self.socket.recv(CHUNK)
        if not data:
            raise ConnectionResetError("the server hung up")
        self._buffer = self._buffer + data if self._buffer else data
        if not self._needed:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._needed = end + 4 + _length(self._buffer[:end])
        if len(self._buffer) < self._needed:
            return False
        self.status = int(self._buffer[9:12])
        self.body = self._buffer[: self._needed].partition(b"\r\n\r\n")[2] if self.status >= 400 else b""
        self._buffer, self._needed = self._buffer[self._needed :], 0
        return True


def _length(start: bytes) -> int:
    lowered = start.lower()
    place = lowered.find(b"\r\ncontent-length:")
    if place >= 0:
        return int(lowered[place + 17 :].split(b"\r\n", 1)[0])
    if b"\r\ntransfer-encoding:" in lowered:
        raise ValueError("a reply in chunks is for the watchers, not for the driver")
    return 0


class Lines:
    """Many connections under one epoll."""

    def __init__(self, port: int, number: int) -> None:
        self.port = port
        self.poll = select.epoll()
        self.all = [self._open() for _ in range(number)]
        self._places = {line.socket.fileno(): place for place, line in enumerate(self.all)}

    def _open(self) -> Line:
        line = Line(self.port)
        self.poll.register(line.socket.fileno(), select.EPOLLIN)
        return line

    def add(self) -> None:
        """One more connection."""
        self.all.append(self._open())
        self._places[self.all[-1].socket.fileno()] = len(self.all) - 1

    def renew(self, place: int) -> None:
        """Connect again after the server hung up."""
        old = self.all[place]
        del self._places[old.socket.fileno()]
        old.socket.close()
        self.all[place] = self._open()
        self._places[self.all[place].socket.fileno()] = place

    def wait(self, seconds: float, on_reply: Callable[[int], None], on_loss: Callable[[int], None]) -> None:
        """Wait at most so long, and report every connection whose reply has come or which was lost."""
        for number, _ in self.poll.poll(max(0.0, seconds), 512):
            place = self._places[number]
            try:
                if self.all[place].receive():
                    on_reply(place)
            except ConnectionError:
                self.renew(place)
                on_loss(place)

    def close(self) -> None:
        for line in self.all:
            line.socket.close()
        self.poll.close()
