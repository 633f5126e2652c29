"""What must be settled before the results of a class may be confirmed, and the sentence for each."""

from dataclasses import dataclass

from service.kernel.decision import Decision, not_now

TWO_PEOPLE = "两人原则（本系统规则）"


@dataclass(frozen=True, slots=True)
class Pending:
    """What must be settled before the results of a class may be confirmed, counted.

    ``terminations``: whether a result is void is undecided, because the exam was ended or because somebody proposed it.
    ``cases``: open cases of the door. ``signatures``: proctors who have not signed the room record as it is.
    ``scripts``: free texts whose points are not settled. ``declarations``: seats that one person declared to answer on
    paper, and no second one decided. ``transcriptions``: answer sheets on paper that are not copied yet.
    ``unexplained``: exams that were never held, for their paper never was opened, and whose room has noted no incident
    that says why.
    """

    terminations: int = 0
    cases: int = 0
    signatures: int = 0
    late_answers: int = 0
    scripts: int = 0
    declarations: int = 0
    transcriptions: int = 0
    unexplained: int = 0


NOTHING_PENDING = Pending()


def pending_matters(pending: Pending) -> list[Decision]:
    """One refusal for every matter that still waits, each naming what is missing; none where nothing does."""
    matters = (
        not_now(
            "void_undecided",
            "还有{number}名考生的成绩是否作废没有裁定（终止考试的考生必须裁定）。",
            source=TWO_PEOPLE,
            number=pending.terminations,
        ),
        not_now("cases_open", "还有{number}件签到疑点没有结案。", number=pending.cases),
        not_now(
            "record_unsigned",
            "考场记录还缺{number}名监考员的确认；确实不能确认的，由考务人员在考场记录页注明原因。",
            number=pending.signatures,
        ),
        not_now("late_answers_undecided", "还有{number}条迟到的答案没有裁定。", number=pending.late_answers),
        not_now(
            "scripts_unsettled",
            "还有{number}份主观题答卷没有定分，请承担“评卷”职责、与本班次没有关联的同事在评卷页继续。",
            source=TWO_PEOPLE,
            number=pending.scripts,
        ),
        not_now(
            "never_held_unexplained",
            "有{number}场考试的试卷始终没有启封，已入场考生的成绩按作废处理，不占补考机会。"
            "请本场监考员在考场看板“记录异常”（整个考场）写明原因，再由考务人员安排补考。",
            number=pending.unexplained,
        ),
    )
    return [matter for matter in matters if matter.values["number"]] + of_paper(pending)


def of_paper(pending: Pending) -> list[Decision]:
    """What still waits of those who answered on paper."""
    matters = (
        not_now(
            "declarations_undecided",
            "还有{number}个座位的纸笔作答登记没有第二人确认，请在该场次的“纸笔作答”页确认或否决。",
            source=TWO_PEOPLE,
            number=pending.declarations,
        ),
        not_now(
            "sheets_untranscribed",
            "还有{number}份纸质答题卡没有誊录完，请两名与本班次没有关联的同事在“誊录答题卡”页各自誊录。",
            source=TWO_PEOPLE,
            number=pending.transcriptions,
        ),
    )
    return [matter for matter in matters if matter.values["number"]]
