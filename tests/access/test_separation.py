"""Duties that exclude each other, checked per natural person: when granted, and again when used.

The table is written out a second time by hand. Each row is then shown to matter: without it, exactly its own pair of
duties gets through, in the rule and in a real database.
"""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from service.access.actions import administering, using
from service.access.rules import separation
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Duty
from service.access.rules.separation import (
    EXCLUSIONS,
    Exclusion,
    Scope,
    may_act,
    may_be_granted,
    may_hold,
    may_turn_to,
)
from service.access.tables import Account, DutyHeld
from service.kernel import database, errors
from service.kernel.decision import Decision
from tests import world as worlds
from tests.conftest import Browser, application
from tests.world import World

NOW = worlds.PREPARED_AT
EXAM = ["approve", "arrange", "assemble", "author", "confirm", "custody", "mark", "proctor", "publish", "review"]
MAKERS = ["approve", "assemble", "author", "custody", "review"]
# What a maker of questions may not turn to is no duty that could be granted, so it stands apart.
TURNED = {(part, duty) for part in ("teach", "sit") for duty in MAKERS}
# Who could come in as anybody, or reads what candidates sign in with; and who looks into everything.
OFFICE = ["administer", "audit", "plan", "secure"]
EVERYWHERE = {(one, duty) for one in ("attend", "administer", "secure") for duty in EXAM} | {
    *(("attend", duty) for duty in OFFICE),
    ("secure", "administer"),
    ("secure", "audit"),
    *(("audit", duty) for duty in [*EXAM, "administer"]),
}  # fmt: skip
TABLE = {
    "everywhere": EVERYWHERE | TURNED,
    "item": {("author", "review")},
    "paper": {("assemble", "approve")},
    "blueprint": {("assemble", "approve")},
    "class": {
        ("assemble", "proctor"),
        ("approve", "proctor"),
        ("assemble", "custody"),
        ("approve", "custody"),
        ("confirm", "publish"),
        ("mark", "confirm"),
        ("mark", "publish"),
        ("proctor", "mark"),
        ("proctor", "confirm"),
        ("proctor", "publish"),
        ("teach", "sit"),
    }
    | {("teach", duty) for duty in EXAM}
    | {("sit", duty) for duty in EXAM},
}
ROWS = [pytest.param(row, id=f"{row.first}-{row.second}") for row in EXCLUSIONS]


def test_the_table_of_exclusions_is_this_one_and_no_other() -> None:
    written: dict[str, set[tuple[str, str]]] = {}
    for row in EXCLUSIONS:
        written.setdefault(row.scope, set()).add((row.first, row.second))

    assert written == TABLE
    assert len(EXCLUSIONS) == sum(len(pairs) for pairs in TABLE.values())


def without(monkeypatch: pytest.MonkeyPatch, row: Exclusion) -> None:
    """Go on as if this row had never been written."""
    monkeypatch.setattr(separation, "EXCLUSIONS", tuple(other for other in EXCLUSIONS if other is not row))


# --- the rule ---


def through() -> set[tuple[str, str, str]]:
    """The pairs of the table that the rule lets through, in either order."""
    return {
        (scope, first, second)
        for scope, pairs in TABLE.items()
        for first, second in pairs
        for duty, before in ((first, second), (second, first))
        if asked(scope, duty, before).allowed
    }


def asked(scope: str, duty: str, before: str) -> Decision:
    """The rule that is asked when somebody with the one comes to the other."""
    if scope != "everywhere":
        return may_act(duty, {before}, Scope(scope))
    return may_turn_to(duty, {before}) if duty in ("teach", "sit") else may_be_granted(Duty(duty), {before}, ())


def test_every_excluded_pair_is_refused_in_both_orders() -> None:
    assert through() == set()


@pytest.mark.parametrize("row", ROWS)
def test_without_its_row_exactly_this_pair_gets_through(monkeypatch: pytest.MonkeyPatch, row: Exclusion) -> None:
    without(monkeypatch, row)

    assert through() == {(row.scope, row.first, row.second)}


