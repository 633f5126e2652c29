"""Switching a room to the other form by two people, before the start or in the middle of the exam.

What was answered is archived, the seats begin anew with the whole duration, and the machines hear of it with their
next sign of life. Another room that sits the same form is not touched: it switches for itself.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.papers import queries as papers
from service.papers.rules.states import PaperState
from service.papers.tables import PaperForm
from service.sittings import queries as sittings
from service.sittings.actions import breaking, handing_in, on_duty
from service.sittings.queries import on_paper, sheets, timekeeping
from service.sittings.queries import switching as queries
from service.sittings.rules import phases
from service.sittings.rules import switching as rules
from service.sittings.rules.phases import Phase
from service.sittings.rules.switching import Hand, Room, SwitchReason
from service.sittings.tables import Answer, ArchivedAnswer, ArchivedSheet, FormSwitch, Message, Seat, Sitting

DUTIES = {Hand.PROCTOR: Duty.PROCTOR, Hand.ARRANGER: Duty.ARRANGE, Hand.APPROVER: Duty.APPROVE}
TOLD = "本场考试已经换用{letter}卷。原来的答案已另行保存，不计入成绩。请等待监考员启封新卷，时间从那时起重新计算。"


@dataclass(frozen=True, slots=True)
class Draft:
    """A switch as somebody proposes it: the coded reason, and what happened in words."""

    reason: SwitchReason
    note: str


def propose(session: Session, actor: Actor, sitting_id: int, draft: Draft, *, now: datetime) -> FormSwitch:
    """Propose that a room go over to the other form.

    Raises:
        NotFound: no such sitting, or another's. Refused: not this person's to propose, or separation excludes them.
        WrongState: there is no spare form, the exam is over, a sheet is closed, or a proposal waits.
    """
    sitting, hands = _sitting(session, actor, sitting_id, now=now)
    waits = queries.waiting(session, sitting_id) is not None
    rules.may_propose(_room(session, sitting, now), hands, draft.reason, draft.note, waiting=waits).or_refuse()
    _use(session, actor, sitting, hands & rules.PROPOSING, now)

    other = _other(session, sitting)
    assert other is not None and other.id is not None and sitting.form_id is not None and actor.person_id is not None
    switch = FormSwitch(
        sitting_id=sitting_id,
        from_form_id=sitting.form_id,
        to_form_id=other.id,
        reason=draft.reason,
        note=draft.note.strip(),
        proposed_at=now,
        proposed_by=actor.person_id,
    )
    session.add(switch)
    session.flush()

    # What happened may name people, so the record holds its digest; the page has the words.
    data = _data(switch, other) | {"note": sealing.digest(switch.note.encode())}
    record(session, Event.SWITCH_PROPOSED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return switch


def decide(session: Session, actor: Actor, switch_id: int, *, accept: bool, now: datetime) -> FormSwitch:
    """Confirm or decline what another person proposed; confirming carries it out at once.

    Raises:
        NotFound: no such proposal, or of another's sitting.
        Refused: the same person, not this person's to confirm, or separation excludes them.
        WrongState: it has been decided, the exam is over, or a sheet was closed meanwhile.
    """
    found = queries.switch(session, switch_id)
    if found is None:
        raise errors.NotFound()
    sitting, hands = _sitting(session, actor, found.sitting_id, now=now)
    # Read again behind the lock of the sitting: of two that confirm at once the second finds it decided.
    switch = queries.switch(session, switch_id)
    assert switch is not None
    rules.may_confirm(
        _room(session, sitting, now),
        hands,
        decided=switch.decided_at is not None,
        same_person=switch.proposed_by == actor.person_id,
        accept=accept,
    ).or_refuse()
    _use(session, actor, sitting, hands & rules.CONFIRMING, now)

    switch.decided_at, switch.decided_by, switch.confirmed = now, actor.person_id, accept
    session.add(switch)
    session.flush()
    given_up = _carry_out(session, actor, sitting, switch, now) if accept else {}

    other = session.get_one(PaperForm, switch.to_form_id)
    data = _data(switch, other) | {"confirmed": accept, "sheets": given_up}
    record(session, Event.SWITCH_DECIDED, actor.label, f"sitting:{sitting.id}", now=now, data=data)
    return switch


def hands_of(session: Session, actor: Actor, sitting: Sitting, *, now: datetime) -> frozenset[Hand]:
    """As whom somebody may have a hand in the switch of a room."""
    found = set()
    if Duty.ARRANGE in actor.duties:
        found.add(Hand.ARRANGER)
    if Duty.APPROVE in actor.duties:
        found.add(Hand.APPROVER)
    proctors = Duty.PROCTOR in actor.duties and actor.person_id in sittings.proctors(session, sitting.id or 0)
    if proctors and on_duty.judge(session, actor, sitting, now=now).allowed:
        found.add(Hand.PROCTOR)
    return frozenset(found)


def room_of(session: Session, sitting: Sitting, *, now: datetime) -> Room:
    """What a switch of a room depends on, as it stands."""
    return _room(session, sitting, now)


def _sitting(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> tuple[Sitting, frozenset[Hand]]:
    using.require_reach(actor, Right.PAPERS_SWITCH, sittings.subject(session, sitting_id))
    sitting = timekeeping.locked(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    return sitting, hands_of(session, actor, sitting, now=now)


def _use(session: Session, actor: Actor, sitting: Sitting, hands: frozenset[Hand], now: datetime) -> None:
    """Use the duty that brings the hand; whoever has two such duties acts by the one that is nearest to the room."""
    hand = next(one for one in Hand if one in hands)
    using.use_duty(session, actor, DUTIES[hand], f"class:{sitting.class_id}", now=now)


def _other(session: Session, sitting: Sitting) -> PaperForm | None:
    return queries.other_form(session, sitting.form_id) if sitting.form_id is not None else None


def _room(session: Session, sitting: Sitting, now: datetime) -> Room:
    other = _other(session, sitting)
    paper = papers.paper(session, other.paper_id) if other is not None else None
    closed = [one for one in sittings.seats_of(session, sitting.id or 0) if one.handed_in_at is not None]
    return Room(
        phase=phases.phase(sittings.times_of(sitting, now), now),
        rehearsal=sitting.rehearsal,
        cancelled=sitting.cancelled_at is not None,
        closed=len(closed),
        paper=PaperState(paper.state) if paper is not None else None,
        has_other=other is not None,
        spent=other is not None and queries.spent(session, other.id or 0),
        on_paper=on_paper.number_on_paper(session, sitting.id or 0),
    )


def _data(switch: FormSwitch, other: PaperForm) -> dict[str, object]:
    return {"switch": switch.id, "paper": other.paper_id, "form": other.letter, "reason": switch.reason}


def _carry_out(session: Session, actor: Actor, sitting: Sitting, switch: FormSwitch, now: datetime) -> dict[str, str]:
    """Put the sheets away, and begin with the other form; the digests of the sheets, by seat."""
    begun = [one for one in queries.open_seats(session, sitting.id or 0) if one.started_at is not None]
    given_up = _archive(session, switch, begun)
    sitting.form_id = switch.to_form_id
    if phases.phase(sittings.times_of(sitting, now), now) not in {Phase.PLANNED, Phase.CHECK_IN}:
        breaking.begin_anew(session, sitting, now)
    session.add(sitting)
    session.flush()
    if given_up:
        _tell(session, actor, sitting, switch, now)
    return {str(seat_id): digest for seat_id, digest in sorted(given_up.items())}


def _archive(session: Session, switch: FormSwitch, begun: list[Seat]) -> dict[int, str]:
    if not begun:
        return {}
    given = sheets.given(session, begun)
    digests = {one.id or 0: handing_in.digest(given.get(one.id or 0, {})) for one in begun}
    for seat in begun:
        assert seat.started_at is not None and seat.id is not None
        kept = ArchivedSheet(
            switch_id=switch.id or 0, seat_id=seat.id, started_at=seat.started_at, digest=digests[seat.id]
        )
        session.add(kept)
        seat.started_at = None
        session.add(seat)
    session.flush()

    of_the_room = col(Answer.sitting_id) == switch.sitting_id
    names = ["seat_id", "position", "choice", "flagged", "seq", "saved_at"]
    kept_answers = sa.select(sa.literal(switch.id), *(getattr(Answer, name) for name in names)).where(of_the_room)
    session.execute(sa.insert(ArchivedAnswer).from_select(["switch_id", *names], kept_answers))
    session.execute(sa.delete(Answer).where(of_the_room))
    return digests


def _tell(session: Session, actor: Actor, sitting: Sitting, switch: FormSwitch, now: datetime) -> None:
    letter = session.get_one(PaperForm, switch.to_form_id).letter
    assert actor.person_id is not None
    text = TOLD.format(letter=letter)
    session.add(Message(sitting_id=sitting.id or 0, text=text, sent_at=now, sent_by=actor.person_id))
    session.flush()
