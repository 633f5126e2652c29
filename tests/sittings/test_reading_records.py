"""Who reads a room record with its photos, who notes that a proctor cannot sign, and the desk's page of cases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from service.journal import queries as journal
from service.kernel import database
from service.results.actions import marking, settling
from service.results.rules import Pending
from service.sittings.actions import cases, minding
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.room import Cause, IncidentKind
from service.sittings.tables import Case, Incident, Proctor, SignatureExcuse
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.sittings.tablets import BACK_AT, FIRST, MINUTE, SECOND, do, enrol
from tests.world import AFTER, CHECK_IN_AT, ENDS_AT, STARTS_AT, WORKING_AT, World

JPEG = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def over(world: World, clock: Clock) -> tuple[World, int]:
    """The exam is over; the room has one incident, of a kind that belongs to no branch, with a photo."""
    with database.writing() as session:
        worlds.begin_exam(session, world)
        proctor = world.actor(session, "proctor1")
        incident = minding.report_incident(
            session,
            proctor,
            world.sitting_id,
            None,
            IncidentKind.OTHER,
            "椅子坏了",
            cause=Cause.TECHNICAL,
            now=WORKING_AT,
        )
        photo = minding.add_photo(session, proctor, incident.id or 0, JPEG, now=WORKING_AT)
        marking.hand_in_overdue(session, now=ENDS_AT)
    clock.set(AFTER)
    return world, photo.id or 0


def test_whoever_reads_the_record_sees_its_photos_and_nobody_else(over: tuple[World, int], browser: Browser) -> None:
    world, photo = over
    paths = (
        f"/api/v1/sittings/{world.sitting_id}/record",
        f"/proctor/sittings/{world.sitting_id}/record",
        f"/api/v1/sittings/incidents/photos/{photo}",
    )
    shown = {
        who: [browser.of(who).get(path).status_code for path in paths]
        for who in (
            *("proctor1", "proctor2", "arranger", "auditor", "confirmer", "publisher"),
            *("proctor_elsewhere", "planner", "supervisor", "institution", "enterprise", "administrator"),
        )
    }
    readers = dict.fromkeys(("proctor1", "proctor2", "arranger", "auditor", "confirmer", "publisher"), [200] * 3)
    strangers = dict.fromkeys(("planner", "supervisor", "institution", "enterprise", "administrator"), [403] * 3)
    assert shown == readers | strangers | {"proctor_elsewhere": [404] * 3}
    assert browser.of("confirmer").get(paths[2]).content == JPEG
    assert paths[2] in browser.of("confirmer").get(paths[1]).text
    assert browser.of("confirmer").get("/api/v1/sittings/incidents/photos/9999").status_code == 404
    assert "/record/excuses" not in browser.of("confirmer").get(paths[1]).text


def test_before_its_day_a_record_tells_those_who_confirm_nothing_of_the_room(
    world: World, browser: Browser, clock: Clock
) -> None:
    path = f"/api/v1/sittings/{world.sitting_id}/record"
    clock.set(STARTS_AT - timedelta(days=1))
    assert {who: browser.of(who).get(path).status_code for who in ("confirmer", "arranger")} == {
        "confirmer": 409,
        "arranger": 200,
    }


def test_the_branch_that_was_chosen_for_what_fits_nowhere_is_kept(over: tuple[World, int], browser: Browser) -> None:
    world, _ = over
    proctor, place = browser.of("proctor1"), f"/api/v1/sittings/{world.sitting_id}/incidents"
    body = {"kind": "phone", "cause": "technical", "text": "手机响"}
    assert proctor.post(place, json=body).status_code == 201
    assert proctor.post(place, json=body | {"cause": "weather"}).status_code == 422
    with database.reading() as session:
        found = session.exec(select(Incident.kind, Incident.cause).order_by(sa.text("id"))).all()
    assert [tuple(row) for row in found] == [("other", "technical"), ("phone", None)]
    record = browser.of("auditor").get(f"/api/v1/sittings/{world.sitting_id}/record").json()["content"]["incidents"]
    assert [one.get("cause") for one in record] == ["technical", None]
    assert "（技术）" in browser.of("auditor").get(f"/proctor/sittings/{world.sitting_id}/record").text


# --- a proctor who cannot sign ---


def test_the_desk_notes_who_cannot_sign_and_it_stands_for_the_signature(
    over: tuple[World, int], browser: Browser
) -> None:
    world, _ = over
    with database.writing() as session:
        assert settling.pending(session, world.class_id) == Pending(signatures=2)
        people = {who: world.actor(session, who).person_id for who in ("proctor1", "proctor2", "proctor_elsewhere")}
    place = f"/api/v1/sittings/{world.sitting_id}/record"
    excuses, body = f"{place}/excuses", {"person_id": people["proctor2"], "reason": "住院治疗"}
    assert browser.of("proctor1").post(f"{place}/confirmation", json={"remark": ""}).status_code == 200
    arranger = browser.of("arranger")
    refused = {
        who: browser.of(who).post(excuses, json=body).status_code
        for who in ("proctor1", "confirmer", "publisher", "auditor", "institution")
    }
    assert refused == dict.fromkeys(refused, 403)
    assert arranger.post(excuses, json=body | {"person_id": people["proctor_elsewhere"]}).status_code == 404
    assert arranger.post(excuses, json=body | {"reason": ""}).status_code == 422
    signed = arranger.post(excuses, json=body | {"person_id": people["proctor1"]})
    assert (signed.status_code, signed.json()["code"]) == (409, "signature_there")
    page = f"/proctor/sittings/{world.sitting_id}/record"
    assert "/record/excuses" in arranger.get(page).text

    reply = arranger.post(excuses, json=body)

    assert (reply.status_code, reply.json()["missing"]) == (201, 0)
    assert [(one["name"], one["reason"], one["noter"]) for one in reply.json()["excused"]] == [
        ("proctor2", "住院治疗", "arranger")
    ]
    assert arranger.post(excuses, json=body).json()["code"] == "signature_there"
    assert "/record/excuses" not in arranger.get(page).text and "住院治疗" in arranger.get(page).text
    assert arranger.get(f"{place}.pdf").content[:5] == b"%PDF-"
    with database.reading() as session:
        assert settling.pending(session, world.class_id) == Pending()
        (entry,) = session.exec(journal.entries(event="SIGNATURE_EXCUSED"))
        assert entry.subject == f"sitting:{world.sitting_id}" and "住院" not in entry.data


def test_nobody_excuses_themselves_or_before_the_exam_is_over(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        person = world.actor(session, "proctor1").person_id or 0
        arranger = world.actor(session, "arranger").person_id or 0
    excuses = f"/api/v1/sittings/{world.sitting_id}/record/excuses"
    clock.set(CHECK_IN_AT)
    early = browser.of("arranger").post(excuses, json={"person_id": person, "reason": "生病"})
    assert (early.status_code, early.json()["code"]) == (409, "record_too_early")
    with database.writing() as session:
        worlds.begin_exam(session, world)
        marking.hand_in_overdue(session, now=ENDS_AT)
        session.add(Proctor(sitting_id=world.sitting_id, person_id=arranger, assigned_at=CHECK_IN_AT))
    clock.set(AFTER)
    own = browser.of("arranger").post(excuses, json={"person_id": arranger, "reason": "生病"})
    assert (own.status_code, own.json()["code"]) == (403, "excuse_oneself")
    with pytest.raises(IntegrityError, match="two_people"), database.writing() as session:
        session.add(
            SignatureExcuse(
                sitting_id=world.sitting_id, person_id=person, reason="生病", noted_at=AFTER, noted_by=person
            )
        )


# --- cases ---


def test_the_desk_lists_and_closes_the_cases_of_a_day(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        enrol(session, world)
        do(session, world, FIRST, "refuse", world.seats[0], now=CHECK_IN_AT)
        do(session, world, SECOND, "admit", world.seats[0], at=CHECK_IN_AT + MINUTE, now=BACK_AT)
        case_id = session.exec(select(Case.id)).one()
        assert settling.pending(session, world.class_id).cases == 1
    clock.set(BACK_AT)
    page, closing = "/exam-day/cases?day=2026-11-20", f"/api/v1/sittings/cases/{case_id}/closing"
    arranger = browser.of("arranger")
    assert page.partition("?")[0] in arranger.get("/exam-day?day=2026-11-20").text
    assert closing in arranger.get(page).text
    assert closing not in browser.of("auditor").get(page).text
    assert closing not in arranger.get(f"{page}&show=closed").text
    refused = {who: browser.of(who).get(page).status_code for who in ("proctor1", "confirmer", "institution")}
    assert refused == {"proctor1": 404, "confirmer": 403, "institution": 403}
    assert arranger.get(f"{page}&show=some").status_code == 422

    with database.writing() as session:
        actor = world.actor(session, "arranger")
        cases.close_case(session, actor, case_id or 0, CaseOutcome.KEEP, "已向监考员核实", now=BACK_AT)
        assert settling.pending(session, world.class_id).cases == 0

    assert "已向监考员核实" not in arranger.get(page).text
    assert "已向监考员核实" in arranger.get(f"{page}&show=closed").text
    assert closing not in arranger.get(f"{page}&show=all").text


# --- receipts ---


@pytest.mark.parametrize("digest", ["一二三四五六七八九十一二", "zzzzzzzzzzzz", "", "0" * 12, "０" * 12, "0" * 500])
def test_no_digest_but_its_own_finds_a_receipt_and_none_breaks_it(
    over: tuple[World, int], browser: Browser, digest: str
) -> None:
    world, _ = over
    path = f"/api/v1/exam/receipts/{world.tickets[world.seats[0]]}"
    with database.reading() as session:
        own = session.execute(sa.text("SELECT sheet_digest FROM sittings_seat WHERE id = :id"), {"id": world.seats[0]})
        right = str(own.scalar_one())[:12]
    assert browser.stranger().get(path, params={"digest": right}).json()["valid"] is True
    assert browser.stranger().get(path, params={"digest": right.upper()}).json()["valid"] is True

    reply = browser.stranger().get(path, params={"digest": digest})

    assert (reply.status_code, reply.json()["valid"]) == (200, False)
