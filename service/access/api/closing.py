"""JSON routes for closing the account of whoever leaves, and for opening it again."""

from typing import Annotated

from fastapi import APIRouter, Depends

from service.access import shapes
from service.access.actions import closing, passwords
from service.access.rules.policy import Actor, Right
from service.access.shapes import closing as bodies
from service.access.shapes import may
from service.kernel import clock
from service.kernel.bounds import Identifier
from service.kernel.database import Writing

router = APIRouter(prefix="/api/v1/accounts/{account_id}", tags=["access"])
Keeper = Annotated[Actor, may(Right.ACCOUNTS_MANAGE, fresh=True)]


def _one_time(_: Keeper) -> passwords.OneTime:
    return passwords.one_time_password()


@router.post("/closure", responses={409: {}})
def close_account(
    account_id: Identifier, body: bodies.CloseAccount, session: Writing, actor: Keeper
) -> bodies.ClosedAccount:
    """Close an account: sessions, devices, second factors, custody key and duties end with it."""
    closed = closing.close(session, actor, account_id, body.reason, now=clock.now())
    return bodies.ClosedAccount.model_validate(closed, from_attributes=True)


@router.post("/reopening", responses={409: {}})
def reopen_account(
    account_id: Identifier,
    body: bodies.ReopenAccount,
    # Before the session: whoever holds the turn to write must not be hashing.
    made: Annotated[passwords.OneTime, Depends(_one_time)],
    session: Writing,
    actor: Keeper,
) -> shapes.OneTimePassword:
    """Open a closed account again, without any duty; its person chooses a password by the one that is shown now."""
    account = closing.reopen(session, actor, account_id, made.hash, body.reason, now=clock.now())
    return shapes.OneTimePassword(one_time_password=made.password, until=account.one_time_until or clock.now())
