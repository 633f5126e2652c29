"""Classes that differ from each other in one thing at a time, and one that differs in everything.

A guard that goes by the wrong thing (the county where the institution counts, the institution where the class does)
cannot be told from the right one by two classes that have nothing in common. All sit in one exam point, so whoever
goes by the place sees them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Subject
from service.kernel import sealing
from service.kernel.settings import ROOT
from service.papers.rules.states import Form
from service.programme.actions import enrolling
from service.programme.rules import photos
from service.results.actions import publishing
from service.sittings import queries as sittings
from service.sittings.actions import arranging, cases, checking_in, minding, places, switching, tablets
from service.sittings.actions import enrolling as seating
from service.sittings.actions.acts import Entry
from service.sittings.actions.switching import Draft
from service.sittings.queries import transcripts
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.door import Act
from service.sittings.rules.on_paper import PaperReason
from service.sittings.rules.reopening import ReopenReason
from service.sittings.rules.room import Cause, IncidentKind
from service.sittings.rules.switching import SwitchReason
from service.sittings.rules.transcribing import Settling
from service.sittings.tables import Case, PaperSheet, Room, Seat, SheetPhoto, SheetReopening, Transcript
from tests import world as worlds
from tests.papers.classes import Wanted, open_class
from tests.world import World

PHOTO = ROOT / "templates" / "static" / "icons" / "check-in-192.png"
# Long enough before the world's own sitting for the same proctor to be at both.
EARLIER = timedelta(hours=3, minutes=30)
BEFOREHAND = timedelta(minutes=10)
OWN = "own"
ENTERPRISES = {"enterprise": "青松煤矿", "enterprise2": "北山煤矿", "enterprise3": "南岭煤矿"}
COUNTIES = dict(zip(ENTERPRISES, (*worlds.COUNTIES, worlds.COUNTIES[0]), strict=True))
# Those outside the bureau once more, elsewhere, and beside the first ones: {user name: (body, duty)}.
OTHERS = {
    "institution_elsewhere": ("institution2", Duty.ATTEND),
    "enterprise_elsewhere": ("enterprise2", Duty.DECLARE),
    "supervisor_elsewhere": ("county2", Duty.SUPERVISE),
    "enterprise_beside": ("enterprise3", Duty.DECLARE),
    "proctor_beside": ("county", Duty.PROCTOR),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a class belongs to, by the names that the world has for them."""

    institution: str
    enterprises: tuple[str, ...]
    proctors: tuple[str, ...]
    earlier: bool = False

    @property
    def counties(self) -> frozenset[str]:
        return frozenset(COUNTIES[one] for one in self.enterprises)

    def apart_from(self, other: "Plan") -> set[str]:
        """In what the two differ, by the names of the things that a reach may go by."""
        pairs = {
            "institution": (self.institution, other.institution),
            "enterprise": (set(self.enterprises), set(other.enterprises)),
            "county": (self.counties, other.counties),
            "proctors": (set(self.proctors), set(other.proctors)),
        }
        return {name for name, (one, another) in pairs.items() if one != another}

    def has_of(self, other: "Plan", what: str) -> bool:
        """Whether this thing is also the other's, or where there are several, one of them."""
        shared = {
            "institution": self.institution == other.institution,
            "enterprise": bool(set(self.enterprises) & set(other.enterprises)),
            "county": bool(self.counties & other.counties),
        }
        return shared[what]

    def subject(self, session: Session, world: World) -> Subject:
        """What reaches on it are measured against, from this plan alone and not as the service looks it up."""
        bodies = frozenset(world.organisations[one] for one in (self.institution, *self.enterprises))
        people = frozenset(world.actor(session, one).person_id or 0 for one in self.proctors)
        return Subject(counties=self.counties, organisation_ids=bodies, assigned=people)


PLANS: Mapping[str, Plan] = {
    OWN: Plan("institution", ("enterprise", "enterprise2"), ("proctor1", "proctor2")),
    "other class": Plan("institution", ("enterprise",), ("proctor_beside",)),
    "other enterprise": Plan("institution", ("enterprise3",), ("proctor_beside",), earlier=True),
    "other county": Plan("institution", ("enterprise2",), ("proctor1",), earlier=True),
    "other institution": Plan("institution2", ("enterprise",), ("proctor_elsewhere",), earlier=True),
    "all other": Plan("institution2", ("enterprise2",), ("proctor_elsewhere",)),
}


@dataclass
class Side:
    """The things of one class, by the names that paths have for them; and what reaches on it are measured against."""

    plan: Plan
    world: World
    subject: Subject
    ids: dict[str, object] = field(default_factory=dict)
    # A tablet is its owner's, whoever else proctors the sitting.
    tablet: Subject = field(default_factory=Subject)


