"""The table of rights: right → duties that carry it, each with its reach. Deny by default.

This table is the one place that says who may do what; routes name a right, the guard looks it up here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.access.rules.duties import Duty


class Reach(StrEnum):
    """How far a grant goes."""

    OWN = "own"
    ASSIGNED = "assigned"
    ORGANISATION = "organisation"
    COUNTY = "county"
    ALL = "all"


class Right(StrEnum):
    """What a route may ask for."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    PASSWORD_OWN = "password.own"  # noqa: S105
    ACCOUNTS_MANAGE = "accounts.manage"
    ACCOUNTS_VIEW = "accounts.view"
    DUTIES_GRANT = "duties.grant"
    DUTIES_EMERGENCY = "duties.emergency"
    EMERGENCIES_VIEW = "emergencies.view"
    EMERGENCIES_SEEN = "emergencies.seen"
    TIES_RECORD = "ties.record"
    PERSON_READ_FULL = "person.read_full"
    BANK_READ = "bank.read"
    BANK_AUTHOR = "bank.author"
    BANK_REVIEW = "bank.review"
    BANK_SUSPEND = "bank.suspend"
    PROGRAMME_PLAN = "programme.plan"
    PROGRAMME_VIEW = "programme.view"
    PROGRAMME_ATTENDANCE = "programme.attendance"
    PAPERS_VIEW = "papers.view"
    PAPERS_ASSEMBLE = "papers.assemble"
    PAPERS_APPROVE = "papers.approve"
    PAPERS_OPEN = "papers.open"
    PAPERS_BREAK_OPEN = "papers.break_open"
    PAPERS_SWITCH = "papers.switch"
    PAPERS_SEEN = "papers.seen"
    PAPERS_PRINT = "papers.print"
    SITTINGS_VIEW = "sittings.view"
    SITTINGS_RECORD = "sittings.record"
    SITTINGS_ARRANGE = "sittings.arrange"
    SITTINGS_APPROVE = "sittings.approve"
    SITTINGS_PROCTOR = "sittings.proctor"
    SITTINGS_ON_PAPER = "sittings.on_paper"
    SITTINGS_CLOCK = "sittings.clock"
    SITTINGS_REOPEN = "sittings.reopen"
    SITTINGS_SIT = "sittings.sit"
    RESULTS_UNPUBLISHED = "results.unpublished"
    RESULTS_TRANSCRIBE = "results.transcribe"
    RESULTS_MARK = "results.mark"
    RESULTS_MARKS = "results.marks"
    RESULTS_CONFIRM = "results.confirm"
    RESULTS_PUBLISH = "results.publish"
    RESULTS_PUBLISHED = "results.published"
    RESULTS_PAYMENTS = "results.payments"
    RESULTS_CREDITS = "results.credits"
    STATISTICS_PASS_RATES = "statistics.pass_rates"  # noqa: S105
    JOURNAL_READ = "journal.read"
    JOURNAL_HEADS = "journal.heads"
    RECORDS_DISPOSE = "records.dispose"
    NAMESAKES_JUDGE = "namesakes.judge"


@dataclass(frozen=True, slots=True)
class Grants:
    """One row of the table: the right in words, whether it touches the exam, who holds it and how far."""

    title: str
    exam: bool
    to: Mapping[Duty, Reach] = field(default_factory=dict)


