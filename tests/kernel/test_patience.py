"""Slow and silent clients: ten thousand of them cost memory, not the service; and who takes too long is cut off."""

import asyncio
import contextlib
import http.client
import os
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.kernel import patience
from service.kernel.settings import ROOT

SERVER = """
import sys
from service.kernel import patience
patience.HEAD_SECONDS, patience.BODY_SECONDS = float(sys.argv[2]), float(sys.argv[3])
from service import cli
cli.app(["serve", "--port", sys.argv[1]])
"""


@contextlib.contextmanager
def serving(tmp_path: Path, head: float, body: float) -> Iterator[int]:
    """A server process that waits so many seconds for the head and the body of a request; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PEIKAO_DATABASE_URL": f"sqlite:///{tmp_path / 'peikao.db'}"}
    subprocess.run([sys.executable, "-m", "service.cli", "migrate"], cwd=ROOT, env=environment, check=True)
    words = [sys.executable, "-c", SERVER, str(port), str(head), str(body)]
    process = subprocess.Popen(words, cwd=ROOT, env=environment)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                alive(port)
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def alive(port: int) -> float:
    """How long the service takes to say that it is there, in seconds."""
    began = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20) as reply:
        assert reply.status == 200
    return time.perf_counter() - began


def lasts(port: int, sent: bytes, seconds: float) -> bool:
    """Whether a connection on which this was sent is still open after so many seconds."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(sent)
        line.settimeout(seconds)
        try:
            return line.recv(65536) != b""
        except TimeoutError:
            return True


def lasts_after_a_reply(port: int, sent: bytes, seconds: float) -> bool:
    """The same where a whole request came with it in one go, which is answered."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n" + sent)
        line.settimeout(seconds)
        try:
            while line.recv(65536):
                pass
        except TimeoutError:
            return True
    return False


HEAD = b"POST /api/v1/session HTTP/1.1\r\nhost: x\r\n"


def test_whoever_takes_too_long_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, 1.0, 3.0) as port:
        assert not lasts(port, b"", 2.5), "says nothing"
        assert not lasts(port, HEAD, 2.5), "half a head"
        assert not lasts_after_a_reply(port, HEAD, 2.5), "half a head right behind a whole request"
        body = HEAD + b"content-type: application/json\r\ncontent-length: 40\r\n\r\n{"
        assert lasts(port, body, 1.5), "a body may take longer than a head"
        assert not lasts(port, body, 4.0), "half a body"
        # A line on which an answer was given stays, for the next question.
        line = http.client.HTTPConnection("127.0.0.1", port)
        sockets = []
        for pause in (2.0, 0.0):
            line.request("GET", "/health")
            assert line.getresponse().read() == b'{"status":"ok"}'
            sockets.append(line.sock)
            time.sleep(pause)
        assert sockets[0] is sockets[1], "the very same line"
        line.close()


def test_the_limits_fit_what_may_be_sent() -> None:
    from service.main import BIGGEST_BODY

    assert BIGGEST_BODY * 8 / patience.BODY_SECONDS <= 128_000, "a full body comes through at 128 kbit/s"
    assert patience.HEAD_SECONDS <= 30


@pytest.mark.long
def test_ten_thousand_silent_connections_leave_the_service_awake(tmp_path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = min(10_000, hard - 500)

    async def crowd(port: int) -> list[asyncio.StreamWriter]:
        lines = []
        for first in range(0, wanted, 250):
            several = [asyncio.open_connection("127.0.0.1", port) for _ in range(min(250, wanted - first))]
            lines += [writer for _, writer in await asyncio.gather(*several)]
        return lines

    async def among_them(port: int) -> tuple[int, list[float]]:
        lines = await crowd(port)
        waits = [await asyncio.to_thread(alive, port) for _ in range(10)]
        for line in lines:
            line.close()
        return len(lines), waits

    with serving(tmp_path, 120.0, 300.0) as port:
        held, waits = asyncio.run(among_them(port))

    assert (held, max(waits) < 2.0) == (wanted, True), f"{held} silent connections, {max(waits) * 1000:.0f} ms at most"
