"""JSON routes of oversight: pass rates for those who pay, the record for those who audit, its heads for witnesses."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.journal import queries as journal
from service.kernel import clock
from service.kernel.database import Reading, Writing
from service.kernel.paging import page_of
from service.oversight import actions, shapes
from service.oversight.api import disposing, heads, namesakes, rates, separation, witnesses
from service.oversight.shapes.pass_rates import Asking, Questioned, Read

router = APIRouter(prefix="/api/v1", tags=["oversight"])
router.include_router(heads.router)
router.include_router(witnesses.router)
router.include_router(disposing.router)
router.include_router(separation.router)
router.include_router(rates.router)
router.include_router(namesakes.router)


@router.get("/statistics/pass-rates")
def pass_rates(actor: Asking, asked: Questioned, rates: Read, session: Writing) -> shapes.PassRatesShape:
    """Pass rates of published results; the reading goes on record, so this GET writes.

    Programs and others who may not see persons find small groups put together, and no small part of a group told
    apart; sums are the same for everybody.
    """
    actions.note_pass_rates(session, actor, asked.asked(), rates, now=clock.now())
    return shapes.PassRatesShape.of(asked.by, rates, clock.now())


@router.get("/journal")
def read_journal(
    session: Reading,
    _: Annotated[Actor, may(Right.JOURNAL_READ)],
    event: str = "",
    actor: str = "",
    subject: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> shapes.EntryList:
    """The record, newest first, filtered by event, actor or subject."""
    found = page_of(session, journal.entries(event=event, actor=actor, subject=subject), page)
    rows = [shapes.EntryShape.model_validate(row, from_attributes=True) for row in found.rows]
    return shapes.EntryList(total=found.total, page=found.number, pages=found.pages, entries=rows)
