"""HTML route for what is kept how long, and for letting go of what has been kept long enough."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access import queries as access
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.decision import Decision
from service.kernel.paging import Number
from service.oversight.actions import disposing
from service.oversight.queries import disposing as queries
from service.oversight.rules import retention as rules
from service.oversight.rules.retention import KEPT_NAMES, Keeping, Kept
from service.oversight.tables import Disposal

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of records: its rule, how many are due and of which classes, and whether they may be proposed for
    disposal now."""

    rule: Keeping
    due: int
    decision: Decision
    classes: list[str]


@router.get("/retention/disposals")
def disposals(
    request: Request, session: Reading, actor: Annotated[Actor, may(Right.RECORDS_DISPOSE)], page: Number = 1
) -> Response:
    """What is kept how long and how much of it is due; what was proposed, with the decision that awaits another."""
    found = queries.disposals(session, page)
    people = access.people(session, {person for one in found.rows for person in (one.proposed_by, one.decided_by or 0)})
    context = {
        "lines": [_line(session, kind) for kind in Kept],
        "rows": [(one, _judge(actor, one), _classes(session, one)) for one in found.rows],
        "found": found,
        "people": people,
        "kinds": KEPT_NAMES,
    }
    return rendering.page(request, "oversight/disposing.html", context, actor=actor)


def _line(session: Session, kind: Kept) -> Line:
    rule = disposing.rule_of(kind, clock.now())
    if not rule.disposable:
        return Line(rule, 0, rules.may_propose(rule, 0, 0), [])
    before = rules.cutoff(rule, clock.now())
    number, blocked = queries.lot(session, kind, before).number, queries.blocked(session, kind, before)
    decision = rules.may_propose(rule, number, queries.open_of(session, kind), blocked)
    return Line(rule, number, decision, queries.classes(session, kind, before))


def _classes(session: Session, one: Disposal) -> list[str]:
    """What whoever decides would let go of, by classes; of what was decided the record tells."""
    return [] if one.decided_at else queries.classes(session, Kept(one.kind), one.before)


def _judge(actor: Actor, one: Disposal) -> Decision:
    """What confirming would meet; whether the records changed since is found out when somebody does."""
    return rules.may_decide(decided=one.decided_at is not None, own=actor.person_id == one.proposed_by, same=True)
