"""Signing in and out, and sessions confined to one thing."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session

from service.access import queries
from service.access.actions import factors, holding, presence
from service.access.actions.factors import Given
from service.access.actions.holding import NOWHERE, Caller
from service.access.actions.using import ended_after, on_rosters
from service.access.queries import living
from service.access.rules import first_passwords, proofs, separation
from service.access.rules.duties import MAKERS, Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import ANONYMOUS, Actor
from service.access.rules.proofs import Factor
from service.access.tables import Account, Organisation, Person, SignedIn
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing, settings
from service.kernel.decision import ALLOWED, Decision, refuse

# OWASP's smaller argon2id profile (19 MiB, 2 passes, 1 lane): thirty people sign in at once on two cores.
PASSWORDS = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1),))
_WRONG = refuse("wrong_credentials", "用户名或密码不对，请核对后重试。")
NOTHING_MORE = Given()
# Verified for an unknown user name, so that its answer takes as long as a wrong password's.
_NOBODY = PASSWORDS.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Entrance:
    """The outcome of signing in: a token, or the refusal. Both are committed, for failures count.

    ``device`` is what the browser is to be known by from now on; ``extra`` tells a program what else is asked for.
    """

    token: str = ""
    refusal: errors.ServiceError | None = None
    device: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def fitting_hash(session: Session, username: str, password: str) -> str:
    """The stored hash that a password fits, or nothing; an unknown user name takes as long as a wrong password.

    This is slow by design, so it is done before the turn to write: strangers may guess, but nobody waits for them.
    """
    account = queries.account_by_username(session, username)
    stored = account.password_hash if account else _NOBODY
    return stored if PASSWORDS.verify(password, stored) and account else ""


def tried_hash(session: Session, username: str, password: str, caller: Caller, *, now: datetime) -> str:
    """The same for whoever comes to the door: while they are held up, no password is worth the work."""
    account = queries.account_by_username(session, username)
    if account is None or account.id is None:
        held = holding.judge_unknown(username, caller, now=now)
    else:
        held = holding.judge(session, account.id, holding.place_of(session, account.id, caller), now=now)
    return fitting_hash(session, username, password) if held.allowed else ""


def sign_in(
    session: Session,
    username: str,
    fitting: str,
    given: Given = NOTHING_MORE,
    caller: Caller = NOWHERE,
    *,
    now: datetime,
) -> Entrance:
    """Open a session for an account; wrong passwords hold up whoever tries them, and only there.

    ``fitting`` is what :func:`tried_hash` found: if the password was changed since, it no longer fits.
    """
    # Locked, so that wrong passwords tried at the same moment are counted one by one.
    account = queries.account_by_username(session, username, lock=True)
    if account is None or account.id is None:
        return Entrance(refusal=_wrong(holding.try_unknown(username, caller, now=now)))
    place = holding.place_of(session, account.id, caller)
    held = holding.judge(session, account.id, place, now=now)
    if not held.allowed:
        return Entrance(refusal=_wrong(held))
    if not account.active or fitting != account.password_hash:
        holding.count_failure(session, account, place, now=now)
        return Entrance(refusal=_wrong())
    usable = first_passwords.may_use(account.one_time_until, now)
    if not usable.allowed:
        return Entrance(refusal=errors.Unauthenticated(usable.code, usable.reason, source=usable.source))
    shown = factors.show(session, account, given, now=now)
    if shown.refusal is not None:
        if shown.wrong:
            holding.count_failure(session, account, place, now=now)
        return Entrance(refusal=shown.refusal, extra=shown.extra)
    return _enter(session, account, shown.factor, place, caller, now)


def _enter(session: Session, account: Account, factor: Factor, place: str, caller: Caller, now: datetime) -> Entrance:
    assert account.id is not None
    holding.forgive(session, account.id, place)
    # A device from which somebody came who may not be the person is not one of theirs.
    device = "" if account.doubted else holding.know_device(session, account.id, caller.device, now=now)
    who = account.person_id
    token = open_session(session, person_id=who, account_id=account.id, now=now, factor=factor, caller=caller)

    label, data = f"account:{account.id}", {"factor": factor} if factor else {}
    record(session, Event.SIGNED_IN, label, label, now=now, data=data)
    return Entrance(token=token, device=device)


def _wrong(held: Decision = ALLOWED) -> errors.Unauthenticated:
    said = _WRONG if held.allowed else held
    return errors.Unauthenticated(said.code, said.reason, source=said.source, **said.values)


def open_session(
    session: Session,
    *,
    person_id: int,
    now: datetime,
    account_id: int | None = None,
    confined: str = "",
    ends_at: datetime | None = None,
    factor: Factor = Factor.NONE,
    caller: Caller = NOWHERE,
) -> str:
    """Start a session and return its token; only the token's digest is kept."""
    token = sealing.token()
    session.add(
        SignedIn(
            token_digest=sealing.digest(token.encode()),
            account_id=account_id,
            person_id=person_id,
            confined=confined,
            began_at=now,
            ends_at=ends_at or now + timedelta(hours=settings.current().session_hours),
            seen_at=now,
            # Whoever signs in has just proved it.
            proven_at=now,
            factor=factor,
            address=caller.address[:45],
            browser=caller.browser[:200],
        )
    )
    session.flush()
    return token


