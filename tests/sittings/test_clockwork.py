"""The clocks of a room: whatever is stopped, started and added, nobody is given less than the duration."""

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.results.actions import marking
from service.sittings import queries
from service.sittings.actions import checking_in, clockwork
from service.sittings.queries import timekeeping
from service.sittings.rules import clockwork as rules
from service.sittings.rules import phases
from service.sittings.rules.phases import Course, Phase
from service.sittings.rules.seats import SeatState
from service.sittings.tables import ExtraTime, Gap, Pause, Presence, Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT, WORKING_AT, World


def after(minutes: float) -> datetime:
    """An instant so many minutes after the start."""
    return STARTS_AT + timedelta(minutes=minutes)


# --- the rules ---

PLAN = phases.planned(STARTS_AT, 90, 30)


@pytest.mark.parametrize(
    ("seconds", "given"),
    [(0, 0), (0.000001, 1), (1, 1), (1.5, 2), (59.999999, 60), (60, 60), (-5, 0)],
)
def test_a_clock_that_stood_still_is_given_whole_seconds_and_never_fewer(seconds: float, given: int) -> None:
    assert rules.stood(STARTS_AT, STARTS_AT + timedelta(seconds=seconds)) == given


PHASES = {
    Phase.PLANNED: "not_running",
    Phase.CHECK_IN: "not_running",
    Phase.RUNNING: "allowed",
    Phase.PAUSED: "room_paused",
    Phase.ENDED: "sitting_ended",
}


@pytest.mark.parametrize("phase", Phase)
def test_a_room_is_paused_while_it_runs(phase: Phase) -> None:
    assert rules.may_pause_room(phase).code == PHASES[phase]


@pytest.mark.parametrize("state", SeatState)
def test_a_seat_is_paused_while_it_works_and_the_room_runs(state: SeatState) -> None:
    codes = {SeatState.WORKING: "allowed", SeatState.PAUSED: "seat_paused"}
    assert rules.may_pause_seat(state, room_paused=False).code == codes.get(state, "seat_not_working")
    assert rules.may_pause_seat(state, room_paused=True).code == "room_paused"


@pytest.mark.parametrize(
    ("phase", "minutes", "code"),
    [
        pytest.param(Phase.PLANNED, 5, "not_begun", id="before check-in"),
        pytest.param(Phase.CHECK_IN, 5, "allowed", id="before the start"),
        pytest.param(Phase.RUNNING, 1, "allowed", id="least"),
        pytest.param(Phase.PAUSED, 60, "allowed", id="most, while it stands still"),
        pytest.param(Phase.RUNNING, 61, "too_many_minutes", id="beyond the most"),
        pytest.param(Phase.RUNNING, 0, "too_many_minutes", id="nothing"),
        pytest.param(Phase.ENDED, 5, "sitting_ended", id="after the end"),
    ],
)
def test_minutes_for_a_room(phase: Phase, minutes: int, code: str) -> None:
    assert rules.may_add_to_room(phase, minutes).code == code


@pytest.mark.parametrize("state", SeatState)
def test_minutes_for_a_seat_and_compensation_as_long_as_its_sheet_is_open(state: SeatState) -> None:
    open_ = {SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED, SeatState.ON_PAPER}
    code = "allowed" if state in open_ else "sheet_closed"

    assert rules.may_add_to_seat(state, 60).code == code
    assert rules.may_compensate(state, 60).code == code
    if code == "allowed":
        assert rules.may_add_to_seat(state, 61).code == "too_many_minutes"
        assert rules.may_compensate(state, 0).code == "nothing_lost"


