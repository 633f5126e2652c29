"""Assembly outside of requests: asked for, done by a process of its own, cancelled, died and begun anew."""

import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from service.access.actions import administering, using
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.access.rules.separation import TEACH
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers import queries
from service.papers.actions import assembling, jobs, ordering, runs, seeds, working
from service.papers.actions.jobs import Wanted
from service.papers.actions.stock import Stock, gather
from service.papers.rules.assembly import Mode
from service.papers.rules.jobs import DEAD_AFTER, JobKind
from service.papers.rules.states import Form
from service.papers.tables import Job, Paper, Run
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted as WantedClass
from tests.papers.classes import open_class
from tests.papers.test_life import item_codes
from tests.world import PREPARED_AT, STARTS_AT, World

EXAM_DAY = STARTS_AT.date()
PATH = "/api/v1/papers/jobs"
PATIENCE = 60.0


def wanted(*class_ids: int, kind: JobKind = JobKind.ASSEMBLE, blueprint_id: int | None = None) -> Wanted:
    return Wanted(kind, EXAM_DAY, 5, class_ids, blueprint_id)


def ask(session: Session, world: World, asked: Wanted, by: str = "assembler") -> tuple[Job, bool]:
    return jobs.ask(session, world.actor(session, by), asked, now=PREPARED_AT)


def done(code: str, *, keep: bool = True) -> working.Done:
    """What the process does, within this one."""
    with database.reading() as session:
        task = working.task_of(session, code)
    found = working.do(task, lambda *_: None)
    if keep:
        with database.writing() as session:
            assert working.keep(session, code, task, found, now=PREPARED_AT)
    return found


def claim(worker: str = "here:1", *, after: timedelta = timedelta()) -> str | None:
    with database.writing() as session:
        return jobs.claim(session, worker, now=PREPARED_AT + after)


