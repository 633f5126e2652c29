"""A year of exams: four classes of three roles, two institutions, two counties; the last one is not published."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from service import migrations
from service.access.rules.people import TraineeRole
from service.access.rules.separation import TEACH
from service.access.tables import Deed
from service.kernel import database
from service.programme.rules.hours import Mode
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.conftest import Databases, using
from tests.oversight.planting import Finished
from tests.papers.classes import Wanted, open_class
from tests.results.exams import Fate, plan, publish, sit
from tests.world import AFTER, World

PROCTORS = ("proctor1", "proctor2")
FIFTEEN = ((1, Mode.ONLINE, 6), (2, Mode.OFFLINE_THEORY, 8), (3, Mode.OFFLINE_THEORY, 1))
PINE, NORTH = "青松煤矿", "北山煤矿"
COUNTY_OF = {PINE: "林口县", NORTH: "穆棱市"}
P, F, B, R, X = Fate.PASSED, Fate.FAILED, Fate.BLANK, Fate.REFUSED, Fate.ABSENT


@dataclass(frozen=True)
class Exam:
    """One class's exam as it was arranged to go."""

    wanted: Wanted
    name: str
    starts_at: datetime
    fates: tuple[Fate, ...]
    published: bool = True


# In Mudanjiang the second begins on the evening of 30 November, the third at midnight, as December begins.
EXAMS = (
    Exam(Wanted("2024-TL-01", (PINE, NORTH) * 3), "2024年班组长班", worlds.STARTS_AT, (P, F, P, R, X, B)),
    Exam(
        Wanted("2024-TL-02", (PINE, PINE, NORTH), first_number=120),
        "2024-TL-02班",
        datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
        (P, X, P),
    ),
    Exam(
        Wanted(
            "2025-SO-01",
            (NORTH, NORTH, PINE, NORTH),
            role=TraineeRole.SAFETY_OFFICER,
            plan_year=2025,
            institution="institution2",
            first_number=140,
            hours=FIFTEEN,
        ),
        "2025-SO-01班",
        datetime(2026, 11, 30, 16, 0, tzinfo=UTC),
        (F, F, P, X),
    ),
    Exam(
        Wanted(
            "2025-SD-01",
            (PINE, NORTH),
            role=TraineeRole.SAFETY_DEPUTY,
            plan_year=2025,
            institution="institution2",
            first_number=160,
            hours=FIFTEEN,
        ),
        "2025-SD-01班",
        datetime(2026, 12, 5, 1, 0, tzinfo=UTC),
        (P, P),
        published=False,
    ),
)


def hold_exams(session: Session, world: World) -> World:
    """All exams are sat, and all but the last one published."""
    for number, exam in enumerate(EXAMS):
        sitting = world
        if number > 0:
            opened = open_class(session, world, exam.wanted)
            sitting = plan(session, opened, exam.starts_at, f"第{number}考试点", PROCTORS)
        sit(session, sitting, dict(zip(sitting.seats, exam.fates, strict=True)), PROCTORS)
        if exam.published:
            publish(session, sitting, exam.starts_at + (AFTER - worlds.STARTS_AT) + timedelta(hours=1))
    return world


@pytest.fixture
def examined(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """A database with the whole year in it."""
    with databases.stage(hold_exams, AFTER) as (url, world), using(url, tmp_path / "clock"):
        yield world


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """One class from its first item to its published results, in a file of its own."""
    path = tmp_path_factory.mktemp("audited") / "audited.db"
    with using(f"sqlite:///{path}"):
        migrations.upgrade()
        with database.writing() as session:
            world = worlds.build(session)
            worlds.begin_exam(session, world)
            marking.hand_in_overdue(session, now=AFTER)
            worlds.sign_record(session, world)
            confirmer, publisher = world.actor(session, "confirmer"), world.actor(session, "publisher")
            publishing.confirm_results(session, confirmer, world.class_id, now=AFTER)
            publishing.publish_results(session, publisher, world.class_id, now=AFTER)
            people = {name: world.actor(session, name).person_id or 0 for name in worlds.STAFF}
            taught = select(Deed.person_id).distinct().where(Deed.duty == TEACH).order_by(col(Deed.person_id))
            people |= {f"teacher{number}": person for number, person in enumerate(session.exec(taught), start=1)}
        with database.engine().connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Finished(path, world, people)
