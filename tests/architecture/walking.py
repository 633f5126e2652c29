"""Walking through the whole service: every route it has, sent with the real ids of a world."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from service.access.rules.policy import RIGHTS, Right
from service.bank import queries as bank
from service.kernel.guards import declared_rights
from service.programme.tables import Trainee
from service.results.tables import Certificate
from service.sittings import queries as sittings
from service.sittings.tables import Room
from tests.world import World

# Sent last, because they end the session of whoever sends them: one can sign in again after the first, not the second.
SIGN_OUT, HAND_IN = ("DELETE", "/api/v1/session"), ("POST", "/api/v1/exam/hand-in")
FAREWELLS = [SIGN_OUT, HAND_IN]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    right: Right

    @property
    def exam(self) -> bool:
        return RIGHTS[self.right].exam


def routes(app: FastAPI) -> list[Route]:
    """Every route that the service has, with the right it declares."""
    declared = declared_rights(app)
    found = [Route(method, path, Right(str(right))) for (method, path), right in declared.items()]
    return sorted(found, key=lambda one: (_farewell(one), one.path, one.method))


def _farewell(route: Route) -> int:
    at = (route.method, route.path)
    return FAREWELLS.index(at) + 1 if at in FAREWELLS else 0


def real_ids(session: Session, world: World) -> dict[str, object]:
    """What the names in paths stand for: things that exist, and a duty whose revocation changes nothing."""
    _, version = next(iter(bank.newest_versions(session).values()))
    certificate = session.exec(select(Certificate.code).limit(1)).first()
    return {
        "tie_id": 0,
        "account_id": world.accounts["planner"],
        "duty": "audit",
        "version_id": version.id if version is not None else 0,
        "draft_id": 0,
        "digest": "0" * 64,
        "place": "stem",
        "code": certificate or "23456789ABCD",
        "position": 1,
        "part": 0,
        "paper_id": world.paper_id,
        "blueprint_id": 1,
        "mark_id": 0,
        "letter": "A",
        "person_id": session.exec(select(Trainee.person_id).where(col(Trainee.id) == world.trainees[0])).one(),
        "class_id": world.class_id,
        "organisation_id": world.organisations["institution"],
        "trainee_id": world.trainees[0],
        "seat_id": world.seats[-1],
        "sitting_id": world.sitting_id,
        "tablet_id": 0,
        "case_id": 0,
        "switch_id": 0,
        "reopening_id": 0,
        "incident_id": 0,
        "ruling_id": 1,
        "list_id": 1,
        "appeal_id": 1,
        "voiding_id": 0,
        "external_id": 1,
        "script_id": 1,
        "sheet_id": 1,
        "sheet_photo_id": 0,
        "file_id": 1,
        "photo_id": 0,
        "year": 2024,
        "room_id": world.room_id,
        "exam_point_id": session.get_one(Room, world.room_id).exam_point_id,
        "equipment": "clock",
        "effective_on": "2024-01-01",
        "machine_check_id": 0,
        "arrangement_id": 0,
        "late_answer_id": 0,
        "disposal_id": 0,
        "passkey_id": 0,
        "emergency_id": 0,
        "name": "0" * 16,
        "client_id": "nobody",
        "size": 1,
        "seq": 1,
    }


def filled(path: str, ids: dict[str, object]) -> str:
    """A route's path with real ids in it; a name that is new here has to be added to :func:`real_ids`."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(ids[found[1]]), path)


def send(client: TestClient, route: Route, ids: dict[str, object]) -> str:
    """What becomes of a request: ``admitted``, ``not signed in``, ``right missing``, or a failure of the service."""
    body = None if route.method == "GET" else {}
    try:
        reply = client.request(route.method, filled(route.path, ids), json=body)
    except KeyError:
        raise
    except Exception as fault:
        return f"failed: {fault!r}"
    to_sign_in = reply.status_code == 303 and reply.headers["location"].partition("?")[0] in {"/sign-in", "/exam"}
    if reply.status_code == 401 or to_sign_in:
        return "not signed in"
    if reply.status_code == 403 and "right_missing" in reply.text:
        return "right missing"
    return "admitted" if reply.status_code < 500 else f"failed: {reply.status_code}"


def seat_of(session: Session, trainee_id: int, world: World) -> int:
    """The seat of a trainee in the world's sitting."""
    return next(one.id or 0 for one in sittings.seats_of(session, world.sitting_id) if one.trainee_id == trainee_id)


def gets(app: FastAPI) -> Iterator[Route]:
    """Every route that only looks."""
    return (route for route in routes(app) if route.method == "GET")
