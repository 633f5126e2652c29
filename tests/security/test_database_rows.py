"""Connected as the role of those who train: each write that would reach beyond its own accounts is tried, and each that
its people need is done."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from service.journal import queries as journal
from service.journal import rules
from service.kernel import database, one_time
from service.kernel.settings import current
from service.migrations import roles
from tests import world as worlds
from tests.access.authenticator import Authenticator
from tests.conftest import Browser, application, using
from tests.security.conftest import as_role
from tests.security.test_database_roles import DENIED
from tests.world import STAFF

pytestmark = pytest.mark.postgres
SERVED = {"institution", "enterprise"}
STRANGERS = sorted({*STAFF, "administrator", "security"} - SERVED)
NOW = "2026-11-20T01:00:00.000000+00:00"
SESSION = (
    "INSERT INTO access_session (token_digest, account_id, person_id, confined, began_at, ends_at, proven_at, factor)"
    " VALUES ('{mark}', {account}, {person}, '{confined}', now(), now() + interval '1 day', now(), 'totp')"
)
TIE = (
    "INSERT INTO access_tie (person_id, organisation_id, kind, since, note, declared_at, declared_by,"
    " withdrawal_reason) VALUES ({person}, {institution}, '{kind}', '2026-01-01', '', now(), 'account:{account}', '')"
)
# What the door tables hold of an account: added for a stranger, each is a way in or a way to shut somebody out.
DOORS = {
    "session": SESSION,
    "totp": "INSERT INTO access_totp (account_id, secret_sealed, key_id, made_at, confirmed_at, last_step)"
    " VALUES ({account}, 'x', 'k', now(), now(), 0)",
    "passkey": "INSERT INTO access_passkey (account_id, credential_id, public_key, sign_count, name, made_at)"
    " VALUES ({account}, '{mark}', 'x', 0, 'x', now())",
    "recovery": "INSERT INTO access_recovery_code (account_id, digest, made_at) VALUES ({account}, '{mark}', now())",
    "challenge": "INSERT INTO access_challenge VALUES ('{mark}', {account}, 'sign-in', now())",
    "device": "INSERT INTO access_device VALUES ({account}, '{mark}', now(), now())",
    "attempt": "INSERT INTO access_attempt VALUES ({account}, '{mark}', 99, now(), now() + interval '1 day')",
    "tie": TIE,
}
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


@pytest.fixture(scope="module")
def ids(locked: tuple[str, str]) -> dict[str, dict[str, Any]]:
    """By user name what the statements above name; there is something of everybody to be seen and changed."""
    server, name = locked
    with psycopg.connect(f"host={server} user=postgres dbname={name}", autocommit=True) as owner:
        found = owner.execute("SELECT username, id, person_id, organisation_id FROM access_account").fetchall()
        rows = {username: (account, person, body) for username, account, person, body in found}
        own, mine, institution = rows["institution"]
        common = {"own": own, "mine": mine, "institution": institution, "enterprise_person": rows["enterprise"][1]}
        common |= {"confined": "", "kind": "employed", "mark": "new"}
        named = {username: {**common, "account": row[0], "person": row[1]} for username, row in rows.items()}
        for username, values in named.items():
            for statement in DOORS.values():
                owner.execute(statement.format(**{**values, "mark": username, "kind": "seconded"}).encode())
    return named


@pytest.fixture
def training(locked: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """A connection of the role, whose work is undone."""
    server, name = locked
    with psycopg.connect(f"host={server} user={roles.TRAINING}_user dbname={name}") as connection:
        yield connection
        connection.rollback()


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


ENTRY = rules.Entry(0, NOW, "PASSWORD_CHANGED", "", "", {"note": '中 "quoted" \\ \n\t\x01\x7f'}, "")
AUTHOR = "account:author"
# What an entry could say besides the truth, in the place of an honest one of the institution's account.
FORGED: dict[str, dict[str, Any]] = {
    "an author's act": {"actor": AUTHOR},
    "the clock's act": {"actor": "clock"},
    "the service's act": {"actor": "system"},
    "a candidate's act": {"actor": "seat:1"},
    "a failure at an author's door": {"event": "SIGN_IN_FAILED", "actor": "anonymous", "subject": AUTHOR},
    "an act of the exam": {"event": "PAPER_APPROVED"},
    "a duty granted": {"event": "DUTY_GRANTED"},
    "another place in the chain": {"seq": 5},
    "another one before it": {"previous": "0" * 64},
}


def following(connection: psycopg.Connection, ids: dict[str, dict[str, Any]], **changed: Any) -> rules.Entry:
    """An honest entry of the institution's account after the newest, but for what is changed."""
    seq, previous = connection.execute("SELECT seq + 1, hash FROM journal_head").fetchone() or (0, "")
    author, own = (f"account:{ids[username]['account']}" for username in ("author", "institution"))
    told = {name: author if value == AUTHOR else value for name, value in changed.items()}
    return replace(ENTRY, **{"seq": seq, "previous": previous, "actor": own, "subject": own, **told})


