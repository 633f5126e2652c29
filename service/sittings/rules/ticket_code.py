"""The code on an admission ticket: COSE_Sign1 (RFC 9052) with ES256, in base45 (RFC 9285), prefixed ``EX1:``.

It carries numbers only, no name; a tablet could verify it alone. This module is the form; keys come as arguments.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import cbor2

PREFIX = "EX1:"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
# Two letters for the lower part of a number, and back: a door reads hundreds of codes in a minute.
_PAIRS = [ALPHABET[number % 45] + ALPHABET[number // 45] for number in range(45 * 45)]
# What each letter is worth, by its byte; STRANGE is no letter of the alphabet.
_STRANGE = 255
_VALUES = bytes(ALPHABET.find(chr(byte)) % 256 for byte in range(256))
PROTECTED = cbor2.dumps({1: -7})  # alg: ES256
VERSION = 1
SIGN1_TAG = 18


class UnreadableError(ValueError):
    """The text is not a ticket's code, or its signature is not ours."""


@dataclass(frozen=True, slots=True)
class TicketCode:
    """What a code says: which sitting and seat, which issue of the ticket, until when (Unix seconds)."""

    sitting_id: int
    seat_id: int
    issue: int
    expires: int


def base45(data: bytes) -> str:
    """Bytes as base45 text, which fits QR's alphanumeric mode."""
    whole = len(data) // 2
    text = "".join(
        _PAIRS[number % 2025] + ALPHABET[number // 2025] for number in struct.unpack_from(f">{whole}H", data)
    )
    return text + _PAIRS[data[-1]] if len(data) % 2 else text


def from_base45(text: str) -> bytes:
    """The inverse of :func:`base45`.

    Raises:
        UnreadableError: a character, a length or a value that base45 cannot have.
    """
    try:
        values = text.encode("ascii").translate(_VALUES)
        whole = len(values) // 3 * 3
        rest = values[whole:]
        if _STRANGE in values or len(rest) == 1:
            raise UnreadableError("not base45")
        triples = zip(values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True)
        out = struct.pack(f">{whole // 3}H", *[low + 45 * middle + 2025 * high for low, middle, high in triples])
        return out + struct.pack("B", rest[0] + 45 * rest[1]) if rest else out
    except (UnicodeEncodeError, struct.error) as error:
        raise UnreadableError("not base45") from error


def _signed_bytes(payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", PROTECTED, b"", payload])


def encode(code: TicketCode, sign: Callable[[bytes], bytes]) -> str:
    """The text of a ticket's QR code; ``sign`` makes a 64-byte ES256 signature."""
    payload = cbor2.dumps([VERSION, code.sitting_id, code.seat_id, code.issue, code.expires])
    return PREFIX + base45(_whole(payload, sign(_signed_bytes(payload))))


def _whole(payload: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(SIGN1_TAG, [PROTECTED, {}, payload, signature]))


def decode(text: str, verify: Callable[[bytes, bytes], None]) -> TicketCode:
    """What a scanned text says; ``verify`` raises on a wrong signature.

    Raises:
        UnreadableError: anything but a code that we signed.
    """
    if not text.startswith(PREFIX):
        raise UnreadableError("no ticket code")
    try:
        whole = from_base45(text.removeprefix(PREFIX))
        tag = cbor2.loads(whole)
        _, _, payload, signature = tag.value
        # The signature covers the payload alone: whatever surrounds it must be, to the letter, what we write. The text
        # need not be compared: there is one base45 text for the same bytes.
        if whole != _whole(payload, signature):
            raise UnreadableError("not in the one form that we write")
        verify(_signed_bytes(payload), signature)
        version, *numbers = cbor2.loads(payload)
        sitting_id, seat_id, issue, expires = map(int, numbers)
    except UnreadableError:
        raise
    except Exception as error:  # cbor2, tuple shapes and signature checks raise many kinds; all mean the same here
        raise UnreadableError("not a ticket of ours") from error
    if version != VERSION:
        raise UnreadableError("another version")
    return TicketCode(sitting_id, seat_id, issue, expires)
