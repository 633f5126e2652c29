"""What an entry of each kind must say: the fields of its data that are always there. Others may stand beside them.

Who did what to which subject, and when, is in every entry; fields here are the rest that somebody needs who judges the
act years later. They are checked when an entry is written (see ``actions``), and shown to auditors.
"""

from collections.abc import Mapping

from service.journal.rules import Event

_NONE: frozenset[str] = frozenset()


def _fields(text: str) -> frozenset[str]:
    return frozenset(text.split())


REQUIRED: Mapping[Event, frozenset[str]] = {
    Event.SIGNED_IN: _NONE,
    Event.SIGN_IN_FAILED: _NONE,
    Event.SIGNED_OUT: _NONE,
    Event.TOKEN_ISSUED: _fields("scope"),
    Event.ACCESS_REFUSED: _fields("right method path organisation_kind"),
    Event.ORGANISATION_ADDED: _fields("kind name"),
    Event.ACCOUNT_OPENED: _fields("organisation person username"),
    Event.DUTY_GRANTED: _fields("duty person"),
    Event.DUTY_REVOKED: _fields("duty"),
    Event.PASSWORD_CHANGED: _NONE,
    Event.PASSWORD_RESET: _fields("custody_key_retired"),
    Event.CUSTODY_KEY_MADE: _fields("public"),
    Event.CLIENT_REGISTERED: _NONE,
    Event.CITIZEN_ID_READ: _fields("reason"),
    Event.REGULATION_LOADED: _fields("effective_on repealed_on"),
    Event.SUBJECTS_LOADED: _fields("subjects"),
    Event.ITEMS_SUBMITTED: _fields("new changed digests"),
    Event.ITEM_APPROVED: _fields("code version digest reason"),
    Event.ITEM_REJECTED: _fields("code version digest reason"),
    Event.ITEM_READ: _fields("version"),
    Event.ITEM_CALIBRATED: _fields("code version"),
    Event.PLAN_SET: _fields("people_target cumulative_percent practical_basis source"),
    Event.LECTURER_ADDED: _fields("organisation person"),
    Event.INSTITUTION_PROFILED: _NONE,
    Event.CLASS_OPENED: _fields("code institution lecturers"),
    Event.ROSTER_IMPORTED: _fields("trainees faults file"),
    Event.ATTENDANCE_RECORDED: _fields("entries hours lines"),
    Event.PHOTO_SET: _fields("photo photo_type"),
    Event.BLUEPRINT_SET: _fields("role number digest"),
    Event.BLUEPRINT_APPROVED: _fields("role number digest reason"),
    Event.BLUEPRINT_RETURNED: _fields("role number digest reason"),
    Event.BLUEPRINT_TRIED: _fields("blueprints bank_snapshot exam_on"),
    Event.STOCK_JUDGED: _fields("blueprints bank_snapshot exam_on"),
    Event.ASSEMBLY_ASKED: _fields("classes exam_on mode"),
    Event.ASSEMBLY_CANCELLED: _fields("kind"),
    Event.ASSEMBLY_FAILED: _fields("kind fault"),
    Event.PAPER_ASSEMBLED: _fields("class"),
    Event.PAPER_APPROVED: _fields("reason"),
    Event.PAPER_REJECTED: _fields("reason"),
    Event.PAPER_RETURNED: _fields("marks"),
    Event.PAPER_ITEM_SWAPPED: _fields("form position rank forms"),
    Event.PAPER_MARK_ANSWERED: _fields("form position"),
    Event.PAPER_RESUBMITTED: _NONE,
    Event.PAPER_READ: _fields("form"),
    Event.PAPER_SEALED: _fields("forms"),
    Event.PAPER_OPENING_INTENDED: _fields("form"),
    Event.PAPER_OPENING_ATTEMPTED: _fields("form outcome"),
    Event.PAPER_OPENED: _fields("form hands outcome"),
    Event.PAPER_BROKEN_OPEN: _fields("form first second reason"),
    Event.PAPER_PRINT_ATTEMPTED: _fields("form sitting outcome way"),
    Event.PAPER_PRINTED: _fields("form sitting sealed first copies hands pdf"),
    Event.SWITCH_PROPOSED: _fields("note"),
    Event.SWITCH_DECIDED: _fields("confirmed sheets"),
    Event.KEY_USED: _fields("for digest"),
    Event.EXAM_POINT_ADDED: _fields("name rooms"),
    Event.EXAM_POINT_CHANGED: _NONE,
    Event.EXAM_POINT_CHECKED: _NONE,
    Event.EXAM_POINT_READY: _fields("ready"),
    Event.ROOM_RULE_SET: _NONE,
    Event.SITTING_PLANNED: _fields("class room starts_at form"),
    Event.SITTING_MOVED: _fields("from_room from_start room starts_at tickets_void reason"),
    Event.SITTING_CANCELLED: _fields("seats"),
    Event.REHEARSAL_PLANNED: _fields("class room starts_at minutes"),
    Event.PROCTOR_ASSIGNED: _fields("account"),
    Event.PROCTOR_REMOVED: _fields("person reason"),
    Event.PROCTOR_RELIEVED: _fields("person reason"),
    Event.CANDIDATES_ENROLLED: _fields("seats refused"),
    Event.SEAT_WITHDRAWN: _fields("reason"),
    Event.SEAT_MOVED: _fields("from to trainee reason"),
    Event.TICKETS_PRINTED: _fields("tickets"),
    Event.TICKET_REISSUED: _fields("sitting issue reason"),
    Event.ARRANGEMENT_PROPOSED: _fields("class trainee"),
    Event.ARRANGEMENT_DECIDED: _fields("class trainee approved"),
    Event.SEB_CONFIGURED: _fields("required config_key"),
    Event.PACK_ISSUED: _fields("device seats digest"),
    Event.TABLET_REVOKED: _fields("device owner sessions_ended"),
    Event.TABLET_RESTORED: _fields("device owner revoked_by"),
    Event.TICKET_SCANNED: _fields("verdict"),
    Event.CANDIDATE_ADMITTED: _fields("sitting late_minutes"),
    Event.CANDIDATE_REFUSED: _fields("sitting reason"),
    Event.CHECK_IN_UNDONE: _fields("sitting undone"),
    Event.CASE_OPENED: _fields("sitting kind act"),
    Event.CASE_CLOSED: _fields("case kind outcome reason"),
    Event.SEAT_SIGNED_IN: _NONE,
    Event.SEAT_STARTED: _NONE,
    Event.SEAT_RELEASED: _fields("reason sessions_ended"),
    Event.SEAT_HANDED_IN: _fields("by at answered sheet"),
    Event.SEAT_TERMINATED: _fields("kind incident"),
    Event.CLOCK_PAUSED: _fields("reason"),
    Event.CLOCK_RESUMED: _fields("seconds"),
    Event.TIME_ADDED: _fields("kind seconds"),
    Event.MESSAGE_SENT: _fields("message text"),
    Event.IDENTITY_RECHECKED: _fields("outcome due_at"),
    Event.INCIDENT_REPORTED: _fields("incident"),
    Event.ROOM_RECORD_CONFIRMED: _fields("digest after again"),
    Event.SIGNATURE_EXCUSED: _fields("person reason digest"),
    Event.DOCUMENT_PRINTED: _fields("document digest"),
    Event.LATE_ANSWER_KEPT: _fields("kept signed left"),
    Event.LATE_ANSWER_PROPOSED: _fields("late_answer position seq accepted reason"),
    Event.LATE_ANSWER_DECIDED: _fields("late_answer position seq accepted reason"),
    Event.SEAT_MARKED: _NONE,
    Event.SEAT_REMARKED: _fields("late_answer sheet marks_before marks"),
    Event.VOID_PROPOSED: _fields("reason"),
    Event.VOID_DECIDED: _fields("upheld version note"),
    Event.RESULTS_CONFIRMED: _fields("results"),
    Event.RESULTS_PUBLISHED: _fields("passed failed absent refused void"),
    Event.CREDIT_GRANTED: _fields("class hours"),
    Event.CERTIFICATE_ISSUED: _fields("code class"),
    Event.OWN_RESULT_READ: _NONE,
    Event.STATISTICS_READ: _fields("by since until plan_year passed present"),
    Event.WITNESS_REGISTERED: _fields("key public_key organisation"),
    Event.HEAD_WITNESSED: _fields("size root key"),
    Event.DISPOSAL_PROPOSED: _fields("kind before number digest days source"),
    Event.DISPOSAL_DECIDED: _fields("kind before number digest confirmed proposed_by"),
}

# Looking is an act too, where what is seen must stay secret or is a person's own, or where it leaves the house.
READINGS = frozenset(
    {
        Event.CITIZEN_ID_READ,
        Event.ITEM_READ,
        Event.PAPER_READ,
        Event.PAPER_PRINTED,
        Event.KEY_USED,
        Event.TICKETS_PRINTED,
        Event.PACK_ISSUED,
        Event.DOCUMENT_PRINTED,
        Event.OWN_RESULT_READ,
        Event.STATISTICS_READ,
    }
)


def missing(event: Event, data: Mapping[str, object]) -> frozenset[str]:
    """The fields that an entry of this kind must have and has not."""
    return REQUIRED.get(event, _NONE) - data.keys()
