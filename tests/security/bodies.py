"""Bodies of the right shape, made from a route's own description: so that a refusal is one of reach, not of form."""

from typing import Any

STRINGS = {"date": "2026-11-20", "date-time": "2026-11-20T01:00:00+00:00"}
# What a pattern asks for cannot be guessed from the pattern.
NAMED = {
    "letter": "A",
    "nonce": "0123456789abcdef",
    "tablet": "0123456789abcdef",
    "device": "0123456789abcdef",
    "digest": "0" * 64,
}

# What the shape alone does not say: an admission needs no reason, an exam is not ended for noise.
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/sittings/seats/{seat_id}/admission": {"json": {"admit": True}},
    "POST /api/v1/sittings/seats/{seat_id}/termination": {"json": {"kind": "cheating", "note": "桌下夹带纸条"}},
    "POST /api/v1/sittings/incidents/{incident_id}/photos": {"files": {"file": ("a.png", b"\x89PNG\r\n\x1a\n")}},
    "POST /api/v1/results/transcriptions/{sheet_id}/photos": {"files": {"file": ("a.png", b"\x89PNG\r\n\x1a\n")}},
    "GET /api/v1/sittings/{sitting_id}/pack": {"params": {"device": "0123456789abcdef"}},
}


def body_of(description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Keyword arguments for the client: a body or a query, or nothing."""
    if f"{method} {path}" in BODIES:
        return BODIES[f"{method} {path}"]
    operation = description["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        return {"json": example(description, content["application/json"]["schema"])}
    return {"content": b"\x89PNG\r\n\x1a\n", "headers": {"content-type": "image/png"}} if content else {}


def example(description: dict[str, Any], schema: dict[str, Any], name: str = "") -> Any:
    """The smallest value that a schema lets through."""
    if "$ref" in schema:
        found = description
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return example(description, found, name)
    if "default" in schema:
        return schema["default"]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return example(description, schema[several][0], name)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return _plain(description, schema, name)


def _plain(description: dict[str, Any], schema: dict[str, Any], name: str) -> Any:
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            return {one: example(description, schema["properties"][one], one) for one in wanted}
        case "array":
            return [example(description, schema.get("items", {}))] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "string":
            text = STRINGS.get(schema.get("format", ""), NAMED.get(name, "原因说明"))
            return text + "明" * max(0, schema.get("minLength", 0) - len(text))
        case _:
            return None
