"""Opening a class, and recording who attended it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.access.rules.people import TraineeRole
from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now
from service.programme.rules.hours import MODE_NAMES, Mode

_REAL_NAME_CLAUSE = "五(三) 实名制与考勤"
# The document does not limit a day; eight hours is the ordinary working day and stops slips of the keyboard.
MOST_HOURS_A_DAY = 8


@dataclass(frozen=True, slots=True)
class ClassDraft:
    """What a clerk fills in to open a class; the lecturers are those who will teach it."""

    code: str
    name: str
    role: TraineeRole
    plan_year: int
    institution_id: int
    starts_on: date
    ends_on: date
    lecturer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Attended:
    """So many hours of a trainee on a day in one manner."""

    trainee_id: int
    day: date
    mode: Mode
    hours: int

    @property
    def key(self) -> tuple[int, date, Mode]:
        return self.trainee_id, self.day, self.mode


def may_open(draft: ClassDraft, *, planned: bool, code_taken: bool, lecturers: Collection[int]) -> Decision:
    """Whether a class can be opened as drafted; ``lecturers`` are those of its institution."""
    decisions = (
        (planned, "plan_missing", "还没有设置{year}年的培训计划，请先设置计划。"),
        (not code_taken, "class_code_taken", "班次编号{class_code}已被使用，请换一个编号。"),
        (draft.starts_on <= draft.ends_on, "class_term", "班次的结束日期不能早于开始日期。"),
        (bool(draft.lecturer_ids), "class_without_lecturer", "请至少为班次指定一名授课教师。"),
        (set(draft.lecturer_ids) <= set(lecturers), "lecturer_foreign", "授课教师必须是该施教单位登记的教师。"),
    )
    return first_refusal(
        *(
            not_now(code, reason, source="三(四) 培训组织", year=draft.plan_year, class_code=draft.code)
            for sound, code, reason in decisions
            if not sound
        )
    )


def unrecorded(entries: Iterable[Attended], recorded: Mapping[tuple[int, date, Mode], int]) -> list[Attended]:
    """The entries that are new: exact repeats of the record or of one another are left out."""
    new: dict[tuple[int, date, Mode], Attended] = {}
    for entry in entries:
        if entry.key not in recorded:
            new.setdefault(entry.key, entry)
    return list(new.values())


def agrees(entries: Iterable[Attended], recorded: Mapping[tuple[int, date, Mode], int]) -> Decision:
    """Whether no entry contradicts the record or another entry: hours once recorded do not change silently."""
    known = dict(recorded)
    for entry in entries:
        hours = known.setdefault(entry.key, entry.hours)
        if hours != entry.hours:
            return not_now(
                "attendance_differs",
                "学员（编号{trainee}）{day}的{mode}已登记为{recorded}学时，不能再登记为{hours}学时。",
                source=_REAL_NAME_CLAUSE,
                trainee=entry.trainee_id,
                day=entry.day,
                mode=MODE_NAMES[entry.mode],
                recorded=hours,
                hours=entry.hours,
            )
    return ALLOWED


def may_record(entry: Attended, *, enrolled: Collection[int], starts_on: date, ends_on: date, today: date) -> Decision:
    """Whether one entry can be true: an enrolled trainee, on a day of the class that has come."""
    decisions = (
        (entry.trainee_id in enrolled, "not_enrolled", "学员（编号{trainee}）不在本班次名册中，不能登记考勤。"),
        (
            starts_on <= entry.day <= ends_on,
            "day_outside_term",
            "{day}不在班次的培训期内（{starts_on}至{ends_on}）。",
        ),
        (entry.day <= today, "day_in_future", "{day}还没有到，不能提前登记考勤。"),
    )
    values = {"trainee": entry.trainee_id, "day": entry.day, "starts_on": starts_on, "ends_on": ends_on}
    return first_refusal(
        *(not_now(code, reason, source=_REAL_NAME_CLAUSE, **values) for sound, code, reason in decisions if not sound)
    )


def fits_the_day(new: Sequence[Attended], taken: Mapping[tuple[int, date], int]) -> Decision:
    """Whether nobody gets more than eight hours a day; ``taken`` are hours already recorded, in whatever class."""
    total = dict(taken)
    for entry in new:
        day = entry.trainee_id, entry.day
        total[day] = total.get(day, 0) + entry.hours
        if total[day] > MOST_HOURS_A_DAY:
            return not_now(
                "day_too_long",
                "学员（编号{trainee}）{day}的学时合计{hours}，超过每天{most}学时。",
                source="设置：每天最多8学时（项目文件未规定）",
                trainee=entry.trainee_id,
                day=entry.day,
                hours=total[day],
                most=MOST_HOURS_A_DAY,
            )
    return ALLOWED
