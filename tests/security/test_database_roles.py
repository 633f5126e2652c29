"""The second lock: connected to PostgreSQL as each role, every table is tried in every way.

What comes out is compared with a table that is written here by hand, not with the one that the grants are made from.
"""

import psycopg
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from service import migrations, schema, sweeping
from service.bank import queries as bank
from service.cli import app
from service.kernel import database
from service.migrations import roles
from tests import world as worlds
from tests.conftest import Browser, application, using
from tests.oversight import planting
from tests.security.conftest import as_role
from tests.world import World

pytestmark = pytest.mark.postgres
DENIED = "42501"
# A grant is asked for here, a rule about rows elsewhere.
OF_ROWS = "row-level security"
WAYS = {
    "read": "SELECT * FROM {table} LIMIT 1",
    "add": "INSERT INTO {table} DEFAULT VALUES",
    "change": 'UPDATE {table} SET "{column}" = "{column}" WHERE false',
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
    "access_person": "r",
    "access_account": "rc",
    "access_duty": "r",
    "access_session": "rac",
    "access_client": "r",
    "access_custody_key": "r",
    "access_totp": "rac",
    "access_passkey": "rac",
    "access_recovery_code": "rac",
    "access_challenge": "rad",
    "access_attempt": "racd",
    "access_device": "rac",
    "access_deed": "r",
    "access_tie": "ra",
    "programme_plan": "r",
    "programme_class": "rc",
    "programme_institution_profile": "r",
    "programme_lecturer": "r",
    "programme_trainee": "r",
    "programme_class_lecturer": "r",
    "programme_enrolment": "r",
    "programme_attendance": "ra",
}
# Where it may change some columns only; which rows, tests/security/test_database_rows.py asks.
COLUMNS = {
    "access_account": {"password_hash", "one_time_until", "doubted", "activation_digest", "activation_until"},
    "access_session": {"revoked_at", "seen_at", "proven_at", "factor"},
    "programme_class": {"id"},
    "journal_head": {"seq", "hash"},
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


def tables() -> dict[str, list[str]]:
    """Every table with its columns."""
    found = {table.name: [column.name for column in table.columns] for table in schema.metadata.sorted_tables}
    return found | {"alembic_version": ["version_num"]}


def denied(connection: psycopg.Connection, statement: str) -> bool:
    """Whether a grant is lacking for this; nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except psycopg.Error as error:
        return error.sqlstate == DENIED and OF_ROWS not in str(error)
    return False


def changeable(connection: psycopg.Connection, table: str) -> set[str]:
    """The columns of a table that may be changed."""
    columns = tables()[table]
    return {one for one in columns if not denied(connection, WAYS["change"].format(table=table, column=one))}


def tried(locked: tuple[str, str], role: str) -> dict[str, str]:
    """What a user of the role can do with each table, in letters; tables with which it can do nothing are left out."""
    server, name = locked
    can: dict[str, str] = {}
    with psycopg.connect(f"host={server} user={role}_user dbname={name}", autocommit=True) as connection:
        for table in tables():
            letters = ""
            for way, statement in WAYS.items():
                if way == "change":
                    letters += "c" if changeable(connection, table) else ""
                elif not denied(connection, statement.format(table=table)):
                    letters += {"empty": "E", "drop": "D"}.get(way, way[0])
            if letters:
                can[table] = letters
    return can


def test_the_owner_could_do_all_of_it(locked: tuple[str, str]) -> None:
    """The attempts are real ones: without the roles every one of them gets through."""
    server, name = locked
    with psycopg.connect(f"host={server} user=postgres dbname={name}", autocommit=True) as connection:
        refused = [
            (table, way)
            for table, columns in tables().items()
            for way, statement in WAYS.items()
            if denied(connection, statement.format(table=table, column=columns[0]))
        ]
    assert refused == [] and len(tables()) > 50


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


def test_those_who_train_change_no_more_of_a_row_than_they_must(locked: tuple[str, str]) -> None:
    server, name = locked
    with psycopg.connect(f"host={server} user={roles.TRAINING}_user dbname={name}", autocommit=True) as connection:
        assert {table: changeable(connection, table) for table in COLUMNS} == COLUMNS


def test_an_auditor_reads_the_record_and_writes_nothing(locked: tuple[str, str]) -> None:
    assert tried(locked, roles.READING) == READING


def test_an_auditor_sees_who_a_trainee_is_by_number_only(locked: tuple[str, str]) -> None:
    server, name = locked
    with psycopg.connect(f"host={server} user={roles.READING}_user dbname={name}", autocommit=True) as connection:
        assert len(connection.execute("SELECT id, person_id FROM programme_trainee").fetchall()) == 6
        assert len(connection.execute("SELECT id, sitting_id, trainee_id FROM sittings_seat").fetchall()) == 6
        for column, table in (("phone_sealed", "programme_trainee"), ("ticket_number", "sittings_seat")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT {column} FROM {table}")


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
        # Whoever makes the exam does not exist for this process, whatever the rules of the service would say.
        away = browser.stranger()
        body = {"username": "author", "password": worlds.PASSWORD}
        assert away.post("/api/v1/session", json=body).json()["code"] == "wrong_credentials"
        with database.reading() as session, pytest.raises(sa.exc.ProgrammingError, match="denied for table bank_"):
            bank.counts(session)


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
