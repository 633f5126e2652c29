"""Signs of life of the service, and making good what its absence cost the exams that ran meanwhile.

Away is away: the process was killed, or its database was gone while it ran on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from service.journal.actions import SYSTEM, record
from service.journal.rules import Event
from service.kernel import clock
from service.sittings import queries
from service.sittings.queries import forms, places, switching, timekeeping
from service.sittings.queries import outages as reads
from service.sittings.rules import outages, phases, presence
from service.sittings.rules.outages import Amends
from service.sittings.rules.phases import Times
from service.sittings.rules.presence import Silence
from service.sittings.tables import Outage, Seat, SignOfLife, Sitting


def show_life(session: Session, *, away: bool, now: datetime) -> list[Outage]:
    """Renew the service's sign of life; whoever was ``away`` makes good first what nobody else has made good.

    A process that ran all the time and finds an old sign only sees that the clock was set: that is no outage.
    """
    reads.sign_of_life(session)
    made = make_good(session, now=now) if away else []

    values = {"id": 1, "alive_at": now}
    insert: sa.Insert = (postgresql if session.connection().dialect.name == "postgresql" else sqlite).insert(SignOfLife)
    session.execute(insert.values(values).on_conflict_do_update(index_elements=["id"], set_={"alive_at": now}))  # type: ignore[attr-defined]
    return made


def is_alive(session: Session, *, now: datetime) -> bool:
    """Whether the service's sign of life is fresh, so that the clock may close sheets."""
    return outages.is_alive(reads.alive_at(session), now)


def make_good(session: Session, *, now: datetime) -> list[Outage]:
    """Put forward the clocks of the sittings that ran while the service was away; nothing where it was not.

    The caller does so before the clock may hand in. A second process that starts at the same time waits for the locks
    and finds that the service is back.
    """
    found = [timekeeping.locked(session, one) for one in reads.recent(session, now)]
    sittings = [one for one in found if one is not None]
    outage = presence.silence(reads.last_sign(session, [one.id or 0 for one in sittings]), now)
    if outage is None:
        return []
    made = [_make_good(session, sitting, outage) for sitting in sittings]
    return [one for one in made if one is not None]


def _make_good(session: Session, sitting: Sitting, outage: Silence) -> Outage | None:
    open_seats = [
        one
        for one in switching.open_seats(session, sitting.id or 0)
        if one.admitted_at is not None and one.handed_in_at is None
    ]
    opened = forms.form(session, sitting.form_id).opened
    if opened and not open_seats:
        return None
    rules = places.rules_on(session, clock.local(sitting.starts_at).date())
    amends = outages.amends(
        outage,
        _times(sitting, open_seats, outage.from_at),
        opened=opened,
        paused=sitting.paused_at is not None,
        cap_minutes=rules.outage_cap_minutes,
    )
    ends = _first_end(sitting, open_seats, outage.from_at) if opened and sitting.paused_at is None else None
    grace = outages.grace(outage, ends + timedelta(seconds=amends.seconds)) if ends is not None else 0
    amends = replace(amends, seconds=amends.seconds + grace)
    if amends == outages.NOTHING:
        return None

    _put_forward(session, sitting, open_seats, amends, outage)
    made = Outage(
        sitting_id=sitting.id or 0,
        from_at=outage.from_at,
        until_at=outage.until_at,
        seconds=amends.seconds,
        anew=amends.anew,
    )
    session.add(made)
    session.flush()

    data = {"seconds": amends.seconds, "from": outage.from_at.isoformat(), "anew": amends.anew}
    data |= {"grace": grace} if grace else {}
    record(session, Event.OUTAGE_MADE_GOOD, SYSTEM, f"sitting:{sitting.id}", now=outage.until_at, data=data)
    return made


def _times(sitting: Sitting, open_seats: Sequence[Seat], then: datetime) -> Times:
    """The sitting as it stood, until the last of its open seats was to end."""
    at = queries.times_of(sitting, then)
    longest = max((one.extra_seconds for one in open_seats), default=0)
    return phases.lengthened(at, longest)


def _first_end(sitting: Sitting, open_seats: Sequence[Seat], then: datetime) -> datetime | None:
    """When the first of the sheets that were open then was to be closed."""
    ends = (queries.times_of(sitting, then, one).ends_at for one in open_seats)
    return min((one for one in ends if one > then), default=None)


def _put_forward(
    session: Session, sitting: Sitting, open_seats: Sequence[Seat], amends: Amends, outage: Silence
) -> None:
    if amends.anew:
        sitting.began_at = outage.until_at
    else:
        if outage.from_at <= queries.times_of(sitting, outage.from_at).last_entry_at:
            sitting.entry_seconds += amends.seconds
        sitting.extra_seconds += amends.seconds
        for seat in open_seats:
            if seat.paused_at is not None:
                # Its own account is given the outage once, by the room's.
                seat.paused_at += timedelta(seconds=amends.seconds)
                session.add(seat)
    session.add(sitting)
