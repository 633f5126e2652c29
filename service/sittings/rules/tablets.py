"""Which tablet may hold a sitting's roster, and who may work on it."""

from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, not_now
from service.sittings.rules import verdicts
from service.sittings.rules.phases import Times

# From the evening before on, so that tablets can be made ready, and no longer than the roster is of use (our choice).
PACK_BEFORE = timedelta(hours=12)
PACK_AFTER = timedelta(hours=2)
# A photograph beyond this stays behind: a room of thirty would take too long over a weak signal (our choice).
LARGEST_PHOTO = 60 * 1024


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
