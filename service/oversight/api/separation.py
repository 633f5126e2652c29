"""JSON routes of separation certificates, their key, and the attestation."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import errors, sealing
from service.kernel.database import Reading
from service.kernel.guards import declared_rights
from service.kernel.paging import Number, told
from service.oversight.actions import separation as actions
from service.oversight.queries import separation as queries
from service.oversight.shapes import separation as shapes
from service.oversight.tables import SeparationCertificate

router = APIRouter()
Paying = Annotated[Actor, may(Right.STATISTICS_PASS_RATES)]


@router.get("/separation/certificates")
def certificates(
    response: Response,
    session: Reading,
    _: Paying,
    text: Annotated[str, Query(max_length=40)] = "",
    page: Number = 1,
) -> list[shapes.CertificateLine]:
    """Published classes with their separation certificates; where there is none, it could not be given.

    The newest class first, fifty a page, all or those with this text in their code or name; how many there are is in
    ``X-Total``.
    """
    return [
        shapes.CertificateLine(
            class_id=found.id or 0,
            code=found.code,
            name=found.name,
            number=one.number if one else None,
            digest=one.digest if one else None,
            issued_at=one.issued_at if one else None,
        )
        for found, one in told(response, queries.certificates(session, page, text=text.strip()))
    ]


def _certificate(session: Reading, class_id: int) -> SeparationCertificate:
    found = queries.certificate(session, class_id)
    if found is None:
        raise errors.NotFound()
    return found


@router.get("/separation/certificates/{class_id}")
def certificate(class_id: int, session: Reading, _: Paying, response: Response) -> shapes.CertificateShape:
    """The newest separation certificate of a class, to be kept and verified without this service."""
    response.headers["Content-Disposition"] = f'inline; filename="separation-{class_id}.json"'
    return shapes.CertificateShape.of(_certificate(session, class_id), sealing.public_key(actions.PURPOSE))


@router.get(
    "/separation/certificates/{class_id}/certificate.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def certificate_pdf(class_id: int, session: Reading, _: Paying) -> Response:
    """The same on paper, with the digest of the signed text."""
    pdf = actions.print_certificate(_certificate(session, class_id))
    headers = {"Content-Disposition": f'inline; filename="separation-{class_id}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get("/separation/key", response_class=Response, responses={200: {"content": {"application/x-pem-file": {}}}})
def certificate_key(_: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """The public key of separation certificates, in PEM."""
    return Response(sealing.public_key(actions.PURPOSE), media_type="application/x-pem-file")


@router.get("/separation/attestation")
def attestation(request: Request, session: Reading, _: Paying) -> shapes.AttestationShape:
    """Which policy and build this is, and what was last proved and tried of it: for auditors and those who pay."""
    routes = [(method, path, str(right)) for (method, path), right in declared_rights(request.app).items()]
    return shapes.AttestationShape.of(actions.attest(session, routes))
