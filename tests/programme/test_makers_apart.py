"""Whoever makes questions or papers neither teaches nor sits, in whatever class, whichever of the two came first.

Each test plants one history of one natural person and asks the real actions; nothing is committed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from service.access.actions import administering, using
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.access.tables import Account, Deed, DutyHeld
from service.kernel import errors
from service.programme.actions import enrolling, planning
from service.programme.queries import classes
from service.programme.rules.classes import ClassDraft
from service.programme.rules.institutions import Teacher
from service.sittings.actions import checking_in, sitting_exam
from service.sittings.actions import enrolling as seating
from service.sittings.rules.lockdown import Machine
from service.sittings.tables import Seat
from tests import world as worlds
from tests.world import World

NOW = worlds.PREPARED_AT
LONG_AGO, LATELY = NOW - timedelta(days=800), NOW - timedelta(days=30)
NUMBER, NAME = 700, "多面手"


def code_of(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except errors.Refused as refused:
        return refused.code
    return "done"


def account(session: Session, world: World) -> Account:
    """The person's account of the bureau."""
    return administering.open_account(
        session,
        world.actor(session, "administrator"),
        organisation_id=world.organisations["bureau"],
        name=NAME,
        citizen_id=worlds.citizen_id(NUMBER),
        username="many-sided",
        password_hash=worlds.hashed(),
        now=NOW,
    )


def held(session: Session, world: World, duty: Duty, until: datetime | None = None) -> None:
    granted = {"account_id": account(session, world).id or 0, "duty": duty, "granted_at": LONG_AGO, "granted_by": "-"}
    session.add(DutyHeld(**granted, revoked_at=until, revoked_by="-" if until else None))
    session.flush()


def did(session: Session, duty: str, subject: str, at: datetime = LONG_AGO) -> None:
    person = administering.person_for(session, NAME, worlds.citizen_id(NUMBER)).id or 0
    session.add(Deed(person_id=person, duty=duty, subject=subject, done_at=at))
    session.flush()


def lecturer(session: Session, world: World, *, full_time: bool = False) -> int:
    added = planning.add_lecturer(
        session,
        world.actor(session, "planner"),
        world.organisations["institution"],
        name=NAME,
        citizen_id=worlds.citizen_id(NUMBER),
        title="高级工程师",
        teacher=Teacher(True, True, 10, full_time),
        now=NOW,
    )
    return added.id or 0


def a_class(session: Session, world: World, *lecturers: int) -> int:
    term = NOW.date(), NOW.date() + timedelta(days=14)
    institution = world.organisations["institution"]
    draft = ClassDraft("2024-TL-09", "又一班", TraineeRole.TEAM_LEADER, 2024, institution, *term, lecturers)
    return planning.open_class(session, world.actor(session, "planner"), draft, now=NOW).id or 0


def enrol(session: Session, world: World, class_id: int) -> str:
    """What putting the person on the roster says: ``done``, or the code of the fault."""
    sheet = worlds.roster([(NAME, worlds.citizen_id(NUMBER), "青松煤矿", "班组长", "19900000000")])
    report = enrolling.import_roster(
        session, world.actor(session, "planner"), class_id, sheet, keep_good=False, now=NOW
    )
    return report.faults[0].code if report.faults else "done"


WAYS: dict[str, Callable[[Session, World], str]] = {
    "guest": lambda session, world: code_of(lambda: lecturer(session, world)),
    "full-time": lambda session, world: code_of(lambda: lecturer(session, world, full_time=True)),
    "roster": lambda session, world: enrol(session, world, world.class_id),
}
FREE = dict.fromkeys(WAYS, "done")
BARRED = dict.fromkeys(WAYS, "makes_the_exam")
History = Callable[[Session, World], None]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(lambda s, w: None, FREE, id="a stranger to the exam"),
        *(
            pytest.param(
                lambda s, w, duty=duty: held(s, w, duty),
                BARRED | {"full-time": "teacher_holds_exam_duty"},
                id=f"holds {duty}",
            )
            for duty in (Duty.AUTHOR, Duty.REVIEW, Duty.ASSEMBLE, Duty.APPROVE, Duty.CUSTODY)
        ),
        pytest.param(lambda s, w: held(s, w, Duty.REVIEW, until=LATELY), BARRED, id="could read until lately"),
        pytest.param(
            lambda s, w: held(s, w, Duty.REVIEW, until=LONG_AGO), FREE, id="could read long ago, and did none"
        ),
        pytest.param(lambda s, w: did(s, "author", "item:1"), BARRED, id="wrote one question long ago"),
        pytest.param(lambda s, w: did(s, "approve", "blueprint:1"), BARRED, id="approved a blueprint long ago"),
        pytest.param(lambda s, w: did(s, "assemble", "class:99"), BARRED, id="assembled for another class"),
        pytest.param(lambda s, w: did(s, "custody", "class:99"), BARRED, id="printed another class's sealed paper"),
        pytest.param(lambda s, w: did(s, "proctor", "class:99"), FREE, id="only proctored another class"),
        pytest.param(
            lambda s, w: held(s, w, Duty.PROCTOR),
            FREE | {"full-time": "teacher_holds_exam_duty"},
            id="holds a duty that sees no question",
        ),
    ],
)
def test_whoever_made_questions_neither_teaches_nor_sits(
    session: Session, prepared: World, history: History, expected: dict[str, str]
) -> None:
    said = {}
    for way, go in WAYS.items():
        attempt = session.begin_nested()
        history(session, prepared)
        said[way] = go(session, prepared)
        attempt.rollback()

    assert said == expected