def test_what_no_row_excludes_may_be_joined() -> None:
    free = [
        (first, second)
        for first in Duty
        for second in Duty
        if first < second and not TABLE["everywhere"] & {(first, second), (second, first)}
    ]

    assert (Duty.AUTHOR, Duty.REVIEW) in free
    assert [pair for pair in free if not may_be_granted(pair[0], {pair[1]}, ()).allowed] == []


@pytest.mark.parametrize(
    ("scope", "duty", "done", "allowed"),
    [
        pytest.param(Scope.ITEM, "review", {"author"}, False, id="reviewing one's own item"),
        pytest.param(Scope.PAPER, "review", {"author"}, True, id="a row counts in its own scope only"),
        pytest.param(Scope.ITEM, "review", {"review"}, True, id="the same again"),
        pytest.param(Scope.ITEM, "review", set(), True, id="nothing before"),
        pytest.param(Scope.CLASS, "publish", {"arrange", "proctor"}, False, id="one of several deeds is enough"),
    ],
)
def test_what_one_has_done_to_a_subject(scope: Scope, duty: str, done: set[str], allowed: bool) -> None:
    assert may_act(duty, done, scope).allowed is allowed


def test_the_refusal_names_both_duties_in_words_and_the_clause() -> None:
    decision = may_be_granted(Duty.AUTHOR, {"attend"}, ())

    assert decision.reason.format(**decision.values) == "同一人不能同时承担“施教考勤”和“命题”。"
    assert decision.source == "三(五) 培考分离：严禁委托施教单位出卷和监考"


@pytest.mark.parametrize("kind", OrganisationKind)
def test_only_a_tie_to_an_institution_bars_from_the_exam_and_from_the_ways_into_it(kind: OrganisationKind) -> None:
    barred = {duty for duty in Duty if not may_be_granted(duty, (), {kind}).allowed}

    assert barred == ({*EXAM, *OFFICE} if kind is OrganisationKind.INSTITUTION else set())


@pytest.mark.parametrize("duty", EXAM)
def test_an_institution_may_not_hold(duty: str) -> None:
    assert may_hold(OrganisationKind.BUREAU, Duty(duty)).allowed

    decision = may_hold(OrganisationKind.INSTITUTION, Duty(duty))

    assert (decision.allowed, decision.code) == (False, "organisation_may_not_hold")
    assert decision.source == "三(五) 培考分离：严禁委托施教单位出卷和监考"


# --- the same in a database: one natural person, several accounts ---


def code_of(attempt: Callable[[], object]) -> str:
    """What came of an attempt: ``done``, or the code of the refusal."""
    try:
        attempt()
    except errors.Refused as refused:
        return refused.code
    return "done"


def open_account(session: Session, world: World, place: str, number: int, username: str) -> Account:
    """One more account of the natural person with this citizen id."""
    return administering.open_account(
        session,
        world.actor(session, "administrator"),
        organisation_id=world.organisations[place],
        name=f"人{number}",
        citizen_id=worlds.citizen_id(number),
        username=username,
        password_hash=worlds.hashed(),
        now=NOW,
    )


def grant(session: Session, world: World, account: Account, duty: str) -> str:
    guardian, account_id = world.actor(session, "security"), account.id or 0
    return code_of(lambda: administering.grant_duty(session, guardian, account_id, Duty(duty), now=NOW))


def of_the_institution(world: World, person_id: int) -> Account:
    """An account that got in by the back door."""
    institution = world.organisations["institution"]
    return Account(person_id=person_id, organisation_id=institution, username="back-door", password_hash="-")


def two_accounts(session: Session, world: World) -> tuple[Account, Account]:
    """One natural person with two accounts of the bureau."""
    return open_account(session, world, "bureau", 800, "one-a"), open_account(session, world, "bureau", 800, "one-b")


def granting(session: Session, world: World, accounts: tuple[Account, Account], held: str, wanted: str) -> str:
    """What granting a duty to one account says while another account of the same person holds an excluding one."""
    attempt, (first, second) = session.begin_nested(), accounts
    session.add(DutyHeld(account_id=first.id or 0, duty=held, granted_at=NOW, granted_by="planted"))
    if wanted == Duty.ATTEND:
        second = of_the_institution(world, first.person_id)
        session.add(second)
    session.flush()
    said = grant(session, world, second, wanted)
    attempt.rollback()
    return said


