"""Assembling the paper of a class from the approved blueprint of its role.

The seed is as secret as the paper: with the bank at hand it gives the paper again. So it is sealed, and recipe and
journal carry a commitment to it that can be checked once the paper is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.bank.rules.items import KIND_NAMES, LEVEL_NAMES
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.papers import queries
from service.papers.actions import seeds
from service.papers.actions.stock import Stock, gather
from service.papers.rules import assembly, blueprint, proving, targets
from service.papers.rules.assembly import Assembled, InfeasibleError
from service.papers.rules.blueprint import AXIS_NAMES, BAND_NAMES
from service.papers.rules.candidates import Candidate
from service.papers.rules.missing import Shortage
from service.papers.rules.states import Form
from service.papers.tables import Blueprint, Paper, PaperForm, PaperFormItem
from service.programme.tables import TrainingClass

VALUE_NAMES = {str(value): name for value, name in (*BAND_NAMES.items(), *LEVEL_NAMES.items())}


def assemble_paper(session: Session, actor: Actor, class_id: int, *, seed: int, exam_on: date, now: datetime) -> Paper:
    """Assemble the A form and the spare B form of a class's paper from a recorded seed.

    Raises:
        NotFound: no such class.
        WrongState: the class has a paper already, the role has no approved blueprint, or the stock falls short.
    """
    training_class = session.get(TrainingClass, class_id)
    if training_class is None:
        raise errors.NotFound()
    role = TraineeRole(training_class.role)
    plan = queries.blueprint(session, role)

    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    if queries.paper_of_class(session, class_id) is not None:
        raise errors.WrongState("paper_exists", "该班次已有试卷；退回后才能重新组卷。")
    if plan is None:
        raise errors.WrongState("blueprint_missing", "该岗位还没有经审批的组卷方案；请先制定，并由另一位同事审批。")
    parsed = blueprint.parse(plan.body)
    stock = gather(session, [parsed], exam_on)
    chosen, proof = _assemble(parsed, stock.candidates, seed)
    if not proof.sound:
        raise RuntimeError(f"the assembled paper does not meet its blueprint: {proof}")

    assert actor.person_id is not None and plan.id is not None
    secret = seeds.Secret.of(seed)
    paper = Paper(
        class_id=class_id,
        blueprint_id=plan.id,
        seed_sealed=seeds.seal(secret, class_id),
        recipe=_recipe(plan, secret.commitment, exam_on, stock),
        proof=asdict(proof),
        assembled_at=now,
        assembled_by=actor.person_id,
    )
    session.add(paper)
    session.flush()
    using.use_duty(session, actor, Duty.ASSEMBLE, f"paper:{paper.id}", f"class:{class_id}", now=now)
    _add_forms(session, paper, parsed, chosen.forms)

    data = {"class": class_id, **paper.recipe}
    record(session, Event.PAPER_ASSEMBLED, actor.label, f"paper:{paper.id}", now=now, data=data)
    return paper


def _assemble(
    parsed: blueprint.Blueprint, candidates: Sequence[Candidate], seed: int
) -> tuple[Assembled, proving.Proof]:
    try:
        target = targets.target_of(parsed, candidates)
        found = assembly.assemble(parsed, candidates, seed, target=target)
    except InfeasibleError as error:
        if not error.shortages:
            raise errors.WrongState(
                "blueprint_contradicts", "组卷方案自相矛盾，补充试题也无法满足；请修改。"
            ) from error
        short = "；".join(_said(gap) for gap in error.shortages)
        raise errors.WrongState("stock_short", "题库存量不足（需要/现有）：{short}。", short=short) from error
    bounds = {"bound_milli": found.bound_milli, "least_uses": found.least_uses}
    return found, proving.prove(parsed, found.forms, target, **bounds)


def _said(gap: Shortage) -> str:
    """A shortage in one line: the cell, with its band where that matters, or the range that falls short."""
    names = [gap.regulation, KIND_NAMES[gap.kind] if gap.kind else None, AXIS_NAMES[gap.axis] if gap.axis else None]
    where = " × ".join([one for one in (*names, VALUE_NAMES.get(gap.value, gap.value)) if one])
    return f"{where}: {gap.needed} / {gap.available}"


def _recipe(plan: Blueprint, commitment: str, exam_on: date, stock: Stock) -> dict[str, Any]:
    """All that decides which paper comes out: with the seed, once it is revealed, the same paper comes out again."""
    return {
        "blueprint": plan.digest,
        "seed_commitment": commitment,
        "exam_on": exam_on.isoformat(),
        "bank_snapshot": stock.snapshot,
        "bank_items": len(stock.candidates),
        "solver": assembly.solver_version(),
    }


def _add_forms(
    session: Session, paper: Paper, parsed: blueprint.Blueprint, chosen: Mapping[Form, Sequence[Candidate]]
) -> None:
    assert paper.id is not None
    for letter, items in chosen.items():
        form = PaperForm(paper_id=paper.id, letter=letter)
        session.add(form)
        session.flush()
        assert form.id is not None
        session.add_all(
            PaperFormItem(
                form_id=form.id, position=place, item_version_id=one.version_id, points=parsed.points[one.kind]
            )
            for place, one in enumerate(items, start=1)
        )
    session.flush()
