"""What a page needs in order to open without a network: its static files, each with the digest of its content."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin

from service.kernel import settings

# A script names its modules by addresses of ours: "/static/js/…" or "./…".
_IMPORTED = re.compile(r"""^(?:import|export)\b[^;]*?["']([./][^"']+\.js)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shell:
    """Static files by address with their SHA-256; ``version`` changes with any byte of any of them."""

    version: str
    files: Mapping[str, str]


def of(roots: Iterable[str]) -> Shell:
    """The files at these addresses, and every module that the scripts among them import.

    Raises:
        FileNotFoundError: a page or a script names a file that is not there.
    """
    files: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        address = waiting.pop()
        if address not in files:
            path = settings.current().templates / address.removeprefix("/")
            stat = path.stat()
            files[address], imported = _look(path, stat.st_mtime_ns, stat.st_size)
            waiting += [urljoin(address, name) for name in imported]
    files = dict(sorted(files.items()))
    return Shell(hashlib.sha256(repr(files).encode()).hexdigest()[:16], files)


@lru_cache(maxsize=256)
def _look(path: Path, _changed: int, _size: int) -> tuple[str, tuple[str, ...]]:
    """A file's digest and the modules it imports; read again only when it has changed."""
    content = path.read_bytes()
    imported = _IMPORTED.findall(content.decode()) if path.suffix == ".js" and "vendor" not in path.parts else []
    return hashlib.sha256(content).hexdigest(), tuple(imported)
