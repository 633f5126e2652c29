"""What happened at the seats of a class, what was proposed on their results, and what the reader could do about it."""

from dataclasses import dataclass

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.kernel.decision import Decision, first_refusal
from service.results import queries
from service.results.actions import voiding
from service.results.queries import ResultLine, VoidingLine
from service.results.rules import Standing, Verdict
from service.sittings import queries as sittings
from service.sittings.queries import happenings
from service.sittings.tables import Incident, Seat


@dataclass(frozen=True, slots=True)
class Review:
    """One result with what happened at its seat, what was proposed, and what the reader could do about it now.

    ``proposals`` has the decision on each standing, for whoever may propose; ``decision`` is that on deciding the
    proposal that waits, if one does, for whoever may decide.
    """

    line: ResultLine
    seat: Seat
    incidents: list[Incident]
    voidings: list[VoidingLine]
    waiting: VoidingLine | None
    undecided: bool
    proposals: dict[Standing, Decision]
    decision: Decision | None


def reviews(session: Session, actor: Actor, class_id: int) -> list[Review]:
    """The results of a class about which there is something to see: an incident, an ended exam, a proposal."""
    using.require_right(actor, Right.RESULTS_UNPUBLISHED)
    seats = {seat.id: seat for seat in sittings.seats_of_class(session, class_id)}
    happened = happenings.of_sittings(session, {seat.sitting_id for seat in seats.values()})
    made = queries.voidings(session, class_id)
    hands = _hands(session, actor, class_id)
    taken_back = queries.taken_back(session, [one for one in seats if one is not None])
    found = []
    for line in queries.lines(session, class_id):
        seat = seats.get(line.result.seat_id)
        if seat is None:
            continue
        mine = made.get(seat.id or 0, [])
        own = [one for one in happened if one.seat_id == seat.id]
        if own or mine or seat.termination or line.result.verdict == Verdict.VOID:
            around = [one for one in happened if one.seat_id is None and one.sitting_id == seat.sitting_id]
            found.append(_review(line, seat, own + around, mine, hands, taken_back=seat.id in taken_back))
    return found


def _hands(session: Session, actor: Actor, class_id: int) -> dict[Duty, Decision]:
    """The decisions on the two duties, of those which the reader holds."""
    assert actor.person_id is not None
    held = {Duty.CONFIRM: Right.RESULTS_CONFIRM, Duty.PUBLISH: Right.RESULTS_PUBLISH}
    return {
        duty: first_refusal(*using.may_use_duty(session, actor.person_id, duty, f"class:{class_id}"))
        for duty, right in held.items()
        if holds(actor, right)
    }


def _review(
    line: ResultLine,
    seat: Seat,
    incidents: list[Incident],
    made: list[VoidingLine],
    hands: dict[Duty, Decision],
    *,
    taken_back: bool,
) -> Review:
    waiting = voiding.waiting(made)
    proposals = {}
    if Duty.CONFIRM in hands:
        ways = {
            wanted: voiding.may_propose(line.result, seat, made, wanted, taken_back=taken_back) for wanted in Standing
        }
        proposals = {wanted: first_refusal(way, hands[Duty.CONFIRM]) for wanted, way in ways.items()}
    return Review(
        line=line,
        seat=seat,
        incidents=incidents,
        voidings=made,
        waiting=waiting,
        undecided=waiting is not None or (voiding.terminated(seat) and not voiding.settled(made)),
        proposals=proposals,
        decision=hands.get(Duty.PUBLISH) if waiting is not None else None,
    )
