"""Duties that exclude each other, granted to one person by two administrators at the same moment: one counts."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, col, select

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.tables import Account, DutyHeld
from service.kernel import database
from service.kernel.errors import Refused
from tests import world as worlds
from tests.world import World

# Long enough for a transaction that nothing holds up to come to its end.
MOMENT = 0.5
Act = Callable[[Session], object]


def account_in(session: Session, world: World, body: str, username: str) -> Account:
    """One more account of one and the same person, in a body of one's choice."""
    account = administering.open_account(
        session,
        world.actor(session, "administrator"),
        organisation_id=world.organisations[body],
        name="两处任职",
        citizen_id=worlds.citizen_id(800),
        username=username,
        password_hash=worlds.hashed(),
        now=worlds.PREPARED_AT,
    )
    worlds.has_chosen(session, account)
    return account


@pytest.fixture
def doubled(staffed: World) -> World:
    """A person with an account at the bureau and one at the bureau for human resources; two who grant duties."""
    with database.writing() as session:
        for body, username in (("bureau", "one"), ("hr", "other")):
            staffed.accounts[username] = account_in(session, staffed, body, username).id or 0
        second = administering.open_account(
            session,
            staffed.actor(session, "administrator"),
            organisation_id=staffed.organisations["bureau"],
            name="安全员乙",
            citizen_id=worlds.citizen_id(801),
            username="security2",
            password_hash=worlds.hashed(),
            now=worlds.PREPARED_AT,
        )
        worlds.has_chosen(session, second)
        administering.grant_duty(session, worlds.security(session), second.id or 0, Duty.SECURE, now=worlds.PREPARED_AT)
    return staffed


def granting(world: World, granter: str, receiver: str, duty: Duty) -> Act:
    """One administrator charges one account with one duty."""

    def act(session: Session) -> None:
        actor = world.actor(session, granter)
        administering.grant_duty(session, actor, world.accounts[receiver], duty, now=worlds.PREPARED_AT)

    return act


def joining(world: World) -> Act:
    """The same person gets an account at a training institution."""
    return lambda session: account_in(session, world, "institution", "third")


def hold(act: Act, done: threading.Event, begun: threading.Event) -> bool:
    """Act, and commit it only a moment after somebody else has begun to act."""
    with database.writing() as session:
        act(session)
        done.set()
        assert begun.wait(10)
        threading.Event().wait(MOMENT)
    return True


def follow(act: Act, begun: threading.Event) -> bool:
    """Act meanwhile; whether that is allowed."""
    begun.set()
    try:
        with database.writing() as session:
            act(session)
    except Refused:
        return False
    return True


def at_once(one: Act, other: Act) -> tuple[bool, bool]:
    """Which of the two are allowed when the second begins before the first is committed."""
    done, begun = threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold, one, done, begun)
        assert done.wait(10)
        following = pool.submit(follow, other, begun)
        return holding.result(20), following.result(20)


def held_by_the_two(world: World) -> list[str]:
    with database.reading() as session:
        accounts = [world.accounts["one"], world.accounts["other"]]
        return list(session.exec(select(DutyHeld.duty).where(col(DutyHeld.account_id).in_(accounts))))


@pytest.mark.parametrize("first", ["one", "other"])
def test_of_two_excluding_duties_granted_at_once_the_second_is_refused(doubled: World, first: str) -> None:
    """Two accounts, two administrators, one person."""
    grants = {
        "one": granting(doubled, "security", "one", Duty.ASSEMBLE),
        "other": granting(doubled, "security2", "other", Duty.AUDIT),
    }
    second = grants[next(name for name in grants if name != first)]
    assert at_once(grants[first], second) == (True, False)
    assert held_by_the_two(doubled) == [Duty.ASSEMBLE if first == "one" else Duty.AUDIT]


def test_duties_that_get_along_may_be_granted_at_once(doubled: World) -> None:
    one = granting(doubled, "security", "one", Duty.ASSEMBLE)
    other = granting(doubled, "security2", "other", Duty.STATISTICS)
    assert at_once(one, other) == (True, True)
    assert sorted(held_by_the_two(doubled)) == [Duty.ASSEMBLE, Duty.STATISTICS]


def test_an_account_at_an_institution_waits_for_a_duty_of_the_exam_that_is_being_granted(doubled: World) -> None:
    assert at_once(granting(doubled, "security", "one", Duty.ASSEMBLE), joining(doubled)) == (True, False)
    assert held_by_the_two(doubled) == [Duty.ASSEMBLE]


def test_a_duty_of_the_exam_waits_for_an_account_at_an_institution_that_is_being_opened(doubled: World) -> None:
    assert at_once(joining(doubled), granting(doubled, "security", "one", Duty.ASSEMBLE)) == (True, False)
    assert held_by_the_two(doubled) == []
