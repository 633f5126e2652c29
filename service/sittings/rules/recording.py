"""The room record (考场记录): its digest, how many of what it counts, and when it may be confirmed."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.sittings.rules import verdicts
from service.sittings.rules.cases import OUTCOME_NAMES
from service.sittings.rules.door import ACT_NAMES, CASE_NAMES
from service.sittings.rules.on_paper import PAPER_REASON_NAMES
from service.sittings.rules.phases import Phase, Times, phase
from service.sittings.rules.presence import LEAVING_NAMES
from service.sittings.rules.reopening import REOPEN_REASON_NAMES
from service.sittings.rules.room import CAUSE_NAMES, EXTRA_TIME_NAMES, INCIDENT_NAMES, RECHECK_NAMES
from service.sittings.rules.seats import HANDED_IN_NAMES, REFUSAL_NAMES
from service.sittings.rules.switching import SWITCH_REASON_NAMES

# The words of every code that a record may hold, by the kind of code.
WORDS: Mapping[str, Mapping[Any, str]] = {
    "handed_in": HANDED_IN_NAMES,
    "refusal": REFUSAL_NAMES,
    "incident": INCIDENT_NAMES,
    "cause": CAUSE_NAMES,
    "extra": EXTRA_TIME_NAMES,
    "leaving": LEAVING_NAMES,
    "recheck": RECHECK_NAMES,
    "act": ACT_NAMES,
    "case": CASE_NAMES,
    "outcome": OUTCOME_NAMES,
    "switch": SWITCH_REASON_NAMES,
    "paper": PAPER_REASON_NAMES,
    "reopening": REOPEN_REASON_NAMES,
    "verdict": {**CASE_NAMES, **{code: verdict.reason for code, verdict in verdicts.BY_CODE.items()}},
}
# People compare a digest four digits at a time.
GROUP = 4


def _plain(value: object) -> str:
    assert isinstance(value, datetime), "a record holds plain values and instants"
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes a record's digest is taken over: keys sorted, no spaces, UTF-8, instants in UTC with microseconds."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical content: 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content)).hexdigest()


def grouped(code: str) -> str:
    """A digest as people compare it: four digits at a time."""
    return " ".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of whom; ``missing`` neither came nor were refused, ``late`` were admitted after the start."""

    enrolled: int = 0
    admitted: int = 0
    late: int = 0
    missing: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    handed_in: Mapping[str, int] = field(default_factory=dict)
    open_sheets: int = 0


def counts(seats: Sequence[Mapping[str, Any]], starts_at: datetime) -> Counts:
    """The counts of a record's seats."""
    admitted = [seat for seat in seats if seat["admitted_at"] is not None]
    refused = [seat for seat in seats if seat["admitted_at"] is None and seat["refusal"] is not None]
    return Counts(
        enrolled=len(seats),
        admitted=len(admitted),
        late=sum(seat["admitted_at"] > starts_at for seat in admitted),
        missing=len(seats) - len(admitted) - len(refused),
        refused=dict(sorted(Counter(str(seat["refusal"]) for seat in refused).items())),
        handed_in=dict(sorted(Counter(seat["handed_in_by"] for seat in admitted if seat["handed_in_by"]).items())),
        open_sheets=sum(seat["handed_in_at"] is None for seat in admitted),
    )


def may_confirm(at: Times, now: datetime, open_sheets: int) -> Decision:
    """Whether a record may be confirmed: once nobody can come any more and every sheet is closed."""
    if phase(at, now) in {Phase.PLANNED, Phase.CHECK_IN} or now <= at.last_entry_at:
        return not_now("record_too_early", "考试结束、试卷收齐之后才能确认考场记录。")
    if open_sheets:
        return not_now("sheets_open", "还有{number}份试卷没有收上，收齐之后才能确认考场记录。", number=open_sheets)
    return ALLOWED


def may_sign(seen: str | None, current: str) -> Decision:
    """Whether what a proctor has seen is still what the record says; None where they did not say what they saw."""
    if seen is None or seen == current:
        return ALLOWED
    return not_now("record_changed", "考场记录刚刚有变化，请重新看过再确认。")


def may_excuse(*, own: bool, missing: bool) -> Decision:
    """Whether it may be noted that a proctor cannot sign: by somebody else, and where the signature is missing."""
    if own:
        return refuse("excuse_oneself", "不能为自己注明，请由另一位考务人员办理。", source="两人原则（本系统规则）")
    return ALLOWED if missing else not_now("signature_there", "这名监考员已经确认或已注明原因，请刷新后再看。")
