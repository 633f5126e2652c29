"""Taking items out of the bank with their keys: a reading that is on record, in the formats that people have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank.actions import packages, workbook
from service.bank.queries import newest, tagging
from service.bank.rules.exchange import gift, moodle, objects
from service.bank.rules.narrowing import Narrowing
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import sealing


class Format(StrEnum):
    """What items can be exported as."""

    XLSX = "xlsx"
    JSON = "json"
    MOODLE = "moodle"
    GIFT = "gift"
    QTI = "qti"


FORMAT_NAMES = {
    Format.XLSX: "xlsx",
    Format.JSON: "JSON",
    Format.MOODLE: "Moodle XML",
    Format.GIFT: "GIFT",
    Format.QTI: "QTI 3.0",
}
ENDINGS = {
    Format.XLSX: "xlsx",
    Format.JSON: "json",
    Format.MOODLE: "xml",
    Format.GIFT: "gift.txt",
    Format.QTI: "zip",
}
MEDIA_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
    Format.MOODLE: "application/xml",
    Format.GIFT: "text/plain; charset=utf-8",
    Format.QTI: "application/zip",
}
# How items are filed is ours alone, so no other program's format has a place for it.
_OWN_WRITERS = {Format.XLSX: workbook.workbook_of, Format.JSON: objects.written}
_WRITERS = {
    Format.MOODLE: moodle.written,
    Format.GIFT: gift.written,
    Format.QTI: packages.package_of,
}


@dataclass(frozen=True, slots=True)
class Export:
    """A file of items before it goes out: in which format, how many, and by what they were narrowed."""

    form: Format
    content: bytes
    items: int
    narrowed: Mapping[str, str]


def make(session: Session, actor: Actor, form: Format, asked: Narrowing) -> Export:
    """The newest version of every item that was asked for, with its key.

    A large file takes seconds, so it is made before the turn to write: nobody's answers wait for it.
    """
    using.require_right(actor, Right.BANK_READ)

    texts = newest.chosen(session, asked)
    own = _OWN_WRITERS.get(form)
    content = own(texts, tagging.filed_of(session, [one.code for one in texts])) if own else _WRITERS[form](texts)
    return Export(form, content, len(texts), asked.named())


def export_items(session: Session, actor: Actor, made: Export, *, now: datetime) -> bytes:
    """Hand out a file of items; that goes on record with the file's digest."""
    using.require_right(actor, Right.BANK_READ)

    digest = sealing.digest(made.content)
    data = {"format": made.form, "items": made.items, "file": digest, "narrowed": dict(made.narrowed)}
    record(session, Event.ITEMS_EXPORTED, actor.label, "bank", now=now, data=data)
    return made.content
