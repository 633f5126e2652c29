"""Asking for the things of every side as every kind of account, and what was to be answered by the table of rights."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio.from_thread import BlockingPortal
from fastapi.testclient import TestClient

from service.access.rules.policy import ANONYMOUS, RIGHTS, Actor, Reach, Right, holds, touches
from service.kernel import database
from service.programme.tables import TrainingClass
from tests.architecture import walking
from tests.architecture.walking import Route
from tests.conftest import Browser, application
from tests.security.bodies import body_of
from tests.security.sides import Side
from tests.world import World

NOWHERE = 999_999
# Rooms and their machines are no secret: a reach by assignment would tell proctors before the day where they are to be.
NO_SECRET = "/rooms/{room_id}/"
# Whoever may look at these may not therefore act on them: that is for the desk, and for proctors within their reach.
HANDS: Mapping[str, tuple[Right, ...]] = {
    "/api/v1/sittings/cases/{case_id}/closing": (Right.SITTINGS_ARRANGE, Right.SITTINGS_PROCTOR),
    "/api/v1/tablets/{tablet_id}/revocation": (Right.SITTINGS_ARRANGE, Right.SITTINGS_PROCTOR),
    "/api/v1/tablets/{tablet_id}/restoration": (Right.SITTINGS_ARRANGE, Right.SITTINGS_PROCTOR),
}
REACHED, NOT_THERE, MISSING, SIGNED_OUT = "reached", "not there", "right missing", "not signed in"


@dataclass
class Scene:
    """The sides, at one time."""

    time: str
    world: World
    sides: dict[str, Side]
    browser: Browser
    actors: dict[str, Actor]
    # Those who do not sign in as staff do: a candidate, a program.
    clients: dict[str, TestClient]
    portal: BlockingPortal
    nowhere: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)

    def client(self, kind: str) -> TestClient:
        """Whoever asks; all in one loop, for a loop of its own for every request takes as long as the answer."""
        if kind in self.clients:
            client = self.clients[kind]
        else:
            client = self.browser.stranger() if kind == "stranger" else self.browser.of(kind)
        client.portal = self.portal
        return client

    def shown_in(self, text: str) -> set[str]:
        """The sides whose class a page names, by its name or code."""
        with database.reading() as session:
            found = {name: session.get_one(TrainingClass, side.world.class_id) for name, side in self.sides.items()}
        return {name for name, one in found.items() if one.code in text or one.name in text}


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of account at one route with the things of one side."""

    kind: str
    route: Route
    side: str

    @property
    def named(self) -> tuple[str, str, str, str]:
        return self.kind, self.route.method, self.route.path, self.side


def names_in(path: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", path))


def narrow() -> list[Route]:
    """The routes to things of a class that some duty reaches only in part."""
    return [
        route
        for route in walking.routes(application())
        if set(RIGHTS[route.right].to.values()) - {Reach.ALL, Reach.OWN} and names_in(route.path)
    ]


def lists() -> list[Route]:
    """The pages and lists without a number in their path, by rights that some duty has only in part."""
    return [
        route
        for route in walking.routes(application())
        if set(RIGHTS[route.right].to.values()) - {Reach.ALL, Reach.OWN}
        and route.method == "GET"
        and not names_in(route.path)
    ]


def cells(kinds: list[str], sides: Mapping[str, Side]) -> Iterator[Cell]:
    return (Cell(kind, route, side) for kind in kinds for route in narrow() for side in sides)


def expected(actor: Actor, route: Route, side: Side) -> str:
    if not holds(actor, route.right):
        return SIGNED_OUT if actor is ANONYMOUS else MISSING
    if NO_SECRET in f"{route.path}/":
        return REACHED
    subject = side.tablet if "tablet_id" in names_in(route.path) else side.subject
    rights = HANDS.get(route.path, (route.right,))
    return REACHED if any(touches(actor, right, subject) for right in rights) else NOT_THERE


def found(scene: Scene, cell: Cell) -> str:
    """What came of it; with ``reached`` only if a thing that does not exist is answered differently, by 404."""
    path, side = cell.route.path, scene.sides[cell.side]
    status, text = _ask(scene, cell, side.ids)
    if text == "sign in":
        return SIGNED_OUT
    if status == 403 and "right_missing" in text:
        return MISSING
    if status >= 500:
        return f"failed {status}"
    key = cell.kind, cell.route.method, path
    if key not in scene.nowhere:
        scene.nowhere[key] = _ask(scene, cell, {})
    nowhere = scene.nowhere[key]
    if nowhere[0] != 404:
        return f"tells nothing: {status} {text[:200]}, and for nothing {nowhere[0]}"
    return NOT_THERE if (status, text) == nowhere else REACHED


def _ask(scene: Scene, cell: Cell, ids: Mapping[str, object]) -> tuple[int, str]:
    """The status and the words, without the address that was asked for."""
    route = cell.route
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: str(ids.get(name[1], NOWHERE)), route.path)
    body = body_of(scene.description, route.method, route.path)
    reply = scene.client(cell.kind).request(route.method, path, **body)
    return reply.status_code, "sign in" if reply.status_code in (303, 401) else reply.text.replace(path, "…")
