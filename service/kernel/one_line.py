"""Log lines that strangers cannot forge: what they send may stand in a line, but never begin another one."""

import logging
import re

from typing_extensions import override

# Everything that ends a line or moves a terminal's cursor, the Unicode line separators included.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST = 2000


class OneLine(logging.Filter):
    """Writes control characters out, as ``\\x0a``, and cuts what is longer than anybody reads."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = plain(record.getMessage()), ()
        return True


def plain(text: str) -> str:
    """A text in one line."""
    written = CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"


def install() -> None:
    """Let every line of the service's log, and of the server's, be one line."""
    for name in ("peikao", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, OneLine) for one in logger.filters):
            logger.addFilter(OneLine())
