"""A database full of seats in running sittings, made fast: everything that an exam day reads is there, and is real.

One sitting of at most thirty seats per class, each class on its own sealed form, two proctors each; every candidate
and every proctor is signed in with a token that can be derived, so that nobody need remember ten thousand. Every room
takes only machines of its own network and every sitting asks for the Safe Exam Browser, so that each check is done.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, select

from scripts.benchmark import papers, people
from scripts.benchmark.papers import insert, next_id
from service.access.rules.people import OrganisationKind, TraineeRole
from service.access.tables import Organisation, Person, SignedIn
from service.kernel import clock, sealing
from service.programme.tables import Enrolment, Trainee, TrainingClass
from service.sittings.actions import enrolling
from service.sittings.rules import seb
from service.sittings.rules.phases import LARGEST_ROOM
from service.sittings.tables import Answer, ExamPoint, Proctor, Room, Seat, Sitting

YEAR, MINUTES, POINT_SIZE = 2024, 240, 10
TAIL = "12003X"
# The driver's machine is in the rooms' network; the address next to it is not, which shows that somebody looks.
NETWORK, ELSEWHERE = "127.0.0.1/32", "127.0.0.2"
PUBLIC_URL = "http://127.0.0.1:8000"


class Stage(StrEnum):
    """How far the day has come."""

    DOOR = "door"  # before the start: everybody is expected, papers are sealed
    SEATED = "seated"  # after the start: everybody is admitted and signed in, nobody has started
    WORKING = "working"  # ten minutes after the start: everybody works


@dataclass(frozen=True)
class Plan:
    """What to build: how many seats, how far, on papers of fifty or a hundred items, with how many answers stored.

    ``room`` is the size of a sitting and ``screens`` how many are signed in on its board; a board can be asked to hold
    more than the rule of thirty lets into a room.
    """

    seats: int
    stage: Stage = Stage.WORKING
    long: bool = False
    answered: int = 0
    room: int = LARGEST_ROOM
    screens: int = 2

    @property
    def name(self) -> str:
        paper = "long" if self.long else "short"
        return f"{self.stage}_{self.seats}_{paper}_{self.answered}_{self.room}_{self.screens}"


@dataclass(frozen=True)
class Place:
    """One seat: its sitting, its candidate's session, and the Config Key that each request must prove, if any."""

    seat_id: int
    sitting_id: int
    number: int
    ticket_number: str
    token: str
    config_key: str = ""


@dataclass(frozen=True)
class World:
    """Seats by sitting, the proctors' sessions by sitting, and the kinds of the paper's positions."""

    places: list[Place]
    proctors: dict[int, tuple[str, ...]]
    kinds: dict[int, str]


