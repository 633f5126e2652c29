"""Which tablet may hold a sitting's roster, and who may work on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.programme.rules import photos
from service.sittings.rules import verdicts
from service.sittings.rules.phases import Times

# From the evening before on, so that tablets can be made ready, and no longer than the roster is of use (our choice).
PACK_BEFORE = timedelta(hours=12)
PACK_AFTER = timedelta(hours=2)
LARGEST_PHOTO = photos.MOST_BYTES_AT_THE_DOOR
# A slip of the finger is noticed at once; later a tablet may have been in other hands meanwhile (our choice).
SECOND_THOUGHT = timedelta(minutes=15)


def may_issue_pack(at: Times, now: datetime) -> Decision:
    """Whether a tablet may have the sitting's roster now."""
    if now < at.starts_at - PACK_BEFORE:
        return not_now("pack_too_early", "开考前12小时起才能领取签到名册，请到时再打开本页。")
    if now >= at.ends_at + PACK_AFTER:
        return not_now("pack_over", "本场考试早已结束，不再下发签到名册。")
    return ALLOWED


def may_use_tablet(owner_id: int, person_id: int, *, revoked: bool) -> Decision:
    """Whether this person may work on this tablet: their own, and not shut out."""
    if owner_id != person_id:
        return verdicts.TABLET_OF_ANOTHER
    return verdicts.TABLET_REVOKED if revoked else ALLOWED


@dataclass(frozen=True, slots=True)
class ShutOut:
    """When a tablet was shut out, and whether whoever asks now did it, and to a tablet of their own."""

    at: datetime
    own: bool
    by_oneself: bool


def may_restore(shut_out: ShutOut | None, now: datetime, *, arranger: bool) -> Decision:
    """Whether a tablet that was shut out may be let in again: by who arranges exams, or as a second thought."""
    if shut_out is None:
        return not_now("tablet_not_revoked", "这台平板没有停用。")
    if arranger:
        return ALLOWED
    if not (shut_out.own and shut_out.by_oneself):
        return refuse("restored_by_arranger", "这台平板是别人停用的，请联系考务人员恢复。")
    if now > shut_out.at + SECOND_THOUGHT:
        return refuse("second_thought_over", "停用超过15分钟，请联系考务人员恢复，或者清除后重新登记。")
    return ALLOWED
