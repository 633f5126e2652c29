"""The content of a room record (考场记录): what the stored events of a sitting say, whoever asks and whenever.

Nothing in it depends on the moment of reading, so that two people who read the same events sign the same content.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Account, Person
from service.journal.rules import Event
from service.journal.tables import JournalEntry
from service.papers.tables import Opening, PaperForm
from service.sittings.queries import happenings, late, on_paper, outages, relieving, reopening, switching
from service.sittings.queries.day import SittingView, planned, proctors, seats_of
from service.sittings.tables import (
    Case,
    Departure,
    ExtraTime,
    IdentityCheck,
    Incident,
    Message,
    Pause,
    Scan,
    Seat,
    Sitting,
)

Entry = dict[str, Any]
# The version of the content's form; a reader in ten years must know how to read it.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Names:
    """Seats by number, persons by name."""

    seats: dict[int, int]
    people: dict[int, str]

    def seat(self, seat_id: int | None) -> int | None:
        return self.seats.get(seat_id) if seat_id is not None else None

    def person(self, person_id: int | None) -> str:
        return self.people.get(person_id, "") if person_id is not None else ""


def content(session: Session, view: SittingView) -> Entry:
    """The whole record as plain values; instants are datetimes in UTC."""
    sitting, sitting_id = view.sitting, view.sitting.id or 0
    seats = seats_of(session, sitting_id)
    names = Names({seat.id or 0: seat.number for seat in seats}, _people(session, sitting_id))
    told = relieving.told(session, sitting_id, names.person) | switching.of_record(session, sitting, names.person)
    return {
        "version": VERSION,
        "sitting": _sitting(session, view, seats),
        "proctors": sorted(names.person(one) for one in proctors(session, sitting_id)),
        **(told | on_paper.of_record(session, sitting_id, names.person)),
        **reopening.of_record(session, sitting_id, names.person),
        "seats": [_seat(seat, names) for seat in seats],
        "openings": _openings(session, sitting, names),
        "pauses": [_pause(row, names) for row in _rows(session, Pause, sitting_id)],
        "extra_time": [_extra(row, names) for row in _rows(session, ExtraTime, sitting_id)],
        "incidents": _incidents(session, sitting_id, names),
        "machine_changes": _machine_changes(session, seats, names),
        "offline_check_ins": _offline(session, sitting_id, names),
        "cases": [_case(row, names) for row in _rows(session, Case, sitting_id)],
        "rechecks": [_check(row, names) for row in _rows(session, IdentityCheck, sitting_id, "checked_at", "seat_id")],
        "leavings": _leavings(session, sitting_id, names),
        "messages": [
            {"seat": names.seat(row.seat_id), "text": row.text, "at": row.sent_at, "by": names.person(row.sent_by)}
            for row in _rows(session, Message, sitting_id)
        ],
    } | (late.of_record(session, sitting_id, names.seats) | outages.of_record(session, sitting_id))


def _people(session: Session, sitting_id: int) -> dict[int, str]:
    """Who may be named in a record: the candidates, and whoever has an account."""
    seated = select(Seat.person_id).where(Seat.sitting_id == sitting_id)
    named = sa.or_(col(Person.id).in_(select(Account.person_id)), col(Person.id).in_(seated))
    rows = session.execute(sa.select(col(Person.id), col(Person.name)).where(named))
    return {row[0]: row[1] for row in rows}


def _rows(session: Session, table: type[Any], sitting_id: int, *by: str) -> list[Any]:
    statement = select(table).where(col(table.sitting_id) == sitting_id)
    return list(session.exec(statement.order_by(*(getattr(table, name) for name in by or ("id",)))))


def _sitting(session: Session, view: SittingView, seats: list[Seat]) -> Entry:
    row, at = view.sitting, planned(view.sitting)
    form = session.get(PaperForm, row.form_id) if row.form_id is not None else None
    closed = [seat.handed_in_at for seat in seats if seat.handed_in_at is not None]
    return {
        "id": row.id,
        "class": view.training_class.name,
        "class_code": view.training_class.code,
        "exam_point": view.point.name,
        "county": view.point.county,
        "room": view.room.name,
        "form": form.letter if form is not None else None,
        "rehearsal": row.rehearsal,
        "planned_start": at.starts_at,
        "planned_end": at.ends_at,
        "last_entry_at": at.last_entry_at,
        "began_at": row.began_at or (at.starts_at if any(seat.started_at for seat in seats) else None),
        "last_sheet_at": max(closed, default=None),
        "duration_minutes": row.duration_minutes,
        "extra_seconds": row.extra_seconds,
    }


def _seat(seat: Seat, names: Names) -> Entry:
    return {
        "seat": seat.number,
        "name": names.person(seat.person_id),
        "ticket_number": seat.ticket_number,
        "admitted_at": seat.admitted_at,
        "admitted_by": names.person(seat.admitted_by),
        "refusal": seat.refusal,
        "refused_at": seat.refused_at,
        "started_at": seat.started_at,
        "handed_in_at": seat.handed_in_at,
        "handed_in_by": seat.handed_in_by,
        "termination": seat.termination,
        "sheet": seat.sheet_digest,
        "extra_seconds": seat.extra_seconds,
    }


def _openings(session: Session, sitting: Sitting, names: Names) -> list[Entry]:
    if sitting.form_id is None:
        return []
    in_order = col(Opening.at), col(Opening.person_id)
    hands = session.exec(select(Opening).where(Opening.form_id == sitting.form_id).order_by(*in_order))
    return [{"by": names.person(hand.person_id), "at": hand.at} for hand in hands]


def _pause(row: Pause, names: Names) -> Entry:
    return {
        "seat": names.seat(row.seat_id),
        "reason": row.reason,
        "paused_at": row.paused_at,
        "paused_by": names.person(row.paused_by),
        "resumed_at": row.resumed_at,
        "resumed_by": names.person(row.resumed_by),
    }


def _extra(row: ExtraTime, names: Names) -> Entry:
    return {
        "seat": names.seat(row.seat_id),
        "kind": row.kind,
        "seconds": row.seconds,
        "reason": row.reason,
        "at": row.given_at,
        "by": names.person(row.given_by),
    }


def _incidents(session: Session, sitting_id: int, names: Names) -> list[Entry]:
    photos = happenings.photo_digests(session, sitting_id)
    return [
        {
            "number": place,
            "seat": names.seat(row.seat_id),
            "kind": row.kind,
            # Only where a branch was chosen, so that records signed before it was kept still say the same.
            **({"cause": row.cause} if row.cause is not None else {}),
            "text": row.text,
            "at": row.at,
            "by": names.person(row.person_id),
            "photos": photos.get(row.id, []),
        }
        for place, row in enumerate(_rows(session, Incident, sitting_id), start=1)
    ]


def _machine_changes(session: Session, seats: list[Seat], names: Names) -> list[Entry]:
    """Seats that were let go on another machine: the journal has kept it, nothing else needed to."""
    numbers = {f"seat:{seat.id}": seat.number for seat in seats}
    persons = {row[0]: row[1] for row in session.execute(sa.select(col(Account.id), col(Account.person_id)))}
    released = JournalEntry.event == Event.SEAT_RELEASED, col(JournalEntry.subject).in_(numbers)
    statement = select(JournalEntry).where(*released).order_by(col(JournalEntry.seq))
    return [
        {
            "seat": numbers[entry.subject],
            "reason": str(json.loads(entry.data).get("reason", "")),
            "at": datetime.fromisoformat(entry.at),
            "by": names.person(persons.get(int(entry.actor.partition(":")[2] or 0))),
        }
        for entry in session.exec(statement)
    ]


def _offline(session: Session, sitting_id: int, names: Names) -> list[Entry]:
    """What a tablet did at the door while it was cut off, and told later."""
    return [
        {
            "seat": names.seat(row.seat_id),
            "act": row.act,
            "verdict": row.verdict,
            "at": row.at,
            "learnt_at": row.learnt_at,
            "by": names.person(row.person_id),
        }
        for row in _rows(session, Scan, sitting_id)
        if row.offline
    ]


def _case(row: Case, names: Names) -> Entry:
    return {
        "seat": names.seat(row.seat_id),
        "kind": row.kind,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "closed_by": names.person(row.closed_by),
        "outcome": row.outcome,
        "reason": row.reason,
    }


def _check(row: IdentityCheck, names: Names) -> Entry:
    return {
        "seat": names.seat(row.seat_id),
        "due_at": row.due_at,
        "checked_at": row.checked_at,
        "by": names.person(row.checked_by),
        "outcome": row.outcome,
        "note": row.note,
    }


def _leavings(session: Session, sitting_id: int, names: Names) -> list[Entry]:
    """How often which seat was left in which way."""
    statement = (
        sa.select(col(Departure.seat_id), col(Departure.kind), sa.func.count(), sa.func.sum(col(Departure.seconds)))
        .where(col(Departure.sitting_id) == sitting_id)
        .group_by(col(Departure.seat_id), col(Departure.kind))
    )
    found = [
        {"seat": names.seat(seat_id), "kind": kind, "times": int(times), "seconds": int(seconds)}
        for seat_id, kind, times, seconds in session.execute(statement)
    ]
    return sorted(found, key=lambda one: (one["seat"], one["kind"]))
