"""Reads on papers, forms and blueprints; none of them yields a key."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from service.papers.rules import blueprint as rules
from service.papers.rules.jobs import WAITING, JobState
from service.papers.rules.states import Form, PaperState
from service.papers.rules.versions import BlueprintState
from service.papers.tables import (
    Blueprint,
    BreakGlass,
    Exposure,
    Job,
    Mark,
    Opening,
    Overlap,
    Paper,
    PaperForm,
    PaperFormItem,
    Run,
    Share,
    TargetSet,
)


def blueprint(session: Session, role: str) -> Blueprint | None:
    """The blueprint of a role that is in force: its approved version."""
    statement = select(Blueprint).where(Blueprint.role == role, Blueprint.state == BlueprintState.APPROVED)
    return session.exec(statement).first()


def newest_blueprint(session: Session, role: str, *, lock: bool = False) -> Blueprint | None:
    """The newest version of a role's blueprint, whatever its state; locked for whoever puts the next one after it."""
    statement = select(Blueprint).where(Blueprint.role == role).order_by(col(Blueprint.number).desc()).limit(1)
    return session.exec(statement.with_for_update() if lock else statement).first()


def any_blueprint(session: Session, blueprint_id: int, *, lock: bool = False) -> Blueprint | None:
    """One version of whatever state."""
    return session.get(Blueprint, blueprint_id, with_for_update=lock or None, populate_existing=lock)


def blueprints(session: Session) -> list[Blueprint]:
    """All versions, by role and newest first."""
    return list(session.exec(select(Blueprint).order_by(col(Blueprint.role), col(Blueprint.number).desc())))


def blueprint_by_id(session: Session, blueprint_id: int) -> Blueprint:
    return session.get_one(Blueprint, blueprint_id)


def paper(session: Session, paper_id: int) -> Paper | None:
    return session.get(Paper, paper_id)


def papers(session: Session) -> list[Paper]:
    """All papers, newest first."""
    return list(session.exec(select(Paper).order_by(col(Paper.id).desc())))


def paper_of_class(session: Session, class_id: int) -> Paper | None:
    """The living paper of a class, a rejected one aside."""
    return session.exec(select(Paper).where(Paper.class_id == class_id, Paper.state != PaperState.REJECTED)).first()


def forms(session: Session, paper_id: int) -> dict[Form, PaperForm]:
    """The forms of a paper by letter."""
    found = session.exec(select(PaperForm).where(PaperForm.paper_id == paper_id).order_by(PaperForm.letter))
    return {Form(form.letter): form for form in found}


def form(session: Session, form_id: int, *, lock: bool = False) -> PaperForm | None:
    """One form; locked where two hands may come at the same moment, so that the second one sees the first."""
    return session.get(PaperForm, form_id, with_for_update=lock or None, populate_existing=lock)


def form_items(session: Session, form_id: int) -> list[PaperFormItem]:
    """What an unsealed form is made of, in order; empty once it is sealed."""
    statement = select(PaperFormItem).where(PaperFormItem.form_id == form_id).order_by(col(PaperFormItem.position))
    return list(session.exec(statement))


def versions_in_the_open(session: Session) -> list[tuple[int, str, int]]:
    """What lies open of every paper that is neither sealed nor rejected: paper, letter, version of an item."""
    statement = (
        select(PaperForm.paper_id, PaperForm.letter, PaperFormItem.item_version_id)
        .join(PaperFormItem, col(PaperFormItem.form_id) == col(PaperForm.id))
        .join(Paper, col(Paper.id) == col(PaperForm.paper_id))
        .where(Paper.state != PaperState.REJECTED)
    )
    return list(session.exec(statement))


def overlaps(session: Session, paper_id: int) -> list[Overlap]:
    """What was counted of the items that a paper shares with others, from either side."""
    either = or_(col(Overlap.paper_id) == paper_id, col(Overlap.other_id) == paper_id)
    return list(session.exec(select(Overlap).where(either)))


def openers(session: Session, form_id: int) -> frozenset[int]:
    """The persons whose hands have begun to open a form."""
    return frozenset(session.exec(select(Opening.person_id).where(Opening.form_id == form_id)))


def waiting_hand(session: Session, form_id: int) -> Opening | None:
    """The first hand on a form, while it waits for the second one."""
    waiting = Opening.form_id == form_id, col(Opening.waiting).is_not(None)
    return session.exec(select(Opening).where(*waiting)).first()


