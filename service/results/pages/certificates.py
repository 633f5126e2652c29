"""Certificates for anybody who holds a code: typing it, and the page that can be printed."""

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from service.access.rules.people import ROLE_NAMES
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import rendering, settings
from service.kernel.database import Reading
from service.results.actions import credentialing
from service.results.queries import certificates as reads
from service.results.rules.credentials import FINDING_NAMES

router = APIRouter(include_in_schema=False)
LONGEST_CODE = 40


@router.get("/verify")
def verify(request: Request, actor: Annotated[Actor, may(Right.PUBLIC)], code: str = "") -> Response:
    """The form for a code; a typed one leads to its certificate."""
    typed = "".join(letter for letter in code[:LONGEST_CODE] if letter.isascii() and letter.isalnum()).upper()
    if typed:
        return RedirectResponse(f"/certificates/{typed}", status_code=303)
    return rendering.page(request, "results/verify.html", {"unknown": "", "checked": None}, actor=actor)


def read(file: UploadFile) -> bytes:
    """The uploaded file, one byte more than allowed at most; it is read before any session is there."""
    return file.file.read(credentialing.MOST_BYTES + 1)


@router.post("/verify")
def verify_file(
    request: Request,
    content: Annotated[bytes, Depends(read)],
    session: Reading,
    actor: Annotated[Actor, may(Right.PUBLIC)],
) -> Response:
    """What verifying an uploaded credential finds, in words."""
    checked = credentialing.check(session, content)
    context = {"unknown": "", "checked": checked, "findings": FINDING_NAMES, "roles": ROLE_NAMES}
    return rendering.page(request, "results/verify.html", context, actor=actor)


@router.get("/certificates/{code}")
def certificate(request: Request, code: str, session: Reading, actor: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """What a certificate attests, fit for printing; for an unknown code, clear words and the form again."""
    code = code[:LONGEST_CODE].strip().upper()
    view = reads.certificate(session, code)
    if view is None:
        return rendering.page(
            request, "results/verify.html", {"unknown": code, "checked": None}, actor=actor, status=404
        )
    address = f"{settings.current().public_url}/certificates/{code}"
    drawn = segno.make(address, error="m").svg_inline(border=2, svgclass="qr", lineclass=None, omitsize=True)
    context = {"view": view, "roles": ROLE_NAMES, "address": address, "drawn": drawn}
    return rendering.page(request, "results/certificate.html", context, actor=actor)
