"""The stage: a service process with a clock that can be set, clients that speak HTTP to it, and the list of steps."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "var" / "demo"
console = Console(width=None if sys.stdout.isatty() else 120)


class Service:
    """One service process on its own database; ``set_clock`` moves its time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.clock = PLACE / "clock"
        self.database = PLACE / "peikao.db"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PEIKAO_")},
            "PEIKAO_DATABASE_URL": f"sqlite:///{self.database}",
            "PEIKAO_CLOCK_FILE": str(self.clock),
            "PEIKAO_JOURNAL_MEMORY": str(PLACE),
            "PEIKAO_PUBLIC_URL": self.url,
            "PEIKAO_SWEEP_SECONDS": "0.3",
            # The clock jumps from act to act; nobody in the play has been away for as long as it seems.
            "PEIKAO_IDLE_MINUTES": "1440",
            "PEIKAO_STEP_UP_MINUTES": "1440",
            # One reviewer answers and approves a whole bank in a minute here; a person would not.
            "PEIKAO_REQUESTS_PER_ACCOUNT": "6000",
            **{f"PEIKAO_{name}_SECRET": secrets.token_hex(32) for name in ("PERSON", "SEALING", "SIGNING")},
        }

    def command(self, *words: str) -> None:
        """Run ``peikao`` to its end."""
        subprocess.run([sys.executable, "-m", "service.cli", *words], cwd=ROOT, env=self.environment, check=True)

    def start(self) -> None:
        """Start the process and wait until it answers."""
        log = (PLACE / "service.log").open("ab")
        words = [sys.executable, "-m", "service.cli", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(words, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        for _ in range(200):
            if self.process.poll() is not None:
                raise SystemExit(f"the service stopped at once; see {PLACE / 'service.log'}")
            try:
                if httpx2.get(f"{self.url}/health").status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
        raise SystemExit("the service did not answer within twenty seconds")

    def stop(self) -> None:
        """Stop the process, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)

    def set_clock(self, instant: datetime) -> None:
        """Let the service's clock show this instant and go on from there."""
        self.clock.write_text(str((instant - datetime.now(UTC)).total_seconds()))

    def real_clock(self) -> None:
        """Let the service's clock show the real time again."""
        self.clock.write_text("0")

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.clock.read_text()))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client:
    """Somebody's browser or program: keeps cookies, speaks JSON."""

    def __init__(self, url: str, who: str = "") -> None:
        self.http = httpx2.Client(base_url=url, timeout=30)
        self.who = who

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON answer; anything but success ends the demonstration with the service's own words."""
        reply = (
            self.http.request(method, path, json=body, **more)
            if body is not None
            else self.http.request(method, path, **more)
        )
        if reply.status_code >= 300:
            raise SystemExit(f"{self.who}: {method} {path} → {reply.status_code} {reply.text[:600]}")
        return reply.json() if reply.content and "json" in reply.headers.get("content-type", "") else reply.content

    def refusal(self, method: str, path: str, body: Any = None) -> str:
        """The code of the refusal that must come; an empty text when there was none."""
        reply = self.http.request(method, path, json=body)
        return str(reply.json().get("code", "")) if reply.status_code >= 400 else ""


class Play:
    """The steps of the day: each with what must come out and what did."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, str, bool]] = []

    def expect(self, what: str, found: object, expected: object) -> None:
        """Note a step and print it."""
        right = found == expected
        self.steps.append((what, str(expected), str(found), right))
        mark = "[green]✓[/]" if right else "[red]✗[/]"
        console.print(f"  {mark} {what}: {found}" + ("" if right else f"  [red](must be {expected})[/]"))

    @contextmanager
    def act(self, title: str) -> Iterator[None]:
        """An act of the day, with the time it took."""
        console.print(f"[bold]{title}[/]")
        began = time.perf_counter()
        yield
        console.print(f"  [dim]{time.perf_counter() - began:.1f} s[/]")

    @property
    def failures(self) -> int:
        return sum(not right for *_, right in self.steps)

    def table(self) -> Table:
        """All steps as a table."""
        table = Table(title="What happened")
        for column in ("step", "must be", "was", ""):
            table.add_column(column, overflow="fold")
        for what, expected, found, right in self.steps:
            table.add_row(what, expected, found, "[green]✓[/]" if right else "[red]✗[/]")
        return table
