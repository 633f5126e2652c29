"""What one version of an item says otherwise than another, character by character."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from service.access.rules.people import ROLE_NAMES
from service.bank.rules.items import KIND_NAMES, LETTERS, LEVEL_NAMES, ItemText
from service.bank.rules.pictures import PLACES


class Sort(StrEnum):
    """Whether a piece of text is in both versions, was taken out, or was put in."""

    SAME = "same"
    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters."""

    sort: Sort
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; ``name`` is the field on screen, or the letter of an option."""

    name: str
    pieces: tuple[Piece, ...]


def differences(old: ItemText, new: ItemText) -> tuple[Difference, ...]:
    """Every field that differs, in the order of the page."""
    before, after = _fields(old), _fields(new)
    return tuple(
        Difference(name, pieces(before.get(name, ""), after.get(name, "")))
        for name in {**before, **after}
        if before.get(name, "") != after.get(name, "")
    )


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts as what they share and what not."""
    found: list[Piece] = []
    for operation, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "equal":
            found.append(Piece(Sort.SAME, old[first:last]))
            continue
        if first < last:
            found.append(Piece(Sort.OUT, old[first:last]))
        if begin < end:
            found.append(Piece(Sort.IN, new[begin:end]))
    return tuple(found)


def pictures_differ(old: ItemText, new: ItemText) -> tuple[str, ...]:
    """The places whose picture, or what is said of it, is another one, in the order of the page."""
    return tuple(place for place in PLACES if old.pictures.get(place) != new.pictures.get(place))


def _fields(text: ItemText) -> Mapping[str, str]:
    return {
        "题型": KIND_NAMES[text.kind],
        "题干": text.stem,
        **{letter: text.options[letter] for letter in LETTERS if letter in text.options},
        "答案": text.key,
        "解析": text.explanation,
        "法规版本": text.edition,
        "条号": str(text.article),
        "适用角色": "、".join(ROLE_NAMES[role] for role in text.roles),
        "难度": str(text.difficulty),
        "认知层次": LEVEL_NAMES[text.level],
        "科目": text.subject,
        "互斥组": "、".join(text.enemies),
        "标签": "、".join(text.tags),
        "案例": f"{text.case.code} {text.case.place}/{text.case.size}" if text.case else "",
        "案例材料": text.case.text if text.case else "",
    }
