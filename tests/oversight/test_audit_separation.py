"""``scripts/audit_separation`` tells who did what from the record alone, and names every breach that is planted there.

The breaches are written into the file by a hand that owns the database, as the service would never write them.
"""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.oversight.planting import PROGRAM, STRANGER, Finished, Hand, audit, beside, program


def test_a_class_as_it_should_be(finished: Finished) -> None:
    people = finished.people
    teachers = ", ".join(f"person {people[name]}" for name in ("teacher1", "teacher2", "teacher3"))

    assert audit(finished.path) == (
        0,
        [
            f"class {finished.world.class_id}: taught by {teachers}",
            f"  approve: person {people['approver']}",
            f"  arrange: person {people['arranger']}",
            f"  assemble: person {people['assembler']}",
            f"  author: person {people['author']}",
            f"  confirm: person {people['confirmer']}",
            f"  proctor: person {people['proctor1']}, person {people['proctor2']}",
            f"  publish: person {people['publisher']}",
            f"  review: person {people['reviewer']}",
            "OK: whoever trained did not test",
        ],
    )


Plant = Callable[[Hand], None]
ATTEMPTED, PRINTING = "PAPER_OPENING_ATTEMPTED", "PAPER_PRINT_ATTEMPTED"


def submitted(hand: Hand, actor: str, code: str = "X-1", digest: str = "d") -> None:
    hand.write("ITEMS_SUBMITTED", actor, "bank", digests={code: digest}, changed=1, new=0)


def reviewed(hand: Hand, actor: str, code: str = "X-1", digest: str = "d") -> None:
    hand.write("ITEM_APPROVED", actor, "item:1", code=code, digest=digest, version=2, reason="")


def review_own(hand: Hand) -> None:
    submitted(hand, hand.by("author"))
    reviewed(hand, hand.hat("author"))


def review_what_another_changed(hand: Hand) -> None:
    """The item stays one's own: whoever wrote its first version knows what the second one asks."""
    submitted(hand, hand.hat("author"))
    submitted(hand, hand.account(STRANGER, 905), digest="e")
    reviewed(hand, hand.hat("author", 906), digest="e")


def judge_own_blueprint(hand: Hand) -> None:
    hand.write("BLUEPRINT_SET", hand.by("assembler"), "blueprint:99")
    hand.write("BLUEPRINT_APPROVED", hand.hat("assembler"), "blueprint:99")


def open_alone(hand: Hand) -> None:
    hand.write(ATTEMPTED, hand.by("proctor1"), hand.paper, form="B", hands=1, outcome="first_hand")
    hand.write("PAPER_OPENED", hand.by("proctor1"), hand.paper, form="B", hands=2, outcome="opened")


def mark_twice(hand: Hand) -> None:
    """One person with two accounts."""
    for actor in (hand.by("marker"), hand.hat("marker")):
        hand.write("SCRIPT_MARKED", actor, hand.its_class, script=7)
    hand.write("SCRIPT_SETTLED", actor, hand.seat, script=7, how="agreed")


def decide_again(hand: Hand) -> None:
    for actor in (hand.by("marker"), hand.by("custodian1"), hand.hat("marker")):
        hand.write("SCRIPT_MARKED", actor, hand.its_class, script=7)
    hand.write("SCRIPT_SETTLED", actor, hand.seat, script=7, how="third")


def declare_alone(hand: Hand) -> None:
    """One person with two accounts."""
    hand.write("PAPER_ANSWERS_PROPOSED", hand.by("proctor1"), hand.seat, sheet=7)
    hand.write("PAPER_ANSWERS_DECIDED", hand.hat("proctor1"), hand.seat, sheet=7)


def copy_twice(hand: Hand) -> None:
    for actor in (hand.by("marker"), hand.hat("marker")):
        hand.write("SHEET_ENTERED", actor, hand.seat, sheet=7)
    hand.write("SHEET_TRANSCRIBED", hand.by("marker"), hand.seat, sheet=7, how="agreed")


