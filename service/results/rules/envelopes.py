"""A credential in the envelope that programs for tokens open: VC-JOSE-COSE, ``application/vc+jwt`` (W3C, §3.1.1).

The same document as under a proof of its own, signed by the same key, as a compact JWS (RFC 7515). Pure: whoever holds
the key signs the bytes that come out of here.
"""

import base64
import binascii
from dataclasses import dataclass

from service.results.rules import proofs
from service.results.rules.proofs import Document

# The base 64 of the opening brace and quote that every header begins with: no JSON document does.
BEGINS = b"eyJ"


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope as it was read: what its header says, the document, the bytes under the signature, and this."""

    header: Document
    document: Document
    signed: bytes
    signature: bytes


def header(method: str) -> Document:
    """What the header of ours says: Ed25519 (RFC 9864) by this key, of a credential in JSON."""
    return {"alg": "Ed25519", "cty": "vc", "kid": method, "typ": "vc+jwt"}


def signed_bytes(document: Document, method: str) -> bytes:
    """What the key signs: header and document, each as canonical JSON in base 64 for addresses."""
    return b".".join(_packed(proofs.canonical(one)) for one in (header(method), document))


def closed(signed: bytes, signature: bytes) -> bytes:
    """The envelope with its signature."""
    return b".".join((signed, _packed(signature)))


def read(content: bytes) -> Envelope:
    """An envelope as it was uploaded, read without guessing.

    Raises:
        ValueError: not three parts, not the one way to write them, or no JSON objects in them.
    """
    parts = content.strip().split(b".")
    if len(parts) != 3:
        raise ValueError("not a compact JWS")
    opening, payload, signature = map(_unpacked, parts)
    return Envelope(proofs.read(opening), proofs.read(payload), b".".join(parts[:2]), signature)


def _packed(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _unpacked(text: bytes) -> bytes:
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base 64 for addresses") from None
    if _packed(data) != text:
        raise ValueError("not the one way to write it")
    return data
