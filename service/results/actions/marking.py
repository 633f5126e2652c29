"""Handing in and marking, one act: the sheet is closed and marked in the same transaction.

Answer keys are opened here, in ``remarking``, for appeals, in ``repeating``, and in ``grading`` for the rubrics of free
texts. Whole rooms hand in within seconds, so every step takes many at once.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor
from service.journal.actions import SYSTEM, Note, record, record_many
from service.journal.rules import Event
from service.kernel import errors
from service.papers import queries as papers
from service.papers.actions import keys
from service.papers.actions.keys import KeyEntry
from service.papers.rules import blueprint
from service.results import queries, rules
from service.results.actions import dealing, storing
from service.results.queries import standing
from service.results.rules import scoring
from service.results.tables import Result
from service.sittings import queries as sittings
from service.sittings.actions import handing_in, minding, on_duty
from service.sittings.actions.handing_in import Closing, Sheet
from service.sittings.rules import room
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.room import IncidentKind
from service.sittings.rules.seats import HandedInBy

Outcome = Sheet | errors.ServiceError
# By position and choice, the points and the entry of what other sheets of the group have shown already.
Known = dict[int, dict[str, tuple[int, str]]]


def hand_in_own(session: Session, machines: Sequence[Machine], *, now: datetime) -> list[Outcome]:
    """Candidates hand in: closed, marked, done; a refusal is a value, so that one does not hold up the others."""
    found = handing_in.own_closings(session, machines, now=now)
    ready = [one for one in found if isinstance(one, Closing)]
    outcomes = iter(_hand_in(session, ready, now))
    return [next(outcomes) if isinstance(one, Closing) else one for one in found]


def collect(
    session: Session, actor: Actor, seat_id: int, *, now: datetime, by: HandedInBy = HandedInBy.PROCTOR
) -> Sheet:
    """A proctor of the sitting collects a sheet."""
    seat = sittings.seat(session, seat_id)
    if seat is None:
        raise errors.NotFound()

    sitting = on_duty.require(session, actor, seat.sitting_id, now=now)

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)

    outcome = _hand_in(session, [Closing(seat_id, by, actor.label)], now)[0]
    if isinstance(outcome, errors.ServiceError):
        raise outcome
    return outcome


def terminate(session: Session, actor: Actor, seat_id: int, kind: IncidentKind, note: str, *, now: datetime) -> Sheet:
    """A proctor ends an exam for a coded reason: the sheet is closed and marked as it is, and an incident says why.

    Whether the result is void is for two people to decide later.

    Raises:
        Refused: an exam is not ended for this. WrongState: the sheet is closed already, or nobody sits there.
    """
    room.may_end(kind).or_refuse()
    sheet = collect(session, actor, seat_id, now=now, by=HandedInBy.TERMINATION)

    sheet.seat.termination = kind
    session.add(sheet.seat)
    incident = minding.note_incident(session, actor, sheet.sitting, sheet.seat, kind, note, now=now)

    data = {"kind": kind, "incident": incident.id}
    record(session, Event.SEAT_TERMINATED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return sheet


def overdue(session: Session, *, now: datetime) -> list[list[int]]:
    """The seats whose sheets the clock has to hand in, those of each sitting together."""
    return list(sittings.overdue(session, now).values())


def hand_in_by_clock(session: Session, seat_ids: Sequence[int], *, now: datetime) -> list[bool]:
    """The clock hands in those of these sheets whose time has run out; whether it did, for each."""
    closings = [Closing(seat_id, HandedInBy.CLOCK, SYSTEM) for seat_id in seat_ids]
    return [isinstance(outcome, Sheet) for outcome in _hand_in(session, closings, now)]


def hand_in_overdue(session: Session, *, now: datetime) -> int:
    """The clock hands in every sheet whose time has run out; how many there were."""
    return sum(sum(hand_in_by_clock(session, seat_ids, now=now)) for seat_ids in overdue(session, now=now))


def _hand_in(session: Session, closings: Sequence[Closing], now: datetime) -> list[Outcome]:
    outcomes = handing_in.hand_in(session, closings, now=now)
    by_form: dict[int, list[Sheet]] = {}
    for outcome in outcomes:
        # A rehearsal counts for nothing, so there is nothing to mark; what is on paper has to be copied first.
        if isinstance(outcome, Sheet) and outcome.sitting.form_id is not None and outcome.seat.on_paper_at is None:
            by_form.setdefault(outcome.sitting.form_id, []).append(outcome)
    for form_id, sheets in by_form.items():
        _mark(session, form_id, sheets, now)
    return outcomes


def mark_copied(session: Session, sheet: Sheet, *, now: datetime) -> None:
    """Mark a sheet that was closed unmarked, by what was copied from paper; whoever copied it is on record before."""
    assert sheet.sitting.form_id is not None
    _mark(session, sheet.sitting.form_id, [sheet], now)


def _mark(session: Session, form_id: int, sheets: Sequence[Sheet], now: datetime) -> None:
    """Mark the sheets of a form exactly, in integers, by the key of that form."""
    form = papers.form(session, form_id)
    assert form is not None
    paper = papers.paper(session, form.paper_id)
    assert paper is not None
    pass_points = blueprint.parse(papers.blueprint_by_id(session, paper.blueprint_id).body).pass_points

    # Whose paper was never opened has nothing to be marked by, and nobody fails an exam that was never held.
    subjects = " ".join(f"seat:{sheet.seat.id}" for sheet in sheets)
    key = keys.use_key(session, form_id, SYSTEM, subjects, now=now) if form.opened_at is not None else {}
    known: Known = {position: {} for position in sorted(key)}
    scored = [score(sheet.choices, key, known) for sheet in sheets]
    marks = [entries for _, entries in scored]
    withdrawn = standing.withdrawn_of(session, [form_id]).get(form_id, frozenset())
    held = form.opened_at is not None
    outcomes = [
        _outcome(sheet, points + _relief(sheet.choices, key, known, withdrawn), pass_points, now, held=held)
        for sheet, (points, _) in zip(sheets, scored, strict=True)
    ]
    storing.store(session, outcomes, marks)
    dealing.deal(session, sheets, key, now=now)

    # The journal has readers before publication, so it holds the digest of the marks and not the points.
    notes = [
        Note(
            Event.SEAT_MARKED,
            SYSTEM,
            f"seat:{sheet.seat.id}",
            {"sheet": sheet.seat.sheet_digest, "marks": rules.digest(one)},
        )
        for sheet, one in zip(sheets, marks, strict=True)
    ]
    record_many(session, notes, now=now)


def score(choices: Mapping[int, str], key: Mapping[int, KeyEntry], known: Known) -> tuple[int, str]:
    """A sheet's points, and its marks as they are stored."""
    given, points, entries = choices.get, 0, []
    for position, seen in known.items():
        choice = given(position, "")
        if choice not in seen:
            of = key[position]
            one = rules.Scored(choice, scoring.score(of.kind, of.key, choice, of.points), of.points)
            seen[choice] = one.points, rules.entry(position, one)
        earned, entry = seen[choice]
        points += earned
        entries.append(entry)
    return points, rules.entries(entries)


def _relief(choices: Mapping[int, str], key: Mapping[int, KeyEntry], known: Known, withdrawn: Collection[int]) -> int:
    """The points that a sheet is due for items that two people withdrew before it came in; its marks stay as given."""
    return sum(key[at].points - known[at][choices.get(at, "")][0] for at in withdrawn if at in key)


def _outcome(sheet: Sheet, points: int, pass_points: int, now: datetime, *, held: bool) -> storing.Outcome:
    return storing.Outcome(
        seat_id=sheet.seat.id or 0,
        sitting_id=sheet.sitting.id or 0,
        class_id=sheet.sitting.class_id,
        trainee_id=sheet.seat.trainee_id,
        verdict=rules.verdict(points, pass_points) if held else rules.Verdict.VOID,
        points=points,
        pass_points=pass_points,
        marked_at=now,
    )


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
