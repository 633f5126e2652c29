"""Whatever one person begins and another one does is named by ``scripts/audit_separation`` where it was one person.

Which acts these are is read from the service's source and from the checks of its tables: a new one that the program
does not know fails a test on the day it is written. The histories are planted by a hand that owns the database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from service.journal.rules import Event
from tests.oversight import second_hands
from tests.oversight.planting import STRANGER, Finished, Hand, beside, program

# Events in whose act somebody is asked whether they are another person, and that take no two: why.
ONE_IS_ENOUGH = {
    "ACCOUNT_OPENED": "by the act that founds an installation, which grants duties beside it",
    "ORGANISATION_ADDED": "the same",
    "ACCOUNT_ACTIVATED": "by oneself, with a code that somebody else gave",
    "CANDIDATES_ENROLLED": "what is compared is how many people have room",
    "RESITS_ENROLLED": "the same",
    "ROSTER_IMPORTED": "what is compared is two lines of one file",
    "SEAT_MOVED": "the same",
    "TIME_ADDED": "the same, or the minutes of an arrangement, told beside ARRANGEMENT_DECIDED",
    "CERTIFICATE_ISSUED": "follows APPEAL_DECIDED",
    "CREDIT_GRANTED": "follows APPEAL_DECIDED",
    "EDITION_PUBLISHED": "follows APPEAL_DECIDED",
    "RESULT_RECOUNTED": "follows APPEAL_DECIDED",
    "SEAT_REMARKED": "follows LATE_ANSWER_DECIDED",
    "SEAT_MARKED": "follows SHEET_TRANSCRIBED",
    "KEY_USED": "what marking looked up, beside the act",
    "SIGN_IN_FAILED": "a wrong password at the act, of whoever then did nothing",
    "RECOVERY_CODE_USED": "a second factor shown at the act",
    "HEAD_WITNESSED": "a body signs for itself, and for no other",
    "ITEM_DRAFTED": "one takes back one's own",
    "ITEM_WITHDRAWN": "one takes back one's own",
    "ITEM_PICTURES_REMOVED": "one takes back one's own",
    "SHEET_ENTRY_WITHDRAWN": "one takes back one's own",
    "SHEET_ENTRIES_READ": "looking at what two have copied, before settling it",
    "ITEM_SUSPENDED": "one person may, for waiting could harm an exam; another settles it",
    "TABLET_RESTORED": "one's own second thought within minutes, or an arranger's",
    "PAPER_OPENING_ATTEMPTED": "the first hand, or a refused one",
    "PAPER_PRINT_ATTEMPTED": "the first hand, or a refused one",
}
# What more than two hands do, or two within one entry: the program counts them by themselves.
COUNTED = {"SHEET_ENTERED", "SHEET_TRANSCRIBED", "PAPER_REPETITION_ATTEMPTED"}
# By table whose checks hold two persons apart, the event by which the second of them writes there.
WRITTEN_BY = {
    "access_tie": "TIE_WITHDRAWAL_DECIDED",
    "access_emergency_duty": "EMERGENCY_DUTY_DECIDED",
    "access_emergency_seen": "EMERGENCY_DUTY_SEEN",
    "oversight_disposal": "DISPOSAL_DECIDED",
    "oversight_namesake_finding": "NAMESAKES_JUDGED",
    "papers_break_glass": "PAPER_BROKEN_OPEN",
    "results_appeal": "APPEAL_DECIDED",
    "results_disposed_class": "ANSWERS_DISPOSED",
    # What an edition publishes was decided by one of the pairs before it, and it names the hands of that.
    "results_edition": "RESULTS_PUBLISHED",
    "results_external_file": "EXTERNAL_DECIDED",
    "results_external_voiding": "EXTERNAL_VOID_DECIDED",
    "results_item_ruling": "WITHDRAWAL_DECIDED",
    "results_result": "RESULTS_PUBLISHED",
    "results_similarity_case": "SIMILARITY_CASE_CLOSED",
    "results_voiding": "VOID_DECIDED",
    "sittings_arrangement": "ARRANGEMENT_DECIDED",
    "sittings_form_switch": "SWITCH_DECIDED",
    "sittings_late_answer": "LATE_ANSWER_DECIDED",
    "sittings_paper_print": "PAPER_PRINTED",
    "sittings_paper_sheet": "PAPER_ANSWERS_DECIDED",
    "sittings_sheet_reopening": "SHEET_REOPENED",
    "sittings_signature_excuse": "SIGNATURE_EXCUSED",
}


def seconds() -> set[str]:
    """The events that the program knows to take another person."""
    return {pair.second for pair in program().PAIRS} | program().TO_OTHERS.keys()


def test_the_source_tells_which_acts_take_another_person() -> None:
    """What the other tests rest on finds what there is to find: compared, told by name, and by way of another rule."""
    found = second_hands.events()

    assert found["ITEM_RETIRED"] == {"service.bank.rules.reviewing.may_settle"}
    assert found["SWITCH_DECIDED"] == {"service.sittings.rules.switching.may_confirm"}
    assert "service.access.rules.administrators.may_ask" in found["EMERGENCY_DUTY_ASKED"]
    assert "PLAN_SET" not in found
    assert found.keys() <= {str(event) for event in Event}


def test_every_act_of_two_people_in_the_source_is_known() -> None:
    found = second_hands.events().keys()

    assert found - ONE_IS_ENOUGH.keys() - COUNTED - seconds() == set()
    assert ONE_IS_ENOUGH.keys() - found == set()
    assert ONE_IS_ENOUGH.keys() & (seconds() | COUNTED) == set()


def test_every_table_that_holds_two_persons_apart_is_known() -> None:
    assert second_hands.tables().keys() == WRITTEN_BY.keys()
    assert set(WRITTEN_BY.values()) <= seconds()


def test_the_program_knows_no_event_that_there_is_not() -> None:
    assert seconds() | {pair.first for pair in program().PAIRS} <= {str(event) for event in Event}


# --- one history of each pair ---


@dataclass(frozen=True)
class History:
    """Two entries as the service writes them: where they stand, and what both say, the first, and the second alone."""

    place: str
    both: dict[str, Any] = field(default_factory=dict)
    first: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] = field(default_factory=dict)
    named: str = ""


def emergency(first: dict[str, Any], second: dict[str, Any], named: str) -> History:
    return History("emergency:7", {"account": 950, "duty": "arrange"}, first, second, named)


SEEN = {"remark": "-", "asked_by": 1, "decided_by": 2}
IN_THE_CLASS = {"class": 0}
HISTORIES = {
    ("PAPER_OPENING_ATTEMPTED", "PAPER_OPENED"): History(
        "paper", {"form": "B"}, {"outcome": "first_hand"}, {"hands": 2, "outcome": "opened"}, "was opened"
    ),
    ("PAPER_OPENING_ATTEMPTED", "PAPER_BROKEN_OPEN"): History(
        "paper", {"form": "B"}, {"outcome": "break_glass_begun"}, {"reason": "-"}, "was broken open"
    ),
    ("PAPER_PRINT_ATTEMPTED", "PAPER_PRINTED"): History(
        "paper", {"form": "B", "sitting": 1}, {"outcome": "first_hand"}, {"sealed": True}, "was printed while sealed"
    ),
    ("PAPER_ANSWERS_PROPOSED", "PAPER_ANSWERS_DECIDED"): History(
        "seat", {"sheet": 7}, {"reason": "power"}, {"confirmed": True}, "sheet 7 was declared on paper"
    ),
    ("SWITCH_PROPOSED", "SWITCH_DECIDED"): History(
        "sitting", {"switch": 7, "form": "B"}, {}, {"confirmed": True}, "switch 7 was proposed and decided"
    ),
    ("SHEET_REOPEN_PROPOSED", "SHEET_REOPENED"): History(
        "seat", {"reopening": 7}, {"reason": "mistake"}, {}, "reopening 7 was proposed and decided"
    ),
    ("SHEET_REOPEN_PROPOSED", "SHEET_REOPEN_DECLINED"): History(
        "seat", {"reopening": 7}, {"reason": "mistake"}, {}, "reopening 7 was proposed and decided"
    ),
    ("ARRANGEMENT_PROPOSED", "ARRANGEMENT_DECIDED"): History(
        "arrangement:7", IN_THE_CLASS, {}, {"approved": True}, "arrangement 7 was asked for and decided"
    ),
    ("LATE_ANSWER_PROPOSED", "LATE_ANSWER_DECIDED"): History(
        "seat", {"late_answer": 7}, {}, {"accepted": True}, "late answer 7 was proposed and accepted"
    ),
    ("RESULTS_CONFIRMED", "RESULTS_PUBLISHED"): History("its_class", named="was confirmed and published"),
    ("VOID_PROPOSED", "VOID_DECIDED"): History(
        "seat", {"voiding": 7}, {}, {"upheld": True}, "voiding 7 was proposed and decided"
    ),
    ("WITHDRAWAL_PROPOSED", "WITHDRAWAL_DECIDED"): History(
        "form:7", {"ruling": 7, **IN_THE_CLASS}, {}, {"upheld": True}, "ruling 7 was proposed and decided"
    ),
    ("APPEAL_PROPOSED", "APPEAL_DECIDED"): History(
        "seat", {"appeal": 7, **IN_THE_CLASS}, {}, {"upheld": True}, "appeal 7 was answered and decided"
    ),
    ("RESULTS_CONFIRMED", "APPEAL_PROPOSED"): History("its_class", named="was confirmed and judged on appeal"),
    ("RESULTS_CONFIRMED", "APPEAL_DECIDED"): History("its_class", named="was confirmed and judged on appeal"),
    ("RESULTS_PUBLISHED", "APPEAL_PROPOSED"): History("its_class", named="was published and judged on appeal"),
    ("RESULTS_PUBLISHED", "APPEAL_DECIDED"): History("its_class", named="was published and judged on appeal"),
    ("EXTERNAL_BROUGHT", "EXTERNAL_DECIDED"): History(
        "its_class", {"file": 7}, {}, {"confirmed": True}, "file 7 was brought and decided"
    ),
    ("EXTERNAL_VOID_PROPOSED", "EXTERNAL_VOID_DECIDED"): History(
        "its_class", {"voiding": 7}, {}, {"upheld": True}, "voiding 7 was proposed and decided"
    ),
    ("SIMILARITY_CASE_OPENED", "SIMILARITY_CASE_CLOSED"): History(
        "its_class", {"case": 7}, {}, {"finding": "-"}, "case 7 was opened and closed"
    ),
    ("ITEM_SUSPENDED", "ITEM_RESUMED"): History(
        "item:7", {"code": "X-7", "version": 1}, {}, {}, "item 7 was suspended and settled"
    ),
    ("ITEM_SUSPENDED", "ITEM_RETIRED"): History(
        "item:7", {"code": "X-7", "version": 1}, {}, {}, "item 7 was suspended and settled"
    ),
    ("DISPOSAL_PROPOSED", "DISPOSAL_DECIDED"): History(
        "disposal:7", {}, {}, {"confirmed": True}, "disposal 7 was proposed and confirmed"
    ),
    ("TIE_WITHDRAWAL_PROPOSED", "TIE_WITHDRAWAL_DECIDED"): History(
        "person:77", {"tie": 7}, {}, {"withdrawn": True}, "tie 7 was proposed for withdrawal and decided"
    ),
    ("EMERGENCY_DUTY_ASKED", "EMERGENCY_DUTY_DECIDED"): emergency(
        {"minutes": 30}, {"confirmed": True, "asked_by": 1}, "emergency 7 was asked for and decided"
    ),
    ("EMERGENCY_DUTY_ASKED", "EMERGENCY_DUTY_SEEN"): emergency(
        {"minutes": 30}, SEEN, "emergency 7 was asked for and noted as seen"
    ),
    ("EMERGENCY_DUTY_DECIDED", "EMERGENCY_DUTY_SEEN"): emergency(
        {"confirmed": False}, SEEN, "emergency 7 was decided and noted as seen"
    ),
}
PAIRS = sorted(HISTORIES)


def test_there_is_a_history_of_each_pair() -> None:
    assert sorted((pair.first, pair.second) for pair in program().PAIRS) == PAIRS


def planted(hand: Hand, pair: tuple[str, str], first: str, second: str) -> None:
    history = HISTORIES[pair]
    for event, actor, data in zip(pair, (first, second), (history.first, history.second), strict=True):
        both = {name: hand.world.class_id if name == "class" else value for name, value in history.both.items()}
        hand.write(event, actor, getattr(hand, history.place, history.place), **both | data)


def alone(finished: Finished, plant: Callable[[Hand], None]) -> list[str]:
    """What the program says was done by one person after this."""
    with beside(finished) as hand:
        plant(hand)
        _, breaches = program().audit(hand.connection)
    return [breach for breach in breaches if "by one person" in breach]


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
@pytest.mark.parametrize("accounts", [1, 2])
def test_what_one_person_began_and_did_is_named(finished: Finished, pair: tuple[str, str], accounts: int) -> None:
    """By one account, or by two of the same natural person."""

    def plant(hand: Hand) -> None:
        first = hand.account(STRANGER, 900)
        planted(hand, pair, first, first if accounts == 1 else hand.account(STRANGER, 901))

    words = f"{HISTORIES[pair].named} by one person"
    assert any(words in breach for breach in alone(finished, plant))


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_what_two_people_did_is_not_named(finished: Finished, pair: tuple[str, str]) -> None:
    def plant(hand: Hand) -> None:
        planted(hand, pair, hand.account(STRANGER, 900), hand.account(STRANGER + 1, 901))

    named = [breach for breach in alone(finished, plant) if HISTORIES[pair].named in breach]
    assert named == []


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_what_somebody_did_that_nobody_began_is_named_unless_one_may(finished: Finished, pair: tuple[str, str]) -> None:
    """A decision on what nobody proposed is one person's."""
    (known,) = (one for one in program().PAIRS if (one.first, one.second) == pair)

    def plant(hand: Hand) -> None:
        history = HISTORIES[pair]
        both = {name: hand.world.class_id if name == "class" else value for name, value in history.both.items()}
        actor = hand.account(STRANGER, 900)
        hand.write(pair[1], actor, getattr(hand, history.place, history.place), **both | history.second)

    named = [breach for breach in alone(finished, plant) if HISTORIES[pair].named in breach]
    assert bool(named) is not known.alone


