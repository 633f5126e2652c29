"""Individual arrangements: one asks, another decides, and every seat of the trainee has the minutes once."""

import json
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.actions import administering, using
from service.access.rules.duties import Duty
from service.journal import queries as journal
from service.journal.tables import JournalEntry
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import (
    arranging,
    checking_in,
    enrolling,
    granting,
    judging,
    places,
    rearranging,
    rehearsing,
)
from service.sittings.queries import granting as granted
from service.sittings.rules import granting as rules
from service.sittings.rules.granting import Grants, GrantState
from service.sittings.tables import Arrangement, ExtraTime, Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import CHECK_IN_AT, COUNTIES, ENDS_AT, PREPARED_AT, STARTS_AT, WORKING_AT, World

TWENTY = Grants(extra_minutes=20, large_type=True)
MINUTE = timedelta(minutes=1)


def ask(
    session: Session, world: World, trainee_id: int, wanted: Grants = TWENTY, *, who: str = "arranger"
) -> Arrangement:
    actor = world.actor(session, who)
    return granting.propose(session, actor, world.class_id, trainee_id, wanted, "右手骨折", now=PREPARED_AT)


def decide(
    session: Session, world: World, row: Arrangement, *, approve: bool = True, now: datetime = PREPARED_AT
) -> Arrangement:
    actor = world.actor(session, "approver")
    return granting.decide(session, actor, row.id or 0, approve=approve, reason="情况属实", now=now)


def seats_of(session: Session, world: World, trainee_id: int) -> list[Seat]:
    return granted.lock_seats(session, world.class_id, trainee_id)


def minutes(session: Session, world: World, trainee_id: int) -> list[tuple[int, int]]:
    """Extra seconds of each seat of a trainee, and how many rows say so."""
    found = []
    for seat in seats_of(session, world, trainee_id):
        rows = session.exec(select(ExtraTime).where(ExtraTime.seat_id == seat.id)).all()
        assert sum(row.seconds for row in rows) == seat.extra_seconds
        assert {row.kind for row in rows} <= {"arrangement"}
        found.append((seat.extra_seconds, len(rows)))
    return found


def rehearsal(session: Session, world: World, starts_at: datetime = PREPARED_AT) -> Sitting:
    arranger = world.actor(session, "arranger")
    (room,) = places.add_exam_point(
        session, arranger, f"点{starts_at:%d%H%M}", COUNTIES[0], "", {"一": 30}, now=PREPARED_AT
    )
    return rehearsing.plan_rehearsal(session, arranger, world.class_id, room.id or 0, starts_at, 30, now=PREPARED_AT)


def enrol(session: Session, world: World, sitting: Sitting) -> None:
    enrolling.enrol_class(session, world.actor(session, "arranger"), sitting.id or 0, now=PREPARED_AT)


# --- asking ---


@pytest.mark.parametrize(
    ("wanted", "before", "code"),
    [
        (Grants(), None, "nothing_granted"),
        (Grants(extra_minutes=1), None, "allowed"),
        (Grants(large_type=True), None, "allowed"),
        (Grants(read_aloud=True), None, "allowed"),
        (Grants(separate_room=True), None, "allowed"),
        (TWENTY, GrantState.PROPOSED, "arrangement_pending"),
        (TWENTY, GrantState.APPROVED, "arrangement_in_force"),
        (TWENTY, GrantState.DECLINED, "allowed"),
    ],
)
def test_what_may_be_asked_for(wanted: Grants, before: GrantState | None, code: str) -> None:
    assert rules.may_propose(wanted, before).code == code


def test_asking_changes_no_clock_and_keeps_the_reason_out_of_the_record(world: World) -> None:
    with database.writing() as session:
        row = ask(session, world, world.trainees[0])

        assert minutes(session, world, world.trainees[0]) == [(0, 0)]
        assert granted.arrangement_of(session, world.class_id, world.trainees[0]) is None
        (entry,) = journal.about(session, f"arrangement:{row.id}")
        assert json.loads(entry.data) == {
            "class": world.class_id,
            "trainee": world.trainees[0],
            "extra_minutes": 20,
            "large_type": True,
            "read_aloud": False,
            "separate_room": False,
        }


