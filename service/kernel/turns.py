"""How many requests of a process use the database at once; the others wait their turn in the event loop.

Were they all to wait in the pool's threads, those that hold a connection could find no thread to go on in, and those
that hold a thread no connection: a room that opened one page at once stood still.
"""

import asyncio
import weakref
from collections.abc import AsyncIterator

# Together fewer than a pool has connections, so that one more is there for whoever needs a second.
READS_AT_ONCE, WRITES_AT_ONCE = 12, 4


class Turns:
    """A dependency that lets so many through at once, in the order of their coming; of each event loop its own."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            weakref.WeakKeyDictionary()
        )

    async def __call__(self) -> AsyncIterator[None]:
        async with self._loops.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._at_once)):
            yield
