"""Passwords that somebody else has made, and what they are good for: choosing one's own, and nothing else.

Whoever opens accounts and resets passwords must not be able to enter as anybody. So such a password wakes no duty: the
security administrator vouches for the person by a code of their own, or a second factor does that was bound before.
"""

from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# Our choice, 2026-11-26: long enough to reach somebody in a mine, too short to lie about.
PASSWORD_LIFE = timedelta(days=7)
CODE_LIFE = timedelta(days=7)
_PASSWORDS = "OWASP ASVS 5.0 6.4.1"
_TWO = "GB/T 22239-2019 8.1.5 三员分立"


def may_enter(provisional: bool, doubted: bool) -> Decision:
    """Whether a session carries any duty: its holder chose the password, and somebody vouched for who that was."""
    if provisional:
        return refuse(
            "password_not_chosen",
            "您正在使用一次性密码。请先在“修改密码”页面选定只有您自己知道的密码，再继续。",
            source=_PASSWORDS,
        )
    if doubted:
        return refuse(
            "account_not_activated",
            "此账号还没有启用，职责尚未生效。请向安全管理员索取启用码，在“修改密码”页面输入。",
            source=_TWO,
        )
    return ALLOWED


def may_use(until: datetime | None, now: datetime) -> Decision:
    """Whether a password may still be used to sign in; one of one's own always may (``until`` is nothing)."""
    if until is None or now < until:
        return ALLOWED
    return not_now("one_time_password_over", "一次性密码已过期，请系统管理员重新生成。", source=_PASSWORDS)


def may_choose(new: str, one_time: str, *, provisional: bool) -> Decision:
    """Whether this may become one's own password: not the one that somebody else knows."""
    if provisional and new == one_time:
        return refuse("password_not_new", "一次性密码不能留用，请换一个只有您自己知道的密码。", source=_PASSWORDS)
    return ALLOWED


def may_equip(doubted: bool) -> Decision:
    """Whether a second factor may be bound to an account: it would be its binder's for good."""
    if not doubted:
        return ALLOWED
    return refuse(
        "not_yet_yours",
        "此账号还没有启用，不能绑定第二验证方式。请先输入安全管理员给的启用码。",
        source=_TWO,
    )


def may_vouch(voucher: int | None, receiver: int, *, doubted: bool) -> Decision:
    """Whether a security administrator may give out a code for an account: anybody's but their own."""
    if not doubted:
        return not_now("activated_already", "此账号已启用，不需要启用码。")
    if voucher is not None and voucher == receiver:
        return refuse("own_account", "不能为自己的账号出具启用码，请由另一位安全管理员办理。", source=_TWO)
    return ALLOWED


def judge_code(fits: bool, until: datetime | None, now: datetime) -> Decision:
    """Whether an activation code that was given holds."""
    if not fits:
        return refuse("wrong_activation_code", "启用码不对，请核对后重试。本次尝试已记录。", source=_TWO)
    if until is None or now >= until:
        return not_now("activation_code_over", "启用码已过期，请安全管理员重新出具。", source=_TWO)
    return ALLOWED
