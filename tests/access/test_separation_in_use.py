"""Two people at every turn: the same natural person under a second account is refused by the real actions."""

from dataclasses import replace

import pytest
from sqlmodel import Session, select

from service.access.actions import administering, using
from service.access.rules.policy import Actor, Duty
from service.access.tables import Account, Person
from service.bank import queries as bank
from service.bank.actions import reviewing
from service.kernel import database, errors
from service.papers.actions import assembling, judging
from service.programme.actions import planning
from service.programme.rules.institutions import Teacher
from service.programme.tables import TrainingClass
from service.results.actions import marking, publishing
from service.sittings.actions import arranging
from service.sittings.tables import Proctor
from tests import world as worlds
from tests.world import World

NOW = worlds.PREPARED_AT
EXAM = ["approve", "arrange", "assemble", "author", "confirm", "proctor", "publish", "review"]
OTHER_HAT = "同一人对同一对象不能既“{first}”又“{second}”，请换一位同事办理。"


def other_hat(session: Session, world: World, username: str, duty: Duty) -> Actor:
    """The same natural person under a second account that holds another duty."""
    first = session.get_one(Account, world.accounts[username])
    second = Account(
        person_id=first.person_id,
        organisation_id=first.organisation_id,
        username=f"{username}-2",
        password_hash="-",
    )
    session.add(second)
    session.flush()
    guardian = world.actor(session, "security")
    administering.grant_duty(session, guardian, second.id or 0, duty, now=NOW)
    return world.actor(session, f"{username}-2")


def refused(error: errors.Refused) -> tuple[str, str]:
    return error.code, error.detail.format(**error.values)


def change_an_item(session: Session, world: World) -> int:
    """Have the author submit a new version of an item: the id of the version that waits for review."""
    _, newest = next(iter(bank.newest_versions(session).values()))
    assert newest is not None
    text = bank.text_of(*bank.version(session, newest.id or 0))  # type: ignore[misc]
    changed = replace(text, stem=f"{text.stem}（修订）")
    reviewing.submit_items(session, world.actor(session, "author"), [changed], now=NOW)
    (waiting,) = bank.awaiting_review(session)
    return waiting


def test_nobody_reviews_an_item_of_their_own_under_whatever_account(prepared: World) -> None:
    with database.reading() as session:
        version = change_an_item(session, prepared)
        author_as_reviewer = other_hat(session, prepared, "author", Duty.REVIEW)

        with pytest.raises(errors.Refused) as error:
            reviewing.review_item(session, author_as_reviewer, version, approve=True, reason="", now=NOW)

        assert refused(error.value) == ("deeds_exclude", OTHER_HAT.format(first="命题", second="审题"))
        assert bank.awaiting_review(session) == [version]
        worlds.approve_item(session, prepared.actor(session, "reviewer"), version, now=NOW)
        assert bank.awaiting_review(session) == []


def another_paper(session: Session, world: World) -> int:
    """The paper of a second class, only just assembled."""
    first = session.get_one(TrainingClass, world.class_id)
    second = TrainingClass(**first.model_dump(exclude={"id"}) | {"code": "2024-TL-02", "name": "第二班"})
    session.add(second)
    session.flush()
    assembler, exam_on = world.actor(session, "assembler"), worlds.STARTS_AT.date()
    return assembling.assemble_paper(session, assembler, second.id or 0, seed=8, exam_on=exam_on, now=NOW).id or 0


def test_nobody_approves_a_paper_they_assembled_under_whatever_account(prepared: World) -> None:
    with database.reading() as session:
        paper = another_paper(session, prepared)
        assembler_as_approver = other_hat(session, prepared, "assembler", Duty.APPROVE)

        with pytest.raises(errors.Refused) as error:
            judging.judge_paper(session, assembler_as_approver, paper, approve=True, reason="", now=NOW)

        assert refused(error.value) == ("deeds_exclude", OTHER_HAT.format(first="组卷", second="审批"))
        approver = prepared.actor(session, "approver")
        assert judging.judge_paper(session, approver, paper, approve=True, reason="", now=NOW).state == "approved"


@pytest.mark.parametrize("username", ["assembler", "approver"])
def test_nobody_proctors_a_class_whose_paper_they_know_under_whatever_account(prepared: World, username: str) -> None:
    with database.reading() as session:
        proctor = other_hat(session, prepared, username, Duty.PROCTOR)
        session.delete(session.exec(select(Proctor)).first())
        session.flush()
        arranger = prepared.actor(session, "arranger")

        with pytest.raises(errors.Refused) as error:
            arranging.assign_proctor(session, arranger, prepared.sitting_id, proctor.account_id or 0, now=NOW)

        assert error.value.code == "deeds_exclude"
        elsewhere = prepared.accounts["proctor_elsewhere"]
        arranging.assign_proctor(session, arranger, prepared.sitting_id, elsewhere, now=NOW)
        assert len(session.exec(select(Proctor)).all()) == 2


