"""A small world built by walking the real actions: staff of every duty, the bank, a class, its paper, its sitting.

Times are fixed: the exam starts on 20 November 2026 at 09:00 in Mudanjiang. ``World`` holds ids only, so it fits
every copy of the database it was built in.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

import xlsxwriter
from sqlmodel import Session

from service.access import queries as access
from service.access.actions import administering, custody, declaring, entering, founding
from service.access.actions.custody import Hand, OpenKey
from service.access.actions.founding import Newcomer
from service.access.rules.duties import Duty
from service.access.rules.people import ROLE_NAMES, OrganisationKind, TraineeRole, check_character
from service.access.rules.policy import Actor
from service.access.rules.ties import TieDraft, TieKind
from service.access.tables import Account, Person
from service.bank.actions import files, reading, reviewing
from service.bank.rules import filling
from service.bank.rules.items import ItemText, Kind
from service.bank.tables import ItemVersion
from service.kernel import custody as kernel_custody
from service.kernel import errors, settings
from service.kernel import sealing as kernel_sealing
from service.kernel.custody import KeyPair
from service.kernel.decision import Decision
from service.papers.actions import assembling, blueprints, drafting, judging, sealing
from service.papers.rules.states import Form
from service.programme.actions import attending, enrolling, planning
from service.programme.queries import classes as programme
from service.programme.rules import plans
from service.programme.rules.classes import Attended, ClassDraft
from service.programme.rules.hours import Mode
from service.programme.rules.institutions import Profile, Teacher
from service.results.actions import marking
from service.sittings.actions import arranging, checking_in, places, proctoring, recording, saving, starting
from service.sittings.actions import enrolling as seating
from service.sittings.actions.handing_in import Sheet
from service.sittings.actions.saving import Change
from service.sittings.actions.starting import Exam
from service.sittings.queries import proctors as proctors_of
from service.sittings.queries import seat as seat_by_id
from service.sittings.rules.lockdown import Machine
from tests.growing import upon

STARTS_AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ENDS_AT = STARTS_AT + timedelta(minutes=90)
PREPARED_AT = STARTS_AT - timedelta(days=2)
CHECK_IN_AT = STARTS_AT - timedelta(minutes=40)
OPENING_AT = STARTS_AT - timedelta(minutes=20)
WORKING_AT = STARTS_AT + timedelta(minutes=30)
AFTER = ENDS_AT + timedelta(minutes=5)
PASSWORD = "a-password-for-tests"
COUNTIES = ("林口县", "穆棱市")
STAFF = {
    "author": ("bureau", Duty.AUTHOR),
    "reviewer": ("bureau", Duty.REVIEW),
    "assembler": ("bureau", Duty.ASSEMBLE),
    "approver": ("bureau", Duty.APPROVE),
    "arranger": ("bureau", Duty.ARRANGE),
    "confirmer": ("bureau", Duty.CONFIRM),
    "publisher": ("bureau", Duty.PUBLISH),
    "planner": ("bureau", Duty.PLAN),
    "auditor": ("hr", Duty.AUDIT),
    "statistician": ("hr", Duty.STATISTICS),
    "institution": ("institution", Duty.ATTEND),
    "enterprise": ("enterprise", Duty.DECLARE),
    "supervisor": ("county", Duty.SUPERVISE),
    "proctor1": ("county", Duty.PROCTOR),
    "proctor2": ("county", Duty.PROCTOR),
    "proctor_elsewhere": ("county2", Duty.PROCTOR),
    "custodian1": ("bureau", Duty.CUSTODY),
    "custodian2": ("bureau", Duty.CUSTODY),
    "marker": ("bureau", Duty.MARK),
}
HOURS = ((1, Mode.ONLINE, 8), (2, Mode.OFFLINE_THEORY, 8), (3, Mode.OFFLINE_THEORY, 1), (4, Mode.PRACTICAL, 3))


def citizen_id(number: int) -> str:
    """A citizen id under the unassigned region 99: right in shape, nobody's."""
    first = f"99000019{70 + number % 25:02d}{1 + number % 12:02d}{1 + number % 28:02d}{number % 1000:03d}"
    return first + check_character(first)


