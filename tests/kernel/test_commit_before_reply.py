"""The reply leaves after the commit: when its first byte goes out, the row is there for everybody else.

The application is driven by hand, without an HTTP client: only so can a test look at the database in the very moment
in which the service begins to answer.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import FastAPI
from sqlmodel import select

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.access.tables import Organisation
from service.journal import queries as journal
from service.kernel import database
from service.kernel.database import Writing
from service.main import create_app
from service.sittings.tables import Answer
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import World


def seen_at_the_reply(
    app: FastAPI,
    method: str,
    path: str,
    body: object,
    cookie: str,
    look: Callable[[], Any],
    sent: list[tuple[int, Any]] | None = None,
) -> tuple[int, Any]:
    """The status of a reply, and what another connection sees when the reply begins."""
    sent = [] if sent is None else sent
    headers = [(b"content-type", b"application/json"), (b"cookie", cookie.encode()), (b"host", b"127.0.0.1")]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.append((message["status"], look()))

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert len(sent) == 1
    return sent[0]


def cookie_of(client: Any) -> str:
    return f"peikao={client.cookies['peikao']}"


def bodies_named(name: str) -> int:
    with database.reading() as session:
        return len(session.exec(select(Organisation).where(Organisation.name == name)).all())


def newest_entry() -> str:
    with database.reading() as session:
        return str(session.exec(journal.entries().limit(1)).one().event)


def test_a_body_is_registered_when_the_reply_says_so(staffed: World, browser: Browser) -> None:
    cookie = cookie_of(browser.of("administrator"))
    body = {"kind": "hr", "name": "新登记的单位"}

    def look() -> tuple[int, str]:
        return bodies_named("新登记的单位"), newest_entry()

    assert look() == (0, "SIGNED_IN")
    seen = seen_at_the_reply(browser.app, "POST", "/api/v1/organisations", body, cookie, look)  # type: ignore[arg-type]
    assert seen == (201, (1, "ORGANISATION_ADDED"))


def test_an_answer_is_on_disk_when_it_is_acknowledged(world: World, clock: Clock, browser: Browser) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
    clock.set(worlds.WORKING_AT)
    candidate = browser.candidate(world, world.seats[0], _trainee_of(world.seats[0]))
    started = candidate.post("/api/v1/exam/start").json()
    question = next(one for one in started["questions"] if one["kind"] == "true_false")

    def look() -> list[str]:
        with database.reading() as session:
            return list(session.exec(select(Answer.choice).where(Answer.position == question["position"])))

    path, body = f"/api/v1/exam/answers/{question['position']}", {"choice": "T", "seq": 1}
    assert look() == []
    assert seen_at_the_reply(browser.app, "PUT", path, body, cookie_of(candidate), look) == (200, ["T"])  # type: ignore[arg-type]


def _trainee_of(seat_id: int) -> int:
    from service.sittings import queries

    with database.reading() as session:
        seat = queries.seat(session, seat_id)
        assert seat is not None
        return seat.trainee_id


def test_a_failure_after_the_work_is_answered_with_the_work_undone(staffed: World) -> None:
    app = create_app()

    @app.post("/api/v1/half")
    def half(session: Writing, _: Annotated[Actor, may(Right.PUBLIC)]) -> None:
        session.add(Organisation(kind="hr", name="半途"))
        session.flush()
        raise OSError("the other half")

    answered: list[tuple[int, int]] = []
    with contextlib.suppress(OSError):
        seen_at_the_reply(app, "POST", "/api/v1/half", {}, "", lambda: bodies_named("半途"), answered)
    assert answered == [(500, 0)]
