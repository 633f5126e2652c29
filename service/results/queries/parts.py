"""Reads on answers by what they are about."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank.tables import Edition
from service.results.rules.counting import MARKED, Counts
from service.results.rules.parts import About, Part
from service.results.tables import FormPart, PartCount
from service.sittings.tables import Sitting


def places(session: Session, form_ids: Collection[int]) -> dict[int, dict[int, About]]:
    """What the positions of these forms are about, by form, of those that were counted before."""
    found: dict[int, dict[int, About]] = defaultdict(dict)
    for row in session.exec(select(FormPart).where(col(FormPart.form_id).in_(form_ids))):
        found[row.form_id][row.position] = About(row.regulation, row.subject)
    return found


def forms_of(session: Session, sitting_ids: Collection[int]) -> dict[int, int]:
    """The form that each of these sittings sat."""
    statement = select(Sitting.id, Sitting.form_id).where(col(Sitting.id).in_(sitting_ids))
    return {sitting or 0: form for sitting, form in session.exec(statement) if form is not None}


def regulations(session: Session) -> dict[str, str]:
    """The regulation of every edition, by slug."""
    return dict(session.exec(select(Edition.slug, Edition.regulation)).all())


def counted(session: Session, class_id: int) -> dict[Part, Counts]:
    """The answers of a class as its editions have added them up."""
    keys = [col(getattr(PartCount, name)) for name in Part._fields]
    sums = [sa.func.sum(col(getattr(PartCount, name))) for name in MARKED]
    statement: Any = sa.select(*keys, *sums).where(col(PartCount.class_id) == class_id).group_by(*keys)
    return {
        Part(*row[:3]): Counts(**dict(zip(MARKED, map(int, row[3:]), strict=True)))
        for row in session.execute(statement)
    }
