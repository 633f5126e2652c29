"""What somebody outside is shown says nothing of the results of people whom they may not see: it is the same, byte for
byte, whatever became of those people.

Three histories of one class differ only in how the exam of the people of another enterprise went. Whatever an
enterprise or a county can look at is asked for in all of them and compared: numbers, lists, pages, files, refusals.
A total, a rate or a bar of a chart over the whole class would differ, and could be subtracted from. Digests are
another each time; of what they tell tests/results/test_digests.py asks.
"""

import re
from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from service.kernel import database
from service.results.tables import Certificate, Credit
from tests.architecture import walking
from tests.conftest import Browser, Clock, Staged, application
from tests.results.exams import Fate, publish, sit
from tests.world import AFTER, World

P, F, X = Fate.PASSED, Fate.FAILED, Fate.ABSENT
OWN = (P, F, P)


def went(session: Session, world: World, others: tuple[Fate, Fate, Fate]) -> World:
    """The class published: the first, third and fifth are the enterprise's own, and always go the same way."""
    fates = [fate for pair in zip(OWN, others, strict=True) for fate in pair]
    sit(session, world, dict(zip(world.seats, fates, strict=True)), ("proctor1", "proctor2"))
    publish(session, world, AFTER)
    return world


def all_passed(session: Session, world: World) -> World:
    return went(session, world, (P, P, P))


def one_failed(session: Session, world: World) -> World:
    return went(session, world, (P, F, P))


def none_came(session: Session, world: World) -> World:
    return went(session, world, (X, X, X))


# What a machine drew or counted by the clock, and so is another one each time.
DRAWN = (
    (re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|\+00:00)?"), "MOMENT"),
    (re.compile(r"\b[2-9A-HJ-NP-Z]{12}\b"), "CODE"),
    (re.compile(r"\b[0-9a-f]{12,}\b"), "HASH"),
    (re.compile(r"[A-Za-z0-9_\-+/]{40,}={0,2}"), "KEY"),
    (re.compile(r'<path stroke="#000" d="[^"]*"'), "QR"),
    # The head of the journal counts the entries of everything that anybody did, and is printed for whoever verifies.
    (re.compile(r"至第 \d+ 条|code=[0-9A-Z]{16}|[0-9A-Z]{4}(-[0-9A-Z]{4}){3}"), "HEAD"),
)


def shown(browser: Browser, username: str, world: World) -> dict[str, tuple[int, str]]:
    """Every reply to somebody who only looks, by address, without what is drawn anew each time."""
    with database.reading() as session:
        # The first seat's, which is the enterprise's own.
        own = select(Certificate.code).join(Credit).where(Credit.trainee_id == world.trainees[0])
        ids = walking.real_ids(session, world) | {"code": session.exec(own).one()}
    client, found = browser.of(username), {}
    for route in walking.gets(browser.app):  # type: ignore[arg-type]
        address = walking.filled(route.path, ids)
        reply = client.get(address)
        text = reply.text if "pdf" not in reply.headers.get("content-type", "") else f"{len(reply.content)} bytes"
        for pattern, word in DRAWN:
            text = pattern.sub(word, text)
        found[route.path] = reply.status_code, text
    return found


def differing(one: dict[str, tuple[int, str]], other: dict[str, tuple[int, str]]) -> set[str]:
    return {path for path in one if one[path] != other[path]}


@pytest.fixture
def histories(staged: Staged, clock: Clock) -> Callable[[str], list[dict[str, tuple[int, str]]]]:
    """What somebody is shown in each history."""

    def told(username: str) -> list[dict[str, tuple[int, str]]]:
        found = []
        for history in (all_passed, one_failed, none_came):
            world = staged(history, AFTER)
            clock.set(AFTER)
            found.append(shown(Browser(application()), username, world))
        return found

    return told


@pytest.mark.parametrize("username", ["enterprise", "supervisor"])
def test_whoever_sees_some_of_a_class_is_shown_nothing_of_the_others(
    histories: Callable[[str], list[dict[str, tuple[int, str]]]], username: str
) -> None:
    passed, failed, absent = histories(username)

    looked = {path for path, (status, _) in passed.items() if status == 200}
    assert {"/results/classes/{class_id}", "/api/v1/results/classes/{class_id}/editions"} <= looked and len(looked) > 20
    assert differing(passed, failed) | differing(passed, absent) == set()


def test_who_sees_everybody_is_shown_the_difference(
    histories: Callable[[str], list[dict[str, tuple[int, str]]]],
) -> None:
    """So a reply that tells of it would have been found."""
    passed, failed, _ = histories("institution")
    assert {"/results/classes/{class_id}", "/api/v1/results/classes/{class_id}"} <= differing(passed, failed)
