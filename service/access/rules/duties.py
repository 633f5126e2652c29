"""The duties of the service, which of them are the exam's, and which bodies may hold them."""

from collections.abc import Mapping
from enum import StrEnum

from service.access.rules.people import OrganisationKind as Kind


class Duty(StrEnum):
    """What an account may be charged with. The bureau's exam duties come first (DOMAIN §5)."""

    AUTHOR = "author"
    REVIEW = "review"
    ASSEMBLE = "assemble"
    APPROVE = "approve"
    ARRANGE = "arrange"
    PROCTOR = "proctor"
    CUSTODY = "custody"
    MARK = "mark"
    CONFIRM = "confirm"
    PUBLISH = "publish"
    PLAN = "plan"
    SUPERVISE = "supervise"
    ATTEND = "attend"
    DECLARE = "declare"
    STATISTICS = "statistics"
    AUDIT = "audit"
    ADMINISTER = "administer"
    SECURE = "secure"
    SIT = "sit"


DUTY_NAMES = {
    Duty.AUTHOR: "命题",
    Duty.REVIEW: "审题",
    Duty.ASSEMBLE: "组卷",
    Duty.APPROVE: "审批",
    Duty.ARRANGE: "考务安排",
    Duty.PROCTOR: "监考启封",
    Duty.CUSTODY: "保管启封",
    Duty.MARK: "评卷",
    Duty.CONFIRM: "成绩确认",
    Duty.PUBLISH: "成绩发布",
    Duty.PLAN: "项目管理",
    Duty.SUPERVISE: "县级督促",
    Duty.ATTEND: "施教考勤",
    Duty.DECLARE: "企业申报",
    Duty.STATISTICS: "通过率查询",
    Duty.AUDIT: "审计",
    Duty.ADMINISTER: "系统管理",
    Duty.SECURE: "安全管理",
    Duty.SIT: "参加考试",
}

# 三(五): setting papers and proctoring may never be entrusted to a training institution.
EXAM_DUTIES = frozenset(
    {
        Duty.AUTHOR,
        Duty.REVIEW,
        Duty.ASSEMBLE,
        Duty.APPROVE,
        Duty.ARRANGE,
        Duty.PROCTOR,
        Duty.CUSTODY,
        Duty.MARK,
        Duty.CONFIRM,
        Duty.PUBLISH,
    }
)

# What opens the way to duties of the exam without being one: two administrators together come in as anybody, by a
# password that the one sets and a code that the other gives; a planner reads citizen ids in full, whose last characters
# candidates sign in with, and keeps lecturers and rosters, from which ties and bars follow.
OFFICE = frozenset({Duty.ADMINISTER, Duty.SECURE, Duty.PLAN})

# Whoever is tied to a training institution may hold none of these: an auditor changes nothing, but sees the papers'
# states, the rooms' records and the journal (invariant 1: by any path).
NEVER_WITH_TRAINING = EXAM_DUTIES | {Duty.AUDIT} | OFFICE

# Whoever is charged with one of these reads questions before anybody sits them: the bank, papers in the making, or
# sealed papers, which custodians print and break open.
MAKERS = frozenset({Duty.AUTHOR, Duty.REVIEW, Duty.ASSEMBLE, Duty.APPROVE, Duty.CUSTODY})

# Whoever holds one of these has a custody key, and a hand in opening the papers that were sealed to it.
CUSTODIANS = frozenset({Duty.PROCTOR, Duty.CUSTODY})

# GB/T 22239-2019 8.1.5: system, security and audit administrators are three people, and none does another's work.
# Whoever opens accounts grants no duties, whoever grants duties opens no accounts, and whoever reads the record does
# neither.
ADMINISTRATORS = frozenset({Duty.ADMINISTER, Duty.SECURE, Duty.AUDIT})

# Which kinds of organisation may hold a duty. Exam duties: the bureau, and for proctoring the county (三(五)).
HOLDERS: Mapping[Duty, frozenset[Kind]] = {
    **{duty: frozenset({Kind.BUREAU}) for duty in EXAM_DUTIES},
    Duty.PROCTOR: frozenset({Kind.BUREAU, Kind.COUNTY}),
    Duty.PLAN: frozenset({Kind.BUREAU}),
    Duty.SUPERVISE: frozenset({Kind.COUNTY}),
    Duty.ATTEND: frozenset({Kind.INSTITUTION}),
    Duty.DECLARE: frozenset({Kind.ENTERPRISE}),
    Duty.STATISTICS: frozenset({Kind.HR, Kind.AGENCY, Kind.FINANCE, Kind.BUREAU}),
    Duty.AUDIT: frozenset({Kind.BUREAU, Kind.HR}),
    Duty.ADMINISTER: frozenset({Kind.BUREAU}),
    Duty.SECURE: frozenset({Kind.BUREAU}),
    # Sitting is not granted to accounts: it comes with an admission ticket and an admitted seat.
    Duty.SIT: frozenset(),
}
