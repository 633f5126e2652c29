"""What a seat is asked: the opened paper of its sitting, or the practice questions of a rehearsal."""

from sqlmodel import Session

from service.kernel import settings
from service.papers import queries as papers
from service.papers.actions import opening
from service.papers.actions.opening import Question
from service.sittings.rules import practice, seats
from service.sittings.tables import Seat, Sitting

PRACTICE = {
    one.position: Question(one.position, one.kind, one.stem, one.options, one.points) for one in practice.QUESTIONS
}
# Questions of opened forms, by database and form: what two people have opened stays open, and decrypting it again for
# every save would cost more than the save. A paper still sealed is never in here.
_OPENED: dict[tuple[str, int], dict[int, Question]] = {}


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
    if form_id is None:
        return PRACTICE
    place = settings.current().database_url, form_id
    if place not in _OPENED:
        _OPENED[place] = {one.position: one for one in opening.read_opened(session, form_id)}
    return _OPENED[place]


def questions(session: Session, seat: Seat, sitting: Sitting) -> list[Question]:
    """The questions in this seat's order."""
    by_position = asked(session, sitting.form_id)
    order = seats.order_for(seat.id or 0, [(one.position, one.kind) for one in by_position.values()])
    return [by_position[position] for position in order]