def test_nobody_asks_for_somebody_who_is_not_in_the_class(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        with pytest.raises(errors.NotFound):
            ask(session, world, other.trainees[0])
        with pytest.raises(errors.NotFound):
            ask(session, other, 9999)
        assert ask(session, other, other.trainees[0]).id


def test_a_request_is_taken_back_until_it_is_decided(world: World) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        row = ask(session, world, world.trainees[0])
        with pytest.raises(errors.WrongState, match=r"^arrangement_pending:"):
            ask(session, world, world.trainees[0])
        granting.withdraw(session, arranger, row.id or 0, now=PREPARED_AT)
        assert granted.arrangement_for(session, world.class_id, world.trainees[0]) is None

        again = decide(session, world, ask(session, world, world.trainees[0]))
        with pytest.raises(errors.WrongState, match=r"^arrangement_decided:"):
            granting.withdraw(session, arranger, again.id or 0, now=PREPARED_AT)


# --- deciding ---


@pytest.mark.parametrize(
    ("state", "same_person", "code"),
    [
        (GrantState.PROPOSED, False, "allowed"),
        (GrantState.PROPOSED, True, "two_people_needed"),
        (GrantState.APPROVED, False, "arrangement_decided"),
        (GrantState.DECLINED, False, "arrangement_decided"),
    ],
)
def test_who_may_decide_and_when(state: GrantState, same_person: bool, code: str) -> None:
    assert rules.may_decide(state, same_person=same_person).code == code


def test_nobody_decides_their_own_request_and_the_database_knows_it_too(world: World) -> None:
    with database.writing() as session:
        guardian = world.actor(session, "security")
        administering.grant_duty(session, guardian, world.accounts["approver"], Duty.ARRANGE, now=PREPARED_AT)
        row = ask(session, world, world.trainees[0], who="approver")
        with pytest.raises(errors.Refused, match=r"^two_people_needed:"):
            decide(session, world, row)
        proposer = row.proposed_by

    values = {"decided_at": PREPARED_AT, "decided_by": proposer, "approved": True, "decision_reason": "x"}
    with pytest.raises(sa.exc.IntegrityError, match="two_people"), database.writing() as session:
        session.execute(sa.update(Arrangement).values(**values))


@pytest.mark.parametrize("username", ["arranger", "planner", "proctor1", "administrator", "institution"])
def test_only_approvers_decide(world: World, username: str) -> None:
    with database.writing() as session:
        row = ask(session, world, world.trainees[0])
        with pytest.raises(errors.RightMissing):
            granting.decide(
                session, world.actor(session, username), row.id or 0, approve=True, reason="好", now=PREPARED_AT
            )
        assert decide(session, world, row).approved


def test_whoever_proctors_the_class_does_not_decide_for_it(world: World) -> None:
    with database.writing() as session:
        row = ask(session, world, world.trainees[0])
        person_id = world.actor(session, "approver").person_id or 0
        using.note_deed(session, person_id, Duty.PROCTOR, f"class:{world.class_id}", now=PREPARED_AT)

        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            decide(session, world, row)


def test_a_declined_request_gives_nothing_and_may_be_asked_again(world: World) -> None:
    with database.writing() as session:
        row = decide(session, world, ask(session, world, world.trainees[0]), approve=False)
        assert (row.approved, row.decision_reason) == (False, "情况属实")
        assert minutes(session, world, world.trainees[0]) == [(0, 0)]
        assert granted.arrangement_of(session, world.class_id, world.trainees[0]) is None

        again = ask(session, world, world.trainees[0], Grants(extra_minutes=10))
        assert (again.id, again.approved, again.decided_by, again.decision_reason) == (row.id, None, None, None)
        decide(session, world, again)
        assert minutes(session, world, world.trainees[0]) == [(600, 1)]


# --- minutes on clocks ---


def test_approval_gives_the_seats_that_are_there_and_nobody_elses(world: World) -> None:
    with database.writing() as session:
        practice = rehearsal(session, world)
        enrol(session, world, practice)
        row = decide(session, world, ask(session, world, world.trainees[0]))

        assert minutes(session, world, world.trainees[0]) == [(1200, 1), (1200, 1)], "the exam's and the rehearsal's"
        assert minutes(session, world, world.trainees[1]) == [(0, 0), (0, 0)]
        found = granted.arrangement_of(session, world.class_id, world.trainees[0])
        assert found is row and found.large_type
        sitting = queries.sitting(session, world.sitting_id)
        assert sitting is not None
        ends = {
            trainee: queries.times_of(sitting, PREPARED_AT, seats_of(session, world, trainee)[0]).ends_at
            for trainee in world.trainees[:2]
        }
        assert ends == {world.trainees[0]: ENDS_AT + 20 * MINUTE, world.trainees[1]: ENDS_AT}
        given = session.exec(select(JournalEntry).where(JournalEntry.event == "TIME_ADDED")).all()
        assert [json.loads(one.data)["seconds"] for one in given] == [1200, 1200]
        assert "骨折" not in "".join(entry.data for entry in session.exec(select(JournalEntry)))


def test_seats_given_later_have_the_minutes_and_have_them_once(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        worlds.seal_paper(session, other)
        decide(session, other, ask(session, other, other.trainees[0]))
        practice = rehearsal(session, other)
        for _ in range(2):
            enrol(session, other, practice)
        (room,) = places.add_exam_point(
            session, world.actor(session, "arranger"), "另一点", COUNTIES[0], "", {"一": 30}, now=PREPARED_AT
        )
        exam = arranging.plan_sitting(
            session,
            world.actor(session, "arranger"),
            class_id=other.class_id,
            room_id=room.id or 0,
            starts_at=STARTS_AT,
            late_minutes=30,
            letter=worlds.Form.A,
            now=PREPARED_AT,
        )
        for _ in range(2):
            enrol(session, other, exam)

        assert minutes(session, other, other.trainees[0]) == [(1200, 1), (1200, 1)]
        assert minutes(session, other, other.trainees[1]) == [(0, 0), (0, 0)]


def test_the_database_itself_refuses_the_minutes_a_second_time(world: World) -> None:
    with database.writing() as session:
        decide(session, world, ask(session, world, world.trainees[0]))
        (row,) = session.exec(select(ExtraTime)).all()
    twice = row.model_dump(exclude={"id"})

    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        session.execute(sa.insert(ExtraTime).values(**twice))
    with database.writing() as session:
        session.execute(sa.insert(ExtraTime).values(**{**twice, "kind": "proctor"}))


def test_an_arrangement_without_minutes_touches_no_clock(world: World) -> None:
    with database.writing() as session:
        decide(session, world, ask(session, world, world.trainees[0], Grants(read_aloud=True)))

        assert minutes(session, world, world.trainees[0]) == [(0, 0)]
        assert granted.arrangement_of(session, world.class_id, world.trainees[0]) is not None


@pytest.mark.parametrize(
    ("now", "given"),
    [
        pytest.param(WORKING_AT, 1200, id="while the exam is on"),
        pytest.param(ENDS_AT - timedelta(seconds=1), 1200, id="in its last second"),
        pytest.param(ENDS_AT, 0, id="when it is over"),
    ],
)
def test_a_seat_whose_time_is_over_does_not_begin_again(world: World, now: datetime, given: int) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        row = decide(session, world, ask(session, world, world.trainees[0]), now=now)

        assert [seconds for seconds, _ in minutes(session, world, world.trainees[0])] == [given]
        assert row.approved


def test_a_sheet_that_is_handed_in_and_a_cancelled_sitting_get_nothing(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        seat = seats_of(session, world, world.trainees[0])[0]
        worlds.start(session, seat.id or 0, now=WORKING_AT)
        worlds.hand_in(session, seat.id or 0, now=WORKING_AT)
        decide(session, world, ask(session, world, world.trainees[0]), now=WORKING_AT + MINUTE)
        assert minutes(session, world, world.trainees[0]) == [(0, 0)]


def test_seats_of_a_cancelled_sitting_are_left_alone(world: World) -> None:
    with database.writing() as session:
        rearranging.cancel_sitting(session, world.actor(session, "arranger"), world.sitting_id, "停电", now=PREPARED_AT)
        decide(session, world, ask(session, world, world.trainees[0]))

        everyone = session.exec(select(Seat).where(col(Seat.trainee_id) == world.trainees[0])).all()
        assert [seat.extra_seconds for seat in everyone] == [0]


# --- taking back ---


@pytest.mark.parametrize(
    ("state", "same_person", "begun", "code"),
    [
        (GrantState.APPROVED, False, False, "allowed"),
        (GrantState.APPROVED, True, False, "two_people_needed"),
        (GrantState.APPROVED, False, True, "arrangement_used"),
        (GrantState.PROPOSED, False, False, "arrangement_not_in_force"),
        (GrantState.DECLINED, False, False, "arrangement_not_in_force"),
    ],
)
def test_when_an_approval_may_be_revoked(state: GrantState, same_person: bool, begun: bool, code: str) -> None:
    assert rules.may_revoke(state, same_person=same_person, begun=begun).code == code


def test_a_revoked_approval_takes_its_minutes_with_it_and_can_be_given_anew(world: World) -> None:
    with database.writing() as session:
        approver = world.actor(session, "approver")
        row = decide(session, world, ask(session, world, world.trainees[0]))
        granting.revoke(session, approver, row.id or 0, "填错了分钟数", now=PREPARED_AT)
        assert minutes(session, world, world.trainees[0]) == [(0, 0)]
        assert (row.approved, row.decision_reason) == (False, "填错了分钟数")

        decide(session, world, ask(session, world, world.trainees[0], Grants(extra_minutes=15)))
        assert minutes(session, world, world.trainees[0]) == [(900, 1)]


def test_whoever_was_let_in_keeps_the_minutes(world: World) -> None:
    with database.writing() as session:
        approver, proctor = world.actor(session, "approver"), world.actor(session, "proctor1")
        row = decide(session, world, ask(session, world, world.trainees[0]))
        seat = seats_of(session, world, world.trainees[0])[0]
        checking_in.admit(session, proctor, seat.id or 0, now=CHECK_IN_AT)

        with pytest.raises(errors.WrongState, match=r"^arrangement_used:"):
            granting.revoke(session, approver, row.id or 0, "填错了", now=CHECK_IN_AT)
        assert minutes(session, world, world.trainees[0]) == [(1200, 1)]


# --- over HTTP ---


def test_asked_for_approved_and_seen_by_those_who_may(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    arranger, approver = browser.of("arranger"), browser.of("approver")
    body = {"class_id": world.class_id, "trainee_id": world.trainees[0], "extra_minutes": 20, "reason": "右手骨折"}
    for wrong in ({**body, "extra_minutes": 121}, {**body, "extra_minutes": -1}, {**body, "reason": ""}):
        assert arranger.post("/api/v1/arrangements", json=wrong).status_code == 422

    made = arranger.post("/api/v1/arrangements", json=body).json()

    assert (made["state"], made["extra_minutes"], made["decided_at"]) == ("proposed", 20, None)
    assert [one["id"] for one in approver.get("/api/v1/arrangements/pending").json()] == [made["id"]]
    place = f"/api/v1/arrangements/{made['id']}"
    assert approver.post(f"{place}/decision", json={"approve": True}).status_code == 422, "a reason is needed"
    assert approver.post(f"{place}/decision", json={"approve": True, "reason": "属实"}).json()["state"] == "approved"
    assert approver.get("/api/v1/arrangements/pending").json() == []
    listed = arranger.get("/api/v1/arrangements", params={"state": "approved", "class_id": world.class_id})
    assert (listed.headers["X-Total"], listed.json()[0]["decided_by"]) == ("1", "approver")
    assert approver.post(f"{place}/revocation", json={"reason": "填错了"}).json()["state"] == "declined"


@pytest.mark.parametrize(
    ("page", "admitted"), [("/arrangements", {"arranger"}), ("/arrangements/approval", {"approver"})]
)
def test_the_reason_is_for_few_eyes(
    world: World, browser: Browser, clock: Clock, page: str, admitted: set[str]
) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        name = programme.roster(session, world.class_id)[0].person.name
        ask(session, world, world.trainees[0])
    people = ["arranger", "approver", "planner", "proctor1", "institution", "enterprise", "auditor"]

    replies = {who: browser.of(who).get(page) for who in people}

    assert {who for who, reply in replies.items() if reply.status_code == 200} == admitted
    assert {who for who, reply in replies.items() if "骨折" in reply.text} == admitted
    assert all(name in replies[who].text for who in admitted)
    assert browser.stranger().get(page).status_code == 303


# --- what the minutes run into ---


def next_in_the_room(session: Session, world: World, starts_at: datetime) -> int:
    """Another class in the same room with the same first proctor, after the first has ended."""
    other = open_class(session, world, Wanted("2024-TL-02"))
    worlds.seal_paper(session, other)
    sitting = arranging.plan_sitting(
        session,
        world.actor(session, "arranger"),
        class_id=other.class_id,
        room_id=world.room_id,
        starts_at=starts_at,
        late_minutes=30,
        letter=Form.A,
        now=PREPARED_AT,
    )
    return sitting.id or 0


# Check-in of the next one begins an hour before it starts.
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("minutes_after", "code"),
    [
        pytest.param(119, "room_taken", id="a minute before the last one has ended"),
        pytest.param(120, "", id="when the last one has ended"),
    ],
)
def test_the_longest_granted_time_keeps_room_and_proctors(world: World, minutes_after: int, code: str) -> None:
    with database.writing() as session:
        decide(session, world, ask(session, world, world.trainees[0], Grants(extra_minutes=120)))
        starts_at, said = ENDS_AT + HOUR + minutes_after * MINUTE, ""
        try:
            sitting_id = next_in_the_room(session, world, starts_at)
        except errors.ServiceError as refusal:
            said = refusal.code
        assert said == code
        if not code:
            arranger = world.actor(session, "arranger")
            arranging.assign_proctor(session, arranger, sitting_id, world.accounts["proctor1"], now=PREPARED_AT)


def test_a_proctor_is_busy_until_the_last_one_has_ended(world: World) -> None:
    with database.writing() as session:
        sitting_id = next_in_the_room(session, world, ENDS_AT + HOUR)
        arranger, account = world.actor(session, "arranger"), world.accounts["proctor1"]
        decide(session, world, ask(session, world, world.trainees[0], Grants(extra_minutes=5)))

        with pytest.raises(errors.WrongState, match=r"^proctor_busy:"):
            arranging.assign_proctor(session, arranger, sitting_id, account, now=PREPARED_AT)
        assert [
            one.code for one in judging.judge_granted(session, world.class_id, world.trainees[0], now=PREPARED_AT)
        ] == ["room_taken"]


def test_a_late_approval_tells_what_it_runs_into(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        next_in_the_room(session, world, ENDS_AT + HOUR)
        row = ask(session, world, world.trainees[0]).id
    arranger, approver = browser.of("arranger"), browser.of("approver")
    assert "延长后有冲突" not in arranger.get(f"/sittings/{world.sitting_id}").text

    reply = approver.post(f"/api/v1/arrangements/{row}/decision", json={"approve": True, "reason": "情况属实"})

    assert [one["code"] for one in reply.json()["conflicts"]] == ["room_taken"]
    for reader, page in ((arranger, f"/sittings/{world.sitting_id}"), (approver, "/arrangements/approval")):
        assert "延长后有冲突" in reader.get(page).text


def test_a_new_sitting_is_told_how_long_its_room_is_needed(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        worlds.seal_paper(session, other)
        decide(session, other, ask(session, other, other.trainees[0]))
        wish = judging.Wish(other.class_id, world.room_id, ENDS_AT + 2 * HOUR)

        judged = judging.judge_new(session, wish, now=PREPARED_AT)

        assert [(one.code, one.allowed, one.values.get("minutes")) for one in judged.conflicts] == [
            ("exam_point_not_ready", True, None),
            ("lengthened_by_grants", True, 20),
        ]
        assert judged.duration_minutes == 90, "the blueprint's, for everybody else"
