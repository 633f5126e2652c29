"""The proof of separation finds nothing in the rules as they are, and a hole wherever one of them is taken out.

A hole comes with the acts that lead to it, so that whoever opened it sees what an administrator could have done.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from service.access.rules import attesting, policy, proving, separation
from service.access.rules.duties import EXAM_DUTIES, HOLDERS, NEVER_WITH_TRAINING, Duty
from service.access.rules.people import OrganisationKind as Kind
from service.access.rules.policy import RIGHTS, Reach, Right
from service.access.rules.proving import WORLDS, Hole
from service.access.rules.separation import EXCLUSIONS, Exclusion, Scope
from service.cli import app
from service.kernel.decision import ALLOWED
from service.kernel.guards import declared_rights
from tests.conftest import application

GRANTS, DEEDS, QUESTIONS = WORLDS


def hole(world: proving.World) -> Hole:
    found = proving.search(world).hole
    assert found is not None, "the proof saw nothing"
    return found


def test_nothing_is_found_in_the_rules_as_they_are() -> None:
    ran = CliRunner().invoke(app, ["separation", "prove"])

    assert ran.exit_code == 0, ran.output
    grants, deeds, questions, policy_line, routes, verdict = ran.output.splitlines()
    assert grants.startswith("grants: ") and int(grants.split()[1]) > 10_000
    assert deeds.startswith("deeds: ") and int(deeds.split()[1]) > 5_000
    assert questions.startswith("questions: ") and int(questions.split()[1]) > 3_000
    assert policy_line == f"policy  {attesting.policy_digest()}"
    assert int(routes.split(", ")[1].split()[0]) == len(declared_rights(application()))
    assert verdict.startswith("separation holds: ")


@pytest.mark.parametrize("row", EXCLUSIONS, ids=lambda row: f"{row.first}-{row.second}-{row.scope}")
def test_without_a_row_its_pair_meets_in_one_person(monkeypatch: pytest.MonkeyPatch, row: Exclusion) -> None:
    monkeypatch.setattr(separation, "EXCLUSIONS", tuple(other for other in EXCLUSIONS if other is not row))

    turns = row.scope is Scope.EVERYWHERE and row.first in (separation.TEACH, Duty.SIT)
    found = hole(QUESTIONS if turns else GRANTS if row.scope is Scope.EVERYWHERE else DEEDS)

    first, second = sorted([row.first, row.second])
    did = f"did {first} and {second} to the same {row.scope}"
    if row.scope is Scope.EVERYWHERE:
        did = f"holds {first} and {second}"
    if turns:
        did = f"made questions and came to teach or sit: {first} and {second}"
    assert found.breach == f"one natural person {did}"
    assert len(found.acts) >= 2


def allow(*_: object, **__: object) -> Any:
    return ALLOWED


def per_account(*arguments: Any) -> Any:
    """Granting as if nobody asked what the person holds in other accounts."""
    kind, duty, _, employers = arguments
    return separation.first_refusal(
        separation.may_hold(kind, duty), separation.may_be_granted(duty, frozenset(), employers)
    )


def all_in_force(duties: Any, _: object) -> Any:
    return frozenset(map(Duty, duties))


def never_asked_again(duty: Any, held: object, employers: object, done: Any, scope: Any, **_: object) -> Any:
    return separation.may_act(duty, done, scope)


def deeds_forgotten(duty: Any, held: Any, employers: Any, done: object, scope: object, *, near: bool) -> Any:
    apart = separation.may_be_near(near)
    return separation.first_refusal(apart, separation.may_be_granted(duty, set(held) - {duty}, employers))


def deeds_unseen(duty: Any, done: object, scope: object) -> Any:
    return ALLOWED


@pytest.mark.parametrize(
    ("guard", "instead", "breach"),
    [
        pytest.param("may_join", allow, "who has an account of an institution holds", id="joining an institution"),
        pytest.param("may_receive", allow, "an account of an institution is charged with", id="granting"),
        pytest.param("may_receive", per_account, "one natural person holds", id="granting by account, not by person"),
        pytest.param("in_force", all_in_force, "who is tied to an institution by", id="looking while tied"),
        pytest.param("may_use", never_asked_again, "who is tied to an institution by", id="using while tied"),
        pytest.param("may_be_near", allow, "who is tied to an institution by a relative may use", id="near the class"),
        pytest.param("may_use", deeds_forgotten, "one natural person did", id="using after another deed"),
        pytest.param("may_act", deeds_unseen, "one natural person did", id="deeds, and the roster"),
        pytest.param("may_hold", allow, "an account of the", id="what a body may hold"),
        pytest.param("may_turn_to", allow, "one natural person made questions and came", id="turning to teach or sit"),
    ],
)
def test_without_a_guard_something_is_found(
    monkeypatch: pytest.MonkeyPatch, guard: str, instead: Callable[..., Any], breach: str
) -> None:
    monkeypatch.setattr(separation, guard, instead)

    found = next(one for one in proving.prove() if one.hole is not None).hole

    assert found is not None and found.breach.startswith(breach) and found.acts


@pytest.mark.parametrize("duty", sorted(NEVER_WITH_TRAINING))
def test_a_duty_that_ties_do_not_bar_is_found(monkeypatch: pytest.MonkeyPatch, duty: Duty) -> None:
    monkeypatch.setattr(separation, "NEVER_WITH_TRAINING", NEVER_WITH_TRAINING - {duty})

    found = hole(GRANTS)

    assert "institution" in found.breach and f"grant {duty} to the account" in " ".join(found.acts)


@pytest.mark.parametrize("kind", [Kind.INSTITUTION, Kind.ENTERPRISE])
@pytest.mark.parametrize("duty", sorted(EXAM_DUTIES))
def test_a_body_that_may_hold_what_it_must_not_is_found(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, duty: Duty
) -> None:
    monkeypatch.setattr(separation, "HOLDERS", {**HOLDERS, duty: HOLDERS[duty] | {kind}})
    # The tie to an institution would bar it too; this lock has to hold alone.
    monkeypatch.setattr(separation, "NEVER_WITH_TRAINING", NEVER_WITH_TRAINING - {duty})

    assert str(kind) in hole(GRANTS).breach


@pytest.mark.parametrize("right", [right for right, grants in RIGHTS.items() if grants.exam])
@pytest.mark.parametrize("duty", [Duty.ATTEND, Duty.DECLARE])
def test_a_right_that_an_outsiders_duty_carries_is_found(
    monkeypatch: pytest.MonkeyPatch, right: Right, duty: Duty
) -> None:
    wider = replace(RIGHTS[right], to={**RIGHTS[right].to, duty: Reach.ORGANISATION})
    # The flag that names the rights of the exam is not what the proof goes by.
    wider = replace(wider, exam=False)
    for module in (policy, proving):
        monkeypatch.setattr(module, "RIGHTS", {**RIGHTS, right: wider})

    found = hole(GRANTS)

    body = "institution" if duty is Duty.ATTEND else "enterprise"
    assert found.breach.endswith(f"has the right {right}") and body in found.breach
    assert any(f"the {body}" in fault for fault in attesting.route_breaches([("GET", "/anywhere", right)]))


def routes() -> list[attesting.Route]:
    return [(method, path, str(right)) for (method, path), right in declared_rights(application()).items()]


def test_each_route_of_the_exam_that_asks_for_too_little_is_found() -> None:
    declared = routes()
    assert list(attesting.route_breaches(declared)) == []

    unseen = []
    for method, path, right in declared:
        if RIGHTS[Right(right)].exam:
            faults = list(attesting.route_breaches([(method, path, Right.SIGNED_IN)]))
            unseen += [] if faults else [f"{method} {path}"]

    # Results lie beside what enterprises may read; their guard is the right alone, and the wall sends every caller.
    assert [one for one in unseen if "/results/classes/" not in one] == []


def test_the_digest_is_of_this_policy_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    before = attesting.policy_digest()
    assert before == attesting.policy_digest()
    monkeypatch.setattr(attesting, "EXCLUSIONS", EXCLUSIONS[1:])

    assert attesting.policy_digest() != before
    assert attesting.routes_digest(routes()) != attesting.routes_digest(routes()[1:])


def test_a_hole_is_printed_with_the_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separation, "EXCLUSIONS", EXCLUSIONS[1:])

    ran = CliRunner().invoke(app, ["separation", "prove"])

    assert ran.exit_code == 1
    lines = ran.output.splitlines()
    assert "  HOLE: one natural person holds administer and attend" in lines
    assert any(line.startswith("  1. open an account of the ") for line in lines)
    assert lines[-1].startswith("SEPARATION IS BROKEN: ")
