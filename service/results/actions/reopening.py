"""Opening a closed sheet again: one person proposes it, another confirms, and the candidate goes on where they were.

It is done here and not with the sittings, because a closed sheet is a marked one. The marks of what was handed in
before stay; what is handed in later is marked as another version, which replaces the one before.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import Decision, first_refusal
from service.results import queries as every
from service.results.queries import reopening as results
from service.results.queries import written
from service.results.tables import Script
from service.sittings import queries as sittings
from service.sittings.actions import handing_in, switching
from service.sittings.queries import reopening as queries
from service.sittings.queries import sheets, timekeeping
from service.sittings.rules import reopening as rules
from service.sittings.rules.reopening import Draft, Marks, ReopenReason, Sheet
from service.sittings.rules.room import EXTRA_TIME_NAMES, ExtraTimeKind
from service.sittings.rules.seats import HandedInBy
from service.sittings.rules.switching import Hand
from service.sittings.tables import ExtraTime, Gap, Pause, Seat, SheetReopening, Sitting

_DUTIES = {Hand.PROCTOR: Duty.PROCTOR, Hand.ARRANGER: Duty.ARRANGE}
REASON = "收上的答卷经两人确认重新开启"


def propose(session: Session, actor: Actor, seat_id: int, draft: Draft, *, now: datetime) -> SheetReopening:
    """Propose that a closed sheet be opened again; another person has to confirm it.

    Raises:
        NotFound: no such seat, or another's. Refused: not this person's to propose, or not so, or separation excludes
        them. WrongState: it is not closed, or something has become of it since.
    """
    seat, sitting, hands = _seat(session, actor, seat_id, now)
    sheet, marks = standing_of(session, seat, sitting, now=now)
    rules.may_propose(hands, sheet, marks, draft, now).or_refuse()
    _use(session, actor, sitting, hands, now)

    assert actor.person_id is not None and seat.handed_in_at is not None, "only what was closed is opened again"
    row = SheetReopening(
        sitting_id=seat.sitting_id,
        seat_id=seat_id,
        reason=draft.reason,
        note=draft.note.strip(),
        minutes=draft.minutes,
        away_minutes=draft.away_minutes,
        closed_at=seat.handed_in_at,
        closed_by=seat.handed_in_by or "",
        sheet_digest=seat.sheet_digest or "",
        proposed_at=now,
        proposed_by=actor.person_id,
    )
    session.add(row)
    session.flush()

    # What happened may name people, so the record holds its digest; the page has the words.
    data = {
        "reopening": row.id,
        "reason": row.reason,
        "note": sealing.digest(row.note.encode()),
        "minutes": row.minutes,
        "away_minutes": row.away_minutes,
        "sheet": row.sheet_digest,
    }
    record(session, Event.SHEET_REOPEN_PROPOSED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return row


def decide(session: Session, actor: Actor, reopening_id: int, *, accept: bool, now: datetime) -> SheetReopening:
    """Confirm what another person proposed, and the candidate goes on at once; or decline it.

    Raises:
        NotFound: none, or of another's sitting. Refused: not this person's to decide, or separation excludes them.
        WrongState: decided already, or not possible any more.
    """
    found = queries.reopening(session, reopening_id)
    if found is None:
        using.require_right(actor, Right.SITTINGS_REOPEN)
        raise errors.NotFound()
    seat, sitting, hands = _seat(session, actor, found.seat_id, now)
    # Read again behind the lock of the sitting: of two that confirm at once the second finds it decided.
    row = queries.reopening(session, reopening_id)
    assert row is not None
    judge(session, actor, row, seat, sitting, hands, accept=accept, now=now).or_refuse()
    _use(session, actor, sitting, hands, now)

    assert actor.person_id is not None
    data: dict[str, object] = {"reopening": row.id}
    if accept:
        data |= _open(session, actor.person_id, row, seat, sitting, now)
    row.decided_at, row.decided_by, row.confirmed = now, actor.person_id, accept
    session.add(row)
    session.flush()

    event = Event.SHEET_REOPENED if accept else Event.SHEET_REOPEN_DECLINED
    record(session, event, actor.label, f"seat:{seat.id}", now=now, data=data)
    return row


def standing_of(session: Session, seat: Seat, sitting: Sitting, *, now: datetime) -> tuple[Sheet, Marks]:
    """What a reopening of this seat depends on, as it stands."""
    seat_id, owed = seat.id or 0, queries.owed(session, sitting, seat, now)
    sheet = Sheet(
        state=sittings.state_of(seat, sitting, now),
        closed_at=seat.handed_in_at,
        on_paper=seat.on_paper_at is not None,
        cancelled=sitting.cancelled_at is not None,
        signed=queries.signatures(session, seat.sitting_id),
        due_minutes=owed.due_minutes,
        cap_minutes=owed.cap_minutes,
        waiting=queries.waiting(session, seat_id) is not None,
        used_up=seat.handed_in_by == HandedInBy.CLOCK,
    )
    if seat.handed_in_at is None or sitting.form_id is None:
        return sheet, rules.NOTHING_YET
    return sheet, Marks(
        settled=results.is_settled(session, seat.sitting_id),
        marking=results.is_marked_by_people(session, seat_id),
        judged=results.is_judged(session, seat_id),
        shown=queries.key_was_shown(session, sitting.form_id, seat.handed_in_at),
    )


def judge(
    session: Session,
    actor: Actor,
    row: SheetReopening,
    seat: Seat,
    sitting: Sitting,
    hands: frozenset[Hand],
    *,
    accept: bool,
    now: datetime,
) -> Decision:
    """The decision that :func:`decide` takes, for the page that shows the button too."""
    may = rules.may_confirm(hands, decided=row.decided_at is not None, same_person=row.proposed_by == actor.person_id)
    # Declining is always possible: what has become pointless must not stand for ever.
    draft = Draft(ReopenReason(row.reason), row.note, row.minutes, row.away_minutes)
    if not accept:
        return may
    return first_refusal(may, rules.may_carry_out(*standing_of(session, seat, sitting, now=now), draft, now))


def hands_of(session: Session, actor: Actor, sitting: Sitting, *, now: datetime) -> frozenset[Hand]:
    """As whom somebody may have a hand in it."""
    return switching.hands_of(session, actor, sitting, now=now) & rules.HANDS


def _seat(session: Session, actor: Actor, seat_id: int, now: datetime) -> tuple[Seat, Sitting, frozenset[Hand]]:
    """A seat and its sitting, both locked, the sitting first: whoever changes a clock holds it."""
    using.require_right(actor, Right.SITTINGS_REOPEN)
    found = sittings.seat(session, seat_id)
    if found is None:
        raise errors.NotFound()
    using.require_reach(actor, Right.SITTINGS_REOPEN, sittings.subject(session, found.sitting_id))
    sitting = timekeeping.locked(session, found.sitting_id)
    assert sitting is not None
    written.await_turn(session, sitting.class_id)
    every.results_of_class(session, sitting.class_id)
    seat = sittings.seat(session, seat_id, lock=True)
    assert seat is not None
    return seat, sitting, hands_of(session, actor, sitting, now=now)


def _use(session: Session, actor: Actor, sitting: Sitting, hands: frozenset[Hand], now: datetime) -> None:
    """Use the duty that brings the hand; whoever has both acts by the one that is nearest to the room."""
    using.use_duty(session, actor, _DUTIES[min(hands, key=list(Hand).index)], f"class:{sitting.class_id}", now=now)


def _open(
    session: Session, by: int, row: SheetReopening, seat: Seat, sitting: Sitting, now: datetime
) -> dict[str, object]:
    """Keep what was handed in, give the time back, and take the closing away; what the record says of it."""
    choices = sheets.given(session, [seat]).get(seat.id or 0, {})
    seconds = _stand_still(session, by, row, seat, sitting, now)
    if row.minutes:
        _give(session, by, row, seat, now)
    seat.handed_in_at = seat.handed_in_by = seat.sheet_digest = None
    session.add(seat)
    # Nobody has seen them: what the candidate hands in later is dealt anew.
    session.execute(sa.delete(Script).where(col(Script.seat_id) == seat.id))
    # Last, and together with the decision: the database asks for all of it at once.
    row.choices, row.seconds = handing_in.written(choices), seconds
    row.ends_at = sittings.times_of(sitting, now, seat).ends_at
    return {
        "reason": row.reason,
        "minutes": row.minutes,
        "seconds": row.seconds,
        "sheet": row.sheet_digest,
        "answered": len(choices),
        "ends_at": row.ends_at.isoformat(),
    }


def _stand_still(session: Session, by: int, row: SheetReopening, seat: Seat, sitting: Sitting, now: datetime) -> int:
    """The seat's clock stood still while its sheet was closed, and before that where it had been stopped; seconds."""
    since = seat.handed_in_at
    assert since is not None
    standing = timekeeping.open_pause(session, seat.sitting_id, seat.id) if seat.paused_at is not None else None
    if standing is not None and seat.paused_at is not None:
        # A pause that nobody ended before the sheet was closed goes on into it, as one stretch.
        since = min(since, seat.paused_at)
        standing.resumed_at, standing.resumed_by = row.closed_at, row.proposed_by
        session.add(standing)
    seconds = rules.closed_seconds(since, now, queries.owed(session, sitting, seat, now).stood)
    seat.paused_at, seat.extra_seconds = None, seat.extra_seconds + seconds
    session.add(
        Pause(
            sitting_id=seat.sitting_id,
            seat_id=seat.id,
            reason=REASON,
            paused_at=row.closed_at,
            paused_by=row.proposed_by,
            resumed_at=now,
            resumed_by=by,
        )
    )
    return seconds


def _give(session: Session, by: int, row: SheetReopening, seat: Seat, now: datetime) -> None:
    """Add the minutes; those that were due count as compensation, so that its cap holds for what comes later."""
    due = row.reason == ReopenReason.TIME_DUE
    kind, seconds = ExtraTimeKind.COMPENSATION if due else ExtraTimeKind.PROCTOR, row.minutes * 60
    given = ExtraTime(
        sitting_id=seat.sitting_id,
        seat_id=seat.id,
        kind=kind,
        seconds=seconds,
        reason=EXTRA_TIME_NAMES[kind] if due else REASON,
        given_at=now,
        given_by=by,
    )
    seat.extra_seconds += seconds
    session.add(given)
    session.flush()
    if due:
        open_gaps = col(Gap.seat_id) == seat.id, col(Gap.compensated_by).is_(None)
        session.execute(sa.update(Gap).where(*open_gaps).values(compensated_by=given.id))
