"""The programme's rules: hours and shares, plans, institutions, attendance."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Duty
from service.kernel.decision import Decision
from service.programme.rules import classes, hours, institutions, plans
from service.programme.rules.classes import Attended, ClassDraft
from service.programme.rules.hours import HOURS, Basis, Mode, Requirement
from service.programme.rules.institutions import Profile, Teacher
from service.programme.rules.plans import Target

LEADER, OFFICER, DEPUTY = TraineeRole.TEAM_LEADER, TraineeRole.SAFETY_OFFICER, TraineeRole.SAFETY_DEPUTY
DAY = date(2024, 5, 8)


def said(decision: Decision) -> str:
    """The sentence as a person reads it."""
    return decision.reason.format(**decision.values)


def gained(online: int, theory: int, practical: int) -> dict[Mode, int]:
    return {Mode.ONLINE: online, Mode.OFFLINE_THEORY: theory, Mode.PRACTICAL: practical}


# --- hours ---


@pytest.mark.parametrize("role", TraineeRole)
def test_every_role_has_a_requirement_that_adds_up(role: TraineeRole) -> None:
    needed = HOURS[role]

    assert needed.online + needed.offline == needed.total
    assert needed.practical <= needed.offline
    assert needed.source


@pytest.mark.parametrize(
    ("role", "by_mode", "sentence"),
    [
        pytest.param(LEADER, gained(8, 9, 3), "", id="leader exactly"),
        pytest.param(LEADER, gained(8, 8, 4), "", id="more practice replaces theory"),
        pytest.param(LEADER, gained(6, 9, 2), "还缺线上2学时、实操1学时。", id="leader lacks online and practice"),
        pytest.param(LEADER, gained(8, 12, 0), "还缺实操3学时。", id="theory never replaces practice"),
        pytest.param(LEADER, gained(8, 8, 2), "还缺线下1学时、实操1学时。", id="leader lacks offline and practice"),
        pytest.param(LEADER, gained(20, 0, 0), "还缺线下9学时、实操3学时。", id="surplus online replaces nothing"),
        pytest.param(LEADER, {}, "还缺线上8学时、线下9学时、实操3学时。", id="leader with nothing"),
        pytest.param(OFFICER, gained(6, 9, 0), "", id="officer exactly"),
        pytest.param(DEPUTY, gained(6, 5, 4), "", id="deputy's practice counts as offline"),
        pytest.param(DEPUTY, gained(5, 7, 0), "还缺线上1学时、线下2学时。", id="deputy lacks both"),
    ],
)
def test_hours_met_says_exactly_what_is_missing(role: TraineeRole, by_mode: dict[Mode, int], sentence: str) -> None:
    decision = hours.hours_met(role, by_mode)

    assert (decision.allowed, said(decision)) == (not sentence, sentence)


@given(st.sampled_from(TraineeRole), st.dictionaries(st.sampled_from(Mode), st.integers(0, 30)))
def test_after_the_missing_hours_nothing_is_missing(role: TraineeRole, by_mode: dict[Mode, int]) -> None:
    missing = hours.shortfall(role, by_mode)
    completed = {
        Mode.ONLINE: by_mode.get(Mode.ONLINE, 0) + missing.online,
        Mode.OFFLINE_THEORY: by_mode.get(Mode.OFFLINE_THEORY, 0) + missing.offline,
        Mode.PRACTICAL: by_mode.get(Mode.PRACTICAL, 0) + missing.practical,
    }

    assert hours.hours_met(role, completed).allowed
    assert sum(completed.values()) >= HOURS[role].total
    for mode in Mode:
        one_less = {**completed, mode: completed[mode] - 1}
        if completed[mode] > by_mode.get(mode, 0):
            assert not hours.hours_met(role, one_less).allowed


@pytest.mark.parametrize(
    ("role", "needed", "basis", "sentence"),
    [
        pytest.param(LEADER, HOURS[LEADER], Basis.OFFLINE, "", id="3 of 12 is a quarter"),
        pytest.param(
            LEADER, HOURS[LEADER], Basis.TOTAL, "实操3学时，占总学时20学时的15%，低于25%。", id="3 of 20 is less"
        ),
        pytest.param(LEADER, Requirement(20, 8, 12, 5, ""), Basis.TOTAL, "", id="5 of 20 is a quarter"),
        pytest.param(OFFICER, HOURS[OFFICER], Basis.TOTAL, "", id="the practical share is for leaders"),
        pytest.param(
            OFFICER,
            Requirement(15, 7, 8, 0, ""),
            Basis.OFFLINE,
            "线下8学时，占总学时15学时的53.3333%，低于60%。",
            id="8 of 15 offline",
        ),
    ],
)
def test_shares(role: TraineeRole, needed: Requirement, basis: Basis, sentence: str) -> None:
    decision = hours.shares_met(role, needed, basis)

    assert (decision.allowed, said(decision)) == (not sentence, sentence)


def test_a_plan_on_the_default_basis_holds_and_carries_the_notice() -> None:
    sentence = "实操3学时，占总学时20学时的15%，低于25%。"

    assert hours.plan_shares(hours.PRACTICAL_BASIS).allowed
    assert said(hours.plan_notice(hours.PRACTICAL_BASIS)) == sentence
    assert not hours.plan_shares(Basis.TOTAL).allowed
    assert said(hours.plan_notice(Basis.TOTAL)) == sentence
    assert hours.notice(LEADER, Requirement(20, 8, 12, 5, "")).allowed


# --- plans ---


def test_the_documents_targets_add_up_to_a_hundred_people() -> None:
    assert sum(target.people for target in plans.TARGETS) == 100
    assert [target.cumulative_percent for target in plans.TARGETS] == [60, 100]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        pytest.param(Target(2026, 10, 100), "allowed", id="stays at a hundred"),
        pytest.param(Target(2023, 10, 60), "allowed", id="an earlier year as high as the next"),
        pytest.param(Target(2023, 10, 61), "plan_percent", id="an earlier year above the next"),
        pytest.param(Target(2026, 10, 99), "plan_percent", id="a later year falls"),
        pytest.param(Target(2024, 10, 99), "allowed", id="the same year is being replaced"),
    ],
)
def test_cumulative_percentages_never_fall(target: Target, code: str) -> None:
    assert plans.may_set(target, plans.TARGETS).code == code


def test_progress_counts_a_person_once_over_the_years() -> None:
    first, second = plans.progress(plans.TARGETS, enrolled={2024: 60, 2025: 41}, newcomers={2024: 60, 2025: 39})

    assert (first.enrolled, first.reached, first.whole, first.on_target) == (60, 60, 100, True)
    assert (second.enrolled, second.reached, second.whole, second.on_target) == (41, 99, 100, False)


# --- institutions ---

EXPERT = Teacher(senior=True, mining_major=True, practice_years=0, full_time=True)
PRACTISED = Teacher(senior=True, mining_major=False, practice_years=5, full_time=True)
PLAIN = Teacher(senior=False, mining_major=True, practice_years=30, full_time=True)
NOVICE = Teacher(senior=True, mining_major=False, practice_years=4, full_time=True)
GUEST = Teacher(senior=True, mining_major=True, practice_years=9, full_time=False)
SOUND = Profile(full_time_managers=2, has_platform=True, practice_base=False)


@pytest.mark.parametrize(
    ("profile", "lecturers", "code"),
    [
        pytest.param(SOUND, [EXPERT, PRACTISED, PLAIN], "allowed", id="just enough"),
        pytest.param(SOUND, [EXPERT, GUEST, PLAIN, NOVICE], "allowed", id="an expert may be a guest"),
        pytest.param(Profile(1, True, True), [EXPERT, PRACTISED, PLAIN], "managers_few", id="one manager"),
        pytest.param(SOUND, [EXPERT, PRACTISED, GUEST], "teachers_few", id="a guest is no full-time teacher"),
        pytest.param(SOUND, [EXPERT, PLAIN, PLAIN], "experts_few", id="no senior title"),
        pytest.param(SOUND, [EXPERT, NOVICE, PLAIN], "experts_few", id="four years of practice"),
        pytest.param(Profile(2, False, True), [EXPERT, PRACTISED, PLAIN], "platform_missing", id="no platform"),
        pytest.param(None, [EXPERT, PRACTISED, PLAIN], "managers_few", id="no profile at all"),
    ],
)
def test_institution_qualifies(profile: Profile | None, lecturers: list[Teacher], code: str) -> None:
    assert institutions.institution_qualifies(profile, lecturers).code == code


def test_all_conditions_are_answered_together() -> None:
    answers = institutions.conditions(None, [])

    assert [answer.code for answer in answers] == ["managers_few", "teachers_few", "experts_few", "platform_missing"]
    assert said(answers[0]) == "专职培训管理人员0名，至少需要2名。"


def test_a_holder_of_an_exam_duty_is_no_full_time_teacher() -> None:
    decision = institutions.may_teach_full_time({Duty.AUTHOR, Duty.STATISTICS})

    assert decision.code == "teacher_holds_exam_duty"
    assert said(decision) == "此人承担“命题”职责，不能同时是施教单位的专职教师，请另选教师。"
    assert institutions.may_teach_full_time({Duty.STATISTICS}).allowed


@pytest.mark.parametrize("duty", [Duty.AUDIT, Duty.ADMINISTER, Duty.SECURE, Duty.PLAN])
def test_nor_is_who_opens_the_way_to_the_exam(duty: Duty) -> None:
    assert institutions.may_teach_full_time({duty}).code == "teacher_holds_exam_duty"


# --- opening a class ---


def draft(**changes: object) -> ClassDraft:
    fields: dict[str, object] = {
        "code": "2024-TL-01",
        "name": "班组长第一班",
        "role": LEADER,
        "plan_year": 2024,
        "institution_id": 1,
        "starts_on": DAY,
        "ends_on": DAY,
        "lecturer_ids": (1,),
    }
    return ClassDraft(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "planned", "taken", "code"),
    [
        pytest.param({}, True, False, "allowed", id="a class of one day"),
        pytest.param({}, False, False, "plan_missing", id="no plan for the year"),
        pytest.param({}, True, True, "class_code_taken", id="code in use"),
        pytest.param({"ends_on": DAY - timedelta(1)}, True, False, "class_term", id="ends before it starts"),
        pytest.param({"lecturer_ids": ()}, True, False, "class_without_lecturer", id="nobody teaches"),
        pytest.param({"lecturer_ids": (1, 9)}, True, False, "lecturer_foreign", id="another institution's lecturer"),
    ],
)
def test_may_open(changes: dict[str, object], planned: bool, taken: bool, code: str) -> None:
    decision = classes.may_open(draft(**changes), planned=planned, code_taken=taken, lecturers={1, 2})

    assert decision.code == code
    assert "{" not in said(decision)


# --- attendance ---


@pytest.mark.parametrize(
    ("trainee", "day", "code"),
    [
        pytest.param(1, DAY, "allowed", id="today, the last day but one"),
        pytest.param(1, DAY - timedelta(2), "allowed", id="first day"),
        pytest.param(1, DAY - timedelta(3), "day_outside_term", id="before the term"),
        pytest.param(1, DAY + timedelta(2), "day_outside_term", id="after the term"),
        pytest.param(1, DAY + timedelta(1), "day_in_future", id="tomorrow"),
        pytest.param(9, DAY, "not_enrolled", id="a stranger"),
    ],
)
def test_may_record(trainee: int, day: date, code: str) -> None:
    entry = Attended(trainee, day, Mode.ONLINE, 2)
    starts_on, ends_on = DAY - timedelta(2), DAY + timedelta(1)
    decision = classes.may_record(entry, enrolled={1, 2}, starts_on=starts_on, ends_on=ends_on, today=DAY)

    assert decision.code == code
    assert "{" not in said(decision)


@pytest.mark.parametrize(
    ("new", "code"),
    [
        pytest.param([(1, Mode.ONLINE, 2)], "allowed", id="six and two"),
        pytest.param([(1, Mode.ONLINE, 3)], "day_too_long", id="six and three"),
        pytest.param([(1, Mode.ONLINE, 1), (1, Mode.PRACTICAL, 2)], "day_too_long", id="together too long"),
        pytest.param([(2, Mode.ONLINE, 8)], "allowed", id="somebody else's full day"),
    ],
)
def test_a_day_has_eight_hours(new: list[tuple[int, Mode, int]], code: str) -> None:
    entries = [Attended(trainee, DAY, mode, number) for trainee, mode, number in new]

    assert classes.fits_the_day(entries, {(1, DAY): 6}).code == code


ENTRIES = st.lists(
    st.builds(Attended, st.integers(1, 3), st.just(DAY), st.sampled_from(Mode), st.integers(1, 3)), max_size=12
)


@given(ENTRIES)
def test_recording_twice_is_recording_once(entries: list[Attended]) -> None:
    new = classes.unrecorded(entries, {})
    recorded = {entry.key: entry.hours for entry in new}

    assert {entry.key for entry in entries} == set(recorded)
    assert len(new) == len(recorded)
    assert classes.unrecorded(entries, recorded) == []
    contradicted = any(recorded[entry.key] != entry.hours for entry in entries)
    assert classes.agrees(entries, {}).allowed is not contradicted
    assert classes.agrees(entries, recorded).allowed is not contradicted


def test_other_hours_for_the_same_entry_are_refused_by_name() -> None:
    decision = classes.agrees([Attended(7, DAY, Mode.PRACTICAL, 3)], {(7, DAY, Mode.PRACTICAL): 2})

    assert said(decision) == "学员（编号7）2024-05-08的线下实操已登记为2学时，不能再登记为3学时。"
