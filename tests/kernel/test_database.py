"""The database: instants, transactions, and writers who queue; the same on SQLite and on PostgreSQL."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, SQLModel, col, select

from service.access.rules.people import OrganisationKind
from service.access.tables import Account, DutyHeld, Organisation
from service.kernel import database
from service.kernel.paging import page_of
from tests.world import World

NEW = "新 "
SCRATCH = sa.MetaData()
MOMENTS = sa.Table("moments", SCRATCH, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", database.Instant))
COUNTERS = sa.Table("counters", SCRATCH, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))


@pytest.fixture
def scratch(standing: World) -> Iterator[None]:
    """A table with an instant and one with a counter, beside the service's own; gone afterwards."""
    with database.engine().execution_options(writes=True).begin() as connection:
        SCRATCH.create_all(connection)
        connection.execute(COUNTERS.insert().values(id=1, n=0))
    yield
    with database.engine().execution_options(writes=True).begin() as connection:
        SCRATCH.drop_all(connection)


@pytest.fixture
def shared(standing: World) -> Iterator[None]:
    """The staffed database, swept of new bodies afterwards."""
    yield
    with database.writing() as session:
        session.exec(sa.delete(Organisation).where(col(Organisation.name).startswith(NEW)))


def new_bodies() -> Any:
    return select(Organisation).where(col(Organisation.name).startswith(NEW)).order_by(Organisation.name)


def names(session: Session) -> list[str]:
    """The names of the bodies that a test added."""
    return [found.name.removeprefix(NEW) for found in session.exec(new_bodies())]


def body(name: str) -> Organisation:
    return Organisation(kind=OrganisationKind.HR, name=f"{NEW}{name}")


# --- instants ---


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param(
            datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC),
            datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC),
            id="UTC with microseconds",
        ),
        pytest.param(
            datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=8))),
            datetime(2026, 11, 20, 1, 0, tzinfo=UTC),
            id="Beijing time",
        ),
        pytest.param(
            datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            datetime(2025, 12, 31, 19, 0, tzinfo=UTC),
            id="over the new year",
        ),
        pytest.param(None, None, id="none"),
    ],
)
def test_an_instant_comes_back_in_utc(scratch: None, written: datetime | None, read: datetime | None) -> None:
    with database.writing() as session:
        session.execute(MOMENTS.insert().values(at=written))

    with database.reading() as session:
        found = session.execute(sa.select(MOMENTS.c.at)).scalar_one()
    assert found == read
    assert found is None or found.tzinfo is UTC


def test_an_instant_without_a_time_zone_is_refused(scratch: None) -> None:
    with pytest.raises(StatementError, match="an instant needs a time zone"), database.writing() as session:
        session.execute(MOMENTS.insert().values(at=datetime(2026, 11, 20, 9, 0)))


def test_instants_of_different_zones_compare_as_the_moments_they_are(scratch: None) -> None:
    beijing = timezone(timedelta(hours=8))
    with database.writing() as session:
        session.execute(MOMENTS.insert().values(at=datetime(2026, 11, 20, 9, 0, tzinfo=beijing)))

    with database.reading() as session:
        for limit, count in (
            (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), 1),
            (datetime(2026, 11, 20, 0, 59, tzinfo=UTC), 0),
        ):
            found = session.execute(sa.select(sa.func.count()).select_from(MOMENTS).where(MOMENTS.c.at <= limit))
            assert found.scalar_one() == count


# --- transactions ---


def test_a_writing_session_commits_at_its_end(shared: None) -> None:
    with database.writing() as session:
        session.add_all([body("甲局"), body("乙局")])

    with database.reading() as session:
        assert names(session) == ["乙局", "甲局"]


def test_a_writing_session_rolls_back_whole_on_an_exception(shared: None) -> None:
    with database.writing() as session:
        session.add(body("以前"))

    def half_way() -> None:
        with database.writing() as session:
            session.add(body("甲局"))
            session.flush()
            assert names(session) == ["以前", "甲局"]
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_way()

    with database.reading() as session:
        assert names(session) == ["以前"]


