"""Looking at persons of one name, which is on record, and putting down what was found of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access import queries as access
from service.access.actions import using
from service.access.queries import makers
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.access.rules.separation import TEACH
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing
from service.oversight.queries import namesakes as queries
from service.oversight.rules import namesakes as rules
from service.oversight.rules.namesakes import Finding, Found, Pair, Standing, Standpoint, Wanted
from service.oversight.tables import NamesakeFinding


@dataclass(frozen=True, slots=True)
class Namesake:
    """One of two: masked, with where they are known and what they are there."""

    person: Person
    places: Sequence[str]
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """Two persons of one name, why they may not be one, and what was found of them, by whom."""

    one: Namesake
    other: Namesake
    found: Found
    finding: NamesakeFinding | None
    finder: str

    @property
    def is_open(self) -> bool:
        """Whether an auditor still has to look."""
        return self.finding is None

    @property
    def handed_over(self) -> bool:
        """Whether they are one, and still have what one may not have."""
        return self.finding is not None and self.finding.finding == Finding.SAME and bool(self.found.clashes)


def lines(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """The pairs that are looked for, by name: of those that are open likely slips come first; made before any turn
    to write, for every name is read.
    """
    using.require_right(actor, Right.NAMESAKES_JUDGE)

    name = rules.normalised(wanted.name)
    found = [
        one
        for one in _all(session)
        if one.is_open == (wanted.standing is Standing.OPEN)
        and (not wanted.slips or one.found.likeness in rules.SLIPS)
        and name in rules.normalised(one.one.person.name)
    ]
    return sorted(found, key=lambda one: one.found.likeness not in rules.SLIPS)


def note(session: Session, actor: Actor, wanted: Wanted, pairs: int, *, now: datetime) -> None:
    """Put on record that somebody looked, and how many pairs there were to see."""
    using.require_right(actor, Right.NAMESAKES_JUDGE)

    data = {"standing": wanted.standing, "pairs": pairs}
    record(session, Event.NAMESAKES_READ, actor.label, "namesakes", now=now, data=data)


def handed_over(session: Session, actor: Actor) -> list[Line]:
    """The pairs that auditors found to be one person, until neither has what one may not have."""
    using.require_right(actor, Right.DUTIES_GRANT)

    return [one for one in _all(session, looked_at=True) if one.handed_over]


def judge(session: Session, actor: Actor, pair: Pair, finding: Finding, reason: str, *, now: datetime) -> Line:
    """Put down what was found of a pair; found anew, the newest counts and the others stay.

    Raises:
        NotFound: these are no two of one name, or nothing would keep them from being one.
        Refused: an auditor's own name, or an id in the reason. WrongState: found so already.
    """
    line = next(
        (one for one in _all(session) if (one.one.person.id, one.other.person.id) == (pair.one, pair.other)), None
    )
    if line is None:
        raise errors.NotFound()

    using.require_right(actor, Right.NAMESAKES_JUDGE)

    before = Finding(line.finding.finding) if line.finding is not None else None
    rules.may_find(actor.person_id, pair, finding, before, reason).or_refuse()

    assert actor.person_id is not None
    row = NamesakeFinding(
        person_id=pair.one,
        other_id=pair.other,
        finding=finding,
        reason=reason,
        found_at=now,
        found_by=actor.person_id,
    )
    session.add(row)
    session.flush()

    data = {"other": pair.other, "finding": finding, "likeness": line.found.likeness, "reason": reason}
    record(session, Event.NAMESAKES_JUDGED, actor.label, f"person:{pair.one}", now=now, data=data)
    return Line(line.one, line.other, line.found, row, actor.name)


def _all(session: Session, *, looked_at: bool = False) -> list[Line]:
    """Every pair that may not be one, and every other one that somebody once looked at."""
    findings = queries.findings(session)
    occupied = queries.occupied(session)
    pairs = [
        one
        for one in rules.pairs(queries.names(session))
        if one in findings or (not looked_at and not occupied.isdisjoint((one.one, one.other)))
    ]
    people = {person_id for pair in pairs for person_id in (pair.one, pair.other)}
    standing = _standpoints(session, people)
    clashes = {pair: rules.clashes(standing[pair.one], standing[pair.other]) for pair in pairs}
    shown = [pair for pair in pairs if clashes[pair] or pair in findings]
    persons = access.people(session, people | {one.found_by for one in findings.values()})
    places = queries.places(session, {person_id for pair in shown for person_id in (pair.one, pair.other)})

    def namesake(person_id: int) -> Namesake:
        return Namesake(persons[person_id], places[person_id], standing[person_id].words)

    def line(pair: Pair) -> Line:
        finding, found = findings.get(pair), Found(clashes[pair], _likeness(persons[pair.one], persons[pair.other]))
        finder = persons[finding.found_by].name if finding is not None else ""
        return Line(namesake(pair.one), namesake(pair.other), found, finding, finder)

    return [line(pair) for pair in shown]


def _likeness(one: Person, other: Person) -> rules.Likeness:
    """Both ids are read here and compared; what leaves is only how they differ."""
    ids = (
        sealing.decrypt_personal(person.citizen_id_sealed, bound_to=f"access_person:{person.citizen_id_index}")
        for person in (one, other)
    )
    return rules.likeness(*ids)


def _standpoints(session: Session, people: Collection[int]) -> dict[int, Standpoint]:
    """What each of these persons is, by all that separation is judged by."""
    today = clock.today()
    horizon = using.ended_after(today)
    held, made = access.duties_of_people(session, people), makers.made(session, people, ended_after=horizon)
    employers = access.employers_of_people(session, people, ended_after=horizon)
    deeds, near = queries.deeds(session, people), queries.near(session, people, ended_after=horizon)
    sitting = using.on_rosters(session, people, today)
    teaching = {person_id for person_id, done in deeds.items() if TEACH in {duty for _, duty in done}}
    return {
        person_id: Standpoint(
            held=frozenset(held[person_id]),
            employers=frozenset(employers[person_id]),
            made=frozenset(made[person_id]),
            parts=frozenset(part for part, of in ((TEACH, teaching), (Duty.SIT, sitting)) if person_id in of),
            deeds=frozenset(deeds.get(person_id, ())),
            near=frozenset(near.get(person_id, ())),
        )
        for person_id in people
    }
