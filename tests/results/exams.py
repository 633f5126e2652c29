"""Exams as tests want them: everybody sits as they are told to, through the real actions, at any time and place."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, select

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.bank import queries as bank
from service.bank.rules.items import Kind
from service.oversight import queries as pass_rates
from service.oversight.rules import Dimension
from service.papers.actions import opening
from service.papers.rules.states import Form
from service.programme.tables import TrainingClass
from service.results import queries as queries_of_results
from service.results.actions import marking, publishing
from service.results.queries import editions
from service.results.rules.counting import COUNTED, Axis
from service.results.rules.tallies import Key
from service.results.tables import Tally
from service.sittings import queries
from service.sittings.actions import arranging, checking_in, enrolling, places
from service.sittings.rules.seats import RefusalReason
from tests import world as worlds
from tests.world import COUNTIES, PREPARED_AT, World


class Fate(StrEnum):
    """How an exam goes for somebody."""

    PASSED = "passed"
    FAILED = "failed"
    BLANK = "blank"
    REFUSED = "refused"
    ABSENT = "absent"


# Points lost by each fate; the pass mark is 80.
LOST = {Fate.PASSED: 4, Fate.FAILED: 22}


def keys_of(session: Session, sitting_id: int) -> dict[int, tuple[str, int]]:
    """(key, points) of every position of an opened paper, looked up in the bank by the words of the item."""
    sitting = queries.sitting(session, sitting_id)
    assert sitting is not None
    role = TraineeRole(session.get_one(TrainingClass, sitting.class_id).role)
    keys = {
        # Of a fill-in the first of the texts that it accepts.
        (text.stem, *text.options.values()): text.key.split("\n")[0] if text.kind is Kind.FILL_IN else text.key
        for _, text in bank.eligible(session, role, sitting.starts_at.date())
    }
    return {
        one.position: (keys[one.stem, *one.options.values()], one.points)
        for one in opening.read_opened(session, sitting.form_id or 0)
    }


def answers_losing(session: Session, sitting_id: int, lost: int) -> dict[int, str]:
    """A sheet that loses exactly so many points: some positions are left out."""
    sheet = {}
    for position, (key, points) in keys_of(session, sitting_id).items():
        if points <= lost:
            lost -= points
        else:
            sheet[position] = key
    assert lost == 0
    return sheet


def write(session: Session, world: World, seat_id: int, sheet: dict[int, str], now: datetime) -> None:
    """A candidate begins and gives these answers."""
    worlds.start(session, seat_id, now=now)
    for position, choice in sheet.items():
        worlds.save(session, seat_id, position, choice, now=now)


def plan(session: Session, world: World, starts_at: datetime, name: str, proctors: tuple[str, str]) -> World:
    """A sealed paper, a room of its own, a sitting, its proctors and its seats."""
    worlds.seal_paper(session, world)
    arranger = world.actor(session, "arranger")
    hours = {"opens": "00:00", "closes": "23:59"}
    (room,) = places.add_exam_point(session, arranger, name, COUNTIES[0], "", {"一号": 30}, **hours, now=PREPARED_AT)
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=world.class_id,
        room_id=room.id or 0,
        starts_at=starts_at,
        late_minutes=30,
        letter=Form.A,
        now=PREPARED_AT,
    )
    for username in proctors:
        arranging.assign_proctor(session, arranger, sitting.id or 0, world.accounts[username], now=PREPARED_AT)
    enrolling.enrol_class(session, arranger, sitting.id or 0, now=PREPARED_AT)
    seats = {seat.trainee_id: seat for seat in queries.seats_of(session, sitting.id or 0)}
    placed = [seats[trainee] for trainee in world.trainees if trainee in seats]
    return replace(
        world,
        sitting_id=sitting.id or 0,
        seats=[seat.id or 0 for seat in placed],
        tickets={seat.id or 0: seat.ticket_number for seat in placed},
    )


def sit(session: Session, world: World, fates: dict[int, Fate], proctors: tuple[str, str]) -> None:
    """The sitting from check-in to its end; who passes or fails hands in, the clock collects the rest."""
    sitting = queries.sitting(session, world.sitting_id)
    assert sitting is not None
    at = queries.planned(sitting)
    first, second = (world.actor(session, username) for username in proctors)
    for seat_id, fate in fates.items():
        if fate is Fate.REFUSED:
            checking_in.turn_away(
                session, first, seat_id, RefusalReason.NO_DOCUMENT, "", now=at.starts_at - timedelta(minutes=9)
            )
        elif fate is not Fate.ABSENT:
            checking_in.admit(session, first, seat_id, now=at.starts_at - timedelta(minutes=9))
    for proctor in (first, second):
        worlds.open_paper(session, proctor, world.sitting_id, now=at.starts_at)
    sheets = {fate: answers_losing(session, world.sitting_id, lost) for fate, lost in LOST.items()}
    for seat_id, fate in fates.items():
        if fate in sheets:
            write(session, world, seat_id, sheets[fate], at.starts_at)
            worlds.hand_in(session, seat_id, now=at.starts_at + timedelta(minutes=50))
    marking.hand_in_overdue(session, now=at.ends_at)


def publish(session: Session, world: World, now: datetime) -> None:
    """The record signed by the proctors, the results confirmed by one person, published by another."""
    worlds.sign_record(session, world, now=now)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=now)
    publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=now)


def colleagues(session: Session, world: World) -> None:
    """Two more people of the bureau, ``confirmer2`` and ``publisher2``, who had no hand in anything yet."""
    admin, guardian = world.actor(session, "administrator"), worlds.security(session)
    for number, (username, duty) in enumerate((("confirmer2", Duty.CONFIRM), ("publisher2", Duty.PUBLISH)), start=990):
        account = administering.open_account(
            session,
            admin,
            organisation_id=world.organisations["bureau"],
            name=username,
            citizen_id=worlds.citizen_id(number),
            username=username,
            password_hash=worlds.hashed(),
            now=PREPARED_AT,
        )
        worlds.has_chosen(session, account)
        world.accounts[username] = account.id or 0
        administering.grant_duty(session, guardian, account.id or 0, duty, now=PREPARED_AT)


def tallied(session: Session, axis: Axis = Axis.CLASS) -> Counter[str]:
    """The counts as they stand, added up over one axis."""
    statement = select(Tally).where(Tally.axis == axis, Tally.across == "", Tally.month == "", Tally.plan_year == 0)
    rows = session.exec(statement).all()
    return Counter({name: sum(getattr(row, name) for row in rows) for name in COUNTED})


def derived(session: Session, world: World) -> dict[str, object]:
    """Everything that follows from the published results of a class, as plain values."""
    lines = queries_of_results.lines(session, world.class_id)
    return {
        "results": {one.result.seat_id: (one.result.verdict, one.result.points) for one in lines},
        "credits": {one.result.seat_id: one.credit.hours for one in lines if one.credit},
        "certificates": {one.result.seat_id: one.certificate.code for one in lines if one.certificate},
        "rates": {dimension: pass_rates.pass_rates(session, dimension) for dimension in Dimension},
        "counts": editions.counted(session, world.class_id),
        "tallies": sorted(
            (*(getattr(row, name) for name in Key._fields), *(getattr(row, name) for name in COUNTED))
            for row in session.exec(select(Tally))
        ),
    }
