"""Requests that Schemathesis makes up from the description of the API, sent as somebody, with every reply checked."""

import contextlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure, FlakyStrategyDefinition
from schemathesis import Case, GenerationMode
from schemathesis.core.transport import Response
from schemathesis.python.asgi import ASGIClient
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from service.access import queries as access
from service.access.actions import entering
from service.access.rules.policy import ANONYMOUS, Actor, Right, holds
from service.access.shapes import cookie_name
from service.kernel import clock, database
from service.kernel.describing import MEDIA
from service.kernel.guards import declared_rights
from tests import world as worlds
from tests.architecture import walking
from tests.world import World

BASE = "http://127.0.0.1:8000"
# Who opens accounts, and who gives duties.
ADMINISTRATORS = ("administrator", "security")
KINDS = [*worlds.STAFF, *ADMINISTRATORS, "candidate", "program", "stranger"]
# After these one is somebody no more.
FAREWELLS = {" ".join(at) for at in walking.FAREWELLS}
# A busy machine is no fault (seconds).
PATIENCE = 120
# The same requests at each run.
HOW = how(
    database=None, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
# Who may do what is the walls' business (tests/architecture/test_wall.py). And more is asked of a request than the
# description says: a class that exists, days in their order; such a request is refused by a rule, in words.
EXCLUDED = [ignored_auth, positive_data_acceptance]
INTERNALS = re.compile(r"Traceback|sqlalchemy|psycopg|sqlite3|site-packages|pydantic|/service/|\.py\b|SELECT |INSERT ")


def problem_faults(response: Response, path: str) -> list[str]:
    """What is not right about the rendering of a refusal."""
    if response.status_code < 400:
        return []
    kind = response.headers.get("content-type", [""])[0]
    # A roster or a file of items that was not taken says which lines are wrong.
    if kind == "application/json" and response.status_code == 422 and path.endswith(("/roster", "/bank/imports")):
        return []
    if kind != MEDIA:
        return [f"a refusal as {kind}"]
    body = response.json()
    told = {
        "status": body["status"] == response.status_code,
        "type": body["type"] == f"urn:peikao:problem:{body['code']}",
        "title": bool(body["title"]),
        "detail": bool(body["detail"]),
        "instance": body["instance"] == path,
        "no-store": response.headers.get("cache-control") == ["no-store"],
        "challenge": ("www-authenticate" in response.headers) is (response.status_code == 401),
        "internals": INTERNALS.search(f"{body['title']} {body['detail'] if body['code'] != 'malformed' else ''}")
        is None,
    }
    return [f"{name} in {body}" for name, right in told.items() if not right]


@dataclass
class Fuzzer:
    """Sends what is made up, counts it and keeps what was wrong, by who sent it and where."""

    app: FastAPI
    world: World
    program: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    sent_by: Counter[str] = field(default_factory=Counter)
    faults: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.take(self.app.openapi())
        # The board's stream never ends by itself.
        self.clients = {kind: ASGIClient(self.app, base_url=BASE, max_stream_events=1) for kind in KINDS}
        self.rights = {route: Right(str(right)) for route, right in declared_rights(self.app).items()}
        with database.reading() as session:
            self.ids = walking.real_ids(session, self.world)
            self.seat = walking.seat_of(session, self.world.trainees[0], self.world)
            staff = [kind for kind in KINDS if kind in (*worlds.STAFF, *ADMINISTRATORS)]
            self.actors: dict[str, Actor] = {kind: self.world.actor(session, kind) for kind in staff}
            self.actors |= {"candidate": self.world.candidate(session, self.seat), "stranger": ANONYMOUS}

    def take(self, description: dict[str, Any]) -> None:
        """Hold the service to this description from now on."""
        self.schema = schemathesis.openapi.from_dict(description)
        self.schema.app = self.app
        # What somebody shows to be let in is ours to say.
        self.schema.config.generation.with_security_parameters = False

    @property
    def sent(self) -> int:
        return sum(self.statuses.values())

    def operations(self) -> list[Any]:
        return [one.ok() for one in self.schema.get_all_operations()]

    def operation(self, label: str) -> Any:
        return next(one for one in self.operations() if one.label == label)

    def holder(self, label: str) -> str:
        """Somebody who may do this."""
        method, path = label.split(" ", 1)
        return next(kind for kind, actor in self.actors.items() if holds(actor, self.rights[method, path]))

    def enter(self, kind: str) -> ASGIClient:
        """The client of somebody, in a session that nothing has ended yet."""
        client = self.clients[kind]
        client.cookies.clear()
        client.headers.pop("authorization", None)
        if kind == "program":
            form = {"grant_type": "client_credentials", **self.program}
            token = client.post("/oauth2/token", data=form).json()["access_token"]
            client.headers["authorization"] = f"Bearer {token}"
        elif kind != "stranger":
            with database.writing() as session:
                token = entering.open_session(session, now=clock.now(), **self._whose(session, kind))
            client.cookies.set(cookie_name(), token)
        return client

    def _whose(self, session: Any, kind: str) -> dict[str, Any]:
        if kind == "candidate":
            actor = self.world.candidate(session, self.seat)
            return {"person_id": actor.person_id, "confined": actor.confined}
        account = access.account_by_username(session, kind)
        assert account is not None
        return {"person_id": account.person_id, "account_id": account.id}

    def strategy(self, operation: Any) -> st.SearchStrategy[Case]:
        """Well-formed requests, for anything and for things that exist, and malformed ones."""
        names = {one.name for one in operation.path_parameters}
        real = {name: str(self.ids[name]) for name in names if name in self.ids}
        fitting = [operation.as_strategy(), operation.as_strategy(path_parameters=real)]
        return st.one_of(*fitting, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))

    def follow_links(self, scenarios: int, steps: int) -> None:
        """Go from operation to operation by what the replies name, each sent by somebody who may."""
        fuzzer = self

        class Linked(self.schema.as_state_machine()):  # type: ignore[misc]
            def get_call_kwargs(self, case: Case) -> dict[str, Any]:
                self.kind = fuzzer.holder(case.operation.label)
                return {"session": fuzzer.enter(self.kind), "base_url": BASE, "timeout": PATIENCE}

            def validate_response(self, response: Response, case: Case, **_: Any) -> None:
                fuzzer.judge(self.kind, case, response)

        for number in range(scenarios):
            seed(number)(Linked)
            # What a reply names depends on what is stored by now, so that no scenario can be played again; what was
            # wrong has been noted by then.
            with contextlib.suppress(FlakyFailure, FlakyStrategyDefinition):
                Linked.run(settings=how(HOW, derandomize=False, max_examples=2, stateful_step_count=steps))

    def walk(self, kinds: Sequence[str], operation: Any, examples: int) -> None:
        """Make up requests of one operation, and send each of them as everybody named."""

        @how(HOW, max_examples=examples)
        @given(self.strategy(operation))
        def send(case: Case) -> None:
            for kind in kinds:
                client = self.enter(kind) if operation.label in FAREWELLS else self.clients[kind]
                self.judge(kind, case, case.call(session=client, base_url=BASE, timeout=PATIENCE))

        for kind in kinds:
            self.enter(kind)
        send()

    def judge(self, kind: str, case: Case, response: Response) -> None:
        """Count a reply, and note what was wrong with it."""
        self.statuses[response.status_code] += 1
        self.sent_by[kind] += 1
        label = case.operation.label
        try:
            case.validate_response(response, excluded_checks=EXCLUDED)
        except BaseExceptionGroup as group:
            for failure in group.exceptions:
                self.faults[kind, label, type(failure).__name__] = str(failure)
        path = str(response.request.path_url).partition("?")[0]
        for fault in problem_faults(response, path):
            self.faults[kind, label, fault.partition(" in ")[0]] = fault
