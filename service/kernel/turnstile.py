"""The queue of those who write to SQLite, which lets one do so at a time."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

# How long a write waits for its turn before it is refused.
BUSY_SECONDS = 15


class Turnstile:
    """One writer after the other, in the order of their coming.

    SQLite lets one transaction write at a time and makes the others sleep and look again; under a steady stream of
    writes a sleeper may never find the moment. Writers of this process queue here instead and never sleep in vain.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @property
    def length(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Hold the turnstile.

        Raises:
            TimeoutError: whoever holds it does not let go.
        """
        mine = threading.Event()
        with self._guard:
            if self._taken:
                self._waiting.append(mine)
            else:
                self._taken = True
                mine.set()
        if not mine.wait(BUSY_SECONDS):
            with self._guard:
                if not mine.is_set():
                    self._waiting.remove(mine)
                    raise TimeoutError("another write holds the database")
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._taken = False
