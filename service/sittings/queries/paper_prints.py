"""Reads on printed papers."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.sittings.tables import PaperPrint, Seat


def enrolled(session: Session, sitting_id: int) -> int:
    """How many seats a sitting has."""
    return session.exec(select(sa.func.count()).where(Seat.sitting_id == sitting_id)).one()


def printed(session: Session, sitting_id: int, form_id: int) -> int:
    """How many copies of a form have been printed for a sitting."""
    statement = select(sa.func.coalesce(sa.func.sum(PaperPrint.copies), 0)).where(
        PaperPrint.sitting_id == sitting_id, PaperPrint.form_id == form_id, col(PaperPrint.printed_at).is_not(None)
    )
    return int(session.exec(statement).one())


def begun(session: Session, sitting_id: int, form_id: int) -> PaperPrint | None:
    """The first hand on printing a sealed form for a sitting, while its halves wait for a second one."""
    waiting = PaperPrint.sitting_id == sitting_id, PaperPrint.form_id == form_id, col(PaperPrint.waiting).is_not(None)
    return session.exec(select(PaperPrint).where(*waiting).execution_options(populate_existing=True)).first()


@dataclass(frozen=True, slots=True)
class PrintView:
    """A printing in words."""

    row: PaperPrint
    first: str
    second: str

    @property
    def last_number(self) -> int:
        """The number of its last copy."""
        return self.row.first_number + self.row.copies - 1


def listed(session: Session, sitting_id: int) -> list[PrintView]:
    """The printings of a sitting that came to pass, in their order."""
    done = PaperPrint.sitting_id == sitting_id, col(PaperPrint.printed_at).is_not(None)
    rows = list(session.exec(select(PaperPrint).where(*done).order_by(col(PaperPrint.id))))
    people = {one for row in rows for one in (row.begun_by, row.printed_by) if one}
    names = dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(people))).all())
    return [PrintView(row, names[row.begun_by], names.get(row.printed_by or 0, "")) for row in rows]
