"""Starting and stopping what is measured: the service on a database, or the echo; always on the service's core."""

import http.client
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from scripts.benchmark import machine, world
from scripts.benchmark.databases import Database

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass(frozen=True)
class Running:
    """A server that answers: where, and the processes whose time it costs, the service's own first."""

    port: int
    pids: tuple[int, ...]
    counter: Path | None = None

    @property
    def syncs(self) -> int:
        """How often it has asked the disk to write for good; only where the disk is watched."""
        return int(struct.unpack("Q", self.counter.read_bytes())[0]) if self.counter is not None else 0


@contextmanager
def service(database: Database, disk: "Disk | None" = None) -> Iterator[Running]:
    """``peikao serve`` on a database."""
    environment = {"PEIKAO_DATABASE_URL": database.url, "PEIKAO_PUBLIC_URL": world.PUBLIC_URL}
    if disk is not None:
        environment |= disk.environment()
    with _start([sys.executable, "-m", "service.cli", "serve", "--port"], environment) as (port, pid):
        yield Running(port, (pid, *database.pids), disk.counter if disk is not None else None)


@contextmanager
def echo() -> Iterator[Running]:
    """The bare FastAPI app."""
    with _start([sys.executable, "-m", "scripts.benchmark.echo"], {}) as (port, pid):
        yield Running(port, (pid,))


def rest(running: Running) -> None:
    """Let the server stand still, so that it takes nothing from whoever is measured now."""
    os.kill(running.pids[0], signal.SIGSTOP)


@contextmanager
def awake(running: Running) -> Iterator[None]:
    """Let a resting server work."""
    os.kill(running.pids[0], signal.SIGCONT)
    try:
        yield
    finally:
        rest(running)


@contextmanager
def _start(words: Sequence[str], environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PEIKAO_")}
    port = _free_port()
    with machine.on(machine.SERVER_CORE):
        process = subprocess.Popen([*words, str(port)], cwd=ROOT, env=clean | dict(environment))
    try:
        _wait_until_it_answers(process, port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit("the server to be measured stopped at once; its own words are above")
        try:
            if fetch(port, "/health").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"the server to be measured did not answer within {PATIENCE} seconds")


@dataclass(frozen=True)
class Fetched:
    """One reply, read to its end."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def fetch(port: int, path: str, headers: Mapping[str, str] | None = None) -> Fetched:
    """One plain GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        reply = connection.getresponse()
        return Fetched(reply.status, reply.read(), {name.lower(): value for name, value in reply.getheaders()})
    finally:
        connection.close()


def ask(port: int, request: bytes, source: str = "127.0.0.1") -> str:
    """One request as it would go over the wire, from an address of this machine; the whole reply, head and body."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0)) as line:
        line.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        return b"".join(iter(lambda: line.recv(1 << 16), b"")).decode()


@dataclass(frozen=True)
class Disk:
    """A disk that is watched, and slower than it is: a library that the service loads before all others."""

    library: Path
    added_ms: float = 0.0
    counter: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counter", self.library.with_suffix(".count"))

    def environment(self) -> dict[str, str]:
        self.counter.write_bytes(bytes(8))
        added = str(int(self.added_ms * 1000))
        return {"LD_PRELOAD": str(self.library), "SLOW_DISK_MICROSECONDS": added, "SLOW_DISK_COUNT": str(self.counter)}


@lru_cache(maxsize=1)
def disk_library(folder: Path) -> Path | None:
    """The compiled library; None where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "slow_disk.so"
    source = str(Path(__file__).with_name("slow_disk.c"))
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), source, "-ldl"], check=True)
    return library
