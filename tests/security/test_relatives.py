"""Whoever has a relative at an institution looks into nothing of the exams of its classes, in no place and in no list.

Acts are judged by the duty that they take; these are the reads, each of them asked for before the tie and after it.
"""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from service.access.rules.policy import RIGHTS, Right
from service.kernel import database
from service.oversight.queries import near
from service.oversight.queries.near import CLASS_OF
from service.papers.tables.marks import Mark
from service.results.actions import marking
from service.sittings.actions import minding, switching
from service.sittings.actions.switching import Draft
from service.sittings.rules.on_paper import PaperReason
from service.sittings.rules.reopening import ReopenReason
from service.sittings.rules.room import Cause, IncidentKind
from service.sittings.rules.seats import HandedInBy
from service.sittings.rules.switching import SwitchReason
from service.sittings.tables import PaperSheet, SheetReopening, Sitting
from tests import world as worlds
from tests.architecture import walking
from tests.architecture.walking import Route
from tests.conftest import Browser, Clock, application
from tests.security.sides import PHOTO
from tests.world import World

# What an address of the exam may name that is of no class, or of several.
OF_NO_CLASS = {
    "version_id": "an item of the bank, which is of no class",
    "draft_id": "the draft of an item",
    "digest": "a picture of the bank",
    "place": "a place of an item of the bank",
    "blueprint_id": "a blueprint serves many classes",
    "exam_point_id": "a place",
    "room_id": "a place",
    "seq": "an entry of the journal, which cannot be kept from whoever audits it",
    "letter": "a form of the paper that stands beside it",
    "code": "a batch of tickets or of papers, or a certificate whose class stands beside it",
    "year": "a year",
}
IN_PATH = re.compile(r"\{(\w+)")
# Nobody of the bureau sits an exam.
READS = [
    route
    for route in walking.gets(application())
    if route.exam and route.right is not Right.SITTINGS_SIT and IN_PATH.search(route.path)
]
OF_A_CLASS = [route for route in READS if {"class_id", *CLASS_OF} & set(IN_PATH.findall(route.path))]


def test_of_every_name_in_an_address_it_is_said_whether_it_is_of_a_class() -> None:
    named = {name for route in READS for name in IN_PATH.findall(route.path)}

    assert len(OF_A_CLASS) > 30
    assert named <= {"class_id", *CLASS_OF, *OF_NO_CLASS}
    assert set(CLASS_OF) <= named


@pytest.fixture
def ids(world: World, clock: Clock) -> dict[str, object]:
    """What the addresses name: things of the class, among them a proposal to switch and an incident with a photo."""
    clock.set(worlds.WORKING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, world)
        found = walking.real_ids(session, world)
        at, proctor = worlds.WORKING_AT, world.actor(session, "proctor1")
        incident = minding.report_incident(
            session, proctor, world.sitting_id, None, IncidentKind.OTHER, "停电", cause=Cause.TECHNICAL, now=at
        )
        found["photo_id"] = minding.add_photo(session, proctor, incident.id or 0, PHOTO.read_bytes(), now=at).id
        draft = Draft(SwitchReason.LEAK, "考场外有人传题")
        found["switch_id"] = switching.propose(
            session, world.actor(session, "arranger"), world.sitting_id, draft, now=at
        ).id
        found["class_id"] = session.exec(select(Sitting.class_id).where(col(Sitting.id) == world.sitting_id)).one()
    return found


def declared(world: World) -> int | None:
    """A seat of which somebody has said that it answers on paper, and nobody has decided yet."""
    with database.writing() as session:
        sheet = PaperSheet(
            sitting_id=world.sitting_id,
            seat_id=world.seats[0],
            reason=PaperReason.MACHINE,
            note="",
            proposed_at=worlds.WORKING_AT,
            proposed_by=world.actor(session, "proctor1").person_id or 0,
        )
        session.add(sheet)
        session.flush()
        return sheet.id


