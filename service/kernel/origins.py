"""Whether a change comes from our own pages, from a program, or from somebody else's page.

Browsers say it by ``Sec-Fetch-Site``, but only over HTTPS and from 2021 on; over plain HTTP in a county's network, and
on old tablets, there is only ``Origin``. Programs send neither.
"""

from urllib.parse import urlsplit

from service.kernel import settings

OURS = frozenset({b"same-origin", b"none"})
_PORTS = {"http": 80, "https": 443}


def is_foreign(site: bytes | None, origin: bytes | None, host: bytes | None) -> bool:
    """Whether a change with these headers (``Sec-Fetch-Site``, ``Origin``, ``Host``) is of another site's page.

    What the browser itself says of the site counts first. An origin is compared by host and port, not by scheme: behind
    a proxy that ends TLS we hear HTTP while the browser says HTTPS.
    """
    if site is not None:
        return site not in OURS
    if origin is None:
        return False
    # A page that names no referrer at all has its forms say ``null``, and so does any that hides where it is; a
    # neighbour under our domain would have the cookie sent along (SameSite does not keep it from siblings). Ours name
    # themselves to us, by the policy of ``problems.FENCES``, so that ``null`` is nobody of ours.
    if origin == b"null":
        return True
    # A proxy may ask us by another name than the browser asked it; then the addresses of the service are set.
    config = settings.current()
    known = f"//{(host or b'').decode('latin-1')}", config.public_url, *config.further_addresses
    return not any(_same(origin.decode("latin-1"), one) for one in known)


def _same(origin: str, address: str) -> bool:
    try:
        theirs, ours = urlsplit(origin), urlsplit(address)
        port = _PORTS.get(theirs.scheme)
        return bool(theirs.hostname) and (theirs.hostname, theirs.port or port) == (ours.hostname, ours.port or port)
    except ValueError:
        return False
