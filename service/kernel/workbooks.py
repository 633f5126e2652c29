"""Reading an uploaded xlsx file without letting it exhaust the process.

The reader allocates the whole rectangle up to the farthest cell, and as many strings as a part claims to hold: five
kilobytes that name cell XFD1048576 abort the process, exams in progress included. So every part is unpacked under a
limit and looked through first, and the reader gets a plain copy of exactly those parts.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

Cell = object
_PARTS = ("[Content_Types].xml", "_rels/", "xl/")
_XML = (".xml", ".rels")
# RuntimeError is what the zip module raises for an encrypted part and for an unknown compression.
_UNREADABLE = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
)
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a workbook of one purpose may hold: bytes when unpacked, rows and columns of a sheet, XML elements."""

    unpacked: int
    rows: int
    columns: int
    elements: int


class TooLarge(Exception):
    """The workbook holds more than the limits allow."""


class Unreadable(Exception):
    """This is no xlsx workbook, or one that is broken or has a password."""


def visible_sheets(content: bytes, limits: Limits) -> Iterator[tuple[str, Sequence[Sequence[Cell]]]]:
    """Name and cells of every sheet that can be seen, one at a time; the first row of a list is row 1 of its sheet.

    Raises:
        TooLarge: it holds more than the limits allow.
        Unreadable: not an xlsx file.
    """
    try:
        with CalamineWorkbook.from_filelike(_plain_copy(content, limits)) as book:
            for sheet in book.sheets_metadata:
                if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
                    yield sheet.name, book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    except _UNREADABLE as error:
        raise Unreadable from error


def _plain_copy(content: bytes, limits: Limits) -> io.BytesIO:
    """The XML parts of the file, unpacked, measured and stored without compression.

    A part's header can lie about its size, but Python's reader stops at that size, and what it read is what is copied.
    """
    copy, look = io.BytesIO(), _Look(limits)
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as plain:
        if sum(part.file_size for part in packed.infolist()) > limits.unpacked:
            raise TooLarge
        for part in {part.filename: part for part in packed.infolist()}.values():
            if part.filename.startswith(_PARTS) and part.filename.endswith(_XML):
                text = packed.read(part)
                look.through(text)
                plain.writestr(part.filename, text)
    copy.seek(0)
    return copy


class _Look:
    """Looks through XML parts for filled cells too far out, absurd counts and endless elements; never for meaning."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.elements = 0
        self.cell = ""

    def through(self, text: bytes) -> None:
        # The encoding is fixed because the reader knows no other: a part in another one could hide cells from this.
        parser = expat.ParserCreate("utf-8", " ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartDoctypeDeclHandler = self._doctype
        parser.Parse(text, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        counts = (attributes.get("count", "0"), attributes.get("uniqueCount", "0"), str(self.elements))
        if not all(count.isdecimal() and int(count) <= self.limits.elements for count in counts):
            raise TooLarge
        match _local(name):
            case "c":
                self.cell = attributes.get("r", "?")
            case "v" | "is" if self.cell:
                self._require_near(self.cell)

    def _end(self, name: str) -> None:
        if _local(name) == "c":
            self.cell = ""

    def _doctype(self, *_: object) -> None:
        # No spreadsheet program writes one; it could only declare entities.
        raise ValueError("document type declaration")

    def _require_near(self, reference: str) -> None:
        found = _REFERENCE.fullmatch(reference)
        # A filled cell without a readable place could lie anywhere.
        if found is None:
            raise TooLarge
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - ord("A") + 1
        if column > self.limits.columns or int(found[2]) > self.limits.rows:
            raise TooLarge


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