def settle_own(hand: Hand) -> None:
    """One entry was taken back, and another made."""
    for event, username in (("ENTERED", "proctor2"), ("ENTRY_WITHDRAWN", "proctor2"), ("ENTERED", "proctor1")):
        hand.write(f"SHEET_{event}", hand.by(username), hand.seat, sheet=7)
    hand.write("SHEET_ENTERED", hand.by("proctor2"), hand.seat, sheet=7)
    hand.write("SHEET_TRANSCRIBED", hand.by("proctor1"), hand.seat, sheet=7, how="decided")


def break_open_alone(hand: Hand) -> None:
    """The other custodian's hand was laid before, and another one since: that one alone still stood."""
    for custodian in ("custodian2", "custodian1"):
        hand.write(ATTEMPTED, hand.by(custodian), hand.paper, form="B", outcome="break_glass_begun")
    hand.write("PAPER_BROKEN_OPEN", hand.by("custodian1"), hand.paper, form="B")


def print_alone(hand: Hand) -> None:
    data = {"form": "B", "sitting": hand.world.sitting_id}
    hand.write(PRINTING, hand.by("custodian1"), hand.paper, outcome="first_hand", **data)
    hand.write("PAPER_PRINTED", hand.by("custodian1"), hand.paper, sealed=True, **data)


def repeat(hand: Hand, *hands: int, classes: tuple[int, ...] = ()) -> None:
    """Two lay their hands on the papers of an assembly, of which the class's own is one."""
    data = {"outcome": "lent", "hands": hands, "classes": (hand.world.class_id, *classes)}
    hand.write("PAPER_REPETITION_ATTEMPTED", hand.by("custodian1"), hand.paper, **data)


def repeat_alone(hand: Hand) -> None:
    repeat(hand, hand.people["custodian1"], hand.people["custodian1"])


def repeat_together(hand: Hand) -> None:
    repeat(hand, hand.people["custodian1"], hand.people["custodian2"])


def repeat_with_a_stranger(hand: Hand) -> None:
    repeat(hand, hand.people["custodian1"], STRANGER)


def repeat_near(body: str) -> Plant:
    """The second class of the assembly is taught by ``body``; a custodian's relative works for another institution."""

    def plant(hand: Hand) -> None:
        opened(hand, body)
        relative = {"tie": 1, "kind": "relative", "organisation": hand.world.organisations["institution2"], "until": ""}
        person = f"person:{hand.people['custodian2']}"
        hand.write("TIE_DECLARED", hand.by("custodian2"), person, since="2020-01-01", own=True, **relative)
        repeat(hand, hand.people["custodian1"], hand.people["custodian2"], classes=(77,))

    return plant


def tied(kind: str, body: str, until: str = "") -> Plant:
    def plant(hand: Hand) -> None:
        data = {"tie": 1, "kind": kind, "organisation": hand.world.organisations[body]}
        person = f"person:{hand.people['publisher']}"
        hand.write("TIE_DECLARED", hand.by("publisher"), person, since="2020-01-01", until=until, own=True, **data)
        hand.write("RESULTS_CONFIRMED", hand.by("confirmer"), hand.its_class)
        hand.write("RESULTS_PUBLISHED", hand.by("publisher"), hand.its_class)

    return plant


def opened(hand: Hand, body: str = "institution") -> None:
    """Class 77, which nobody has taught yet."""
    data = {"code": "C-2", "institution": hand.world.organisations[body], "lecturers": []}
    hand.write("CLASS_OPENED", hand.by("planner"), "class:77", **data)


def unconfirmed(hand: Hand) -> None:
    opened(hand)
    hand.write("RESULTS_PUBLISHED", hand.by("publisher"), "class:77")


def published_again(confirmed: bool) -> Plant:
    """The class is published already; now its resit is."""

    def plant(hand: Hand) -> None:
        if confirmed:
            hand.write("RESULTS_CONFIRMED", hand.by("confirmer"), hand.its_class)
        hand.write("RESULTS_PUBLISHED", hand.by("publisher"), hand.its_class)

    return plant


