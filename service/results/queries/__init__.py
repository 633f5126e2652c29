"""Reads on results and what two people decide on them, on credits and certificates."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.tables import Organisation, Person
from service.kernel.by_hand import Query
from service.programme.tables import Trainee
from service.results.queries import written
from service.results.rules import ResultState, Scored, Verdict, VoidingState
from service.results.tables import Certificate, Credit, Remarking, Result, SheetMarks, Voiding
from service.sittings.queries import late


def current(row: Any = Result) -> sa.ColumnElement[bool]:
    """The condition that a result is the newest of its seat: a correction leaves the one it replaces as it was."""
    later = aliased(Result)
    return ~sa.exists().where(col(later.replaces_id) == row.id)


def passing(row: Any) -> sa.ColumnElement[bool]:
    """The condition that an exam counts as passed: by the newest version of its result, and published."""
    return sa.and_(row.state == ResultState.PUBLISHED, row.verdict == Verdict.PASSED, current(row))


def stands() -> sa.ColumnElement[bool]:
    """The condition that a credit counts: its person passes an exam of its class, be it the one that brought it or not.

    So whoever passes a resit after their first result was made void has the one credit back, and never a second.
    """
    passed = aliased(Result)
    return sa.exists().where(
        col(passed.class_id) == col(Credit.class_id), col(passed.trainee_id) == col(Credit.trainee_id), passing(passed)
    )


def bears(row: Any = Result) -> sa.ColumnElement[bool]:
    """The condition that a credit rests on this result.

    Where several exams of a person are passed, as after a correction, it is the one that brought the credit, or else
    the earliest: so a credit is on one line of a class and is paid once.
    """
    other, brought = aliased(Result), aliased(Result)
    first = sa.select(col(brought.seat_id)).where(col(brought.id) == col(Credit.result_id)).correlate(Credit)
    seat = first.scalar_subquery()
    before = sa.or_(col(other.seat_id) == seat, sa.and_(row.seat_id != seat, col(other.seat_id) < row.seat_id))
    better = sa.exists().where(
        col(other.class_id) == row.class_id,
        col(other.trainee_id) == row.trainee_id,
        col(other.seat_id) != row.seat_id,
        passing(other),
        before,
    )
    own = sa.and_(col(Credit.class_id) == row.class_id, col(Credit.trainee_id) == row.trainee_id)
    return sa.and_(own, passing(row), ~better)


def result_of_seat(session: Session, seat_id: int, *, lock: bool = False) -> Result | None:
    """The newest result of a seat; locked where it is about to be judged and changed."""
    statement = select(Result).where(Result.seat_id == seat_id, current())
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def marked(row: Any = Result) -> sa.ColumnElement[bool]:
    """The condition that a version of a result was marked from the sheet that counts: the last that was handed in."""
    later = aliased(Result)
    newer = sa.exists().where(col(later.seat_id) == row.seat_id, col(later.rests_on) > row.version)
    return sa.and_(row.version == row.rests_on, ~newer)


# A result that was just stored is the newest of its seat, so its number is found by the seat: one statement for a room,
# where asking each insert for the number it was given was one for every sheet.
_NEWEST = Query("SELECT seat_id, MAX(id) FROM results_result WHERE seat_id IN ?* GROUP BY seat_id")
# The result of a sheet that was opened again, by the number of handings-in that were taken back: the next handing-in
# is marked as the version after it. A sheet that was handed in for good has none.
_TAKEN_BACK = Query(
    "SELECT r.seat_id, r.id, r.version FROM results_result r WHERE r.seat_id IN ?* AND r.version ="
    " (SELECT COUNT(*) FROM sittings_sheet_reopening o WHERE o.seat_id = r.seat_id AND o.confirmed)"
    " AND NOT EXISTS (SELECT 1 FROM results_result later WHERE later.replaces_id = r.id)"
)


def newest_results(session: Session, seat_ids: list[int]) -> dict[int, int]:
    """The numbers of the newest results of many seats, by seat."""
    return dict(_NEWEST.rows(session, seat_ids))


def taken_back(session: Session, seat_ids: list[int]) -> dict[int, tuple[int, int]]:
    """The number and version of the results that the next handing-in of these seats replaces, by seat."""
    return {seat_id: (number, version) for seat_id, number, version in _TAKEN_BACK.rows(session, seat_ids)}


def is_taken_back(session: Session, seat_id: int) -> bool:
    """Whether the sheet of a result was opened again and not marked since: the next marking replaces the result."""
    return seat_id in taken_back(session, [seat_id])


def results_of_class(session: Session, class_id: int) -> list[Result]:
    """The newest results of a class by id, locked: they move together."""
    statement = select(Result).where(Result.class_id == class_id, current()).order_by(col(Result.id))
    return list(session.exec(statement.with_for_update()))


def states_by_class(session: Session) -> dict[int, Counter[str]]:
    """How many results of each state every class has, in one query; a class without results is absent."""
    statement = (
        sa.select(col(Result.class_id), col(Result.state), sa.func.count())
        .where(current())
        .group_by(col(Result.class_id), col(Result.state))
    )
    found: dict[int, Counter[str]] = {}
    for class_id, state, number in session.execute(statement):
        found.setdefault(class_id, Counter())[state] = number
    return found


def marks(session: Session, result_id: int) -> dict[int, Scored]:
    """The marks that a result was made of, by position; none where there was nothing to be marked by."""
    row = session.get(SheetMarks, result_id)
    entries = json.loads(row.entries or "[]") if row is not None else []
    return {at: Scored(choice, points, of) for at, choice, points, of in entries}


def counting(session: Session, result_id: int) -> dict[int, Scored]:
    """What counts for every position of a result: the first marking, unless people or a late answer changed it."""
    found = marks(session, result_id)
    seat_id = session.exec(select(Result.seat_id).where(Result.id == result_id)).one()
    found |= dict(written.standing(session, [seat_id]).get(seat_id, ()))
    anew = select(Remarking).where(Remarking.result_id == result_id).order_by(col(Remarking.id))
    for row in session.exec(anew):
        found[row.position] = Scored(row.choice_after, row.points_after, found[row.position].of)
    return found


def undecided_late_answers(session: Session, class_id: int) -> int:
    """How many answers of a class came too late and wait for two people; its results can change until then."""
    return late.undecided(session, [class_id]).get(class_id, 0)


def remarkings(session: Session, late_ids: Iterable[int]) -> dict[int, Remarking]:
    """What accepting these late answers has changed, by late answer; whatever changed nothing is absent."""
    found = session.exec(select(Remarking).where(col(Remarking.late_answer_id).in_(set(late_ids))))
    return {row.late_answer_id: row for row in found}


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result with whose it is, and the credit and certificate that followed."""

    result: Result
    person: Person
    trainee: Trainee
    enterprise: Organisation
    credit: Credit | None
    certificate: Certificate | None


