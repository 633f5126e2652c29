"""Many small writes, one commit: whatever queued while the last commit ran goes into the next one.

No timer and no batch size: a lone write is committed at once, and under load the batch grows by itself, so that the
disk is asked once for thirty answers instead of thirty times. A reply may leave only when its write is on disk, so
:meth:`GroupCommit.submit` returns after the commit. A write that fails does not take its neighbours with it.
"""

import asyncio
import contextlib
import logging
import threading
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
        self._guard = threading.Lock()
        self._queue: list[Waiting] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="group-commit")
        self._writing = False
        self.entries = self.commits = 0

    async def submit(self, work: Work[Entry, Outcome], entry: Entry) -> Outcome:
        """Queue one entry and wait until it is committed.

        Raises:
            Exception: whatever ``work`` raised for this entry alone; nothing of it is stored then.
        """
        loop = asyncio.get_running_loop()
        waiting = Waiting(work, entry, loop.create_future())
        with self._guard:
            self._queue.append(waiting)
            idle, self._writing = not self._writing, True
        if idle:
            # Once round the loop first: whatever arrived together goes together.
            loop.call_soon(self._writer.submit, self._drain)
        outcome: Outcome = await waiting.future
        return outcome

    def _drain(self) -> None:
        """Write what has queued until nothing is left."""
        while True:
            with self._guard:
                taken, self._queue = self._queue, []
                if not taken:
                    self._writing = False
                    return
            outcomes = _commit(taken)
            self.entries += len(taken)
            self.commits += 1
            _tell(taken, outcomes)


def _tell(taken: Sequence[Waiting], outcomes: Sequence[Any]) -> None:
    """Wake the callers, each in its own loop; one that is gone has nobody left to tell."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Waiting, Any]]] = {}
    for waiting, outcome in zip(taken, outcomes, strict=True):
        loops.setdefault(waiting.future.get_loop(), []).append((waiting, outcome))
    for loop, pairs in loops.items():
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: Sequence[tuple[Waiting, Any]]) -> None:
    for waiting, outcome in pairs:
        if waiting.future.done():
            continue  # The caller has hung up; what it sent is stored all the same.
        if isinstance(outcome, _Failure):
            waiting.future.set_exception(outcome.error)
        else:
            waiting.future.set_result(outcome)


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
