"""A room whose machines fail: seats go over to paper, and people to copy their sheets; through the real actions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count

from sqlmodel import Session

from service.results.actions import marking, transcribing
from service.results.actions.transcribing import Ruling
from service.sittings.actions import on_paper, paper_prints
from service.sittings.actions.on_paper import Declaration
from service.sittings.queries.on_paper import SheetView
from service.sittings.rules.on_paper import PaperReason
from service.sittings.rules.transcribing import Entry
from service.sittings.tables import PaperSheet
from tests.results.essays import MARKERS, open_marker
from tests.world import AFTER, ENDS_AT, STARTS_AT, WORKING_AT, World

MOMENT = timedelta(minutes=1)
NONCES = count(10_000_000)
POWER = (PaperReason.POWER, "变压器烧毁")


def people(session: Session, world: World) -> None:
    """Three people of the bureau who may mark, and so copy sheets of any room."""
    for number, username in enumerate(MARKERS, start=970):
        if username not in world.accounts:
            open_marker(session, world, username, number)


def print_copies(session: Session, world: World, copies: int = 6, *, at: datetime = STARTS_AT + MOMENT) -> None:
    """A proctor prints numbered copies of the open paper."""
    actor = world.actor(session, "proctor1")
    prepared = paper_prints.prepare(session, actor, world.sitting_id, copies, "", now=at)
    decision, row = paper_prints.lay(session, actor, world.sitting_id, prepared, now=at)
    assert decision.allowed and row is not None


def declare(
    session: Session, world: World, seats: Sequence[int], by: str = "proctor1", *, at: datetime = WORKING_AT
) -> list[int]:
    """One person declares that seats answer on paper; the numbers of their sheets, in the order of the seats."""
    made = on_paper.propose(session, world.actor(session, by), world.sitting_id, Declaration(seats, *POWER), now=at)
    by_seat = {one.seat_id: one.id or 0 for one in made}
    return [by_seat[seat_id] for seat_id in seats or by_seat]


def decide(
    session: Session,
    world: World,
    sheets: Sequence[int],
    by: str = "proctor2",
    *,
    accept: bool = True,
    at: datetime = WORKING_AT,
) -> list[PaperSheet]:
    """A second person confirms or declines it."""
    return on_paper.decide(session, world.actor(session, by), world.sitting_id, sheets, accept=accept, now=at)


def on_paper_from(session: Session, world: World, seats: Sequence[int], *, at: datetime = WORKING_AT) -> list[int]:
    """Copies are printed, and seats go over to paper by two people."""
    print_copies(session, world)
    sheets = declare(session, world, seats, at=at)
    decide(session, world, sheets, at=at)
    return sheets


def collected(session: Session, world: World, seats: Sequence[int]) -> list[int]:
    """The same, and the time is over: the clock has closed what there is."""
    people(session, world)
    sheets = on_paper_from(session, world, seats)
    marking.hand_in_overdue(session, now=ENDS_AT)
    return sheets


def enter(
    session: Session,
    world: World,
    sheet_id: int,
    by: str,
    answers: Mapping[int, str],
    *,
    copy: int = 1,
    nonce: str = "",
    at: datetime = AFTER,
) -> SheetView:
    """Somebody copies a sheet."""
    typed = Entry(copy, answers)
    return transcribing.enter(session, world.actor(session, by), sheet_id, typed, nonce or str(next(NONCES)), now=at)


def settle(
    session: Session, world: World, sheet_id: int, by: str, answers: Mapping[int, str], *, copy: int = 1
) -> SheetView:
    """A third person settles what two read differently."""
    ruling = Ruling(Entry(copy, answers), "对照答题卡原件")
    return transcribing.decide(session, world.actor(session, by), sheet_id, ruling, now=AFTER)
