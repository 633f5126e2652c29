"""People of one name, for tests: some of whom may be one under two citizen ids, and some not."""

from sqlmodel import Session

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.people import check_character
from service.programme.actions import planning
from service.programme.rules.institutions import Teacher
from tests import world as worlds
from tests.world import PREPARED_AT, World

ID = worlds.citizen_id(500)


def whole(first_17: str) -> str:
    """A citizen id with the check character that fits, as whoever mistypes one has to type it."""
    return first_17 + check_character(first_17)


def slipped(citizen_id: str, by: int = 1) -> str:
    """The same id with another last digit before the check character."""
    return whole(citizen_id[:16] + str((int(citizen_id[16]) + by) % 10))


def newcomer(session: Session, world: World, name: str, citizen_id: str, username: str, body: str, duty: Duty) -> int:
    """A person with an account and a duty."""
    account = administering.open_account(
        session,
        world.actor(session, "administrator"),
        organisation_id=world.organisations[body],
        name=name,
        citizen_id=citizen_id,
        username=username,
        password_hash=worlds.hashed(),
        now=PREPARED_AT,
    )
    worlds.has_chosen(session, account)
    world.accounts[username] = account.id or 0
    administering.grant_duty(session, worlds.security(session), account.id or 0, duty, now=PREPARED_AT)
    return account.person_id


def teacher(session: Session, world: World, name: str, citizen_id: str) -> int:
    """A lecturer of the institution who has no account."""
    return planning.add_lecturer(
        session,
        world.actor(session, "planner"),
        world.organisations["institution"],
        name=name,
        citizen_id=citizen_id,
        title="",
        teacher=Teacher(True, True, 10, True),
        now=PREPARED_AT,
    ).person_id


def settle(session: Session, world: World) -> None:
    """张伟 watches exams, and 张 伟 teaches under an id of which one digit differs; 李静 may be two people;
    王芳 has two accounts that one person may have; and an auditor has a namesake who teaches.
    """
    newcomer(session, world, "张伟", ID, "zhangwei", "county", Duty.PROCTOR)
    teacher(session, world, "张　伟", slipped(ID))
    newcomer(session, world, "李静", worlds.citizen_id(510), "lijing", "bureau", Duty.AUTHOR)
    teacher(session, world, "李静", worlds.citizen_id(620))
    newcomer(session, world, "王芳", worlds.citizen_id(511), "wangfang", "bureau", Duty.AUTHOR)
    newcomer(session, world, "王芳", worlds.citizen_id(512), "wangfang2", "bureau", Duty.REVIEW)
    newcomer(session, world, "赵审", worlds.citizen_id(513), "auditor2", "hr", Duty.AUDIT)
    teacher(session, world, "赵审", worlds.citizen_id(514))
