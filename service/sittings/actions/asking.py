"""What a seat is asked: the opened paper of its sitting, or the practice questions of a rehearsal."""

from sqlmodel import Session

from service.kernel import errors
from service.papers import queries as papers
from service.papers.actions import opening
from service.papers.actions.opening import Question
from service.sittings.rules import practice, seats
from service.sittings.tables import Seat, Sitting

# Questions of opened forms, by the digest of their ciphertext: what two people have opened stays open, and decrypting
# it again for every save would cost more than the save. A paper still sealed is never in here.
_OPENED: dict[str, list[Question]] = {}


def opened(session: Session, sitting: Sitting) -> bool:
    """Whether two people have opened the sitting's paper; a rehearsal has nothing to open."""
    if sitting.form_id is None:
        return True
    form = papers.form(session, sitting.form_id)
    return form is not None and form.opened_at is not None


def asked(session: Session, sitting: Sitting) -> list[Question]:
    """All questions of a sitting by position, without any key.

    Raises:
        WrongState: the paper is still sealed.
    """
    if sitting.form_id is None:
        return [Question(one.position, one.kind, one.stem, one.options, one.points) for one in practice.QUESTIONS]
    form = papers.form(session, sitting.form_id)
    if form is None or form.opened_at is None or form.digest is None:
        raise errors.WrongState("paper_not_opened", "试卷尚未启封，请等待监考员启封。")
    if form.digest not in _OPENED:
        _OPENED[form.digest] = opening.read_opened(session, sitting.form_id)
    return _OPENED[form.digest]


def questions(session: Session, seat: Seat, sitting: Sitting) -> list[Question]:
    """The questions in this seat's order."""
    by_position = {question.position: question for question in asked(session, sitting)}
    order = seats.order_for(seat.id or 0, [(one.position, one.kind) for one in by_position.values()])
    return [by_position[position] for position in order]
