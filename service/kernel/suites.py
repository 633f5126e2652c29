"""The two suites that personal data may lie under: AES-256-GCM with HMAC-SHA-256, and SM4-GCM with HMAC-SM3.

The second is Chinese commercial cryptography (GB/T 32907 SM4, GB/T 32905 SM3, used as in RFC 8998), by the same
maintained library. Its keys are its own, so no key serves two algorithms.
"""

import hashlib
import hmac as standard
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.kernel.settings import Suite

NONCE_BYTES, TAG_BYTES = 12, 16


@dataclass(frozen=True, slots=True)
class Primitives:
    """What a suite consists of; the plain text, key, nonce and place in this order."""

    label: str
    hash: type[hashes.SHA256] | type[hashes.SM3]
    key_bytes: int
    encrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    decrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    mac: Callable[[bytes, bytes], str]


def _sm4_encrypt(plain: bytes, key: bytes, nonce: bytes, place: bytes) -> bytes:
    sealing = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(place)
    return sealing.update(plain) + sealing.finalize() + sealing.tag


def _sm4_decrypt(sealed: bytes, key: bytes, nonce: bytes, place: bytes) -> bytes:
    tag = sealed[-TAG_BYTES:]
    opening = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag, TAG_BYTES)).decryptor()
    opening.authenticate_additional_data(place)
    return opening.update(sealed[:-TAG_BYTES]) + opening.finalize()


def _sm3_mac(key: bytes, value: bytes) -> str:
    made = hmac.HMAC(key, hashes.SM3())
    made.update(value)
    return made.finalize().hex()


SUITES = {
    Suite.AES: Primitives(
        # No word of its own: it was the only one when the first rows were written.
        "peikao",
        hashes.SHA256,
        32,
        lambda plain, key, nonce, place: AESGCM(key).encrypt(nonce, plain, place),
        lambda sealed, key, nonce, place: AESGCM(key).decrypt(nonce, sealed, place),
        lambda key, value: standard.new(key, value, hashlib.sha256).hexdigest(),
    ),
    Suite.SM: Primitives("peikao/sm", hashes.SM3, 16, _sm4_encrypt, _sm4_decrypt, _sm3_mac),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A secret under a suite: all that personal data may lie under."""

    suite: Suite
    secret: str

    def encrypt(self, plain: bytes, *, bound_to: str) -> bytes:
        """Nonce, ciphertext and tag in one; ``bound_to`` is authenticated, so rows cannot be swapped."""
        nonce, key = os.urandom(NONCE_BYTES), self._derived("personal", SUITES[self.suite].key_bytes)
        return nonce + SUITES[self.suite].encrypt(plain, key, nonce, bound_to.encode())

    def decrypt(self, sealed: bytes, *, bound_to: str) -> bytes:
        """The inverse of :meth:`encrypt`.

        Raises:
            cryptography.exceptions.InvalidTag: the bytes, the key or ``bound_to`` are not those of the encryption.
        """
        key = self._derived("personal", SUITES[self.suite].key_bytes)
        return SUITES[self.suite].decrypt(sealed[NONCE_BYTES:], key, sealed[:NONCE_BYTES], bound_to.encode())

    def index(self, value: str, purpose: str) -> str:
        """A keyed digest for look-up: 32 hexadecimal digits (128 bits)."""
        return SUITES[self.suite].mac(self._derived(f"index/{purpose}", 32), value.encode())[:32]

    @property
    def id(self) -> str:
        """The number of the key; it tells nothing of the key."""
        return hashlib.sha256(self._derived("key-id", 32)).hexdigest()[:8]

    def _derived(self, label: str, length: int) -> bytes:
        return _derive(self.suite, self.secret, label, length)


@lru_cache(maxsize=64)
def _derive(suite: Suite, secret: str, label: str, length: int) -> bytes:
    chosen = SUITES[suite]
    info = f"{chosen.label}/{label}".encode()
    return HKDF(algorithm=chosen.hash(), length=length, salt=None, info=info).derive(secret.encode())
