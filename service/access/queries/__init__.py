"""Reads on people, accounts, duties and deeds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.rules.duties import CUSTODIANS, Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.separation import TEACH
from service.access.rules.ties import TieKind
from service.access.tables import Account, Client, CustodyKey, Deed, DutyHeld, Organisation, Person, SignedIn
from service.kernel.by_hand import Query


def organisation(session: Session, organisation_id: int) -> Organisation | None:
    return session.get(Organisation, organisation_id)


def organisations(session: Session, kind: OrganisationKind | None = None) -> list[Organisation]:
    """All organisations, or those of a kind, by name."""
    statement = select(Organisation).order_by(Organisation.name)
    if kind is not None:
        statement = statement.where(Organisation.kind == kind)
    return list(session.exec(statement))


def person_by_index(session: Session, indexes: Collection[str]) -> Person | None:
    """The person whose citizen id has one of these indexes: it has one for each key that a row may lie under."""
    return session.exec(select(Person).where(col(Person.citizen_id_index).in_(indexes))).first()


def people(session: Session, person_ids: Iterable[int]) -> dict[int, Person]:
    """Persons by id, in one query."""
    found = session.exec(select(Person).where(col(Person.id).in_(set(person_ids))))
    return {person.id: person for person in found if person.id is not None}


def account_by_username(session: Session, username: str, *, lock: bool = False) -> Account | None:
    """The account of a user name; locked where its failures are about to be counted."""
    statement = select(Account).where(Account.username == username)
    return session.exec(statement.with_for_update() if lock else statement).first()


def account(session: Session, account_id: int, *, lock: bool = False) -> Account | None:
    """An account by its number; locked where something about it is about to be decided."""
    return session.get(Account, account_id, with_for_update=lock or None, populate_existing=lock)


def account_listing(*, kind: str | None = None, text: str = "") -> Any:
    """A select of accounts with person and organisation, by user name: of one kind of body, with this in a name."""
    statement = (
        select(Account, Person, Organisation)
        .join(Person, col(Account.person_id) == col(Person.id))
        .join(Organisation, col(Account.organisation_id) == col(Organisation.id))
        .order_by(Account.username)
    )
    if kind is not None:
        statement = statement.where(Organisation.kind == kind)
    if text:
        named = (
            col(one).icontains(text, autoescape=True) for one in (Account.username, Person.name, Organisation.name)
        )
        statement = statement.where(sa.or_(*named))
    return statement


def accounts(session: Session) -> list[tuple[Account, Person, Organisation]]:
    """All accounts with their person and organisation, by user name."""
    return list(session.exec(account_listing()))


def duties_of_account(session: Session, account_id: int, *, now: datetime) -> list[str]:
    """The duties that this account holds now."""
    return duties_of_accounts(session, [account_id], now=now).get(account_id, [])


def custody_key(session: Session, account_id: int) -> CustodyKey | None:
    """The living custody key of an account."""
    living = CustodyKey.account_id == account_id, col(CustodyKey.retired_at).is_(None)
    return session.exec(select(CustodyKey).where(*living)).first()


@dataclass(frozen=True, slots=True)
class Custodian:
    """An account that may have a hand in opening papers; ``key`` is nothing until it signs in."""

    person_id: int
    name: str
    duty: Duty
    body: OrganisationKind
    county: str
    key: CustodyKey | None


def custodians(session: Session) -> list[Custodian]:
    """All open accounts that hold a duty of custody, with their living keys, in the order of their accounts."""
    living = sa.and_(col(CustodyKey.account_id) == col(Account.id), col(CustodyKey.retired_at).is_(None))
    rows = session.execute(
        sa.select(Account, Person, Organisation, col(DutyHeld.duty), CustodyKey)
        .join(Person, col(Person.id) == col(Account.person_id))
        .join(Organisation, col(Organisation.id) == col(Account.organisation_id))
        .join(DutyHeld, col(DutyHeld.account_id) == col(Account.id))
        .outerjoin(CustodyKey, living)
        .where(col(Account.active), col(DutyHeld.revoked_at).is_(None), col(DutyHeld.duty).in_(sorted(CUSTODIANS)))
        .order_by(col(Account.id), col(DutyHeld.duty))
    )
    # An account with both duties is one custodian, for it has one key.
    found: dict[int, Custodian] = {}
    for account, person, body, duty, key in rows:
        kind = OrganisationKind(body.kind)
        one = Custodian(account.person_id, person.name, Duty(duty), kind, body.county, key)
        found.setdefault(account.id, one)
    return list(found.values())


def duties_by_account(session: Session) -> dict[int, list[str]]:
    """Held duties of every account, in one query."""
    held: dict[int, list[str]] = {}
    statement = select(DutyHeld.account_id, DutyHeld.duty).where(col(DutyHeld.revoked_at).is_(None))
    for account_id, duty in session.exec(statement.order_by(DutyHeld.duty)):
        held.setdefault(account_id, []).append(duty)
    return held


def held_duty(session: Session, account_id: int, duty: str) -> DutyHeld | None:
    statement = select(DutyHeld).where(
        DutyHeld.account_id == account_id, DutyHeld.duty == duty, col(DutyHeld.revoked_at).is_(None)
    )
    return session.exec(statement).first()


def duties_of_person(session: Session, person_id: int) -> set[str]:
    """What a natural person holds in all accounts together, closed ones included: closing hides no tie."""
    return duties_of_people(session, {person_id})[person_id]


_DUTIES_OF_PEOPLE = Query("""
SELECT a.person_id, h.duty FROM access_duty h JOIN access_account a ON a.id = h.account_id
WHERE a.person_id IN ?* AND h.revoked_at IS NULL
""")


def duties_of_people(session: Session, person_ids: Collection[int]) -> dict[int, set[str]]:
    """What natural persons hold, by person, in one query."""
    held: dict[int, set[str]] = {person_id: set() for person_id in person_ids}
    for person_id, duty in _DUTIES_OF_PEOPLE.rows(session, list(person_ids)):
        held[person_id].add(duty)
    return held


def employers_of_person(session: Session, person_id: int, *, ended_after: date) -> set[OrganisationKind]:
    """The kinds of organisation a natural person is tied to: see :func:`employers_of_people`."""
    return employers_of_people(session, {person_id}, ended_after=ended_after)[person_id]


_EMPLOYERS_OF_PEOPLE = Query(f"""
SELECT a.person_id, o.kind FROM access_account a JOIN access_organisation o ON o.id = a.organisation_id
WHERE a.person_id IN ?*
UNION
SELECT person_id, '{OrganisationKind.INSTITUTION}' FROM access_deed WHERE person_id IN ?* AND duty = '{TEACH}'
UNION
SELECT person_id, '{OrganisationKind.INSTITUTION}' FROM access_tie
WHERE person_id IN ?* AND kind <> '{TieKind.RELATIVE}' AND withdrawn_at IS NULL AND (until IS NULL OR until > ?)
""")  # noqa: S608


def employers_of_people(
    session: Session, person_ids: Collection[int], *, ended_after: date
) -> dict[int, set[OrganisationKind]]:
    """The kinds of organisation natural persons are tied to, by person.

    Having taught is a tie to an institution, and so is declared work for one unless it ended by ``ended_after``.
    """
    kinds: dict[int, set[OrganisationKind]] = {person_id: set() for person_id in person_ids}
    for person_id, kind in _EMPLOYERS_OF_PEOPLE.rows(session, *[list(person_ids)] * 3, ended_after):
        kinds[person_id].add(OrganisationKind(kind))
    return kinds


def deeds_on(session: Session, subject: str, person_id: int) -> set[str]:
    """The duties a person has used on a subject."""
    return deeds_of_people(session, {(person_id, subject)})[person_id, subject]


_DEEDS_OF_PEOPLE = Query("SELECT person_id, subject, duty FROM access_deed WHERE subject IN ?* AND person_id IN ?*")


def deeds_of_people(session: Session, pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], set[str]]:
    """The duties that persons have used on subjects, by (person, subject)."""
    done: dict[tuple[int, str], set[str]] = {pair: set() for pair in pairs}
    people, subjects = list({one for one, _ in pairs}), list({subject for _, subject in pairs})
    for person_id, subject, duty in _DEEDS_OF_PEOPLE.rows(session, subjects, people):
        if (person_id, subject) in done:
            done[person_id, subject].add(duty)
    return done


def doers(session: Session, subject: str, duty: str) -> set[int]:
    """The persons who have used a duty on a subject."""
    return set(session.exec(select(Deed.person_id).where(Deed.subject == subject, Deed.duty == duty)))


# A duty of an emergency lasts for its minutes even where nothing runs that would take it back.
_DUTIES_OF_ACCOUNTS = Query("""
SELECT h.account_id, h.duty FROM access_duty h WHERE h.account_id IN ?* AND h.revoked_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM access_emergency_duty e
    WHERE e.account_id = h.account_id AND e.duty = h.duty AND e.decided_at = h.granted_at AND e.ends_at <= ?
) ORDER BY h.duty
""")


def duties_of_accounts(session: Session, account_ids: Collection[int], *, now: datetime) -> dict[int, list[str]]:
    """The duties these accounts hold now, in one query, by name."""
    held: dict[int, list[str]] = {}
    for account_id, duty in _DUTIES_OF_ACCOUNTS.rows(session, list(account_ids), now):
        held.setdefault(account_id, []).append(duty)
    return held


def sessions_confined_to(session: Session, confined: str) -> list[SignedIn]:
    statement = select(SignedIn).where(SignedIn.confined == confined, col(SignedIn.revoked_at).is_(None))
    return list(session.exec(statement))


def clients(session: Session) -> list[tuple[Client, Organisation]]:
    """All programs with the bodies that they belong to, by name, those that were removed too."""
    belonging = col(Client.organisation_id) == col(Organisation.id)
    return list(session.exec(select(Client, Organisation).join(Organisation, belonging).order_by(Client.client_id)))


def client(session: Session, client_id: str) -> Client | None:
    """A program that was registered and not removed."""
    return session.exec(select(Client).where(Client.client_id == client_id, col(Client.removed_at).is_(None))).first()


def client_known(session: Session, client_id: str) -> bool:
    """Whether a program had this name, be it removed or not."""
    return session.get(Client, client_id) is not None
