"""Voiding by two: who may, in which state, what follows from it, and how everything comes back."""

import json
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.journal import queries as journal
from service.kernel import database, errors
from service.results import queries
from service.results.actions import marking, publishing, settling, voiding
from service.results.actions.voiding import Draft
from service.results.rules import Pending, Standing, VoidingState
from service.results.tables import Credit, Result, Voiding
from service.sittings.actions import minding
from service.sittings.rules.room import IncidentKind
from service.sittings.tables import Incident
from tests import world as worlds
from tests.conftest import Browser, Staged
from tests.results.exams import answers_losing, write
from tests.world import AFTER, ENDS_AT, PREPARED_AT, STARTS_AT, WORKING_AT, World

VOID, VALID = Standing.VOID, Standing.VALID


@dataclass(frozen=True)
class Room:
    """A room after its exam: the first was caught with 96 points, the second passed, the last one never came."""

    world: World
    caught: int
    honest: int
    absent: int
    incident: int
    elsewhere: int


@pytest.fixture
def room(staged: Staged) -> Room:
    return staged(handed_in, AFTER)


def handed_in(session: Session, world: World) -> Room:
    caught, honest, *_, absent = world.seats
    worlds.begin_exam(session, world, absent=1)
    for seat_id in (caught, honest):
        write(session, world, seat_id, answers_losing(session, world.sitting_id, 4), STARTS_AT)
    proctor = world.actor(session, "proctor1")
    marking.terminate(session, proctor, caught, IncidentKind.CHEATING, "抄袭邻座", now=WORKING_AT)
    reported = minding.report_incident(
        session, proctor, world.sitting_id, honest, IncidentKind.PHONE, "手机响", now=WORKING_AT
    )
    marking.hand_in_overdue(session, now=ENDS_AT)
    worlds.sign_record(session, world)
    incident = session.exec(select(Incident.id).where(Incident.seat_id == caught)).one()
    return Room(world, caught, honest, absent, incident or 0, reported.id or 0)


def propose(
    session: Session, room: Room, wanted: Standing = VOID, by: str = "confirmer", seat_id: int | None = None
) -> int:
    draft = Draft(wanted, IncidentKind.CHEATING, "监控与笔录一致", room.incident)
    actor = room.world.actor(session, by)
    return voiding.propose(session, actor, seat_id or room.caught, draft, now=AFTER).id or 0


def decide(session: Session, room: Room, voiding_id: int, *, uphold: bool = True, by: str = "publisher") -> Result:
    actor = room.world.actor(session, by)
    return voiding.decide(session, actor, voiding_id, uphold=uphold, note="同意", now=AFTER)


def void(session: Session, room: Room, wanted: Standing = VOID) -> Result:
    return decide(session, room, propose(session, room, wanted))


def publish(session: Session, room: Room) -> None:
    publishing.confirm_results(session, room.world.actor(session, "confirmer"), room.world.class_id, now=AFTER)
    publishing.publish_results(session, room.world.actor(session, "publisher"), room.world.class_id, now=AFTER)


def result(session: Session, seat_id: int) -> tuple[str, int, str, int]:
    found = queries.result_of_seat(session, seat_id)
    assert found is not None
    return found.verdict, found.points, found.state, found.version


def credited(session: Session, room: Room) -> dict[int, tuple[int, bool]]:
    """Hours and certificate as the published lines show them, by seat."""
    lines = queries.lines(session, room.world.class_id)
    return {one.result.seat_id: (one.credit.hours if one.credit else 0, one.certificate is not None) for one in lines}


# --- before publication ---


def test_a_void_result_has_no_credit_and_no_certificate(room: Room) -> None:
    with database.writing() as session:
        assert result(session, room.caught) == ("passed", 96, "marked", 1)

        void(session, room)

        assert result(session, room.caught) == ("void", 96, "marked", 1)
        publish(session, room)
        assert result(session, room.caught) == ("void", 96, "published", 1)
        found = credited(session, room)
        assert (found[room.caught], found[room.honest]) == ((0, False), (20, True))


