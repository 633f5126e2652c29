"""Voiding by two: one person proposes that a result be void, or valid again, and another decides.

Whoever proposes uses the duty to confirm, whoever decides the duty to publish: the separation table then keeps them two
natural persons, and keeps out whoever proctored or taught the class.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import Decision, first_refusal
from service.results import queries, rules
from service.results.actions import crediting, editing, versions
from service.results.queries import VoidingLine
from service.results.rules import ResultState, Standing, Verdict, VoidingState
from service.results.rules.editions import Cause, Hands
from service.results.tables import Result, Voiding
from service.sittings import queries as sittings
from service.sittings.queries import happenings
from service.sittings.rules.room import IncidentKind
from service.sittings.rules.seats import HandedInBy
from service.sittings.tables import Incident, Seat


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal as somebody makes it: what the result shall be, the coded reason, the words, the incident."""

    wanted: Standing
    kind: IncidentKind
    reason: str
    incident_id: int


def propose(session: Session, actor: Actor, seat_id: int, draft: Draft, *, now: datetime) -> Voiding:
    """Propose that the result of a seat be void, or valid again.

    Raises:
        WrongState: nobody sat there, it is so already, or a proposal waits.
        Refused: the incident is another's, no reason to void, or the person proctored, taught or publishes the class.
    """
    result = queries.result_of_seat(session, seat_id, lock=True)
    seat, incident = sittings.seat(session, seat_id), happenings.incident(session, draft.incident_id)
    if result is None or seat is None or incident is None:
        raise errors.NotFound()
    made = queries.voidings(session, result.class_id).get(seat_id, [])

    using.require_right(actor, Right.RESULTS_CONFIRM)

    first_refusal(
        may_propose(result, seat, made, draft.wanted, taken_back=queries.is_taken_back(session, seat_id)),
        rules.may_rest_on(draft.wanted, draft.kind, same_seat=_concerns(incident, seat)),
    ).or_refuse()
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{result.class_id}", now=now)

    assert actor.person_id is not None
    voiding = Voiding(
        seat_id=seat_id,
        class_id=result.class_id,
        wanted=draft.wanted,
        kind=draft.kind,
        reason=draft.reason,
        incident_id=draft.incident_id,
        proposed_at=now,
        proposed_by=actor.person_id,
    )
    session.add(voiding)
    session.flush()

    # A reason may name people, so the record holds its digest; and no verdict, for it has readers before publication.
    data = _data(voiding) | {"reason": sealing.digest(draft.reason.encode())}
    record(session, Event.VOID_PROPOSED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return voiding


def decide(session: Session, actor: Actor, voiding_id: int, *, uphold: bool, note: str, now: datetime) -> Result:
    """Decide a proposal; what is upheld changes the result, or replaces it where it has been published.

    Raises:
        WrongState: it has been decided already.
        Refused: the person proposed it, by whichever account, or confirms, proctored or taught the class.
    """
    voiding = queries.voiding(session, voiding_id)
    if voiding is None:
        raise errors.NotFound()
    result = queries.result_of_seat(session, voiding.seat_id, lock=True)
    assert result is not None, "a proposal is made on a result"

    using.require_right(actor, Right.RESULTS_PUBLISH)

    state = VoidingState.UPHELD if uphold else VoidingState.REJECTED
    rules.may_decide(VoidingState(voiding.state), state).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{voiding.class_id}", now=now)

    voiding.state, voiding.decided_at, voiding.decided_by, voiding.note = state, now, actor.person_id, note
    session.add(voiding)
    session.flush()
    after = _apply(session, voiding, result) if uphold else result

    data = _data(voiding) | {"upheld": uphold, "version": after.version, "note": sealing.digest(note.encode())}
    record(session, Event.VOID_DECIDED, actor.label, f"seat:{voiding.seat_id}", now=now, data=data)
    if after is not result:
        hands, cause = _hands(voiding), Cause.VOIDING
        editing.publish_edition(
            session, actor.label, after.class_id, cause, [after], hands, reason=voiding.reason, now=now
        )
    if uphold and after.state == ResultState.PUBLISHED:
        crediting.post_credits(session, actor, [after], now=now)
    return after


def _hands(voiding: Voiding) -> Hands:
    assert voiding.decided_by is not None and voiding.decided_at is not None
    return Hands(voiding.proposed_by, voiding.proposed_at, voiding.decided_by, voiding.decided_at)


def _data(voiding: Voiding) -> dict[str, object]:
    return {
        "voiding": voiding.id,
        "class": voiding.class_id,
        "wanted": voiding.wanted,
        "kind": voiding.kind,
        "incident": voiding.incident_id,
    }


def _apply(session: Session, voiding: Voiding, result: Result) -> Result:
    """The result as it stands after an upheld proposal: itself, or the version that replaces a published one."""
    found = rules.verdict_of(Standing(voiding.wanted), result.points, result.pass_points)
    if found == result.verdict:
        return result
    if result.state == ResultState.PUBLISHED:
        result = versions.next_version(result, _hands(voiding))
    result.verdict = found
    session.add(result)
    session.flush()
    return result


def may_propose(result: Result, seat: Seat, made: list[VoidingLine], wanted: Standing, *, taken_back: bool) -> Decision:
    """The decision on a proposal, whoever makes it; ``made`` are those on this seat so far."""
    return first_refusal(
        rules.may_decide_on(taken_back=taken_back),
        rules.may_propose(
            Verdict(result.verdict),
            wanted,
            undecided=waiting(made) is not None,
            terminated=terminated(seat) and not settled(made),
            held=result.verdict != Verdict.VOID or voided(made),
        ),
    )


def waiting(made: Iterable[VoidingLine]) -> VoidingLine | None:
    """The proposal that waits for a decision, if one does."""
    return next((line for line in made if line.voiding.state == VoidingState.PROPOSED), None)


def voided(made: Iterable[VoidingLine]) -> bool:
    """Whether two people have ever made it void; what is void without them was an exam that was never held."""
    upheld = (Standing.VOID, VoidingState.UPHELD)
    return any((one.voiding.wanted, one.voiding.state) == upheld for one in made)


def settled(made: Iterable[VoidingLine]) -> bool:
    """Whether it has been decided if the result is void."""
    return any(rules.settles(Standing(one.voiding.wanted), VoidingState(one.voiding.state)) for one in made)


def terminated(seat: Seat) -> bool:
    """Whether a proctor ended this exam."""
    return seat.handed_in_by == HandedInBy.TERMINATION


def _concerns(incident: Incident, seat: Seat) -> bool:
    return incident.sitting_id == seat.sitting_id and incident.seat_id in {seat.id, None}
