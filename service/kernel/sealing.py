"""Cryptography, by the ``cryptography`` package: encryption at rest, blind indexes, signatures.

Keys are derived from the secrets of the settings by HKDF with a label per purpose, so that no key serves two.
"""

import base64
import contextlib
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.kernel import settings
from service.kernel.settings import Suite
from service.kernel.suites import Key

NONCE_BYTES = 12
# What nonce and tag of either suite add to what is encrypted.
SEALED_MORE = 28
_ES256 = ec.ECDSA(hashes.SHA256())
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@lru_cache(maxsize=64)
def _derive(secret: str, label: str, length: int = 32) -> bytes:
    hkdf = HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=f"peikao/{label}".encode())
    return hkdf.derive(secret.encode())


def _person_keys() -> list[Key]:
    """The present secret under the present suite, then all that rows may still lie under."""
    given = settings.current()
    secrets = [one.get_secret_value() for one in (given.person_secret, *given.person_secrets_before)]
    suites = [given.personal_suite, *(suite for suite in Suite if suite is not given.personal_suite)]
    return [Key(suite, secret) for secret in secrets for suite in suites]


def encrypt(plain: bytes, key: bytes, *, bound_to: str) -> bytes:
    """AES-256-GCM: nonce, ciphertext and tag in one; ``bound_to`` is authenticated, so rows cannot be swapped."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def decrypt(sealed: bytes, key: bytes, *, bound_to: str) -> bytes:
    """The inverse of :func:`encrypt`.

    Raises:
        cryptography.exceptions.InvalidTag: the bytes, the key or ``bound_to`` are not those of the encryption.
    """
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())


def encrypt_personal(plain: str, *, bound_to: str) -> bytes:
    """A personal datum (citizen id, phone) as it lies in the database."""
    return _person_keys()[0].encrypt(plain.encode(), bound_to=bound_to)


def decrypt_personal(sealed: bytes, *, bound_to: str) -> str:
    """A personal datum in clear; the caller answers for a journal entry where the rule asks for one."""
    return _decrypt_personal(sealed, bound_to).decode()


def encrypt_picture(plain: bytes, *, bound_to: str) -> bytes:
    """A picture of a person as it lies in the database: at most ``SEALED_MORE`` bytes longer."""
    return _person_keys()[0].encrypt(plain, bound_to=bound_to)


def decrypt_picture(sealed: bytes, key_id: str, *, bound_to: str) -> bytes:
    """A picture in clear. One that names no key lies as it came, from before pictures were encrypted."""
    return _decrypt_personal(sealed, bound_to) if key_id else sealed


def _decrypt_personal(sealed: bytes, bound_to: str) -> bytes:
    *others, last = _person_keys()
    for key in others:
        # What is sealed knows its own key: the tag fits no other.
        with contextlib.suppress(InvalidTag):
            return key.decrypt(sealed, bound_to=bound_to)
    return last.decrypt(sealed, bound_to=bound_to)


def blind_index(value: str, *, purpose: str) -> str:
    """A keyed digest for equality look-up of an encrypted value: 32 hexadecimal digits (128 bits)."""
    return _person_keys()[0].index(value, purpose)


def blind_indexes(value: str, *, purpose: str) -> list[str]:
    """The index of a value under every key that a row may lie under, the present one first."""
    return [key.index(value, purpose) for key in _person_keys()]


def paper_key(paper_id: int, salt: bytes) -> bytes:
    """The 256-bit key of what a paper keeps until it is sealed to its custodians: from the sealing secret."""
    secret = settings.current().sealing_secret.get_secret_value()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=f"peikao/paper/{paper_id}".encode()).derive(
        secret.encode()
    )


def operator_key(purpose: str) -> bytes:
    """The operator's own layer over what is sealed: from the sealing secret, which is kept apart from the database."""
    return _derive(settings.current().sealing_secret.get_secret_value(), f"custody/{purpose}")


