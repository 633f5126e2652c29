"""Lists of sittings by day, place, class and state, page by page; and where a sitting lies on a day's picture."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from service.kernel import clock as clocks
from service.kernel import database
from service.sittings import queries
from service.sittings.actions import places, rearranging
from service.sittings.queries import calendar as reads
from service.sittings.queries.calendar import Narrowing
from service.sittings.rules import calendar, phases
from service.sittings.rules.calendar import Period, Shown
from service.sittings.rules.phases import Phase
from service.sittings.shapes import calendar as shapes
from service.sittings.tables import Sitting
from tests.conftest import Browser, Clock
from tests.world import AFTER, CHECK_IN_AT, COUNTIES, ENDS_AT, PREPARED_AT, STARTS_AT, WORKING_AT, World

MINUTE = timedelta(minutes=1)
DAY = date(2026, 11, 20)


# --- the picture ---


def test_a_line_spans_whole_hours_around_all_sittings() -> None:
    early, late = phases.planned(STARTS_AT, 90, 30), phases.planned(STARTS_AT + timedelta(hours=4), 60, 30)

    line = calendar.line_of([late, early])

    assert (line.begins, line.ends) == (STARTS_AT - timedelta(hours=1), STARTS_AT + timedelta(hours=5))
    assert line.marks == [
        ("08:00", 0),
        ("09:00", 166),
        ("10:00", 333),
        ("11:00", 500),
        ("12:00", 666),
        ("13:00", 833),
    ]
    bar = line.bar(7, early)
    assert (bar.sitting_id, bar.from_check_in, bar.from_start, bar.to_end) == (7, 0, 167, 417)
    assert [line.place(STARTS_AT + timedelta(hours=hours)) for hours in (-9, 9)] == [0, 1000]
    assert len(calendar.line_of([phases.planned(STARTS_AT, 240, 30), *[late] * 20]).marks) <= 12


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_is_shown_under_a_state(phase: Phase) -> None:
    assert calendar.shown(phase, cancelled=True) is Shown.CANCELLED
    shown = calendar.shown(phase, cancelled=False)
    assert shown is (Shown.RUNNING if phase is Phase.PAUSED else Shown(phase.value))


# --- the list ---


def more(session: Session, world: World, *starts: datetime) -> list[int]:
    """Further sittings of the class in a room of another exam point."""
    arranger = world.actor(session, "arranger")
    (room,) = places.add_exam_point(session, arranger, "另一考试点", COUNTIES[1], "", {"一号": 30}, now=PREPARED_AT)
    first = queries.sitting(session, world.sitting_id)
    assert first is not None
    rows = [
        Sitting(class_id=first.class_id, form_id=first.form_id, room_id=room.id or 0, starts_at=at, duration_minutes=90)
        for at in starts
    ]
    session.add_all(rows)
    session.flush()
    return [row.id or 0 for row in rows]


def listed(session: Session, now: datetime, **by: object) -> list[int]:
    narrowing = Narrowing(**by)  # type: ignore[arg-type]
    rows = session.execute(reads.listing(narrowing, now=now, running=reads.running(session, now)))
    return [row[0].id for row in rows]


def test_each_sitting_is_listed_under_the_state_that_its_clock_gives_it(world: World) -> None:
    with database.writing() as session:
        (later,) = more(session, world, STARTS_AT + timedelta(days=1))
        first = queries.sitting(session, world.sitting_id)
        assert first is not None
        states = {Shown.PLANNED, Shown.CHECK_IN, Shown.RUNNING, Shown.ENDED, Shown.CANCELLED}

        def state_at(now: datetime) -> Shown:
            found = {state for state in states if world.sitting_id in listed(session, now, state=state)}
            assert len(found) == 1
            return found.pop()

        for now in (
            PREPARED_AT,
            STARTS_AT - 60 * MINUTE - timedelta(seconds=1),
            STARTS_AT - 60 * MINUTE,
            STARTS_AT - timedelta(seconds=1),
            STARTS_AT,
            ENDS_AT - timedelta(seconds=1),
            ENDS_AT,
        ):
            phase = phases.phase(queries.times_of(first, now), now)
            assert state_at(now) is calendar.shown(phase, cancelled=False), now
        # A clock that stood still, and minutes that were added, move the end.
        first.paused_at, first.extra_seconds = WORKING_AT, 600
        session.add(first)
        assert state_at(ENDS_AT + timedelta(days=30)) is Shown.RUNNING, "still paused"
        first.paused_at = None
        session.add(first)
        assert (state_at(ENDS_AT + 9 * MINUTE), state_at(ENDS_AT + 10 * MINUTE)) == (Shown.RUNNING, Shown.ENDED)
        rearranging.cancel_sitting(session, world.actor(session, "arranger"), later, "暴雪", now=PREPARED_AT)
        assert listed(session, AFTER, state=Shown.CANCELLED) == [later]


def test_a_list_is_narrowed_by_day_place_class_and_period(world: World) -> None:
    midnight = datetime.fromisoformat("2026-11-21T00:00:00+08:00")
    with database.writing() as session:
        before, after, far = more(session, world, midnight - MINUTE, midnight, midnight + timedelta(days=9))
        first = world.sitting_id
        point = next(point.id for point, room in queries.exam_points(session) if room.id == world.room_id)

        assert listed(session, CHECK_IN_AT) == [far, after, before, first], "the latest first"
        assert listed(session, CHECK_IN_AT, day=DAY) == [first, before], "a day in its order"
        assert listed(session, CHECK_IN_AT, day=DAY + timedelta(days=1)) == [after]
        assert listed(session, CHECK_IN_AT, point_id=point) == [first]
        assert listed(session, CHECK_IN_AT, class_id=9999) == []
        assert listed(session, midnight, period=Period.UPCOMING) == [after, far], "the next first"
        assert listed(session, midnight, period=Period.PAST) == [before, first]
        assert listed(session, CHECK_IN_AT, ids=frozenset({far})) == [far]


def test_a_long_list_comes_in_pages_and_a_page_under_its_days(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        more(session, world, *(STARTS_AT + timedelta(days=day) for day in range(1, 55)))
    arranger, api = browser.of("arranger"), "/api/v1/sittings"

    first, second = arranger.get(api), arranger.get(api, params={"page": 2})

    assert (len(first.json()), len(second.json())) == (50, 5)
    assert (first.headers["X-Total"], first.headers["X-Pages"]) == ("55", "2")
    assert {one["id"] for one in first.json()}.isdisjoint(one["id"] for one in second.json())
    assert arranger.get(api, params={"state": "asleep"}).status_code == 422
    page = arranger.get("/sittings", params={"period": "upcoming", "day": "", "point": "", "state": "", "page": "2"})
    assert page.status_code == 200 and "共 55 条，第 2 / 2 页" in page.text
    with database.reading() as session:
        found = shapes.listed(
            session, world.actor(session, "arranger"), Narrowing(period=Period.UPCOMING), 1, now=PREPARED_AT
        )
        days = shapes.by_day(found.rows)
        assert next(iter(days)) == DAY and len(days) == 50
        assert all(clocks.local(one.starts_at).date() == day for day, rows in days.items() for one in rows)


def test_conflicts_are_told_over_http_and_nothing_is_written(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    api, arranger = "/api/v1/sittings/conflicts", browser.of("arranger")
    asked = {"class_id": world.class_id, "room_id": world.room_id, "starts_at": "2026-11-20T09:00:00+08:00"}

    told = arranger.get(api, params=asked, headers={"Accept-Language": "en"}).json()

    assert [(one["code"], one["forbids"]) for one in told["conflicts"]] == [
        ("room_taken", True),
        ("exam_point_not_ready", False),
    ]
    assert told["conflicts"][0]["reason"].startswith("考试点 · 一号 is taken 2026-11-20 08:00–10:30")
    assert (told["check_in_from"], told["ends_at"]) == ("2026-11-20T00:00:00Z", "2026-11-20T02:30:00Z")
    moved = {"sitting_id": world.sitting_id, "room_id": world.room_id, "starts_at": "2026-11-20T09:30:00+08:00"}
    assert [one["code"] for one in arranger.get(api, params=moved).json()["conflicts"]] == ["exam_point_not_ready"]
    clock.set(CHECK_IN_AT)
    arranger = Browser(browser.app).of("arranger")
    assert arranger.get(api, params=moved).json()["conflicts"][0]["code"] == "check_in_begun"
    assert arranger.get(api, params={**asked, "class_id": 9999}).status_code == 404
    assert arranger.get(api, params={**asked, "starts_at": "2026-11-20T09:00:00"}).status_code == 422, "no time zone"
    assert browser.of("proctor1").get(api, params=asked).status_code == 403
    with database.reading() as session:
        assert len(queries.sittings_at(session, world.room_id)) == 1
