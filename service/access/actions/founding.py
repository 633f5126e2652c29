"""The first administrators, from the command line of whoever holds the machine."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from service.access import queries
from service.access.actions import administering, entering, vouching
from service.access.actions.using import ended_after
from service.access.rules import first_passwords, separation
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor
from service.access.tables import Account
from service.kernel import clock, errors

FOUNDER = Actor(label="founder", name="founder", duties=frozenset({Duty.ADMINISTER, Duty.SECURE}))


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is to get an account."""

    name: str
    citizen_id: str
    username: str
    password: str


def found(
    session: Session,
    *,
    bureau: str,
    system: Newcomer,
    security: Newcomer,
    audit: Newcomer | None = None,
    now: datetime,
) -> None:
    """Register the bureau with its first administrators, who are different people; an auditor may come later.

    Raises:
        WrongState: there are accounts already; from then on only administrators open accounts and grant duties.
    """
    if queries.accounts(session):
        raise errors.WrongState("founded_already", "系统里已有账号，请由系统管理员开立账号。")

    body = administering.add_organisation(session, FOUNDER, OrganisationKind.BUREAU, bureau, "", now=now)
    assert body.id is not None
    for newcomer, duty in ((system, Duty.ADMINISTER), (security, Duty.SECURE), (audit, Duty.AUDIT)):
        if newcomer is not None:
            _open(session, body.id, newcomer, duty, now)


def appoint_security(session: Session, newcomer: Newcomer, *, now: datetime) -> Account:
    """Give a bureau whose duties nobody can grant a security administrator: from before there were three
    administrators, or where the only one has come to be tied to a training institution, so that the duty sleeps.

    Raises:
        WrongState: there is one, who grants duties from then on; or there is no bureau yet.
    """
    day = clock.local(now).date()
    if any(
        Duty.SECURE in duties and not _tied(session, session.get_one(Account, account_id), day)
        for account_id, duties in queries.duties_by_account(session).items()
    ):
        raise errors.WrongState("security_already", "系统里已有安全管理员，请由安全管理员授予职责。")
    bureaus = queries.organisations(session, OrganisationKind.BUREAU)
    if not bureaus:
        raise errors.WrongState("not_founded", "系统里还没有市应急管理局，请先创建管理员。")
    return _open(session, bureaus[0].id or 0, newcomer, Duty.SECURE, now)


def vouch_for_security(session: Session, username: str, *, now: datetime) -> str:
    """A code for the only security administrator, whom no other can vouch for.

    Raises:
        NotFound: no security administrator has this user name.
        WrongState: there is another one who can, or the account is awake.
    """
    guardians = [
        account
        for account, _, _ in queries.accounts(session)
        if account.active and Duty.SECURE in queries.duties_of_account(session, account.id or 0, now=now)
    ]
    account = next((one for one in guardians if one.username == username), None)
    if account is None:
        raise errors.NotFound()
    day = clock.local(now).date()
    if any(
        not one.doubted and one.person_id != account.person_id and not _tied(session, one, day) for one in guardians
    ):
        raise errors.WrongState("another_can_vouch", "还有另一位安全管理员，请由其出具启用码。")
    first_passwords.may_vouch(None, account.person_id, doubted=account.doubted).or_refuse()

    return vouching.make_code(session, account, FOUNDER.label, now=now)


def _tied(session: Session, account: Account, day: date) -> bool:
    """Whether the duties of administrators sleep in this account, for its person belongs to an institution."""
    employers = queries.employers_of_person(session, account.person_id, ended_after=ended_after(day))
    return Duty.SECURE not in separation.in_force({Duty.SECURE}, employers)


def _open(session: Session, organisation_id: int, newcomer: Newcomer, duty: Duty, now: datetime) -> Account:
    judged = administering.judge_password(newcomer.password, username=newcomer.username, name=newcomer.name)
    judged.or_refuse()
    account = administering.open_account(
        session,
        FOUNDER,
        organisation_id=organisation_id,
        name=newcomer.name,
        citizen_id=newcomer.citizen_id,
        username=newcomer.username,
        password_hash=entering.PASSWORDS.hash(newcomer.password),
        now=now,
    )
    assert account.id is not None
    # They typed their passwords themselves, at the machine.
    account.one_time_until, account.doubted = None, False
    session.add(account)
    administering.grant_duty(session, FOUNDER, account.id, duty, now=now)
    return account
