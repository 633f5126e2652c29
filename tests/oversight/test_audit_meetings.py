"""``scripts/audit_separation`` tells who may teach or sit, and how long a duty is held: by the record alone.

Whoever makes questions or papers may come to neither, whichever of the two was first; and a duty of an emergency is
over when the record says so.
"""

from collections.abc import Callable
from datetime import date

import pytest

from service.access.rules import ties
from service.access.rules.duties import MAKERS
from service.kernel.settings import Settings
from tests.oversight.planting import AT, STRANGER, Finished, Hand, beside, program

Plant = Callable[[Hand], None]
LONG_AGO = "2020-01-02T03:00:00.000000+00:00"
# The day of all that is planted is 20 November 2026; a year before it, in Mudanjiang, began at four in the afternoon
# of the day before by UTC.
JUST_WITHIN, TOO_LONG_AGO = "2025-11-19T16:00", "2025-11-19T15:59"
# A roster counts for two years.
ROSTER_WITHIN, ROSTER_LONG_AGO = "2024-11-19T16:00:00.000000+00:00", "2024-11-19T15:59:00.000000+00:00"
MAKING = ("author", "review", "assemble", "approve", "custody")


# --- whoever makes questions or papers neither teaches nor sits ---


def taught(hand: Hand, person: int) -> None:
    """A guest lecturer teaches one more class."""
    lecturer = hand.lecturer(person, full_time=False)
    data = {"code": "C-2", "institution": hand.world.organisations["institution"], "lecturers": [lecturer]}
    hand.write("CLASS_OPENED", hand.by("planner"), "class:77", **data)


def teaches_full_time(hand: Hand, person: int) -> None:
    hand.lecturer(person, full_time=True)


def held_until(moment: str) -> Plant:
    """Somebody was charged with reviewing until then, has reviewed nothing, and is put on a roster now."""

    def plant(hand: Hand) -> None:
        account = hand.account(STRANGER, at=LONG_AGO)
        hand.grant(account, STRANGER, "review", at=LONG_AGO)
        hand.revoke(account, "review", at=f"{moment}:00.000000+00:00")
        hand.enrol(STRANGER)

    return plant


def did_and_let_go(hand: Hand) -> None:
    account = hand.account(STRANGER, at=LONG_AGO)
    hand.grant(account, STRANGER, "review", at=LONG_AGO)
    hand.write("ITEM_REJECTED", account, "item:1", at=LONG_AGO, code="X-1", digest="d")
    hand.revoke(account, "review", at=LONG_AGO)
    hand.enrol(STRANGER)


def printed_and_let_go(hand: Hand) -> None:
    """A custodian of six years ago has printed another class's sealed paper, as second hand."""
    account = hand.account(STRANGER, at=LONG_AGO)
    data = {"form": "B", "sitting": hand.world.sitting_id}
    hand.grant(account, STRANGER, "custody", at=LONG_AGO)
    hand.write("PAPER_PRINT_ATTEMPTED", hand.by("custodian1"), hand.paper, at=LONG_AGO, outcome="first_hand", **data)
    hand.write("PAPER_PRINTED", account, hand.paper, at=LONG_AGO, sealed=True, **data)
    hand.revoke(account, "custody", at=LONG_AGO)
    hand.enrol(STRANGER)


def holds_and(duty: str, then: Callable[[Hand, int], None]) -> Plant:
    def plant(hand: Hand) -> None:
        hand.grant(hand.account(STRANGER), STRANGER, duty)
        then(hand, STRANGER)

    return plant


def enrolled_and_charged(duty: str, at: str = AT) -> Plant:
    def plant(hand: Hand) -> None:
        hand.enrol(STRANGER, at=at)
        hand.grant(hand.account(STRANGER), STRANGER, duty)

    return plant


def taught_and_charged(duty: str) -> Plant:
    def plant(hand: Hand) -> None:
        taught(hand, STRANGER)
        hand.grant(hand.account(STRANGER), STRANGER, duty)

    return plant


def enrolled_and_wrote(hand: Hand) -> None:
    hand.enrol(STRANGER)
    hand.write("ITEMS_SUBMITTED", hand.account(STRANGER), "bank", digests={"X-1": "d"}, changed=1, new=0)


