"""What a file is silent about: an item that there is already keeps what the bank has, instead of being blanked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from service.bank.rules.exchange import casing, citing, template, words
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.items import LETTERS, ItemText

UNREADABLE = -1
# How an item is filed is only ever added to, and its code, version and pictures are no words of it.
_PASSED_OVER = frozenset({Field.CODE, Field.FILED, Field.VERSION, Field.PICTURES})


def keeping(sheaf: Sheaf, known: Iterable[ItemText]) -> Sheaf:
    """The drafts, with what the bank has under their codes wherever the file has no column for it.

    An empty cell of a column that is there does say something: it blanks what was there. What the importer says for
    all items is for those that are new.
    """
    by_code = {text.code: text for text in known}
    return replace(sheaf, drafts=tuple(_kept(one, by_code) for one in sheaf.drafts))


def _kept(draft: Draft, known: Mapping[str, ItemText]) -> Draft:
    text = known.get(draft.word(Field.CODE))
    if text is None or draft.said is None or draft.left_out is not None:
        return draft
    silent = dict(_silent(draft, text))
    choices = dict(draft.options)
    if Field.OPTIONS not in draft.said and not any(choices.values()) and text.options:
        choices = dict(text.options)
        silent[Field.OPTIONS] = ""
    if not silent:
        return draft
    names = "、".join(name for name in Field if name in silent)
    reason = "文件中没有这些内容，题库原有的保留不变：{columns}。"
    note = draft.remark(Field.CODE, "kept", reason, columns=names)
    words = {**{name: word for name, word in silent.items() if word}, **draft.words}
    return replace(draft, words=words, options=choices, notes=(*draft.notes, note))


def _silent(draft: Draft, text: ItemText) -> Iterator[tuple[Field, str]]:
    """The words that the bank has and the file has no place for."""
    said = draft.said or frozenset()
    for name, cell in zip(template.HEADINGS, template.cells(text), strict=True):
        if name.removeprefix("选项") in LETTERS or cell == "" or name in said | _PASSED_OVER:
            continue
        if not draft.word(Field(name)) and not _said_elsewhere(draft, Field(name)):
            yield Field(name), str(cell)


def _said_elsewhere(draft: Draft, name: Field) -> bool:
    """Whether a file says in another place what it has no column for."""
    basis, explanation = draft.word(Field.BASIS), draft.word(Field.EXPLANATION)
    if name is Field.EXPLANATION:
        return bool(basis)
    if name is Field.ARTICLE:
        return bool(citing.first_article(basis) or citing.first_article(explanation))
    # A case is told whole or not at all: half of one with half of another would be neither.
    return name in casing.FIELDS and any(draft.word(one) for one in casing.FIELDS)


def version_of(draft: Draft) -> int:
    """The version that a file says it was made from: nought where it does not say, and less where nobody can tell."""
    said = words.fold(draft.word(Field.VERSION))
    if not said:
        return 0
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else UNREADABLE


def overtaken(sheet: str, row: int, based: int, stands: int) -> Remark:
    """Why a line does not become the next version: the one that it was made from is not the newest any more, or cannot
    be told."""
    if based == UNREADABLE:
        reason = (
            "试题版本一格不是版本号，看不出是从第几版改的，没有覆盖题库的第{stands}版。请填导出时的数字，或清空这一格。"
        )
        return Remark(sheet, row, Field.VERSION, "version_malformed", reason, {"stands": stands})
    reason = "文件里是第{based}版，题库已有第{stands}版，没有覆盖。请重新导出后再改；确要以文件为准的，请清空这一格。"
    return Remark(sheet, row, Field.VERSION, "version_overtaken", reason, {"based": based, "stands": stands})
