"""The candidate's side: signing in to a seat, starting, answering, and the sheet that is handed in."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from service.access import queries as access
from service.access.actions import entering, using
from service.access.rules.policy import Actor, Right, Subject
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.papers.rules import answers
from service.sittings import queries
from service.sittings.actions import asking
from service.sittings.actions.enrolling import id_tail_index
from service.sittings.rules import seats
from service.sittings.rules.phases import Times
from service.sittings.rules.seats import HandedInBy
from service.sittings.tables import Answer, Seat, Sitting


def sign_in_seat(session: Session, ticket_number: str, id_tail: str, *, now: datetime) -> entering.Entrance:
    """Bind this machine to a seat by ticket number and the last six characters of the citizen id.

    Failures are returned, not raised, so that they are counted: after five a proctor must unlock the seat.
    """
    # Locked, so that two machines at once cannot both find the seat free, nor wrong guesses go uncounted.
    seat = queries.seat_by_ticket(session, ticket_number, lock=True)
    if seat is None:
        return entering.Entrance(refusal=_wrong_ticket())
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None and seat.id is not None
    at = queries.times_of(sitting, now, seat)

    right_tail = seat.id_tail_index == id_tail_index(seat.person_id, id_tail)
    if not right_tail and seat.failed_attempts < seats.ATTEMPTS:
        seat.failed_attempts += 1
        session.add(seat)
        data = {"failures": seat.failed_attempts}
        record(session, Event.SIGN_IN_FAILED, "anonymous", f"seat:{seat.id}", now=now, data=data)
        return entering.Entrance(refusal=_wrong_ticket())
    taken = bool(access.sessions_confined_to(session, f"seat:{seat.id}"))
    decision = seats.may_sign_in(queries.state_of(seat, sitting, now), taken=taken, failures=seat.failed_attempts)
    if not decision.allowed:
        refusal = errors.Refused(decision.code, decision.reason, source=decision.source, **decision.values)
        return entering.Entrance(refusal=refusal)

    seat.failed_attempts = 0
    session.add(seat)
    confined = f"seat:{seat.id}"
    token = entering.open_session(session, person_id=seat.person_id, now=now, confined=confined, ends_at=at.ends_at)

    record(session, Event.SEAT_SIGNED_IN, confined, confined, now=now)
    return entering.Entrance(token=token)


def _wrong_ticket() -> errors.ServiceError:
    return errors.Unauthenticated("wrong_ticket", "准考证号或身份证后六位不对，请核对后重试，或请监考员帮忙。")


def own_seat(session: Session, actor: Actor, *, now: datetime, lock: bool = False) -> tuple[Seat, Sitting, Times]:
    """The one seat that a candidate's session is confined to."""
    seat = queries.seat(session, int(actor.confined.partition(":")[2] or 0), lock=lock)
    if seat is None:
        raise errors.NotFound()
    using.require_reach(actor, Right.SITTINGS_SIT, Subject(own=f"seat:{seat.id}"))
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    return seat, sitting, queries.times_of(sitting, now, seat)


def start(session: Session, actor: Actor, *, now: datetime) -> Seat:
    """Begin to work: from the sitting's start, once two proctors have opened the paper. Again changes nothing."""
    seat, sitting, at = own_seat(session, actor, now=now, lock=True)

    opened = asking.opened(session, sitting)
    seats.may_start(queries.state_of(seat, sitting, now), at, now, opened=opened).or_refuse()
    if seat.started_at is not None:
        return seat

    seat.started_at = now
    session.add(seat)
    session.flush()

    record(session, Event.SEAT_STARTED, actor.label, f"seat:{seat.id}", now=now)
    return seat


def save_answer(
    session: Session, actor: Actor, position: int, choice: str, flagged: bool, seq: int, *, now: datetime
) -> int:
    """Save a change; the reply leaves after the commit. The sequence number that is stored now.

    A change with an older ``seq`` than the stored one is a stale tab's or a late retry's and changes nothing.

    Raises:
        WrongState: the seat is not working (any more), or another window has used this ``seq``.
        Malformed: no such position, or not an answer to its kind.
    """
    # Locked, so that no answer can slip in between the sheet's digest and its commit.
    seat, sitting, _ = own_seat(session, actor, now=now, lock=True)

    seats.may_answer(queries.state_of(seat, sitting, now)).or_refuse()
    kinds = {question.position: question.kind for question in asking.asked(session, sitting)}
    if position not in kinds or not answers.well_formed(kinds[position], choice):
        raise errors.Malformed("answer_malformed", "这不是本题可以接受的答案。")

    row = {
        "sitting_id": sitting.id,
        "seat_id": seat.id,
        "position": position,
        "choice": choice,
        "flagged": flagged,
        "seq": seq,
        "saved_at": now,
    }
    return _upsert(session, row)


@lru_cache(maxsize=2)
def _upsert_statement(dialect: str) -> Any:
    """One statement, so that two tabs cannot race between looking and writing; built once, for it is the hot path."""
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(Answer)
    return insert.on_conflict_do_update(
        index_elements=["sitting_id", "seat_id", "position"],
        set_={name: insert.excluded[name] for name in ("choice", "flagged", "seq", "saved_at")},
        where=col(Answer.seq) < insert.excluded.seq,
    )


def _upsert(session: Session, row: dict[str, Any]) -> int:
    """Store a change unless a newer one is there; the sequence number that is stored now."""
    connection = session.connection()
    if connection.execute(_upsert_statement(connection.dialect.name), row).rowcount == 1:
        return int(row["seq"])
    stored = session.get_one(Answer, (row["sitting_id"], row["seat_id"], row["position"]), populate_existing=True)
    if stored.seq == row["seq"] and (stored.choice, stored.flagged) != (row["choice"], row["flagged"]):
        # Not a retry but another window that counts for itself: to acknowledge it would be a lie.
        raise errors.WrongState("answer_from_two_windows", "本题刚在另一个窗口改过，请刷新页面后再看。")
    return stored.seq


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was handed in: choices by position, and the digest that the record keeps."""

    seat: Seat
    sitting: Sitting
    choices: dict[int, str]


def hand_in(session: Session, seat_id: int, by: HandedInBy, actor_label: str, *, now: datetime) -> Sheet:
    """Hand in a seat's sheet, once. The caller has checked the right: own seat, proctor of the sitting, or the clock.

    Raises:
        WrongState: handed in already, or not begun.
    """
    seat = queries.seat(session, seat_id, lock=True)
    if seat is None:
        raise errors.NotFound()
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    at = queries.times_of(sitting, now, seat)

    # The clock hands in for the moment the time ran out, however late it is noticed.
    moment = at.ends_at if by is HandedInBy.CLOCK else now
    if not (by is HandedInBy.CLOCK and seats.overdue(queries.events_of(seat), at, now)):
        seats.may_hand_in(queries.state_of(seat, sitting, now), by).or_refuse()

    choices = {answer.position: answer.choice for answer in queries.answers(session, seat) if answer.choice}
    seat.handed_in_at, seat.handed_in_by = moment, by
    seat.sheet_digest = sealing.digest(json.dumps(choices, sort_keys=True, separators=(",", ":")).encode())
    session.add(seat)
    session.flush()

    entering.end_sessions_confined_to(session, f"seat:{seat_id}", now=now)
    data = {"by": by, "at": moment.isoformat(), "answered": len(choices), "sheet": seat.sheet_digest}
    record(session, Event.SEAT_HANDED_IN, actor_label, f"seat:{seat_id}", now=now, data=data)
    return Sheet(seat, sitting, choices)
