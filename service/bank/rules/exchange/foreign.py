"""What files of other programs hold that the bank cannot: choices among more or fewer than four options."""

from dataclasses import replace

from service.bank.rules.exchange import words
from service.bank.rules.exchange.drafts import Draft, Field, Sheaf
from service.bank.rules.items import LETTERS, Kind

_WITHOUT_OPTIONS = frozenset({Kind.TRUE_FALSE, Kind.FILL_IN, Kind.WRITTEN})


def fitting(sheaf: Sheaf) -> Sheaf:
    """The same drafts; those that cannot fit are left out by name, and keep nothing else out.

    In a table an option that is missing is a slip of whoever typed it, and a fault; other programs allow any number.
    """
    return replace(sheaf, drafts=tuple(map(_fitting, sheaf.drafts)), by_item=True)


def _fitting(draft: Draft) -> Draft:
    kind = words.KIND_WORDS.get(words.fold(draft.word(Field.KIND)))
    if draft.left_out or draft.faults or kind in _WITHOUT_OPTIONS or len(draft.options) == len(LETTERS):
        return draft
    reason = "题库的选择题都是四个选项，这一题有{count}个，没有导入。"
    left_out = draft.remark(Field.OPTIONS, "options_left_out", reason, count=len(draft.options))
    return replace(draft, left_out=left_out)
