"""What has been kept long enough, and what was proposed and decided about it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import SignedIn
from service.kernel.paging import PageOf, page_of
from service.oversight.rules.retention import Kept
from service.oversight.tables import Disposal
from service.programme.tables import TrainingClass
from service.results.queries import disposed
from service.sittings.tables import Incident, IncidentPhoto, SheetPhoto


@dataclass(frozen=True, slots=True)
class Lot:
    """Records of one kind: how many, and SHA-256 over a line of each in their order."""

    number: int
    digest: str


def lot(session: Session, kind: Kept, before: datetime) -> Lot:
    """All of a kind that was over before an instant."""
    found, number = hashlib.sha256(), 0
    for line in _lines(session, kind, before):
        found.update(f"{line}\n".encode())
        number += 1
    return Lot(number, found.hexdigest())


def _lines(session: Session, kind: Kept, before: datetime) -> Iterator[str]:
    match kind:
        case Kept.SESSIONS:
            for one in session.exec(select(SignedIn).where(*_over(before)).order_by(col(SignedIn.token_digest))):
                yield f"{one.token_digest} {one.account_id} {one.began_at.isoformat()} {one.ends_at.isoformat()}"
        case Kept.PICTURES:
            yield from _pictures(session, before)
        case Kept.ANSWERS:
            for class_id in disposed.due(session, before):
                yield from disposed.lines(session, class_id)
        case Kept.JOURNAL | Kept.RESULTS:
            return
        case _:
            assert_never(kind)


def _pictures(session: Session, before: datetime) -> Iterator[str]:
    statement = sa.select(col(IncidentPhoto.id), col(IncidentPhoto.digest)).where(_seen(before))
    for photo_id, digest in session.execute(statement.order_by(col(IncidentPhoto.id))):
        yield f"{photo_id} {digest}"
    sheets = sa.select(col(SheetPhoto.id), col(SheetPhoto.digest)).where(*_copied(before))
    for photo_id, digest in session.execute(sheets.order_by(col(SheetPhoto.id))):
        yield f"sheet {photo_id} {digest}"


def dispose(session: Session, kind: Kept, before: datetime) -> None:
    """Let them go. Of a picture its digest stays, for the room record names it."""
    match kind:
        case Kept.SESSIONS:
            session.execute(sa.delete(SignedIn).where(*_over(before)))
        case Kept.PICTURES:
            emptied = sa.update(IncidentPhoto).where(_seen(before)).values(picture_sealed=b"")
            session.execute(emptied, execution_options={"synchronize_session": False})
            sheets = sa.update(SheetPhoto).where(*_copied(before)).values(picture_sealed=b"")
            session.execute(sheets, execution_options={"synchronize_session": False})
        case Kept.JOURNAL | Kept.RESULTS | Kept.ANSWERS:
            raise AssertionError("the rule refused these before, or results let them go")
        case _:
            assert_never(kind)


def blocked(session: Session, kind: Kept, before: datetime) -> list[str]:
    """The codes of classes that are due and have something open; other kinds wait for nothing."""
    return disposed.blocked(session, disposed.due(session, before)) if kind is Kept.ANSWERS else []


def classes(session: Session, kind: Kept, before: datetime) -> list[str]:
    """The codes of the classes whose answers would go; other kinds do not go by classes."""
    if kind is not Kept.ANSWERS:
        return []
    due = disposed.due(session, before)
    return list(
        session.exec(select(TrainingClass.code).where(col(TrainingClass.id).in_(due)).order_by(TrainingClass.code))
    )


def _over(before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    # Those of seats stay: what a candidate's machine sent is known by its session.
    return col(SignedIn.account_id).is_not(None), col(SignedIn.ends_at) < before


def _seen(before: datetime) -> sa.ColumnElement[bool]:
    incidents = sa.select(col(Incident.id)).where(col(Incident.at) < before)
    return sa.and_(col(IncidentPhoto.incident_id).in_(incidents), sa.func.length(col(IncidentPhoto.picture_sealed)) > 0)


def _copied(before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return col(SheetPhoto.added_at) < before, sa.func.length(col(SheetPhoto.picture_sealed)) > 0


def disposals(session: Session, page: int) -> PageOf[Disposal]:
    """A page of the proposals, those that wait for a decision first, then the newest."""
    waiting = sa.case((col(Disposal.decided_at).is_(None), 0), else_=1)
    return page_of(session, select(Disposal).order_by(waiting, col(Disposal.id).desc()), page)


def open_of(session: Session, kind: Kept) -> int:
    """How many proposals of a kind wait for a decision."""
    waiting = select(sa.func.count()).where(Disposal.kind == kind, col(Disposal.decided_at).is_(None))
    return session.exec(waiting).one()


def waiting(session: Session, person_id: int | None) -> int:
    """How many proposals of others wait for somebody's decision."""
    others = select(sa.func.count()).where(col(Disposal.decided_at).is_(None), col(Disposal.proposed_by) != person_id)
    return session.exec(others).one()


def locked(session: Session, disposal_id: int) -> Disposal | None:
    """A proposal, held until its decision is written."""
    return session.exec(select(Disposal).where(Disposal.id == disposal_id).with_for_update()).first()
