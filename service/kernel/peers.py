"""The certificate that whoever connects has shown, where the service asks for one (mutual TLS).

uvicorn keeps it to itself, so its protocol puts it into the request's state (see :mod:`service.kernel.patience`). Only
a certificate that the operator's authority has signed gets this far: any other ends the connection in its handshake.
Nothing that a request says of itself is believed, no header of a proxy either.
"""

import hashlib
import ssl
from collections.abc import Mapping
from typing import Any

STATE = "client_certificate"


def shown(transport: Any) -> str:
    """The SHA-256 of the certificate shown on a connection, in hexadecimal; empty where none was, or none was asked."""
    line = transport.get_extra_info("ssl_object")
    if line is None or line.context.verify_mode is ssl.CERT_NONE:
        return ""
    certificate = line.getpeercert(binary_form=True)
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


def certificate(scope: Mapping[str, Any]) -> str:
    """The SHA-256 of the certificate that whoever makes a request has shown; empty where none was."""
    return str(scope.get("state", {}).get(STATE, ""))
