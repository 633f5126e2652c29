"""Saving answers: the hot path. Many changes from many machines in one transaction, each with every check.

A change is taken if the session is live, its machine may be used here, the seat is working by the clock as it stands,
and the item belongs to the paper. An acknowledgement means that this change, or a newer one of the same item, is on
disk.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from service.kernel import database, errors
from service.papers.actions.opening import Question
from service.papers.rules import answers
from service.sittings.actions import asking
from service.sittings.queries import desks
from service.sittings.queries.desks import Desk
from service.sittings.rules import lockdown, seats
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Answer


class Change(NamedTuple):
    """One change of one item on one machine; ``seq`` counts the changes of that item.

    ``paper`` is the form that the page shows, where it says so: an answer to one form is none to the other.
    """

    machine: Machine
    position: int
    choice: str
    flagged: bool
    seq: int
    paper: int = 0


# The sequence number that is stored now, or the refusal. A refusal is a value: its neighbours are saved all the same.
Outcome = int | errors.ServiceError
Papers = Mapping[int | None, Mapping[int, Question]]
# By seat and position: sitting, choice, flagged, sequence number.
Rows = dict[tuple[int, int], tuple[int, str, bool, int]]


def save(session: Session, changes: Sequence[Change], *, now: datetime) -> list[Outcome]:
    """Save many changes; a change older than the stored one changes nothing and is answered with what is stored."""
    found = desks.desks(session, (change.machine.token_digest for change in changes), now)
    papers = _papers(session, found.values())

    outcomes: list[Outcome] = []
    rows: Rows = {}
    for change in changes:
        desk = found.get(change.machine.token_digest)
        kept = _kept(change, desk, papers)
        if not isinstance(kept, str):
            outcomes.append(kept)
            continue
        assert desk is not None, "whoever has none is refused"
        outcomes.append(change.seq)
        _keep_newest(rows, change, kept, desk)

    taken = sum(isinstance(outcome, int) for outcome in outcomes)
    if rows and _store(session, rows, now) < taken:
        _tell_what_is_stored(session, changes, outcomes, found, papers)
    return outcomes


def _papers(session: Session, found: Iterable[Desk]) -> Papers:
    """The questions, by form; only of forms that are open, for nobody works on the others."""
    forms = {desk.form_id for desk in found if desk.state is SeatState.WORKING}
    return {form_id: asking.asked(session, form_id) for form_id in forms}


def _kept(change: Change, desk: Desk | None, papers: Papers) -> str | errors.ServiceError:
    """The answer as it is to be stored, or why it is not."""
    if desk is None:
        return errors.Unauthenticated("not_signed_in", "请先登录，再继续。")
    decision = lockdown.may_use(desk.lock, change.machine)
    if decision.allowed:
        decision = seats.may_answer(desk.state)
    if not decision.allowed:
        return decision.refusal()
    if change.paper and change.paper != desk.form_id:
        return errors.WrongState("paper_switched", "本场已经换卷，这条答案属于换下的试卷。请稍候，页面会自动更新。")
    question = papers[desk.form_id].get(change.position)
    kept = answers.settled(question.kind, change.choice) if question is not None else None
    if kept is None:
        return errors.Malformed("answer_malformed", "这不是本题可以接受的答案。")
    return kept


def _keep_newest(rows: Rows, change: Change, kept: str, desk: Desk) -> None:
    """Of several changes of an item in one group only the newest: PostgreSQL refuses to touch a row twice at once."""
    place = desk.seat_id, change.position
    if place not in rows or rows[place][3] < change.seq:
        rows[place] = desk.sitting_id, kept, change.flagged, change.seq


# One statement, so that two tabs cannot race between looking and writing; written out, because this is the hot path.
_UPSERT = """
INSERT INTO sittings_answer (sitting_id, seat_id, position, choice, flagged, seq, saved_at) {values}
ON CONFLICT (sitting_id, seat_id, position) DO UPDATE
SET choice = excluded.choice, flagged = excluded.flagged, seq = excluded.seq, saved_at = excluded.saved_at
WHERE sittings_answer.seq < excluded.seq
"""
# One call for the whole group: between the calls for single rows the writer would lose its turn to the event loop, and
# the loop would have nothing left to do while the writer waits for the disk.
_SQLITE = _UPSERT.format(
    values="SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, ?1"
    " FROM json_each(?2) WHERE true"
)
_POSTGRESQL = _UPSERT.format(
    values="SELECT *, %s::timestamptz FROM unnest(%s::int[], %s::int[], %s::int[], %s::text[], %s::bool[], %s::int[])"
)


def _store(session: Session, rows: Rows, now: datetime) -> int:
    """Store what is newer than what is there; how many rows that were."""
    connection = session.connection()
    # One order for all, so that two groups that meet on PostgreSQL wait for each other instead of blocking.
    ready = [
        (sitting_id, seat_id, position, choice, flagged, seq)
        for (seat_id, position), (sitting_id, choice, flagged, seq) in sorted(rows.items())
    ]
    if connection.dialect.name == "postgresql":
        sittings, places, positions, choices, flags, seqs = zip(*ready, strict=True)
        columns = (*map(database.array, (sittings, places, positions)), list(choices), database.array(flags))
        return connection.exec_driver_sql(_POSTGRESQL, (now, *columns, database.array(seqs))).rowcount
    return connection.exec_driver_sql(_SQLITE, (database.written(now), json.dumps(ready))).rowcount


def _tell_what_is_stored(
    session: Session, changes: Sequence[Change], outcomes: list[Outcome], found: Mapping[str, Desk], papers: Papers
) -> None:
    """Answer each taken change by what is stored: a stale one by the newer number, a rival window's by a refusal."""
    for index, change in enumerate(changes):
        if not isinstance(outcomes[index], int):
            continue
        desk = found[change.machine.token_digest]
        statement = sa.select(col(Answer.seq), col(Answer.choice), col(Answer.flagged)).where(
            col(Answer.sitting_id) == desk.sitting_id,
            col(Answer.seat_id) == desk.seat_id,
            col(Answer.position) == change.position,
        )
        seq, choice, flagged = session.execute(statement).one()
        outcomes[index] = seq
        if seq == change.seq and (choice, flagged) != (_kept(change, desk, papers), change.flagged):
            # Not a retry but another window that counts for itself: to acknowledge it would be a lie.
            outcomes[index] = errors.WrongState("answer_from_two_windows", "本题刚在另一个窗口改过，请刷新页面后再看。")