MEETINGS = [
    *(
        pytest.param(holds_and(duty, taught), f"holds {duty} and comes to teach class 77", id=f"{duty}, then teaching")
        for duty in MAKING
    ),
    *(
        pytest.param(holds_and(duty, Hand.enrol), f"holds {duty} and is put on the roster", id=f"{duty}, then sitting")
        for duty in MAKING
    ),
    pytest.param(
        lambda hand: taught(hand, hand.people["assembler"]),
        "did assemble and becomes a lecturer",
        id="assembled, teaching",
    ),
    pytest.param(
        lambda hand: hand.enrol(hand.people["author"]), "did author and is put on the roster", id="wrote, then sitting"
    ),
    pytest.param(did_and_let_go, "did review and is put on the roster", id="reviewed six years ago, and let go"),
    pytest.param(printed_and_let_go, "did custody and is put on the roster", id="printed sealed papers, and let go"),
    pytest.param(held_until(JUST_WITHIN), "held review until 2025-11-20 and is put", id="held until not long ago"),
    pytest.param(enrolled_and_charged("assemble"), "is on the roster of class 1 and is granted assemble", id="sitting"),
    pytest.param(
        enrolled_and_charged("review", ROSTER_WITHIN),
        "is on the roster of class 1 and is granted review",
        id="on a roster not long ago",
    ),
    pytest.param(taught_and_charged("approve"), "has taught for an institution and is granted approve", id="teaching"),
    pytest.param(enrolled_and_wrote, "is on the roster of class 1 and did author", id="sitting, then writing"),
    pytest.param(
        holds_and("publish", teaches_full_time),
        "holds publish and becomes a full-time lecturer",
        id="full time with any duty of the exam",
    ),
]
# Who may see no question before it is published may teach elsewhere and sit elsewhere; only not for one class.
NO_MEETINGS = [
    pytest.param(holds_and("publish", taught), id="a publisher is a guest lecturer"),
    pytest.param(holds_and("proctor", Hand.enrol), id="a proctor sits an exam"),
    pytest.param(enrolled_and_charged("arrange"), id="a candidate arranges others' exams"),
    pytest.param(enrolled_and_charged("review", ROSTER_LONG_AGO), id="on a roster long ago, a reviewer now"),
    pytest.param(held_until(TOO_LONG_AGO), id="held until long ago"),
]


@pytest.mark.parametrize(("plant", "words"), MEETINGS)
def test_whoever_makes_questions_neither_teaches_nor_sits(finished: Finished, plant: Plant, words: str) -> None:
    with beside(finished) as hand:
        plant(hand)
        _, breaches = program().audit(hand.connection)

    assert any(words in breach for breach in breaches), breaches


@pytest.mark.parametrize("plant", NO_MEETINGS)
def test_who_makes_none_may(finished: Finished, plant: Plant) -> None:
    with beside(finished) as hand:
        plant(hand)
        _, breaches = program().audit(hand.connection)

    assert breaches == []


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        pytest.param(date(2026, 11, 20), 12, date(2025, 11, 20), id="a year"),
        pytest.param(date(2026, 1, 31), 2, date(2025, 11, 30), id="to a shorter month"),
        pytest.param(date(2024, 2, 29), 12, date(2023, 2, 28), id="to a shorter February"),
    ],
)
def test_so_many_months_before(day: date, months: int, before: date) -> None:
    assert program().months_before(day, months) == before


def test_it_remembers_as_long_as_the_service_does() -> None:
    assert Settings.model_fields["tie_months"].default == program().REMEMBERED_MONTHS
    assert ties.ROSTER_MONTHS == program().ROSTER_MONTHS


def test_it_knows_who_makes_questions_as_the_service_does() -> None:
    assert program().MAKING == MAKERS == set(MAKING)


@pytest.mark.parametrize(
    ("remembered", "at", "counts"),
    [
        pytest.param(0, ROSTER_WITHIN, True, id="a shorter term for ties"),
        pytest.param(0, ROSTER_LONG_AGO, False, id="a shorter term, and long ago"),
        pytest.param(36, ROSTER_LONG_AGO, True, id="a longer term for ties"),
    ],
)
def test_a_roster_counts_for_two_years_at_least(
    finished: Finished, monkeypatch: pytest.MonkeyPatch, remembered: int, at: str, counts: bool
) -> None:
    monkeypatch.setattr(program(), "REMEMBERED_MONTHS", remembered)
    with beside(finished) as hand:
        enrolled_and_charged("review", at)(hand)
        _, breaches = program().audit(hand.connection)

    assert ["is on the roster of class 1 and is granted review" in breach for breach in breaches] == [True] * counts


