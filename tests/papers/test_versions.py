"""Versions of a blueprint: drafted by one, approved by another, and only an approved one assembles."""

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers import queries
from service.papers.actions import assembling, drafting
from service.papers.rules import blueprint
from service.papers.rules.differences import Difference, differences
from service.papers.rules.versions import BlueprintState
from service.papers.tables import Blueprint
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.papers.test_blueprint import RAW
from tests.world import PREPARED_AT, STARTS_AT, World

ROLE = TraineeRole.TEAM_LEADER


def in_force(session: Session) -> int:
    found = queries.blueprint(session, ROLE)
    assert found is not None
    return found.number


def draft(session: Session, world: World, by: str = "assembler", **change: Any) -> Blueprint:
    return drafting.draft_blueprint(session, world.actor(session, by), deepcopy(RAW) | change, now=PREPARED_AT)


def judge(session: Session, world: World, row: Blueprint, *, approve: bool = True, by: str = "approver") -> Blueprint:
    actor, reason = world.actor(session, by), "" if approve else "合格分没有依据"
    return drafting.judge_blueprint(session, actor, row.id or 0, approve=approve, reason=reason, now=PREPARED_AT)


def story(session: Session, row: Blueprint) -> list[str]:
    return [entry.event for entry in journal.about(session, f"blueprint:{row.id}")]


def test_a_draft_is_in_force_once_a_second_person_approves_it_and_the_one_before_is_not(staffed: World) -> None:
    with database.writing() as session:
        first = judge(session, staffed, draft(session, staffed))
        second = draft(session, staffed, pass_points=70)
        assert in_force(session) == 1

        judge(session, staffed, second)

        assert in_force(session) == 2
        assert (first.state, second.state) == (BlueprintState.SUPERSEDED, BlueprintState.APPROVED)
        assert (second.judged_at, second.judged_by != second.set_by) == (PREPARED_AT, True)
        assert story(session, second) == ["BLUEPRINT_SET", "BLUEPRINT_APPROVED"]


def test_a_draft_that_is_sent_back_leaves_the_one_before_in_force_and_may_come_again(staffed: World) -> None:
    with database.writing() as session:
        judge(session, staffed, draft(session, staffed))
        second = judge(session, staffed, draft(session, staffed, pass_points=70), approve=False)
        assert (in_force(session), second.state, second.judgement) == (1, "returned", "合格分没有依据")
        assert story(session, second) == ["BLUEPRINT_SET", "BLUEPRINT_RETURNED"]
        with pytest.raises(errors.WrongState, match=r"^blueprint_state:"):
            judge(session, staffed, second)

        third = draft(session, staffed, pass_points=70)

        assert (third.number, third.state) == (3, "drafted")


def test_whoever_drafted_a_version_does_not_judge_it_under_whatever_account(staffed: World) -> None:
    with database.writing() as session:
        guardian = staffed.actor(session, "security")
        for username, duty in (("assembler", Duty.APPROVE), ("approver", Duty.ASSEMBLE)):
            administering.grant_duty(session, guardian, staffed.accounts[username], duty, now=PREPARED_AT)
        own = draft(session, staffed)
        for approve in (True, False):
            with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
                judge(session, staffed, own, approve=approve, by="assembler")
        assert own.state == BlueprintState.DRAFTED

        # It was this version that was refused them, not the duty.
        other = draft(session, staffed, by="approver", pass_points=70)
        assert judge(session, staffed, other, by="assembler").state == BlueprintState.APPROVED


def test_no_paper_is_assembled_from_a_draft(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        held = queries.blueprint(session, ROLE)
        assert held is not None
        held.state = BlueprintState.SUPERSEDED
        session.add(held)
        waiting = draft(session, world)
        session.flush()
        assembler = world.actor(session, "assembler")
        with pytest.raises(errors.WrongState, match=r"^blueprint_missing:"):
            assembling.assemble_paper(
                session, assembler, other.class_id, seed=1, exam_on=STARTS_AT.date(), now=PREPARED_AT
            )
        assert waiting.state == BlueprintState.DRAFTED


@pytest.mark.parametrize("state", ["approved", "drafted"])
def test_the_database_keeps_one_version_in_force_and_one_that_waits(staffed: World, state: str) -> None:
    with database.reading() as session:
        first, second = draft(session, staffed), draft(session, staffed, pass_points=70)
        first.state = second.state = state
        session.add_all([first, second])
        with pytest.raises(IntegrityError):
            session.flush()


def test_what_a_version_changes_is_said_setting_by_setting() -> None:
    before = blueprint.parse(RAW)
    raw = deepcopy(RAW) | {"pass_points": 70, "enemies": [["WSL-001", "WSL-002"]], "tags": {"critical": [1, 5]}}
    raw["cells"]["work-safety-law"]["single"] = 19
    raw["difficulty"]["easy"] = 16

    assert list(differences(before, before)) == []
    assert list(differences(before, blueprint.parse(raw))) == [
        Difference("cells", ("work-safety-law", "single"), 20, 19),
        Difference("ranges", ("band", "easy"), "13–17", "14–18"),
        Difference("ranges", ("tag", "critical"), None, "1–5"),
        Difference("enemies", ("WSL-001", "WSL-002"), None, "×"),
        Difference("pass_points", (), 80, 70),
    ]


def test_over_http_and_on_the_pages_two_people_put_a_version_in_force(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(PREPARED_AT)
    assembler, approver, path = browser.of("assembler"), browser.of("approver"), "/api/v1/papers/blueprints"
    (held,) = [one for one in assembler.get(path).json() if one["role"] == ROLE]
    drafted = assembler.put(path, json=held["body"] | {"pass_points": 75}).json()
    page = f"/papers/blueprints/{drafted['id']}"
    judgement = f"{path}/{drafted['id']}/judgement"

    assert (drafted["number"], drafted["state"]) == (2, "drafted")
    assert "合格分" in approver.get(page).text and "与第1版的差别" in approver.get(page).text
    assert assembler.post(judgement, json={"approve": True}).json()["code"] == "right_missing"
    assert approver.post(judgement, json={"approve": True}).json()["state"] == "approved"
    assert [(one["number"], one["state"]) for one in assembler.get(path).json() if one["role"] == ROLE] == [
        (2, "approved"),
        (1, "superseded"),
    ]
    assert assembler.get(f"{path}/{drafted['id']}").json()["body"]["pass_points"] == 75
    assert [approver.get(f"{path}/999").status_code, approver.get("/papers/blueprints/999").status_code] == [404, 404]
    for username in ("institution", "proctor1", "author"):
        assert browser.of(username).get(page).status_code == 403
        assert browser.of(username).get(path).json()["code"] == "right_missing"
