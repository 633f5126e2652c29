"""A real server process on a copy of the world, and Chromium in front of it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, sync_playwright

from service.kernel.settings import ROOT
from tests import world as worlds
from tests.browser import evenings
from tests.browser.cable import Cable
from tests.world import World

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
# What is played in a browser every time and before every landing; the other files, some of which look at every page
# there is, with --long.
EVERY_TIME, BEFORE_LANDING = {"test_whole_exam_day"}, {"test_exam_day", "test_late_answers", "test_reopening"}
WIDTHS = {"desktop": (1280, 800), "tablet": (1024, 768), "phone": (390, 844)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser") is not None and item.path.stem not in EVERY_TIME:
            item.add_marker("more" if item.path.stem in BEFORE_LANDING else "long")


def chromium() -> str:
    """The browser that CHROMIUM names, or Debian's.

    Raises:
        RuntimeError: there is none; scripts/test deselects these tests in one clear line instead of passing them.
    """
    named = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not named:
        raise RuntimeError("no Chromium: set CHROMIUM to one, or deselect these tests with -m 'not browser'")
    return named


@dataclass
class Server:
    """The running service, its world and its clock."""

    url: str
    world: World
    clock_file: Path
    database_url: str
    process: subprocess.Popen[bytes]
    extra: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    log: Path = Path(os.devnull)

    def stop(self) -> None:
        """The service is away: what a power cut in the server room looks like from an exam room."""
        self.process.terminate()
        self.process.wait(timeout=20)

    def start(self) -> None:
        """The service comes back at the same address, on the same database."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self.wait()

    def wait(self) -> None:
        # A busy machine takes its time.
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.url}/health") as reply:
                    assert reply.status == 200
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(self.log.read_text())

    def set_clock(self, instant: datetime) -> None:
        self.clock_file.write_text(str((instant - datetime.now(UTC)).total_seconds()))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The world in a SQLite file, built once."""
    return evenings.kept(tmp_path_factory.mktemp("template"), worlds.build)


@pytest.fixture
def server(template: tuple[Path, World], tmp_path: Path) -> Iterator[Server]:
    """A server process of its own for one test, forty minutes before the exam."""
    path, world = template
    shutil.copy(path, tmp_path / "peikao.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clock_file = tmp_path / "clock"
    url = f"sqlite:///{tmp_path / 'peikao.db'}"
    environment = {
        **os.environ,
        "PEIKAO_DATABASE_URL": url,
        "PEIKAO_CLOCK_FILE": str(clock_file),
        "PEIKAO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PEIKAO_SWEEP_SECONDS": "0.3",
        # Tests set the clock from act to act.
        "PEIKAO_IDLE_MINUTES": "1440",
        "PEIKAO_STEP_UP_MINUTES": "1440",
    }
    words = [sys.executable, "-m", "service.cli", "serve", "--port", str(port)]
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}"
    running = Server(address, world, clock_file, url, process, command=words, environment=environment, log=log)
    running.set_clock(worlds.CHECK_IN_AT)
    running.wait()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chrome(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0)
    yield browser
    browser.close()


def cabled(chrome: Browser, **options: Any) -> tuple[BrowserContext, Cable]:
    """A browser context with a cable of its own, which goes when the context is closed."""
    cable = Cable()
    context = chrome.new_context(proxy=cable.proxy, **options)
    context.on("close", lambda _: cable.close())
    return context, cable


@dataclass
class Watched:
    """A browser context that keeps what must not happen: console errors, requests to other hosts."""

    context: BrowserContext
    server: Server
    cable: Cable | None = None
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def offline(self, away: bool) -> None:
        """Pull the cable, or put it back, and let the browser notice as it would."""
        assert self.cable is not None, "a context that loses its network is made by cabled()"
        if away:
            self.cable.cut()
        else:
            self.cable.mend()
        self.context.set_offline(away)

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)
        return page

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium logs every refused request as an error of its own; refusals are looked at on the page itself.
        if message.type == "error" and not re.match(r"Failed to load resource", message.text):
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.foreign.append(request.url)

    def sign_in(self, username: str) -> Page:
        """A page of a signed-in member of staff, through the sign-in form itself."""
        page = self.page()
        page.goto(f"{self.server.url}/sign-in")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", worlds.PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page


@pytest.fixture
def watched(chrome: Browser, server: Server) -> Iterator[Watched]:
    """A fresh context in Chinese at desktop width; the test fails on any console error or foreign request."""
    width, height = WIDTHS["desktop"]
    context, cable = cabled(
        chrome, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": height}
    )
    watching = Watched(context, server, cable)
    yield watching
    context.close()
    assert (watching.errors, watching.foreign) == ([], [])
