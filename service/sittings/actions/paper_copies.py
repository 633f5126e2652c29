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
    """The copies as one PDF, made in memory: sections by kind, cases, and the answer sheet at the end of each copy."""
    return typeset_in_memory(TEMPLATE, content(view, form, questions, first, copies))


def content(
    view: SittingView, form: PaperForm, questions: Sequence[Question], first: int, copies: int
) -> dict[str, object]:
    """What the copies say, as the template takes it."""
    alone = [one for one in questions if one.case is None]
    in_order = sorted(alone, key=lambda one: (answers.ORDER.index(one.kind), one.position))
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
        "cases": _cases(questions),
        "blank": answers.BLANK,
        "copies": list(range(first, first + copies)),
    }


def _cases(questions: Sequence[Question]) -> list[dict[str, object]]:
    """The cases in the order of the form, each with its text and its sub-questions of whatever kinds."""
    found: dict[int, list[Question]] = {}
    for one in sorted(questions, key=lambda one: one.position):
        if one.case is not None:
            found.setdefault(one.case.number, []).append(one)
    return [
        {
            "text": told[0].case.text if told[0].case is not None else "",
            "questions": [{**_printed(one), **_kind(one)} for one in told],
        }
        for told in found.values()
    ]


def _kind(one: Question) -> dict[str, object]:
    return {"code": one.kind, "kind": answers.NAMES[one.kind], "typed": one.kind in answers.LONGEST}


def _printed(one: Question) -> dict[str, object]:
    return {"stem": one.stem, "options": list(one.options.items()), "points": one.points}
