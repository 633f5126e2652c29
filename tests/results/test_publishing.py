"""Two people confirm and publish; then nothing changes any more, and credits and certificates follow."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.access.actions import administering
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Duty
from service.journal import queries as journal
from service.kernel import database, errors
from service.programme.rules.hours import Mode
from service.results import queries
from service.results.actions import marking, publishing
from service.results.rules import ResultState, Verdict
from service.results.tables import Certificate, Credit, Result
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.results.exams import Fate, answers_losing, plan, publish, sit, write
from tests.world import AFTER, ENDS_AT, PREPARED_AT, STARTS_AT, WORKING_AT, World

PROCTORS = ("proctor1", "proctor2")
NEXT_DAY = STARTS_AT + timedelta(days=1)
FATES = (Fate.PASSED, Fate.FAILED, Fate.BLANK, Fate.REFUSED, Fate.ABSENT, Fate.PASSED)


def examined(session: Session, world: World) -> None:
    """The world's exam is over and its record signed; the seats fared as ``FATES`` says, in the order of the roster."""
    sit(session, world, dict(zip(world.seats, FATES, strict=True)), PROCTORS)
    worlds.sign_record(session, world)


def confirm(session: Session, world: World, by: str = "confirmer", now: datetime = AFTER) -> list[Result]:
    return publishing.confirm_results(session, world.actor(session, by), world.class_id, now=now)


def publish_by(session: Session, world: World, by: str = "publisher", now: datetime = AFTER) -> list[Result]:
    return publishing.publish_results(session, world.actor(session, by), world.class_id, now=now)


def states(session: Session) -> set[str]:
    return {result.state for result in session.exec(select(Result))}


# --- confirming ---


def test_results_are_confirmed_only_when_everybodys_exam_is_over(world: World) -> None:
    first, *others = world.seats
    with database.writing() as session:
        with pytest.raises(errors.WrongState, match=r"^sitting_not_over:.*6"):
            confirm(session, world, now=PREPARED_AT)
        worlds.begin_exam(session, world, absent=1)
        write(session, world, first, answers_losing(session, world.sitting_id, 0), STARTS_AT)
        worlds.hand_in(session, first, now=WORKING_AT)
        with pytest.raises(errors.WrongState, match=r"^sitting_not_over:.*5"):
            confirm(session, world, now=WORKING_AT)
        # The time is over, but four sheets have not been marked yet.
        with pytest.raises(errors.WrongState, match=r"^sitting_not_over:.*4"):
            confirm(session, world, now=ENDS_AT)
        assert marking.hand_in_overdue(session, now=ENDS_AT) == 4
        worlds.sign_record(session, world, now=ENDS_AT)

        results = confirm(session, world, now=ENDS_AT)

        assert {result.seat_id for result in results} == set(world.seats)
        assert others and {result.state for result in results} == {ResultState.CONFIRMED}
        with pytest.raises(errors.WrongState, match=r"^result_state:"):
            confirm(session, world)


def test_whoever_was_absent_or_turned_away_has_a_result_too(world: World) -> None:
    with database.writing() as session:
        examined(session, world)

        confirm(session, world)

        found = {seat: queries.result_of_seat(session, seat) for seat in world.seats}
        assert [(result.verdict, result.points) for result in found.values() if result] == [
            (Verdict.PASSED, 96),
            (Verdict.FAILED, 78),
            (Verdict.FAILED, 0),
            (Verdict.REFUSED, 0),
            (Verdict.ABSENT, 0),
            (Verdict.PASSED, 96),
        ]
        # The journal has readers before publication: it learns how many there are, and after it how they went.
        (confirmed,) = session.exec(journal.entries(event="RESULTS_CONFIRMED"))
        assert json.loads(confirmed.data) == {"results": 6}
        publish_by(session, world)
        (published,) = session.exec(journal.entries(event="RESULTS_PUBLISHED"))
        assert json.loads(published.data) == {"passed": 2, "failed": 2, "absent": 1, "refused": 1, "void": 0}