class Clocks:
    """A room's clock and a seat's, moved as the actions move them; and how long the seat has really worked."""

    def __init__(self) -> None:
        self.room, self.seat = Course(), Course()
        self.worked = timedelta()
        self.now = STARTS_AT

    def go(self, seconds: float) -> None:
        """Time passes; it counts as work where neither clock stands still and the seat's end has not come."""
        if self.room.paused_at is None and self.seat.paused_at is None:
            left = phases.times(PLAN, self.room, self.now, self.seat).ends_at - self.now
            self.worked += min(max(timedelta(), left), timedelta(seconds=seconds))
        self.now += timedelta(seconds=seconds)

    def over(self) -> bool:
        return phases.phase(phases.times(PLAN, self.room, self.now, self.seat), self.now) is Phase.ENDED

    def switch_room(self) -> None:
        if self.room.paused_at is None:
            if self.seat.paused_at is not None:
                own = self.seat.extra_seconds + rules.stood(self.seat.paused_at, self.now)
                self.seat = Course(None, own, self.now)
            self.room = Course(None, self.room.extra_seconds, self.now)
            return
        self.room = Course(None, self.room.extra_seconds + rules.stood(self.room.paused_at, self.now))
        if self.seat.paused_at is not None:
            self.seat = Course(None, self.seat.extra_seconds, self.now)

    def switch_seat(self) -> None:
        if self.seat.paused_at is not None:
            until = self.room.paused_at or self.now
            self.seat = Course(None, self.seat.extra_seconds + rules.stood(self.seat.paused_at, until))
        elif self.room.paused_at is None:
            self.seat = Course(None, self.seat.extra_seconds, self.now)


@given(
    st.lists(
        st.tuples(st.sampled_from(["room", "seat", "none"]), st.floats(min_value=0, max_value=4000, width=32)),
        max_size=14,
    )
)
def test_whatever_is_paused_within_whatever_everybody_has_the_whole_duration(steps: list[tuple[str, float]]) -> None:
    clocks, pauses = Clocks(), 0
    for which, seconds in steps:
        if not clocks.over():
            pauses += which != "none"
            if which == "room":
                clocks.switch_room()
            if which == "seat":
                clocks.switch_seat()
        clocks.go(seconds)
    if clocks.room.paused_at is not None:
        clocks.switch_room()
    if clocks.seat.paused_at is not None:
        clocks.switch_seat()
    clocks.go(100 * 3600)

    assert clocks.over()
    # Begun seconds are given whole, at most one for each closing of an account.
    assert timedelta(minutes=90) <= clocks.worked <= timedelta(minutes=90, seconds=2 * pauses + 2)


# --- the acts ---


@pytest.fixture
def at_work(world: World) -> World:
    """Everybody but the last one is admitted; the first two work."""
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        for seat_id in world.seats[:2]:
            worlds.start(session, seat_id)
    return world


def ends(session: Session, world: World, seat_id: int | None = None, *, now: datetime) -> datetime:
    sitting = session.get_one(Sitting, world.sitting_id, populate_existing=True)
    seat = session.get_one(Seat, seat_id, populate_existing=True) if seat_id is not None else None
    return queries.times_of(sitting, now, seat).ends_at


def test_a_paused_room_waits_and_goes_on_where_it_was(at_work: World) -> None:
    working, world = at_work.seats[0], at_work
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=after(20))

        assert ends(session, world, now=after(45)) == ENDS_AT + timedelta(minutes=25)
        with pytest.raises(errors.WrongState) as refused:
            worlds.save(session, working, 1, "A", now=after(30))
        assert refused.value.code == "exam_paused"

        clockwork.resume_room(session, world.actor(session, "proctor2"), world.sitting_id, now=after(45))

        assert ends(session, world, working, now=after(46)) == ENDS_AT + timedelta(minutes=25)
        worlds.save(session, working, 1, "A", now=ENDS_AT + timedelta(minutes=24))
        assert marking.hand_in_overdue(session, now=ENDS_AT + timedelta(minutes=24)) == 0
        assert marking.hand_in_overdue(session, now=ENDS_AT + timedelta(minutes=25)) == 5
        (pause,) = session.exec(select(Pause))
        assert (pause.seat_id, pause.reason, pause.paused_at, pause.resumed_at) == (None, "停电", after(20), after(45))
        noted = [one.event for one in journal.about(session, f"sitting:{world.sitting_id}")]
        assert noted[-2:] == ["CLOCK_PAUSED", "CLOCK_RESUMED"]


