"""Declared ties: what they bar, for how long, who declares them, and the two people it takes to withdraw one."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service.access.actions import administering, declaring, using
from service.access.queries import ties as queries
from service.access.rules import ties
from service.access.rules.policy import Duty, Right
from service.access.rules.ties import TieDraft, TieKind
from service.access.tables import Account, Tie
from service.kernel import clock, database, errors
from service.papers.actions import assembling
from service.programme.tables import TrainingClass
from service.sittings.actions import arranging
from tests import world as worlds
from tests.conftest import Browser, application
from tests.world import World

NOW = worlds.PREPARED_AT
TODAY = clock.local(NOW).date()


def draft(world: World, kind: TieKind, *, ended: date | None = None, place: str = "institution") -> TieDraft:
    return TieDraft(world.organisations[place], kind, date(2020, 1, 1), ended)


def declare(session: Session, world: World, username: str, tie: TieDraft) -> int:
    return declaring.declare_own(session, world.actor(session, username), tie, now=NOW).id or 0


# --- how long ---


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        pytest.param(date(2026, 11, 18), 12, date(2025, 11, 18), id="a year"),
        pytest.param(date(2026, 11, 18), 0, date(2026, 11, 18), id="nothing"),
        pytest.param(date(2026, 1, 31), 2, date(2025, 11, 30), id="a shorter month"),
        pytest.param(date(2024, 2, 29), 12, date(2023, 2, 28), id="a leap day"),
    ],
)
def test_so_many_months_earlier(day: date, months: int, earlier: date) -> None:
    assert ties.months_before(day, months) == earlier


def said_to(session: Session, world: World, duty: Duty) -> str:
    """What granting a duty to the planner says, who holds none of the exam."""
    attempt = session.begin_nested()
    try:
        guardian = worlds.security(session)
        administering.grant_duty(session, guardian, world.accounts["planner"], duty, now=NOW)
        return "done"
    except errors.Refused as error:
        return error.code
    finally:
        attempt.rollback()


YEAR_AGO = ties.months_before(TODAY, 12)


@pytest.mark.parametrize(
    ("kind", "ended", "said"),
    [
        pytest.param(TieKind.EMPLOYED, None, "works_for_institution", id="works there"),
        pytest.param(TieKind.SECONDED, None, "works_for_institution", id="lent to it"),
        pytest.param(TieKind.RELATIVE, None, "done", id="a relative bars from its classes only"),
        pytest.param(
            TieKind.EMPLOYED, YEAR_AGO + timedelta(days=1), "works_for_institution", id="left within the year"
        ),
        pytest.param(TieKind.EMPLOYED, YEAR_AGO, "done", id="left a year ago"),
    ],
)
def test_what_a_tie_says_to_granting(standing: World, kind: TieKind, ended: date | None, said: str) -> None:
    with database.reading() as session:
        assert said_to(session, standing, Duty.AUTHOR) == "done"
        declare(session, standing, "planner", draft(standing, kind, ended=ended))

        assert {duty: said_to(session, standing, duty) for duty in (Duty.AUTHOR, Duty.CUSTODY, Duty.AUDIT)} == {
            Duty.AUTHOR: said,
            Duty.CUSTODY: said,
            Duty.AUDIT: said,
        }


def test_how_long_it_counts_is_a_setting(standing: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(using, "ended_after", lambda day: ties.months_before(day, 24))
    monkeypatch.setattr(administering, "ended_after", using.ended_after)
    with database.reading() as session:
        declare(session, standing, "planner", draft(standing, TieKind.EMPLOYED, ended=YEAR_AGO))

        assert said_to(session, standing, Duty.AUTHOR) == "works_for_institution"


# --- at each use ---


def test_whoever_declares_work_for_an_institution_sees_nothing_of_the_exam_from_then_on(standing: World) -> None:
    with database.reading() as session:
        assert standing.actor(session, "author").holds(Right.BANK_READ)
        declare(session, standing, "author", draft(standing, TieKind.SECONDED))

        assert standing.actor(session, "author").duties == frozenset()
        assert standing.actor(session, "reviewer").holds(Right.BANK_READ)


def second_class(session: Session, world: World, institution: str) -> int:
    first = session.get_one(TrainingClass, world.class_id)
    fields = {"code": "2024-TL-02", "institution_id": world.organisations[institution]}
    second = TrainingClass(**first.model_dump(exclude={"id"}) | fields)
    session.add(second)
    session.flush()
    using.note_taught(session, f"class:{second.id}", second.institution_id)
    return second.id or 0


@pytest.mark.parametrize(("institution", "code"), [("institution", "tied_to_institution"), ("institution2", "done")])
def test_whoever_has_a_relative_there_makes_no_paper_for_its_classes(
    prepared: World, institution: str, code: str
) -> None:
    with database.reading() as session:
        class_id = second_class(session, prepared, institution)
        declare(session, prepared, "assembler", draft(prepared, TieKind.RELATIVE))
        assembler, said, exam_on = prepared.actor(session, "assembler"), "done", worlds.STARTS_AT.date()
        try:
            assembling.assemble_paper(session, assembler, class_id, seed=8, exam_on=exam_on, now=NOW)
        except errors.Refused as error:
            said = error.code

        assert said == code


def test_whoever_has_a_relative_there_is_not_assigned_to_proctor(prepared: World) -> None:
    with database.reading() as session:
        arranger, account = prepared.actor(session, "arranger"), prepared.accounts["proctor_elsewhere"]
        person = session.get_one(Account, account).person_id

        def judged() -> set[str]:
            return {one.code for one in using.may_use_duty(session, person, Duty.PROCTOR, f"class:{prepared.class_id}")}

        assert judged() == {"allowed"}
        declare(session, prepared, "proctor_elsewhere", draft(prepared, TieKind.RELATIVE))

        assert judged() == {"allowed", "tied_to_institution"}
        with pytest.raises(errors.Refused) as error:
            arranging.assign_proctor(session, arranger, prepared.sitting_id, account, now=NOW)
        assert error.value.code == "tied_to_institution"


# --- who declares, and who withdraws ---


def test_an_officer_records_what_is_known_of_another(standing: World) -> None:
    with database.reading() as session:
        tie = draft(standing, TieKind.RELATIVE)
        account = standing.accounts["author"]
        declaring.declare_for(session, standing.actor(session, "planner"), account, tie, now=NOW)
        with pytest.raises(errors.RightMissing):
            declaring.declare_for(session, standing.actor(session, "arranger"), account, tie, now=NOW)

        (line,) = queries.lines(session)
        assert (line.person, line.organisation, line.tie.kind) == ("author", "培训中心", "relative")
        with pytest.raises(errors.WrongState) as again:
            declare(session, standing, "author", tie)
        assert again.value.code == "tie_known"


def attempt(act: Any) -> str:
    try:
        act()
    except (errors.Refused, errors.WrongState) as error:
        return error.code
    return "done"


def test_withdrawing_takes_two_others(standing: World) -> None:
    with database.reading() as session:
        # Whoever works there could not even ask; a relative leaves the planner at work.
        one = declare(session, standing, "planner", draft(standing, TieKind.RELATIVE))
        other = declare(session, standing, "author", draft(standing, TieKind.EMPLOYED))
        planner, administrator = standing.actor(session, "planner"), standing.actor(session, "administrator")

        def ask(actor: Any, tie: int) -> str:
            return attempt(lambda: declaring.propose_withdrawal(session, actor, tie, "登记有误", now=NOW))

        def decide(actor: Any, tie: int, approve: bool = True) -> str:
            return attempt(lambda: declaring.decide_withdrawal(session, actor, tie, approve=approve, now=NOW))

        assert [ask(planner, one), decide(administrator, one)] == ["tie_own", "tie_no_proposal"]
        assert [ask(administrator, one), ask(administrator, one)] == ["done", "tie_withdrawal_waits"]
        assert [decide(administrator, one), decide(planner, one)] == ["tie_same_person", "tie_own"]
        assert [ask(administrator, other), decide(planner, other, approve=False)] == ["done", "done"]
        assert session.get_one(Tie, other).withdrawn_at is None
        assert [ask(planner, other), decide(administrator, other)] == ["done", "done"]
        assert [ask(planner, other), decide(planner, other)] == ["tie_withdrawn", "tie_no_proposal"]
        assert standing.actor(session, "author").duties == {Duty.AUTHOR}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"withdrawn_at": NOW, "withdrawn_by": 2}, id="withdrawn by one"),
        pytest.param(
            {"withdrawn_at": NOW, "withdrawn_by": 2, "withdrawal_proposed_at": NOW, "withdrawal_proposed_by": 2},
            id="withdrawn by one twice",
        ),
        pytest.param({"withdrawal_proposed_at": NOW, "withdrawal_proposed_by": 1}, id="by oneself"),
        pytest.param({"until": date(2019, 1, 1)}, id="backwards"),
        pytest.param({"kind": "friend"}, id="no such tie"),
    ],
)
def test_the_database_refuses_it_too(standing: World, fields: dict[str, Any]) -> None:
    whole = {"person_id": 1, "declared_at": NOW, "declared_by": "account:1", "since": date(2020, 1, 1)}
    whole |= {"organisation_id": standing.organisations["institution"], "kind": "relative"}
    with database.reading() as session:
        session.add(Tie(**whole))
        session.flush()
        session.add(Tie(**whole | {"kind": "employed"} | fields))
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()


def test_ties_through_the_api_and_their_page(standing: World) -> None:
    browser = Browser(application())
    body = {"organisation_id": standing.organisations["institution"], "kind": "relative", "since": "2020-01-01"}

    said = browser.of("proctor1").post("/api/v1/ties/own", json=body)
    assert (said.status_code, said.json()["organisation"], said.json()["until"]) == (201, "培训中心", None)
    assert browser.of("proctor1").post("/api/v1/ties/own", json=body).json()["code"] == "tie_known"
    wrong = body | {"organisation_id": standing.organisations["county"]}
    assert browser.of("proctor1").post("/api/v1/ties/own", json=wrong).status_code == 404
    backwards = body | {"kind": "employed", "until": "2019-01-01"}
    assert browser.of("proctor1").post("/api/v1/ties/own", json=backwards).json()["code"] == "tie_backwards"
    tie = said.json()["id"]
    assert [one["id"] for one in browser.of("proctor1").get("/api/v1/ties/own").json()] == [tie]
    assert browser.of("proctor2").get("/api/v1/ties/own").json() == []
    assert browser.of("proctor2").get("/api/v1/ties").status_code == 403

    place, reason = f"/api/v1/ties/{tie}/withdrawal", {"reason": "登记有误"}
    assert browser.of("planner").post(place, json=reason).status_code == 200
    own, officers = (browser.of(who).get("/ties").text for who in ("proctor1", "planner"))
    assert "proctor1" in own and "登记他人的关联" not in own and "登记有误" in own
    assert "登记他人的关联" in officers and "撤销须由两人办理" in officers
    done = browser.of("administrator").post(f"{place}/decision", json={"approve": True})
    assert done.json()["withdrawn_at"] is not None
