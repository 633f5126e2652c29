"""Versions of a blueprint: drafted by one person, approved by a second, replaced by the next one."""

from collections.abc import Mapping
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now


class BlueprintState(StrEnum):
    DRAFTED = "drafted"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    RETURNED = "returned"


BLUEPRINT_NAMES = {
    BlueprintState.DRAFTED: "待审批",
    BlueprintState.APPROVED: "现行",
    BlueprintState.SUPERSEDED: "已被替代",
    BlueprintState.RETURNED: "已退回",
}
# A draft is superseded by the next draft, an approved version by the next approved one.
BLUEPRINT_MOVES: Mapping[BlueprintState, frozenset[BlueprintState]] = {
    BlueprintState.DRAFTED: frozenset({BlueprintState.APPROVED, BlueprintState.RETURNED, BlueprintState.SUPERSEDED}),
    BlueprintState.APPROVED: frozenset({BlueprintState.SUPERSEDED}),
    BlueprintState.SUPERSEDED: frozenset(),
    BlueprintState.RETURNED: frozenset(),
}


def may_move(state: BlueprintState, target: BlueprintState) -> Decision:
    """Whether a version may pass from one state to another."""
    if target in BLUEPRINT_MOVES[state]:
        return ALLOWED
    return not_now(
        "blueprint_state",
        "这一版组卷方案现在是“{state}”，不能变为“{target}”。",
        state=BLUEPRINT_NAMES[state],
        target=BLUEPRINT_NAMES[target],
    )
