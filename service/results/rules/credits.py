"""What happens to credits, told to the register of safety training one event after the other."""

import re
from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override

from service.kernel import errors
from service.results.rules import Verdict


class Change(StrEnum):
    """What an edition of results did to a credit."""

    GRANTED = "granted"
    REVERSED = "reversed"
    RESTORED = "restored"


CHANGE_NAMES = {Change.GRANTED: "认定学时", Change.REVERSED: "取消认定", Change.RESTORED: "恢复认定"}


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the feed: the edition, which rises in the order of commits, and the result within it."""

    edition: int = 0
    result: int = 0

    @override
    def __str__(self) -> str:
        return f"{self.edition}-{self.result}"


def position(text: str) -> Position:
    """A place as somebody gives it back; empty is the beginning.

    Raises:
        Malformed: not one that we gave.
    """
    if not text:
        return Position()
    found = re.fullmatch("([0-9]{1,9})-([0-9]{1,9})", text, re.ASCII)
    if found is None:
        raise errors.Malformed("cursor_malformed", "after 应为上一次返回的 next。")
    return Position(int(found[1]), int(found[2]))


def change(verdict: Verdict, *, posted: bool) -> Change:
    """What a version of a result did to its credit, which ``posted`` says it brought."""
    if posted:
        return Change.GRANTED
    return Change.RESTORED if verdict is Verdict.PASSED else Change.REVERSED


def retraining(hours: int, percent: int) -> int:
    """The re-training hours that credited hours count for (三(五)), in whole hours."""
    return hours * percent // 100
