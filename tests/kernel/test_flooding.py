"""Whoever floods the service is asked to wait, and nobody else is: neither the neighbour nor the room."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from service.kernel import database, errors, flooding, settings
from service.sittings.tables import Seat
from tests import world as worlds
from tests.conftest import Browser, application
from tests.world import World

FEWEST_PER_ACCOUNT, FEWEST_PER_ADDRESS = 60, 600
ROOM = 300
MOMENT = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All of a test happens in one moment, on a slow machine too."""
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: MOMENT))
    flooding.forget()
    yield
    flooding.forget()


@pytest.fixture
def door(under_way: World) -> Browser:
    """HTTP to a service half an hour into an exam."""
    return Browser(application())


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The least that may be set."""
    monkeypatch.setenv("PEIKAO_REQUESTS_PER_ACCOUNT", str(FEWEST_PER_ACCOUNT))
    monkeypatch.setenv("PEIKAO_REQUESTS_PER_ADDRESS", str(FEWEST_PER_ADDRESS))
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


def test_as_many_as_are_allowed_and_no_more() -> None:
    for _ in range(5):
        flooding.count("somebody", 5)

    with pytest.raises(errors.TooOften) as refused:
        flooding.count("somebody", 5)

    assert refused.value.code == "too_many_requests"
    flooding.count("somebody else", 5)


def test_an_account_that_floods_waits_and_its_neighbour_does_not(door: Browser, strict: None) -> None:
    planner, auditor = door.of("planner"), door.of("auditor")
    statuses = [planner.get("/api/v1/session").status_code for _ in range(FEWEST_PER_ACCOUNT + 1)]

    assert statuses == [200] * FEWEST_PER_ACCOUNT + [429]
    refused = planner.get("/api/v1/session")
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("too_many_requests", "60")
    # The same address, another account.
    assert auditor.get("/api/v1/session").status_code == 200
    # A new session is the same account.
    assert door.of("planner").get("/api/v1/session").status_code == 429


def test_a_page_says_it_in_words(door: Browser, strict: None) -> None:
    planner = door.of("planner")
    for _ in range(FEWEST_PER_ACCOUNT):
        planner.get("/api/v1/session")

    reply = planner.get("/plan")

    assert (reply.status_code, reply.headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert "一分钟内的请求太多，请过一分钟再试。" in reply.text


def test_strangers_are_counted_by_address(door: Browser, strict: None) -> None:
    planner, stranger = door.of("planner"), door.stranger()
    flooding.forget()
    statuses = [stranger.get("/health").status_code for _ in range(FEWEST_PER_ADDRESS + 1)]

    assert statuses == [200] * FEWEST_PER_ADDRESS + [429]
    # Whoever has signed in is somebody, wherever from.
    assert planner.get("/api/v1/session").status_code == 200


def test_answers_are_never_refused_for_their_number(under_way: World, door: Browser, strict: None) -> None:
    with database.reading() as session:
        seat = session.get_one(Seat, under_way.seats[0])
    candidate = door.candidate(under_way, seat.id or 0, seat.trainee_id)
    candidate.post("/api/v1/exam/start", json={})

    beat = {"made_at": worlds.WORKING_AT.isoformat()}
    statuses = [candidate.post("/api/v1/exam/heartbeat", json=beat).status_code for _ in range(2 * FEWEST_PER_ACCOUNT)]

    assert statuses == [200] * (2 * FEWEST_PER_ACCOUNT)


def test_a_room_that_comes_through_one_address_trips_nothing() -> None:
    """Each candidate opens the door's page and signs in, mistypes it twice, and looks for help a few times."""
    allowed = settings.Settings.model_fields["requests_per_address"].default
    for _ in range(ROOM * 10):
        flooding.count("address:10.0.0.1", allowed)
