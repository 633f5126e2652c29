"""What must be settled before the results of a class may be confirmed, counted."""

from sqlmodel import Session

from service.results import queries
from service.results.actions import voiding
from service.results.queries import never_held, written
from service.results.rules import Pending
from service.sittings import queries as sittings
from service.sittings.queries import acts, on_paper, signing


def pending(session: Session, class_id: int) -> Pending:
    """What still waits in a class, over all its sittings that count."""
    of = [row.id or 0 for row in sittings.sittings_of_class(session, class_id)]
    paper = on_paper.outstanding(session, of)
    return Pending(
        terminations=len(_undecided(session, class_id)),
        cases=acts.open_cases(session, of),
        signatures=sum(len(signing.missing(session, sitting_id)) for sitting_id in of),
        late_answers=queries.undecided_late_answers(session, class_id),
        scripts=written.unsettled(session, class_id),
        declarations=paper.declarations,
        transcriptions=paper.transcriptions,
        unexplained=len(never_held.unexplained(session, class_id)),
    )


def _undecided(session: Session, class_id: int) -> set[int]:
    """The seats of which nobody knows yet if their result is void: the exam was ended, or somebody proposed it."""
    made = queries.voidings(session, class_id)
    ended = {seat.id or 0 for seat in sittings.seats_of_class(session, class_id) if voiding.terminated(seat)}
    settled = {seat_id for seat_id, lines in made.items() if voiding.settled(lines)}
    proposed = {seat_id for seat_id, lines in made.items() if voiding.waiting(lines) is not None}
    return (ended - settled) | proposed
