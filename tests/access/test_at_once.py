"""Two duties that exclude each other, used by one person in two transactions at the same moment: one of them counts."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.tables import Deed
from service.kernel import database
from service.kernel.errors import Refused
from tests import world as worlds
from tests.world import World

# Long enough for a transaction that nothing holds up to come to its end.
MOMENT = 0.5
PAIRS = [(Duty.CONFIRM, Duty.PUBLISH), (Duty.ASSEMBLE, Duty.PROCTOR), (Duty.PROCTOR, Duty.CONFIRM)]


def hold(world: World, username: str, duty: Duty, used: threading.Event, begun: threading.Event) -> bool:
    """Use a duty on a class, and commit it only a moment after somebody else has begun to use one."""
    with database.writing() as session:
        using.use_duty(session, world.actor(session, username), duty, "class:77", now=worlds.PREPARED_AT)
        used.set()
        assert begun.wait(10)
        threading.Event().wait(MOMENT)
    return True


def follow(world: World, username: str, duty: Duty, begun: threading.Event) -> bool:
    """Use a duty on the same class; whether that is allowed."""
    begun.set()
    try:
        with database.writing() as session:
            using.use_duty(session, world.actor(session, username), duty, "class:77", now=worlds.PREPARED_AT)
    except Refused:
        return False
    return True


def at_once(world: World, one: tuple[str, Duty], other: tuple[str, Duty]) -> tuple[bool, bool]:
    """Which of the two are allowed when the second begins before the first is committed."""
    used, begun = threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold, world, *one, used, begun)
        assert used.wait(10)
        following = pool.submit(follow, world, *other, begun)
        return holding.result(20), following.result(20)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_excluding_duties_used_at_once_the_second_is_refused(staffed: World, first: Duty, second: Duty) -> None:
    assert at_once(staffed, ("marker", first), ("marker", second)) == (True, False)
    with database.reading() as session:
        assert session.exec(select(Deed.duty).where(Deed.subject == "class:77")).all() == [first]


def test_two_persons_may_use_them_at_once(staffed: World) -> None:
    """So it is the person whom it is about, and not the class."""
    assert at_once(staffed, ("confirmer", Duty.CONFIRM), ("publisher", Duty.PUBLISH)) == (True, True)
