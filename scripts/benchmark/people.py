"""The people of the benchmark's world: persons, the proctors of its rooms, and tokens that can be derived."""

import base64
import hashlib
import itertools
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from scripts.benchmark.papers import insert, next_id
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.tables import Account, DutyHeld, Organisation, Person, SignedIn
from service.kernel import sealing


def token(who: str) -> str:
    """The token of a session, in the form the service draws it."""
    return base64.urlsafe_b64encode(hashlib.sha256(who.encode()).digest()).rstrip(b"=").decode()


def person(person_id: int, name: str) -> dict[str, Any]:
    index = hashlib.sha256(f"person {person_id}".encode()).hexdigest()[:32]
    return {
        "id": person_id,
        "name": name,
        "citizen_id_sealed": b"none",
        "citizen_id_index": index,
        "citizen_id_masked": "990000********003X",
    }


def proctors(session: Session, rooms: int, now: datetime) -> list[tuple[int, int]]:
    """Two proctors a room, each with an account of a county's bureau."""
    county = session.exec(select(Organisation.id).where(Organisation.kind == OrganisationKind.COUNTY)).first()
    first, account = next_id(session, Person), next_id(session, Account)
    everybody = range(rooms * 2)
    insert(session, Person, [person(first + one, f"监考{one}") for one in everybody])
    rows = [
        {"id": account + one, "person_id": first + one, "organisation_id": county, "username": f"room-proctor{one}"}
        for one in everybody
    ]
    insert(session, Account, [row | {"password_hash": "none"} for row in rows])
    duties = [{"account_id": account + one, "duty": Duty.PROCTOR, "granted_at": now} for one in everybody]
    insert(session, DutyHeld, [duty | {"granted_by": "benchmark"} for duty in duties])
    return [(first + 2 * room, first + 2 * room + 1) for room in range(rooms)]


def sign_in_proctors(session: Session, pair: tuple[int, int], tokens: tuple[str, ...], now: datetime) -> None:
    """Each on as many screens as there are tokens, by turns."""
    accounts = dict(session.exec(select(Account.person_id, Account.id).where(sa.column("person_id").in_(pair))).all())
    ends_at = now + timedelta(hours=10)
    common = {"began_at": now, "ends_at": ends_at}
    rows = [
        {"token_digest": sealing.digest(mine.encode()), "person_id": person, "account_id": accounts[person]}
        for person, mine in zip(itertools.cycle(pair), tokens, strict=False)
    ]
    insert(session, SignedIn, [row | common for row in rows])
