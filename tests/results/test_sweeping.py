"""The clock's hand-in: one sheet that cannot be marked keeps nobody else's open, and is tried again."""

import logging
import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from service import sweeping
from service.kernel import database
from service.results import queries
from service.results.rules import Verdict
from service.results.tables import Result
from service.sittings import queries as sittings
from service.sittings.tables import Seat
from tests import world as worlds
from tests.conftest import Clock
from tests.world import AFTER, ENDS_AT, WORKING_AT, World


@pytest.fixture(autouse=True)
def service_that_has_just_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who swept in this process for another test was away since, and would make good what that cost."""
    monkeypatch.setattr(sweeping, "life", sweeping.Life())


def handed_in() -> dict[int, bool]:
    with database.reading() as session:
        return {seat.id or 0: seat.handed_in_at is not None for seat in session.exec(select(Seat))}


@pytest.mark.parametrize("place", [0, 3], ids=["the first", "one in the middle"])
def test_one_sheet_that_cannot_be_marked_keeps_no_other_open(
    world: World, clock: Clock, caplog: pytest.LogCaptureFixture, place: int
) -> None:
    spoilt = world.seats[place]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        for seat_id in world.seats:
            worlds.start(session, seat_id)
        seat = sittings.seat(session, spoilt)
        assert seat is not None
        # Nobody has a result before the end; a second one the database refuses, so this sheet cannot be marked.
        session.add(
            Result(
                seat_id=spoilt,
                sitting_id=world.sitting_id,
                class_id=world.class_id,
                trainee_id=seat.trainee_id,
                verdict=Verdict.ABSENT,
                points=0,
                pass_points=0,
                marked_at=WORKING_AT,
            )
        )
    clock.set(AFTER)
    assert not any(handed_in().values())

    with caplog.at_level(logging.INFO, "peikao"):
        sweeping.hand_in_overdue()

    assert handed_in() == {seat_id: seat_id != spoilt for seat_id in world.seats}
    with database.reading() as session:
        for seat_id in set(world.seats) - {spoilt}:
            row, result = sittings.seat(session, seat_id), queries.result_of_seat(session, seat_id)
            assert row is not None and result is not None
            assert (row.handed_in_by, row.handed_in_at) == ("clock", ENDS_AT)
    assert f"could not hand in the sheet of seat {spoilt}" in caplog.text
    assert f"handed in {len(world.seats) - 1} sheets" in caplog.text


def test_the_sheets_that_are_overdue_are_found_by_the_index_of_open_sheets(world: World) -> None:
    """However many sheets were closed in all the years before, the clock looks every two seconds."""
    with database.writing() as session:
        worlds.begin_exam(session, world)
        asked: list[tuple[str, Any]] = []
        connection = session.connection()
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            # Of a table of six rows PostgreSQL would read all, whatever index there is.
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))

        def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
            asked.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", note)
        found = sittings.overdue(session, ENDS_AT)
        sa.event.remove(connection, "before_cursor_execute", note)
        assert found == {world.sitting_id: sorted(world.seats)}
        assert len(asked) == 2
        for statement, parameters in asked:
            explained = connection.exec_driver_sql(
                ("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, parameters
            )
            plan = "\n".join(str(line) for line in explained)
            assert "ix_sittings_seat_open" in plan
            assert not re.search(r"SCAN sittings_(seat|sitting)\b(?! USING)|Seq Scan on sittings_s", plan), plan
