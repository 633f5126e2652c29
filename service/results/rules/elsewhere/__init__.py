"""Results obtained on another platform (三(五)): where from, what becomes of a file of them, and who may have one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.results.rules import SAT, Verdict

# What results are out of where a file does not say; and the largest maximum there is (our choice, unconfirmed).
MOST_POINTS, LARGEST_MOST = 100, 1000
# 三(五) pays for whoever passes an exam that the bureau, or whom it entrusts, holds with a paper for each class. It
# encourages unified exams on the recommended platform, too; whether passing one is paid for is unconfirmed.
NO_CREDIT = refuse(
    "elsewhere_no_credit",
    "外部成绩不认定学时，不列入支付名单：考试须由市应急管理局或其委托的机构实施，并按班次单独出卷，外部成绩文件不能证明这两点。"
    "平台统一考试能否据以支付，先由市局与人社局书面确认。",
    source="三(五) 考试方式",
)


class Platform(StrEnum):
    """Where results were obtained."""

    CLOUD = "cloud"
    PROVINCE = "province"
    OTHER = "other"


SOURCE_NAMES = {
    Platform.CLOUD: "工伤预防云平台",
    Platform.PROVINCE: "省安全生产考试系统",
    Platform.OTHER: "其他平台",
}


def source_name(source: str, words: str) -> str:
    """The platform in words: its own where it is another one than those we know by name."""
    return words if source == Platform.OTHER else SOURCE_NAMES[Platform(source)]


class FileState(StrEnum):
    """What became of a file: brought by one person, and confirmed or refused by another."""

    BROUGHT = "brought"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


FILE_NAMES = {FileState.BROUGHT: "等待另一人确认", FileState.CONFIRMED: "已确认", FileState.REFUSED: "未予确认"}
FILE_MOVES: Mapping[FileState, frozenset[FileState]] = {
    FileState.BROUGHT: frozenset({FileState.CONFIRMED, FileState.REFUSED}),
    FileState.CONFIRMED: frozenset(),
    FileState.REFUSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody on the roster of the class.

    ``verdicts`` are of their published exams here; ``pending`` that they have a seat whose result is not published;
    ``brought`` that another file has a result of theirs.
    """

    trainee_id: int
    name: str
    verdicts: tuple[Verdict, ...] = ()
    pending: bool = False
    brought: bool = False


def may_have(known: Known) -> Decision:
    """Whether somebody may have a result from elsewhere: not who sat here, or is about to."""
    if known.brought:
        return not_now("brought_already", "此人已有外部成绩，或正在另一份文件中等待确认。")
    if known.pending:
        return not_now("exam_pending", "此人已编排本市考试的座位，成绩还没有发布。")
    if SAT & set(known.verdicts):
        return not_now("has_result", "此人在本市考试已有成绩，不能再导入外部成绩。")
    return ALLOWED


def may_decide(state: FileState, target: FileState, *, overtaken: int = 0) -> Decision:
    """Whether a file may be decided so; ``overtaken`` people of it may no longer have a result from elsewhere."""
    if target not in FILE_MOVES[state]:
        return not_now("file_decided", "这份文件{state}，请刷新后再看。", state=FILE_NAMES[state])
    if target is FileState.CONFIRMED and overtaken:
        return not_now(
            "file_overtaken", "其中{number}人在此期间有了本市成绩或离开了名册，请不予确认后重新导入。", number=overtaken
        )
    return ALLOWED
