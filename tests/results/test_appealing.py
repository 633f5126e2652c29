"""Appeals: by the candidate within the window, decided by two who had no hand in the results, and answered."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import Session

from service.journal import queries as journal
from service.kernel import database, errors
from service.results import queries
from service.results.actions import appealing, looking
from service.results.actions.looking import Key
from service.results.queries import editions
from service.results.rules import Scored, Verdict
from service.results.rules import appealing as rules
from service.results.rules.appealing import AppealState
from service.results.tables import Appeal
from service.sittings import queries as sittings
from tests import world as worlds
from tests.conftest import Browser, Clock, Staged
from tests.results.exams import Fate, answers_losing, colleagues, derived, keys_of, publish, sit
from tests.world import AFTER, World

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A published class; ``failed`` lost 22 points and ``lost`` are the positions where."""

    world: World
    failed: int
    keys: dict[int, dict[str, str]]
    lost: dict[int, int]

    @property
    def body(self) -> dict[str, str]:
        return self.keys[self.failed] | {"reason": "第一题我选的是对的"}


@pytest.fixture
def case(staged: Staged) -> Case:
    return staged(published, AFTER)


def published(session: Session, world: World) -> Case:
    fates = dict(zip(world.seats, [Fate.FAILED, *[Fate.PASSED] * 4, Fate.ABSENT], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    publish(session, world, AFTER)
    colleagues(session, world)
    asked = keys_of(session, world.sitting_id)
    right = answers_losing(session, world.sitting_id, 22)
    keys = {}
    for seat_id in world.seats:
        seat = sittings.seat(session, seat_id)
        assert seat is not None
        keys[seat_id] = {"ticket_number": seat.ticket_number, "id_tail": world.citizen_ids[seat.trainee_id][-6:]}
    lost = {at: points for at, (_, points) in asked.items() if at not in right}
    return Case(world, world.seats[0], keys, lost)


def file(session: Session, case: Case, seat_id: int | None = None) -> int:
    key = case.keys[seat_id or case.failed]
    seat = looking.enter(session, Key(**key), "here", now=AFTER)
    return appealing.file(session, seat, "理由", now=AFTER).id or 0


def propose(session: Session, case: Case, appeal_id: int, changes: dict[int, int], by: str = "confirmer2") -> Appeal:
    actor = case.world.actor(session, by)
    return appealing.propose(session, actor, appeal_id, changes, "复核了原卷", now=AFTER + DAY)


def decide(session: Session, case: Case, appeal_id: int, *, uphold: bool = True, by: str = "publisher2") -> Appeal:
    actor = case.world.actor(session, by)
    return appealing.decide(session, actor, appeal_id, uphold=uphold, note="答复", now=AFTER + DAY)


@pytest.mark.parametrize(
    ("verdict", "days", "filed", "code"),
    [
        pytest.param(Verdict.FAILED, 0, False, "allowed", id="at once"),
        pytest.param(Verdict.VOID, 14, False, "allowed", id="on the last day"),
        pytest.param(Verdict.PASSED, 15, False, "appeal_late", id="the window is over"),
        pytest.param(Verdict.FAILED, 1, True, "appeal_filed", id="twice"),
        pytest.param(Verdict.ABSENT, 0, False, "nothing_to_appeal", id="never came"),
    ],
)
def test_when_one_may_appeal(verdict: Verdict, days: int, filed: bool, code: str) -> None:
    assert rules.may_file(verdict, AFTER, AFTER + days * DAY, days=15, filed=filed).code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [({}, "allowed"), ({1: 0}, "allowed"), ({1: 2}, "allowed"), ({1: 3}, "points_beyond"), ({2: 1}, "item_not_asked")],
)
def test_what_an_answer_may_set(changes: dict[int, int], code: str) -> None:
    assert rules.may_change({1: Scored("A", 0, 2)}, changes).code == code


def test_an_answer_that_changes_points_is_a_correction(case: Case, browser: Browser) -> None:
    position = max(case.lost, key=lambda at: case.lost[at])
    with database.writing() as session:
        before = derived(session, case.world)
        appeal_id = file(session, case)
        propose(session, case, appeal_id, {position: case.lost[position]})
        assert derived(session, case.world) == before

        decide(session, case, appeal_id)

        found = queries.result_of_seat(session, case.failed)
        assert found is not None
        assert (found.points, found.version, found.state) == (78 + case.lost[position], 2, "published")
        assert [one.cause for one in editions.of_class(session, case.world.class_id)] == ["published", "appeal"]
        told = [one for one in journal.about(session, f"seat:{case.failed}") if one.event.startswith("APPEAL")]
        assert [one.event for one in told] == ["APPEAL_FILED", "APPEAL_PROPOSED", "APPEAL_DECIDED"]
        assert all("理由" not in one.data and "答复" not in one.data for one in told)
        assert json.loads(told[1].data)["positions"] == [position]
    page = browser.stranger().post("/my-result", data=case.keys[case.failed]).text
    assert "答复" in page and "已答复" in page and "第2版" in page


def test_an_answer_may_find_the_marking_right(case: Case) -> None:
    with database.writing() as session:
        before, appeal_id = derived(session, case.world), file(session, case)
        propose(session, case, appeal_id, {})
        answered = decide(session, case, appeal_id)

        assert (answered.state, answered.answer, derived(session, case.world)) == ("answered", "答复", before)


def test_who_does_not_agree_has_it_looked_into_anew(case: Case) -> None:
    with database.writing() as session:
        appeal_id = file(session, case)
        propose(session, case, appeal_id, {next(iter(case.lost)): 0})
        back = decide(session, case, appeal_id, uphold=False)

        assert (back.state, back.changes, back.proposed_by) == (AppealState.FILED, {}, None)
        propose(session, case, appeal_id, {})
        assert decide(session, case, appeal_id).state == AppealState.ANSWERED


def test_nobody_who_confirmed_or_published_and_not_one_person_alone(case: Case) -> None:
    with database.writing() as session:
        appeal_id = file(session, case)
        with pytest.raises(errors.Refused, match=r"^own_work:"):
            propose(session, case, appeal_id, {}, by="confirmer")
        with pytest.raises(errors.WrongState, match=r"^appeal_state:"):
            decide(session, case, appeal_id)
        propose(session, case, appeal_id, {})
        with pytest.raises(errors.Refused, match=r"^own_work:"):
            decide(session, case, appeal_id, by="publisher")
        with pytest.raises(errors.RightMissing):
            decide(session, case, appeal_id, by="confirmer2")
        with pytest.raises(errors.WrongState, match=r"^appeal_state:"):
            propose(session, case, appeal_id, {})


def test_the_sheet_is_marked_again_by_its_key_for_who_may_decide(case: Case, browser: Browser) -> None:
    with database.writing() as session:
        appeal_id = file(session, case)
    path = f"/api/v1/results/appeals/{appeal_id}/marks"

    compared = browser.of("confirmer2").get(path).json()

    assert sum(one["points"] for one in compared) == 78
    assert [one for one in compared if one["points"] != one["by_key"]] == []
    assert {one["position"] for one in compared if one["choice"] == ""} == set(case.lost)
    assert browser.of("confirmer").get(path).json()["code"] == "own_work"
    assert browser.of("institution").get(path).status_code == 403


def test_over_http_from_the_phone_to_the_answer(case: Case, browser: Browser, clock: Clock) -> None:
    stranger = browser.stranger()
    place = "/api/v1/results/own/appeal"
    assert stranger.post(place, json=case.body | {"id_tail": "000000"}).json()["code"] == "own_result_unknown"
    assert stranger.post(place, json=case.body | {"reason": ""}).status_code == 422
    assert "申请复核" in stranger.post("/my-result", data=case.keys[case.failed]).text
    filed = stranger.post(place, json=case.body)
    assert filed.status_code == 201
    assert stranger.post(place, json=case.body).json()["code"] == "appeal_filed"
    appeal = f"/api/v1/results/appeals/{filed.json()['appeal_id']}"
    first, second = browser.of("confirmer2"), browser.of("publisher2")
    assert [one["reason"] for one in first.get("/api/v1/results/appeals").json()] == ["第一题我选的是对的"]
    page = f"/results/appeals/{filed.json()['appeal_id']}"
    assert f"{appeal}/proposal" in first.get(page).text and f"{appeal}/decision" not in first.get(page).text
    assert "您确认或发布过本班次的成绩" in browser.of("confirmer").get(page).text

    position = next(iter(case.lost))
    body = {"changes": {str(position): case.lost[position] + 1}, "finding": "复核"}
    assert first.post(f"{appeal}/proposal", json=body).json()["code"] == "points_beyond"
    assert first.post(f"{appeal}/proposal", json=body | {"changes": {}}).json() == {"state": "proposed"}
    assert second.post(f"{appeal}/decision", json={"uphold": True, "note": "评分无误"}).json() == {"state": "answered"}

    with database.writing() as session:
        worlds.has_relative(session, case.world, "confirmer2")
    assert (first.get("/api/v1/results/appeals").json(), len(second.get("/api/v1/results/appeals").json())) == ([], 1)
    assert "第一题我选的是对的" not in first.get("/results/appeals").text
    for path in (page, f"{appeal}/marks"):
        assert (first.get(path).status_code, "有已申报的关联" in first.get(path).text) == (403, True)

    assert "评分无误" in stranger.post("/my-result", data=case.keys[case.failed]).text
    clock.set(AFTER + 16 * DAY)
    other = case.keys[case.world.seats[1]] | {"reason": "理由"}
    assert stranger.post(place, json=other).json()["code"] == "appeal_late"


@pytest.mark.parametrize("who", [None, "institution", "enterprise", "supervisor", "auditor", "planner", "proctor1"])
def test_strangers_neither_see_nor_decide_appeals(case: Case, browser: Browser, who: str | None) -> None:
    with database.writing() as session:
        appeal_id = file(session, case)
    client = browser.of(who) if who else browser.stranger()
    path = f"/api/v1/results/appeals/{appeal_id}"

    told = [
        client.get("/api/v1/results/appeals").status_code,
        client.get(f"{path}/marks").status_code,
        client.post(f"{path}/proposal", json={"changes": {}, "finding": "意见"}).status_code,
        client.post(f"{path}/decision", json={"uphold": True, "note": "答复"}).status_code,
    ]

    assert told == [403 if who else 401] * 4