def opened_again(world: World) -> int | None:
    """A sheet that two have opened again, as a row: what was handed in before is there to be read."""
    with database.writing() as session:
        row = SheetReopening(
            sitting_id=world.sitting_id,
            seat_id=world.seats[1],
            reason=ReopenReason.WRONG_SEAT,
            note="收错了座位",
            minutes=0,
            away_minutes=0,
            closed_at=worlds.WORKING_AT,
            closed_by=HandedInBy.PROCTOR,
            sheet_digest="0" * 64,
            proposed_at=worlds.WORKING_AT,
            proposed_by=world.actor(session, "proctor1").person_id or 0,
            decided_at=worlds.WORKING_AT,
            decided_by=world.actor(session, "arranger").person_id,
            confirmed=True,
            choices="{}",
            seconds=0,
            ends_at=worlds.ENDS_AT,
        )
        session.add(row)
        session.flush()
        return row.id


def readers(route: Route, world: World) -> Iterator[str]:
    """The members of staff whose duty carries the right of a route."""
    for username, (_, duty) in worlds.STAFF.items():
        if duty in RIGHTS[route.right].to and username not in {"proctor_elsewhere", "proctor2", "custodian2"}:
            yield username


def tie(world: World, institution: str, *usernames: str) -> None:
    with database.writing() as session:
        for username in usernames:
            worlds.has_relative(session, world, username, institution)


def answers(browser: Browser, world: World, ids: dict[str, object]) -> dict[tuple[str, str], tuple[int, bool]]:
    """What each reader is told at each address: the status, and whether it is that a relative keeps them away."""
    found = {}
    for route in OF_A_CLASS:
        # Nothing was appealed, no mark was put on the paper, and no sheet has a picture: of these other tests ask.
        if {"appeal_id", "mark_id", "sheet_photo_id"} & set(IN_PATH.findall(route.path)) or route.path.endswith(
            "/board/events"
        ):
            continue
        for username in readers(route, world):
            reply = browser.of(username).get(walking.filled(route.path, ids))
            found[route.path, username] = reply.status_code, "有已申报的关联" in reply.text
    return found


def test_a_relative_at_the_institution_bars_every_look_into_its_classes(
    world: World, ids: dict[str, object], browser: Browser
) -> None:
    ids |= {"sheet_id": declared(world), "reopening_id": opened_again(world)}
    staff = sorted({username for route in OF_A_CLASS for username in readers(route, world)})
    tie(world, "institution2", *staff)
    before = answers(browser, world, ids)
    tie(world, "institution", *staff)
    after = answers(browser, world, ids)

    assert {at for at, (_, barred) in before.items() if barred} == set()
    assert len({path for (path, _), (status, _) in before.items() if status == 200}) > 20
    assert {at: said for at, said in after.items() if said != (403, True)} == {}


def test_the_lists_leave_its_classes_out(world: World, ids: dict[str, object], browser: Browser) -> None:
    with database.writing() as session:
        marking.hand_in_overdue(session, now=worlds.AFTER)

    def seen(username: str, path: str) -> bool:
        reply = browser.of(username).get(path)
        assert reply.status_code == 200, reply.text
        return "2024-TL-01" in reply.text or f'"class_id":{world.class_id},' in reply.text

    lists = {"assembler": ["/api/v1/papers", "/api/v1/papers.csv"], "confirmer": ["/results"]}
    assert all(seen(username, path) for username, paths in lists.items() for path in paths)
    own = f"/results/classes/{world.class_id}"
    name = "学员0"
    assert name in browser.of("confirmer").get(own).text

    tie(world, "institution", *lists)

    assert not any(seen("assembler", path) for path in lists["assembler"])
    page = browser.of("confirmer").get(own)
    assert (page.status_code, name in page.text, "有已申报的关联" in page.text) == (200, False, True)
    assert name in browser.of("publisher").get(own).text


def test_a_mark_on_a_paper_is_of_its_class(world: World) -> None:
    with database.reading() as session:
        session.add(
            Mark(
                paper_id=world.paper_id,
                letter="A",
                position=1,
                reason="像另一题",
                marked_by=world.actor(session, "approver").person_id or 0,
                marked_at=worlds.PREPARED_AT,
            )
        )
        session.flush()
        mark_id = session.exec(select(Mark.id)).one()

        assert list(near.classes_of(session, {"mark_id": mark_id, "letter": "A"})) == [world.class_id]
        assert list(near.classes_of(session, {"mark_id": "9999"})) == []
        assert list(near.classes_of(session, {"mark_id": "1" * 40, "paper_id": "x"})) == []
