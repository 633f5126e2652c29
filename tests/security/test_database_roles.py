"""The second lock: connected to PostgreSQL as each role, every table is tried in every way.

What comes out is compared with a table that is written here by hand, not with the one that the grants are made from.
"""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from service import migrations, schema, sweeping
from service.cli import app
from service.kernel import database
from service.migrations import roles
from tests import postgres
from tests import world as worlds
from tests.conftest import Browser, Databases, application, using
from tests.oversight import planting
from tests.world import World

pytestmark = pytest.mark.postgres
DENIED = "42501"
WAYS = {
    "read": "SELECT * FROM {table} LIMIT 1",
    "add": "INSERT INTO {table} DEFAULT VALUES",
    "change": "UPDATE {table} SET {column} = {column} WHERE false",
    "delete": "DELETE FROM {table} WHERE false",
    "empty": "TRUNCATE {table} CASCADE",
    "drop": "DROP TABLE {table} CASCADE",
}
# r(ead) a(dd) c(hange) d(elete); nobody may empty or drop anything, or change or delete the record. (Whoever may change
# rows may lock the table, too: PostgreSQL knows no grant between the two.)
TRAINING = {
    "alembic_version": "r",
    "journal_entry": "a",
    "journal_head": "rc",
    "access_organisation": "r",
    "access_person": "rac",
    "access_account": "rc",
    "access_duty": "r",
    "access_session": "rac",
    "access_client": "r",
    "access_totp": "rac",
    "access_passkey": "rac",
    "access_recovery_code": "rac",
    "access_challenge": "rad",
    "access_attempt": "racd",
    "access_device": "rac",
    "access_deed": "ra",
    "access_tie": "ra",
    "access_taught": "ra",
    "programme_plan": "rac",
    "programme_class": "rac",
    "programme_institution_profile": "rac",
    "programme_lecturer": "rac",
    "programme_trainee": "rac",
    "programme_class_lecturer": "ra",
    "programme_enrolment": "ra",
    "programme_attendance": "rac",
}
READING = dict.fromkeys(
    [
        "alembic_version",
        "journal_entry",
        "journal_head",
        "access_organisation",
        "programme_class",
        "programme_plan",
        "programme_enrolment",
        "oversight_certificate",
    ],
    "r",
)
SECRET = ("bank_", "papers_", "sittings_", "results_")


