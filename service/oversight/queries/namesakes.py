"""Reads on persons of one name: all names, what some of them did and have, and what was found of them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlmodel import Session, col, or_, select

from service.access.rules.duties import Duty
from service.access.tables import Account, Deed, Organisation, Person, Taught, Tie
from service.oversight.rules.namesakes import Pair
from service.oversight.tables import NamesakeFinding
from service.programme.tables import Lecturer, Trainee


def names(session: Session) -> list[tuple[int, str]]:
    """Every person's number and name."""
    found = session.exec(select(Person.id, Person.name).order_by(col(Person.id)))
    return [(person_id, name) for person_id, name in found if person_id is not None]


def occupied(session: Session) -> set[int]:
    """Whoever is more than a trainee, or was: of two who only train neither has what the other may not have."""
    accounts, done = select(Account.person_id), select(Deed.person_id).where(Deed.duty != Duty.SIT)
    return {*session.exec(accounts.distinct()), *session.exec(done.distinct())}


def near(session: Session, person_ids: Collection[int], *, ended_after: date) -> dict[int, set[str]]:
    """The classes that declared ties keep each of these from, as subjects."""
    kept: dict[int, set[str]] = defaultdict(set)
    statement = (
        select(Tie.person_id, Taught.subject)
        .join(Taught, col(Taught.organisation_id) == col(Tie.organisation_id))
        .where(
            col(Tie.person_id).in_(person_ids),
            col(Tie.withdrawn_at).is_(None),
            or_(col(Tie.until).is_(None), col(Tie.until) > ended_after),
        )
    )
    for person_id, subject in session.exec(statement):
        kept[person_id].add(subject)
    return kept


def deeds(session: Session, person_ids: Collection[int]) -> dict[int, set[tuple[str, str]]]:
    """What each of these did, as (subject, duty)."""
    done: dict[int, set[tuple[str, str]]] = defaultdict(set)
    statement = select(Deed.person_id, Deed.subject, Deed.duty).where(col(Deed.person_id).in_(person_ids))
    for person_id, subject, duty in session.exec(statement):
        done[person_id].add((subject, duty))
    return done


def places(session: Session, person_ids: Collection[int]) -> dict[int, list[str]]:
    """Where each of these is known: bodies with user names, institutions of lecturers, enterprises of trainees."""
    named: dict[int, list[str]] = defaultdict(list)
    body = col(Organisation.id)
    accounts = select(Account.person_id, Account.username, Organisation.name).join(
        Organisation, body == col(Account.organisation_id)
    )
    of_accounts = accounts.where(col(Account.person_id).in_(person_ids)).order_by(Account.username)
    for person_id, username, name in session.exec(of_accounts):
        named[person_id].append(f"{name} {username}")
    teaching = select(Lecturer.person_id, Organisation.name).join(Organisation, body == col(Lecturer.organisation_id))
    training = select(Trainee.person_id, Organisation.name).join(Organisation, body == col(Trainee.enterprise_id))
    of_lecturers = teaching.where(col(Lecturer.person_id).in_(person_ids)).order_by(Organisation.name)
    of_trainees = training.where(col(Trainee.person_id).in_(person_ids))
    for statement in (of_lecturers, of_trainees):
        for person_id, name in session.exec(statement):
            named[person_id].append(name)
    return named


def findings(session: Session) -> dict[Pair, NamesakeFinding]:
    """The newest finding of every pair of which there is one."""
    rows = session.exec(select(NamesakeFinding).order_by(col(NamesakeFinding.id)))
    return {Pair(row.person_id, row.other_id): row for row in rows}
