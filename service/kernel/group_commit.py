"""Many small writes, one commit: whatever queued while the last commit ran goes into the next one.

No timer and no batch size: a lone write is committed at once, and under load the batch grows by itself, so that the
disk is asked once for thirty answers instead of thirty times. A reply may leave only when its write is on disk, so
:meth:`GroupCommit.submit` returns after the commit. A write that fails does not take its neighbours with it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from sqlmodel import Session

from service.kernel import database

log = logging.getLogger("peikao")

Entry = TypeVar("Entry")
Outcome = TypeVar("Outcome")


class Work(Generic[Entry, Outcome]):
    """A kind of write: does many entries in one transaction and answers each, in order."""

    def __init__(self, do: Callable[[Session, Sequence[Entry]], Sequence[Outcome]]) -> None:
        self.do = do


class Waiting:
    """An entry in the queue, and the future its caller waits on."""

    __slots__ = ("entry", "future", "work")

    def __init__(self, work: Work[Any, Any], entry: Any, future: "asyncio.Future[Any]") -> None:
        self.work, self.entry, self.future = work, entry, future


class GroupCommit:
    """The queue of one process, and the one thread that writes from it."""

    def __init__(self) -> None:
        self._queue: list[Waiting] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="group-commit")
        self._draining: asyncio.Task[None] | None = None
        self.entries = self.commits = 0

    async def submit(self, work: Work[Entry, Outcome], entry: Entry) -> Outcome:
        """Queue one entry and wait until it is committed.

        Raises:
            Exception: whatever ``work`` raised for this entry alone; nothing of it is stored then.
        """
        loop = asyncio.get_running_loop()
        waiting = Waiting(work, entry, loop.create_future())
        self._queue.append(waiting)
        if self._draining is None or self._draining.done():
            self._draining = loop.create_task(self._drain(loop))
        outcome: Outcome = await waiting.future
        return outcome

    async def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._queue:
            taken, self._queue = self._queue, []
            outcomes = await loop.run_in_executor(self._writer, _commit, taken)
            self.entries += len(taken)
            self.commits += 1
            for waiting, outcome in zip(taken, outcomes, strict=True):
                if waiting.future.done():
                    continue  # The caller has hung up; what it sent is stored all the same.
                if isinstance(outcome, _Failure):
                    waiting.future.set_exception(outcome.error)
                else:
                    waiting.future.set_result(outcome)

    def close(self) -> None:
        """Finish what is being written and stop the thread."""
        self._writer.shutdown(wait=True)


class _Failure:
    """An exception as a value, so that it is not taken for an outcome."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


def _commit(taken: Sequence[Waiting]) -> list[Any]:
    """All entries in one transaction; if that fails, each in one of its own, so that only the guilty fail."""
    try:
        return _write(taken)
    except Exception as error:
        if len(taken) == 1:
            return [_Failure(error)]
        log.info("a group of %d writes failed and is done one by one: %s", len(taken), type(error).__name__)
        return [outcome for waiting in taken for outcome in _commit([waiting])]


def _write(taken: Sequence[Waiting]) -> list[Any]:
    places: dict[Work[Any, Any], list[int]] = {}
    for place, waiting in enumerate(taken):
        places.setdefault(waiting.work, []).append(place)
    outcomes: list[Any] = [None] * len(taken)
    with database.writing() as session:
        for work, mine in places.items():
            for place, outcome in zip(mine, work.do(session, [taken[one].entry for one in mine]), strict=True):
                outcomes[place] = outcome
    return outcomes