@dataclass
class World:
    """Ids of what there is."""

    organisations: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    class_id: int = 0
    trainees: list[int] = field(default_factory=list)
    citizen_ids: dict[int, str] = field(default_factory=dict)
    paper_id: int = 0
    room_id: int = 0
    sitting_id: int = 0
    seats: list[int] = field(default_factory=list)
    tickets: dict[int, str] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)

    def actor(self, session: Session, username: str, *, now: datetime | None = None) -> Actor:
        """A member of staff as the guard would make it, now or at another moment."""
        account = access.account_by_username(session, username)
        assert account is not None
        return entering.actor_of_account(session, account, session.get_one(Person, account.person_id), now=now)

    def candidate(self, session: Session, seat_id: int) -> Actor:
        """A candidate whose session is confined to a seat."""
        seat = seat_by_id(session, seat_id)
        assert seat is not None
        label = f"seat:{seat_id}"
        return Actor(label=label, name="", duties=frozenset({Duty.SIT}), person_id=seat.person_id, confined=label)


def has_relative(session: Session, world: World, username: str, institution: str = "institution") -> None:
    """Somebody declares a relative at an institution, and keeps away from its classes from then on."""
    tie = TieDraft(world.organisations[institution], TieKind.RELATIVE, PREPARED_AT.date())
    declaring.declare_own(session, world.actor(session, username), tie, now=PREPARED_AT)


def security(session: Session) -> Actor:
    """The security administrator, who grants duties; nobody but the system administrator opens accounts."""
    return World().actor(session, "security")


def found_staff(session: Session) -> World:
    """Bodies of every kind and an account per duty."""
    world = World()
    founding.found(
        session,
        bureau="市应急管理局",
        system=Newcomer("管理员", citizen_id(900), "administrator", PASSWORD),
        security=Newcomer("安全员", citizen_id(899), "security", PASSWORD),
        now=PREPARED_AT,
    )
    admin = world.actor(session, "administrator")
    world.organisations["bureau"] = admin.organisation_id or 0
    bodies = (
        ("hr", OrganisationKind.HR, "市人社局", ""),
        ("institution", OrganisationKind.INSTITUTION, "培训中心", ""),
        ("institution2", OrganisationKind.INSTITUTION, "另一家培训中心", ""),
        ("county", OrganisationKind.COUNTY, "林口县应急管理局", COUNTIES[0]),
        ("county2", OrganisationKind.COUNTY, "穆棱市应急管理局", COUNTIES[1]),
        ("enterprise", OrganisationKind.ENTERPRISE, "青松煤矿", COUNTIES[0]),
        ("enterprise2", OrganisationKind.ENTERPRISE, "北山煤矿", COUNTIES[1]),
    )
    for key, kind, name, county in bodies:
        added = administering.add_organisation(session, admin, kind, name, county, now=PREPARED_AT)
        world.organisations[key] = added.id or 0
    for number, (username, (place, duty)) in enumerate(STAFF.items(), start=901):
        account = administering.open_account(
            session,
            admin,
            organisation_id=world.organisations[place],
            name=username,
            citizen_id=citizen_id(number),
            username=username,
            password_hash=hashed(),
            now=PREPARED_AT,
        )
        has_chosen(session, account)
        world.accounts[username] = account.id or 0
        administering.grant_duty(session, security(session), account.id or 0, duty, now=PREPARED_AT)
        give_key(session, username)
    return world


def hashed() -> str:
    """The password as it is kept, different for each account."""
    return entering.PASSWORDS.hash(PASSWORD)


def has_chosen(session: Session, account: Account) -> None:
    """The person of a new account has chosen the password, and the security administrator has vouched for that."""
    account.one_time_until, account.doubted = None, False
    session.add(account)
    session.flush()


def give_key(session: Session, username: str) -> None:
    """The custody key that an account gets when it signs in."""
    account = access.account_by_username(session, username)
    assert account is not None
    pair = custody.pair_for(session, username, PASSWORD, account.password_hash)
    if pair is not None:
        custody.keep_pair(session, username, pair, now=PREPARED_AT)


@lru_cache(maxsize=1024)
def _private(pair: KeyPair) -> bytes:
    # Slow by design; the keys of a template are those of every copy of it.
    return kernel_custody.unlock(pair, PASSWORD)


def hand(session: Session, actor: Actor) -> Hand:
    """What the actor's password given again amounts to, without hashing it anew."""
    account = session.get_one(Account, actor.account_id)
    row = access.custody_key(session, account.id or 0)
    if row is None:
        return Hand(account.password_hash)
    pair = KeyPair(bytes(row.public), bytes(row.locked), bytes(row.salt))
    return Hand(account.password_hash, OpenKey(row.id or 0, _private(pair)))


