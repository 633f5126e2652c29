"""Every verdict at the door by its code: an act is stored with the code, and a retry finds the sentence here again."""

from collections.abc import Mapping

from service.kernel.decision import ALLOWED, Decision, not_now, refuse

NOT_BEGUN = not_now("check_in_not_begun", "还没到签到时间，开考前一小时开始签到。")
ENDED = not_now("sitting_ended", "本场考试已经结束，不能再签到。请考生联系考务人员安排补考。")
NOT_CHECK_IN = not_now("not_check_in", "现在不是签到时间。")
CANCELLED = not_now("sitting_cancelled", "本场考试已经取消。")
TOO_LATE = refuse(
    "too_late",
    "已超过迟到时限，按规定不能入场。请选“拒绝入场”，原因选“超过迟到时限”；考生可以补考。",
    source="考场规则（设置项）",
)
ALREADY_ADMITTED = not_now("already_admitted", "该考生已经入场，请核对是否有人重复使用准考证。")
ALREADY_WORKING = not_now("already_working", "该考生已经开始答题；如需停考请由监考员收卷。")
NOTHING_TO_UNDO = not_now("nothing_to_undo", "没有可以撤销的处理，请刷新后再看。")
REASON_MISSING = refuse("refusal_reason_missing", "拒绝入场必须选择原因。")
TICKET_UNREADABLE = refuse(
    "ticket_unreadable", "这不是本系统签发的准考证二维码。请擦净镜头再扫一次，或改为输入准考证号。"
)
TICKET_UNKNOWN = refuse("ticket_unknown", "本场没有这个准考证号，请核对号码和场次。")
TICKET_OTHER_SITTING = refuse(
    "ticket_other_sitting", "这张准考证是另一场考试的。请看准考证上的时间和考场，让考生到那一场签到。"
)
TICKET_OTHER_SEAT = refuse("ticket_other_seat", "这张准考证不是所选座位的，请重新扫码核对。")
TICKET_EXPIRED = refuse(
    "ticket_expired", "这张准考证已过期。请核对证上的日期；确是本场考生的，改为输入准考证号，或请考务人员补发。"
)
TICKET_REISSUED = refuse("ticket_reissued", "这张准考证已补发作废，请出示新的准考证。")
# The number is printed on the old ticket and on the new one alike, so a typed number does not tell which is shown.
TICKET_REPLACED = not_now(
    "ticket_replaced",
    "这张准考证已补发过，旧证作废。请让考生出示新的准考证（第{issue}次签发）；见到新证并核对无误后才准予入场。",
)
SEAT_UNKNOWN = refuse("seat_unknown", "本场没有这个座位，请重新扫码核对。")
TABLET_REVOKED = refuse("tablet_revoked", "这台平板已停用，不能再签到。请换一台平板登录，或联系考务人员。")
TABLET_UNKNOWN = refuse("tablet_unknown", "这台平板还没有领取签到名册，请联网打开签到页后再试。")
TABLET_OF_ANOTHER = refuse("tablet_of_another", "这台平板登记在另一位监考员名下，请由本人登录，或换一台平板。")

BY_CODE: Mapping[str, Decision] = {
    verdict.code: verdict
    for verdict in (
        ALLOWED,
        NOT_BEGUN,
        ENDED,
        NOT_CHECK_IN,
        CANCELLED,
        TOO_LATE,
        ALREADY_ADMITTED,
        ALREADY_WORKING,
        NOTHING_TO_UNDO,
        REASON_MISSING,
        TICKET_UNREADABLE,
        TICKET_UNKNOWN,
        TICKET_OTHER_SITTING,
        TICKET_OTHER_SEAT,
        TICKET_EXPIRED,
        TICKET_REISSUED,
        TICKET_REPLACED,
        SEAT_UNKNOWN,
        TABLET_REVOKED,
    )
}
