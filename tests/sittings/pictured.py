"""An exam whose paper shows pictures: every single-choice item of the bank has one at its stem and one at an option."""

import dataclasses
from functools import cache

from sqlmodel import Session

from service.bank.actions import files, picturing
from service.bank.rules.items import ItemText, Kind
from service.bank.rules.pictures import Pictured
from service.kernel import settings
from service.sittings.actions.starting import Exam
from tests import world as worlds
from tests.growing import upon
from tests.pictures import jpeg, png
from tests.world import PREPARED_AT, World

PLACE = "C"


@cache
def stem_of(number: int) -> bytes:
    """A picture of its own for every item."""
    return png(160, 90, (number % 200, 40 + number // 200, 230))


@cache
def option_of(number: int) -> bytes:
    return jpeg(96 + 8 * (number % 40), 64 + 8 * (number // 40))


def words_of(code: str, place: str) -> str:
    return f"图样{code}{place}"


def dressed(session: Session, world: World) -> list[ItemText]:
    """The real bank with its pictures, which are in the database then."""
    author, found = world.actor(session, "author"), []
    for number, text in enumerate(files.read(settings.current().question_bank).items):
        if text.kind is Kind.SINGLE:
            named = {}
            for place, content in (("stem", stem_of(number)), (PLACE, option_of(number))):
                kept = picturing.keep(session, author, picturing.read(content), now=PREPARED_AT)
                named[place] = Pictured(kept.digest, words_of(text.code, place))
            text = dataclasses.replace(text, pictures=named)
        found.append(text)
    return found


@cache
def contents() -> frozenset[bytes]:
    """The bytes of every picture in the bank, as it keeps them."""
    items = files.read(settings.current().question_bank).items
    numbers = [number for number, text in enumerate(items) if text.kind is Kind.SINGLE]
    given = (content for number in numbers for content in (stem_of(number), option_of(number)))
    return frozenset(picturing.read(content).content for content in given)


@upon(worlds.found_staff)
def build(session: Session, world: World) -> World:
    """The evening before the exam."""
    worlds.fill_bank(session, world, dressed(session, world))
    worlds.open_class(session, world)
    worlds.seal_paper(session, world)
    worlds.plan_sitting(session, world)
    return world


def pictured_at(exam: Exam) -> list[int]:
    """The positions of questions that show something."""
    return [one.position for one in exam.questions if one.pictures]
