"""Deciding late answers: by rule, by two people, before publication; a sheet marked anew keeps both markings."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.access.actions import using as duties
from service.access.rules.duties import Duty
from service.access.rules.separation import TEACH
from service.journal import queries as journal
from service.kernel import database, errors
from service.results import queries
from service.results.actions import late_answers, marking, publishing
from service.results.rules import ResultState, Scored, Verdict
from service.sittings import queries as sittings
from service.sittings.actions import handing_in, late, proctoring, receipts, recording
from service.sittings.queries import late as late_queries
from service.sittings.rules.late import LateState
from service.sittings.tables import LateAnswer, Seat
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.results.exams import answers_losing, keys_of
from tests.sittings.test_late import beat, belated, bind
from tests.world import AFTER, ENDS_AT, STARTS_AT, WORKING_AT, World

HEARD_AT = WORKING_AT - timedelta(minutes=1)
REASON = "网线被碰断，监考员有记录"


def sit(session: Session, world: World, *, lost: int = 22) -> tuple[int, str]:
    """A candidate answers, is cut off, answers one more, and that one arrives late: the place and the answer of it."""
    missed, choice = work(session, world, lost=lost)
    send(session, world, missed, choice)
    return missed, choice


def work(session: Session, world: World, *, lost: int = 22) -> tuple[int, str]:
    """The same before the last one has arrived."""
    seat_id = world.seats[0]
    worlds.begin_exam(session, world, absent=5)
    machine = worlds.machine(session, seat_id)
    bind(session, seat_id, machine)
    worlds.start(session, seat_id)
    sheet, keys = answers_losing(session, world.sitting_id, lost), keys_of(session, world.sitting_id)
    for position, choice in sheet.items():
        worlds.save(session, seat_id, position, choice, now=STARTS_AT)
    beat(session, machine, HEARD_AT)
    marking.hand_in_overdue(session, now=ENDS_AT)
    missed = next(position for position in keys if position not in sheet and keys[position][1] == 2)
    return missed, keys[missed][0]


def send(
    session: Session, world: World, position: int, choice: str, *, seq: int = 1, at: datetime = WORKING_AT
) -> LateAnswer:
    """A late change arrives, made at an instant."""
    ticket = world.tickets[world.seats[0]]
    digest = session.exec(select(late.BoundMachine.session_digest)).one()
    late.keep(session, late.Machine(digest), ticket, [belated(ticket, position, choice, seq, at)], now=AFTER)
    return session.exec(select(LateAnswer).where(LateAnswer.position == position, LateAnswer.seq == seq)).one()


def one(session: Session) -> LateAnswer:
    return session.exec(select(LateAnswer)).one()


def propose(session: Session, world: World, who: str = "confirmer", *, accept: bool = True) -> LateAnswer:
    row = one(session)
    return late_answers.propose(
        session, world.actor(session, who), row.id or 0, accept=accept, reason=REASON, now=AFTER
    )


def decide(session: Session, world: World, who: str = "publisher", *, accept: bool = True) -> LateAnswer:
    row = one(session)
    return late_answers.decide(session, world.actor(session, who), row.id or 0, accept=accept, reason=REASON, now=AFTER)


def confirm(session: Session, world: World) -> None:
    worlds.sign_record(session, world)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=AFTER)


def publish(session: Session, world: World) -> None:
    publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=AFTER)


def result(session: Session, world: World) -> tuple[int, str, str]:
    found = queries.result_of_seat(session, world.seats[0])
    assert found is not None
    return found.points, found.verdict, found.state


def told(session: Session, world: World, *events: str) -> list[tuple[str, dict[str, Any]]]:
    entries = journal.about(session, f"seat:{world.seats[0]}")
    return [(entry.event, json.loads(entry.data)) for entry in entries if entry.event in events]


# --- accepting and declining ---


def test_accepted_by_two_it_marks_the_sheet_anew_and_both_markings_stay(world: World) -> None:
    with database.writing() as session:
        position, key = sit(session, world)
        seat = session.get_one(Seat, world.seats[0])
        digest, before = seat.sheet_digest, receipts.check(session, seat.ticket_number, str(seat.sheet_digest)[:12])
        assert result(session, world) == (78, Verdict.FAILED, ResultState.MARKED)
        assert queries.undecided_late_answers(session, world.class_id) == 1

        propose(session, world)
        assert result(session, world)[0] == 78, "a proposal changes nothing"
        assert queries.undecided_late_answers(session, world.class_id) == 1
        decide(session, world)

        assert result(session, world) == (80, Verdict.PASSED, ResultState.MARKED)
        assert queries.undecided_late_answers(session, world.class_id) == 0
        row = one(session)
        (changed,) = queries.remarkings(session, [row.id or 0]).values()
        wanted = {
            "position": position,
            "choice_before": "",
            "choice_after": key,
            "points_before": 0,
            "points_after": 2,
            "total_before": 78,
            "total_after": 80,
            "verdict_before": "failed",
            "verdict_after": "passed",
        }
        assert {name: getattr(changed, name) for name in wanted} == wanted
        first = {at: (mark.choice, mark.points) for at, mark in queries.marks(session, changed.result_id).items()}
        counts = queries.counting(session, changed.result_id)
        assert (first[position], counts[position]) == (("", 0), Scored(key, 2, 2))
        assert (sum(points for _, points in first.values()), sum(one.points for one in counts.values())) == (78, 80)

        session.refresh(seat)
        given = {answer.position: answer.choice for answer in sittings.answers(session, seat)}
        assert seat.sheet_digest == digest == handing_in.digest(given), "the sheet is what was handed in"
        assert receipts.check(session, seat.ticket_number, str(digest)[:12]) == before is not None

        proposed, remarked, decided = told(
            session, world, "LATE_ANSWER_PROPOSED", "SEAT_REMARKED", "LATE_ANSWER_DECIDED"
        )
        said = {"late_answer": row.id, "position": position, "seq": 1, "reason": REASON}
        assert proposed == ("LATE_ANSWER_PROPOSED", {**said, "accepted": None})
        assert decided == ("LATE_ANSWER_DECIDED", {**said, "accepted": True})
        assert (remarked[1]["sheet"], remarked[1]["confirmation_withdrawn"]) == (digest, 0)
        assert remarked[1]["marks_before"] == told(session, world, "SEAT_MARKED")[0][1]["marks"] != remarked[1]["marks"]


@pytest.mark.parametrize("second", [False, True], ids=["by the first person", "by the second person"])
def test_declined_it_leaves_everything_as_it_was(world: World, second: bool) -> None:
    with database.writing() as session:
        sit(session, world)
        propose(session, world, accept=second)
        if second:
            decide(session, world, accept=False)

        row = one(session)
        assert (late_answers.state_of(row), row.accepted, row.reason) == (LateState.DECLINED, False, REASON)
        assert result(session, world) == (78, Verdict.FAILED, ResultState.MARKED)
        assert queries.remarkings(session, [row.id or 0]) == {}
        assert [event for event, _ in told(session, world, "SEAT_REMARKED", "LATE_ANSWER_DECIDED")] == [
            "LATE_ANSWER_DECIDED"
        ]
        for again in (propose, decide):
            with pytest.raises(errors.WrongState, match=r"^late_spoken_for:"):
                again(session, world)


def test_a_wrong_late_answer_may_cost_points(world: World) -> None:
    with database.writing() as session:
        sit(session, world)
        session.delete(one(session))
        keys = keys_of(session, world.sitting_id)
        sheet = answers_losing(session, world.sitting_id, 22)
        position = next(place for place in sheet if keys[place][0] in {"A", "B"})
        send(session, world, position, "B" if keys[position][0] == "A" else "A", seq=2)
        propose(session, world)
        decide(session, world)
        assert result(session, world) == (78 - keys[position][1], Verdict.FAILED, ResultState.MARKED)


def test_an_older_one_cannot_follow_a_newer_one(world: World) -> None:
    with database.writing() as session:
        position, key = sit(session, world)
        newer = send(session, world, position, "B" if key == "A" else "A", seq=3, at=WORKING_AT + timedelta(minutes=1))
        first = session.exec(select(LateAnswer).where(LateAnswer.seq == 1)).one()
        confirmer, publisher = world.actor(session, "confirmer"), world.actor(session, "publisher")
        for row in (newer, first):
            late_answers.propose(session, confirmer, row.id or 0, accept=True, reason=REASON, now=AFTER)
        late_answers.decide(session, publisher, newer.id or 0, accept=True, reason=REASON, now=AFTER)
        assert result(session, world)[0] == 78

        with pytest.raises(errors.Refused, match=r"^late_not_newest:"):
            late_answers.decide(session, publisher, first.id or 0, accept=True, reason=REASON, now=AFTER)
        late_answers.decide(session, publisher, first.id or 0, accept=False, reason=REASON, now=AFTER)


# --- where the rule refuses ---

Spoil = Callable[[Session, World], object]


def _row(**changes: object) -> Spoil:
    def spoil(session: Session, world: World) -> None:
        row = one(session)
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)
        session.flush()

    return spoil


REFUSED = {
    "the row says another choice than was signed": (_row(choice="ABCD"), "late_unsigned"),
    "no signature": (_row(signature=""), "late_unsigned"),
    "a clock that was never heard": (_row(drift_ms=None), "late_clock"),
    "a clock that is off": (_row(drift_ms=120_001), "late_clock"),
    "corrected, it was made after the end": (
        lambda session, world: _resend(session, world, ENDS_AT + timedelta(seconds=1)),
        "late_made_after",
    ),
    "made while the machine was heard": (
        lambda session, world: _resend(session, world, HEARD_AT - timedelta(seconds=16)),
        "late_was_connected",
    ),
}


def _resend(session: Session, world: World, at: datetime) -> None:
    row = one(session)
    position, choice = row.position, row.choice
    session.delete(row)
    session.flush()
    send(session, world, position, choice, at=at)


@pytest.mark.parametrize(("spoil", "code"), REFUSED.values(), ids=REFUSED)
def test_what_the_rule_refuses_nobody_accepts(world: World, spoil: Spoil, code: str) -> None:
    with database.writing() as session:
        sit(session, world)
        spoil(session, world)
        with pytest.raises(errors.Refused, match=rf"^{code}:"):
            propose(session, world)
        propose(session, world, accept=False)
        assert result(session, world)[0] == 78


def test_a_cut_in_the_last_moments_is_not_proven(world: World) -> None:
    """After the sheet is closed nobody is heard, so that a silence which begins then says nothing."""
    with database.writing() as session:
        seat_id = world.seats[0]
        worlds.begin_exam(session, world, absent=5)
        machine = worlds.machine(session, seat_id)
        bind(session, seat_id, machine)
        worlds.start(session, seat_id)
        beat(session, machine, ENDS_AT - timedelta(seconds=45))
        marking.hand_in_overdue(session, now=ENDS_AT)
        send(session, world, 1, "A", at=ENDS_AT - timedelta(seconds=5))
        with pytest.raises(errors.Refused, match=r"^late_was_connected:"):
            propose(session, world)


def test_the_rule_is_asked_again_when_the_second_person_decides(world: World) -> None:
    with database.writing() as session:
        sit(session, world)
        propose(session, world)
        _row(signature="")(session, world)
        with pytest.raises(errors.Refused, match=r"^late_unsigned:"):
            decide(session, world)
        assert result(session, world)[0] == 78


def test_what_a_machine_left_behind_had_is_accepted_where_nothing_newer_was_given(world: World) -> None:
    """A cut cable and a change of machine: the answers that never left the old one count by the same rule."""
    seat_id = world.seats[0]
    moved = WORKING_AT + timedelta(minutes=5)
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=5)
        ticket, old = world.tickets[seat_id], worlds.machine(session, seat_id)
        bind(session, seat_id, old)
        worlds.start(session, seat_id)
        keys = keys_of(session, world.sitting_id)
        beat(session, old, HEARD_AT)
        proctoring.release_seat(session, world.actor(session, "proctor1"), seat_id, "网线断了", now=moved)
        new = worlds.machine(session, seat_id, now=moved)
        bind(session, seat_id, new, "", moved)
        beat(session, new, moved)
        worlds.save(session, seat_id, 2, "", seq=1, now=moved + timedelta(minutes=1))
        marking.hand_in_overdue(session, now=ENDS_AT)

        entries = [belated(ticket, place, keys[place][0], 3, WORKING_AT) for place in (1, 2)]
        entries.append(belated(ticket, 3, keys[3][0], 1, moved + timedelta(seconds=1)))
        late.keep(session, old, ticket, entries, now=AFTER)
        views = late_answers.view(
            session, world.actor(session, "confirmer"), late_queries.lines(session, late_queries.listing())
        )
        assert {view.examined.line.row.position: view.examined.rule.code for view in views} == {
            1: "allowed",
            2: "late_not_newest",
            3: "late_made_after_move",
        }
        first = next(view.examined.line.row.id or 0 for view in views if view.examined.rule.allowed)
        late_answers.propose(session, world.actor(session, "confirmer"), first, accept=True, reason=REASON, now=AFTER)
        late_answers.decide(session, world.actor(session, "publisher"), first, accept=True, reason=REASON, now=AFTER)
        assert result(session, world)[0] == keys[1][1]


# --- where the class stands ---


def test_confirmed_results_wait_for_a_new_confirmation(world: World) -> None:
    with database.writing() as session:
        missed = work(session, world)
        confirm(session, world)
        send(session, world, *missed)
        propose(session, world)
        assert result(session, world)[2] == ResultState.CONFIRMED
        decide(session, world)

        states = {one.state for one in queries.results_of_class(session, world.class_id)}
        assert (states, result(session, world)) == ({"marked"}, (80, Verdict.PASSED, ResultState.MARKED))
        (remarked,) = told(session, world, "SEAT_REMARKED")
        assert remarked[1]["confirmation_withdrawn"] == 6
        confirm(session, world)
        publish(session, world)
        assert result(session, world) == (80, Verdict.PASSED, ResultState.PUBLISHED)


def test_published_results_do_not_change(world: World) -> None:
    with database.writing() as session:
        missed = work(session, world)
        confirm(session, world)
        publish(session, world)
        send(session, world, *missed)
        with pytest.raises(errors.WrongState, match=r"^late_published:"):
            propose(session, world)
        propose(session, world, accept=False)
        assert result(session, world) == (78, Verdict.FAILED, ResultState.PUBLISHED)


def test_proposed_before_and_decided_after_publication_is_too_late(world: World) -> None:
    with database.writing() as session:
        missed = work(session, world)
        confirm(session, world)
        send(session, world, *missed)
        propose(session, world)
        publish(session, world)
        with pytest.raises(errors.WrongState, match=r"^late_published:"):
            decide(session, world)
        assert result(session, world)[0] == 78


def test_no_class_is_confirmed_while_a_late_answer_waits(world: World) -> None:
    with database.writing() as session:
        sit(session, world)
        with pytest.raises(errors.WrongState, match=r"^late_answers_undecided:"):
            confirm(session, world)
        propose(session, world)
        decide(session, world)
        confirm(session, world)
        assert result(session, world)[2] == ResultState.CONFIRMED


# --- who may ---


@pytest.mark.parametrize("deed", [Duty.PROCTOR, TEACH, Duty.SIT], ids=["proctored", "taught", "sat"])
def test_whoever_is_tied_to_the_class_decides_nothing(world: World, deed: str) -> None:
    with database.writing() as session:
        sit(session, world)
        person_id = world.actor(session, "confirmer").person_id or 0
        duties.note_deed(session, person_id, deed, f"class:{world.class_id}", now=AFTER)
        with pytest.raises(errors.Refused, match=r"^(deeds_exclude|works_for_institution):"):
            propose(session, world)


def test_the_second_person_is_another_one_and_comes_second(world: World) -> None:
    with database.writing() as session:
        sit(session, world)
        with pytest.raises(errors.WrongState, match=r"^late_not_proposed:"):
            decide(session, world)
        propose(session, world)
        row = one(session)
        row.proposed_by = world.actor(session, "publisher").person_id
        session.add(row)
        session.flush()
        with pytest.raises(errors.Refused, match=r"^two_people_needed:"):
            decide(session, world)


def test_the_database_accepts_nothing_by_one_person(world: World) -> None:
    with database.writing() as session:
        sit(session, world)
        person = world.actor(session, "publisher").person_id
    alone: dict[str, dict[str, object]] = {
        "nobody proposed": {},
        "the same person proposed": {"proposed_at": AFTER, "proposed_by": person, "proposal_reason": REASON},
    }
    decided = {"decided_at": AFTER, "decided_by": person, "accepted": True, "reason": REASON}
    for changes in alone.values():
        with database.writing() as session, pytest.raises(IntegrityError, match="two_people"), session.begin_nested():
            _row(**changes, **decided)(session, world)


@pytest.mark.parametrize(
    "statement", ["UPDATE results_remarking SET points_after = 3", "DELETE FROM results_remarking"]
)
def test_the_database_changes_no_marking(world: World, statement: str) -> None:
    with database.writing() as session:
        sit(session, world)
        propose(session, world)
        decide(session, world)
        with pytest.raises(IntegrityError, match="markings never change"), session.begin_nested():
            session.execute(text(statement))


def outcome(client: TestClient, row_id: int, way: str, *, accept: bool = True) -> tuple[int, str]:
    reply = client.post(f"/api/v1/late-answers/{row_id}/{way}", json={"accept": accept, "reason": REASON})
    return reply.status_code, reply.json().get("code", "")


OUTSIDERS = ("institution", "enterprise", "proctor1", "arranger", "auditor", "administrator", "planner")


def test_over_http_by_the_two_and_by_nobody_else(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        position, key = sit(session, world)
        row_id = one(session).id or 0
    clock.set(AFTER)
    first, second = browser.of("confirmer"), browser.of("publisher")
    for username in OUTSIDERS:
        client = browser.of(username)
        assert client.get("/api/v1/late-answers").status_code == 403
        assert client.get("/results/late-answers").status_code == 403
        for way in ("proposal", "decision"):
            assert outcome(client, row_id, way) == (403, "right_missing"), username
    stranger = browser.stranger()
    assert stranger.get("/api/v1/late-answers").status_code == 401
    assert outcome(stranger, row_id, "proposal")[0] == 401
    assert outcome(first, row_id, "decision") == (403, "right_missing")
    assert outcome(second, row_id, "proposal") == (403, "right_missing")
    assert outcome(first, row_id + 1, "proposal")[0] == 404
    assert outcome(first, 2**31, "proposal")[0] == 422
    assert first.get("/api/v1/late-answers", params={"class_id": 2**31}).status_code == 422

    (seen,) = first.get("/api/v1/late-answers", params={"class_id": world.class_id, "state": "undecided"}).json()
    wanted = {
        "id": row_id,
        "position": position,
        "state": "undecided",
        "made_at": "2026-11-20T01:30:00Z",
        "received_at": "2026-11-20T02:35:00Z",
        "closed_at": "2026-11-20T02:30:00Z",
        "late_seconds": 300,
        "left_at": None,
        "drift_ms": 0,
        "signature_good": True,
        "silent": True,
        "choice_now": "",
        "choice_late": key,
        "rule": "allowed",
        "remarking": None,
    }
    assert {name: seen[name] for name in wanted} == wanted
    assert outcome(first, row_id, "proposal") == (200, "")
    assert outcome(first, row_id, "proposal") == (409, "late_spoken_for")
    assert outcome(second, row_id, "decision") == (200, "")
    listed = second.get("/api/v1/late-answers", params={"state": "accepted", "sitting_id": world.sitting_id})
    assert listed.headers["X-Total"] == "1"
    assert listed.json()[0]["remarking"] == {
        "points_before": 0,
        "points_after": 2,
        "total_before": 78,
        "total_after": 80,
        "verdict_before": "failed",
        "verdict_after": "passed",
    }
    for state, number in {"undecided": 0, "proposed": 0, "accepted": 1, "declined": 0}.items():
        assert len(second.get("/api/v1/late-answers", params={"state": state}).json()) == number
    assert second.get("/api/v1/late-answers", params={"sitting_id": world.sitting_id + 1}).json() == []

    assert "学员0" in second.get("/results/late-answers").text
    with database.writing() as session:
        worlds.has_relative(session, world, "publisher")
    assert second.get("/api/v1/late-answers").json() == []
    assert "学员0" not in second.get("/results/late-answers").text
    assert len(first.get("/api/v1/late-answers").json()) == 1


# --- the room record ---


def test_the_room_record_tells_that_they_came_and_not_what_was_made_of_it(world: World) -> None:
    with database.writing() as session:
        actor = world.actor(session, "proctor1")
        worlds.begin_exam(session, world, absent=5)
        before = recording.read(session, actor, world.sitting_id, now=AFTER)
        assert "late_answers" not in before.content
    with database.writing() as session:
        machine = worlds.machine(session, world.seats[0])
        bind(session, world.seats[0], machine)
        worlds.start(session, world.seats[0])
        beat(session, machine, HEARD_AT)
        marking.hand_in_overdue(session, now=ENDS_AT)
        send(session, world, 1, "A")
        seat = session.get_one(Seat, world.seats[0])
        told = recording.read(session, actor, world.sitting_id, now=AFTER)
        assert told.content["late_answers"] == [
            {"seat": seat.number, "at": AFTER, "left_at": None, "number": 1, "signed": 1}
        ]
        propose(session, world, accept=False)
        assert recording.read(session, actor, world.sitting_id, now=AFTER).digest == told.digest
        assert recording.print_record(session, actor, world.sitting_id, now=AFTER)[:5] == b"%PDF-"
