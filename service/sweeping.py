"""What the service does by itself, at intervals, beside handing in what is overdue: sealing the journal, noting who
was there."""

import asyncio
import logging

from service.access.actions import emergencies, presence
from service.access.queries import emergencies as found
from service.journal.actions import heads
from service.kernel import clock, database, settings

log = logging.getLogger("peikao")
# Well within a minute, the grain by which presence is kept.
PRESENCE_SECONDS = 20.0


async def seal_heads() -> None:
    """Sign a head of the journal, for ever, whenever there is something new."""
    while True:
        try:
            await asyncio.to_thread(seal_what_is_new)
        except Exception:
            log.exception("the journal could not be sealed; it will be tried again")
        await asyncio.sleep(settings.current().head_seconds)


def seal_what_is_new() -> None:
    """A long record that was never sealed is carried on piece by piece, so that nobody waits for it."""
    with database.reading() as session:
        if not heads.is_due(session):
            return
    carried = heads.BLOCKS_AT_ONCE
    while carried == heads.BLOCKS_AT_ONCE:
        with database.writing() as session:
            carried = heads.carry_on(session)
    with database.writing() as session:
        heads.seal_head(session, now=clock.now())


async def keep_presence() -> None:
    """Write down, for ever, when sessions were last used, and take back emergency duties whose minutes are over."""
    while True:
        await asyncio.sleep(PRESENCE_SECONDS)
        try:
            await asyncio.to_thread(write_presence)
            await asyncio.to_thread(end_emergencies)
        except Exception:
            log.exception("it could not be written down who was there; it will be tried again")


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
