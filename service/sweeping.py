"""What the service does by itself, beside handing in what is overdue: sealing the journal, certifying separation."""

import asyncio
import logging
from collections.abc import Callable

from service.journal.actions import heads
from service.kernel import clock, database, settings
from service.oversight.actions import separation

log = logging.getLogger("peikao")


async def seal_heads() -> None:
    """Sign a head of the journal, for ever, whenever there is something new."""
    await _for_ever(seal_what_is_new, settings.current().head_seconds)


async def certify() -> None:
    """Certify separation, for ever, where results have been published."""
    await _for_ever(certify_published, settings.current().sweep_seconds)


async def _for_ever(task: Callable[[], None], seconds: float) -> None:
    while True:
        try:
            await asyncio.to_thread(task)
        except Exception:
            log.exception("%s failed; it will be tried again", task.__name__)
        await asyncio.sleep(seconds)


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


def certify_published() -> None:
    """Certify every class that waits for it, each in a transaction of its own; looking costs no write lock."""
    with database.reading() as session:
        due = separation.due(session)
    for class_id in due:
        with database.writing() as session:
            separation.certify(session, class_id, now=clock.now())
