"""A candidate's own result: how often one may guess at it, and what it is made of. Never an item, never a key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.access.rules.lockout import Tries
from service.bank.rules.items import Kind
from service.kernel import errors
from service.results.rules import Scored

# From all places together, our choice (unconfirmed): six characters of a citizen id must stay out of reach of whoever
# has many addresses. Of the 31,000 that a printed ticket leaves open, these many an hour are a tenth in fifteen days,
# after which nobody may appeal any more. It takes four places to use them up, and a place that was right before does
# not wait for what strangers did.
EVERYWHERE, OF_ONE_PLACE, WITHIN = 8, 2, timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sheet: how many items were asked, how many of them were right, and the points of all."""

    name: str
    asked: int
    right: int
    points: int
    of: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item belongs that stood at a position: the section is its kind, the subject that of the syllabus."""

    kind: Kind
    subject: str


def refuses(here: Tries, everywhere: int, now: datetime, *, known: bool = False) -> errors.ServiceError | None:
    """Why a ticket number may not be tried from a place now; ``everywhere`` are the failures of the last hour, and
    ``known`` is a place from which it was right before.
    """
    if here.held_until is not None and here.held_until > now:
        return too_often(-(-(here.held_until - now) // timedelta(minutes=1)))
    return too_often(int(WITHIN.total_seconds() // 60)) if everywhere >= EVERYWHERE and not known else None


def not_there() -> errors.ServiceError:
    """One answer for an unknown ticket, a wrong citizen id and a result that is not published."""
    return errors.NotFound(
        "own_result_unknown", "没有查到已发布的成绩。请核对准考证号和身份证号后六位；成绩发布以后才能查询。"
    )


def too_often(minutes: int) -> errors.ServiceError:
    """The answer where a ticket number was tried too often, whether it exists or not."""
    return errors.TooOften(
        "own_result_shut",
        "这个准考证号连续输错，请{minutes}分钟后再试；着急的，请带身份证到市应急管理局，由工作人员当面查告。",
        minutes=minutes,
    )


def sections(marks: Mapping[int, Scored], places: Mapping[int, Place]) -> list[Part]:
    """The parts of a sheet by kind of item, in the order of kinds."""
    return _parts(marks, {at: place.kind for at, place in places.items()}, list(Kind))


def subjects(marks: Mapping[int, Scored], places: Mapping[int, Place], order: Iterable[str]) -> list[Part]:
    """The parts of a sheet by subject in the given order; items without a subject come last, under an empty name."""
    return _parts(marks, {at: place.subject for at, place in places.items()}, [*order, ""])


def _parts(marks: Mapping[int, Scored], names: Mapping[int, str], order: list[str]) -> list[Part]:
    found: dict[str, list[Scored]] = {}
    for at, scored in marks.items():
        found.setdefault(names.get(at, ""), []).append(scored)
    return [_part(name, found[name]) for name in order if name in found]


def _part(name: str, scored: list[Scored]) -> Part:
    return Part(
        name=str(name),
        asked=len(scored),
        right=sum(one.points == one.of for one in scored),
        points=sum(one.points for one in scored),
        of=sum(one.of for one in scored),
    )