def build(session: Session, plan: Plan) -> World:
    """Fill an empty, migrated database."""
    found = papers.original(session, long=plan.long)
    now = datetime.now(UTC)
    starts_at = now + timedelta(minutes=20) if plan.stage is Stage.DOOR else now - timedelta(minutes=10)
    rooms = -(-plan.seats // plan.room)
    proctors = people.proctors(session, rooms, now)
    class_ids = _classes(session, rooms)
    opened_at = None if plan.stage is Stage.DOOR else starts_at - timedelta(minutes=5)
    form_ids = papers.copies(session, found, class_ids, proctors, opened_at)
    # One file for all rooms: what a machine proves costs the same whichever sitting's key it is.
    wanted = seb.settings_for(f"{PUBLIC_URL}/exam", f"{PUBLIC_URL}/exam/done", sitting_id=1, secret="benchmark")
    configured = seb.configuration(wanted)
    sittings = _sittings(session, class_ids, form_ids, proctors, starts_at, configured)
    key = seb.config_key(configured)
    places = _seats(session, plan, sittings, class_ids, [pair[0] for pair in proctors], starts_at, key)
    kinds = {question.position: question.kind for question in found.questions}
    _answer(session, plan, places, kinds, now)
    tokens = {one: tuple(people.token(f"proctor {one} {screen}") for screen in range(plan.screens)) for one in sittings}
    for sitting_id, pair in zip(sittings, proctors, strict=True):
        people.sign_in_proctors(session, pair, tokens[sitting_id], now)
    return World(places, tokens, kinds)


def _classes(session: Session, rooms: int) -> list[int]:
    first = next_id(session, TrainingClass)
    like = session.exec(select(TrainingClass)).first()
    assert like is not None
    common = like.model_dump(exclude={"id", "code", "name"}) | {"role": TraineeRole.TEAM_LEADER}
    rows = [common | {"id": first + one, "code": f"BENCH-{one}", "name": f"压测{one}班"} for one in range(rooms)]
    insert(session, TrainingClass, rows)
    return [first + one for one in range(rooms)]


def _sittings(
    session: Session,
    class_ids: list[int],
    form_ids: list[int],
    proctors: list[tuple[int, int]],
    starts_at: datetime,
    configured: bytes,
) -> list[int]:
    point, room = next_id(session, ExamPoint), next_id(session, Room)
    first = next_id(session, Sitting)
    rooms = range(len(class_ids))
    points = [
        {"id": point + one, "name": f"考点{one}", "county": "林口县"} for one in range(-(-len(rooms) // POINT_SIZE))
    ]
    insert(session, ExamPoint, points)
    rows = [{"id": room + one, "exam_point_id": point + one // POINT_SIZE, "name": f"{one}号"} for one in rooms]
    insert(session, Room, [row | {"capacity": LARGEST_ROOM, "address_ranges": NETWORK} for row in rows])
    common = {
        "starts_at": starts_at,
        "duration_minutes": MINUTES,
        "seb_config": configured,
        "seb_config_key": seb.config_key(configured),
    }
    sittings = [
        {"id": first + one, "class_id": class_ids[one], "form_id": form_ids[one], "room_id": room + one}
        for one in rooms
    ]
    insert(session, Sitting, [one | common for one in sittings])
    assigned = [
        {"sitting_id": first + one, "person_id": person, "assigned_at": starts_at}
        for one in rooms
        for person in proctors[one]
    ]
    insert(session, Proctor, assigned)
    return [first + one for one in rooms]


def _seats(
    session: Session,
    plan: Plan,
    sittings: list[int],
    class_ids: list[int],
    admitters: list[int],
    starts_at: datetime,
    config_key: str,
) -> list[Place]:
    enterprise = session.exec(select(Organisation.id).where(Organisation.kind == OrganisationKind.ENTERPRISE)).first()
    person, trainee, seat = next_id(session, Person), next_id(session, Trainee), next_id(session, Seat)
    year = clock.local(starts_at).strftime("%y")
    everybody = range(plan.seats)
    insert(session, Person, [people.person(person + one, f"考生{one}") for one in everybody])
    trainees = [{"id": trainee + one, "person_id": person + one, "phone_sealed": b"none"} for one in everybody]
    common = {"enterprise_id": enterprise, "role": TraineeRole.TEAM_LEADER}
    insert(session, Trainee, [row | common for row in trainees])
    places, enrolments, seats, sessions = [], [], [], []
    admitted = plan.stage is not Stage.DOOR
    for one in everybody:
        room, number = one // plan.room, one % plan.room + 1
        ticket = f"{year}{sittings[room]:04d}{number:02d}"
        place = Place(seat + one, sittings[room], number, ticket, people.token(f"seat {seat + one}"), config_key)
        places.append(place)
        enrolments.append({"class_id": class_ids[room], "plan_year": YEAR, "trainee_id": trainee + one})
        seats.append(
            {
                "id": place.seat_id,
                "sitting_id": place.sitting_id,
                "number": number,
                "trainee_id": trainee + one,
                "person_id": person + one,
                "ticket_number": place.ticket_number,
                "id_tail_index": enrolling.id_tail_index(person + one, TAIL),
                "admitted_at": starts_at - timedelta(minutes=15) if admitted else None,
                "admitted_by": admitters[room] if admitted else None,
                "started_at": starts_at if plan.stage is Stage.WORKING else None,
            }
        )
        sessions.append(
            {
                "token_digest": sealing.digest(place.token.encode()),
                "person_id": person + one,
                "confined": f"seat:{place.seat_id}",
                "began_at": starts_at - timedelta(minutes=10),
                "ends_at": starts_at + timedelta(minutes=MINUTES),
            }
        )
    insert(session, Enrolment, [row | {"enrolled_at": starts_at - timedelta(days=20)} for row in enrolments])
    insert(session, Seat, seats)
    if admitted:
        insert(session, SignedIn, sessions)
    return places


def _answer(session: Session, plan: Plan, places: list[Place], kinds: dict[int, str], now: datetime) -> None:
    for place in places:
        rows = [
            {"sitting_id": place.sitting_id, "seat_id": place.seat_id, "position": position, "seq": 1}
            | {"choice": choice(kinds[position], position), "saved_at": now}
            for position in sorted(kinds)[: plan.answered]
        ]
        insert(session, Answer, rows)


def choice(kind: str, turn: int) -> str:
    """An answer that an item of this kind can have."""
    return "TF"[turn % 2] if kind == "true_false" else "ABCD"[turn % 4]
