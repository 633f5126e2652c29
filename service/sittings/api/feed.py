"""The board as a stream: one feed per sitting and process, whoever many watch.

A feed looks at the room at most once a second, in a thread with a session of its own, and only while somebody watches.
What it finds is written once per language and sent to all as the same bytes; a watcher on a slow line skips pictures
and never holds up the others. Nothing is held while nothing happens but a place in memory.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from service.access.actions import entering
from service.access.rules import policy
from service.access.rules.policy import Right
from service.kernel import clock, database, sealing, stopping
from service.sittings import queries
from service.sittings.queries import rooms, watching
from service.sittings.queries.rooms import RoomView
from service.sittings.shapes import room as shapes

log = logging.getLogger("peikao")

# The board of a room of people need not be younger than this (seconds).
EVERY = 1.0
# Proxies cut a line that says nothing for a minute; a comment tells them, and us, that it is still there (seconds).
COMMENT_EVERY = 15.0
COMMENT = b": still here\n\n"
# A session that has ended is noticed at the next look; duties and assignments are looked up again after this (seconds).
RIGHTS_EVERY = 30.0
# A browser that lost the stream comes back after this (milliseconds).
RETRY = b"retry: 2000\n\n"
# When nothing can change any more nobody needs a stream.
LONG_OVER = timedelta(hours=1)


@dataclass(eq=False)
class Watcher:
    """One open stream: whose session, whose hand may be on the seal, in which language."""

    token: str
    person_id: int
    tongue: str
    digest: str = ""
    checked_at: float = 0.0
    over: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.digest = sealing.digest(self.token.encode())


# What is not the same for all who watch, or changes though nothing has happened, stands before the shared part.
OWN = {"now", "mine", "record"}


@dataclass(frozen=True, slots=True)
class Picture:
    """The board at one moment: what all share as JSON in each language, and what it is made of."""

    found: RoomView
    bodies: dict[str, str]

    @classmethod
    def of(cls, found: RoomView, tongues: set[str]) -> "Picture":
        return cls(found, {one: shapes.shape(found, one).model_dump_json(exclude=OWN) for one in tongues})

    def changed(self, before: "Picture | None") -> set[str]:
        """The languages in which the board says something else than before."""
        if before is None or before.found.signed != self.found.signed:
            return set(self.bodies)
        return {tongue for tongue, body in self.bodies.items() if before.bodies.get(tongue) != body}

    def head(self, person_id: int) -> str:
        """What is this person's own."""
        mark = shapes.record_mark(self.found, person_id)
        own = {"mine": person_id in self.found.form.openers, "record": mark.model_dump(mode="json") if mark else None}
        return json.dumps(own, ensure_ascii=False, separators=(",", ":"))

    def event(self, tongue: str, head: str) -> bytes:
        """What is sent: the whole board, under the name that browsers listen to."""
        now = f'{{"now":"{self.found.now.isoformat()}",'
        return f"event: board\ndata: {now}{head[1:-1]},{self.bodies[tongue][1:]}\n\n".encode()


