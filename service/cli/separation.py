"""``peikao separation``: the rules of separation, searched for a way around them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from service.access.rules.proving import Search

app = typer.Typer(help="Whoever trains does not test.", no_args_is_help=True)


@app.command("prove")
def prove_separation(
    record: Annotated[bool, typer.Option(help="Put the verdict on record; the attestation then tells of it.")] = False,
) -> None:
    """Search every state that permitted acts can reach for one that must not be; exit status 1 with the way to it."""
    from service.access.rules import attesting, proving
    from service.kernel import clock
    from service.kernel.guards import declared_rights

    began = clock.now()
    searches = proving.prove()
    routes = [(method, path, str(right)) for (method, path), right in declared_rights(_service()).items()]
    faults = list(attesting.route_breaches(routes))
    for line in _findings(searches, faults):
        typer.echo(line)
    whole = not faults and not any(search.hole for search in searches)
    states, seconds = sum(search.states for search in searches), (clock.now() - began).total_seconds()
    typer.echo(f"policy  {attesting.policy_digest()}\nroutes  {attesting.routes_digest(routes)}, {len(routes)} of them")
    typer.echo(f"{'separation holds' if whole else 'SEPARATION IS BROKEN'}: {states} states in {seconds:.1f} s")
    if record:
        _note_proof(states, attesting.routes_digest(routes), holds=whole)
    raise typer.Exit(0 if whole else 1)


def _note_proof(states: int, routes: str, *, holds: bool) -> None:
    from service.kernel import clock, database
    from service.oversight.actions import separation

    with database.writing() as session:
        separation.note_proof(session, states=states, holds=holds, routes=routes, now=clock.now())


def _service() -> "FastAPI":
    from uvicorn.importer import import_from_string

    app: FastAPI = import_from_string("service.main:create_app")()
    return app


def _findings(searches: "Sequence[Search]", faults: "Sequence[str]") -> Iterator[str]:
    for search in searches:
        yield f"{search.world}: {search.states} states by {search.acts} permitted acts"
        if search.hole is not None:
            yield f"  HOLE: {search.hole.breach}"
            yield from (f"  {number}. {act}" for number, act in enumerate(search.hole.acts, start=1))
    yield from (f"  HOLE: {fault}" for fault in faults)