# --- the last door ---

COMES = [("SEAT_SIGNED_IN", "signs in to the exam of"), ("CANDIDATE_ADMITTED", "is admitted to the exam of")]


def sits(hand: Hand, event: str, seat: str) -> None:
    actor = seat if event == "SEAT_SIGNED_IN" else hand.by("proctor1")
    hand.write(event, actor, seat, sitting=hand.world.sitting_id, late_minutes=0)


def on_a_seat(hand: Hand) -> int:
    """The natural person whose seat this is."""
    query = "SELECT t.person_id FROM sittings_seat s JOIN programme_trainee t ON t.id = s.trainee_id WHERE s.id = ?"
    (person,) = hand.connection.execute(query, [hand.world.seats[0]]).fetchone()
    return int(person)


def reviewed_long_ago(hand: Hand, person: int) -> None:
    account = hand.account(person, at=LONG_AGO)
    hand.grant(account, person, "review", at=LONG_AGO)
    hand.write("ITEM_REJECTED", account, "item:1", at=LONG_AGO, code="X-1", digest="d")
    hand.revoke(account, "review", at=LONG_AGO)


def holds_custody(hand: Hand, person: int) -> None:
    hand.grant(hand.account(person), person, "custody")


def held_long_ago(hand: Hand, person: int) -> None:
    account = hand.account(person, at=LONG_AGO)
    hand.grant(account, person, "review", at=LONG_AGO)
    hand.revoke(account, "review", at=LONG_AGO)


def arranges(hand: Hand, person: int) -> None:
    hand.grant(hand.account(person), person, "arrange")


@pytest.mark.parametrize(("event", "words"), COMES)
@pytest.mark.parametrize(
    ("history", "how"),
    [
        pytest.param(reviewed_long_ago, "did review", id="reviewed once"),
        pytest.param(holds_custody, "holds custody", id="holds custody"),
        pytest.param(held_long_ago, "", id="held it long ago"),
        pytest.param(arranges, "", id="sees no question"),
    ],
)
def test_who_makes_questions_is_not_let_to_a_seat(
    finished: Finished, event: str, words: str, history: Callable[[Hand, int], None], how: str
) -> None:
    with beside(finished) as hand:
        person = on_a_seat(hand)
        history(hand, person)
        before = set(program().audit(hand.connection)[1])
        sits(hand, event, hand.seat)
        added = set(program().audit(hand.connection)[1]) - before

    expected = f"person {person} {how} and {words} class {finished.world.class_id}"
    assert [expected in breach for breach in added] == ([True] if how else []), added


@pytest.mark.parametrize(("event", "words"), COMES)
def test_also_at_a_seat_that_was_moved_since(finished: Finished, event: str, words: str) -> None:
    """Its row is gone; the entry that moved the candidate says whose it was."""
    with beside(finished) as hand:
        holds_custody(hand, STRANGER)
        sits(hand, event, "seat:5001")
        moved = {"seat": 5001, "from": hand.world.sitting_id, "to": 1, "trainee": hand.trainee(STRANGER)}
        hand.write("SEAT_MOVED", hand.by("arranger"), hand.seat, reason="", **moved)
        _, breaches = program().audit(hand.connection)

    assert [f"person {STRANGER} holds custody and {words}" in breach for breach in breaches] == [True], breaches


@pytest.mark.parametrize("event", [event for event, _ in COMES])
def test_a_seat_of_which_nothing_is_known_is_named(finished: Finished, event: str) -> None:
    with beside(finished) as hand:
        sits(hand, event, "seat:98765")
        _, breaches = program().audit(hand.connection)

    assert [f"{event} on seat:98765, and no table knows whose that is" in breach for breach in breaches] == [True]