def open_others(session: Session, world: World) -> None:
    """The third enterprise, and accounts of the other institution, enterprises, county and proctor."""
    administrator, now = world.actor(session, "administrator"), worlds.PREPARED_AT
    kind, name = OrganisationKind.ENTERPRISE, ENTERPRISES["enterprise3"]
    third = administering.add_organisation(session, administrator, kind, name, COUNTIES["enterprise3"], now=now)
    world.organisations["enterprise3"] = third.id or 0
    for number, (username, (place, duty)) in enumerate(OTHERS.items(), start=980):
        account = administering.open_account(
            session,
            administrator,
            organisation_id=world.organisations[place],
            name=username,
            citizen_id=worlds.citizen_id(number),
            username=username,
            password_hash=worlds.hashed(),
            now=now,
        )
        worlds.has_chosen(session, account)
        administering.grant_duty(session, worlds.security(session), account.id or 0, duty, now=now)
        worlds.give_key(session, username)
        world.accounts[username] = account.id or 0


def build(session: Session, world: World) -> dict[str, Side]:
    """Every side of the table; the first one is the world's own class.

    Each kind of thing is made in another order, so that the number of a class is not that of its sitting, and whoever
    looks up the one by the other's number finds a stranger's.
    """
    open_others(session, world)
    rooms = dict(zip([name for name in PLANS if name != OWN], _rooms(session, world), strict=True))
    worlds_of = {name: _class(session, world, name) for name in PLANS if name != OWN}
    for name in _turned(list(worlds_of), 2):
        _plan_sitting(session, worlds_of[name], PLANS[name], rooms[name])
    worlds_of[OWN] = world
    built = {name: Side(plan, worlds_of[name], plan.subject(session, world)) for name, plan in PLANS.items()}
    for name in _turned(list(PLANS), 4):
        _furnish(session, built[name])
    for name in _turned(list(PLANS), 1):
        side, at = built[name], _starts_at(PLANS[name]) - BEFOREHAND
        by, incident = world.actor(session, side.plan.proctors[0]), int(str(side.ids["incident_id"]))
        side.ids["photo_id"] = minding.add_photo(session, by, incident, PHOTO.read_bytes(), now=at).id
    for name in _turned(list(PLANS), 2):
        _copied(session, built[name])
    return built


def _copied(session: Session, side: Side) -> None:
    """A sheet that was copied from paper, with a picture of it: as it lies there, for no paper is open yet."""
    there, at = side.world, _starts_at(side.plan)
    first, second = (there.actor(session, name).person_id or 0 for name in ("arranger", "planner"))
    place: dict[str, int] = {"sitting_id": there.sitting_id, "seat_id": there.seats[-1]}
    sheet = PaperSheet(
        **place,
        reason=PaperReason.POWER,
        note="",
        proposed_at=at,
        proposed_by=first,
        decided_at=at,
        decided_by=second,
        confirmed=True,
        saved="0" * 64,
    )
    session.add(sheet)
    session.flush()
    number, digest = sheet.id or 0, "0" * 64
    picture = sealing.encrypt_picture(PHOTO.read_bytes(), bound_to=transcripts.photo_place(number, digest))
    photo = SheetPhoto(
        sheet_id=number,
        media_type="image/png",
        picture_sealed=picture,
        key_id=sealing.person_key_id(),
        digest=digest,
        added_at=at,
        added_by=first,
    )
    settled = Transcript(
        sheet_id=number, **place, copy_number=1, choices="{}", digest=digest, how=Settling.AGREED, settled_at=at
    )
    session.add_all([photo, settled])
    session.flush()
    side.ids |= {"sheet_id": number, "sheet_photo_id": photo.id}


def _turned(names: list[str], by: int) -> list[str]:
    return names[by:] + names[:by]


def _rooms(session: Session, world: World) -> list[Room]:
    """A room for every further class, in the exam point of the first; it opens early enough for all."""
    arranger, now = world.actor(session, "arranger"), worlds.PREPARED_AT
    point = session.get_one(Room, world.room_id).exam_point_id
    places.change_exam_point(
        session,
        arranger,
        point,
        name="考试点",
        county=worlds.COUNTIES[0],
        address="",
        opens="04:00",
        closes="19:00",
        now=now,
    )
    return [
        places.add_room(session, arranger, point, f"{place}号", 9, "", now=now) for place in range(2, 1 + len(PLANS))
    ]


def _class(session: Session, world: World, name: str) -> World:
    """A class of two with its sealed paper."""
    plan, place = PLANS[name], list(PLANS).index(name)
    enterprise = ENTERPRISES[plan.enterprises[0]]
    code, number = f"2024-TL-1{place}", 30 + 2 * place
    wanted = Wanted(code, (enterprise, enterprise), institution=plan.institution, first_number=number)
    there = open_class(session, world, wanted)
    worlds.seal_paper(session, there, seed=20 + place)
    return there


