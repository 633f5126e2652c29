"""A head of the tree: what is signed of it, and the short code by which paper can name it."""

import hashlib
from dataclasses import dataclass

# The first line says what is signed, so that no signature made for something else can be taken for this one.
DOMAIN = "peikao journal head v1"
WITNESS_DOMAIN = "peikao journal witness v1"
# Crockford's base32: no I, L, O and U, so that nobody reads one letter for another.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILO", "110")
# 80 bits: nobody finds another head with the code that is printed already, and a hand can copy it (our choice).
CODE_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there were, the root over them, when it was signed, and with which key."""

    size: int
    root: str
    at: str
    key_id: str


def text(head: Head) -> bytes:
    """The bytes that are signed: five lines, each ended by a line feed."""
    return f"{DOMAIN}\n{head.size}\n{head.root}\n{head.at}\n{head.key_id}\n".encode()


def witnessed_text(head: Head, witness: str, at: str) -> bytes:
    """The bytes that a witness signs: what was seen, by whose key, and when."""
    return f"{WITNESS_DOMAIN}\n{head.size}\n{head.root}\n{head.at}\n{head.key_id}\n{witness}\n{at}\n".encode()


def code(head: Head) -> str:
    """The sixteen letters that stand for a head on paper: the first 80 bits of SHA-256 over its text."""
    number = int.from_bytes(hashlib.sha256(text(head)).digest()[:10], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


def grouped(letters: str) -> str:
    """A code as it is printed: four times four letters."""
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def read_code(typed: str) -> str:
    """A code as somebody typed it, as it is kept: spaces and dashes left out, I and L read as 1, O as 0."""
    return "".join(letter for letter in typed.upper() if letter.isalnum()).translate(_READ_AS)
