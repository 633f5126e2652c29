"""Items: kinds, states, eligibility, and the checks every item must pass."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from service.access.rules.people import TraineeRole
from service.bank.rules import cases, filling, rubric
from service.bank.rules import pictures as picturing
from service.bank.rules.cases import Case
from service.bank.rules.findings import Check, Fault
from service.bank.rules.pictures import Pictures
from service.kernel.decision import ALLOWED, Decision, not_now


class Kind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    FILL_IN = "fill_in"
    WRITTEN = "written"


class State(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


class Level(StrEnum):
    """What an item asks of the mind: to know a rule, to see what it covers, to decide a case by it."""

    RECALL = "recall"
    UNDERSTAND = "understand"
    APPLY = "apply"


KIND_NAMES = {
    Kind.SINGLE: "单选题",
    Kind.MULTIPLE: "多选题",
    Kind.TRUE_FALSE: "判断题",
    Kind.FILL_IN: "填空题",
    Kind.WRITTEN: "简答题",
}
# Kinds whose answers are chosen.
CHOSEN = (Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE)
# Kinds whose answers are typed.
TYPED = frozenset({Kind.FILL_IN, Kind.WRITTEN})
# What a paper may ask, in the order in which kinds stand on it.
ASKED = (*CHOSEN, Kind.FILL_IN, Kind.WRITTEN)
# How long a key of whatever kind can be.
LONGEST_KEY = max(filling.LONGEST_KEY, rubric.LONGEST_RUBRIC)
STATE_NAMES = {
    State.SUBMITTED: "待审",
    State.APPROVED: "已通过",
    State.REJECTED: "已退回",
    State.SUSPENDED: "暂停使用",
    State.RETIRED: "已停用",
    State.WITHDRAWN: "已撤回",
}
LEVEL_NAMES = {Level.RECALL: "识记", Level.UNDERSTAND: "理解", Level.APPLY: "应用"}
MOVES: Mapping[State, frozenset[State]] = {
    State.SUBMITTED: frozenset({State.APPROVED, State.REJECTED, State.WITHDRAWN}),
    State.APPROVED: frozenset({State.SUSPENDED}),
    State.REJECTED: frozenset(),
    State.SUSPENDED: frozenset({State.APPROVED, State.RETIRED}),
    State.RETIRED: frozenset(),
    State.WITHDRAWN: frozenset(),
}

# An item stands and falls with the newest of these: an older text does not come back when it is taken out.
EVER_APPROVED = frozenset({State.APPROVED, State.SUSPENDED, State.RETIRED})

# A stable code: letters for where the item comes from, and a number.
CODE = r"[A-Z]{2,5}-\d{3,6}"
LETTERS = "ABCD"
TRUTHS = ("T", "F")
DIFFICULTIES = range(1, 6)
# Names of subjects and of enemy groups: short, and the same in files, addresses and blueprints.
SLUG = r"[a-z][a-z0-9-]{0,39}"
LONGEST_TAG = 20
# What takes a list of words apart in people's sheets: no word can hold it.
SEPARATORS = re.compile(r"[,，、;；\r\n]+")
_SLUG = re.compile(SLUG)


@dataclass(frozen=True, slots=True)
class ItemText:
    """One version of an item as a plain value; only single and multiple have ``options``; ``key`` is ``B``, ``ABD``,
    ``T``, what a fill-in accepts, one text a line (``filling``), or what people mark a written answer by (``rubric``).

    ``subject`` is the slug of a subject of the syllabus, or empty; ``enemies`` are names of groups of items that
    must not meet in one paper, because one gives another away or asks the same again; ``tags`` are free words;
    ``pictures`` are by place, ``stem`` or the letter of an option; ``case`` is the case (``cases``) that the item is a
    sub-question of.
    """

    code: str
    kind: Kind
    stem: str
    options: Mapping[str, str]
    key: str
    explanation: str
    edition: str
    article: int
    roles: tuple[TraineeRole, ...]
    difficulty: int
    level: Level = Level.RECALL
    subject: str = ""
    enemies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    case: Case | None = None
    pictures: Pictures = field(default_factory=dict)


def faults_of(item: ItemText, articles: int) -> Iterator[Fault]:
    """Everything wrong with an item, judged by itself; ``articles`` is how many its edition has."""
    checks = (
        (bool(item.stem.strip()), "stem", "题干为空"),
        (bool(item.explanation.strip()), "explanation", "缺少解析"),
        (bool(item.roles) and len(set(item.roles)) == len(item.roles), "roles", "适用角色缺失或重复"),
        (item.difficulty in DIFFICULTIES, "difficulty", "难度应为1至5"),
        (1 <= item.article <= articles, "article", "条号超出该法规的条数"),
        (_distinct(item.enemies) and all(map(_SLUG.fullmatch, item.enemies)), "enemies", "互斥组名有误或重复"),
        (_distinct(item.tags) and all(map(is_tag, item.tags)), "tags", "标签为空、过长、重复或含有分隔符"),
    )
    for sound, where, reason in checks:
        if not sound:
            yield Fault(item.code, where, reason, Check.CITATION if where == "article" else Check.ITEM)
    yield from _typed_faults(item) if item.kind in TYPED else _option_faults(item)
    yield from (Fault(item.code, "pictures", reason) for _, reason in picturing.faults(item.pictures, item.options))
    if item.case is not None:
        yield from (Fault(item.code, where, reason) for where, reason in cases.faults(item.case))


def _distinct(words: tuple[str, ...]) -> bool:
    return len(set(words)) == len(words)


def is_tag(word: str) -> bool:
    """Whether a word can be a tag: short, trimmed, and without what takes lists apart."""
    return bool(word) and word == word.strip() and len(word) <= LONGEST_TAG and not SEPARATORS.search(word)


def _typed_faults(item: ItemText) -> Iterator[Fault]:
    if item.options:
        yield Fault(item.code, "options", "填空题不应有选项" if item.kind is Kind.FILL_IN else "简答题不应有选项")
    found = filling.faults(item.stem, item.key) if item.kind is Kind.FILL_IN else rubric.faults(item.key)
    yield from (Fault(item.code, where, reason) for where, reason in found)


def _option_faults(item: ItemText) -> Iterator[Fault]:
    letters = "".join(item.options)
    if item.kind is Kind.TRUE_FALSE:
        if item.options:
            yield Fault(item.code, "options", "判断题不应有选项")
        if item.key not in TRUTHS:
            yield Fault(item.code, "key", "判断题答案应为T或F")
        return
    if letters != LETTERS or not all(text.strip() for text in item.options.values()):
        yield Fault(item.code, "options", "选项应为A至D四项且不为空")
    if len(set(item.options.values())) != len(item.options):
        yield Fault(item.code, "options", "选项有重复")
    in_order = item.key == "".join(letter for letter in LETTERS if letter in item.key) and item.key
    least, most = (1, 1) if item.kind is Kind.SINGLE else (2, len(LETTERS))
    if not in_order or not least <= len(item.key) <= most:
        yield Fault(item.code, "key", "答案应为按顺序排列的选项字母，单选一项，多选两项以上")


def digest(item: ItemText) -> str:
    """What makes two versions of an item the same: SHA-256 over its canonical JSON.

    Attributes that an item does not have are left out, so that a text keeps the digest it had before they existed.
    """
    fields = {
        "code": item.code,
        "kind": item.kind,
        "stem": item.stem,
        "options": dict(item.options),
        "key": item.key,
        "explanation": item.explanation,
        "edition": item.edition,
        "article": item.article,
        "roles": sorted(item.roles),
        "difficulty": item.difficulty,
        **_attributes(item),
    }
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _attributes(item: ItemText) -> dict[str, object]:
    present = {
        "level": item.level if item.level is not Level.RECALL else "",
        "subject": item.subject,
        "enemies": sorted(item.enemies),
        "tags": sorted(item.tags),
        "pictures": picturing.told(item.pictures),
        "case": cases.described(item.case),
    }
    return {name: value for name, value in present.items() if value}


def may_move(state: State, target: State) -> Decision:
    """Whether an item version may pass from one state to another."""
    return ALLOWED if target in MOVES[state] else _may_not_move(state, target)


def _may_not_move(state: State, target: State) -> Decision:
    return not_now(
        "item_state",
        "试题现在是“{state}”，不能改为“{target}”。",
        state=STATE_NAMES[state],
        target=STATE_NAMES[target],
    )


def may_review(state: State, target: State) -> Decision:
    """Whether a version may be judged: only what was submitted, for what was suspended is settled otherwise."""
    move = may_move(state, target)
    judged = state is State.SUBMITTED and target is not State.WITHDRAWN
    return move if judged or not move.allowed else _may_not_move(state, target)


def in_force(effective: date, repealed: date | None, day: date) -> bool:
    """Whether an edition is in force on a day: from its effective date until the day before its repeal (DOMAIN §4)."""
    return effective <= day and (repealed is None or day < repealed)
