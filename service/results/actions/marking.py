"""Handing in and marking, one act: the sheet is closed and marked in the same transaction.

Only this module of results opens answer keys.
"""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import SYSTEM, record
from service.journal.rules import Event
from service.kernel import errors
from service.papers import queries as papers
from service.papers.actions import keys
from service.papers.rules import blueprint
from service.results import queries, rules
from service.results.tables import Mark, Result
from service.sittings import queries as sittings
from service.sittings.actions import sitting_exam
from service.sittings.actions.sitting_exam import Sheet
from service.sittings.rules.seats import HandedInBy


def hand_in_own(session: Session, actor: Actor, *, now: datetime) -> Sheet:
    """A candidate hands in: closed, marked, done."""
    seat, _, _ = sitting_exam.own_seat(session, actor, now=now)
    return _hand_in(session, seat.id or 0, HandedInBy.CANDIDATE, actor.label, now)


def collect(session: Session, actor: Actor, seat_id: int, *, now: datetime) -> Sheet:
    """A proctor of the sitting collects a sheet."""
    seat = sittings.seat(session, seat_id)
    if seat is None:
        raise errors.NotFound()

    using.require_reach(actor, Right.SITTINGS_PROCTOR, sittings.subject(session, seat.sitting_id))

    sitting = sittings.sitting(session, seat.sitting_id)
    assert sitting is not None
    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)

    return _hand_in(session, seat_id, HandedInBy.PROCTOR, actor.label, now)


def any_overdue(session: Session, *, now: datetime) -> bool:
    """Whether the clock has anything to hand in."""
    return bool(sittings.overdue(session, now))


def hand_in_overdue(session: Session, *, now: datetime) -> int:
    """The clock hands in every sheet whose time has run out; how many there were."""
    overdue = sittings.overdue(session, now)
    for seat_id in overdue:
        _hand_in(session, seat_id, HandedInBy.CLOCK, SYSTEM, now)
    return len(overdue)


def _hand_in(session: Session, seat_id: int, by: HandedInBy, label: str, now: datetime) -> Sheet:
    sheet = sitting_exam.hand_in(session, seat_id, by, label, now=now)
    if sheet.sitting.form_id is not None:
        # A rehearsal counts for nothing, so there is nothing to mark.
        _mark(session, sheet, sheet.sitting.form_id, now=now)
    return sheet


def _mark(session: Session, sheet: Sheet, form_id: int, *, now: datetime) -> Result:
    """Mark a sheet exactly, in integers, by the key of the form that was sat."""
    form = papers.form(session, form_id)
    assert form is not None
    paper = papers.paper(session, form.paper_id)
    assert paper is not None
    plan = blueprint.parse(papers.blueprint_by_id(session, paper.blueprint_id).body)

    # Who was admitted but whose paper never was opened has nothing to be marked by, and a blank sheet anyway.
    key = keys.use_key(session, form_id, SYSTEM, f"seat:{sheet.seat.id}", now=now) if form.opened_at is not None else {}
    scored = {
        position: rules.Scored(
            choice=sheet.choices.get(position, ""),
            points=rules.score(entry.kind, entry.key, sheet.choices.get(position, ""), entry.points),
            of=entry.points,
        )
        for position, entry in key.items()
    }
    points = sum(one.points for one in scored.values())

    result = Result(
        seat_id=sheet.seat.id or 0,
        sitting_id=sheet.sitting.id or 0,
        class_id=sheet.sitting.class_id,
        trainee_id=sheet.seat.trainee_id,
        verdict=rules.verdict(points, plan.pass_points),
        points=points,
        pass_points=plan.pass_points,
        marked_at=now,
    )
    session.add(result)
    session.flush()
    assert result.id is not None
    session.add_all(
        Mark(result_id=result.id, position=place, choice=one.choice, points=one.points, of=one.of)
        for place, one in scored.items()
    )
    session.flush()

    # The journal has readers before publication, so it holds the digest of the marks and not the points.
    data = {"sheet": sheet.seat.sheet_digest, "marks": rules.digest(scored)}
    record(session, Event.SEAT_MARKED, SYSTEM, f"seat:{sheet.seat.id}", now=now, data=data)
    return result


def close_empty_seats(session: Session, class_id: int, *, now: datetime) -> None:
    """Give whoever never sat a result too: absent, or refused at the door, with no points."""
    for seat in sittings.seats_of_class(session, class_id):
        if seat.admitted_at is not None or queries.result_of_seat(session, seat.id or 0) is not None:
            continue
        sitting = sittings.sitting(session, seat.sitting_id)
        assert sitting is not None
        found = rules.Verdict.REFUSED if seat.refused_at is not None else rules.Verdict.ABSENT
        session.add(
            Result(
                seat_id=seat.id or 0,
                sitting_id=seat.sitting_id,
                class_id=class_id,
                trainee_id=seat.trainee_id,
                verdict=found,
                points=0,
                pass_points=0,
                marked_at=now,
            )
        )
        session.flush()
        record(session, Event.SEAT_MARKED, SYSTEM, f"seat:{seat.id}", now=now, data={"verdict": found})