@pytest.mark.parametrize(
    ("acts", "given"),
    [
        pytest.param([("seat", 10), ("seat", 15)], 5, id="the seat alone"),
        pytest.param([("seat", 10), ("room", 12), ("room", 20), ("seat", 25)], 15, id="the room within the seat"),
        pytest.param(
            [("seat", 10), ("room", 12), ("seat", 15), ("room", 20)], 10, id="the seat goes on in a paused room"
        ),
        pytest.param([("room", 10), ("room", 20), ("seat", 30), ("seat", 31)], 11, id="one after the other"),
        pytest.param(
            [("seat", 5), ("room", 6), ("room", 7), ("room", 8), ("room", 9), ("seat", 10)], 5, id="the room twice"
        ),
    ],
)
def test_a_seat_that_stands_still_inside_a_room_that_does(
    at_work: World, acts: list[tuple[str, int]], given: int
) -> None:
    stopped, other, world = at_work.seats[0], at_work.seats[1], at_work
    of_room = 0.0
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        still: dict[str, float] = {}
        for which, minute in acts:
            now = after(minute)
            if which == "seat" and which not in still:
                clockwork.pause_seat(session, proctor, world.sitting_id, stopped, "头晕", now=now)
            elif which == "seat":
                clockwork.resume_seat(session, proctor, world.sitting_id, stopped, now=now)
            elif which not in still:
                clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=now)
            else:
                clockwork.resume_room(session, proctor, world.sitting_id, now=now)
                of_room += minute - still[which]
            still = {**still, which: minute} if which not in still else {k: v for k, v in still.items() if k != which}

        assert ends(session, world, stopped, now=after(60)) == ENDS_AT + timedelta(minutes=given)
        assert ends(session, world, other, now=after(60)) == ENDS_AT + timedelta(minutes=of_room)


def test_what_is_not_running_is_not_paused_and_what_does_not_stand_still_not_resumed(at_work: World) -> None:
    working, admitted, absent = at_work.seats[0], at_work.seats[2], at_work.seats[5]
    with database.writing() as session:
        proctor, sitting = at_work.actor(session, "proctor1"), at_work.sitting_id

        def code(act: object, *arguments: object, now: datetime = WORKING_AT) -> str:
            with pytest.raises(errors.ServiceError) as refused:
                act(session, proctor, sitting, *arguments, now=now)  # type: ignore[operator]
            return refused.value.code

        assert code(clockwork.pause_room, "停电", now=CHECK_IN_AT) == "not_running"
        assert code(clockwork.pause_room, "停电", now=ENDS_AT) == "sitting_ended"
        assert code(clockwork.resume_room) == "not_paused"
        assert code(clockwork.pause_seat, admitted, "头晕") == "seat_not_working"
        assert code(clockwork.pause_seat, absent, "头晕") == "seat_not_working"
        assert code(clockwork.pause_seat, 9999, "头晕") == "not_found"
        assert code(clockwork.resume_seat, working) == "not_paused"
        clockwork.pause_seat(session, proctor, sitting, working, "头晕", now=WORKING_AT)
        assert code(clockwork.pause_seat, working, "头晕") == "seat_paused"
        clockwork.pause_room(session, proctor, sitting, "停电", now=WORKING_AT)
        assert code(clockwork.pause_room, "停电") == "room_paused"
        marking.collect(session, proctor, working, now=WORKING_AT)
        assert code(clockwork.resume_seat, working) == "sheet_closed"


def test_other_minutes_under_a_used_nonce_are_refused_and_not_passed_off_as_given(at_work: World) -> None:
    """Whoever heard no answer and asks for more with the same form must learn what was given."""
    with database.writing() as session:
        proctor, sitting = at_work.actor(session, "proctor1"), at_work.sitting_id
        clockwork.add_time_to_room(session, proctor, sitting, 10, "投影故障", "one-form", now=WORKING_AT)
        with pytest.raises(errors.WrongState, match="minutes_given_already"):
            clockwork.add_time_to_room(session, proctor, sitting, 15, "投影故障", "one-form", now=WORKING_AT)
        with pytest.raises(errors.WrongState, match="minutes_given_already"):
            clockwork.add_time_to_seat(
                session, proctor, sitting, at_work.seats[0], 10, "换机", "one-form", now=WORKING_AT
            )
        assert [one.seconds for one in session.exec(select(ExtraTime))] == [600]


