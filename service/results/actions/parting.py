"""The answers of a class by what they are about: brought up to date by the edition that changes them."""

from collections.abc import Collection, Mapping

from sqlmodel import Session

from service.papers import queries as papers
from service.papers.actions import opening
from service.programme.tables import TrainingClass
from service.results.actions import tallying
from service.results.queries import disposed, known, parts, standing
from service.results.queries import editions as queries
from service.results.rules import Verdict, counting, tallies
from service.results.rules.counting import MARKED, Counts
from service.results.rules.parts import About, Part, Sheet, by_part
from service.results.tables import Edition, FormPart, PartCount, PartTally, Result

# Who was found to have cheated says nothing of what is known.
COUNTED = frozenset({Verdict.PASSED, Verdict.FAILED})


def count(session: Session, edition: Edition, training_class: TrainingClass) -> None:
    """Add to the counts of answers what makes the earlier sums those of now."""
    class_id = edition.class_id
    if disposed.disposed(session, class_id) is not None:
        # Nobody's answers can be counted anew, so what was counted stands.
        return
    sat = [one for one in queries.published(session, class_id) if one.verdict in COUNTED]
    months = {trainee: row.month for trainee, row in queries.participants(session, class_id).items()}
    added = counting.difference(by_part(_sheets(session, sat, months)), parts.counted(session, class_id))
    session.add_all([_entry(edition, part, counts) for part, counts in added.items()])
    session.flush()
    _tally(session, training_class.plan_year, added)


def _entry(edition: Edition, part: Part, counts: Counts) -> PartCount:
    numbers = {name: getattr(counts, name) for name in MARKED}
    return PartCount(edition_id=edition.id or 0, class_id=edition.class_id, **part._asdict(), **numbers)


def _tally(session: Session, plan_year: int, added: Mapping[Part, Counts]) -> None:
    rows = [
        {"axis": part.axis, "month": month, "plan_year": year, "key": part.key}
        | {name: getattr(counts, name) for name in MARKED}
        for part, counts in sorted(added.items())
        for month, year in tallies.spans(plan_year, part.month)
    ]
    tallying.upsert(session, PartTally, MARKED, rows)


def _sheets(session: Session, results: Collection[Result], months: Mapping[int, str]) -> list[Sheet]:
    forms = parts.forms_of(session, {one.sitting_id for one in results})
    about = _about(session, set(forms.values()))
    marks = standing.of_results(session, results)
    return [
        Sheet(
            one.trainee_id,
            months[one.trainee_id],
            marks.get(one.seat_id, {}),
            about[forms[one.sitting_id]],
        )
        for one in results
        if one.sitting_id in forms and one.trainee_id in months
    ]


def _about(session: Session, form_ids: Collection[int]) -> Mapping[int, Mapping[int, About]]:
    """What the positions of these forms are about; kept from the first time on."""
    found = parts.places(session, form_ids)
    regulations = parts.regulations(session) if set(form_ids) - found.keys() else {}
    for form_id in sorted(set(form_ids) - found.keys()):
        found[form_id] = _looked_up(session, form_id, regulations)
        session.add_all(
            FormPart(form_id=form_id, position=at, **about._asdict()) for at, about in found[form_id].items()
        )
    session.flush()
    return found


def _looked_up(session: Session, form_id: int, regulations: Mapping[str, str]) -> dict[int, About]:
    form = papers.form(session, form_id)
    if form is None or form.opened_at is None:
        return {}
    words = {
        one.position: known.words_of(one.stem, one.options, one.shown) for one in opening.read_opened(session, form_id)
    }
    items = known.by_words(session, set(words.values()))
    return {
        at: About(regulations[items[asked].edition], items[asked].subject) if asked in items else About("", "")
        for at, asked in words.items()
    }
