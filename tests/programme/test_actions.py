"""The programme's actions on a real database: plans, classes, rosters and attendance.

All tests of a backend share one database, the evening before the exam; each works in a session that is never committed.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from service.access import queries as access
from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.rules.policy import Actor
from service.access.tables import Person
from service.journal.tables import JournalEntry
from service.kernel import errors, sealing
from service.programme.actions import attending, enrolling, planning, viewing
from service.programme.actions.enrolling import ImportReport
from service.programme.queries import classes as classes
from service.programme.queries import planning as plans_of
from service.programme.rules import photos
from service.programme.rules.classes import Attended, ClassDraft
from service.programme.rules.hours import Basis, Mode
from service.programme.rules.institutions import Profile, Teacher
from service.programme.rules.photos import PhotoType
from service.programme.rules.plans import Target
from service.programme.tables import Plan, Trainee
from tests import world as worlds
from tests.pictures import jpeg
from tests.world import World

NOW = worlds.PREPARED_AT
LEADER = TraineeRole.TEAM_LEADER
TERM = (date(2026, 11, 1), date(2026, 11, 15))


def entries(session: Session, event: str) -> int:
    return len(session.exec(select(JournalEntry).where(JournalEntry.event == event)).all())


def code_of(attempt: Callable[[], object]) -> str:
    """What came of an attempt: ``done``, or the code of the refusal."""
    try:
        attempt()
    except errors.ServiceError as error:
        return error.code
    return "done"


# --- plans ---


def test_a_plan_counts_each_person_in_every_year_but_reaches_them_once(session: Session, prepared: World) -> None:
    planner = prepared.actor(session, "planner")
    planning.set_plan(session, planner, Target(2025, 40, 100), now=NOW)
    later = a_class(session, prepared, code="2025-TL-01", year=2025)
    people = [row(0, name="学员0"), row(40)]
    enrolling.import_roster(session, planner, later, worlds.roster(people), keep_good=False, now=NOW)

    found = [
        (one.target.year, one.enrolled, one.reached, one.whole, one.on_target) for one in plans_of.progress(session)
    ]

    assert found == [(2024, 6, 6, 100, False), (2025, 2, 7, 100, False)]


def test_a_year_is_on_target_when_its_share_of_the_whole_is_reached(session: Session, prepared: World) -> None:
    planner = prepared.actor(session, "planner")

    def on_target(people: int) -> bool:
        planning.set_plan(session, planner, Target(2024, people, 60), now=NOW)
        return plans_of.progress(session)[0].on_target

    # Six people are enrolled: 60 % of ten, and less than 60 % of eleven.
    assert (on_target(10), on_target(11)) == (True, False)


def test_a_plan_set_again_is_changed_and_both_are_on_record(session: Session, prepared: World) -> None:
    before = entries(session, "PLAN_SET")

    for people in (70, 80):
        target = Target(2024, people, 50, "新文件")
        planning.set_plan(session, prepared.actor(session, "planner"), target, practical_basis=Basis.TOTAL, now=NOW)

    (plan,) = session.exec(select(Plan))
    assert (plan.people_target, plan.cumulative_percent, plan.source, plan.practical_basis) == (
        80,
        50,
        "新文件",
        "total",
    )
    assert entries(session, "PLAN_SET") == before + 2


def test_a_later_year_may_not_promise_less(session: Session, prepared: World) -> None:
    planner = prepared.actor(session, "planner")

    said = {
        percent: code_of(lambda: planning.set_plan(session, planner, Target(2025, 40, percent), now=NOW))  # noqa: B023
        for percent in (59, 60)
    }

    assert said == {59: "plan_percent", 60: "done"}


# --- classes ---


def a_class(session: Session, world: World, **changes: Any) -> int:
    """One more class of the world's institution, taught by its first lecturer."""
    lecturer = plans_of.lecturers(session, world.organisations["institution"])[0][0].id
    fields: dict[str, Any] = {"code": "2024-TL-02", "year": 2024, "role": LEADER, "lecturers": (lecturer,), **changes}
    draft = ClassDraft(
        fields["code"],
        "又一班",
        fields["role"],
        fields["year"],
        fields.get("institution", world.organisations["institution"]),
        *fields.get("term", TERM),
        fields["lecturers"],
    )
    return planning.open_class(session, world.actor(session, "planner"), draft, now=NOW).id or 0


