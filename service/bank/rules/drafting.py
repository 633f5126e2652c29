"""Drafts: an item as its author is still writing it, whatever is missing or wrong, and what is to be said of it.

A draft is no version: it has no number and no state, nobody but its author sees it, and nothing is ever compared with
it. It is judged by the same rules as an item of a file that is imported, field by field.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from service.bank.rules import pictures
from service.bank.rules.exchange import answers, casing, planning
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.exchange.fields import Catalogue, Terms
from service.bank.rules.exchange.planning import Kept, Outcome
from service.bank.rules.items import LETTERS, TRUTHS, TYPED, ItemText, Kind, State
from service.bank.rules.pictures import STEM, Pictures
from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# Our own figure: nobody writes at so many items at once, and a program that goes astray fills no disk.
MOST_DRAFTS = 200
# What a field of the form is called where what is said of an item calls it otherwise.
FIELDS: Mapping[str, str] = {
    Field.CODE: "code",
    Field.KIND: "kind",
    Field.STEM: "stem",
    Field.OPTIONS: "options",
    Field.ANSWER: "key",
    Field.EXPLANATION: "explanation",
    Field.BASIS: "explanation",
    Field.EDITION: "edition",
    Field.ARTICLE: "article",
    Field.ROLES: "roles",
    Field.DIFFICULTY: "difficulty",
    Field.LEVEL: "level",
    Field.SUBJECT: "subject",
    Field.ENEMIES: "enemies",
    Field.TAGS: "tags",
    **{name: f"picture_{place}" for place, name in pictures.PLACE_NAMES.items()},
    **{column: name for name, column in casing.COLUMNS.items()},
}
_CODE = "编号应为2至5个大写字母、连字符和3至6位数字，如WSL-001。"
_EMPTY = "选项{letter}还没有写。"
# Between the words of a list: no word can hold it.
BETWEEN = "、"


@dataclass(frozen=True, slots=True)
class Written:
    """What an author has typed so far, as it stands in the fields; ``options`` by letter, lists in one line, and what a
    fill-in accepts, or a rubric, one text a line."""

    code: str = ""
    kind: str = ""
    stem: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    explanation: str = ""
    edition: str = ""
    article: str = ""
    roles: tuple[str, ...] = ()
    difficulty: str = ""
    level: str = ""
    subject: str = ""
    enemies: str = ""
    tags: str = ""
    accepted: str = ""
    case_code: str = ""
    case_text: str = ""
    case_place: str = ""
    case_size: str = ""
    pictures: Pictures = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be said of one field; ``grave`` keeps the item from being submitted."""

    field: str
    code: str
    reason: str
    values: Mapping[str, object]
    grave: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """The item that a draft stands for, as far as it can be read, and everything to be said of it."""

    text: ItemText
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> int:
        """How many findings keep it from being submitted."""
        return sum(one.grave for one in self.findings)


def kept(written: Written) -> dict[str, Any]:
    """A draft as it is stored."""
    found = {one.name: getattr(written, one.name) for one in fields(written)}
    lists = {"key": list(written.key), "roles": list(written.roles)}
    return {**found, **lists, "options": dict(written.options), "pictures": pictures.stored(written.pictures)}


def taken(stored: Mapping[str, Any]) -> Written:
    """A draft out of what was stored; fields that are not known any more are left out."""
    known = {one.name for one in fields(Written)}
    found = {name: value for name, value in stored.items() if name in known}
    lists = {"key": tuple(found.get("key", ())), "roles": tuple(found.get("roles", ()))}
    return Written(**{**found, **lists, "pictures": pictures.taken(found.get("pictures", {}))})


def of(text: ItemText) -> Written:
    """An item as an author would have typed it."""
    typed = text.kind in TYPED
    said = casing.words_of(text.case)
    return Written(
        code=text.code,
        kind=text.kind,
        stem=text.stem,
        options=dict(text.options),
        key=() if typed else tuple(text.key),
        explanation=text.explanation,
        edition=text.edition,
        article=str(text.article),
        roles=tuple(text.roles),
        difficulty=str(text.difficulty),
        level=text.level,
        subject=text.subject,
        enemies=BETWEEN.join(text.enemies),
        tags=BETWEEN.join(text.tags),
        accepted=text.key if typed else "",
        **{name: said.get(column, "") for name, column in casing.COLUMNS.items()},
        pictures=dict(text.pictures),
    )


def judge(
    written: Written, catalogue: Catalogue, known: Mapping[str, Kept], *, revised: str = "", free: str = ""
) -> Judged:
    """What is to be said of a draft.

    ``known`` is what the bank keeps under the draft's code, ``revised`` the code of the item that it is to be another
    version of, or nothing for a new one; ``free`` is a code that nobody has yet.
    """
    written = replace(written, code=revised) if revised else written
    (line,) = planning.plan(Sheaf((_draft(written),)), Terms(), catalogue, known).lines
    findings = (
        *(_finding(one, grave=True) for one in line.faults),
        *(_finding(one, grave=False) for one in line.notes),
        *_of_code(line.text.code, line.outcome, known, revised, free),
        *_of_article(written, line.text.article),
    )
    return Judged(line.text, findings)


