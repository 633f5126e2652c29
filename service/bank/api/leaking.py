"""The JSON route that compares the bank with a file of other people's questions."""

from typing import Annotated

from fastapi import APIRouter, Depends

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.actions import leaking
from service.bank.actions.leaking import Leak
from service.bank.api.imports import Read
from service.bank.shapes.leaking import LeakShape
from service.kernel import clock, database
from service.kernel.database import Writing

router = APIRouter()
Reader = Annotated[Actor, may(Right.BANK_READ)]


def measured(actor: Reader, upload: Read) -> Leak:
    """The comparison, made before any turn to write."""
    with database.reading() as session:
        return leaking.measure(session, actor, upload.sheaf)


@router.post("/leaks")
def measure_leak(actor: Reader, upload: Read, leak: Annotated[Leak, Depends(measured)], session: Writing) -> LeakShape:
    """For every question of a file the nearest item of the bank; it goes on record."""
    return LeakShape.of(leaking.screen(session, actor, leak, file=upload.digest, now=clock.now()))
