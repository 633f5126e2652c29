"""The catalogue of events and the arithmetic of the chain.

An entry's hash is SHA-256 over its canonical JSON (keys sorted, no spaces, UTF-8), the previous hash included.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

GENESIS = "0" * 64


class Event(StrEnum):
    """Everything the record knows. Names are in the past and stable for ever."""

    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGNED_OUT = "SIGNED_OUT"
    TOKEN_ISSUED = "TOKEN_ISSUED"  # noqa: S105
    ACCESS_REFUSED = "ACCESS_REFUSED"
    ORGANISATION_ADDED = "ORGANISATION_ADDED"
    ACCOUNT_OPENED = "ACCOUNT_OPENED"
    DUTY_GRANTED = "DUTY_GRANTED"
    DUTY_REVOKED = "DUTY_REVOKED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105
    CUSTODY_KEY_MADE = "CUSTODY_KEY_MADE"
    CLIENT_REGISTERED = "CLIENT_REGISTERED"
    CITIZEN_ID_READ = "CITIZEN_ID_READ"

    REGULATION_LOADED = "REGULATION_LOADED"
    SUBJECTS_LOADED = "SUBJECTS_LOADED"
    ITEMS_SUBMITTED = "ITEMS_SUBMITTED"
    ITEM_APPROVED = "ITEM_APPROVED"
    ITEM_REJECTED = "ITEM_REJECTED"
    ITEM_READ = "ITEM_READ"
    ITEM_CALIBRATED = "ITEM_CALIBRATED"

    PLAN_SET = "PLAN_SET"
    LECTURER_ADDED = "LECTURER_ADDED"
    INSTITUTION_PROFILED = "INSTITUTION_PROFILED"
    CLASS_OPENED = "CLASS_OPENED"
    ROSTER_IMPORTED = "ROSTER_IMPORTED"
    ATTENDANCE_RECORDED = "ATTENDANCE_RECORDED"
    PHOTO_SET = "PHOTO_SET"

    BLUEPRINT_SET = "BLUEPRINT_SET"
    BLUEPRINT_APPROVED = "BLUEPRINT_APPROVED"
    BLUEPRINT_RETURNED = "BLUEPRINT_RETURNED"
    BLUEPRINT_TRIED = "BLUEPRINT_TRIED"
    STOCK_JUDGED = "STOCK_JUDGED"
    ASSEMBLY_ASKED = "ASSEMBLY_ASKED"
    ASSEMBLY_CANCELLED = "ASSEMBLY_CANCELLED"
    ASSEMBLY_FAILED = "ASSEMBLY_FAILED"
    PAPER_ASSEMBLED = "PAPER_ASSEMBLED"
    PAPER_APPROVED = "PAPER_APPROVED"
    PAPER_REJECTED = "PAPER_REJECTED"
    PAPER_RETURNED = "PAPER_RETURNED"
    PAPER_ITEM_SWAPPED = "PAPER_ITEM_SWAPPED"
    PAPER_MARK_ANSWERED = "PAPER_MARK_ANSWERED"
    PAPER_RESUBMITTED = "PAPER_RESUBMITTED"
    PAPER_READ = "PAPER_READ"
    PAPER_SEALED = "PAPER_SEALED"
    PAPER_OPENING_INTENDED = "PAPER_OPENING_INTENDED"
    PAPER_OPENING_ATTEMPTED = "PAPER_OPENING_ATTEMPTED"
    PAPER_OPENED = "PAPER_OPENED"
    PAPER_BROKEN_OPEN = "PAPER_BROKEN_OPEN"
    PAPER_PRINT_ATTEMPTED = "PAPER_PRINT_ATTEMPTED"
    PAPER_PRINTED = "PAPER_PRINTED"
    SWITCH_PROPOSED = "SWITCH_PROPOSED"
    SWITCH_DECIDED = "SWITCH_DECIDED"
    KEY_USED = "KEY_USED"

    EXAM_POINT_ADDED = "EXAM_POINT_ADDED"
    EXAM_POINT_CHANGED = "EXAM_POINT_CHANGED"
    EXAM_POINT_CHECKED = "EXAM_POINT_CHECKED"
    EXAM_POINT_READY = "EXAM_POINT_READY"
    ROOM_RULE_SET = "ROOM_RULE_SET"
    SITTING_PLANNED = "SITTING_PLANNED"
    SITTING_MOVED = "SITTING_MOVED"
    SITTING_CANCELLED = "SITTING_CANCELLED"
    REHEARSAL_PLANNED = "REHEARSAL_PLANNED"
    PROCTOR_ASSIGNED = "PROCTOR_ASSIGNED"
    PROCTOR_REMOVED = "PROCTOR_REMOVED"
    PROCTOR_RELIEVED = "PROCTOR_RELIEVED"
    CANDIDATES_ENROLLED = "CANDIDATES_ENROLLED"
    SEAT_WITHDRAWN = "SEAT_WITHDRAWN"
    SEAT_MOVED = "SEAT_MOVED"
    TICKETS_PRINTED = "TICKETS_PRINTED"
    TICKET_REISSUED = "TICKET_REISSUED"
    ARRANGEMENT_PROPOSED = "ARRANGEMENT_PROPOSED"
    ARRANGEMENT_DECIDED = "ARRANGEMENT_DECIDED"
    SEB_CONFIGURED = "SEB_CONFIGURED"
    PACK_ISSUED = "PACK_ISSUED"
    TABLET_REVOKED = "TABLET_REVOKED"
    TABLET_RESTORED = "TABLET_RESTORED"
    TICKET_SCANNED = "TICKET_SCANNED"
    CANDIDATE_ADMITTED = "CANDIDATE_ADMITTED"
    CANDIDATE_REFUSED = "CANDIDATE_REFUSED"
    CHECK_IN_UNDONE = "CHECK_IN_UNDONE"
    CASE_OPENED = "CASE_OPENED"
    CASE_CLOSED = "CASE_CLOSED"
    SEAT_SIGNED_IN = "SEAT_SIGNED_IN"
    SEAT_STARTED = "SEAT_STARTED"
    SEAT_RELEASED = "SEAT_RELEASED"
    SEAT_HANDED_IN = "SEAT_HANDED_IN"
    SEAT_TERMINATED = "SEAT_TERMINATED"
    CLOCK_PAUSED = "CLOCK_PAUSED"
    CLOCK_RESUMED = "CLOCK_RESUMED"
    TIME_ADDED = "TIME_ADDED"
    MESSAGE_SENT = "MESSAGE_SENT"
    IDENTITY_RECHECKED = "IDENTITY_RECHECKED"
    INCIDENT_REPORTED = "INCIDENT_REPORTED"
    ROOM_RECORD_CONFIRMED = "ROOM_RECORD_CONFIRMED"
    SIGNATURE_EXCUSED = "SIGNATURE_EXCUSED"
    LATE_ANSWER_KEPT = "LATE_ANSWER_KEPT"
    LATE_ANSWER_PROPOSED = "LATE_ANSWER_PROPOSED"
    LATE_ANSWER_DECIDED = "LATE_ANSWER_DECIDED"

    SEAT_MARKED = "SEAT_MARKED"
    SEAT_REMARKED = "SEAT_REMARKED"
    VOID_PROPOSED = "VOID_PROPOSED"
    VOID_DECIDED = "VOID_DECIDED"
    RESULTS_CONFIRMED = "RESULTS_CONFIRMED"
    RESULTS_PUBLISHED = "RESULTS_PUBLISHED"
    CREDIT_GRANTED = "CREDIT_GRANTED"
    CERTIFICATE_ISSUED = "CERTIFICATE_ISSUED"
    STATISTICS_READ = "STATISTICS_READ"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record; ``at`` is ISO 8601 in UTC with microseconds, ``data`` is flat JSON."""

    seq: int
    at: str
    event: str
    actor: str
    subject: str
    data: Mapping[str, object]
    previous: str


# One for all: making it anew took as long as using it.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_quoted = json.encoder.encode_basestring


def compact(data: object) -> str:
    """JSON with sorted keys and no spaces."""
    return _ENCODER.encode(data)


def canonical(entry: Entry, data: str | None = None) -> bytes:
    """The bytes an entry's hash is taken over: :func:`compact` of its fields, put together around its data.

    ``data`` is :func:`compact` of the entry's data where the caller has it already; it is most of the work.
    """
    written = compact(entry.data) if data is None else data
    return (
        f'{{"actor":{_quoted(entry.actor)},"at":{_quoted(entry.at)},"data":{written},"event":{_quoted(entry.event)},'
        f'"previous":{_quoted(entry.previous)},"seq":{entry.seq},"subject":{_quoted(entry.subject)}}}'
    ).encode()


def entry_hash(entry: Entry, data: str | None = None) -> str:
    """The hash that the next entry will carry as ``previous``: 64 hexadecimal digits."""
    return hashlib.sha256(canonical(entry, data)).hexdigest()
