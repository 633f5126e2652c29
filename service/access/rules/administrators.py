"""What administrators may not do alone: give themselves duties, and break the glass."""

from datetime import datetime, timedelta

from service.access.rules.duties import ADMINISTRATORS, Duty
from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# Our choice, 2026-11-26: long enough for an exam that has begun, too short for anything else.
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 120
# What is said of it afterwards: 已阅 at least.
SHORTEST_REMARK, LONGEST_REMARK = 2, 200
# Whoever confirms must have been asked just now.
ANSWER_WITHIN = timedelta(minutes=30)
_SOURCE = "GB/T 22239-2019 8.1.5 三员分立"


def may_grant(granter: int | None, receiver: int) -> Decision:
    """Whether one natural person may charge another with a duty: anybody but themselves."""
    if granter is None or granter != receiver:
        return ALLOWED
    return refuse("own_duty", "不能给自己授予职责，请由另一位安全管理员办理。", source=_SOURCE)


def may_ask(asker: int, receiver: int, duty: Duty) -> Decision:
    """Whether somebody may ask that this person be charged with this duty for some minutes.

    Never with an administrator's: what such a one does within minutes, grants of duties above all, stays when they
    are over, and two of the same kind would have made what only the third may make.
    """
    if duty in ADMINISTRATORS:
        sentence = "应急授权不能授予管理员职责。安全管理员无法登录时，请在服务器上用 peikao activation-code 恢复。"
        return refuse("emergency_administrator", sentence, source=_SOURCE)
    return may_grant(asker, receiver)


def may_decide(
    decider: int, *, asker: int, receiver: int, decided: bool, asked_at: datetime, now: datetime
) -> Decision:
    """Whether somebody may confirm or turn down an emergency duty: a second person, soon, once."""
    if decided:
        return not_now("decided_already", "这项应急授权已经裁定。")
    if decider in {asker, receiver}:
        return refuse("same_person", "应急授权要由申请人和被授权人以外的第二位管理员裁定。", source=_SOURCE)
    if now > asked_at + ANSWER_WITHIN:
        return not_now("asked_too_long_ago", "申请已超过30分钟，请重新申请。", source=_SOURCE)
    return ALLOWED


def may_see(
    seer: int, *, holder: int, asker: int, decider: int | None, ends_at: datetime | None, now: datetime
) -> Decision:
    """Whether somebody may take note of an emergency duty: who had no hand in it, once all of it can be seen."""
    if decider is None or ends_at is None:
        return not_now("emergency_not_given", "这项应急授权没有生效过，不需要登记已阅。", source=_SOURCE)
    if seer in {holder, asker, decider}:
        return refuse(
            "emergency_own_hand",
            "申请、裁定或使用这项应急授权的人不能登记已阅，请由另一位审计员办理。",
            source=_SOURCE,
        )
    if now < ends_at:
        return not_now("emergency_in_force", "这项应急授权还在生效，到时收回后再登记已阅。", source=_SOURCE)
    return ALLOWED
