"""Reading an uploaded file of items: whatever it is by its content, never by what its name claims, and never more of
it than the process can bear."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from service.bank.actions import packages
from service.bank.rules.exchange import (
    columns,
    drafts,
    foreign,
    gift,
    markup,
    moodle,
    objects,
    plain,
    qti,
    tables,
    words,
)
from service.bank.rules.exchange.drafts import Sheaf
from service.kernel import errors, workbooks
from service.kernel.workbooks import Cell, Limits

# A workbook of 10,000 items has 1.2 to 1.5 MB packed, 20 MB unpacked and 400,000 elements, a package of QTI 9.4 MB, and
# JSON 8.2 MB with 443,000 signs that make a value; these are generous multiples. What is packed is measured before it
# is unpacked and JSON is counted; other texts stay small, for our readers look at every part of them again and again.
MOST_BYTES, MOST_TEXT_BYTES = 20 * 1024 * 1024, 3 * 1024 * 1024
# What a request has around the file: boundaries and the other fields of the form.
AROUND = 1024 * 1024
MOST_SIGNS = 2_000_000
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 20_000, 100, 20
LIMITS = Limits(120 * 1024 * 1024, MOST_ROWS, MOST_COLUMNS, 4_000_000)
_ENCODINGS = ("utf-8-sig", "gb18030")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
_DELIMITERS = ",\t;"


def sheaf_of(content: bytes) -> Sheaf:
    """The drafts that a file holds.

    Raises:
        Malformed: too large, or of no kind that we read.
    """
    _require_fits(content, MOST_BYTES)
    if content.startswith(b"PK"):
        return _of_package(content) if packages.holds_manifest(content) else _of_workbook(content)
    if _MARKUP.match(content[:200]):
        _require_fits(content, MOST_TEXT_BYTES)
        return _of_xml(content)
    text = _text_of(content)
    if text.lstrip()[:1] in {"[", "{"}:
        return _of_json(text)
    _require_fits(content, MOST_TEXT_BYTES)
    return _of_text(text)


def _require_fits(content: bytes, most: int) -> None:
    if len(content) > most:
        reason = "文件超过{most}MB，请分成几个文件导入。"
        raise errors.Malformed("file_large", reason, most=most // 1024**2)


def _of_text(text: str) -> Sheaf:
    rows = _rows_of_csv(text)
    if gift.LIKE.search(text) and columns.heading_of(rows) is None:
        return replace(_foreign(gift.drafts_of(text)), pictureless=True)
    if plain.LIKE.search(text) and columns.heading_of(rows) is None:
        return replace(plain.drafts_of(text), pictureless=True)
    return replace(tables.drafts_of("", rows), pictureless=True)


def _of_xml(content: bytes) -> Sheaf:
    try:
        root = markup.parse(content)
    except markup.Refused as error:
        raise _unreadable() from error
    if root.tag == "quiz":
        return _foreign(moodle.drafts_of(root))
    single = qti.camel(root)
    if single.tag == qti.ITEM:
        return _foreign(Sheaf((qti.draft_of(1, single),)))
    raise _unreadable()


def _of_package(content: bytes) -> Sheaf:
    try:
        return _foreign(packages.drafts_of(content))
    except packages.TooLarge as error:
        raise _too_large() from error
    except packages.Unreadable as error:
        raise _unreadable() from error


def _foreign(sheaf: Sheaf) -> Sheaf:
    if len(sheaf.drafts) > MOST_ROWS:
        raise _too_large()
    return foreign.fitting(sheaf)


def _of_json(text: str) -> Sheaf:
    # Each of these makes a value that is many times as large as itself: a bomb of them is refused before it goes off.
    if sum(map(text.count, ",:[{")) > MOST_SIGNS:
        raise _too_large()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    # Half a surrogate pair is no text: it could be neither shown nor stored.
    if re.search(r"\\u[dD][89a-fA-F]", text) and words.UNPRINTABLE.search(json.dumps(found, ensure_ascii=False)):
        raise _unreadable()
    if isinstance(found, list) and len(found) > MOST_ROWS:
        raise _too_large()
    return replace(objects.drafts_of(found), by_item=True)


def _of_workbook(content: bytes) -> Sheaf:
    sheaves = []
    try:
        for name, rows in workbooks.visible_sheets(content, LIMITS):
            sheaves.append(tables.drafts_of(name, rows))
            if len(sheaves) > MOST_SHEETS:
                raise workbooks.TooLarge
    except workbooks.TooLarge as error:
        raise _too_large() from error
    except workbooks.Unreadable as error:
        raise _unreadable() from error
    return replace(drafts.together(sheaves), pictureless=True)


def _too_large() -> errors.Malformed:
    sentence = "表格过大：每张表最多{rows}行、{columns}列，最多{sheets}张表。"
    return errors.Malformed("sheet_large", sentence, rows=MOST_ROWS, columns=MOST_COLUMNS, sheets=MOST_SHEETS)


def _unreadable() -> errors.Malformed:
    sentence = "无法读取该文件。可以导入的有：没有密码的xlsx、csv、文本、JSON、Moodle XML、GIFT、QTI。"
    return errors.Malformed("file_unreadable", sentence)


def _text_of(content: bytes) -> str:
    """The text of a file: UTF-8 with or without its mark, what Chinese spreadsheet programs write, or marked UTF-16."""
    for encoding in ("utf-16",) if content.startswith(_WIDE_MARKS) else _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and text.strip():
            return text
    raise _unreadable()


def _rows_of_csv(text: str) -> Sequence[Sequence[Cell]]:
    first = "\n".join(text.splitlines()[:5])
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _unreadable() from error
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
        raise _too_large()
    return rows
