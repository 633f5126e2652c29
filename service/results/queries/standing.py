"""What counts for every position of a sheet, whatever was decided about it since it was first marked; in bulk."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlmodel import Session, col, select

from service.results.queries import marked, written
from service.results.rules import Scored, VoidingState, withdrawing
from service.results.rules.appealing import AppealState
from service.results.rules.withdrawing import ItemStanding
from service.results.tables import Appeal, ItemRuling, Remarking, Result, SheetMarks
from service.sittings.tables import Sitting


def of_results(session: Session, results: Iterable[Result]) -> dict[int, dict[int, Scored]]:
    """What counts for every position of these results, by seat; who has no marks at all is absent.

    Every version of a result rests on the marks of the first one, and on what was decided since.
    """
    found = list(results)
    firsts = _first_marks(session, {one.seat_id for one in found})
    anew, granted = _anew(session, firsts), _granted(session, firsts)
    withdrawn = of_sittings(session, {one.sitting_id for one in found})
    return {
        one.seat_id: withdrawing.counted(
            firsts[one.seat_id][1],
            anew[one.seat_id],
            granted[one.seat_id],
            withdrawn.get(one.sitting_id, ()),
        )
        for one in found
        if one.seat_id in firsts
    }


def as_answered(session: Session, results: Iterable[Result]) -> dict[int, dict[int, Scored]]:
    """The marks as they were given at hand-in, with late answers accepted since, by seat.

    Appeals and withdrawn items are left out: they are about what somebody is due, and say nothing of the item.
    """
    firsts = _first_marks(session, {one.seat_id for one in results})
    anew = _anew(session, firsts)
    return {seat_id: withdrawing.counted(first, anew[seat_id], (), ()) for seat_id, (_, first) in firsts.items()}


def _anew(session: Session, firsts: Mapping[int, tuple[int, object]]) -> dict[int, list[tuple[int, Scored]]]:
    """What came after the first marking, by seat: what people gave for free texts, and late answers marked by key."""
    scripts = written.standing(session, firsts)
    remarked = _remarked(session, [result_id for result_id, _ in firsts.values()])
    return {
        seat_id: [*scripts.get(seat_id, ()), *remarked.get(result_id, ())] for seat_id, (result_id, _) in firsts.items()
    }


def _first_marks(session: Session, seat_ids: Collection[int]) -> dict[int, tuple[int, dict[int, Scored]]]:
    """The id and marks of the version that was marked from the sheet, by seat; whose marks are none or disposed of is
    absent. Of a sheet that was opened again it is the one that was handed in last.
    """
    statement = (
        select(Result.seat_id, SheetMarks.result_id, SheetMarks.entries)
        .join(SheetMarks, col(SheetMarks.result_id) == col(Result.id))
        .where(col(Result.seat_id).in_(seat_ids), marked(), SheetMarks.entries != "")
    )
    return {
        seat_id: (result_id, {at: Scored(choice, points, of) for at, choice, points, of in json.loads(entries)})
        for seat_id, result_id, entries in session.exec(statement)
    }


def _remarked(session: Session, result_ids: Collection[int]) -> dict[int, list[tuple[int, Scored]]]:
    found: dict[int, list[tuple[int, Scored]]] = defaultdict(list)
    statement = select(Remarking).where(col(Remarking.result_id).in_(result_ids)).order_by(col(Remarking.id))
    for row in session.exec(statement):
        found[row.result_id].append((row.position, Scored(row.choice_after, row.points_after, 0)))
    return found


def _granted(session: Session, seat_ids: Collection[int]) -> dict[int, list[dict[int, int]]]:
    """What answers to appeals have set, by seat, in their order."""
    found: dict[int, list[dict[int, int]]] = defaultdict(list)
    answered = select(Appeal).where(col(Appeal.seat_id).in_(seat_ids), Appeal.state == AppealState.ANSWERED)
    for row in session.exec(answered.order_by(col(Appeal.id))):
        found[row.seat_id].append({int(position): points for position, points in row.changes.items()})
    return found


def of_sittings(session: Session, sitting_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The withdrawn positions of the forms that these sittings sat, by sitting."""
    forms = dict(session.exec(select(Sitting.id, Sitting.form_id).where(col(Sitting.id).in_(sitting_ids))).all())
    withdrawn = withdrawn_of(session, {form_id for form_id in forms.values() if form_id is not None})
    return {
        sitting_id: withdrawn.get(form_id or 0, frozenset())
        for sitting_id, form_id in forms.items()
        if sitting_id is not None
    }


def withdrawn_of(session: Session, form_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The positions of these forms that are withdrawn now: the newest upheld ruling on each counts."""
    upheld = select(ItemRuling).where(col(ItemRuling.form_id).in_(form_ids), ItemRuling.state == VoidingState.UPHELD)
    newest = {(row.form_id, row.position): row.wanted for row in session.exec(upheld.order_by(col(ItemRuling.id)))}
    found: dict[int, set[int]] = defaultdict(set)
    for (form_id, position), wanted in newest.items():
        if wanted == ItemStanding.WITHDRAWN:
            found[form_id].add(position)
    return {form_id: frozenset(positions) for form_id, positions in found.items()}
