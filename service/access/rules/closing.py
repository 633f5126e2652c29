"""Closing an account and opening it again: whose, and when not."""

from collections.abc import Sequence

from service.access.rules.duties import DUTY_NAMES, Duty
from service.kernel.decision import ALLOWED, Decision, not_now, refuse

_THREE = "GB/T 22239-2019 8.1.5 三员分立"
# GB/T 22239-2019 8.1.4.2 c: accounts that are no longer needed are deleted or stopped in time.
_IN_TIME = "GB/T 22239-2019 8.1.4.2 访问控制"


def may_close(closer: int | None, holder: int, *, active: bool, last: Sequence[Duty]) -> Decision:
    """Whether one natural person may close an account of another.

    ``last``: the administrators' duties that nobody else could do from then on.
    """
    if not active:
        return not_now("account_closed", "此账号已关闭，无需再办。", source=_IN_TIME)
    if closer is not None and closer == holder:
        return refuse("own_account", "不能关闭自己的账号，请由另一位系统管理员办理。", source=_THREE)
    if last:
        return refuse(
            "last_administrator",
            "此账号是唯一能承担“{duty}”的账号，关闭后无人接替。请先由安全管理员把这项职责授予另一人并启用其账号，再关闭。",
            source=_THREE,
            duty=DUTY_NAMES[last[0]],
        )
    return ALLOWED


def may_reopen(opener: int | None, holder: int, *, active: bool) -> Decision:
    """Whether one natural person may open a closed account of another again."""
    if active:
        return not_now("account_open", "此账号没有关闭，无需重新开启。", source=_IN_TIME)
    if opener is not None and opener == holder:
        return refuse("own_account", "不能重新开启自己的账号，请由另一位系统管理员办理。", source=_THREE)
    return ALLOWED


def must_be_open(active: bool) -> Decision:
    """Whether anything may be given to an account: a duty, a password, a code."""
    if active:
        return ALLOWED
    return not_now("account_closed", "此账号已关闭。需要继续使用的，请系统管理员先重新开启。", source=_IN_TIME)
