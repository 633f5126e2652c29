"""Figures: what is written in digits in a key must stand in the article that decides it.

The texts of the regulations are not part of the project; who has them gives their folder.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from service.bank.rules import filling
from service.bank.rules.findings import Check, Fault
from service.bank.rules.items import ItemText, Kind

# Tags of items whose figure cannot stand in the article: worked out, or of a described case.
EXEMPT = frozenset({"计算", "实例"})
_HEAD = re.compile(r"^第([零〇一二三四五六七八九十百]+)条[ \u3000]", re.MULTILINE)
_NUMERAL = re.compile(r"[零〇一二三四五六七八九十百两]+")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_DIGITS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def number(numerals: str) -> int:
    """A Chinese numeral below one thousand as an integer."""
    total = digit = 0
    for character in numerals:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * (100 if character == "百" else 10)
            digit = 0
    return total + digit


def articles(text: str) -> dict[int, str]:
    """The articles of a regulation by their numbers: each from its head, 第…条 and a space, to the next one."""
    parts = _HEAD.split(text)
    return {number(numerals): words for numerals, words in zip(parts[1::2], parts[2::2], strict=True)}


def written(text: str) -> set[float]:
    """What stands in digits in a text."""
    return {float(one) for one in _FIGURE.findall(text)}


def said(item: ItemText) -> str:
    """What the key of an item says; nothing of a statement, nor of what people mark."""
    match item.kind:
        case Kind.FILL_IN:
            return filling.variants(item.key)[0]
        case Kind.SINGLE | Kind.MULTIPLE:
            return "\n".join(item.options.get(letter, "") for letter in item.key)
        case Kind.TRUE_FALSE | Kind.WRITTEN:
            return ""


def strange(item: ItemText, article: str) -> list[str]:
    """The figures of a key that its article has neither in digits nor in numerals, from the smallest."""
    if EXEMPT & set(item.tags):
        return []
    known = written(article) | {float(number(one)) for one in _NUMERAL.findall(article)}
    return [f"{one:g}" for one in sorted(written(said(item)) - known)]


def unfounded(items: Iterable[ItemText], texts: Mapping[str, Mapping[int, str]]) -> Iterator[Fault]:
    """Figures of keys that the cited article does not have; ``texts`` are the articles by edition.

    Items on an edition or an article without a text are passed over: they were not compared.
    """
    for item in items:
        article = texts.get(item.edition, {}).get(item.article)
        if article is not None and (found := strange(item, article)):
            reason = f"答案中的{'、'.join(found)}不在第{item.article}条中；计算得出或属于案例的，请加标签“计算”或“实例”"
            yield Fault(item.code, "key", reason, Check.FIGURES)