def test_the_arrangers_form_has_a_key_of_its_own_and_sent_twice_gives_its_minutes_once(
    at_work: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    arranger = browser.of("arranger")
    pages = [arranger.get(f"/sittings/{at_work.sitting_id}").text for _ in range(2)]
    keys = [re.search(r'name="nonce" value="([0-9a-f]{32})"', page) for page in pages]
    first, second = [key[1] for key in keys if key is not None]
    assert first != second
    body = {"minutes": 5, "reason": "投影故障", "nonce": first}
    replies = [arranger.post(f"/api/v1/sittings/{at_work.sitting_id}/extra-time", json=body) for _ in range(2)]
    assert [reply.json()["extra_seconds"] for reply in replies] == [300, 300]


def test_minutes_are_added_once_for_a_nonce_and_not_to_a_closed_sheet(at_work: World) -> None:
    first, second, absent = at_work.seats[0], at_work.seats[1], at_work.seats[5]
    with database.writing() as session:
        proctor, sitting = at_work.actor(session, "proctor1"), at_work.sitting_id
        for _ in range(2):
            clockwork.add_time_to_room(session, proctor, sitting, 10, "投影故障", "nonce-room", now=WORKING_AT)
            clockwork.add_time_to_seat(session, proctor, sitting, first, 60, "换机", "nonce-seat", now=WORKING_AT)

        assert ends(session, at_work, now=WORKING_AT) == ENDS_AT + timedelta(minutes=10)
        assert ends(session, at_work, first, now=WORKING_AT) == ENDS_AT + timedelta(minutes=70)
        assert [(one.seat_id, one.seconds) for one in session.exec(select(ExtraTime))] == [(None, 600), (first, 3600)]
        with pytest.raises(errors.WrongState, match="sheet_closed"):
            clockwork.add_time_to_seat(session, proctor, sitting, absent, 5, "迟到", None, now=WORKING_AT)
        # The second seat's time is over with the room's; the first one's hour begins.
        over = ENDS_AT + timedelta(minutes=10)
        with pytest.raises(errors.WrongState, match="sheet_closed"):
            clockwork.add_time_to_seat(session, proctor, sitting, second, 5, "再给", None, now=over)
        with pytest.raises(errors.WrongState, match="sitting_ended"):
            clockwork.add_time_to_room(session, proctor, sitting, 5, "再给", None, now=over)
        clockwork.add_time_to_seat(session, proctor, sitting, first, 5, "再给", None, now=over)
        assert worlds.save(session, first, 1, "A", now=over + timedelta(minutes=64)) == 1


@pytest.mark.parametrize(
    ("acts", "still"),
    [
        pytest.param([("pause", 5), ("resume", 10), ("open", 20)], None, id="over before the opening"),
        pytest.param([("pause", 5), ("open", 20)], 20, id="going on at the opening"),
        pytest.param([("pause", 5), ("resume", 10), ("pause", 12), ("open", 20)], 20, id="twice"),
    ],
)
def test_a_pause_before_the_paper_is_open_counts_once_with_the_late_beginning(
    world: World, acts: list[tuple[str, int]], still: int | None
) -> None:
    """The whole duration begins with the opening, which gives back all that went by: a pause in it too."""
    opened, resumed = after(20), after(25)
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        for seat_id in world.seats:
            checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        clockwork.add_time_to_room(session, proctor, world.sitting_id, 5, "投影故障", None, now=after(1))
        for act, minute in acts:
            if act == "pause":
                clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=after(minute))
            elif act == "resume":
                clockwork.resume_room(session, proctor, world.sitting_id, now=after(minute))
            else:
                for username in ("proctor1", "proctor2"):
                    worlds.open_paper(session, world.actor(session, username), world.sitting_id, now=after(minute))
        sitting = session.get_one(Sitting, world.sitting_id, populate_existing=True)
        assert (sitting.began_at, sitting.paused_at) == (opened, None if still is None else after(still))
        at = queries.times_of(sitting, opened)
        assert (at.last_entry_at, at.ends_at) == (after(50), after(20 + 90 + 5))
        if still is not None:
            clockwork.resume_room(session, proctor, world.sitting_id, now=resumed)
            assert ends(session, world, now=resumed) == after(20 + 90 + 5 + 5)


def silences(session: Session, world: World, seat_id: int, *spans: tuple[float, float]) -> None:
    """A machine was silent from minute to minute, and was last heard of when the last silence ended."""
    session.add_all(
        Gap(sitting_id=world.sitting_id, seat_id=seat_id, from_at=after(begin), until_at=after(end))
        for begin, end in spans
    )
    session.add(Presence(sitting_id=world.sitting_id, seat_id=seat_id, seen_at=after(spans[-1][1])))
    session.flush()