def _plan_sitting(session: Session, there: World, plan: Plan, room: Room) -> None:
    """The sitting of a class, with its proctors and seats."""
    arranger, now = there.actor(session, "arranger"), worlds.PREPARED_AT
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=there.class_id,
        room_id=room.id or 0,
        starts_at=_starts_at(plan),
        late_minutes=30,
        letter=Form.A,
        now=now,
    )
    there.room_id, there.sitting_id = room.id or 0, sitting.id or 0
    for username in plan.proctors:
        arranging.assign_proctor(session, arranger, there.sitting_id, there.accounts[username], now=now)
    found = seating.enrol_class(session, arranger, there.sitting_id, now=now)
    there.seats = [one.seat.id or 0 for one in found if one.seat is not None]
    assert there.seats, "somebody sits there"


def _starts_at(plan: Plan) -> datetime:
    return worlds.STARTS_AT - (EARLIER if plan.earlier else timedelta())


def _furnish(session: Session, side: Side) -> None:
    """Something happens in the room; and there is a proposal to switch the form, a tablet, and a case at the door."""
    there, now = side.world, _starts_at(side.plan) - BEFOREHAND
    proctor, device = there.actor(session, side.plan.proctors[0]), f"tablet-of-{there.sitting_id:04d}"
    incident = minding.report_incident(
        session, proctor, there.sitting_id, None, IncidentKind.OTHER, "停电", cause=Cause.TECHNICAL, now=now
    )
    draft = Draft(SwitchReason.LEAK, "考场外有人传题")
    switch = switching.propose(session, there.actor(session, "arranger"), there.sitting_id, draft, now=now)
    tablet = tablets.enrol(session, proctor, device, "平板", now=now)
    seat = sittings.seat(session, there.seats[-1])
    assert seat is not None
    planner = there.actor(session, "planner")
    enrolling.set_photo(session, planner, seat.trainee_id, photos.fitting(PHOTO.read_bytes()), now=worlds.PREPARED_AT)
    side.tablet = replace(side.subject, assigned=frozenset({proctor.person_id or 0}))
    side.ids = {
        "class_id": there.class_id,
        "paper_id": there.paper_id,
        "room_id": there.room_id,
        "sitting_id": there.sitting_id,
        "seat_id": seat.id,
        "incident_id": incident.id,
        "switch_id": switch.id,
        "reopening_id": _reopening(session, side, seat, now),
        "tablet_id": tablet.id,
        "case_id": _case(session, side, device, now),
    }


def _reopening(session: Session, side: Side, seat: Seat, now: datetime) -> int:
    """A proposal that the sheet of a seat be opened again, which whoever arranges the exam declined."""
    first, second = (side.world.actor(session, one).person_id for one in (side.plan.proctors[0], "arranger"))
    row = SheetReopening(
        sitting_id=seat.sitting_id,
        seat_id=seat.id or 0,
        reason=ReopenReason.MISTAKE,
        note="点错了座位",
        minutes=0,
        away_minutes=0,
        closed_at=now,
        closed_by="proctor",
        sheet_digest="0" * 64,
        proposed_at=now,
        proposed_by=first or 0,
        decided_at=now,
        decided_by=second,
        confirmed=False,
    )
    session.add(row)
    session.flush()
    return row.id or 0


def _case(session: Session, side: Side, device: str, now: datetime) -> int:
    """What a tablet did offline to a seat that is not of its sitting."""
    by, at = side.world.actor(session, side.plan.proctors[0]), now - timedelta(minutes=1)
    sitting_id, nowhere = side.world.sitting_id, 0
    entry = Entry(by, sitting_id, f"nonce-{device}", Act.ADMIT, device, seat_id=nowhere, offline=True, at=at)
    checking_in.take(session, [entry], now=now)
    return session.exec(select(Case.id).where(col(Case.sitting_id) == sitting_id)).one() or 0


def publish(session: Session, side: Side) -> None:
    """The case is settled, every proctor signs the record, and two people confirm and publish the results."""
    there, now, case_id = side.world, worlds.AFTER, int(str(side.ids["case_id"]))
    proctor = there.actor(session, side.plan.proctors[0])
    cases.close_case(session, proctor, case_id, CaseOutcome.KEEP, "座位号读错了", now=now)
    worlds.sign_record(session, there)
    confirmer, publisher = there.actor(session, "confirmer"), there.actor(session, "publisher")
    publishing.confirm_results(session, confirmer, there.class_id, now=now)
    publishing.publish_results(session, publisher, there.class_id, now=now)