RIGHTS: Mapping[Right, Grants] = {
    Right.PUBLIC: Grants("公开", False),
    Right.SIGNED_IN: Grants("已登录", False),
    # All that a password which somebody else made is good for.
    Right.PASSWORD_OWN: Grants("选定自己的密码", False),
    Right.ACCOUNTS_MANAGE: Grants("管理单位与账号", False, {Duty.ADMINISTER: Reach.ALL}),
    Right.ACCOUNTS_VIEW: Grants("查看账号与职责", False, {Duty.ADMINISTER: Reach.ALL, Duty.SECURE: Reach.ALL}),
    Right.DUTIES_GRANT: Grants("授予职责与解除登录限制", False, {Duty.SECURE: Reach.ALL}),
    Right.DUTIES_EMERGENCY: Grants("应急授权", False, {Duty.ADMINISTER: Reach.ALL, Duty.SECURE: Reach.ALL}),
    Right.EMERGENCIES_VIEW: Grants(
        "查看应急授权", False, {Duty.ADMINISTER: Reach.ALL, Duty.SECURE: Reach.ALL, Duty.AUDIT: Reach.ALL}
    ),
    # The audit administrator's alone: whatever the other two did, the third looks at.
    Right.EMERGENCIES_SEEN: Grants("登记应急授权已阅", False, {Duty.AUDIT: Reach.ALL}),
    Right.TIES_RECORD: Grants("登记回避关系", False, {Duty.ADMINISTER: Reach.ALL, Duty.PLAN: Reach.ALL}),
    Right.PERSON_READ_FULL: Grants("查看完整身份证号", False, {Duty.PLAN: Reach.ALL}),
    Right.BANK_READ: Grants("查看题库", True, {Duty.AUTHOR: Reach.ALL, Duty.REVIEW: Reach.ALL}),
    Right.BANK_AUTHOR: Grants("命题", True, {Duty.AUTHOR: Reach.ALL}),
    Right.BANK_REVIEW: Grants("审题", True, {Duty.REVIEW: Reach.ALL}),
    Right.BANK_SUSPEND: Grants("暂停试题", True, {Duty.AUTHOR: Reach.ALL, Duty.REVIEW: Reach.ALL}),
    Right.PROGRAMME_PLAN: Grants("管理培训项目", False, {Duty.PLAN: Reach.ALL}),
    Right.PROGRAMME_VIEW: Grants(
        "查看班次与名册",
        False,
        {
            Duty.PLAN: Reach.ALL,
            Duty.ARRANGE: Reach.ALL,
            Duty.ASSEMBLE: Reach.ALL,
            Duty.APPROVE: Reach.ALL,
            Duty.CUSTODY: Reach.ALL,
            Duty.CONFIRM: Reach.ALL,
            Duty.PUBLISH: Reach.ALL,
            Duty.STATISTICS: Reach.ALL,
            Duty.AUDIT: Reach.ALL,
            Duty.SUPERVISE: Reach.COUNTY,
            Duty.ATTEND: Reach.ORGANISATION,
            Duty.DECLARE: Reach.ORGANISATION,
        },
    ),
    Right.PROGRAMME_ATTENDANCE: Grants("登记考勤学时", False, {Duty.ATTEND: Reach.ORGANISATION}),
    Right.PAPERS_VIEW: Grants(
        "查看试卷状态",
        True,
        {
            Duty.ASSEMBLE: Reach.ALL,
            Duty.APPROVE: Reach.ALL,
            Duty.ARRANGE: Reach.ALL,
            Duty.CUSTODY: Reach.ALL,
            Duty.AUDIT: Reach.ALL,
        },
    ),
    Right.PAPERS_ASSEMBLE: Grants("组卷", True, {Duty.ASSEMBLE: Reach.ALL}),
    Right.PAPERS_APPROVE: Grants("审批并封卷", True, {Duty.APPROVE: Reach.ALL}),
    Right.PAPERS_OPEN: Grants("启封试卷", True, {Duty.PROCTOR: Reach.ASSIGNED}),
    Right.PAPERS_BREAK_OPEN: Grants("应急启封", True, {Duty.CUSTODY: Reach.ALL}),
    Right.PAPERS_SWITCH: Grants(
        "换用备用卷",
        True,
        {Duty.ARRANGE: Reach.ALL, Duty.APPROVE: Reach.ALL, Duty.PROCTOR: Reach.ASSIGNED},
    ),
    Right.PAPERS_SEEN: Grants("查看谁看过试卷", True, {Duty.APPROVE: Reach.ALL, Duty.AUDIT: Reach.ALL}),
    Right.PAPERS_PRINT: Grants("打印试卷", True, {Duty.CUSTODY: Reach.ALL, Duty.PROCTOR: Reach.ASSIGNED}),
    Right.SITTINGS_VIEW: Grants(
        "查看考试场次",
        True,
        {Duty.ARRANGE: Reach.ALL, Duty.PROCTOR: Reach.ASSIGNED, Duty.AUDIT: Reach.ALL},
    ),
    Right.SITTINGS_RECORD: Grants(
        "查看考场记录与照片",
        True,
        {
            Duty.ARRANGE: Reach.ALL,
            Duty.PROCTOR: Reach.ASSIGNED,
            Duty.CONFIRM: Reach.ALL,
            Duty.PUBLISH: Reach.ALL,
            Duty.AUDIT: Reach.ALL,
        },
    ),
    Right.SITTINGS_ARRANGE: Grants("安排考试", True, {Duty.ARRANGE: Reach.ALL}),
    Right.SITTINGS_APPROVE: Grants("审批个别安排", True, {Duty.APPROVE: Reach.ALL}),
    Right.SITTINGS_PROCTOR: Grants("监考", True, {Duty.PROCTOR: Reach.ASSIGNED}),
    Right.SITTINGS_ON_PAPER: Grants("登记纸笔作答", True, {Duty.ARRANGE: Reach.ALL, Duty.PROCTOR: Reach.ASSIGNED}),
    # Whoever arranges the exam may still have a network where the room has none.
    Right.SITTINGS_CLOCK: Grants("暂停、恢复和加时", True, {Duty.ARRANGE: Reach.ALL, Duty.PROCTOR: Reach.ASSIGNED}),
    Right.SITTINGS_REOPEN: Grants("重新开启答卷", True, {Duty.ARRANGE: Reach.ALL, Duty.PROCTOR: Reach.ASSIGNED}),
    Right.SITTINGS_SIT: Grants("参加考试", True, {Duty.SIT: Reach.OWN}),
    Right.RESULTS_UNPUBLISHED: Grants("查看未发布成绩", True, {Duty.CONFIRM: Reach.ALL, Duty.PUBLISH: Reach.ALL}),
    # What is written on a sheet, position by position, and never what would be right.
    Right.RESULTS_TRANSCRIBE: Grants("誊录纸质答题卡", True, {Duty.PROCTOR: Reach.ASSIGNED, Duty.MARK: Reach.ALL}),
    Right.RESULTS_MARK: Grants("评阅主观题", True, {Duty.MARK: Reach.ALL}),
    # Both marks of every free text, without whose it is.
    Right.RESULTS_MARKS: Grants(
        "查看评卷记录", True, {Duty.CONFIRM: Reach.ALL, Duty.PUBLISH: Reach.ALL, Duty.AUDIT: Reach.ALL}
    ),
    Right.RESULTS_CONFIRM: Grants("确认成绩", True, {Duty.CONFIRM: Reach.ALL}),
    Right.RESULTS_PUBLISH: Grants("发布成绩", True, {Duty.PUBLISH: Reach.ALL}),
    Right.RESULTS_PUBLISHED: Grants(
        "查看已发布成绩",
        False,
        {
            Duty.PLAN: Reach.ALL,
            Duty.CONFIRM: Reach.ALL,
            Duty.PUBLISH: Reach.ALL,
            Duty.STATISTICS: Reach.ALL,
            Duty.AUDIT: Reach.ALL,
            Duty.SUPERVISE: Reach.COUNTY,
            Duty.ATTEND: Reach.ORGANISATION,
            Duty.DECLARE: Reach.ORGANISATION,
        },
    ),
    Right.RESULTS_PAYMENTS: Grants(
        "查看支付名单", False, {Duty.PLAN: Reach.ALL, Duty.STATISTICS: Reach.ALL, Duty.AUDIT: Reach.ALL}
    ),
    Right.RESULTS_CREDITS: Grants(
        "查询学时认定", False, {Duty.PLAN: Reach.ALL, Duty.STATISTICS: Reach.ALL, Duty.AUDIT: Reach.ALL}
    ),
    Right.STATISTICS_PASS_RATES: Grants(
        "查询通过率", False, {Duty.STATISTICS: Reach.ALL, Duty.PLAN: Reach.ALL, Duty.AUDIT: Reach.ALL}
    ),
    Right.JOURNAL_READ: Grants("查阅审计日志", True, {Duty.AUDIT: Reach.ALL}),
    # Heads say how many entries there are and nothing of what is in them, so whoever pays may watch over them too.
    Right.JOURNAL_HEADS: Grants("查阅日志的签名树头", False, {Duty.AUDIT: Reach.ALL, Duty.STATISTICS: Reach.ALL}),
    # What goes is evidence of the exam, so nobody who is tied to an institution has a hand in it.
    Right.RECORDS_DISPOSE: Grants("处置期满记录", True, {Duty.CONFIRM: Reach.ALL, Duty.PUBLISH: Reach.ALL}),
    # Who could be one under two ids, and what each has to do with the exam.
    Right.NAMESAKES_JUDGE: Grants("核对同名人员", True, {Duty.AUDIT: Reach.ALL}),
}
