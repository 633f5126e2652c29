"""Separation certificates for those who pay on them, and the page on which anybody verifies one."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules import separation
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import errors, rendering
from service.kernel.database import Reading
from service.kernel.decision import Decision
from service.oversight.actions import separation as actions
from service.oversight.queries import separation as queries
from service.oversight.rules.separation import may_certify

router = APIRouter(include_in_schema=False)
Paying = Annotated[Actor, may(Right.STATISTICS_PASS_RATES)]


@router.get("/separation")
def certificates(request: Request, session: Reading, actor: Paying) -> Response:
    """Every published class with its certificate, or with the reason why there is none."""
    lines: list[tuple[object, object, Decision | None]] = []
    for found, one in queries.certificates(session):
        missing = may_certify(actions.parts_of(session, found.id or 0), published=True) if one is None else None
        lines.append((found, one, missing))
    return rendering.page(request, "oversight/certificates.html", {"lines": lines}, actor=actor)


@router.get("/separation/verify")
def verify(request: Request, actor: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """The page on which the browser itself verifies a certificate, by code that the producer does not share."""
    return rendering.page(request, "oversight/verify_separation.html", {}, actor=actor)


@router.get("/separation/classes/{class_id}")
def certificate(request: Request, class_id: int, session: Reading, actor: Paying) -> Response:
    """One certificate in words."""
    found = queries.certificate(session, class_id)
    if found is None:
        raise errors.NotFound()
    content = json.loads(found.document)
    duties: dict[str, list[dict[str, str]]] = {}
    for part in content["exam"]:
        duties.setdefault(part["duty"], []).append(part)
    for one in content.get("broken_open", ()):
        one["moment"] = datetime.fromisoformat(one["at"])
    context = {"certificate": found, "content": content, "duties": duties, "word": separation.word}
    return rendering.page(request, "oversight/certificate.html", context, actor=actor)
