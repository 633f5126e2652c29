"""``scripts/audit_separation`` tells who did what from the record alone, and names every breach that is planted there.

The breaches are written into the file by a hand that owns the database, as the service would never write them.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from service import migrations
from service.access.rules.separation import TEACH
from service.access.tables import Deed
from service.kernel import database
from service.kernel.settings import ROOT
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.conftest import using
from tests.world import World

PROGRAM = ROOT / "scripts" / "audit_separation"
Published = tuple[Path, World, dict[str, int]]


def audit(path: Path) -> tuple[int, list[str]]:
    """The exit status and the lines."""
    run = subprocess.run([sys.executable, "-I", "-S", str(PROGRAM), str(path)], capture_output=True, text=True)
    return run.returncode, (run.stdout + run.stderr).strip().splitlines()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A SQLite file with one published class, its world, and the natural person behind each account."""
    path = tmp_path_factory.mktemp("audited") / "audited.db"
    with using(f"sqlite:///{path}"):
        migrations.upgrade()
        with database.writing() as session:
            world = worlds.build(session)
            worlds.begin_exam(session, world)
            marking.hand_in_overdue(session, now=worlds.AFTER)
            worlds.sign_record(session, world)
            confirmer, publisher = world.actor(session, "confirmer"), world.actor(session, "publisher")
            publishing.confirm_results(session, confirmer, world.class_id, now=worlds.AFTER)
            publishing.publish_results(session, publisher, world.class_id, now=worlds.AFTER)
            people = {name: world.actor(session, name).person_id or 0 for name in worlds.STAFF}
            taught = select(Deed.person_id).distinct().where(Deed.duty == TEACH).order_by(col(Deed.person_id))
            people |= {f"teacher{number}": person for number, person in enumerate(session.exec(taught), start=1)}
        with database.engine().connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path, world, people


