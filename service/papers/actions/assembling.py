"""Keeping assembled papers: forms, recipe and proof, with what is needed to assemble them again.

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
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.papers import queries
from service.papers.actions import ordering, others, runs, seeds
from service.papers.actions.ordering import Line, Order, Outcome
from service.papers.rules import assembly, proving
from service.papers.rules.assembly import Assembled, Mode
from service.papers.rules.candidates import Candidate
from service.papers.rules.measures import Source
from service.papers.rules.states import Form
from service.papers.rules.targets import Target
from service.papers.tables import Paper, PaperForm, PaperFormItem, Run, TargetSet


def assemble_paper(session: Session, actor: Actor, class_id: int, *, seed: int, exam_on: date, now: datetime) -> Paper:
    """Assemble the A form and the spare B form of one class's paper from a recorded seed, at once.

    Raises:
        NotFound: no such class.
        WrongState: the class has a paper already, the role has no approved blueprint, or the stock falls short.
    """
    using.require_right(actor, Right.PAPERS_ASSEMBLE)
    ordered = ordering.order(session, [class_id], exam_on)
    (paper,) = keep(session, actor, ordered, ordering.compute(ordered, seed), seed=seed, now=now)
    return paper


def keep(
    session: Session,
    actor: Actor,
    ordered: Order,
    outcome: Outcome,
    *,
    seed: int,
    now: datetime,
    mode: Mode = Mode.FULL,
) -> list[Paper]:
    """Keep the papers of an order that was computed, one for each class.

    Raises:
        Refused: whoever assembles them is tied to a class.
        WrongState: while they were computed, a class got another paper, or a blueprint or its target changed.
    """
    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    for line, target in zip(ordered.lines, outcome.targets, strict=True):
        _fix_target(session, line, target, now)
    run = runs.keep(session, ordered.classes, ordered.stock.candidates, now=now)
    papers = []
    lines = [(one, class_id) for one in ordered.lines for class_id in one.class_ids]
    parts = seeds.split(seed, len(lines))
    for (line, class_id), (assembled, proof), secret in zip(lines, outcome.papers, parts, strict=True):
        if queries.paper_of_class(session, class_id) is not None:
            raise errors.WrongState("paper_exists", "该班次已有试卷；退回后才能重新组卷。")
        recipe = _recipe(ordered, line, assembled, secret, mode)
        papers.append(_keep_one(session, actor, run, line, class_id, assembled, proof, secret, recipe, now))
    others.put_down(session, papers)
    return papers


def _fix_target(session: Session, line: Line, target: Target, now: datetime) -> None:
    """The first assembly by a blueprint version fixes what all later ones are fitted to."""
    row, kept = queries.any_blueprint(session, line.blueprint_id), queries.target(session, line.blueprint_id)
    if row is None or row.state != "approved" or (kept is not None and Target.of(kept.body) != target):
        raise errors.WrongState("blueprint_changed", "组卷期间组卷方案或其难度目标有变化，请重新组卷。")
    if kept is None:
        session.add(TargetSet(blueprint_id=line.blueprint_id, body=asdict(target), fixed_at=now))
        session.flush()


def _keep_one(
    session: Session,
    actor: Actor,
    run: Run,
    line: Line,
    class_id: int,
    assembled: Assembled,
    proof: proving.Proof,
    secret: seeds.Secret,
    recipe: dict[str, Any],
    now: datetime,
) -> Paper:
    assert actor.person_id is not None
    paper = Paper(
        class_id=class_id,
        blueprint_id=line.blueprint_id,
        run_id=run.id,
        seed_sealed=seeds.seal(secret, class_id),
        recipe=recipe,
        proof=proving.plain(proof),
        assembled_at=now,
        assembled_by=actor.person_id,
    )
    session.add(paper)
    session.flush()
    using.use_duty(session, actor, Duty.ASSEMBLE, f"paper:{paper.id}", f"class:{class_id}", now=now)
    _add_forms(session, paper, line, assembled.forms)

    data = {"class": class_id, **paper.recipe}
    record(session, Event.PAPER_ASSEMBLED, actor.label, f"paper:{paper.id}", now=now, data=data)
    return paper


def _recipe(ordered: Order, line: Line, assembled: Assembled, secret: seeds.Secret, mode: Mode) -> dict[str, Any]:
    """All that decides which paper comes out: with the seed, once it is revealed, the same paper comes out again.

    ``measured`` says at which positions of each form the difficulty was measured; elsewhere its author estimated it.
    """
    return {
        "blueprint": line.digest,
        "blueprint_number": line.number,
        "seed_commitment": secret.commitment,
        "exam_on": ordered.exam_on.isoformat(),
        "bank_snapshot": ordered.stock.snapshot,
        "bank_items": len(ordered.stock.candidates),
        "classes": len(ordered.classes),
        "mode": mode,
        "solver": assembly.solver_version(),
        "swaps": [],
        **described(assembled.forms),
    }


def described(forms: Mapping[Form, Sequence[Candidate]]) -> dict[str, Any]:
    """What a recipe says of the forms themselves."""
    return {
        "measured": {letter: _measured(items) for letter, items in forms.items()},
        "forms": {letter: digest_of(items) for letter, items in forms.items()},
    }


def _measured(items: Sequence[Candidate]) -> list[int]:
    return [place for place, one in enumerate(items, start=1) if one.estimate.source is Source.MEASURED]


def digest_of(items: Sequence[Candidate]) -> str:
    """A keyed digest of a form's items in their order: it shows whether a form is the same without telling which."""
    return sealing.paper_index(" ".join(f"{one.code}/{one.version_id}" for one in items))


def _add_forms(session: Session, paper: Paper, line: Line, chosen: Mapping[Form, Sequence[Candidate]]) -> None:
    assert paper.id is not None
    for letter, items in chosen.items():
        form = PaperForm(paper_id=paper.id, letter=letter)
        session.add(form)
        session.flush()
        assert form.id is not None
        session.add_all(
            PaperFormItem(
                form_id=form.id,
                position=place,
                item_version_id=one.version_id,
                points=line.blueprint.points[one.kind],
            )
            for place, one in enumerate(items, start=1)
        )
    session.flush()