def test_a_refusal_of_the_database_undoes_what_went_before_it(shared: None) -> None:
    def same_twice() -> None:
        with database.writing() as session:
            session.add(body("同名"))
            session.flush()
            session.add(body("同名"))

    with pytest.raises(IntegrityError):
        same_twice()

    with database.reading() as session:
        assert names(session) == []


def test_a_reading_session_leaves_nothing_behind(shared: None) -> None:
    with database.reading() as session:
        session.add(body("甲局"))
        session.flush()
        assert names(session) == ["甲局"]

    with database.reading() as session:
        assert names(session) == []


def test_whoever_reads_keeps_nobody_from_writing(shared: None) -> None:
    with database.reading() as reader:
        assert names(reader) == []
        with database.writing() as writer:
            writer.add(body("甲局"))

    with database.reading() as session:
        assert names(session) == ["甲局"]


def test_two_writers_who_read_before_they_write_lose_nothing(scratch: None) -> None:
    faults: list[Exception] = []
    together = threading.Barrier(2)

    def add_fifty() -> None:
        together.wait()
        try:
            for _ in range(50):
                with database.writing() as session:
                    n = session.execute(sa.select(COUNTERS.c.n).with_for_update()).scalar_one()
                    session.execute(COUNTERS.update().values(n=n + 1))
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=add_fifty) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as session:
        assert (faults, session.execute(sa.select(COUNTERS.c.n)).scalar_one()) == ([], 100)


def test_sqlite_writes_through_to_the_disk(standing: World) -> None:
    if database.engine().dialect.name != "sqlite":
        pytest.skip("settings of SQLite")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}

    with database.engine().connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}

    assert found == wanted


# --- what the database itself refuses ---

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def account(**changes: object) -> Account:
    return Account(**{"person_id": 1, "organisation_id": 1, "username": "someone", "password_hash": "-", **changes})


def duty(**changes: object) -> DutyHeld:
    return DutyHeld(**{"account_id": 1, "duty": "sit", "granted_at": AT, "granted_by": "founder", **changes})


@pytest.mark.parametrize(
    ("sound", "faulty"),
    [
        pytest.param([account(username="b")], account(username="c", person_id=9999), id="an account of nobody"),
        pytest.param([account()], account(), id="a user name twice"),
        pytest.param([duty()], duty(duty="king"), id="a duty that is not in the catalogue"),
        pytest.param([duty(revoked_at=AT, revoked_by="founder")], duty(revoked_at=AT), id="a revocation by nobody"),
        pytest.param([duty()], duty(duty="audit", revoked_by="founder"), id="a revocation at no time"),
        pytest.param([duty(revoked_at=AT, revoked_by="founder"), duty()], duty(), id="a duty held twice"),
        pytest.param([body("乙局")], Organisation(kind="club", name="丙"), id="a kind that is not in the catalogue"),
    ],
)
def test_the_database_refuses(standing: World, sound: list[SQLModel], faulty: SQLModel) -> None:
    with database.reading() as session:
        session.add_all(type(row)(**row.model_dump()) for row in sound)
        session.flush()

        session.add(type(faulty)(**faulty.model_dump()))
        with pytest.raises(IntegrityError):
            session.flush()


# --- pages of a list ---


@pytest.mark.parametrize(
    ("asked", "number", "rows"),
    [
        pytest.param(1, 1, ["0", "1"], id="first"),
        pytest.param(3, 3, ["4"], id="last, not full"),
        pytest.param(9, 3, ["4"], id="past the end"),
        pytest.param(0, 1, ["0", "1"], id="before the beginning"),
    ],
)
def test_pages_of_a_list(standing: World, asked: int, number: int, rows: list[str]) -> None:
    with database.reading() as session:
        session.add_all(body(str(one)) for one in range(5))
        found = page_of(session, new_bodies(), asked, rows=2)
        assert ([one.name.removeprefix(NEW) for one in found.rows], found.number, found.pages, found.total) == (
            rows,
            number,
            3,
            5,
        )


def test_an_empty_list_is_one_empty_page(standing: World) -> None:
    with database.reading() as session:
        found = page_of(session, new_bodies(), 1)

    assert (found.rows, found.number, found.pages, found.total) == ([], 1, 1, 0)
