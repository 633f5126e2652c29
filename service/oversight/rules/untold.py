"""What is not told of an answer beside its numbers, so that nobody in it can be told from the others."""

from collections.abc import Sequence
from dataclasses import replace

from service.oversight.rules import small
from service.oversight.rules.definitions import Cell


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
