"""Statements that add to the doors of an account, for a role of the database to be tried with."""

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
