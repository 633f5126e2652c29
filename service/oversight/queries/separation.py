"""Who had which part in a class, and separation certificates."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.rules.duties import EXAM_DUTIES, Duty
from service.access.rules.separation import TEACH
from service.access.tables import Account, Deed, Organisation, Person
from service.kernel.paging import PageOf, page_of
from service.oversight.rules.separation import SILENT
from service.oversight.tables import SeparationCertificate
from service.papers.queries import paper_of_class
from service.papers.tables import BreakGlass, Paper, PaperForm
from service.programme.tables import TrainingClass
from service.results.tables import Result, Script, ScriptMark
from service.sittings.tables import PaperSheet, SheetEntry, Sitting, Transcript


def certificate(session: Session, class_id: int) -> SeparationCertificate | None:
    """The newest separation certificate of a class."""
    of_class = select(SeparationCertificate).where(SeparationCertificate.class_id == class_id)
    return session.exec(of_class.order_by(col(SeparationCertificate.number).desc())).first()


def certificates(
    session: Session, page: int, *, text: str = ""
) -> PageOf[tuple[TrainingClass, SeparationCertificate | None]]:
    """A page of the classes whose results are published with their newest certificates, the newest class first.

    All, or those with this in their code or name.
    """
    newer = aliased(SeparationCertificate)
    newest = (
        sa.select(sa.func.max(newer.number))
        .where(col(newer.class_id) == col(TrainingClass.id))
        .correlate(TrainingClass)
    ).scalar_subquery()
    its_newest = sa.and_(
        col(SeparationCertificate.class_id) == col(TrainingClass.id), col(SeparationCertificate.number) == newest
    )
    statement = (
        sa.select(TrainingClass, SeparationCertificate)
        .outerjoin(SeparationCertificate, its_newest)
        .where(_published())
        .order_by(col(TrainingClass.id).desc())
    )
    if text:
        named = (col(one).icontains(text, autoescape=True) for one in (TrainingClass.code, TrainingClass.name))
        statement = statement.where(sa.or_(*named))
    return page_of(session, statement, page)


def _published() -> Any:
    results = sa.select(col(Result.id)).where(col(Result.class_id) == col(TrainingClass.id))
    waiting = results.where(col(Result.published_at).is_(None))
    return sa.and_(sa.exists(results), ~sa.exists(waiting))


def published(session: Session, class_id: int) -> bool:
    """Whether all results of a class are published."""
    return session.exec(select(TrainingClass.id).where(TrainingClass.id == class_id, _published())).first() is not None


def uncertified(session: Session) -> list[int]:
    """Published classes without a certificate, with deeds, marks of people or copied sheets newer than their newest
    one, or with an opening outside the usual way that none of theirs tells of."""
    newest = (
        sa.select(sa.func.max(col(SeparationCertificate.issued_at)))
        .where(col(SeparationCertificate.class_id) == col(TrainingClass.id))
        .scalar_subquery()
    )
    subject = sa.literal("class:") + sa.cast(col(TrainingClass.id), sa.String)
    later = sa.exists(sa.select(col(Deed.id)).where(col(Deed.subject) == subject, col(Deed.done_at) > newest))
    marked = sa.exists(
        sa.select(col(ScriptMark.id))
        .join(Script, col(Script.id) == col(ScriptMark.script_id))
        .where(col(Script.class_id) == col(TrainingClass.id), col(ScriptMark.marked_at) > newest)
    )
    copied = sa.exists(
        sa.select(col(Transcript.sheet_id))
        .join(Sitting, col(Sitting.id) == col(Transcript.sitting_id))
        .where(col(Sitting.class_id) == col(TrainingClass.id), col(Transcript.settled_at) > newest)
    )
    anew = sa.or_(newest.is_(None), later, marked, copied, _untold())
    wanted = select(TrainingClass.id).where(_published(), anew)
    return [found for found in session.exec(wanted.order_by(col(TrainingClass.id))) if found is not None]


def _untold() -> Any:
    telling = sa.exists(
        sa.select(col(SeparationCertificate.id)).where(
            col(SeparationCertificate.class_id) == col(Paper.class_id),
            col(SeparationCertificate.issued_at) >= col(BreakGlass.opened_at),
            # Certificates of the first form were silent about it.
            ~col(SeparationCertificate.document).contains(f'"{SILENT}"', autoescape=True),
        )
    )
    return sa.exists(
        sa.select(col(BreakGlass.id))
        .join(PaperForm, col(PaperForm.id) == col(BreakGlass.form_id))
        .join(Paper, col(Paper.id) == col(PaperForm.paper_id))
        .where(col(Paper.class_id) == col(TrainingClass.id), col(BreakGlass.opened_at).is_not(None), ~telling)
    )


def deeds(session: Session, class_id: int) -> list[tuple[str, Person]]:
    """Who used which duty on a class, its paper, or any item of the bank up to the sealing; who taught it, who sits it.

    Which items a sealed paper holds is nobody's to read, so all authors and reviewers of the bank are named.
    """
    paper = paper_of_class(session, class_id)
    subjects = [f"class:{class_id}", *([f"paper:{paper.id}"] if paper is not None else [])]
    of_items = sa.and_(col(Deed.subject).like("item:%"), col(Deed.duty).in_([Duty.AUTHOR, Duty.REVIEW]))
    if paper is not None and paper.sealed_at is not None:
        of_items = sa.and_(of_items, col(Deed.done_at) <= paper.sealed_at)
    wanted = col(Deed.duty).in_([*EXAM_DUTIES, TEACH, Duty.SIT])
    rows = session.execute(
        sa.select(col(Deed.duty), Person)
        .join(Person, col(Person.id) == col(Deed.person_id))
        .where(wanted, sa.or_(col(Deed.subject).in_(subjects), of_items))
        .order_by(col(Deed.duty), col(Person.id))
    )
    return list({(duty, person.id): (duty, person) for duty, person in rows}.values())


def markers(session: Session, class_id: int) -> list[Person]:
    """Everybody who gave a mark for a free text of a class, also one that a late answer or their own hand replaced."""
    marked = (
        sa.select(col(ScriptMark.marked_by))
        .join(Script, col(Script.id) == col(ScriptMark.script_id))
        .where(col(Script.class_id) == class_id)
    )
    return list(session.exec(select(Person).where(col(Person.id).in_(marked)).order_by(col(Person.id))))


def copyists(session: Session, class_id: int) -> list[Person]:
    """Everybody who copied an answer sheet of a class from paper, or settled one; also who took theirs back."""
    of_class = sa.select(col(Sitting.id)).where(col(Sitting.class_id) == class_id)
    entered = (
        sa.select(col(SheetEntry.entered_by))
        .join(PaperSheet, col(PaperSheet.id) == col(SheetEntry.sheet_id))
        .where(col(PaperSheet.sitting_id).in_(of_class))
    )
    settled = sa.select(col(Transcript.decided_by)).where(
        col(Transcript.sitting_id).in_(of_class), col(Transcript.decided_by).is_not(None)
    )
    hands = sa.or_(col(Person.id).in_(entered), col(Person.id).in_(settled))
    return list(session.exec(select(Person).where(hands).order_by(col(Person.id))))


def bodies(session: Session, person_ids: set[int]) -> dict[int, str]:
    """The names of the bodies that persons have accounts of, by person."""
    rows = session.execute(
        sa.select(col(Account.person_id), col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Account.organisation_id))
        .where(col(Account.person_id).in_(person_ids))
        .order_by(col(Account.id))
    )
    found: dict[int, list[str]] = {}
    for person_id, name in rows:
        if name not in found.setdefault(person_id, []):
            found[person_id].append(name)
    return {person_id: "、".join(names) for person_id, names in found.items()}