def loss(session: Session, world: World, seat_id: int, now: datetime) -> tuple[int, int]:
    seat, sitting = session.get_one(Seat, seat_id), session.get_one(Sitting, world.sitting_id)
    at, state = queries.times_of(sitting, now, seat), queries.state_of(seat, sitting, now)
    found = timekeeping.ledger(session, sitting, now).loss(seat_id, timekeeping.work(seat, at, state))
    return found.lost, found.proposed


@pytest.mark.parametrize(
    ("spans", "asked", "lost", "proposed"),
    [
        pytest.param([(10, 13)], 13, 180, 180, id="one silence"),
        pytest.param([(10, 13), (20, 21.5)], 21.5, 270, 300, id="two, rounded up to whole minutes"),
        pytest.param([(10, 13)], 14, 240, 240, id="and the one that lasts"),
        pytest.param([(10, 13)], 13.5, 180, 180, id="too short to be one"),
        pytest.param([(-20, 5)], 5, 300, 300, id="not before the start"),
        pytest.param([(10, 45)], 45, 2100, 1200, id="no more than the cap"),
    ],
)
def test_what_silences_cost_is_proposed_within_the_cap(
    at_work: World, spans: list[tuple[float, float]], asked: float, lost: int, proposed: int
) -> None:
    with database.writing() as session:
        silences(session, at_work, at_work.seats[0], *spans)

        assert loss(session, at_work, at_work.seats[0], after(asked)) == (lost, proposed)


def test_standing_still_is_no_loss_and_a_pause_within_a_pause_counts_once(at_work: World) -> None:
    silent, world = at_work.seats[0], at_work
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        clockwork.pause_seat(session, proctor, world.sitting_id, silent, "头晕", now=after(12))
        clockwork.pause_room(session, proctor, world.sitting_id, "停电", now=after(14))
        clockwork.resume_room(session, proctor, world.sitting_id, now=after(16))
        clockwork.resume_seat(session, proctor, world.sitting_id, silent, now=after(18))
        silences(session, world, silent, (10, 20))

        # Silent for ten minutes, six of which the clock stood still.
        assert loss(session, world, silent, after(20)) == (240, 240)


def test_compensation_is_given_once_and_the_gaps_remember_it(at_work: World) -> None:
    seat_id, world = at_work.seats[0], at_work
    with database.writing() as session:
        silences(session, world, seat_id, (10, 13))
        given = clockwork.compensate(session, world.actor(session, "proctor1"), seat_id, now=after(13))

        assert (given.kind, given.seconds) == ("compensation", 180)
        assert ends(session, world, seat_id, now=after(14)) == ENDS_AT + timedelta(minutes=3)
        assert [gap.compensated_by for gap in session.exec(select(Gap))] == [given.id]
        with pytest.raises(errors.WrongState, match="nothing_lost"):
            clockwork.compensate(session, world.actor(session, "proctor2"), seat_id, now=after(13))
        session.add(Gap(sitting_id=world.sitting_id, seat_id=seat_id, from_at=after(20), until_at=after(22)))
        session.get_one(Presence, (world.sitting_id, seat_id)).seen_at = after(22)
        assert loss(session, world, seat_id, after(22)) == (300, 120)


# --- over HTTP ---

ACTS = {
    "pause": {"reason": "停电"},
    "resumption": {},
    "extra-time": {"minutes": 5, "reason": "投影故障"},
}


def test_a_proctor_of_the_room_works_its_clocks_and_no_stranger(at_work: World, browser: Browser, clock: Clock) -> None:
    clock.set(WORKING_AT)
    place = f"/api/v1/sittings/{at_work.sitting_id}"
    for username, status in {"proctor_elsewhere": 404, "approver": 403, "institution": 403}.items():
        sent = [browser.of(username).post(f"{place}/{act}", json=body).status_code for act, body in ACTS.items()]
        assert sent == [status] * 3, username
    assert browser.stranger().post(f"{place}/pause", json=ACTS["pause"]).status_code == 401

    proctor = browser.of("proctor1")
    assert proctor.post(f"{place}/pause", json=ACTS["pause"]).json() == {"extra_seconds": 0, "paused": True}
    board = proctor.get(f"{place}/board").json()
    assert (board["sitting"]["phase"], board["pause_reason"]) == ("paused", "停电")
    clock.set(WORKING_AT + timedelta(minutes=3))
    assert proctor.post(f"{place}/resumption", json={}).json()["paused"] is False
    seat = {"seat_id": at_work.seats[0]}
    assert proctor.post(f"{place}/pause", json=ACTS["pause"] | seat).json() == {"extra_seconds": 0, "paused": True}
    assert proctor.post(f"{place}/resumption", json=seat).json()["paused"] is False
    added = ACTS["extra-time"] | seat | {"nonce": "a-nonce-of-it"}
    first, again = (proctor.post(f"{place}/extra-time", json=added).json() for _ in range(2))
    assert first == again
    board = proctor.get(f"{place}/board").json()
    extra = {one["seat_id"]: one["extra_minutes"] for one in board["seats"]}
    assert (extra[at_work.seats[0]], extra[at_work.seats[1]], board["extra_minutes"]) == (5, 0, 0)