def test_it_is_on_record_with_its_grounds_and_without_names_or_verdicts(room: Room) -> None:
    with database.writing() as session:
        voiding_id = propose(session, room)
        decide(session, room, voiding_id)

        proposed, decided = journal.about(session, f"seat:{room.caught}")[-2:]
        what = {
            "voiding": voiding_id,
            "class": room.world.class_id,
            "wanted": "void",
            "kind": "cheating",
            "incident": room.incident,
        }
        assert (proposed.event, decided.event) == ("VOID_PROPOSED", "VOID_DECIDED")
        first, second = json.loads(proposed.data), json.loads(decided.data)
        assert first == what | {"reason": first["reason"]} and len(first["reason"]) == 64
        assert second == what | {"upheld": True, "version": 1, "note": second["note"]} and len(second["note"]) == 64
        assert [one.actor for one in (proposed, decided)] == [
            f"account:{room.world.accounts[who]}" for who in ("confirmer", "publisher")
        ]


def test_two_people_take_it_back_and_everything_is_as_it_was(room: Room) -> None:
    with database.writing() as session:
        before = result(session, room.caught)
        void(session, room)
        void(session, room, VALID)
        assert result(session, room.caught) == before
        publish(session, room)
        assert credited(session, room)[room.caught] == (20, True)


@pytest.mark.parametrize(
    ("wanted", "uphold", "verdict", "waiting"),
    [
        pytest.param(VOID, True, "void", 0, id="void"),
        pytest.param(VOID, False, "passed", 0, id="not void"),
        pytest.param(VALID, True, "passed", 0, id="valid"),
        pytest.param(VALID, False, "passed", 1, id="not valid, and nobody has said void yet"),
    ],
)
def test_an_ended_exam_waits_for_two_before_its_class_is_confirmed(
    room: Room, wanted: Standing, uphold: bool, verdict: str, waiting: int
) -> None:
    with database.writing() as session:
        assert settling.pending(session, room.world.class_id) == Pending(terminations=1)
        with pytest.raises(errors.WrongState, match=r"^void_undecided:.*1"):
            publish(session, room)
        voiding_id = propose(session, room, wanted)
        with pytest.raises(errors.WrongState, match=r"^void_undecided:.*1"):
            publish(session, room)

        decide(session, room, voiding_id, uphold=uphold)

        assert result(session, room.caught)[0] == verdict
        assert settling.pending(session, room.world.class_id) == Pending(terminations=waiting)


def test_a_proposal_after_confirmation_waits_for_its_decision_before_publication(room: Room) -> None:
    with database.writing() as session:
        void(session, room)
        confirmer, publisher = (room.world.actor(session, who) for who in ("confirmer", "publisher"))
        publishing.confirm_results(session, confirmer, room.world.class_id, now=AFTER)
        draft = Draft(VOID, IncidentKind.PHONE, "事后发现", room.elsewhere)
        waiting = voiding.propose(session, confirmer, room.honest, draft, now=AFTER)
        with pytest.raises(errors.WrongState, match=r"^void_undecided:"):
            publishing.publish_results(session, publisher, room.world.class_id, now=AFTER)

        decide(session, room, waiting.id or 0)

        assert result(session, room.honest) == ("void", 96, "confirmed", 1)
        publishing.publish_results(session, publisher, room.world.class_id, now=AFTER)
        assert credited(session, room)[room.honest] == (0, False)


# --- after publication ---


def test_a_published_result_is_replaced_and_all_that_followed_from_it_follows(room: Room, browser: Browser) -> None:
    path = f"/api/v1/results/classes/{room.world.class_id}"

    def seen() -> tuple[str, int, str]:
        rows = browser.of("institution").get(path).json()
        row = next(one for one in rows if one["seat_id"] == room.caught)
        return row["verdict"], row["credit_hours"], row["certificate"]

    def rates() -> tuple[int, int, int]:
        total = browser.of("statistician").get("/api/v1/statistics/pass-rates").json()["total"]
        return total["passed"], total["present"], total["void"]

    with database.writing() as session:
        decide(session, room, propose(session, room), uphold=False)
        publish(session, room)
    verdict, hours, code = seen()
    assert (verdict, hours, bool(code), rates()) == ("passed", 20, True, (2, 5, 0))
    certificate = f"/api/v1/certificates/{code}"
    assert browser.stranger().get(certificate).json()["valid"] is True

    with database.writing() as session:
        assert void(session, room).version == 2
        history = session.exec(select(Result).where(Result.seat_id == room.caught).order_by(Result.version)).all()
        assert [(one.verdict, one.state, one.version) for one in history] == [
            ("passed", "published", 1),
            ("void", "published", 2),
        ]
        assert history[1].replaces_id == history[0].id

    assert (seen(), rates()) == (("void", 0, ""), (1, 5, 1))
    told = browser.stranger().get(certificate).json()
    assert (told["valid"], told["verdict"], told["void_since"]) == (False, "void", "2026-11-20")
    page = browser.stranger().get(f"/certificates/{code}")
    assert page.status_code == 200 and "这份证明已经作废" in page.text and "查验结果：有效" not in page.text

    with database.writing() as session:
        assert void(session, room, VALID).version == 3
        assert len(session.exec(select(Credit)).all()) == 2, "the credit that was posted counts again"

    assert (seen(), rates()) == (("passed", 20, code), (2, 5, 0))
    told = browser.stranger().get(certificate).json()
    assert (told["valid"], told["verdict"], told["void_since"]) == (True, "passed", None)
    assert "查验结果：有效" in browser.stranger().get(f"/certificates/{code}").text


