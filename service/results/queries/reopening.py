"""Reads on what has become of a closed sheet since: what must be asked before it is opened again."""

from sqlmodel import Session, col, select

from service.results.rules import ResultState
from service.results.tables import Remarking, Result, Script, ScriptMark, ScriptTaking, Voiding


def is_settled(session: Session, sitting_id: int) -> bool:
    """Whether results of a sitting are confirmed or published; those of the first exam are while a resit is sat."""
    moved = Result.sitting_id == sitting_id, Result.state != ResultState.MARKED
    return session.exec(select(Result.id).where(*moved).limit(1)).first() is not None


def is_marked_by_people(session: Session, seat_id: int) -> bool:
    """Whether anybody was handed a text of this seat, or has marked one."""
    texts = select(Script.id).where(Script.seat_id == seat_id)
    taken = select(ScriptTaking.script_id).where(col(ScriptTaking.script_id).in_(texts)).limit(1)
    marked = select(ScriptMark.id).where(col(ScriptMark.script_id).in_(texts)).limit(1)
    return session.exec(taken).first() is not None or session.exec(marked).first() is not None


def is_judged(session: Session, seat_id: int) -> bool:
    """Whether somebody has proposed or decided something on the result of a seat."""
    results = select(Result.id).where(Result.seat_id == seat_id)
    voided = select(Voiding.id).where(Voiding.seat_id == seat_id).limit(1)
    remarked = select(Remarking.id).where(col(Remarking.result_id).in_(results)).limit(1)
    return session.exec(voided).first() is not None or session.exec(remarked).first() is not None