def test_a_guest_who_came_to_make_questions_teaches_no_class(session: Session, prepared: World) -> None:
    """Registered as a guest, but never for a class: nothing ties such a person yet."""
    guest = lecturer(session, prepared)
    attempt = session.begin_nested()
    assert a_class(session, prepared, guest) > 0
    attempt.rollback()
    held(session, prepared, Duty.AUTHOR)

    with pytest.raises(errors.Refused) as refused:
        a_class(session, prepared, guest)

    assert refused.value.code == "makes_the_exam"
    assert refused.value.detail.format(**refused.value.values) == (
        "此人办理过或正在承担“命题”，看得到试题，不能为培训授课，请另选教师。"
    )


def grant(session: Session, world: World, duty: Duty) -> str:
    receiver = account(session, world).id or 0
    guardian = world.actor(session, "security")
    return code_of(lambda: administering.grant_duty(session, guardian, receiver, duty, now=NOW))


@pytest.mark.parametrize(
    ("enrolled_at", "duty", "said"),
    [
        pytest.param(LATELY, Duty.AUTHOR, "duties_exclude", id="lately, and would write"),
        pytest.param(LATELY, Duty.APPROVE, "duties_exclude", id="lately, and would approve papers"),
        pytest.param(LATELY, Duty.PROCTOR, "done", id="lately, and would proctor other classes"),
        pytest.param(LONG_AGO, Duty.AUTHOR, "done", id="long ago"),
    ],
)
def test_who_is_on_a_roster_is_not_charged_with_making_questions(
    session: Session, prepared: World, enrolled_at: datetime, duty: Duty, said: str
) -> None:
    did(session, "sit", "class:99", enrolled_at)

    assert grant(session, prepared, duty) == said


def test_a_maker_whom_a_roster_holds_from_before_stops_making(session: Session, prepared: World) -> None:
    """As in a database that is older than the rule: using the duty is asked again."""
    held(session, prepared, Duty.REVIEW)
    did(session, "sit", "class:99", LATELY)
    person = administering.person_for(session, NAME, worlds.citizen_id(NUMBER)).id or 0

    decisions = using.use_duties(session, Duty.REVIEW, [(person, "item:1")], now=NOW)

    assert [one.code for one in decisions.values()] == ["duties_exclude"]
    assert using.may_use_duty(session, person, Duty.REVIEW, "item:1")[0].code == "duties_exclude"


def test_a_maker_on_a_roster_sees_no_question(session: Session, prepared: World) -> None:
    """The rights that a duty of making carries sleep, while the others go on."""
    for duty in (Duty.REVIEW, Duty.ARRANGE):
        granted_to = session.exec(select(Account).where(Account.username == "many-sided")).first()
        granted_to = granted_to or account(session, prepared)
        session.add(DutyHeld(account_id=granted_to.id or 0, duty=duty, granted_at=LONG_AGO, granted_by="-"))
    session.flush()
    before = prepared.actor(session, "many-sided")
    did(session, "sit", "class:99", LATELY)
    after = prepared.actor(session, "many-sided")

    assert (before.duties, before.barred) == ({Duty.REVIEW, Duty.ARRANGE}, frozenset())
    assert (after.duties, after.barred) == ({Duty.ARRANGE}, {Duty.REVIEW})


def test_whoever_came_to_make_questions_cannot_sign_in_at_a_seat(session: Session, prepared: World) -> None:
    """The last door: the seat was given long before."""
    seat = session.get_one(Seat, prepared.seats[0])
    checking_in.admit(session, prepared.actor(session, "proctor1"), prepared.seats[0], now=worlds.CHECK_IN_AT)

    def enter() -> str:
        attempt = session.begin_nested()
        number, tail = prepared.tickets[prepared.seats[0]], prepared.citizen_ids[seat.trainee_id][-6:]
        entrance = sitting_exam.sign_in_seat(session, number, tail, Machine("", ""), now=worlds.CHECK_IN_AT)
        attempt.rollback()
        return entrance.refusal.code if entrance.refusal is not None else "done"

    before = enter()
    session.add(Deed(person_id=seat.person_id, duty=Duty.REVIEW, subject="item:1", done_at=NOW))
    session.flush()

    assert (before, enter()) == ("done", "makes_the_exam")


def test_who_was_enrolled_and_then_made_questions_gets_no_seat(session: Session, prepared: World) -> None:
    """A resit may come long after the roster: the seat is the last door."""
    assert enrol(session, prepared, prepared.class_id) == "done"
    (line,) = [one for one in classes.roster(session, prepared.class_id) if one.person.name == NAME]
    assert seating.judge_enrolment(session, prepared.class_id)[line.trainee.id or 0].code == "never_attended"
    did(session, "author", "item:1", NOW)

    after = seating.judge_enrolment(session, prepared.class_id)[line.trainee.id or 0].code

    assert after == "makes_the_exam"
