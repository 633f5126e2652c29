"""No route without its right: the service does not start with one, wherever it hides."""

from collections.abc import Callable
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Route as StarletteRoute

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel.guards import declared_rights, require_guards
from service.main import create_app

Anyone = Annotated[Actor, may(Right.PUBLIC)]


def open_door() -> str:
    """A route that forgot to say who may use it."""
    return "anybody"


def guarded(_: Anyone) -> str:
    return "guarded"


def doubly(_: Anyone, __: Annotated[Actor, may(Right.BANK_READ)]) -> str:
    return "which of them?"


def nested(app: FastAPI) -> None:
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/outer")
    inner.get("/door")(open_door)
    outer.include_router(inner)
    app.include_router(outer)


def second_at_the_same_address(app: FastAPI) -> None:
    app.get("/door")(open_door)
    app.get("/door")(guarded)


def behind_a_dependency(app: FastAPI) -> None:
    router = APIRouter(dependencies=[Depends(open_door)])
    router.get("/door")(open_door)
    app.include_router(router)


@pytest.fixture
def app() -> FastAPI:
    return create_app()


@pytest.mark.parametrize(
    ("plant", "named"),
    [
        pytest.param(lambda app: app.get("/door")(open_door), "GET /door", id="on the application"),
        pytest.param(lambda app: app.post("/door")(open_door), "POST /door", id="by another method"),
        pytest.param(nested, "GET /outer/inner/door", id="in a router within a router"),
        pytest.param(behind_a_dependency, "GET /door", id="behind a dependency that guards nothing"),
        pytest.param(lambda app: app.get("/door")(doubly), "GET /door", id="with two rights, so that neither is sure"),
        pytest.param(second_at_the_same_address, "GET /door", id="hidden by a guarded one at the same address"),
        pytest.param(lambda app: app.mount("/door", FastAPI()), "MOUNT /door", id="in an application of its own"),
        pytest.param(
            lambda app: app.router.routes.append(StarletteRoute("/door", lambda _: PlainTextResponse(""))),
            "GET /door, HEAD /door",
            id="by Starlette itself",
        ),
        pytest.param(lambda app: app.websocket("/door")(open_door), "MOUNT /door", id="as a web socket"),
    ],
)
def test_the_service_does_not_start_with_an_unguarded_route(
    app: FastAPI, plant: Callable[[FastAPI], object], named: str
) -> None:
    require_guards(app)

    plant(app)

    with pytest.raises(RuntimeError) as refused:
        require_guards(app)
    assert str(refused.value) == f"these routes declare no right, or more than one: {named}"


def test_a_guarded_route_is_let_in_wherever_it_stands(app: FastAPI) -> None:
    router = APIRouter(prefix="/outer")
    router.get("/door")(guarded)
    app.include_router(router)

    require_guards(app)

    assert declared_rights(app)["GET", "/outer/door"] == "public"


def test_a_right_may_be_asked_for_by_a_dependency_of_a_dependency(app: FastAPI) -> None:
    def through(actor: Anyone) -> Actor:
        return actor

    app.get("/door")(lambda _=Depends(through): "guarded")

    require_guards(app)

    assert declared_rights(app)["GET", "/door"] == "public"


def test_starting_is_what_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """``create_app`` itself refuses: nobody has to remember to ask."""
    from service import main

    router = APIRouter()
    router.get("/door")(open_door)
    monkeypatch.setattr(main, "ROUTERS", (*main.ROUTERS, router))

    with pytest.raises(RuntimeError, match="GET /door"):
        create_app()


@pytest.mark.parametrize(
    ("route", "right"),
    [
        (("POST", "/api/v1/session"), "public"),
        (("GET", "/api/v1/session"), "password.own"),
        (("GET", "/api/v1/ties/own"), "signed_in"),
        (("GET", "/api/v1/bank/versions/{version_id}"), "bank.read"),
        (("POST", "/api/v1/papers/{paper_id}/seal"), "papers.approve"),
        (("POST", "/api/v1/sittings/{sitting_id}/opening"), "papers.open"),
        (("POST", "/api/v1/exam/hand-in"), "sittings.sit"),
        (("GET", "/accounts"), "accounts.view"),
        (("GET", "/health"), "public"),
    ],
)
def test_known_routes_of_every_kind_are_among_those_checked(app: FastAPI, route: tuple[str, str], right: str) -> None:
    assert declared_rights(app)[route] == right


def test_what_is_open_to_everybody_is_written_here(app: FastAPI) -> None:
    public = {f"{method} {path}" for (method, path), right in declared_rights(app).items() if right == "public"}

    assert public == {
        "POST /api/v1/session",
        "POST /api/v1/exam/session",
        "POST /oauth2/token",
        "GET /api/v1/certificates/{code}",
        "POST /api/v1/certificates/check",
        "GET /api/v1/credentials/key",
        "GET /api/v1/credentials/status/{part}",
        "GET /api/v1/journal/keys",
        "GET /api/v1/journal/codes/{code}",
        "GET /",
        "GET /sign-in",
        "GET /verify",
        "GET /my-result",
        "POST /my-result",
        "POST /my-result/certificate",
        "POST /verify",
        "POST /api/v1/results/own",
        "POST /api/v1/results/own/appeal",
        "GET /journal/code",
        "GET /separation/verify",
        "GET /api/v1/separation/key",
        "GET /certificates/{code}",
        "GET /exam",
        "GET /exam/done",
        "GET /exam/receipt",
        "GET /api/v1/exam/receipt",
        "GET /api/v1/exam/receipts/{code}",
        "POST /api/v1/exam/late-answers",
        "GET /api/v1/tablets/standing",
        "GET /proctor/manifest.webmanifest",
        "GET /proctor/worker.js",
        "GET /trust",
        "GET /trust/authority.crt",
        "GET /docs",
        "GET /openapi.json",
        "GET /health",
    }
