"""What the service does by itself, beside handing in what is overdue: sealing the journal, certifying separation."""

import asyncio
import logging

from service.journal.actions import heads
from service.kernel import clock, database, settings
from service.oversight.actions import separation

log = logging.getLogger("peikao")


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


async def certify() -> None:
    """Certify separation, for ever, where results have been published."""
    while True:
        try:
            await asyncio.to_thread(certify_published)
        except Exception:
            log.exception("separation could not be certified; it will be tried again")
        await asyncio.sleep(settings.current().sweep_seconds)


def certify_published() -> None:
    """Certify every class that waits for it, each in a transaction of its own; looking costs no write lock."""
    with database.reading() as session:
        due = separation.due(session)
    for class_id in due:
        with database.writing() as session:
            separation.certify(session, class_id, now=clock.now())
