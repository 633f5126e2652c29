"""Ending an exam: for a coded reason, marked as it is, and on record as an incident."""

import json

import pytest
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.results import queries
from service.results.actions import marking
from service.sittings.rules.room import TERMINATIONS, IncidentKind
from service.sittings.tables import Incident, Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock, Staged
from tests.results.exams import answers_losing, write
from tests.world import ENDS_AT, STARTS_AT, WORKING_AT, World


@pytest.fixture
def at_work(staged: Staged) -> World:
    """Everybody but the last one is admitted; the first has answered all but four points."""
    return staged(answering, WORKING_AT)


def answering(session: Session, world: World) -> World:
    worlds.begin_exam(session, world, absent=1)
    write(session, world, world.seats[0], answers_losing(session, world.sitting_id, 4), STARTS_AT)
    return world


def end(session: Session, world: World, seat_id: int, kind: IncidentKind = IncidentKind.PHONE) -> None:
    proctor = world.actor(session, "proctor1")
    marking.terminate(session, proctor, seat_id, kind, "桌下有手机", now=WORKING_AT)


def test_an_ended_exam_is_closed_and_marked_as_it_is(at_work: World) -> None:
    seat_id = at_work.seats[0]
    with database.writing() as session:
        end(session, at_work, seat_id)

    with database.reading() as session:
        seat = session.get_one(Seat, seat_id)
        assert (seat.handed_in_at, seat.handed_in_by, seat.termination) == (WORKING_AT, "termination", "phone")
        result = queries.result_of_seat(session, seat_id)
        assert result is not None and result.points == 96
        (incident,) = session.exec(select(Incident))
        assert (incident.seat_id, incident.kind, incident.text) == (seat_id, "phone", "桌下有手机")
        entries = journal.about(session, f"seat:{seat_id}")
        events = ["SEAT_HANDED_IN", "SEAT_MARKED", "INCIDENT_REPORTED", "SEAT_TERMINATED"]
        assert [one.event for one in entries][-4:] == events
        assert json.loads(entries[-1].data) == {"kind": "phone", "incident": incident.id}
        assert entries[-1].actor == f"account:{at_work.accounts['proctor1']}"
        # What happened may name people; the journal does not.
        assert "桌下" not in "".join(one.data for one in entries)


@pytest.mark.parametrize("kind", IncidentKind)
def test_an_exam_ends_for_reasons_that_are_reasons(at_work: World, kind: IncidentKind) -> None:
    with database.writing() as session:
        if kind in TERMINATIONS:
            end(session, at_work, at_work.seats[0], kind)
            assert session.get_one(Seat, at_work.seats[0]).termination == kind
            return
        with pytest.raises(errors.Refused, match="no_reason_to_end"):
            end(session, at_work, at_work.seats[0], kind)
        assert session.get_one(Seat, at_work.seats[0]).handed_in_at is None


def test_it_ends_once_and_not_for_whoever_is_not_there(at_work: World) -> None:
    done, admitted, absent = at_work.seats[0], at_work.seats[1], at_work.seats[5]
    with database.writing() as session:
        end(session, at_work, done)
        end(session, at_work, admitted)
        for seat_id, code in ((done, "already_handed_in"), (absent, "seat_not_working"), (9999, "not_found")):
            with pytest.raises(errors.ServiceError) as refused:
                end(session, at_work, seat_id)
            assert refused.value.code == code
        # Neither the candidate nor the clock can hand in what has been ended.
        assert marking.hand_in_overdue(session, now=ENDS_AT) == 3
        assert {session.get_one(Seat, one).handed_in_by for one in (done, admitted)} == {"termination"}
        assert len(list(session.exec(select(Incident)))) == 2


def test_in_a_rehearsal_it_ends_without_a_result(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        sitting = session.get_one(Sitting, world.sitting_id)
        sitting.rehearsal, sitting.form_id = True, None
        session.flush()
        end(session, world, world.seats[0])

        assert session.get_one(Seat, world.seats[0]).termination == "phone"
        assert queries.result_of_seat(session, world.seats[0]) is None


def test_over_http_the_machine_is_out_and_the_board_says_why(at_work: World, browser: Browser, clock: Clock) -> None:
    seat_id = at_work.seats[1]
    with database.reading() as session:
        trainee = session.get_one(Seat, seat_id).trainee_id
    clock.set(WORKING_AT)
    candidate = browser.candidate(at_work, seat_id, trainee)
    assert candidate.post("/api/v1/exam/start").status_code == 200
    place = f"/api/v1/sittings/seats/{seat_id}/termination"
    body = {"kind": "cheating", "note": "抄袭邻座"}
    refused = {who: browser.of(who).post(place, json=body).status_code for who in ("proctor_elsewhere", "arranger")}
    assert refused == {"proctor_elsewhere": 404, "arranger": 403}
    assert browser.of("proctor1").post(place, json={**body, "note": ""}).status_code == 422
    assert browser.of("proctor1").post(place, json={**body, "kind": "noise"}).json()["code"] == "no_reason_to_end"

    assert browser.of("proctor1").post(place, json=body).status_code == 200

    assert candidate.put("/api/v1/exam/answers/1", json={"choice": "A", "seq": 1}).status_code == 401
    board = browser.of("proctor2").get(f"/api/v1/sittings/{at_work.sitting_id}/board").json()
    seat = next(one for one in board["seats"] if one["seat_id"] == seat_id)
    assert (seat["state"], seat["handed_in_by"], seat["next"]) == ("terminated", "termination", "none")
    assert [(one["kind"], one["text"]) for one in board["incidents"]] == [("cheating", "抄袭邻座")]