def using_it(session: Session, done: str, wanted: str, scope: str) -> tuple[str, str]:
    """What using a duty says to whoever has used an excluding one: on the same subject, and on another."""
    attempt = session.begin_nested()
    person = administering.person_for(session, "人801", worlds.citizen_id(801)).id or 0
    using.note_deed(session, person, done, f"{scope}:1", now=NOW)
    decisions = [using.may_use_duty(session, person, wanted, f"{scope}:{one}")[-1] for one in (1, 2)]  # type: ignore[arg-type]
    attempt.rollback()
    return decisions[0].code, decisions[1].code


def test_no_excluded_duty_can_be_granted_to_another_account_of_the_same_person(standing: World) -> None:
    with database.reading() as session:
        accounts = two_accounts(session, standing)
        said = {
            (first, second): tuple(
                granting(session, standing, accounts, *order) for order in ((first, second), (second, first))
            )
            for first, second in sorted(EVERYWHERE)
        }

    assert said == dict.fromkeys(EVERYWHERE, ("duties_exclude", "duties_exclude"))


def test_without_its_row_the_excluded_duty_is_granted(standing: World) -> None:
    with database.reading() as session:
        accounts, said = two_accounts(session, standing), {}
        for row in EXCLUSIONS:
            if (row.first, row.second) in EVERYWHERE:
                with pytest.MonkeyPatch.context() as patched:
                    without(patched, row)
                    said[row.first, row.second] = granting(session, standing, accounts, row.first, row.second)

    assert said == dict.fromkeys(EVERYWHERE, "done")


NARROW = sorted((scope, *pair) for scope, pairs in TABLE.items() if scope != "everywhere" for pair in pairs)


def test_no_excluded_duty_can_be_used_on_the_same_subject(standing: World) -> None:
    with database.reading() as session:
        said = {
            (scope, first, second): (using_it(session, first, second, scope), using_it(session, second, first, scope))
            for scope, first, second in NARROW
        }

    assert said == dict.fromkeys(NARROW, (("deeds_exclude", "allowed"), ("deeds_exclude", "allowed")))


def test_without_its_row_the_excluded_duty_can_be_used(standing: World) -> None:
    with database.reading() as session:
        said = {}
        for row in EXCLUSIONS:
            if row.scope is not Scope.EVERYWHERE:
                with pytest.MonkeyPatch.context() as patched:
                    without(patched, row)
                    said[row.scope, row.first, row.second] = using_it(session, row.first, row.second, row.scope)

    assert said == dict.fromkeys(NARROW, ("allowed", "allowed"))


def actor(account: Account) -> Actor:
    return Actor(label=f"account:{account.id}", name="", account_id=account.id, person_id=account.person_id)


def use(session: Session, account: Account, duty: str, subject: str) -> str:
    """What using a duty on a subject says."""
    return code_of(lambda: using.use_duty(session, actor(account), Duty(duty), subject, now=NOW))


def test_a_used_duty_is_noted_once_on_each_subject_and_may_be_used_again(standing: World) -> None:
    with database.reading() as session:
        account = open_account(session, standing, "bureau", 800, "one-a")
        for _ in range(2):
            using.use_duty(session, actor(account), Duty.AUTHOR, "item:1", "class:1", now=NOW)

        for subject in ("item:1", "class:1", "item:2"):
            done = using.queries.deeds_on(session, subject, account.person_id)
            assert done == ({"author"} if subject != "item:2" else set())


def test_a_duty_in_use_is_stopped_when_an_excluding_one_turns_up(standing: World) -> None:
    """Whatever was granted behind our back, using it is checked again."""
    with database.reading() as session:
        first, second = two_accounts(session, standing)
        assert use(session, first, Duty.AUTHOR, "item:1") == "done"
        session.add(DutyHeld(account_id=second.id or 0, duty="audit", granted_at=NOW, granted_by="planted"))
        session.flush()

        assert use(session, first, Duty.AUTHOR, "item:2") == "duties_exclude"


