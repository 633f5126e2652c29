"""Handing out certificates, on paper and as signed credentials, and verifying such a file for anybody.

Nothing of a credential is kept: it is made from the credit whenever it is asked for, to the same bytes, and whether it
still counts follows from the newest version of its result. So a void result revokes it and a restored one restores it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never
from urllib.parse import urlsplit

import segno
from cryptography.exceptions import InvalidSignature
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing, settings
from service.results.queries import certificates as reads
from service.results.queries.certificates import CertificateView
from service.results.rules import credentials as rules
from service.results.rules import envelopes, proofs
from service.results.rules.credentials import Attested, Finding, Form, Issuer
from service.results.rules.proofs import Document
from service.sittings.actions import typesetting

# A credential has some three thousand bytes.
MOST_BYTES = 64 * 1024


def certificate(session: Session, code: str) -> CertificateView:
    """A certificate that may be handed out.

    Raises:
        NotFound: no such certificate. WrongState: its result is void, or no longer passed.
    """
    view = reads.certificate(session, code)
    if view is None:
        raise errors.NotFound("certificate_unknown", "没有编号为{number}的证明，请核对编号。", number=code[:20])
    if view.void_since is not None:
        raise errors.WrongState("certificate_void", "这份证明所依据的成绩已经作废或者更正，不能再出具。")
    return view


def of_class(session: Session, actor: Actor, class_id: int, code: str) -> CertificateView:
    """A certificate of a class, for those of the bureau who confirm and publish.

    Raises:
        NotFound: no such certificate in this class. WrongState: it is revoked.
    """
    using.require_right(actor, Right.RESULTS_UNPUBLISHED)
    if not reads.of_class(session, class_id, code):
        raise errors.NotFound()
    return certificate(session, code)


def code_of_seat(session: Session, seat_id: int) -> str:
    """The code of the certificate that a candidate's own result brought.

    Raises:
        NotFound: it brought none.
    """
    code = reads.of_seat(session, seat_id)
    if code is None:
        raise errors.NotFound("no_certificate", "这次考试没有合格证明。")
    return code


def make(session: Session, view: CertificateView, form: Form) -> bytes:
    """A certificate as PDF, or as a signed credential: under a proof of its own, or in an envelope."""
    match form:
        case Form.PDF:
            return _pdf(session, view)
        case Form.CREDENTIAL:
            return _written(credential(session, view))
        case Form.ENVELOPE:
            return _enveloped(rules.credential(issuer(session), _attested(session, view)))
        case _:
            assert_never(form)


def note(session: Session, label: str, view: CertificateView, form: Form, content: bytes, *, now: datetime) -> None:
    """Put on record that a certificate left the house, with the digest of what left."""
    data = {"code": view.code, "format": form, "digest": sealing.digest(content)}
    record(session, Event.CERTIFICATE_EXPORTED, label, f"class:{view.training_class.id}", now=now, data=data)


def credential(session: Session, view: CertificateView) -> Document:
    """The credential of a certificate, signed by the bureau at the moment of its issue."""
    of = _attested(session, view)
    return _signed(rules.credential(issuer(session), of), of.issued_at)


def status_list(session: Session, part: int, *, now: datetime) -> Document:
    """The signed list of which certificates are revoked; it names nobody."""
    first = part * rules.LIST_BITS
    found = reads.revoked(session, first, first + rules.LIST_BITS)
    return _signed(rules.status_list(issuer(session), part, found, _instant(now)), _instant(now))


def issuer(session: Session) -> Issuer:
    """The bureau as an issuer of credentials."""
    did = proofs.did_of(sealing.bureau_key().public)
    return Issuer(did, reads.bureau(session), settings.current().public_url)


@dataclass(frozen=True, slots=True)
class Checked:
    """What verifying a file found, and the certificate where the file is a genuine one."""

    finding: Finding
    view: CertificateView | None = None


def check(session: Session, content: bytes) -> Checked:
    """Verify a file that somebody has: ours, unaltered, and still standing?"""
    if len(content) > MOST_BYTES:
        return Checked(Finding.FOREIGN)
    try:
        document, genuine = _opened(content)
    except (ValueError, KeyError, TypeError):
        return Checked(Finding.FOREIGN)
    if not genuine:
        return Checked(Finding.ALTERED)
    # What we signed may also be a list of the revoked: that is no certificate.
    code = urlsplit(str(document.get("id"))).path.removeprefix("/certificates/")
    view = reads.certificate(session, code)
    if view is None:
        return Checked(Finding.FOREIGN)
    return Checked(Finding.VALID if view.void_since is None else Finding.REVOKED, view)


def _opened(content: bytes) -> tuple[Document, bool]:
    """What a file says, and whether it is as we signed it.

    Raises:
        ValueError, KeyError, TypeError: it has not the form, or is signed by somebody else.
    """
    method = proofs.method_of(sealing.bureau_key().public)
    if content.lstrip().startswith(envelopes.BEGINS):
        envelope = envelopes.read(content)
        if envelope.header["kid"] != method:
            raise ValueError("another key")
        sound = envelope.header == envelopes.header(method)
        return envelope.document, sound and _signed_by_us(envelope.signed, envelope.signature)
    document = proofs.read(content)
    if document["proof"]["verificationMethod"] != method:
        raise ValueError("another key")
    return document, _genuine(document, document["proof"])


def _signed_by_us(signed: bytes, signature: bytes) -> bool:
    try:
        sealing.verify_ed25519(sealing.bureau_key().public, signed, signature)
    except InvalidSignature:
        return False
    return True


def _genuine(document: Document, proof: Document) -> bool:
    try:
        signed, signature = proofs.signed_bytes(document, proof), proofs.from_base58(str(proof["proofValue"]))
    except (ValueError, KeyError):
        return False
    if not _signed_by_us(signed, signature):
        return False
    wanted = proofs.options(document, str(proof["verificationMethod"]), str(proof.get("created")))
    return {name: value for name, value in proof.items() if name != "proofValue"} == wanted


def _signed(document: Document, created: str) -> Document:
    key = sealing.bureau_key()
    proof = proofs.options(document, proofs.method_of(key.public), created)
    value = proofs.base58(key.sign(proofs.signed_bytes(document, proof)))
    return {**document, "proof": {**proof, "proofValue": value}}


def _enveloped(document: Document) -> bytes:
    key = sealing.bureau_key()
    signed = envelopes.signed_bytes(document, proofs.method_of(key.public))
    return envelopes.closed(signed, key.sign(signed))


def _written(document: Document) -> bytes:
    return proofs.canonical(document)


def _attested(session: Session, view: CertificateView) -> Attested:
    return Attested(
        code=view.code,
        number=reads.number_of(session, view.code),
        name=view.person.name,
        citizen_id_masked=view.person.citizen_id_masked,
        role=ROLE_NAMES[TraineeRole(view.training_class.role)],
        class_code=view.training_class.code,
        class_name=view.training_class.name,
        hours=view.hours,
        passed_at=_instant(view.published_at),
        issued_at=_instant(view.issued_at),
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pdf(session: Session, view: CertificateView) -> bytes:
    address = f"{settings.current().public_url}/certificates/{view.code}"
    content = {
        "name": view.person.name,
        "citizen_id": view.person.citizen_id_masked,
        "role": ROLE_NAMES[TraineeRole(view.training_class.role)],
        "class_code": view.training_class.code,
        "class_name": view.training_class.name,
        "hours": str(view.hours),
        "passed_on": f"{clock.local(view.published_at):%Y-%m-%d}",
        "issued_on": f"{clock.local(view.issued_at):%Y-%m-%d}",
        "bureau": reads.bureau(session),
        "code": view.code,
        "address": address,
        "qr": segno.make(address, error="m", micro=False).svg_inline(scale=4),
    }
    return typesetting.typeset("certificate.typ", content, folder_of="results")