TEACHER = Teacher(senior=True, mining_major=True, practice_years=10, full_time=True)
SOUND = (Profile(full_time_managers=2, has_platform=True, practice_base=False), [TEACHER] * 3)
GUEST, NOVICE = replace(TEACHER, full_time=False), replace(TEACHER, senior=False)
FULL, TEACHERS = SOUND


@pytest.mark.parametrize(
    ("profile", "teachers", "said"),
    [
        pytest.param(FULL, TEACHERS, "done", id="all of 三(二)"),
        pytest.param(None, TEACHERS, "managers_few", id="never profiled"),
        pytest.param(replace(FULL, full_time_managers=1), TEACHERS, "managers_few", id="one manager"),
        pytest.param(FULL, TEACHERS[:2], "teachers_few", id="two teachers"),
        pytest.param(FULL, [TEACHER, TEACHER, GUEST], "teachers_few", id="a guest is no full-time teacher"),
        pytest.param(FULL, [TEACHER, NOVICE, NOVICE], "experts_few", id="one expert"),
        pytest.param(replace(FULL, has_platform=False), TEACHERS, "platform_missing", id="no platform"),
    ],
)
def test_an_institution_that_lacks_a_condition_gets_no_class(
    session: Session, prepared: World, profile: Profile | None, teachers: list[Teacher], said: str
) -> None:
    planner, institution = prepared.actor(session, "planner"), prepared.organisations["institution2"]
    if profile is not None:
        planning.profile_institution(session, planner, institution, profile, now=NOW)
    lecturers = [lecturer(session, prepared, 970 + number, teacher) for number, teacher in enumerate(teachers)]
    before = entries(session, "CLASS_OPENED")

    assert code_of(lambda: a_class(session, prepared, institution=institution, lecturers=tuple(lecturers))) == said

    opened = [line for line in classes.visible(session, planner) if line.institution == "另一家培训中心"]
    assert (len(opened), entries(session, "CLASS_OPENED") - before) == ((1, 1) if said == "done" else (0, 0))


def lecturer(session: Session, world: World, number: int, teacher: Teacher) -> int:
    added = planning.add_lecturer(
        session,
        world.actor(session, "planner"),
        world.organisations["institution2"],
        name=f"外教{number}",
        citizen_id=worlds.citizen_id(number),
        title="",
        teacher=teacher,
        now=NOW,
    )
    return added.id or 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, "done", id="as drafted"),
        pytest.param({"code": "2024-TL-01"}, "class_code_taken", id="the code of another class"),
        pytest.param({"year": 2025}, "plan_missing", id="a year without a plan"),
        pytest.param({"term": TERM[::-1]}, "class_term", id="ending before it begins"),
        pytest.param({"lecturers": ()}, "class_without_lecturer", id="taught by nobody"),
        pytest.param({"lecturers": (9999,)}, "lecturer_foreign", id="taught by nobody known"),
        pytest.param({"institution": 1}, "not_found", id="at the bureau itself"),
        pytest.param({"institution": 9999}, "not_found", id="at no institution"),
    ],
)
def test_a_class_is_opened_as_drafted_or_not_at_all(
    session: Session, prepared: World, changes: dict[str, Any], said: str
) -> None:
    assert code_of(lambda: a_class(session, prepared, **changes)) == said


def test_whoever_teaches_a_class_is_noted_and_nobody_else(session: Session, prepared: World) -> None:
    (first, taught), (_, free), *_ = plans_of.lecturers(session, prepared.organisations["institution"])

    opened = a_class(session, prepared, lecturers=(first.id, first.id))

    assert access.doers(session, f"class:{opened}", "teach") == {taught.id}
    assert free.id not in access.doers(session, f"class:{opened}", "teach")
    assert [person.id for _, person in plans_of.lecturers_of_class(session, opened)] == [taught.id]


# --- rosters ---


def row(number: int, **changes: str) -> tuple[str, str, str, str, str]:
    """One line of a roster sheet."""
    fields = {
        "name": f"新人{number}",
        "citizen_id": worlds.citizen_id(number),
        "enterprise": "青松煤矿",
        "role": ROLE_NAMES[LEADER],
        "phone": "19900000001",
        **changes,
    }
    return (fields["name"], fields["citizen_id"], fields["enterprise"], fields["role"], fields["phone"])


