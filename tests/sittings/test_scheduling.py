"""When and where a sitting may be: every conflict by itself and at its borders, all of them together, and the day."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from service.sittings.rules import phases, proctors, scheduling
from service.sittings.rules.places import FIRST_RULES
from service.sittings.rules.scheduling import Booking, Bound, Place, Proposal
from tests.world import STARTS_AT

NOW = STARTS_AT - timedelta(days=2)
MINUTE = timedelta(minutes=1)
DAY = date(2026, 11, 20)


def at(starts_at: datetime, minutes: int = 90) -> phases.Times:
    return phases.planned(starts_at, minutes, 30)


def other(starts_at: datetime, sitting_id: int = 7) -> Booking:
    return Booking(sitting_id, "另一班", "考试点 · 一号", at(starts_at))


WANTED = Proposal(at=at(STARTS_AT), class_name="班组长班", ends_on=date(2026, 11, 15), people=30, sealed=True)
PLACE = Place(name="考试点 · 一号", capacity=30, opens="07:00", closes="19:00", ready=True)
# From 08:00 check-in to 10:30: another one in the room may end at 08:00, or begin its own check-in at 10:30.
BEFORE, AFTER = STARTS_AT - timedelta(minutes=150), STARTS_AT + timedelta(minutes=150)


def codes(
    wanted: Proposal = WANTED, place: Place = PLACE, now: datetime = NOW, most: int = 30
) -> list[tuple[str, bool]]:
    found = scheduling.conflicts(wanted, place, replace(FIRST_RULES, largest_room=most), now)
    return [(one.code, not one.allowed) for one in found]


def test_nothing_stands_in_the_way_of_an_ordinary_sitting() -> None:
    assert codes() == []
    assert scheduling.may_be_held([]).allowed


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(replace(WANTED, sealed=False), ["paper_not_sealed_yet"], id="no sealed form"),
        pytest.param(replace(WANTED, sealed=False, rehearsal=True), [], id="a rehearsal needs none"),
        pytest.param(replace(WANTED, ends_on=DAY), [], id="on the last day of training"),
        pytest.param(replace(WANTED, ends_on=DAY + timedelta(days=1)), ["class_not_finished"], id="the day before it"),
        pytest.param(
            replace(WANTED, ends_on=DAY + timedelta(days=1), rehearsal=True), [], id="a rehearsal while it still runs"
        ),
    ],
)
def test_the_class_and_its_paper(wanted: Proposal, expected: list[str]) -> None:
    assert codes(wanted) == [(code, True) for code in expected]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        pytest.param("06:59", ["outside_hours"], id="a minute before the point opens"),
        pytest.param("07:00", [], id="as it opens"),
        pytest.param("17:30", [], id="over as it closes"),
        pytest.param("17:31", ["outside_hours"], id="a minute over"),
        pytest.param("23:00", ["outside_hours"], id="over midnight"),
    ],
)
def test_the_hours_of_the_exam_point(local: str, expected: list[str]) -> None:
    starts_at = datetime.fromisoformat(f"2026-11-20T{local}:00+08:00")

    assert codes(replace(WANTED, at=at(starts_at))) == [(code, True) for code in expected]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(STARTS_AT - MINUTE, [], id="in a minute"),
        pytest.param(STARTS_AT, ["start_is_past"], id="now"),
        pytest.param(STARTS_AT + MINUTE, ["start_is_past"], id="a minute ago"),
    ],
)
def test_the_start_lies_ahead(now: datetime, expected: list[str]) -> None:
    assert codes(now=now) == [(code, True) for code in expected]


@pytest.mark.parametrize(
    ("starts_at", "clashes"),
    [
        pytest.param(BEFORE, False, id="ends as check-in begins"),
        pytest.param(BEFORE + MINUTE, True, id="ends a minute into check-in"),
        pytest.param(STARTS_AT, True, id="the same time"),
        pytest.param(AFTER - MINUTE, True, id="its check-in begins a minute before the end"),
        pytest.param(AFTER, False, id="its check-in begins at the end"),
    ],
)
def test_room_proctor_and_candidate_are_taken_from_check_in_to_the_end(starts_at: datetime, clashes: bool) -> None:
    bound = Bound("乔卫东", other(starts_at))

    assert codes(place=replace(PLACE, bookings=(other(starts_at),))) == [("room_taken", True)] * clashes
    assert codes(replace(WANTED, proctors=(bound,))) == [("proctor_busy", True)] * clashes
    assert codes(replace(WANTED, candidates=(bound,))) == [("candidate_busy", True)] * clashes


@pytest.mark.parametrize(
    ("people", "capacity", "most", "whole", "expected"),
    [
        pytest.param(30, 30, 30, True, [], id="full"),
        pytest.param(31, 31, 30, True, ["room_rule_exceeded"], id="one more than the rules allow"),
        pytest.param(31, 30, 31, True, ["room_too_small"], id="one more than there are seats"),
        pytest.param(31, 30, 30, True, ["room_too_small", "room_rule_exceeded"], id="both"),
        pytest.param(31, 30, 30, False, [], id="only a part sits here"),
        pytest.param(12, 40, 30, True, [], id="a large room with few in it"),
        pytest.param(0, 1, 30, True, [], id="nobody yet"),
    ],
)
def test_the_room_and_the_rules_of_rooms(
    people: int, capacity: int, most: int, whole: bool, expected: list[str]
) -> None:
    wanted, place = replace(WANTED, people=people, whole=whole), replace(PLACE, capacity=capacity)

    assert codes(wanted, place, most=most) == [(code, True) for code in expected]
    assert scheduling.seats_in(capacity, replace(FIRST_RULES, largest_room=most)) == min(capacity, most)


def test_a_point_that_is_not_ready_is_a_notice_and_forbids_nothing() -> None:
    found = scheduling.conflicts(WANTED, replace(PLACE, ready=False), FIRST_RULES, NOW)

    assert [(one.code, one.allowed) for one in found] == [("exam_point_not_ready", True)]
    assert scheduling.may_be_held(found).allowed


def test_all_conflicts_are_told_at_once_each_naming_what_collides_with_what() -> None:
    taken = other(STARTS_AT)
    bound = tuple(Bound(name, taken) for name in ("甲", "乙", "丙", "丁"))
    wanted = replace(
        WANTED,
        at=at(STARTS_AT),
        sealed=False,
        ends_on=DAY + timedelta(days=1),
        people=40,
        proctors=bound[:1],
        candidates=bound,
    )
    place = replace(PLACE, opens="12:00", ready=False, bookings=(taken, other(STARTS_AT - MINUTE, 8)))

    found = scheduling.conflicts(wanted, place, FIRST_RULES, STARTS_AT)

    words = {one.code: one.reason.format(**one.values) for one in found}
    assert [one.code for one in found] == [
        "paper_not_sealed_yet",
        "class_not_finished",
        "start_is_past",
        "outside_hours",
        "room_taken",
        "room_taken",
        "room_too_small",
        "room_rule_exceeded",
        "proctor_busy",
        "candidate_busy",
        "exam_point_not_ready",
    ]
    assert scheduling.may_be_held(found).code == "paper_not_sealed_yet"
    assert words["room_taken"].startswith("考试点 · 一号在2026-11-20 07:59–10:29（含签到）已安排第8场“另一班”")
    assert words["proctor_busy"].startswith("甲在2026-11-20 08:00–10:30要到考试点 · 一号监考第7场")
    assert words["candidate_busy"].startswith("4名考生（甲、乙、丙……）在2026-11-20 08:00–10:30要参加第7场“另一班”")


# --- changing ---


@pytest.mark.parametrize(
    ("now", "cancelled", "code"),
    [
        pytest.param(STARTS_AT - timedelta(minutes=61), False, "allowed", id="a minute before check-in"),
        pytest.param(STARTS_AT - timedelta(minutes=60), False, "check_in_begun", id="as check-in begins"),
        pytest.param(STARTS_AT - timedelta(days=1), True, "sitting_cancelled", id="cancelled"),
    ],
)
def test_a_sitting_is_changed_until_its_check_in_begins(now: datetime, cancelled: bool, code: str) -> None:
    assert scheduling.may_change(WANTED.at, now, cancelled=cancelled).code == code


MIDNIGHT = datetime.fromisoformat("2026-11-20T00:00:00+08:00")


@pytest.mark.parametrize(
    ("now", "acted", "carries", "code"),
    [
        pytest.param(MIDNIGHT - MINUTE, False, False, "allowed", id="the evening before"),
        pytest.param(MIDNIGHT, False, False, "allowed", id="on the day, fallen ill"),
        pytest.param(MIDNIGHT, True, False, "proctor_has_acted", id="on the day, after a hand in it"),
        pytest.param(MIDNIGHT - MINUTE, True, False, "allowed", id="a hand in it before the day counts for nothing"),
        pytest.param(MIDNIGHT, False, True, "proctor_has_roster", id="with a roster on the tablet"),
        pytest.param(MIDNIGHT - MINUTE, False, True, "proctor_has_roster", id="fetched the evening before"),
        pytest.param(STARTS_AT + 89 * MINUTE, False, False, "allowed", id="in its last minute"),
        pytest.param(STARTS_AT + 90 * MINUTE, False, False, "sitting_ended", id="when it is over"),
    ],
)
def test_a_proctor_is_taken_off_as_long_as_there_is_no_hand_in_it(
    now: datetime, acted: bool, carries: bool, code: str
) -> None:
    assert proctors.may_remove_proctor(WANTED.at, now, acted=acted, carries=carries).code == code


@pytest.mark.parametrize(
    ("now", "hidden", "cancelled", "code"),
    [
        pytest.param(MIDNIGHT - timedelta(seconds=1), True, False, "allotment_hidden", id="a second before the day"),
        pytest.param(MIDNIGHT, True, False, "allowed", id="at midnight in Mudanjiang"),
        pytest.param(MIDNIGHT - timedelta(days=3), False, False, "allowed", id="where rooms are told at once"),
        pytest.param(MIDNIGHT + timedelta(days=3), True, False, "allowed", id="days later"),
        pytest.param(MIDNIGHT, True, True, "sitting_cancelled", id="cancelled"),
        pytest.param(MIDNIGHT - timedelta(days=3), True, True, "sitting_cancelled", id="cancelled before"),
    ],
)
def test_a_proctor_enters_from_midnight_of_the_day_on(now: datetime, hidden: bool, cancelled: bool, code: str) -> None:
    assert proctors.may_enter(WANTED.at, now, hidden=hidden, cancelled=cancelled).code == code


def test_check_in_that_begins_before_midnight_shuts_nobody_out() -> None:
    at_midnight = at(MIDNIGHT)

    codes = [
        proctors.may_enter(at_midnight, MIDNIGHT - minutes * MINUTE, hidden=True, cancelled=False).code
        for minutes in (61, 60)
    ]
    assert codes == ["allotment_hidden", "allowed"]