def test_nobody_publishes_what_they_confirmed_under_whatever_account(prepared: World) -> None:
    with database.reading() as session:
        worlds.begin_exam(session, prepared)
        marking.hand_in_overdue(session, now=worlds.AFTER)
        confirmer = prepared.actor(session, "confirmer")
        worlds.sign_record(session, prepared)
        publishing.confirm_results(session, confirmer, prepared.class_id, now=worlds.AFTER)
        confirmer_as_publisher = other_hat(session, prepared, "confirmer", Duty.PUBLISH)

        with pytest.raises(errors.Refused) as error:
            publishing.publish_results(session, confirmer_as_publisher, prepared.class_id, now=worlds.AFTER)

        assert refused(error.value) == ("deeds_exclude", OTHER_HAT.format(first="成绩确认", second="成绩发布"))
        publisher = prepared.actor(session, "publisher")
        published = publishing.publish_results(session, publisher, prepared.class_id, now=worlds.AFTER)
        assert {result.state for result in published} == {"published"}


@pytest.mark.parametrize("duty", [Duty.CONFIRM, Duty.PUBLISH])
def test_no_proctor_confirms_or_publishes_what_they_watched(prepared: World, duty: Duty) -> None:
    with database.reading() as session:
        worlds.begin_exam(session, prepared)
        marking.hand_in_overdue(session, now=worlds.AFTER)
        proctor = session.get_one(Account, prepared.accounts["proctor1"])
        second = Account(
            person_id=proctor.person_id,
            organisation_id=prepared.organisations["bureau"],
            username="proctor1-2",
            password_hash="-",
        )
        session.add(second)
        session.flush()
        guardian = prepared.actor(session, "security")
        administering.grant_duty(session, guardian, second.id or 0, duty, now=NOW)
        hat = prepared.actor(session, "proctor1-2")
        worlds.sign_record(session, prepared)
        if duty is Duty.PUBLISH:
            publishing.confirm_results(
                session, prepared.actor(session, "confirmer"), prepared.class_id, now=worlds.AFTER
            )
        act = publishing.confirm_results if duty is Duty.CONFIRM else publishing.publish_results

        with pytest.raises(errors.Refused) as error:
            act(session, hat, prepared.class_id, now=worlds.AFTER)

        assert error.value.code == "deeds_exclude"


def lecturer_account(session: Session, world: World, number: int) -> Account:
    """An account of the bureau for the person whom the world's lecturers' numbers begin with."""
    return administering.open_account(
        session,
        world.actor(session, "administrator"),
        organisation_id=world.organisations["bureau"],
        name=f"教师{number - 950}",
        citizen_id=worlds.citizen_id(number),
        username="lecturer",
        password_hash=worlds.hashed(),
        now=NOW,
    )


def grants(session: Session, world: World, account: Account) -> dict[str, str]:
    """What granting each exam duty says."""
    guardian, said = world.actor(session, "security"), {}
    for duty in EXAM:
        attempt = session.begin_nested()
        try:
            administering.grant_duty(session, guardian, account.id or 0, Duty(duty), now=NOW)
            said[duty] = "done"
        except errors.Refused as error:
            said[duty] = error.code
        attempt.rollback()
    return said


def test_whoever_taught_a_class_is_granted_no_exam_duty(prepared: World) -> None:
    with database.reading() as session:
        account = lecturer_account(session, prepared, 950)

        assert grants(session, prepared, account) == dict.fromkeys(EXAM, "works_for_institution")
        other = session.get_one(Account, prepared.accounts["planner"])
        assert grants(session, prepared, other) == dict.fromkeys(EXAM, "done")


def test_whoever_holds_an_exam_duty_becomes_no_full_time_teacher(prepared: World) -> None:
    with database.reading() as session:
        author = session.get_one(Person, session.get_one(Account, prepared.accounts["author"]).person_id)

        with pytest.raises(errors.Refused) as error:
            add_lecturer(session, prepared, author.name, worlds.citizen_id(901))

        assert error.value.code == "teacher_holds_exam_duty"
        assert add_lecturer(session, prepared, "新教师", worlds.citizen_id(960)) > 0


def add_lecturer(session: Session, world: World, name: str, citizen_id: str) -> int:
    lecturer = planning.add_lecturer(
        session,
        world.actor(session, "planner"),
        world.organisations["institution"],
        name=name,
        citizen_id=citizen_id,
        title="",
        teacher=Teacher(True, True, 10, full_time=True),
        now=NOW,
    )
    return lecturer.id or 0


def test_a_full_time_teacher_is_granted_no_exam_duty_even_before_the_first_class(prepared: World) -> None:
    with database.reading() as session:
        add_lecturer(session, prepared, "教师10", worlds.citizen_id(960))
        account = lecturer_account(session, prepared, 960)

        assert grants(session, prepared, account) == dict.fromkeys(EXAM, "works_for_institution")


def test_whoever_sits_the_exam_of_a_class_may_use_no_exam_duty_on_it(prepared: World) -> None:
    with database.reading() as session:
        trainee = administering.person_for(session, "学员0", worlds.citizen_id(0)).id or 0

        said = {
            duty: tuple(
                using.may_use_duty(session, trainee, Duty(duty), f"class:{one}")[-1].code
                for one in (prepared.class_id, 999)
            )
            for duty in EXAM
        }

    assert said == dict.fromkeys(EXAM, ("deeds_exclude", "allowed"))