@pytest.fixture(scope="module")
def locked(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A database with the whole world in it and the roles applied: its server and name."""
    databases = Databases("postgresql", tmp_path_factory.mktemp("locked"), postgres_server)
    clock = tmp_path_factory.mktemp("clock") / "clock"
    with databases.copy("locked", worlds.build) as (url, _), using(url, clock):
        said = CliRunner().invoke(app, ["database-roles", "--apply"])
        assert said.exit_code == 0, said.output
        roles.apply(database.engine())  # A second time it changes nothing.
        with database.engine().begin() as connection:
            for role in roles.grants():
                connection.exec_driver_sql(f"DROP USER IF EXISTS {role}_user")
                connection.exec_driver_sql(f"CREATE USER {role}_user IN ROLE {role}")
        yield postgres_server, url.partition("@/")[2].partition("?")[0]


def tables() -> dict[str, str]:
    """Every table with one of its columns."""
    found = {table.name: next(iter(table.columns)).name for table in schema.metadata.sorted_tables}
    return found | {"alembic_version": "version_num"}


def tried(locked: tuple[str, str], role: str) -> dict[str, str]:
    """What a user of the role can do with each table, in letters; tables with which it can do nothing are left out."""
    server, name = locked
    can: dict[str, str] = {}
    with psycopg.connect(f"host={server} user={role}_user dbname={name}", autocommit=True) as connection:
        for table, column in tables().items():
            letters = ""
            for way, statement in WAYS.items():
                try:
                    with connection.transaction(force_rollback=True):
                        connection.execute(statement.format(table=table, column=column))  # type: ignore[arg-type]
                except psycopg.Error as error:
                    if error.sqlstate == DENIED:
                        continue
                letters += {"empty": "E", "drop": "D"}.get(way, way[0])
            if letters:
                can[table] = letters
    return can


def test_the_owner_could_do_all_of_it(locked: tuple[str, str]) -> None:
    """The attempts are real ones: without the roles every one of them gets through."""
    server, name = locked
    denied = []
    with psycopg.connect(f"host={server} user=postgres dbname={name}", autocommit=True) as connection:
        for table, column in tables().items():
            for way, statement in WAYS.items():
                try:
                    with connection.transaction(force_rollback=True):
                        connection.execute(statement.format(table=table, column=column))  # type: ignore[arg-type]
                except psycopg.Error as error:
                    denied += [(table, way)] if error.sqlstate == DENIED else []
    assert denied == [] and len(tables()) > 50


def test_the_exam_runs_everything_and_changes_nothing_of_the_record(locked: tuple[str, str]) -> None:
    expected = dict.fromkeys(tables(), "racd")
    expected |= {table: "ra" for table in expected if table.startswith("journal_")}
    expected |= {"journal_head": "rc", "alembic_version": "r"}

    assert tried(locked, roles.EXAM) == expected


def test_those_who_train_find_nothing_of_the_exam(locked: tuple[str, str]) -> None:
    can = tried(locked, roles.TRAINING)

    assert can == TRAINING
    assert [table for table in can if table.startswith(SECRET)] == []
    assert len([table for table in tables() if table.startswith(SECRET)]) > 30


def test_an_auditor_reads_the_record_and_writes_nothing(locked: tuple[str, str]) -> None:
    assert tried(locked, roles.READING) == READING


def test_an_auditor_sees_who_a_trainee_is_by_number_only(locked: tuple[str, str]) -> None:
    server, name = locked
    with psycopg.connect(f"host={server} user={roles.READING}_user dbname={name}", autocommit=True) as connection:
        assert len(connection.execute("SELECT id, person_id FROM programme_trainee").fetchall()) == 6
        assert len(connection.execute("SELECT id, sitting_id, trainee_id FROM sittings_seat").fetchall()) == 6
        for column, table in (("phone_sealed", "programme_trainee"), ("ticket_number", "sittings_seat")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT {column} FROM {table}")  # type: ignore[arg-type]


def as_role(locked: tuple[str, str], role: str) -> str:
    server, name = locked
    return postgres.url(server, name).replace("postgres@", f"{role}_user@")


def test_that_is_enough_to_audit_separation_by(locked: tuple[str, str], world_of: World) -> None:
    with planting.program().opened(as_role(locked, roles.READING)) as connection:
        told, breaches = planting.program().audit(connection)

    assert breaches == []
    assert [line.split(":")[0] for line in told] == [
        f"class {world_of.class_id}",
        *("  approve", "  arrange", "  assemble", "  author", "  review"),
    ]


def test_the_whole_service_runs_as_the_exam(locked: tuple[str, str], world_of: World) -> None:
    with using(as_role(locked, roles.EXAM)):
        migrations.require_newest()
        for task, _ in sweeping.tasks():
            task()
        client = Browser(application()).of("arranger")
        body = {"name": "新考点", "county": "林口县", "address": "", "rooms": {"一号": 10}}
        assert client.post("/api/v1/exam-points", json=body).status_code == 201
        assert client.get("/api/v1/sittings").status_code == 200


def test_a_service_for_those_who_train_does_their_work_and_no_other(
    locked: tuple[str, str], world_of: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEIKAO_EXAM_SWEEPS", "false")
    with using(as_role(locked, roles.TRAINING)):
        migrations.require_newest()
        # Whatever it does by itself, it may.
        for task, _ in sweeping.tasks():
            task()
        browser = Browser(application())
        client, class_id = browser.of("institution"), world_of.class_id
        assert [one["id"] for one in client.get("/api/v1/programme/classes").json()] == [class_id]
        entry = {"trainee_id": world_of.trainees[0], "day": "2026-11-10", "mode": "online", "hours": 1}
        place = f"/api/v1/programme/classes/{class_id}/attendance"
        assert client.post(place, json={"entries": [entry]}).status_code == 200
        # Whatever the rules of the service would say: the words are not there for this process.
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied for table bank_"):
            browser.of("author").get("/api/v1/bank/versions")


@pytest.fixture
def world_of(locked: tuple[str, str]) -> World:
    """The world in the locked database."""
    with database.reading() as session:
        found = World()
        rows = session.execute(sa.text("SELECT id FROM programme_class")).all()
        found.class_id = rows[0][0]
        found.trainees = [row[0] for row in session.execute(sa.text("SELECT id FROM programme_trainee ORDER BY id"))]
    return found


def test_on_sqlite_there_are_no_roles_and_it_says_so(tmp_path: object) -> None:
    with using(f"sqlite:///{tmp_path}/any.db"):
        said = CliRunner().invoke(app, ["database-roles", "--apply"])
        printed = CliRunner().invoke(app, ["database-roles"])

    assert said.exit_code == 1
    assert "GRANT SELECT, INSERT ON journal_entry TO peikao_exam;" in printed.output
