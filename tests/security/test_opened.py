"""The search for what was planted finds it wherever it was packed."""

import base64
import gzip
import io
import json
import zipfile

import pytest
import typst

from tests.security.opened import text_of

MARK, POINTS = "STEMCMS931MARK", ">61<"


def zipped(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return written.getvalue()


def printed(words: str) -> bytes:
    """As the service prints: letters of several fonts, beside one another."""
    source = f'#set text(font: ("Libertinus Serif", "Noto Sans CJK SC"), size: 9pt)\n矿井 *1* {words}'
    return bytes(typst.compile(source.encode()))


BOOK = f"<row><c><t>{MARK}</t></c><c><v>61</v></c></row>".encode()
CASES = {
    "a workbook": zipped("xl/worksheets/sheet1.xml", BOOK),
    "a package with a workbook in it": zipped("extra/book.xlsx", zipped("xl/worksheets/sheet1.xml", BOOK)),
    "something compressed": gzip.compress(BOOK),
    "a printed sheet": printed(f"{MARK} #table(columns: 2, [甲], [61])"),
    "a printed sheet in a package": zipped("1.pdf", printed(f"{MARK}\n\n61")),
    "base64 in JSON": json.dumps({"file": base64.b64encode(gzip.compress(BOOK)).decode()}).encode(),
    "base64 for addresses": b"data:," + base64.urlsafe_b64encode(zipped("a", BOOK)).rstrip(b"="),
}


@pytest.mark.parametrize("content", CASES.values(), ids=CASES)
def test_a_mark_is_found_in(content: bytes) -> None:
    assert MARK not in content.decode(errors="replace"), "it cannot be seen from outside"

    found = text_of(content)

    assert MARK in found and POINTS in found


def test_a_mark_is_found_in_the_name_of_a_part_and_in_a_comma_separated_cell() -> None:
    assert MARK in text_of(zipped(f"items/{MARK}.xml", b""))
    assert POINTS in text_of("\ufeff姓名,分数\r\n甲,61\r\n".encode(), "text/csv; charset=utf-8")


def test_other_words_are_not_taken_for_the_mark() -> None:
    """Read by every table of letters, words still say nothing that is not there."""
    assert "MARK" not in text_of(printed("STEM 张三 的试卷共 616 分"))
