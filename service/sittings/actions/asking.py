"""What a seat is asked: the opened paper of its sitting, or the practice questions of a rehearsal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from service.kernel import settings
from service.papers import queries as papers
from service.papers.actions import opening
from service.papers.actions.opening import Question
from service.papers.rules import answers, shuffling
from service.papers.rules.shuffling import Shuffle
from service.sittings.rules import practice, transcribing
from service.sittings.rules.transcribing import Line


@dataclass(frozen=True, slots=True)
class Asked:
    """All questions of a form by position, and how the order of each seat is drawn."""

    by_position: dict[int, Question]
    shuffle: Shuffle
    # Position, kind and letters of every item, as orders are drawn from them.
    items: list[tuple[int, str, tuple[str, ...]]]
    # Positions of items of cases, which stay where they stand.
    cased: frozenset[int]

    @classmethod
    def of(cls, questions: Sequence[Question], shuffle: Shuffle) -> "Asked":
        items = [(one.position, one.kind, tuple(one.options)) for one in questions]
        cased = frozenset(one.position for one in questions if one.case is not None)
        return cls({one.position: one for one in questions}, shuffle, items, cased)


# A rehearsal has no seed: items stand in an order of the seat's own, options as they are written.
PRACTICE = Asked.of(
    [Question(one.position, one.kind, one.stem, one.options, one.points) for one in practice.QUESTIONS],
    Shuffle("", items=True, options=False),
)
# Questions of opened forms, by database and form: what two people have opened stays open, and decrypting it again for
# every save would cost more than the save. A paper still sealed is never in here.
_OPENED: dict[tuple[str, int], Asked] = {}


def is_open(session: Session, form_id: int | None) -> bool:
    """Whether two people have opened a form; a rehearsal, which has none, has nothing to open."""
    if form_id is None or (settings.current().database_url, form_id) in _OPENED:
        return True
    form = papers.form(session, form_id)
    return form is not None and form.opened_at is not None


def asked(session: Session, form_id: int | None) -> dict[int, Question]:
    """All questions of a form by position, without any key; the practice questions where there is no form.

    Raises:
        WrongState: the paper is still sealed.
    """
    return _asked(session, form_id).by_position


def _asked(session: Session, form_id: int | None) -> Asked:
    if form_id is None:
        return PRACTICE
    place = settings.current().database_url, form_id
    if place not in _OPENED:
        opened = opening.read_whole(session, form_id)
        _OPENED[place] = Asked.of(opened.questions, opened.shuffle)
    return _OPENED[place]


def questions(session: Session, form_id: int | None, seat_id: int) -> list[Question]:
    """The questions as one seat sees them: items and options in its own order, letters and positions the form's.

    Raises:
        WrongState: the paper is still sealed.
    """
    found = _asked(session, form_id)
    return [
        _placed(found.by_position[at], letters)
        for at, letters in shuffling.laid_out(found.shuffle, seat_id, found.items, found.cased)
    ]


def answer_sheet(session: Session, form_id: int | None) -> list[Line]:
    """The lines of the printed answer sheet of a form: numbers, kinds and letters, and nothing that is asked.

    Raises:
        WrongState: the paper is still sealed.
    """
    found = _asked(session, form_id)
    cases = {position: one.case.number for position, one in found.by_position.items() if one.case is not None}
    return transcribing.lines(found.items, cases)


def _placed(one: Question, letters: Sequence[str]) -> Question:
    if one.kind not in answers.OF_LETTERS:
        return one
    options = {letter: one.options[letter] for letter in letters}
    return replace(one, options=options)