def test_a_duty_in_use_is_stopped_when_an_account_of_an_institution_turns_up(standing: World) -> None:
    with database.reading() as session:
        first, _ = two_accounts(session, standing)
        assert use(session, first, Duty.AUTHOR, "item:1") == "done"
        session.add(of_the_institution(standing, first.person_id))
        session.flush()

        said = {duty: use(session, first, duty, "item:9") for duty in EXAM}
        assert said == dict.fromkeys(EXAM, "works_for_institution")


# --- the institution's people ---


def test_first_the_duty_then_no_account_of_an_institution(standing: World) -> None:
    def said(duty: str) -> tuple[str, str]:
        attempt = session.begin_nested()
        account = open_account(session, standing, "bureau", 800, "one-a")
        granted = grant(session, standing, account, duty)
        then = code_of(lambda: open_account(session, standing, "institution", 800, "one-c"))
        attempt.rollback()
        return granted, then

    with database.reading() as session:
        barred = [*EXAM, "plan"]
        assert {duty: said(duty) for duty in barred} == dict.fromkeys(barred, ("done", "works_for_institution"))
        assert said("statistics") == ("done", "done")


def test_first_the_account_of_an_institution_then_no_duty(standing: World) -> None:
    def said(duty: str, place: str) -> str:
        attempt = session.begin_nested()
        open_account(session, standing, place, 800, "one-c")
        granted = grant(session, standing, open_account(session, standing, "bureau", 800, "one-a"), duty)
        attempt.rollback()
        return granted

    with database.reading() as session:
        barred = [*EXAM, "administer", "plan", "secure"]
        assert {duty: said(duty, "institution") for duty in barred} == dict.fromkeys(barred, "works_for_institution")
        assert {duty: said(duty, "enterprise") for duty in barred} == dict.fromkeys(barred, "done")
        assert said("statistics", "institution") == "done"


def test_a_closed_account_of_an_institution_still_ties(standing: World) -> None:
    with database.reading() as session:
        open_account(session, standing, "institution", 800, "one-c").active = False
        session.flush()

        account = open_account(session, standing, "bureau", 800, "one-a")
        assert grant(session, standing, account, "author") == "works_for_institution"


def test_a_duty_held_in_a_closed_account_still_excludes(standing: World) -> None:
    with database.reading() as session:
        first, second = (open_account(session, standing, "bureau", 800, f"one-{letter}") for letter in "ab")
        assert grant(session, standing, first, "audit") == "done"
        first.active = False
        session.flush()

        assert grant(session, standing, second, "author") == "duties_exclude"


def test_a_revoked_duty_excludes_no_more_but_what_was_done_under_it_does(standing: World) -> None:
    with database.reading() as session:
        account = open_account(session, standing, "bureau", 800, "one-a")
        assert grant(session, standing, account, "author") == "done"
        using.use_duty(session, actor(account), Duty.AUTHOR, "item:1", now=NOW)
        assert grant(session, standing, account, "audit") == "duties_exclude"
        guardian = standing.actor(session, "security")
        administering.revoke_duty(session, guardian, account.id or 0, Duty.AUTHOR, now=NOW)

        assert grant(session, standing, account, "review") == "done"
        assert use(session, account, Duty.REVIEW, "item:1") == "deeds_exclude"
        assert use(session, account, Duty.REVIEW, "item:2") == "done"


def test_no_click_of_an_administrator_gives_an_institution_an_exam_duty(standing: World) -> None:
    client = Browser(application()).of("security")
    place = f"/api/v1/accounts/{standing.accounts['institution']}/duties"

    said = {duty: client.post(place, json={"duty": duty}) for duty in EXAM}

    assert {duty: (reply.status_code, reply.json()["code"]) for duty, reply in said.items()} == dict.fromkeys(
        EXAM, (403, "organisation_may_not_hold")
    )
    account = next(one for one in client.get("/api/v1/accounts").json() if one["username"] == "institution")
    assert account["duties"] == ["attend"]
