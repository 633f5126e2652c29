"""Reads on what was copied from answer sheets on paper, on what counts of it, and on the pictures of sheets."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from service.kernel import clock, sealing
from service.sittings.queries import sheets
from service.sittings.rules import on_paper as rules
from service.sittings.rules.transcribing import Entry
from service.sittings.tables import PaperPrint, PaperSheet, Seat, SheetEntry, SheetPhoto, Sitting, Transcript


def read(row: SheetEntry | Transcript) -> Entry:
    """What was copied, as the rules take it."""
    return Entry(row.copy_number, {int(at): choice for at, choice in json.loads(row.choices).items()})


def copies_printed(session: Session, sitting: Sitting) -> int:
    """How many copies of a sitting's form were printed; they are numbered from 1."""
    statement = select(sa.func.coalesce(sa.func.sum(PaperPrint.copies), 0)).where(
        PaperPrint.sitting_id == sitting.id,
        PaperPrint.form_id == sitting.form_id,
        col(PaperPrint.printed_at).is_not(None),
    )
    return int(session.exec(statement).one())


def copies_taken(session: Session, sitting_id: int, *, but: int) -> frozenset[int]:
    """The copies of a sitting on which the settled answers of seats stand, that of the sheet ``but`` aside."""
    statement = select(Transcript.copy_number).where(Transcript.sitting_id == sitting_id, Transcript.sheet_id != but)
    return frozenset(session.exec(statement))


def entry_by_nonce(session: Session, person_id: int, nonce: str) -> SheetEntry | None:
    """What this act of a person has become, if it was sent before."""
    found = select(SheetEntry).where(SheetEntry.entered_by == person_id, SheetEntry.nonce == nonce)
    return session.exec(found).first()


def copied_by(person_id: int, row: Any) -> sa.ColumnElement[bool]:
    """The condition that this person has copied or settled the sheet of a row's seat: they know whose it is."""
    entered = (
        sa.select(col(SheetEntry.id))
        .join(PaperSheet, col(PaperSheet.id) == col(SheetEntry.sheet_id))
        .where(col(PaperSheet.seat_id) == row.seat_id, col(SheetEntry.entered_by) == person_id)
    )
    decided = sa.exists().where(col(Transcript.seat_id) == row.seat_id, col(Transcript.decided_by) == person_id)
    return sa.or_(sa.exists(entered), decided)


def every_entry(session: Session, sheet_id: int) -> list[SheetEntry]:
    """The entries that stand, in their order."""
    found = select(SheetEntry).where(SheetEntry.sheet_id == sheet_id, col(SheetEntry.withdrawn_at).is_(None))
    return list(session.exec(found.order_by(col(SheetEntry.round))))


def transcripts(session: Session, seat_ids: Iterable[int | None]) -> dict[int, Transcript]:
    """The settled answers of these seats, by seat."""
    rows = session.exec(select(Transcript).where(col(Transcript.seat_id).in_(set(seat_ids))))
    return {row.seat_id: row for row in rows}


def counting(session: Session, seats: Sequence[Seat]) -> dict[int, dict[int, str]]:
    """What is marked of these seats, by seat and position: of the sheet and the machine where a sheet was copied."""
    given = sheets.given(session, seats)
    settled = transcripts(session, [one.id for one in seats])
    for seat in seats:
        row = settled.get(seat.id or 0)
        if row is not None and seat.on_paper_at is not None:
            rule = rules.precedence(clock.local(seat.on_paper_at).date())
            given[row.seat_id] = rules.combined(given.get(row.seat_id, {}), read(row).choices, rule)
    return given


# --- pictures of sheets ---


def photos_of(session: Session, sheet_id: int) -> list[SheetPhoto]:
    """The pictures of a sheet, without what is on them."""
    statement = select(SheetPhoto).options(defer(SheetPhoto.picture_sealed))  # type: ignore[arg-type]
    return list(session.exec(statement.where(SheetPhoto.sheet_id == sheet_id).order_by(col(SheetPhoto.id))))


def photo_place(sheet_id: int, digest: str) -> str:
    """What the encryption of a picture is bound to."""
    return f"sittings_sheet_photo:{sheet_id}:{digest}"


def picture(photo: SheetPhoto) -> bytes:
    """The picture in clear; nothing once it was disposed of."""
    place = photo_place(photo.sheet_id, photo.digest)
    return photo.picture_sealed and sealing.decrypt_picture(photo.picture_sealed, photo.key_id, bound_to=place)
