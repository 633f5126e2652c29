"""Which rows ``peikao_training`` may read and write where it has a grant: those of the accounts that it serves.

Whoever could write the session of an author, or forge the deed that puts an examiner's duties to sleep, would be in the
exam through its own door. So the doors are divided by PostgreSQL itself (row-level security): an account belongs to a
training institution or an enterprise, or it does not exist for this role. Whatever is written is held against ``may``
below; what was there is seen where ``sees`` says so. The exam and the readers go on by their grants alone, and the
owner of the tables is not asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.access.rules.people import OrganisationKind
from service.journal.rules import Event

_SERVED = f"('{OrganisationKind.INSTITUTION}', '{OrganisationKind.ENTERPRISE}')"
_BODIES = f"SELECT id FROM access_organisation WHERE kind IN {_SERVED}"  # noqa: S608
_ACCOUNTS = f"FROM access_account served WHERE served.organisation_id IN ({_BODIES})"
_ITS_ACCOUNT = f"account_id IN (SELECT served.id {_ACCOUNTS})"
_ITS_PERSON = f"person_id IN (SELECT served.person_id {_ACCOUNTS})"
_ANY, _NONE = "true", "false"

# All that people do there; whatever else the record tells of was not done by this process.
EVENTS = (
    *(Event.SIGNED_IN, Event.SIGNED_OUT, Event.ACCESS_REFUSED, Event.PASSWORD_CHANGED, Event.ACCOUNT_ACTIVATED),
    *(Event.SECOND_FACTOR_SET, Event.SECOND_FACTOR_REMOVED, Event.RECOVERY_CODES_MADE, Event.RECOVERY_CODE_USED),
    *(Event.STEPPED_UP, Event.SESSIONS_ENDED, Event.TIE_DECLARED, Event.ATTENDANCE_RECORDED),
)
_ITS_ACT = (
    f"event IN ({', '.join(repr(str(event)) for event in EVENTS)})"
    f" AND actor IN (SELECT 'account:' || served.id {_ACCOUNTS})"
)
# A wrong password is nobody's act, about an account.
_ITS_FAILURE = (
    f"event = '{Event.SIGN_IN_FAILED}' AND actor = 'anonymous'"
    f" AND subject IN (SELECT 'account:' || served.id {_ACCOUNTS})"
)
# The next link of the chain and no other, with the hash that :func:`service.journal.rules.entry_hash` takes.
_NEXT = (
    "(seq - 1, previous) IN (SELECT head.seq, head.hash FROM journal_head head) AND json_typeof(data::json) = 'object'"
)
_WRITTEN = (
    """'{"actor":' || to_json(actor)::text || ',"at":' || to_json(at)::text || ',"data":' || data"""
    """ || ',"event":' || to_json(event)::text || ',"previous":' || to_json(previous)::text"""
    """ || ',"seq":' || seq || ',"subject":' || to_json(subject)::text || '}'"""
)
_HASHED = f"json_typeof(data::json) = 'object' AND hash = encode(sha256(convert_to({_WRITTEN}, 'UTF8')), 'hex')"
_NEWEST = (
    "EXISTS (SELECT FROM journal_entry e WHERE e.seq = journal_head.seq AND e.hash = journal_head.hash)"
    " AND NOT EXISTS (SELECT FROM journal_entry e WHERE e.seq > journal_head.seq)"
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Conditions in SQL: rows that are seen (and so may be locked, changed or deleted), and what may be written."""

    sees: str
    may: str


_OF_ITS_ACCOUNTS = Rows(_ITS_ACCOUNT, _ITS_ACCOUNT)
ROWS: Mapping[str, Rows] = {
    "access_account": Rows(f"organisation_id IN ({_BODIES})", f"organisation_id IN ({_BODIES})"),
    "access_duty": Rows(_ITS_ACCOUNT, _NONE),
    "access_emergency_duty": Rows(_ITS_ACCOUNT, _NONE),
    "access_custody_key": Rows(_ITS_ACCOUNT, _NONE),
    # A session is its account's person's, and bound to no seat.
    "access_session": Rows(
        _ITS_ACCOUNT, f"(account_id, person_id) IN (SELECT served.id, served.person_id {_ACCOUNTS}) AND confined = ''"
    ),
    "access_client": Rows(_NONE, _NONE),
    "access_totp": _OF_ITS_ACCOUNTS,
    "access_passkey": _OF_ITS_ACCOUNTS,
    "access_recovery_code": _OF_ITS_ACCOUNTS,
    "access_challenge": _OF_ITS_ACCOUNTS,
    "access_attempt": _OF_ITS_ACCOUNTS,
    "access_device": _OF_ITS_ACCOUNTS,
    "access_deed": Rows(_ITS_PERSON, _NONE),
    # One's own tie, declared by oneself.
    "access_tie": Rows(
        _ITS_PERSON,
        f"(person_id, declared_by) IN (SELECT served.person_id, 'account:' || served.id {_ACCOUNTS})"
        " AND withdrawal_proposed_at IS NULL AND withdrawn_at IS NULL",
    ),
    # Locked while its hours are written down, and never changed.
    "programme_class": Rows(_ANY, _NONE),
    # Hours of a class are the institution's that teaches it.
    "programme_attendance": Rows(
        _ANY,
        "(class_id, recorded_by) IN (SELECT class.id, served.person_id FROM access_account served"
        " JOIN programme_class class ON class.institution_id = served.organisation_id)",
    ),
    # Of the entries it has no grant to read more than numbers and hashes.
    "journal_entry": Rows(_ANY, f"(({_ITS_ACT}) OR ({_ITS_FAILURE})) AND {_NEXT} AND {_HASHED}"),
    "journal_head": Rows(_ANY, _NEWEST),
}
# What is left is that an entry comes and the head stays: nobody could add another one ever after.
_HEAD_MOVES = """\
CREATE OR REPLACE FUNCTION journal_head_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF NEW.seq > (SELECT seq FROM public.journal_head) THEN
RAISE EXCEPTION 'an entry was added to the journal, and its head stayed behind' USING ERRCODE = '42501';
END IF; RETURN NULL; END $$"""


def statements(training: str, others: tuple[str, ...]) -> Iterator[str]:
    """The SQL that divides the rows for the role ``training`` and leaves ``others`` all of them."""
    for table, rows in ROWS.items():
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        for role, sees, may in ((training, rows.sees, rows.may), *((other, _ANY, _ANY) for other in others)):
            yield f"DROP POLICY IF EXISTS {role} ON {table}"
            yield f"CREATE POLICY {role} ON {table} TO {role} USING ({sees}) WITH CHECK ({may})"
    yield _HEAD_MOVES
    yield "DROP TRIGGER IF EXISTS journal_head_moves ON journal_entry"
    yield (
        "CREATE CONSTRAINT TRIGGER journal_head_moves AFTER INSERT ON journal_entry DEFERRABLE INITIALLY DEFERRED"
        f" FOR EACH ROW WHEN (pg_has_role('{training}', 'MEMBER')) EXECUTE FUNCTION journal_head_moves()"
    )
