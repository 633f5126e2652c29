"""Seats that answered on paper: the declaration by two, what two people copied from the sheet, and what counts."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.kernel.pictures import PictureType
from service.kernel.sealing import SEALED_MORE
from service.sittings.rules.on_paper import PaperReason
from service.sittings.rules.room import PHOTO_BYTES
from service.sittings.rules.transcribing import Settling


class PaperSheet(SQLModel, table=True):
    """That a seat answers on paper, as one person declared and another decided it; a seat has one that is not declined.

    ``saved`` is the digest of what its machine had saved when that stopped, which stays as it was.
    """

    __tablename__ = "sittings_paper_sheet"
    __table_args__ = (
        one_of("reason", PaperReason),
        both_or_neither("decided_at", "decided_by", "confirmed"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("(saved IS NOT NULL) = (confirmed IS NOT NULL AND confirmed)", name="saved_kept"),
        sa.Index(
            "uq_sittings_paper_sheet_standing",
            "seat_id",
            unique=True,
            sqlite_where=sa.text("confirmed IS NULL OR confirmed"),
            postgresql_where=sa.text("confirmed IS NULL OR confirmed"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    reason: str = Field(max_length=20)
    note: str = Field(max_length=200)
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    confirmed: bool | None = None
    saved: str | None = Field(default=None, max_length=64)


class SheetEntry(SQLModel, table=True):
    """What one person copied from a sheet; two natural persons have one each that stands.

    ``choices`` is JSON by position, as :func:`service.sittings.actions.handing_in.written` writes it. It never changes:
    whoever takes theirs back enters another one.
    """

    __tablename__ = "sittings_sheet_entry"
    __table_args__ = (
        sa.CheckConstraint("round BETWEEN 1 AND 2 AND copy_number >= 1", name="counted"),
        sa.UniqueConstraint("entered_by", "nonce", name="uq_sittings_sheet_entry_nonce"),
        *(
            sa.Index(
                f"uq_sittings_sheet_entry_{name}",
                "sheet_id",
                column,
                unique=True,
                sqlite_where=sa.text("withdrawn_at IS NULL"),
                postgresql_where=sa.text("withdrawn_at IS NULL"),
            )
            for name, column in (("round", "round"), ("person", "entered_by"))
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    sheet_id: int = Field(foreign_key="sittings_paper_sheet.id", index=True)
    round: int
    copy_number: int
    choices: str
    nonce: str = Field(max_length=40)
    entered_at: datetime = Field(sa_type=Instant)
    entered_by: int = Field(foreign_key="access_person.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)


class Transcript(SQLModel, table=True):
    """The answers of a sheet as they count: what two copied alike, or what a third decided. It never changes."""

    __tablename__ = "sittings_transcript"
    __table_args__ = (
        one_of("how", Settling),
        sa.CheckConstraint("(how = 'decided') = (decided_by IS NOT NULL)", name="decided_by_somebody"),
        sa.CheckConstraint("copy_number >= 1", name="copy_counted"),
        sa.UniqueConstraint("sitting_id", "copy_number", name="uq_sittings_transcript_copy"),
    )

    sheet_id: int = Field(primary_key=True, foreign_key="sittings_paper_sheet.id")
    sitting_id: int = Field(foreign_key="sittings_sitting.id")
    seat_id: int = Field(foreign_key="sittings_seat.id", unique=True)
    copy_number: int
    choices: str
    digest: str = Field(max_length=64)
    how: str = Field(max_length=20)
    settled_at: datetime = Field(sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    note: str = Field(default="", max_length=200)


class SheetPhoto(SQLModel, table=True):
    """A picture of an answer sheet; the same picture sent twice is one. Emptied once it was disposed of."""

    __tablename__ = "sittings_sheet_photo"
    __table_args__ = (
        sa.UniqueConstraint("sheet_id", "digest"),
        one_of("media_type", PictureType),
        sa.CheckConstraint(f"length(picture_sealed) <= {PHOTO_BYTES + SEALED_MORE}", name="picture_size"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sheet_id: int = Field(foreign_key="sittings_paper_sheet.id", index=True)
    media_type: str = Field(max_length=20)
    picture_sealed: bytes
    key_id: str = Field(default="", max_length=8, sa_column_kwargs=defaulting(""))
    digest: str = Field(max_length=64)
    added_at: datetime = Field(sa_type=Instant)
    added_by: int = Field(foreign_key="access_person.id")
