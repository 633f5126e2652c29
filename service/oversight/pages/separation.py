"""Separation certificates for those who pay on them, and the page on which anybody verifies one."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.rules import separation
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import errors, rendering
from service.kernel.database import Reading
from service.kernel.decision import Decision
from service.kernel.paging import Number
from service.oversight.actions import separation as actions
from service.oversight.queries import separation as queries
from service.oversight.rules.separation import may_certify

router = APIRouter(include_in_schema=False)
Paying = Annotated[Actor, may(Right.STATISTICS_PASS_RATES)]


@router.get("/separation")
def certificates(
    request: Request,
    session: Reading,
    actor: Paying,
    text: Annotated[str, Query(max_length=40)] = "",
    page: Number = 1,
) -> Response:
    """A page of the published classes with their certificates, or with the reason why there is none."""
    sought = text.strip()
    found = queries.certificates(session, page, text=sought)
    lines: list[tuple[object, object, Decision | None]] = []
    for training_class, one in found.rows:
        parts = actions.parts_of(session, training_class.id or 0) if one is None else None
        lines.append((training_class, one, may_certify(parts, published=True) if parts is not None else None))
    context = {"lines": lines, "found": found, "query": {"text": sought} if sought else {}}
    return rendering.page(request, "oversight/certificates.html", context, actor=actor)


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
