"""Reads on people, accounts, duties and deeds."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from service.access.rules.people import OrganisationKind
from service.access.rules.separation import TEACH
from service.access.tables import Account, Client, Deed, DutyHeld, Organisation, Person, SignedIn


def organisation(session: Session, organisation_id: int) -> Organisation | None:
    return session.get(Organisation, organisation_id)


def organisations(session: Session, kind: OrganisationKind | None = None) -> list[Organisation]:
    """All organisations, or those of a kind, by name."""
    statement = select(Organisation).order_by(Organisation.name)
    if kind is not None:
        statement = statement.where(Organisation.kind == kind)
    return list(session.exec(statement))


def person_by_index(session: Session, index: str) -> Person | None:
    return session.exec(select(Person).where(Person.citizen_id_index == index)).first()


def people(session: Session, person_ids: Iterable[int]) -> dict[int, Person]:
    """Persons by id, in one query."""
    found = session.exec(select(Person).where(col(Person.id).in_(set(person_ids))))
    return {person.id: person for person in found if person.id is not None}


def account_by_username(session: Session, username: str, *, lock: bool = False) -> Account | None:
    """The account of a user name; locked where its failures are about to be counted."""
    statement = select(Account).where(Account.username == username)
    return session.exec(statement.with_for_update() if lock else statement).first()


def accounts(session: Session) -> list[tuple[Account, Person, Organisation]]:
    """All accounts with their person and organisation, by user name."""
    statement = (
        select(Account, Person, Organisation)
        .join(Person, col(Account.person_id) == col(Person.id))
        .join(Organisation, col(Account.organisation_id) == col(Organisation.id))
        .order_by(Account.username)
    )
    return list(session.exec(statement))


def duties_of_account(session: Session, account_id: int) -> list[str]:
    statement = select(DutyHeld.duty).where(DutyHeld.account_id == account_id, col(DutyHeld.revoked_at).is_(None))
    return sorted(session.exec(statement))


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
    statement = (
        select(DutyHeld.duty)
        .join(Account, col(Account.id) == col(DutyHeld.account_id))
        .where(Account.person_id == person_id, col(DutyHeld.revoked_at).is_(None))
    )
    return set(session.exec(statement))


def employers_of_person(session: Session, person_id: int) -> set[OrganisationKind]:
    """The kinds of organisation a natural person is tied to: by an account, or to an institution by having taught."""
    statement = (
        select(Organisation.kind)
        .join(Account, col(Account.organisation_id) == col(Organisation.id))
        .where(Account.person_id == person_id)
    )
    kinds = {OrganisationKind(kind) for kind in session.exec(statement)}
    taught = session.exec(select(Deed.id).where(Deed.person_id == person_id, Deed.duty == TEACH).limit(1)).first()
    return kinds | {OrganisationKind.INSTITUTION} if taught is not None else kinds


def deeds_on(session: Session, subject: str, person_id: int) -> set[str]:
    """The duties a person has used on a subject."""
    return set(session.exec(select(Deed.duty).where(Deed.subject == subject, Deed.person_id == person_id)))


def doers(session: Session, subject: str, duty: str) -> set[int]:
    """The persons who have used a duty on a subject."""
    return set(session.exec(select(Deed.person_id).where(Deed.subject == subject, Deed.duty == duty)))


def live_session(session: Session, token_digest: str, now: datetime) -> SignedIn | None:
    """A session that has neither ended nor been revoked."""
    found = session.get(SignedIn, token_digest)
    if found is None or found.revoked_at is not None or found.ends_at <= now:
        return None
    return found


def sessions_confined_to(session: Session, confined: str) -> list[SignedIn]:
    statement = select(SignedIn).where(SignedIn.confined == confined, col(SignedIn.revoked_at).is_(None))
    return list(session.exec(statement))


def client(session: Session, client_id: str) -> Client | None:
    return session.get(Client, client_id)