def begun_breaking(session: Session, form_id: int) -> BreakGlass | None:
    """The first hand of a break-glass opening of a form, while its halves wait for a second one."""
    waiting = BreakGlass.form_id == form_id, col(BreakGlass.waiting).is_not(None)
    return session.exec(select(BreakGlass).where(*waiting)).first()


def break_glass_openings(session: Session, class_id: int) -> list[tuple[BreakGlass, Form]]:
    """The break-glass openings of a class's papers that came to pass, in their order, with the form's letter."""
    statement = (
        select(BreakGlass, PaperForm.letter)
        .join(PaperForm, col(PaperForm.id) == col(BreakGlass.form_id))
        .join(Paper, col(Paper.id) == col(PaperForm.paper_id))
        .where(Paper.class_id == class_id, col(BreakGlass.opened_at).is_not(None))
        .order_by(col(BreakGlass.id))
    )
    return [(row, Form(letter)) for row, letter in session.exec(statement)]


def all_break_glass(session: Session) -> list[tuple[BreakGlass, Form, Paper]]:
    """All that was begun to open papers outside the usual way, finished or not, newest first."""
    statement = (
        select(BreakGlass, PaperForm.letter, Paper)
        .join(PaperForm, col(PaperForm.id) == col(BreakGlass.form_id))
        .join(Paper, col(Paper.id) == col(PaperForm.paper_id))
        .order_by(col(BreakGlass.id).desc())
    )
    return [(row, Form(letter), paper) for row, letter, paper in session.exec(statement)]


def holders(session: Session, form_id: int) -> int:
    """How many custody keys a form was sealed to."""
    return session.exec(select(sa.func.count()).where(Share.form_id == form_id)).one()


def exposures(session: Session, indexes: Iterable[str]) -> dict[str, Exposure]:
    """Use counts of items, by the keyed digest of their code."""
    found = session.exec(select(Exposure).where(col(Exposure.item_index).in_(list(indexes))))
    return {row.item_index: row for row in found}


def item_count(session: Session, form_id: int) -> int:
    """How many items a form has, by its blueprint; that much of a sealed paper is no secret."""
    row = session.get_one(PaperForm, form_id)
    plan = session.get_one(Blueprint, session.get_one(Paper, row.paper_id).blueprint_id)
    return rules.parse(plan.body).items


def target(session: Session, blueprint_id: int) -> TargetSet | None:
    """The target of a blueprint version, once an assembly has fixed it."""
    return session.get(TargetSet, blueprint_id)


def papers_of_run(session: Session, paper: Paper) -> list[Paper]:
    """The papers that were assembled together with this one, itself and the rejected ones included."""
    if paper.run_id is None:
        return [paper]
    return list(session.exec(select(Paper).where(Paper.run_id == paper.run_id).order_by(col(Paper.id))))


def job(session: Session, code: str, *, lock: bool = False) -> Job | None:
    return session.get(Job, code, with_for_update=lock or None, populate_existing=lock)


def jobs(session: Session, most: int = 20) -> list[Job]:
    """The newest jobs."""
    return list(session.exec(select(Job).order_by(col(Job.asked_at).desc(), col(Job.code)).limit(most)))


def waiting_jobs(session: Session) -> list[Job]:
    """Jobs that have not ended, in the order in which they were asked for."""
    statement = select(Job).where(col(Job.state).in_(sorted(WAITING))).order_by(col(Job.asked_at), col(Job.code))
    return list(session.exec(statement))


def running_job(session: Session) -> Job | None:
    """The job that is being worked at; there is one at most."""
    return session.exec(select(Job).where(Job.state == JobState.RUNNING)).first()


def run_of(session: Session, paper: Paper) -> Run | None:
    """What a paper was assembled with; None for one from before that was put down."""
    return session.get(Run, paper.run_id) if paper.run_id is not None else None


def mark(session: Session, mark_id: int, *, lock: bool = False) -> Mark | None:
    return session.get(Mark, mark_id, with_for_update=lock or None, populate_existing=lock)


def marks(session: Session, paper_id: int) -> list[Mark]:
    """All marks on a paper, in the order of its reading."""
    statement = select(Mark).where(Mark.paper_id == paper_id)
    return list(session.exec(statement.order_by(col(Mark.letter), col(Mark.position), col(Mark.id))))
