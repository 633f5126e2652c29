"""Reading the xlsx file of a roster, within what a roster can be."""

from collections.abc import Sequence

from service.kernel import errors, workbooks
from service.kernel.workbooks import Limits
from service.programme.rules.roster import HEADER_WITHIN, Cell

# A plain roster of 2,000 people has 60 KB packed, 0.6 MB unpacked and 34,000 elements; these are generous multiples.
MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 2000
MOST_COLUMNS = 100
LIMITS = Limits(50 * 1024 * 1024, MOST_ROWS + HEADER_WITHIN, MOST_COLUMNS, 1_000_000)


def rows_of(content: bytes) -> Sequence[Sequence[Cell]]:
    """The cells of the first visible sheet; the first row of the list is row 1 of the sheet.

    Raises:
        Malformed: not an xlsx file, or larger than a roster can be.
    """
    if len(content) > MOST_BYTES:
        raise errors.Malformed("file_large", "文件超过{most}MB，请只保留名册后重新上传。", most=MOST_BYTES // 1024**2)
    try:
        for _, rows in workbooks.visible_sheets(content, LIMITS):
            return rows
    except workbooks.TooLarge as error:
        sentence = "表格过大：最多{rows}行、{columns}列。请删除名册以外的内容后重新上传。"
        raise errors.Malformed("sheet_large", sentence, rows=MOST_ROWS, columns=MOST_COLUMNS) from error
    except workbooks.Unreadable:
        pass
    raise errors.Malformed("file_unreadable", "无法读取该文件。请用Excel另存为没有密码的xlsx文件后重新上传。")