def grant(username: str, duty: str) -> Plant:
    return lambda hand: hand.grant(hand.by(username), hand.people[username], duty)


def grant_to_hat(username: str, duty: str) -> Plant:
    return lambda hand: hand.grant(hand.hat(username), hand.people[username], duty)


def of_the_institution(duty: str) -> Plant:
    def plant(hand: Hand) -> None:
        hand.account(STRANGER, 902, "institution")
        hand.grant(hand.account(STRANGER), STRANGER, duty)

    return plant


def sitting_candidate(hand: Hand) -> None:
    hand.write("RESULTS_CONFIRMED", hand.account(candidate(hand), 903), hand.its_class)


def candidate(hand: Hand) -> int:
    """The natural person of somebody on the roster."""
    query = "SELECT t.person_id FROM programme_enrolment e JOIN programme_trainee t ON t.id = e.trainee_id LIMIT 1"
    (person,) = hand.connection.execute(query).fetchone()
    return int(person)


def unknown_trainee(hand: Hand) -> None:
    hand.write("ROSTER_IMPORTED", hand.by("planner"), hand.its_class, trainees=[987], faults=0, file="")


def act(event: str, username: str, place: str = "its_class") -> Plant:
    """An act by one more account of somebody who has done another."""
    return lambda hand: hand.write(event, hand.hat(username), getattr(hand, place), form="A")


