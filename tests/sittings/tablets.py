"""Tablets for tests: two proctors with one each, and the first one's second."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from service.kernel import errors
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import arranging, checking_in, enrolling, places
from service.sittings.actions import tablets as actions
from service.sittings.actions.acts import Entry, Outcome
from service.sittings.rules.door import Act
from service.sittings.rules.seats import RefusalReason, SeatState
from tests import world as worlds
from tests.papers.classes import Wanted, open_class
from tests.world import CHECK_IN_AT, COUNTIES, PREPARED_AT, STARTS_AT, World

FIRST, SECOND, THIRD, FAR = "tablet-one-1", "tablet-two-2", "tablet-three", "tablet-far-away"
OWNERS = {FIRST: "proctor1", SECOND: "proctor2", THIRD: "proctor1"}
MINUTE = timedelta(minutes=1)
# When the network comes back, in most tests.
BACK_AT = CHECK_IN_AT + 15 * MINUTE
_nonces = itertools.count()


def enrol(session: Session, world: World) -> None:
    """The three tablets, known to the server."""
    for device, owner in OWNERS.items():
        actions.enrol(session, world.actor(session, owner), device, f"平板 {device}", now=CHECK_IN_AT)


def entry(session: Session, world: World, device: str, act: str, seat_id: int | None = None, **more: Any) -> Entry:
    """An act on a tablet; with ``at``, one that happened offline."""
    more.setdefault("nonce", f"nonce-{next(_nonces):06d}")
    more.setdefault("sitting_id", world.sitting_id)
    if act == "refuse":
        more.setdefault("reason", RefusalReason.NO_DOCUMENT)
    by = more.pop("by", None) or world.actor(session, OWNERS[device])
    offline = more.pop("offline", "at" in more)
    return Entry(by=by, act=Act(act), device=device, seat_id=seat_id, offline=offline, **more)


def take(session: Session, *entries: Entry, now: datetime = BACK_AT) -> list[Outcome]:
    """What becomes of acts of people who may act."""
    outcomes = checking_in.take(session, entries, now=now)
    return [outcome for outcome in outcomes if not isinstance(outcome, errors.ServiceError)]


def do(
    session: Session, world: World, device: str, act: str, seat_id: int | None = None, *, now: datetime, **more: Any
) -> tuple[str, str]:
    """One act: its verdict, and the kind of the case it opens."""
    (outcome,) = take(session, entry(session, world, device, act, seat_id, **more), now=now)
    return outcome.decision.code, outcome.case.value if outcome.case else ""


def state(session: Session, seat_id: int, now: datetime = BACK_AT) -> SeatState:
    """The state of a seat as everybody else sees it."""
    seat = queries.seat(session, seat_id)
    assert seat is not None
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    return queries.state_of(seat, sitting, now)


def another_sitting(session: Session, world: World) -> World:
    """The sitting of another class at the same time, with a proctor of its own and candidates of its own."""
    other = open_class(session, world, Wanted("2024-TL-02"))
    worlds.seal_paper(session, other)
    arranger = world.actor(session, "arranger")
    (room,) = places.add_exam_point(session, arranger, "另一考试点", COUNTIES[0], "", {"一": 9}, now=PREPARED_AT)
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=other.class_id,
        room_id=room.id or 0,
        starts_at=STARTS_AT,
        late_minutes=30,
        letter=Form.A,
        now=PREPARED_AT,
    )
    other.sitting_id = sitting.id or 0
    elsewhere = world.accounts["proctor_elsewhere"]
    arranging.assign_proctor(session, arranger, other.sitting_id, elsewhere, now=PREPARED_AT)
    done = enrolling.enrol_class(session, arranger, other.sitting_id, now=PREPARED_AT)
    other.seats = [one.seat.id or 0 for one in done if one.seat is not None]
    return other
