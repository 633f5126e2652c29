"""One-time codes by the clock (TOTP, RFC 6238) and the codes that stand in when the telephone is lost.

SHA-1, six digits and thirty seconds are what every authenticator application understands; RFC 6238 §1.2 and RFC 4226
appendix B say why SHA-1 is no weakness here. The arithmetic is the ``cryptography`` package's.
"""

import base64
import hmac
import os
import secrets
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS = 6
STEP_SECONDS = 30
# A telephone's clock may be one step off (RFC 6238 §5.2 recommends to accept at most one).
DRIFT = 1
# RFC 4226 §4 R6 recommends 160 bits.
SECRET_BYTES = 20
# Without 0, O, 1, I and L, which hands and eyes mix up; sixteen of them are 79 bits.
RECOVERY_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RECOVERY_LETTERS = 16


def new_secret() -> bytes:
    """A fresh secret for one account."""
    return os.urandom(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """The six digits of a step of thirty seconds."""
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS).generate(step * STEP_SECONDS).decode()  # noqa: S303


def step_at(instant: datetime) -> int:
    """The step that an instant lies in."""
    return int(instant.timestamp()) // STEP_SECONDS


def step_of(secret: bytes, code: str, *, now: datetime, after: int) -> int | None:
    """The step whose code was given: the present one or one beside it, but none that was used before (``after``)."""
    present = step_at(now)
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        # All of them are compared, so that the time taken tells nothing.
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after and found is None:
            found = step
    return found


def address(secret: bytes, *, issuer: str, username: str) -> str:
    """What the QR code says to an authenticator application."""
    label = f"{quote(issuer)}:{quote(username)}"
    return f"otpauth://totp/{label}?secret={written(secret)}&issuer={quote(issuer)}"


def written(secret: bytes) -> str:
    """A secret as people type it: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def recovery_code() -> str:
    """A code for one use: four groups of four."""
    letters = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LETTERS))
    return "-".join(letters[start : start + 4] for start in range(0, RECOVERY_LETTERS, 4))


def plain(code: str) -> str:
    """A code as it was typed, without spaces and hyphens and in capitals."""
    return "".join(code.split()).replace("-", "").upper()


def read(text: str) -> bytes:
    """The inverse of :func:`written`."""
    return base64.b32decode(text + "=" * (-len(text) % 8))
