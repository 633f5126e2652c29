"""The words that people's files use for kinds, truths, difficulties and roles (reference: exam_rules.zh.md §8)."""

import re
import unicodedata
from collections.abc import Mapping

from service.access.rules import people
from service.access.rules.people import TraineeRole
from service.bank.rules.items import KIND_NAMES, LEVEL_NAMES, SEPARATORS, Kind, Level

_SPACES = re.compile(r"[\s\u200b\ufeff]+")
# What no text of an item may hold: control characters, halves of surrogate pairs, and what XML cannot write.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

KIND_WORDS: Mapping[str, Kind] = {
    word: kind
    for kind, words in {
        Kind.SINGLE: ("单选题", "单选", "单项选择题", "单项选择", "single", "radio", "singlechoice", "选择题(单选)"),
        Kind.MULTIPLE: ("多选题", "多选", "多项选择题", "多项选择", "不定项选择题", "multiple", "multi", "checkbox"),
        Kind.TRUE_FALSE: ("判断题", "判断", "是非题", "true_false", "truefalse", "judge", "judgment", "tf"),
        Kind.FILL_IN: ("填空题", "填空", "fill_in", "fillin", "blank", "fillblank", "shortanswer"),
        Kind.WRITTEN: ("简答题", "简答", "问答题", "问答", "written", "essay"),
    }.items()
    for word in words
}
# Kinds that the bank cannot hold: such an item is listed as left out, by the name that the file has for it.
OTHER_KINDS: frozenset[str] = frozenset({"论述题", "案例分析题", "案例题", "计算题", "名词解释", "材料题"})
TRUTH_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("正确", "对", "√", "✓", "✔", "是", "同意", "t", "true", "y", "yes"), "T"),
    **dict.fromkeys(("错误", "错", "不正确", "×", "✗", "✘", "x", "否", "不同意", "不对", "f", "false", "n", "no"), "F"),
}
DIFFICULTY_WORDS: Mapping[str, int] = {
    **dict.fromkeys(("1", "很易", "很容易", "入门"), 1),
    **dict.fromkeys(("2", "易", "较易", "容易", "简单", "easy"), 2),
    **dict.fromkeys(("3", "中", "中等", "一般", "适中", "进阶", "medium"), 3),
    **dict.fromkeys(("4", "难", "较难", "困难", "hard"), 4),
    **dict.fromkeys(("5", "很难", "极难", "高级"), 5),
}
LEVEL_WORDS: Mapping[str, Level] = {
    **{name: level for level, name in LEVEL_NAMES.items()},
    **{level.value: level for level in Level},
    **dict.fromkeys(("记忆", "了解", "知道"), Level.RECALL),
    **dict.fromkeys(("掌握", "运用"), Level.APPLY),
}
ROLE_WORDS: Mapping[str, tuple[TraineeRole, ...]] = {
    **{name: (role,) for role, name in people.ROLE_NAMES.items()},
    **{role.value: (role,) for role in TraineeRole},
    **dict.fromkeys(("分管负责人", "安全分管负责人"), (TraineeRole.SAFETY_DEPUTY,)),
    **dict.fromkeys(("安全管理人员", "安全生产管理人员", "专职安全员", "安全员"), (TraineeRole.SAFETY_OFFICER,)),
    **dict.fromkeys(("全部", "所有", "三类人员", "all"), tuple(TraineeRole)),
}


def fold(text: str) -> str:
    """One spelling for what people type: full-width characters narrowed, every space taken out, small letters."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).lower()


def parts(text: str) -> list[str]:
    """A list in one cell, taken apart at commas, semicolons and line breaks."""
    return [part.strip() for part in SEPARATORS.split(text) if part.strip()]


def kind_of_sheet(name: str) -> str:
    """The kind that a sheet's name says its items are of (“单选题”, “二、判断题（40道）”), or nothing."""
    folded = fold(name)
    found = {kind for word, kind in KIND_WORDS.items() if len(word) > 1 and word in folded}
    return KIND_NAMES[found.pop()] if len(found) == 1 else ""
