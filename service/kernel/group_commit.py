"""Many small writes, one commit: whatever queued while the last commit ran goes into the next one.

No timer and no batch size: a lone write is committed at once, and under load the batch grows by itself, so that the
disk is asked once for thirty answers instead of thirty times. Where the disk is slow, a group is half of all that are
about: else they would wait for the disk together and then for the processor together, and one would stand still while
the other works.

A reply may leave only when its write is on disk, so :meth:`GroupCommit.submit` returns after the commit. A write that
fails does not take its neighbours with it; a database that is away takes all of them, at once, so that nobody waits for
it one after the other.
"""

import asyncio
import contextlib
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from sqlmodel import Session

from service.kernel import database

log = logging.getLogger("peikao")

Entry = TypeVar("Entry")
Outcome = TypeVar("Outcome")
# Seconds a group may take before all that wait are told that the database does not answer, and how often one looks.
PATIENCE, LOOK_EVERY = 15.0, 1.0
# Seconds that a commit takes on a disk that is worth working beside, by the quickest of the last ones: any commit may
# have waited for the processor too.
SLOW_COMMIT, LOOKED_BACK = 0.001, 8
_NUMBERS = itertools.count()


class Work(Generic[Entry, Outcome]):
    """A kind of write: does many entries in one transaction and answers each, in order.

    ``journals``: it takes the head of the journal, which one transaction at a time may hold.
    """

    def __init__(self, do: Callable[[Session, Sequence[Entry]], Sequence[Outcome]], *, journals: bool = False) -> None:
        self.do, self.journals = do, journals
        # By declaration, and so the same in every process.
        self.number = next(_NUMBERS)


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
        self._taken: list[Waiting] = []
        self._since = 0.0
        # Seconds of the last commits, and the size of the last group.
        self._commits: deque[float] = deque([0.0], maxlen=LOOKED_BACK)
        self._size = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="group-commit")
        self._writing = self._watched = False
        self.entries = self.commits = 0

    async def submit(self, work: Work[Entry, Outcome], entry: Entry) -> Outcome:
        """Queue one entry and wait until it is committed.

        Raises:
            Exception: whatever ``work`` raised for this entry alone; nothing of it is stored then.
            TimeoutError: the database does not answer.
        """
        loop = asyncio.get_running_loop()
        waiting = Waiting(work, entry, loop.create_future())
        with self._guard:
            self._queue.append(waiting)
            idle, self._writing = not self._writing, True
            if idle:
                self._begin()
        if idle:
            # Once round the loop first: whatever arrived together goes together.
            loop.call_soon(self._writer.submit, self._drain)
        outcome: Outcome = await waiting.future
        return outcome

    def _begin(self) -> None:
        self._since = time.monotonic()
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, name="group-commit-watch", daemon=True).start()

    def _watch(self) -> None:
        """Look now and then whether the database still answers; idle for a while, nobody need look."""
        while True:
            time.sleep(LOOK_EVERY)
            with self._guard:
                if not self._writing:
                    self._watched = False
                    return
                if time.monotonic() - self._since > PATIENCE:
                    self._give_up()

    def _give_up(self) -> None:
        """Tell all that wait. What has queued is dropped; what is under way may be stored yet, and a retry finds it."""
        waiting, self._taken, self._queue = [*self._taken, *self._queue], [], []
        _tell(waiting, [Failure(TimeoutError("the database does not answer"))] * len(waiting))

    def _drain(self) -> None:
        """Write what has queued until nothing is left."""
        while True:
            with self._guard:
                self._size = share(len(self._queue), self._size, self._commits)
                taken, self._queue = self._queue[: self._size], self._queue[self._size :]
                self._taken, self._since = taken, time.monotonic()
                if not taken:
                    self._writing = False
                    return
            for together in _rounds(taken):
                outcomes = in_halves(together, self._write)
                self.entries += len(together)
                self.commits += 1
                _tell(together, outcomes)

    def _write(self, taken: Sequence[Waiting]) -> list[Any]:
        outcomes: list[Any] = []
        with database.writing() as session:
            for work, same in itertools.groupby(taken, lambda waiting: waiting.work):
                outcomes += _answers(work, session, [waiting.entry for waiting in same])
            done = time.monotonic()
        self._commits.append(time.monotonic() - done)
        return outcomes


def share(waiting: int, last: int, commits: Collection[float]) -> int:
    """How many of those that wait go into the next group: all, or on a slow disk half of all that are about, which are
    those that wait and those of the last group, who are being answered and come again."""
    return waiting if min(commits) < SLOW_COMMIT else min(waiting, (waiting + last + 1) // 2)


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
        if isinstance(outcome, Failure):
            waiting.future.set_exception(outcome.error)
        else:
            waiting.future.set_result(outcome)


class Failure:
    """An exception as a value, so that it is not taken for an outcome."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


def _rounds(taken: Sequence[Waiting]) -> list[list[Waiting]]:
    """What shares a transaction: all that leaves the journal alone, kinds in their order; each other kind apart.

    Processes that share PostgreSQL would else block each other: one holds the head of the journal and wants a seat that
    the other has locked, which waits for the head. So nobody who has the head asks for the seats of another kind, and
    nobody locks kinds of rows in an order of its own.
    """
    kinds: dict[tuple[bool, int], list[Waiting]] = {}
    for waiting in taken:
        kinds.setdefault((waiting.work.journals, waiting.work.number), []).append(waiting)
    quiet = [waiting for key in sorted(kinds) if not key[0] for waiting in kinds[key]]
    return ([quiet] if quiet else []) + [kinds[key] for key in sorted(kinds) if key[0]]


def in_halves(entries: Sequence[Entry], write: Callable[[Sequence[Entry]], Sequence[Any]]) -> list[Any]:
    """All entries at once; if that fails, each half by itself, so that in the end only the guilty are failures.

    A database that is away or held fails for all of them: it is not asked again.
    """
    try:
        return list(write(entries))
    except Exception as error:
        if len(entries) == 1 or database.out_of_order(error):
            return [Failure(error)] * len(entries)
        log.info("a group of %d writes failed and is done in halves: %s", len(entries), type(error).__name__)
    middle = len(entries) // 2
    return in_halves(entries[:middle], write) + in_halves(entries[middle:], write)


def _answers(work: Work[Any, Any], session: Session, entries: list[Any]) -> Sequence[Any]:
    outcomes = work.do(session, entries)
    assert len(outcomes) == len(entries), "every entry has an answer"
    return outcomes
