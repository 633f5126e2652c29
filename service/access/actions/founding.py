"""The first administrator, from the command line of whoever holds the machine."""

from datetime import datetime

from sqlmodel import Session

from service.access import queries
from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor
from service.access.tables import Account
from service.kernel import errors

FOUNDER = Actor(label="founder", name="founder", duties=frozenset({Duty.ADMINISTER}))


def found(
    session: Session, *, bureau: str, name: str, citizen_id: str, username: str, password: str, now: datetime
) -> Account:
    """Register the bureau and its first system administrator.

    Raises:
        WrongState: there are accounts already; from then on only an administrator opens accounts.
    """
    if queries.accounts(session):
        raise errors.WrongState("founded_already", "系统里已有账号，请由系统管理员开立账号。")

    body = administering.add_organisation(session, FOUNDER, OrganisationKind.BUREAU, bureau, "", now=now)
    assert body.id is not None
    account = administering.open_account(
        session,
        FOUNDER,
        organisation_id=body.id,
        name=name,
        citizen_id=citizen_id,
        username=username,
        password=password,
        now=now,
    )
    assert account.id is not None
    administering.grant_duty(session, FOUNDER, account.id, Duty.ADMINISTER, now=now)
    return account
