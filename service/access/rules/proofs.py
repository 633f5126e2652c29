"""Who has to prove themselves by more than a password, and how long a proof is good for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from service.access.rules.duties import ADMINISTRATORS, EXAM_DUTIES, Duty
from service.kernel.decision import ALLOWED, Decision, refuse


class Factor(StrEnum):
    """What a session was opened with besides the password."""

    NONE = ""
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


FACTOR_NAMES = {
    Factor.NONE: "仅密码",
    Factor.TOTP: "动态口令",
    Factor.PASSKEY: "通行密钥",
    Factor.RECOVERY: "恢复码",
}

# Our choice, 2026-11-26: all duties of the bureau, and those who keep accounts and read the record. Not proctors:
# telephones stay outside an exam room, and a paper opens only to two of them, on a tablet that is registered.
GUARDED = (EXAM_DUTIES - {Duty.PROCTOR}) | ADMINISTRATORS | {Duty.PLAN}
_SOURCE = "GB/T 22239-2019 8.1.4.1 双因素鉴别"


def is_unproven(duties: Iterable[str], factor: str, *, required: bool) -> bool:
    """Whether a session's duties sleep until its holder has shown a second factor."""
    return required and factor == Factor.NONE and bool(GUARDED & set(duties))


def may_work(unproven: bool) -> Decision:
    """Whether a session carries any duty at all."""
    if not unproven:
        return ALLOWED
    return refuse(
        "second_factor_missing",
        "您的职责需要第二验证方式。请先在“登录安全”页面绑定动态口令或通行密钥，再继续。",
        source=_SOURCE,
    )


def may_remove(duties: Iterable[str], others: int, *, required: bool) -> Decision:
    """Whether a second factor may be given up while ``others`` remain."""
    if others or not required or not GUARDED & set(duties):
        return ALLOWED
    return refuse("last_second_factor", "您的职责需要第二验证方式，请先绑定另一种，再停用这一种。", source=_SOURCE)


def is_fresh(proven_at: datetime | None, now: datetime, minutes: int) -> Decision:
    """Whether whoever holds a session proved it is them a moment ago."""
    if proven_at is not None and proven_at + timedelta(minutes=minutes) > now:
        return ALLOWED
    return refuse("step_up_needed", "这一步要再次确认是您本人：请输入密码或动态口令。", source="两人原则（本系统规则）")