PLANTED = [
    pytest.param(review_own, "item X-1: person {author} did author and review", id="reviewing one's own item"),
    pytest.param(review_what_another_changed, "did author and review", id="reviewing another version of it"),
    pytest.param(judge_own_blueprint, "blueprint 99: person {assembler} did approve and assemble", id="blueprint"),
    pytest.param(act("PAPER_APPROVED", "assembler", "paper"), "did approve and assemble", id="approving one's own"),
    pytest.param(act("PAPER_ITEM_SWAPPED", "approver", "paper"), "did approve and assemble", id="mending and judging"),
    pytest.param(act("CANDIDATE_ADMITTED", "approver", "seat"), "did approve and proctor", id="approving, proctoring"),
    pytest.param(act("PAPER_BROKEN_OPEN", "assembler", "paper"), "did assemble and custody", id="breaking open"),
    pytest.param(open_alone, "was opened by one person", id="opening alone"),
    pytest.param(break_open_alone, "was broken open by one person", id="breaking open alone"),
    pytest.param(repeat_alone, "was repeated by one person", id="repeating alone"),
    pytest.param(
        repeat_with_a_stranger,
        "PAPER_REPETITION_ATTEMPTED by person 9999, whom the record does not know",
        id="an unknown second hand",
    ),
    pytest.param(
        repeat_near("institution2"),
        "person {custodian2} has a relative at who teaches class 77 and did custody",
        id="repeating what a relative's institution sits",
    ),
    pytest.param(print_alone, "was printed while sealed by one person", id="printing alone"),
    pytest.param(act("RESULTS_CONFIRMED", "proctor1"), "did confirm and proctor", id="confirming what one watched"),
    pytest.param(act("RESULTS_PUBLISHED", "confirmer"), "did confirm and publish", id="publishing what one confirmed"),
    pytest.param(act("EXTERNAL_DECIDED", "confirmer"), "did confirm and publish", id="deciding on one's own file"),
    pytest.param(act("SCRIPT_MARKED", "proctor1"), "did mark and proctor", id="marking what one watched"),
    pytest.param(act("SCRIPT_TAKEN", "confirmer"), "did confirm and mark", id="marking what one confirms"),
    pytest.param(act("SCRIPT_MARKED", "publisher"), "did mark and publish", id="publishing what one marked"),
    pytest.param(mark_twice, "script 7 was settled by 1 of 2 people", id="marking a text alone"),
    pytest.param(decide_again, "script 7 was settled by 2 of 3 people", id="being the third after the first"),
    pytest.param(declare_alone, "sheet 7 was declared on paper by one person", id="a seat on paper alone"),
    pytest.param(copy_twice, "sheet 7 was copied by 1 of 2 people", id="copying a sheet alone"),
    pytest.param(settle_own, "sheet 7 was copied by 2 of 3 people", id="settling what one copied"),
    pytest.param(unconfirmed, "class 77 was published, and not confirmed before", id="publishing unconfirmed"),
    pytest.param(published_again(False), "published, and not confirmed before", id="publishing a resit unconfirmed"),
    pytest.param(sitting_candidate, "sits it and did confirm", id="a candidate confirming"),
    pytest.param(
        tied("seconded", "institution2"), "is seconded by an institution and did publish", id="lent to an institution"
    ),
    pytest.param(
        tied("seconded", "institution2", "2025-11-21"),
        "is seconded by an institution until 2025-11-21 and did publish",
        id="lent lately",
    ),
    pytest.param(
        tied("employed", "institution2", "2027-01-01"),
        "is employed by an institution until 2027-01-01 and did publish",
        id="still there",
    ),
    pytest.param(
        tied("relative", "institution"), "has a relative at who teaches class", id="a relative at the institution"
    ),
    pytest.param(
        tied("relative", "institution", "2025-11-21"), "has a relative at who teaches class", id="one there lately"
    ),
    pytest.param(
        lambda hand: hand.account(hand.people["author"], 902, "institution"),
        "person {author} holds author and gets an institution's account",
        id="joining an institution",
    ),
    pytest.param(
        lambda hand: hand.account(hand.people["auditor"], 902, "institution"),
        "person {auditor} holds audit and gets an institution's account",
        id="an auditor joining one",
    ),
    *(
        pytest.param(
            of_the_institution(duty), f"an institution and is granted {duty}", id=f"{duty} from an institution"
        )
        for duty in ("audit", "administer", "secure", "plan")
    ),
    pytest.param(grant_to_hat("institution", "plan"), "holds attend and is granted plan", id="planning, and training"),
    pytest.param(
        lambda hand: hand.write("DUTY_GRANTED", hand.teacher(), "account:998", duty="publish", person=998),
        "person {teacher1} has taught for an institution and did secure (DUTY_GRANTED)",
        id="granting while tied",
    ),
    pytest.param(
        lambda hand: hand.write("CITIZEN_ID_READ", hand.teacher(), "person:5", reason="-"),
        "person {teacher1} has taught for an institution and did plan (CITIZEN_ID_READ)",
        id="reading a citizen id while tied",
    ),
    pytest.param(grant("institution", "author"), "author is granted to an account of the institution", id="granting"),
    pytest.param(grant("enterprise", "confirm"), "confirm is granted to an account of the enterprise", id="enterprise"),
    pytest.param(grant_to_hat("author", "audit"), "holds author and is granted audit", id="an auditor who writes"),
    pytest.param(grant_to_hat("confirmer", "secure"), "holds confirm and is granted secure", id="granting, confirming"),
    pytest.param(grant_to_hat("auditor", "secure"), "holds audit and is granted secure", id="granting, auditing"),
    pytest.param(
        lambda hand: hand.write("RESULTS_PUBLISHED", "account:999", hand.its_class),
        "RESULTS_PUBLISHED by account:999, whom the record does not know",
        id="an unknown hand",
    ),
    pytest.param(
        lambda hand: hand.write("VOID_DECIDED", hand.by("publisher"), "seat:98765"),
        "VOID_DECIDED on seat:98765, of which the record knows no class",
        id="an unknown seat",
    ),
    pytest.param(unknown_trainee, "trainee 987 is put on a roster, and no table knows who that is", id="a trainee"),
]


