"""What a version of a blueprint changes, in words of the reader's language."""

from collections.abc import Callable, Iterable, Mapping

from pydantic import BaseModel
from sqlmodel import Session

from service.bank import queries as bank
from service.bank.rules.items import KIND_NAMES, Kind
from service.kernel import language
from service.papers.rules.blueprint import AXIS_NAMES, Axis
from service.papers.rules.differences import SECTION_NAMES, Difference
from service.papers.rules.faults import VALUE_NAMES

# What it means that a setting says nothing.
NOTHING = {"exposure_cap": "不限", "overlap_earlier": "尽可能少"}


class ChangeShape(BaseModel):
    """One setting: its name, and what it was and becomes; a dash where it was not or is no longer there."""

    setting: str
    before: str
    after: str


def titles(session: Session, tongue: str) -> dict[str, str]:
    """The titles of regulations by their slug, of the newest edition each, in the reader's language."""
    editions = sorted(bank.editions(session).values(), key=lambda one: one.effective_on)
    return {one.regulation: one.title_en if tongue == "en" else one.title for one in editions}


def subjects(session: Session, tongue: str) -> dict[str, str]:
    """The titles of subjects by their slug, in the reader's language."""
    return {slug: one.title_en if tongue == "en" else one.title for slug, one in bank.subjects(session).items()}


def changes(session: Session, found: Iterable[Difference], tongue: str) -> list[ChangeShape]:
    """Differences in words."""
    names = titles(session, tongue) | subjects(session, tongue)

    def say(sentence: str) -> str:
        return language.say(tongue, sentence)

    return [
        ChangeShape(
            setting=_setting(one, names, say),
            before=_value(one.section, one.before, say),
            after=_value(one.section, one.after, say),
        )
        for one in found
    ]


def _setting(one: Difference, names: Mapping[str, str], say: Callable[[str], str]) -> str:
    section, name = say(SECTION_NAMES[one.section]), one.name
    match one.section:
        case "cells":
            return f"{section} · {names.get(name[0], name[0])} × {say(KIND_NAMES[Kind(name[1])])}"
        case "ranges":
            value = say(VALUE_NAMES[name[1]]) if name[1] in VALUE_NAMES else names.get(name[1], name[1])
            return f"{section} · {say(AXIS_NAMES[Axis(name[0])])} {value}"
        case "points":
            return f"{section} · {say(KIND_NAMES[Kind(name[0])])}"
        case "sources":
            return f"{section} · {say(SECTION_NAMES.get(name[0], name[0]))}"
        case _:
            return " · ".join([section, *([" ".join(name)] if name else [])])


def _value(section: str, value: object, say: Callable[[str], str]) -> str:
    if value is None:
        return say(NOTHING[section]) if section in NOTHING else "–"
    if section == "shuffle" and isinstance(value, list):
        yes, no = say("打乱"), say("不打乱")
        return " / ".join(yes if one else no for one in value)
    return str(value)
