"""Tables as files. A name that looks like a formula stays a name: nothing that people typed is ever computed."""

import csv
import io
from collections.abc import Sequence

import xlsxwriter

Cell = str | int | float | None
Row = Sequence[Cell]
# What spreadsheet programs take for the beginning of a formula (OWASP, CSV injection), wide signs included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a byte order mark; cells that would be formulas begin with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def xlsx_of(rows: Sequence[Row]) -> bytes:
    """One sheet with a frozen, bold header; texts are written as texts."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row, bold if number in {0, len(rows) - 1} else None)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return content.getvalue()
