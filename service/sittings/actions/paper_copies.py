"""What a printed copy of a paper shows, and its typesetting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlmodel import Session

from service.papers.actions import opening, picturing
from service.papers.actions.opening import Question
from service.papers.rules import answers
from service.papers.tables import PaperForm
from service.sittings.actions.typesetting import typeset_in_memory
from service.sittings.queries import SittingView

TEMPLATE = "paper_copy.typ"


@dataclass(frozen=True, slots=True)
class Inside:
    """What a form holds: its questions, and its pictures by digest."""

    questions: Sequence[Question]
    pictures: Mapping[str, bytes]


def opened(session: Session, form: PaperForm) -> Inside:
    """What an opened form holds."""
    form_id = form.id or 0
    return Inside(opening.read_opened(session, form_id), opening.read_pictures(session, form_id))


def under(session: Session, form: PaperForm, key: bytes) -> Inside:
    """What a sealed form holds, read under its key in memory alone."""
    return Inside(opening.look_inside(form, key).questions, picturing.inside(session, form, key))


def typeset(view: SittingView, form: PaperForm, inside: Inside, first: int, copies: int) -> bytes:
    """The copies as one PDF, made in memory: sections by kind, cases, and the answer sheet at the end of each copy."""
    return typeset_in_memory(TEMPLATE, content(view, form, inside, first, copies))


def content(view: SittingView, form: PaperForm, inside: Inside, first: int, copies: int) -> dict[str, object]:
    """What the copies say, as the template takes it; pictures as lists of their bytes, each once."""
    questions, order = inside.questions, sorted(inside.pictures)
    alone = [one for one in questions if one.case is None]
    in_order = sorted(alone, key=lambda one: (answers.ORDER.index(one.kind), one.position))
    sections = [
        {
            "kind": answers.NAMES[kind],
            "code": kind,
            "typed": kind in answers.LONGEST,
            "questions": [_printed(one, order) for one in group],
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
        "cases": _cases(questions, order),
        "blank": answers.BLANK,
        "pictures": [list(inside.pictures[digest]) for digest in order],
        "copies": list(range(first, first + copies)),
    }


def _cases(questions: Sequence[Question], order: Sequence[str]) -> list[dict[str, object]]:
    """The cases in the order of the form, each with its text and its sub-questions of whatever kinds."""
    found: dict[int, list[Question]] = {}
    for one in sorted(questions, key=lambda one: one.position):
        if one.case is not None:
            found.setdefault(one.case.number, []).append(one)
    return [
        {
            "text": told[0].case.text if told[0].case is not None else "",
            "questions": [{**_printed(one, order), **_kind(one)} for one in told],
        }
        for told in found.values()
    ]


def _kind(one: Question) -> dict[str, object]:
    return {"code": one.kind, "kind": answers.NAMES[one.kind], "typed": one.kind in answers.LONGEST}


def _printed(one: Question, order: Sequence[str]) -> dict[str, object]:
    shown = {
        place: {"at": order.index(picture.digest), "words": picture.words, "size": [picture.width, picture.height]}
        for place, picture in one.pictures.items()
    }
    return {"stem": one.stem, "options": list(one.options.items()), "points": one.points, "shown": shown}
