"""The wall: every route of the service, sent by every kind of account there is.

Whoever holds the right that a route declares is let through the door (what they find behind it is another matter);
everybody else is turned away before anything happens: strangers are asked to sign in, the others are told which right
they lack, and every such attempt on the exam is in the journal.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from service.access.actions import programs
from service.access.rules.policy import ANONYMOUS, RIGHTS, Actor, Right, holds
from service.journal import queries as journal
from service.journal.tables import JournalEntry
from service.kernel import clock, database
from service.kernel.guards import declared_rights
from tests import world as worlds
from tests.architecture import walking
from tests.architecture.walking import Route
from tests.conftest import Browser, application
from tests.world import World

KINDS = [*worlds.STAFF, "administrator", "security", "candidate", "program", "stranger"]
# Those who must stay outside walk every day; insiders, whose rights part them from each other, before a change lands.
OUTSIDE = {"institution", "enterprise", "statistician", "administrator", "candidate", "program", "stranger"}
WALKERS = [pytest.param(kind, marks=() if kind in OUTSIDE else pytest.mark.more) for kind in KINDS]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who can enter with an HTTP client, and who the service should take them for."""

    enter: Callable[[], TestClient]
    actor: Actor


@pytest.fixture(scope="module")
def door(under_way: World) -> Browser:
    return Browser(application())


@pytest.fixture(scope="module")
def program(under_way: World, door: Browser) -> TestClient:
    """The client of a program of the HR bureau, with an access token."""
    body = {"organisation_id": under_way.organisations["hr"], "client_id": "hr-system"}
    secret = door.of("security").post("/api/v1/clients", json=body).json()["client_secret"]
    client = door.stranger()
    form = {"grant_type": "client_credentials", "client_id": "hr-system", "client_secret": secret}
    client.headers["authorization"] = f"Bearer {client.post('/oauth2/token', data=form).json()['access_token']}"
    return client


@pytest.fixture
def caller(under_way: World, door: Browser, program: TestClient, request: pytest.FixtureRequest) -> Caller:
    kind: str = request.param
    with database.reading() as session:
        match kind:
            case "stranger":
                return Caller(door.stranger, ANONYMOUS)
            case "program":
                bearer = program.headers["authorization"].removeprefix("Bearer ")
                return Caller(lambda: program, programs.actor_of_bearer(session, bearer, now=clock.now()))
            case "candidate":
                trainee = under_way.trainees[0]
                seat = walking.seat_of(session, trainee, under_way)
                return Caller(lambda: door.candidate(under_way, seat, trainee), under_way.candidate(session, seat))
            case _:
                return Caller(lambda: Browser(door.app).of(kind), under_way.actor(session, kind))


def walk(caller: Caller, found: list[Route], ids: dict[str, object]) -> dict[tuple[str, str], str]:
    """What becomes of every route, sent by one caller."""
    outcomes, client = {}, caller.enter()
    for route in found:
        at = (route.method, route.path)
        outcomes[at] = walking.send(client, route, ids)
        if at == walking.SIGN_OUT:
            client = caller.enter()
    return outcomes


def expected(actor: Actor, route: Route) -> str:
    if holds(actor, route.right):
        return "admitted"
    return "not signed in" if actor is ANONYMOUS else "right missing"


def refusals(actor: Actor, after: int) -> Counter[tuple[str, ...]]:
    """The refused attempts of somebody that the journal has kept since then."""
    with database.reading() as session:
        rows = session.exec(
            select(JournalEntry).where(JournalEntry.event == "ACCESS_REFUSED", JournalEntry.seq > after)
        )
        return Counter(
            (row.actor, row.subject, data["right"], data["method"], data["path"])
            for row in rows
            if row.actor == actor.label
            for data in [json.loads(row.data)]
        )


