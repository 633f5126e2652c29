"""What is not told of an answer beside its numbers, so that nobody in it can be told from the others."""

from collections.abc import Sequence
from dataclasses import replace

from service.kernel.decision import ALLOWED, Decision, refuse
from service.oversight.rules import small
from service.oversight.rules.definitions import NOBODY, SMALL, Cell, Imported, total_of
from service.results.rules.counting import Counts


def without_few(cells: Sequence[Cell], total: Cell, least: int, *, paged: bool) -> tuple[tuple[Cell, ...], Cell]:
    """The cells and their total with their part from elsewhere untold where few people could be told by it, for readers
    who may not see persons.

    Of an answer in pages the total tells it only where it is nobody or everybody: what one page leaves out would follow
    from the total and the other pages.
    """
    unnamed = small.unnamed([_split(one) for one in cells], least)
    told = tuple(replace(one, elsewhere=None) if place in unnamed else one for place, one in enumerate(cells))
    if not small.may_tell(*_split(total), total.counts.enrolled if paged else least):
        total = replace(total, elsewhere=None)
    return told, total


def _split(cell: Cell) -> tuple[int, int]:
    return cell.elsewhere_of("enrolled") or 0, cell.counts.enrolled


def may_ask_apart(whole: Cell, least: int) -> Decision:
    """Whether those from here, or those from elsewhere, may be asked for alone by readers who may not see persons:
    neither of the two may be few of everybody that the question is about.
    """
    if small.may_tell(*_split(whole), least):
        return ALLOWED
    return refuse(
        "too_few_apart",
        "这个范围内，外部导入成绩或其余成绩的人数少于{least}人，不能分开统计；请选“含外部导入成绩”，或放宽年度和月份。",
        source="PEIKAO_SMALLEST_CELL",
        least=least,
    )


def apart(cells: Sequence[Cell], total: Cell | None, imported: Imported) -> tuple[tuple[Cell, ...], Cell | None]:
    """One part alone of an answer about both, from nothing but what such a reader is told of both: so whoever takes one
    from the other learns nothing that was kept from them.

    Groups whose parts are untold stand together where the total tells how many are left for them, and are left out
    where it does not, as on a page.
    """
    named = [_part(one, imported) for one in cells if one.elsewhere is not None]
    rest = [one for one in cells if one.elsewhere is None]
    whole = _part(total, imported) if total is not None and total.elsewhere is not None else None
    if whole is not None and rest:
        counts = whole.counts
        for one in named:
            counts = counts - one.counts
        # Another heap of small groups may be told by itself; there is one of a name.
        heap = [one for one in named if one.key == SMALL]
        named = [one for one in named if one.key != SMALL]
        merged = sum(one.merged or 1 for one in [*rest, *heap])
        joined = replace(total_of([*rest, *heap]), key=SMALL, merged=merged)
        named.append(_alone(joined, sum((one.counts for one in heap), counts), imported))
    return tuple(one for one in named if one.counts.enrolled), whole


def _part(cell: Cell, imported: Imported) -> Cell:
    assert cell.elsewhere is not None, "only what is told is taken apart"
    away = cell.elsewhere
    return _alone(cell, away if imported is Imported.ONLY else cell.counts - away, imported)


def _alone(cell: Cell, counts: Counts, imported: Imported) -> Cell:
    return replace(cell, counts=counts, elsewhere=counts if imported is Imported.ONLY else NOBODY)
