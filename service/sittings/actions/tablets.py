"""Tablets at the door: enrolled when they first fetch a roster, shut out when they are lost."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from service.access.actions import ending, using
from service.access.rules.policy import Actor, Right, holds
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision
from service.sittings.queries import acts
from service.sittings.rules import tablets as rules
from service.sittings.tables import Tablet

# How many characters of a tablet's id stand for its name, where its owner gives none.
SHORT = 6


def enrol(session: Session, actor: Actor, device: str, name: str, *, now: datetime) -> Tablet:
    """The actor's tablet with this id, new or known; part of fetching a pack, which is what goes on record.

    Raises:
        Refused: another person's, or shut out.
    """
    assert actor.person_id is not None
    tablet = acts.tablet(session, device)
    if tablet is None:
        tablet = Tablet(
            device=device, name=name or device[-SHORT:], person_id=actor.person_id, enrolled_at=now, seen_at=now
        )
    rules.may_use_tablet(tablet.person_id, actor.person_id, revoked=tablet.revoked_at is not None).or_refuse()

    tablet.seen_at, tablet.name = now, name or tablet.name
    session.add(tablet)
    session.flush()
    return tablet


def visible(actor: Actor) -> sa.Select[Tablet, Person]:
    """The tablets that the actor may see and shut out, with their owners: one's own; all for who arranges exams."""
    using.require_right(actor, Right.SITTINGS_VIEW)
    return acts.tablets_of(None if holds(actor, Right.SITTINGS_ARRANGE) else actor.person_id or 0)


def is_shut_out(session: Session, device: str) -> bool:
    """Whether the tablet with this id was shut out; one that nobody knows was not.

    Asked without a session, for whoever holds a stolen tablet has none. The id is drawn by the tablet and long enough
    to be a secret of it, and the answer tells nothing else.
    """
    found = acts.tablets(session, {device}).get(device)
    return found is not None and found.shut_out


def revoke(session: Session, actor: Actor, tablet_id: int, token: str, *, now: datetime) -> Tablet:
    """Shut a tablet out: what it sends from now on is a case, and whoever is signed in on it no longer is.

    All sessions of its owner end but the one with ``token``, the caller's own. Again changes nothing.

    Raises:
        NotFound: no such tablet, or another's.
    """
    tablet = _reached(session, actor, tablet_id)

    if tablet.revoked_at is not None:
        return tablet

    tablet.revoked_at, tablet.revoked_by = now, actor.person_id
    session.add(tablet)
    session.flush()
    ended = ending.of_person(session, tablet.person_id, apart_from=token, now=now)

    data = {"device": tablet.device, "owner": tablet.person_id, "sessions_ended": ended}
    record(session, Event.TABLET_REVOKED, actor.label, f"tablet:{tablet.id}", now=now, data=data)
    return tablet


def restore(session: Session, actor: Actor, tablet_id: int, *, now: datetime) -> Tablet:
    """Let a tablet that was shut out work again. What it sent meanwhile stays a case; its sessions stay ended.

    Raises:
        NotFound: no such tablet, or another's.
        WrongState: it is not shut out. Refused: not by them, or not any more.
    """
    tablet = _reached(session, actor, tablet_id)

    may_restore(actor, tablet, now=now).or_refuse()

    data = {"device": tablet.device, "owner": tablet.person_id, "revoked_by": tablet.revoked_by}
    tablet.revoked_at, tablet.revoked_by = None, None
    session.add(tablet)

    record(session, Event.TABLET_RESTORED, actor.label, f"tablet:{tablet.id}", now=now, data=data)
    return tablet


def may_restore(actor: Actor, tablet: Tablet, *, now: datetime) -> Decision:
    """Whether the actor may let this tablet work again now."""
    shut_out = None
    if tablet.revoked_at is not None:
        shut_out = rules.ShutOut(
            at=tablet.revoked_at,
            own=tablet.person_id == actor.person_id,
            by_oneself=tablet.revoked_by == actor.person_id,
        )
    return rules.may_restore(shut_out, now, arranger=holds(actor, Right.SITTINGS_ARRANGE))


def _reached(session: Session, actor: Actor, tablet_id: int) -> Tablet:
    """A tablet of the actor's own, or any for who arranges exams; locked, for it is about to change."""
    tablet = session.get(Tablet, tablet_id, with_for_update=True, populate_existing=True)

    using.require_right(actor, Right.SITTINGS_VIEW)
    own = tablet is not None and tablet.person_id == actor.person_id and holds(actor, Right.SITTINGS_PROCTOR)
    if tablet is None or not (own or holds(actor, Right.SITTINGS_ARRANGE)):
        raise errors.NotFound()
    return tablet
