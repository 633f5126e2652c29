"""What the answers of a class say of its papers and their items. Nothing is kept: it is counted when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank.rules.items import TRUTHS, Kind
from service.kernel import errors
from service.papers import queries as papers
from service.papers.actions import opening
from service.papers.tables import PaperForm
from service.programme.tables import TrainingClass
from service.results.actions import publishing
from service.results.queries import known, standing, telling, written
from service.results.rules import Scored, item_statistics, paper_statistics
from service.results.rules.item_statistics import Asked, ItemStatistics
from service.results.rules.paper_statistics import PaperStatistics


@dataclass(frozen=True, slots=True)
class FormStatistics:
    """A form that somebody of a class sat: which paper and letter, the form as a whole, and every position."""

    paper_id: int
    letter: str
    paper: PaperStatistics
    items: list[ItemStatistics]


def sheets_told(session: Session, class_id: int, now: datetime) -> dict[int, telling.Sheets]:
    """What was marked, by form and seat, of the forms that nobody of the class sits any more.

    How the first who hand in have answered is for nobody while others still sit over the same items.
    """
    found = telling.sheets_of_class(session, class_id)
    return {
        form: sheets for form, sheets in found.items() if not publishing.still_open_in(session, class_id, now, form)
    }


def statistics(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[FormStatistics]:
    """The statistics of every form that somebody of the class sat, nobody sits any more, and all of which is marked, by
    paper and letter.

    Raises:
        NotFound: no such class.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_UNPUBLISHED)

    found, unmarked = [], written.unmarked_forms(session, class_id)
    for form_id, sheets in sheets_told(session, class_id, now).items():
        form = papers.form(session, form_id)
        assert form is not None, "a sitting's form exists"
        # What people have still to mark would count as wrong.
        if form.opened_at is not None and form_id not in unmarked:
            found.append(_of_form(session, class_id, form, sheets))
    return sorted(found, key=lambda one: (one.paper_id, one.letter))


def _of_form(
    session: Session, class_id: int, form: PaperForm, sheets: Mapping[int, dict[int, Scored]]
) -> FormStatistics:
    form_id = form.id or 0
    places, rows = asked(session, form_id), list(sheets.values())
    withdrawn = standing.withdrawn_of(session, [form_id]).get(form_id, frozenset())
    counted = [one.position for one in places if one.position not in withdrawn]
    first = rows[0]
    whole = paper_statistics.of_paper(
        np.array([[row[position].points for position in counted] for row in rows], dtype=np.float64),
        np.array([first[position].of for position in counted], dtype=np.float64),
        telling.pass_points(session, class_id, form_id),
        sum(first[position].of for position in withdrawn if position in first),
    )
    assert whole is not None, "somebody sat it"
    items = item_statistics.of_items(places, rows, withdrawn)
    return FormStatistics(form.paper_id, form.letter, whole, items)


def asked_if_open(session: Session, form_id: int) -> list[Asked]:
    """What stood at every position of a form; nothing where it was never opened, so that nobody was asked."""
    form = papers.form(session, form_id)
    return asked(session, form_id) if form is not None and form.opened_at is not None else []


def asked(session: Session, form_id: int) -> list[Asked]:
    """What stood at every position of an opened form; an item that the bank no longer knows has no code."""
    questions = opening.read_opened(session, form_id)
    words = {one.position: known.words_of(one.stem, one.options, one.shown) for one in questions}
    items = known.by_words(session, set(words.values()))
    found = []
    for one in questions:
        item = items.get(words[one.position])
        code, version_id = (item.code, item.version_id) if item is not None else ("", 0)
        letters = TRUTHS if one.kind == Kind.TRUE_FALSE else tuple(sorted(one.options))
        found.append(Asked(one.position, code, version_id, Kind(one.kind), letters))
    return found
