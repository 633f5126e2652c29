"""What cannot even be written down for the database is the sender's fault, and is told so; our own faults stay ours."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Annotated

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import database
from service.kernel.database import Reading
from service.main import create_app
from tests.world import World

NO_UTC = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23)))


def too_early(session: Reading) -> None:
    session.execute(sa.select(sa.bindparam("at", NO_UTC, type_=database.Instant)))


def without_a_zone(session: Reading) -> None:
    session.execute(sa.select(sa.bindparam("at", datetime(2026, 1, 1), type_=database.Instant)))


def no_such_table(session: Reading) -> None:
    raise sa.exc.ProgrammingError("SELECT", {}, Exception("no such table"))


FAULTS = {
    "an instant before the calendar begins": (too_early, (422, "value_beyond_range")),
    "an instant without a zone": (without_a_zone, (422, "value_beyond_range")),
    "a careless statement of ours": (no_such_table, (500, "unexpected")),
}


@pytest.mark.parametrize(("does", "told"), FAULTS.values(), ids=FAULTS)
def test_whose_fault_a_statement_is(standing: World, does: Callable[..., None], told: tuple[int, str]) -> None:
    app = create_app()

    def route(session: Reading, _: Annotated[Actor, may(Right.PUBLIC)]) -> None:
        does(session)

    app.get("/api/v1/fails")(route)
    reply = TestClient(app, raise_server_exceptions=False).get("/api/v1/fails")

    assert (reply.status_code, reply.json()["code"]) == told
