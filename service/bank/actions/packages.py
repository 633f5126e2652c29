"""QTI packages: zip archives with a manifest. Nothing of one is written to disk, and never more than fits is read."""

import io
import zipfile
import zlib
from collections.abc import Sequence

from service.bank.rules.exchange import manifests, markup, qti, qti_written
from service.bank.rules.exchange.drafts import Draft, Remark, Sheaf
from service.bank.rules.items import ItemText

MOST_PARTS, MOST_UNPACKED = 25_000, 60 * 1024 * 1024
_UNREADABLE = (zipfile.BadZipFile, zlib.error, markup.Refused, RuntimeError, OSError, EOFError, KeyError, ValueError)


class Unreadable(Exception):
    """This is no package, or one that is broken or has a password."""


class TooLarge(Exception):
    """The package holds more than a package of items can."""


def holds_manifest(content: bytes) -> bool:
    """Whether a zip archive is a package of this kind and no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return manifests.NAME in packed.namelist()
    except _UNREADABLE:
        return False


def drafts_of(content: bytes) -> Sheaf:
    """Drafts of the items that the manifest names; rows are counted as it names them.

    Raises:
        TooLarge: it holds more than a package of items can.
        Unreadable: broken, or not XML.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            # A header can lie about the size of a part, but Python's reader stops at that size.
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise TooLarge
            named = list(manifests.entries(markup.parse(packed.read(manifests.NAME))))
            return Sheaf(tuple(_draft(packed, row, entry) for row, entry in enumerate(named, start=1)))
    except _UNREADABLE as error:
        raise Unreadable from error


def _draft(packed: zipfile.ZipFile, row: int, entry: manifests.Entry) -> Draft:
    if entry.part not in packed.NameToInfo:
        part, reason = entry.part[:80], "包中缺少清单所列的文件“{part}”。"
        return Draft("", row, {}, faults=(Remark("", row, part, "part_missing", reason, {"part": part}),))
    return qti.draft_of(row, qti.camel(markup.parse(packed.read(entry.part))), entry.keywords)


def package_of(texts: Sequence[ItemText]) -> bytes:
    """A package of version 3.0; the same items make the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo(manifests.NAME), manifests.written(texts), zipfile.ZIP_DEFLATED)
        for text in texts:
            packed.writestr(zipfile.ZipInfo(manifests.part_of(text)), qti_written.item(text), zipfile.ZIP_DEFLATED)
    return written.getvalue()
