"""A candidate looks up their own published result: by ticket number and the end of the citizen id, from anywhere.

Nobody signs in for that, so guesses are counted by ticket number and place, and every answer but the right one is the
same. Before publication there is no answer, by whatever number.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.bank import queries as bank
from service.bank.rules.items import Kind
from service.journal.actions import record
from service.journal.rules import Event
from service.papers.actions import opening
from service.programme.tables import TrainingClass
from service.results import queries
from service.results.actions import guessing
from service.results.queries import ResultLine, elsewhere, known, standing
from service.results.queries import own as own_queries
from service.results.queries.elsewhere import ExternalLine
from service.results.rules import own
from service.results.rules.own import Part, Place
from service.results.tables import Result
from service.sittings import queries as sittings
from service.sittings.actions.enrolling import id_tail_indexes
from service.sittings.tables import Seat, Sitting


@dataclass(frozen=True, slots=True)
class Key:
    """What a candidate types in."""

    ticket_number: str
    id_tail: str


@dataclass(frozen=True, slots=True)
class OwnResult:
    """A published result as its candidate sees it: no item, no key; ``versions`` are all that were published.

    ``elsewhere`` are the results of the same person for the same class that were obtained elsewhere and count.
    """

    seat: Seat
    sitting: Sitting
    training_class: TrainingClass
    line: ResultLine
    versions: list[Result]
    sections: list[Part]
    subjects: list[Part]
    elsewhere: list[ExternalLine]


def enter(session: Session, key: Key, place: str, *, now: datetime) -> Seat:
    """The seat whose result was published and whose ticket number and citizen id these are; nothing is written.

    Each try counts as failed before it is looked at, so that many at one moment are not more than one by one.

    Raises:
        TooOften: from this place the ticket number was tried too often. NotFound: anything else that is wrong.
    """
    guessing.count(key.ticket_number, place, now)
    # Both are looked up before anything is decided, so that no answer comes sooner than another.
    seat = sittings.seat_by_ticket(session, key.ticket_number)
    fits = seat is not None and seat.id_tail_index in id_tail_indexes(seat.person_id, key.id_tail)
    published = own_queries.published_versions(session, seat.id or 0) if seat is not None else []
    if seat is None or not fits or not published:
        raise own.not_there()
    guessing.forgive(key.ticket_number, place, now)
    return seat


def look(session: Session, seat: Seat, *, now: datetime) -> OwnResult:
    """The result of a seat whose candidate has been let in, which goes on record."""
    record(session, Event.OWN_RESULT_READ, "anonymous", f"seat:{seat.id}", now=now)
    return view(session, seat)


def view(session: Session, seat: Seat) -> OwnResult:
    """Everything that the candidate of a seat with a published result may see of it."""
    versions = own_queries.published_versions(session, seat.id or 0)
    sitting = session.get_one(Sitting, seat.sitting_id)
    line = next(one for one in queries.lines(session, sitting.class_id) if one.result.seat_id == seat.id)
    counted = standing.of_results(session, versions[-1:]).get(seat.id or 0, {})
    places = _places(session, sitting) if counted else {}
    return OwnResult(
        seat=seat,
        sitting=sitting,
        training_class=session.get_one(TrainingClass, sitting.class_id),
        line=line,
        versions=versions,
        sections=own.sections(counted, places),
        subjects=own.subjects(counted, places, bank.subjects(session)),
        elsewhere=elsewhere.of_trainee(session, sitting.class_id, seat.trainee_id),
    )


def _places(session: Session, sitting: Sitting) -> dict[int, Place]:
    """Where the item at every position of an opened form belongs."""
    assert sitting.form_id is not None
    questions = opening.read_opened(session, sitting.form_id)
    words = {one.position: known.words_of(one.stem, one.options, one.shown) for one in questions}
    items = known.by_words(session, set(words.values()))
    slugs = {at: items[asked].subject if asked in items else "" for at, asked in words.items()}
    return {one.position: Place(Kind(one.kind), slugs[one.position]) for one in questions}
