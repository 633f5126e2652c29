"""Acts at the door, and which of them the server cannot simply accept when it hears of them late."""

from enum import StrEnum


class Act(StrEnum):
    LOOK = "look"
    ADMIT = "admit"
    REFUSE = "refuse"
    UNDO = "undo"


ACT_NAMES = {Act.LOOK: "查验", Act.ADMIT: "准予入场", Act.REFUSE: "拒绝入场", Act.UNDO: "撤销"}


class CaseKind(StrEnum):
    """Why an act at the door needs a person's decision."""

    ADMITTED_TWICE = "admitted_twice"
    REFUSED_AFTER_ADMISSION = "refused_after_admission"
    ADMITTED_AFTER_REFUSAL = "admitted_after_refusal"
    TICKET_VOID = "ticket_void"
    TOO_LATE = "too_late"
    TABLET_REVOKED = "tablet_revoked"
    ALREADY_OVER = "already_over"
    UNKNOWN_SEAT = "unknown_seat"


CASE_NAMES = {
    CaseKind.ADMITTED_TWICE: "同一考生在两台平板上都准予入场",
    CaseKind.REFUSED_AFTER_ADMISSION: "一台平板准予入场后，另一台拒绝入场",
    CaseKind.ADMITTED_AFTER_REFUSAL: "一台平板拒绝入场后，另一台准予入场",
    CaseKind.TICKET_VOID: "离线期间使用了已补发作废的准考证",
    CaseKind.TOO_LATE: "离线期间在迟到时限之后准予入场",
    CaseKind.TABLET_REVOKED: "已停用的平板送来的签到记录",
    CaseKind.ALREADY_OVER: "考生已开始答题或已交卷后送来的签到记录",
    CaseKind.UNKNOWN_SEAT: "签到记录中的座位不在本场",
}
