"""What the service does by itself, at intervals: saying that it is there, handing in what is overdue, sealing the
journal, certifying separation, noting who was there and that the clock was set, throwing away tickets that were
printed, pictures that no item names and guesses of yesterday."""

import asyncio
import logging
import platform
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from service.access.actions import emergencies, presence
from service.access.queries import emergencies as found
from service.bank.actions import picturing
from service.journal.actions import SYSTEM, heads, record, remembering
from service.journal.rules import Event
from service.kernel import clock, database, settings
from service.kernel.group_commit import Failure, in_halves
from service.oversight.actions import separation
from service.results.actions import marking
from service.sittings.actions import outages, printing, trying
from service.sittings.rules.presence import SILENCE

log = logging.getLogger("peikao")
# Of the three quarters of a minute after which a silence is an outage, several signs of life may fail.
LIFE_SECONDS = 5.0
# Well within a minute, the grain by which presence is kept.
PRESENCE_SECONDS = 20.0
# Time servers correct less than this without a step; whoever sets a clock to gain time sets it by more.
CLOCK_SET_BY = timedelta(seconds=2)
# Of the hours for which printed tickets are kept, a minute more or less is nothing.
TICKETS_SECONDS = 60.0
# Of the day for which a picture may wait to be named, an hour more or less is nothing.
PICTURES_SECONDS = 3600.0
# Of the day for which a wrong guess counts, the same.
GUESSES_SECONDS = 3600.0


def tasks() -> list[tuple[Callable[[], None], float]]:
    """What to do, and every how many seconds; in a process for those who train only what its database role may."""
    chosen = settings.current()
    always: list[tuple[Callable[[], None], float]] = [(write_presence, PRESENCE_SECONDS)]
    if not chosen.exam_sweeps:
        return always
    return [
        *always,
        (life.show, LIFE_SECONDS),
        (ClockWatch().look, chosen.sweep_seconds),
        (hand_in_overdue, chosen.sweep_seconds),
        (seal_what_is_new, chosen.head_seconds),
        (certify_published, chosen.sweep_seconds),
        (end_emergencies, PRESENCE_SECONDS),
        (throw_tickets_away, TICKETS_SECONDS),
        (throw_pictures_away, PICTURES_SECONDS),
        (throw_guesses_away, GUESSES_SECONDS),
    ]


async def for_ever(task: Callable[[], None], seconds: float) -> None:
    """Do it again and again; what fails is logged and tried again."""
    while True:
        try:
            await asyncio.to_thread(task)
        except Exception:
            log.exception("%s failed; it will be tried again", task.__qualname__)
        await asyncio.sleep(seconds)


class ClockWatch:
    """The server's clock decides over every exam, so it is on record when somebody or something sets it."""

    def __init__(self) -> None:
        self.watch = clock.Watch()

    def look(self) -> None:
        """Tell of a clock that was set by more than two seconds; the exam goes on by what it shows now."""
        moved = self.watch.moved()
        if abs(moved) <= CLOCK_SET_BY:
            return
        seconds, machine = round(moved.total_seconds(), 1), platform.node()
        log.warning("the clock of %s was set by %+.1f s, or the machine slept", machine, seconds)
        with database.writing() as session:
            data = {"seconds": seconds, "machine": machine}
            record(session, Event.CLOCK_SET, SYSTEM, "clock", now=clock.now(), data=data)
        # Only now: what could not be written down is told at the next look.
        self.watch.begin()


