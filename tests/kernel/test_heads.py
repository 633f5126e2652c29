"""The head of a request ends somewhere: its address, its lines and all of it."""

import socket

import pytest

from service.kernel import heads, patience
from tests.kernel.lines import Answering, Serving, asking, everything, serving


def with_lines(number: int, length: int = 10) -> bytes:
    """A request whose head has so many lines of headers, each with a value so long."""
    return asking("/1", "".join(f"x-{at}: {'v' * length}\r\n" for at in range(number - 1)))


TOO_MUCH = {
    "an address over 8 KiB": (asking("/1?q=" + "a" * heads.URL_BYTES), 414),
    "an address over 200 KiB": (asking("/1?q=" + "a" * 200_000), 414),
    "one header over 64 KiB": (with_lines(2, heads.HEAD_BYTES), 431),
    "one header over 300 KiB": (with_lines(2, 300_000), 431),
    "headers over 64 KiB together": (with_lines(90, 800), 431),
    "a hundred and one lines": (with_lines(heads.HEADER_LINES + 1), 431),
    "fifty thousand lines": (with_lines(50_000), 431),
    "an address over 8 KiB that does not end": (b"GET /1?q=" + b"a" * 300_000, 414),
    "a header that does not end": (asking("/1")[:-2] + b"x: " + b"v" * 600_000, 431),
    "what is no request": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\r\n\r\n", 400),
}


@pytest.mark.parametrize(("sent", "status"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_head_that_holds_too_much_is_refused_with_a_plain_sentence(
    sent: bytes, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "REFUSED_SECONDS", 0.5)
    with serving() as server:
        got = answer(server, sent)
        assert got.startswith(b"HTTP/1.1 %d " % status), got[:80]
        head, _, body = got.partition(b"\r\n\r\n")
        chinese, english = body.decode().splitlines()

        assert f"content-length: {len(body)}".encode() in head and b"connection: close" in head
        assert "。" in chinese and english.endswith(".") and english.isascii()
        assert server.app.paths == [], "the service is not asked"
        assert answer(server, asking("/1")).endswith(b"x"), "and answers the next"


@pytest.mark.parametrize(
    "sent",
    [asking("/1?q=" + "a" * 8_000), with_lines(heads.HEADER_LINES), with_lines(60, 1_000)],
    ids=["an address of 8,000 bytes", "a hundred lines", "60 KB of headers"],
)
def test_a_head_that_holds_much_is_read(sent: bytes) -> None:
    with serving() as server:
        assert answer(server, sent).startswith(b"HTTP/1.1 200 ")


def test_a_head_that_comes_in_small_parts_is_measured_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts are never looked at together before it is whole, and it never is."""
    monkeypatch.setattr(patience, "REFUSED_SECONDS", 0.5)
    with serving() as server, server.line(asking("/1")[:-2]) as line:
        for at in range(80):
            line.sendall(b"x-%d: " % at + b"v" * 1_000 + b"\r\n")

        assert everything(line).startswith(b"HTTP/1.1 431 ")


def test_requests_behind_one_another_are_each_measured_alone() -> None:
    with serving() as server, socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(with_lines(60, 900) * 4 + asking("/1", "connection: close\r\n"))

        assert everything(line).count(b"HTTP/1.1 200 ") == 5


def test_a_refusal_never_stands_within_an_earlier_answer() -> None:
    with serving(Answering()) as server, socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(asking("/events"))
        line.recv(1_000)
        line.sendall(asking("/1?q=" + "a" * 10_000))

        assert b"HTTP/1.1 414" not in everything(line)


def answer(server: Serving, sent: bytes) -> bytes:
    """What is answered to whoever sends this, and reads at leisure."""
    closing = sent.replace(b"host: x\r\n", b"host: x\r\nconnection: close\r\n") if sent.count(b"\r\n") < 102 else sent
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.settimeout(20)
        line.sendall(closing)
        return everything(line)
