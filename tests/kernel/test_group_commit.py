"""The group commit: many writes share a commit, each gets its own outcome, and a bad one fails alone."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service.kernel import database
from service.kernel.group_commit import GroupCommit, Work


def insert(session: Session, entries: Sequence[int]) -> list[int]:
    """Each entry once; the same one again breaks the primary key, as a careless write would."""
    for entry in entries:
        session.connection().execute(sa.text("INSERT INTO numbers (n) VALUES (:n)"), {"n": entry})
    return [entry * 10 for entry in entries]


@pytest.fixture
def numbers(empty_url: str) -> str:
    with database.writing() as session:
        session.connection().execute(sa.text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    return empty_url


def stored() -> list[int]:
    with database.reading() as session:
        return [row[0] for row in session.connection().execute(sa.text("SELECT n FROM numbers ORDER BY n"))]


def test_every_write_gets_its_own_outcome_and_is_stored(numbers: str) -> None:
    async def many() -> list[int]:
        return await asyncio.gather(*(group.submit(work, n) for n in range(50)))

    group, work = GroupCommit(), Work[int, int](insert)
    assert asyncio.run(many()) == [n * 10 for n in range(50)]
    assert stored() == list(range(50))
    assert (group.entries, group.commits) == (50, 1)


def test_what_comes_while_a_commit_runs_shares_the_next_one(numbers: str) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slowly(session: Session, entries: Sequence[int]) -> list[int]:
        inside.set()
        assert go_on.wait(10)
        return insert(session, entries)

    async def two_waves() -> None:
        first = asyncio.create_task(group.submit(work, 1))
        assert await asyncio.to_thread(inside.wait, 10)
        later = [asyncio.create_task(group.submit(work, n)) for n in (2, 3, 4)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in (first, *later)), "nothing is acknowledged before its commit"
        go_on.set()
        await asyncio.gather(first, *later)

    group, work = GroupCommit(), Work[int, int](slowly)
    asyncio.run(two_waves())
    assert stored() == [1, 2, 3, 4]
    assert (group.entries, group.commits) == (4, 2)


def test_a_write_that_fails_takes_no_neighbour_with_it(numbers: str) -> None:
    async def many() -> list[int | BaseException]:
        return await asyncio.gather(*(group.submit(work, n) for n in (1, 2, 2, 3)), return_exceptions=True)

    group, work = GroupCommit(), Work[int, int](insert)
    outcomes = asyncio.run(many())

    assert [outcomes[0], outcomes[1], outcomes[3]] == [10, 20, 30]
    assert isinstance(outcomes[2], sa.exc.IntegrityError)
    assert stored() == [1, 2, 3]


def test_kinds_of_work_share_a_commit_and_keep_their_outcomes_apart(numbers: str) -> None:
    def negative(session: Session, entries: Sequence[int]) -> list[str]:
        insert(session, [-entry for entry in entries])
        return [f"minus {entry}" for entry in entries]

    async def mixed() -> list[object]:
        return await asyncio.gather(group.submit(plus, 1), group.submit(minus, 2), group.submit(plus, 3))

    group, plus, minus = GroupCommit(), Work[int, int](insert), Work[int, str](negative)
    assert asyncio.run(mixed()) == [10, "minus 2", 30]
    assert stored() == [-2, 1, 3]
    assert group.commits == 1


def test_a_caller_that_hangs_up_loses_nothing(numbers: str) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slowly(session: Session, entries: Sequence[int]) -> list[int]:
        inside.set()
        assert go_on.wait(10)
        return insert(session, entries)

    async def hang_up() -> int:
        gone = asyncio.create_task(group.submit(work, 1))
        assert await asyncio.to_thread(inside.wait, 10)
        gone.cancel()
        go_on.set()
        return await group.submit(work, 2)

    group, work = GroupCommit(), Work[int, int](slowly)
    assert asyncio.run(hang_up()) == 20
    assert stored() == [1, 2]


def test_writers_pass_the_turnstile_in_the_order_of_their_coming(tmp_path: object) -> None:
    turnstile, order, ready = database.Turnstile(), [], [threading.Event() for _ in range(4)]

    def pass_through(number: int) -> None:
        ready[number].set()
        with turnstile.passing():
            order.append(number)

    threads = [threading.Thread(target=pass_through, args=(number,)) for number in range(4)]
    with turnstile.passing():
        for number, thread in enumerate(threads):
            thread.start()
            assert ready[number].wait(10)
            while turnstile.length < number + 1:
                pass
        assert order == []
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3]


def test_whoever_waits_too_long_at_the_turnstile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    turnstile = database.Turnstile()
    with turnstile.passing():
        with pytest.raises(TimeoutError), turnstile.passing():
            pass
        assert turnstile.length == 0
    with turnstile.passing():
        pass