def ended(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job once its process has left it."""
    until = time.monotonic() + PATIENCE
    while job["state"] in {"queued", "running"}:
        assert time.monotonic() < until, job
        time.sleep(0.1)
        job = client.get(f"{PATH}/{job['code']}").json()
    return job


@pytest.fixture
def others(world: World) -> list[int]:
    """Two more classes of team leaders and one of safety officers."""
    kinds = [("2024-TL-02", TraineeRole.TEAM_LEADER, 100), ("2024-TL-03", TraineeRole.TEAM_LEADER, 120)]
    kinds.append(("2024-SO-01", TraineeRole.SAFETY_OFFICER, 140))
    with database.writing() as session:
        return [
            open_class(session, world, WantedClass(code, role=role, first_number=first)).class_id
            for code, role, first in kinds
        ]


def test_a_process_of_its_own_assembles_what_was_asked_for(
    world: World, others: list[int], browser: Browser, clock: Clock
) -> None:
    clock.set(PREPARED_AT)
    assembler = browser.of("assembler")
    body = {"class_ids": others[:1], "seed": 5, "exam_on": EXAM_DAY.isoformat()}

    asked = assembler.post(PATH, json=body)

    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert asked.json()["class_ids"] == others[:1]
    job = ended(assembler, asked.json())
    assert (job["state"], job["fault"]) == ("done", "")
    (paper_id,) = job["result"]["papers"]
    paper = browser.of("approver").get(f"/api/v1/papers/{paper_id}").json()
    assert (paper["class_id"], paper["state"]) == (others[0], "assembled")
    page = browser.of("approver").get(f"/papers/jobs/{job['code']}")
    assert (page.status_code, f"/papers/{paper_id}" in page.text) == (200, True)
    with database.reading() as session:
        made = session.get_one(Paper, paper_id)
        # What the other process made is what this one makes of the same seed.
        line = ordering.line(session, queries.blueprint_by_id(session, made.blueprint_id), others[:1])
        ordered = ordering.Order((line,), gather(session, [line.blueprint], EXAM_DAY), EXAM_DAY)
        assert ordered.stock.snapshot == made.recipe["bank_snapshot"]
        again = ordering.compute(ordered, 5).papers[0][0].forms
        assert item_codes(session, made) == {letter: [one.code for one in items] for letter, items in again.items()}
        assert [entry.event for entry in journal.about(session, f"job:{job['code']}")] == ["ASSEMBLY_ASKED"]
    for username in ("institution", "proctor1", "author"):
        assert browser.of(username).get(f"{PATH}/{job['code']}").json()["code"] == "right_missing"
        assert browser.of(username).post(PATH, json=body).json()["code"] == "right_missing"
    assert browser.of("approver").delete(f"{PATH}/{job['code']}").json()["code"] == "right_missing"
    assert assembler.delete(f"{PATH}/{job['code']}").json()["code"] == "job_state"
    assert assembler.get(f"{PATH}/nothing").status_code == 404


def test_several_classes_at_once_share_one_target_and_one_recipe_each(world: World, others: list[int]) -> None:
    with database.writing() as session:
        code = ask(session, world, wanted(*others))[0].code
    assert claim() == code
    done(code)

    with database.reading() as session:
        papers = [queries.paper_of_class(session, one) for one in others]
        made = [one for one in papers if one is not None]
        assert len(made) == 3 and {one.recipe["classes"] for one in made} == {3}
        assert len({one.run_id for one in made}) == 1
        leaders = [one for one in made if one.class_id in others[:2]]
        assert leaders[0].proof["target"] == leaders[1].proof["target"]
        kept = queries.target(session, leaders[0].blueprint_id)
        assert kept is not None and kept.body == leaders[0].proof["target"]
        assert all(one.proof["sound"] and one.proof["shared_between_forms"] == 0 for one in made)
        # One seed for all, of which each holds and commits to a part.
        assert {seeds.gather(session, one).seed for one in made} == {5}
        assert len({one.recipe["seed_commitment"] for one in made}) == 3
        assert session.get_one(Job, code).seed_sealed is None


def test_the_stock_that_an_assembly_saw_is_kept_and_sealed(world: World) -> None:
    with database.reading() as session:
        paper = session.get_one(Paper, world.paper_id)
        run = session.get_one(Run, paper.run_id)
        stock = runs.stock_of(run)
        assert len(stock) == paper.recipe["bank_items"] and {one.used for one in stock} == {0}
        assert run.classes == [[world.class_id, paper.blueprint_id]]
        assert stock[0].code.encode() not in run.stock_sealed
        line = ordering.line(session, queries.blueprint_by_id(session, paper.blueprint_id), [world.class_id])
        ordered = ordering.Order((line,), Stock(tuple(stock), paper.recipe["bank_snapshot"]), EXAM_DAY)
        forms = ordering.compute(ordered, 7).papers[0][0].forms
        digests = {letter: assembling.digest_of(items) for letter, items in forms.items()}
        assert digests == paper.recipe["forms"]
        assert set(digests) == set(Form)


def test_a_second_paper_is_fitted_to_the_target_that_the_first_one_fixed(world: World, others: list[int]) -> None:
    with database.writing() as session:
        fixed = session.get_one(Paper, world.paper_id).proof["target"]
        assembler = world.actor(session, "assembler")
        second = assembling.assemble_paper(session, assembler, others[0], seed=1, exam_on=EXAM_DAY, now=PREPARED_AT)

        # Half of the best items are used by now, so a target of its own would be another one.
        assert json.loads(json.dumps(second.proof["target"])) == fixed
        ordered = ordering.order(session, [others[1]], EXAM_DAY)
        outcome = ordering.compute(ordered, 2)
        moved = replace(outcome, targets=(replace(outcome.targets[0], pass_expected_milli=1),))
        with pytest.raises(errors.WrongState, match=r"^blueprint_changed:"):
            assembling.keep(session, assembler, ordered, moved, seed=2, now=PREPARED_AT)


# --- asking, waiting, cancelling ---


def test_asking_again_gives_the_same_job_and_asking_for_one_of_its_classes_is_refused(
    world: World, others: list[int]
) -> None:
    with database.writing() as session:
        first, begins = ask(session, world, wanted(*others[:2]))
        again, anew = ask(session, world, wanted(*reversed(others[:2])))
        assert (again.code, begins, anew) == (first.code, True, False)
        with pytest.raises(errors.WrongState, match=r"^job_under_way:"):
            ask(session, world, wanted(others[0]))
        other, begins = ask(session, world, wanted(others[2]))
        assert (other.code != first.code, begins) == (True, True)


REFUSED = [
    pytest.param(lambda _: [], errors.Malformed, "classes_counted", id="no class"),
    pytest.param(lambda _: [9999], errors.NotFound, "not_found", id="a class that is not there"),
    pytest.param(lambda world: [world.class_id], errors.WrongState, "paper_exists", id="a class that has a paper"),
]


@pytest.mark.parametrize(("classes", "error", "code"), REFUSED)
def test_what_cannot_be_assembled_is_refused_before_anything_begins(
    world: World, classes: Any, error: type[errors.ServiceError], code: str
) -> None:
    with database.reading() as session:
        with pytest.raises(error, match=rf"^{code}:"):
            ask(session, world, wanted(*classes(world)))
        assert queries.jobs(session) == []


def test_whoever_teaches_a_class_or_lacks_the_duty_asks_for_nothing(world: World, others: list[int]) -> None:
    with database.reading() as session:
        person = world.actor(session, "assembler").person_id or 0
        using.note_deed(session, person, TEACH, f"class:{others[0]}", now=PREPARED_AT)
        with pytest.raises(errors.Refused, match=r"^works_for_institution:"):
            ask(session, world, wanted(others[0]))
        with pytest.raises(errors.RightMissing):
            ask(session, world, wanted(others[1]), by="approver")


def test_one_job_runs_at_a_time_and_the_next_one_takes_its_turn(world: World, others: list[int]) -> None:
    with database.writing() as session:
        first = ask(session, world, wanted(others[0]))[0].code
        second = jobs.ask(
            session, world.actor(session, "assembler"), wanted(others[1]), now=PREPARED_AT + timedelta(seconds=1)
        )[0].code
    assert claim() == first
    assert claim("there:2") is None
    done(first)
    assert claim("there:2") == second
    assert claim("there:2") is None


def test_a_cancelled_job_stops_at_the_next_note_and_keeps_nothing(world: World, others: list[int]) -> None:
    with database.writing() as session:
        code = ask(session, world, wanted(others[0]))[0].code
    claim()
    with database.writing() as session:
        assert jobs.note_progress(session, code, 1, 2, "fit", now=PREPARED_AT)
        jobs.cancel(session, world.actor(session, "assembler"), code, now=PREPARED_AT)
    with database.writing() as session:
        assert not jobs.note_progress(session, code, 2, 2, "fit", now=PREPARED_AT)
        assert queries.paper_of_class(session, others[0]) is None
        assert [entry.event for entry in journal.about(session, f"job:{code}")] == [
            "ASSEMBLY_ASKED", "ASSEMBLY_CANCELLED",
        ]  # fmt: skip
        # The place is free: the same classes can be asked for anew.
        assert ask(session, world, wanted(others[0]))[1]


def test_a_process_that_died_is_told_and_its_job_can_be_asked_for_anew(world: World, others: list[int]) -> None:
    with database.writing() as session:
        code = ask(session, world, wanted(others[0]))[0].code
    claim("here:1")
    with database.writing() as session:
        jobs.note_death(session, "there:9", code, now=PREPARED_AT)
        assert session.get_one(Job, code).state == "running", "another process has died"
        jobs.note_death(session, "here:1", code, now=PREPARED_AT)
        assert (session.get_one(Job, code).state, session.get_one(Job, code).fault_code) == ("failed", "job_died")
        assert [entry.event for entry in journal.about(session, f"job:{code}")][-1] == "ASSEMBLY_FAILED"
        again, begins = ask(session, world, wanted(others[0]))
        assert (again.code != code, begins) == (True, True)


def test_what_has_been_silent_for_long_gives_its_place_away(
    world: World, others: list[int], browser: Browser, clock: Clock
) -> None:
    with database.writing() as session:
        code = ask(session, world, wanted(others[0]))[0].code
        second = ask(session, world, wanted(others[1]))[0].code
    tick = timedelta(seconds=1)
    first = claim()
    assert first in {code, second}
    assert claim("there:2", after=DEAD_AFTER) is None
    clock.set(PREPARED_AT + DEAD_AFTER + tick)
    shown = browser.of("assembler").get(f"{PATH}/{first}").json()
    assert (shown["state"], shown["fault_code"]) == ("failed", "job_died")
    assert claim("there:2", after=DEAD_AFTER + tick) == ({code, second} - {first}).pop()


def test_whoever_lost_the_duty_meanwhile_keeps_no_paper(world: World, others: list[int]) -> None:
    with database.writing() as session:
        code = ask(session, world, wanted(others[0]))[0].code
    claim()
    with database.writing() as session:
        guardian = world.actor(session, "security")
        administering.revoke_duty(session, guardian, world.accounts["assembler"], Duty.ASSEMBLE, now=PREPARED_AT)
    with pytest.raises(errors.RightMissing):
        done(code)
    with database.reading() as session:
        assert queries.paper_of_class(session, others[0]) is None


def test_a_shortage_ends_the_job_with_its_sentence(world: World, others: list[int], browser: Browser) -> None:
    body = {"class_ids": others[:1], "exam_on": "2025-11-20"}

    job = ended(browser.of("assembler"), browser.of("assembler").post(PATH, json=body).json())

    assert (job["state"], job["fault_code"]) == ("failed", "stock_short")
    assert "coal-mine-safety-regulations × 单选题: 18 / 0" in job["fault"]
    with database.reading() as session:
        assert session.exec(select(Paper).where(Paper.class_id == others[0])).first() is None


# --- trying and judging ---


def test_a_trial_shows_figures_and_keeps_nothing_but_a_line_in_the_journal(world: World) -> None:
    with database.writing() as session:
        before = len(queries.papers(session))
        plan = queries.blueprint(session, TraineeRole.TEAM_LEADER)
        assert plan is not None
        asked = Wanted(JobKind.TRY, EXAM_DAY, 5, (), plan.id, Mode.QUICK)
        code = ask(session, world, asked)[0].code
    claim()
    found = done(code).result

    assert found["proof"]["forms"]["A"]["points"] == 100
    with database.reading() as session:
        assert len(queries.papers(session)) == before
        assert [entry.event for entry in journal.about(session, f"job:{code}")] == ["BLUEPRINT_TRIED"]


def test_all_classes_that_wait_are_judged_together(world: World, others: list[int]) -> None:
    with database.writing() as session:
        code = ask(session, world, wanted(kind=JobKind.JUDGE))[0].code
    claim()
    found = done(code).result

    assert found["classes"] == {"safety_deputy": 1, "safety_officer": 1, "team_leader": 2}
    assert (found["feasible"], found["shortages"], found["missing"]) == (True, [], 0)
    # The bank is too small for eight forms of fifty without a common item: so much would have to be written.
    assert found["overlap_bound"] > 0
    assert sum(one["missing"] for one in found["apart"]) > 0
    assert all(one["needed"] - one["available"] == one["missing"] for one in found["apart"])