@pytest.mark.parametrize("caller", WALKERS, indirect=True)
def test_every_route_admits_whoever_holds_its_right_and_nobody_else(
    under_way: World, door: Browser, caller: Caller
) -> None:
    with database.reading() as session:
        ids, before = walking.real_ids(session, under_way), journal.head(session).seq
    found = walking.routes(door.app)  # type: ignore[arg-type]

    walked = walk(caller, found, ids)

    wanted = {(route.method, route.path): expected(caller.actor, route) for route in found}
    assert {at: (walked[at], wanted[at]) for at in wanted if walked[at] != wanted[at]} == {}
    attempts = Counter(
        (
            caller.actor.label,
            caller.actor.label,
            RIGHTS[route.right].title,
            route.method,
            walking.filled(route.path, ids),
        )
        for route in found
        if route.exam and wanted[route.method, route.path] == "right missing"
    )
    assert refusals(caller.actor, before) == attempts
    assert caller.actor is ANONYMOUS or attempts


# --- the walk sees everything ---


def test_the_walk_passes_every_route(door: Browser) -> None:
    found = walking.routes(door.app)  # type: ignore[arg-type]

    assert {(route.method, route.path) for route in found} == set(declared_rights(door.app))  # type: ignore[arg-type]
    assert {
        ("GET", "/api/v1/bank/versions/{version_id}"),
        ("POST", "/api/v1/papers/{paper_id}/seal"),
        ("POST", "/api/v1/exam/hand-in"),
        ("GET", "/accounts"),
    } <= {(route.method, route.path) for route in found}


def test_every_route_lets_somebody_in_and_every_right_has_a_route(under_way: World, door: Browser) -> None:
    found = walking.routes(door.app)  # type: ignore[arg-type]
    with database.reading() as session:
        people = [under_way.actor(session, name) for name in (*worlds.STAFF, "administrator", "security")]
        people.append(under_way.candidate(session, under_way.seats[0]))

    assert [route for route in found if not any(holds(person, route.right) for person in people)] == []
    assert {route.right for route in found} == set(Right)


# --- the same in words, for those who must stay outside ---

ANYONE = {
    "POST /api/v1/session",
    "POST /api/v1/exam/session",
    # These two find out by themselves whose machine asks, for its session has ended.
    "POST /api/v1/exam/late-answers",
    "GET /api/v1/exam/receipt",
    "GET /api/v1/exam/receipts/{code}",
    # A tablet that was shut out has no session either; the id that it drew is what it asks by.
    "GET /api/v1/tablets/standing",
    "GET /api/v1/certificates/{code}",
    # Whoever was shown a credential may verify it, here or with the key and the list of the revoked.
    "POST /api/v1/certificates/check",
    "GET /api/v1/credentials/key",
    "GET /api/v1/credentials/status/{part}",
    # Candidates have no account: they name their ticket, and its guesses are counted.
    "POST /api/v1/results/own",
    "POST /api/v1/results/own/appeal",
    # Whoever holds a printed record may ask which head its code names, and by which key heads are signed.
    "GET /api/v1/journal/keys",
    "GET /api/v1/journal/codes/{code}",
    "GET /api/v1/separation/key",
    "POST /oauth2/token",
}
SIGNED_IN = ANYONE | {
    "GET /api/v1/session",
    "DELETE /api/v1/session",
    "PUT /api/v1/session/password",
    # One's own second factors and sessions; whoever has no account finds nothing there.
    "GET /api/v1/session/proof",
    "POST /api/v1/session/proof",
    "POST /api/v1/session/activation",
    "POST /api/v1/session/totp",
    "PUT /api/v1/session/totp",
    "DELETE /api/v1/session/totp",
    "POST /api/v1/session/recovery-codes",
    "POST /api/v1/session/passkeys/challenge",
    "POST /api/v1/session/passkeys",
    "DELETE /api/v1/session/passkeys/{passkey_id}",
    "DELETE /api/v1/session/others",
    "DELETE /api/v1/session/others/{name}",
    "GET /api/v1/retention/rules",
    "GET /api/v1/ties/own",
    "POST /api/v1/ties/own",
}
# Two of those who keep accounts and duties may together charge somebody for minutes.
EMERGENCY = {
    "GET /api/v1/emergency-duties",
    "POST /api/v1/emergency-duties",
    "POST /api/v1/emergency-duties/{emergency_id}/decision",
}
OWN_CLASSES = {
    "GET /api/v1/programme/plans",
    "GET /api/v1/programme/classes",
    "GET /api/v1/programme/classes/{class_id}",
    "GET /api/v1/programme/classes/{class_id}/roster",
    "GET /api/v1/results/classes/{class_id}",
    "GET /api/v1/results/classes/{class_id}/editions",
}


