"""Reads on free texts: what waits to be marked and by whom it may be, what was given, and what counts now."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.programme.tables import TrainingClass
from service.results.queries.withdrawn import withdrawn
from service.results.rules import Scored
from service.results.rules.written import FIRST_TWO, WITH_THIRD
from service.results.tables import Script, ScriptMark, ScriptTaking
from service.sittings.queries import transcripts


def newest(row: Any = Script) -> sa.ColumnElement[bool]:
    """The condition that a script is the one that counts of its seat and position."""
    later = aliased(Script)
    same = sa.and_(col(later.seat_id) == row.seat_id, col(later.position) == row.position)
    return ~sa.exists().where(same, col(later.version) > row.version)


def script(session: Session, script_id: int, *, lock: bool = False) -> Script | None:
    """One script; locked where a mark of it is about to be put down."""
    statement = select(Script).where(Script.id == script_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def script_at(session: Session, seat_id: int, position: int) -> Script | None:
    """The script that counts at a position of a seat's sheet, locked: it is about to be replaced."""
    statement = select(Script).where(Script.seat_id == seat_id, Script.position == position, newest())
    return session.exec(statement.with_for_update()).first()


def replaced(session: Session, late_ids: Collection[int]) -> dict[int, str]:
    """The texts in whose place accepted late answers are, by late answer."""
    later = aliased(Script)
    statement = (
        sa.select(col(later.late_answer_id), col(Script.answer))
        .join(later, sa.and_(col(later.seat_id) == col(Script.seat_id), col(later.position) == col(Script.position)))
        .where(col(later.late_answer_id).in_(late_ids), col(later.version) == col(Script.version) + 1)
    )
    return {late_id: text for late_id, text in session.execute(statement) if late_id is not None}


def superseded(session: Session, one: Script) -> bool:
    """Whether another script has taken the place of this one."""
    later = select(Script.id).where(Script.seat_id == one.seat_id, Script.position == one.position)
    return session.exec(later.where(Script.version > one.version)).first() is not None


def await_turn(session: Session, class_id: int) -> None:
    """Wait until nobody else is being handed a script of this class: two would be handed the same one."""
    row = select(TrainingClass.id).where(TrainingClass.id == class_id)
    session.exec(row.with_for_update(key_share=True)).first()


def next_open(session: Session, class_id: int, person_id: int, *, held_since: datetime) -> Script | None:
    """The script that this person is to mark next: the one they have before them, or else the first that needs them.

    Question by question, in the order of numbers that were drawn. What others were handed since ``held_since`` and have
    not marked yet is theirs; nothing is anybody's whose sheet they have copied from paper.
    """
    wanted = sa.case((col(Script.third), WITH_THIRD), else_=FIRST_TWO)
    mine = sa.exists().where(col(ScriptTaking.script_id) == col(Script.id), col(ScriptTaking.taken_by) == person_id)
    statement = (
        select(Script)
        .where(*_open(class_id), ~withdrawn())
        .where(
            ~_marked_by(person_id),
            ~transcripts.copied_by(person_id, Script),
            _rounds() + _held(person_id, held_since) < wanted,
        )
        .order_by(sa.case((mine, 0), else_=1), col(Script.form_id), col(Script.position), col(Script.number))
        .limit(1)
    )
    return session.exec(statement).first()


def _rounds() -> Any:
    """How many people have marked a script."""
    return (
        sa.select(sa.func.count(sa.distinct(col(ScriptMark.round))))
        .where(col(ScriptMark.script_id) == col(Script.id))
        .correlate(Script)
        .scalar_subquery()
    )