def test_a_class_nobody_sat_for_has_nothing_to_confirm_or_publish(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        with pytest.raises(errors.WrongState, match=r"^nothing_to_confirm:"):
            confirm(session, other)
        with pytest.raises(errors.WrongState, match=r"^nothing_to_publish:"):
            publish_by(session, other)


# --- two people ---


def second_account(session: Session, world: World, of: str, username: str, duty: Duty) -> None:
    """Another account of the same natural person, with another duty."""
    admin = world.actor(session, "administrator")
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


def test_whoever_confirmed_does_not_publish_under_any_account(world: World) -> None:
    with database.writing() as session:
        examined(session, world)
        guardian = world.actor(session, "security")
        administering.grant_duty(session, guardian, world.accounts["confirmer"], Duty.PUBLISH, now=PREPARED_AT)
        second_account(session, world, "confirmer", "confirmer_too", Duty.PUBLISH)
        with pytest.raises(errors.WrongState, match=r"^result_state:"):
            publish_by(session, world)
        confirm(session, world)

        for username in ("confirmer", "confirmer_too"):
            with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
                publish_by(session, world, username)
            assert states(session) == {ResultState.CONFIRMED}
        with pytest.raises(errors.RightMissing):
            publish_by(session, world, "planner")

        publish_by(session, world)
        assert states(session) == {ResultState.PUBLISHED}
        with pytest.raises(errors.WrongState, match=r"^result_state:"):
            publish_by(session, world)


def test_a_proctor_of_the_class_neither_confirms_nor_publishes_it(world: World) -> None:
    with database.writing() as session:
        examined(session, world)
        second_account(session, world, "confirmer", "spare", Duty.CONFIRM)
        admin = world.actor(session, "administrator")
        for username, duty in (("proctor1", Duty.CONFIRM), ("proctor2", Duty.PUBLISH)):
            account = administering.open_account(
                session,
                admin,
                organisation_id=world.organisations["bureau"],
                name=username,
                citizen_id=worlds.citizen_id(901 + list(worlds.STAFF).index(username)),
                username=f"{username}_bureau",
                password_hash=worlds.hashed(),
                now=PREPARED_AT,
            )
            administering.grant_duty(session, worlds.security(session), account.id or 0, duty, now=PREPARED_AT)

        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            confirm(session, world, "proctor1_bureau")
        confirm(session, world, "spare")
        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            publish_by(session, world, "proctor2_bureau")
        publish_by(session, world)


def refused_by_database(statement: str, **values: object) -> str:
    """What the database itself says to a statement that no code of ours would send."""
    with pytest.raises(IntegrityError) as refusal, database.writing() as session:
        session.execute(sa.text(statement), values)
    return str(refusal.value.orig)


def test_the_database_too_refuses_one_person_in_both_places(world: World) -> None:
    with database.writing() as session:
        examined(session, world)
        confirm(session, world)
        seat_id = world.seats[0]

    said = refused_by_database(
        "UPDATE results_result SET state = 'published', published_at = confirmed_at, published_by = confirmed_by "
        "WHERE seat_id = :seat",
        seat=seat_id,
    )

    assert "two_people" in said
    with database.writing() as session:
        # The same statement with another person goes through: it was the person that was refused.
        other = world.actor(session, "publisher").person_id
        session.execute(
            sa.text(
                "UPDATE results_result SET state = 'published', published_at = confirmed_at, published_by = :other "
                "WHERE seat_id = :seat"
            ),
            {"other": other, "seat": seat_id},
        )


# --- what was published stays ---


def test_a_published_result_and_its_marks_cannot_be_changed_by_anybody(world: World) -> None:
    change = "UPDATE results_result SET points = points - 1 WHERE seat_id = :seat"
    with database.writing() as session:
        examined(session, world)
        # Until then a result can move, or nothing could ever be confirmed.
        session.execute(
            sa.text("UPDATE results_result SET state = state WHERE seat_id = :seat"), {"seat": world.seats[0]}
        )
        publish(session, world, AFTER)
        before = [result.model_dump() for result in session.exec(select(Result))]

    for statement in (
        change,
        "UPDATE results_result SET verdict = 'failed' WHERE seat_id = :seat",
        "UPDATE results_result SET state = 'marked' WHERE seat_id = :seat",
        "UPDATE results_result SET state = state WHERE seat_id = :seat",
    ):
        assert "published results never change" in refused_by_database(statement, seat=world.seats[0])
    # A credit holds on to its result, and would be in the way of a deletion before the trigger is.
    failed = world.seats[1]
    assert "results are never deleted" in refused_by_database(
        "DELETE FROM results_result WHERE seat_id = :seat", seat=failed
    )
    assert "marks never change" in refused_by_database("UPDATE results_sheet_marks SET entries = '[]'")
    assert "marks never change" in refused_by_database("DELETE FROM results_sheet_marks")
    with database.reading() as session:
        assert [result.model_dump() for result in session.exec(select(Result))] == before


def test_marks_cannot_be_changed_even_before_publication(world: World) -> None:
    with database.writing() as session:
        examined(session, world)

    assert "marks never change" in refused_by_database("UPDATE results_sheet_marks SET entries = '[]'")
    assert "results are never deleted" in refused_by_database("DELETE FROM results_result")


# --- credits and certificates ---


def test_credit_goes_to_whoever_has_the_hours_and_passed_and_says_why_to_the_rest(
    world: World, browser: Browser, clock: Clock
) -> None:
    with database.writing() as session:
        # The last trainee of the roster passed and lacks the practical hours; see ``world.open_class``.
        lacking = next(seat for seat in world.seats if _trainee(session, seat) == world.trainees[-1])
        enough = [seat for seat in world.seats if seat != lacking]
        fates = dict(zip([*enough, lacking], FATES, strict=True))
        sit(session, world, fates, PROCTORS)
        publish(session, world, AFTER)
        granted_hours = {row.trainee_id: row.hours for row in session.exec(select(Credit))}
        assert granted_hours == {_trainee(session, enough[0]): 20}
        granted = [json.loads(one.data) for one in session.exec(journal.entries(event="CREDIT_GRANTED"))]
        assert granted == [{"class": world.class_id, "hours": 20}]
        assert len(list(session.exec(journal.entries(event="CERTIFICATE_ISSUED")))) == 1
    clock.set(AFTER)

    shown = browser.of("planner").get(f"/api/v1/results/classes/{world.class_id}").json()

    assert {row["seat_id"]: (row["verdict"], row["credit_hours"], row["no_credit"]) for row in shown} == {
        enough[0]: ("passed", 20, ""),
        enough[1]: ("failed", 0, "not_passed"),
        enough[2]: ("failed", 0, "not_passed"),
        enough[3]: ("refused", 0, "not_passed"),
        enough[4]: ("absent", 0, "not_passed"),
        lacking: ("passed", 0, "hours_short"),
    }
    assert [bool(row["certificate"]) for row in shown] == [row["credit_hours"] == 20 for row in shown]


def _trainee(session: Session, seat_id: int) -> int:
    result = session.execute(sa.text("SELECT trainee_id FROM sittings_seat WHERE id = :id"), {"id": seat_id})
    return int(result.scalar_one())


FIFTEEN = ((1, Mode.ONLINE, 6), (2, Mode.OFFLINE_THEORY, 8), (3, Mode.OFFLINE_THEORY, 1))


@pytest.mark.parametrize("role", [TraineeRole.SAFETY_OFFICER, TraineeRole.SAFETY_DEPUTY])
def test_a_safety_officer_or_deputy_gets_fifteen_hours(world: World, role: TraineeRole) -> None:
    with database.writing() as session:
        wanted = Wanted("2024-SO-01", role=role, hours=FIFTEEN, lacking=frozenset({1}))
        other = plan(session, open_class(session, world, wanted), NEXT_DAY, "另一考试点", PROCTORS)
        sit(session, other, dict.fromkeys(other.seats, Fate.PASSED), PROCTORS)
        publish(session, other, NEXT_DAY + timedelta(hours=2))

        assert {row.trainee_id: row.hours for row in session.exec(select(Credit))} == {other.trainees[0]: 15}


def test_a_certificate_is_verified_by_its_code_by_anybody_and_tells_no_more_than_it_must(
    world: World, browser: Browser
) -> None:
    # Nine in the morning at Greenwich is evening in Mudanjiang, and eighteen hours is the next day there.
    published_at = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    with database.writing() as session:
        examined(session, world)
        publish(session, world, published_at)
        certificate = session.exec(select(Certificate)).first()
        assert certificate is not None
        line = next(
            one
            for one in queries.lines(session, world.class_id)
            if one.certificate and one.certificate.code == certificate.code
        )
    code, anybody = certificate.code, browser.stranger()

    shown = anybody.get(f"/api/v1/certificates/{code}").json()

    assert shown == {
        "valid": True,
        "code": code,
        "name": line.person.name,
        "citizen_id_masked": line.person.citizen_id_masked,
        "role": "team_leader",
        "training_class": "2024年班组长班",
        "hours": 20,
        "passed_on": "2026-11-21",
        "verdict": "passed",
        "void_since": None,
    }
    assert len(code) == 12 and not set(code) & set("01OIL")
    assert anybody.get(f"/api/v1/certificates/ {code.lower()} ").json() == shown, "as people type it"
    other = "".join("3" if letter == "2" else "2" for letter in code)
    for unknown in (other, code[:-1], code + "2", "%", "_" * 12, "2" * 500):
        reply = anybody.get(f"/api/v1/certificates/{unknown}")
        assert (reply.status_code, reply.json()["code"]) == (404, "certificate_unknown")