def test_what_was_published_void_and_is_restored_brings_its_credit_then(room: Room) -> None:
    with database.writing() as session:
        void(session, room)
        publish(session, room)
        assert credited(session, room)[room.caught] == (0, False)

        assert void(session, room, VALID).version == 2

        assert result(session, room.caught) == ("passed", 96, "published", 2)
        assert credited(session, room)[room.caught] == (20, True)


# --- who, and when ---


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (None, 401),
        ("institution", 403),
        ("enterprise", 403),
        ("supervisor", 403),
        ("auditor", 403),
        ("arranger", 403),
        ("proctor1", 403),
        ("administrator", 403),
        ("planner", 403),
    ],
)
def test_strangers_neither_see_nor_propose_nor_decide(
    room: Room, browser: Browser, who: str | None, status: int
) -> None:
    with database.writing() as session:
        voiding_id = propose(session, room)
    client = browser.of(who) if who else browser.stranger()
    body = {"wanted": "void", "kind": "cheating", "reason": "理由", "incident_id": room.incident}
    seen = [
        client.post(f"/api/v1/results/seats/{room.honest}/voiding", json=body).status_code,
        client.post(f"/api/v1/results/voidings/{voiding_id}/decision", json={"uphold": True, "note": "是"}).status_code,
        client.get(f"/api/v1/results/classes/{room.world.class_id}/voidings").status_code,
        client.get(f"/api/v1/results/classes/{room.world.class_id}/pending").status_code,
    ]
    assert seen == [status] * 4
    with database.reading() as session:
        assert [one.state for one in session.exec(select(Voiding))] == [VoidingState.PROPOSED]


def other_account(session: Session, world: World, of: str, duty: Duty) -> str:
    """Another account of the same natural person, with another duty."""
    admin, username = world.actor(session, "administrator"), f"{of}_too"
    account = administering.open_account(
        session,
        admin,
        organisation_id=world.organisations["bureau"],
        name=of,
        citizen_id=worlds.citizen_id(901 + list(worlds.STAFF).index(of)),
        username=username,
        password_hash=worlds.hashed(),
        now=PREPARED_AT,
    )
    administering.grant_duty(session, worlds.security(session), account.id or 0, duty, now=PREPARED_AT)
    return username


@pytest.mark.parametrize(
    ("of", "duty"),
    [
        pytest.param("confirmer", Duty.PUBLISH, id="whoever proposed decides by another account"),
        pytest.param("proctor1", Duty.PUBLISH, id="a proctor of the class decides"),
        pytest.param("proctor2", Duty.CONFIRM, id="a proctor of the class proposes"),
    ],
)
def test_two_natural_persons_and_neither_has_proctored(room: Room, of: str, duty: Duty) -> None:
    with database.writing() as session:
        username = other_account(session, room.world, of, duty)
        voiding_id = propose(session, room) if duty is Duty.PUBLISH else 0
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            decide(session, room, voiding_id, by=username) if voiding_id else propose(session, room, by=username)
        assert result(session, room.caught)[0] == "passed"


def test_the_wrong_right_is_no_right(room: Room) -> None:
    with database.writing() as session:
        with pytest.raises(errors.RightMissing):
            propose(session, room, by="publisher")
        voiding_id = propose(session, room)
        with pytest.raises(errors.RightMissing):
            decide(session, room, voiding_id, by="confirmer")


