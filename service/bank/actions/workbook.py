"""Items as a workbook in our own template. Every cell is a text and stays one: nothing of it is ever computed."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from service.bank.rules.exchange import gallery, template
from service.bank.rules.exchange.drafts import Field
from service.bank.rules.items import ItemText
from service.kernel import errors

# Rows of the template that offer their choices in a list.
_OFFERED = 2000


def workbook_of(
    texts: Sequence[ItemText],
    filed: Mapping[str, Iterable[str]] | None = None,
    numbers: Mapping[str, int] | None = None,
) -> bytes:
    """The workbook, with the tags that each item is filed under and the number of its version by code; without items
    it is the blank template.

    Raises:
        Malformed: a text is longer than a cell can be.
    """
    written, under, numbered = io.BytesIO(), filed or {}, numbers or {}
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        sheet = book.add_worksheet(template.SHEET)
        pictured = any(text.pictures for text in texts)
        _write_heading(book, sheet, pictured=pictured)
        # The mark of a text stays with the cell: who edits “=1+1” does not turn it into a formula.
        plain = book.add_format({"num_format": "@", "quote_prefix": True, "valign": "top", "text_wrap": True})
        for number, text in enumerate(texts, start=2):
            told = [gallery.told(text)] if pictured else []
            cells = template.cells(text, under.get(text.code, ()), numbered.get(text.code, 0))
            for place, cell in enumerate([*cells, *told]):
                if cell != "" and sheet.write_string(number, place, str(cell), plain) < 0:
                    reason = "试题{item}的文字超过一格的长度，不能导出为表格。"
                    raise errors.Malformed("export_long", reason, item=text.code)
        _offer_choices(sheet, max(len(texts), _OFFERED))
    return written.getvalue()


def _write_heading(book: Any, sheet: Any, *, pictured: bool) -> None:
    """The headings; a column that tells of pictures, which no cell carries, stands there only where there are some."""
    sheet.merge_range(0, 0, 0, len(template.HEADINGS) - 1, template.HINT, book.add_format({"text_wrap": True}))
    sheet.set_row(0, 34)
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@", "valign": "top"})
    for place, heading in enumerate(template.HEADINGS):
        sheet.set_column(place, place, template.WIDTHS.get(heading, 12), text)
        sheet.write_string(1, place, heading, bold)
    if pictured:
        sheet.set_column(len(template.HEADINGS), len(template.HEADINGS), 40, text)
        sheet.write_string(1, len(template.HEADINGS), f"{Field.PICTURES}（表格带不了图片，这里只列出说明）", bold)
    sheet.freeze_panes(2, 1)


def _offer_choices(sheet: Any, rows: int) -> None:
    for heading, choices in template.CHOICES.items():
        place = template.HEADINGS.index(heading)
        sheet.data_validation(2, place, rows + 1, place, {"validate": "list", "source": list(choices)})
