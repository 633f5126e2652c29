"""What was done under broken glass stays before the eyes of whoever must know of it, until an auditor has seen it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.access import queries as access
from service.access.actions import administering, emergencies
from service.access.queries import emergencies as queries
from service.access.rules import administrators
from service.access.rules.duties import Duty
from service.access.tables.doors import EmergencySeen
from service.journal.tables import JournalEntry
from service.kernel import clock, database, errors
from tests import world as worlds
from tests.conftest import Browser
from tests.world import World

NOW = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
MINUTES = 30
OVER = NOW + timedelta(minutes=MINUTES)
REASON, REMARK = "安全管理员联系不上", "已阅，只改了一个场次"


def given(session: Session, world: World, *, at: datetime = NOW, confirm: bool = True, decide: bool = True) -> int:
    """The planner arranges exams for half an hour; the number of that emergency."""
    system, account = world.actor(session, "administrator"), world.accounts["planner"]
    row = emergencies.ask(session, system, account, Duty.ARRANGE, MINUTES, REASON, now=at)
    assert row.id is not None
    if decide:
        emergencies.decide(session, worlds.security(session), row.id, confirm=confirm, now=at)
    return row.id


def long_ago() -> datetime:
    """So that it is over by the clock that the service goes by."""
    return clock.now() - timedelta(hours=3)


def told(session: Session) -> list[tuple[str, str, str]]:
    rows = session.exec(select(JournalEntry).where(JournalEntry.event == "EMERGENCY_DUTY_SEEN"))
    return [(row.actor, row.subject, row.data) for row in rows]


@pytest.mark.parametrize(
    ("seer", "decider", "ends_at", "now", "code"),
    [
        pytest.param(4, 3, OVER, OVER, "allowed", id="who had no hand in it, once it is over"),
        pytest.param(2, 3, OVER, OVER, "emergency_own_hand", id="whoever had the duty"),
        pytest.param(1, 3, OVER, OVER, "emergency_own_hand", id="whoever asked for it"),
        pytest.param(3, 3, OVER, OVER, "emergency_own_hand", id="whoever granted it"),
        pytest.param(4, 3, OVER, OVER - timedelta(seconds=1), "emergency_in_force", id="what is done is not done yet"),
        pytest.param(4, None, None, OVER, "emergency_not_given", id="nobody decided on it"),
        pytest.param(4, 3, None, OVER, "emergency_not_given", id="it was turned down"),
    ],
)
def test_who_takes_note_of_an_emergency(
    seer: int, decider: int | None, ends_at: datetime | None, now: datetime, code: str
) -> None:
    found = administrators.may_see(seer, holder=2, asker=1, decider=decider, ends_at=ends_at, now=now)

    assert found.code == code


def test_an_auditor_takes_note_once_and_saying_it_again_changes_nothing(staffed: World) -> None:
    with database.writing() as session:
        number, auditor = given(session, staffed), staffed.actor(session, "auditor")
        with pytest.raises(errors.WrongState, match="还在生效"):
            emergencies.see(session, auditor, number, REMARK, now=OVER - timedelta(seconds=1))

        first = emergencies.see(session, auditor, number, REMARK, now=OVER)
        again = emergencies.see(session, auditor, number, REMARK, now=OVER + timedelta(minutes=1))

        assert (first.remark, first.seen_at, first.seen_by) == (REMARK, OVER, auditor.person_id)
        assert again.seen_at == OVER
        assert [(actor, subject) for actor, subject, _ in told(session)] == [(auditor.label, f"emergency:{number}")]
        with pytest.raises(errors.WrongState, match="已有人登记已阅"):
            emergencies.see(session, auditor, number, "再看一遍", now=OVER + timedelta(minutes=2))
        assert len(told(session)) == 1
        assert queries.unseen(session) == []


def test_what_nobody_confirmed_waits_for_nobody(staffed: World) -> None:
    with database.writing() as session:
        numbers = [given(session, staffed, confirm=False), given(session, staffed, decide=False)]

        assert queries.unseen(session) == []
        for number in numbers:
            with pytest.raises(errors.WrongState, match="没有生效过"):
                emergencies.see(session, staffed.actor(session, "auditor"), number, REMARK, now=OVER)
        with pytest.raises(errors.NotFound):
            emergencies.see(session, staffed.actor(session, "auditor"), 10**6, REMARK, now=OVER)


def test_whoever_had_it_does_not_take_note_of_it_as_an_auditor(staffed: World) -> None:
    """A proctor of the county for half an hour, and auditor afterwards: the same natural person."""
    with database.writing() as session:
        number, account = given(session, staffed), staffed.accounts["planner"]
        emergencies.end_due(session, now=OVER)
        administering.grant_duty(session, worlds.security(session), account, Duty.AUDIT, now=OVER)

        with pytest.raises(errors.Refused) as refused:
            emergencies.see(session, staffed.actor(session, "planner", now=OVER), number, REMARK, now=OVER)

        assert refused.value.code == "emergency_own_hand"
        assert told(session) == []


@pytest.mark.parametrize("hand", ["held_by", "asked_by", "decided_by"])
def test_the_database_lets_no_hand_take_note_of_it(staffed: World, hand: str) -> None:
    with database.writing() as session:
        number, auditor = given(session, staffed), staffed.actor(session, "auditor")
        emergencies.see(session, auditor, number, REMARK, now=OVER)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(sa.text(f"UPDATE access_emergency_seen SET seen_by = {hand}"))


def test_the_database_keeps_no_note_without_a_word(staffed: World) -> None:
    with database.writing() as session:
        number, auditor = given(session, staffed), staffed.actor(session, "auditor")
        emergencies.see(session, auditor, number, REMARK, now=OVER)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(sa.text("UPDATE access_emergency_seen SET remark = ''"))


def test_the_oldest_that_nobody_saw_is_listed_however_many_came_after(staffed: World) -> None:
    with database.writing() as session:
        oldest = given(session, staffed)
        newer = [given(session, staffed, decide=False) for _ in range(3)]

        shown = [line.row.id for line in queries.lines(session, limit=2)]

        assert shown == [oldest, *newer[:0:-1]]


def test_the_card_stands_on_the_first_page_of_whoever_must_know_and_had_no_hand_in_it(
    staffed: World, browser: Browser
) -> None:
    with database.writing() as session:
        number = given(session, staffed, at=long_ago())
        auditor = staffed.actor(session, "auditor").person_id
    card = f'href="/emergency#emergency-{number}"'
    everybody = ("auditor", "security", "administrator", "planner", "author", "proctor1", "institution", "statistician")

    # The security administrator granted it, and knows.
    assert {name: card in browser.of(name).get("/").text for name in everybody} == dict.fromkeys(everybody, False) | {
        "auditor": True
    }
    listed = browser.of("auditor").get("/emergency").text
    assert "登记已阅" in listed and "申请应急授权</button>" not in listed
    assert "待审计员阅" in browser.of("security").get("/emergency").text

    path = f"/api/v1/emergency-duties/{number}/seen"
    reply = browser.of("auditor").post(path, json={"remark": f"  {REMARK} "})
    assert reply.status_code == 200, reply.text
    assert (reply.json()["seen_by"], reply.json()["remark"]) == (auditor, REMARK)

    assert card not in browser.of("auditor").get("/").text
    for name in ("auditor", "security", "administrator"):
        assert REMARK in browser.of(name).get("/emergency").text
        (row,) = browser.of(name).get("/api/v1/emergency-duties").json()
        assert (row["seen_by"], row["remark"]) == (auditor, REMARK)


def test_whoever_grants_duties_and_was_away_learns_of_it_too(staffed: World, browser: Browser) -> None:
    """Two system administrators did it between them."""
    with database.writing() as session:
        system = staffed.actor(session, "administrator")
        first = access.account_by_username(session, "administrator")
        assert first is not None
        account = administering.open_account(
            session,
            system,
            organisation_id=first.organisation_id,
            name="第二管理员",
            citizen_id=worlds.citizen_id(702),
            username="administrator2",
            password_hash=first.password_hash,
            now=NOW,
        )
        # As if a password of one's own had been chosen, and vouched for.
        account.doubted, account.one_time_until = False, None
        session.add(account)
        session.flush()
        administering.grant_duty(session, worlds.security(session), account.id or 0, Duty.ADMINISTER, now=NOW)
        number = given(session, staffed, at=long_ago(), decide=False)
        second = staffed.actor(session, "administrator2")
        emergencies.decide(session, second, number, confirm=True, now=long_ago())

    card = f'href="/emergency#emergency-{number}"'
    assert {name: card in browser.of(name).get("/").text for name in ("security", "auditor", "administrator")} == {
        "security": True,
        "auditor": True,
        "administrator": False,
    }


@pytest.mark.parametrize("stranger", ["administrator", "security", "planner", "author", "institution", "statistician"])
def test_nobody_but_auditors_takes_note(staffed: World, browser: Browser, stranger: str) -> None:
    with database.writing() as session:
        number = given(session, staffed, at=long_ago())

    reply = browser.of(stranger).post(f"/api/v1/emergency-duties/{number}/seen", json={"remark": REMARK})

    assert (reply.status_code, reply.json()["code"]) == (403, "right_missing")
    with database.reading() as session:
        assert session.exec(select(EmergencySeen)).all() == []


@pytest.mark.parametrize("body", [{}, {"remark": ""}, {"remark": "阅"}, {"remark": "   "}, {"remark": "字" * 201}])
def test_a_note_says_something(staffed: World, browser: Browser, body: dict[str, str]) -> None:
    with database.writing() as session:
        number = given(session, staffed, at=long_ago())

    assert browser.of("auditor").post(f"/api/v1/emergency-duties/{number}/seen", json=body).status_code == 422