def test_once_one_at_a_time_and_not_on_what_does_not_concern_the_seat(room: Room) -> None:
    with database.writing() as session:
        publisher = room.world.actor(session, "confirmer")
        elsewhere = Draft(VOID, IncidentKind.PHONE, "理由", room.elsewhere)
        noise = Draft(VOID, IncidentKind.NOISE, "理由", room.incident)
        for draft, seat_id, code in (
            (elsewhere, room.caught, "incident_elsewhere"),
            (noise, room.caught, "no_reason_to_void"),
            (elsewhere, 9999, "not_found"),
            (Draft(VOID, IncidentKind.PHONE, "理由", 9999), room.caught, "not_found"),
            (Draft(VALID, IncidentKind.PHONE, "理由", room.elsewhere), room.honest, "already_valid"),
        ):
            with pytest.raises(errors.ServiceError) as refused:
                voiding.propose(session, publisher, seat_id, draft, now=AFTER)
            assert refused.value.code == code
        voiding_id = propose(session, room)
        with pytest.raises(errors.WrongState, match=r"^void_proposed:"):
            propose(session, room)
        decide(session, room, voiding_id)
        with pytest.raises(errors.WrongState, match=r"^void_decided:"):
            decide(session, room, voiding_id, uphold=False)
        with pytest.raises(errors.WrongState, match=r"^already_void:"):
            propose(session, room)


def refused_by_database(statement: str) -> str:
    with pytest.raises(IntegrityError) as refusal, database.writing() as session:
        session.execute(sa.text(statement))
    return str(refusal.value.orig)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE results_voiding SET state = 'upheld', note = '', decided_at = proposed_at,"
            " decided_by = proposed_by",
            "two_people",
        ),
        ("UPDATE results_voiding SET decided_at = proposed_at, decided_by = proposed_by + 1", "paired"),
        ("UPDATE results_voiding SET state = 'upheld'", "state_dated"),
        ("UPDATE results_voiding SET wanted = 'perhaps'", "wanted_known"),
        (
            "INSERT INTO results_voiding (seat_id, class_id, state, wanted, kind, reason, incident_id, proposed_at,"
            " proposed_by) SELECT seat_id, class_id, state, wanted, kind, reason, incident_id, proposed_at, proposed_by"
            " FROM results_voiding",
            "seat_id",
        ),
        ("UPDATE results_result SET version = 2", "version_chained"),
    ],
)
def test_the_database_too_refuses(room: Room, statement: str, said: str) -> None:
    with database.writing() as session:
        propose(session, room)

    assert said in refused_by_database(statement)


# --- over HTTP ---


def test_over_http_it_is_proposed_by_one_and_decided_by_another(room: Room, browser: Browser) -> None:
    confirmer, publisher = browser.of("confirmer"), browser.of("publisher")
    api, page = f"/api/v1/results/classes/{room.world.class_id}", f"/results/classes/{room.world.class_id}"
    reviews = confirmer.get(f"{api}/voidings").json()
    by_seat = {one["seat_id"]: one for one in reviews}
    assert set(by_seat) == {room.caught, room.honest}
    assert by_seat[room.caught]["undecided"] and not by_seat[room.honest]["undecided"]
    assert {way: one["allowed"] for way, one in by_seat[room.caught]["may_propose"].items()} == {
        "void": True,
        "valid": True,
    }
    assert publisher.get(f"{api}/voidings").json()[0]["may_propose"] == {}
    place = f"/api/v1/results/seats/{room.caught}/voiding"
    body = {"wanted": "void", "kind": "cheating", "reason": "监控与笔录一致", "incident_id": room.incident}
    for wrong in ({"reason": ""}, {"kind": "bad luck"}, {"wanted": "perhaps"}, {"incident_id": -1}, {"reason": "a\0b"}):
        assert confirmer.post(place, json=body | wrong).status_code == 422
    assert place in confirmer.get(page).text and place not in publisher.get(page).text

    made = confirmer.post(place, json=body)

    assert made.status_code == 201
    decision = f"/api/v1/results/voidings/{made.json()['voiding_id']}/decision"
    assert decision in publisher.get(page).text and decision not in confirmer.get(page).text
    assert "监控与笔录一致" in publisher.get(page).text
    assert confirmer.get(f"{api}/pending").json()["terminations"] == 1
    reply = publisher.post(decision, json={"uphold": True, "note": "证据充分"})
    assert (reply.status_code, reply.json()) == (200, {"verdict": "void", "version": 1})
    assert confirmer.get(f"{api}/pending").json() == {
        "terminations": 0,
        "cases": 0,
        "signatures": 0,
        "late_answers": 0,
        "declarations": 0,
        "transcriptions": 0,
        "unexplained": 0,
    }
    assert publisher.post(decision, json={"uphold": True, "note": "再来"}).json()["code"] == "void_decided"
