"""What a printed copy of a paper shows, and its typesetting."""

from collections.abc import Sequence
from itertools import groupby

from service.papers.actions.opening import Question
from service.papers.rules import answers
from service.papers.tables import PaperForm
from service.sittings.actions.typesetting import typeset_in_memory
from service.sittings.queries import SittingView

TEMPLATE = "paper_copy.typ"


def typeset(view: SittingView, form: PaperForm, questions: Sequence[Question], first: int, copies: int) -> bytes:
    """The copies as one PDF, made in memory: sections by kind, and the answer sheet at the end of each copy."""
    return typeset_in_memory(TEMPLATE, content(view, form, questions, first, copies))


def content(
    view: SittingView, form: PaperForm, questions: Sequence[Question], first: int, copies: int
) -> dict[str, object]:
    """What the copies say, as the template takes it."""
    in_order = sorted(questions, key=lambda one: (answers.ORDER.index(one.kind), one.position))
    sections = [
        {
            "kind": answers.NAMES[kind],
            "code": kind,
            "typed": kind in answers.LONGEST,
            "questions": [_printed(one) for one in group],
        }
        for kind, group in groupby(in_order, key=lambda one: one.kind)
    ]
    return {
        "class": view.training_class.name,
        "code": view.training_class.code,
        "form": form.letter,
        "point": view.point.name,
        "room": view.room.name,
        "minutes": view.sitting.duration_minutes,
        "points": sum(one.points for one in questions),
        "sections": sections,
        "blank": answers.BLANK,
        "copies": list(range(first, first + copies)),
    }


def _printed(one: Question) -> dict[str, object]:
    return {"stem": one.stem, "options": list(one.options.items()), "points": one.points}
