"""How often one account, program or address may ask within a minute: nobody fills or empties the service by a flood.

Counted in memory, by each process for itself: what is refused here must cost nothing. Guesses at passwords and seats
have counts of their own, which outlive a process; answers, heartbeats and check-ins are let through before this.
"""

from functools import lru_cache

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from service.kernel import errors


@lru_cache(maxsize=1)
def _counters() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


def count(who: str, a_minute: int) -> None:
    """Count one request of somebody.

    Raises:
        TooOften: more than ``a_minute`` within the last minute.
    """
    if not _counters().hit(RateLimitItemPerMinute(a_minute), who):
        raise errors.TooOften("too_many_requests", "一分钟内的请求太多，请过一分钟再试。已保存的内容没有丢失。")


def forget() -> None:
    """Begin to count anew, as a new process does."""
    _counters.cache_clear()
