"""Pictures of a form: sealed together with its words, under the same key, and read one by one once it is open.

They lie apart from the words, for those are read for every answer. All are in one ciphertext, filled up to a multiple
of a quarter of a megabyte: its length does not tell which pictures of the bank it holds. The words, which are committed
to, name each by the digest of its bytes. Delivery comes in here, so nothing here knows the bank.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from service.kernel import sealing as crypto
from service.papers.tables import PaperForm, PaperFormPictures

FILLED_TO = 256 * 1024
# How long the list of contents is, in bytes before it.
_HEAD = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """What the words of a form say of a picture; sides in pixels, ``words`` for whoever cannot see it."""

    digest: str
    words: str
    media_type: str
    width: int
    height: int


# By place: ``stem`` or the letter of an option.
Pictures = Mapping[str, Picture]


def seal(session: Session, form: PaperForm, pictures: Mapping[str, bytes], key: bytes) -> None:
    """Put a form's own copy of all its pictures, by digest, under its key."""
    sealed = crypto.encrypt(packed(pictures), key, bound_to=_place(form))
    session.add(PaperFormPictures(form_id=form.id or 0, sealed=sealed))
    session.flush()


def inside(session: Session, form: PaperForm, key: bytes) -> dict[str, bytes]:
    """The pictures of a form by digest, read under its key in memory alone; nothing where it has none.

    Raises:
        cryptography.exceptions.InvalidTag: it is not the key of this form.
    """
    row = session.get(PaperFormPictures, form.id)
    return unpacked(crypto.decrypt(row.sealed, key, bound_to=_place(form))) if row is not None else {}


def packed(pictures: Mapping[str, bytes]) -> bytes:
    """Pictures by digest as one run of bytes: the length of the list, the list, and the bytes, filled up."""
    order = sorted(pictures)
    listed = json.dumps([[digest, len(pictures[digest])] for digest in order]).encode()
    whole = len(listed).to_bytes(_HEAD, "big") + listed + b"".join(pictures[digest] for digest in order)
    return whole + bytes(-len(whole) % FILLED_TO)


def unpacked(whole: bytes) -> dict[str, bytes]:
    """The inverse of :func:`packed`."""
    begin = _HEAD + int.from_bytes(whole[:_HEAD], "big")
    found = {}
    for digest, length in json.loads(whole[_HEAD:begin]):
        found[digest] = whole[begin : begin + length]
        begin += length
    return found


def source(content: bytes, media_type: str) -> str:
    """A picture as an address that holds it (RFC 2397)."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _place(form: PaperForm) -> str:
    return f"papers_form_pictures:{form.id}"
