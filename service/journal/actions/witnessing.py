"""Keeping what other bodies sign of the record; who they are is for oversight to say."""

from cryptography.exceptions import InvalidSignature
from sqlmodel import Session

from service.journal.rules import heads
from service.journal.tables import Cosignature, TreeHead, Witness
from service.kernel import errors, sealing


def keep_witness(session: Session, organisation_id: int, public_key: bytes, at: str) -> Witness:
    """Another body's key, by which its signatures are known from now on."""
    key_id = sealing.digest(public_key)[:16]
    kept = Witness(key_id=key_id, public_key=public_key.hex(), organisation_id=organisation_id, registered_at=at)
    session.add(kept)
    session.flush()
    return kept


def keep_cosignature(session: Session, head: TreeHead, witness: Witness, at: str, signature: bytes) -> Cosignature:
    """A witness's signature over a head.

    Raises:
        Malformed: it is not the witness's, or not over this head.
    """
    seen = heads.Head(head.size, head.root, head.at, head.key_id)
    try:
        text = heads.witnessed_text(seen, witness.key_id, at)
        sealing.verify_ed25519(bytes.fromhex(witness.public_key), text, signature)
    except InvalidSignature:
        raise errors.Malformed("cosignature_wrong", "见证签名与树头、密钥不符。") from None
    kept = Cosignature(size=head.size, key_id=witness.key_id, at=at, signature=signature.hex())
    session.add(kept)
    session.flush()
    return kept
