"""Whether a machine is fit for an exam, by what it found out about itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse


class Engine(StrEnum):
    """What draws the pages of a browser; its version is what counts."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    SAFARI = "safari"
    OTHER = "other"


ENGINE_NAMES = {
    Engine.CHROMIUM: "Chrome或Edge内核",
    Engine.FIREFOX: "Firefox内核",
    Engine.SAFARI: "Safari内核",
    Engine.OTHER: "其他内核",
}


# The pages of the exam use the selector :has() and the element dialog; these are the first versions with both.
OLDEST: Mapping[Engine, int] = {Engine.CHROMIUM: 105, Engine.FIREFOX: 121, Engine.SAFARI: 16}
# The server's clock decides, so a machine's own may be off; but candidates look at it (our choice).
DRIFT_NOTICED_MS = 5_000
DRIFT_TOO_FAR_MS = 60_000
# A candidate notices a second; at five the sheet is full of answers that still wait (our choice).
SLOW_SAVE_MS = 1_000
TOO_SLOW_SAVE_MS = 5_000


class Fault(StrEnum):
    """What is wrong with a machine, or worth a look."""

    BROWSER_OLD = "browser_old"
    BROWSER_UNKNOWN = "browser_unknown"
    ADDRESS_OUTSIDE = "address_outside"
    NO_STORE = "no_store"
    INSECURE = "insecure"
    DRIFT = "drift"
    DRIFT_FAR = "drift_far"
    SAVE_SLOW = "save_slow"
    SAVE_TOO_SLOW = "save_too_slow"
    NO_FULL_SCREEN = "no_full_screen"
    NO_CAMERA = "no_camera"


FAULT_NAMES = {
    Fault.BROWSER_OLD: "浏览器太旧，请升级到新版Chrome、Edge或Firefox",
    Fault.BROWSER_UNKNOWN: "不认识这个浏览器，请先在这台机器上演练一次",
    Fault.ADDRESS_OUTSIDE: "网络地址不在本考场的网段内，请检查接线或修改考场网段",
    Fault.NO_STORE: "浏览器不能在本机保存答案，请关闭无痕模式",
    Fault.INSECURE: "不是HTTPS连接，断网期间的答案无法签名",
    Fault.DRIFT: "本机时间不准，请校准时钟",
    Fault.DRIFT_FAR: "本机时间相差一分钟以上，请立即校准时钟",
    Fault.SAVE_SLOW: "保存答案较慢，请检查网络",
    Fault.SAVE_TOO_SLOW: "保存答案太慢，这样的网络不能考试",
    Fault.NO_FULL_SCREEN: "不能全屏显示，考生可能看到其他窗口",
    Fault.NO_CAMERA: "摄像头不可用，签到时只能手工输入准考证号",
}
# With one of these a machine is not fit; the others are worth a look and keep nobody from the exam.
GRAVE = frozenset({Fault.BROWSER_OLD, Fault.ADDRESS_OUTSIDE, Fault.NO_STORE, Fault.DRIFT_FAR, Fault.SAVE_TOO_SLOW})


class Fitness(StrEnum):
    FIT = "fit"
    NOTICED = "noticed"
    UNFIT = "unfit"


FITNESS_NAMES = {Fitness.FIT: "可以使用", Fitness.NOTICED: "可用，有提示", Fitness.UNFIT: "不能使用"}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a machine measured: milliseconds; ``camera`` is None where nobody asked for one, as on exam machines."""

    engine: Engine
    version: int
    drift_ms: int
    save_ms: int
    store: bool
    secure: bool
    full_screen: bool
    camera: bool | None = None


def faults(found: Measured, *, address_fits: bool) -> list[Fault]:
    """Everything that is wrong with a machine or worth a look, in the order of the catalogue."""
    present = {
        Fault.BROWSER_OLD: found.engine is not Engine.OTHER and found.version < OLDEST[found.engine],
        Fault.BROWSER_UNKNOWN: found.engine is Engine.OTHER,
        Fault.ADDRESS_OUTSIDE: not address_fits,
        Fault.NO_STORE: not found.store,
        Fault.INSECURE: not found.secure,
        Fault.DRIFT: DRIFT_NOTICED_MS < abs(found.drift_ms) < DRIFT_TOO_FAR_MS,
        Fault.DRIFT_FAR: abs(found.drift_ms) >= DRIFT_TOO_FAR_MS,
        Fault.SAVE_SLOW: SLOW_SAVE_MS < found.save_ms < TOO_SLOW_SAVE_MS,
        Fault.SAVE_TOO_SLOW: found.save_ms >= TOO_SLOW_SAVE_MS,
        Fault.NO_FULL_SCREEN: not found.full_screen,
        Fault.NO_CAMERA: found.camera is False,
    }
    return [fault for fault in Fault if present[fault]]


def may_check(*, arranges: bool, proctors: bool) -> Decision:
    """Whether somebody who may see sittings may check machines: whoever prepares or proctors exams, no mere reader.

    Which room it is does not matter: rooms and machines are no secret, and a reach by assignment would tell proctors
    before the day where they are to be.
    """
    if arranges or proctors:
        return ALLOWED
    return refuse("only_reads", "机器检查由考务人员或监考员进行，您的账号只能查看。")


def may_retire(*, newest: bool) -> Decision:
    """Whether a machine may be taken off the list by one of its checks: by the newest, for a later one is news."""
    if newest:
        return ALLOWED
    return not_now("machine_checked_since", "这台机器刚刚又检查过，请刷新后再看。")


def ready(found: Iterable[Fault]) -> bool:
    """Whether a machine with these faults may be used in an exam."""
    return GRAVE.isdisjoint(found)


def fitness(found: Iterable[Fault]) -> Fitness:
    """A machine in one word: green, amber or red."""
    every = set(found)
    if not ready(every):
        return Fitness.UNFIT
    return Fitness.NOTICED if every else Fitness.FIT
