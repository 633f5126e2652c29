"""Whoever hardly takes the answer that was asked for is cut off, and nothing is kept for them."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.kernel import authority, taking
from tests.kernel import lines
from tests.kernel.lines import asking, serving

BIG = 8 * 1024 * 1024
# More than any connection is let go of in, and less than a slow machine needs to notice that it was not.
SOON = 15.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "SECONDS", 0.5)


def reads_never(line: socket.socket) -> None:
    """Takes nothing at all."""


def reads_a_byte_at_a_time(line: socket.socket) -> None:
    until = time.monotonic() + 3
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < until and line.recv(1):
            time.sleep(0.05)


@pytest.mark.parametrize("reads", [reads_never, reads_a_byte_at_a_time])
@pytest.mark.parametrize("path", [f"/{BIG}", "/events"])
@pytest.mark.parametrize("encrypted", [False, True], ids=["in the clear", "encrypted"])
def test_whoever_hardly_takes_an_answer_or_events_is_cut_off(
    reads: Callable[[socket.socket], None], path: str, encrypted: bool, tmp_path: Path
) -> None:
    options = certificate(tmp_path) if encrypted else {}
    with serving(**options) as server:
        line = server.line(b"")
        if encrypted:
            line = unverified().wrap_socket(line)
        line.sendall(asking(path))
        assert became(lambda: server.held == (1, 1)), "it answers, and waits until something is taken"
        reads(line)

        assert server.lets_go_within(SOON)
        line.close()


@pytest.mark.parametrize("more", ["", "connection: close\r\n"], ids=["kept open", "closed after it"])
def test_what_is_left_of_an_answer_that_was_sent_whole_is_kept_for_nobody(more: str) -> None:
    """The system has most of it, the service has handed over the rest; nothing waits for the application any more."""
    with serving(timeout_keep_alive=1) as server, server.line(asking(f"/{256 * 1024}", more)) as line:
        assert became(lambda: server.app.paths and server.app.answering == 0)

        assert server.lets_go_within(SOON)
        if not more:
            with pytest.raises(ConnectionResetError):
                consume(line)


@pytest.mark.parametrize("encrypted", [False, True], ids=["in the clear", "encrypted"])
def test_whoever_is_slow_gets_all_of_it(encrypted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two and a half pieces in the time that is given for three quarters of one."""
    monkeypatch.setattr(taking, "SECONDS", 1.5)
    size, got, pause, taken = 1024 * 1024, 0, 0.6, 0
    with serving(timeout_keep_alive=1, **(certificate(tmp_path) if encrypted else {})) as server:
        line = server.line(b"")
        if encrypted:
            line = unverified().wrap_socket(line)
        line.sendall(asking(f"/{size}", "connection: close\r\n"))
        while part := line.recv(16 * 1024):
            got, taken = got + len(part), taken + len(part)
            if taken >= taking.PIECE:
                taken = 0
                time.sleep(pause)
        line.close()

    assert got > size


def test_an_answer_holds_a_little_of_the_system_while_it_waits() -> None:
    with serving() as server, server.line(asking(f"/{BIG}")):
        assert became(lambda: server.held == (1, 1))
        (connection,) = server.server.server_state.connections

        assert became(lambda: taking.untaken(connection.transport) > taking.SYSTEM_BYTES // 2)
        # The system doubles what it is told, for its own needs.
        assert taking.untaken(connection.transport) < 2 * taking.SYSTEM_BYTES + 3 * taking.PIECE


def test_a_line_is_kept_for_the_next_question_when_everything_was_taken() -> None:
    with serving(timeout_keep_alive=3) as server, server.line(b"") as line:
        for _ in range(3):
            line.sendall(asking(f"/{300 * 1024}"))
            got = b""
            while len(got) < 300 * 1024:
                got += line.recv(65536)
            time.sleep(2 * taking.SECONDS)
        assert server.held == (1, 0)
        assert lines.everything(line) == b"", "and closed when it was idle for as long as one is kept open"


def consume(line: socket.socket) -> None:
    while line.recv(65536):
        pass


def became(holds: Callable[[], object]) -> bool:
    until = time.monotonic() + SOON
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(holds())


def certificate(folder: Path) -> dict[str, Path]:
    authority.make(folder, ["127.0.0.1"], now=datetime.now(UTC))
    return {"ssl_certfile": folder / authority.SERVER, "ssl_keyfile": folder / authority.SERVER_KEY}


def unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
