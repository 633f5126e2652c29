"""What a browser loads for a page: the page, and everything that it and its parts name, found by reading them."""

import re
from collections.abc import Iterator
from posixpath import dirname, normpath

from scripts.benchmark import servers
from scripts.benchmark.servers import Fetched

_IN_PAGES = re.compile(r"""<(?:link|script|img)\b[^>]*?\b(?:href|src)="(/[^"]+)\"""")
_IN_SCRIPTS = re.compile(r"""\b(?:import|from)\s*\(?\s*["']([./][^"']+)["']""")
_IN_STYLES = re.compile(r"""(?:url\(|@import\s+)["']?([./][^"')]+)""")
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def load(port: int, path: str, token: str = "") -> dict[str, Fetched]:
    """Every address that a browser asks for when it opens a page for the first time, with the reply."""
    headers = BROWSER | {"Cookie": f"peikao={token}"}
    found: dict[str, Fetched] = {}
    waiting = [path]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        reply = servers.fetch(port, address, headers)
        if reply.status != 200:
            raise SystemExit(f"{address} answered {reply.status}: {reply.body[:300]!r}")
        found[address] = reply
        plain = servers.fetch(port, address, {"Cookie": f"peikao={token}", "Accept-Encoding": "identity"}).body
        waiting += _named(address, reply.headers.get("content-type", ""), plain)
    return found


def _named(address: str, kind: str, body: bytes) -> Iterator[str]:
    if "html" in kind:
        yield from _IN_PAGES.findall(body.decode())
    elif "javascript" in kind or "css" in kind:
        pattern = _IN_SCRIPTS if "javascript" in kind else _IN_STYLES
        for name in pattern.findall(body.decode()):
            yield name if name.startswith("/") else normpath(f"{dirname(address)}/{name}")
