"""The rest of the proof: no route is a way around the table of rights; and the digest that names one policy."""

import hashlib
import json
from collections.abc import Iterable, Iterator

from service.access.rules import requirements
from service.access.rules.duties import EXAM_DUTIES, HOLDERS, NEVER_WITH_TRAINING, Duty
from service.access.rules.people import OrganisationKind as Kind
from service.access.rules.policy import RIGHTS, Right
from service.access.rules.proving import carried
from service.access.rules.separation import EXCLUSIONS

# A route as the guards declare it: method, path, and the right it asks for.
Route = tuple[str, str, str]
API = "/api/v1"


def route_breaches(routes: Iterable[Route]) -> Iterator[str]:
    """Every route by which an outsider would reach the exam, in words; nothing where all is well."""
    carried.cache_clear()
    outsiders = {
        **{f"an account of the {kind}": _beyond(kind) for kind in requirements.OUTSIDERS},
        "a candidate": carried(frozenset({Duty.SIT})) - requirements.CANDIDATES,
    }
    for method, path, right in sorted(routes):
        place = path.removeprefix(API)
        inside = any(place == one or place.startswith(f"{one}/") for one in requirements.EXAM_PLACES)
        if inside and right in requirements.APART and f"{method} {path}" not in requirements.OPEN_PLACES:
            yield f"{method} {path} belongs to the exam and asks for {right}, which is not of the exam"
        for who, rights in outsiders.items():
            if right in rights:
                yield f"{who} gets through {method} {path} by {right}"


def _beyond(kind: str) -> frozenset[Right]:
    """What accounts of such a body could reach, by any duty it may hold, beyond what it ever should."""
    duties = frozenset(duty for duty in Duty if Kind(kind) in HOLDERS[duty])
    return carried(duties) - requirements.OUTSIDERS[kind]


def policy_digest() -> str:
    """SHA-256 over all tables that decide who may do what: two installations with one digest have one policy."""
    tables = {
        "rights": {right: {"exam": grants.exam, "to": dict(grants.to)} for right, grants in RIGHTS.items()},
        "holders": {duty: sorted(kinds) for duty, kinds in HOLDERS.items()},
        "exam_duties": sorted(EXAM_DUTIES),
        "never_with_training": sorted(NEVER_WITH_TRAINING),
        "exclusions": sorted([row.first, row.second, row.scope] for row in EXCLUSIONS),
    }
    return _digest(tables)


def routes_digest(routes: Iterable[Route]) -> str:
    """SHA-256 over every route with the right it asks for."""
    return _digest(sorted(routes))


def _digest(table: object) -> str:
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
