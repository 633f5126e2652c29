"""Reading an uploaded xlsx file without letting it exhaust the process.

The reader allocates the whole rectangle up to the farthest cell, and as many strings as a part claims to hold: five
kilobytes that name cell XFD1048576 abort the process, exams in progress included. So every part is unpacked under a
limit and looked through first, and the reader gets a plain copy of exactly those parts.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from service.kernel import errors
from service.programme.rules.roster import HEADER_WITHIN, Cell

# A plain roster of 2,000 people has 60 KB packed, 0.6 MB unpacked and 34,000 elements; these are generous multiples.
MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 50 * 1024 * 1024
MOST_ROWS = 2000
MOST_COLUMNS = 100
MOST_ELEMENTS = 1_000_000
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


def rows_of(content: bytes) -> Sequence[Sequence[Cell]]:
    """The cells of the first visible sheet; the first row of the list is row 1 of the sheet.

    Raises:
        Malformed: not an xlsx file, or larger than a roster can be.
    """
    if len(content) > MOST_BYTES:
        raise errors.Malformed("file_large", "文件超过{most}MB，请只保留名册后重新上传。", most=MOST_BYTES // 1024**2)
    try:
        with CalamineWorkbook.from_filelike(_plain_copy(content)) as book:
            for sheet in book.sheets_metadata:
                if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
                    return book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    except _UNREADABLE:
        pass
    raise errors.Malformed("file_unreadable", "无法读取该文件。请用Excel另存为没有密码的xlsx文件后重新上传。")


def _plain_copy(content: bytes) -> io.BytesIO:
    """The XML parts of the file, unpacked, measured and stored without compression.

    A part's header can lie about its size, but Python's reader stops at that size, and what it read is what is copied.
    """
    copy, look = io.BytesIO(), _Look()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as plain:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            raise _too_large()
        for part in {part.filename: part for part in packed.infolist()}.values():
            if part.filename.startswith(_PARTS) and part.filename.endswith(_XML):
                text = packed.read(part)
                look.through(text)
                plain.writestr(part.filename, text)
    copy.seek(0)
    return copy


def _too_large() -> errors.Malformed:
    sentence = "表格过大：最多{rows}行、{columns}列。请删除名册以外的内容后重新上传。"
    return errors.Malformed("sheet_large", sentence, rows=MOST_ROWS, columns=MOST_COLUMNS)


class _Look:
    """Looks through XML parts for filled cells too far out, absurd counts and endless elements; never for meaning."""

    def __init__(self) -> None:
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
        if not all(count.isdecimal() and int(count) <= MOST_ELEMENTS for count in counts):
            raise _too_large()
        match _local(name):
            case "c":
                self.cell = attributes.get("r", "?")
            case "v" | "is" if self.cell:
                _require_near(self.cell)

    def _end(self, name: str) -> None:
        if _local(name) == "c":
            self.cell = ""

    def _doctype(self, *_: object) -> None:
        # No spreadsheet program writes one; it could only declare entities.
        raise ValueError("document type declaration")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _require_near(reference: str) -> None:
    found = _REFERENCE.fullmatch(reference)
    # A filled cell without a readable place could lie anywhere.
    if found is None:
        raise _too_large()
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    if column > MOST_COLUMNS or int(found[2]) > MOST_ROWS + HEADER_WITHIN:
        raise _too_large()
