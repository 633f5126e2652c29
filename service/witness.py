"""A witness: another body's program that watches over a journal, and signs what it has seen with a key of its own.

It remembers the last head it saw. Of a newer one it demands the proof that everything seen before stands unchanged
under it (RFC 9162 §2.1.4.2), and only then signs. Who rewrites the journal can no longer show it to a witness, and
whoever holds the witness's memory can tell (``scripts/verify_journal --trusted``). It imports nothing of the service.
"""

import hashlib
import json
import os
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

SECONDS = 30
PEM_END = b"-----END PUBLIC KEY-----\n"


class Rewritten(Exception):
    """The journal is not the one that was seen before, or is not signed by its key: nobody must trust it."""


class Missing(ValueError):
    """The service says that there is no such thing."""


class Service(Protocol):
    """What a witness asks of the service."""

    def get(self, path: str) -> Any:
        """The JSON at a path under ``/api/v1/journal``."""

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Hand something in there."""


class Http:
    """The service over HTTP, entered as a program with the scope ``journal.heads``."""

    def __init__(self, url: str, client_id: str, client_secret: str, authority: Path | None = None) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError(f"not an address of a service: {url}")
        self._url, self._context = url.rstrip("/"), ssl.create_default_context(cafile=authority)
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        entered = self._send("/oauth2/token", urlencode({**form, "scope": "journal.heads"}).encode(), {})
        self._headers = {"Authorization": f"Bearer {entered['access_token']}", "Content-Type": "application/json"}

    def get(self, path: str) -> Any:
        return self._send(f"/api/v1/journal/{path}", None, self._headers)

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        return self._send(f"/api/v1/journal/{path}", json.dumps(body).encode(), self._headers)

    def _send(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        request = Request(self._url + path, body, dict(headers))  # noqa: S310
        try:
            with urlopen(request, timeout=SECONDS, context=self._context) as reply:  # noqa: S310
                return json.load(reply)
        except HTTPError as refused:
            with refused:
                kind = Missing if refused.code == 404 else ValueError
                raise kind(f"{path}: {refused.code} {refused.read(2000).decode(errors='replace')}") from refused


def make_key(file: Path) -> str:
    """Make a private key that only its owner may read; its public part in hexadecimal."""
    private = Ed25519PrivateKey.generate()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        written.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private.public_key().public_bytes_raw().hex()


def _key_id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def _signing(file: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"not an Ed25519 key: {file}")
    return key


def _trusted(file: Path) -> dict[str, Ed25519PublicKey]:
    parts = (file.read_bytes() + b"\n").split(PEM_END)
    keys = [load_pem_public_key(part + PEM_END) for part in parts if b"BEGIN" in part]
    found = {_key_id(key.public_bytes_raw()): key for key in keys if isinstance(key, Ed25519PublicKey)}
    if not found:
        raise ValueError(f"no Ed25519 public key in {file}")
    return found


class Witness:
    """A witness with its key, the keys it trusts to sign heads, and its memory."""

    def __init__(self, key: Path, trusted: Path, state: Path) -> None:
        self.key, self.trusted, self.state = _signing(key), _trusted(trusted), state
        self.key_id = _key_id(self.key.public_key().public_bytes_raw())

    def watch(self, service: Service) -> str:
        """Look at the newest head, and sign it where it follows from the last one; what was done, in words.

        Raises:
            Rewritten: it does not, or nobody trusted signed it. Nothing is signed, and the memory stays as it is.
        """
        head = service.get("heads/latest")
        self._require_signed(head)
        seen = json.loads(self.state.read_text()) if self.state.exists() else None
        if seen is not None:
            self._require_grown(service, seen, head)
        # Remembered before it is handed in: a witness must never sign two different journals, whatever breaks off.
        self._remember(head)
        self._hand_in(service, head)
        since = f"after {seen['size']}" if seen is not None else "as the first one seen"
        return f"witnessed the head over {head['size']} entries, {since}"

    def _require_signed(self, head: Mapping[str, Any]) -> None:
        text = "".join(f"{line}\n" for line in ("peikao journal head v1", *_fields(head))).encode()
        try:
            self.trusted[head["key_id"]].verify(bytes.fromhex(head["signature"]), text)
        except (KeyError, InvalidSignature):
            raise Rewritten(f"the head over {head['size']} entries is not signed by a trusted key") from None

    def _require_grown(self, service: Service, seen: Mapping[str, Any], head: Mapping[str, Any]) -> None:
        old, new = int(seen["size"]), int(head["size"])
        if new < old:
            raise Rewritten(f"{old} entries were seen, now there are {new}")
        if new == old:
            proved = seen["root"] == head["root"]
        else:
            try:
                path = service.get(f"consistency?first={old}&second={new}")["path"]
            except Missing:
                raise Rewritten(f"the head over {old} entries, which was seen, is not there any more") from None
            proved = consistent(old, seen["root"], new, head["root"], path)
        if not proved:
            raise Rewritten(f"the first {old} of {new} entries are not those that were seen")

    def _remember(self, head: Mapping[str, Any]) -> None:
        beside = self.state.with_name(self.state.name + ".new")
        with beside.open("w") as written:
            json.dump(head, written, indent=1)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(self.state)

    def _hand_in(self, service: Service, head: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251
        lines = ("peikao journal witness v1", *_fields(head), self.key_id, at)
        signature = self.key.sign("".join(f"{line}\n" for line in lines).encode())
        body = {"key_id": self.key_id, "at": at, "signature": signature.hex()}
        service.post(f"heads/{head['size']}/cosignatures", body)


def _fields(head: Mapping[str, Any]) -> tuple[Any, ...]:
    return head["size"], head["root"], head["at"], head["key_id"]


def consistent(first: int, first_root: str, second: int, second_root: str, path: list[str]) -> bool:
    """Whether a proof shows that a tree of ``first`` leaves begins one of ``second`` more (RFC 9162 §2.1.4.2)."""
    proof = [bytes.fromhex(one) for one in path]
    if not 0 < first < second or not proof:
        return False
    if first & (first - 1) == 0:
        proof.insert(0, bytes.fromhex(first_root))
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = proof[0]
    for one in proof[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = _over(one, old), _over(one, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = _over(new, one)
        node, last = node >> 1, last >> 1
    return last == 0 and (old.hex(), new.hex()) == (first_root, second_root)


def _over(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
