"""Small groups put together for readers who may not see persons, so that nobody in one can be told from the others."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Group = TypeVar("Group")


def parted(
    groups: Iterable[Group], people: Callable[[Group], int], key: Callable[[Group], tuple[str, ...]], least: int
) -> tuple[list[Group], list[Group]]:
    """The groups that may be told, and those to be put together.

    One small group alone could be told by subtraction, and so could several that are still small together: the next
    larger ones join them.
    """
    ranked = sorted(groups, key=lambda one: (people(one), key(one)))
    joined = [one for one in ranked if 0 < people(one) < least]
    rest = [one for one in ranked if not 0 < people(one) < least]
    while joined and rest and (len(joined) < 2 or sum(map(people, joined)) < least):
        joined.append(rest.pop(0))
    return sorted(rest, key=key), joined


def unnamed(parts: Sequence[tuple[int, int]], least: int) -> frozenset[int]:
    """Of which groups a part must stay untold, by place: ``parts`` are the people of the part, and of its group.

    A part told of a group tells the rest of it as well, so both have to be large enough, or nobody. One group alone
    whose part is untold would follow from the total by subtraction, and so would several whose parts are still small
    together: further groups join them, the smallest of those that help. What no group can help may not be told of the
    total either.
    """
    found = {place for place, (part, whole) in enumerate(parts) if not may_tell(part, whole, least)}
    for place in sorted(set(range(len(parts))) - found, key=lambda one: (parts[one][1], one)):
        part = sum(parts[one][0] for one in found)
        rest = sum(parts[one][1] for one in found) - part
        if may_tell(part, part + rest, least):
            break
        mine, others = parts[place][0], parts[place][1] - parts[place][0]
        if (mine and 0 < part < least) or (others and 0 < rest < least):
            found.add(place)
    return frozenset(found)


def may_tell(part: int, whole: int, least: int) -> bool:
    """Whether a part of a group may be told beside it: neither the part nor the rest is of few people."""
    return not (0 < part < least or 0 < whole - part < least)