@pytest.mark.parametrize(
    ("act", "body"),
    [
        pytest.param("pause", {"reason": "停"}, id="a reason of one sign"),
        pytest.param("extra-time", {"minutes": 61, "reason": "投影故障"}, id="more than an hour"),
        pytest.param("extra-time", {"minutes": 0, "reason": "投影故障"}, id="no minute"),
    ],
)
def test_what_makes_no_sense_is_malformed(
    at_work: World, browser: Browser, clock: Clock, act: str, body: dict[str, object]
) -> None:
    clock.set(WORKING_AT)
    reply = browser.of("proctor1").post(f"/api/v1/sittings/{at_work.sitting_id}/{act}", json=body)
    assert reply.status_code == 422


def test_a_candidate_outlives_a_long_pause(at_work: World, browser: Browser, clock: Clock) -> None:
    """The session of a machine must not end before the exam that has been put off."""
    seat_id = at_work.seats[2]
    with database.reading() as session:
        trainee = session.get_one(Seat, seat_id).trainee_id
    clock.set(WORKING_AT)
    candidate = browser.candidate(at_work, seat_id, trainee)
    candidate.post("/api/v1/exam/start")
    with database.writing() as session:
        clockwork.pause_room(session, at_work.actor(session, "proctor1"), at_work.sitting_id, "停电", now=WORKING_AT)
        long_after = WORKING_AT + timedelta(hours=3)
        clockwork.resume_room(session, at_work.actor(session, "proctor1"), at_work.sitting_id, now=long_after)
    clock.set(long_after + timedelta(minutes=1))

    reply = candidate.put("/api/v1/exam/answers/1", json={"choice": "A", "seq": 1})

    assert (reply.status_code, reply.json()["seq"]) == (200, 1)


def test_whoever_arranges_the_exam_stops_and_starts_a_clock_that_the_room_cannot_reach(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, world)
    arranger, path = browser.of("arranger"), f"/api/v1/sittings/{world.sitting_id}"
    page = f"/sittings/{world.sitting_id}"
    assert f'action="{path}/pause"' in arranger.get(page).text

    assert arranger.post(f"{path}/pause", json={"reason": "考点断网"}).status_code == 200
    assert f'action="{path}/resumption"' in arranger.get(page).text
    assert arranger.post(f"{path}/resumption", json={}).status_code == 200
    assert arranger.post(f"{path}/extra-time", json={"minutes": 5, "reason": "考点断网"}).status_code == 200
    with database.reading() as session:
        given = session.exec(select(ExtraTime)).one()
        (pause,) = session.exec(select(Pause))
        by = world.actor(session, "arranger").person_id
        assert (given.given_by, pause.paused_by, pause.resumed_by) == (by, by, by)

    # What looks at a candidate's machine stays with the proctors, and strangers touch no clock.
    seat = f"/api/v1/sittings/seats/{world.seats[0]}"
    assert arranger.post(f"{seat}/compensation").json()["code"] == "right_missing"
    assert browser.of("proctor_elsewhere").post(f"{path}/pause", json={"reason": "断网"}).status_code == 404
    for username in ("institution", "approver", "auditor", "administrator"):
        refused = browser.of(username).post(f"{path}/pause", json={"reason": "断网"})
        assert refused.json()["code"] == "right_missing", username
    assert arranger.post("/api/v1/sittings/999/pause", json={"reason": "断网"}).status_code == 404
