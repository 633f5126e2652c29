"""Settling a draft: the words of a file and what the importer says once for all of it become an item, or faults."""

from collections.abc import Iterator
from typing import TypeVar

from service.bank.rules import items, pictures
from service.bank.rules.exchange import casing, fields, words
from service.bank.rules.exchange.drafts import Draft, Field, Remark
from service.bank.rules.exchange.fields import Catalogue, Terms
from service.bank.rules.items import ItemText, Kind
from service.kernel.decision import Decision

# What the API asks of an item that is submitted one by one (shapes.ItemShape).
SHORTEST_TEXT, LONGEST_TEXT, LONGEST_OPTION, MOST_WORDS = 4, 2000, 500, 20
# Where the checks that every item must pass find something, in the columns of a file.
_COLUMNS = {
    "stem": Field.STEM,
    "explanation": Field.EXPLANATION,
    "roles": Field.ROLES,
    "difficulty": Field.DIFFICULTY,
    "article": Field.ARTICLE,
    "enemies": Field.ENEMIES,
    "tags": Field.TAGS,
    "options": Field.OPTIONS,
    "key": Field.ANSWER,
    "pictures": Field.PICTURES,
    **casing.COLUMNS,
}
T = TypeVar("T")


class _Faults:
    """The faults of one draft: the first of a column is said, what follows from it is not."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.found = list(draft.faults)
        self.columns = {fault.column for fault in draft.faults}

    def take(self, name: Field, reading: tuple[T, Decision]) -> T:
        value, decision = reading
        if not decision.allowed:
            self.add(self.draft.remark(name, decision.code, decision.reason, **decision.values))
        return value

    def add(self, fault: Remark) -> None:
        if fault.column not in self.columns:
            self.found.append(fault)
            self.columns.add(fault.column)


def settle(draft: Draft, terms: Terms, catalogue: Catalogue) -> tuple[ItemText, tuple[Remark, ...]]:
    """The item that a draft stands for, as far as it can be read, and everything wrong with it; its code is not
    judged here, for one may still be given."""
    faults = _Faults(draft)
    kind = faults.take(Field.KIND, fields.kind(draft))
    edition = faults.take(Field.EDITION, fields.edition(draft, terms, catalogue))
    text = ItemText(
        code=draft.word(Field.CODE),
        kind=kind or Kind.SINGLE,
        stem=draft.word(Field.STEM),
        options={} if kind is Kind.TRUE_FALSE else dict(draft.options),
        key=faults.take(Field.ANSWER, fields.key(draft, kind)) if kind else "",
        explanation=draft.word(Field.EXPLANATION) or draft.word(Field.BASIS) or terms.explanation,
        edition=edition,
        article=faults.take(Field.ARTICLE, fields.article(draft, terms)),
        roles=faults.take(Field.ROLES, fields.roles(draft, terms)),
        difficulty=faults.take(Field.DIFFICULTY, fields.difficulty(draft, terms)),
        level=faults.take(Field.LEVEL, fields.level(draft, terms)),
        subject=faults.take(Field.SUBJECT, fields.subject(draft, terms, catalogue)),
        enemies=tuple(words.parts(draft.word(Field.ENEMIES))),
        tags=tuple(words.parts(draft.word(Field.TAGS))),
        pictures=dict(draft.pictures),
        case=casing.read(draft),
    )
    read = (*_text_faults(draft, text), *_unprintable(draft), *_option_faults(draft, text, kind))
    for fault in (*read, *_picture_faults(draft, text)):
        faults.add(fault)
    # Pictures have been judged place by place.
    passed_over = {"options", "key", "pictures"} if kind is None else {"pictures"}
    if faults.columns & {draft.columns.get(letter, letter) for letter in text.options}:
        passed_over.add("options")
    for fault in _last_faults(draft, text, catalogue):
        if fault.code.removeprefix("item_") not in passed_over:
            faults.add(fault)
    return text, tuple(faults.found)


def _text_faults(draft: Draft, text: ItemText) -> Iterator[Remark]:
    if not text.stem:
        yield draft.remark(Field.STEM, "stem_missing", "没有题干。")
    if not text.explanation:
        yield draft.remark(Field.EXPLANATION, "explanation_missing", "没有解析。")
    for name, said in ((Field.STEM, text.stem), (Field.EXPLANATION, text.explanation)):
        if not SHORTEST_TEXT <= len(said) <= LONGEST_TEXT:
            reason = "应为{least}至{most}个字，现在有{length}个。"
            bounds = {"least": SHORTEST_TEXT, "most": LONGEST_TEXT, "length": len(said)}
            yield draft.remark(name, "text_length", reason, **bounds)
    for name, count in ((Field.ENEMIES, len(text.enemies)), (Field.TAGS, len(text.tags))):
        if count > MOST_WORDS:
            yield draft.remark(name, "too_many_words", "最多{most}个，现在有{count}个。", most=MOST_WORDS, count=count)


def _unprintable(draft: Draft) -> Iterator[Remark]:
    for name, said in (*draft.words.items(), *draft.options.items()):
        if words.UNPRINTABLE.search(said):
            yield draft.remark(str(name), "unprintable", "含有看不见的控制字符，请删除后重新填写。")


def _option_faults(draft: Draft, text: ItemText, kind: Kind | None) -> Iterator[Remark]:
    if kind is Kind.TRUE_FALSE:
        if any(option and words.fold(option) not in words.TRUTH_WORDS for option in draft.options.values()):
            yield draft.remark(Field.OPTIONS, "truth_options", "判断题的选项只能是对和错，这里有别的内容。")
        return
    for letter, option in text.options.items():
        if not option:
            yield draft.remark(letter, "option_empty", "选项{letter}是空的，后面却还有选项。", letter=letter)
        if len(option) > LONGEST_OPTION:
            yield draft.remark(
                letter, "option_long", "选项{letter}超过{most}个字。", letter=letter, most=LONGEST_OPTION
            )


def _picture_faults(draft: Draft, text: ItemText) -> Iterator[Remark]:
    for place, reason in pictures.faults(text.pictures, text.options):
        yield draft.remark(pictures.PLACE_NAMES[place], "picture_faulty", reason)


def _last_faults(draft: Draft, text: ItemText, catalogue: Catalogue) -> Iterator[Remark]:
    """What the checks that every item must pass still find."""
    edition = catalogue.editions.get(text.edition)
    for fault in items.faults_of(text, edition.articles if edition else text.article):
        yield draft.remark(_COLUMNS[fault.where], f"item_{fault.where}", fault.reason)