def long_over(found: RoomView) -> bool:
    """Whether everybody's time ran out so long ago that nothing is left to watch."""
    last = max([found.at.ends_at, *(place.at.ends_at for place in found.places)])
    return found.now > last + LONG_OVER


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: the picture, and the watchers who may not go on."""

    picture: Picture | None
    turned_away: set[str]


def look(sitting_id: int, digests: set[str], due: set[str], tongues: set[str]) -> Look:
    """Look at a room and at those who watch it; ``due`` are the tokens whose rights are looked up again."""
    with database.reading() as session:
        now = clock.now()
        turned_away = digests - watching.live(session, digests, now)
        for token in due:
            if not may_watch(session, token, sitting_id, now):
                turned_away.add(sealing.digest(token.encode()))
        found = rooms.room_view(session, sitting_id, now)
        return Look(Picture.of(found, tongues) if found is not None else None, turned_away)


def may_watch(session: Session, token: str, sitting_id: int, now: datetime) -> bool:
    """Whether the holder of a session still proctors the sitting."""
    actor = entering.actor_of_token(session, token, now=now)
    return policy.touches(actor, Right.SITTINGS_PROCTOR, queries.subject(session, sitting_id))


class Feed:
    """All watchers of one sitting, and the task that looks for them."""

    def __init__(self, sitting_id: int) -> None:
        self.sitting_id = sitting_id
        self.watchers: set[Watcher] = set()
        self.picture: Picture | None = None
        # How often each language's board has changed, and what has been written of the newest picture.
        self.changes: dict[str, int] = {}
        self.written: dict[tuple[str, str], bytes] = {}
        self.task: asyncio.Task[None] | None = None

    def news(self, watcher: Watcher, seen: int) -> tuple[int, bytes] | None:
        """The newest event and its number, unless the watcher has seen it."""
        number = self.changes.get(watcher.tongue, 0)
        if self.picture is None or number == seen or watcher.tongue not in self.picture.bodies:
            return None
        variant = watcher.tongue, self.picture.head(watcher.person_id)
        if variant not in self.written:
            self.written[variant] = self.picture.event(*variant)
        return number, self.written[variant]

    async def run(self) -> None:
        """Look every second as long as somebody watches."""
        loop, failing = asyncio.get_running_loop(), False
        while self.watchers:
            begun = loop.time()
            try:
                self._take(await asyncio.to_thread(look, *self._asked(begun)))
                failing = False
            except Exception:
                # The watchers keep what they have and see by its age that it is old; the next look may succeed.
                if not failing:
                    log.exception("the board of sitting %d could not be read; it will be tried again", self.sitting_id)
                failing = True
            if stopping.told() or (self.picture is not None and long_over(self.picture.found)):
                self._dismiss(self.watchers)
                return
            await asyncio.sleep(max(0.0, begun + EVERY - loop.time()))

    def _asked(self, at: float) -> tuple[int, set[str], set[str], set[str]]:
        due = {watcher for watcher in self.watchers if at - watcher.checked_at >= RIGHTS_EVERY}
        for watcher in due:
            watcher.checked_at = at
        return (
            self.sitting_id,
            {watcher.digest for watcher in self.watchers},
            {watcher.token for watcher in due},
            {watcher.tongue for watcher in self.watchers},
        )

    def _take(self, found: Look) -> None:
        before, self.picture, self.written = self.picture, found.picture, {}
        for tongue in found.picture.changed(before) if found.picture is not None else ():
            self.changes[tongue] = self.changes.get(tongue, 0) + 1
            for watcher in self.watchers:
                if watcher.tongue == tongue:
                    watcher.wake.set()
        self._dismiss({watcher for watcher in self.watchers if watcher.digest in found.turned_away})

    def _dismiss(self, watchers: set[Watcher]) -> None:
        for watcher in watchers:
            watcher.over = True
            watcher.wake.set()


# The feeds of this process by event loop and sitting; a feed is here as long as somebody watches.
_FEEDS: dict[tuple[asyncio.AbstractEventLoop, int], Feed] = {}


async def watch(sitting_id: int, watcher: Watcher) -> AsyncIterator[bytes]:
    """One watcher's stream: the board now and whenever it has changed, as long as the watcher may watch."""
    feed = _join(sitting_id, watcher)
    seen = 0
    try:
        yield RETRY
        while not watcher.over:
            watcher.wake.clear()
            news = feed.news(watcher, seen)
            if news is not None:
                seen, event = news
                yield event
                continue
            try:
                await asyncio.wait_for(watcher.wake.wait(), COMMENT_EVERY)
            except TimeoutError:
                yield COMMENT
    finally:
        _leave(feed, watcher)


def _join(sitting_id: int, watcher: Watcher) -> Feed:
    loop = asyncio.get_running_loop()
    # The rights have just been checked at the door.
    watcher.checked_at = loop.time()
    feed = _FEEDS.get((loop, sitting_id))
    if feed is None or feed.task is None or feed.task.done():
        feed = _FEEDS[loop, sitting_id] = Feed(sitting_id)
        feed.watchers.add(watcher)
        feed.task = loop.create_task(feed.run())
    feed.watchers.add(watcher)
    return feed


def _leave(feed: Feed, watcher: Watcher) -> None:
    feed.watchers.discard(watcher)
    place = asyncio.get_running_loop(), feed.sitting_id
    if not feed.watchers and _FEEDS.get(place) is feed:
        del _FEEDS[place]