def paper_index(value: str) -> str:
    """A keyed digest under the sealing secret: what was in a paper can be counted without saying what it was."""
    key = _derive(settings.current().sealing_secret.get_secret_value(), "exposure")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]


@lru_cache(maxsize=8)
def signing_key(purpose: str) -> ec.EllipticCurvePrivateKey:
    """The P-256 key of a purpose, derived so that every worker holds the same one."""
    seed = _derive(settings.current().signing_secret.get_secret_value(), f"sign/{purpose}", 48)
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def public_key(purpose: str) -> str:
    """The public key of a purpose in PEM, for whoever verifies without us."""
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return signing_key(purpose).public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


@lru_cache(maxsize=8)
def _verifying_key(purpose: str) -> ec.EllipticCurvePublicKey:
    return signing_key(purpose).public_key()


def sign(message: bytes, *, purpose: str) -> bytes:
    """An ES256 signature as r‖s, 64 bytes: the form COSE, JWS and WebCrypto share."""
    r, s = utils.decode_dss_signature(signing_key(purpose).sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(message: bytes, signature: bytes, *, purpose: str) -> None:
    """Check a signature made by :func:`sign`.

    Raises:
        cryptography.exceptions.InvalidSignature: message, signature and purpose do not belong together.
    """
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    _verifying_key(purpose).verify(der, message, _ES256)


def verify_with(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check an ES256 signature (r‖s, 64 bytes) by somebody else's P-256 key (SubjectPublicKeyInfo, DER).

    Raises:
        ValueError: not a P-256 key, or not 64 bytes.
        cryptography.exceptions.InvalidSignature: they do not belong together.
    """
    key = serialization.load_der_public_key(public_key)
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(signature) != 64:
        raise ValueError("not an ES256 signature")
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    key.verify(der, message, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """A key that signs: its number, the first 16 hexadecimal digits of SHA-256 over the 32 public bytes; and these."""

    key_id: str
    public: bytes
    _private: ed25519.Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """64 bytes by RFC 8032."""
        return self._private.sign(message)


def journal_key() -> Ed25519Key:
    """The key that signs heads of the journal: the operator's own where a file is named, else a derived one."""
    given = settings.current()
    return _journal_key(given.journal_key_file, given.signing_secret.get_secret_value())


@lru_cache(maxsize=8)
def _journal_key(file: Path | None, secret: str) -> Ed25519Key:
    if file is None:
        private = ed25519.Ed25519PrivateKey.from_private_bytes(_derive(secret, "sign/journal-heads"))
    else:
        read = serialization.load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(read, ed25519.Ed25519PrivateKey):
            raise ValueError("PEIKAO_JOURNAL_KEY_FILE does not hold an Ed25519 key")
        private = read
    public = private.public_key().public_bytes_raw()
    return Ed25519Key(digest(public)[:16], public, private)


def bureau_key() -> Ed25519Key:
    """The key that signs what the bureau hands out: payment lists and credentials; derived like the others."""
    return _bureau_key(settings.current().signing_secret.get_secret_value())


@lru_cache(maxsize=8)
def _bureau_key(secret: str) -> Ed25519Key:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(_derive(secret, "sign/bureau-documents"))
    public = private.public_key().public_bytes_raw()
    return Ed25519Key(digest(public)[:16], public, private)


def ed25519_pem(public: bytes) -> str:
    """A public key as other programs read it (SubjectPublicKeyInfo, PEM)."""
    key = ed25519.Ed25519PublicKey.from_public_bytes(public)
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(*form).decode()


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature.

    Raises:
        cryptography.exceptions.InvalidSignature: they do not belong together.
    """
    ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def token() -> str:
    """An opaque 256-bit token for sessions and codes."""
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def person_key_id() -> str:
    """The number of the key that personal data are encrypted with now; it tells nothing of the key."""
    return _person_keys()[0].id
