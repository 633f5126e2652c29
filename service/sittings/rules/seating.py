"""Who shares a room with whom, and how long a seat may be taken back or given in another room."""

from collections.abc import Collection, Mapping
from datetime import datetime

from service.kernel.decision import ALLOWED, Decision, not_now
from service.sittings.rules.phases import Times

_GRANTED = "已批准的个别安排：单独考场"
_ALONE = "该考生获准单独考场，需要一个人的考场：请另排一个场次，只勾选该考生一人编排。"
NEEDS_OWN_ROOM = not_now("needs_own_room", _ALONE, source=_GRANTED)
# The same as a notice, where the room is still empty.
MAY_SIT_ALONE = Decision(True, "needs_own_room", _ALONE, _GRANTED)
KEPT_FOR_ONE = not_now(
    "room_kept_for_one", "本场只坐一名获准单独考场的考生，不能再编排别人；请编排到别的场次。", source=_GRANTED
)


def judge_company(
    decisions: Mapping[int, Decision], apart: Collection[int], present: Collection[int]
) -> dict[int, Decision]:
    """What becomes of decisions on seats in a sitting once it is asked who needs a room of their own.

    ``apart`` are the trainees to whom one is granted, ``present`` those who have a seat in the sitting.
    """
    kept = len(present) == 1 and set(present) <= set(apart)
    return {one: _of_company(decision, one in apart, kept, bool(present)) for one, decision in decisions.items()}


def _of_company(decision: Decision, needs_own: bool, kept: bool, somebody: bool) -> Decision:
    if not decision.allowed:
        return decision
    if kept:
        return KEPT_FOR_ONE
    if needs_own:
        return NEEDS_OWN_ROOM if somebody else MAY_SIT_ALONE
    return decision


def left_out(chosen: Collection[int], apart: Collection[int]) -> set[int]:
    """Of those who are about to be seated together in an empty room or beside others, whom that does not suit."""
    return set(chosen) & set(apart) if len(chosen) > 1 else set()


def disturbed(present: Collection[int], apart: Collection[int]) -> set[int]:
    """Who sits with others although they have been granted a room of their own: the grant came after the seat."""
    return set(present) & set(apart) if len(present) > 1 else set()


def may_take_back(at: Times, now: datetime, *, cancelled: bool, touched: bool) -> Decision:
    """Whether a seat may be taken back: until check-in begins, and while nothing in the room refers to it."""
    if cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if now >= at.check_in_from:
        return not_now(
            "check_in_begun",
            "本场已经开始签到，不能再收回或调整座位。不来的考生按缺考记；走错考场的，请看准考证上的考场，到那里签到。",
        )
    if touched:
        return not_now("seat_touched", "考场里已有关于这个座位的记录（例如扫过准考证），不能再收回或调整。")
    return ALLOWED


def may_move(*, same_class: bool, same_kind: bool, same_sitting: bool) -> Decision:
    """Whether a candidate may go to another sitting: of the same class, an exam to an exam, a rehearsal to one."""
    if same_sitting:
        return not_now("nothing_moved", "该考生已经在这一场，不需要调整。")
    if not same_class or not same_kind:
        return not_now("other_class", "只能调整到同一班次的另一场考试。")
    return ALLOWED
