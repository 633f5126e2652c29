"""When and where a sitting may be: everything that stands in its way at once.

A decision that allows but has a code is a notice: it is shown, and the sitting may be planned all the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.kernel.clock import LOCAL
from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.sittings.rules import phases, places
from service.sittings.rules.phases import Times
from service.sittings.rules.places import Rules

# So many names stand in one sentence; the rest is a number.
NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Booking:
    """Another sitting, by what people call it: it takes a room, a proctor or a candidate."""

    sitting_id: int
    class_name: str
    place: str
    at: Times

    @property
    def when(self) -> str:
        """From check-in to the end, as the wall in Mudanjiang shows it."""
        begins, ends = self.at.check_in_from.astimezone(LOCAL), self.at.ends_at.astimezone(LOCAL)
        return f"{begins:%Y-%m-%d %H:%M}–{ends:%H:%M}"


@dataclass(frozen=True, slots=True)
class Bound:
    """A person who is wanted here, and another sitting that binds them then or not."""

    name: str
    by: Booking


@dataclass(frozen=True, slots=True)
class Place:
    """The room asked for; ``bookings`` are its other sittings near that time."""

    name: str
    capacity: int
    opens: str
    closes: str
    ready: bool
    bookings: tuple[Booking, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sitting as somebody would like it; ``people`` are to be seated there, ``ends_on`` is the class's last day.

    ``whole`` is false where only a part of the class sits in this room, ``rehearsal`` where nothing is examined.
    ``granted`` is the longest time, in seconds, by which one of them may go on when the others have ended.
    """

    at: Times
    class_name: str
    ends_on: date
    people: int
    sealed: bool
    whole: bool = True
    rehearsal: bool = False
    proctors: tuple[Bound, ...] = ()
    candidates: tuple[Bound, ...] = ()
    granted: int = 0

    @property
    def taken(self) -> Times:
        """From when to when room and proctors are needed."""
        return phases.lengthened(self.at, self.granted)


def conflicts(wanted: Proposal, place: Place, rules: Rules, now: datetime) -> list[Decision]:
    """Everything that stands in the way of a sitting, and what is worth a notice; empty where nothing is."""
    return [
        *_of_the_class(wanted),
        *_of_the_time(wanted, place, now),
        *_of_the_room(wanted, place, rules),
        *_of_the_proctors(wanted),
        *_of_the_candidates(wanted),
        *_of_the_point(place),
        *_of_the_grants(wanted),
    ]


def standing(held: Proposal, place: Place) -> list[Decision]:
    """What has come into the way of a planned sitting: others in its room, or its proctors elsewhere."""
    return [*_in_the_room(held, place), *_of_the_proctors(held)]


def may_be_held(found: Sequence[Decision]) -> Decision:
    """The first conflict that forbids the sitting, notices aside."""
    return next((one for one in found if not one.allowed), ALLOWED)


def seats_in(capacity: int, rules: Rules) -> int:
    """How many may sit in a room: its seats, and never more than the rules of rooms allow."""
    return min(capacity, rules.largest_room)


def _of_the_class(wanted: Proposal) -> Iterator[Decision]:
    if wanted.rehearsal:
        return
    # The spare form stays sealed when the first one has been opened, and may still be sat.
    if not wanted.sealed:
        yield not_now("paper_not_sealed_yet", "该班次还没有封好的试卷，请先组卷、审批、封卷。")
    # The last day itself is allowed: many classes end with their exam.
    if wanted.at.starts_at.astimezone(LOCAL).date() < wanted.ends_on:
        yield not_now(
            "class_not_finished",
            "“{class_name}”{ends_on}才结束培训，考试不能早于这一天，请另选日期。",
            source="五(三) 培训结束时严格闭卷考试",
            class_name=wanted.class_name,
            ends_on=wanted.ends_on.isoformat(),
        )


def _of_the_time(wanted: Proposal, place: Place, now: datetime) -> Iterator[Decision]:
    at = wanted.at
    if at.starts_at <= now:
        yield not_now("start_is_past", "开考时间已经过去，请另选时间。")
    local_start, local_end = at.starts_at.astimezone(LOCAL), wanted.taken.ends_at.astimezone(LOCAL)
    hours = places.may_hold(at, place.opens, place.closes, local_start, local_end)
    if not hours.allowed:
        yield hours