def open_paper(session: Session, actor: Actor, sitting_id: int, *, now: datetime = OPENING_AT) -> tuple[Decision, bool]:
    """One proctor's hand on a sitting's paper, with the right password."""
    return proctoring.open_paper(session, actor, sitting_id, hand(session, actor), now=now)


def approve_item(session: Session, reviewer: Actor, version_id: int, *, now: datetime = PREPARED_AT) -> ItemVersion:
    """A reviewer answers an item, rightly, and approves it."""
    version = session.get_one(ItemVersion, version_id)
    # A fill-in is answered by one of the texts that it accepts, and everything else by its letters.
    chosen = filling.variants(version.key)[:1] if version.kind == Kind.FILL_IN else version.key
    reading.answer_item(session, reviewer, version_id, chosen, now=now)
    return reviewing.review_item(session, reviewer, version_id, approve=True, reason="", now=now)


def fill_bank(session: Session, world: World, texts: Sequence[ItemText] | None = None) -> None:
    """The real bank or other items, submitted by the author and approved by the reviewer; and the blueprints."""
    folder = settings.current().question_bank
    found = files.read(folder)
    author, reviewer = world.actor(session, "author"), world.actor(session, "reviewer")
    reviewing.load_editions(session, author, found.editions, now=PREPARED_AT)
    reviewing.load_subjects(session, author, found.subjects, now=PREPARED_AT)
    reviewing.submit_items(session, author, texts or found.items, now=PREPARED_AT)
    from service.bank import queries

    for version_id in queries.awaiting_review(session):
        approve_item(session, reviewer, version_id)
    for raw in blueprints.read(folder):
        drafted = drafting.draft_blueprint(session, world.actor(session, "assembler"), raw, now=PREPARED_AT)
        approver = world.actor(session, "approver")
        drafting.judge_blueprint(session, approver, drafted.id or 0, approve=True, reason="", now=PREPARED_AT)


def roster(rows: list[tuple[str, str, str, str, str]]) -> bytes:
    """An xlsx roster with a header row."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for place, row in enumerate([("姓名", "身份证号", "所属企业", "岗位", "手机号"), *rows]):
        for column, cell in enumerate(row):
            sheet.write_string(place, column, cell)
    book.close()
    return buffer.getvalue()


def open_class(session: Session, world: World, *, people: int = 6, role: TraineeRole = TraineeRole.TEAM_LEADER) -> None:
    """A class of team leaders from two enterprises; the last one lacks the practical hours."""
    planner, institution = world.actor(session, "planner"), world.organisations["institution"]
    target = plans.Target(2024, 60, 60, "二(二)")
    planning.set_plan(session, planner, target, now=PREPARED_AT)
    planning.profile_institution(session, planner, institution, Profile(2, True, True), now=PREPARED_AT)
    lecturers = tuple(
        planning.add_lecturer(
            session,
            planner,
            institution,
            name=f"教师{number}",
            citizen_id=citizen_id(950 + number),
            title="高级工程师",
            teacher=Teacher(True, True, 10, True),
            now=PREPARED_AT,
        ).id
        or 0
        for number in range(3)
    )
    starts_on, ends_on = date(2026, 11, 1), date(2026, 11, 15)
    draft = ClassDraft("2024-TL-01", "2024年班组长班", role, 2024, institution, starts_on, ends_on, lecturers)
    world.class_id = planning.open_class(session, planner, draft, now=PREPARED_AT).id or 0
    names = {f"学员{number}": citizen_id(number) for number in range(people)}
    rows = [
        (name, full, ("青松煤矿", "北山煤矿")[place % 2], ROLE_NAMES[role], f"1990000{place:04d}")
        for place, (name, full) in enumerate(names.items())
    ]
    enrolling.import_roster(session, planner, world.class_id, roster(rows), keep_good=False, now=PREPARED_AT)
    for line in programme.roster(session, world.class_id):
        world.trainees.append(line.trainee.id or 0)
        world.citizen_ids[line.trainee.id or 0] = names[line.person.name]
    entries = [
        Attended(trainee, starts_on + timedelta(days=day), mode, hours)
        for trainee in world.trainees
        for day, mode, hours in HOURS
        if not (trainee == world.trainees[-1] and mode is Mode.PRACTICAL)
    ]
    attending.record_attendance(session, world.actor(session, "institution"), world.class_id, entries, now=PREPARED_AT)


def seal_paper(session: Session, world: World, *, seed: int = 7) -> None:
    """The class's paper, assembled, approved and sealed."""
    assembler, approver = world.actor(session, "assembler"), world.actor(session, "approver")
    paper = assembling.assemble_paper(
        session, assembler, world.class_id, seed=seed, exam_on=STARTS_AT.date(), now=PREPARED_AT
    )
    world.paper_id = paper.id or 0
    judging.judge_paper(session, approver, world.paper_id, approve=True, reason="", now=PREPARED_AT)
    sealing.seal_paper(session, approver, world.paper_id, now=PREPARED_AT)