@pytest.mark.parametrize(
    ("kind", "doors"),
    [
        pytest.param("stranger", ANYONE, id="stranger"),
        pytest.param(
            "institution",
            SIGNED_IN | OWN_CLASSES | {"POST /api/v1/programme/classes/{class_id}/attendance"},
            id="whoever trains",
        ),
        pytest.param("enterprise", SIGNED_IN | OWN_CLASSES, id="enterprise"),
        pytest.param("supervisor", SIGNED_IN | OWN_CLASSES, id="county"),
        pytest.param(
            "program",
            SIGNED_IN
            | {
                "GET /api/v1/statistics/pass-rates",
                "GET /api/v1/separation/attestation",
                "GET /api/v1/separation/certificates",
                "GET /api/v1/separation/certificates/{class_id}",
                "GET /api/v1/separation/certificates/{class_id}/certificate.pdf",
                "GET /api/v1/statistics/rates",
                "GET /api/v1/statistics/definitions",
            },
            id="program",
        ),
        pytest.param(
            "candidate",
            SIGNED_IN
            | {
                "GET /api/v1/exam",
                "GET /api/v1/exam/pictures/{position}/{place}",
                "POST /api/v1/exam/start",
                "POST /api/v1/exam/heartbeat",
                "PUT /api/v1/exam/answers/{position}",
                "POST /api/v1/exam/hand-in",
            },
            id="candidate",
        ),
        pytest.param(
            "administrator",
            SIGNED_IN
            | {
                "POST /api/v1/organisations",
                "GET /api/v1/organisations",
                "POST /api/v1/accounts",
                "GET /api/v1/accounts",
                "PUT /api/v1/accounts/{account_id}/password",
                "POST /api/v1/accounts/{account_id}/closure",
                "POST /api/v1/accounts/{account_id}/reopening",
                "POST /api/v1/journal/witnesses",
                "GET /api/v1/ties",
                "POST /api/v1/ties",
                "POST /api/v1/ties/{tie_id}/withdrawal",
                "POST /api/v1/ties/{tie_id}/withdrawal/decision",
            }
            | EMERGENCY,
            id="system administrator",
        ),
        pytest.param(
            "security",
            SIGNED_IN
            | {
                "GET /api/v1/organisations",
                "GET /api/v1/accounts",
                "POST /api/v1/accounts/{account_id}/duties",
                "DELETE /api/v1/accounts/{account_id}/duties/{duty}",
                "DELETE /api/v1/accounts/{account_id}/locks",
                "DELETE /api/v1/accounts/{account_id}/second-factor",
                "POST /api/v1/accounts/{account_id}/activation-code",
                "DELETE /api/v1/accounts/{account_id}/sessions",
                "POST /api/v1/clients",
                "POST /api/v1/clients/{client_id}/secret",
                "POST /api/v1/clients/{client_id}/removal",
                # Who an auditor found to be one, under masked ids.
                "GET /api/v1/same-persons",
            }
            | EMERGENCY,
            id="security administrator",
        ),
    ],
)
def test_these_are_all_the_doors_of_the_api_that_open_for(
    under_way: World, door: Browser, program: TestClient, kind: str, doors: set[str]
) -> None:
    with database.reading() as session:
        actors = {"stranger": ANONYMOUS, "candidate": under_way.candidate(session, under_way.seats[0])}
        bearer = program.headers["authorization"].removeprefix("Bearer ")
        actors["program"] = programs.actor_of_bearer(session, bearer, now=clock.now())
        actor = actors.get(kind) or under_way.actor(session, kind)

    open_to = {
        f"{route.method} {route.path}"
        for route in walking.routes(door.app)  # type: ignore[arg-type]
        if route.path.startswith(("/api/", "/oauth2/")) and holds(actor, route.right)
    }
    assert open_to == doors
