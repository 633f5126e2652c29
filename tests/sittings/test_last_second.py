"""The last second of an exam: minutes that are granted while the clock is about to close the sheets."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

from service.kernel import database
from service.results.actions import marking
from service.sittings import queries
from service.sittings.actions import clockwork
from tests import world as worlds
from tests.world import ENDS_AT, World


def test_minutes_that_were_granted_keep_the_sheets_open(world: World) -> None:
    """The clock waits for whoever is changing the room's time, and then finds that nothing is overdue."""
    with database.writing() as session:
        worlds.begin_exam(session, world)
        for seat_id in world.seats:
            worlds.start(session, seat_id)

    def close() -> list[bool]:
        with database.writing() as session:
            return marking.hand_in_by_clock(session, world.seats, now=ENDS_AT)

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            proctor, last_second = world.actor(session, "proctor1"), ENDS_AT - timedelta(seconds=1)
            clockwork.add_time_to_room(session, proctor, world.sitting_id, 10, "噪声", None, now=last_second)
            closing = pool.submit(close)
            assert wait([closing], timeout=2).not_done, "the clock waits until the minutes are granted"
        assert closing.result(timeout=30) == [False] * len(world.seats)
    with database.reading() as session:
        assert all(one.handed_in_at is None for one in queries.seats_of(session, world.sitting_id))