@pytest.mark.parametrize(("plant", "words"), PLANTED)
def test_a_planted_breach_is_named(finished: Finished, plant: Plant, words: str) -> None:
    words = words.format(**finished.people)
    with beside(finished) as hand:
        plant(hand)
        _, breaches = program().audit(hand.connection)

    assert any(words in breach for breach in breaches), breaches


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(published_again(True), id="publishing a resit, confirmed"),
        pytest.param(repeat_together, id="repeating together"),
        pytest.param(repeat_near("institution"), id="a relative where none of the classes is taught"),
    ],
)
def test_what_may_be_is_no_breach(finished: Finished, plant: Plant) -> None:
    with beside(finished) as hand:
        plant(hand)
        _, breaches = program().audit(hand.connection)

    assert breaches == []


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(tied("seconded", "institution2", "2025-11-20"), id="lent, and back for a year"),
        pytest.param(tied("relative", "institution", "2025-11-20"), id="a relative who left a year ago"),
        pytest.param(tied("relative", "institution2"), id="a relative where another class is taught"),
    ],
)
def test_a_tie_is_forgotten_after_a_while_and_a_relative_bars_from_one_institution(
    finished: Finished, plant: Plant
) -> None:
    with beside(finished) as hand:
        plant(hand)
        _, breaches = program().audit(hand.connection)

    assert breaches == []


def test_and_the_program_says_so(finished: Finished, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(finished.path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        review_own(Hand(connection, finished.world, finished.people))

    status, lines = audit(copy)

    assert status == 1
    assert lines[-2:] == [
        f"BREACH: item X-1: person {finished.people['author']} did author and review",
        "1 breaches",
    ]


# --- the record as it really is ---


def test_a_seat_that_was_taken_back_still_has_its_class(finished: Finished) -> None:
    """Its row is gone; what was done to it before is told by the entry that took it back."""
    with beside(finished) as hand:
        hand.write("TIME_ADDED", hand.by("proctor1"), "seat:5001", kind="proctor", seconds=60)
        hand.write("TIME_ADDED", hand.by("proctor1"), "seat:5002", kind="proctor", seconds=60)
        hand.write("SEAT_WITHDRAWN", hand.by("arranger"), hand.sitting, seat=5001, number=1, trainee=1, issue=1)
        hand.write(
            "SEAT_MOVED", hand.by("arranger"), hand.seat, **{"seat": 5002, "from": hand.world.sitting_id, "to": 1}
        )
        _, breaches = program().audit(hand.connection)

    assert breaches == []


def test_what_is_done_a_hundred_times_is_named_once(finished: Finished) -> None:
    with beside(finished) as hand:
        teacher = hand.teacher()
        for number in range(100):
            submitted(hand, teacher, f"X-{number}")
        _, breaches = program().audit(hand.connection)

    assert len([breach for breach in breaches if "ITEMS_SUBMITTED" in breach]) == 1


def test_it_shares_no_code_with_the_service() -> None:
    lines = PROGRAM.read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.strip().startswith(("import ", "from "))}

    assert imported - {"psycopg"} <= sys.stdlib_module_names


def test_what_cannot_be_read_is_neither_good_nor_bad(tmp_path: Path) -> None:
    assert audit(tmp_path / "nothing.db")[0] == 2


def test_whom_an_auditor_found_to_be_one_is_noted_by_the_newest_finding(finished: Finished) -> None:
    """The program knows neither names nor ids; what auditors found is in the record."""
    author, proctor, other = (finished.people[name] for name in ("author", "proctor1", "proctor2"))
    told = {"likeness": "one_digit", "reason": "one card"}
    with beside(finished) as hand:
        hand.write("NAMESAKES_JUDGED", hand.by("auditor"), f"person:{author}", other=proctor, finding="same", **told)
        hand.write("NAMESAKES_JUDGED", hand.by("auditor"), f"person:{author}", other=other, finding="same", **told)
        hand.write("NAMESAKES_JUDGED", hand.by("auditor"), f"person:{author}", other=other, finding="different", **told)
        found, breaches = program().audit(hand.connection)

    (note,) = [line for line in found if line.startswith("NOTE")]
    assert note.endswith(f"an auditor found person {author} and person {proctor} to be one human")
    assert breaches == []