# --- what makes the pair ---


def test_of_two_proposals_the_last_one_counts(finished: Finished) -> None:
    """Somebody else's stands between: it was theirs that was decided on."""
    pair = ("TIE_WITHDRAWAL_PROPOSED", "TIE_WITHDRAWAL_DECIDED")

    def plant(hand: Hand) -> None:
        one, other = hand.account(STRANGER, 900), hand.account(STRANGER + 1, 901)
        hand.write(pair[0], one, "person:77", tie=7, reason="-")
        planted(hand, pair, other, one)

    assert alone(finished, plant) == []


def test_a_proposal_serves_one_decision(finished: Finished) -> None:
    pair = ("SWITCH_PROPOSED", "SWITCH_DECIDED")

    def plant(hand: Hand) -> None:
        one, other = hand.account(STRANGER, 900), hand.account(STRANGER + 1, 901)
        planted(hand, pair, one, other)
        hand.write(pair[1], other, hand.sitting, switch=7, confirmed=True)

    assert len(alone(finished, plant)) == 1


def test_another_thing_is_another_pair(finished: Finished) -> None:
    def plant(hand: Hand) -> None:
        one, other = hand.account(STRANGER, 900), hand.account(STRANGER + 1, 901)
        for tie, actor in ((7, one), (8, other)):
            hand.write("TIE_WITHDRAWAL_PROPOSED", actor, "person:77", tie=tie, reason="-")
        for tie, actor in ((7, other), (8, one)):
            hand.write("TIE_WITHDRAWAL_DECIDED", actor, "person:77", tie=tie, withdrawn=True)

    assert alone(finished, plant) == []