class Life:
    """That this process runs and reaches its database, in a row that all processes renew.

    How long it was away it knows by a clock that nobody sets: a clock that was set forward is no outage.
    """

    def __init__(self) -> None:
        self.shown: tuple[datetime, float] | None = None

    def show(self) -> None:
        """Renew the sign of life, unless that was seconds ago; after an absence make good first what it cost."""
        if self.shown is None:
            self.come(away=False)
            return
        instant, steady = clock.now(), clock.steady()
        gone = steady - self.shown[1]
        if gone >= LIFE_SECONDS or abs(instant - self.shown[0]).total_seconds() >= LIFE_SECONDS:
            self.come(away=gone > SILENCE.total_seconds())

    def come(self, *, away: bool) -> None:
        """Say that this process is there."""
        with database.writing() as session:
            instant, steady = clock.now(), clock.steady()
            for one in outages.show_life(session, away=away, now=instant):
                log.warning("sitting %d got %d seconds for an outage of the service", one.sitting_id, one.seconds)
        self.shown = instant, steady


life = Life()


def make_good_outages() -> None:
    """Before anything else, as the service starts: while it was away no clock could be stopped, and all of them ran."""
    life.come(away=True)


def hand_in_overdue() -> None:
    """Hand in the sheets whose time has run out.

    Not before this process has said that it is there: after an absence the clocks are put forward first. Looking costs
    no write lock. A transaction for each sitting: the next one's answers need not wait for all the city's
    sheets, and a sheet that cannot be handed in keeps nobody else's open.
    """
    life.show()
    with database.reading() as session:
        rooms = marking.overdue(session, now=clock.now())
    for seat_ids in rooms:
        outcomes = in_halves(seat_ids, _hand_in)
        for seat_id, outcome in zip(seat_ids, outcomes, strict=True):
            if isinstance(outcome, Failure):
                log.error("the clock could not hand in the sheet of seat %d", seat_id, exc_info=outcome.error)
        log.info("handed in %d sheets by the clock", sum(outcome is True for outcome in outcomes))


def _hand_in(seat_ids: Sequence[int]) -> list[bool]:
    with database.writing() as session:
        now = clock.now()
        if not outages.is_alive(session, now=now):
            # The database came back while this waited for it: the next look makes good first what that cost.
            return [False] * len(seat_ids)
        return marking.hand_in_by_clock(session, seat_ids, now=now)


def seal_what_is_new() -> None:
    """A long record that was never sealed is carried on piece by piece, so that nobody waits for it.

    Whether it begins with what was signed is asked each time: who cuts it off adds nothing.
    """
    with database.reading() as session:
        if remembering.check(session) is not None or not heads.is_due(session):
            return
    carried = heads.BLOCKS_AT_ONCE
    while carried == heads.BLOCKS_AT_ONCE:
        with database.writing() as session:
            carried = heads.carry_on(session)
    with database.writing() as session:
        heads.seal_head(session, now=clock.now())


def certify_published() -> None:
    """Certify every class that waits for it, each in a transaction of its own; looking costs no write lock."""
    with database.reading() as session:
        due = separation.due(session)
    for class_id in due:
        with database.writing() as session:
            separation.certify(session, class_id, now=clock.now())


def write_presence() -> None:
    """Nobody waits for a write where there is nothing to write."""
    if presence.is_due():
        with database.writing() as session:
            presence.write_down(session)


def end_emergencies() -> None:
    """Looking costs no write lock; mostly there is nothing to end."""
    with database.reading() as session:
        if not found.due(session, clock.now()):
            return
    with database.writing() as session:
        emergencies.end_due(session, now=clock.now())


def throw_tickets_away() -> None:
    """Tickets carry names: they go when their time is over, and not only when somebody prints the next ones."""
    with database.reading() as session:
        if not printing.is_due(session, now=clock.now()):
            return
    with database.writing() as session:
        printing.throw_away(session, now=clock.now())


def throw_pictures_away() -> None:
    """What an author uploaded and never named is nobody's; looking costs no write lock."""
    with database.reading() as session:
        if not picturing.is_due(session, now=clock.now()):
            return
    with database.writing() as session:
        picturing.sweep(session, now=clock.now())


def throw_guesses_away() -> None:
    """From where somebody guessed at a seat is kept while it counts; looking costs no write lock."""
    with database.reading() as session:
        if not trying.is_due(session, now=clock.now()):
            return
    with database.writing() as session:
        trying.sweep(session, now=clock.now())