def append(connection: psycopg.Connection, entry: rules.Entry, digest: str = "") -> None:
    """Add an entry as the service does."""
    told = (entry.seq, entry.at, entry.event, entry.actor, entry.subject, rules.compact(entry.data), entry.previous)
    names = "seq, at, event, actor, subject, data, previous, hash"
    connection.execute(
        f"INSERT INTO journal_entry ({names}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)".encode(),
        (*told, digest or rules.entry_hash(entry)),
    )


def move_head(connection: psycopg.Connection, seq: int, digest: str) -> None:
    connection.execute("UPDATE journal_head SET seq = %s, hash = %s", (seq, digest))


@pytest.mark.parametrize("name", FORGED)
def test_an_entry_names_its_own_accounts_and_acts_and_nobody_elses(
    ids: dict[str, dict[str, Any]], training: psycopg.Connection, name: str
) -> None:
    forged = following(training, ids, **FORGED[name])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match='policy for table "journal_entry"'):
        append(training, forged)


def test_an_entry_comes_with_its_hash_and_moves_the_head(
    ids: dict[str, dict[str, Any]], training: psycopg.Connection
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match='policy for table "journal_entry"'):
        append(training, following(training, ids), "f" * 64)
    training.rollback()
    append(training, following(training, ids))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="its head stayed behind"):
        training.commit()
    newest = following(training, ids)
    for seq, digest in ((newest.seq, newest.previous), (newest.seq - 2, newest.previous), (newest.seq - 1, "f" * 64)):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match='policy for table "journal_head"'):
            move_head(training, seq, digest)
        training.rollback()

    for told in ({}, {"event": "SIGN_IN_FAILED", "actor": "anonymous"}):
        honest = following(training, ids, **told)
        append(training, honest)
        move_head(training, honest.seq, rules.entry_hash(honest))
    training.commit()

    with database.reading() as session:
        assert [entry.data for entry in session.exec(journal.entries().limit(2))] == [rules.compact(ENTRY.data)] * 2


def test_its_people_do_all_of_their_work(
    locked: tuple[str, str], ids: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the service, as the role: doors, factors, sessions, ties, hours, and every page on the way."""
    monkeypatch.setenv("PEIKAO_EXAM_SWEEPS", "false")
    monkeypatch.setenv("PEIKAO_PUBLIC_URL", "http://localhost:8000")
    # Neither of the exam's is needed there.
    monkeypatch.setenv("PEIKAO_SIGNING_SECRET", "another-signing-secret-of-this-process")
    monkeypatch.setenv("PEIKAO_SEALING_SECRET", "another-sealing-secret-of-this-process")
    with psycopg.connect(f"host={locked[0]} user=postgres dbname={locked[1]}", autocommit=True) as owner:
        for table in ("session", "totp", "passkey", "recovery_code", "challenge", "device", "attempt", "tie"):
            owner.execute(f"DELETE FROM access_{table}".encode())
    with using(as_role(locked, roles.TRAINING)):
        assert not current().exam_sweeps
        browser = Browser(application())
        wrong = {"username": "institution", "password": "wrong"}
        assert browser.stranger().post("/api/v1/session", json=wrong).status_code == 401
        client = browser.of("institution")
        for page in ("/", "/classes", "/classes/1", "/devices", "/second-factor", "/ties", "/password"):
            assert client.get(page).status_code == 200, page
        assert client.get("/api/v1/programme/classes/1/roster").status_code == 200
        entry = {"trainee_id": 1, "day": "2026-11-10", "mode": "online", "hours": 1}
        written = client.post("/api/v1/programme/classes/1/attendance", json={"entries": [entry]})
        assert written.json() == {"recorded": 1, "unchanged": 0}
        assert client.get("/api/v1/bank/versions").status_code == 403

        secret = client.post("/api/v1/session/totp").json()["secret"]
        code = one_time.code_at(one_time.read(secret), one_time.step_at(datetime.now(UTC)))
        codes = client.put("/api/v1/session/totp", json={"code": code}).json()["codes"]
        assert len(codes) == 10
        asked = client.post("/api/v1/session/passkeys/challenge").json()["options"]
        made = Authenticator("http://localhost:8000").make(asked)
        kept = client.post("/api/v1/session/passkeys", json={"name": "手机", "credential": made})
        assert kept.status_code == 201, kept.text
        again = {"username": "institution", "password": worlds.PASSWORD, "code": codes[0]}
        other = browser.stranger()
        assert other.post("/api/v1/session", json=again).status_code == 200
        assert other.post("/api/v1/session/proof", json={"password": worlds.PASSWORD}).status_code == 204
        assert other.post("/api/v1/session/proof", json={"password": "wrong"}).status_code == 403
        tie = {"organisation_id": ids["institution"]["institution"], "kind": "employed", "since": "2026-01-01"}
        assert client.post("/api/v1/ties/own", json=tie).status_code == 201
        new = {"password": worlds.PASSWORD, "new": "a-new-password-for-tests"}
        assert client.put("/api/v1/session/password", json=new).status_code == 204
        assert other.get("/api/v1/session").status_code == 401
        assert client.delete("/api/v1/session/totp").status_code == 204
        assert client.delete("/api/v1/session").status_code == 204
        assert browser.of("enterprise").get("/classes").status_code == 200
