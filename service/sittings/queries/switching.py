"""Reads on switches of forms, and on the sheets that were given up for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.papers import queries as papers
from service.papers.tables import PaperForm
from service.sittings.queries.day import SittingView, views
from service.sittings.tables import ArchivedAnswer, ArchivedSheet, FormSwitch, Seat, Sitting


def switch(session: Session, switch_id: int) -> FormSwitch | None:
    return session.get(FormSwitch, switch_id, populate_existing=True)


def waiting(session: Session, sitting_id: int) -> FormSwitch | None:
    """The proposal of a sitting that nobody has decided yet."""
    open_one = FormSwitch.sitting_id == sitting_id, col(FormSwitch.decided_at).is_(None)
    return session.exec(select(FormSwitch).where(*open_one)).first()


def spent(session: Session, form_id: int) -> bool:
    """Whether a form was given up in some room."""
    given_up = FormSwitch.from_form_id == form_id, col(FormSwitch.confirmed).is_(True)
    return session.exec(select(FormSwitch.id).where(*given_up)).first() is not None


def switched_at(session: Session, sitting_id: int) -> datetime | None:
    """When a sitting was last switched; what was answered before belongs to a form that was given up."""
    done = FormSwitch.sitting_id == sitting_id, col(FormSwitch.confirmed).is_(True)
    return session.exec(select(sa.func.max(FormSwitch.decided_at)).where(*done)).one()


def other_form(session: Session, form_id: int) -> PaperForm | None:
    """The other form of the same paper."""
    this = session.get_one(PaperForm, form_id)
    return session.exec(select(PaperForm).where(PaperForm.paper_id == this.paper_id, PaperForm.id != form_id)).first()


def open_seats(session: Session, sitting_id: int) -> list[Seat]:
    """The seats of a sitting, locked in one order: whoever saves at this moment finishes first, or finds the switch."""
    statement = select(Seat).where(Seat.sitting_id == sitting_id).order_by(col(Seat.id)).with_for_update()
    return list(session.exec(statement.execution_options(populate_existing=True)))


@dataclass(frozen=True, slots=True)
class SwitchView:
    """A switch in words: where, from which form to which, who proposed and who decided it."""

    switch: FormSwitch
    sitting: SittingView
    before: str
    after: str
    proposer: str
    decider: str
    sheets: int


def listed(session: Session, sitting_ids: Sequence[int] | None = None) -> list[SwitchView]:
    """Switches, the newest first: all, or those of these sittings."""
    statement = select(FormSwitch).order_by(col(FormSwitch.id).desc())
    if sitting_ids is not None:
        statement = statement.where(col(FormSwitch.sitting_id).in_(sitting_ids))
    rows = list(session.exec(statement))
    people = {one for row in rows for one in (row.proposed_by, row.decided_by) if one}
    names = dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(people))).all())
    forms = {one for row in rows for one in (row.from_form_id, row.to_form_id)}
    letters = dict(session.exec(select(PaperForm.id, PaperForm.letter).where(col(PaperForm.id).in_(forms))).all())
    counted = dict(
        session.exec(
            select(ArchivedSheet.switch_id, sa.func.count())
            .where(col(ArchivedSheet.switch_id).in_([row.id for row in rows]))
            .group_by(col(ArchivedSheet.switch_id))
        ).all()
    )
    where = {one: views(session, sitting_id=one)[0] for one in {row.sitting_id for row in rows}}
    return [
        SwitchView(
            row,
            where[row.sitting_id],
            letters[row.from_form_id],
            letters[row.to_form_id],
            names[row.proposed_by],
            names.get(row.decided_by or 0, ""),
            counted.get(row.id or 0, 0),
        )
        for row in rows
    ]


def of_record(session: Session, sitting: Sitting, name: Callable[[int | None], str]) -> dict[str, Any]:
    """The parts of a room record that tell of a switch and of break-glass, where there was any; ``name`` says who.

    Left out where nothing of the kind happened, so that records signed before still say the same.
    """
    switches = [
        {
            "at": one.switch.decided_at,
            "before": one.before,
            "after": one.after,
            "reason": one.switch.reason,
            "note": one.switch.note,
            "proposed_by": name(one.switch.proposed_by),
            "decided_by": name(one.switch.decided_by),
            "sheets": one.sheets,
        }
        for one in reversed(listed(session, [sitting.id or 0]))
        if one.switch.confirmed
    ]
    sat = {one.switch.from_form_id for one in listed(session, [sitting.id or 0])} | {sitting.form_id}
    broken = [
        {
            "at": row.opened_at,
            "form": letter.value,
            "reason": row.reason,
            "by": [name(row.begun_by), name(row.opened_by)],
        }
        for row, letter in papers.break_glass_openings(session, sitting.class_id)
        if row.form_id in sat
    ]
    return {key: rows for key, rows in (("switches", switches), ("broken_open", broken)) if rows}


def archived(session: Session, switch_id: int) -> list[ArchivedAnswer]:
    """The answers that were given up with a switch, by seat and position."""
    statement = select(ArchivedAnswer).where(ArchivedAnswer.switch_id == switch_id)
    return list(session.exec(statement.order_by(col(ArchivedAnswer.seat_id), col(ArchivedAnswer.position))))
