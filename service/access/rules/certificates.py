"""Programs that are bound to a certificate (RFC 8705): secret and token are worth nothing on another connection."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from service.kernel.decision import ALLOWED, Decision, refuse

# As openssl, browsers and we print it: 64 hexadecimal digits, with colons or spaces or neither.
WRITTEN = re.compile(r"[0-9A-Fa-f]{2}(?:[: ]?[0-9A-Fa-f]{2}){31}")
METHOD = "x5t#S256"
_SOURCE = "RFC 8705 §3"


def plain(fingerprint: str) -> str:
    """A SHA-256 fingerprint as it is compared, in small letters without colons and spaces; nothing stays nothing."""
    return re.sub(r"[^0-9a-f]", "", fingerprint.lower())


def may_be_bound(fingerprint: str) -> Decision:
    """Whether this is the SHA-256 fingerprint of a certificate, or nothing at all."""
    if not fingerprint.strip() or WRITTEN.fullmatch(fingerprint.strip()):
        return ALLOWED
    return refuse("not_a_fingerprint", "证书指纹应为SHA-256的64位十六进制数，可以带冒号，请核对。", source=_SOURCE)


def confirmation(bound: str) -> dict[str, Any]:
    """What a token says of the certificate that it is bound to."""
    if not bound:
        return {}
    return {"cnf": {METHOD: base64.urlsafe_b64encode(bytes.fromhex(bound)).rstrip(b"=").decode()}}


def may_come(bound: str, shown: str, claims: Mapping[str, Any]) -> bool:
    """Whether a program may come by this connection: by the certificate that it, and its token, are bound to if any."""
    asked = confirmation(bound)
    confirmed = {"cnf": claims["cnf"]} if "cnf" in claims else {}
    return all(one == confirmation(shown) for one in (asked, confirmed) if one)