def take(
    session: Session, world: World, class_id: int, *rows: Any, keep_good: bool = False, dry_run: bool = False
) -> ImportReport:
    planner, sheet = world.actor(session, "planner"), worlds.roster(list(rows))
    return enrolling.import_roster(session, planner, class_id, sheet, keep_good=keep_good, dry_run=dry_run, now=NOW)


def names(session: Session, class_id: int) -> list[str]:
    return [line.person.name for line in classes.roster(session, class_id)]


GOOD = [row(40), row(41), row(42)]
FAULTY = row(43, phone="12")
EVERYBODY = ["新人40", "新人41", "新人42"]


@pytest.mark.parametrize(
    ("rows", "how", "report", "enrolled"),
    [
        pytest.param(GOOD, {}, (3, True, False, []), EVERYBODY, id="all good"),
        pytest.param([*GOOD, FAULTY], {}, (0, False, True, ["phone_shape"]), [], id="one fault keeps all out"),
        pytest.param(
            [*GOOD, FAULTY],
            {"keep_good": True},
            (3, True, False, ["phone_shape"]),
            EVERYBODY,
            id="unless the good are kept",
        ),
        pytest.param([FAULTY], {"keep_good": True}, (0, False, False, ["phone_shape"]), [], id="no good ones to keep"),
        pytest.param(GOOD, {"dry_run": True}, (3, False, False, []), [], id="a rehearsal"),
        pytest.param(
            [*GOOD, FAULTY], {"dry_run": True}, (0, False, True, ["phone_shape"]), [], id="a rehearsal of a refusal"
        ),
        pytest.param(
            [*GOOD, FAULTY],
            {"dry_run": True, "keep_good": True},
            (3, False, False, ["phone_shape"]),
            [],
            id="a rehearsal of keeping the good",
        ),
        pytest.param([], {}, (0, False, True, ["no_rows"]), [], id="an empty sheet"),
    ],
)
def test_a_roster_is_taken_whole_or_in_its_good_part_or_not(
    session: Session,
    prepared: World,
    rows: list[Any],
    how: dict[str, bool],
    report: tuple[int, bool, bool, list[str]],
    enrolled: list[str],
) -> None:
    opened, before = a_class(session, prepared), entries(session, "ROSTER_IMPORTED")
    people = len(session.exec(select(Person)).all())

    found = take(session, prepared, opened, *rows, **how)

    assert (found.kept, found.written, found.refused, [fault.code for fault in found.faults]) == report
    assert (names(session, opened), found.unchanged) == (enrolled, 0)
    assert entries(session, "ROSTER_IMPORTED") - before == (1 if enrolled else 0)
    assert len(session.exec(select(Person)).all()) == people + len(enrolled)


def test_the_same_roster_again_changes_nothing_and_a_longer_one_adds(session: Session, prepared: World) -> None:
    opened = a_class(session, prepared)

    def outcome(*rows: Any) -> tuple[int, int, bool, int]:
        before = entries(session, "ROSTER_IMPORTED")
        report = take(session, prepared, opened, *rows)
        return report.kept, report.unchanged, report.written, entries(session, "ROSTER_IMPORTED") - before

    assert outcome(*GOOD) == (3, 0, True, 1)
    assert outcome(*GOOD) == (0, 3, False, 0)
    assert outcome(*GOOD, row(44)) == (1, 3, True, 1)
    assert names(session, opened) == [*EVERYBODY, "新人44"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param(row(40), "", id="somebody new"),
        pytest.param(row(0, name="学员0"), "enrolled_elsewhere", id="enrolled in another class this year"),
        pytest.param(row(950, name="教师0"), "holds_exam_deed", id="who teaches this class"),
        pytest.param(row(901, name="author"), "makes_the_exam", id="who wrote questions"),
        pytest.param(row(908, name="别人"), "name_differs", id="known under another name"),
        pytest.param(row(40, enterprise="南山煤矿"), "enterprise_unknown", id="from nowhere"),
        pytest.param(row(40, enterprise="培训中心"), "enterprise_unknown", id="from an institution"),
        pytest.param(row(40, role="安全生产分管负责人"), "role_differs", id="of another role"),
        pytest.param(row(40, citizen_id="99000019700101001"), "citizen_id_shape", id="with a short id"),
    ],
)
def test_a_line_is_judged_against_the_register(session: Session, prepared: World, line: Any, code: str) -> None:
    report = take(session, prepared, a_class(session, prepared), line)

    assert [fault.code for fault in report.faults] == ([code] if code else [])
    assert report.kept == (0 if code else 1)


