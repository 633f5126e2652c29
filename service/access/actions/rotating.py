"""Personal data under a new key, some rows at a time, while the service runs.

Every row says which key it lies under, so a rotation that was broken off goes on where it stopped, and reading knows
all keys that the settings name. Nothing of this is asked for over HTTP: whoever holds the machine holds the secrets.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel

from service.access.actions import factors
from service.access.queries import keys
from service.access.tables import Person
from service.access.tables.doors import Totp
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import sealing

KEY_ID = "key_id"


def move(
    session: Session,
    table: type[SQLModel],
    limit: int,
    anew: Callable[[Any], None],
    *,
    column: str = KEY_ID,
    now: datetime,
) -> tuple[int, int]:
    """Put some rows of a table under the present key; how many there were, and how many are left.

    The table has an ``id`` and a ``column`` that names the key, nothing where there is nothing to encrypt; ``anew``
    encrypts one row again. Rows are locked one batch at a time.
    """
    key_id = sealing.person_key_id()
    rows = keys.elsewhere(session, table, column, key_id, limit)
    for row in rows:
        anew(row)
        setattr(row, column, key_id)
        session.add(row)
    session.flush()
    left = remaining(session, table, column)
    if rows:
        data = {"key": key_id, "rows": len(rows), "left": left}
        record(session, Event.KEYS_ROTATED, "operator", f"table:{table.__tablename__}", now=now, data=data)
    return len(rows), left


def remaining(session: Session, table: type[SQLModel], column: str = KEY_ID) -> int:
    """How many rows of a table lie under another key than the present one."""
    return keys.remaining(session, table, column, sealing.person_key_id())


def move_people(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """Citizen ids, with the index by which they are found."""
    return move(session, Person, limit, _person_anew, now=now)


def _person_anew(person: Person) -> None:
    full = sealing.decrypt_personal(person.citizen_id_sealed, bound_to=f"access_person:{person.citizen_id_index}")
    person.citizen_id_index = sealing.blind_index(full, purpose="citizen-id")
    person.citizen_id_sealed = sealing.encrypt_personal(full, bound_to=f"access_person:{person.citizen_id_index}")


def move_authenticators(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The secrets of authenticator applications."""
    return move(session, Totp, limit, _totp_anew, now=now)


def _totp_anew(row: Totp) -> None:
    place = factors.place(row.account_id)
    row.secret_sealed = sealing.encrypt_personal(
        sealing.decrypt_personal(row.secret_sealed, bound_to=place), bound_to=place
    )
