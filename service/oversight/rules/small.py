"""Small groups put together for readers who may not see persons, so that nobody in one can be told from the others."""

from collections.abc import Callable, Iterable
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
