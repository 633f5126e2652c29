"""``scripts/audit_separation`` knows every act that takes a duty of the exam, and by which duty it was done.

It may not ask the service, so the service's own source is held against its table here: a new act that it does not know
fails a test on the day it is written.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service.access.rules.duties import EXAM_DUTIES
from service.journal.rules import Event, catalogue
from service.kernel import database
from tests.conftest import Staged, using
from tests.oversight import duty_use
from tests.oversight.planting import STRANGER, Finished, Hand, beside, program
from tests.results.test_credit_histories import Subject, first_exam
from tests.world import AFTER, World

# What the service writes beside an act, and is no act of its own.
BESIDE = {
    "BLUEPRINT_TRIED": "a reckoning that keeps no paper; it shares its last step with assembling, which keeps one",
    "STOCK_JUDGED": "the same: nothing comes of it but what it says",
    "ITEMS_TAGGED": "how the bank is filed; where a file brings tags, ITEMS_SUBMITTED stands beside it",
    "ITEMS_IMPORTED": "where the items came from; ITEMS_SUBMITTED stands beside it and tells what was written",
    "ITEM_PICTURE_KEPT": "by the right alone, for no item has it yet; ITEMS_SUBMITTED tells what names it",
    "ITEM_PICTURES_REMOVED": "what nothing names any more, swept away or left behind by ITEMS_SUBMITTED",
    "ITEM_SUSPENDED": "one person may, by the right alone, for waiting could harm an exam; settling it takes a duty",
    "SEAT_MARKED": "written by the system, whoever closed the sheet or confirmed",
    "SEAT_REMARKED": "follows LATE_ANSWER_DECIDED",
    "KEY_USED": "what marking looked up; who had it look stands in the act beside it",
    "RESULT_RECOUNTED": "follows APPEAL_DECIDED or WITHDRAWAL_DECIDED",
    "EDITION_PUBLISHED": "follows publication, and every decision that changes what was published",
    "CREDIT_GRANTED": "follows publication",
    "CERTIFICATE_ISSUED": "follows publication",
    "SCRIPT_SENT_ON": "follows SCRIPT_MARKED, where two marks lie too far apart",
    "SCRIPT_SETTLED": "follows SCRIPT_MARKED, once all marks are in",
    "SIGN_IN_FAILED": "a wrong password at the seal, of whoever then used no duty",
    "RECOVERY_CODE_USED": "a second factor shown at the terminal",
}
# Where the source could come to more duties than the act ever does.
NARROWER = {
    "TICKET_SCANNED": "closing a case, which an arranger may, looks at no ticket",
    "CASE_OPENED": "closing a case opens none",
    "CHECK_IN_UNDONE": "closing a case undoes nothing",
    "PAPER_PRINT_ATTEMPTED": "a first hand on a sealed paper is a custodian's; the proctor prints what is open at once",
    "SWITCH_PROPOSED": "a proctor or an arranger proposes; the approver is in the same table of hands",
    "SWITCH_DECIDED": "a proctor or an approver decides; the arranger is in the same table of hands",
    "TIME_ADDED": "the minutes of an arrangement, which the approver tells by an entry beside it",
}
# What the service asks a right for and no duty, and is an act all the same.
STRICTER = {"PROCTOR_ASSIGNED": "who chooses who watches arranges the exam"}


def known() -> dict[str, set[str]]:
    """By event, the duties that the program may say it was done by."""
    script = program()
    return {
        **{event: {duty} for event, duty in script.ACTS.items()},
        **{event: set(duties) for event, duties in script.BY_EITHER.items()},
        **{event: set(" ".join(by_value.values()).split()) for event, (_, by_value) in script.BY_FIELD.items()},
        script.LATE: {"confirm", "publish"},
    }


def test_the_source_tells_what_is_known_of_it() -> None:
    """What the other tests rest on finds what there is to find: through two modules, and through a list of events."""
    found = duty_use.pairs()

    assert found["PAPER_OPENED"] == {"proctor"}
    assert found["ITEM_RETIRED"] == {"review"}
    assert found["SEAT_TERMINATED"] == {"proctor"}
    assert "PAPER_READ" not in found
    assert found.keys() <= {str(event) for event in Event}


def test_no_duty_is_used_where_the_source_is_not_read() -> None:
    read = sum(len(duty_use.uses_in(tree)) for _, tree in duty_use.modules())
    texts = [path.read_text(encoding="utf-8") for path in duty_use.SERVICE.rglob("*.py")]
    written = sum(
        len(duty_use.uses_in(ast.parse(text))) for text in texts if any(name in text for name in duty_use.USING)
    )
    users = [act for act in duty_use.acts().values() if act.uses]

    assert read == written
    assert len(users) > 40
    assert set().union(*(act.uses for act in users)) == {str(duty) for duty in EXAM_DUTIES}


def test_every_act_that_takes_a_duty_is_known() -> None:
    found = {event: duties for event, duties in duty_use.pairs().items() if event not in BESIDE}

    assert known().keys() - STRICTER.keys() == found.keys()
    assert {event: known()[event] for event in found if event not in NARROWER} == {
        event: duties for event, duties in found.items() if event not in NARROWER
    }


def test_no_reason_outlives_what_it_explains() -> None:
    found = duty_use.pairs()

    assert found.keys() >= BESIDE.keys()
    assert {event for event in found.keys() & known().keys() if known()[event] < found[event]} == NARROWER.keys()
    assert not STRICTER.keys() & found.keys()


# --- one act of each kind ---


@dataclass(frozen=True)
class Act:
    """An entry as somebody might write it who has the duty; ``before`` is what has to stand in the record first."""

    event: str
    duty: str
    place: str = "its_class"
    data: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Hand], None] = lambda hand: None


def of_class(event: str, duty: str, subject: str, **data: Any) -> Act:
    """An act whose entry names the class in its data."""
    return Act(event, duty, subject, {"class": "its_class", **data})


def first_hand(event: str, outcome: str, by: str, *, form: str, sitting: bool = False) -> Callable[[Hand], None]:
    def lay(hand: Hand) -> None:
        data = {"sitting": hand.world.sitting_id} if sitting else {}
        hand.write(event, hand.by(by), hand.paper, form=form, outcome=outcome, **data)

    return lay


ATTEMPTED, PRINTING = "PAPER_OPENING_ATTEMPTED", "PAPER_PRINT_ATTEMPTED"
PRINTED = {"sitting": "sitting", "form": "B"}
ITEM = {"code": "X-1", "digest": "d", "version": 1}
LATE = {"late_answer": 1}


def confirmed(hand: Hand) -> None:
    hand.write("RESULTS_CONFIRMED", hand.by("confirmer"), hand.its_class)


def proposed(hand: Hand) -> None:
    hand.write("LATE_ANSWER_PROPOSED", hand.by("confirmer"), hand.seat, **LATE)


def declared(hand: Hand) -> None:
    hand.write("PAPER_ANSWERS_PROPOSED", hand.by("proctor1"), hand.seat, sheet=7)


def begun(event: str, by: str, place: str = "its_class") -> Callable[[Hand], None]:
    """What another person has begun that the act now decides on."""
    return lambda hand: hand.write(event, hand.by(by), getattr(hand, place, place))


def copied(hand: Hand) -> None:
    for username in ("proctor1", "proctor2"):
        hand.write("SHEET_ENTERED", hand.by(username), hand.seat, sheet=7)


ARRANGEMENT = of_class("ARRANGEMENT_PROPOSED", "arrange", "arrangement:1")
WITHDRAWAL = of_class("WITHDRAWAL_PROPOSED", "confirm", "form:1")
CASES = [
    Act("ITEMS_SUBMITTED", "author", "bank", {"digests": {"X-1": "d"}}),
    *(Act(f"ITEM_{end}", "review", "item:1", ITEM) for end in ("APPROVED", "REJECTED", "RESUMED", "RETIRED")),
    Act("ITEM_CALIBRATED", "publish", "item:1", ITEM),
    Act("BLUEPRINT_SET", "assemble", "blueprint:99"),
    Act("BLUEPRINT_APPROVED", "approve", "blueprint:99"),
    Act("BLUEPRINT_RETURNED", "approve", "blueprint:99"),
    of_class("PAPER_ASSEMBLED", "assemble", "paper:99"),
    Act("PAPER_ITEM_SWAPPED", "assemble", "paper"),
    Act("PAPER_MARK_ANSWERED", "assemble", "paper"),
    *(Act(f"PAPER_{end}", "approve", "paper") for end in ("APPROVED", "REJECTED", "RETURNED", "SEALED")),
    ARRANGEMENT,
    Act(
        "ARRANGEMENT_DECIDED",
        "approve",
        "arrangement:1",
        {"class": "its_class"},
        lambda hand: write(hand, ARRANGEMENT, hand.by("arranger"), 0),
    ),
    of_class("SITTING_PLANNED", "arrange", "sitting:99"),
    of_class("REHEARSAL_PLANNED", "arrange", "sitting:99"),
    Act("PROCTOR_ASSIGNED", "arrange", "sitting", {"account": 0}),
    Act("PROCTOR_RELIEVED", "arrange", "sitting", {"person": 0}),
    *(
        Act(event, "arrange", "sitting")
        for event in ("SITTING_MOVED", "SITTING_CANCELLED", "CANDIDATES_ENROLLED", "RESITS_ENROLLED")
    ),
    Act("SEAT_MOVED", "arrange", "seat", {"seat": 9999, "from": "sitting"}),
    Act("SEAT_WITHDRAWN", "arrange", "sitting", {"seat": 9999}),
    Act("TICKET_REISSUED", "arrange", "seat"),
    Act(ATTEMPTED, "proctor", "paper", {"form": "B", "outcome": "first_hand"}),
    Act(
        "PAPER_OPENED",
        "proctor",
        "paper",
        {"form": "B", "outcome": "opened"},
        first_hand(ATTEMPTED, "first_hand", "proctor1", form="B"),
    ),
    Act(ATTEMPTED, "custody", "paper", {"form": "B", "outcome": "break_glass_begun"}),
    Act(
        "PAPER_BROKEN_OPEN",
        "custody",
        "paper",
        {"form": "B"},
        first_hand(ATTEMPTED, "break_glass_begun", "custodian1", form="B"),
    ),
    Act(PRINTING, "custody", "paper", {"outcome": "first_hand", **PRINTED}),
    Act(
        "PAPER_PRINTED",
        "custody",
        "paper",
        {"sealed": True, **PRINTED},
        first_hand(PRINTING, "first_hand", "custodian1", form="B", sitting=True),
    ),
    Act("PAPER_PRINTED", "proctor", "paper", {"sealed": False, **PRINTED}),
    Act(
        "PAPER_REPETITION_ATTEMPTED",
        "custody",
        "paper",
        {"outcome": "lent", "hands": ["custodian1", "who"], "classes": ["its_class"]},
    ),
    Act("SWITCH_PROPOSED", "proctor", "sitting"),
    Act("SWITCH_PROPOSED", "arrange", "sitting"),
    *(
        Act("SWITCH_DECIDED", duty, "sitting", before=begun("SWITCH_PROPOSED", "proctor1", "sitting"))
        for duty in ("proctor", "approve")
    ),
    *(Act("SHEET_REOPEN_PROPOSED", duty, "seat") for duty in ("proctor", "arrange")),
    *(
        Act(f"SHEET_REOPEN{end}", duty, "seat", before=begun("SHEET_REOPEN_PROPOSED", "proctor1", "seat"))
        for end in ("_DECLINED", "ED")
        for duty in ("proctor", "arrange")
    ),
    *(Act(event, "proctor", "sitting") for event in ("PACK_ISSUED", "MESSAGE_SENT", "ROOM_RECORD_CONFIRMED")),
    *(Act(f"CLOCK_{end}", "proctor", place) for end in ("PAUSED", "RESUMED") for place in ("sitting", "seat")),
    *(Act(f"CLOCK_{end}", "arrange", "sitting") for end in ("PAUSED", "RESUMED")),
    Act("TIME_ADDED", "arrange", "sitting", {"kind": "proctor"}),
    Act("TIME_ADDED", "proctor", "seat", {"kind": "proctor"}),
    Act("TIME_ADDED", "proctor", "seat", {"kind": "compensation"}),
    Act("INCIDENT_REPORTED", "proctor", "sitting"),
    Act("CASE_OPENED", "proctor", "sitting", {"sitting": "sitting"}),
    *(
        Act(event, "proctor", "seat")
        for event in (
            "TICKET_SCANNED",
            "CHECK_IN_UNDONE",
            "SEAT_RELEASED",
            "SEAT_HANDED_IN",
            "SEAT_TERMINATED",
            "IDENTITY_RECHECKED",
            "INCIDENT_REPORTED",
        )
    ),
    *(
        Act(event, duty, "seat")
        for event in ("CANDIDATE_ADMITTED", "CANDIDATE_REFUSED", "CASE_CLOSED")
        for duty in ("proctor", "arrange")
    ),
    Act("SCRIPT_TAKEN", "mark", data={"script": 7}),
    Act("SCRIPT_MARKED", "mark", data={"script": 7}),
    Act("RESULTS_CONFIRMED", "confirm"),
    Act("RESULTS_PUBLISHED", "publish", before=confirmed),
    Act("VOID_PROPOSED", "confirm", "seat"),
    Act("VOID_DECIDED", "publish", "seat", before=begun("VOID_PROPOSED", "confirmer", "seat")),
    WITHDRAWAL,
    Act(
        "WITHDRAWAL_DECIDED",
        "publish",
        "form:1",
        {"class": "its_class"},
        lambda hand: write(hand, WITHDRAWAL, hand.by("confirmer"), 0),
    ),
    Act("APPEAL_PROPOSED", "confirm", "seat"),
    Act("APPEAL_DECIDED", "publish", "seat", before=begun("APPEAL_PROPOSED", "marker", "seat")),
    Act("EXTERNAL_BROUGHT", "confirm"),
    Act("EXTERNAL_DECIDED", "publish", before=begun("EXTERNAL_BROUGHT", "confirmer")),
    Act("EXTERNAL_VOID_PROPOSED", "confirm"),
    Act("EXTERNAL_VOID_DECIDED", "publish", before=begun("EXTERNAL_VOID_PROPOSED", "confirmer")),
    Act("SIMILARITY_CASE_OPENED", "confirm"),
    Act("SIMILARITY_CASE_CLOSED", "publish", before=begun("SIMILARITY_CASE_OPENED", "confirmer")),
    *(Act("PAPER_ANSWERS_PROPOSED", duty, "seat", {"sheet": 8}) for duty in ("proctor", "arrange")),
    *(Act("PAPER_ANSWERS_DECIDED", duty, "seat", {"sheet": 7}, declared) for duty in ("proctor", "arrange")),
    *(
        Act(event, duty, "seat", {"sheet": 9})
        for event in ("SHEET_ENTERED", "SHEET_ENTRY_WITHDRAWN", "SHEET_ENTRIES_READ", "SHEET_PHOTO_KEPT")
        for duty in ("proctor", "mark")
    ),
    *(Act("SHEET_TRANSCRIBED", duty, "seat", {"sheet": 7, "how": "decided"}, copied) for duty in ("proctor", "mark")),
    Act("LATE_ANSWER_PROPOSED", "confirm", "seat", {"late_answer": 2}),
    Act("LATE_ANSWER_DECIDED", "confirm", "seat", LATE),
    Act("LATE_ANSWER_DECIDED", "publish", "seat", LATE, proposed),
]
NO_ACTS = [
    Act(ATTEMPTED, "", "paper", {"form": "B", "outcome": "opening_too_early"}),
    Act(PRINTING, "", "paper", {"outcome": "print_too_early", **PRINTED}),
    Act(
        "PAPER_REPETITION_ATTEMPTED",
        "",
        "paper",
        {"outcome": "not_sat_yet", "hands": ["who", "who"], "classes": ["its_class"]},
    ),
    Act("TIME_ADDED", "", "seat", {"kind": "arrangement"}),
    Act("KEY_USED", "", "form:1", {"for": "class:1", "digest": "d"}),
]
# What shows questions and takes no duty.
READINGS = [
    Act("PAPER_READ", "", "paper", {"form": "A"}),
    Act("ITEM_READ", "", "item:1", {"version": 1}),
    Act("ITEM_ANSWERED", "", "item:1", {"code": "X-1", "version": 1, "right": True}),
    Act("ITEM_DRAFTED", "", "bank", {"code": "X-1", "seq": 1, "digest": "d"}),
    Act("ITEMS_EXPORTED", "", "bank", {"format": "markdown", "items": 5, "file": "d"}),
    Act("LEAK_MEASURED", "", "bank", {"file": "d", "questions": 5, "near": 1}),
]
# What the service counts as reading, and shows no question to a person.
SHOWS_NONE = {
    "CITIZEN_ID_READ": "a person's own",
    "CERTIFICATE_EXPORTED": "a person's own",
    "CREDITS_EXPORTED": "a person's own",
    "OWN_RESULT_READ": "a person's own",
    "TICKETS_PRINTED": "a person's own",
    "DOCUMENT_PRINTED": "lists and records of the exam day; papers are printed by PAPER_PRINTED",
    "SCRIPT_MARKS_READ": "marks, once the exam was sat",
    "SHEET_BEFORE_READ": "answers by position, once they were handed in",
    "STATISTICS_READ": "numbers",
    "RATES_READ": "numbers",
    "NAMESAKES_READ": "who could be whom, under masked ids",
    "TABLE_EXPORTED": "what pages show that list no questions",
    "KEY_USED": "the service looks up keys, for an act beside it",
}


def named(act: Act) -> str:
    return f"{act.event} by {act.duty or 'no duty'} on {act.place}"


def _put(numbers: dict[str, int], value: Any) -> Any:
    return numbers.get(value, value) if isinstance(value, str) else value


def write(hand: Hand, act: Act, actor: str, person: int) -> None:
    """The entry, with the numbers in it for the names in the act."""
    numbers = {"its_class": hand.world.class_id, "sitting": hand.world.sitting_id, "who": person, **hand.people}

    data = {
        name: [numbers[one] for one in value] if isinstance(value, list) else _put(numbers, value)
        for name, value in act.data.items()
    }
    act.before(hand)
    hand.write(act.event, actor, getattr(hand, act.place, act.place), **data)


def holder(hand: Hand, person: int, duty: str) -> str:
    """An account that has the duty, and as a proctor a place in the room."""
    account = hand.account(person)
    hand.grant(account, person, duty)
    if duty == "proctor":
        number = int(account.partition(":")[2])
        hand.write("PROCTOR_ASSIGNED", hand.by("arranger"), hand.sitting, account=number)
    return account


def test_there_is_one_of_each() -> None:
    assert {(act.event, act.duty) for act in CASES} == {
        (event, duty) for event, duties in known().items() for duty in duties
    }


@pytest.mark.parametrize("act", CASES, ids=named)
def test_an_act_is_told_of_whoever_did_it_and_is_no_breach(finished: Finished, act: Act) -> None:
    with beside(finished) as hand:
        write(hand, act, holder(hand, STRANGER, act.duty), STRANGER)
        facts = program().gathered(hand.connection)
        _, breaches = program().audit(hand.connection)

    done = {(place, duty) for place, duties in facts.done.items() for duty in duties if STRANGER in duties[duty]}
    place = {"bank": "item X-1", "item:1": "item X-1", "blueprint:99": "blueprint 99"}
    assert done == {(place.get(act.place, f"class {hand.world.class_id}"), act.duty)}
    assert breaches == []


@pytest.mark.parametrize("act", CASES, ids=named)
def test_an_act_of_somebody_who_teaches_is_a_breach(finished: Finished, act: Act) -> None:
    with beside(finished) as hand:
        teacher = hand.people["teacher1"]
        account = holder(hand, teacher, act.duty)
        before = set(program().audit(hand.connection)[1])
        write(hand, act, account, teacher)
        added = set(program().audit(hand.connection)[1]) - before

    tied = f"person {teacher} has taught for an institution and did {act.duty} ({act.event})"
    assert any(tied in breach for breach in added), added
    if act.place != "item:1" and not act.place.startswith("blueprint"):
        assert f"class {hand.world.class_id}: person {teacher} taught it and did {act.duty}" in added


@pytest.mark.parametrize("act", NO_ACTS, ids=named)
def test_what_is_no_act_is_no_breach_of_anybody(finished: Finished, act: Act) -> None:
    with beside(finished) as hand:
        write(hand, act, hand.teacher(), hand.people["teacher1"])
        _, breaches = program().audit(hand.connection)

    assert breaches == []


# --- readings ---


def rostered(hand: Hand) -> tuple[str, int]:
    hand.enrol(STRANGER)
    return hand.account(STRANGER), STRANGER


def teaching(hand: Hand) -> tuple[str, int]:
    return hand.teacher(), hand.people["teacher1"]


def neither(hand: Hand) -> tuple[str, int]:
    return hand.account(STRANGER), STRANGER


def unheard_of(hand: Hand) -> tuple[str, int]:
    return "account:999", STRANGER


@pytest.mark.parametrize("act", READINGS, ids=lambda act: act.event)
@pytest.mark.parametrize(
    ("who", "words"),
    [
        pytest.param(rostered, "person {person} is on the roster of class 1 and read questions ({event})", id="sits"),
        pytest.param(teaching, "person {person} has taught for an institution and read questions", id="teaches"),
        pytest.param(unheard_of, "{event} by account:999, whom the record does not know", id="unheard of"),
        pytest.param(neither, "", id="neither teaches nor sits"),
    ],
)
def test_who_teaches_or_sits_reads_no_questions(
    finished: Finished, act: Act, who: Callable[[Hand], tuple[str, int]], words: str
) -> None:
    with beside(finished) as hand:
        actor, person = who(hand)
        write(hand, act, actor, person)
        _, breaches = program().audit(hand.connection)

    expected = words.format(person=person, event=act.event)
    assert [expected in breach for breach in breaches] == ([True] if words else []), breaches


def test_every_reading_of_the_service_is_an_act_a_reading_or_shows_no_question() -> None:
    """A new kind of reading fails here until somebody says which of the three it is."""
    assert {act.event for act in READINGS} == program().READS
    assert catalogue.READINGS - known().keys() - program().READS == SHOWS_NONE.keys()
    assert not program().READS & known().keys()


# --- against what the service noted itself ---


def noted(session: Session) -> Iterator[tuple[str, str, int]]:
    """Place, duty and person of every deed; a paper is the paper of a class, which is noted beside it."""
    codes = dict(map(tuple, session.execute(sa.text("SELECT id, code FROM bank_item"))))
    for subject, duty, person in session.execute(sa.text("SELECT subject, duty, person_id FROM access_deed")):
        kind, _, number = subject.partition(":")
        if duty in EXAM_DUTIES and kind != "paper":
            yield f"{kind} {codes[int(number)] if kind == 'item' else number}", duty, person


def told(connection: Any) -> set[tuple[str, str, int]]:
    """The same by the record alone."""
    facts = program().gathered(connection)
    return {
        (place, duty, person)
        for place, done in facts.done.items()
        for duty, people in done.items()
        for person in people
    }


def test_the_record_tells_of_one_exam_what_the_service_has_noted(finished: Finished) -> None:
    with using(f"sqlite:///{finished.path}"), database.reading() as session, beside(finished) as hand:
        deeds = set(noted(session))

        # Nobody broke a paper open, and there was nothing for people to mark.
        assert EXAM_DUTIES - {duty for _, duty, _ in deeds} == {"custody", "mark"}
        assert told(hand.connection) == deeds


def test_and_of_a_year(examined: World) -> None:
    with database.reading() as session:
        deeds = set(noted(session))
        connection = session.connection().connection.driver_connection

        assert len(deeds) > 1000
        assert told(connection) == deeds
        assert program().audit(connection)[1] == []


def test_a_class_published_twice_and_corrected_since_is_clean(staged: Staged) -> None:
    """A resit is confirmed and published for itself; a voiding and its undoing publish by two people at once."""
    scene = staged(first_exam, AFTER)
    with database.writing() as session:
        subject = Subject(session, scene.world, scene.failed)
        for step in ("resit passed", "resit void", "resit undo"):
            subject.step(step)
        connection = session.connection().connection.driver_connection
        editions = session.execute(sa.text("SELECT count(*) FROM journal_entry WHERE event = 'EDITION_PUBLISHED'"))
        published = session.execute(sa.text("SELECT count(*) FROM journal_entry WHERE event = 'RESULTS_PUBLISHED'"))

        assert (editions.scalar_one(), published.scalar_one()) == (4, 2)
        assert program().audit(connection)[1] == []
