"""Asking for the things of every side as every kind of account, and what was to be answered by the table of rights."""

import itertools
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
# What else stands in paths beside the number of a thing: each form of a paper is the paper's.
CONSTANTS: dict[str, object] = {"letter": "A", "code": "23456789ABCD"}
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
    backend: str = "sqlite"

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


def whole(sides: Mapping[str, Side]) -> list[Route]:
    """The routes to things of a class by rights that reach everything, or nothing."""
    ours = set.intersection(*(set(side.ids) for side in sides.values()))
    return [
        route
        for route in walking.routes(application())
        if set(RIGHTS[route.right].to.values()) == {Reach.ALL} and names_in(route.path) & ours
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
    return (Cell(kind, route, side) for kind, route, side in itertools.product(kinds, narrow(), sides))


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
    status, text = _ask(scene, cell, scene.sides[cell.side].ids)
    turned_away = _at_the_door(status, text)
    if turned_away:
        return turned_away
    key = cell.kind, cell.route.method, cell.route.path
    if key not in scene.nowhere:
        scene.nowhere[key] = _ask(scene, cell, {})
    nowhere = scene.nowhere[key]
    if nowhere[0] != 404:
        return f"tells nothing: {status} {text[:200]}, and for nothing {nowhere[0]}"
    return NOT_THERE if (status, text) == nowhere else REACHED


def let_in(scene: Scene, cell: Cell) -> str:
    """The same where every thing is within reach, so that there is none to compare with."""
    return _at_the_door(*_ask(scene, cell, CONSTANTS | scene.sides[cell.side].ids)) or REACHED


def _at_the_door(status: int, text: str) -> str:
    if text == "sign in":
        return SIGNED_OUT
    if status == 403 and "right_missing" in text:
        return MISSING
    return f"failed {status}" if status >= 500 else ""


def _ask(scene: Scene, cell: Cell, ids: Mapping[str, object]) -> tuple[int, str]:
    """The status and the words, without the address that was asked for."""
    route = cell.route
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: str(ids.get(name[1], NOWHERE)), route.path)
    body = body_of(scene.description, route.method, route.path)
    reply = scene.client(cell.kind).request(route.method, path, **body)
    return reply.status_code, "sign in" if reply.status_code in (303, 401) else reply.text.replace(path, "…")
