"""When an institution qualifies to train (三(二)), and who may teach for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.access.rules import separation
from service.access.rules.duties import NEVER_WITH_TRAINING
from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse

_QUALIFIES_CLAUSE = "三(二) 施教单位"
# 三(二): at least 2 full-time training managers.
LEAST_MANAGERS = 2
# 三(二): at least 3 full-time teachers.
LEAST_TEACHERS = 3
# 三(二): at least 2 teachers with a coal-mining major or 5 years of relevant practice, holding a senior title or grade.
LEAST_EXPERTS = 2
LEAST_PRACTICE_YEARS = 5


@dataclass(frozen=True, slots=True)
class Profile:
    """What an institution has; a practice base is preferred by 三(二), not required."""

    full_time_managers: int
    has_platform: bool
    practice_base: bool


@dataclass(frozen=True, slots=True)
class Teacher:
    """What counts about a lecturer."""

    senior: bool
    mining_major: bool
    practice_years: int
    full_time: bool

    @property
    def expert(self) -> bool:
        """Both parts: the major or the practice, and the senior title."""
        return self.senior and (self.mining_major or self.practice_years >= LEAST_PRACTICE_YEARS)


def conditions(profile: Profile | None, lecturers: Sequence[Teacher]) -> tuple[Decision, ...]:
    """Every condition of 三(二) with its answer, for a page that shows them all."""
    profile = profile or Profile(full_time_managers=0, has_platform=False, practice_base=False)
    teachers = sum(teacher.full_time for teacher in lecturers)
    experts = sum(teacher.expert for teacher in lecturers)
    return (
        _at_least(
            "managers_few", "专职培训管理人员{had}名，至少需要{least}名。", profile.full_time_managers, LEAST_MANAGERS
        ),
        _at_least("teachers_few", "专职培训教师{had}名，至少需要{least}名。", teachers, LEAST_TEACHERS),
        _at_least(
            "experts_few",
            "煤矿相关专业或有5年以上实践经验、并具有高级职称的教师{had}名，至少需要{least}名。",
            experts,
            LEAST_EXPERTS,
        ),
        _at_least("platform_missing", "没有满足需要的网络培训平台。", int(profile.has_platform), 1),
    )


def _at_least(code: str, reason: str, had: int, least: int) -> Decision:
    if had >= least:
        return ALLOWED
    return not_now(code, reason, source=_QUALIFIES_CLAUSE, had=had, least=least)


def institution_qualifies(profile: Profile | None, lecturers: Sequence[Teacher]) -> Decision:
    """Whether an institution may be given a class; the refusal names the first condition it lacks."""
    return first_refusal(*conditions(profile, lecturers))


def may_teach_full_time(duties: Iterable[str]) -> Decision:
    """Whether a holder of these duties may be an institution's full-time teacher: such a person is tied to it.

    So none that the institution's own may hold: the exam's, and those of its auditors, administrators and planners. A
    guest lecturer may hold duties that see no question before its exam; from the first class on they sleep. Makers of
    questions may not teach at all: :func:`separation.may_turn_to`.
    """
    for duty in sorted(NEVER_WITH_TRAINING & set(duties)):
        return refuse(
            "teacher_holds_exam_duty",
            "此人承担“{duty}”职责，不能同时是施教单位的专职教师，请另选教师。",
            source="三(五) 培考分离：严禁委托施教单位出卷和监考",
            duty=separation.word(duty),
        )
    return ALLOWED
