"""JSON routes of oversight: pass rates for those who pay, the record for those who audit."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.journal import queries as journal
from service.kernel import clock, errors, sealing
from service.kernel.database import Reading, Writing
from service.kernel.guards import declared_rights
from service.kernel.paging import page_of
from service.oversight import actions, queries, shapes
from service.oversight.rules import Dimension
from service.oversight.tables import SeparationCertificate

router = APIRouter(prefix="/api/v1", tags=["oversight"])


@router.get("/statistics/pass-rates")
def pass_rates(
    session: Writing,
    actor: Annotated[Actor, may(Right.STATISTICS_PASS_RATES)],
    by: Dimension = Dimension.CLASS,
    since: Annotated[
        date | None, Query(description="First local day of sittings.", ge=shapes.EARLIEST, le=shapes.LATEST)
    ] = None,
    until: Annotated[
        date | None, Query(description="Last local day, included.", ge=shapes.EARLIEST, le=shapes.LATEST)
    ] = None,
    plan_year: int | None = None,
) -> shapes.PassRatesShape:
    """Pass rates of published results; the reading goes on record, so this GET writes."""
    end = until + timedelta(days=1) if until else None
    rates = actions.read_pass_rates(
        session,
        actor,
        by,
        since=shapes.midnight(since),
        until=shapes.midnight(end),
        plan_year=plan_year,
        now=clock.now(),
    )
    return shapes.PassRatesShape.of(by, rates, clock.now())


@router.get("/journal")
def read_journal(
    session: Reading,
    _: Annotated[Actor, may(Right.JOURNAL_READ)],
    event: str = "",
    actor: str = "",
    subject: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> shapes.EntryList:
    """The record, newest first, filtered by event, actor or subject."""
    found = page_of(session, journal.entries(event=event, actor=actor, subject=subject), page)
    rows = [shapes.EntryShape.model_validate(row, from_attributes=True) for row in found.rows]
    return shapes.EntryList(total=found.total, page=found.number, pages=found.pages, entries=rows)


Paying = Annotated[Actor, may(Right.STATISTICS_PASS_RATES)]


@router.get("/separation/certificates")
def certificates(session: Reading, _: Paying) -> list[shapes.CertificateLine]:
    """Every published class with its separation certificate; where there is none, it could not be given."""
    return [
        shapes.CertificateLine(
            class_id=found.id or 0,
            code=found.code,
            name=found.name,
            number=one.number if one else None,
            digest=one.digest if one else None,
            issued_at=one.issued_at if one else None,
        )
        for found, one in queries.certificates(session)
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