def plan_sitting(session: Session, world: World) -> None:
    """The class's sitting with two proctors, seats and tickets."""
    from service.sittings.actions import ticketing

    arranger = world.actor(session, "arranger")
    rooms = places.add_exam_point(session, arranger, "考试点", COUNTIES[0], "", {"一号": 30}, now=PREPARED_AT)
    world.room_id = rooms[0].id or 0
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=world.class_id,
        room_id=world.room_id,
        starts_at=STARTS_AT,
        late_minutes=30,
        letter=Form.A,
        now=PREPARED_AT,
    )
    world.sitting_id = sitting.id or 0
    for username in ("proctor1", "proctor2"):
        arranging.assign_proctor(session, arranger, world.sitting_id, world.accounts[username], now=PREPARED_AT)
    for one in seating.enrol_class(session, arranger, world.sitting_id, now=PREPARED_AT):
        assert one.seat is not None and one.seat.id is not None
        world.seats.append(one.seat.id)
        world.tickets[one.seat.id] = one.seat.ticket_number
        world.codes[one.seat.id] = ticketing.ticket_text(one.seat, sitting)


def machine(session: Session, seat_id: int, *, now: datetime = STARTS_AT) -> Machine:
    """The machine of a seat, bound to it as signing in binds it; the same one again as long as its session lives."""
    live = access.sessions_confined_to(session, f"seat:{seat_id}")
    if live:
        return Machine(live[0].token_digest)
    seat = seat_by_id(session, seat_id)
    assert seat is not None
    ends_at = now + timedelta(days=3650)
    token = entering.open_session(
        session, person_id=seat.person_id, now=now, confined=f"seat:{seat_id}", ends_at=ends_at
    )
    return Machine(kernel_sealing.digest(token.encode()))


def start(session: Session, seat_id: int, *, now: datetime = STARTS_AT) -> Exam:
    """A candidate begins to work, or is refused."""
    return done(starting.start(session, [machine(session, seat_id)], now=now)[0])


def save(
    session: Session,
    seat_id: int,
    position: int,
    choice: str,
    flagged: bool = False,
    seq: int = 1,
    *,
    now: datetime = WORKING_AT,
) -> int:
    """A candidate's change is saved, or refused; the sequence number that is stored."""
    return done(saving.save(session, [Change(machine(session, seat_id), position, choice, flagged, seq)], now=now)[0])


def hand_in(session: Session, seat_id: int, *, now: datetime = WORKING_AT) -> Sheet:
    """A candidate hands in, and the sheet is marked; or is refused."""
    return done(marking.hand_in_own(session, [machine(session, seat_id)], now=now)[0])


T = TypeVar("T")


def done(outcome: T | errors.ServiceError) -> T:
    """The outcome, or its refusal raised."""
    if isinstance(outcome, errors.ServiceError):
        raise outcome
    return outcome


@upon(found_staff)
def banked(session: Session, world: World) -> World:
    """Staff, and the whole bank with its blueprints."""
    fill_bank(session, world)
    return world


@upon(banked)
def build(session: Session, world: World) -> World:
    """Everything up to the evening before the exam."""
    open_class(session, world)
    seal_paper(session, world)
    plan_sitting(session, world)
    return world


def begin_exam(session: Session, world: World, *, absent: int = 0) -> None:
    """Admit everybody but the last ``absent`` ones and open the paper by two hands."""
    first, second = world.actor(session, "proctor1"), world.actor(session, "proctor2")
    for seat_id in world.seats[: len(world.seats) - absent]:
        checking_in.admit(session, first, seat_id, now=CHECK_IN_AT)
    for proctor in (first, second):
        open_paper(session, proctor, world.sitting_id)


def sign_record(session: Session, world: World, *, now: datetime = AFTER) -> None:
    """Every proctor of the sitting confirms the room record, as they must before its results are."""
    assigned = proctors_of(session, world.sitting_id)
    for username in world.accounts:
        actor = world.actor(session, username)
        if actor.person_id in assigned:
            recording.confirm(session, actor, world.sitting_id, "", now=now)
