"""HTML routes around the door: shutting a lost tablet out, and making a device trust this server."""

from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import authority, clock, errors, paging, rendering, settings
from service.kernel.database import Reading
from service.sittings.actions import tablets as actions
from service.sittings.shapes.tablets import TabletShape

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Actor, may(Right.PUBLIC)]


@router.get("/tablets")
def tablets(
    request: Request, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_VIEW)], page: int = 1
) -> HTMLResponse:
    """The tablets that hold rosters: one's own, or all for whoever arranges exams."""
    found = paging.page_of(session, actions.visible(actor), page)
    now, tongue = clock.now(), rendering.language_of(request)
    context = {
        "found": found,
        "tablets": [
            TabletShape.of(tablet, owner, actor, actions.may_restore(actor, tablet, now=now), tongue)
            for tablet, owner in found.rows
        ],
        "all": holds(actor, Right.SITTINGS_ARRANGE),
    }
    return rendering.page(request, "sittings/tablets.html", context, actor=actor)


@router.get("/trust")
def trust(request: Request, actor: Anyone) -> HTMLResponse:
    """How a tablet or a machine comes to trust this server, and whether it does."""
    certificate = _published()
    context = {
        "fingerprint": authority.fingerprint(certificate) if certificate is not None else "",
        "ends_at": certificate.not_valid_after_utc if certificate is not None else None,
    }
    return rendering.page(request, "sittings/trust.html", context, actor=actor)


@router.get("/trust/authority.crt")
def authority_certificate(_: Anyone) -> Response:
    """The authority's certificate, in the form that devices install; nothing else of the file, whatever it holds."""
    certificate = _published()
    if certificate is None:
        raise errors.NotFound()
    return Response(certificate.public_bytes(Encoding.DER), media_type="application/x-x509-ca-cert")


def _published() -> x509.Certificate | None:
    path = settings.current().authority_certificate
    return authority.read(path) if path is not None else None
