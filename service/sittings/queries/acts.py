"""Reads on what was done at the door before: acts by their nonces, what stands for a seat, tablets and cases."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.kernel.by_hand import Query
from service.kernel.database import read
from service.sittings.queries.door import Place
from service.sittings.rules import door
from service.sittings.rules.door import Act, CaseKind, Standing
from service.sittings.tables import Case, Scan, Tablet


@dataclass(frozen=True, slots=True)
class Known:
    """What an act was stored as."""

    verdict: str
    case: CaseKind | None
    seat_id: int | None


@dataclass(frozen=True, slots=True)
class KnownTablet:
    """A tablet as the door judges it: whose it is, whether it was shut out, when it was last heard of."""

    id: int
    person_id: int
    shut_out: bool
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with the act it is about, who acted on which tablet, and who closed it."""

    case: Case
    scan: Scan
    proctor: str
    tablet: str | None
    closer: str | None


_ACTS = Query("""
SELECT seat_id, act, device, at, person_id, reason FROM sittings_scan
WHERE seat_id IN ?* AND act <> 'look' AND verdict = 'allowed' ORDER BY id
""")


def recall(session: Session, found: Collection[Place]) -> None:
    """Fill in what stands for these seats, from the acts so far."""
    done: dict[int, list[Standing]] = {place.seat_id: [] for place in found}
    for seat_id, act, device, at, person_id, reason in _ACTS.rows(session, list(done)):
        happened_at = read(at)
        assert happened_at is not None
        done[seat_id].append(Standing(Act(act), device, happened_at, person_id, reason))
    for place in found:
        place.standing = door.stands(done[place.seat_id]) or _before_the_record(place)
        admissions = [one.at for one in (done[place.seat_id] or place.standing) if one.act is Act.ADMIT]
        place.let_in_at = min(admissions, default=None)


def _before_the_record(place: Place) -> list[Standing]:
    """Seats that were decided before acts were kept one by one."""
    if place.admitted_at is not None:
        return [Standing(Act.ADMIT, "", place.admitted_at, place.admitted_by or 0)]
    if place.refused_at is not None:
        return [Standing(Act.REFUSE, "", place.refused_at, place.refused_by or 0, place.refusal or "")]
    return []


_TABLETS = Query("SELECT device, id, person_id, revoked_at, seen_at FROM sittings_tablet WHERE device IN ?*")


def tablets(session: Session, devices: Collection[str]) -> dict[str, KnownTablet]:
    """Tablets by the id that each drew for itself."""
    found = _TABLETS.rows(session, list(devices)) if devices else ()
    return {row[0]: KnownTablet(row[1], row[2], row[3] is not None, read(row[4])) for row in found}


def tablet(session: Session, device: str) -> Tablet | None:
    """One tablet by the id it drew for itself; locked, so that nobody shuts it out in the same moment."""
    statement = select(Tablet).where(Tablet.device == device).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).first()


def tablets_of(person_id: int | None) -> sa.Select[Tablet, Person]:
    """A select of tablets with their owners, the last seen first: a person's, or everybody's."""
    statement = (
        sa.select(Tablet, Person)
        .join(Person, col(Person.id) == col(Tablet.person_id))
        .order_by(col(Tablet.seen_at).desc(), col(Tablet.id).desc())
    )
    return statement if person_id is None else statement.where(col(Tablet.person_id) == person_id)


_KNOWN = Query("""
SELECT s.sitting_id, s.nonce, s.verdict, c.kind, s.seat_id
FROM sittings_scan s LEFT JOIN sittings_case c ON c.scan_id = s.id
WHERE s.sitting_id IN ?* AND s.nonce IN ?*
""")


def known(session: Session, sitting_ids: Collection[int], nonces: Collection[str]) -> dict[tuple[int, str], Known]:
    """What was stored before under these nonces."""
    found = _KNOWN.rows(session, list(sitting_ids), list(nonces))
    return {(row[0], row[1]): Known(row[2], CaseKind(row[3]) if row[3] else None, row[4]) for row in found}


def cases(session: Session, sitting_id: int) -> list[CaseRow]:
    """The cases of a sitting, open ones first, then the newest."""
    proctor, closer = aliased(Person), aliased(Person)
    statement = (
        sa.select(Case, Scan, proctor.name, col(Tablet.name), closer.name)  # type: ignore[call-overload]
        .join(Scan, col(Scan.id) == col(Case.scan_id))
        .join(proctor, col(proctor.id) == col(Scan.person_id))
        .outerjoin(Tablet, col(Tablet.device) == col(Scan.device))
        .outerjoin(closer, col(closer.id) == col(Case.closed_by))
        .where(col(Case.sitting_id) == sitting_id)
        .order_by(col(Case.closed_at).is_not(None), col(Case.id).desc())
    )
    return [CaseRow(*row) for row in session.execute(statement)]


def open_cases(session: Session, sitting_ids: Collection[int]) -> int:
    """How many cases of these sittings nobody has closed yet."""
    statement = sa.select(sa.func.count()).select_from(Case)
    return int(
        session.execute(
            statement.where(col(Case.sitting_id).in_(sitting_ids), col(Case.closed_at).is_(None))
        ).scalar_one()
    )


def with_cases(session: Session, sitting_ids: Collection[int]) -> list[int]:
    """Which of these sittings have cases at all, in the order they were named."""
    found = set(session.exec(select(Case.sitting_id).where(col(Case.sitting_id).in_(sitting_ids))))
    return [sitting_id for sitting_id in sitting_ids if sitting_id in found]
