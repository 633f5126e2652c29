"""What the bank holds for every role beside what the blueprints in force need."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.bank import queries as bank
from service.bank.rules.items import ASKED
from service.papers import queries
from service.papers.rules import blueprint
from service.papers.rules.coverage import Coverage, Held, coverage


def cover(session: Session, actor: Actor, *, today: date) -> list[Coverage]:
    """Every role's coverage on a day, in the order of the roles."""
    using.require_right(actor, Right.BANK_READ)

    regulations = {slug: edition.regulation for slug, edition in bank.editions(session).items()}
    found = []
    for role in TraineeRole:
        row = queries.blueprint(session, role)
        plan = blueprint.parse(row.body) if row is not None else None
        found.append(coverage(role, _held(session, role, today, regulations), plan))
    return found


def _held(session: Session, role: TraineeRole, today: date, regulations: dict[str, str]) -> Iterator[Held]:
    for _, text in bank.eligible(session, role, today):
        if text.kind not in ASKED:
            continue
        yield Held(regulations[text.edition], text.kind, blueprint.band_of(text.difficulty))
