"""No list grows without end: each route that answers with a list has pages, or a reason why it is short for ever."""

import typing

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from service.main import create_app

# What says how far into a list somebody asks.
PAGES = {"page", "before", "after"}
BY_CLASS = "people or papers of one class, which the rules of rosters bound"
BY_SITTING = "what happened in one room within one exam"
OWN = "what belongs to one person"
SETTINGS = "settings that officers write by hand, a few dozen"
# Lists that are read whole, and why they stay short.
BOUNDED = {
    "/api/v1/ties/own": OWN,
    "/api/v1/emergency-duties": "the newest ones, so many as the query says, and those nobody took note of",
    "/api/v1/organisations": "the bodies of one city",
    "/api/v1/programme/plans": "one a year",
    "/api/v1/programme/classes/{class_id}/roster": BY_CLASS,
    "/api/v1/bank/editions": SETTINGS,
    "/api/v1/bank/subjects": SETTINGS,
    "/api/v1/papers/blueprints": SETTINGS,
    "/api/v1/papers/jobs": "the newest ones, so many as the query says",
    "/api/v1/exam-points": "the rooms of one city",
    "/api/v1/room-rules": SETTINGS,
    "/api/v1/rooms/{room_id}/machines": "the machines of one room",
    "/api/v1/sittings/duties": "one's own duties on days to come",
    "/api/v1/sittings/{sitting_id}/cases": BY_SITTING,
    "/api/v1/sittings/switches/{switch_id}/answers": BY_SITTING,
    "/api/v1/sittings/{sitting_id}/paper-sheets": BY_SITTING,
    "/api/v1/sittings/{sitting_id}/reopenings": BY_SITTING,
    "/api/v1/results/classes/{class_id}/editions": BY_CLASS,
    "/api/v1/results/appeals/{appeal_id}/marks": "the questions of one sheet",
    "/api/v1/results/classes/{class_id}/resits": BY_CLASS,
    "/api/v1/results/statistics/{class_id}": BY_CLASS,
    "/api/v1/results/statistics/{class_id}/similarity": BY_CLASS,
    "/api/v1/results/statistics/{class_id}/similarity/cases": BY_CLASS,
    "/api/v1/results/scripts/classes/{class_id}/own": BY_CLASS,
    "/api/v1/results/classes/{class_id}/draft": BY_CLASS,
    "/api/v1/results/classes/{class_id}/voidings": BY_CLASS,
    "/api/v1/results/classes/{class_id}": BY_CLASS,
    "/api/v1/journal/keys": "one for each time that the key was changed",
    "/api/v1/journal/witnesses": SETTINGS,
    "/api/v1/journal/heads/{size}/cosignatures": "one of each witness",
    "/api/v1/retention/rules": "one for each kind of records",
    "/api/v1/statistics/definitions": "one for each rate",
    "/api/v1/same-persons": "pairs that auditors found and nobody has put right yet",
}
# Lists that are read whole and grow: by how much, until they have pages.
GROWING = {
    "/api/v1/programme/classes": "by the classes of a year, a few hundred; narrowed by year",
    "/api/v1/bank/versions/awaiting-review": "numbers only, of what waits",
    "/api/v1/papers": "by the papers of a year, one a class; narrowed by year",
    "/api/v1/papers/break-glass": "by openings outside the usual way",
    "/api/v1/results/scripts/queues": "by classes whose texts wait for marks",
    "/api/v1/results/transcriptions": "by copied sheets that wait",
}


def lists(app: FastAPI) -> dict[str, set[str]]:
    """Every address that answers with a JSON list, and by which words somebody asks for a part of it."""
    found: dict[str, set[str]] = {}
    for context in iter_route_contexts(app.routes):
        route = getattr(context, "route", context)
        endpoint = getattr(route, "endpoint", None)
        if endpoint is None or "GET" not in (getattr(route, "methods", None) or ()):
            continue
        hints = typing.get_type_hints(endpoint)
        if typing.get_origin(hints.get("return")) is list:
            path = str(getattr(context, "path", None) or getattr(route, "path", ""))
            found[path] = PAGES & hints.keys()
    return found


def test_each_list_has_pages_or_is_known_to_be_short_or_to_grow() -> None:
    found = lists(create_app())
    whole = {path for path, pages in found.items() if not pages}

    assert whole == BOUNDED.keys() | GROWING.keys()
    assert not BOUNDED.keys() & GROWING.keys()
    assert {"/api/v1/ties", "/api/v1/accounts", "/api/v1/retention/disposals", "/api/v1/results/appeals"} <= (
        found.keys() - whole
    )


def test_a_new_list_that_is_read_whole_is_noticed() -> None:
    app = create_app()

    @app.get("/api/v1/everything")
    def everything() -> list[int]:
        return []

    assert lists(app).keys() - lists(create_app()).keys() == {"/api/v1/everything"}
    assert lists(app)["/api/v1/everything"] == set()