def lines(session: Session, class_id: int, *, states: Iterable[ResultState] = ResultState) -> list[ResultLine]:
    """The newest results of a class by name, in the given states, in one query; a credit is on the line it rests on."""
    statement = (
        sa.select(Result, Person, Trainee, Organisation, Credit, Certificate)
        .join(Trainee, col(Trainee.id) == col(Result.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
        .outerjoin(Credit, bears())
        .outerjoin(Certificate, col(Certificate.credit_id) == col(Credit.id))
        .where(col(Result.class_id) == class_id, col(Result.state).in_(list(states)), current())
        .order_by(col(Person.name), col(Result.id))
    )
    return [ResultLine(*row) for row in session.execute(statement)]


def credit_of(session: Session, class_id: int, trainee_id: int) -> Credit | None:
    """The credit of a trainee for a class: there is one at most."""
    return session.exec(select(Credit).where(Credit.class_id == class_id, Credit.trainee_id == trainee_id)).first()


# --- voiding ---


@dataclass(frozen=True, slots=True)
class VoidingLine:
    """A proposal with who made it and who decided it."""

    voiding: Voiding
    proposer: str
    decider: str | None


def voiding(session: Session, voiding_id: int) -> Voiding | None:
    """One proposal, locked: it is about to be decided."""
    return session.get(Voiding, voiding_id, with_for_update=True, populate_existing=True)


def voidings(session: Session, class_id: int) -> dict[int, list[VoidingLine]]:
    """The proposals on results of a class by seat, in their order."""
    proposer, decider = aliased(Person), aliased(Person)
    statement = (
        sa.select(Voiding, proposer.name, decider.name)  # type: ignore[call-overload]
        .join(proposer, col(proposer.id) == col(Voiding.proposed_by))
        .outerjoin(decider, col(decider.id) == col(Voiding.decided_by))
        .where(col(Voiding.class_id) == class_id)
        .order_by(col(Voiding.id))
    )
    found: dict[int, list[VoidingLine]] = {}
    for row in session.execute(statement):
        found.setdefault(row[0].seat_id, []).append(VoidingLine(*row))
    return found


def undecided(session: Session, class_id: int) -> int:
    """How many proposals on results of a class wait for a decision."""
    statement = select(sa.func.count()).select_from(Voiding)
    return session.exec(statement.where(Voiding.class_id == class_id, Voiding.state == VoidingState.PROPOSED)).one()
