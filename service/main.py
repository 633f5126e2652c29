"""The application: the slices in the order of the exam's life, one error handler, no unguarded route."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from service import migrations, schema, sweeping
from service.access import api as access_api
from service.access import pages as access_pages
from service.access.rules.policy import Actor, Right
from service.access.shapes import cookie_name, may
from service.bank import api as bank_api
from service.bank import pages as bank_pages
from service.bank.actions import uploads
from service.journal.actions import record, remembering
from service.journal.rules import Event
from service.kernel import (
    build,
    clock,
    database,
    describing,
    errors,
    language,
    memory,
    one_line,
    origins,
    problems,
    rendering,
    settings,
)
from service.kernel.express import ExpressLanes, Lane
from service.kernel.group_commit import GroupCommit
from service.kernel.guards import require_guards
from service.oversight import api as oversight_api
from service.oversight import pages as oversight_pages
from service.oversight.shapes.near import admit
from service.papers import api as papers_api
from service.papers import pages as papers_pages
from service.programme import api as programme_api
from service.programme import pages as programme_pages
from service.results import api as results_api
from service.results import pages as results_pages
from service.sittings import api as sittings_api
from service.sittings import pages as sittings_pages

log = logging.getLogger("peikao")
ROUTERS = (
    access_api.router,
    access_pages.router,
    programme_api.router,
    programme_pages.router,
    bank_api.router,
    bank_pages.router,
    papers_api.router,
    papers_pages.router,
    sittings_api.router,
    sittings_pages.router,
    results_api.router,
    results_pages.router,
    oversight_api.router,
    oversight_pages.router,
)
BIGGEST_BODY = 4 * 1024 * 1024
# A file of items may have as much as an export of them.
LARGER_BODIES = dict.fromkeys(bank_api.imports.PATHS, uploads.MOST_BYTES + uploads.AROUND)
TOO_LARGE = "上传内容过大。"


class Service(FastAPI):
    """The application, with express lanes before it for what comes by the thousand."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lay_lanes()

    def lay_lanes(self) -> None:
        """New lanes and a new group commit, which remember nothing of any database."""
        self.group = GroupCommit()
        self.express = ExpressLanes(super().__call__, _lanes(self.group), cookie_name())

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.express(scope, receive, send)


def create_app() -> Service:
    """The service, ready to run.

    Raises:
        RuntimeError: a route declares no right, so that nobody could say who may use it.
    """
    assert schema.metadata.tables, "tables are loaded before any query"
    one_line.install()
    app = Service(
        title="Peikao 培考",
        version=build.VERSION,
        description="Exam administration where whoever trains does not test.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={"auto_configure": False},
    )
    app.state.admit = admit
    problems.install(app, after_refusal=_record_refusal, entrance=_entrance)
    for router in ROUTERS:
        app.include_router(router)
    _mount_documentation(app)
    app.mount("/static", _static_files(), name="static")
    app.add_middleware(Fences)
    describing.install(app, Right.PUBLIC)
    require_guards(app)
    return app


def _static_files() -> ASGIApp:
    """Scripts and styles, compressed: a first look at the exam must be light on a mine's line.

    Pages and replies stay as they are: what is compressed together with a secret tells of it by its length.
    """
    return GZipMiddleware(StaticFiles(directory=settings.current().templates / "static"), minimum_size=1024)


def _lanes(group: GroupCommit) -> dict[tuple[str, str], Lane]:
    return {**sittings_api.door.lanes(group), **sittings_api.exam.lanes(group), **results_api.lanes(group)}


def _mount_documentation(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    def openapi(_: Annotated[Actor, may(Right.PUBLIC)]) -> JSONResponse:
        """The description of the API."""
        return JSONResponse(app.openapi())

    @app.get("/docs", include_in_schema=False)
    def documentation(request: Request, actor: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
        """The API for people, by a Swagger UI that we serve ourselves."""
        return rendering.page(request, "documentation.html", {}, actor=actor)

    @app.get("/health", include_in_schema=False)
    def health(_: Annotated[Actor, may(Right.PUBLIC)], session: database.Reading) -> dict[str, str]:
        """Alive, and able to read the database; and whether the journal is not the one that was signed."""
        session.connection().exec_driver_sql("SELECT 1")
        return {"status": "ok", **({"journal": "rewritten"} if remembering.alarm() is not None else {})}


@contextlib.asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    migrations.require_newest()
    memory.keep_what_is_loaded()
    if settings.current().exam_sweeps:
        await asyncio.to_thread(sweeping.make_good_outages)
    sweepers = [asyncio.create_task(sweeping.for_ever(*one)) for one in sweeping.tasks()]
    yield
    for sweeper in sweepers:
        sweeper.cancel()
    await asyncio.gather(*sweepers, return_exceptions=True)


def _entrance(request: Request) -> str:
    """Candidates have a door of their own; staff come back to the page that they asked for."""
    if request.url.path.startswith("/exam"):
        return "/exam"
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(asked)}" if request.method == "GET" and asked != "/" else "/sign-in"


def _record_refusal(request: Request, error: errors.RightMissing) -> None:
    """Every refused attempt on an exam right stays in the journal, in a transaction of its own."""
    if not error.exam:
        return
    actor: Actor = request.state.actor
    data = {
        "right": str(error.values["right"]),
        "method": request.method,
        "path": request.url.path,
        "organisation_kind": error.organisation_kind,
    }
    with database.writing() as session:
        record(session, Event.ACCESS_REFUSED, actor.label, actor.label, now=clock.now(), data=data)


class Fences:
    """Around every request: a limit on bodies, same-origin for changes, and headers that shut other hosts out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        received, most = 0, LARGER_BODIES.get(request.url.path, BIGGEST_BODY)

        async def receive_fenced() -> Message:
            # A body in pieces states no length, so it is measured while it comes.
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, TOO_LARGE)
            return message

        async def send_fenced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = problems.fenced(message["headers"], request.url.path, scope["scheme"])
            await send(message)

        refusal = self._refusal(request, most)
        if refusal is not None:
            await refusal(scope, receive, send_fenced)
            return
        await self.app(scope, receive_fenced, send_fenced)

    def _refusal(self, request: Request, most: int) -> Response | None:
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > most:
            return problems.render(
                request, 413, "body_too_large", language.say(rendering.language_of(request), TOO_LARGE)
            )
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return None
        said = dict(request.scope["headers"])
        if origins.is_foreign(*(said.get(name) for name in (b"sec-fetch-site", b"origin", b"host"))):
            return problems.render(
                request, 403, "other_site", language.say(rendering.language_of(request), "请求来自其他网站，已拒绝。")
            )
        return None
