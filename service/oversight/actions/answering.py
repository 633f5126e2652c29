"""Answering a question about rates; who pays on a number can later be shown when it was read, and which it was."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, settings
from service.oversight.queries import rates
from service.oversight.rules import definitions
from service.oversight.rules.definitions import Answer, Cell, Question
from service.results.queries import editions
from service.results.rules.counting import Axis, Counts


def answer(session: Session, actor: Actor, question: Question, version: int | None, *, now: datetime) -> Answer:
    """The answer to a question from a version of the results, the newest where none is named.

    Raises:
        Refused: the question has no answer. NotFound: there is no such version yet.
    """
    newest = editions.newest(session)

    using.require_right(actor, Right.STATISTICS_PASS_RATES)

    definitions.may_ask(question).or_refuse()
    if version is not None and version > newest:
        raise errors.NotFound("version_unknown", "还没有这个版本的成绩，最新版本是{newest}。", newest=newest)
    given = _answer(session, actor, question, newest if version is None else version, newest)

    data = {
        "rate": question.rate,
        "by": question.by,
        "across": question.across or "",
        "since": question.since or "",
        "until": question.until or "",
        "plan_year": question.plan_year or 0,
        "version": given.version,
        "digest": given.digest,
    }
    record(session, Event.RATES_READ, actor.label, "statistics:rates", now=now, data=data)
    return given


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many are left at each step, for the whole question; ``planned`` where whole years were asked for."""

    planned: int | None
    counts: Counts


def picture(
    session: Session, actor: Actor, question: Question, version: int | None, *, now: datetime
) -> tuple[Answer, list[Cell], Funnel]:
    """An answer with what is drawn beside it: the same rate month by month, and the funnel from plan to pass."""
    given = answer(session, actor, question, version, now=now)
    newest = given.version == editions.newest(session)
    by_month = replace(question, by=Axis.MONTH, across=None)
    trend = rates.cells(session, by_month, given.version, newest=newest)
    counts = definitions.total_of(trend).counts
    if question.since or question.until:
        return given, trend, Funnel(None, counts)
    targets = rates.planned(session, given.version)
    wanted = [one for year, one in targets.items() if question.plan_year in {None, int(year)}]
    return given, trend, Funnel(sum(wanted) if wanted else None, counts)


def _answer(session: Session, actor: Actor, question: Question, version: int, newest: int) -> Answer:
    found = rates.cells(session, question, version, newest=version == newest)
    # People count for each of their lecturers, so cells by lecturer have no total.
    total = None if Axis.LECTURER in {question.by, question.across} else definitions.total_of(found)
    cells = tuple(found) if sees_persons(actor) else definitions.merge_small(found, settings.current().smallest_cell)
    return Answer(question, version, rates.moment(session, version), cells, total)


def sees_persons(actor: Actor) -> bool:
    """Whether somebody may see the published result of every single person anyway."""
    return Reach.ALL in reaches(actor, Right.RESULTS_PUBLISHED)
