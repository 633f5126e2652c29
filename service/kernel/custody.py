"""Custody keys: a key pair that only its owner's password opens, and secrets that only two owners have together.

HPKE (RFC 9180) and Argon2id come from the ``cryptography`` package.
"""

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from service.kernel import sealing

KEY_BYTES = 32
SALT_BYTES = 16
# The profile of the stored password hash: whoever guesses at one may guess at the other, so neither is the softer one.
_ITERATIONS, _MEMORY_KIB, _LANES = 2, 19456, 1
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An X25519 key pair as it is stored: the public key in clear, the private one under the owner's password."""

    public: bytes
    locked: bytes
    salt: bytes


def new_pair(password: str) -> KeyPair:
    """A fresh key pair for whoever knows the password; slow by design."""
    return lock(X25519PrivateKey.generate().private_bytes_raw(), password)


def lock(private: bytes, password: str) -> KeyPair:
    """A private key (32 bytes) put under a password, a new one for instance; slow by design."""
    salt = os.urandom(SALT_BYTES)
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return KeyPair(public, sealing.encrypt(private, _password_key(password, salt), bound_to=_place(public)), salt)


def unlock(pair: KeyPair, password: str) -> bytes:
    """The private key, 32 bytes; slow by design.

    Raises:
        cryptography.exceptions.InvalidTag: the password is another one.
    """
    return sealing.decrypt(pair.locked, _password_key(password, pair.salt), bound_to=_place(pair.public))


def _password_key(password: str, salt: bytes) -> bytes:
    kdf = Argon2id(salt=salt, length=KEY_BYTES, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kdf.derive(password.encode())


def _place(public: bytes) -> str:
    return f"access_custody_key:{public.hex()}"


def wrap(plain: bytes, public: bytes, *, bound_to: str) -> bytes:
    """Encrypt for the owner of a public key; ``bound_to`` is authenticated."""
    return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), info=bound_to.encode())


def unwrap(wrapped: bytes, private: bytes, *, bound_to: str) -> bytes:
    """The inverse of :func:`wrap`.

    Raises:
        cryptography.exceptions.InvalidTag: wrapped for somebody else, for another place, or changed.
    """
    return _SUITE.decrypt(wrapped, X25519PrivateKey.from_private_bytes(private), info=bound_to.encode())


def split(secret: bytes) -> tuple[bytes, bytes]:
    """Two halves, each of them random by itself: one alone says nothing about the secret."""
    half = os.urandom(len(secret))
    return half, join(half, secret)


def join(first: bytes, second: bytes) -> bytes:
    """The secret of two halves."""
    return bytes(a ^ b for a, b in zip(first, second, strict=True))
