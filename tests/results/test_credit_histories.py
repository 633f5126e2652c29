"""What becomes of the one credit of a class over exams, resits, voiding and its undoing, whatever their order."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from service.access.tables import Person
from service.kernel import database
from service.kernel.settings import FeeBasis
from service.programme.tables import Trainee
from service.results import queries
from service.results.actions import reopening, voiding
from service.results.actions.voiding import Draft
from service.results.queries import certificates
from service.results.queries import credits as credit_queries
from service.results.queries import payment as payments
from service.results.rules import Standing, Verdict
from service.results.rules.credits import Position
from service.results.rules.payment import Fee
from service.results.tables import Certificate, Credit
from service.sittings import queries as sittings
from service.sittings.actions import enrolling, minding
from service.sittings.rules.reopening import ReopenReason
from service.sittings.rules.room import IncidentKind
from service.sittings.tables import Incident
from tests import world as worlds
from tests.conftest import Staged
from tests.results.exams import Fate, publish, sit
from tests.results.test_resitting import another_sitting
from tests.world import AFTER, STARTS_AT, WORKING_AT, World

RESIT_AT = STARTS_AT + timedelta(days=7)
LATER = RESIT_AT + timedelta(hours=3)
PROCTORS = ("proctor1", "proctor2")


@dataclass(frozen=True)
class Scene:
    """A class after its first exam: the first of the list passed it, the second failed, the others never came."""

    world: World
    passed: int
    failed: int


@pytest.fixture
def scene(staged: Staged) -> Scene:
    return staged(first_exam, AFTER)


def first_exam(session: Session, world: World) -> Scene:
    passed, failed, *others = world.seats
    sit(session, world, {passed: Fate.PASSED, failed: Fate.FAILED} | dict.fromkeys(others, Fate.ABSENT), PROCTORS)
    for seat_id in (passed, failed):
        report(session, world, seat_id, WORKING_AT)
    publish(session, world, AFTER)
    return Scene(world, passed, failed)


def report(session: Session, world: World, seat_id: int, now: datetime) -> None:
    """A proctor reports what a result may be made void for."""
    proctor = world.actor(session, "proctor1")
    minding.report_incident(session, proctor, world.sitting_id, seat_id, IncidentKind.PHONE, "手机响", now=now)


class Subject:
    """One person whose history is gone through: the seat of each exam, and what shows of their credit."""

    def __init__(self, session: Session, world: World, seat_id: int) -> None:
        seat = sittings.seat(session, seat_id)
        assert seat is not None
        self.session, self.world, self.trainee_id = session, world, seat.trainee_id
        self.seats = {"first": seat_id}
        self.told = Position()

    def step(self, step: str) -> None:
        """``<exam> void``, ``<exam> undo``, ``resit <fate>``, or ``resit opened again, <fate>``, of a sheet that
        had passed before it was opened again and handed in once more, before anything was published."""
        exam, _, what = step.partition(" ")
        match what:
            case "void" | "undo":
                self._decide(self.seats[exam], Standing.VOID if what == "void" else Standing.VALID)
            case _:
                _, opened, fate = what.rpartition("opened again, ")
                self._resit(Fate(fate), again=bool(opened))

    def _resit(self, fate: Fate, *, again: bool) -> None:
        session, world = self.session, self.world
        sitting_id = another_sitting(session, world)
        sitting = sittings.sitting(session, sitting_id)
        assert sitting is not None
        person = session.get_one(Person, session.get_one(Trainee, self.trainee_id).person_id)
        arranger = world.actor(session, "arranger")
        # The bureau seats a person by hand whose first result is void: nobody does so by the list of resits.
        seat = enrolling.give_seat(session, arranger, sitting, self.trainee_id, person, now=AFTER)
        self.seats["resit"] = seat.id or 0
        resit = replace(world, sitting_id=sitting_id)
        sit(session, resit, {seat.id or 0: Fate.PASSED if again else fate}, PROCTORS)
        if again:
            self._open_again(seat.id or 0, fate)
        report(session, resit, seat.id or 0, RESIT_AT + timedelta(minutes=30))
        publish(session, resit, LATER)

    def _open_again(self, seat_id: int, fate: Fate) -> None:
        session, world, at = self.session, self.world, RESIT_AT + timedelta(minutes=51)
        draft = reopening.Draft(ReopenReason.WRONG_SEAT, "收错了座位", 0, 0)
        row = reopening.propose(session, world.actor(session, "proctor1"), seat_id, draft, now=at)
        reopening.decide(session, world.actor(session, "proctor2"), row.id or 0, accept=True, now=at)
        seat = sittings.seat(session, seat_id)
        assert seat is not None
        for one in sittings.answers(session, seat) if fate is Fate.FAILED else ():
            worlds.save(session, seat_id, one.position, "", seq=9, now=at)
        worlds.hand_in(session, seat_id, now=at + timedelta(minutes=1))

    def _decide(self, seat_id: int, wanted: Standing) -> None:
        session, world = self.session, self.world
        incident = session.exec(select(Incident.id).where(Incident.seat_id == seat_id)).one()
        draft = Draft(wanted, IncidentKind.CHEATING, "监控与笔录一致", incident or 0)
        made = voiding.propose(session, world.actor(session, "confirmer"), seat_id, draft, now=LATER)
        publisher = world.actor(session, "publisher")
        voiding.decide(session, publisher, made.id or 0, uphold=True, note="同意", now=LATER)

    def news(self) -> str:
        """What the feed has told of this person since it was last asked."""
        found = credit_queries.happenings(self.session, self.told, 100)
        self.told = found[-1].at_position if found else self.told
        return " ".join(one.change for one in found if one.of.credit.trainee_id == self.trainee_id)

    def shows(self) -> str:
        """By which exam the credit counts; every view must say the same, and none of them twice."""
        lines = [one for one in queries.lines(self.session, self.world.class_id) if one.credit]
        own = [one for one in lines if one.result.trainee_id == self.trainee_id]
        shown = [exam for exam, seat in self.seats.items() if seat in {one.result.seat_id for one in own}]
        number = len(shown)
        assert len(own) == number <= 1

        standing = credit_queries.standing(self.session, 2024)
        assert sum(one.credit.trainee_id == self.trainee_id for one in standing) == number
        paid = payments.payees(self.session, self.world.class_id, Fee(FeeBasis.PERSON, 100))
        assert sum(one.trainee_id == self.trainee_id for one in paid) == number
        credit = self.session.exec(select(Credit).where(Credit.trainee_id == self.trainee_id)).one_or_none()
        if credit is None:
            return "never"
        assert (credit.id in certificates.revoked(self.session, 0, 10**6)) is not bool(number)
        code = self.session.exec(select(Certificate.code).where(Certificate.credit_id == credit.id)).one()
        view = certificates.certificate(self.session, code)
        assert view is not None and (view.void_since is None) is bool(number)
        assert (view.verdict is Verdict.PASSED) is bool(number)
        for exam in shown:
            assert certificates.of_seat(self.session, self.seats[exam]) == code
            assert view.published_at == (AFTER if exam == "first" else LATER)
        return shown[0] if shown else "reversed"


# What is done, by which exam the credit counts then, and what the feed has told.
History = list[tuple[str, str, str]]
HISTORIES: dict[str, History] = {
    "passed, void": [("first void", "reversed", "reversed")],
    "passed, void, undone": [("first void", "reversed", "reversed"), ("first undo", "first", "restored")],
    "passed, void, undone, void again": [
        ("first void", "reversed", "reversed"),
        ("first undo", "first", "restored"),
        ("first void", "reversed", "reversed"),
    ],
    "passed, void, passed a resit": [("first void", "reversed", "reversed"), ("resit passed", "resit", "restored")],
    "passed, void, failed a resit, undone": [
        ("first void", "reversed", "reversed"),
        ("resit failed", "reversed", ""),
        ("first undo", "first", "restored"),
    ],
    "passed, void, passed a resit, undone": [
        ("first void", "reversed", "reversed"),
        ("resit passed", "resit", "restored"),
        ("first undo", "first", ""),
    ],
    "passed, void, passed a resit, resit void, first undone, resit undone": [
        ("first void", "reversed", "reversed"),
        ("resit passed", "resit", "restored"),
        ("resit void", "reversed", "reversed"),
        ("first undo", "first", "restored"),
        ("resit undo", "first", ""),
        ("first void", "resit", ""),
    ],
    "failed, passed a resit": [("resit passed", "resit", "granted")],
    "failed, failed a resit": [("resit failed", "never", "")],
    "passed, void, passed a resit that was opened again, void": [
        ("first void", "reversed", "reversed"),
        ("resit opened again, passed", "resit", "restored"),
        ("resit void", "reversed", "reversed"),
    ],
    "passed, void, failed a resit that was opened again": [
        ("first void", "reversed", "reversed"),
        ("resit opened again, failed", "reversed", ""),
    ],
    "failed, passed a resit, void, undone": [
        ("resit passed", "resit", "granted"),
        ("resit void", "reversed", "reversed"),
        ("resit undo", "resit", "restored"),
    ],
    "failed, void, passed a resit, first undone": [
        ("first void", "never", ""),
        ("resit passed", "resit", "granted"),
        ("first undo", "resit", ""),
    ],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_one_credit_whatever_happens(scene: Scene, history: History) -> None:
    begins_passed = history[0][0] == "first void" and history[0][1] == "reversed"
    with database.writing() as session:
        subject = Subject(session, scene.world, scene.passed if begins_passed else scene.failed)
        began = ("first", "granted") if begins_passed else ("never", "")
        assert (subject.shows(), subject.news()) == began
        for step, shown, told in history:
            subject.step(step)
            assert (step, subject.shows(), subject.news()) == (step, shown, told)


def test_the_feed_tells_the_same_from_the_beginning(scene: Scene) -> None:
    with database.writing() as session:
        subject = Subject(session, scene.world, scene.passed)
        told = [subject.news()]
        for step in ("first void", "resit passed", "first undo", "resit void", "first void", "resit undo"):
            subject.step(step)
            told.append(subject.news())
        assert told == ["granted", "reversed", "restored", "", "", "reversed", "restored"]
        subject.told = Position()
        assert subject.news() == "granted reversed restored reversed restored"
