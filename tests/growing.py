"""Worlds that go on from one another, so that a database that takes long to fill is filled once and then copied."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session

if TYPE_CHECKING:
    from tests.world import World


@dataclass(frozen=True, slots=True)
class Grown:
    """What goes on from another world. Called by itself it does both; ``tests/conftest.py`` copies the first."""

    first: "Callable[[Session], World]"
    then: "Callable[[Session, World], World]"

    def __call__(self, session: Session) -> "World":
        return self.then(session, self.first(session))


def name_of(build: "Callable[[Session], World]") -> str:
    """What a database is called that a builder leaves; PostgreSQL takes 63 characters."""
    last = build.then if isinstance(build, Grown) else build
    return f"{last.__module__}_{last.__qualname__}".replace(".", "_")[-63:]


def upon(first: "Callable[[Session], World]") -> "Callable[[Callable[[Session, World], World]], Grown]":
    """Say of a function that it goes on from the world that ``first`` leaves."""
    return lambda then: Grown(first, then)
