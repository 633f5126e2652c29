"""A room that opens one page at once: more requests than the pool has connections, more than it has threads."""

import asyncio
from typing import Annotated

import httpx2
import pytest
import sqlalchemy as sa
from fastapi import Depends, FastAPI
from sqlmodel import Session

from service.kernel import database
from service.kernel.database import Reading, Writing
from tests.world import World

AT_ONCE = 200
# Seconds. A pool that has nothing left gives up after 15 (PostgreSQL) or 30 (SQLite), and then requests fail.
PATIENCE = 20


def between() -> None:
    """A step in a thread of its own, such as looking up a right, while the session is open."""


def one(session: Session) -> int:
    found: int = session.execute(sa.text("SELECT 1")).scalar_one()
    return found


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/read")
    def read(session: Reading, _: Annotated[None, Depends(between)]) -> int:
        # A second connection while the first is held, as whoever journals a reading needs it.
        with database.reading() as other:
            return one(session) + one(other)

    @app.get("/write")
    def write(session: Writing, _: Annotated[None, Depends(between)]) -> int:
        return one(session) + 1

    return app


@pytest.mark.parametrize("path", ["/read", "/write"])
def test_two_hundred_at_once_are_all_answered(standing: World, path: str) -> None:
    async def ask() -> list[int]:
        transport = httpx2.ASGITransport(application())
        async with httpx2.AsyncClient(transport=transport, base_url="http://test", timeout=None) as client:
            replies = await asyncio.wait_for(asyncio.gather(*(client.get(path) for _ in range(AT_ONCE))), PATIENCE)
            return [reply.json() for reply in replies]

    assert asyncio.run(ask()) == [2] * AT_ONCE
