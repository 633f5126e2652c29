"""Certificates and credentials as files, and what verifying one found."""

from fastapi import Response
from pydantic import BaseModel

from service.results.actions.credentialing import Checked
from service.results.queries.certificates import CertificateView
from service.results.rules.credentials import FINDING_NAMES, Finding, Form
from service.results.shapes.results import CertificateShape

MEDIA = {Form.PDF: "application/pdf", Form.CREDENTIAL: "application/vc", Form.ENVELOPE: "application/vc+jwt"}


class CheckShape(BaseModel):
    """What verifying a file found; the certificate only where the file is a genuine one."""

    finding: Finding
    said: str
    certificate: CertificateShape | None

    @classmethod
    def of(cls, checked: Checked) -> "CheckShape":
        view = checked.view
        return cls(
            finding=checked.finding,
            said=FINDING_NAMES[checked.finding],
            certificate=CertificateShape.of(view) if view is not None else None,
        )


def file_of(view: CertificateView, form: Form, content: bytes) -> Response:
    """A certificate as a file to be kept."""
    headers = {
        "Content-Disposition": f'attachment; filename="certificate-{view.code}.{form}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=MEDIA[form], headers=headers)
