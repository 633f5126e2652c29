"""Connected as the role of those who train: each write that would reach beyond its own accounts is refused."""

from typing import Any

import psycopg
import pytest

from tests.security.doors import DOORS, SESSION, TIE
from tests.security.test_database_roles import DENIED
from tests.world import STAFF

pytestmark = pytest.mark.postgres
SERVED = {"institution", "enterprise"}
STRANGERS = sorted({*STAFF, "administrator", "security"} - SERVED)
# Changes of what there is of a stranger; they find no row.
CHANGES = {
    "password": "UPDATE access_account SET password_hash = 'x' WHERE id = {account}",
    "doubt": "UPDATE access_account SET doubted = false WHERE id = {account}",
    "session": "UPDATE access_session SET revoked_at = now() WHERE account_id = {account}",
    "totp": "UPDATE access_totp SET retired_at = now() WHERE account_id = {account}",
    "attempt": "DELETE FROM access_attempt WHERE account_id = {account}",
    "device": "UPDATE access_device SET used_at = now() WHERE account_id = {account}",
}
SEEN = ("session", "totp", "passkey", "recovery_code", "challenge", "device", "attempt", "duty")
# Writes that nobody who trains ever has to do, of whomever.
NEVER = {
    "deed of an examiner": "INSERT INTO access_deed (person_id, duty, subject, done_at)"
    " VALUES ({person}, 'teach', 'class:1', now())",
    "deed of one's own": "INSERT INTO access_deed (person_id, duty, subject, done_at)"
    " VALUES ({mine}, 'teach', 'class:1', now())",
    "taught": "INSERT INTO access_taught VALUES ('class:99', {institution})",
    "person": "INSERT INTO access_person (name, citizen_id_sealed, citizen_id_index, citizen_id_masked)"
    " VALUES ('x', 'x', 'x', 'x')",
    "person renamed": "UPDATE access_person SET name = 'x' WHERE id = {mine}",
    "duty": "INSERT INTO access_duty (account_id, duty, granted_at, granted_by) VALUES ({own}, 'author', now(), 'x')",
    "plan": "UPDATE programme_plan SET people_target = 1",
    "class": "UPDATE programme_class SET name = 'x'",
    "class moved": "UPDATE programme_class SET id = id + 100",
    "lecturer": "INSERT INTO programme_lecturer (person_id, organisation_id, senior, mining_major, practice_years,"
    " full_time) VALUES ({person}, {institution}, true, true, 9, true)",
    "teaching": "INSERT INTO programme_class_lecturer (class_id, lecturer_id) VALUES (1, 1)",
    "enrolment": "INSERT INTO programme_enrolment (class_id, plan_year, trainee_id, enrolled_at)"
    " VALUES (1, 2024, 1, now())",
    "trainee": "UPDATE programme_trainee SET enterprise_id = {institution}",
    "profile": "UPDATE programme_institution_profile SET full_time_managers = 9",
    "hours changed": "UPDATE programme_attendance SET hours = 8",
    "hours by a stranger": "INSERT INTO programme_attendance (class_id, trainee_id, day, mode, hours, recorded_by,"
    " recorded_at) VALUES (1, 1, '2026-11-12', 'online', 1, {person}, now())",
    "hours by an enterprise": "INSERT INTO programme_attendance (class_id, trainee_id, day, mode, hours, recorded_by,"
    " recorded_at) VALUES (1, 1, '2026-11-12', 'online', 1, {enterprise_person}, now())",
    "account of one's own given to an examiner": "UPDATE access_account SET person_id = {person} WHERE id = {own}",
    "account of one's own moved": "UPDATE access_account SET organisation_id = 1 WHERE id = {own}",
    "session of one's own account for an examiner": SESSION.replace("{account}", "{own}"),
    "session at a seat": SESSION.replace("{account}", "NULL").replace("{confined}", "seat:1"),
    "session of one's own at a seat": SESSION.replace("{account}", "{own}").replace("{confined}", "seat:1"),
    "session handed over": "UPDATE access_session SET account_id = {account}, person_id = {person}",
    "tie of one's own declared by another": TIE.replace("{person}", "{mine}"),
}


def outcome(connection: psycopg.Connection, statement: str) -> str | int:
    """How many rows a statement touches, or the state by which it is refused; nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(statement.encode()).rowcount
    except psycopg.Error as error:
        return error.sqlstate or ""


@pytest.mark.parametrize("username", STRANGERS)
def test_nothing_of_a_strangers_door_is_written_or_seen(
    ids: dict[str, dict[str, Any]], training: psycopg.Connection, username: str
) -> None:
    values = ids[username]
    assert {one: outcome(training, text.format(**values)) for one, text in DOORS.items()} == dict.fromkeys(
        DOORS, DENIED
    )
    changed = {one: outcome(training, text.format(**values)) for one, text in CHANGES.items()}
    assert changed == dict.fromkeys(CHANGES, 0)

    read = [f"SELECT FROM access_{one} WHERE account_id = {values['account']}" for one in SEEN]
    assert [outcome(training, text) for text in read] == [0] * len(SEEN)
    assert outcome(training, f"SELECT FROM access_account WHERE id = {values['account']}") == 0


@pytest.mark.parametrize("username", sorted(SERVED))
def test_the_same_of_its_own_people_is_possible(
    ids: dict[str, dict[str, Any]], training: psycopg.Connection, username: str
) -> None:
    """So it is the account that is refused above, and no misspelt statement."""
    values = ids[username]
    changed = {one: outcome(training, text.format(**values)) for one, text in CHANGES.items()}
    assert changed == dict.fromkeys(CHANGES, 1)

    # An account has one living authenticator: the next one comes when the first is retired.
    training.execute(CHANGES["totp"].format(**values).encode())
    assert {one: outcome(training, text.format(**values)) for one, text in DOORS.items()} == dict.fromkeys(DOORS, 1)


@pytest.mark.parametrize("name", NEVER)
def test_what_those_who_train_never_have_to_write_is_refused(
    ids: dict[str, dict[str, Any]], training: psycopg.Connection, name: str
) -> None:
    assert outcome(training, NEVER[name].format(**ids["publisher"])) == DENIED


@pytest.mark.parametrize("name", NEVER)
def test_those_statements_could_succeed(locked: tuple[str, str], ids: dict[str, dict[str, Any]], name: str) -> None:
    """For the owner each of them does something, or meets what else guards the table."""
    server, database_name = locked
    with psycopg.connect(f"host={server} user=postgres dbname={database_name}") as owner:
        assert outcome(owner, NEVER[name].format(**ids["publisher"])) not in {DENIED, 0, "42601", "42703", "42P01"}
        owner.rollback()
