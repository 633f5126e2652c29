"""A candidate's own result: how often one may guess at it, and what it is made of. Never an item, never a key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.bank.rules.items import Kind
from service.kernel import errors
from service.results.rules import Scored

# Our own figures, like those of signing in (unconfirmed): a ticket number is easily guessed, six digits are not.
ATTEMPTS = 5
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Tried:
    """How often a ticket number was tried in vain, and since when."""

    failures: int
    since: datetime


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


def shut(tried: Tried | None, now: datetime) -> bool:
    """Whether a ticket number is not answered for a while, because it was tried too often."""
    return tried is not None and tried.failures >= ATTEMPTS and now < tried.since + WINDOW


def failed(tried: Tried | None, now: datetime) -> Tried:
    """One more wrong guess; after the window counting begins anew."""
    if tried is None or now >= tried.since + WINDOW:
        return Tried(1, now)
    return Tried(tried.failures + 1, now if tried.failures + 1 == ATTEMPTS else tried.since)


def not_there() -> errors.ServiceError:
    """One answer for an unknown ticket, a wrong citizen id and a result that is not published."""
    return errors.NotFound(
        "own_result_unknown", "没有查到已发布的成绩。请核对准考证号和身份证号后六位；成绩发布以后才能查询。"
    )


def too_often() -> errors.ServiceError:
    """The answer for a ticket number that was tried too often, whether it exists or not."""
    return errors.TooOften(
        "own_result_shut",
        "这个准考证号连续输错，请{minutes}分钟后再试。",
        minutes=int(WINDOW.total_seconds() // 60),
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
