"""Which article of which edition a file means: by columns of their own, or as its explanation cites it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.bank.rules.exchange import words
from service.kernel.decision import ALLOWED, Decision, refuse

_DIGITS: Mapping[str, int] = {
    **{numeral: value for value, numeral in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "两": 2,
}
_TENS: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000}
_ARTICLE = re.compile(r"第\s*([零〇一二两三四五六七八九十百千]+|[0-9]{1,4})\s*条")
_NUMBER = re.compile(r"[0-9]{1,4}|[零〇一二两三四五六七八九十百千]+")
_MARKS = re.compile(r"[《》〈〉()（）]|中华人民共和国")


@dataclass(frozen=True, slots=True)
class Cited:
    """An edition as far as citing it goes: its titles, and how many articles it has."""

    titles: tuple[str, ...]
    articles: int


def edition(text: str, editions: Mapping[str, Cited]) -> tuple[str, Decision]:
    """The slug of the edition that a word names: by slug or title; a title that several bear names none."""
    if text in editions:
        return text, ALLOWED
    plain = _plain(text)
    found = [slug for slug, one in editions.items() if plain in map(_plain, one.titles)]
    found = found or [slug for slug, one in editions.items() if any(_plain(t).startswith(plain) for t in one.titles)]
    if len(found) == 1:
        return found[0], ALLOWED
    if not found:
        return "", refuse("edition_unknown_name", "没有登记过名为“{name}”的法规版本。", name=text)
    return "", refuse("edition_ambiguous", "“{name}”有不止一个版本，请写明是哪一版。", name=text)


def article(text: str) -> tuple[int, Decision]:
    """The number in ``21``, ``第21条`` or ``第二十一条``."""
    found = _ARTICLE.search(text) or _NUMBER.fullmatch(words.fold(text))
    if found is None:
        return 0, refuse("article_unreadable", "读不懂条号“{text}”。请填写数字，如21。", text=text)
    return number(found[1] if found.re is _ARTICLE else found[0]), ALLOWED


def first_article(text: str) -> int:
    """The first article that an explanation cites, or nought."""
    found = _ARTICLE.search(text)
    return number(found[1]) if found else 0


def number(numerals: str) -> int:
    """A number in digits or in Chinese numerals, below ten thousand."""
    if numerals.isdecimal():
        return int(numerals)
    total = digit = 0
    for character in numerals:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * _TENS[character]
            digit = 0
    return total + digit


def _plain(title: str) -> str:
    return _MARKS.sub("", words.fold(title))
