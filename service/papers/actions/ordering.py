"""Orders of papers: what is needed is read at once, the work is done without a database, and only the end is written.

So an assembly holds no transaction while it thinks, and the saves of an exam day never wait for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank.rules.items import KIND_NAMES, LEVEL_NAMES
from service.kernel import errors
from service.papers import queries
from service.papers.actions.stock import Stock, gather
from service.papers.rules import assembly, blueprint, proving, targets
from service.papers.rules.assembly import Assembled, InfeasibleError, Mode
from service.papers.rules.blueprint import AXIS_NAMES, BAND_NAMES, Blueprint
from service.papers.rules.candidates import Demand
from service.papers.rules.missing import Shortage
from service.papers.rules.targets import Target
from service.papers.tables import Blueprint as BlueprintRow
from service.programme.tables import TrainingClass

Progress = Callable[[int, int, str], None]
VALUE_NAMES = {str(value): name for value, name in (*BAND_NAMES.items(), *LEVEL_NAMES.items())}


@dataclass(frozen=True, slots=True)
class Line:
    """The classes that get papers by one blueprint, and the target, if an earlier assembly has fixed it."""

    blueprint_id: int
    number: int
    digest: str
    blueprint: Blueprint
    class_ids: tuple[int, ...]
    target: Target | None


@dataclass(frozen=True, slots=True)
class Order:
    """Papers that are assembled together, and everything that decides which papers come out, but for the seed."""

    lines: tuple[Line, ...]
    stock: Stock
    exam_on: date

    @property
    def demands(self) -> list[Demand]:
        return [Demand(one.blueprint, 2 * len(one.class_ids)) for one in self.lines]

    @property
    def classes(self) -> list[tuple[int, int]]:
        """Class and blueprint, in the order in which they are assembled."""
        return [(class_id, one.blueprint_id) for one in self.lines for class_id in one.class_ids]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The papers of an order in the order of its classes, each with its proof, and the targets of its lines."""

    papers: tuple[tuple[Assembled, proving.Proof], ...]
    targets: tuple[Target, ...]


def order(session: Session, class_ids: Sequence[int], exam_on: date) -> Order:
    """An order for classes, by the blueprints in force.

    Raises:
        NotFound: no such class.
        WrongState: a class has a paper already, or its role no approved blueprint.
    """
    found = lines(session, class_ids)
    return Order(found, gather(session, [one.blueprint for one in found], exam_on), exam_on)


def lines(session: Session, class_ids: Sequence[int]) -> tuple[Line, ...]:
    """The classes by role, each with the blueprint in force; as for an order, but without asking the bank."""
    wanted: dict[TraineeRole, list[int]] = {}
    for class_id in sorted(set(class_ids)):
        training_class = session.get(TrainingClass, class_id)
        if training_class is None:
            raise errors.NotFound()
        if queries.paper_of_class(session, class_id) is not None:
            raise errors.WrongState("paper_exists", "该班次已有试卷；退回后才能重新组卷。")
        wanted.setdefault(TraineeRole(training_class.role), []).append(class_id)
    found = []
    for role in sorted(wanted, key=list(TraineeRole).index):
        row = queries.blueprint(session, role)
        if row is None:
            raise errors.WrongState("blueprint_missing", "该岗位还没有经审批的组卷方案；请先制定，并由另一位同事审批。")
        found.append(line(session, row, wanted[role]))
    return tuple(found)


def line(session: Session, row: BlueprintRow, class_ids: Sequence[int]) -> Line:
    """A blueprint with the classes that want papers by it."""
    assert row.id is not None
    kept = queries.target(session, row.id)
    target = None if kept is None else Target.of(kept.body)
    return Line(row.id, row.number, row.digest, blueprint.parse(row.body), tuple(class_ids), target)


def compute(ordered: Order, seed: int, *, mode: Mode = Mode.FULL, progress: Progress | None = None) -> Outcome:
    """Assemble all papers of an order and prove each; without a database, and the same for the same order and seed.

    Raises:
        WrongState: the stock falls short, or a blueprint contradicts itself.
    """
    candidates = ordered.stock.candidates
    try:
        fixed = tuple(one.target or targets.target_of(one.blueprint, candidates) for one in ordered.lines)
        found = assembly.assemble_all(ordered.demands, candidates, seed, targets=fixed, mode=mode, progress=progress)
    except InfeasibleError as error:
        raise short_of(error.shortages) from error
    papers: list[tuple[Assembled, proving.Proof]] = []
    for one, target, assembled in zip(ordered.lines, fixed, found, strict=True):
        for paper in assembled:
            if progress is not None:
                progress(len(papers), len(ordered.classes), "prove")
            bounds = {"bound_milli": paper.bound_milli, "least_uses": paper.least_uses}
            proof = proving.prove(one.blueprint, paper.forms, target, **bounds)
            if not proof.sound:
                raise RuntimeError(f"an assembled paper does not meet its blueprint: {proof}")
            papers.append((paper, proof))
    return Outcome(tuple(papers), fixed)


def short_of(shortages: Sequence[Shortage]) -> errors.WrongState:
    """The refusal that names everything that is missing."""
    if not shortages:
        return errors.WrongState("blueprint_contradicts", "组卷方案自相矛盾，补充试题也无法满足；请修改。")
    said = "；".join(_said(gap) for gap in shortages)
    return errors.WrongState("stock_short", "题库存量不足（需要/现有）：{short}。", short=said)


def _said(gap: Shortage) -> str:
    """A shortage in one line: the cell, with its band where that matters, or the range that falls short."""
    names = [gap.regulation, KIND_NAMES[gap.kind] if gap.kind else None, AXIS_NAMES[gap.axis] if gap.axis else None]
    where = " × ".join([one for one in (*names, VALUE_NAMES.get(gap.value, gap.value)) if one])
    return f"{where}: {gap.needed} / {gap.available}"
