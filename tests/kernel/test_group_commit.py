"""The group commit: many writes share a commit, each gets its own outcome, and a bad one fails alone."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service.kernel import database, group_commit
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


FAST, SLOW = 0.0001, 0.002
SHARES = {
    # who waits, the last group, seconds of the last commits, the next group
    "a fast disk takes all": (64, 0, [FAST], 64),
    "one commit that had to wait for the processor makes no slow disk": (64, 0, [SLOW, FAST, SLOW], 64),
    "a lone write goes at once": (1, 0, [SLOW], 1),
    "a lone write behind a crowd goes at once": (1, 40, [SLOW], 1),
    "all that wait are halved": (64, 0, [SLOW], 32),
    "an odd one goes first": (5, 0, [SLOW], 3),
    "two halves take turns": (32, 32, [SLOW], 32),
    "what has fallen apart evens out": (50, 14, [SLOW], 32),
    "no more than wait": (14, 50, [SLOW], 14),
    "nobody": (0, 9, [SLOW], 0),
}


@pytest.mark.parametrize(("waiting", "last", "commits", "expected"), SHARES.values(), ids=SHARES)
def test_a_slow_disk_is_given_half_while_the_other_half_is_answered(
    waiting: int, last: int, commits: list[float], expected: int
) -> None:
    assert group_commit.share(waiting, last, commits) == expected


def test_on_a_slow_disk_nobody_is_left_behind(numbers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def many() -> list[int]:
        return [await task for task in [asyncio.create_task(group.submit(work, n)) for n in range(50)]]

    monkeypatch.setattr(group_commit, "SLOW_COMMIT", 0.0)
    group, work = GroupCommit(), Work[int, int](insert)
    assert asyncio.run(many()) == [n * 10 for n in range(50)]
    assert stored() == list(range(50))
    assert group.commits > 1


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


def test_of_many_writes_a_bad_one_is_found_by_halves(numbers: str) -> None:
    tries: list[int] = []

    def counted(session: Session, entries: Sequence[int]) -> list[int]:
        tries.append(len(entries))
        return insert(session, entries)

    async def many() -> list[int | BaseException]:
        found = (group.submit(work, n if n != 20 else 1) for n in range(64))
        return await asyncio.gather(*found, return_exceptions=True)

    group, work = GroupCommit(), Work[int, int](counted)
    outcomes = asyncio.run(many())

    assert [place for place, one in enumerate(outcomes) if isinstance(one, BaseException)] == [20]
    assert stored() == [n for n in range(64) if n != 20]
    assert len(tries) == 1 + 2 * 6, "twice the depth of the halves, not once for each"


def unable(session: Session, entries: Sequence[int]) -> list[int]:
    raise sa.exc.OperationalError("INSERT", {}, Exception("disk full"))


def in_the_way(session: Session, entries: Sequence[int]) -> list[int]:
    """Two transactions stood in each other's way while there were two entries."""
    if len(entries) > 1:
        raise sa.exc.OperationalError("INSERT", {}, psycopg.errors.DeadlockDetected())
    return insert(session, entries)


def too_late(session: Session, entries: Sequence[int]) -> list[int]:
    raise TimeoutError


AWAY = {
    "the database cannot be used": (unable, 1, [False, False]),
    "it is held for too long": (too_late, 1, [False, False]),
    "somebody stood in the way": (in_the_way, 3, [True, True]),
}


@pytest.mark.parametrize(("does", "asked", "good"), AWAY.values(), ids=AWAY)
def test_a_database_that_is_away_is_not_asked_for_each_of_a_group(
    numbers: str, does: Callable[[Session, Sequence[int]], list[int]], asked: int, good: list[bool]
) -> None:
    tries = 0

    def counted(session: Session, entries: Sequence[int]) -> list[int]:
        nonlocal tries
        tries += 1
        return does(session, entries)

    async def two() -> list[int | BaseException]:
        return await asyncio.gather(*(group.submit(work, n) for n in (1, 2)), return_exceptions=True)

    group, work = GroupCommit(), Work[int, int](counted)
    outcomes = asyncio.run(two())

    assert [isinstance(one, int) for one in outcomes] == good
    assert tries == asked


def test_a_database_that_does_not_answer_lets_nobody_wait_for_ever(
    numbers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", 0.2)
    monkeypatch.setattr(group_commit, "LOOK_EVERY", 0.05)
    inside, go_on = threading.Event(), threading.Event()

    def silent(session: Session, entries: Sequence[int]) -> list[int]:
        inside.set()
        assert go_on.wait(10)
        return insert(session, entries)

    async def some() -> tuple[list[int | BaseException], int]:
        under_way = asyncio.create_task(group.submit(work, 1))
        assert await asyncio.to_thread(inside.wait, 10)
        queued = asyncio.create_task(group.submit(work, 2))
        told = await asyncio.gather(under_way, queued, return_exceptions=True)
        go_on.set()
        while group.commits < 1:
            await asyncio.sleep(0.01)
        return list(told), await group.submit(work, 3)

    group, work = GroupCommit(), Work[int, int](silent)
    told, later = asyncio.run(some())

    assert [type(one) for one in told] == [TimeoutError, TimeoutError]
    assert later == 30
    assert stored() == [1, 3], "what was under way may be stored yet, what had queued is not"


def test_kinds_that_write_in_the_journal_come_last_and_each_by_itself(numbers: str) -> None:
    order: list[tuple[str, int]] = []

    def noting(name: str) -> Callable[[Session, Sequence[int]], list[int]]:
        def does(session: Session, entries: Sequence[int]) -> list[int]:
            order.append((name, id(session)))
            kept.append(session)
            return insert(session, entries)

        return does

    async def mixed() -> list[int]:
        works = [hand_in, start, beat, save]
        return await asyncio.gather(*(group.submit(work, n) for n, work in enumerate(works)))

    kept: list[Session] = []
    group = GroupCommit()
    save, beat = Work[int, int](noting("save")), Work[int, int](noting("beat"))
    start, hand_in = (Work[int, int](noting(name), journals=True) for name in ("start", "hand in"))

    assert asyncio.run(mixed()) == [0, 10, 20, 30]
    assert [name for name, _ in order] == ["save", "beat", "start", "hand in"]
    transactions = [transaction for _, transaction in order]
    assert transactions[0] == transactions[1] and len(set(transactions)) == 3
    assert group.commits == 3


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