def _marked_by(person: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(col(ScriptMark.script_id) == col(Script.id), col(ScriptMark.marked_by) == person)


def _held(person_id: int, since: datetime) -> Any:
    """How many others have a script before them."""
    marked = sa.exists().where(
        col(ScriptMark.script_id) == col(ScriptTaking.script_id),
        col(ScriptMark.marked_by) == col(ScriptTaking.taken_by),
    )
    return (
        sa.select(sa.func.count())
        .select_from(ScriptTaking)
        .where(col(ScriptTaking.script_id) == col(Script.id), col(ScriptTaking.taken_by) != person_id)
        .where(col(ScriptTaking.taken_at) > since, ~marked)
        .correlate(Script)
        .scalar_subquery()
    )


def held_by_others(session: Session, script_id: int, person_id: int, *, held_since: datetime) -> int:
    """How many other people have this script before them."""
    return int(session.execute(sa.select(_held(person_id, held_since)).where(col(Script.id) == script_id)).scalar_one())


def taking(session: Session, script_id: int, person_id: int) -> ScriptTaking | None:
    """That a person was handed a script, if they were."""
    return session.get(ScriptTaking, (script_id, person_id))


def marks(session: Session, script_ids: Collection[int]) -> dict[int, list[ScriptMark]]:
    """The marks that count of these scripts: of each round the newest, in the order of rounds."""
    rows = session.exec(
        select(ScriptMark)
        .where(col(ScriptMark.script_id).in_(script_ids))
        .order_by(col(ScriptMark.script_id), col(ScriptMark.round), col(ScriptMark.version))
    )
    found: dict[int, dict[int, ScriptMark]] = defaultdict(dict)
    for row in rows:
        found[row.script_id][row.round] = row
    return {script_id: list(by_round.values()) for script_id, by_round in found.items()}


def mark_by_nonce(session: Session, person_id: int, nonce: str) -> ScriptMark | None:
    """The mark that this act of this person has become, if it was sent before."""
    return session.exec(select(ScriptMark).where(ScriptMark.marked_by == person_id, ScriptMark.nonce == nonce)).first()


def own(session: Session, class_id: int, person_id: int, *, most: int) -> list[tuple[Script, ScriptMark, bool]]:
    """What a person marked last in a class, the newest first, and whether theirs is the only mark of it."""
    later, other = aliased(ScriptMark), aliased(ScriptMark)
    superseded = sa.exists().where(
        col(later.script_id) == col(ScriptMark.script_id),
        col(later.round) == col(ScriptMark.round),
        col(later.version) > col(ScriptMark.version),
    )
    alone = ~sa.exists().where(
        col(other.script_id) == col(ScriptMark.script_id), col(other.marked_by) != col(ScriptMark.marked_by)
    )
    statement = (
        sa.select(Script, ScriptMark, alone)
        .join(ScriptMark, col(ScriptMark.script_id) == col(Script.id))
        .where(col(Script.class_id) == class_id, col(ScriptMark.marked_by) == person_id, ~superseded)
        .order_by(col(ScriptMark.id).desc())
        .limit(most)
    )
    return [(one, mark, bool(only) and one.settled_at is None) for one, mark, only in session.execute(statement)]


def _open(class_id: int) -> tuple[Any, ...]:
    return Script.class_id == class_id, col(Script.settled_at).is_(None), newest()


def unsettled(session: Session, class_id: int) -> int:
    """How many scripts of a class have no points yet and need some; those of withdrawn items need none."""
    return session.exec(select(sa.func.count()).select_from(Script).where(*_open(class_id), ~withdrawn())).one()


def unmarked_at(session: Session, form_id: int, position: int) -> int:
    """How many scripts of one position of a form have no points yet, be it withdrawn or not."""
    at = Script.form_id == form_id, Script.position == position, col(Script.settled_at).is_(None), newest()
    return session.exec(select(sa.func.count()).select_from(Script).where(*at)).one()


def unmarked_forms(session: Session, class_id: int) -> set[int]:
    """The forms of which a script of this class has no points yet, of a withdrawn item too: it would count as wrong."""
    return set(session.exec(select(Script.form_id).where(*_open(class_id))))


def waits_for(session: Session, class_id: int, person_id: int) -> bool:
    """Whether a script of a class needs points yet that this person may still mark."""
    apart = ~_marked_by(person_id), ~transcripts.copied_by(person_id, Script)
    return session.exec(select(Script.id).where(*_open(class_id), ~withdrawn(), *apart)).first() is not None


def waiting(session: Session, class_id: int) -> set[int]:
    """The seats of a class of which something is still to be marked: what their results say is not all."""
    return set(session.exec(select(Script.seat_id).where(*_open(class_id), ~withdrawn())))


@dataclass(frozen=True, slots=True)
class Progress:
    """How many scripts people mark, are settled, were marked by ``person``, and wait for which mark."""

    total: int = 0
    settled: int = 0
    mine: int = 0
    first: int = 0
    second: int = 0
    third: int = 0


def progress(session: Session, person_id: int, class_id: int | None = None) -> dict[int, Progress]:
    """The progress by class, or of one; blank scripts need nobody, nor do unsettled ones of withdrawn items."""
    rounds, open_ = _rounds(), sa.and_(col(Script.settled_at).is_(None), ~withdrawn())
    statement: Any = (
        sa.select(
            col(Script.class_id),
            sa.func.count(),
            _counted(~open_),
            _counted(_marked_by(person_id)),
            _counted(sa.and_(open_, rounds == 0)),
            _counted(sa.and_(open_, rounds > 0, ~col(Script.third))),
            _counted(sa.and_(open_, col(Script.third))),
        )
        .where(newest(), sa.or_(open_, col(Script.settled) != "blank"))
        .group_by(col(Script.class_id))
    )
    if class_id is not None:
        statement = statement.where(col(Script.class_id) == class_id)
    return {row[0]: Progress(*map(int, row[1:])) for row in session.execute(statement)}


def _counted(condition: Any) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def of_class(session: Session, class_id: int) -> list[Script]:
    """The scripts of a class that count, question by question and by number: nobody's order in the room."""
    statement = select(Script).where(Script.class_id == class_id, newest())
    return list(session.exec(statement.order_by(col(Script.form_id), col(Script.position), col(Script.number))))


def of_seat(session: Session, seat_id: int) -> list[Script]:
    """The scripts of a seat that count, by position."""
    return list(session.exec(select(Script).where(Script.seat_id == seat_id, newest()).order_by(col(Script.position))))


def standing(session: Session, seat_ids: Iterable[int]) -> dict[int, list[tuple[int, Scored]]]:
    """What counts of the scripts of these seats: position and points, nothing while they are not settled."""
    found: dict[int, list[tuple[int, Scored]]] = defaultdict(list)
    for row in session.exec(select(Script).where(col(Script.seat_id).in_(set(seat_ids)), newest())):
        found[row.seat_id].append((row.position, Scored(row.answer, row.points or 0, row.most)))
    return found
