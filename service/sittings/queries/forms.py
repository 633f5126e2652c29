"""Reads on the form of a sitting: nothing of its content."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from service.papers.rules import blueprint
from service.papers.tables import Blueprint, Opening, Paper, PaperForm
from service.sittings.rules import practice


@dataclass(frozen=True, slots=True)
class Form:
    """What may be known of a sitting's form: whether it is open, whose hands were on its seal, how many items."""

    opened: bool
    openers: frozenset[int]
    items: int


_FORM = (
    sa.select(col(PaperForm.opened_at), col(Blueprint.body))
    .join(Paper, col(Paper.id) == col(PaperForm.paper_id))
    .join(Blueprint, col(Blueprint.id) == col(Paper.blueprint_id))
    .where(col(PaperForm.id) == sa.bindparam("form", type_=sa.Integer))
)
_HANDS = sa.select(col(Opening.person_id)).where(col(Opening.form_id) == sa.bindparam("form", type_=sa.Integer))


def form(session: Session, form_id: int | None) -> Form:
    """A sitting's form without its content; a rehearsal has none and nothing to open."""
    if form_id is None:
        return Form(True, frozenset(), len(practice.QUESTIONS))
    opened_at, body = session.execute(_FORM, {"form": form_id}).one()
    hands = session.execute(_HANDS, {"form": form_id}).scalars()
    return Form(opened_at is not None, frozenset(hands), blueprint.parse(body).items)
