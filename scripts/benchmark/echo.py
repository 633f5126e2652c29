"""What the service is compared with: a bare FastAPI app that takes the same JSON and gives it back.

It is started through ``peikao serve`` itself with only the application exchanged, so that uvicorn gets the same
flags, whatever they are; and it tunes the collector as the service does. It checks nobody and stores nothing.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

from service import cli
from service.kernel import memory


class Echo(BaseModel):
    """The body of a save."""

    choice: str = Field("", max_length=8)
    flagged: bool = False
    seq: int = Field(ge=1, le=2**31 - 1)


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    memory.keep_what_is_loaded()
    yield


def create_app() -> FastAPI:
    """One route, pydantic in and out."""
    app = FastAPI(lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/echo")
    async def echo(body: Echo) -> Echo:
        return body

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> None:
    """Serve on the port given."""
    run: Any = uvicorn.run

    def run_echo(_app: str, **flags: Any) -> None:
        run("scripts.benchmark.echo:create_app", **flags)

    uvicorn.run = cast(Any, run_echo)
    cli.serve(port=int(sys.argv[1]))


if __name__ == "__main__":
    main()
