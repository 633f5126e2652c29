"""What the description of the API says about refusals and about signing in: said here once, for every route.

FastAPI knows what a route returns when all goes well. Everything else is raised somewhere beneath and rendered by
``kernel.problems``, so no signature tells of it; without this the description would promise that nothing is refused.
"""

from collections.abc import Collection, Iterator
from typing import Any

from fastapi import FastAPI, Response

from service.kernel.guards import declared_rights

PROBLEM, MEDIA = "Problem", "application/problem+json"
# RFC 9457 §3.1, and the stable code beside it. Further members say more: faults, source, incident.
_SHAPE = {
    "title": PROBLEM,
    "description": "RFC 9457. Programs go by `code`; `detail` is a sentence for people, in their language.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:peikao:problem:[a-z0-9_]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "instance": {"type": "string", "description": "The path that was asked for."},
    },
}
REFUSALS = {
    "400": "The body cannot be read at all.",
    "401": "Nobody is signed in, or what was shown for it no longer counts.",
    "403": "This person may not do this; the sentence says why.",
    "404": "There is no such thing, or it is not yours: a stranger cannot tell which.",
    "409": "The thing exists, but its state or the time does not allow this now.",
    "413": "The body is larger than the service takes.",
    "422": "The request can be read, but something in it is not what it must be.",
    "429": "It was tried too often; the same request will be heard again after a while.",
    "503": "The database cannot be used just now; nothing was changed, the same request will do later.",
}
_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": "peikao", "description": "What signing in sets."},
    "program": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {}}},
    },
}
Route = tuple[str, str]


def a_file(*media: str) -> dict[str, Any]:
    """How a route says that it returns a file of one of these types, and no JSON."""
    return {"response_class": Response, "responses": {200: {"content": {kind: {} for kind in media}}}}


def install(app: FastAPI, public: str) -> None:
    """Let the application describe itself with refusals; routes of the right ``public`` ask for no sign-in."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            open_to_all = {route for route, right in declared_rights(app).items() if right == public}
            app.openapi_schema = with_refusals(describe(), open_to_all)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def with_refusals(description: dict[str, Any], public: Collection[Route]) -> dict[str, Any]:
    """The same description, in which every operation tells what it may refuse; ``public`` ones ask for no sign-in."""
    components = description.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas[PROBLEM] = _SHAPE
    components["securitySchemes"] = _SCHEMES
    # What FastAPI would send if we had not a handler of our own.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for status in _refusals(method, path, operation):
                _declare(operation["responses"], status)
            operation["security"] = [] if (method.upper(), path) in public else [{"session": []}, {"program": []}]
    return description


def _refusals(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from ("401", "403", "429", "503")
    if "requestBody" in operation:
        yield from ("400", "413")
    # What a route itself names is what its address does not show.
    yield from (status for status in ("404", "409", "422") if status in operation["responses"])
    # A query or a body may name a thing, too.
    if "parameters" in operation or "requestBody" in operation:
        yield "404"
    if "{" in path or method != "get":
        yield "409"


def _declare(responses: dict[str, Any], status: str) -> None:
    # A route may say more of a refusal than a problem does; FastAPI's own words for 422 are not what we send.
    said = responses.get(status, {})
    content = {
        media: shape
        for media, shape in said.get("content", {}).items()
        if shape.get("schema") != {"$ref": "#/components/schemas/HTTPValidationError"}
    }
    problem = {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}
    responses[status] = {"description": REFUSALS[status], "content": {**content, MEDIA: problem}}
