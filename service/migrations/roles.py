"""The second lock: PostgreSQL roles with only the grants they need, whatever the service itself would allow.

``peikao_exam`` runs the whole service, and cannot change or delete an entry of the record. ``peikao_training`` runs a
process for those who train and for enterprises: nothing of the bank, papers, keys, answers or marks is there for it,
and no account of anybody else.
``peikao_reading`` is an auditor's: it reads the record and what scripts/audit_separation needs, and writes nothing.
Tables that nobody named here are the exam's alone.
"""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from service import schema
from service.migrations import rows

EXAM, TRAINING, READING = "peikao_exam", "peikao_training", "peikao_reading"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
# The record: entries are added and read, and the head moves on. Nothing else, for nobody.
RECORD = {
    "journal_entry": "SELECT, INSERT",
    "journal_head": "SELECT, UPDATE",
    # The tree over the entries, its signed heads, and who witnessed them.
    **dict.fromkeys(
        ("journal_subtree", "journal_head_key", "journal_tree_head", "journal_witness", "journal_cosignature"),
        "SELECT, INSERT",
    ),
    "alembic_version": "SELECT",
}

# Signing in and hours. Entries of the record are added and not read: reading it is a right of the exam. Which rows
# of these tables there are for it, ``rows`` says; where columns are named, the others are not its to change.
TRAINS: Mapping[str, str] = {
    "alembic_version": "SELECT",
    # Number and hash of the entries tell that the head moves onto the newest, and nothing of what they say.
    "journal_entry": "SELECT (seq, hash), INSERT",
    "journal_head": "SELECT, UPDATE (seq, hash)",
    "access_organisation": "SELECT",
    "access_person": "SELECT",
    "access_account": "SELECT, UPDATE (password_hash, one_time_until, doubted, activation_digest, activation_until)",
    "access_duty": "SELECT",
    # Whether a duty of an emergency is over; why it was asked for, and by whom, is not told.
    "access_emergency_duty": "SELECT (account_id, duty, decided_at, ends_at)",
    "access_session": "SELECT, INSERT, UPDATE (revoked_at, seen_at, proven_at, factor)",
    "access_client": "SELECT",
    # There is none for whom it serves; changing a password asks.
    "access_custody_key": "SELECT",
    # The door: second factors, tries that failed, devices that are known.
    "access_totp": "SELECT, INSERT, UPDATE",
    "access_passkey": "SELECT, INSERT, UPDATE",
    "access_recovery_code": "SELECT, INSERT, UPDATE",
    "access_challenge": "SELECT, INSERT, DELETE",
    "access_attempt": "SELECT, INSERT, UPDATE, DELETE",
    "access_device": "SELECT, INSERT, UPDATE",
    "access_deed": "SELECT",
    "access_tie": "SELECT, INSERT",
    "programme_plan": "SELECT",
    # Whoever may change a column may lock a row; no row of it may be written.
    "programme_class": "SELECT, UPDATE (id)",
    "programme_institution_profile": "SELECT",
    "programme_lecturer": "SELECT",
    "programme_trainee": "SELECT",
    "programme_class_lecturer": "SELECT",
    "programme_enrolment": "SELECT",
    "programme_attendance": "SELECT, INSERT",
}

READS: Mapping[str, str] = {
    "alembic_version": "SELECT",
    "journal_entry": "SELECT",
    "journal_head": "SELECT",
    "access_organisation": "SELECT",
    "programme_class": "SELECT",
    "programme_plan": "SELECT",
    "programme_enrolment": "SELECT",
    "oversight_certificate": "SELECT",
    # Who a trainee is by number, and in which sitting a seat stands, and for whom; no phone number, no ticket.
    "programme_trainee": "SELECT (id, person_id)",
    "sittings_seat": "SELECT (id, sitting_id, trainee_id)",
}


def grants() -> dict[str, Mapping[str, str]]:
    """What each role may do with each table; what is not here, it may not."""
    exam = {table.name: EVERYTHING for table in schema.metadata.sorted_tables}
    return {EXAM: exam | RECORD, TRAINING: TRAINS, READING: READS}


def statements() -> Iterator[str]:
    """The SQL, to be run by the owner of the tables after every migration; running it again changes nothing."""
    for role, tables in grants().items():
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role} NOLOGIN; END IF; END $$"
        )
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        for table, rights in tables.items():
            yield f"GRANT {rights} ON {table} TO {role}"
            if "INSERT" in rights and _counted(table):
                yield f"GRANT USAGE ON SEQUENCE {table}_id_seq TO {role}"
    yield from rows.statements(TRAINING, (EXAM, READING))
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"


def _counted(name: str) -> bool:
    table = schema.metadata.tables.get(name)
    return table is not None and table.autoincrement_column is not None


def apply(engine: sa.Engine) -> None:
    """Create the roles and set their grants, all or nothing.

    Raises:
        RuntimeError: not PostgreSQL, which alone has roles.
    """
    if engine.dialect.name != "postgresql":
        raise RuntimeError("roles are PostgreSQL's: SQLite has one user, the one who may read the file")
    with engine.begin() as connection:
        for statement in statements():
            connection.exec_driver_sql(statement)
