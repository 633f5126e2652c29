"""JSON routes of certificates as files: handed out, verified, and what is published so that others can verify them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response, UploadFile
from fastapi.responses import JSONResponse
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, describing, sealing
from service.kernel.bounds import Identifier
from service.kernel.database import Reading
from service.results.actions import credentialing
from service.results.rules.credentials import Form
from service.results.shapes.credentials import CheckShape, file_of

router = APIRouter()
Bureau = Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
Anybody = Annotated[Actor, may(Right.PUBLIC)]
Code = Annotated[str, Path(max_length=40)]
# As many lists as there can be numbers in the database.
Part = Annotated[int, Path(ge=0, le=16_383)]


def read(file: UploadFile) -> bytes:
    """The uploaded file, one byte more than allowed at most; it is read before any session is there."""
    return file.file.read(credentialing.MOST_BYTES + 1)


@router.get("/results/classes/{class_id}/certificates/{code}/certificate.pdf", **describing.a_file("application/pdf"))
def certificate_pdf(class_id: Identifier, code: Code, session: Reading, actor: Bureau) -> Response:
    """A certificate of a class as PDF; that it left the house goes on record."""
    return _hand_out(session, actor, class_id, code, Form.PDF)


@router.get("/results/classes/{class_id}/certificates/{code}/credential.json", **describing.a_file("application/vc"))
def certificate_credential(class_id: Identifier, code: Code, session: Reading, actor: Bureau) -> Response:
    """The same as a signed credential (Open Badges 3.0, W3C Verifiable Credentials 2.0); this goes on record too."""
    return _hand_out(session, actor, class_id, code, Form.CREDENTIAL)


@router.get("/results/classes/{class_id}/certificates/{code}/credential.jwt", **describing.a_file("application/vc+jwt"))
def certificate_envelope(class_id: Identifier, code: Code, session: Reading, actor: Bureau) -> Response:
    """The same credential in the envelope of JOSE (W3C VC-JOSE-COSE), for programs that verify tokens."""
    return _hand_out(session, actor, class_id, code, Form.ENVELOPE)


def _hand_out(session: Session, actor: Actor, class_id: int, code: str, form: Form) -> Response:
    view = credentialing.of_class(session, actor, class_id, code)
    content = credentialing.make(session, view, form)
    found = file_of(view, form, content)
    # Setting a page takes a moment, and nobody who writes has to wait for it.
    with database.writing() as noting:
        credentialing.note(noting, actor.label, view, form, content, now=clock.now())
    return found


@router.post("/certificates/check")
def check(content: Annotated[bytes, Depends(read)], session: Reading, _: Anybody) -> CheckShape:
    """Verify a credential that somebody holds: valid, revoked, altered, or not ours."""
    return CheckShape.of(credentialing.check(session, content))


@router.get("/credentials/key", **describing.a_file("application/x-pem-file"))
def key(_: Anybody) -> Response:
    """The bureau's public key, in PEM: it signs credentials, status lists and payment lists."""
    return Response(sealing.ed25519_pem(sealing.bureau_key().public), media_type="application/x-pem-file")


@router.get("/credentials/status/{part}", **describing.a_file("application/vc"))
def status(part: Part, session: Reading, _: Anybody) -> Response:
    """Which credentials are revoked, as signed bits that name nobody (W3C Bitstring Status List)."""
    found = credentialing.status_list(session, part, now=clock.now())
    return JSONResponse(found, media_type="application/vc")
