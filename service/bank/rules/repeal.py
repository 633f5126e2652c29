"""Items whose edition is repealed: they have stopped by themselves, and this is what is proposed for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# Our own figure: half a year before a repeal its items are listed, so that their successors are there on the day.
NOTICE = timedelta(days=180)


class Proposal(StrEnum):
    """What to do with an item whose edition is repealed."""

    RECITE = "recite"
    RETIRE = "retire"


PROPOSAL_NAMES = {Proposal.RECITE: "改引新版", Proposal.RETIRE: "停用该题"}


@dataclass(frozen=True, slots=True)
class Dated:
    """One edition with its dates."""

    slug: str
    regulation: str
    effective_on: date
    repealed_on: date | None
    articles: int


def ending(editions: Iterable[Dated], day: date) -> list[Dated]:
    """The editions that are repealed on a day, or will be within the time of notice."""
    return [one for one in editions if one.repealed_on is not None and one.repealed_on <= day + NOTICE]


def successor(editions: Iterable[Dated], ended: Dated) -> Dated | None:
    """The edition that replaces one: of the same regulation, later, and itself without an end."""
    later = [
        one
        for one in editions
        if one.regulation == ended.regulation and one.effective_on > ended.effective_on and one.repealed_on is None
    ]
    return max(later, key=lambda one: one.effective_on, default=None)


def proposal(article: int, next_edition: Dated | None) -> Proposal:
    """What is proposed: to cite the same article of the successor, where there is one, for an author to check.

    Old article numbers do not carry over of themselves (DOMAIN §4), so nothing is ever cited anew by a machine.
    """
    if next_edition is None or article > next_edition.articles:
        return Proposal.RETIRE
    return Proposal.RECITE
