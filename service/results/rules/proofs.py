"""What is signed of a JSON document, and how keys and signatures are written: W3C Data Integrity, eddsa-jcs-2022.

Pure: whoever holds a key signs the bytes that come out of here, and whoever verifies makes them anew.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]
# W3C "Data Integrity EdDSA Cryptosuites v1.0" §3.3: hashing over JSON in the canonical form of RFC 8785.
CRYPTOSUITE = "eddsa-jcs-2022"
# The alphabet of Bitcoin, which multibase calls "z" (draft-msporny-base58).
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Multicodec's name of an Ed25519 public key, before its 32 bytes.
ED25519 = b"\xed\x01"


def canonical(value: Any) -> bytes:
    """JSON by RFC 8785 of what has no numbers but whole ones: nothing that we sign has others.

    Raises:
        ValueError: a fraction, or text that is no Unicode.
    """
    return _written(value).encode()


def _written(value: Any) -> str:
    if isinstance(value, dict):
        # RFC 8785 §3.2.3 sorts by UTF-16 code units, which is not the order of code points.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_written(name)}:{_written(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, float):
        raise ValueError("a fraction has no place in what we sign")
    return json.dumps(value, ensure_ascii=False)


def read(content: bytes) -> Document:
    """A JSON object as it was uploaded, read without guessing.

    Raises:
        ValueError: no JSON, no object, a name twice, a fraction.
    """
    try:
        found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def signed_bytes(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What the key signs: the digest of the proof's options, then that of the document without its proof."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    chosen = {name: value for name, value in options.items() if name != "proofValue"}
    return hashlib.sha256(canonical(chosen)).digest() + hashlib.sha256(canonical(bare)).digest()


def options(document: Mapping[str, Any], method: str, created: str) -> Document:
    """The proof of a document, still without its value."""
    return {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }


def did_of(public: bytes) -> str:
    """A key as an issuer that needs no network to be looked up (did:key)."""
    return f"did:key:{base58(ED25519 + public)}"


def method_of(public: bytes) -> str:
    """The one key of such an issuer."""
    return f"{did_of(public)}#{base58(ED25519 + public)}"


def base58(data: bytes) -> str:
    """Bytes in multibase base58btc."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, place = divmod(number, 58)
        digits = BASE58[place] + digits
    return "z" + BASE58[0] * (len(data) - len(data.lstrip(b"\0"))) + digits


def from_base58(text: str) -> bytes:
    """The inverse of :func:`base58`.

    Raises:
        ValueError: another base, or a letter that is not of it.
    """
    # A signature has 88 letters: whoever sends more sends none.
    if not text.startswith("z") or len(text) > 200:
        raise ValueError("not base58btc")
    number = 0
    for letter in text[1:]:
        number = number * 58 + BASE58.index(letter)
    zeros = len(text) - 1 - len(text[1:].lstrip(BASE58[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