@pytest.mark.parametrize(("confirmed", "number"), [(False, 0), (True, 1)])
def test_a_disposal_is_taken_back_by_one(finished: Finished, confirmed: bool, number: int) -> None:
    def plant(hand: Hand) -> None:
        one = hand.account(STRANGER, 900)
        hand.write("DISPOSAL_PROPOSED", one, "disposal:7")
        hand.write("DISPOSAL_DECIDED", one, "disposal:7", confirmed=confirmed)

    assert len(alone(finished, plant)) == number


def test_an_approval_is_not_taken_back_by_whoever_asked_for_it(finished: Finished) -> None:
    pair = ("ARRANGEMENT_PROPOSED", "ARRANGEMENT_DECIDED")

    def plant(hand: Hand) -> None:
        one, other = hand.account(STRANGER, 900), hand.account(STRANGER + 1, 901)
        planted(hand, pair, one, other)
        hand.write(pair[1], one, "arrangement:7", approved=False, revoked=True)

    assert len(alone(finished, plant)) == 1


# --- what nobody does to themselves ---

TO_OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "DUTY_GRANTED": ("account:901", {"duty": "statistics", "person": STRANGER}),
    "ACTIVATION_CODE_GIVEN": ("account:901", {}),
    "ACCOUNT_CLOSED": ("account:901", {"duties": [], "reason": "-"}),
    "ACCOUNT_REOPENED": ("account:901", {"person": STRANGER}),
    "EMERGENCY_DUTY_ASKED": ("emergency:7", {"account": 901, "duty": "arrange", "minutes": 30}),
    "EMERGENCY_DUTY_DECIDED": ("emergency:7", {"account": 901, "duty": "arrange", "confirmed": False}),
    "EMERGENCY_DUTY_SEEN": ("emergency:7", {"account": 901, "duty": "arrange", "asked_by": 1, "decided_by": 2}),
    "TIE_WITHDRAWAL_PROPOSED": (f"person:{STRANGER}", {"tie": 7}),
    "TIE_WITHDRAWAL_DECIDED": (f"person:{STRANGER}", {"tie": 7, "withdrawn": True}),
    "SIGNATURE_EXCUSED": ("sitting", {"person": STRANGER}),
    "ANSWERS_DISPOSED": ("its_class", {"proposed_by": STRANGER}),
    "NAMESAKES_JUDGED": ("person:1", {"other": STRANGER, "finding": "different"}),
}


def test_there_is_one_of_each_that_nobody_does_to_themselves() -> None:
    assert TO_OTHERS.keys() == program().TO_OTHERS.keys()


@pytest.mark.parametrize("event", TO_OTHERS)
@pytest.mark.parametrize("person", [STRANGER, STRANGER + 1])
def test_what_somebody_did_to_themselves_is_named(finished: Finished, event: str, person: int) -> None:
    """By another account of the same natural person; done to somebody else it is none."""
    place, data = TO_OTHERS[event]
    with beside(finished) as hand:
        hand.account(STRANGER, 901)
        actor = hand.account(person, 902)
        hand.write(event, actor, getattr(hand, place, place), **data)
        _, breaches = program().audit(hand.connection)

    named = [breach for breach in breaches if f"person {person} is on both sides of {event}" in breach]
    assert len(named) == (person == STRANGER)
