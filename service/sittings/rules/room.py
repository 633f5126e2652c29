"""In the room: kinds of extra time, the tree of reasons, identity re-checks at a minute nobody can foresee."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, refuse
from service.sittings.rules.phases import Times


class ExtraTimeKind(StrEnum):
    ARRANGEMENT = "arrangement"
    COMPENSATION = "compensation"
    PROCTOR = "proctor"


EXTRA_TIME_NAMES = {
    ExtraTimeKind.ARRANGEMENT: "个别安排",
    ExtraTimeKind.COMPENSATION: "断线补时",
    ExtraTimeKind.PROCTOR: "监考员加时",
}


class Cause(StrEnum):
    """The four branches of the tree of reasons."""

    ENVIRONMENT = "environment"
    CANDIDATE = "candidate"
    PROCTOR = "proctor"
    TECHNICAL = "technical"


CAUSE_NAMES = {
    Cause.ENVIRONMENT: "考场环境",
    Cause.CANDIDATE: "考生",
    Cause.PROCTOR: "监考",
    Cause.TECHNICAL: "技术",
}


class IncidentKind(StrEnum):
    """What can happen in a room: also why an exam may be ended."""

    NOISE = "noise"
    POWER = "power"
    EVACUATION = "evacuation"
    ILLNESS = "illness"
    CHEATING = "cheating"
    MATERIALS = "materials"
    PHONE = "phone"
    IMPERSONATION = "impersonation"
    DISTURBANCE = "disturbance"
    LEFT_WINDOW = "left_window"
    PROCTOR_LATE = "proctor_late"
    PROCTOR_ERROR = "proctor_error"
    MACHINE = "machine"
    NETWORK = "network"
    SOFTWARE = "software"
    OTHER = "other"


INCIDENT_NAMES = {
    IncidentKind.NOISE: "噪声或环境干扰",
    IncidentKind.POWER: "停电",
    IncidentKind.EVACUATION: "紧急疏散",
    IncidentKind.ILLNESS: "考生身体不适",
    IncidentKind.CHEATING: "作弊",
    IncidentKind.MATERIALS: "夹带书籍或资料",
    IncidentKind.PHONE: "携带或使用手机",
    IncidentKind.IMPERSONATION: "冒名顶替",
    IncidentKind.DISTURBANCE: "扰乱考场秩序",
    IncidentKind.LEFT_WINDOW: "多次离开考试窗口",
    IncidentKind.PROCTOR_LATE: "监考员迟到或离岗",
    IncidentKind.PROCTOR_ERROR: "监考操作失误",
    IncidentKind.MACHINE: "考试机故障",
    IncidentKind.NETWORK: "网络故障",
    IncidentKind.SOFTWARE: "考试系统故障",
    IncidentKind.OTHER: "其他",
}
CAUSES: Mapping[IncidentKind, Cause] = {
    IncidentKind.NOISE: Cause.ENVIRONMENT,
    IncidentKind.POWER: Cause.ENVIRONMENT,
    IncidentKind.EVACUATION: Cause.ENVIRONMENT,
    IncidentKind.ILLNESS: Cause.CANDIDATE,
    IncidentKind.CHEATING: Cause.CANDIDATE,
    IncidentKind.MATERIALS: Cause.CANDIDATE,
    IncidentKind.PHONE: Cause.CANDIDATE,
    IncidentKind.IMPERSONATION: Cause.CANDIDATE,
    IncidentKind.DISTURBANCE: Cause.CANDIDATE,
    IncidentKind.LEFT_WINDOW: Cause.CANDIDATE,
    IncidentKind.PROCTOR_LATE: Cause.PROCTOR,
    IncidentKind.PROCTOR_ERROR: Cause.PROCTOR,
    IncidentKind.MACHINE: Cause.TECHNICAL,
    IncidentKind.NETWORK: Cause.TECHNICAL,
    IncidentKind.SOFTWARE: Cause.TECHNICAL,
    IncidentKind.OTHER: Cause.ENVIRONMENT,
}
# For these an exam may be ended; whether its result is void is for two people to decide later.
TERMINATIONS = frozenset(kind for kind, cause in CAUSES.items() if cause is not Cause.PROCTOR) - {
    IncidentKind.NOISE,
    IncidentKind.OTHER,
}


def may_end(kind: IncidentKind) -> Decision:
    """Whether an exam may be ended for this."""
    if kind in TERMINATIONS:
        return ALLOWED
    return refuse(
        "no_reason_to_end", "不能因“{kind}”终止考生的考试，请记录异常；必要时暂停计时。", kind=INCIDENT_NAMES[kind]
    )


# A tablet's camera makes 2 to 3 MB; five show an incident from every side. The database keeps them (our choice).
PHOTO_BYTES = 3 * 1024 * 1024
MOST_PHOTOS = 5


class Recheck(StrEnum):
    SAME = "same"
    DOUBTFUL = "doubtful"


RECHECK_NAMES = {Recheck.SAME: "本人无误", Recheck.DOUBTFUL: "存疑，已记录异常"}

# Nobody is disturbed in the first and the last ten minutes (our choice).
RECHECK_MARGIN = timedelta(minutes=10)


def recheck_at(at: Times, draw: bytes) -> datetime:
    """When a seat's identity is looked at again: a minute drawn from ``draw``, which no candidate can know."""
    first, last = at.starts_at + RECHECK_MARGIN, at.ends_at - RECHECK_MARGIN
    minutes = max(1, int((last - first).total_seconds() // 60))
    return first + timedelta(minutes=int.from_bytes(hashlib.sha256(draw).digest()[:4], "big") % minutes)