def test_a_class_as_it_should_be(published: Published) -> None:
    path, world, people = published
    teachers = ", ".join(f"person {people[name]}" for name in ("teacher1", "teacher2", "teacher3"))

    assert audit(path) == (
        0,
        [
            f"class {world.class_id}: taught by {teachers}",
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


class Hand:
    """Writes entries behind the service's back, each as the next one."""

    def __init__(self, connection: sqlite3.Connection, world: World, people: dict[str, int]) -> None:
        self.connection, self.world, self.people = connection, world, people

    def write(self, event: str, actor: str, subject: str, **data: Any) -> None:
        (last,) = self.connection.execute("SELECT max(seq) FROM journal_entry").fetchone()
        row = (last + 1, "2026-11-20T03:00:00.000000+00:00", event, actor, subject, json.dumps(data), "-", str(last))
        self.connection.execute("INSERT INTO journal_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def by(self, username: str) -> str:
        return f"account:{self.world.accounts[username]}"

    @property
    def its_class(self) -> str:
        return f"class:{self.world.class_id}"

    @property
    def paper(self) -> str:
        return f"paper:{self.world.paper_id}"

    def hat(self, username: str, number: int = 900) -> str:
        """One more account of the bureau for the person behind an account."""
        data = {"person": self.people[username], "organisation": self.world.organisations["bureau"]}
        self.write("ACCOUNT_OPENED", "founder", f"account:{number}", username=f"{username}-2", **data)
        return f"account:{number}"

    def teacher(self) -> str:
        """An account of the bureau for a person who teaches the class."""
        data = {"person": self.people["teacher1"], "organisation": self.world.organisations["bureau"]}
        self.write("ACCOUNT_OPENED", "founder", "account:901", username="teacher", **data)
        return "account:901"


def review_own(hand: Hand) -> None:
    hand.write("ITEMS_SUBMITTED", hand.by("author"), "bank", digests={"X-1": "d"}, changed=1, new=0)
    hand.write("ITEM_APPROVED", hand.hat("author"), "item:1", code="X-1", digest="d", version=2, reason="")


def open_alone(hand: Hand) -> None:
    hand.write("PAPER_OPENING_ATTEMPTED", hand.by("proctor1"), hand.paper, form="B", hands=1, outcome="first_hand")
    hand.write("PAPER_OPENED", hand.by("proctor1"), hand.paper, form="B", hands=2, outcome="opened")


def mark_twice(hand: Hand) -> None:
    """One person with two accounts."""
    for actor in (hand.by("marker"), hand.hat("marker")):
        hand.write("SCRIPT_MARKED", actor, hand.its_class, script=7)
    hand.write("SCRIPT_SETTLED", actor, "seat:1", script=7, how="agreed")


def decide_again(hand: Hand) -> None:
    for actor in (hand.by("marker"), hand.by("custodian1"), hand.hat("marker")):
        hand.write("SCRIPT_MARKED", actor, hand.its_class, script=7)
    hand.write("SCRIPT_SETTLED", actor, "seat:1", script=7, how="third")


def lent(hand: Hand) -> None:
    data = {"tie": 1, "kind": "seconded", "organisation": hand.world.organisations["institution2"]}
    person = f"person:{hand.people['publisher']}"
    hand.write("TIE_DECLARED", hand.by("publisher"), person, since="2026-01-01", until="", own=True, **data)
    hand.write("RESULTS_PUBLISHED", hand.by("publisher"), hand.its_class)


def relative(hand: Hand) -> None:
    data = {"tie": 1, "kind": "relative", "organisation": hand.world.organisations["institution"]}
    person = f"person:{hand.people['publisher']}"
    hand.write("TIE_DECLARED", hand.by("publisher"), person, since="2026-01-01", until="", own=True, **data)
    hand.write("RESULTS_PUBLISHED", hand.by("publisher"), hand.its_class)


def into_the_institution(hand: Hand) -> None:
    data = {"person": hand.people["author"], "organisation": hand.world.organisations["institution"]}
    hand.write("ACCOUNT_OPENED", "founder", "account:902", username="both", **data)


def unconfirmed(hand: Hand) -> None:
    data = {"code": "C-2", "institution": hand.world.organisations["institution"], "lecturers": []}
    hand.write("CLASS_OPENED", hand.by("planner"), "class:77", **data)
    hand.write("RESULTS_PUBLISHED", hand.by("publisher"), "class:77")


def grant(username: str, duty: str) -> Callable[[Hand], None]:
    return lambda hand: hand.write(
        "DUTY_GRANTED", "founder", hand.by(username), duty=duty, person=hand.people[username]
    )


def grant_to_hat(hand: Hand) -> None:
    hand.write("DUTY_GRANTED", "founder", hand.hat("author"), duty="audit", person=hand.people["author"])


def sitting_candidate(hand: Hand) -> None:
    query = "SELECT t.person_id FROM programme_enrolment e JOIN programme_trainee t ON t.id = e.trainee_id LIMIT 1"
    (person,) = hand.connection.execute(query).fetchone()
    data = {"person": person, "organisation": hand.world.organisations["bureau"]}
    hand.write("ACCOUNT_OPENED", "founder", "account:903", username="candidate", **data)
    hand.write("RESULTS_CONFIRMED", "account:903", hand.its_class)


PLANTED = [
    pytest.param(review_own, "wrote and reviewed item X-1", id="reviewing one's own item"),
    pytest.param(
        lambda hand: hand.write("PAPER_APPROVED", hand.hat("assembler"), hand.paper, reason=""),
        "did approve and assemble",
        id="approving one's own paper",
    ),
    pytest.param(
        lambda hand: hand.write("CANDIDATE_ADMITTED", hand.hat("approver"), f"seat:{hand.world.seats[0]}", sitting=1),
        "did approve and proctor",
        id="proctoring after approving",
    ),
    pytest.param(
        lambda hand: hand.write("PAPER_BROKEN_OPEN", hand.hat("assembler"), hand.paper, form="A"),
        "did assemble and custody",
        id="breaking open one's own paper",
    ),
    pytest.param(open_alone, "was opened by one person", id="opening alone"),
    pytest.param(
        lambda hand: hand.write("RESULTS_CONFIRMED", hand.hat("proctor1"), hand.its_class),
        "did confirm and proctor",
        id="confirming what one watched",
    ),
    pytest.param(
        lambda hand: hand.write("RESULTS_PUBLISHED", hand.hat("confirmer"), hand.its_class),
        "did confirm and publish",
        id="publishing what one confirmed",
    ),
    pytest.param(
        lambda hand: hand.write("SCRIPT_MARKED", hand.hat("proctor1"), hand.its_class),
        "did mark and proctor",
        id="marking what one watched",
    ),
    pytest.param(
        lambda hand: hand.write("SCRIPT_TAKEN", hand.hat("confirmer"), hand.its_class),
        "did confirm and mark",
        id="marking what one confirms",
    ),
    pytest.param(
        lambda hand: hand.write("SCRIPT_MARKED", hand.hat("publisher"), hand.its_class),
        "did mark and publish",
        id="publishing what one marked",
    ),
    pytest.param(mark_twice, "script 7 was settled by 1 of 2 people", id="marking a text alone"),
    pytest.param(decide_again, "script 7 was settled by 2 of 3 people", id="being the third after the first"),
    pytest.param(unconfirmed, "published, and never confirmed", id="publishing unconfirmed"),
    *(
        pytest.param(
            lambda hand, event=event, place=place: hand.write(event, hand.teacher(), getattr(hand, place)),
            f"person {{teacher}} taught it and did {duty}",
            id=f"a teacher: {duty}",
        )
        for event, place, duty in (
            ("PAPER_SEALED", "paper", "approve"),
            ("PAPER_BROKEN_OPEN", "paper", "custody"),
            ("SCRIPT_MARKED", "its_class", "mark"),
            ("RESULTS_PUBLISHED", "its_class", "publish"),
        )
    ),
    pytest.param(
        lambda hand: hand.write("ITEMS_SUBMITTED", hand.teacher(), "bank", digests={"X-1": "d"}),
        "person {teacher} taught it and did author",
        id="a teacher: author",
    ),
    pytest.param(sitting_candidate, "sits it and did confirm", id="a candidate confirming"),
    pytest.param(lent, "is seconded by an institution and did publish", id="lent to an institution"),
    pytest.param(relative, "has a relative at who teaches class", id="a relative at the institution"),
    pytest.param(into_the_institution, "gets an institution's account", id="joining an institution"),
    pytest.param(grant("institution", "author"), "author is granted to an account of the institution", id="granting"),
    pytest.param(grant("enterprise", "confirm"), "confirm is granted to an account of the enterprise", id="enterprise"),
    pytest.param(grant_to_hat, "holds author and is granted audit", id="an excluded duty in another account"),
    pytest.param(
        lambda hand: hand.write("RESULTS_PUBLISHED", "account:999", hand.its_class),
        "RESULTS_PUBLISHED by account:999, whom the record does not know",
        id="an unknown hand",
    ),
]


@pytest.mark.parametrize(("plant", "words"), PLANTED)
def test_a_planted_breach_is_named(
    published: Published, tmp_path: Path, plant: Callable[[Hand], None], words: str
) -> None:
    path, world, people = published
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        plant(Hand(connection, world, people))

    status, lines = audit(copy)

    assert status == 1
    words = words.format(teacher=people["teacher1"])
    assert any(words in line for line in lines if line.startswith("BREACH: ")), lines


def test_it_shares_no_code_with_the_service() -> None:
    lines = PROGRAM.read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.strip().startswith(("import ", "from "))}

    assert imported - {"psycopg"} <= sys.stdlib_module_names


def test_what_cannot_be_read_is_neither_good_nor_bad(tmp_path: Path) -> None:
    assert audit(tmp_path / "nothing.db")[0] == 2
