"""Reads on seats that answered on paper: how far each is, what was copied from its sheet, and what counts."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.sittings.queries import desks
from service.sittings.rules import on_paper as rules
from service.sittings.rules.on_paper import PaperStage
from service.sittings.tables import PaperSheet, Seat, SheetEntry, Sitting, Transcript

STANDS = sa.or_(col(PaperSheet.confirmed).is_(None), col(PaperSheet.confirmed).is_(True))


@dataclass(frozen=True, slots=True)
class SheetView:
    """A declared sheet in words: its seat, who declared it, the entries that stand, and what counts."""

    sheet: PaperSheet
    seat: Seat
    sitting: Sitting
    proposer: str
    decider: str
    entries: list[SheetEntry] = field(default_factory=list)
    transcript: Transcript | None = None

    @property
    def stage(self) -> PaperStage:
        """How far it is."""
        return rules.stage(
            confirmed=bool(self.sheet.confirmed),
            closed=self.seat.handed_in_at is not None,
            entries=len(self.entries),
            settled=self.transcript is not None,
        )

    def mine(self, person_id: int | None) -> SheetEntry | None:
        """This person's own entry, while it stands."""
        return next((one for one in self.entries if one.entered_by == person_id), None)


def views(session: Session, *where: Any) -> list[SheetView]:
    """The declared sheets that stand or wait, by sitting and seat; ``where`` are conditions on their tables."""
    statement = (
        select(PaperSheet, Seat, Sitting)
        .join(Seat, col(Seat.id) == col(PaperSheet.seat_id))
        .join(Sitting, col(Sitting.id) == col(PaperSheet.sitting_id))
        .where(STANDS, *where)
        .order_by(col(Sitting.starts_at), col(Sitting.id), col(Seat.number))
    )
    rows = list(session.exec(statement))
    ids = [sheet.id or 0 for sheet, _, _ in rows]
    entries: dict[int, list[SheetEntry]] = {}
    standing = select(SheetEntry).where(col(SheetEntry.sheet_id).in_(ids), col(SheetEntry.withdrawn_at).is_(None))
    for one in session.exec(standing.order_by(col(SheetEntry.round))):
        entries.setdefault(one.sheet_id, []).append(one)
    settled = {one.sheet_id: one for one in session.exec(select(Transcript).where(col(Transcript.sheet_id).in_(ids)))}
    people = desks.names(session, {one for sheet, _, _ in rows for one in (sheet.proposed_by, sheet.decided_by) if one})
    return [
        SheetView(
            sheet,
            seat,
            sitting,
            people[sheet.proposed_by],
            people.get(sheet.decided_by or 0, ""),
            entries.get(sheet.id or 0, []),
            settled.get(sheet.id or 0),
        )
        for sheet, seat, sitting in rows
    ]


def view(session: Session, sheet_id: int) -> SheetView | None:
    """One declared sheet that stands or waits."""
    return next(iter(views(session, col(PaperSheet.id) == sheet_id)), None)


def locked(session: Session, sheet_id: int) -> SheetView | None:
    """One that is about to be changed, locked: of two people at once the second waits, and sees what the first did."""
    if session.get(PaperSheet, sheet_id, with_for_update=True, populate_existing=True) is None:
        return None
    return view(session, sheet_id)


def of_sitting(session: Session, sitting_id: int) -> list[SheetView]:
    """The declared sheets of a sitting by seat."""
    return views(session, col(PaperSheet.sitting_id) == sitting_id)


def stages(session: Session, sitting_id: int) -> dict[int, PaperStage]:
    """How far the sheets of a sitting are, by seat; asked every second by boards, so empty rooms cost one query."""
    some = select(PaperSheet.id).where(PaperSheet.sitting_id == sitting_id, STANDS).limit(1)
    if session.exec(some).first() is None:
        return {}
    return {one.sheet.seat_id: one.stage for one in of_sitting(session, sitting_id)}


def undecided(session: Session, seat_ids: Collection[int]) -> set[int]:
    """Of these seats those that one person declared and no second one has decided yet."""
    if not seat_ids:
        return set()
    waiting = select(PaperSheet.seat_id).where(
        col(PaperSheet.seat_id).in_(seat_ids), col(PaperSheet.decided_at).is_(None)
    )
    return set(session.exec(waiting))


def seats_locked(session: Session, sitting_id: int, seat_ids: Sequence[int]) -> list[Seat]:
    """The seats of these ids in a sitting, or all of it, locked in one order: a save at this moment finishes first."""
    statement = select(Seat).where(Seat.sitting_id == sitting_id).order_by(col(Seat.id)).with_for_update()
    if seat_ids:
        statement = statement.where(col(Seat.id).in_(seat_ids))
    return list(session.exec(statement.execution_options(populate_existing=True)))


def number_on_paper(session: Session, sitting_id: int) -> int:
    """How many seats of a sitting are declared, whether decided or not."""
    statement = select(sa.func.count()).where(PaperSheet.sitting_id == sitting_id, STANDS)
    return session.exec(statement).one()


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What still waits in some sittings: declarations for a second person, sheets for their transcription."""

    declarations: int = 0
    transcriptions: int = 0


def outstanding(session: Session, sitting_ids: Collection[int]) -> Outstanding:
    """What must be done before the results of these sittings may be confirmed; sheets count once they are closed."""
    settled = sa.exists().where(col(Transcript.sheet_id) == col(PaperSheet.id))
    waits = sa.and_(col(PaperSheet.confirmed).is_(True), col(Seat.handed_in_at).is_not(None), ~settled)
    statement = sa.select(
        sa.func.sum(sa.case((col(PaperSheet.confirmed).is_(None), 1), else_=0)),
        sa.func.sum(sa.case((waits, 1), else_=0)),
    )
    of = statement.join_from(PaperSheet, Seat, col(Seat.id) == col(PaperSheet.seat_id)).where(
        col(PaperSheet.sitting_id).in_(sitting_ids), STANDS
    )
    declarations, transcriptions = session.execute(of).one()
    return Outstanding(int(declarations or 0), int(transcriptions or 0))


def of_record(session: Session, sitting_id: int, name: Callable[[int | None], str]) -> dict[str, Any]:
    """The part of a room record that tells which seats answered on paper; left out where none did.

    Proctors sign what happened in the room: how the sheets were copied later must not undo that.
    """
    found = [
        {
            "seat": one.seat.number,
            "reason": one.sheet.reason,
            "note": one.sheet.note,
            "at": one.sheet.decided_at,
            "proposed_by": name(one.sheet.proposed_by),
            "decided_by": name(one.sheet.decided_by),
            "saved": one.sheet.saved,
        }
        for one in of_sitting(session, sitting_id)
        if one.sheet.confirmed
    ]
    return {"on_paper": found} if found else {}
