"""The one verb of oversight: reading statistics, which is on record."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.oversight import queries
from service.oversight.rules import Dimension, PassRate


def read_pass_rates(
    session: Session,
    actor: Actor,
    dimension: Dimension,
    *,
    since: datetime | None,
    until: datetime | None,
    plan_year: int | None,
    now: datetime,
) -> list[PassRate]:
    """Pass rates by a dimension; who pays on a number can later be shown when it was read."""
    using.require_right(actor, Right.STATISTICS_PASS_RATES)

    rates = queries.pass_rates(session, dimension, since=since, until=until, plan_year=plan_year)

    data = {
        "by": dimension,
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
        "plan_year": plan_year or 0,
        "passed": sum(rate.passed for rate in rates),
        "present": sum(rate.present for rate in rates),
    }
    record(session, Event.STATISTICS_READ, actor.label, "statistics:pass-rates", now=now, data=data)
    return rates