def _draft(written: Written) -> Draft:
    """The draft as a file would have it: no options where the kind has none, and an answer that points at options or
    says what is accepted or marked by."""
    truths, typed = written.kind == Kind.TRUE_FALSE, written.kind in TYPED
    options = {letter: written.options.get(letter, "").strip() for letter in LETTERS}
    # Whoever tries another kind finds what was chosen before when they go back; it is no answer meanwhile.
    key = [letter for letter in (TRUTHS if truths else LETTERS) if letter in written.key]
    words = {
        Field.CODE: written.code,
        Field.KIND: written.kind,
        Field.STEM: written.stem,
        Field.ANSWER: written.accepted if typed else answers.pointed("".join(key)),
        Field.EXPLANATION: written.explanation,
        Field.EDITION: written.edition,
        Field.ARTICLE: written.article,
        Field.ROLES: BETWEEN.join(written.roles),
        Field.DIFFICULTY: written.difficulty,
        Field.LEVEL: written.level,
        Field.SUBJECT: written.subject,
        Field.ENEMIES: written.enemies,
        Field.TAGS: written.tags,
        **{column: getattr(written, name) for name, column in casing.COLUMNS.items()},
    }
    said = {name: word.strip() for name, word in words.items()}
    # So does whoever comes back to a picture of an option.
    shown = {place: one for place, one in written.pictures.items() if place == STEM or not (truths or typed)}
    return Draft("", 1, said, {} if truths or typed else options, pictures=shown)


def _finding(remark: Remark, *, grave: bool) -> Finding:
    where = FIELDS.get(remark.column, remark.column)
    if where == "code":
        # In a file, an item without a code of ours can be given one.
        return Finding(where, remark.code, _CODE, {}, grave)
    # In a file, what comes after the last filled option is no option at all.
    reason = _EMPTY if remark.code == "option_empty" else remark.reason
    return Finding(where, remark.code, reason, remark.values, grave)


def _of_code(code: str, outcome: Outcome, known: Mapping[str, Kept], revised: str, free: str) -> Iterator[Finding]:
    if revised and outcome is Outcome.UNCHANGED:
        yield Finding("stem", "version_same", "内容与最新一版相同，没有可提交的。", {}, True)
    if not revised and code in known:
        reason = "编号{code}已经有了。要改那道题，请从它的页面开始；新的试题可以用{free}。"
        yield Finding("code", "code_taken", reason, {"code": code, "free": free}, True)


def _of_article(written: Written, article: int) -> Iterator[Finding]:
    if not written.article.strip() and article:
        yield Finding(
            "article", "article_cited", "条号没有填，按解析中引用的第{article}条。", {"article": article}, False
        )


def next_code(prefix: str, codes: Iterable[str]) -> str:
    """The first code of these letters behind all that there are."""
    numbers = (code.rpartition("-")[2] for code in codes)
    return f"{prefix}-{max((int(one) for one in numbers if one.isdecimal()), default=0) + 1:03d}"


def is_theirs(state: State, author: int, person_id: int | None) -> bool:
    """Whether a person may see a version at all: what was taken back is its author's again."""
    return state is not State.WITHDRAWN or author == person_id


def may_withdraw(state: State, *, own: bool, answered: bool) -> Decision:
    """Whether a version may be taken back: by who submitted it, while no reviewer has begun with it."""
    if not own:
        return refuse("not_the_author", "只有提交这一版的人才能撤回。请联系命题人。")
    if state is not State.SUBMITTED:
        return not_now("already_judged", "这一版已经审过，不能撤回。要改的，请提交新的一版。")
    if answered:
        return not_now("review_begun", "已有审题人作答，审题已经开始，不能撤回。请等审题意见，再提交新的一版。")
    return ALLOWED


def may_overwrite(saved: int, seen: int) -> Decision:
    """Whether a draft may be written over or submitted: by whoever has seen how it was saved last."""
    if saved != seen:
        reason = "这份草稿在另一个窗口里保存过，这里的内容没有覆盖它。请先重新打开那份草稿，再对照修改。"
        return not_now("draft_moved", reason)
    return ALLOWED


def may_revise(newest: int, base: int, waiting: bool) -> Decision:
    """Whether a new version may be made out of version ``base`` while ``newest`` is the newest one."""
    if base != newest:
        reason = "改的是第{base}版，该试题已有更新的第{newest}版。请打开新版，对照后再改；您写的内容还在草稿里。"
        return not_now("version_moved", reason, base=base, newest=newest)
    if waiting:
        return not_now("version_waits", "该试题的第{number}版正在待审。", number=newest)
    return ALLOWED
