"""What a check of the bank finds, and the list of all checks that there are."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """Each kind of thing that ``peikao bank lint`` looks for; a test plants one of each."""

    FILE = "file"
    FORMAT = "format"
    ITEM = "item"
    REPEAT = "repeat"
    SUBJECT = "subject"
    ENEMIES = "enemies"
    GROUP = "group"
    CASE = "case"
    CITATION = "citation"
    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    TRUTHS = "truths"
    LETTERS = "letters"
    SPREAD = "spread"
    LENGTH = "length"
    LIKENESS = "likeness"
    FIGURES = "figures"
    CRUTCH = "crutch"
    NEGATION = "negation"
    BLUEPRINT = "blueprint"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an item, or with all of them together, for whoever mends it; ``check`` is what found it."""

    code: str
    where: str
    reason: str
    check: Check = Check.ITEM
