"""Printing a paper for a room without machines: when, by whom, and how many numbered copies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.papers.rules.breaking import BREAK_WITHIN, Begun
from service.sittings.rules.phases import Times

# A sealed paper is printed by a pair of custodians. Two hours are enough to carry it to a far mine (our
# choice), and what one person has begun stands as long as in a break-glass opening.
PRINTS_BEFORE = timedelta(hours=2)
SECOND_WITHIN = BREAK_WITHIN
# One for each candidate and one for each proctor; every further one would be a copy too many.
SPARE_COPIES = 2
_ISSUE = "试卷要求 §4：无机考场纸质试卷，逐份编号并加水印"


@dataclass(frozen=True, slots=True)
class Stock:
    """What a printing depends on: ``enrolled`` seats, ``printed`` copies so far, and as whom the person acts."""

    at: Times
    cancelled: bool
    has_form: bool
    opened: bool
    enrolled: int
    printed: int
    custodian: bool
    proctor: bool

    @property
    def left(self) -> int:
        """How many copies may still be printed."""
        return max(0, self.enrolled + SPARE_COPIES - self.printed)


def may_print(stock: Stock, copies: int, now: datetime) -> Decision:
    """Whether this person may now print so many copies; of a sealed paper it takes a second one as well."""
    return first_refusal(_there_is_a_paper(stock), _by(stock), _in_window(stock, now), _within(stock, copies))


def _there_is_a_paper(stock: Stock) -> Decision:
    if not stock.has_form:
        return not_now("rehearsal_prints_nothing", "演练场次用的是样题，没有试卷可以打印。")
    if stock.cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if stock.enrolled == 0:
        return not_now("nobody_enrolled", "还没有编排考生，不能打印试卷。")
    return ALLOWED


def _by(stock: Stock) -> Decision:
    if stock.custodian or (stock.opened and stock.proctor):
        return ALLOWED
    return refuse(
        "not_printing", "启封以前只有市局的两名保管员能一起打印试卷；启封以后监考员也可以打印。", source=_ISSUE
    )


def _in_window(stock: Stock, now: datetime) -> Decision:
    if now >= stock.at.ends_at:
        return not_now("sitting_ended", "本场考试已经结束，不能再打印试卷。要再考的，请安排补考。")
    if not stock.opened and now < stock.at.starts_at - PRINTS_BEFORE:
        return not_now(
            "print_too_early",
            "开考前{hours}小时才能打印未启封的试卷。本次提前打印的尝试已记录。",
            source=_ISSUE,
            hours=int(PRINTS_BEFORE.total_seconds() // 3600),
        )
    return ALLOWED


def _within(stock: Stock, copies: int) -> Decision:
    if 1 <= copies <= stock.left:
        return ALLOWED
    return refuse(
        "too_many_copies",
        "本场编排了{enrolled}名考生，最多打印{most}份，已打印{printed}份，还能打印{left}份。",
        source=_ISSUE,
        enrolled=stock.enrolled,
        most=stock.enrolled + SPARE_COPIES,
        printed=stock.printed,
        left=stock.left,
    )


def may_be_second(begun: Begun | None, person_id: int) -> Decision:
    """Whether this person may follow on the first hand; with no hand that stands, anybody may be the first."""
    if begun is not None and begun.person_id == person_id:
        return refuse("printer_twice", "您已经确认过打印，需要另一位保管员再确认。", source="两人原则（本系统规则）")
    return ALLOWED
