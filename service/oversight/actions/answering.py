"""Answering a question about rates; who pays on a number can later be shown when it was read, and which it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, settings
from service.oversight.queries import rates
from service.oversight.rules import definitions, untold
from service.oversight.rules.definitions import Answer, Cell, Imported, Question
from service.results.queries import editions
from service.results.rules.counting import ANSWER_AXES, Axis, Counts


def answer(session: Session, actor: Actor, question: Question, version: int | None) -> Answer:
    """The answer to a question from a version of the results, the newest where none is named; made before any turn
    to write, since it may take a while.

    Raises:
        Refused: the question has no answer, or asks whoever may not see persons about few of them.
        NotFound: there is no such version yet, or no such page.
    """
    newest = editions.newest(session)

    using.require_right(actor, Right.STATISTICS_PASS_RATES)

    definitions.may_ask(question).or_refuse()
    if version is not None and version > newest:
        raise errors.NotFound("version_unknown", "还没有这个版本的成绩，最新版本是{newest}。", newest=newest)
    return _answer(session, actor, question, newest if version is None else version, newest)


def note(session: Session, actor: Actor, given: Answer, *, now: datetime) -> None:
    """Put on record that an answer was given, before it leaves."""
    using.require_right(actor, Right.STATISTICS_PASS_RATES)

    question = given.question
    data = {
        "rate": question.rate,
        "by": question.by,
        "across": question.across or "",
        "since": question.since or "",
        "until": question.until or "",
        "plan_year": question.plan_year or 0,
        "page": question.page,
        "version": given.version,
        "digest": given.digest,
        "full_digest": given.full_digest,
    }
    record(session, Event.RATES_READ, actor.label, "statistics:rates", now=now, data=data)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many are left at each step, for the whole question; ``planned`` where whole years were asked for.

    ``elsewhere`` are those among ``counts`` whose result was obtained elsewhere; None where that is not told.
    """

    planned: int | None
    counts: Counts
    elsewhere: Counts | None


@dataclass(frozen=True, slots=True)
class Picture:
    """An answer with what is drawn beside it: the same rate month by month, and the funnel from plan to pass.

    Answers by what they are about have neither.
    """

    answer: Answer
    trend: Sequence[Cell]
    funnel: Funnel | None


def picture(session: Session, actor: Actor, question: Question, version: int | None) -> Picture:
    """An answer with its trend and its funnel.

    Raises:
        Refused: the question has no answer, or asks whoever may not see persons about few of them.
        NotFound: there is no such version yet, or no such page.
    """
    given = answer(session, actor, question, version)
    if question.by in ANSWER_AXES:
        return Picture(given, [], None)
    newest = editions.newest(session)
    by_month = replace(question, by=Axis.MONTH, across=None, page=1)
    trend, all_of_it, _ = _told(session, actor, by_month, given.version, newest)
    assert all_of_it is not None, "months are few, and their total is told to whoever may ask"
    counts, elsewhere = all_of_it.counts, all_of_it.elsewhere
    if question.since or question.until:
        return Picture(given, trend, Funnel(None, counts, elsewhere))
    targets = rates.planned(session, given.version)
    wanted = [one for year, one in targets.items() if question.plan_year in {None, int(year)}]
    return Picture(given, trend, Funnel(sum(wanted) if wanted else None, counts, elsewhere))


def _answer(session: Session, actor: Actor, question: Question, version: int, newest: int) -> Answer:
    cells, total, more = _told(session, actor, question, version, newest)
    return Answer(question, version, rates.moment(session, version), cells, total, more)


def _told(
    session: Session, actor: Actor, question: Question, version: int, newest: int
) -> tuple[tuple[Cell, ...], Cell | None, bool]:
    """The cells of a page and the total, as somebody may see them, and whether there are more pages.

    Whoever may not see persons is told of one origin alone what follows from their answer about both, and no more.
    """
    alone = question.imported is not Imported.WITH and question.by not in ANSWER_AXES and not sees_persons(actor)
    asked = replace(question, imported=Imported.WITH) if alone else question
    found, more = rates.cells(session, asked, version, newest=version == newest)
    if question.page > 1 and not found:
        raise errors.NotFound("page_unknown", "这个答案没有第{page}页。", page=question.page)
    paged = more or question.page > 1
    everybody = definitions.total_of(found)
    if paged or alone:
        everybody = rates.total(session, asked, version, newest=version == newest)
    if alone:
        untold.may_ask_apart(everybody, settings.current().smallest_cell).or_refuse()
    cells, total = _shown(actor, found, everybody, paged=paged)
    # People count for each of their lecturers and for each part of their sheets, so cells by these have no total.
    shown = None if {question.by, question.across} & {Axis.LECTURER, *ANSWER_AXES} else total
    if alone:
        cells, shown = untold.apart(cells, shown, question.imported)
    return cells, shown, more


def _shown(actor: Actor, found: Sequence[Cell], total: Cell, *, paged: bool = False) -> tuple[tuple[Cell, ...], Cell]:
    """The cells of a page and the total, as somebody may see them.

    Pages are cut before small cells are put together: so each stands for itself, and none is ever short of people.
    """
    if sees_persons(actor):
        return tuple(found), total
    least = settings.current().smallest_cell
    return untold.without_few(definitions.merge_small(found, least), total, least, paged=paged)


def sees_persons(actor: Actor) -> bool:
    """Whether somebody may see the published result of every single person anyway."""
    return Reach.ALL in reaches(actor, Right.RESULTS_PUBLISHED)