def sign_out(session: Session, actor: Actor, token: str, *, now: datetime) -> None:
    """End the session at once; its cookie is worthless from now on."""
    if (found := session.get(SignedIn, sealing.digest(token.encode()))) is None:
        return
    found.revoked_at = now
    record(session, Event.SIGNED_OUT, actor.label, actor.label, now=now)


def actor_of_token(session: Session, token: str, *, now: datetime) -> Actor:
    """Who holds a session token; nobody for an unknown, ended or revoked one."""
    found = living.live_session(session, sealing.digest(token.encode()), now)
    if found is None:
        return ANONYMOUS
    person = session.get_one(Person, found.person_id)
    if found.account_id is None:
        confined, sit = found.confined, frozenset({Duty.SIT})
        return Actor(confined, person.name, duties=sit, person_id=person.id, confined=confined)
    seen_at = found.seen_at or found.began_at
    account = session.get_one(Account, found.account_id)
    if not account.active or presence.is_idle(found.token_digest, seen_at, now):
        return ANONYMOUS
    presence.note(found.token_digest, seen_at, now)
    actor, provisional = actor_of_account(session, account, person, now=now), account.one_time_until is not None
    actor = as_shown(actor, found.factor, provisional=provisional, doubted=account.doubted)
    return replace(actor, proven_at=found.proven_at)


def actor_of_account(session: Session, account: Account, person: Person, *, now: datetime | None = None) -> Actor:
    """An account as a plain value, with the duties it holds now, or at another moment."""
    assert account.id is not None
    organisation = session.get_one(Organisation, account.organisation_id)
    place = organisation.kind, organisation.name, organisation.county
    found = living.LiveAccount(account.id, account.person_id, person.name, account.organisation_id, *place)
    employers = queries.employers_of_person(session, account.person_id, ended_after=ended_after(clock.today()))
    duties = queries.duties_of_account(session, account.id, now=now or clock.now())
    # Asked of makers of questions alone, and none of them is at a door or a board.
    sits = bool(MAKERS & set(duties) and on_rosters(session, {account.person_id}, clock.today()))
    return _actor(found, duties, employers, sits=sits)


def _actor(
    found: living.LiveAccount, duties: Iterable[str], employers: Iterable[OrganisationKind], *, sits: bool = False
) -> Actor:
    granted = frozenset(Duty(duty) for duty in duties)
    in_force = separation.in_force(granted, employers, sits=sits)
    return Actor(
        label=f"account:{found.account_id}",
        name=found.name,
        duties=in_force,
        barred=granted - in_force,
        account_id=found.account_id,
        person_id=found.person_id,
        organisation_id=found.organisation_id,
        organisation_kind=OrganisationKind(found.organisation_kind),
        organisation_name=found.organisation_name,
        county=found.county,
    )


def actors_of_tokens(session: Session, token_digests: Collection[str], *, now: datetime) -> dict[str, Actor]:
    """Who holds these sessions of accounts, by the digest of their token; ended and unknown ones are missing."""
    live = {
        digest: found
        for digest, found in living.live_accounts(session, token_digests, now).items()
        if not presence.is_idle(digest, found.seen_at, now)
    }
    duties = queries.duties_of_accounts(session, {one.account_id for one in live.values()}, now=now)
    horizon = ended_after(clock.local(now).date())
    employers = queries.employers_of_people(session, {one.person_id for one in live.values()}, ended_after=horizon)
    actors = {}
    for digest, found in live.items():
        presence.note(digest, found.seen_at, now)
        actor = _actor(found, duties.get(found.account_id, ()), employers[found.person_id])
        actors[digest] = as_shown(actor, found.factor, provisional=found.provisional, doubted=found.doubted)
    return actors


def as_shown(actor: Actor, factor: str, *, provisional: bool, doubted: bool) -> Actor:
    """An actor with what makes the duties sleep in this session."""
    unproven = proofs.is_unproven(actor.duties, factor, required=settings.current().asks_second_factor)
    return replace(actor, unproven=unproven, provisional=bool(provisional), doubted=bool(doubted))