def test_whoever_is_enrolled_is_sealed_noted_and_known_by_their_id(session: Session, prepared: World) -> None:
    opened = a_class(session, prepared)
    take(session, prepared, opened, row(40, phone="19912345678"))

    (line,) = classes.roster(session, opened)
    assert line.person.citizen_id_index == sealing.blind_index(worlds.citizen_id(40), purpose="citizen-id")
    phone = sealing.decrypt_personal(line.trainee.phone_sealed, bound_to=f"programme_trainee:{line.person.id}")
    assert (phone, line.enterprise.name, line.trainee.role) == ("19912345678", "青松煤矿", "team_leader")
    assert access.doers(session, f"class:{opened}", "sit") == {line.person.id}


def test_next_year_the_same_person_may_come_again_from_another_enterprise(session: Session, prepared: World) -> None:
    planning.set_plan(session, prepared.actor(session, "planner"), Target(2025, 40, 100), now=NOW)
    later = a_class(session, prepared, code="2025-TL-01", year=2025)

    assert take(session, prepared, later, row(0, name="学员0", enterprise="北山煤矿")).kept == 1

    (line,) = classes.roster(session, later)
    assert line.trainee.id == prepared.trainees[0]
    assert line.enterprise.name == "北山煤矿"


def test_a_roster_needs_a_class_a_right_and_a_sheet(session: Session, prepared: World) -> None:
    def outcome(username: str, class_id: int, content: bytes) -> str:
        actor = prepared.actor(session, username)
        return code_of(lambda: enrolling.import_roster(session, actor, class_id, content, keep_good=True, now=NOW))

    sheet = worlds.roster(GOOD)  # type: ignore[arg-type]
    opened = a_class(session, prepared)
    assert outcome("planner", 9999, sheet) == "not_found"
    assert outcome("institution", opened, sheet) == "right_missing"
    assert outcome("planner", opened, b"PK no sheet") == "file_unreadable"
    assert names(session, opened) == []
    assert outcome("planner", opened, sheet) == "done"


# --- attendance ---

# The world records eight online hours on 2 November, and nothing after the fifth.
FREE, FULL_DAY = date(2026, 11, 6), date(2026, 11, 2)


def record(
    session: Session,
    world: World,
    *entries: tuple[int, date, Mode, int],
    actor: Actor | None = None,
    now: datetime = NOW,
) -> attending.AttendanceReport:
    """Record hours of the world's class; people are meant by their place on its roster."""
    attended = [Attended(world.trainees[place] if place < 6 else 9999, *rest) for place, *rest in entries]  # type: ignore[arg-type]
    actor = actor or world.actor(session, "institution")
    return attending.record_attendance(session, actor, world.class_id, attended, now=now)


def hours(session: Session, world: World, place: int) -> int:
    return sum(classes.hours(session, world.class_id)[world.trainees[place]].values())


