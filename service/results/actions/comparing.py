"""Whose answers agree more than chance allows, among those who sat in one room. Nothing follows of itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank.rules.items import Kind
from service.kernel import errors
from service.kernel.decision import Decision
from service.papers import queries as papers
from service.programme.tables import TrainingClass
from service.results.actions import telling as forms
from service.results.queries import standing, telling
from service.results.queries.telling import Sitter
from service.results.rules import similarity
from service.results.rules.similarity import Pair


@dataclass(frozen=True, slots=True)
class Case:
    """A pair with who the two are and where they sat."""

    pair: Pair
    sitters: tuple[Sitter, Sitter]


@dataclass(frozen=True, slots=True)
class Compared:
    """A form, whether enough sat it to compare, how many pairs were compared, and those to be looked at."""

    paper_id: int
    letter: str
    decision: Decision
    sheets: int
    pairs: int
    cases: list[Case]


def compare(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[Compared]:
    """The pairs of every form that somebody of a class sat and nobody sits any more, by paper and letter.

    Raises:
        NotFound: no such class.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_UNPUBLISHED)

    found = [_of_form(session, *one) for one in forms.sheets_told(session, class_id, now).items()]
    return sorted(found, key=lambda one: (one.paper_id, one.letter))


def _of_form(session: Session, form_id: int, sheets: telling.Sheets) -> Compared:
    form = papers.form(session, form_id)
    assert form is not None, "a sitting's form exists"
    asked = forms.asked_if_open(session, form_id)
    withdrawn = standing.withdrawn_of(session, [form_id]).get(form_id, frozenset())
    # No two people write a text of their own alike by chance, so no chance can be reckoned of it.
    counted = [one for one in asked if one.position not in withdrawn and one.kind is not Kind.WRITTEN]
    sitters = telling.sitters(session, sheets)
    rooms: dict[int, list[int]] = {}
    for seat_id, sitter in sitters.items():
        rooms.setdefault(sitter.sitting_id, []).append(seat_id)

    decision = similarity.may_screen(len(sheets) if counted else 0)
    pairs = similarity.screened(counted, sheets, list(rooms.values())) if decision.allowed else []
    return Compared(
        paper_id=form.paper_id,
        letter=form.letter,
        decision=decision,
        sheets=len(sheets),
        pairs=sum(len(room) * (len(room) - 1) // 2 for room in rooms.values()),
        cases=[Case(pair, (sitters[pair.seats[0]], sitters[pair.seats[1]])) for pair in pairs],
    )
