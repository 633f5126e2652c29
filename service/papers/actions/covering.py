"""What the bank holds for every role beside what the blueprints in force need."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.bank import queries as bank
from service.bank.rules import cases
from service.bank.rules.items import ASKED, ItemText
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
        texts = [text for _, text in bank.eligible(session, role, today) if text.kind in ASKED]
        whole = cases.whole((text.code, text.case) for text in texts)
        taken = whole if plan is not None and plan.cases.most else {}
        asked = [text for text in texts if text.case is None or text.case.code in taken]
        found.append(coverage(role, _held(asked, regulations), plan, len(whole)))
    return found


def _held(texts: Iterable[ItemText], regulations: dict[str, str]) -> Iterator[Held]:
    for text in texts:
        yield Held(regulations[text.edition], text.kind, blueprint.band_of(text.difficulty))
