"""Every route declares the right it needs; a service with an undeclared one does not start.

The kernel knows only that rights have names. ``access`` decides what they mean: main hands its
``admit`` function to the application's state.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

# Served by Starlette itself, without any data: the page shell of the API documentation and static files.
OPEN_MOUNTS = frozenset({"/static"})


class Guard:
    """A dependency that admits a request to a right, or refuses it; the result is the acting person.

    ``fresh`` asks for a session whose holder proved a moment ago who they are.
    """

    def __init__(self, right: str, *, fresh: bool = False) -> None:
        self.right = right
        self.fresh = fresh

    def __call__(self, request: Request) -> Any:
        return request.app.state.admit(request, self.right, fresh=self.fresh)


def guards_of(dependant: Dependant) -> Iterator[Guard]:
    """All guards among a route's dependencies, nested ones included."""
    if isinstance(dependant.call, Guard):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from guards_of(inner)


def declared_rights(app: FastAPI) -> dict[tuple[str, str], str | None]:
    """(method, path) of every route, and the one right it declares, or nothing."""
    rights: dict[tuple[str, str], str | None] = {}
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount) and context.path in OPEN_MOUNTS:
            continue
        dependant = getattr(context.route, "dependant", None)
        guards = {guard.right for guard in guards_of(dependant)} if dependant is not None else set()
        right = guards.pop() if len(guards) == 1 else None
        for method in sorted(context.methods or {"MOUNT"}):
            # Of two routes at one address only the first is ever reached, so neither may vouch for the other.
            rights[method, str(context.path)] = None if (method, str(context.path)) in rights else right
    return rights


def require_guards(app: FastAPI) -> None:
    """Refuse to start while any route lacks its right.

    Raises:
        RuntimeError: naming every route without exactly one guard.
    """
    unguarded = [f"{method} {path}" for (method, path), right in declared_rights(app).items() if right is None]
    if unguarded:
        raise RuntimeError("these routes declare no right, or more than one: " + ", ".join(sorted(unguarded)))


def asking_again(app: FastAPI) -> set[tuple[str, str]]:
    """(method, path) of every route that asks whoever comes to prove themselves again."""
    found = set()
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context.route, "dependant", None)
        if dependant is not None and any(guard.fresh for guard in guards_of(dependant)):
            found |= {(method, str(context.path)) for method in context.methods or ()}
    return found
