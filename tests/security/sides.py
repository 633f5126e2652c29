"""Two classes that have nothing to do with each other: other institution, enterprise, county, room and proctors."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.policy import Subject
from service.kernel.settings import ROOT
from service.papers.actions import assembling, judging, sealing
from service.papers.rules.states import Form
from service.programme.actions import attending, enrolling
from service.programme.queries import classes as programme
from service.programme.rules.classes import Attended
from service.sittings import queries as sittings
from service.sittings.actions import arranging, minding, places, switching
from service.sittings.actions import enrolling as seating
from service.sittings.actions.switching import Draft
from service.sittings.rules.room import Cause, IncidentKind
from service.sittings.rules.switching import SwitchReason
from tests import world as worlds
from tests.architecture.test_reach import class_of_the_other_institution
from tests.world import World

PHOTO = ROOT / "templates" / "static" / "icons" / "check-in-192.png"
# Those outside the bureau once more, on the other side: {user name: (body, duty)}.
OTHERS = {
    "institution_elsewhere": ("institution2", Duty.ATTEND),
    "enterprise_elsewhere": ("enterprise2", Duty.DECLARE),
    "supervisor_elsewhere": ("county2", Duty.SUPERVISE),
}


@dataclass
class Side:
    """The things of one class, by the names that paths have for them; and what reaches on it are measured against."""

    ids: dict[str, object]
    subject: Subject


def open_others(session: Session, world: World) -> None:
    """Accounts of the other institution, enterprise and county."""
    administrator = world.actor(session, "administrator")
    for number, (username, (place, duty)) in enumerate(OTHERS.items(), start=980):
        account = administering.open_account(
            session,
            administrator,
            organisation_id=world.organisations[place],
            name=username,
            citizen_id=worlds.citizen_id(number),
            username=username,
            password_hash=worlds.hashed(),
            now=worlds.PREPARED_AT,
        )
        worlds.has_chosen(session, account)
        administering.grant_duty(session, worlds.security(session), account.id or 0, duty, now=worlds.PREPARED_AT)
        world.accounts[username] = account.id or 0


def second_side(session: Session, world: World) -> Side:
    """A class of the other institution with its paper and sitting."""
    now, exam_on = worlds.PREPARED_AT, worlds.STARTS_AT.date()
    class_id = class_of_the_other_institution(session, world)
    entries = [
        Attended(line.trainee.id or 0, exam_on - timedelta(days=19 - day), mode, hours)
        for line in programme.roster(session, class_id)
        for day, mode, hours in worlds.HOURS
    ]
    trainer = world.actor(session, "institution_elsewhere")
    attending.record_attendance(session, trainer, class_id, entries, now=now)
    assembler, approver = world.actor(session, "assembler"), world.actor(session, "approver")
    paper = assembling.assemble_paper(session, assembler, class_id, seed=8, exam_on=exam_on, now=now).id or 0
    judging.judge_paper(session, approver, paper, approve=True, reason="", now=now)
    sealing.seal_paper(session, approver, paper, now=now)

    arranger = world.actor(session, "arranger")
    room = places.add_exam_point(session, arranger, "另一考试点", worlds.COUNTIES[1], "", {"一号": 9}, now=now)[0]
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=class_id,
        room_id=room.id or 0,
        starts_at=worlds.STARTS_AT,
        late_minutes=30,
        letter=Form.A,
        now=now,
    )
    arranging.assign_proctor(session, arranger, sitting.id or 0, world.accounts["proctor_elsewhere"], now=now)
    seats = [one.seat for one in seating.enrol_class(session, arranger, sitting.id or 0, now=now) if one.seat]
    assert seats, "somebody sits there"
    ids = {"class_id": class_id, "paper_id": paper, "room_id": room.id, "sitting_id": sitting.id}
    return side(session, world, "proctor_elsewhere", ids | {"seat_id": seats[0].id})


def first_side(session: Session, world: World) -> Side:
    """The class of the world itself."""
    ids = {"class_id": world.class_id, "paper_id": world.paper_id, "room_id": world.room_id}
    return side(session, world, "proctor1", ids | {"sitting_id": world.sitting_id, "seat_id": world.seats[-1]})


def side(session: Session, world: World, proctor: str, ids: dict[str, object]) -> Side:
    """With something that happened in the room, a photo of it, and a proposal to switch the form."""
    sitting_id, class_id = int(str(ids["sitting_id"])), int(str(ids["class_id"]))
    actor, now = world.actor(session, proctor), worlds.STARTS_AT - timedelta(minutes=10)
    incident = minding.report_incident(
        session, actor, sitting_id, None, IncidentKind.OTHER, "停电", cause=Cause.TECHNICAL, now=now
    )
    photo = minding.add_photo(session, actor, incident.id or 0, PHOTO.read_bytes(), now=now)
    draft = Draft(SwitchReason.LEAK, "考场外有人传题")
    switch = switching.propose(session, world.actor(session, "arranger"), sitting_id, draft, now=now)
    seat = sittings.seat(session, int(str(ids["seat_id"])))
    assert seat is not None
    planner = world.actor(session, "planner")
    enrolling.set_photo(session, planner, seat.trainee_id, PHOTO.read_bytes(), now=worlds.PREPARED_AT)
    ids |= {"incident_id": incident.id, "photo_id": photo.id, "switch_id": switch.id}
    found = programme.class_subject(session, class_id)
    assigned = frozenset(sittings.proctors(session, sitting_id))
    return Side(ids, Subject(counties=found.counties, organisation_ids=found.organisation_ids, assigned=assigned))
