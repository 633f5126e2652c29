"""Organisations, persons and accounts, as the system administrator keeps them; duties, as the security administrator
grants them."""

from datetime import datetime

from sqlmodel import Session

from service.access import queries
from service.access.actions.using import ended_after, held_by, require_right
from service.access.queries import makers
from service.access.rules import administrators, closing, first_passwords, passwords, people, separation
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.tables import Account, DutyHeld, Organisation, Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import breached, clock, errors, sealing, settings
from service.kernel.decision import Decision, refuse


def judge_password(password: str, *, username: str, name: str) -> Decision:
    """Whether a new password may be chosen by this person; asks no network."""
    least, common = settings.current().shortest_password, breached.is_common(password)
    return passwords.may_be(password, least=least, username=username, name=name, common=common)


def add_organisation(
    session: Session, actor: Actor, kind: OrganisationKind, name: str, county: str, *, now: datetime
) -> Organisation:
    """Register a body of one of the seven kinds."""
    require_right(actor, Right.ACCOUNTS_MANAGE)

    organisation = Organisation(kind=kind, name=name, county=county)
    session.add(organisation)
    session.flush()

    data = {"kind": kind, "name": name}
    record(session, Event.ORGANISATION_ADDED, actor.label, f"organisation:{organisation.id}", now=now, data=data)
    return organisation


def person_for(session: Session, name: str, citizen_id: str) -> Person:
    """The natural person with this citizen id: the known one, or a new one.

    Raises:
        Refused: the id is malformed, or belongs to a person with another name.
    """
    people.valid_citizen_id(citizen_id, today=clock.today()).or_refuse()
    indexes = sealing.blind_indexes(citizen_id, purpose="citizen-id")
    index = indexes[0]
    known = queries.person_by_index(session, indexes)
    if known is not None:
        if known.name != name:
            refuse("name_differs", "该身份证号已登记在另一个姓名下，请核对姓名和号码。").or_refuse()
        return known
    person = Person(
        name=name,
        citizen_id_sealed=sealing.encrypt_personal(citizen_id, bound_to=f"access_person:{index}"),
        citizen_id_index=index,
        citizen_id_masked=people.masked(citizen_id),
        key_id=sealing.person_key_id(),
    )
    session.add(person)
    session.flush()
    return person


def read_citizen_id(session: Session, actor: Actor, person_id: int, reason: str, *, now: datetime) -> str:
    """A citizen id in full, for a stated reason; the reading is on record (invariant 9)."""
    person = session.get(Person, person_id)
    if person is None:
        raise errors.NotFound()

    require_right(actor, Right.PERSON_READ_FULL)

    data = {"reason": reason}
    record(session, Event.CITIZEN_ID_READ, actor.label, f"person:{person_id}", now=now, data=data)
    return sealing.decrypt_personal(person.citizen_id_sealed, bound_to=f"access_person:{person.citizen_id_index}")


def open_account(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    name: str,
    citizen_id: str,
    username: str,
    password_hash: str,
    now: datetime,
) -> Account:
    """Open an account for a person in an organisation; one person may have several.

    The password is told to two people, so it opens nothing but the page on which one of them chooses another.

    Raises:
        Refused: malformed citizen id, or an institution account for a holder of exam duties.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise errors.NotFound()

    require_right(actor, Right.ACCOUNTS_MANAGE)

    person = person_for(session, name, citizen_id)
    assert person.id is not None
    # Locked, so that nobody charges this person with the exam while an institution gives them an account.
    makers.lock(session, [person.id])
    separation.may_join(OrganisationKind(organisation.kind), queries.duties_of_person(session, person.id)).or_refuse()

    account = Account(
        person_id=person.id,
        organisation_id=organisation_id,
        username=username,
        password_hash=password_hash,
        one_time_until=now + first_passwords.PASSWORD_LIFE,
        doubted=True,
    )
    session.add(account)
    session.flush()

    data = {"organisation": organisation_id, "person": person.id, "username": username}
    record(session, Event.ACCOUNT_OPENED, actor.label, f"account:{account.id}", now=now, data=data)
    return account


def grant_duty(session: Session, actor: Actor, account_id: int, duty: Duty, *, now: datetime) -> DutyHeld:
    """Charge an account with a duty.

    Raises:
        Refused: it is one's own account, the organisation may not hold the duty, or the natural person holds one that
            excludes it. WrongState: the account is closed.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)
    administrators.may_grant(actor.person_id, account.person_id).or_refuse()

    return charge(session, actor, account, duty, now=now)


def charge(session: Session, actor: Actor, account: Account, duty: Duty, *, now: datetime) -> DutyHeld:
    """Charge an account with a duty, once it is settled who may: separation is asked here, always."""
    # Locked, so that two excluding duties cannot be granted to one person at the same moment, nor one to an account
    # that is just being closed.
    makers.lock(session, [account.person_id])
    session.refresh(account)
    closing.must_be_open(account.active).or_refuse()
    organisation = session.get_one(Organisation, account.organisation_id)
    day = clock.local(now).date()
    held = held_by(session, account.person_id, day)
    employers = queries.employers_of_person(session, account.person_id, ended_after=ended_after(day))
    separation.may_receive(OrganisationKind(organisation.kind), duty, held, employers).or_refuse()

    granted = DutyHeld(account_id=account.id or 0, duty=duty, granted_at=now, granted_by=actor.label)
    session.add(granted)
    session.flush()

    data = {"duty": duty, "person": account.person_id}
    record(session, Event.DUTY_GRANTED, actor.label, f"account:{account.id}", now=now, data=data)
    return granted


def revoke_duty(session: Session, actor: Actor, account_id: int, duty: Duty, *, now: datetime) -> None:
    """Take a duty back; what was done under it stays on record and keeps excluding."""
    held = queries.held_duty(session, account_id, duty)
    if held is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)

    held.revoked_at, held.revoked_by = now, actor.label
    session.add(held)
    session.flush()

    record(session, Event.DUTY_REVOKED, actor.label, f"account:{account_id}", now=now, data={"duty": duty})