def _of_the_room(wanted: Proposal, place: Place, rules: Rules) -> Iterator[Decision]:
    yield from _in_the_room(wanted, place)
    if wanted.whole:
        yield from too_many(wanted.people, place.capacity, rules)


def _in_the_room(wanted: Proposal, place: Place) -> Iterator[Decision]:
    for other in place.bookings:
        if phases.overlap(wanted.taken, other.at):
            yield not_now(
                "room_taken",
                "{place}在{when}（含签到）已安排第{number}场“{class_name}”，请换考场或换时间。",
                place=place.name,
                when=other.when,
                number=other.sitting_id,
                class_name=other.class_name,
            )


def too_many(people: int, capacity: int, rules: Rules) -> Iterator[Decision]:
    """What speaks against so many people in one room: its seats, or the rules of rooms in force."""
    if people > capacity:
        yield not_now(
            "room_too_small",
            "考场座位不够：需要{needed}个，只有{capacity}个。请换大一些的考场，或勾选“本考场只坐一部分考生”，分几个考场考试。",
            needed=people,
            capacity=capacity,
        )
    if people > rules.largest_room:
        yield refuse(
            "room_rule_exceeded",
            "每个考场不得超过{most}人，本场有{needed}人。请勾选“本考场只坐一部分考生”，分几个考场考试。",
            source=rules.source,
            most=rules.largest_room,
            needed=people,
        )


def _of_the_proctors(wanted: Proposal) -> Iterator[Decision]:
    for one in wanted.proctors:
        if phases.overlap(wanted.taken, one.by.at):
            yield proctor_busy(one)


def proctor_busy(one: Bound) -> Decision:
    """A proctor is at one place at a time, check-in included."""
    return not_now(
        "proctor_busy",
        "{name}在{when}要到{place}监考第{number}场，请换人或换时间。",
        name=one.name,
        when=one.by.when,
        place=one.by.place,
        number=one.by.sitting_id,
    )


def _of_the_candidates(wanted: Proposal) -> Iterator[Decision]:
    yield from candidates_busy(one for one in wanted.candidates if phases.overlap(wanted.taken, one.by.at))


def candidates_busy(bound: Iterable[Bound]) -> Iterator[Decision]:
    """Candidates sit one exam at a time: one sentence for each of the exams that bind them."""
    others: dict[Booking, list[str]] = {}
    for one in bound:
        others.setdefault(one.by, []).append(one.name)
    for other, names in others.items():
        yield not_now(
            "candidate_busy",
            "{number}名考生（{names}）在{when}要参加第{sitting}场“{class_name}”的考试，请换时间。",
            number=len(names),
            names="、".join(names[:NAMES_SHOWN]) + ("……" if len(names) > NAMES_SHOWN else ""),
            when=other.when,
            sitting=other.sitting_id,
            class_name=other.class_name,
        )


def _of_the_point(place: Place) -> Iterator[Decision]:
    if not place.ready:
        yield Decision(
            True,
            "exam_point_not_ready",
            "{place}所在的考试点还没有确认就绪，或离上次确认已超过30天，请在考试前重新检查、确认就绪。",
            values={"place": place.name},
        )


def _of_the_grants(wanted: Proposal) -> Iterator[Decision]:
    if wanted.granted:
        yield Decision(
            True,
            "lengthened_by_grants",
            "有考生获准延长{minutes}分钟：考场和监考员要占用到{until}。",
            "已批准的个别安排：延长时间",
            values={"minutes": wanted.granted // 60, "until": f"{wanted.taken.ends_at.astimezone(LOCAL):%H:%M}"},
        )


def may_change(at: Times, now: datetime, *, cancelled: bool) -> Decision:
    """Whether a sitting may still be moved or cancelled: until check-in begins nothing has happened in it."""
    if cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if now >= at.check_in_from:
        return not_now(
            "check_in_begun",
            "本场已经开始签到，不能再调整或取消。请监考员在看板“暂停全场”或“全场加时”；考不成的，请“记录异常”写明原因，再安排补考。",
        )
    return ALLOWED
