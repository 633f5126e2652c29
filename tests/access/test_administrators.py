"""Three administrators: whoever opens accounts grants no duties, and in an emergency it takes two, for minutes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from typer.testing import CliRunner

from service.access import queries
from service.access.actions import administering, declaring, emergencies, entering, founding
from service.access.actions.founding import Newcomer
from service.access.rules import administrators
from service.access.rules.administrators import ANSWER_WITHIN
from service.access.rules.duties import ADMINISTRATORS, EXAM_DUTIES, Duty
from service.access.rules.separation import may_be_granted
from service.access.rules.ties import TieDraft, TieKind
from service.access.tables.doors import EmergencyDuty
from service.cli import app
from service.journal.tables import JournalEntry
from service.kernel import database, errors
from tests import world as worlds
from tests.conftest import Browser
from tests.world import World

NOW = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
PASSWORD = worlds.PASSWORD


def code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except errors.ServiceError as error:
        return error.code
    return "done"


def events(session: Session, prefix: str) -> list[tuple[str, str]]:
    rows = session.exec(select(JournalEntry).order_by(sa.column("seq")))
    return [(row.event, row.actor) for row in rows if row.event.startswith(prefix)]


# --- three people ---


@pytest.mark.parametrize("held", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("wanted", sorted({*ADMINISTRATORS, *EXAM_DUTIES}))
def test_no_administrator_may_be_another_or_examine(held: Duty, wanted: Duty) -> None:
    assert may_be_granted(wanted, {held} - {wanted}, ()).code == ("allowed" if held == wanted else "duties_exclude")


def test_opening_and_granting_take_two_people(staffed: World, browser: Browser) -> None:
    newcomer = {
        "organisation_id": staffed.organisations["bureau"],
        "name": "新人",
        "citizen_id": worlds.citizen_id(701),
        "username": "newcomer",
    }
    system, security = browser.of("administrator"), browser.of("security")

    assert security.post("/api/v1/accounts", json=newcomer).json()["code"] == "right_missing"
    account_id = system.post("/api/v1/accounts", json=newcomer).json()["id"]
    path = f"/api/v1/accounts/{account_id}/duties"
    assert system.post(path, json={"duty": "author"}).json()["code"] == "right_missing"
    assert security.post(path, json={"duty": "author"}).status_code == 201
    assert system.delete(f"{path}/author").json()["code"] == "right_missing"
    why = {"reason": "忘记密码"}
    # Nor does either come in as somebody else: one sets passwords, the other takes the second factor away.
    assert security.put(f"/api/v1/accounts/{account_id}/password", json=why).json()["code"] == "right_missing"
    assert system.delete(f"/api/v1/accounts/{account_id}/second-factor").json()["code"] == "right_missing"
    assert security.delete(f"/api/v1/accounts/{account_id}/second-factor").status_code == 204


def test_nobody_gives_themselves_a_duty(staffed: World) -> None:
    with database.writing() as session:
        guardian = worlds.security(session)
        assert guardian.account_id is not None

        assert code_of(
            lambda: administering.grant_duty(session, guardian, guardian.account_id or 0, Duty.PLAN, now=NOW)
        ) == ("own_duty")


def test_the_pages_show_each_administrator_their_own_work(staffed: World, browser: Browser) -> None:
    system, security = browser.of("administrator"), browser.of("security")
    account = f"/accounts/{staffed.accounts['planner']}"

    assert "开立账号" in system.get("/accounts").text and "登记接口客户端" not in system.get("/accounts").text
    assert 'action="/api/v1/accounts"' not in security.get("/accounts").text
    assert "登记接口客户端" in security.get("/accounts").text
    assert "重置密码" in system.get(account).text and "由安全管理员办理" in system.get(account).text
    assert "重置密码" not in security.get(account).text and "撤销" in security.get(account).text


def test_a_hold_is_lifted_by_the_security_administrator(staffed: World, browser: Browser) -> None:
    body = {"username": "planner", "password": "wrong"}
    stranger = browser.stranger()
    for _ in range(6):
        stranger.post("/api/v1/session", json=body)
    right = {"username": "planner", "password": PASSWORD}
    assert stranger.post("/api/v1/session", json=right).json()["code"] == "account_locked"
    path = f"/api/v1/accounts/{staffed.accounts['planner']}/locks"
    assert "解除登录限制" in browser.of("security").get(f"/accounts/{staffed.accounts['planner']}").text

    assert browser.of("administrator").delete(path).json()["code"] == "right_missing"
    assert browser.of("security").delete(path).json() == {"places": 1}

    assert stranger.post("/api/v1/session", json=right).status_code == 200


# --- founding ---


def test_the_command_makes_three_accounts_of_three_people(empty_url: str) -> None:
    words = ["create-administrators", "--bureau", "市应急管理局"]
    for number, option in enumerate(("", "security-", "audit-")):
        words += [f"--{option}name", f"第{number}人", f"--{option}username", f"one{number}"]
        words += [f"--{option}citizen-id", worlds.citizen_id(600 + number), f"--{option}password", PASSWORD]

    said = CliRunner().invoke(app, words)

    assert (said.exit_code, said.output.strip()) == (
        0,
        "one0 (system), one1 (security) and one2 (audit) may now sign in",
    )
    with database.reading() as session:
        assert sorted(map(tuple, queries.duties_by_account(session).values())) == [
            ("administer",),
            ("audit",),
            ("secure",),
        ]
    assert isinstance(CliRunner().invoke(app, words).exception, errors.WrongState)


def test_one_person_cannot_be_two_of_them(empty_url: str) -> None:
    one = Newcomer("同一人", worlds.citizen_id(600), "one", PASSWORD)
    same = Newcomer("同一人", worlds.citizen_id(600), "two", PASSWORD)
    with database.writing() as session:
        assert code_of(lambda: founding.found(session, bureau="局", system=one, security=same, now=NOW)) == (
            "duties_exclude"
        )


def test_a_bureau_from_before_gets_its_security_administrator_once(staffed: World) -> None:
    newcomer = Newcomer("新安全员", worlds.citizen_id(601), "guardian", PASSWORD)
    with database.writing() as session:
        assert code_of(lambda: founding.appoint_security(session, newcomer, now=NOW)) == "security_already"
        session.execute(
            sa.text("UPDATE access_duty SET revoked_at = granted_at, revoked_by = 'x' WHERE duty = 'secure'")
        )

        account = founding.appoint_security(session, newcomer, now=NOW)

        assert queries.duties_of_account(session, account.id or 0, now=NOW) == ["secure"]


def tied(session: Session, world: World, username: str) -> None:
    """It is known of this person that they work for the institution."""
    draft = TieDraft(world.organisations["institution"], TieKind.EMPLOYED, NOW.date())
    account_id = world.accounts[username]
    declaring.declare_for(session, world.actor(session, "planner"), account_id, draft, now=NOW)


@pytest.mark.parametrize("username", ["administrator", "security", "planner"])
def test_the_duties_of_one_who_works_for_an_institution_sleep(standing: World, username: str) -> None:
    with database.reading() as session:
        awake = standing.actor(session, username)
        account = queries.account_by_username(session, username)
        assert account is not None and account.id is not None
        standing.accounts[username] = account.id
        tied(session, standing, username)
        asleep = standing.actor(session, username)

    assert awake.duties and awake.barred == frozenset()
    assert (asleep.duties, asleep.barred) == (frozenset(), awake.duties)


def test_where_the_only_one_who_grants_duties_sleeps_another_is_appointed(standing: World) -> None:
    newcomer = Newcomer("新安全员", worlds.citizen_id(601), "guardian", PASSWORD)
    with database.reading() as session:
        account = queries.account_by_username(session, "security")
        assert account is not None and account.id is not None
        standing.accounts["security"] = account.id
        tied(session, standing, "security")

        account = founding.appoint_security(session, newcomer, now=NOW)

        assert queries.duties_of_account(session, account.id or 0, now=NOW) == ["secure"]
        assert code_of(lambda: founding.appoint_security(session, newcomer, now=NOW)) == "security_already"


# --- break-glass ---


@pytest.mark.parametrize(
    ("decider", "decided", "after", "code"),
    [
        pytest.param(3, False, timedelta(0), "allowed", id="a second administrator"),
        pytest.param(1, False, timedelta(0), "same_person", id="whoever asked"),
        pytest.param(2, False, timedelta(0), "same_person", id="whoever is to have it"),
        pytest.param(3, True, timedelta(0), "decided_already", id="once"),
        pytest.param(3, False, ANSWER_WITHIN, "allowed", id="at the last moment"),
        pytest.param(3, False, ANSWER_WITHIN + timedelta(seconds=1), "asked_too_long_ago", id="too late"),
    ],
)
def test_who_decides_on_an_emergency(decider: int, decided: bool, after: timedelta, code: str) -> None:
    decision = administrators.may_decide(decider, asker=1, receiver=2, decided=decided, asked_at=NOW, now=NOW + after)

    assert decision.code == code


def ask(session: Session, world: World, username: str = "planner", duty: Duty = Duty.ARRANGE) -> EmergencyDuty:
    system = world.actor(session, "administrator")
    return emergencies.ask(session, system, world.accounts[username], duty, 30, "安全管理员联系不上", now=NOW)


def test_two_administrators_charge_somebody_for_half_an_hour(staffed: World) -> None:
    with database.writing() as session:
        row = ask(session, staffed)
        assert staffed.actor(session, "planner").duties == {Duty.PLAN}
        emergencies.decide(session, worlds.security(session), row.id or 0, confirm=True, now=NOW)
        last = NOW + timedelta(minutes=29, seconds=59)
        assert staffed.actor(session, "planner", now=last).duties == {Duty.PLAN, Duty.ARRANGE}

        assert emergencies.end_due(session, now=last) == 0
        # Its minutes are over even where nothing runs that would take it back.
        assert staffed.actor(session, "planner", now=NOW + timedelta(minutes=30)).duties == {Duty.PLAN}
        assert emergencies.end_due(session, now=NOW + timedelta(minutes=30)) == 1
        assert emergencies.end_due(session, now=NOW + timedelta(minutes=31)) == 0

        assert staffed.actor(session, "planner").duties == {Duty.PLAN}
        system, security = staffed.actor(session, "administrator").label, worlds.security(session).label
        assert events(session, "EMERGENCY") == [
            ("EMERGENCY_DUTY_ASKED", system),
            ("EMERGENCY_DUTY_DECIDED", security),
            ("EMERGENCY_DUTY_ENDED", "clock"),
        ]


def test_a_duty_given_for_good_meanwhile_stays(staffed: World) -> None:
    with database.writing() as session:
        row, security = ask(session, staffed), worlds.security(session)
        account, soon = staffed.accounts["planner"], NOW + timedelta(minutes=10)
        emergencies.decide(session, security, row.id or 0, confirm=True, now=NOW)
        administering.revoke_duty(session, security, account, Duty.ARRANGE, now=soon)
        administering.grant_duty(session, security, account, Duty.ARRANGE, now=soon)

        assert emergencies.end_due(session, now=NOW + timedelta(minutes=30)) == 1

        assert staffed.actor(session, "planner").duties == {Duty.PLAN, Duty.ARRANGE}


def test_what_was_turned_down_gives_nothing(staffed: World) -> None:
    with database.writing() as session:
        row = ask(session, staffed)
        emergencies.decide(session, worlds.security(session), row.id or 0, confirm=False, now=NOW)

        assert staffed.actor(session, "planner").duties == {Duty.PLAN}
        assert emergencies.end_due(session, now=NOW + timedelta(hours=3)) == 0
        assert code_of(
            lambda: emergencies.decide(session, worlds.security(session), row.id or 0, confirm=True, now=NOW)
        ) == ("decided_already")


def test_the_glass_breaks_no_separation(staffed: World) -> None:
    with database.writing() as session:
        assert code_of(lambda: ask(session, staffed, "institution", Duty.PROCTOR)) == "organisation_may_not_hold"
        administering.grant_duty(session, worlds.security(session), staffed.accounts["planner"], Duty.AUDIT, now=NOW)
        row = ask(session, staffed, "planner", Duty.ARRANGE)
        assert code_of(
            lambda: emergencies.decide(session, worlds.security(session), row.id or 0, confirm=True, now=NOW)
        ) == ("duties_exclude")


@pytest.mark.parametrize("duty", sorted(ADMINISTRATORS))
def test_the_glass_makes_no_administrator(staffed: World, duty: Duty) -> None:
    """What one does within minutes stays: two system administrators would have made whoever grants duties for good."""
    with database.writing() as session:
        assert code_of(lambda: ask(session, staffed, duty=duty)) == "emergency_administrator"


def test_one_alone_breaks_nothing(staffed: World, browser: Browser) -> None:
    system, own = browser.of("administrator"), 0
    with database.reading() as session:
        own = staffed.actor(session, "administrator").account_id or 0
    body = {"account_id": staffed.accounts["planner"], "duty": "arrange", "minutes": 30, "reason": "联系不上"}

    made = system.post("/api/v1/emergency-duties", json=body)
    assert made.status_code == 201, made.text
    path = f"/api/v1/emergency-duties/{made.json()['id']}/decision"
    assert system.post(path, json={"confirm": True}).json()["code"] == "same_person"
    assert system.post("/api/v1/emergency-duties", json=body | {"account_id": own}).json()["code"] == "own_duty"
    for stranger in ("planner", "auditor", "publisher", "institution"):
        assert browser.of(stranger).post(path, json={"confirm": True}).json()["code"] == "right_missing"
    assert "待裁定" in browser.of("security").get("/emergency").text
    assert browser.of("security").post(path, json={"confirm": True}).status_code == 200
    assert "生效中" in system.get("/emergency").text


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": 4},
        {"minutes": 121},
        {"reason": "急"},
        {"duty": "king"},
        {"account_id": 0},
        {"account_id": 2**70},
    ],
)
def test_what_makes_no_sense_is_malformed(staffed: World, browser: Browser, change: dict[str, object]) -> None:
    body = {"account_id": staffed.accounts["planner"], "duty": "arrange", "minutes": 30, "reason": "联系不上"}

    assert browser.of("administrator").post("/api/v1/emergency-duties", json=body | change).status_code == 422


@pytest.mark.parametrize("change", ["decided_by = asked_by, decided_at = asked_at", "minutes = 500", "duty = 'king'"])
def test_the_database_knows_it_too(staffed: World, change: str) -> None:
    with database.writing() as session:
        ask(session, staffed)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(sa.text(f"UPDATE access_emergency_duty SET {change}"))


def test_an_account_that_is_signed_in_loses_the_duty_with_its_minutes(staffed: World) -> None:
    with database.writing() as session:
        person = staffed.actor(session, "planner")
        token = entering.open_session(session, person_id=person.person_id or 0, account_id=person.account_id, now=NOW)
        row = ask(session, staffed)
        emergencies.decide(session, worlds.security(session), row.id or 0, confirm=True, now=NOW)
        assert Duty.ARRANGE in entering.actor_of_token(session, token, now=NOW).duties
        emergencies.end_due(session, now=NOW + timedelta(minutes=30))
        assert Duty.ARRANGE not in entering.actor_of_token(session, token, now=NOW).duties
