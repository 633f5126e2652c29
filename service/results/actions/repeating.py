"""Marking handed-in sheets again from scratch, to the letter: for whoever doubts that the marks follow from it.

Only what was handed in, what two people copied from paper, the key of the form and the rule of marking are read; what
came out then is what it is compared with. What two people decided afterwards (late answers, withdrawn items, marks of
free texts) is kept beside the first marks and is not repeated here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.kernel import errors
from service.papers import queries as papers
from service.papers.actions import keys
from service.results.actions import marking, transcribing
from service.results.queries import repeating as queries
from service.sittings import queries as sittings
from service.sittings.actions import handing_in
from service.sittings.queries import sheets, transcripts

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Repeated:
    """How many sheets of a sitting were marked again, and the seats whose answers, and whose marks, are not those that
    were put on record.
    """

    sitting_id: int
    sheets: int
    other_answers: Sequence[int]
    other_marks: Sequence[int]


def repeat(session: Session, sitting_id: int, *, now: datetime) -> Repeated:
    """Mark every handed-in sheet of a sitting again and compare; the use of the key goes on record.

    Raises:
        NotFound: there is no such sitting.
        WrongState: it has no paper.
    """
    sitting = sittings.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    form = papers.form(session, sitting.form_id) if sitting.form_id is not None else None
    if form is None or form.id is None:
        raise errors.WrongState("no_paper", "本场没有试卷，没有可以重新评分的答卷。")

    kept = queries.kept(session, sitting_id)
    given = sheets.given(session, [seat for seat, _ in kept])
    counting = transcripts.counting(session, [seat for seat, _ in kept])
    # Where the paper never was opened all sheets are blank, and there is nothing to mark them by.
    key = keys.use_key(session, form.id, OPERATOR, f"sitting:{sitting_id}", now=now) if form.opened_at else {}
    known: marking.Known = {position: {} for position in sorted(key)}
    answers, marks = [], []
    for seat, entries in kept:
        seat_id = seat.id or 0
        if handing_in.digest(given.get(seat_id, {})) != seat.sheet_digest or not transcribing.follows(session, seat):
            answers.append(seat_id)
        if marking.score(counting.get(seat_id, {}), key, known)[1] != entries:
            marks.append(seat_id)
    return Repeated(sitting_id, len(kept), answers, marks)
