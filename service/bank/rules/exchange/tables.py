"""Drafts out of the rows of a sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from service.bank.rules.exchange import columns, essays, options, words
from service.bank.rules.exchange.columns import Cell, Heading
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf


def drafts_of(sheet: str, rows: Sequence[Sequence[Cell]]) -> Sheaf:
    """Every row below the heading that is not empty, and what is to be said of the sheet."""
    heading = columns.heading_of(rows)
    if heading is None:
        return _no_items(sheet, rows)
    faults, notes = columns.faults_of(sheet, heading), columns.notes_on(sheet, heading)
    if faults:
        return Sheaf(faults=tuple(faults), notes=tuple(notes))
    kind = words.kind_of_sheet(sheet)
    below = enumerate(rows[heading.row + 1 :], start=heading.row + 2)
    drafts = tuple(_draft(sheet, row, cells, heading, kind) for row, cells in below if any(map(_filled, cells)))
    return Sheaf(drafts, (), tuple(notes))


def _no_items(sheet: str, rows: Sequence[Sequence[Cell]]) -> Sheaf:
    if not any(_filled(cell) for cells in rows for cell in cells):
        return Sheaf()
    reason = "工作表“{sheet}”的前{rows}行中没有找到同时有题干和答案的表头，整张表没有导入。"
    values = {"sheet": sheet, "rows": columns.HEADER_WITHIN}
    return Sheaf(notes=(Remark(sheet, 1, "", "sheet_ignored", reason, values),))


def _draft(sheet: str, row: int, cells: Sequence[Cell], heading: Heading, kind: str) -> Draft:
    at = {name: cells[place] for name, place in heading.places.items() if place < len(cells)}
    texts = {name: text for name, cell in at.items() if (text := _text(cell))}
    if kind:
        texts.setdefault(Field.KIND, kind)
    choices = {
        letter: _text(cells[place]) if place < len(cells) else "" for letter, place in sorted(heading.options.items())
    }
    if texts.get(Field.OPTIONS) and not any(choices.values()):
        choices = options.apart(texts[Field.OPTIONS])
    said = frozenset(heading.places) | ({Field.OPTIONS} if heading.options else set())
    draft = Draft(sheet, row, texts, options.trimmed(choices), heading.named, said=said)
    lettered = [(letter, cells[place]) for letter, place in heading.options.items() if place < len(cells)]
    asked = [*((str(name), cell) for name, cell in at.items()), *lettered]
    return replace(
        draft,
        faults=tuple(fault for name, cell in asked for fault in _cell_faults(draft, name, cell)),
        notes=(*_picture_notes(draft), *(note for name, cell in asked for note in _cell_notes(draft, name, cell))),
        left_out=left_out(draft),
    )


def _picture_notes(draft: Draft) -> Iterator[Remark]:
    if draft.word(Field.PICTURES):
        reason = "表格带不了图片，这一列没有导入；图片请在题目的编辑页面上传。"
        yield draft.remark(Field.PICTURES, "pictures_not_here", reason)


def left_out(draft: Draft) -> Remark | None:
    """Why the bank cannot hold an item of this kind, or nothing."""
    kind = draft.word(Field.KIND)
    if words.fold(kind) not in words.OTHER_KINDS:
        return essays.left_out(draft)
    return draft.remark(Field.KIND, "kind_left_out", "题库没有“{kind}”这种题型，这一题没有导入。", kind=kind)


def _filled(cell: Cell) -> bool:
    return cell is not None and str(cell).strip() != ""


def _text(cell: Cell) -> str:
    """A cell as people read it: whole numbers without a point, truths as words."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "T" if cell else "F"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).replace("\r\n", "\n").strip()


def _cell_faults(draft: Draft, column: str, cell: Cell) -> Iterator[Remark]:
    if isinstance(cell, date | datetime | time | timedelta):
        # “3/4” typed into a plain cell has become a day, and what was typed is gone.
        reason = "这一格被存成了日期或时间，原来的文字已经丢失。请把该列设为文本格式后重新填写。"
        yield draft.remark(column, "cell_date", reason)


def _cell_notes(draft: Draft, column: str, cell: Cell) -> Iterator[Remark]:
    if isinstance(cell, float) and not cell.is_integer():
        reason = "这一格是数值，按“{text}”读入；原来显示为百分比或保留位数的，请改为文本格式。"
        yield draft.remark(column, "cell_number", reason, text=_text(cell))
