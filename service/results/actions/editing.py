"""A new edition of a class's results: what it brought, and the counts that follow from it, in one transaction.

Whoever publishes or corrects calls :func:`publish_edition` after the results are as they shall be. What the counts gain
is the difference between the people as they are now and what earlier editions have added up to; so a correction that
is taken back leaves every number as it was.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from operator import itemgetter

from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock
from service.programme.queries import classes as programme
from service.programme.rules import hours
from service.programme.tables import Plan, TrainingClass
from service.results.actions import parting, tallying
from service.results.queries import editions as queries
from service.results.queries import elsewhere
from service.results.rules import Verdict, counting
from service.results.rules import editions as rules
from service.results.rules.counting import Attempt, Counts, Group, Person
from service.results.rules.editions import Cause, Hands
from service.results.tables import CountEntry, Edition, EditionResult, Participant, Result

NOON = time(12)


def publish_edition(
    session: Session,
    actor: str,
    class_id: int,
    cause: Cause,
    results: Collection[Result],
    hands: Hands,
    *,
    reason: str = "",
    now: datetime,
) -> Edition:
    """Keep that these results are published now, and bring every count up to date."""
    before = queries.last(session, class_id)
    standing = [
        rules.Standing(one.seat_id, one.version, one.verdict, one.points, one.pass_points)
        for one in queries.published(session, class_id)
    ]
    number = before.number + 1 if before is not None else 1
    brought = [
        rules.Elsewhere(
            external_id=one.external.id or 0,
            verdict=one.verdict,
            points=one.external.points,
            pass_points=one.external.pass_points,
            most_points=one.external.most_points,
        )
        for one in elsewhere.counting(session, class_id)
    ]
    digest = rules.digest(standing, brought)
    # The journal's head is held from here to the commit, so that ids of editions rise in the order of commits.
    data = {"edition": number, "cause": cause, "results": len(results), "digest": digest}
    record(session, Event.EDITION_PUBLISHED, actor, f"class:{class_id}", now=now, data=data)
    plan = session.get_one(Plan, session.get_one(TrainingClass, class_id).plan_year)
    edition = Edition(
        class_id=class_id,
        number=number,
        cause=cause,
        reason=reason,
        planned=plan.people_target,
        plan_year=plan.year,
        proposed_by=hands.proposed_by,
        decided_by=hands.decided_by,
        at=now,
        digest=digest,
    )
    session.add(edition)
    session.flush()
    assert edition.id is not None
    session.add_all([EditionResult(result_id=one.id or 0, edition_id=edition.id) for one in results])
    _count(session, edition)
    return edition


def _count(session: Session, edition: Edition) -> None:
    training_class = session.get_one(TrainingClass, edition.class_id)
    people = _people(session, training_class)
    added = counting.difference(counting.by_group(people), queries.counted(session, edition.class_id))
    session.add_all([_entry(edition, group, counts) for group, counts in added.items()])
    session.flush()
    tallying.add(session, training_class, queries.lecturers(session, edition.class_id), added)
    parting.count(session, edition, training_class)


def _entry(edition: Edition, group: Group, counts: Counts) -> CountEntry:
    return CountEntry(
        edition_id=edition.id or 0,
        class_id=edition.class_id,
        **{name: getattr(group, name) for name in group.__slots__},
        **{name: getattr(counts, name) for name in counting.COUNTED},
    )


def _people(session: Session, training_class: TrainingClass) -> list[Person]:
    """Everybody on the roster with their published exams; who was not counted before is counted as they are now."""
    class_id = training_class.id or 0
    brought = elsewhere.verdicts(session, class_id)
    sat = _attempts(session, class_id, brought)
    known = queries.participants(session, class_id)
    newcomers = _newcomers(session, training_class, known, sat)
    session.add_all(newcomers.values())
    session.flush()
    return [
        Person(
            # Who has a result from elsewhere is counted as such from then on, whatever they were counted as before.
            Group(row.enterprise_id, row.county, row.month, row.imported or trainee_id in brought),
            row.trained,
            tuple(attempt for _, attempt in sat.get(trainee_id, [])),
        )
        for trainee_id, row in (known | newcomers).items()
    ]


def _attempts(
    session: Session, class_id: int, brought: Mapping[int, Sequence[tuple[date, Verdict]]]
) -> dict[int, list[tuple[datetime, Attempt]]]:
    """The published exams of everybody, wherever they were sat, in order; of those elsewhere only the day is known."""
    found = queries.attempts(session, class_id)
    for trainee_id, exams in brought.items():
        away = [(datetime.combine(day, NOON, clock.LOCAL), Attempt(verdict, True)) for day, verdict in exams]
        found[trainee_id] = sorted([*found.get(trainee_id, []), *away], key=itemgetter(0))
    return found


def _newcomers(
    session: Session,
    training_class: TrainingClass,
    known: Mapping[int, Participant],
    sat: Mapping[int, list[tuple[datetime, Attempt]]],
) -> dict[int, Participant]:
    class_id, role = training_class.id or 0, TraineeRole(training_class.role)
    attended = programme.hours(session, class_id)
    starts = [at for exams in sat.values() for at, _ in exams]
    found = {}
    for trainee_id, (enterprise_id, county) in queries.roster(session, class_id).items():
        if trainee_id in known:
            continue
        own = [at for at, _ in sat.get(trainee_id, [])]
        found[trainee_id] = Participant(
            class_id=class_id,
            trainee_id=trainee_id,
            enterprise_id=enterprise_id,
            county=county,
            month=f"{clock.local(min(own or starts)):%Y-%m}",
            trained=hours.hours_met(role, attended.get(trainee_id, {})).allowed,
            imported=False,
        )
    return found
