"""Engines: one to an address, however many addresses there are and however many come first, until it is let go of."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.kernel import database, engines


def test_an_engine_outlasts_many_others_and_lets_go_of_what_it_opened(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / str(number)}.db" for number in range(40)]
    first = database.engine_for(urls[0])
    with first.connect():
        pass
    pool = first.pool

    others = [database.engine_for(url) for url in urls[1:]]

    assert database.engine_for(urls[0]) is first and first not in others
    assert pool.checkedin() == 1  # type: ignore[attr-defined]
    for url in urls:
        database.let_go(url)
    assert pool.checkedin() == 0  # type: ignore[attr-defined]
    assert database.engine_for(urls[0]) is not first
    database.let_go(urls[0])


def test_who_writes_after_letting_go_uses_no_engine_of_before(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one'}.db"
    before = database._writer(url)
    database.let_go(url)

    assert database._writer(url).pool is database.engine_for(url).pool
    assert database._writer(url).pool is not before.pool
    database.let_go(url)


def test_those_who_come_first_together_get_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, made, all_here = f"sqlite:///{tmp_path / 'one'}.db", engines.made, threading.Barrier(4)
    calls: list[str] = []

    def slow(address: str) -> object:
        calls.append(address)
        # Long enough for the others to have asked as well.
        threading.Event().wait(0.2)
        return made(address)

    def ask() -> object:
        all_here.wait(10)
        return database.engine_for(url)

    monkeypatch.setattr(engines, "made", slow)
    with ThreadPoolExecutor(4) as pool:
        found = [one.result(20) for one in [pool.submit(ask) for _ in range(4)]]

    assert calls == [url] and len(set(map(id, found))) == 1
    database.let_go(url)
