"""A finished exam in a file, the program that audits it, and a hand that owns the database.

The hand writes entries into the record as the service never would.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from service.kernel.settings import ROOT
from tests.world import World

PROGRAM = ROOT / "scripts" / "audit_separation"
AT = "2026-11-20T03:00:00.000000+00:00"
# A natural person of whom the record has never heard, and trains and sits nothing.
STRANGER = 9999


@dataclass(frozen=True)
class Finished:
    """A SQLite file with one published class, its world, and the natural person behind each account."""

    path: Path
    world: World
    people: dict[str, int]


@lru_cache(maxsize=1)
def program() -> ModuleType:
    """The program as a module; it has no ending by which it could be imported."""
    loader = SourceFileLoader("audit_separation", str(PROGRAM))
    spec = spec_from_loader("audit_separation", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def audit(path: Path, *options: str) -> tuple[int, list[str]]:
    """What it says when it is run: the exit status and the lines."""
    words = [sys.executable, "-I", "-S", str(PROGRAM), str(path), *options]
    run = subprocess.run(words, capture_output=True, text=True)
    return run.returncode, (run.stdout + run.stderr).strip().splitlines()


class Hand:
    """Writes entries behind the service's back, each as the next one."""

    def __init__(self, connection: sqlite3.Connection, world: World, people: dict[str, int]) -> None:
        self.connection, self.world, self.people = connection, world, people

    def next(self) -> int:
        """The number of the entry that is written next."""
        (last,) = self.connection.execute("SELECT max(seq) FROM journal_entry").fetchone()
        return int(last) + 1

    def write(self, event: str, actor: str, subject: str, *, at: str = AT, **data: Any) -> None:
        number = self.next()
        row = (number, at, event, actor, subject, json.dumps(data), "-", str(number - 1))
        self.connection.execute("INSERT INTO journal_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def by(self, username: str) -> str:
        return f"account:{self.world.accounts[username]}"

    @property
    def its_class(self) -> str:
        return f"class:{self.world.class_id}"

    @property
    def paper(self) -> str:
        return f"paper:{self.world.paper_id}"

    @property
    def sitting(self) -> str:
        return f"sitting:{self.world.sitting_id}"

    @property
    def seat(self) -> str:
        return f"seat:{self.world.seats[0]}"

    def account(self, person: int, number: int = 900, body: str = "bureau", *, at: str = AT) -> str:
        """One more account for a natural person."""
        data = {"person": person, "organisation": self.world.organisations[body], "username": f"account-{number}"}
        self.write("ACCOUNT_OPENED", "founder", f"account:{number}", at=at, **data)
        return f"account:{number}"

    def hat(self, username: str, number: int = 900) -> str:
        """One more account of the bureau for the person behind an account."""
        return self.account(self.people[username], number)

    def teacher(self) -> str:
        """An account of the bureau for a person who teaches the class."""
        return self.account(self.people["teacher1"], 901)

    def grant(self, account: str, person: int, duty: str, *, at: str = AT) -> None:
        self.write("DUTY_GRANTED", "founder", account, at=at, duty=duty, person=person)

    def revoke(self, account: str, duty: str, *, at: str = AT) -> None:
        self.write("DUTY_REVOKED", "founder", account, at=at, duty=duty)

    def trainee(self, person: int, number: int = 900) -> int:
        """A trainee who is this person; on no roster yet."""
        cursor = self.connection.execute("SELECT * FROM programme_trainee LIMIT 1")
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
        row |= {"id": number, "person_id": person}
        places = ", ".join("?" * len(row))
        names = ", ".join(row)
        self.connection.execute(f"INSERT INTO programme_trainee ({names}) VALUES ({places})", list(row.values()))
        return number

    def enrol(self, person: int, *, at: str = AT, table: bool = False) -> None:
        """Put a person on the roster of the class, as far as the record says; by the ``table`` too if asked."""
        trainees = [self.trainee(person)]
        if table:
            words = "UPDATE programme_enrolment SET trainee_id = ? WHERE id = (SELECT min(id) FROM programme_enrolment)"
            self.connection.execute(words, trainees)
        self.write("ROSTER_IMPORTED", self.by("planner"), self.its_class, at=at, trainees=trainees, faults=0, file="")

    def lecturer(self, person: int, number: int = 900, *, full_time: bool) -> int:
        """One more lecturer of the institution."""
        data = {"organisation": self.world.organisations["institution"], "person": person, "full_time": full_time}
        self.write("LECTURER_ADDED", self.by("planner"), f"lecturer:{number}", **data)
        return number


@contextmanager
def beside(finished: Finished) -> Iterator[Hand]:
    """A hand on a copy of the file in memory, which is gone afterwards."""
    with closing(sqlite3.connect(":memory:")) as memory:
        with closing(sqlite3.connect(finished.path)) as file:
            file.backup(memory)
        yield Hand(memory, finished.world, finished.people)
