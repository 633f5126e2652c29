"""Files as people send them, made for tests: workbooks, separated text, and rows that are sound."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

EDITION = "work-safety-law-2021"
HEAD = ["编号", "题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析"]
HEAD += ["法规版本", "条号", "适用角色", "难度", "认知层次", "科目", "互斥组", "标签", "归类标签"]


def row(number: int = 1, **said: Any) -> list[Any]:
    """One sound row under :data:`HEAD`, with some cells said otherwise."""
    cells: dict[str, Any] = {
        "编号": f"XAM-{number:03d}",
        "题型": "单选题",
        "题干": f"某矿第{number}次检查时，发现瓦斯超限，应当（　　）。",
        "选项A": "继续作业",
        "选项B": "停止作业并撤人",
        "选项C": "等待通知",
        "选项D": "只作记录",
        "答案": "B",
        "解析": "依据第五十五条，从业人员发现直接危及人身安全的紧急情况时，有权停止作业。",
        "法规版本": EDITION,
        "条号": 55,
        "适用角色": "班组长",
        "难度": 2,
        "认知层次": "理解",
        "科目": "",
        "互斥组": "",
        "标签": "",
        "归类标签": "",
    }
    return [{**cells, **said}[name] for name in HEAD]


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook with these sheets."""
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, cells in enumerate(rows):
                sheet.write_row(place, 0, cells)
    return written.getvalue()


def one(*rows: Sequence[Any], head: Sequence[Any] = HEAD) -> bytes:
    """A workbook of one sheet: our heading and these rows."""
    return xlsx({"试题": [head, *rows]})


def separated(*rows: Sequence[Any], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """The same as text."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)
