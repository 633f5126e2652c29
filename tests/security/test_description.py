"""The service keeps to its own description, whatever it is sent by whomever: no 500, no undocumented status, no reply
of another shape, and every refusal a problem that says nothing of our insides.

The short run sends a few hundred requests, each route by somebody who may use it. The long one (``scripts/test
--long``) sends every kind of account everywhere, follows the links between operations, and prints how many it sent.
"""

import copy
import secrets

import pytest

from service.main import create_app
from tests.conftest import Browser
from tests.security.fuzzing import KINDS, Fuzzer
from tests.world import World

pytestmark = pytest.mark.more

ENOUGH = 20_000


@pytest.fixture
def fuzzer(under_way: World) -> Fuzzer:
    """Half an hour into an exam, with a program of the HR bureau."""
    app = create_app()
    security, hr = Browser(app).of("security"), under_way.organisations["hr"]
    # The tests of a module share a database.
    body = {"organisation_id": hr, "client_id": f"hr-{secrets.token_hex(4)}"}
    reply = security.post("/api/v1/clients", json=body)
    assert reply.status_code == 201
    return Fuzzer(app, under_way, reply.json())


def test_every_route_keeps_to_its_description(fuzzer: Fuzzer) -> None:
    for operation in fuzzer.operations():
        fuzzer.walk([fuzzer.holder(operation.label)], operation, examples=2)

    assert fuzzer.faults == {}
    assert fuzzer.sent > 350 and {200, 404, 409, 422} <= set(fuzzer.statuses)


@pytest.mark.long
def test_nobody_brings_it_to_anything_else(fuzzer: Fuzzer, capsys: pytest.CaptureFixture[str]) -> None:
    """Each request by everybody, and more by whoever may make it; then along the links."""
    for operation in fuzzer.operations():
        fuzzer.walk(KINDS, operation, examples=5)
        fuzzer.walk([fuzzer.holder(operation.label)], operation, examples=15)
    walked = fuzzer.sent
    fuzzer.follow_links(scenarios=60, steps=20)
    with capsys.disabled():
        print(f"\n{walked} requests, and {fuzzer.sent - walked} along links: {sorted(fuzzer.statuses.items())}")  # noqa: T201

    assert fuzzer.faults == {}
    assert walked > ENOUGH and fuzzer.sent - walked > 300
    assert set(fuzzer.sent_by) == set(KINDS)


# --- a deviation would be found ---


def test_what_is_not_described_is_found(fuzzer: Fuzzer) -> None:
    label = "GET /api/v1/papers/{paper_id}"
    fuzzer.walk(["assembler"], fuzzer.operation(label), examples=6)
    assert fuzzer.faults == {} and {200, 404} <= set(fuzzer.statuses)

    lacking = copy.deepcopy(fuzzer.app.openapi())
    del lacking["paths"]["/api/v1/papers/{paper_id}"]["get"]["responses"]["404"]
    fuzzer.take(lacking)
    fuzzer.walk(["assembler"], fuzzer.operation(label), examples=6)

    assert set(fuzzer.faults) == {("assembler", label, "UndefinedStatusCode")}
