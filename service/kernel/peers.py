"""Whoever connects: the address they come from, and the certificate they have shown, where the service asks for one.

An address is written in one way, whatever socket it came by. A socket for both families calls an IPv4 peer
::ffff:10.1.2.3 (RFC 4291 §2.5.5.2), which lies in no IPv4 network, and whose IPv6 network is that of all IPv4 peers.

uvicorn keeps the certificate to itself, so its protocol puts it into the request's state (see
:mod:`service.kernel.patience`). Only a certificate that the operator's authority has signed gets this far: any other
ends the connection in its handshake. Nothing that a request says of itself is believed, no header of a proxy
either.
"""

import hashlib
import ipaddress
import ssl
from collections.abc import Mapping
from typing import Any

STATE = "client_certificate"


def plain(address: str) -> str:
    """An address as it is compared, counted and kept: an IPv4 peer by its IPv4 address; what is none stays as it is."""
    # Most are IPv4 already, and this is asked for every answer.
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or address)


def address(scope: Mapping[str, Any]) -> str:
    """Where a request comes from; empty where the server does not say."""
    client = scope.get("client")
    return plain(client[0]) if client else ""


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
