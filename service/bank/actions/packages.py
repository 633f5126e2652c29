"""QTI packages: zip archives with a manifest. Nothing of one is written to disk, and never more than fits is read."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from service.bank.rules.exchange import gallery, manifests, markup, qti, qti_written
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.exchange.gallery import Gallery
from service.bank.rules.items import ItemText
from service.bank.rules.pictures import LIMITS
from service.kernel.pictures import ENDINGS, Picture

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
            _require_fits(packed, [entry.part for entry in named])
            kept = Gallery()
            texts = _Texts(packed)
            drafts = tuple(_draft(packed, row, entry, kept, texts) for row, entry in enumerate(named, start=1))
            return Sheaf(drafts, pictures=kept.kept)
    except _UNREADABLE as error:
        raise Unreadable from error


def _require_fits(packed: zipfile.ZipFile, parts: Sequence[str]) -> None:
    """Refuse what would have to be read again and again: a manifest may name one part as often as it likes."""
    if sum(packed.NameToInfo[part].file_size for part in parts if part in packed.NameToInfo) > MOST_UNPACKED:
        raise TooLarge


class _Texts:
    """The texts of cases, each read once, however many items refer to it."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self.packed = packed
        self.read: dict[str, str] = {}

    def of(self, part: str) -> str:
        if part not in self.packed.NameToInfo:
            return ""
        if part not in self.read:
            self.read[part] = qti.stimulus_text(qti.camel(markup.parse(self.packed.read(part))))
        return self.read[part]


def _draft(packed: zipfile.ZipFile, row: int, entry: manifests.Entry, kept: Gallery, texts: _Texts) -> Draft:
    if entry.part not in packed.NameToInfo:
        part, reason = entry.part[:80], "包中缺少清单所列的文件“{part}”。"
        return Draft("", row, {}, faults=(Remark("", row, part, "part_missing", reason, {"part": part}),))
    root, named = qti.camel(markup.parse(packed.read(entry.part))), dict[str, tuple[str, str]]()
    draft = _about(texts, entry, qti.stimulus_ref(root), qti.draft_of(row, root, entry.keywords, named))
    found = {place: (_beside(packed, entry.part, at), said) for place, (at, said) in named.items()}
    if any(content is None for content, _ in found.values()):
        return replace(draft, left_out=draft.left_out or gallery.left_out(draft))
    return kept.hung(draft, found)


def _about(texts: _Texts, entry: manifests.Entry, ref: str, draft: Draft) -> Draft:
    """The draft with the text that its item refers to; what cannot be held of it leaves the item out, for without its
    text nobody can answer it."""
    if not ref or draft.left_out is not None:
        return draft
    part = posixpath.normpath(posixpath.join(posixpath.dirname(entry.part), ref))
    text = texts.of(part)
    if text and draft.word(Field.CASE):
        return replace(draft, words={**draft.words, Field.CASE_TEXT: text})
    reason = "这一题引用的共用材料没有案例编号，或者包中没有、含有图片表格，这一题没有导入。"
    return replace(draft, left_out=draft.remark(Field.CASE_TEXT, "stimulus_left_out", reason))


def _beside(packed: zipfile.ZipFile, part: str, address: str) -> bytes | None:
    """A file that a part of the package names from where it stands; nothing that is not in the package, and no more of
    it than a picture can have."""
    named = posixpath.normpath(posixpath.join(posixpath.dirname(part), unquote(address)))
    if named not in packed.NameToInfo:
        return None
    with packed.open(named) as file:
        return file.read(LIMITS.most_bytes + 1)


def package_of(texts: Sequence[ItemText], pictures: Mapping[str, Picture] | None = None) -> bytes:
    """A package of version 3.0 with its pictures; the same items make the same bytes."""
    written, shown = io.BytesIO(), pictures or {}
    parts = {digest: f"pictures/{digest[:32]}.{ENDINGS[one.media_type]}" for digest, one in sorted(shown.items())}
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo(manifests.NAME), manifests.written(texts, parts), zipfile.ZIP_DEFLATED)
        for text in texts:
            packed.writestr(
                zipfile.ZipInfo(manifests.part_of(text)), qti_written.item(text, parts), zipfile.ZIP_DEFLATED
            )
        for case in {text.case.code: text.case for text in texts if text.case is not None}.values():
            part = zipfile.ZipInfo(manifests.stimulus_of(case))
            packed.writestr(part, qti_written.stimulus(case), zipfile.ZIP_DEFLATED)
        for digest, where in parts.items():
            packed.writestr(zipfile.ZipInfo(where), shown[digest].content, zipfile.ZIP_STORED)
    return written.getvalue()
