"""Taking items out of the bank with their keys: a reading that is on record, in the formats that people have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right, holds
from service.bank.actions import packages, picturing, workbook
from service.bank.queries import newest, queue, tagging
from service.bank.rules.exchange import gift, moodle, objects
from service.bank.rules.items import ItemText
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
# A workbook and a GIFT file cannot carry pictures: they name them beside the item, and an import leaves those of the
# bank as they are. How items are filed is ours alone, so no other program's format has a place for it.
WITH_PICTURES = frozenset({Format.JSON, Format.MOODLE, Format.QTI})


@dataclass(frozen=True, slots=True)
class Export:
    """A file of items before it goes out: in which format, how many, and by what they were narrowed.

    ``left_out`` is how many are missing because whoever asks is to review them, and has not answered them yet.
    """

    form: Format
    content: bytes
    items: int
    narrowed: Mapping[str, str]
    left_out: int = 0


def make(session: Session, actor: Actor, form: Format, asked: Narrowing) -> Export:
    """The newest version of every item that was asked for, with its key, but for what the reader must answer first.

    A large file takes seconds, so it is made before the turn to write: nobody's answers wait for it.
    """
    using.require_right(actor, Right.BANK_READ)

    # Before the texts: a version that comes in between is then refused as overtaken, and never taken for this one.
    numbers = newest.numbers(session, asked)
    but, left_out = None, 0
    if holds(actor, Right.BANK_REVIEW):
        but = queue.kept_back(actor.person_id)
        left_out = queue.number_kept_back(session, actor.person_id, asked)
    texts = newest.chosen(session, asked, but=but)
    return Export(form, _content(session, form, texts, numbers), len(texts), asked.named(), left_out)


def _content(session: Session, form: Format, texts: Sequence[ItemText], numbers: Mapping[str, int]) -> bytes:
    filed = tagging.filed_of(session, [one.code for one in texts]) if form in {Format.XLSX, Format.JSON} else {}
    shown = picturing.shown(session, texts) if form in WITH_PICTURES else {}
    match form:
        case Format.XLSX:
            return workbook.workbook_of(texts, filed, numbers)
        case Format.JSON:
            return objects.written(texts, filed, shown, numbers)
        case Format.MOODLE:
            return moodle.written(texts, shown)
        case Format.GIFT:
            return gift.written(texts)
        case Format.QTI:
            return packages.package_of(texts, shown)


def export_items(session: Session, actor: Actor, made: Export, *, now: datetime) -> bytes:
    """Hand out a file of items; that goes on record with the file's digest."""
    using.require_right(actor, Right.BANK_READ)

    digest = sealing.digest(made.content)
    data = {
        "format": made.form,
        "items": made.items,
        "file": digest,
        "narrowed": dict(made.narrowed),
        "left_out": made.left_out,
    }
    record(session, Event.ITEMS_EXPORTED, actor.label, "bank", now=now, data=data)
    return made.content