def test_hours_are_recorded_once_however_often_they_are_sent(session: Session, prepared: World) -> None:
    before, lines = hours(session, prepared, 0), entries(session, "ATTENDANCE_RECORDED")
    new = ((0, FREE, Mode.ONLINE, 2), (0, FREE, Mode.PRACTICAL, 6))

    first, again, longer = (record(session, prepared, *sent) for sent in (new, new, (*new, (1, FREE, Mode.ONLINE, 1))))

    assert [(one.recorded, one.unchanged) for one in (first, again, longer)] == [(2, 0), (0, 2), (1, 2)]
    assert hours(session, prepared, 0) == before + 8
    assert entries(session, "ATTENDANCE_RECORDED") == lines + 2


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        pytest.param((0, FREE, Mode.ONLINE, 8), "done", id="a full day"),
        pytest.param((0, FULL_DAY, Mode.ONLINE, 7), "attendance_differs", id="other hours than are on record"),
        pytest.param((0, FULL_DAY, Mode.PRACTICAL, 1), "day_too_long", id="a ninth hour on a day"),
        pytest.param((9, FREE, Mode.ONLINE, 1), "not_enrolled", id="somebody who is not on the roster"),
        pytest.param(
            (0, TERM[0] - timedelta(days=1), Mode.ONLINE, 1), "day_outside_term", id="the day before the term"
        ),
        pytest.param((0, TERM[1], Mode.ONLINE, 1), "done", id="the last day of the term"),
        pytest.param((0, TERM[1] + timedelta(days=1), Mode.ONLINE, 1), "day_outside_term", id="the day after the term"),
    ],
)
def test_what_can_be_recorded(session: Session, prepared: World, entry: Any, said: str) -> None:
    before = hours(session, prepared, 1)

    # A sound entry travels with the doubtful one: all are recorded, or none.
    assert code_of(lambda: record(session, prepared, (1, FREE, Mode.ONLINE, 1), entry)) == said

    assert hours(session, prepared, 1) == before + (1 if said == "done" else 0)


def test_no_day_is_recorded_before_it_has_come(session: Session, prepared: World) -> None:
    midnight = datetime(2026, 11, 9, 16, 0, tzinfo=UTC)
    entry = (0, date(2026, 11, 10), Mode.ONLINE, 1)

    assert code_of(lambda: record(session, prepared, entry, now=midnight - timedelta(seconds=1))) == "day_in_future"
    assert code_of(lambda: record(session, prepared, entry, now=midnight)) == "done"


def test_a_day_has_eight_hours_over_all_classes_together(session: Session, prepared: World) -> None:
    planning.set_plan(session, prepared.actor(session, "planner"), Target(2025, 40, 100), now=NOW)
    later = a_class(session, prepared, code="2025-TL-01", year=2025)
    take(session, prepared, later, row(0, name="学员0"))
    record(session, prepared, (0, FREE, Mode.ONLINE, 5))
    institution = prepared.actor(session, "institution")

    def more(spent: int) -> str:
        entry = Attended(prepared.trainees[0], FREE, Mode.PRACTICAL, spent)
        return code_of(lambda: attending.record_attendance(session, institution, later, [entry], now=NOW))

    assert (more(4), more(3)) == ("day_too_long", "done")


def test_only_the_institution_that_teaches_a_class_records_its_hours(session: Session, prepared: World) -> None:
    own = prepared.actor(session, "institution")
    other = replace(own, organisation_id=prepared.organisations["institution2"])
    entry = (0, FREE, Mode.ONLINE, 1)

    said = {
        name: code_of(lambda: record(session, prepared, entry, actor=actor))  # noqa: B023
        for name, actor in {
            "another institution": other,
            "the planner": prepared.actor(session, "planner"),
            "the county": prepared.actor(session, "supervisor"),
            "an enterprise": prepared.actor(session, "enterprise"),
            "itself": own,
        }.items()
    }

    assert said == {
        "another institution": "not_found",
        "the planner": "right_missing",
        "the county": "right_missing",
        "an enterprise": "right_missing",
        "itself": "done",
    }


def test_the_roster_says_who_has_the_hours_and_what_the_others_lack(session: Session, prepared: World) -> None:
    seen = viewing.view_roster(session, prepared.actor(session, "institution"), prepared.class_id)

    missing = {one.line.person.name: one.met.reason.format(**one.met.values) for one in seen}
    assert missing == {**{f"学员{number}": "" for number in range(5)}, "学员5": "还缺实操3学时。"}
    assert seen[0].hours == {Mode.ONLINE: 8, Mode.OFFLINE_THEORY: 9, Mode.PRACTICAL: 3}


# --- photographs ---


def test_a_photograph_is_kept_sealed_at_its_person(session: Session, prepared: World) -> None:
    planner, trainee = prepared.actor(session, "planner"), prepared.trainees[0]
    photo = photos.fitting(jpeg())

    enrolling.set_photo(session, planner, trainee, photo, now=NOW)

    assert classes.photo(session, trainee) == (photo.content, PhotoType.JPEG)
    kept = session.get_one(Trainee, trainee).photo_sealed
    assert kept is not None and photo.content not in kept
    assert session.get_one(Trainee, prepared.trainees[1]).photo_sealed is None
