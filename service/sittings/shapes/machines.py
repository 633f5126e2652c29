"""Which machine a request comes from: its session, address, and proof of the Safe Exam Browser."""

from collections.abc import Mapping

from fastapi import Request

from service.access.shapes import session_token
from service.kernel import peers, sealing, settings
from service.kernel.express import Arrival
from service.sittings.rules.lockdown import Machine

PROOF = b"x-safeexambrowser-configkeyhash"
# Where the browser cannot add headers itself, the page's script passes on what the browser told it of the page's URL.
SCRIPT_PROOF = b"x-peikao-seb-config-key-hash"
SCRIPT_URL = b"x-peikao-seb-url"


def of(request: Request) -> Machine:
    """The machine behind an ordinary request."""
    address = peers.address(request.scope)
    headers = dict(request.scope["headers"])
    return _machine(session_token(request), address, request.url.path, request.scope["query_string"], headers)


def of_arrival(arrival: Arrival) -> Machine:
    """The machine behind a request of the express lane."""
    return _machine(arrival.token, arrival.address, arrival.path, arrival.query, arrival.headers)


def _machine(token: str, address: str, path: str, query: bytes, headers: Mapping[bytes, bytes]) -> Machine:
    proof, url = headers.get(PROOF), ""
    if proof is not None:
        # The address as the world sees it: behind a proxy our own view of host and scheme is another.
        url = f"{settings.current().public_url.rstrip('/')}{path}{'?' if query else ''}{query.decode('latin-1')}"
    elif SCRIPT_PROOF in headers:
        proof, url = headers[SCRIPT_PROOF], headers.get(SCRIPT_URL, b"").decode("latin-1")
        if not url.startswith(settings.current().public_url.rstrip("/") + "/exam"):
            url = ""
    return Machine(sealing.digest(token.encode()), address, url, (proof or b"").decode("latin-1"))