@pytest.mark.parametrize(
    ("planned", "breaches_named"), [pytest.param("REHEARSAL", 0, id="rehearsal"), pytest.param("SITTING", 1, id="exam")]
)
def test_a_rehearsal_is_no_exam(finished: Finished, planned: str, breaches_named: int) -> None:
    """Its questions are for practising, and anybody may see them."""
    with beside(finished) as hand:
        holds_custody(hand, STRANGER)
        hand.write(f"{planned}_PLANNED", hand.by("arranger"), "sitting:77", **{"class": hand.world.class_id})
        sits(hand, "SEAT_SIGNED_IN", "seat:5001")
        moved = {"seat": 5001, "from": 77, "to": 1, "trainee": hand.trainee(STRANGER)}
        hand.write("SEAT_MOVED", hand.by("arranger"), hand.seat, reason="", **moved)
        _, breaches = program().audit(hand.connection)

    assert len(breaches) == breaches_named, breaches


# --- duties of an emergency ---


def emergency(hand: Hand, duty: str, *, number: int = 1, ended: bool) -> None:
    """A stranger's account 900 is charged with a duty for some minutes."""
    data = {"account": 900, "duty": duty}
    hand.grant("account:900", STRANGER, duty)
    hand.write("EMERGENCY_DUTY_ASKED", hand.by("planner"), f"emergency:{number}", minutes=30, reason="-", **data)
    hand.write("EMERGENCY_DUTY_DECIDED", "founder", f"emergency:{number}", confirmed=True, asked_by=1, **data)
    if ended:
        hand.write("EMERGENCY_DUTY_ENDED", "clock", f"emergency:{number}", **data)


def audits_afterwards(hand: Hand) -> None:
    hand.grant(hand.account(STRANGER, 901), STRANGER, "audit")


def over(hand: Hand) -> None:
    emergency(hand, "confirm", ended=True)
    audits_afterwards(hand)


def not_over(hand: Hand) -> None:
    emergency(hand, "confirm", ended=False)
    audits_afterwards(hand)


def given_for_good_since(hand: Hand) -> None:
    """Taken back before its minutes were over, and granted anew: the clock ends the emergency and not the duty."""
    emergency(hand, "confirm", ended=False)
    hand.revoke("account:900", "confirm")
    hand.grant("account:900", STRANGER, "confirm")
    hand.write("EMERGENCY_DUTY_ENDED", "clock", "emergency:1", account=900, duty="confirm")
    audits_afterwards(hand)


def taken_back_before(hand: Hand) -> None:
    emergency(hand, "confirm", ended=False)
    hand.revoke("account:900", "confirm")
    hand.write("EMERGENCY_DUTY_ENDED", "clock", "emergency:1", account=900, duty="confirm")
    audits_afterwards(hand)


def turned_down(hand: Hand) -> None:
    asked = {"account": 900, "duty": "confirm", "minutes": 30, "reason": "-"}
    hand.write("EMERGENCY_DUTY_ASKED", hand.by("planner"), "emergency:1", **asked)
    hand.write(
        "EMERGENCY_DUTY_DECIDED", "founder", "emergency:1", account=900, duty="confirm", confirmed=False, asked_by=1
    )
    audits_afterwards(hand)


def two_of_them(hand: Hand) -> None:
    emergency(hand, "confirm", number=1, ended=True)
    emergency(hand, "confirm", number=2, ended=False)
    audits_afterwards(hand)


def author_for_an_hour(hand: Hand) -> None:
    emergency(hand, "author", ended=True)
    hand.enrol(STRANGER)


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        pytest.param(over, "", id="over"),
        pytest.param(taken_back_before, "", id="taken back before it was over"),
        pytest.param(turned_down, "", id="turned down"),
        pytest.param(not_over, "holds confirm and is granted audit", id="not over"),
        pytest.param(given_for_good_since, "holds confirm and is granted audit", id="given for good since"),
        pytest.param(two_of_them, "holds confirm and is granted audit", id="two, of which one is over"),
        pytest.param(author_for_an_hour, "held author until 2026-11-20 and is put on the roster", id="an author"),
    ],
)
def test_a_duty_of_an_emergency_is_held_as_long_as_it_lasts(finished: Finished, plant: Plant, words: str) -> None:
    with beside(finished) as hand:
        hand.account(STRANGER)
        plant(hand)
        _, breaches = program().audit(hand.connection)

    assert [words in breach for breach in breaches] == ([True] if words else []), breaches
