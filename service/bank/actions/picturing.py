"""Pictures of items: keeping one that was uploaded, reading one, and letting go of those that nothing names."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank.actions import reading
from service.bank.queries import picturing as queries
from service.bank.rules import pictures as rules
from service.bank.rules.items import ItemText
from service.bank.tables import Picture
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, pictures

# Whoever has chosen a picture goes on writing; what is named by nothing a day later was meant for nothing.
UNNAMED_FOR = timedelta(days=1)
SWEEPER = "clock"


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to be sent: its bytes and what they are."""

    content: bytes
    media_type: str


def read(content: bytes) -> pictures.Picture:
    """An uploaded file as a picture of an item; before any session, for it takes a moment.

    Raises:
        Malformed: it is none that an item can have.
    """
    return pictures.taken(content, rules.LIMITS)


def keep(session: Session, actor: Actor, picture: pictures.Picture, *, now: datetime) -> Picture:
    """Keep a picture, once however often it comes."""
    found = queries.picture(session, picture.digest)

    using.require_right(actor, Right.BANK_AUTHOR)

    if found is not None:
        # It may be about to be swept away as named by nothing; whoever uploads it again has a day to name it.
        found.kept_at = now
        session.add(found)
        session.flush()
        return found
    assert actor.person_id is not None
    row = Picture(
        digest=picture.digest,
        content=picture.content,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        kept_at=now,
        kept_by=actor.person_id,
    )
    session.add(row)
    session.flush()

    data = {"digest": row.digest, "media_type": row.media_type, "bytes": len(row.content)}
    record(session, Event.ITEM_PICTURE_KEPT, actor.label, f"picture:{row.digest[:16]}", now=now, data=data)
    return row


def show(session: Session, actor: Actor, version_id: int, place: str) -> Shown:
    """The picture at a place of a version, for whoever may read its words.

    Raises:
        NotFound: no such version for this reader, or no picture there.
    """
    found = reading.find(session, actor, version_id)

    named = rules.taken(found.version.pictures).get(place)
    return _shown(session, named.digest if named is not None else "")


def show_chosen(session: Session, actor: Actor, digest: str) -> Shown:
    """A picture that an author has chosen for what they are writing.

    Its address is the digest of its bytes: who does not have the picture, or may read the version that names it,
    cannot find the address.

    Raises:
        NotFound: there is no such picture.
    """
    using.require_right(actor, Right.BANK_AUTHOR)

    return _shown(session, digest)


def shown(session: Session, texts: Iterable[ItemText]) -> dict[str, pictures.Picture]:
    """The pictures of items by digest, as they were uploaded."""
    rows = queries.pictures(session, {one.digest for text in texts for one in text.pictures.values()})
    return {
        digest: pictures.Picture(bytes(row.content), pictures.PictureType(row.media_type), row.width, row.height)
        for digest, row in rows.items()
    }


def require_kept(session: Session, texts: Iterable[ItemText]) -> None:
    """Raises Malformed where an item names a picture that is not there, or not there any more."""
    named = {one.digest: text.code for text in texts for one in text.pictures.values()}
    missing = named.keys() - queries.known(session, named) if named else set()
    for digest in sorted(missing):
        reason = "试题{item}的图片不在题库中，可能已经过期。请重新选择图片文件。"
        raise errors.Malformed("picture_unknown", reason, item=named[digest])


def let_go(session: Session, actor: Actor, digests: Collection[str], *, now: datetime) -> None:
    """Remove those of these pictures that nothing names any more."""
    _remove(session, (set(digests) - queries.named(session)) if digests else set(), actor.label, now)


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether there is a picture to sweep away; looking costs no write lock."""
    return bool(queries.unnamed(session, now - UNNAMED_FOR))


def sweep(session: Session, *, now: datetime) -> int:
    """Remove what has been named by nothing for a day; how many they were."""
    gone = queries.unnamed(session, now - UNNAMED_FOR)
    _remove(session, gone, SWEEPER, now)
    return len(gone)


def _remove(session: Session, digests: Collection[str], label: str, now: datetime) -> None:
    gone = sorted(queries.known(session, digests)) if digests else []
    if not gone:
        return
    for digest in gone:
        session.execute(sa.delete(Picture).where(col(Picture.digest) == digest))
    session.flush()

    record(session, Event.ITEM_PICTURES_REMOVED, label, "bank", now=now, data={"digests": gone})


def _shown(session: Session, digest: str) -> Shown:
    found = queries.picture(session, digest)
    if found is None:
        raise errors.NotFound()
    return Shown(found.content, found.media_type)
